# SPDX-License-Identifier: GPL-2.0-only
"""A takeover is prepared behind the shut fence, shortly before it may be due. Nobody may notice: not
when it comes to it, and not when the master speaks up in the last moment."""

import socket
import threading
import time

import pytest
from daemons import Agent, config
from expect import Takeover, nic_standby, wait_nic
from lab import PUBLIC_VIP, SHARED_MAC, wait_until
from wire import build_advert, is_advert, mac_bytes, master_down_ns

pytestmark = pytest.mark.xdp("the public NIC is the same, however adverts are heard")

IN_VAIN = "the master is heard again"
VIP = socket.inet_aton(PUBLIC_VIP)


class Voice:
    """Adverts of priority 200 on s1's heartbeat NIC: every 20 ms, but for moments of our choice."""

    def __init__(self, lab):
        self.frame = build_advert(src=lab.s1.private)
        with lab.s1.ns:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.bind(("eth1", 0))
        self._turn, self._end = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)
        self._thread.start()
        lab.on_close(self.close)

    def _speak(self):
        while not self._end.wait(0.02):
            with self._turn:
                self.say()

    def say(self):
        """Returns when, by CLOCK_MONOTONIC, in ns: just before."""
        self.last, at = time.time_ns(), time.monotonic_ns()
        self.socket.send(self.frame)
        return at

    def pause(self, ns):
        """One advert, and another one so much later."""
        with self._turn:
            when = self.say() + ns
            threading.Event().wait(max(0, ns - 2_000_000) / 1e9)
            while time.monotonic_ns() < when:
                pass
            self.say()

    def fall_silent(self):
        """Returns when it spoke for the last time, in ns of realtime: just before."""
        self._end.set()
        self._thread.join()
        return self.last

    def close(self):
        if self._thread.is_alive():
            self.fall_silent()
        self.socket.close()


def spoken(wire, server, since):
    """What left a server's public NIC with the shared MAC or address, in frames."""
    port = server.port("eth0")
    return wire.frames(
        lambda f: f.port == port
        and not f.out
        and (f.raw[6:12] == mac_bytes(SHARED_MAC) or VIP in f.raw[14:]),
        since,
    )


def test_prepared_in_vain(lab, wire):
    """An advert in the last millisecond: the NIC is put back, and nothing was to be seen of it."""
    voice = Voice(lab)
    agent = Agent(lab, lab.s2, config(lab.s2, priority=100)).wait_state("backup")
    down = master_down_ns(3, 100, 10)
    wait_until(lambda: agent.instance()["master"], 5, "the backup hears the voice")
    # How long before the deadline, in us. The machine may stall, and the advert comes too late: then
    # a takeover is right, and another time is tried.
    # The voice goes on, so such a takeover is over again at once: only the transitions tell of it.
    for before in (1500, 1000, 1200, 800, 1700) * 4:
        since, transitions = time.time_ns(), agent.instance()["transitions"]
        said = agent.output().count(IN_VAIN)
        voice.pause(down - before * 1000)
        heard = agent.instance()["paths"][0]["adverts"]
        wait_until(lambda: agent.instance()["paths"][0]["adverts"] > heard, 3, "the voice is heard again")
        agent.wait_state("backup")
        wait_nic(lab.s2, nic_standby)
        public, heartbeat = spoken(wire, lab.s2, since), wire.frames(is_advert("s2-eth1"), since)
        if agent.instance()["transitions"] == transitions and agent.output().count(IN_VAIN) > said:
            break
    else:
        raise AssertionError(agent.output())
    assert not public, "seen on the public wire"
    assert not heartbeat, "the backup has sent adverts"
    # Its own traffic flows again.
    assert lab.s2.ns.run("ping", "-n", "-c", "1", "-W", "2", "192.168.1.1").returncode == 0
    # And when it is not in vain, all is as ever.
    silent = voice.fall_silent()
    takeover = Takeover(wire, lab.s2, silent, reply=False).check()
    first = spoken(wire, lab.s2, silent)[0]
    assert takeover.advert.t <= first.t, "spoke before the advert"

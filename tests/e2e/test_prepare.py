# SPDX-License-Identifier: GPL-2.0-only
"""A takeover is prepared behind the shut fence, shortly before it may be due. Nobody may notice: not
when it comes to it, and not when the master speaks up in the last moment."""

import socket
import threading
import time

from daemons import Agent, config
from expect import Takeover, nic_standby, wait_nic
from lab import PUBLIC_VIP, SHARED_MAC, wait_until
from wire import build_advert, is_advert, mac_bytes, master_down_ns

IN_VAIN = "the master is heard again"
VIP = socket.inet_aton(PUBLIC_VIP)


class Voice:
    """Adverts of priority 200 on s1's heartbeat NIC: every 100 ms, and at moments of our choice."""

    def __init__(self, lab):
        self.frame = build_advert(src=lab.s1.private)
        with lab.s1.ns:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.bind(("eth1", 0))
        lab.on_close(self.socket.close)

    def say(self):
        """Returns when, by CLOCK_MONOTONIC, in ns: just before."""
        at = time.monotonic_ns()
        self.socket.send(self.frame)
        return at

    def say_at(self, when):
        pause = threading.Event()
        pause.wait(max(0, when - time.monotonic_ns() - 2_000_000) / 1e9)
        while time.monotonic_ns() < when:
            pass
        return self.say()


def spoken(wire, server):
    """What left a server's public NIC with the shared MAC or address, in frames."""
    port = server.port("eth0")
    return wire.frames(
        lambda f: f.port == port
        and not f.out
        and (f.eth_src == SHARED_MAC or VIP in f.raw[14:] or f.raw[6:12] == mac_bytes(SHARED_MAC))
    )


def test_prepared_in_vain(lab, wire):
    """An advert in the last millisecond: the NIC is put back, and nothing was to be seen of it."""
    voice = Voice(lab)
    agent = Agent(lab, lab.s2, config(lab.s2, priority=100))
    last = voice.say()
    down = master_down_ns(3, 100, 10)

    def heard():
        voice.say()
        return agent.alive() and agent.state() == "backup" and agent.instance()["master"]

    wait_until(heard, 5, "the backup hears the voice")
    # How long before the deadline, in us: this machine may stall, so more than one is tried.
    for before in (1500, 1000, 1200, 800, 1700) * 4:
        last = voice.say()
        last = voice.say_at(last + down - before * 1000)
        if IN_VAIN in agent.output() or agent.state() != "backup":
            break
    assert agent.state() == "backup", f"promoted by a stall of this machine\n{agent.output()}"
    wait_until(lambda: (voice.say(), IN_VAIN in agent.output())[1], 3, agent.output)
    stop = threading.Event()
    speaking = threading.Thread(target=lambda: [voice.say() for _ in iter(lambda: stop.wait(0.05), True)])
    speaking.start()
    try:
        wait_nic(lab.s2, nic_standby)
        assert not spoken(wire, lab.s2), "seen on the public wire"
        assert not wire.frames(is_advert("s2-eth1")), "the backup has sent adverts"
        assert agent.instance()["transitions"] == 1
        # Its own traffic flows again.
        assert lab.s2.ns.run("ping", "-n", "-c", "1", "-W", "2", "192.168.1.1").returncode == 0
    finally:
        stop.set()
        speaking.join()
    # And when it is not in vain, all is as ever.
    since = time.time_ns()
    takeover = Takeover(wire, lab.s2, since, reply=False).check()
    first = spoken(wire, lab.s2)[0]
    assert takeover.advert.t <= first.t, "spoke before the advert"

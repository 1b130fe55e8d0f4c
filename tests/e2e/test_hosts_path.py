# SPDX-License-Identifier: GPL-2.0-only
"""A heartbeat path hears what comes by, and no other VLAN: whatever the interface is, and wherever the
tag of a frame is, in it (a NIC without rxvlan) or beside it (the switch's bridge hands it on so, as a NIC
with rxvlan does)."""

import contextlib
import json
import os
import socket
import struct
import threading

import pytest

from daemons import SOCKET, Agent, config
from foreign import redirect
from lab import GATEWAY, holds_for, wait_until
from wire import build_advert, is_advert, mac_bytes

GATEWAY_MAC = "02:00:00:00:00:01"


def tagged(frame, vid):
    """With an 802.1Q tag of priority 6."""
    return frame[:12] + struct.pack("!HH", 0x8100, 6 << 13 | vid) + frame[12:]


@contextlib.contextmanager
def repeated(ns, interface, frame, interval=0.1):
    """The frame is put on the wire again and again."""
    with ns:
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind((interface, 0))
    stop = threading.Event()

    def send():
        while not stop.wait(interval):
            s.send(frame)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        s.close()


def path_of(agent):
    return agent.instance()["paths"][0]


def unfit(agent):
    """Why XDP was left."""
    return path_of(agent).get("xdp_unfit")


def doctor(agent):
    out = agent.cli("doctor", "-c", agent.path, "--json", check=False).stdout
    return {f["text"]: f.get("advice") for f in json.loads(out)["findings"] if f["check"] == "xdp"}


@pytest.mark.lab(servers=3)
@pytest.mark.parametrize("way", ["in the frame", "beside the frame"])
def test_priority_tag(lab, way):
    """VLAN 0 is no VLAN: the better router is heard."""
    a = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    where = (lab.switch, "s1-eth1") if way == "in the frame" else (lab.s3.ns, "eth1")
    with repeated(*where, tagged(build_advert(), 0)):
        a.wait_state("backup", 2)
        assert unfit(a) is None


def test_other_vlan_in_the_frame(lab):
    """XDP sees the tag, and so do we: nothing happens, and XDP stays."""
    a = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    mode = path_of(a)["mode"]
    with repeated(lab.switch, "s1-eth1", tagged(build_advert(), 100), 0.02):
        holds_for(lambda: a.state() == "master", 1, a.output)
    assert path_of(a)["mode"] == mode and unfit(a) is None


@pytest.mark.lab(servers=3)
def test_other_vlan_beside_the_frame(lab):
    """XDP cannot see the tag. A packet socket takes its place, and the host owns its address again."""
    a = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    with repeated(lab.s3.ns, "eth1", tagged(build_advert(), 100)):
        if not SOCKET:
            wait_until(lambda: unfit(a) == "tags", 2, a.output)
            a.wait_state("master", 2)
            a.says("ethtool -K eth1 rxvlan off")
            assert "rxvlan off" in a.cli("status").stdout
            assert any("rxvlan off" in (advice or "") for advice in doctor(a).values())
        holds_for(lambda: a.state() == "master", 0.7, a.output)
    assert path_of(a)["mode"] == "socket" or SOCKET


def pass_by(lab, server):
    """The heartbeat is hb. Its frames come by eth1 and are redirected, past native XDP, as those of a bond
    come by its members."""
    server.ns.batch(
        f"addr del {server.private}/24 dev eth1\n"
        "link add hb type veth peer name hbx\nlink set hb up\nlink set hbx up\n"
        f"addr add {server.private}/24 dev hb\n"
    )
    lab.on_close(os.close, redirect(server, "eth1", "hb", inwards=True))
    lab.on_close(os.close, redirect(server, "hbx", "eth1", inwards=False))
    server.ns.ip("link", "set", "eth1", "promisc", "on")


@pytest.mark.xdp("a packet socket hears what is redirected")
@pytest.mark.parametrize("priority", [100, 200])
def test_deaf_path(lab, wire, priority):
    """The program does not hear the master. A packet socket takes its place before the backup promotes
    itself; a router that is better preempts, once."""
    pass_by(lab, lab.s2)
    a = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    b = Agent(lab, lab.s2, config(lab.s2, priority=priority, heartbeat="hb"))
    wait_until(lambda: b.instance() and unfit(b) == "deaf", 3, b.output)
    b.says("native XDP does not see all adverts")
    assert any("missed adverts" in text for text in doctor(b))
    if priority > 150:
        b.wait_state("master", 2)
        a.wait_state("backup", 2)
        return
    holds_for(lambda: b.state() == "backup" and a.state() == "master", 0.7, b.output)
    assert not wire.frames(is_advert("s2-eth1", 55))


@pytest.mark.xdp("a packet socket is not taken off")
def test_program_is_taken_off(lab):
    """By somebody, under a backup: it hears its master all the same, and stays one."""
    a = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    b = Agent(lab, lab.s2).wait_state("backup")
    # By then an agent has compared what the program counts with what comes by.
    wait_until(lambda: path_of(b)["adverts"] >= 15, 3, b.output)
    (pin,) = lab.s2.bpffs.glob("link_*")
    lab.s2.ns.run("bpftool", "link", "detach", "pinned", pin)
    wait_until(lambda: unfit(b) == "deaf", 2, b.output)
    holds_for(lambda: b.state() == "backup" and a.state() == "master", 0.7, b.output)


@pytest.mark.parametrize("kind", ["bridge", "macvlan"])
def test_heartbeat_on_a_stacked_interface(lab, wire, kind):
    """A bridge with the NIC in it, or a macvlan over the NIC: the backup hears, and takes over."""
    s2 = lab.s2
    over = "link eth1 type macvlan mode bridge" if kind == "macvlan" else "type bridge"
    s2.ns.ip("addr", "flush", "dev", "eth1")
    s2.ns.ip("link", "add", "hb", *over.split())
    if kind == "bridge":
        s2.ns.ip("link", "set", "eth1", "master", "hb")
    s2.ns.batch(f"addr add {s2.private}/24 dev hb\nlink set hb up\n")
    a = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    b = Agent(lab, s2, config(s2, heartbeat="hb")).wait_state("backup")
    wait_until(lambda: path_of(b)["last_advert_ms"] is not None, 2, b.output)
    holds_for(lambda: b.state() == "backup", 0.5, b.output)
    assert path_of(b)["mode"] == ("socket" if SOCKET else "generic") and not unfit(b)
    a.kill()
    b.wait_state("master", 2)


@pytest.mark.parametrize("vid", [0, 100])
def test_witness_in_a_vlan(lab, vid):
    """The gateway's answers are tagged, in the frame: VLAN 0 is an answer to us, VLAN 100 is none."""
    lab.client.ip("addr", "del", f"{GATEWAY}/24", "dev", "eth0")
    with lab.switch:
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind(("s1-eth0", 3))
    s.settimeout(0.05)
    stop, answered = threading.Event(), threading.Event()

    def answer():
        while not stop.is_set():
            try:
                f, address = s.recvfrom(2048)
            except TimeoutError:
                continue
            question = address[2] != 4 and f[12:14] == b"\x08\x06" and f[20:22] == b"\0\1"
            if not question or f[38:42] != socket.inet_aton(GATEWAY):
                continue
            mac = mac_bytes(GATEWAY_MAC)
            reply = f[6:12] + mac + b"\x08\x06" + f[14:20] + b"\0\2" + mac + f[38:42] + f[22:32]
            s.send(tagged(reply, vid).ljust(60, b"\0"))
            answered.set()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        a = Agent(lab, lab.s1, config(lab.s1, witness="gateway"))
        assert answered.wait(3), a.output()
        if vid == 0:
            a.wait_state("master", 3)
        else:
            holds_for(lambda: a.state() in (None, "init", "backup"), 1, a.output)
    finally:
        stop.set()
        thread.join()
        s.close()


def test_without_an_ethernet_header(lab):
    """A layer-3 tunnel is refused, by everybody who could take it, with the reason."""
    lab.s1.ns.ip("tuntap", "add", "tun0", "mode", "tun")
    a = Agent(lab, lab.s1, config(lab.s1, heartbeat="tun0"), start=False)
    a.path.write_text(a.text)
    for command in (("check", "-c", a.path), ("run", "-c", a.path)):
        said = a.cli(*command, check=False)
        assert said.returncode == 2 and "web: heartbeat tun0: its frames have no Ethernet header" in said.stderr
    if not SOCKET:
        said = a.cli("attach", "tun0", check=False)
        assert said.returncode == 1 and "tun0: its frames have no Ethernet header" in said.stderr

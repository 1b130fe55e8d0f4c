# SPDX-License-Identifier: GPL-2.0-only
"""Public NICs that are not a NIC alone, and other NICs beside it, on a stock kernel: what the lab of tests/e2e
cannot build, because its kernel has no VLAN, bond or VRF.

Both servers are put together anew for a test, and taken apart behind it. Who owns the address, the public wire
says, as in test_service.py.
"""

import contextlib
import socket
import time

import pytest

from claims import Probes, arp_question, claim, claims_on, echo_request
from hosts import slowly
from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC
from pair import IN_FLIGHT_NS, PRIORITY
from wire import Recorder

BESIDE = "10.77.0.1"  # the address of the other NIC

VLAN = (
    "modprobe 8021q; ip addr flush dev eth0; ip link add link eth0 name eth0.10 type vlan id 10;"
    " ip link set eth0.10 up; ip addr add {public}/24 dev eth0.10"
)
# Probes of the bond's own go out by its members, and not by the bond.
BOND = (
    "modprobe bonding max_bonds=0; ip addr flush dev eth0; ip link set eth0 down; ip link add bond0 type bond"
    " mode active-backup arp_interval 200 arp_ip_target {gateway}; ip link set eth0 master bond0;"
    " ip link set bond0 up; ip addr add {public}/24 dev bond0"
)
# The heartbeat is a bond of one member: XDP runs on the member, or on the bond in generic mode.
HEARTBEAT_BOND = (
    "modprobe bonding max_bonds=0; ip addr flush dev eth1; ip link set eth1 down; ip link add bond1 type bond"
    " mode active-backup miimon 100; ip link set eth1 master bond1; ip link set bond1 up;"
    " ip addr add {private}/24 dev bond1"
)
HEARTBEAT_APART = "ip link del bond1; ip link set eth1 up; ip addr replace {private}/24 dev eth1"
APART = (
    "ip link del {public_nic}; ip link set eth0 down; ip link set eth0 address {mac}; ip link set eth0 up;"
    " ip addr replace {public}/24 dev eth0; ip route replace default via 192.168.1.1"
)


def tagged(frame):
    return frame[:12] + b"\x81\0\0\x0a" + frame[12:]


@contextlib.contextmanager
def put_together(pair, commands, apart, **keys):
    """Both have such NICs and these keys, while this lasts; s1 is the master. apart: takes the NICs apart."""
    words = [
        dict(
            public=s.public,
            private=s.private,
            mac=s.own_mac,
            gateway=GATEWAY,
            public_nic=keys.get("public", "eth0"),
        )
        for s in pair.servers
    ]
    for server, those in zip(pair.servers, words):
        server.sh("systemctl stop vrrp-xdp", timeout=120)
        server.sh(commands.format(**those))
        server.put(
            "/etc/vrrp-xdp/vrrp-xdp.conf", server.configuration(PRIORITY[server.name], **keys)
        )
    try:
        for server in pair.servers:
            server.sh("systemctl start vrrp-xdp", timeout=120)
        pair.s1.wait_state("master")
        pair.s2.wait_state("backup")
        yield
    finally:
        for server in pair.servers:
            server.sh("systemctl stop vrrp-xdp", check=False, timeout=120)
        pair.configure()
        for server, those in zip(pair.servers, words):
            server.sh(apart.format(**those), check=False)
            server.sh("systemctl start vrrp-xdp", timeout=120)
        pair.rests()


def freeze(pair):
    """s1's agent stands still, and the other one takes over. Returns when that one answered: systemd's
    watchdog has yet to act."""
    frozen = time.time_ns()
    pair.s1.sh(f"kill -STOP {pair.s1.pid()}")
    return pair.owned_by("s2", frozen)


def thaw(pair):
    pair.s1.sh("kill -CONT $(pidof vrrp-xdp)")


def own_question(mac):
    return [arp_question(mac)[:-4] + socket.inet_aton(BESIDE)]


def answers_own(frame):
    return frame.eth_type == 0x0806 and frame.raw[28:32] == socket.inet_aton(BESIDE)


def test_another_nic_on_the_public_wire(pair):
    """A second NIC of the master is on the public wire, too. It came up later, and Linux answers on it for
    every address of the host: for the shared one never, not as master, and not with a frozen agent either."""
    pair.s1.add_nic("eth2", "brpub")
    try:
        pair.s1.sh(f"ip link set eth2 up; ip addr add {BESIDE}/24 dev eth2")
        port = pair.s1.port("eth2")
        with Recorder(pair.switch, [port], lambda f: not f.out and (claim(f) or answers_own(f))) as wire:
            questions = Probes(pair.lab, 0.2, own_question)
            wire.wait(answers_own, 60, what="answer for its own address")
            time.sleep(1)
            taken = freeze(pair)
            wire.wait(answers_own, 60, taken, "answer for its own address, with a frozen agent")
            pair.rests()
            questions.close()
            claims = wire.frames(claim)
            assert not claims, claims
    finally:
        pair.s1.remove_nic("eth2")
    pair.judge("s1", "s2", "s1", at_most_ns=IN_FLIGHT_NS)


def test_vlan(pair):
    """The public NIC is a VLAN of eth0. A frozen master claims nothing in it, and nothing on eth0."""
    with put_together(pair, VLAN, APART, public="eth0.10"):
        probes = Probes(pair.lab, 0.05, lambda mac: [tagged(f(mac)) for f in (arp_question, echo_request)])
        pair.owned_by("s1", time.time_ns())
        taken = freeze(pair)
        time.sleep(1)
        late = [c for c in claims_on(pair.wire, taken + IN_FLIGHT_NS) if c[1] == "s1"]
        thaw(pair)
        probes.close()
    assert not late, late
    assert pair.overlap_ns() <= IN_FLIGHT_NS


def test_bond(pair):
    """The public NIC is a bond that probes its gateway by ARP, through its member: a frozen master's bond
    claims nothing, neither the address nor the MAC, by whichever of them."""
    port = pair.s1.port("eth0")
    with put_together(pair, BOND, APART, public="bond0"):
        with Recorder(pair.switch, [port], lambda f: not f.out and f.eth_src == SHARED_MAC) as wire:
            wire.wait(lambda f: f.eth_type == 0x0806 and f.raw[20:22] == b"\0\1", 30, what="probe of the bond")
            taken = freeze(pair)
            time.sleep(1.5)
            late = wire.frames(since=taken + IN_FLIGHT_NS)
            thaw(pair)
    assert not late, late
    assert pair.overlap_ns() <= IN_FLIGHT_NS


def test_heartbeat_on_a_bond(pair):
    """Its frames come in by a member, with the member's ifindex: the backup hears them all the same, and the
    one that takes over is heard by the other one."""
    with put_together(pair, HEARTBEAT_BOND, HEARTBEAT_APART, heartbeat="bond1"):

        def heard(server):
            path = server.instance()["paths"][0]
            return path["interface"] == "bond1" and path["up"] and path["adverts"]

        slowly(lambda: heard(pair.s2), 30, lambda: f"{pair.s2.instance()}\n{pair.s2.journal()}")
        freeze(pair)
        thaw(pair)
        pair.owned_by("s1", time.time_ns())
        slowly(lambda: heard(pair.s1), 30, lambda: f"{pair.s1.instance()}\n{pair.s1.journal()}")
    assert pair.overlap_ns() <= IN_FLIGHT_NS


@pytest.fixture
def vrf(pair):
    """eth0 of s1 belongs to a VRF, and the main table has a default route elsewhere."""
    s1 = pair.s1
    s1.sh("systemctl stop vrrp-xdp", timeout=120)
    s1.sh(
        "modprobe vrf; ip link add red up type vrf table 1000; ip link set eth0 master red;"
        f" ip addr replace {s1.public}/24 dev eth0; ip route replace table 1000 default via 192.168.1.1;"
        " ip route replace default via 10.51.67.1 dev eth1"
    )
    yield s1
    s1.sh("systemctl stop vrrp-xdp", check=False, timeout=120)
    s1.sh(
        f"ip link del red; ip addr replace {s1.public}/24 dev eth0; ip route del default;"
        " ip route replace default via 192.168.1.1",
        check=False,
    )
    s1.sh("systemctl start vrrp-xdp", timeout=120)
    pair.rests()


def test_vrf(pair, vrf):
    """The master's default route goes to the VRF's table; the main table is not touched. What was displaced
    comes back to the VRF's table, and somebody's hand in it is noticed."""

    def defaults():
        shown = vrf.sh("ip route show table 1000 default; echo; ip route show default").stdout
        return [part.split()[2:5:2] for part in shown.split("\n\n")]

    main = ["10.51.67.1", "eth1"]
    vrf.sh("systemctl start vrrp-xdp", timeout=120)
    vrf.wait_state("master")
    pair.owned_by("s1", time.time_ns())
    for disturb in ("true", "ip route del table 1000 default"):
        vrf.sh(disturb)
        slowly(lambda: defaults() == [[GATEWAY, "eth0"], main], 30, lambda: f"{defaults()}\n{vrf.journal()}")
    vrf.sh("systemctl stop vrrp-xdp", timeout=120)
    slowly(lambda: defaults() == [["192.168.1.1", "eth0"], main], 30, lambda: f"{defaults()}\n{vrf.journal()}")
    assert PUBLIC_VIP not in vrf.sh("ip addr show dev eth0").stdout

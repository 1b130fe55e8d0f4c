# SPDX-License-Identifier: GPL-2.0-only
"""The witness: a second opinion on the public wire before a promotion, and none that delays one."""

import ipaddress
import time

import pytest

from daemons import WITNESSED, Agent, config, two_agents
from expect import Takeover, nic, nic_master, nic_standby, wait_nic
from lab import GATEWAY, GATEWAY6, PUBLIC_VIP, PUBLIC_VIP6, SHARED_MAC, holds_for, wait_until
from wire import is_advert, is_announce, master_down_ns

pytestmark = pytest.mark.xdp("the witness listens on the public NIC")

KEYS6 = dict(
    address=f"{PUBLIC_VIP6}/64", gateway=GATEWAY6, standby_address=None, standby_gateway=None
)


def asks(port, target, out=False):
    """An ARP request or a neighbour solicitation for target that comes from this switch port."""

    def match(f):
        if f.port != port or f.out != out:
            return False
        if f.eth_type == 0x0806 and len(f.raw) >= 42:
            target4 = ".".join(str(b) for b in f.raw[38:42])
            return f.raw[21] == 1 and target4 == target and f.announces is None
        ip = f.ip
        if not ip or ip[1] != 58 or len(ip[6]) < 24 or ip[6][0] != 135:
            return False
        return ip[6][8:24] == packed6(target)

    return match


def packed6(text):
    try:
        return ipaddress.IPv6Address(text).packed
    except ValueError:
        return None


def mute(lab, port, heal=False):
    """The gateway's (or owner's) answers no longer reach this switch port; all else passes."""
    lab.switch.run("nft", "add table bridge mute", check=False)
    if heal:
        lab.switch.run("nft", "delete table bridge mute")
        return
    rules = (
        "add chain bridge mute forward { type filter hook forward priority 0 ; }",
        f"add rule bridge mute forward oifname {port} ether type arp arp operation reply drop",
        f"add rule bridge mute forward oifname {port} icmpv6 type nd-neighbor-advert drop",
    )
    for rule in rules:
        lab.switch.run("nft", rule)


def silence_gateway(lab, silent):
    """Nobody gets an answer from the gateway any more."""
    lab.client.ip("link", "set", "eth0", "arp", "off" if silent else "on")


FAMILIES = [("IPv4", {}, GATEWAY, PUBLIC_VIP), ("IPv6", KEYS6, GATEWAY6, PUBLIC_VIP6)]
families = pytest.mark.parametrize(
    "description,keys,gateway,vip", FAMILIES, ids=[r[0] for r in FAMILIES]
)


def held(agent, word):
    wait_until(
        lambda: word in ((agent.instance() or {}).get("held_back") or ""),
        3,
        lambda: f"held back ({word}), is {agent.instance()}\n{agent.output()}",
    )


# ---- gateway ---------------------------------------------------------------------------------------


RETRY_NS = 1_000_000_000  # a promotion that was held back is tried again so much later


@pytest.mark.check
@families
def test_gateway_silent_no_promotion(lab, wire, description, keys, gateway, vip):
    """A backup whose gateway is silent does not take over; it does once the gateway answers."""
    high, low = two_agents(lab, witness="gateway", **keys)
    since = time.time_ns()
    wire.wait(asks("s2-eth0", gateway), 2, what="a question of s2")
    mute(lab, "s2-eth0")
    lab.block(lab.s1)
    high.kill()
    held(low, "gateway")
    holds_for(lambda: low.state() == "backup", 1.5, "promoted although the gateway is silent")
    assert not wire.frames(is_advert("s2-eth1"), since)
    assert not wire.frames(is_announce("s2-eth0", vip), since)
    mute(lab, "s2-eth0", heal=True)
    low.wait_state("master", 3)
    assert low.instance()["held_back"] is None
    assert low.output().count("held back") <= 2, "said once for each time"


@families
def test_gateway_answers_promotion_waits_for_nothing(lab, wire, description, keys, gateway, vip):
    """The gateway's answers are there at the deadline: the promotion is as prompt as without."""
    high, low = two_agents(lab, witness="gateway", **keys)
    lab.ping(vip)
    wire.wait(asks("s2-eth0", gateway), 2, what="a question of s2")
    since = lab.block(lab.s1)
    high.kill()
    takeover = Takeover(wire, lab.s2, since, vip).check()
    late = takeover.advert.t - takeover.last.t - 360_937_500
    assert late < RETRY_NS, f"{late / 1e6:.1f} ms behind the deadline"
    low.wait_state("master")


def test_gateway_questions(lab, wire):
    """As backup from an own address or from nobody, never from a shared address or MAC; as master
    from the shared ones. At most ten a second."""
    two_agents(lab, witness="gateway")
    wait_nic(lab.s1, nic_master)
    since = time.time_ns()
    until = since + 1_500_000_000
    for port in ("s1-eth0", "s2-eth0"):
        wire.wait(asks(port, GATEWAY), 3, until, f"questions of {port} for a while")
    backup = wire.frames(asks("s2-eth0", GATEWAY), since, until)
    master = wire.frames(asks("s1-eth0", GATEWAY), since, until)
    assert 8 <= len(backup) <= 18 and 8 <= len(master) <= 18, (len(backup), len(master))
    for f in backup:
        assert f.eth_src == lab.s2.own_mac and f.raw[22:28] == f.raw[6:12]
        assert ".".join(str(b) for b in f.raw[28:32]) == "0.0.0.0"
    assert {".".join(str(b) for b in f.raw[28:32]) for f in master} <= {PUBLIC_VIP, "0.0.0.0"}
    assert {f.eth_src for f in master} == {SHARED_MAC}


def test_gateway_silent_master_gives_up(lab, wire):
    """Only the master's gateway is silent: a backup can do better, and takes over. Back when it
    answers again."""
    high, low = two_agents(lab, witness="gateway")
    mute(lab, "s1-eth0")
    low.wait_state("master", 8)
    high.wait_state("backup")
    wait_nic(lab.s2, nic_master)
    wait_nic(lab.s1, nic_standby)
    assert high.instance()["priority"] == 1
    assert high.instance()["master"]["address"] == lab.s2.private
    holds_for(lambda: (high.state(), low.state()) == ("backup", "master"), 1, "it comes back too soon")
    mute(lab, "s1-eth0", heal=True)
    high.wait_state("master", 4)
    low.wait_state("backup")
    assert high.instance()["priority"] == 150


def test_gateway_silent_for_all(lab, wire):
    """The gateway itself is down: nobody can do better, the master stays, and nothing flaps."""
    high, low = two_agents(lab, witness="gateway")
    transitions = high.instance()["transitions"]
    silence_gateway(lab, True)
    wait_until(lambda: high.instance()["priority"] == 1, 6, "the master makes room")
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 2, "the master went")
    silence_gateway(lab, False)
    wait_until(lambda: high.instance()["priority"] == 150, 3, "the gateway is back")
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "the master went")
    assert high.instance()["transitions"] == transitions


# ---- owner -----------------------------------------------------------------------------------------


@families
def test_owner_answers_partition(lab, wire, description, keys, gateway, vip):
    """The heartbeat path is cut both ways while the master lives: no two masters. When it dies, too,
    the backup takes over."""
    high, low = two_agents(lab, witness="owner", interval=WITNESSED, **keys)
    lab.ping(vip)
    since = time.time_ns()
    wire.wait(asks("s2-eth0", vip), 2, what="a question of s2")
    lab.block(lab.s1, "eth1")
    held(low, "address")
    holds_for(
        lambda: (high.state(), low.state()) == ("master", "backup"),
        2.5,
        "two masters, although the owner answers",
    )
    assert not wire.frames(is_advert("s2-eth1"), since)
    assert not wire.frames(is_announce("s2-eth0", vip), since)
    assert not wire.frames(asks("s1-eth0", vip), since), "a master asks for its own address"
    since = lab.block(lab.s1)
    high.kill()
    Takeover(wire, lab.s2, since, vip)
    low.wait_state("master")
    assert low.instance()["held_back"] is None


def test_owner_partition_heals(lab, wire):
    """The heartbeat comes back: the backup was none the worse, and nobody changed."""
    high, low = two_agents(lab, witness="owner", interval=WITNESSED)
    lab.block(lab.s1, "eth1")
    held(low, "address")
    lab.unblock(lab.s1, "eth1")
    wait_until(lambda: low.instance()["held_back"] is None, 2, "the hold ends")
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "somebody changed")
    assert high.instance()["transitions"] == 2


@families
def test_owner_dead_promotion_waits_for_nothing(lab, wire, description, keys, gateway, vip):
    """The owner is dead on both wires: its silence is certain at the deadline."""
    high, low = two_agents(lab, witness="owner", **keys)
    wire.wait(asks("s2-eth0", vip), 2, what="a question of s2")
    lab.ping(vip)
    since = lab.block(lab.s1)
    high.kill()
    takeover = Takeover(wire, lab.s2, since, vip).check()
    late = takeover.advert.t - takeover.last.t - 360_937_500
    assert late < RETRY_NS, f"{late / 1e6:.1f} ms behind the deadline"


def test_owner_leaves(lab, wire):
    """A master that says goodbye is believed: no waiting for its silence."""
    high, low = two_agents(lab, witness="owner")
    assert high.stop() == 0
    leave = wire.wait(is_advert("s1-eth1", priority=0), 2, what="advert of priority 0")
    takeover = Takeover(wire, lab.s2, leave.t, reply=False)
    assert takeover.advert.t - leave.t < master_down_ns(3, 100, 10)
    low.wait_state("master")
    assert nic(lab.s1) == nic_standby(lab.s1)


def test_owner_is_preempted(lab, wire):
    """A worse master that is heard answers for the address, of course: it is preempted all the same."""
    low = Agent(lab, lab.s2, config(lab.s2, priority=100, witness="owner")).wait_state("master")
    high = Agent(lab, lab.s1, config(lab.s1, priority=150, witness="owner")).wait_state("master")
    low.wait_state("backup")
    wait_nic(lab.s1, nic_master)
    wait_nic(lab.s2, nic_standby)


def test_owner_behind_a_fence(lab, wire):
    """A tc filter that drops all ARP of the backup, both ways, makes nobody look silent: questions
    and answers pass beside it."""
    high, low = two_agents(lab, witness="owner", interval=WITNESSED)
    # Load the EtherType; ARP: TC_ACT_SHOT, else TC_ACT_UNSPEC.
    code = "4,40 0 0 12,21 0 1 2054,6 0 0 2,6 0 0 4294967295"
    tc = lab.s2.ns.run("tc", "qdisc", "add", "dev", "eth0", "clsact", check=False)
    for way in ("ingress", "egress"):
        rule = ("tc", "filter", "add", "dev", "eth0", way, "bpf", "da", "bytecode", code)
        tc = tc if tc.returncode else lab.s2.ns.run(*rule, check=False)
    if tc.returncode:
        pytest.skip(f"no tc filters here: {tc.stderr}")
    lab.s2.ns.ip("neigh", "flush", "dev", "eth0")
    ping = lab.s2.ns.run("ping", "-n", "-c", "1", "-W", "1", "192.168.1.1", check=False)
    assert ping.returncode != 0, "the filter drops no ARP: the test tests nothing"
    lab.block(lab.s1, "eth1")
    held(low, "address")
    holds_for(
        lambda: (high.state(), low.state()) == ("master", "backup"), 2, "the filter hides the owner"
    )


def test_somebody_else_has_the_address(lab, wire):
    """From a cold start: a host that knows no VRRP has the address, and keeps it."""
    lab.client.ip("addr", "add", f"{PUBLIC_VIP}/32", "dev", "eth0")
    agent = Agent(lab, lab.s1, config(lab.s1, witness="owner", interval=WITNESSED))
    held(agent, "address")
    holds_for(lambda: agent.state() == "backup", 1, "promoted, and the address answers")
    assert nic(lab.s1) == nic_standby(lab.s1)
    lab.client.ip("addr", "del", f"{PUBLIC_VIP}/32", "dev", "eth0")
    agent.wait_state("master", 3)


def test_flood_of_answers(lab, wire):
    """Forged answers, as many as the wire carries: they hold a promotion back, and cost no more than
    honest ones: nobody wakes for them."""
    high, low = two_agents(lab, witness="owner", interval=WITNESSED)
    before = cpu_ticks(low)
    flood = forge(lab, PUBLIC_VIP, seconds=5)
    lab.block(lab.s1)
    high.kill()
    held(low, "address")
    holds_for(lambda: low.state() == "backup", 1, "promoted, and the address seems to answer")
    flood.wait(10)
    low.wait_state("master", 3)
    used = cpu_ticks(low) - before
    assert used < 60, f"the flood cost the backup {used} ticks of CPU"


def cpu_ticks(agent):
    fields = open(f"/proc/{agent.child.pid}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


FORGER = """
import socket, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
s.bind(("eth0", 0))
vip = bytes(int(b) for b in sys.argv[1].split("."))
frame = bytes.fromhex("ffffffffffff" "020000000007" "0806" "0001080006040002" "020000000007")
frame += vip + bytes.fromhex("ffffffffffff") + vip
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    for _ in range(200):
        s.send(frame)
"""


def forge(lab, vip, seconds):
    return lab.client.popen("/usr/bin/python3", "-c", FORGER, vip, str(seconds))

# SPDX-License-Identifier: GPL-2.0-only
"""Groups: the inside and the outside of a gateway, two virtual routers of which each host is master of both or of
neither. Judged by what passes the switch."""

import signal
import time

import pytest

from daemons import AGENT, Agent, Keepalived, config, frozen
from expect import asks_for
from lab import holds_for, wait_until
from wire import build_advert, is_advert, is_reply, master_down_ns, send_frames

pytestmark = pytest.mark.xdp("groups are the same, however adverts are heard")

INSIDE, OUTSIDE = "10.51.67.200", "192.168.1.200"
VRIDS = {"in": (51, "eth1", INSIDE), "out": (52, "eth0", OUTSIDE)}
CS = 30
# What leaves in one batch comes so close together, or the one or the other of two hosts was held up.
TOGETHER_NS = 500_000_000


def gateway(server, priority, group="gw", section="", **keys):
    text = ""
    for name, (vrid, nic, vip) in VRIDS.items():
        text += config(
            server, "300ms", name, vrid=vrid, heartbeat=nic, public=nic, address=f"{vip}/24", gateway=None,
            mac=None, standby_address=None, standby_gateway=None, priority=priority, group=group, **keys,
        )  # fmt: skip
    return text + (f"[group {group}]\n{section}" if section else "")


def wait_both(agent, state):
    for name in VRIDS:
        agent.wait_state(state, name=name)
    return agent


def pair(lab, **keys):
    high = wait_both(Agent(lab, lab.s1, gateway(lab.s1, 150, **keys)), "master")
    return high, wait_both(Agent(lab, lab.s2, gateway(lab.s2, 100, **keys)), "backup")


def advert_of(name, host, priority=None):
    vrid, nic, _ = VRIDS[name]
    return is_advert(f"{host}-{nic}", vrid, priority)


def first_of_both(wire, host, since, priority=None, timeout=5):
    first = [wire.wait(advert_of(n, host, priority), timeout, since, f"advert of {n}").t for n in VRIDS]
    assert abs(first[0] - first[1]) < TOGETHER_NS, "not together"
    return min(first)


def answered_by(wire, host, since):
    for vrid, nic, vip in VRIDS.values():
        wire.wait(is_reply(f"{host}-{nic}", vip), 3, since, f"answer of {host} for {vip}")


@pytest.fixture
def asked(lab, wire):
    """The client is on the outside alone; the switch asks on the inside."""
    lab.ping(OUTSIDE)
    return wire


@pytest.mark.check
def test_one_side_fails(lab, asked):
    """The cable of the outside is pulled: the inside says goodbye at once, and the other host takes over both in
    one moment. When it is back, both return together."""
    wire = asked
    high, low = pair(lab)
    wire.wait(is_reply("s1-eth0", OUTSIDE), 3, what="answer")
    since = time.time_ns()
    lab.carrier(lab.s1, "eth0", False)
    leave = wire.wait(advert_of("in", "s1", 0), 3, since, "goodbye of the inside")
    over = first_of_both(wire, "s2", since, 100)
    assert over > leave.t
    wait_both(high, "fault")
    says = "! in: group gw: out: heartbeat eth0 has no carrier\n"
    wait_until(lambda: says in high.cli("status").stdout, 3, lambda: high.cli("status").stdout)
    wait_both(low, "master")
    assert not wire.frames(advert_of("in", "s1", 150), since=leave.t), "still master of the inside"
    wire.wait(is_reply("s2-eth0", OUTSIDE), 3, since, "answer of the other host")
    lab.carrier(lab.s1, "eth0", True)
    back = first_of_both(wire, "s1", over, 150, 8)
    wait_both(high, "master")
    wait_both(low, "backup")
    assert not wire.frames(advert_of("out", "s2"), since=back + 4 * CS * 10**7), "split"


def test_one_side_is_not_heard(lab, wire):
    """The backup hears nothing on the outside: it takes over neither, and says why. The whole host dies: both, at the
    later one of their deadlines."""
    high, low = pair(lab)
    since = lab.block(lab.s1, "eth0")
    held = wait_until(lambda: low.instance("out")["held_back"], 5, "out is held back")
    assert held.startswith("another router of its group")
    assert low.instance("out")["group"] == "gw"
    holds_for(lambda: low.state("out") == low.state("in") == "backup", 1, "neither is taken")
    assert not wire.frames(advert_of("out", "s2"), since)
    high.kill()
    lab.block(lab.s1)
    over = first_of_both(wire, "s2", since)
    last = wire.frames(advert_of("in", "s1"), since, over)[-1]
    assert over - last.t >= master_down_ns(3, 100, CS), "too early"
    wait_both(low, "master")


def test_handover(lab, asked):
    """`resign` of the group, or of one: both are handed over, and nobody is without an answer meanwhile. SIGTERM
    likewise."""
    wire = asked
    high, low = pair(lab)
    wire.wait(is_reply("s1-eth0", OUTSIDE), 3, what="answer")
    since = time.time_ns()
    said = high.cli("resign", "gw").stdout
    assert "has taken over" in said
    wait_both(low, "master")
    wait_both(high, "fault")
    first_of_both(wire, "s2", since)
    high.cli("resume", "out")
    wait_both(high, "master")
    again = time.time_ns()
    assert high.stop() == 0
    first_of_both(wire, "s2", again, 100)
    wait_both(low, "master")
    wire.wait(is_reply("s2-eth0", OUTSIDE), 3, again, "answer")
    for name in VRIDS:
        assert not wire.frames(advert_of(name, "s1", 0), since), f"{name} said goodbye"


def test_section_of_a_group(lab, wire):
    """What it tracks lowers the priority of both, so that both move; its hooks are waited for, and its programs told,
    once for the group."""
    book, file = lab.s1.directory / "book", lab.s1.directory / "file"
    book.touch()

    def writes(word):
        return f"\"/bin/sh -c 'echo {word} >> {book}'\""

    section = (
        f"notify = {writes('$0 $1 $VRRP_ADDRESSES')}\ntrack-file = {file} weight -100\n"
        f"before-master = {writes('master-next')} timeout 5s\nbefore-backup = {writes('backup-next')} timeout 5s\n"
    )
    high = wait_both(Agent(lab, lab.s1, gateway(lab.s1, 150, section=section)), "master")
    low = wait_both(Agent(lab, lab.s2, gateway(lab.s2, 100)), "backup")
    both = f"gw {INSIDE}/24 {OUTSIDE}/24"

    def wait_book(*lines):
        wait_until(lambda: book.read_text().splitlines() == list(lines), 5, lambda: f"{lines}: {book.read_text()}")

    lines = [f"BACKUP {both}", "master-next", f"MASTER {both}"]
    wait_book(*lines)
    since = time.time_ns()
    file.write_text("1\n")
    first_of_both(wire, "s2", since, 100)
    wait_both(high, "backup")
    file.write_text("0\n")
    wait_both(high, "master")
    lines += [f"BACKUP {both}", "master-next", f"MASTER {both}"]
    wait_book(*lines)
    assert "has taken over" in high.cli("resign", "in").stdout
    wait_both(low, "master")
    lines += ["backup-next", f"FAULT {both}"]
    wait_book(*lines)
    assert high.stop() == 0
    wait_book(*lines, f"STOP {both}")


def test_one_write_shuts_both(lab, asked):
    """The agent is frozen, and a better master speaks on the inside: the XDP program shuts the outside, too, long
    before its lease would end. The agent then says goodbye for that one, which nobody has replaced."""
    wire = asked
    (agent,) = [wait_both(Agent(lab, lab.s1, gateway(lab.s1, 150).replace("300ms", "2s")), "master")]
    wire.wait(is_reply("s1-eth0", OUTSIDE), 3, what="answer")
    superior = build_advert(lab.s2.private, 51, 200, [INSIDE], interval_cs=200)
    with frozen(agent, 1):
        send_frames(lab.s2.ns, "eth1", [superior])
        since = time.time_ns() + 100_000_000
        holds_for(lambda: not wire.frames(is_reply("s1-eth0", OUTSIDE), since), 0.5, "the outside answers still")
        assert not wire.frames(is_reply("s1-eth0", OUTSIDE), since, since + 400_000_000), "the outside answered"
    wire.wait(advert_of("out", "s1", 0), 3, since, "goodbye of the outside")
    wait_both(agent, "backup")
    assert "another router of its group is not master" in agent.cli("history", "out").stdout


def test_families_and_intervals(lab, wire):
    """Three routers on one interface, of IPv6 and IPv4, and one that is slower. All are taken over in the moment in
    which the last of their deadlines is over."""
    keys = dict(group="all", public="eth1", gateway=None, mac=None, standby_address=None, standby_gateway=None)
    agents = []
    for server, priority, state in ((lab.s1, 150, "master"), (lab.s2, 100, "backup")):
        text = config(server, "100ms", "six", vrid=61, address="2001:db8:51::61/64", priority=priority, **keys)
        text += config(server, "100ms", "four", vrid=61, address="10.51.67.61/24", priority=priority, **keys)
        text += config(server, "300ms", "slow", vrid=62, address="10.51.67.62/24", priority=priority, **keys)
        agents.append(Agent(lab, server, text))
        for name in ("six", "four", "slow"):
            agents[-1].wait_state(state, 8, name)
    since = lab.block(lab.s1)
    agents[0].kill()
    last = max(f.t for f in wire.frames(is_advert("s1-eth1", 62), until=since))
    first = [wire.wait(is_advert("s2-eth1", vrid), 6, since, f"advert of VRID {vrid}").t for vrid in (61, 62)]
    assert max(first) - min(first) < TOGETHER_NS
    assert min(first) - last >= master_down_ns(3, 100, CS), "before the last deadline"
    for name in ("six", "four", "slow"):
        agents[1].wait_state("master", name=name)


SYNC = """global_defs {{
    vrrp_version 3
    vrrp_garp_master_delay 1
}}
vrrp_sync_group GW {{
    group {{
        in
        out
    }}
}}
{instances}"""


def keepalived(lab, priority):
    instances = "".join(
        f"vrrp_instance {n} {{\nstate BACKUP\ninterface {nic}\nvirtual_router_id {vrid}\npriority {priority}\n"
        f"advert_int 0.3\nvirtual_ipaddress {{\n{vip}/24\n}}\n}}\n"
        for n, (vrid, nic, vip) in VRIDS.items()
    )
    return Keepalived(lab, lab.s2, SYNC.format(instances=instances))


def test_keepalived_takes_over(lab, wire):
    """keepalived with a vrrp_sync_group as our backup: one side fails, a handover, a stop, and back each time."""
    agent = wait_both(Agent(lab, lab.s1, gateway(lab.s1, 150)), "master")
    keepalived(lab, 100)
    holds_for(lambda: not wire.frames(advert_of("in", "s2")), 2.5, "it does not accept our adverts")
    since = time.time_ns()
    assert "has taken over" in agent.cli("resign", "gw").stdout
    first_of_both(wire, "s2", since)
    wait_both(agent, "fault")
    agent.cli("resume", "gw")
    wait_both(agent, "master")
    back = time.time_ns() + CS * 10**7
    wire.wait(advert_of("out", "s1"), 3, back, "our adverts")
    for name in VRIDS:
        assert not wire.frames(advert_of(name, "s2", 100), since=back), f"{name}: keepalived goes on"
    lab.carrier(lab.s1, "eth1", False)
    wire.wait(advert_of("out", "s1", 0), 3, back, "goodbye of the outside")
    first_of_both(wire, "s2", back)
    wait_both(agent, "fault")


def test_keepalived_is_master(lab, wire):
    """keepalived with a vrrp_sync_group as our master: both follow when it dies, and when one side of it fails."""
    peer = keepalived(lab, 200)
    agent = wait_both(Agent(lab, lab.s1, gateway(lab.s1, 100)), "backup")
    wire.wait(advert_of("out", "s2", 200), 10, what="advert of keepalived")
    holds_for(lambda: not wire.frames(advert_of("in", "s1")), 1.5, "its adverts hold us back")
    since = time.time_ns()
    lab.carrier(lab.s2, "eth0", False)
    first_of_both(wire, "s1", since)
    wait_both(agent, "master")
    lab.carrier(lab.s2, "eth0", True)
    wait_both(agent, "backup")
    back = lab.block(lab.s2)
    peer.kill()
    first_of_both(wire, "s1", back)
    wait_both(agent, "master")


def test_reload_into_a_group(lab, wire):
    """Two masters become a group, get another one, and are two again: no goodbye, no advert left out, and every
    question is answered."""
    lab.ping(OUTSIDE, interval=0.001)
    texts = [gateway(lab.s1, 150, group=g) for g in (None, "gw", "other", None)]
    agent = wait_both(Agent(lab, lab.s1, texts[0]), "master")
    wire.wait(is_reply("s1-eth0", OUTSIDE), 3, what="answer")
    since = time.time_ns()
    for number, text in enumerate(texts[1:], 1):
        agent.path.write_text(AGENT + text)
        agent.signal(signal.SIGHUP)
        adopted = lambda: agent.output().count("restarted, still the master") == 2 * number  # noqa: B023, E731
        wait_until(adopted, 5, agent.output)
        wait_both(agent, "master")
        wire.wait(advert_of("out", "s1"), 3, time.time_ns(), "the next advert")
    until = time.time_ns()
    wire.wait(is_reply("s1-eth0", OUTSIDE), 3, until + 50_000_000, "an answer at the end")
    heard = {f.ip[6][4:8] for f in wire.frames(is_reply("s1-eth0", OUTSIDE), since)}
    asked = [f for f in wire.frames(None, since, until) if f.port == "client-eth0" and asks_for(f, OUTSIDE)]
    left = [f for f in asked if f.ip[6][4:8] not in heard]
    assert len(asked) > 100 and not left, f"{len(left)} of {len(asked)} questions were not answered"
    for name in VRIDS:
        assert not wire.frames(advert_of(name, "s1", 0), since), f"{name} said goodbye"
        assert agent.instance(name)["transitions"] == 2, "it has left its role"

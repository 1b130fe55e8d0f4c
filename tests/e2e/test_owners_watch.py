# SPDX-License-Identifier: GPL-2.0-only
"""Two owners, where somebody else's hands are at work: the fence is taken off or passed, the public NIC is
renamed or replaced. Who may speak is read off the wire, as in test_owners.py."""

import json
import signal
import socket
import struct
import subprocess
import time

import pytest

from claims import claims_on
from daemons import AGENT, Agent, config, frozen
from expect import nic, nic_master, nic_standby, wait_nic
from foreign import HOOKS, kernel_with, wait_fence
from lab import PUBLIC_VIP, SHARED_MAC, holds_for, wait_until
from test_owners import Field, leases_on, must_have_lease
from wire import is_advert

pytestmark = pytest.mark.xdp("the fence is the same, however adverts are heard")

REPAIRED = "this was repaired"


@pytest.fixture(params=HOOKS)
def hook(request):
    return HOOKS[request.param]


def field_with(lab, hook, **keys):
    with kernel_with(hook, lab):
        field = Field(lab, **keys)
    for agent in (field.high, field.low):
        wait_fence(agent, "first", hook.name)
    return field


def metric(agent, name):
    for line in agent.cli("metrics").stdout.splitlines():
        if line.startswith(name):
            return int(line.split()[-1])
    raise AssertionError(f"no {name}")


def repairs(agent):
    return agent.status()["agent"]["fence_repairs"]


def put_right(hook, agent, before, interface="eth0", belongs={"vrrp_fence_in", "vrrp_fence_out"}):
    """Of what was there `before`, or later, one repair more at least; and both sides of the fence are there."""

    def is_so():
        return repairs(agent) > before and belongs <= hook.programs(agent.server, interface)

    wait_until(is_so, 3, lambda: f"a repair: {hook.programs(agent.server, interface)}\n{agent.output()}")


def repaired(*agents):
    """How often each, once that has not changed for longer than an agent waits between two looks, half a second:
    nothing is put right again and again."""
    last = [None, 0]

    def rest():
        now = [repairs(agent) for agent in agents]
        if now != last[0]:
            last[:] = now, time.monotonic()
        return time.monotonic() - last[1] > 1.2

    wait_until(rest, 4, lambda: "put right again and again\n" + "\n".join(a.output() for a in agents))
    return last[0]


# ---- the fence is taken off, or passed -----------------------------------------------------------------


@pytest.mark.check
@pytest.mark.parametrize("how", ["take_off", "pass_before"])
def test_fence_is_put_right(lab, hook, how):
    """On both hosts. Nothing else changes, it is told once, and the next freeze finds it in its place. Two
    repairs are those of an agent that looked while one side was changed and the other one was not."""
    field = field_with(lab, hook, fence="yes")
    transitions = {agent: agent.instance()["transitions"] for agent in (field.high, field.low)}
    for agent in (field.high, field.low):
        before = repairs(agent)
        act = getattr(hook, how)
        act(agent.server) if how == "take_off" else act(agent.server, lab)
        put_right(hook, agent, before)
        wait_fence(agent, "first", hook.name)
    agents = (field.high, field.low)
    for agent, count in zip(agents, repaired(*agents)):
        assert count in (1, 2), agent.output()
        assert agent.instance()["transitions"] == transitions[agent]
        told = [line for line in agent.output().splitlines() if REPAIRED in line]
        assert len(told) == 1 and told[0].count("eth0"), told
        assert metric(agent, "vrrp_xdp_agent_fence_repairs_total") == count
        assert metric(agent, "vrrp_xdp_agent_unfenced_interfaces") == 0
        assert f"the fence was repaired {count} times" in agent.cli("status").stdout
        assert f"repaired its fence {count} times" in agent.cli("doctor", "-c", agent.path, check=False).stdout
    with frozen(field.high, 2) as since:
        field.answered_by("s2", since)
    field.rests()
    assert field.owners() == ["s1", "s2", "s1"]


def test_fence_is_put_right_again_and_again(lab, hook):
    """Somebody else wants to be there, too: no line in the log for each round."""
    field = field_with(lab, hook)
    for _ in range(4):
        before = repairs(field.high)
        hook.take_off(lab.s1)
        put_right(hook, field.high, before)
    assert field.high.output().count(REPAIRED) == 1
    assert 4 <= repaired(field.high)[0] <= 8
    assert field.high.state() == "master"


def test_fence_of_another_interface_is_put_right(lab, hook):
    """As on a public NIC, and by the programs that belong there: it does not claim the address with the lease."""
    lab.s1.ns.batch("link add lan0 type veth peer name lan1\nlink set lan0 up\nlink set lan1 up\n")
    field = field_with(lab, hook)
    with lab.s1.ns:
        lan = socket.if_nametoindex("lan0")

    def programs():
        return hook.programs(lab.s1, "lan0")

    belongs = {"vrrp_other_in", "vrrp_other_out"}
    wait_until(lambda: programs() == belongs, 3, lambda: f"covered: {programs()}\n{field.high.output()}")
    for _ in range(2):
        before = repairs(field.high)
        hook.take_off(lab.s1, "lan0")
        put_right(hook, field.high, before, "lan0", belongs)
    assert 2 <= repaired(field.high)[0] <= 4 and programs() == belongs
    assert list(lab.s1.bpffs.glob(f"fence_{lan}_*"))
    told = [line for line in field.high.output().splitlines() if REPAIRED in line]
    assert len(told) == 1 and "lan0" in told[0], told
    assert metric(field.high, "vrrp_xdp_agent_unfenced_interfaces") == 0
    assert field.high.state() == "master"


def block_clsact(server):
    """The one place for both qdiscs is taken by one that has no egress side. The agent may be faster, and put
    its own one back in between."""
    lines = "qdisc del dev eth0 clsact\nqdisc add dev eth0 ingress\n"

    def blocked():
        return server.ns.run("tc", "-batch", "-", input=lines, check=False).returncode == 0

    wait_until(blocked, 2, "clsact is replaced")


def unblock_clsact(server):
    server.ns.run("tc", "qdisc", "del", "dev", "eth0", "ingress")


def test_fence_that_cannot_be_put_right(lab):
    """`fence = yes`: the router steps down in order, says why, and comes back with its fence."""
    field = field_with(lab, HOOKS["clsact"], fence="yes")
    since = time.time_ns()
    block_clsact(lab.s1)
    field.high.wait_state("fault", timeout=2)
    field.answered_by("s2", since)
    wait_nic(lab.s1, nic_standby)
    field.high.says("it has an ingress qdisc: replace that by clsact")
    assert field.high.instance()["fence"]["standing"] == "gone"
    assert "fence = yes" in field.high.cli("history").stdout or "fence = yes" in field.high.output()
    assert metric(field.high, "vrrp_xdp_agent_unfenced_interfaces") == 1
    assert "the fence of eth0 is gone" in field.high.cli("status").stdout
    assert "removed the fence" in field.high.cli("doctor", "-c", field.high.path, check=False).stdout
    holds_for(lambda: field.high.state() == "fault", 1.5, "left FAULT without a fence")
    assert field.high.output().count("cannot be repaired") == 1, "told again and again"
    unblock_clsact(lab.s1)
    field.rests()
    wait_fence(field.high, "first", "clsact")
    assert field.owners() == ["s1", "s2", "s1"]


def test_unfenced_by_choice(lab):
    """`fence = auto`: it goes on, with a warning, and is fenced again as soon as that can be."""
    field = field_with(lab, HOOKS["clsact"], fence="auto")
    block_clsact(lab.s1)
    wait_fence(field.high, "gone")
    field.high.says("cannot be repaired", timeout=2)
    holds_for(lambda: field.high.state() == "master", 1.5, "stepped down")
    assert metric(field.high, "vrrp_xdp_agent_unfenced_interfaces") == 1
    unblock_clsact(lab.s1)
    wait_fence(field.high, "first", "clsact")
    wait_until(lambda: metric(field.high, "vrrp_xdp_agent_unfenced_interfaces") == 0, 2, "fenced")
    with frozen(field.high, 1) as since:
        field.answered_by("s2", since)
    field.rests()
    assert field.owners() == ["s1", "s2", "s1"]


def test_filter_that_was_there_first(lab):
    """A filter that no program can be put before, and that accepts everything: with `fence = yes`, no start
    as MASTER."""
    lab.s1.ns.run("tc", "qdisc", "add", "dev", "eth0", "clsact")
    lab.s1.ns.run(
        "tc", "filter", "add", "dev", "eth0", "ingress", "pref", "1", "protocol", "ip", "u32", "match",
        "u32", "0", "0", "flowid", "1:1",
    )  # fmt: skip
    with kernel_with(HOOKS["clsact"], lab):
        agent = Agent(lab, lab.s1, config(lab.s1, fence="yes"))
    agent.wait_state("fault")
    assert agent.instance()["fence"]["standing"] == "behind"
    assert "run before" in agent.cli("doctor", "-c", agent.path, check=False).stdout
    lab.s1.ns.run("tc", "filter", "del", "dev", "eth0", "ingress", "pref", "1")
    agent.wait_state("master")


# ---- the public NIC is renamed, or replaced --------------------------------------------------------------

NEW_MAC = "02:00:00:00:00:77"


class Names:
    """s1 has a second public NIC, "spare", plugged into the switch port s1n-eth0."""

    def __init__(self, lab):
        self.lab, self.ns = lab, lab.s1.ns
        lab.switch.batch(
            f"link add s1n-eth0 type veth peer name spare netns {self.ns.path}\n"
            "link set s1n-eth0 master brpub up\n"
        )
        self.ns.batch(f"link set spare address {NEW_MAC}\nlink set spare up\n")
        ports = lab.ports() + ["s1n-eth0"]
        lab.ports = lambda: ports
        with self.ns:
            self.old = socket.if_nametoindex("eth0")

    def rename(self, *pairs):
        lines = ""
        for old, new in pairs:
            lines += f"link set {old} down\nlink set {old} name {new}\nlink set {new} up\n"
        self.ns.batch(lines)
        return time.time_ns()

    def replace(self):
        return self.rename(("eth0", "wan0"), ("spare", "eth0"))

    def is_left(self):
        """The old NIC carries nothing that is shared, and has its MAC."""
        return (
            not self.lab.s1.carries(PUBLIC_VIP, "wan0")
            and self.ns.mac("wan0") == self.lab.s1.own_mac
        )

    def wait_left(self, agent, timeout=2):
        wait_until(
            self.is_left, timeout,
            lambda: f"wan0: {self.ns.addresses('wan0')} {self.ns.mac('wan0')}\n{agent.output()}",
        )  # fmt: skip

    def is_guarded(self):
        """Is anything guarded on the old NIC itself?"""
        dump = subprocess.run(
            ["bpftool", "-j", "map", "dump", "pinned", self.lab.s1.bpffs / "guarded"],
            check=True, capture_output=True,
        )  # fmt: skip
        ifindex = [f"0x{byte:02x}" for byte in struct.pack("=I", self.old)]
        return any(entry["key"][:4] == ifindex for entry in json.loads(dump.stdout))

    def programs(self):
        """What hangs on the old NIC, under the name that it has now."""
        with self.ns:
            name = socket.if_indextoname(self.old)
        return set().union(*(hook.programs(self.lab.s1, name) for hook in HOOKS.values()))

    def is_fenced(self):
        """As a public NIC is."""
        return self.is_guarded() and self.programs() == {"vrrp_fence_in", "vrrp_fence_out"}

    def is_other(self):
        """As any other interface of the host is."""
        return not self.is_guarded() and self.programs() == {"vrrp_other_in", "vrrp_other_out"}


@pytest.fixture
def names(lab):
    return Names(lab)


def judge(field):
    """As Field.judge(): s1 speaks with both of its NICs."""
    claims = [(t, host[:2], what) for t, host, what in claims_on(field.wire)]
    assert len(claims) >= field.probes.sent / 2, f"{len(claims)} answers to {field.probes.sent} questions"
    must_have_lease(claims, leases_on(field.wire, field.interval_ns))


def silent(field, port, since):
    assert not field.wire.frames(lambda f: f.port == port and not f.out and f.echo_reply == PUBLIC_VIP, since)


@pytest.mark.parametrize("mac", [SHARED_MAC, None], ids=["shared", "keep"])
def test_public_nic_is_replaced(lab, names, hook, mac):
    """Another NIC gets its name: the old one is left, and its fence with it, but not before; the new one
    serves, and the next freeze is as any other."""
    field = field_with(lab, hook, mac=mac)
    names.replace()
    names.wait_left(field.high)
    wait_until(names.is_other, 2, "the old NIC is one of the others")
    field.high.wait_state("master")
    field.answered_by("s1n", time.time_ns())
    since = time.time_ns()
    assert lab.s1.carries(PUBLIC_VIP)
    with frozen(field.high, 2) as since:
        field.answered_by("s2", since)
    field.high.wait_state("master")
    field.answered_by("s1n", time.time_ns())
    silent(field, "s1-eth0", since)
    judge(field)
    assert field.high.stop() == 0
    assert names.is_left() and not lab.s1.carries(PUBLIC_VIP)


def test_public_nic_is_renamed_and_back(lab, names):
    """While nothing has the name, the router is in FAULT, and its NIC is left as it was found."""
    field = Field(lab)
    since = names.rename(("eth0", "wan0"))
    names.wait_left(field.high)
    field.high.wait_state("fault")
    field.answered_by("s2", since)
    names.rename(("wan0", "eth0"))
    lab.s1.ns.ip("route", "replace", "default", "via", "192.168.1.1", check=False)
    field.high.wait_state("master")
    wait_nic(lab.s1, nic_master)
    field.answered_by("s1", time.time_ns())
    wait_fence(field.high, "first")
    with frozen(field.high, 1) as since:
        field.answered_by("s2", since)
    field.rests()
    judge(field)


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["frozen", "dead"])
def test_public_nic_is_replaced_unseen(lab, names, how):
    """Its agent is frozen or dead at that time. The old NIC keeps the address, shut, until the agent runs
    again and takes it off."""
    field = Field(lab)
    field.high.signal(how)
    since = time.time_ns()
    if how == signal.SIGKILL:
        field.high.ends()
    names.replace()
    field.answered_by("s2", since)
    assert lab.s1.carries(PUBLIC_VIP, "wan0") and names.is_fenced()
    if how == signal.SIGKILL:
        field.high.start()
    else:
        field.high.signal(signal.SIGCONT)
    names.wait_left(field.high, 5)
    field.high.wait_state("master", timeout=8)
    field.answered_by("s1n", time.time_ns())
    wait_until(names.is_other, 2, "the old NIC is one of the others")
    judge(field)


def test_two_routers_leave_a_nic(lab, names):
    """Each takes its own things off; the fence stays for the last one."""
    second = config(
        lab.s1, name="second", vrid=56, address="42.51.67.99/24", gateway=None, mac=None,
        standby_address=None, standby_gateway=None,
    )  # fmt: skip
    agent = Agent(lab, lab.s1, AGENT + config(lab.s1) + second)
    for name in ("web", "second"):
        agent.wait_state("master", name=name)
    names.replace()
    names.wait_left(agent)
    wait_until(lambda: not lab.s1.carries("42.51.67.99", "wan0"), 2, "the second one left, too")
    wait_until(names.is_other, 2, "the old NIC is one of the others")
    for address in (PUBLIC_VIP, "42.51.67.99"):
        wait_until(lambda: lab.s1.carries(address), 3, lambda: f"{address} on eth0: {nic(lab.s1)}")
    assert agent.stop() == 0
    assert names.is_left() and not list(lab.s1.bpffs.glob(f"fence_{names.old}_*"))


def test_public_nic_is_made_anew(lab):
    """Deleted, and another one of its name with another number."""
    field = Field(lab)
    lab.s1.ns.ip("link", "del", "eth0")
    lab.switch.batch(
        f"link add s1-eth0 type veth peer name eth0 netns {lab.s1.ns.path}\n"
        "link set s1-eth0 master brpub up\n"
    )
    since = time.time_ns()
    lab.s1.ns.batch(f"link set eth0 address {lab.s1.own_mac}\nlink set eth0 up\n")
    field.high.wait_state("master", timeout=8)
    wait_until(lambda: lab.s1.carries(PUBLIC_VIP), 3, "the address is on the new NIC")
    wait_fence(field.high, "first")
    with frozen(field.high, 1):
        field.wire.wait(is_advert("s2-eth1", 55), 5, since, "s2 takes over")
    field.high.wait_state("master")


def test_nic_that_is_not_left_stays_shut(lab, names):
    """An address on another NIC than the public one: under another name nobody takes it off, and the lease of
    its router, which goes on, opens nothing there. Where a person takes it off, the fence goes, too."""
    extra = "42.51.67.99"
    agent = Agent(lab, lab.s1, config(lab.s1, address=[f"{PUBLIC_VIP}/24", f"{extra}/24 dev spare"]))
    agent.wait_state("master")
    wait_until(lambda: lab.answers(extra), 3, "it answers")
    with lab.s1.ns:
        names.old = socket.if_nametoindex("spare")
    names.rename(("spare", "wan9"))
    wait_until(lambda: not lab.answers(extra), 3, "the NIC is shut")
    assert lab.s1.carries(extra, "wan9") and names.is_fenced()
    holds_for(lambda: not lab.answers(extra), 2, "open again")
    assert names.is_fenced()
    lab.s1.ns.ip("addr", "del", f"{extra}/24", "dev", "wan9")
    wait_until(names.is_other, 2, "it is one of the others")

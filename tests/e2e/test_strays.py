# SPDX-License-Identifier: GPL-2.0-only
"""A router that is renamed, or dropped from the file, while it is master: what it left on a NIC is put
back by the next start, and fenced off until then. Every answer is held against the leases on the wire."""

import json
import signal
import time

import pytest

from claims import claims_on
from daemons import Agent, config
from expect import nic, nic_master, nic_standby, wait_nic
from lab import PUBLIC_VIP, holds_for, wait_until
from test_cli import pinned, xdp_of
from test_owners import Field, leases_on, must_have_lease

pytestmark = pytest.mark.xdp("the public NIC is the same, however adverts are heard")

OTHER_VIP = "42.51.67.94"


def other(server, **keys):
    """A second router, which touches nothing of the first one's."""
    return config(
        server, name="other", vrid=56, address=f"{OTHER_VIP}/24", mac=None, gateway=None,
        **{"standby_address": None, "standby_gateway": None, **keys},
    )  # fmt: skip


def records(server):
    return sorted(p.name for p in server.run_dir.glob("*takeover-*"))


def guards(agent):
    """(what, slot) of each entry of the fence's map that is no interface's; the slot of nobody is 4096."""
    out = agent.ns.run("bpftool", "-j", "map", "dump", "pinned", agent.server.bpffs / "guarded", check=False)
    entries = [e["formatted"] for e in json.loads(out.stdout or "[]") if "formatted" in e]
    return [(e["key"]["addr"]["b"][:4], e["value"]["slot"]) for e in entries if e["key"]["kind"] != 0]


def nobodys(agent):
    return [what for what, slot in guards(agent) if slot == 4096]


def judge(field, since=0):
    field.wire.close()
    events = claims_on(field.wire, since)
    must_have_lease(events, leases_on(field.wire, field.interval_ns))
    return events


@pytest.mark.check
def test_renamed_while_master(lab):
    """SIGHUP with another name for the same router: it starts as a backup, from the NIC that the host had,
    and takes over again by the rules."""
    field = Field(lab)
    high, pid = field.high, field.high.child.pid
    wait_nic(lab.s1, nic_master)
    since = time.time_ns()
    high.path.write_text(high.text.replace("[vrrp web]", "[vrrp new]"))
    high.signal(signal.SIGHUP)
    high.says("web: is not configured any more", timeout=5)
    high.wait_state("master", name="new")
    field.answered_by("s1", time.time_ns())
    wait_nic(lab.s1, nic_master)
    field.low.wait_state("backup")
    assert high.child.pid == pid
    assert records(lab.s1) == ["takeover-new"]
    assert nobodys(high) == []
    assert "has the shared MAC already" not in high.output()
    assert judge(field, since)
    assert high.stop() == 0
    assert nic(lab.s1) == nic_standby(lab.s1)
    assert records(lab.s1) == [] and pinned(lab.s1) == []


@pytest.mark.parametrize("how", ["SIGHUP", "SIGKILL"])
def test_dropped_while_master(lab, how):
    """The section is gone: the host gets back what it had, and the other router goes on."""
    field = Field(lab)
    high = field.high
    high.text += other(lab.s1)
    high.path.write_text(high.text)
    high.signal(signal.SIGHUP)
    high.wait_state("master", name="other")
    transitions = high.instance("other")["transitions"]
    wait_until(lambda: lab.s1.carries(PUBLIC_VIP) and lab.s1.carries(OTHER_VIP), 3, "both addresses")
    high.text = other(lab.s1)
    if how == "SIGHUP":
        high.path.write_text(high.text)
        high.signal(signal.SIGHUP)
    else:
        high.kill()
        field.low.wait_state("master")
        field.answered_by("s2")
        high.start()
    wait_until(lambda: not lab.s1.carries(PUBLIC_VIP), 5, lambda: high.output())
    field.low.wait_state("master")
    high.wait_state("master", name="other")
    if how == "SIGHUP":
        assert high.instance("other")["transitions"] == transitions, "a failover of the other one"
    wait_until(lambda: nobodys(high) == [], 3, lambda: guards(high))
    wait_until(lambda: lab.s1.carries(OTHER_VIP), 3, "the address of the other one")
    assert (nic(lab.s1)[1:]) == nic_standby(lab.s1)[1:]
    assert lab.s1.carries(lab.s1.public)
    assert records(lab.s1) == ["takeover-other"]
    field.answered_by("s2", time.time_ns())
    judge(field)
    assert high.stop() == 0
    assert nic(lab.s1) == nic_standby(lab.s1)
    assert records(lab.s1) == [] and pinned(lab.s1) == []


def test_leftovers_stay_fenced(lab):
    """What nobody can put back, since its record is damaged, answers nobody."""
    field = Field(lab)
    high, text = field.high, field.high.text
    high.kill()
    field.low.wait_state("master")
    field.answered_by("s2")
    record = lab.s1.run_dir / "takeover-web"
    whole = record.read_text()
    record.write_text(whole[: len(whole) // 2])
    high.text = other(lab.s1)
    high.start().wait_state("master", name="other")
    high.says("takeover-web", "by hand", "stays closed")
    assert lab.s1.carries(PUBLIC_VIP), "who put it back?"
    holds_for(lambda: field.low.state() == "master", 1, "s2 is the master")
    assert high.stop() == 0
    assert "takeover-web" in high.output().splitlines()[-1]
    record.write_text(whole)
    high.text = text.replace("priority = 150", "priority = 50")
    high.start().wait_state("backup")
    wait_nic(lab.s1, nic_standby)
    judge(field)


def test_moved_address(lab):
    """SIGHUP moves an address to another router of the same master: it goes by that one's lease."""
    high = Agent(lab, lab.s1, config(lab.s1, address=[f"{PUBLIC_VIP}/24", f"{OTHER_VIP}/24"], mac=None))
    high.wait_state("master")
    wait_until(lambda: lab.answers(OTHER_VIP), 5, "an answer of both")
    high.path.write_text(config(lab.s1, mac=None) + other(lab.s1))
    high.signal(signal.SIGHUP)
    high.wait_state("master", name="other")
    wait_until(lambda: lab.answers(OTHER_VIP), 5, high.output)
    assert "not fenced" not in high.output()
    high.cli("resign", "web", "--force")
    high.wait_state("fault")
    assert lab.answers(OTHER_VIP) and not lab.answers(PUBLIC_VIP)
    high.cli("resume", "web")
    high.wait_state("master")
    high.cli("resign", "other", "--force")
    high.wait_state("fault", name="other")
    assert lab.answers(PUBLIC_VIP) and not lab.answers(OTHER_VIP)


def test_fence_no_longer_wanted(lab):
    """SIGHUP to fence = no: no guard and no program stays, and the master stays one."""
    high = Agent(lab, lab.s1).wait_state("master")
    wait_until(lambda: guards(high), 3, "guards")
    transitions = high.instance()["transitions"]
    high.path.write_text(high.text + "fence = no\n")
    high.signal(signal.SIGHUP)
    wait_until(lambda: high.instance() and high.instance()["fence"]["hook"] == "none", 5, high.output)
    assert guards(high) == []
    wait_until(lambda: not [n for n in pinned(lab.s1) if n.startswith("fence_")], 3, lambda: pinned(lab.s1))
    assert (high.state(), high.instance()["transitions"]) == ("master", transitions)
    assert lab.answers(PUBLIC_VIP)
    high.kill()
    assert lab.answers(PUBLIC_VIP), "a fence that nobody wanted"


@pytest.mark.lab(second_heartbeat=True)
@pytest.mark.parametrize("how", ["SIGHUP", "SIGKILL"])
def test_interface_no_longer_used(lab, how):
    """A heartbeat interface that left the file carries no program of ours; what `attach` put there stays."""
    high = Agent(lab, lab.s1, config(lab.s1, heartbeat="eth1 eth2")).wait_state("master")
    assert "link_" in " ".join(pinned(lab.s1))
    high.text = config(lab.s1, heartbeat="eth1")
    if how == "SIGHUP":
        high.path.write_text(high.text)
        high.signal(signal.SIGHUP)
    else:
        high.kill()
        high.start()
    index = lab.s1.ns.ip("-o", "link", "show", "eth2").split(":")[0]
    wait_until(lambda: f"link_{index}_run" not in pinned(lab.s1), 5, lambda: pinned(lab.s1))
    high.wait_state("master")
    high.cli("attach", "eth2")
    high.reload().wait_state("master")
    assert f"link_{index}" in pinned(lab.s1)
    high.cli("detach", "eth2")
    assert high.stop() == 0
    assert pinned(lab.s1) == []

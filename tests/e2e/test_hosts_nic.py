# SPDX-License-Identifier: GPL-2.0-only
"""Interfaces that are not there, changes of a NIC that cannot be made or do not last, adverts that cannot be
sent: that costs what depends on them, and nothing else, and `status` names it."""

import signal

import pytest

from daemons import AGENT, Agent, config, two_agents
from expect import nic_master, nic_standby, wait_nic
from lab import PUBLIC_VIP, holds_for, stop_process, wait_until

pytestmark = pytest.mark.xdp("the public NIC is the same, however adverts are heard")

OTHER = "10.9.9.1"


def make_nic(server, name):
    server.ns.batch(f"link add {name} type veth peer name {name}p\nlink set {name}p up\nlink set {name} up\n")


def reload(agent, text=None):
    """SIGHUP; the new process is this one, and has the same log."""
    if text is not None:
        agent.text = text
        agent.path.write_text(AGENT + text)
    before = agent.output().count("restarting")
    agent.signal(signal.SIGHUP)
    wait_until(lambda: agent.output().count("restarting") > before, 3, agent.output)


# ---- interfaces that are not there ------------------------------------------------------------------------


@pytest.mark.check
def test_tracked_interface_is_absent(lab):
    """At the start, and after a reload: it is down, with its weight, and the master goes on."""
    agent = Agent(lab, lab.s1, config(lab.s1, priority=150, track_interface="tun0 weight -20"))
    agent.wait_state("master")
    assert agent.instance()["priority"] == 130
    reload(agent)
    agent.says("restarted, still the master")
    make_nic(lab.s1, "tun0")
    wait_until(lambda: agent.instance()["priority"] == 150, 3, agent.output)
    assert agent.state() == "master"


def test_nic_of_another_router_is_absent(lab):
    """Its router is in FAULT, with the reason; the other one runs; the NIC is used as soon as it is there."""
    dmz = dict(name="dmz", vrid=60, public="eth9", address="10.60.0.1/24", gateway=None, mac=None)
    text = config(lab.s1) + config(lab.s1, standby_address=None, standby_gateway=None, **dmz)
    agent = Agent(lab, lab.s1, text).wait_state("master")
    agent.wait_state("fault", name="dmz")
    agent.says("public eth9 is gone")
    assert agent.instance("dmz")["troubles"] == ["public eth9 is gone", "eth9: no such interface"]
    assert "troubles" not in agent.instance() and "! dmz: public eth9 is gone" in agent.cli("status").stdout
    reload(agent)
    agent.says("restarted, still the master")
    assert agent.state("dmz") == "fault"
    make_nic(lab.s1, "eth9")
    agent.wait_state("master", name="dmz")
    wait_until(lambda: lab.s1.carries("10.60.0.1", "eth9"), 3, agent.output)
    # It goes and comes back: nobody took its fence off.
    lab.s1.ns.ip("link", "del", "eth9")
    agent.wait_state("fault", name="dmz")
    make_nic(lab.s1, "eth9")
    agent.wait_state("master", name="dmz")
    wait_until(lambda: agent.instance("dmz")["fence"]["standing"] == "first", 3, agent.output)
    assert "somebody" not in agent.output(), agent.output()
    assert agent.stop() == 0 and not lab.s1.carries("10.60.0.1", "eth9")


@pytest.mark.lab(second_heartbeat=True)
def test_second_heartbeat_is_absent_after_a_crash(lab):
    """The dead run's address goes off the NIC, and the other path is used."""
    high, low = two_agents(lab, heartbeat="eth1 eth2")
    high.kill()
    low.wait_state("master")
    lab.switch.ip("link", "del", lab.s1.port("eth2"))
    high.text = high.text.replace("priority = 150", "priority = 50")
    high.start().wait_state("backup")
    wait_nic(lab.s1, nic_standby)
    assert low.state() == "master"
    assert "! web: eth2 cannot be used" in high.cli("status").stdout


def test_device_of_an_address_goes(lab):
    """The other address is kept, and given back; only what was on that device waits."""
    make_nic(lab.s1, "eth2")
    agent = Agent(lab, lab.s1, config(lab.s1, address=[f"{PUBLIC_VIP}/24", f"{OTHER}/24 dev eth2"]))
    agent.wait_state("master")
    wait_until(lambda: lab.s1.carries(OTHER, "eth2"), 3, agent.output)
    lab.s1.ns.ip("link", "del", "eth2")
    agent.says("there is no interface eth2")
    reload(agent)
    agent.says("restarted, still the master")
    assert agent.state() == "master" and lab.s1.carries(PUBLIC_VIP)
    assert agent.instance()["troubles"] == ["eth2: no such interface"]
    assert "eth2: no such interface" in agent.cli("status", "web").stdout
    assert agent.stop() == 0
    wait_nic(lab.s1, nic_standby)


# ---- changes that do not last -----------------------------------------------------------------------------


def test_address_that_somebody_removes(lab):
    """Put back after pauses that grow, told once, and then left to the other host: an address that is missing for
    the eighth time stays away for longer than a second."""
    high, low = two_agents(lab)
    foe = lab.s1.ns.popen("sh", "-c", f"while sleep 0.02; do ip addr del {PUBLIC_VIP}/24 dev eth0 2>/dev/null; done")
    lab.on_close(stop_process, foe)
    high.says("carries none of the shared addresses", timeout=8)
    before = high.output().split("carries none of the shared addresses")[0]
    low.wait_state("master")
    stop_process(foe)
    assert before.count(f"eth0: address {PUBLIC_VIP}/24 added: this change does not last") == 1, before
    assert 3 <= before.count(f"eth0: address {PUBLIC_VIP}/24 added") <= 8, before
    high.wait_state("master", timeout=8)
    wait_nic(lab.s1, nic_master)


# ---- adverts that cannot be sent --------------------------------------------------------------------------


def test_adverts_too_long(lab):
    """FAULT with the reason, and no flapping; when they can be sent, it is master."""
    lab.s1.ns.ip("link", "set", "eth1", "mtu", "68")
    addresses = [f"42.51.67.{n}/24" for n in range(100, 112)]
    agent = Agent(lab, lab.s1, config(lab.s1, address=addresses)).wait_state("fault")
    assert agent.instance()["troubles"] == ["adverts cannot be sent on eth1: Message too long"]
    assert not lab.s1.carries("42.51.67.100")
    holds_for(lambda: agent.instance()["transitions"] < 12, 2, agent.output)
    lab.s1.ns.ip("link", "set", "eth1", "mtu", "1500")
    agent.wait_state("master", timeout=8)
    wait_until(lambda: lab.s1.carries("42.51.67.100"), 3, agent.output)
    assert "troubles" not in agent.instance()


def test_nic_comes_back_with_its_number(lab):
    """From another namespace, as a container's NIC does: what was pinned for it is pinned anew, by nobody else."""
    agent = Agent(lab, lab.s1).wait_state("master")
    here, pinned = lab.s1.ns, lab.s1.bpffs
    before = here.ip("-o", "link", "show", "dev", "eth1").split(":")[0]
    here.ip("link", "set", "eth1", "netns", lab.client.path)
    agent.wait_state("fault")
    lab.client.ip("link", "set", "eth1", "netns", here.path)
    here.batch(f"addr add {lab.s1.private}/24 dev eth1\nlink set eth1 up\n")
    agent.wait_state("master")
    assert here.ip("-o", "link", "show", "dev", "eth1").split(":")[0] == before
    seen = pinned.stat().st_ctime_ns
    holds_for(lambda: pinned.stat().st_ctime_ns == seen, 1.2, "pinned again")
    assert "somebody" not in agent.output(), agent.output()

# SPDX-License-Identifier: GPL-2.0-only
"""A record that cannot be read, a start that fails, and `detach`, while a NIC carries the shared address:
the fence stays shut for it until it is off the NIC. The switch's recording tells who answers."""

import json
import os
import pathlib
import signal
import time

import pytest

from claims import claims_on
from daemons import AGENT, BINARY, SOCKET, Agent, config
from expect import nic, nic_standby, wait_nic
from lab import PUBLIC_VIP, SHARED_MAC, TOP, stop_process, wait_until
from test_cli import pinned, xdp_of
from test_owners import Field
from test_strays import guards, nobodys, other, records

pytestmark = pytest.mark.xdp("the fence is the same, however adverts are heard")

MASK = "24"
RELOAD_NS = 500_000_000  # on a busy machine a reload takes longer than a lease of 300 ms


def record_of(lab, name="web"):
    return lab.s1.run_dir / f"takeover-{name}"


def only(field, host):
    """From now on, the next forty questions are answered by this host, and by no other one."""
    since, sent = time.time_ns(), field.probes.sent
    wait_until(lambda: field.probes.sent >= sent + 40, 5, "forty more questions")
    field.answered_by(host, since)
    speakers = {speaker for _, speaker, _ in claims_on(field.wire, since)}
    assert speakers == {host}, f"{speakers} answer"


def dead_master(field):
    """The master's agent is killed: the other host takes over, and the address stays on the dead one's NIC."""
    field.high.kill()
    field.low.wait_state("master")
    only(field, "s2")
    assert field.lab.s1.carries(PUBLIC_VIP), "nobody took the address off s1"


def shut(field):
    """The address is still on the dead host's NIC, and the other host alone answers for it."""
    assert field.lab.s1.carries(PUBLIC_VIP), "who put it back?"
    only(field, "s2")
    assert field.low.state() == "master"


# ---- a start that fails --------------------------------------------------------------------------------


def cut(path):
    path.write_text(path.read_text()[:-30])


def empty(path):
    path.write_text("")


def unknown_key(path):
    path.write_text(path.read_text().replace("{", '{\n  "flavour": "strawberry",', 1))


def other_kind(path):
    path.unlink()
    os.mkfifo(path)


def gone(path):
    path.unlink()


def whole(_path):
    pass


DAMAGES = [cut, empty, unknown_key, other_kind]


def failing_start(field, text, code=1):
    field.high.text = text
    field.high.start()
    assert field.high.ends() == code, field.high.output()


@pytest.mark.parametrize("damage", DAMAGES)
def test_start_over_a_bad_record(lab, damage):
    """Refused, with what to do; and the NIC stays shut, as often as it is tried. With the record again, the
    start puts the NIC back."""
    field = Field(lab)
    text, record = field.high.text, record_of(lab)
    dead_master(field)
    good = record.read_text()
    damage(record)
    for _ in range(2):
        failing_start(field, text)
        shut(field)
    field.high.says("takeover-web", "by hand", "stays closed", f"ip address del {PUBLIC_VIP}/{MASK} dev eth0")
    record.unlink()
    record.write_text(good)
    field.high.text = text.replace("priority = 150", "priority = 50")
    field.high.start().wait_state("backup")
    wait_nic(lab.s1, nic_standby)
    assert nobodys(field.high) == []
    only(field, "s2")
    field.judge()


def another_agent(lab, interface="eth2"):
    """It has an interface of s1, which no other agent can have meanwhile."""
    where = "--run-dir", lab.s1.directory / "run2", "--bpffs", lab.s1.directory / "bpf2"
    third = lab.s1.ns.popen(BINARY, "run", "-i", interface, "-v", "77", "10.51.68.99/24", *where)
    lab.on_close(stop_process, third, 5)
    wait_until(lambda: '"name":' in lab.s1.ns.run(BINARY, "status", "--json", *where).stdout, 5, "a third agent")


# What fails, after how much was opened: (description, the record, changes of the configuration).
FAILURES = [
    ("an interface is another agent's", whole, {"heartbeat": "eth2"}),
    ("an interface is another agent's, and the record is missing", gone, {"heartbeat": "eth1 eth2"}),
    ("an interface is another agent's, and the record is bad", cut, {"heartbeat": "eth2"}),
    ("no fence was wanted, and the record is bad", cut, {"fence": "no"}),
    ("the configuration is wrong", whole, {"vrid": "none"}),
]


@pytest.mark.lab(second_heartbeat=True)
@pytest.mark.parametrize("description,damage,keys", FAILURES, ids=[row[0] for row in FAILURES])
def test_start_that_fails(lab, description, damage, keys):
    """The NIC is put back by the record of the dead run all the same, or it stays shut."""
    field = Field(lab)
    dead_master(field)
    damage(record_of(lab))
    if "heartbeat" in keys:
        another_agent(lab)
    failing_start(field, config(lab.s1, priority=150, **keys), 2 if "vrid" in keys else 1)
    if damage == whole:
        assert nic(lab.s1) == nic_standby(lab.s1), field.high.output()
        assert records(lab.s1) == [] and nobodys(field.high) == []
        only(field, "s2")
    else:
        shut(field)
    field.judge()


def test_start_without_its_interface(lab):
    """The public NIC was renamed while nobody ran: what the dead run left is taken off it, for the record
    goes by the number, too. With the new name in the configuration, the NIC is used."""
    field = Field(lab)
    text = field.high.text
    dead_master(field)
    rename(lab.s1, "eth0", "wan0")
    field.high.start().wait_state("fault")
    field.high.says("public eth0 is gone")
    assert not lab.s1.carries(PUBLIC_VIP, "wan0") and lab.s1.ns.mac("wan0") == lab.s1.own_mac
    only(field, "s2")
    assert field.high.stop() == 0
    field.high.text = text.replace("public = eth0", "public = wan0").replace("priority = 150", "priority = 50")
    field.high.start().wait_state("backup")
    wait_until(lambda: not lab.s1.carries(PUBLIC_VIP, "wan0"), 3, field.high.output)
    assert lab.s1.ns.mac("wan0") == lab.s1.own_mac and lab.s1.carries(lab.s1.public, "wan0")
    assert '"interface": "wan0"' in record_of(lab).read_text()
    only(field, "s2")
    field.judge()
    assert field.high.stop() == 0
    assert records(lab.s1) == [] and pinned(lab.s1) == []


def rename(server, name, to):
    server.ns.batch(f"link set {name} down\nlink set {name} name {to}\nlink set {to} up\n")
    server.ns.ip("route", "replace", "default", "via", "192.168.1.1", check=False)


@pytest.mark.lab(second_heartbeat=True)
def test_start_with_another_public_interface(lab):
    """What the dead run changed on the NIC of before is put back by its record."""
    field = Field(lab)
    text = field.high.text
    dead_master(field)
    field.high.text = text.replace("public = eth0", "public = eth2").replace("priority = 150", "priority = 50")
    field.high.start().wait_state("backup")
    wait_until(lambda: not lab.s1.carries(PUBLIC_VIP), 3, field.high.output)
    assert lab.s1.ns.mac("eth0") == lab.s1.own_mac and lab.s1.carries(lab.s1.public)
    assert '"interface": "eth2"' in record_of(lab).read_text()
    assert nobodys(field.high) == []
    only(field, "s2")
    field.judge()


def test_another_router_fails_the_start(lab):
    """What the start has put back is not guarded any more; what it could not, is."""
    field = Field(lab)
    text = field.high.text
    dead_master(field)
    record_of(lab, "other").write_text("nonsense")
    failing_start(field, text + other(lab.s1))
    only(field, "s2")
    assert nic(lab.s1) == nic_standby(lab.s1)
    assert records(lab.s1) == ["takeover-other"] and pinned(lab.s1) == []
    field.judge()


# ---- a master that is reloaded, or started again within its lease --------------------------------------


@pytest.mark.parametrize("damage", [*DAMAGES, gone])
def test_reload_over_a_bad_record(lab, damage):
    """A master knows what it has changed: it writes the record again, and goes on; nothing is lost."""
    field = Field(lab, interval_ns=RELOAD_NS)
    high, record = field.high, record_of(lab)
    good, pid, transitions = record.read_text(), high.child.pid, high.instance()["transitions"]
    damage(record)
    high.signal(signal.SIGHUP)
    high.says("restarted, still the master", "takeover-web", "written again", timeout=5)
    assert record.read_text() == good
    assert (high.child.pid, high.instance()["transitions"]) == (pid, transitions)
    only(field, "s1")
    field.rests()
    assert field.owners() == ["s1"]
    assert high.stop() == 0
    assert nic(lab.s1) == nic_standby(lab.s1)


@pytest.mark.parametrize("damage", DAMAGES)
def test_restart_within_the_lease_over_a_bad_record(lab, damage):
    """Killed and started again before the lease ran out: the master goes on, with a new record."""
    field = Field(lab, interval_ns=1_000_000_000)
    high, record = field.high, record_of(lab)
    # A veth has no permanent MAC, and the record is not going to tell it.
    high.text += f"standby-mac = {lab.s1.own_mac}\n"
    high.path.write_text(AGENT + high.text)
    high.signal(signal.SIGHUP)
    high.says("restarted, still the master", timeout=5)
    high.kill()
    damage(record)
    high.start()
    high.says("restarted, still the master", timeout=5)
    json.loads(record.read_text())
    high.says("unreadable-web")
    assert (lab.s1.run_dir / "unreadable-web").exists()
    only(field, "s1")
    assert field.owners() == ["s1"]
    assert high.stop() == 0
    assert nic(lab.s1)[:2] == nic_standby(lab.s1)[:2]
    assert records(lab.s1) == [] and pinned(lab.s1) == []


def test_reload_that_could_not_start(lab):
    """A router that the new configuration adds has a record that cannot be read: the start would fail, so
    there is none."""
    field = Field(lab, interval_ns=RELOAD_NS)
    high, pid = field.high, field.high.child.pid
    record_of(lab, "other").write_text("nonsense")
    high.path.write_text(AGENT + high.text + other(lab.s1))
    high.signal(signal.SIGHUP)
    high.says("a restart would fail", "takeover-other cannot be read", timeout=5)
    assert "restarting" not in high.output()
    assert (high.child.pid, high.state()) == (pid, "master")
    only(field, "s1")
    record_of(lab, "other").unlink()
    high.signal(signal.SIGHUP)
    high.wait_state("master", name="other")
    only(field, "s1")
    assert field.owners() == ["s1"]


@pytest.mark.lab(second_heartbeat=True)
def test_reload_into_an_interface_that_it_could_not_have(lab):
    """One is another agent's: the start would fail, so there is none."""
    field = Field(lab, interval_ns=RELOAD_NS)
    high, pid = field.high, field.high.child.pid
    another_agent(lab)
    high.path.write_text(AGENT + high.text.replace("heartbeat = eth1", "heartbeat = eth1 eth2"))
    high.signal(signal.SIGHUP)
    high.says("a restart would fail", "eth2: another agent uses this interface", timeout=5)
    assert "restarting" not in high.output()
    assert (high.child.pid, high.state()) == (pid, "master")
    only(field, "s1")
    assert field.owners() == ["s1"]


# ---- detach, and the removal of the package --------------------------------------------------------------


@pytest.mark.parametrize("what", ["eth1", "--all"])
def test_detach_puts_back(lab, what):
    """A dead agent's address is put back first, as a start would do it, and then there is nothing to fence."""
    field = Field(lab)
    dead_master(field)
    done = field.high.cli("detach", what, check=False)
    # A packet socket ended with its process, but the fence of a dead agent is on eth1 as well.
    assert done.returncode == 0, done
    assert nic(lab.s1) == nic_standby(lab.s1)
    assert records(lab.s1) == [] and pinned(lab.s1) == []
    only(field, "s2")
    field.judge()


def test_detach_puts_a_renamed_interface_back(lab):
    field = Field(lab)
    dead_master(field)
    rename(lab.s1, "eth0", "wan0")
    assert field.high.cli("detach", "--all").returncode == 0
    assert not lab.s1.carries(PUBLIC_VIP, "wan0") and lab.s1.ns.mac("wan0") == lab.s1.own_mac
    assert records(lab.s1) == [] and pinned(lab.s1) == []
    only(field, "s2")
    field.judge()


@pytest.mark.parametrize("damage", [*DAMAGES, gone])
def test_detach_is_refused(lab, damage):
    """What cannot be put back stays fenced off, and it is said what to do. By hand it can."""
    field = Field(lab)
    dead_master(field)
    before = pinned(lab.s1)
    damage(record_of(lab))
    for what in ("eth1", "--all", "eth0"):
        done = field.high.cli("detach", what, check=False)
        assert done.returncode == 1, done
        assert f"ip address del {PUBLIC_VIP}/{MASK} dev eth0" in done.stderr and "the fence stays" in done.stderr
        shut(field)
    assert pinned(lab.s1) == before
    lab.s1.ns.batch(f"addr del {PUBLIC_VIP}/{MASK} dev eth0\n")
    done = field.high.cli("detach", "--all", check=False)
    assert done.returncode == 1 and f"still has the shared MAC {SHARED_MAC}" in done.stderr, done
    only(field, "s2")
    lab.s1.ns.batch(f"link set eth0 address {lab.s1.own_mac}\n")
    assert field.high.cli("detach", "--all").returncode == 0
    assert pinned(lab.s1) == []
    only(field, "s2")
    field.judge()


def test_detach_beside_a_running_agent(lab):
    """Its records and guards are its own, also those of a backup, whose NIC carries nothing of them."""
    field = Field(lab)

    def held():
        return [(guards(a), pinned(a.server), records(a.server)) for a in (field.high, field.low)]

    before = held()
    assert guards(field.low)
    for agent in (field.high, field.low):
        for what in ("eth0", "eth1", "--all"):
            agent.cli("detach", what, check=False)
    assert held() == before
    field.rests()
    field.judge()


def remove_package(agent):
    """debian/vrrp-xdp.prerm, with a vrrp-xdp that knows where the agent's directories are."""
    bin_dir = agent.server.directory / "bin"
    bin_dir.mkdir(exist_ok=True)
    program = bin_dir / "vrrp-xdp"
    where = " ".join(str(word) for word in agent.where)
    program.write_text(f'#!/bin/sh\nexec {pathlib.Path(BINARY).resolve()} "$@" {where}\n')
    program.chmod(0o755)
    path = f"{bin_dir}:/usr/sbin:/usr/bin:/sbin:/bin"
    script = TOP / "debian/vrrp-xdp.prerm"
    return agent.ns.run("sh", script, "remove", env={"PATH": path}, check=False)


@pytest.mark.parametrize("damage", [whole, cut])
def test_removal_of_the_package(lab, damage):
    """It leaves no address on a NIC; where it would, it is refused."""
    field = Field(lab)
    dead_master(field)
    damage(record_of(lab))
    done = remove_package(field.high)
    if damage is whole:
        assert done.returncode == 0, done
        assert nic(lab.s1) == nic_standby(lab.s1)
        assert records(lab.s1) == [] and pinned(lab.s1) == []
        only(field, "s2")
    else:
        assert done.returncode != 0 and "ip address del" in done.stderr, done
        shut(field)
    field.judge()


def test_nothing_to_detach(lab):
    """No agent ever ran, and no directory is made to look whether one did."""
    agent = Agent(lab, lab.s1, start=False)
    assert remove_package(agent).returncode == 0
    assert not agent.server.run_dir.exists()
    if not SOCKET:
        agent.cli("attach", "eth1")
        assert xdp_of(lab.s1)
        agent.cli("detach", "eth1")
        assert not xdp_of(lab.s1) and pinned(lab.s1) == []

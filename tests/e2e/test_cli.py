# SPDX-License-Identifier: GPL-2.0-only
"""The commands: attach, detach, status, monitor, check, help."""

import json
import subprocess

import pytest

from daemons import BINARY, Agent, Keepalived, config, two_agents
from lab import PUBLIC_VIP, stop_process, wait_until
from wire import build_advert, is_advert, send_frames


def cli(server, *arguments, check=True):
    where = ("--run-dir", server.run_dir, "--bpffs", server.bpffs)
    return server.ns.run(BINARY, *arguments, *where, check=check, timeout=10)


def pinned(server):
    """Pins below the server's bpffs; the kernel's own two files are none."""
    if not server.bpffs.exists():
        return []
    files = (p.name for p in server.bpffs.rglob("*") if p.is_file())
    return sorted(name for name in files if not name.endswith(".debug"))


def xdp_of(server, interface="eth1"):
    return "xdp" in server.ns.ip("link", "show", "dev", interface)


@pytest.mark.check
@pytest.mark.xdp("about the program")
def test_attach_observes_and_detach_leaves_nothing(lab, wire):
    """attach alone sees every speaker on the wire; bpftool names the fields; detach takes all away."""
    cli(lab.s1, "attach", "eth1")
    assert xdp_of(lab.s1)
    maps = {"listeners", "instances", "paths", "verdicts", "neighbors"}
    assert maps <= set(pinned(lab.s1)), pinned(lab.s1)
    Keepalived(lab, lab.s2, Keepalived.config(3, 4, 100, [f"{PUBLIC_VIP}/24 dev eth0"]))
    send_frames(lab.s2.ns, "eth1", [build_advert(src="10.51.67.77", vrid=9, priority=33)])
    wire.wait(is_advert("s2-eth1", 55), 5, what="keepalived's advert")

    def neighbors():
        out = cli_bpftool("-j", "map", "dump", "pinned", lab.s1.bpffs / "neighbors")
        return {e["formatted"]["key"]["vrid"]: e["formatted"] for e in json.loads(out)}

    wait_until(lambda: {55, 9} <= set(neighbors()), 3, "both speakers are neighbours")
    found = neighbors()
    index = int(lab.s1.ns.ip("-o", "link", "show", "dev", "eth1").split(":")[0])
    assert found[55]["key"]["ifindex"] == index
    assert found[9]["value"]["priority"] == 33 and found[9]["value"]["version"] == 3
    plain = cli_bpftool("map", "dump", "pinned", lab.s1.bpffs / "neighbors")
    assert '"vrid": 55' in plain, "bpftool prints bytes, not fields"
    empty = json.loads(cli(lab.s1, "status", "--json").stdout)
    assert empty["instances"] == []

    cli(lab.s1, "detach", "eth1")
    assert not xdp_of(lab.s1)
    assert pinned(lab.s1) == []


def cli_bpftool(*arguments):
    done = subprocess.run(
        ["bpftool", *map(str, arguments)], capture_output=True, text=True, timeout=10
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.xdp("about the program")
@pytest.mark.lab(second_heartbeat=True)
def test_detach_all(lab):
    """--all; and what is not attached is said, not ignored."""
    for nic in ("eth1", "eth2"):
        cli(lab.s1, "attach", nic)
    cli(lab.s1, "detach", "eth2")
    assert xdp_of(lab.s1) and not xdp_of(lab.s1, "eth2")
    assert pinned(lab.s1), "one interface is still attached"
    cli(lab.s1, "detach", "--all")
    assert not xdp_of(lab.s1)
    assert pinned(lab.s1) == []


MODES = [("native", "xdp "), ("generic", "xdpgeneric"), ("auto", "xdp ")]


@pytest.mark.xdp("about the program")
@pytest.mark.parametrize("mode,shown", MODES, ids=[r[0] for r in MODES])
def test_attach_modes(lab, mode, shown):
    """The mode asked for is the mode that the kernel shows."""
    cli(lab.s1, "attach", "eth1", "--mode", mode)
    assert f" {shown}" in lab.s1.ns.ip("link", "show", "dev", "eth1")
    cli(lab.s1, "detach", "eth1")


@pytest.mark.xdp("about the program")
def test_generic_agent(lab, wire):
    """An agent in generic mode says so, and hears."""
    text = "[agent]\nmode = generic\n\n"
    high = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    low = Agent(lab, lab.s2, text + config(lab.s2)).wait_state("backup")
    wait_until(lambda: low.instance()["master"], 3, "the master is heard")
    assert low.instance()["paths"][0]["mode"] == "generic"
    assert high.instance()["paths"][0]["mode"] == "native"


def test_stopped_agent_leaves_no_program(lab, wire):
    """SIGTERM takes the program off the NIC and the pins away, or leaves them to `detach`: then it does."""
    agent = Agent(lab, lab.s1).wait_state("master")
    assert agent.stop() == 0
    cli(lab.s1, "detach", "--all", check=False)
    assert not xdp_of(lab.s1)
    assert pinned(lab.s1) == []


@pytest.mark.xdp("nothing is received")
def test_status_without_agent(lab):
    """No agent, nothing attached, not even the directories: exit 0, nothing made."""
    done = cli(lab.s1, "status", "--json")
    status = json.loads(done.stdout)
    assert status["schema"] == 1 and status["instances"] == []
    assert cli(lab.s1, "status").returncode == 0
    assert pinned(lab.s1) == [] and not lab.s1.run_dir.exists()


def test_status_after_a_crash(lab, wire):
    """The maps outlive a killed agent: `status` does not take them for a running one."""
    agent = Agent(lab, lab.s1).wait_state("master")
    assert agent.status()["agent"]["running"] is True
    agent.kill()
    status = agent.status()
    assert status["agent"]["running"] is False and status["instances"] == []
    assert agent.cli("status").returncode == 0


def test_status_text_and_unknown_name(lab, wire):
    """The text for people has the router; a name that is not there is an error with exit 1."""
    agent = Agent(lab, lab.s1).wait_state("master")
    text = agent.cli("status").stdout
    for word in ("web", "55", "eth1"):
        assert word in text
    assert "master" in text.lower()
    assert agent.cli("status", "web").returncode == 0
    missing = agent.cli("status", "nobody", check=False)
    assert missing.returncode == 1 and "nobody" in missing.stderr


def test_agent_of_a_container(lab):
    """Looked at from another network namespace, where interfaces have other names and numbers: what is shown
    is of the agent's own."""
    agent = Agent(lab, lab.s1).wait_state("master")

    def shown(ns, *arguments):
        return ns.run(BINARY, *arguments, *agent.where, timeout=10).stdout

    here = json.loads(shown(lab.s1.ns, "status", "--json"))["instances"][0]
    there = json.loads(shown(lab.client, "status", "--json"))["instances"][0]
    assert there["fence"]["standing"] == here["fence"]["standing"] == "first"
    assert there["paths"][0]["interface"] == "eth1"
    assert "gone" not in shown(lab.client, "status")
    doctor = shown(lab.client, "doctor", "-c", agent.path)
    assert "another network namespace" in doctor and "the fence is attached" in doctor, doctor
    out = lab.s1.directory / "monitor"
    with open(out, "wb") as sink:
        lab.on_close(stop_process, lab.client.popen(BINARY, "monitor", "eth1", *agent.where, stdout=sink))

    def monitored():
        send_frames(lab.s2.ns, "eth1", [build_advert(vrid=9)])
        return " eth1 vrid 9 " in out.read_text()

    wait_until(monitored, 3, "an advert is shown", every=0.1)


def test_status_keys(lab, wire):
    """The shape that others program against."""
    high, low = two_agents(lab)
    lease = high.instance()["lease"]
    assert set(lease) >= {"held", "remaining_ms"} and lease["held"] is True
    assert low.instance()["lease"]["held"] is False
    for agent in (high, low):
        status = agent.status()
        assert status["schema"] == 1 and isinstance(status["agent"], dict)
        instance = status["instances"][0]
        wanted = "name vrid family version state since_ms priority interval_ms master paths lease"
        assert set(instance) >= {*wanted.split(), "transitions", "verdicts"}
        path = instance["paths"][0]
        assert set(path) >= {"interface", "mode", "last_advert_ms", "adverts", "gaps_us"}
        assert isinstance(path["gaps_us"], list)
        assert all(isinstance(v, int) for v in instance["verdicts"].values())


def test_monitor(lab, wire):
    """One JSON object a line: adverts with their verdicts, bad ones too, and state changes."""
    high, low = two_agents(lab)
    out = lab.s2.directory / "monitor.json"
    with open(out, "wb") as sink:
        monitor = lab.s2.ns.popen(
            *(BINARY, "monitor", "eth1", "--json", *low.where), stdout=sink, stderr=subprocess.PIPE
        )
    lab.on_close(stop_process, monitor)

    def lines():
        text = out.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def says(**fields):
        return [o for o in lines() if all(o.get(k) == v for k, v in fields.items())]

    wait_until(lambda: says(verdict="valid", source=lab.s1.private, priority=150), 3, lambda: lines())
    send_frames(lab.s1.ns, "eth1", [build_advert(src="10.51.67.66", interval_cs=0)])
    wait_until(lambda: says(verdict="interval_zero", source="10.51.67.66"), 3, lambda: lines())
    some = says(verdict="valid")[-1]
    assert {"interface", "vrid", "interval_ms"} <= set(some), some
    high.stop()
    wait_until(lambda: any("master" in json.dumps(o) and "backup" in json.dumps(o) for o in lines()),
               3, lambda: f"a change from backup to master: {lines()[-3:]}")  # fmt: skip
    monitor.terminate()
    assert monitor.wait(5) in (0, -15)


def test_monitor_text(lab, wire):
    """For people: a line per advert."""
    agent = Agent(lab, lab.s1).wait_state("master")
    out = lab.s1.directory / "monitor.txt"
    with open(out, "wb") as sink:
        monitor = lab.s1.ns.popen(
            *(BINARY, "monitor", *agent.where), stdout=sink, stderr=subprocess.STDOUT
        )
    lab.on_close(stop_process, monitor)

    def told():
        send_frames(lab.s2.ns, "eth1", [build_advert(src="10.51.67.77", priority=50)])
        return "10.51.67.77" in out.read_text()

    wait_until(told, 4, lambda: out.read_text())


@pytest.mark.xdp("nothing is received")
def test_check_and_help(lab):
    """check prints the configuration as understood; help and version say what they should, exit 0."""
    good = lab.s1.directory / "good.conf"
    good.write_text(config(lab.s1))
    done = lab.s1.ns.run(BINARY, "check", "-c", good)
    assert "web" in done.stdout
    top = lab.s1.ns.run(BINARY, "--help").stdout
    for command in ("attach", "detach", "run", "check", "status", "monitor"):
        assert command in top
        text = lab.s1.ns.run(BINARY, command, "--help").stdout
        assert command in text
    assert lab.s1.ns.run(BINARY, "--version").stdout.startswith("vrrp-xdp ")

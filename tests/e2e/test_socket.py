# SPDX-License-Identifier: GPL-2.0-only
"""Without XDP: what `mode = socket` and the way down to it say, keep and give up. That everything else
works as with XDP is what the other tests show, which run a second time with VRRP_XDP_MODE=socket."""

import fcntl
import json
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest

from daemons import BINARY, Agent, config, two_agents
from expect import Takeover, nic, nic_master, nic_standby, wait_nic
from lab import PUBLIC_VIP, holds_for, stop_process, wait_until
from test_cli import cli, pinned, xdp_of
from wire import build_advert, is_advert, is_announce, is_reply, send_frames

pytestmark = pytest.mark.xdp("each test says itself how it hears")

NO_FLOOD = "no flood immunity"


def by(mode, server, **keys):
    return f"[agent]\nmode = {mode}\n\n" + config(server, **keys)


def sockets(agent):
    return [i for i in agent.status()["interfaces"] if i["mode"] == "socket"]


def pair(lab, mode="socket", **keys):
    """As two_agents(), by a mode of their own."""
    agents = []
    for server, priority, state in zip(lab.servers, (150, 100), ("master", "backup")):
        text = by(mode, server, priority=priority, **keys)
        agents.append(Agent(lab, server, text).wait_state(state, timeout=8))
    wait_until(lambda: agents[1].instance()["master"], 3, "s2 hears s1")
    return agents


def files(server):
    """Of the run directory, but the record of past transitions, which outlives every agent."""
    return sorted(p.name for p in server.run_dir.iterdir() if p.name != "history")


@pytest.mark.check
@pytest.mark.one_cpu
def test_socket_agent(lab, wire):
    """It says so in status and log, leaves the NIC alone, is fenced, and tidies up."""
    high, low = pair(lab)
    assert [p["mode"] for p in low.instance()["paths"]] == ["socket"]
    assert [(i["interface"], i["lost"]) for i in sockets(low)] == [("eth1", 0)]
    low.says(NO_FLOOD)
    assert NO_FLOOD in low.cli("status", "web").stdout
    assert NO_FLOOD in low.cli("status").stdout
    assert not xdp_of(lab.s2)
    assert high.instance()["fence"]["hook"] in ("tcx", "clsact")
    neighbor = low.status()["neighbors"][0]
    assert (neighbor["source"], neighbor["vrid"], neighbor["interface"]) == (lab.s1.private, 55, "eth1")
    send_frames(lab.s1.ns, "eth1", [build_advert(src="10.51.67.77", vrid=9)])
    wait_until(lambda: sockets(low)[0]["verdicts"]["foreign"] == 1, 2, "a stranger is counted")
    since = lab.block(lab.s1)
    high.kill()
    Takeover(wire, lab.s2, since, reply=False).check()
    low.wait_state("master")
    assert low.stop() == 0
    assert pinned(lab.s2) == [] and files(lab.s2) == ["agent.lock"]
    assert nic(lab.s2) == nic_standby(lab.s2)


@pytest.mark.lab(servers=1)
def test_killed_while_it_wrote(lab):
    """What a killed agent has left of its remarks, whole or half, goes with the next one that stops."""
    agent = Agent(lab, lab.s1, config(lab.s1, priority=255)).wait_state("master")
    agent.kill()
    for name in ("remarks", ".remarks"):
        (lab.s1.run_dir / name).write_text(f"{agent.child.pid}\nhalf a line")
    assert agent.start().wait_state("master").stop() == 0
    assert files(lab.s1) == ["agent.lock"], agent.output()


@pytest.mark.one_cpu
def test_frozen_in_a_flood(lab, wire):
    """A backup that is stopped for longer than its socket has room: what was lost may have been adverts,
    so it waits for one more, and is none the worse."""
    high, low = pair(lab)
    low.signal(signal.SIGSTOP)
    start = wire.frames(is_advert("s1-eth1"))[-1].t
    send_frames(lab.s1.ns, "eth1", [build_advert(bad_checksum=True)] * 15000)
    wire.wait(is_advert("s1-eth1"), 9, start + 1_000_000_000, "a second of adverts")
    low.signal(signal.SIGCONT)
    wait_until(lambda: sockets(low)[0]["lost"] > 0, 3, "nothing was lost: the test tests nothing")
    holds_for(lambda: low.state() == "backup", 0.6, "promoted on what it did not hear")
    assert not wire.frames(is_advert("s2-eth1"))
    low.says("the packet socket dropped")
    since = lab.block(lab.s1)
    high.kill()
    Takeover(wire, lab.s2, since, reply=False).check()


def test_beside_a_foreign_program(lab, wire):
    """The NIC carries somebody else's XDP program, which stays: here that is our own, of another owner."""
    other = lab.s2.directory / "other"
    lab.s2.ns.run(BINARY, "attach", "eth1", "--run-dir", other, "--bpffs", lab.s2.directory / "obpf")
    high, low = pair(lab)
    assert xdp_of(lab.s2)
    assert low.instance()["paths"][0]["mode"] == "socket"


@pytest.fixture
def xdp_filter(lab):
    """That of xdp-tools, on the second server's eth1: it drops UDP to port 4444. How many it dropped."""
    # It has one lock and one bpffs for the whole host, and does not wait for another test's.
    with open(f"{tempfile.gettempdir()}/vrrp-xdp-filter.lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"], check=True, timeout=10)

        def dropped():
            # It fails where only some of its maps are in use, and says all the same.
            status = lab.s2.ns.run("xdp-filter", "status", check=False).stdout
            return int(re.search(r"XDP_DROP +(\d+)", status).group(1))

        try:
            lab.s2.ns.run("xdp-filter", "load", "eth1", "-p", "allow", "-f", "udp")
            lab.s2.ns.run("xdp-filter", "port", "4444", "-p", "udp", "-m", "dst")
            yield dropped
        finally:
            subprocess.run(["umount", "/sys/fs/bpf"], check=True, timeout=10)


def test_beside_xdp_filter(lab, wire, xdp_filter):
    """Without a word about it the NIC is refused, with --replace taken. By a socket, we take over by what we
    hear beside the filter, which goes on filtering."""
    done = cli(lab.s2, "attach", "eth1", check=False)
    assert done.returncode == 1 and "xdp" in done.stderr and "--replace" in done.stderr, done.stderr
    high, low = pair(lab)

    def filters():
        before = xdp_filter()
        with lab.s1.ns, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", (lab.s2.private, 4444))
        return xdp_filter() > before

    wait_until(filters, 3, "the filter drops")
    since = lab.block(lab.s1)
    Takeover(wire, lab.s2, since, reply=False).check()
    lab.unblock(lab.s1)
    wait_until(filters, 3, "it still does")
    stop_process(low.child, grace=5)
    wait_until(filters, 3, "also when the agent is gone")

    cli(lab.s2, "attach", "eth1", "--replace")
    assert not filters()
    cli(lab.s2, "detach", "eth1")
    assert not xdp_of(lab.s2)


def test_dispatcher_out_of_reach(lab, xdp_filter, tmp_path, monkeypatch):
    """What libxdp's pins call its dispatcher, and is none: that it cannot be joined is said, with the ways out,
    and nothing is changed. That it can is tested where the kernel has extensions (tests/vm)."""

    def program():
        index, number = re.search(r"^(\d+): .*prog/xdp id (\d+)", lab.s2.ns.ip("link", "show", "dev", "eth1"), re.S).groups()
        return f"dispatch-{index}-{number}"

    before = program()
    monkeypatch.setenv("LIBXDP_BPFFS", str(tmp_path))
    (tmp_path / "xdp" / before).mkdir(parents=True)
    for arguments, said in (
        (("attach", "eth1"), "libxdp's dispatcher"),
        (("attach", "eth1", "--mode", "generic"), "in native mode"),
    ):
        done = cli(lab.s2, *arguments, check=False)
        assert done.returncode == 1 and said in done.stderr and "--replace" in done.stderr, done.stderr
    assert "vrrp-xdp attach eth1" in cli(lab.s2, "doctor", "eth1", check=False).stdout
    assert program() == before and not pinned(lab.s2)


# ---- the way down ------------------------------------------------------------------------------------


@pytest.mark.lab(second_heartbeat=True)
def test_nic_without_xdp(lab, wire):
    """auto: the NIC that can have no program gets a socket, the other one keeps XDP; both count."""
    # Where an upper interface has a program, the kernel allows none below it.
    lab.s2.ns.ip("link", "add", "above", "link", "eth1", "type", "macvlan", "mode", "private")
    directory = lab.s2.directory
    lab.s2.ns.run(
        *(BINARY, "attach", "above", "--mode", "generic"),
        *("--run-dir", directory / "other", "--bpffs", directory / "obpf"),
    )
    high, low = pair(lab, "auto", heartbeat="eth1 eth2")
    assert [p["mode"] for p in low.instance()["paths"]] == ["socket", "native"]
    low.says("eth1: XDP cannot be used; a packet socket is used instead", NO_FLOOD)
    wait_until(lambda: all(p["adverts"] for p in low.instance()["paths"]), 3, "heard on both")
    for nic_name in ("eth1", "eth2"):
        lab.block(lab.s1, nic_name)
        holds_for(lambda: low.state() == "backup", 0.8, f"without {nic_name} the other is enough")
        lab.unblock(lab.s1, nic_name)
        wait_until(lambda: not any(p["silent"] for p in low.instance()["paths"]), 3, "both are back")
    verdicts = low.verdicts()
    heard = sum(p["adverts"] for p in low.instance()["paths"])
    assert verdicts["valid"] <= heard, "each advert counts once"
    frame = build_advert(interval_cs=0)
    for number, nic_name in enumerate(("eth1", "eth2"), 1):
        send_frames(lab.s1.ns, nic_name, [frame])
        wait_until(lambda: low.verdicts()["interval_zero"] == number, 2, f"counted on {nic_name}")
    high.stop()
    low.wait_state("master")
    assert low.stop() == 0
    assert pinned(lab.s2) == [] and files(lab.s2) == ["agent.lock"]


# Root as far as networks go, and no further.
NO_BPF = ("setpriv", "--bounding-set", "-bpf,-perfmon,-sys_admin", "--inh-caps=-all")


class Powerless(Agent):
    """An agent that may not make BPF maps, nor mount a bpffs."""

    def _start(self, *command):
        super()._start(*NO_BPF, *command)


@pytest.mark.parametrize("mode", ["auto", "socket"])
def test_no_bpf(lab, wire, mode):
    """Files instead of maps: elections, status, monitor and the NIC as ever; no fence, and that is said."""
    # The lease is longer than a killed agent may need to be started again.
    high = Agent(lab, lab.s1, config(lab.s1, "500ms", priority=150)).wait_state("master")
    low = Powerless(lab, lab.s2, by(mode, lab.s2, interval="500ms")).wait_state("backup")
    assert pinned(lab.s2) == []
    wait_until(lambda: low.instance()["master"], 3, "s2 hears s1")
    instance = low.instance()
    assert instance["paths"][0]["mode"] == "socket" and instance["paths"][0]["adverts"] > 0
    assert instance["fence"]["hook"] == "none"
    low.says("no fence")
    assert low.status()["neighbors"][0]["source"] == lab.s1.private
    out = lab.s2.directory / "monitor.json"
    with open(out, "wb") as sink:
        monitor = lab.s2.ns.popen(
            *(BINARY, "monitor", "eth1", "--json", *low.where), stdout=sink, stderr=subprocess.STDOUT
        )
    lab.on_close(stop_process, monitor)
    wait_until(lambda: out.read_text().count('"valid"') > 3, 3, out.read_text)
    since = lab.block(lab.s1)
    high.kill()
    Takeover(wire, lab.s2, since, reply=False).check(interval_cs=50)
    low.wait_state("master")
    wait_nic(lab.s2, nic_master)
    wait_until(lambda: '"to":"master"' in out.read_text(), 3, out.read_text)
    stop_process(monitor)
    # Killed and started within the lease: nobody notices. The lease is in a file, too.
    transitions = low.instance()["transitions"]
    killed = low.kill()
    low.start().wait_state("master")
    wire.wait(is_advert("s2-eth1"), 2, killed, "the next advert")
    low.says("still the master")
    assert low.instance()["transitions"] == transitions
    assert low.stop() == 0
    assert files(lab.s2) == ["agent.lock"]
    assert nic(lab.s2) == nic_standby(lab.s2)


def test_no_bpf_where_it_is_wanted(lab):
    """native, and fence = yes, are not to be done without: exit 1, nothing started."""
    before = nic(lab.s1)
    path = lab.s1.directory / "insisting.conf"
    rows = [("native", {}, "bpffs"), ("socket", {"fence": "yes"}, "no fence")]
    for mode, keys, said in rows:
        path.write_text(by(mode, lab.s1, **keys))
        done = lab.s1.ns.run(
            *(*NO_BPF, BINARY, "run", "-c", path, "--run-dir", lab.s1.run_dir, "--bpffs", lab.s1.bpffs),
            check=False,
        )
        assert done.returncode == 1 and said in done.stderr, done
        assert nic(lab.s1) == before and files(lab.s1) == ["agent.lock"]


# ---- with others -------------------------------------------------------------------------------------


@pytest.mark.one_cpu
def test_reload_to_another_mode(lab, wire):
    """SIGHUP: from XDP to sockets and back, and the master stays master. As in test_hmac.test_rotation, no shorter
    interval."""
    high, low = two_agents(lab, interval="300ms")
    transitions = high.instance()["transitions"]
    for mode, shown in (("socket", "socket"), ("native", "native"), ("socket", "socket")):
        high.text = by(mode, lab.s1, priority=150, interval="300ms")
        high.path.write_text(high.text)
        high.signal(signal.SIGHUP)
        since = time.time_ns()

        def paths():
            instance = high.instance()
            return instance and [p["mode"] for p in instance["paths"]]

        wait_until(lambda: paths() == [shown], 5, lambda: f"{shown}: {paths()}\n{high.output()}")
        assert xdp_of(lab.s1) == (shown != "socket")
        wire.wait(is_advert("s1-eth1"), 1, since, "its next advert")
        heard = high.verdicts()["ttl"]
        send_frames(lab.s2.ns, "eth1", [build_advert(ttl=9)])
        wait_until(lambda: high.verdicts()["ttl"] == heard + 1, 2, "each frame counts once")
    assert high.instance()["transitions"] == transitions and low.state() == "backup"
    assert not wire.frames(is_advert("s2-eth1", priority=100)), "the backup noticed"


def program_of(server, interface):
    """The number of the program that a NIC runs."""
    return re.search(r"prog/xdp id (\d+)", server.ns.ip("link", "show", "dev", interface)).group(1)


SHARED = ("instances", "paths", "listeners", "events", "leases", "neighbors")


@pytest.mark.lab(second_heartbeat=True)
@pytest.mark.parametrize("lost", SHARED)
def test_program_of_a_lost_map(lab, wire, lost):
    """The pin of a map is lost, and the map pinned anew while packet sockets hear: the program that was pinned
    before uses the old map. So it must run no more, neither on the agent's NIC nor on one where `attach` left it.
    While no pin is lost, the program is not loaded again."""
    high = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    cli(lab.s2, "attach", "eth2")
    low = Agent(lab, lab.s2, by("auto", lab.s2))

    def hears(mode):
        # Until it has opened its maps, status shows what the agent before it left there.
        def reached():
            instance = low.instance()
            return instance and instance["paths"][0]["mode"] == mode and "listening," in low.output()

        wait_until(reached, 5, lambda: f"{mode}: {low.instance()}\n{low.output()}")

    def bpftool(*arguments):
        return json.loads(lab.s2.ns.run("bpftool", "-j", *arguments).stdout)

    hears("native")
    before = program_of(lab.s2, "eth1")
    assert program_of(lab.s2, "eth2") == before
    low.kill()
    low.start()
    hears("native")
    assert program_of(lab.s2, "eth1") == before
    low.kill()
    (lab.s2.bpffs / lost).unlink()
    for mode, shown in (("socket", "socket"), ("auto", "native")):
        if low.alive():
            low.kill()
        low.text = by(mode, lab.s2)
        low.start()
        hears(shown)

    now = {name: bpftool("map", "show", "pinned", lab.s2.bpffs / name)["id"] for name in SHARED}
    for nic_name in ("eth1", "eth2"):
        used = bpftool("prog", "show", "id", program_of(lab.s2, nic_name))["map_ids"]
        assert set(now.values()) <= set(used), f"{nic_name}: {used}, but pinned is {now}"

    def adverts():
        return low.instance()["paths"][0]["adverts"]

    def foreign():
        return {i["interface"]: i["verdicts"]["foreign"] for i in low.status()["interfaces"]}

    heard = adverts()
    wait_until(lambda: adverts() > heard, 3, "adverts count")
    send_frames(lab.s1.ns, "eth2", [build_advert(src="10.51.68.77", vrid=9)])
    wait_until(lambda: foreign().get("eth2"), 3, lambda: f"eth2 observes: {foreign()}")
    since = lab.block(lab.s1)
    high.kill()
    Takeover(wire, lab.s2, since, reply=False).check()


@pytest.mark.parametrize("mode", ["auto", "socket"])
def test_map_of_another_version(lab, wire, mode):
    """An upgrade that cannot go on with the maps: what the old agent has left is undone, and all begins anew."""
    agent = Agent(lab, lab.s1, by(mode, lab.s1)).wait_state("master")
    agent.kill()
    wait_nic(lab.s1, nic_master(lab.s1))
    pin = lab.s1.bpffs / "instances"
    pin.unlink()
    lab.s1.ns.run(*f"bpftool map create {pin} type array key 4 value 8 entries 4 name instances".split())
    since = time.time_ns()
    agent.start()
    agent.says("INIT -> BACKUP", timeout=8)
    agent.wait_state("master")
    agent.says("maps of another version are pinned there", "begins anew")
    wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 3, since, "announcement")
    said = agent.output()
    assert said.index("its changes were undone") < said.index("begins anew"), "opened what is still on the NIC"


def test_counters_of_another_version(lab):
    """They only count: an empty map takes their place, and a new version can be reloaded into."""
    cli(lab.s1, "attach", "eth1")
    cli(lab.s1, "detach", "eth1")
    pin = lab.s1.bpffs / "verdicts"
    lab.s1.ns.run(*f"bpftool map create {pin} type array key 4 value 8 entries 4 name verdicts".split())
    agent = Agent(lab, lab.s1).wait_state("master")
    assert sum(agent.verdicts().values()) == 0


def test_reload_loses_no_frame(lab, wire):
    """What arrives while one process follows the other waits for it."""
    high, low = pair(lab)
    count, pause = 0, threading.Event()
    listening = high.output().count("listening,")
    high.signal(signal.SIGHUP)
    while high.output().count("listening,") == listening or count % 100:
        send_frames(lab.s2.ns, "eth1", [build_advert(interval_cs=0)])
        count += 1
        pause.wait(0.002)
    assert count < 2000, high.output()
    wait_until(
        lambda: high.instance() and high.verdicts()["interval_zero"] == count,
        3,
        lambda: f"{count} were sent, {high.verdicts()}",
    )
    assert (high.state(), low.state()) == ("master", "backup")


@pytest.mark.lab(second_heartbeat=True)
def test_attach_and_detach_beside_it(lab, wire):
    """Commands for XDP on other NICs leave what a socket agent has pinned, alive or killed."""
    high, low = pair(lab)
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    kept = pinned(lab.s1)
    assert cli(lab.s1, "detach", "eth1", check=False).returncode == 1
    assert pinned(lab.s1) == kept
    for alive in (True, False):
        if not alive:
            high.kill()
            low.wait_state("master")
        cli(lab.s1, "attach", "eth2")
        assert cli(lab.s1, "attach", "eth7", check=False).returncode == 1
        if alive:
            cli(lab.s1, "detach", "eth2")
        missing = set(kept) - set(pinned(lab.s1))
        assert not missing, f"gone: {missing}"
    since = time.time_ns()
    assert lab.s1.carries(PUBLIC_VIP), "nobody repaired s1's NIC"
    wire.wait(is_reply("s2-eth0", PUBLIC_VIP), 3, since, "answer of s2")
    assert not [f for f in wire.frames(is_reply("s1-eth0", PUBLIC_VIP), since=since)], "the fence is gone"
    cli(lab.s1, "detach", "--all")
    assert pinned(lab.s1) == []


def test_attach_has_no_socket(lab):
    """A socket ends with its process: `attach --mode socket` says where it is to be had."""
    done = cli(lab.s1, "attach", "eth1", "--mode", "socket", check=False)
    assert done.returncode == 2 and "mode = socket" in done.stderr, done
    assert pinned(lab.s1) == []


def test_status_after_a_crash(lab, wire):
    """The ledger outlives a killed agent: nothing is said to be heard any more."""
    high, low = pair(lab)
    low.kill()
    status = low.status()
    assert status["instances"] == [] and not [i for i in status["interfaces"] if i["mode"] == "socket"]
    assert json.loads(cli(lab.s2, "status", "--json").stdout)["agent"]["running"] is False

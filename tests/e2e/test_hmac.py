# SPDX-License-Identifier: GPL-2.0-only
"""Signed adverts between two servers, with a third host that forges, replays and listens."""

import json
import os
import signal
import subprocess
import time

import pytest

from daemons import Agent, config, two_agents
from expect import Takeover
from lab import GATEWAY6, PUBLIC_VIP6, holds_for, wait_until
from signed import Trailer, build_signed
from wire import build_advert, is_advert, master_down_ns, send_frames

KEYS = {1: bytes(range(32)), 2: bytes(range(100, 164)), 3: b"correct-horse-battery-staple-0123456789ab"}
SIGNED = [
    "hmac_missing", "hmac_malformed", "hmac_key", "hmac_stale", "hmac_digest", "hmac_replay"
]  # fmt: skip


def key_file(server, number, mode=0o600):
    """hex:, raw, and a line of text."""
    path = server.directory / f"key{number}"
    text = {1: b"hex:" + KEYS[1].hex().encode() + b"\n", 2: KEYS[2], 3: KEYS[3] + b"\n"}[number]
    path.touch(mode=0o600)
    path.write_bytes(text)
    path.chmod(mode)
    return path


def keyed(server, *numbers, active=None, mode=None, **keys):
    """Configuration keys that name these key files, for config()."""
    wanted = {"hmac_key": [f"{n}:{key_file(server, n)}" for n in numbers]}
    if active:
        wanted["hmac_active"] = active
    if mode:
        wanted["hmac_mode"] = mode
    return {**wanted, **keys}


# The interval of a pair that is reloaded. It is longer than what may hold an agent up.
RELOADED, RELOADED_NS = "600ms", 600_000_000


def start_pair(lab, numbers=(1,), states=("master", "backup"), **keys):
    agents = []
    for server, priority, state in zip(lab.servers, (150, 100), states):
        text = config(server, priority=priority, **keyed(server, *numbers, **keys))
        agents.append(Agent(lab, server, text).wait_state(state, timeout=8))
    wait_until(lambda: agents[1].instance()["master"], 3, "s2 hears s1")
    return agents


def refused(agent):
    verdicts = wait_until(agent.instance, 3, "status")["verdicts"]
    return {name: verdicts[name] for name in SIGNED if verdicts[name]}


def sent_by(wire, server, since=0, **match):
    """Adverts that a server sent, with their trailers."""
    frames = wire.frames(is_advert(server.port("eth1"), **match), since)
    return [(f, Trailer(f)) for f in frames]


# ---- two servers that sign ---------------------------------------------------------------------------

six = dict(address=f"{PUBLIC_VIP6}/64", gateway=GATEWAY6, mac=None, standby_address=None, standby_gateway=None)
PAIRS = [
    ("v3", dict()),
    ("v2", dict(version=2, interval="1s")),
    ("v3 IPv6", six),
    ("unicast", dict(peers="10.51.67.13 10.51.67.14")),
    ("IPv6 unicast", dict(six, source="fd00::{own}", peers="fd00::{other}")),
]


@pytest.mark.check
@pytest.mark.parametrize("row", PAIRS, ids=lambda row: row[0])
def test_pair(lab, wire, row):
    """One master, whose every advert is signed, goodbye included; nothing is refused; a crash is noticed."""
    _, keys = row
    agents = []
    for server, priority in zip(lab.servers, (150, 100)):
        own = dict(keys, handover="no")
        if "source" in keys:
            number = server.number - 80
            own["source"] = keys["source"].format(own=number)
            own["peers"] = keys["peers"].format(other=27 - number)
            server.ns.ip("addr", "add", f"{own['source']}/64", "dev", "eth1", "nodad")
        agents.append(Agent(lab, server, config(server, priority=priority, **keyed(server, 1, **own))))
    high, low = agents
    high.wait_state("master", timeout=10)
    low.wait_state("backup", timeout=10)
    heard = wait_until(lambda: low.instance()["master"], 5, "s2 hears s1")
    assert heard["priority"] == 150

    def peer():
        peers = low.instance()["hmac"]["peers"]
        return next((p for p in peers if p["source"] == heard["address"]), None)

    wait_until(peer, 2, "s2 knows the skew of s1")
    assert abs(peer()["skew_us"]) < 1_000_000
    since = time.time_ns()
    assert high.stop() == 0
    low.wait_state("master", timeout=8)
    assert not refused(low), refused(low)
    for server in lab.servers:
        adverts = sent_by(wire, server)
        assert adverts
        for frame, trailer in adverts:
            assert trailer.verify(KEYS[1]), f"not signed: {frame}"
            assert trailer.key_id == 1 and trailer.reserved == 0
            assert abs(trailer.time - frame.t / 1e9) < 1
    assert [t for _, t in sent_by(wire, lab.s1, since, priority=0)], "no goodbye"
    sequences = [t.sequence for _, t in sent_by(wire, lab.s1)]
    assert all(a < b for a, b in zip(sequences, sequences[1:])), "a number came twice or went back"


@pytest.mark.lab(servers=3)
def test_copies(lab, wire):
    """The copies for two peers are one advert: one signature, which both believe."""
    peers = "10.51.67.13 10.51.67.14 10.51.67.15"
    agents = []
    for server, priority in zip(lab.servers, (150, 100, 90)):
        text = config(server, priority=priority, peers=peers, **keyed(server, 3))
        agents.append(Agent(lab, server, text))
    agents[0].wait_state("master")
    for agent in agents[1:]:
        agent.wait_state("backup")
        wait_until(lambda: agent.instance()["master"], 5, "hears s1")
    since = time.time_ns()
    wait_until(lambda: len(sent_by(wire, lab.s1, since)) > 20, 5, "adverts")
    copies = {}
    for frame, trailer in sent_by(wire, lab.s1, since):
        assert trailer.verify(KEYS[3])
        copies.setdefault(trailer.raw, set()).add(frame.ip[3])
    # The first and the last one may be cut by the times between which was looked.
    assert list(copies.values()).count({"10.51.67.14", "10.51.67.15"}) >= len(copies) - 2 > 5
    assert not refused(agents[1]) and not refused(agents[2])


def test_crash_and_return(lab, wire):
    """A killed master is replaced in time; back again, it is believed at once and preempts, and no number of
    it was used before."""
    high, low = start_pair(lab)
    since = high.kill()
    low.wait_state("master")
    Takeover(wire, lab.s2, since, reply=False).check()
    high.start().wait_state("master", timeout=5)
    low.wait_state("backup")
    assert not refused(low) and not refused(high)
    back = time.time_ns()
    wait_until(lambda: len(sent_by(wire, lab.s1, back)) > 3, 3, "adverts of s1")
    sequences = [t.sequence for _, t in sent_by(wire, lab.s1)]
    assert all(a < b for a, b in zip(sequences, sequences[1:])), "a number came twice or went back"


@pytest.mark.lab(servers=3)
def test_concession_is_signed(lab, wire):
    """A master that yields to a better one says so; and an inferior advert is answered: signed, both."""
    high, low = start_pair(lab)
    send_frames(lab.s3.ns, "eth1", [build_signed(KEYS[1], src="10.51.67.15", priority=50)])
    wait_until(lambda: low.verdicts()["valid"], 2, "heard")
    since = time.time_ns()
    high.cli("resign", "web", "--force")
    low.wait_state("master")
    high.cli("resume", "web")
    high.wait_state("master")
    low.wait_state("backup")
    for server in lab.servers[:2]:
        assert all(t.verify(KEYS[1]) for _, t in sent_by(wire, server, since))
    assert sent_by(wire, lab.s2, since)


# ---- a third host ------------------------------------------------------------------------------------


@pytest.fixture
def watched(lab):
    """A pair and a third host, and what may not change by anything that it sends."""
    lab.agents = start_pair(lab, (1, 2))

    def picture():
        return [(a.instance()["state"], a.instance()["transitions"]) for a in lab.agents]

    lab.picture = picture
    return lab


def attack(lab, frames, verdict):
    """Frames of s3: each is counted by both under that verdict, and that is all."""
    before, was = lab.picture(), [a.verdicts() for a in lab.agents]
    send_frames(lab.s3.ns, "eth1", frames)
    for agent, earlier in zip(lab.agents, was):

        def gained():
            now = agent.verdicts()
            return {n: now[n] - earlier[n] for n in now if n != "valid" and now[n] != earlier[n]}

        wait_until(lambda: gained() == {verdict: len(frames)}, 3, lambda: f"{verdict}: {gained()}")
    assert lab.picture() == before


FORGED = [
    ("unsigned", lambda **k: build_advert(**k), "hmac_missing"),
    ("another key", lambda **k: build_signed(bytes(32), **k), "hmac_digest"),
    ("the digest altered", lambda **k: build_signed(KEYS[1], spoil=1, **k), "hmac_digest"),
    ("an unknown key", lambda **k: build_signed(KEYS[1], key_id=9, **k), "hmac_key"),
    ("an hour old", lambda **k: build_signed(KEYS[1], at=time.time() - 3600, **k), "hmac_stale"),
    ("an hour ahead", lambda **k: build_signed(KEYS[1], at=time.time() + 3600, **k), "hmac_stale"),
    ("another type", lambda **k: build_signed(KEYS[1], kind=2, **k), "hmac_malformed"),
    ("reserved bits", lambda **k: build_signed(KEYS[1], reserved=1, **k), "hmac_malformed"),
    ("junk behind it", lambda **k: build_advert(trailer=b"\x5a" * 28, **k), "hmac_malformed"),
]  # fmt: skip


@pytest.mark.lab(servers=3)
def test_forgeries(watched):
    """Priorities that would unseat the master or promote the backup, from its own address and others."""
    for name, build, verdict in FORGED:
        frames = [
            build(src=source, priority=priority)
            for source in ("10.51.67.95", "10.51.67.99")
            for priority in (255, 200, 0)
        ]
        attack(watched, frames, verdict)
    stale = watched.agents[1].instance()["hmac"]["stale"]
    assert abs(abs(stale["skew_us"]) - 3600e6) < 2e6
    assert "refused as stale" in watched.agents[1].cli("status", "web").stdout
    # What would be believed, were it not for the signature.
    send_frames(watched.s3.ns, "eth1", [build_signed(KEYS[2], key_id=2, src="10.51.67.95", priority=200)])
    believed = "MASTER -> BACKUP: higher priority heard from 10.51.67.95"
    watched.agents[0].says(believed)


@pytest.mark.lab(servers=3)
def test_replay(watched, wire):
    """Captured adverts, sent again and again by somebody else, hold down nobody when their sender is dead."""
    high, low = watched.agents
    wait_until(lambda: len(sent_by(wire, watched.s1)) > 20, 5, "adverts to capture")
    captured = [f.raw for f, _ in sent_by(wire, watched.s1)][-20:]
    before = low.verdicts()
    send_frames(watched.s3.ns, "eth1", captured)
    wait_until(lambda: low.verdicts()["hmac_replay"] == before["hmac_replay"] + 20, 3, "all refused")
    assert watched.picture()[1] == ("backup", watched.picture()[1][1])
    since = high.kill()
    last = sent_by(wire, watched.s1)[-1][0]
    stop = time.monotonic() + 5
    while low.state() != "master":
        assert time.monotonic() < stop, "held down by replays"
        send_frames(watched.s3.ns, "eth1", captured + [last.raw])
    first = wire.wait(is_advert("s2-eth1"), 2, since, "advert of s2")
    waited = first.t - last.t
    assert waited >= master_down_ns(3, 100, 10), "too early"
    assert waited < master_down_ns(3, 100, 10) + 1_000_000_000, "replays moved the deadline"


@pytest.mark.lab(servers=3)
def test_replay_by_another_interface_and_source(watched, wire):
    """What is signed for one address and VRID is worth nothing from another."""
    wait_until(lambda: sent_by(wire, watched.s1), 3, "adverts to capture")
    raw = sent_by(wire, watched.s1)[-1][0].raw
    moved = build_advert(
        src="10.51.67.99", priority=150, trailer=raw[-28:], addresses=("42.51.67.93",)
    )
    attack(watched, [moved], "hmac_digest")


@pytest.mark.lab(servers=3)
def test_replay_after_a_restart(watched, wire):
    """A reload, and a crash, of the receiver forget nothing: what was heard before is a replay after."""
    _, low = watched.agents
    wait_until(lambda: len(sent_by(wire, watched.s1)) >= 3, 5, "adverts to capture")
    captured = [f.raw for f, _ in sent_by(wire, watched.s1)[-3:]]
    for restart in (lambda: reload(low, low.path.read_text()), lambda: (low.kill(), low.start())):
        restart()
        low.wait_state("backup")
        wait_until(lambda: (low.instance() or {}).get("master"), 3, "s2 hears s1")
        before = low.verdicts()["hmac_replay"]
        send_frames(watched.s3.ns, "eth1", captured)
        wait_until(lambda: low.verdicts()["hmac_replay"] == before + 3, 3, low.verdicts)


# ---- keys --------------------------------------------------------------------------------------------


def reload(agent, text):
    """SIGHUP with another configuration; done when the agent answers again under the same number."""
    pid = agent.child.pid
    agent.reload(text)
    wait_until(agent.instance, 5, "running again")
    assert agent.alive() and agent.child.pid == pid


def test_rotation(lab, wire):
    """From one key to another by reloads: no advert is missed, refused or late, nobody changes state, and in
    the end the old key is worth nothing. A reload asks the kernel for all NICs, and a lab that is torn down
    beside this one may keep it waiting; therefore no shorter interval."""
    high, low = start_pair(lab, (1,), interval=RELOADED)
    states = [(a.instance()["state"], a.instance()["transitions"]) for a in (high, low)]
    began = time.time_ns()

    def step(agent, server, priority, *numbers, **keys):
        text = config(server, RELOADED, priority=priority, **keyed(server, *numbers, **keys))
        reload(agent, text)
        agent.wait_state("master" if agent is high else "backup")
        wait_until(lambda: low.instance()["master"], 3, "s2 hears s1")

    step(low, lab.s2, 100, 1, 2, active=1)
    step(high, lab.s1, 150, 1, 2, active=1)
    step(high, lab.s1, 150, 1, 2, active=2)
    switched = wire.wait(
        lambda f: is_advert("s1-eth1")(f) and Trailer(f).key_id == 2, 3, began, "an advert with key 2"
    )
    step(low, lab.s2, 100, 1, 2, active=2)
    step(low, lab.s2, 100, 2)
    step(high, lab.s1, 150, 2)
    wait_until(lambda: len(sent_by(wire, lab.s1, switched.t)) > 3, 5, "more adverts")
    adverts = sent_by(wire, lab.s1, began)
    assert all(t.verify(KEYS[t.key_id]) for _, t in adverts)
    gaps = [b.t - a.t for (a, _), (b, _) in zip(adverts, adverts[1:])]
    assert max(gaps) < 2 * RELOADED_NS, f"a gap of {max(gaps) / 1e6:.0f} ms"
    sequences = [t.sequence for _, t in adverts]
    assert all(a < b for a, b in zip(sequences, sequences[1:]))
    assert not sent_by(wire, lab.s2, began), "the backup spoke up"
    assert not refused(low) and not refused(high)
    assert high.instance()["transitions"] == states[0][1]
    assert low.instance()["hmac"]["keys"] == [2] and high.instance()["hmac"]["keys"] == [2]
    assert high.instance()["hmac"]["active"] == 2
    before = low.verdicts()["hmac_key"]
    send_frames(lab.s1.ns, "eth1", [build_signed(KEYS[1], src="10.51.67.99", priority=250)])
    wait_until(lambda: low.verdicts()["hmac_key"] == before + 1, 2, "the old key is refused")


def test_reload_with_a_bad_key_file(lab):
    """It is refused with its place, and everything goes on as before."""
    high, low = start_pair(lab)
    path = key_file(lab.s1, 1, 0o644)
    high.signal(signal.SIGHUP)
    line = high.path.read_text().split("\n").index(f"hmac-key = 1:{path}") + 1
    said = f"{high.path}:{line}: hmac-key: {path} is open to group or others (mode 0644): chmod 600 {path}"
    high.says(said, "the agent keeps the old configuration")
    holds_for(lambda: high.state() == "master" and low.state() == "backup", 0.5, "a state changed")
    assert not refused(low)


def test_check_and_run_refuse(lab):
    """check and run say the same of a key file, with the line that names it, and start nothing."""
    server = lab.s1
    path = key_file(server, 1, 0o640)
    agent = Agent(lab, server, config(server, hmac_key=f"1:{path}"), start=False)
    agent.path.write_text(agent.text)
    line = agent.text.split("\n").index(f"hmac-key = 1:{path}") + 1
    said = f"{agent.path}:{line}: hmac-key: {path} is open to group or others (mode 0640): chmod 600 {path}\n"
    for command in ("check", "run"):
        done = agent.cli(command, "-c", agent.path, check=False)
        assert (done.returncode, done.stderr, done.stdout) == (2, said, "")
    assert not server.bpffs.exists() or not list(server.bpffs.iterdir())
    path.chmod(0o600)
    printed = agent.cli("check", "-c", agent.path).stdout
    assert f"hmac-key = 1:{path}\nhmac-active = 1\nhmac-mode = enforce\nhmac-window = 5s\nhmac-ahead = 600s\n" in printed
    assert KEYS[1].hex() not in printed


def test_key_in_anothers_directory(lab):
    """A key in, below or by way of a directory of another user, who could put another key there: check and run
    name that directory and start nothing."""
    server = lab.s1
    home = server.directory / "home"
    home.mkdir()
    (home / "keys").mkdir(mode=0o700)
    path = key_file(server, 1).rename(home / "keys/key1")
    link = server.directory / "link"
    link.symlink_to(home / "keys")
    os.chown(home, 65534, 65534)
    for name in (path, link / "key1", home / "../home/keys/key1"):
        agent = Agent(lab, server, config(server, hmac_key=f"1:{name}"), start=False)
        agent.path.write_text(agent.text)
        said = f"hmac-key: {home} belongs to user 65534, who can put another file there: chown root {home}\n"
        for command in ("check", "run"):
            done = agent.cli(command, "-c", agent.path, check=False)
            assert done.returncode == 2 and done.stderr.endswith(said), (command, name, done.stderr)
        assert not server.bpffs.exists() or not list(server.bpffs.iterdir())
    os.chown(home, 0, 0)
    agent.start().wait_state("master", timeout=8)


def test_credential(lab, wire):
    """A key that systemd hands over: a bare name, in $CREDENTIALS_DIRECTORY."""
    server = lab.s1
    key_file(server, 3).rename(server.directory / "web-key")
    agent = Agent(lab, server, config(server, hmac_key="3:web-key"), start=False)
    agent.path.write_text(agent.text)
    done = agent.cli("check", "-c", agent.path, check=False)
    assert done.returncode == 2 and "LoadCredential=" in done.stderr
    os.environ["CREDENTIALS_DIRECTORY"] = str(server.directory)
    try:
        agent.start().wait_state("master", timeout=8)
    finally:
        del os.environ["CREDENTIALS_DIRECTORY"]
    wait_until(lambda: sent_by(wire, server), 2, "adverts")
    assert all(t.verify(KEYS[3]) for _, t in sent_by(wire, server))


def memory_of(pid):
    """Everything that a process can write to, mapping by mapping."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            where, rights = line.split()[:2]
            start, end = (int(n, 16) for n in where.split("-"))
            if "w" in rights:
                memory.seek(start)
                try:
                    yield memory.read(end - start)
                except OSError:
                    continue


def test_no_secret_leaks(lab):
    """No key, and no hexadecimal of one, in memory, arguments, environment, log, status, maps or records."""
    high, low = start_pair(lab, (1, 2))
    pid = high.child.pid
    texts = [
        high.output(),
        high.cli("status").stdout,
        high.cli("status", "web").stdout,
        high.cli("status", "--json").stdout,
        high.cli("check", "-c", high.path).stdout,
    ]
    blobs = [t.encode() for t in texts]
    for name in ("cmdline", "environ", "status"):
        with open(f"/proc/{pid}/{name}", "rb") as file:
            blobs.append(file.read())
    for path in lab.s1.run_dir.rglob("*"):
        if path.is_file():
            blobs.append(path.read_bytes())
    for name in ("hmac_keys", "instances", "hmac_marks"):
        dump = subprocess.run(
            ["/usr/sbin/bpftool", "-j", "map", "dump", "pinned", lab.s1.bpffs / name],
            capture_output=True, check=True,
        )  # fmt: skip
        octets = [
            bytes(int(b, 16) for b in part)
            for entry in json.loads(dump.stdout)
            for part in (entry["key"], entry["value"])
        ]
        blobs += octets
    blobs += list(memory_of(pid))
    for key in (KEYS[1], KEYS[2]):
        for blob in blobs:
            assert key not in blob
            assert key.hex().encode() not in blob
            assert key[:16] not in blob, "half of a key"
    with open(f"/proc/{pid}/smaps") as smaps:
        flags = [line for line in smaps if line.startswith("VmFlags")]
    assert any(" dd" in line for line in flags), "nothing is kept out of dumps"


# ---- modes -------------------------------------------------------------------------------------------


def test_migration(lab, wire):
    """A pair that does not sign comes to enforce, host by host and step by step, and no step is a failover:
    receive-only, permissive, enforce."""
    high, low = two_agents(lab, interval=RELOADED)
    agents = ((low, lab.s2, 100), (high, lab.s1, 150))
    transitions = high.instance()["transitions"]
    began = time.time_ns()
    for mode in ("receive-only", "permissive", "enforce"):
        for agent, server, priority in agents:
            text = config(server, RELOADED, priority=priority, **keyed(server, 1, mode=mode))
            reload(agent, text)
            agent.wait_state("master" if agent is high else "backup")
            wait_until(lambda: low.instance()["master"], 3, "s2 hears s1")
            assert not refused(low) and not refused(high)
        since = time.time_ns()
        wait_until(lambda: len(sent_by(wire, lab.s1, since)) > 1, 3, "adverts in this mode")
        signed = {t.present for _, t in sent_by(wire, lab.s1, since)}
        assert signed == {mode != "receive-only"}
    assert not sent_by(wire, lab.s2, began), "the backup spoke up"
    assert high.instance()["transitions"] == transitions


@pytest.mark.lab(servers=3)
def test_permissive(lab, wire):
    """An unsigned advert counts, a signed one that is wrong does not."""
    high, low = start_pair(lab, mode="permissive")
    assert low.instance()["hmac"]["mode"] == "permissive"
    send_frames(lab.s3.ns, "eth1", [build_signed(bytes(32), src="10.51.67.95", priority=200)])
    wait_until(lambda: high.verdicts()["hmac_digest"] == 1, 2, "the wrong one is refused")
    assert high.state() == "master"
    send_frames(lab.s3.ns, "eth1", [build_advert(src="10.51.67.95", priority=200)])
    high.wait_state("backup")

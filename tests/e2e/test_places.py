# SPDX-License-Identifier: GPL-2.0-only
"""The places that an agent needs on its host: control socket, run directory, bpffs. Whose they are, who
may speak there, and what becomes of a master when one of them is full, read-only or gone."""

import contextlib
import ctypes
import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from daemons import BINARY, SOCKET, Agent, config, two_agents
from expect import Takeover, nic, nic_master, nic_standby, wait_nic
from lab import Lab, holds_for, wait_until
from test_cli import cli, pinned, xdp_of
from test_hooks_waited import Hook
from wire import is_advert, is_reply, master_down_ns

pytestmark = pytest.mark.xdp("an agent with XDP needs all these places")

# Of the pairs here: a backup's patience is longer than what may hold a master up, by a reload, too.
INTERVAL, INTERVAL_NS = "300ms", 300_000_000

NOBODY = 65534
AS_NOBODY = ("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups")


def mode(path):
    return os.lstat(path).st_mode & 0o777


def sh(*command):
    subprocess.run([str(c) for c in command], check=True, capture_output=True, timeout=10)


def mount_tmpfs(path, options="size=64k,nr_inodes=24,mode=0700"):
    path.mkdir(parents=True, exist_ok=True)
    sh("mount", "-t", "tmpfs", "-o", options, "tmpfs", path)


def fill(directory):
    """Until neither a byte nor a file has room."""
    with contextlib.suppress(OSError), open(directory / "ballast", "wb") as ballast:
        while True:
            os.write(ballast.fileno(), b"x" * 4096)
    with contextlib.suppress(OSError):
        for number in range(64):
            (directory / f"ballast-{number}").touch()
    with pytest.raises(OSError):
        (directory / "one-more").touch()


def make_room(directory):
    for ballast in directory.glob("ballast*"):
        ballast.unlink()


@contextlib.contextmanager
def undisturbed(wire, agents):
    """What happens in here moves nothing: same processes, states and transitions afterwards, and for all
    of a second the master's adverts kept coming, and nobody else's."""

    def picture():
        return [(a.child.pid, a.state(), a.instance()["transitions"]) for a in agents]

    before, since = picture(), time.time_ns()
    yield
    wire.wait(is_advert("s1-eth1"), 5, since + 1_000_000_000, "adverts for a second")
    stamps = [f.t for f in wire.frames(is_advert("s1-eth1"), since=since)]
    gaps = [b - a for a, b in zip(stamps, stamps[1:])]
    assert max(gaps) < master_down_ns(3, 100, INTERVAL_NS // 10_000_000), gaps
    assert not wire.frames(is_advert("s2-eth1"), since=since), "s2 has promoted itself"
    log = "\n".join(a.output() for a in agents)
    wait_until(lambda: picture() == before, 3, lambda: f"{before}, is {picture()}\n{log}")


# ---- the control socket ----------------------------------------------------------------------------------


def connect(agent):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(5)
    # With a time limit, the kernel refuses at once while the agent's queue is full.
    path = str(agent.server.run_dir / "control")
    wait_until(lambda: client.connect_ex(path) == 0, 5, "a place in the agent's queue")
    return client


def test_modes(lab, wire):
    """Nobody but root can reach anything in the two directories."""
    agent = Agent(lab, lab.s1).wait_state("master")
    run_dir = agent.server.run_dir
    wanted = {run_dir: 0o700, agent.server.bpffs: 0o700}
    files = {"control", "agent.lock", "history", "takeover-web", "vitals"} | ({"ledger"} if SOCKET else set())
    wanted.update({run_dir / name: 0o600 for name in files})
    assert {path: mode(path) for path in wanted} == wanted
    assert {p.name for p in run_dir.iterdir()} == files
    for pin in agent.server.bpffs.iterdir():
        assert pin.stat().st_uid == 0 and not mode(pin) & 0o077 or pin.name.endswith(".debug"), pin


ASK = """
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.settimeout(5)
s.connect(sys.argv[1])
s.send(b"resign web")
print("answer:", s.recv(256).decode() or "none")
"""


def test_control_is_roots_alone(lab, wire):
    """A user cannot reach the socket; one whom the modes would let in is hung up on."""
    agent = Agent(lab, lab.s1).wait_state("master")
    done = lab.s1.ns.run(*AS_NOBODY, BINARY, "resign", "web", *agent.where, check=False)
    assert done.returncode == 1 and "root" in done.stderr, done
    path = agent.server.run_dir / "control"
    ask = (*AS_NOBODY, "/usr/bin/python3", "-c", ASK, path)
    assert "PermissionError" in lab.s1.ns.run(*ask, check=False).stderr
    lab.s1.directory.chmod(0o755)
    agent.server.run_dir.chmod(0o711)
    path.chmod(0o666)
    said = lab.s1.ns.run(*ask, check=False)
    assert "answer: none" in said.stdout or "reset" in said.stderr or "Broken" in said.stderr, said
    holds_for(lambda: agent.state() == "master", 0.3, "obeyed a stranger")
    path.chmod(0o600)
    agent.server.run_dir.chmod(0o700)
    agent.cli("resign", "web", "--force")
    agent.wait_state("fault")


def test_silent_clients_make_room(lab, wire):
    """Clients that connect and say nothing, more than there is room for: a command still gets through."""
    agent = Agent(lab, lab.s1).wait_state("master")
    silent = [connect(agent) for _ in range(40)]
    agent.cli("resign", "web", "--force", timeout=5)
    agent.wait_state("fault")
    agent.cli("resume", "web", timeout=5)
    agent.wait_state("master")
    for client in silent:
        client.close()


def test_many_wait(lab, wire):
    """Clients that wait for the end of a resign, more than may be silent: each one is told."""
    agent = Agent(lab, lab.s1, config(lab.s1, handover_timeout="700ms")).wait_state("master")
    clients = []
    for _ in range(20):
        clients.append(connect(agent))
        clients[-1].send(b"resign web")
        assert clients[-1].recv(256).startswith(b"waits ")
    assert [client.recv(256)[:6] for client in clients] == [b"stays "] * 20
    for client in clients:
        client.close()


def test_requests_during_a_reload(lab, wire):
    """Each one is answered, by the process before or by the one after."""
    agent = Agent(lab, lab.s1).wait_state("master")
    path = str(agent.server.run_dir / "control")
    for count in range(1, 5):
        agent.signal(signal.SIGHUP)
        while agent.output().count("listening,") == count:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
                client.connect(path)
                client.send(b"resume web")
                assert client.recv(256), "hung up"
    agent.wait_state("master")


def test_locks_during_a_reload(lab):
    """A restarting agent's directories and interfaces are never free: whoever took one in between would keep
    the new process from its start."""
    agent = Agent(lab, lab.s1).wait_state("master")
    listed, unix = pathlib.Path("/proc/locks"), pathlib.Path(f"/proc/{agent.child.pid}/net/unix")
    files = [agent.server.run_dir / "agent.lock", agent.server.bpffs]
    locks = [f":{path.stat().st_ino} 0 EOF" for path in files]
    links = json.loads(lab.s1.ns.ip("-j", "link", "show"))
    names = [f"@vrrp-xdp/nic/{link['ifindex']}\n" for link in links if link["ifname"] in ("eth0", "eth1")]

    def free():
        ours = "".join(line for line in listed.open() if f" {agent.child.pid} " in line)
        nics = unix.read_text()
        return [lock for lock in locks if lock not in ours] + [name for name in names if name not in nics]

    assert len(names) == 2 and not free()
    for count in range(1, 5):
        agent.signal(signal.SIGHUP)
        end = time.monotonic() + 5
        while agent.output().count("restarted, still the master") < count:
            assert not free() and time.monotonic() < end, agent.output()
    assert agent.child.poll() is None


def test_start_after_a_reload_fails(lab):
    """The file is broken while the reload waits for a program. The new process cannot start, and has the locks of
    the one before it: it puts the NIC back all the same."""
    hook = Hook(lab.s1, "notify-master")
    agent = Agent(lab, lab.s1, config(lab.s1, notify_master=hook.path)).wait_state("master")
    hook.wait_begin()
    agent.signal(signal.SIGHUP)
    agent.says("restarting")
    agent.path.write_text("nonsense\n")
    hook.open()
    assert agent.ends() != 0
    wait_nic(lab.s1, nic_standby)


def test_hung_up_on(lab):
    """An agent that ends before it has answered: root is not told to be root."""
    lab.s1.run_dir.mkdir(mode=0o700)
    agent = Agent(lab, lab.s1, start=False)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.bind(str(lab.s1.run_dir / "control"))
        server.listen()

        def hang_up():
            with server.accept()[0] as client:
                client.recv(256)

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        done = agent.cli("resign", "web", check=False)
        thread.join(5)
    assert done.returncode == 1 and "the agent is stopping" in done.stderr and "root" not in done.stderr, done.stderr


RUDE = [
    ("a part of a request", b"resi"),
    ("no request", b"\n"),
    ("a long one", b"resign " + b"w" * 4000),
    ("bytes", bytes(range(256))),
]


@pytest.mark.parametrize("description,request_", RUDE, ids=[r[0] for r in RUDE])
def test_rude_requests(standing, description, request_):
    """What is not a request is answered or hung up on, at once, and changes nothing."""
    high, _ = standing.agents
    client = connect(high)
    client.send(request_)
    with contextlib.suppress(ConnectionError):
        assert client.recv(256) != b"ok"
    assert high.state() == "master"


def test_clients_that_never_read(lab, wire):
    """Thousands of requests whose answers nobody takes, from many clients: no advert is late."""
    agents = two_agents(lab, interval=INTERVAL)
    stop = threading.Event()

    def bother():
        while not stop.is_set():
            clients = []
            for _ in range(16):
                with contextlib.suppress(OSError):
                    client = connect(agents[0])
                    clients.append(client)
                    client.setblocking(False)
                    client.send(b"resume web")
            for client in clients:
                client.close()

    thread = threading.Thread(target=bother, daemon=True)
    thread.start()
    try:
        with undisturbed(wire, agents):
            holds_for(lambda: agents[0].state() == "master", 1, "bothered")
    finally:
        stop.set()
        thread.join(5)


@pytest.fixture(scope="module")
def standing():
    """A pair that stands, for what must not move it."""
    with Lab() as made:
        made.agents = two_agents(made, interval=INTERVAL)
        yield made


# ---- whose a directory is --------------------------------------------------------------------------------


def bpf(host):
    host.bpffs.mkdir(parents=True, exist_ok=True)
    sh("mount", "-t", "bpf", "bpf", host.bpffs)
    return host.bpffs


def evil(host):
    path = host.directory / "evil"
    path.mkdir()
    os.chown(path, NOBODY, NOBODY)
    return path


def planted(host):
    path = bpf(host) / "mine"
    path.mkdir(mode=0o700)
    sh("bpftool", "map", "create", path / "leases", *"type array key 4 value 4 entries 1 name x".split())
    os.chown(path / "leases", NOBODY, NOBODY)
    return path


def made(path, **how):
    path.mkdir(**how)
    return path


def linked(path, target):
    path.symlink_to(target)
    return path


def opened(path, bits):
    path.mkdir()
    path.chmod(bits)
    return path


# description, option, what makes the place, what the error must say
UNSAFE = [
    ("run directory: a link to another's", "--run-dir",
     lambda h: linked(h.directory / "r", evil(h)), "symbolic link"),
    ("run directory: a link to one's own", "--run-dir",
     lambda h: linked(h.directory / "r", made(h.directory / "own", mode=0o700)), "symbolic link"),
    ("run directory: another's", "--run-dir", evil, f"user {NOBODY}"),
    ("run directory: everyone may write", "--run-dir",
     lambda h: opened(h.directory / "r", 0o777), "0777"),
    ("run directory: sticky", "--run-dir", lambda h: opened(h.directory / "r", 0o1777), "1777"),
    ("run directory: below another's", "--run-dir",
     lambda h: made(evil(h) / "r", mode=0o700), f"user {NOBODY}"),
    ("run directory: to be made below another's", "--run-dir", lambda h: evil(h) / "r" / "s",
     f"user {NOBODY}"),
    ("bpffs: a link", "--bpffs", lambda h: linked(bpf(h) / "mine", h.directory), "symbolic link"),
    ("bpffs: another's", "--bpffs",
     lambda h: (made(bpf(h) / "mine"), os.chown(h.bpffs / "mine", NOBODY, 0), h.bpffs / "mine")[2],
     f"user {NOBODY}"),
    ("bpffs: a map that another pinned", "--bpffs", planted, "leases"),
    ("bpffs: below another's", "--bpffs", lambda h: evil(h) / "b", f"user {NOBODY}"),
]  # fmt: skip


@pytest.mark.parametrize("description,option,make,words", UNSAFE, ids=[r[0] for r in UNSAFE])
def test_unsafe_places(lab, description, option, make, words):
    """A place that others can change: its name, why, and what to do; exit 1, nothing started or written."""
    host = lab.s1
    path = make(host)
    text = host.directory / "vrrp-xdp.conf"
    text.write_text(config(host))
    before = nic(host)
    where = {"--run-dir": host.directory / "run", "--bpffs": host.directory / "bpf"}
    where[option] = path
    where = [word for pair in where.items() for word in pair]
    commands = [("run", "-c", text)]
    if option == "--bpffs":
        commands.append(("attach", "eth1"))
    for arguments in commands:
        done = host.ns.run(BINARY, *arguments, *where, check=False, timeout=5)
        assert done.returncode == 1, done
        said = [line for line in done.stderr.splitlines() if words in line]
        assert said and option in said[0], done.stderr
        assert nic(host) == before and not xdp_of(host)
    for directory, _, files in os.walk(host.directory / "evil"):
        assert not files, f"{directory}: {files}"


def test_open_bpffs_is_closed(lab, wire):
    """mount(8) makes a bpffs where everyone may write: who uses it closes it."""
    assert mode(bpf(lab.s1)) == 0o777
    agent = Agent(lab, lab.s1).wait_state("master")
    assert mode(lab.s1.bpffs) == 0o700
    agent.says("1777")


def test_bpffs_of_the_command_alone(lab):
    """A mount that cannot be made outside of the command's own mount namespace ends with it, and so would the
    fence of a killed agent: it is said. Where others have that namespace, too, there is nothing to say."""

    class Unshared(Agent):
        def _start(self, *command):
            super()._start("unshare", "--mount", *command)

    for kind, server, said in ((Unshared, lab.s1, 1), (Agent, lab.s2, 0)):
        agent = kind(lab, server)
        agent.says("listening")
        assert agent.output().count("end with the command") == said, agent.output()


RENAME_EXCHANGE = 2


def test_swapped_run_directory(lab, wire):
    """The run directory and another user's change places all the time, while an agent starts, takes
    over and stops: it refuses, or it complains; it never writes there, and never stops being master
    for it."""
    host = lab.s1
    host.run_dir.mkdir(mode=0o700)
    other = evil(host)
    libc = ctypes.CDLL(None, use_errno=True)
    pair = os.fsencode(host.run_dir), os.fsencode(other)
    inode = other.stat().st_ino
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            assert libc.renameat2(-100, pair[0], -100, pair[1], RENAME_EXCHANGE) == 0

    def evil_now():
        return next(p for p in (host.run_dir, other) if p.stat().st_ino == inode)

    agent = Agent(lab, host, start=False)
    thread = threading.Thread(target=swap, daemon=True)
    thread.start()
    ran = 0
    try:
        for _ in range(12):
            since = time.time_ns()
            agent.start()

            def settled():
                return not agent.alive() or wire.frames(is_advert("s1-eth1"), since=since)

            wait_until(settled, 5, lambda: f"neither refuses nor runs\n{agent.output()}")
            if agent.alive():
                ran += 1
                assert agent.stop() in (0, 1), agent.output()
            else:
                assert agent.child.returncode == 1 and str(host.run_dir) in agent.output()
    finally:
        stop.set()
        thread.join(5)
    assert list(evil_now().iterdir()) == [], "written into another user's directory"


# ---- two agents on one host ------------------------------------------------------------------------------


def other_places(host):
    return {"--run-dir": host.directory / "run2", "--bpffs": host.directory / "bpf2"}


# description, options of the second, its sections, whether it is an agent, words
SECONDS = [
    ("the same run directory", lambda h: {"--run-dir": h.run_dir}, {}, ["run"]),
    ("the same bpffs", lambda h: {"--bpffs": h.bpffs}, {}, ["run"]),
    ("the same heartbeat and public NIC", lambda h: {}, {}, ["run"]),
    ("the same heartbeat NIC", lambda h: {}, {"public": "eth1", "mac": None, "gateway": None,
     "standby_address": None, "standby_gateway": None}, ["run"]),
    ("the same public NIC", lambda h: {}, {"heartbeat": "eth2"}, ["run"]),
    ("an address on its NIC", lambda h: {}, {"heartbeat": "eth2", "public": "eth2", "mac": None,
     "gateway": None, "standby_address": None, "standby_gateway": None,
     "address": "10.1.1.1/24 dev eth0"}, ["run"]),
    ("--replace", lambda h: {}, {}, ["run", "--replace"]),
    ("attach --replace", lambda h: {}, {}, ["attach", "eth1", "--replace"]),
]  # fmt: skip
if SOCKET:
    SECONDS.pop()  # there is no program to replace, and one beside a socket disturbs nothing


@pytest.fixture(scope="module")
def pair():
    with Lab(second_heartbeat=True) as made:
        made.agents = two_agents(made, interval=INTERVAL)
        yield made


@pytest.mark.parametrize("description,places,keys,command", SECONDS, ids=[r[0] for r in SECONDS])
def test_second_agent(pair, description, places, keys, command):
    """It is refused by the first one's name and number, leaves nothing, and disturbs nothing."""
    host, (first, second) = pair.s1, pair.agents
    path = host.directory / "second.conf"
    path.write_text(config(host, name="other", vrid=77, **keys))
    where = {**other_places(host), **places(host)}
    words = [word for option in where.items() for word in option]
    if command[0] == "run":
        command = [*command, "-c", path]
    before, pins = nic(host), pinned(host)
    state = [(a.state(), a.instance()["transitions"]) for a in (first, second)]
    done = host.ns.run(BINARY, *command, *words, check=False, timeout=5)
    assert done.returncode == 1, done
    assert f"vrrp-xdp, pid {first.child.pid}" in done.stderr, done.stderr
    holds_for(
        lambda: [(a.state(), a.instance()["transitions"]) for a in (first, second)] == state,
        0.5,
        "the first one is disturbed",
    )
    assert nic(host) == before and pinned(host) == pins
    assert not [p for p in (host.directory / "bpf2").rglob("*") if p.is_file() and ".debug" not in p.name]
    holds_for(lambda: second.state() == "backup", 0.4, "adverts were missed")


def test_second_agent_elsewhere(pair):
    """NICs of its own, directories of its own: two agents may run on one host."""
    host = pair.s1
    path = host.directory / "second.conf"
    keys = dict(heartbeat="eth2", public="eth2", mac=None, gateway=None)
    keys.update(standby_address=None, standby_gateway=None, address="10.51.68.200/24")
    path.write_text(config(host, name="other", vrid=77, **keys))
    words = [word for option in other_places(host).items() for word in option]
    child = host.ns.popen(BINARY, "run", "-c", path, *words, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: host.carries("10.51.68.200", "eth2"), 5, "the second one is master")
    finally:
        child.terminate()
        assert child.wait(8) == 0, child.stderr.read()
        child.stderr.close()


# ---- a full disk -----------------------------------------------------------------------------------------


def test_full_disk_master(lab, wire):
    """A master whose run directory is full goes on, restarts in place, and stops in order."""
    original = nic(lab.s1)
    mount_tmpfs(lab.s1.run_dir)
    agents = two_agents(lab, interval=INTERVAL)
    fill(lab.s1.run_dir)
    with undisturbed(wire, agents):
        agents[0].reload()
    assert agents[0].stop() == 0, agents[0].output()
    assert nic(lab.s1) == original


def test_full_disk_takeover(lab, wire):
    """A backup whose run directory is full takes over in time, and says what is not written; when there
    is room, it is written, and a crash is repaired."""
    mount_tmpfs(lab.s2.run_dir)
    original = nic(lab.s2)
    fill(lab.s2.run_dir)
    high = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    # A full disk from the first moment on, and a lock file that cannot even be made: not this one.
    done = cli(lab.s2, "run", "-c", high.path, check=False)
    assert done.returncode == 1 and "No space left" in done.stderr, done.stderr
    (lab.s2.run_dir / "ballast-0").unlink()
    (lab.s2.run_dir / "ballast-1").unlink()
    low = Agent(lab, lab.s2, config(lab.s2)).wait_state("backup")
    wait_until(lambda: low.instance()["master"], 3, "s2 hears s1")
    low.says(f"{lab.s2.run_dir}/takeover-web: No space left")
    since = lab.block(lab.s1)
    high.kill()
    Takeover(wire, lab.s2, since, reply=False).check()
    wait_nic(lab.s2, nic_master)
    make_room(lab.s2.run_dir)
    low.says("written again", timeout=4)
    low.kill()
    assert low.start().wait_state("master").stop() == 0
    assert nic(lab.s2) == original


# ---- a read-only run directory ---------------------------------------------------------------------------


def test_read_only_run_dir(lab, wire):
    """Read-only while a master runs: it goes on, obeys commands, and refuses to restart, with the reason.
    Read-only at the start: it does not start, with the reason."""
    original = nic(lab.s1)
    agents = two_agents(lab, interval=INTERVAL)
    # A file that is open for writing keeps a mount from becoming read-only: one upon it, then.
    sh("mount", "--bind", lab.s1.run_dir, lab.s1.run_dir)
    sh("mount", "-o", "remount,bind,ro", lab.s1.run_dir)
    with undisturbed(wire, agents):
        agents[0].signal(signal.SIGHUP)
        agents[0].says("SIGHUP refused")
    said = agents[0].output().lower()
    assert str(lab.s1.run_dir) in said and "read-only" in said
    agents[0].cli("resign", "web", "--force")
    agents[1].wait_state("master")
    wait_nic(lab.s1, nic_standby)
    agents[0].cli("resume", "web")
    agents[0].wait_state("master")
    assert agents[0].stop() == 0, agents[0].output()
    assert nic(lab.s1) == original
    done = cli(lab.s1, "run", "-c", agents[0].path, check=False)
    assert done.returncode == 1, done
    assert str(lab.s1.run_dir) in done.stderr and "read-only" in done.stderr.lower(), done.stderr
    assert "--run-dir" in done.stderr


def test_lost_run_dir(lab, wire):
    """Somebody removes the run directory: it is made again, with what the next start needs."""
    original = nic(lab.s1)
    high, low = two_agents(lab, interval=INTERVAL)
    record = lab.s1.run_dir / "takeover-web"
    with undisturbed(wire, (high, low)):
        shutil.rmtree(lab.s1.run_dir)
        wait_until(record.exists, 4, lambda: f"the record again\n{high.output()}")
    assert mode(lab.s1.run_dir) == 0o700
    high.says("somebody removed agent.lock")
    high.cli("resign", "web", "--force")
    low.wait_state("master")
    high.cli("resume", "web")
    high.wait_state("master")
    high.kill()
    high.start().wait_state("master")
    assert high.stop() == 0
    assert nic(lab.s1) == original


# ---- a lost bpffs ----------------------------------------------------------------------------------------


def all_pinned(agent):
    """What is pinned once the fence on the other interfaces, which comes last, is there, too."""
    agent.says("other interfaces are fenced as well", timeout=5)
    return set(pinned(agent.server))


def wait_pinned(server, wanted, agent):
    wait_until(
        lambda: set(pinned(server)) == wanted,
        4,
        lambda: f"{sorted(wanted)}, is {pinned(server)}{agent.output()}",
    )


def remove_pins(host):
    for name in pinned(host):
        (host.bpffs / name).unlink()


def remove_directory(host):
    remove_pins(host)
    with contextlib.suppress(OSError):  # where it is the mount itself
        host.bpffs.rmdir()


def unmount(host):
    sh("umount", "-l", host.bpffs)


# The directory may be the mount itself, or lie on one.
LOSSES = [
    ("pins removed", remove_pins, False),
    ("directory removed", remove_directory, True),
    ("unmounted", unmount, False),
]


@pytest.mark.parametrize("description,lose,nested", LOSSES, ids=[r[0] for r in LOSSES])
@pytest.mark.parametrize("role", ["master", "backup"])
def test_lost_bpffs(lab, wire, description, lose, nested, role):
    """Everything pinned is gone while an agent runs: neither the master nor the backup notices, it is
    said and pinned again, a restart in place works, and a crash still finds the fence."""
    for server in lab.servers:
        if nested:
            server.bpffs = bpf(server) / "a" / "b"
    agents = two_agents(lab, interval=INTERVAL)
    hurt = agents[role == "backup"]
    host = hurt.server
    before = all_pinned(hurt)
    with undisturbed(wire, agents):
        lose(host)
        wait_pinned(host, before, hurt)
    hurt.says("pinned again", str(host.bpffs))
    assert xdp_of(host) == (not SOCKET)
    with undisturbed(wire, agents):
        hurt.reload()
    if role == "master":
        lab.ping("42.51.67.93")
        wire.wait(is_reply("s1-eth0", "42.51.67.93"), 5, what="an answer")
        since = lab.block(lab.s1, "eth1")
        hurt.kill()
        agents[1].wait_state("master")
        quiet = since + 3 * INTERVAL_NS + 50_000_000
        holds_for(
            lambda: not wire.frames(is_reply("s1-eth0", "42.51.67.93"), since=quiet),
            0.5,
            "a dead master answers: its fence went with the pins",
        )
    else:
        assert hurt.stop() == 0, hurt.output()
        assert not xdp_of(host) and pinned(host) == []


def test_new_directory_is_locked(lab, wire):
    """Somebody else has the lock of the new directory for a while: that is said once, and it is taken later."""
    lab.s1.bpffs = bpf(lab.s1) / "a"
    agents = two_agents(lab, interval=INTERVAL)
    before = all_pinned(agents[0])
    remove_directory(lab.s1)
    lab.s1.bpffs.mkdir()

    def lock():
        fd = os.open(lab.s1.bpffs, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return fd
        except BlockingIOError:
            os.close(fd)
            return None

    mine = lock()
    assert mine is not None, agents[0].output()
    agents[0].says("cannot lock", timeout=4)
    wait_pinned(lab.s1, before, agents[0])
    holds_for(lambda: agents[0].output().count("cannot lock") == 1, 1.5, agents[0].output)
    os.close(mine)

    def locked():
        fd = lock()
        if fd is not None:
            os.close(fd)
        return fd is None

    wait_until(locked, 4, agents[0].output)


def test_pins_lost_at_once(lab, wire):
    """The pins of a fence are gone before the agent has seen them, some of them while it still attaches: the
    fence is attached again."""
    agent = two_agents(lab, interval=INTERVAL)[0]
    all_pinned(agent)
    for turn in range(9):
        lab.s1.ns.ip("link", "add", "eth8", "type", "veth", "peer", "name", "eth9")
        (index,) = (link["ifindex"] for link in json.loads(lab.s1.ns.ip("-j", "link", "show", "dev", "eth8")))
        pins = [lab.s1.bpffs / f"fence_{index}_{side}" for side in ("in", "out")]
        end = time.monotonic() + 5
        while not all(p.exists() for p in pins):
            assert time.monotonic() < end, agent.output()
        time.sleep(turn * 0.005)  # each time, the agent is at another point
        for pin in (pins, pins[:1], pins[1:])[turn % 3]:
            pin.unlink()
        wait_until(lambda pins=pins: all(p.exists() for p in pins), 4, agent.output)
        lab.s1.ns.ip("link", "del", "eth8")


def test_bpffs_gone_for_good(lab, wire):
    """No bpffs can be had again: the master stays master, says what that means, and refuses a restart
    that would be a failover; when it can, all is pinned again."""
    lab.s1.bpffs = lab.s1.directory / "b" / "bpf"
    agents = two_agents(lab, interval=INTERVAL)
    high = agents[0]
    before = all_pinned(high)
    parent = lab.s1.bpffs.parent

    def lose():
        unmount(lab.s1)
        lab.s1.bpffs.rmdir()
        parent.rmdir()
        parent.write_text("in the way")

    with undisturbed(wire, agents):
        lose()
        high.says("cannot be pinned again", timeout=4)
        high.signal(signal.SIGHUP)
        high.says("SIGHUP refused", timeout=4)
        holds_for(lambda: agents[1].state() == "backup", 1.5, "a failover")
        assert high.output().count("cannot be pinned again") == 1, "said more than once"
        parent.unlink()
        wait_pinned(lab.s1, before, high)
    with undisturbed(wire, agents):
        high.reload()


@pytest.mark.lab(second_heartbeat=True)
def test_detach_beside_an_agent(lab, wire):
    """What is detached on purpose is no loss: it is not pinned again."""
    agent = Agent(lab, lab.s1).wait_state("master")

    def pin(nic):
        index = lab.s1.ns.ip("-o", "link", "show", "dev", nic).split(":")[0]
        return f"link_{index}"

    cli(lab.s1, "attach", "eth2")
    # Long enough for the agent to have seen it.
    holds_for(lambda: pin("eth2") in pinned(lab.s1), 1.5, "attached")
    cli(lab.s1, "detach", "eth2")
    holds_for(lambda: pin("eth2") not in pinned(lab.s1), 1.5, "pinned again")
    assert not xdp_of(lab.s1, "eth2")
    # `attach` makes the agent's own link one that stays: a new name for the same link.
    cli(lab.s1, "attach", "eth1")
    holds_for(lambda: f"{pin('eth1')}_run" not in pinned(lab.s1), 1.5, "pinned by its old name")
    assert agent.stop() == 0
    assert xdp_of(lab.s1)
    cli(lab.s1, "detach", "--all")
    assert not xdp_of(lab.s1) and pinned(lab.s1) == []

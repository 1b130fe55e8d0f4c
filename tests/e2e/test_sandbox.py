# SPDX-License-Identifier: GPL-2.0-only
"""The systemd unit: that its sandbox is tight, that an agent and its scripts work in it, and that it
could be no smaller. systemd judges the unit; sandbox.py plays it. And what a service manager is told."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import time

import pytest

import sandbox
from daemons import BINARY, Agent, config, two_agents
from expect import Takeover, nic, nic_master, nic_standby, wait_nic
from lab import TOP, holds_for, stop_process, wait_until
from wire import SO_TIMESTAMPNS, is_advert, master_down_ns

CAPABILITIES = "net_admin net_raw bpf perfmon".split()


@pytest.fixture(scope="module")
def unit(tmp_path_factory):
    """The unit as `make install` writes it, for the program under test."""
    path = tmp_path_factory.mktemp("unit") / "vrrp-xdp.service"
    text = (TOP / "scripts/vrrp-xdp.service.in").read_text()
    path.write_text(text.replace("@PREFIX@/sbin/vrrp-xdp", str(BINARY)))
    return path


class Sandboxed(Agent):
    """An agent in the unit's sandbox."""

    def __init__(self, lab, server, unit, text=None, strict=True, around=()):
        self.unit, self.strict, self.around = unit, strict, around
        server.run_dir.mkdir(mode=0o700, exist_ok=True)
        mount_bpffs(server)
        super().__init__(lab, server, text)

    def _start(self, *command):
        where = [word for d in (self.server.run_dir, self.server.bpffs) for word in ("--writable", d)]
        strict = ["--strict"] if self.strict else []
        script = (pathlib.Path(sandbox.__file__), self.unit, *strict, *where, "--")
        super()._start("/usr/bin/python3", *script, *self.around, *command)


def mount_bpffs(server):
    """As systemd has it on every host."""
    server.bpffs.mkdir(mode=0o700, exist_ok=True)
    if not os.path.ismount(server.bpffs):
        command = ("mount", "-t", "bpf", "-o", "mode=0700", "bpf", server.bpffs)
        subprocess.run(command, check=True, timeout=10)


def debug(text):
    return f"[agent]\nlog-level = debug\n\n{text}"


def limits_can_be_raised():
    """As systemd raises them; a container's root may be without CAP_SYS_RESOURCE."""
    code = "import resource as r; r.setrlimit(r.RLIMIT_RTPRIO, (99, 99)); "
    code += "r.setrlimit(r.RLIMIT_MEMLOCK, (r.RLIM_INFINITY, r.RLIM_INFINITY))"
    return subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True).returncode == 0


# ---- what systemd says -----------------------------------------------------------------------------------


def test_exposure(unit):
    """systemd-analyze security: 3.0 of 10 or less."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=30", unit],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-400:] + done.stderr
    found = re.search(r"exposure level for \S+: (\d+\.\d)", done.stdout)
    assert found and float(found[1]) <= 3.0, done.stdout[-400:]


def test_verify(unit):
    """systemd-analyze verify: no key that systemd does not know, no value that it cannot read."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=60
    )
    said = [line for line in done.stderr.splitlines() if unit.name in line]
    assert done.returncode == 0 and not said, done.stderr


def test_perilous_calls_are_out(unit):
    """What nobody needs here is not allowed; `bpf` is."""
    allowed = sandbox.allowed_calls(sandbox.read_unit(unit))
    assert "bpf" in allowed
    out = """perf_event_open ptrace process_vm_readv process_vm_writev pidfd_getfd mount umount2 move_mount
        fsopen open_tree pivot_root chroot init_module finit_module delete_module kexec_load reboot swapon
        swapoff settimeofday clock_settime adjtimex iopl ioperm userfaultfd io_uring_setup acct quotactl
        open_by_handle_at syslog uselib modify_ldt""".split()
    assert not allowed & set(out), allowed & set(out)


def without(unit, tmp_path, capability):
    """The unit without one capability."""
    path = tmp_path / "smaller.service"
    path.write_text(unit.read_text().replace(f" CAP_{capability}\n", "\n").replace(f"CAP_{capability} ", ""))
    assert f"CAP_{capability}" not in path.read_text().split("CapabilityBoundingSet=")[1].split("\n")[0]
    return path


# ---- an agent in it --------------------------------------------------------------------------------------


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def test_agent_in_the_sandbox(lab, wire, unit):
    """Both agents of a failover: four capabilities, no way to more, a filter that kills. Nothing that it
    does is done without: real-time, locked memory, native XDP, the fence, the rehearsal."""
    original = nic(lab.s1)
    high = Sandboxed(lab, lab.s1, unit, debug(config(lab.s1, priority=150))).wait_state("master", 10)
    low = Sandboxed(lab, lab.s2, unit, debug(config(lab.s2))).wait_state("backup", 10)
    wait_until(lambda: low.instance()["master"], 3, "s2 hears s1")
    mask = sum(1 << sandbox.CAPABILITIES.index(name) for name in CAPABILITIES)
    for agent in (high, low):
        now = status_of(agent.child.pid)
        found = {key: int(now[key], 16) for key in ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb")}
        assert found == {"CapPrm": mask, "CapEff": mask, "CapBnd": mask, "CapInh": 0, "CapAmb": 0}
        assert now["NoNewPrivs"] == "1" and now["Seccomp"] == "2"
        complaints = ["not rehearsed", "cannot", "not permitted:"]
        if limits_can_be_raised():
            assert int(now["VmLck"].split()[0]) > 0, "its memory is not locked"
            policy = os.sched_getscheduler(agent.child.pid) & ~os.SCHED_RESET_ON_FORK
            assert policy == os.SCHED_FIFO, policy
            complaints += ["not locked", "no real-time"]
        instance = agent.instance()
        assert instance["paths"][0]["mode"] == "native" and instance["fence"]["hook"] != "none"
        assert not [c for c in complaints if c in agent.output()], agent.output()
    # A restart in place has no more than it had.
    high.signal(signal.SIGHUP)
    high.says("restarted, still the master", timeout=5)
    assert high.state() == "master"
    high.cli("resign", "web", "--force")
    low.wait_state("master")
    high.cli("resume", "web")
    high.wait_state("master")
    wait_nic(lab.s2, nic_standby)
    lab.ping("42.51.67.93")
    since = lab.block(lab.s1)
    high.kill()
    Takeover(wire, lab.s2, since).check()
    wait_nic(lab.s2, nic_master)
    assert low.stop() == 0, low.output()
    lab.unblock(lab.s1)
    high.start().wait_state("master", 10)
    assert high.stop() == 0, high.output()
    assert nic(lab.s1) == original


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_no_smaller(lab, unit, tmp_path, capability):
    """Without any one of the four there is no master."""
    smaller = without(unit, tmp_path, capability.upper())
    agent = Sandboxed(lab, lab.s1, smaller, config(lab.s1, fence="yes"))
    wait_until(lambda: not agent.alive() or agent.state() == "master", 5, agent.output)
    assert not agent.alive(), f"{capability} is not needed:\n{agent.output()}"


# What scripts do, and whether they may here.
HOOK = """#!/bin/sh
exec > {directory}/hook-$1 2>&1
try() {{ name=$1; shift; if "$@"; then echo "$name: yes"; else echo "$name: no"; fi; }}
try link ip link add hook0 type veth peer name hook1
try address ip addr add 10.9.9.9/24 dev hook0
try up ip link set hook0 up
try route ip route add 10.8.0.0/16 dev hook0
try gone ip link del hook0
try nft nft add table inet scripts
try nft-gone nft delete table inet scripts
try sysctl sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
try ping ping -c 1 -W 1 127.0.0.1
try run-directory touch {directory}/touched
try etc touch /etc/vrrp-xdp-test
try kernel sh -c 'echo 0 > /proc/sys/kernel/printk_ratelimit'
try mount mount -t tmpfs none /mnt
try su setpriv --reuid 65534 true
try module unshare --mount true
try signal sh -c 'kill -0 {other}'
echo "notify ${{NOTIFY_SOCKET-none}}"
echo done
"""
MAY = {
    **dict.fromkeys("link address up route gone nft nft-gone sysctl ping run-directory".split(), "yes"),
    **dict.fromkeys("etc kernel mount su module signal".split(), "no"),
}


def test_scripts_in_the_sandbox(lab, unit):
    """Hook scripts have what the agent has: the network is theirs, the rest of the host is not, and what
    they may not fails and does not kill them."""
    script = lab.s1.directory / "hook"
    other = lab.s1.ns.popen("sleep", "60", user=65534)
    lab.on_close(stop_process, other)
    script.write_text(HOOK.format(directory=lab.s1.run_dir, other=other.pid))
    script.chmod(0o755)
    text = config(lab.s1, notify_master=script)
    agent = Sandboxed(lab, lab.s1, unit, text, strict=False).wait_state("master", 10)
    out = lab.s1.run_dir / "hook-MASTER"
    wait_until(lambda: out.exists() and "done" in out.read_text(), 10, agent.output)
    said = out.read_text()
    found = dict(re.findall(r"^(\S+): (yes|no)$", said, re.M))
    assert found == MAY, said
    assert "notify none" in said
    assert agent.stop() == 0, agent.output()


def test_system_calls_are_named(lab, wire, unit):
    """Everything that an agent, its keeper and a script of it ask the kernel for, from start to end, is
    allowed by the unit, with a margin of none that is not."""
    trace = lab.s1.run_dir / "trace"
    script = lab.s1.directory / "hook"
    script.write_text("#!/bin/sh\nip link show > /dev/null\n")
    script.chmod(0o755)
    text = config(lab.s1, notify=script, track_script=f"{script} every 1s timeout 1s")
    around = ("strace", "-f", "-qq", "-o", trace, "--signal=none")
    lab.s1.run_dir.mkdir(mode=0o700)
    mount_bpffs(lab.s1)
    agent = Agent(lab, lab.s1, text, start=False)
    agent.path.write_text(text)
    agent._start(*around, BINARY, "run", "-c", agent.path, *agent.where)

    def state():
        instances = agent.status()["instances"]
        return instances[0]["state"] if instances else None

    wait_until(lambda: state() == "master", 20, agent.output)
    child = agent.status()["agent"]["pid"]
    os.kill(child, signal.SIGHUP)
    agent.says("restarting", timeout=10)
    wait_until(lambda: agent.output().count("listening,") == 2, 20, agent.output)
    wait_until(lambda: state() == "master", 20, agent.output)
    agent.cli("resign", "web", "--force")
    wait_until(lambda: state() == "fault", 20, agent.output)
    os.kill(child, signal.SIGTERM)
    assert agent.ends() == 0, agent.output()
    calls = set(re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)", trace.read_text(), re.M))
    assert {"bpf", "sendmmsg", "epoll_wait", "clone", "execve"} <= calls, sorted(calls)
    more = calls - sandbox.allowed_calls(sandbox.read_unit(unit))
    assert not more, f"not allowed by the unit: {sorted(more)}"


# ---- the service manager ---------------------------------------------------------------------------------


class Manager:
    """Listens where an agent tells its service manager, as the lab's host."""

    def __init__(self, lab, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.heard = []  # (when it was sent, in seconds, what)
        lab.on_close(self.socket.close)

    def read(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                text, control, _, _ = self.socket.recvmsg(4096, 64)
                seconds, ns = struct.unpack("qq", control[0][2][:16])
                self.heard.append((seconds + ns / 1e9, text.decode()))
        return [text for _, text in self.heard]

    def wait(self, text, timeout=5):
        return wait_until(lambda: text in self.read(), timeout, lambda: f"{text}: {self.read()}")

    def words(self):
        texts = [text for text in self.read() if text != "WATCHDOG=1" and not text.startswith("STATUS=")]
        return [text.split("\n")[0] for text in texts]


class Served(Agent):
    """An agent that is told of a manager."""

    def __init__(self, lab, server, manager, usec, text=None):
        self.manager, self.usec = manager, usec
        super().__init__(lab, server, text)

    def _start(self, *command):
        words = (f"NOTIFY_SOCKET={self.manager.path}", f"WATCHDOG_USEC={self.usec}")
        super()._start("env", *words, *command)


def test_manager_is_told(lab, wire):
    """READY when it runs, STATUS when a router's state changes or it is handed over, the watchdog fed often enough
    and no longer when the loop stands, RELOADING and READY around a restart in place, STOPPING at the end."""
    manager = Manager(lab, lab.s1.directory / "notify")
    agent = Served(lab, lab.s1, manager, 1_000_000)
    manager.wait("READY=1")
    agent.wait_state("master")
    manager.wait("STATUS=web: backup")
    manager.wait("STATUS=web: master with the lease")

    def fed():
        return [t for t, text in manager.heard if text == "WATCHDOG=1"]

    wait_until(lambda: manager.read() and len(fed()) >= 6, 8, "fed")
    assert max(b - a for a, b in zip(fed(), fed()[1:])) < 1.0, fed()
    agent.signal(signal.SIGSTOP)
    manager.read()
    count = len(fed())
    holds_for(lambda: manager.read() and len(fed()) <= count + 1, 1.5, "fed by nobody")
    agent.signal(signal.SIGCONT)
    wait_until(lambda: manager.read() and len(fed()) > count + 1, 3, "fed again")
    agent.signal(signal.SIGHUP)
    wait_until(lambda: manager.words().count("READY=1") == 2, 5, lambda: f"{manager.read()}")
    agent.wait_state("master")
    agent.cli("resign", "--no-wait", "web")
    manager.wait("STATUS=web: master with the lease, handing over")
    assert agent.stop() == 0
    assert manager.words()[:3] == ["READY=1", "RELOADING=1", "READY=1"], manager.words()
    assert manager.words()[-1] == "STOPPING=1"


def test_manager_that_does_not_listen(lab, wire):
    """Its queue is full, for ever: no advert is late for that, and the agent does not try all the time."""
    manager = Manager(lab, lab.s1.directory / "notify")
    filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    filler.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            filler.sendto(b"NOISE=1", str(manager.path))
    high = Served(lab, lab.s1, manager, 1_000_000, config(lab.s1, priority=150)).wait_state("master")
    low = Agent(lab, lab.s2, config(lab.s2)).wait_state("backup")
    since = time.time_ns()
    switches = int(status_of(high.child.pid)["voluntary_ctxt_switches"])
    wire.wait(is_advert("s1-eth1"), 8, since + 3_000_000_000, "adverts")
    switches = int(status_of(high.child.pid)["voluntary_ctxt_switches"]) - switches
    stamps = [f.t for f in wire.frames(is_advert("s1-eth1"), since=since)]
    assert max(b - a for a, b in zip(stamps, stamps[1:])) < master_down_ns(3, 100, 10)
    assert switches < 10 * len(stamps), f"woke {switches} times in 3 s"
    assert low.state() == "backup"
    filler.close()
    manager.wait("READY=1")

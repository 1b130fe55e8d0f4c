# SPDX-License-Identifier: GPL-2.0-only
"""The programs that run on the lab's servers: our agent, keepalived, FRR's vrrpd.

Each wrapper starts one in a server's namespace with paths of its own, shows its log when something
fails, and ends it. Depends on lab.py; never decides what is right.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from lab import END_S, GATEWAY, HELD_UP_S, PUBLIC_VIP, SHARED_MAC, TOP, holds_for, stop_process, wait_until
from wire import is_advert

BINARY = pathlib.Path(os.environ.get("VRRP_XDP", TOP / "build/vrrp-xdp"))

# How our agents hear, where a test says nothing of it: "socket", or by default with XDP.
MODE = os.environ.get("VRRP_XDP_MODE", "auto")
SOCKET = MODE == "socket"
AGENT = f"[agent]\nmode = {MODE}\n\n"
# An interval for tests that count on the answers of witness = owner: two that are missing, a period and a quarter,
# are silence, and with this one that is longer than anybody is held up.
WITNESSED = "500ms"
# Debian's place for the daemons of FRR, and Fedora's.
FRR = "/usr/lib/frr" if os.path.isdir("/usr/lib/frr") else "/usr/libexec/frr"


def config(server, interval="100ms", name="web", **keys):
    """The six lines of the README for one server, and what a test wants different (None: not at all).
    A list value repeats the key."""
    section = {
        "vrid": 55,
        "heartbeat": "eth1",
        "public": "eth0",
        "address": f"{PUBLIC_VIP}/24",
        "gateway": GATEWAY,
        "mac": SHARED_MAC,
        "interval": interval,
        "standby_address": f"{server.public}/24",
        "standby_gateway": "192.168.1.1",
    }
    section.update(keys)
    lines = [f"[vrrp {name}]"]
    for key, value in section.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                lines.append(f"{key.replace('_', '-')} = {one}")
    return "\n".join(lines) + "\n"


UNTOLD_S = 0.2  # what an agent did not tell is found out so late


class Daemon:
    """A child in a server's namespace with its output in a file."""

    def __init__(self, lab, server):
        self.lab, self.server, self.ns = lab, server, server.ns
        self.child = None
        self._count = 0

    def _start(self, *command):
        assert self.child is None or self.child.poll() is not None, "still runs"
        self._count += 1
        self.log = self.server.directory / f"{type(self).__name__}-{id(self)}-{self._count}.log"
        with open(self.log, "wb") as log:
            self.child = self.ns.popen(
                *command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self.lab.on_close(stop_process, self.child)

    def output(self):
        return self.log.read_text(errors="replace")

    def says(self, *words, timeout=3):
        """Waits until all of these are in its output: what it does is seen before what it says of it."""

        def said():
            ended, output = not self.alive(), self.output()
            missing = [word for word in words if word not in output]
            assert not (ended and missing), f"it has ended and never said {missing}\n{output}"
            return not missing

        wait_until(said, timeout, lambda: f"to be said: {words}\n{self.output()}")

    def alive(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        """SIGKILL. Returns when it was sent, in ns of realtime."""
        at = time.time_ns()
        self.child.kill()
        self.child.wait(END_S)
        return at

    def ends(self):
        """The exit status, once it has ended."""
        return self.child.wait(END_S)

    def stop(self, timeout=8):
        """SIGTERM and the exit status."""
        self.child.terminate()
        try:
            return self.child.wait(timeout + HELD_UP_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.server.name}: SIGTERM ignored for {timeout} s\n{self.output()}")


class Agent(Daemon):
    """vrrp-xdp run, with its own run directory and bpffs."""

    def __init__(self, lab, server, text=None, start=True):
        super().__init__(lab, server)
        self.path = server.directory / f"vrrp-xdp-{id(self)}.conf"
        self.text = text if text is not None else config(server)
        if start:
            self.start()

    @property
    def where(self):
        return "--run-dir", self.server.run_dir, "--bpffs", self.server.bpffs

    def start(self, *arguments):
        """Start (again) with the configuration, or with vrrpd's own flags."""
        if not arguments:
            self.path.write_text(self.text if "[agent]" in self.text else AGENT + self.text)
            arguments = ("-c", self.path)
        self._start(BINARY, "run", *arguments, *self.where)
        return self

    def reload(self, text=None):
        """SIGHUP, with this text as the file or with the file as it is. Returns when the next process listens."""
        if text is not None:
            self.path.write_text(text)
        started = self.output().count("listening,")
        self.signal(signal.SIGHUP)
        wait_until(lambda: self.output().count("listening,") > started, 5, self.output)
        return self

    def cli(self, *arguments, check=True, timeout=10):
        return self.ns.run(BINARY, *arguments, *self.where, check=check, timeout=timeout)

    def status(self):
        return json.loads(self.cli("status", "--json").stdout)

    def instance(self, name="web"):
        """None also while the maps still tell of an agent that ran here before."""
        status = self.status()
        if status["agent"].get("pid") != self.child.pid:
            return None
        for instance in status["instances"]:
            if instance["name"] == name:
                return instance
        return None

    def state(self, name="web"):
        """As `status` says: init, backup, master or fault; None where it is not listed."""
        instance = self.instance(name)
        return instance and instance["state"]

    def wait_state(self, state, timeout=5, name="web"):
        """It is in this state, and has done what belongs to that. An agent says when its state changes, and that comes
        last; `status` knows it before the NIC is changed. So `status` is asked when the agent has said something, and
        seldom else."""
        heard, again = -1, 0
        changes = re.compile(rf"{re.escape(name)}: [A-Z]+ -> ([A-Z]+): ")

        def reached():
            nonlocal heard, again
            if not self.alive():
                raise AssertionError(f"the agent has ended: {self.child.returncode}\n{self.output()}")
            said, now = self.log.stat().st_size, time.monotonic()
            if said == heard and now < again:
                return False
            heard, again = said, now + UNTOLD_S
            told = changes.findall(self.output())
            return self.state(name) == state and (not told or told[-1].lower() == state)

        def what():
            return f"{self.server.name} {name}: {state}, is {self.state(name)}\n{self.output()}"

        wait_until(reached, timeout, what)
        return self

    def verdicts(self, name="web"):
        return dict(self.instance(name)["verdicts"])


def two_agents(lab, first=150, second=100, states=("master", "backup"), **keys):
    """An agent on s1, and when it is there, one on s2; the second one has heard the first."""
    agents = []
    for server, priority, state in zip(lab.servers, (first, second), states):
        agent = Agent(lab, server, config(server, priority=priority, **keys))
        agents.append(agent.wait_state(state, timeout=8))
    wait_until(lambda: agents[1].instance()["master"], 3, "s2 hears s1")
    return agents


@contextlib.contextmanager
def frozen(agent, seconds):
    """SIGSTOP for so long; yields when it was sent, in ns of realtime. agent.thawed: when it is to go on."""
    agent.signal(signal.SIGSTOP)
    at = time.time_ns()
    try:
        yield at
        holds_for(agent.alive, seconds - (time.time_ns() - at) / 1e9, "dead instead of frozen")
    finally:
        agent.thawed = time.time_ns()
        agent.signal(signal.SIGCONT)


class Punctual:
    """A process of real-time priority that does one thing at one time, in ns of realtime, when this process may be
    held up. It is started before."""

    WAIT = "import os, socket, sys, time\nat = int(input())\ntime.sleep(max(0, at - time.time_ns()) / 1e9)\n"
    THAW = "os.kill(int(sys.argv[1]), 18)"
    SEND = "s = socket.socket(17, 3, 0)\ns.bind((sys.argv[1], 0))\ns.send(bytes.fromhex(sys.argv[2]))"

    def __init__(self, lab, ns, what, *arguments):
        command = ("chrt", "-f", "30", sys.executable, "-S", "-c", self.WAIT + what, *arguments)
        self._child = ns.popen(*command, stdin=subprocess.PIPE)
        lab.on_close(stop_process, self._child)

    def at(self, when):
        self._child.stdin.write(f"{when}\n".encode())
        self._child.stdin.close()

    def wait(self):
        assert self._child.wait(10 + HELD_UP_S) == 0


EPOLL_WAIT = ("232", "281", "22")  # epoll_wait and epoll_pwait of x86-64, epoll_pwait of arm64


def stop_asleep(agent, wire, port):
    """SIGSTOP right after an advert, and while it waits for events: elsewhere it may stand between a decision and the
    frame that follows from it, which it would send when it goes on."""
    pid = agent.child.pid
    for _ in range(20):
        wire.wait(is_advert(port), 3, time.time_ns(), f"an advert of {port}")
        agent.signal(signal.SIGSTOP)
        wait_until(lambda: "(stopped)" in pathlib.Path(f"/proc/{pid}/status").read_text(), 3, "stopped")
        if pathlib.Path(f"/proc/{pid}/syscall").read_text().split()[0] in EPOLL_WAIT:
            return
        agent.signal(signal.SIGCONT)
    raise AssertionError("it never sleeps")


@contextlib.contextmanager
def held_up(agent, wire, port, ns):
    """From one of its adverts on this port until so many ns later: yields when that was, and when it will go on."""
    thaw = Punctual(agent.lab, agent.ns, Punctual.THAW, agent.child.pid)
    try:
        stop_asleep(agent, wire, port)
        last = wire.frames(is_advert(port))[-1].t
        thaw.at(last + ns)
        yield last, last + ns
        thaw.wait()
    finally:
        agent.signal(signal.SIGCONT)


class Keepalived(Daemon):
    """keepalived -P -n -l -G: one VRRP process in the foreground, no syslog."""

    def __init__(self, lab, server, text, start=True):
        super().__init__(lab, server)
        self.text = text
        if start:
            self.start()

    def start(self):
        path = self.server.directory / f"keepalived-{id(self)}.conf"
        path.write_text(self.text)
        pids = [self.server.directory / f"keepalived-{id(self)}.{n}" for n in ("pid", "vrrp")]
        for pid in pids:
            pid.unlink(missing_ok=True)
        self._start("keepalived", "-P", "-n", "-l", "-G", "-f", path, "-p", pids[0], "-r", pids[1])
        self.vrrp_pid = pids[1]
        return self

    def kill(self):
        """The parent alone would leave its VRRP process running."""
        at = time.time_ns()
        pid = wait_until(lambda: self._vrrp(), 3, "keepalived's VRRP process")
        os.kill(pid, signal.SIGKILL)
        super().kill()
        return at

    def _vrrp(self):
        children = pathlib.Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text()
        return int(children.split()[0]) if children.split() else 0

    @staticmethod
    def config(version, family, priority, vips, vrid=55, interval="0.1", interface="eth1"):
        if version == 2:
            interval = "1"
        addresses = "\n".join(f"        {vip}" for vip in vips)
        return f"""global_defs {{
    vrrp_version {version}
    vrrp_garp_master_delay 1
}}
vrrp_instance web {{
    state BACKUP
    interface {interface}
    virtual_router_id {vrid}
    priority {priority}
    advert_int {interval}
    virtual_ipaddress {{
{addresses}
    }}
}}
"""


class Frr(Daemon):
    """zebra and vrrpd by hand, with sockets and pid files of their own, on FRR's macvlan."""

    def __init__(self, lab, server, text, family, vrid, vip, interface="eth1"):
        super().__init__(lab, server)
        self.directory = server.directory / f"frr-{id(self)}"
        self.directory.mkdir()
        self.directory.chmod(0o755)
        shutil.chown(self.directory, "frr", "frr")  # both daemons run as that user
        self.interface, self.text = interface, text
        self.zebra = None
        self.add_device(server.ns, family, vrid, vip, interface)
        self.start()

    @staticmethod
    def add_device(ns, family, vrid, vip, interface="eth1"):
        """The macvlan of one virtual router."""
        macvlan = f"vrrp{family}-{vrid}"
        mac = f"00:00:5e:00:0{1 if family == 4 else 2}:{vrid:02x}"
        ns.batch(
            f"link add {macvlan} link {interface} type macvlan mode bridge\n"
            f"link set {macvlan} address {mac}\naddr add {vip} dev {macvlan}\n"
            f"link set {macvlan} up\n"
        )

    def start(self):
        for name, text in (("vrrpd", self.text), ("zebra", "hostname lab\n")):
            (self.directory / f"{name}.conf").write_text(text)
        (self.directory / "zserv.api").unlink(missing_ok=True)  # of a run that was killed
        self.zebra = self._daemon("zebra")
        wait_until(lambda: (self.directory / "zserv.api").exists(), 10, "zebra's socket")
        self.child = None
        self._start(*self._command("vrrpd"))
        self.lab.on_close(stop_process, self.child)
        return self

    def _command(self, name):
        return (
            f"{FRR}/{name}", "-f", self.directory / f"{name}.conf",
            "-i", self.directory / f"{name}.pid", "-z", self.directory / "zserv.api",
            "--vty_socket", self.directory, "-P", "0",
            "--log", "stdout",
        )  # fmt: skip

    def _daemon(self, name):
        with open(self.directory / f"{name}.log", "wb") as log:
            child = self.ns.popen(
                *self._command(name), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self.lab.on_close(stop_process, child)
        return child

    def stop(self, timeout=8):
        status = super().stop(timeout)
        stop_process(self.zebra)
        return status

    def kill(self):
        at = super().kill()
        stop_process(self.zebra)
        return at

    @staticmethod
    def config(version, family, priority, vips, vrid=55, interface="eth1", interval_ms=100):
        interval = 1000 if version == 2 else interval_ms
        kind = "ip" if family == 4 else "ipv6"
        lines = [f"vrrp {vrid} version {version}", f"vrrp {vrid} priority {priority}"]
        lines.append(f"vrrp {vrid} advertisement-interval {interval}")
        lines += [f"vrrp {vrid} {kind} {vip.split('/')[0]}" for vip in vips]
        return f"interface {interface}\n" + "".join(f" {line}\n" for line in lines)


def available(*programs):
    """The first of these programs that is missing, or None."""
    return next((p for p in programs if not shutil.which(p)), None)

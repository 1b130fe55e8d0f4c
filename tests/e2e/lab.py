# SPDX-License-Identifier: GPL-2.0-only
"""The lab: servers, a switch and a client, in network namespaces that nobody else sees.

    client eth0 --- brpub  --- eth0 of s1, s2, ...   public:    192.168.1.9x, the shared 42.51.67.93
                    brpriv --- eth1 of s1, s2, ...   heartbeat: 10.51.67.1x

Namespaces are held by descriptors of this process alone, mounts lie in its own mount namespace:
whatever happens to it, the kernel takes everything away. Never touches an interface of the host.
Depends on iproute2 and the standard library; knows no daemon (daemons.py does).
"""

import contextlib
import ctypes
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
MNT_DETACH = 2
libc = ctypes.CDLL(None, use_errno=True)

TOP = pathlib.Path(__file__).resolve().parents[2]

PUBLIC_VIP = "42.51.67.93"
GATEWAY = "42.51.67.1"
PUBLIC_VIP6 = "2001:db8:67::93"
GATEWAY6 = "2001:db8:67::1"
OWN_MAC = {"s1": "00:0c:82:ad:b3:29", "s2": "00:f1:57:3d:c3:40", "s3": "00:16:3e:5a:0c:03"}
SHARED_MAC = "00:9f:a4:4c:3b:37"
BRIDGES = {"eth0": "brpub", "eth1": "brpriv", "eth2": "brpriv2"}


def _call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def own_mounts():
    """A mount namespace of our own, once: bpffs mounts of tests die with this process."""
    if not getattr(own_mounts, "done", False):
        _call("unshare", CLONE_NEWNS)
        _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        own_mounts.done = True


# On a machine that is shared, any process may be held up at any place, the test as well as an agent or a command
# that it runs. A wait that fails lasts so much longer than the protocol asks for; one that succeeds does not.
HELD_UP_S = 3
SELDOM = 0.1
# What was killed has ended when the kernel has taken its programs off the NICs, a grace period for each.
END_S = 30


def wait_until(condition, timeout, what, every=0.01):
    """Poll until condition() is true and return its value; fail when time is up. timeout: what the protocol may
    take; HELD_UP_S is added to it. How soon something happens is read off the recorder's stamps, not asserted
    by a short timeout. A condition often runs a program: what is waited for longer is looked at less often, at last
    every SELDOM seconds, so that several labs have room beside each other."""
    never, pause = threading.Event(), every
    end = time.monotonic() + timeout + HELD_UP_S
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(
                f"not within {timeout} s and {HELD_UP_S} s more: {what() if callable(what) else what}"
            )
        never.wait(pause)
        pause = min(pause * 1.3, max(every, SELDOM))


def holds_for(condition, seconds, what):
    """Poll for the whole time; fail as soon as condition() is false."""
    pause = threading.Event()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), what() if callable(what) else what
        pause.wait(0.05)


class Namespace:
    """A network namespace; `with` moves the calling thread into it for that while."""

    _home = None

    def __init__(self, name):
        self.name = name
        if Namespace._home is None:
            Namespace._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        _call("unshare", CLONE_NEWNET)
        try:
            self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            _call("setns", Namespace._home, CLONE_NEWNET)

    @property
    def path(self):
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    def __enter__(self):
        _call("setns", self.fd, CLONE_NEWNET)
        return self

    def __exit__(self, *_):
        _call("setns", Namespace._home, CLONE_NEWNET)

    def popen(self, *command, **options):
        with self:
            return subprocess.Popen([str(c) for c in command], **options)

    def run(self, *command, check=True, timeout=20, input=None, **options):
        """Run to its end; input and result are text. A failure shows what the command said."""
        with self:
            child = subprocess.Popen(
                [str(c) for c in command],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
                text=True,
                **options,
            )
        try:
            out, err = child.communicate(input, timeout=timeout + HELD_UP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            raise AssertionError(f"{self.name}: no end within {timeout} s: {command}\n{out}{err}")
        if check and child.returncode != 0:
            raise AssertionError(f"{self.name}: exit {child.returncode}: {command}\n{out}{err}")
        return subprocess.CompletedProcess(command, child.returncode, out, err)

    def ip(self, *arguments, **options):
        return self.run("ip", *arguments, **options).stdout

    def batch(self, lines):
        """Several ip commands in one process."""
        self.run("ip", "-batch", "-", input=lines)

    def sysctl(self, name, value):
        with self:
            pathlib.Path("/proc/sys/" + name.replace(".", "/")).write_text(f"{value}\n")

    def addresses(self, interface):
        """What `ip addr` lists, as ADDR/LEN."""
        lines = self.ip("-o", "addr", "show", "dev", interface, check=False).splitlines()
        return [line.split()[3] for line in lines]

    def mac(self, interface):
        words = self.ip("-o", "link", "show", "dev", interface).split()
        return words[words.index("link/ether") + 1]

    def default_routes(self, family=4):
        out = self.ip(f"-{family}", "route", "show", "default")
        return [line.split()[2] for line in out.splitlines() if " via " in line]

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class Server:
    """One host: eth0 public, eth1 heartbeat (and eth2, where the lab has a second one)."""

    def __init__(self, name, number, directory):
        self.name, self.number = name, number
        self.ns = Namespace(name)
        self.directory = directory / name
        self.directory.mkdir()
        self.run_dir = self.directory / "run"
        self.bpffs = self.directory / "bpf"
        self.public = f"192.168.1.{number}"
        # .93 and .94 of this network are virtual addresses in the users' own set-up.
        self.private = f"10.51.67.{number - 80}"
        self.second = f"10.51.68.{number - 80}"
        self.own_mac = OWN_MAC[name]

    def port(self, interface):
        """The switch port that this interface is plugged into."""
        return f"{self.name}-{interface}"

    def carries(self, address, interface="eth0"):
        return any(a.split("/")[0] == address for a in self.ns.addresses(interface))


class Switch(Namespace):
    """The bridges of one lab after another. A bridge's end waits for RCU with the kernel's lock of all NICs
    held, 20 ms on a quiet host and up to 800 where many tests run: so a switch is used again, and what a test
    has changed on it, other than its ports, is put back."""

    FREE_AT_LEAST = 4  # by then the kernel has taken the ports of the first one away
    _free = []

    def __init__(self):
        super().__init__("switch")
        self.pristine = True
        self.sysctl("net.ipv6.conf.all.accept_dad", 0)
        self.sysctl("net.ipv6.conf.default.disable_ipv6", 1)
        if pathlib.Path("/proc/sys/net/bridge").is_dir():
            # A switch does not look into IP headers, and forwards what a host would refuse.
            self.sysctl("net.bridge.bridge-nf-call-iptables", 0)
            self.sysctl("net.bridge.bridge-nf-call-ip6tables", 0)
        lines = "link set lo up\n"
        for bridge in BRIDGES.values():
            lines += f"link add {bridge} type bridge mcast_snooping 0\nlink set {bridge} up\n"
        self.press("ip", "-batch", "-", input=lines)

    @classmethod
    def take(cls):
        if len(cls._free) < cls.FREE_AT_LEAST or not cls._free[0]._is_empty():
            return cls()
        return cls._free.pop(0)

    def _is_empty(self):
        with self:
            return {name for _, name in socket.if_nameindex()} == {"lo", *BRIDGES.values()}

    def press(self, *command, **options):
        """Change or read a port."""
        return super().run(*command, **options)

    def run(self, *command, **options):
        self.pristine = False
        return super().run(*command, **options)

    def close(self):
        if not self.pristine:
            # With its last address, a bridge also loses its routes and neighbours.
            flush = "".join(f"addr flush dev {bridge}\n" for bridge in BRIDGES.values())
            self.press("ip", "-batch", "-", input=flush)
            self.press("nft", "flush", "ruleset")
        self.pristine = True
        self._free.append(self)

    @classmethod
    def close_free(cls):
        """At the end of a run, bridge by bridge: the kernel would take all of them away at once."""
        for switch in cls._free:
            for bridge in BRIDGES.values():
                switch.press("ip", "link", "del", bridge)
            Namespace.close(switch)
        cls._free.clear()


os.register_at_fork(after_in_child=Switch._free.clear)  # they are the parent's


def client_lines(client):
    """For Namespace.batch() of the switch: the client on the public bridge."""
    lines = f"link add client-eth0 type veth peer name eth0 netns {client.path}\n"
    return lines + "link set client-eth0 master brpub up\n"


class Pings:
    """Echo requests by the namespace's own stack. ping(8) spins between two that are less than 10 ms apart, and
    would take a CPU from the tests beside this one."""

    def __init__(self, ns, address, interval):
        family, protocol, kind = socket.AF_INET, socket.IPPROTO_ICMP, 8
        if ":" in address:
            family, protocol, kind = socket.AF_INET6, socket.IPPROTO_ICMPV6, 128
        ns.sysctl("net.ipv4.ping_group_range", "0 0")
        with ns:
            self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, protocol)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, args=(address, interval, kind), daemon=True)
        self._thread.start()

    def _send(self, address, interval, kind):
        number, at = 0, time.monotonic()
        while not self._stop.wait(max(0, at - time.monotonic())):
            number += 1
            with contextlib.suppress(OSError):  # nobody answers for the address now
                self._socket.sendto(struct.pack("!BBHHH56x", kind, 0, 0, 0, number & 0xFFFF), (address, 0))
            at = max(at + interval, time.monotonic() - interval)  # never a burst to catch up

    def close(self):
        self._stop.set()
        self._thread.join(5)
        self._socket.close()


class Lab:
    """Everything, plugged together. Close it, or use `with`."""

    def __init__(self, servers=2, second_heartbeat=False):
        own_mounts()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="vrrp-xdp-lab-"))
        # As /run is: a disk's fsync(2) takes longer than a failover may.
        _call("mount", b"lab", bytes(self.directory), b"tmpfs", 0, b"mode=755,size=256m")
        self._stack = contextlib.ExitStack()
        self._stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        self._stack.callback(self._unmount)
        try:
            self._build(servers, second_heartbeat)
        except BaseException:
            self.close()
            raise

    def _build(self, count, second_heartbeat):
        self.switch = self._namespace(Switch.take())
        self.client = self._namespace(Namespace("client"))
        self.servers = [
            Server(f"s{n}", 92 + n, self.directory) for n in range(1, count + 1)
        ]
        for server in self.servers:
            self._namespace(server.ns)
        for ns in (self.client, *(s.ns for s in self.servers)):
            # Link-local addresses at once; the public NIC keeps DAD, which the program must beat.
            ns.sysctl("net.ipv6.conf.all.accept_dad", 0)
            ns.sysctl("net.ipv6.conf.default.accept_dad", 0)
            ns.sysctl("net.ipv6.conf.default.accept_ra", 0)
        self.nics = list(BRIDGES)[: 3 if second_heartbeat else 2]
        lines = client_lines(self.client)
        for s in self.servers:
            for nic in self.nics:
                bridge = BRIDGES[nic]
                lines += f"link add {s.port(nic)} type veth peer name {nic} netns {s.ns.path}\n"
                lines += f"link set {s.port(nic)} master {bridge} up\n"
        self.switch.press("ip", "-batch", "-", input=lines)
        self.client.batch(
            f"link set lo up\naddr add {GATEWAY}/24 dev eth0\naddr add 192.168.1.1/24 dev eth0\n"
            f"addr add {GATEWAY6}/64 dev eth0 nodad\nlink set eth0 up\n"
        )
        for s in self.servers:
            s.ns.sysctl("net.ipv6.conf.eth0.accept_dad", 1)
            lines = f"link set lo up\nlink set eth0 address {s.own_mac}\nlink set eth0 up\nlink set eth1 up\n"
            lines += f"addr add {s.public}/24 dev eth0\naddr add {s.private}/24 dev eth1\n"
            if second_heartbeat:
                lines += f"link set eth2 up\naddr add {s.second}/24 dev eth2\n"
            lines += "route add default via 192.168.1.1\n"
            s.ns.batch(lines)

    def __getattr__(self, name):
        for server in self.__dict__.get("servers", ()):
            if server.name == name:
                return server
        raise AttributeError(name)

    def _namespace(self, ns):
        self._stack.callback(ns.close)
        return ns

    def on_close(self, function, *arguments):
        """Called at the end, the last one first, before the namespaces go."""
        self._stack.callback(function, *arguments)

    def _unmount(self):
        for line in reversed(pathlib.Path("/proc/self/mountinfo").read_text().splitlines()):
            where = line.split()[4]
            if f"{where}/".startswith(f"{self.directory}/"):
                libc.umount2(where.encode(), MNT_DETACH)

    # ---- the switch's buttons --------------------------------------------------------------------

    def ports(self):
        return [s.port(nic) for s in self.servers for nic in self.nics] + ["client-eth0"]

    def block(self, server, *interfaces):
        """The switch forwards nothing from or to the server any more; no carrier changes.
        Returns when that was true, in ns of realtime."""
        for nic in interfaces or self.nics:
            self.switch.press("bridge", "link", "set", "dev", server.port(nic), "state", "0")
        return time.time_ns()

    def unblock(self, server, *interfaces):
        for nic in interfaces or self.nics:
            self.switch.press("bridge", "link", "set", "dev", server.port(nic), "state", "3")

    def carrier(self, server, interface, up):
        """Pull the cable out of the switch, or put it back."""
        self.switch.press("ip", "link", "set", server.port(interface), "up" if up else "down")

    def ping(self, address, interval=0.005):
        """The client sends echo requests, one in `interval` seconds, until the lab is closed."""
        self.on_close(Pings(self.client, address, interval).close)

    def answers(self, address):
        """Does anyone answer the client's ping now?"""
        return self.client.run("ping", "-n", "-c", "1", "-W", "1", address, check=False).returncode == 0

    def neighbor(self, address):
        """The MAC that the client has for an address."""
        words = self.client.ip("neigh", "show", "to", address).split()
        return words[words.index("lladdr") + 1] if "lladdr" in words else None

    def close(self):
        self._stack.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def stop_process(child, grace=0.0):
    """End one process that we started, by force at the latest after `grace` seconds, and reap it."""
    if child.poll() is None:
        if grace:
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(grace)
        if child.poll() is None:
            child.kill()
    child.wait(END_S)

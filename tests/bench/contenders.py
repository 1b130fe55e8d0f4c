# SPDX-License-Identifier: GPL-2.0-only
"""Who is compared: vrrp-xdp, keepalived at its best, FRR where it can, and the limit. Each as a pair
in a lab of its own.

Depends on the end-to-end tests' lab, recorder and daemons; measures nothing.
"""

import contextlib
import dataclasses
import os
import pathlib
import struct

from daemons import Agent, Daemon, Frr, Keepalived
from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC, TOP, Lab, stop_process, wait_until
from wire import Recorder, build_advert, is_advert, master_down_ns

BINS = TOP / "build/tests/bench"
VRID = 55
MASTER_PRIORITY, BACKUP_PRIORITY = 150, 100
REALTIME = 60
OURS, KEEPALIVED, FRR = "vrrp-xdp", "keepalived", "FRR"
LIMIT, REHEARSED = "limit", "limit, rehearsed"
WIDE = 4080  # routers: 16 NICs x 255
LIMITS = {LIMIT: (200_000,), REHEARSED: (400_000, "rehearse")}
BACKUP_SAYS = {OURS: "-> BACKUP", KEEPALIVED: "Entering BACKUP STATE", FRR: "Initialize -> Backup"}


@dataclasses.dataclass(frozen=True)
class Setup:
    """What the two servers of a pair run."""

    interval_cs: int = 10
    routers: int = 1
    addresses: int = 1  # of each router
    password: str = ""  # then it is version 2, which has whole seconds
    unicast: bool = False
    nics: int = 1  # heartbeat NICs that the routers are spread over
    moves_mac: bool = True  # of ours: both servers share a MAC
    handover: bool = True  # of ours, as the next two
    group: int = 0  # routers of the group that the one router is in
    hook: bool = False  # a program that must end before the address answers

    @property
    def version(self):
        return 2 if self.password else 3

    @property
    def interval_ns(self):
        return self.interval_cs * 10**7

    @property
    def down_ns(self):
        return master_down_ns(self.version, BACKUP_PRIORITY, self.interval_cs)

    @property
    def vrids(self):
        """Those that are counted as one router: the first one's, and its fellows'."""
        return range(VRID, VRID + max(1, self.group))

    def vrid(self, n):
        return VRID if self.routers == 1 else n % 255 + 1

    def heartbeat(self, n):
        return f"eth{n // 255 + 1}"

    def shared(self, n):
        """The n-th router's addresses; the very first one is the lab's own."""
        first = n * self.addresses
        return [address(i) for i in range(first, first + self.addresses)]


def address(n):
    return f"{PUBLIC_VIP}/24" if n == 0 else f"42.52.{n // 200}.{n % 200 + 1}/32"


def ours_config(server, peer, priority, setup):
    """One router does the whole job: MAC, address, route, standby state. Many: addresses alone."""
    text = f"[agent]\nrealtime = {REALTIME}\n"
    for n in range(setup.routers):
        text += f"[vrrp r{n}]\nvrid = {setup.vrid(n)}\nheartbeat = {setup.heartbeat(n)}\npublic = eth0\n"
        text += "".join(f"address = {a}\n" for a in setup.shared(n))
        text += f"priority = {priority}\ninterval = {setup.interval_cs * 10}ms\n"
        if setup.password:
            text += f"version = 2\nauth = pass:{setup.password}\n"
        if setup.unicast:
            text += f"peers = {peer.private}\n"
        if setup.routers == 1:
            text += f"gateway = {GATEWAY}\n"
            text += f"mac = {SHARED_MAC}\n" if setup.moves_mac else ""
            text += f"standby-address = {server.public}/24\nstandby-gateway = 192.168.1.1\n"
    text += "" if setup.handover else "handover = no\n"
    text += "before-master = /bin/true timeout 1s\n" if setup.hook else ""
    text += "group = all\n" if setup.group else ""
    for vrid in setup.vrids[1:]:
        text += f"[vrrp fellow{vrid}]\nvrid = {vrid}\nheartbeat = eth1\npublic = eth0\naddress = {address(vrid)}\n"
        text += f"priority = {priority}\ninterval = {setup.interval_cs * 10}ms\ngroup = all\n"
    return text


def keepalived_config(server, peer, priority, setup):
    """The fastest that it can be told: real-time, no swapping, an address and nothing else to do. With
    255 routers its own limit of real-time use would kill it at the first promotion: a wider one."""
    text = f"global_defs {{\n vrrp_version {setup.version}\n vrrp_rt_priority {REALTIME}\n vrrp_no_swap\n"
    text += f" max_auto_priority {REALTIME}\n vrrp_rlimit_rttime 2000000\n}}\n"
    for n in range(setup.routers):
        text += f"vrrp_instance r{n} {{\n state BACKUP\n interface {setup.heartbeat(n)}\n"
        text += f" virtual_router_id {setup.vrid(n)}\n priority {priority}\n"
        text += f" advert_int {setup.interval_cs / 100:g}\n"
        if setup.password:
            text += f" authentication {{\n auth_type PASS\n auth_pass {setup.password}\n }}\n"
        else:
            text += " accept\n"
        if setup.unicast:
            text += f" unicast_src_ip {server.private}\n unicast_peer {{\n {peer.private}\n }}\n"
        lines = "".join(f" {a} dev eth0\n" for a in setup.shared(n))
        text += f" virtual_ipaddress {{\n{lines} }}\n}}\n"
    return text


def frr_config(priority, setup):
    """All on eth1: FRR's virtual router is a macvlan of the interface that it is heard on."""
    text = "interface eth1\n"
    for n in range(setup.routers):
        vrid = setup.vrid(n)
        text += f" vrrp {vrid} version 3\n vrrp {vrid} priority {priority}\n"
        text += f" vrrp {vrid} advertisement-interval {setup.interval_cs * 10}\n"
        text += f" vrrp {vrid} ip {setup.shared(n)[0].split('/')[0]}\n"
    return text


class RealtimeFrr(Frr):
    """With the scheduling that it cannot ask for itself, and as many macvlans as routers."""

    def __init__(self, lab, server, priority, setup):
        lines = ""
        for n in range(1, setup.routers):
            vrid = setup.vrid(n)
            lines += f"link add vrrp4-{vrid} link eth1 type macvlan mode bridge\n"
            lines += f"link set vrrp4-{vrid} address 00:00:5e:00:01:{vrid:02x}\n"
            lines += f"addr add {setup.shared(n)[0]} dev vrrp4-{vrid}\nlink set vrrp4-{vrid} up\n"
        server.ns.batch(lines)
        super().__init__(
            lab, server, frr_config(priority, setup), 4, setup.vrid(0), setup.shared(0)[0]
        )
        for daemon in (self.zebra, self.child):
            os.sched_setscheduler(daemon.pid, os.SCHED_FIFO, os.sched_param(REALTIME))


def write_frames(path, frames):
    """The file that flood.c and storm.c read; padded as Ethernet does."""
    frames = [f.ljust(60, b"\0") for f in frames]
    path.write_bytes(b"".join(struct.pack("!H", len(f)) + f for f in frames))
    return path


def counters(ns, interface):
    """A NIC's row of /proc/net/dev: 8 numbers of what it received, 8 of what it sent."""
    with ns:
        for line in pathlib.Path("/proc/thread-self/net/dev").read_text().splitlines():
            name, _, numbers = line.strip().partition(":")
            if name == interface:
                return [int(n) for n in numbers.split()]
    raise AssertionError(f"{ns.name}: no {interface}")


def received(ns, interface):
    """(octets, packets) that came in at a NIC so far."""
    return tuple(counters(ns, interface)[:2])


def carries_any(ns, *addresses):
    """Does a host have an address that begins like one of these? Read without a lock, and without a process."""
    with ns:
        table = pathlib.Path("/proc/thread-self/net/fib_trie").read_text()
    return any(address in table for address in addresses)


def udp_frame(mac):
    """64 octets on the wire, to a port where nobody listens of an address that is nobody's."""
    head = bytes.fromhex("4500002e0001000040110000") + bytes([10, 51, 67, 77, 10, 51, 67, 78])
    return bytes.fromhex(mac.replace(":", "")) + bytes.fromhex("0200000000630800") + head


class Played(Daemon):
    """A master of any number of routers, of which there is nothing but the adverts."""

    def __init__(self, lab, server, setup):
        super().__init__(lab, server)
        self.children = []
        for nic in range(1, setup.nics + 1):
            routers = range((nic - 1) * 255, min(setup.routers, nic * 255))
            frames = [
                build_advert(
                    src=server.private if nic == 1 else f"10.52.{nic}.1",
                    vrid=setup.vrid(n),
                    priority=MASTER_PRIORITY,
                    addresses=[a.split("/")[0] for a in setup.shared(n)],
                    interval_cs=setup.interval_cs,
                )
                for n in routers
            ]
            path = write_frames(server.directory / f"played-{nic}", frames)
            self.child = None
            self._start(BINS / "flood", f"eth{nic}", 600, setup.interval_cs * 10_000, path)
            os.sched_setscheduler(self.child.pid, os.SCHED_FIFO, os.sched_param(REALTIME))
            self.children.append(self.child)

    def fall_silent(self):
        for child in self.children:
            stop_process(child)


class Limit(Daemon):
    """tests/bench/limit.c as the backup."""

    def __init__(self, lab, server, down_ns, *how):
        super().__init__(lab, server)
        self._start(BINS / "limit", "eth1", "eth0", server.own_mac, down_ns, *how)


def last_words(daemon):
    return "\n".join(daemon.output().splitlines()[-12:])


class Pair:
    """A master that has started, and, once complete(), a backup. Closed with close()."""

    def __init__(self, name, setup, played=False):
        self.name, self.setup = name, setup
        self.lab = Lab()
        try:
            for n in range(2, setup.nics + 1):
                self._second_wire(n)
            self.wire = Recorder(self.lab.switch, ["s1-eth1"], keep=lambda f: f.advert is not None)
            self.lab.on_close(self.wire.close)
            if played:
                self.master = Played(self.lab, self.lab.s1, setup)
            else:
                self.master = self._daemon(self.lab.s1, self.lab.s2, MASTER_PRIORITY)
        except BaseException:
            self.lab.close()
            raise

    def _second_wire(self, n):
        """A further heartbeat wire, from NIC to NIC."""
        s1, s2 = self.lab.servers
        s1.ns.batch(
            f"link add eth{n} type veth peer name eth{n} netns {s2.ns.path}\n"
            f"addr add 10.52.{n}.1/24 dev eth{n}\nlink set eth{n} up\n"
        )
        s2.ns.batch(f"addr add 10.52.{n}.2/24 dev eth{n}\nlink set eth{n} up\n")

    def _daemon(self, server, peer, priority):
        if self.name == OURS:
            return Agent(self.lab, server, ours_config(server, peer, priority, self.setup))
        if self.name == FRR:
            return RealtimeFrr(self.lab, server, priority, self.setup)
        return Keepalived(self.lab, server, keepalived_config(server, peer, priority, self.setup))

    def complete(self, seconds=60):
        """Wait for the master to speak for every router of the first wire; start the backup."""
        here = min(self.setup.routers, 255)
        wanted = {self.setup.vrid(n) for n in range(here)}
        speaks = is_advert("s1-eth1")

        def all_speak():
            assert self.master.alive(), f"{self.name} has ended\n{last_words(self.master)}"
            return {f.advert.vrid for f in self.wire.frames(speaks)} >= wanted

        wait_until(all_speak, seconds, lambda: f"{self.name}: a master\n{last_words(self.master)}")
        self.wire.close()
        if self.name in LIMITS:
            self.backup = Limit(self.lab, self.lab.s2, self.setup.down_ns, *LIMITS[self.name])
        else:
            self.backup = self._daemon(self.lab.s2, self.lab.s1, BACKUP_PRIORITY)
        says, routers = BACKUP_SAYS.get(self.name, "ready"), self.setup.routers

        def listens():
            assert self.backup.alive(), f"{self.name} has ended\n{last_words(self.backup)}"
            return self.backup.output().count(says) >= routers

        wait_until(listens, seconds, lambda: f"{self.name}: a backup\n{last_words(self.backup)}")
        return self

    def alive(self):
        return self.master.alive() and self.backup.alive()

    def processes(self, daemon):
        """A daemon's processes in this moment, and all that they have started."""
        found, look = [], [daemon.child.pid]
        if getattr(daemon, "zebra", None):
            look.append(daemon.zebra.pid)
        while look:
            pid = look.pop()
            found.append(pid)
            with contextlib.suppress(OSError):
                for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                    look += [int(p) for p in (task / "children").read_text().split()]
        return found

    def close(self):
        self.lab.close()


@contextlib.contextmanager
def pairs(*wanted):
    """Pairs of these arguments each, started side by side; all closed at the end."""
    with contextlib.ExitStack() as stack:
        made = []
        for arguments in wanted:
            made.append(Pair(*arguments))
            stack.callback(made[-1].close)
        for pair in made:
            pair.complete()
        yield made

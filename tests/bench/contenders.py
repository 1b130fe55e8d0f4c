# SPDX-License-Identifier: GPL-2.0-only
"""Who is compared: vrrp-xdp, keepalived at its best, and the limit. Each as a pair in a lab of its own.

Depends on the end-to-end tests' lab, recorder and daemons; measures nothing.
"""

import subprocess

from daemons import Agent, Daemon, Keepalived
from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC, TOP, Lab, wait_until
from wire import Recorder, is_advert, master_down_ns

BINS = TOP / "build/tests/bench"
VRID = 55
MASTER_PRIORITY, BACKUP_PRIORITY = 150, 100
REALTIME = 60
LIMITS = {
    "limit, rehearsed": (400_000, "rehearse"),
    "limit, woken early": (200_000,),
    "limit, plain timer": (0,),
}


def address(n):
    """The n-th virtual router's shared address; the first one is the lab's own."""
    return f"{PUBLIC_VIP}/24" if n == 0 else f"42.52.{n // 200}.{n % 200 + 1}/32"


def vrid(n, routers):
    return VRID if routers == 1 else n + 1


def ours_config(server, priority, interval_cs, routers=1):
    """One router does the whole job: MAC, address, route, standby state. Many: an address each."""
    text = f"[agent]\nrealtime = {REALTIME}\n"
    for n in range(routers):
        text += f"[vrrp r{n}]\nvrid = {vrid(n, routers)}\nheartbeat = eth1\npublic = eth0\n"
        text += f"address = {address(n)}\npriority = {priority}\ninterval = {interval_cs * 10}ms\n"
        if routers == 1:
            text += f"gateway = {GATEWAY}\nmac = {SHARED_MAC}\n"
            text += f"standby-address = {server.public}/24\nstandby-gateway = 192.168.1.1\n"
    return text


def keepalived_config(server, priority, interval_cs, routers=1):
    """The fastest that it can be told: real-time, no swapping, an address and nothing else to do. With
    255 routers its own limit of real-time use would kill it at the first promotion: a wider one."""
    text = f"global_defs {{\n vrrp_version 3\n vrrp_rt_priority {REALTIME}\n vrrp_no_swap\n"
    text += " vrrp_rlimit_rttime 2000000\n}\n"
    for n in range(routers):
        text += f"vrrp_instance r{n} {{\n state BACKUP\n interface eth1\n"
        text += f" virtual_router_id {vrid(n, routers)}\n priority {priority}\n"
        text += f" advert_int {interval_cs / 100:.2f}\n accept\n"
        text += f" virtual_ipaddress {{\n {address(n)} dev eth0\n }}\n}}\n"
    return text


def last_words(daemon):
    return "\n".join(daemon.output().splitlines()[-12:])


class Limit(Daemon):
    """tests/bench/limit.c as the backup."""

    def __init__(self, lab, server, down_ns, *how):
        super().__init__(lab, server)
        self._start(BINS / "limit", "eth1", "eth0", server.own_mac, down_ns, *how)


class Pair:
    """A master and a backup that stand; close with the lab."""

    def __init__(self, name, interval_cs, routers=1):
        self.name, self.interval_cs, self.routers = name, interval_cs, routers
        self.interval_ns = interval_cs * 10**7
        self.down_ns = master_down_ns(3, BACKUP_PRIORITY, interval_cs)
        self.lab = Lab()
        try:
            self.master, self.backup = self._start()
        except BaseException:
            self.lab.close()
            raise

    def _daemon(self, server, priority):
        if self.name == "vrrp-xdp":
            text = ours_config(server, priority, self.interval_cs, self.routers)
            return Agent(self.lab, server, text)
        text = keepalived_config(server, priority, self.interval_cs, self.routers)
        return Keepalived(self.lab, server, text)

    def _start(self):
        lab = self.lab
        wire = Recorder(lab.switch, ["s1-eth1", "s2-eth1"], keep=lambda f: f.advert is not None)
        try:
            master = self._daemon(lab.s1, MASTER_PRIORITY)
            wanted = {vrid(n, self.routers) for n in range(self.routers)}
            speaks = is_advert("s1-eth1")

            def all_speak():
                assert master.alive(), f"{self.name} has ended\n{last_words(master)}"
                return {f.advert.vrid for f in wire.frames(speaks)} >= wanted

            wait_until(all_speak, 20, lambda: f"{self.name}: a master\n{last_words(master)}")
            if self.name in LIMITS:
                backup = Limit(lab, lab.s2, self.down_ns, *LIMITS[self.name])
            else:
                backup = self._daemon(lab.s2, BACKUP_PRIORITY)
        finally:
            wire.close()
        return master, backup

    def processes(self, daemon):
        """A daemon's process and all that it has started, in this moment."""
        found, look = [], [daemon.child.pid]
        while look:
            pid = look.pop()
            found.append(pid)
            done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
            look += [int(p) for p in done.stdout.split()]
        return found

    def close(self):
        self.lab.close()

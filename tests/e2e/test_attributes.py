# SPDX-License-Identifier: GPL-2.0-only
"""What ip(8) can say of addresses, routes and rules: set as MASTER, repaired, removed, and put back after a crash.
What belongs to another program is never touched."""

import signal

import pytest

from daemons import Agent, config
from lab import GATEWAY, GATEWAY6, PUBLIC_VIP, PUBLIC_VIP6, stop_process, wait_until

pytestmark = pytest.mark.xdp("addresses and routes are the same, however adverts are heard")

KEYS = {
    "mac": None,
    "standby_address": None,
    "standby_gateway": None,
    "address": [
        f"{PUBLIC_VIP}/24 label eth0:vip metric 50 noprefixroute deprecated",
        "192.0.2.1/32 peer 192.0.2.2 scope site",
        f"{PUBLIC_VIP6}/64 metric 60 noprefixroute",
        "2001:db8:1::1/128 peer 2001:db8:1::2 preferred",
    ],
    "gateway": GATEWAY,
    "route": [
        f"10.1.0.0/16 via {GATEWAY} src {PUBLIC_VIP} table 100 metric 7 mtu 1400 onlink",
        f"10.2.0.0/16 nexthop via {GATEWAY} weight 3 nexthop via 42.51.67.2",
        "10.3.0.0/16 dev eth1 scope host table 101",
        "blackhole 10.4.0.0/16",
        "unreachable 10.5.0.0/16 table 100",
        f"default via {GATEWAY6} table 100 mtu 1300",
        f"2001:db8:2::/48 nexthop via {GATEWAY6} nexthop via 2001:db8:67::2 weight 2",
        "prohibit 2001:db8:3::/48 metric 9",
    ],
    "rule": [
        f"from {PUBLIC_VIP} table 100",
        "not from 10.0.0.0/8 to 10.9.0.0/16 iif eth0 oif eth1 fwmark 0x10/0xff tos 0x10 table 101 priority 900",
        "ipproto tcp sport 80 dport 8000-8080 priority 901 prohibit",
        f"from {PUBLIC_VIP6} iif lo ipproto udp dport 53 table 100",
        "to 2001:db8:4::/48 priority 902 blackhole",
    ],
}
# Of another program: the same rule as one of ours, the same table, a network that is refused.
FOREIGN = f"""rule add from {PUBLIC_VIP} table 100 priority 16384
rule add from 10.0.0.0/8 table 100 priority 900
-6 rule add to 2001:db8:4::/48 priority 903 blackhole
route add 10.1.0.0/16 dev eth1 table 100 metric 8
route add blackhole 10.6.0.0/16
-6 route add unreachable 2001:db8:5::/48 table 100
"""
# What others do to ours.
CHANGES = f"""addr change {PUBLIC_VIP}/24 dev eth0 metric 51
addr del 192.0.2.1 peer 192.0.2.2/32 dev eth0
-6 addr change {PUBLIC_VIP6}/64 dev eth0 metric 61
route flush table 101
route change 10.1.0.0/16 via {GATEWAY} dev eth0 onlink table 100 metric 7 mtu 1200 proto 112
route del 10.2.0.0/16
route del blackhole 10.4.0.0/16
-6 route del 2001:db8:2::/48
-6 route del prohibit 2001:db8:3::/48 metric 9
rule del priority 901
-6 rule del priority 16384
"""


def run(ns, commands):
    """ip commands, one a line; those of IPv6 begin with -6, which a batch of ip(8) cannot say."""
    for family in "", "-6 ":
        lines = [line[len(family):] for line in commands.splitlines() if line.startswith("-6 ") == bool(family)]
        ns.run("ip", *family.split(), "-batch", "-", input="\n".join(lines) + "\n")


def carried(ns):
    """Addresses of the public NIC, all routes but the kernel's, and all rules, a line each."""
    lines = ns.ip("-o", "addr", "show", "dev", "eth0").splitlines()
    found = [" ".join(line.split("\\")[0].split()[2:]) for line in lines if "fe80" not in line]
    for family in "-4", "-6":
        routes = ns.ip(family, "-o", "route", "show", "table", "all").splitlines()
        found += [" ".join(r.split()) for r in routes if "proto kernel" not in r and "table local" not in r]
        found += [" ".join(r.split()) for r in ns.ip(family, "rule", "show").splitlines()]
    return sorted(found)


# Words that a line of ip(8) must have, in whatever order. 
OURS = [
    f"inet {PUBLIC_VIP}/24 metric 50 scope global deprecated noprefixroute eth0:vip",
    "inet 192.0.2.1 peer 192.0.2.2/32 scope site eth0",
    f"inet6 {PUBLIC_VIP6}/64 metric 60 scope global nodad noprefixroute",
    "inet6 2001:db8:1::1 peer 2001:db8:1::2/128 scope global nodad",
    f"default via {GATEWAY} dev eth0 proto 112",
    f"10.1.0.0/16 via {GATEWAY} dev eth0 table 100 proto 112 src {PUBLIC_VIP} metric 7 mtu 1400 onlink",
    f"10.2.0.0/16 proto 112 nexthop {GATEWAY} 3 42.51.67.2",
    "10.3.0.0/16 dev eth1 table 101 proto 112 scope host",
    "blackhole 10.4.0.0/16 proto 112",
    "unreachable 10.5.0.0/16 table 100 proto 112",
    f"default via {GATEWAY6} dev eth0 table 100 proto 112 metric 1024 mtu 1300",
    f"2001:db8:2::/48 proto 112 nexthop {GATEWAY6} 2001:db8:67::2 weight 2",
    "prohibit 2001:db8:3::/48 proto 112 metric 9",
    f"16384: from {PUBLIC_VIP} lookup 100",
    "900: not from 10.0.0.0/8 to 10.9.0.0/16 tos 0x10 fwmark 0x10/0xff iif eth0 oif eth1 lookup 101 proto 112",
    "901: from all ipproto tcp sport 80 dport 8000-8080 prohibit proto 112",
    f"16384: from {PUBLIC_VIP6} iif lo ipproto udp dport 53 lookup 100 proto 112",
    "902: from all to 2001:db8:4::/48 blackhole proto 112",
]


def lacking(ns, wanted):
    """Those of `wanted` that no line has all the words of."""
    lines = [set(line.split()) for line in carried(ns)]
    return [want for want in wanted if not any(set(want.split()) <= line for line in lines)]


def server(lab, **keys):
    """An agent that is not started yet, and what its NIC and others' rules are before that."""
    lab.s1.ns.ip("route", "del", "default")
    run(lab.s1.ns, FOREIGN)
    return Agent(lab, lab.s1, config(lab.s1, **{**KEYS, **keys}), start=False), carried(lab.s1.ns)


class Monitor:
    """ip monitor, from the beginning to the end: it has seen an address of the loopback at both."""

    def __init__(self, lab, ns):
        self.ns, self.path = ns, lab.directory / "monitor"
        with open(self.path, "w") as out:
            monitor = ns.popen("ip", "-o", "monitor", "address", "route", "rule", stdout=out)
        lab.on_close(stop_process, monitor)
        wait_until(lambda: self._mark("198.18.0.1"), 3, "ip monitor listens")

    def _mark(self, address):
        self.ns.ip("addr", "replace", f"{address}/32", "dev", "lo")
        return address in self.path.read_text()

    def lines(self):
        wait_until(lambda: self._mark("198.18.0.2"), 3, "ip monitor has told all")
        return self.path.read_text().splitlines()


@pytest.mark.check
@pytest.mark.lab(servers=1)
def test_set_repaired_removed(lab):
    """Everything at once, both families. After a SIGKILL, another configuration clears what the first one left."""
    ns = lab.s1.ns
    agent, before = server(lab)
    agent.start().wait_state("master")
    wait_until(lambda: not lacking(ns, OURS), 3, lambda: "\n".join(lacking(ns, OURS) + carried(ns)))
    ours = carried(ns)
    # The rule that was there before is not made again.
    assert len(ours) == len(before) + len(OURS) - 1, "\n".join(ours)
    run(ns, CHANGES)
    wait_until(lambda: carried(ns) == ours, 4, lambda: "\n".join(set(ours) ^ set(carried(ns))))
    agent.kill()
    assert carried(ns) == ours
    few = {"address": f"{PUBLIC_VIP}/24", "route": "blackhole 10.7.0.0/16", "rule": None}
    agent.text = config(lab.s1, **{**KEYS, **few})
    wanted = [f"inet {PUBLIC_VIP}/24 scope global eth0", OURS[4], "blackhole 10.7.0.0/16"]
    # Only the record knows of the rules and the tables now.
    agent.start().wait_state("master")
    wait_until(lambda: not lacking(ns, wanted), 3, lambda: "\n".join(carried(ns)))
    assert len(carried(ns)) == len(before) + len(wanted), "\n".join(carried(ns))
    assert agent.stop() == 0
    assert carried(ns) == before


@pytest.mark.lab(servers=1)
def test_reload_changes_what_differs(lab):
    """SIGHUP: another label, metric, MTU and priority. Nothing else is touched; the address is there all along."""
    ns = lab.s1.ns
    agent, _ = server(lab)
    agent.start().wait_state("master")
    wait_until(lambda: not lacking(ns, OURS), 3, lambda: "\n".join(lacking(ns, OURS)))
    ours, text = "\n".join(carried(ns)), agent.path.read_text()
    for old, new in ("eth0:vip", "eth0:new"), ("metric 60", "metric 70"), ("mtu 1300", "mtu 1290"):
        assert old in text and old in ours
        text, ours = text.replace(old, new), ours.replace(old, new)
    agent.path.write_text(text.replace("priority 901", "priority 905"))
    ours = sorted(ours.replace("901: ", "905: ").splitlines())
    monitor = Monitor(lab, ns)
    agent.signal(signal.SIGHUP)
    wait_until(lambda: carried(ns) == ours, 4, lambda: "\n".join(set(ours) ^ set(carried(ns))))
    gone = [line for line in monitor.lines() if line.startswith("Deleted")]
    # The address under its prefix length, its broadcast address, what stood in for it meanwhile, and the old rule. The
    # kernel never took the address for somebody else's.
    assert len(gone) == 4 and not [line for line in gone if f"local {PUBLIC_VIP}" in line], "\n".join(gone)

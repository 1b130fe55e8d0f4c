# SPDX-License-Identifier: GPL-2.0-only
"""A host that dies with many addresses: 255 routers with one each, one router with 200 or 1,000.

Depends on contenders.py, and on crash.py for making a crash.
"""

import time

from contenders import KEEPALIVED, OURS, WIDE, Setup, carries_any, last_words, pairs
from crash import DISABLED, FORWARDING, PortStates
from lab import PUBLIC_VIP, holds_for, wait_until
from report import Report, Samples, in_ms, ms, pick
from wire import Recorder

ROUTERS, ADDRESSES, WIDE_SECONDS = 255, (200, 1000), 5
ANNOUNCED_NS = 25 * 10**6  # the last of 1,000 addresses, after the deadline


class Host:
    """One pair; whoever is heard, speaks and announces, by VRID and by address."""

    def __init__(self, pair):
        self.pair, self.setup = pair, pair.setup
        self.heard, self.spoken, self.announced = {}, {}, {}
        lab = pair.lab
        self.ports = PortStates(lab.switch, [lab.s1.port(n) for n in lab.nics])
        lab.on_close(self.ports.close)
        self.wire = Recorder(lab.switch, ["s2-eth1", "s2-eth0"], keep=self._see)
        lab.on_close(self.wire.close)
        self.addresses = [
            a.split("/")[0] for n in range(self.setup.routers) for a in self.setup.shared(n)
        ]

    def _see(self, f):
        if f.port == "s2-eth0":
            if not f.out and f.announces:
                self.announced.setdefault(f.announces, []).append(f.t)
        elif f.advert:
            (self.heard if f.out else self.spoken).setdefault(f.advert.vrid, []).append(f.t)
        return False

    def _settled(self):
        assert self.pair.alive(), f"{self.pair.name} has ended\n{last_words(self.pair.backup)}"
        if len(self.heard) < self.setup.routers:
            return False
        now, interval = time.time_ns(), self.setup.interval_ns
        fresh = all(now - times[-1] < 2 * interval for times in list(self.heard.values()))
        quiet = max((times[-1] for times in list(self.spoken.values())), default=0)
        given_back = not carries_any(self.pair.lab.s2.ns, PUBLIC_VIP, "42.52.")
        return fresh and now - quiet > 6 * interval and given_back

    def crash(self, after):
        """Cut the master off, wait until all is announced, and `after` seconds more. Returns when."""
        why = lambda: f"{self.pair.name}: s1 master of all\n{last_words(self.pair.backup)}"  # noqa: E731
        wait_until(self._settled, 15, why)
        self.spoken.clear()
        self.announced.clear()
        at = time.time_ns()
        self.ports.set(DISABLED)
        last = lambda: f"{self.pair.name}: {len(self.announced)} of {len(self.addresses)} announced"  # noqa: E731
        wait_until(lambda: len(self.announced) == len(self.addresses), 10 + self.setup.down_ns / 1e9, last)
        end = time.monotonic() + after
        wait_until(lambda: time.monotonic() >= end, after + 1, "time")
        self.ports.set(FORWARDING)
        return at

    def last_deadline(self):
        """Of the routers, each counted from the last advert of its own."""
        first = min(times[0] for times in self.announced.values())
        last = (max(t for t in times if t < first) for times in list(self.heard.values()))
        return max(last) + self.setup.down_ns


    def lateness(self):
        """First announcement - deadline of each router, which counts from the last advert of its own; sorted."""
        late = []
        for n in range(self.setup.routers):
            first = self.announced[self.setup.shared(n)[0].split("/")[0]][0]
            last = max(t for t in self.heard[self.setup.vrid(n)] if t < first)
            late.append(first - last - self.setup.down_ns)
        return sorted(late)


TOGETHER_METHOD = f"""{ROUTERS} virtual routers with an address each, adverts every 100 ms; the host of all the masters is cut
off. How long after its own deadline is the first GARP of each router on the wire? The router that is served
last counts. One master of vrrp-xdp sends all its adverts in one go, and all deadlines are the same; those of
keepalived are spread over the interval, and its work with them. The least that can be done at one deadline
is to send {ROUTERS} adverts and {ROUTERS} GARPs, some 2.5 µs each here. The second form of GARP of each router comes
after the first one of all. In ms."""

TOGETHER_WHY = f"""where a frame costs more, this is what grows: ours are {2 * ROUTERS} frames at one deadline. keepalived's deadlines are
spread over the interval as its masters' adverts were, so that a few fall on the worst moment"""


WIDE_WHY = """0.36 s are the master-down time. Of the rest, a third is the kernel's part of adding an address, which looks
at each address that the NIC has, and a third are adverts and announcements of the routers that are MASTER already
(perf, cpu-clock)"""


def together(scale, say):
    runs = pick(scale, 3, 15)
    found, plotted = {OURS: [], KEEPALIVED: []}, {}
    with pairs(*((name, Setup(10, ROUTERS)) for name in found)) as made:
        hosts = [Host(pair) for pair in made]
        for _ in range(runs):
            for host in hosts:
                host.crash(0.3)
                late = host.lateness()
                found[host.pair.name].append(late[-1])
                plotted[host.pair.name] = late
    report = Report(f"Takeover of {ROUTERS} routers at once", TOGETHER_METHOD)
    samples = {name: Samples(numbers) for name, numbers in found.items()}
    report.table(
        ["contender", "crashes", "served last", "p99", "worst"],
        [[name, len(s), *s.cells(ms)] for name, s in samples.items()],
    )
    series = {
        f"s{n}": [(t / 1e6, i + 1) for i, t in enumerate(plotted[name])] for n, name in enumerate(found, 1)
    }
    lines = [f'$s{n} using 1:2 with steps ls {n} title "{name}"' for n, name in enumerate(found, 1)]
    commands = 'set xlabel "ms after its own deadline"\nset ylabel "routers announced"\n'
    report.plot(
        "together",
        f"Routers announced with time, after a crash of {ROUTERS} masters at once (the last run)",
        commands + "plot " + ", ".join(lines) + "\n",
        **series,
    )
    ours, theirs = samples[OURS], samples[KEEPALIVED]
    report.ratio(f"{ROUTERS} routers at once: first GARP of the last one", ours, theirs, 0.3, why=TOGETHER_WHY)
    report.constants["promotion_ms"] = ours.median / 1e6 / ROUTERS
    took, lapsed = wide()
    bar = f"{took:.2f} s" if took else f"more than {WIDE_SECONDS} s"
    report.text(
        f"{WIDE:,} routers at once, adverts every 100 ms: all masters, their addresses on the NIC and announced: {bar}, counted "
        f"from when the old masters fall silent to the first announcement of the last address on the wire. "
        f"{lapsed:,} leases ran out in the first {WIDE_SECONDS} s."
    )
    report.target(f"{WIDE:,} routers at once: all masters, on the NIC and announced", "≤ 1 s", bar, took and took <= 1, WIDE_WHY)
    report.target(f"{WIDE:,} routers at once: leases that ran out", "0", f"{lapsed:,}", took and not lapsed)
    report.constants["wide_lapsed"], report.constants["wide_s"] = lapsed, took
    return report


def wide():
    """(seconds until all are masters and announced, or None; leases that ran out). Nobody reads in the meantime what
    passes: the kernel stamps it and keeps it."""
    setup = Setup(10, WIDE, nics=16)
    announced = {}

    def first(f):
        if f.announces and not f.out:
            announced.setdefault(f.announces, f.t)
        return False

    with pairs((OURS, setup, True)) as (pair,):
        holds_for(pair.alive, 1, "a contender has ended")
        assert "-> MASTER" not in pair.backup.output(), "a backup before its master fell silent"
        with Recorder(pair.lab.switch, ["s2-eth0"], keep=first, pulled=True, room=512 << 20) as wire:
            begin = time.time_ns()
            pair.master.fall_silent()
            holds_for(pair.backup.alive, WIDE_SECONDS, lambda: f"the agent has ended\n{last_words(pair.backup)}")
            wire.pull()
        said, own = pair.backup.output(), {a.split("/")[0] for a in pair.lab.s2.ns.addresses("eth0")}
        due = {a.split("/")[0] for n in range(WIDE) for a in setup.shared(n)}
        done = due <= announced.keys() and due <= own and said.count("-> MASTER") >= WIDE
        took = (max(announced[a] for a in due) - begin) / 1e9 if done else None
        return took if took and took < WIDE_SECONDS else None, said.count("lease ran out")


ADDRESSES_METHOD = """One virtual router with many addresses; its master is cut off. Adverts must not wait for the changes of
the NIC and the announcements: how late is the latest advert of the new master in its first 1.5 s, the first one
beyond the deadline, the others beyond the interval? And when is the last address announced, after the deadline?
An advert has room for 255 of them; the others are keepalived's `virtual_ipaddress_excluded`. In ms."""

ADDRESSES_WHY = """the kernel needs 18 µs for each address, and 4 µs for each frame that announces one. At 100 ms
the NIC is prepared before the deadline; at 10 ms the skew is too short for that, and both come after it"""


def latest(host):
    """How late the latest advert of the new master was."""
    spoken = next(iter(host.spoken.values()))
    gaps = [b - a - host.setup.interval_ns for a, b in zip(spoken, spoken[1:])]
    return max([spoken[0] - host.last_deadline(), *gaps])


def crashes(setup, runs):
    """By contender: Samples of the latest advert, and of when all was announced."""
    late, last = {}, {}
    with pairs((OURS, setup), (KEEPALIVED, setup)) as made:
        hosts = [Host(pair) for pair in made]
        for _ in range(runs):
            for host in hosts:
                host.crash(1.5)
                late.setdefault(host.pair.name, []).append(latest(host))
                done = max(times[0] for times in host.announced.values()) - host.last_deadline()
                last.setdefault(host.pair.name, []).append(done)
    return {name: (Samples(late[name]), Samples(last[name])) for name in late}


def addresses(scale, say):
    runs = pick(scale, 3, 7)
    rows, targets = [], []
    report = Report("One router with many addresses", ADDRESSES_METHOD)
    for count in pick(scale, ADDRESSES[-1:], ADDRESSES):
        for interval_cs in (1, 10):
            bar, found = interval_cs * 10, crashes(Setup(interval_cs, addresses=count), runs)
            for name, (late, last) in found.items():
                rows.append([f"{count:,}", f"{bar} ms", name, len(late), *late.cells(ms), *last.cells(ms)])
            targets.append((f"{count:,} addresses, {bar} ms", bar, *found[OURS]))
    report.table(
        ["addresses", "interval", "contender", "crashes", "latest advert", "p99", "worst", "all announced", "p99", "worst"],
        rows,
    )  # fmt: skip
    for what, bar, late, last in targets:
        report.target(f"{what}: lateness of an advert", f"≤ {bar} ms", in_ms(late.worst), late.worst <= bar * 1e6)
        if what.startswith("1,000"):
            report.median(f"{what}: announced", "≤ 25 ms", last, ANNOUNCED_NS, in_ms, ADDRESSES_WHY)
    return report

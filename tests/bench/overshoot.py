# SPDX-License-Identifier: GPL-2.0-only
"""How long after the protocol's own deadline does a backup announce the shared address?

    overshoot = first GARP on the public wire - last advert on the heartbeat wire - master-down

Both stamps are the kernel's, taken at the switch, by one recorder. The crash is made at the switch:
nothing of the master is forwarded any more, and no carrier changes. Depends on contenders.py.
"""

import statistics
import time

from contenders import LIMITS, VRID, Pair, last_words
from lab import PUBLIC_VIP, wait_until
from wire import Recorder, is_advert, is_announce

OURS, THEIRS = "vrrp-xdp", "keepalived"
NAMES = [OURS, THEIRS, *LIMITS]
PORTS = ["s2-eth0", "s2-eth1"]
BAR = 0.4


class Stage:
    """One contender at one interval, measured again and again."""

    def __init__(self, name, interval_cs):
        self.pair = Pair(name, interval_cs)
        self.name, self.lab = name, self.pair.lab
        self.overshoots, self.adverts = [], []
        self.wire = Recorder(self.lab.switch, PORTS, keep=lambda f: f.advert or f.announces)
        self.lab.on_close(self.wire.close)
        self.start = time.time_ns()
        self.heard = is_advert("s2-eth1", VRID, out=True)
        self.spoken = is_advert("s2-eth1", VRID)

    def settle(self):
        """s1 is master, s2 a backup that heard it at least three times and carries nothing."""

        def settled():
            since = time.time_ns() - 6 * self.pair.interval_ns
            heard = self.wire.frames(self.heard, since=since)
            announced = self.wire.frames(is_announce("s2-eth0", PUBLIC_VIP), since=since)
            spoken = announced + self.wire.frames(self.spoken, since=since)
            quiet = max((f.t for f in spoken), default=0)
            return sum(f.t > quiet for f in heard) >= 3 and not self.lab.s2.carries(PUBLIC_VIP)

        def why():
            return f"{self.name}: s1 master, s2 backup\n{last_words(self.pair.backup)}"

        wait_until(settled, 10 + 20 * self.pair.interval_ns / 1e9, why)

    def turn(self):
        """One crash, one takeover, one number."""
        self.settle()
        start = time.time_ns()
        self.lab.block(self.lab.s1)
        announce = self.wire.wait(
            is_announce("s2-eth0", PUBLIC_VIP),
            3 + self.pair.down_ns / 1e9,
            start,
            f"announcement by the backup of {self.name}",
        )
        last = self.wire.frames(self.heard, until=announce.t)[-1]
        self.overshoots.append(announce.t - last.t - self.pair.down_ns)
        self.lab.unblock(self.lab.s1)

    def false_failovers(self):
        """Promotions that no crash explains. The limit sends no adverts: count its announcements."""
        spoken = self.wire.frames(self.spoken) or self.wire.frames(
            is_announce("s2-eth0", PUBLIC_VIP)
        )
        gap = 3 * self.pair.interval_ns
        starts = sum(
            f.t - before > gap for before, f in zip([0] + [f.t for f in spoken], spoken)
        )
        return starts - len(self.overshoots)

    def close(self):
        self.pair.close()


def measure(interval_cs, runs, say):
    """The contenders' overshoots at one interval, taken in turns: {name: (numbers, false ones)}."""
    stages = []
    try:
        for name in NAMES:
            stages.append(Stage(name, interval_cs))
        for run in range(runs):
            for stage in stages:
                stage.turn()
            if (run + 1) % 25 == 0:
                say(f"  {interval_cs * 10} ms: {run + 1} of {runs} runs each")
        return {s.name: (sorted(s.overshoots), s.false_failovers()) for s in stages}
    finally:
        for stage in stages:
            stage.close()


def quantile(numbers, q):
    """The smallest number that at least q of them do not exceed."""
    return numbers[min(len(numbers) - 1, max(0, -int(-q * len(numbers) // 1) - 1))]


def us(ns):
    return f"{ns / 1000:.1f}"


def section(counts, say):
    """(rows of the table, verdicts, did it pass) for {interval in centiseconds: runs}."""
    rows, verdicts, good = [], [], True
    for interval_cs, runs in counts.items():
        got = measure(interval_cs, runs, say)
        for name, (numbers, false) in got.items():
            median, p99 = statistics.median(numbers), quantile(numbers, 0.99)
            rows.append(
                [f"{interval_cs * 10} ms", name, len(numbers), us(numbers[0]), us(median)]
                + [us(p99) if len(numbers) >= 100 else "-", us(numbers[-1]), false]
            )
        ours, theirs = got[OURS][0], got[THEIRS][0]
        ratio = statistics.median(ours) / statistics.median(theirs)
        early = sum(n < 0 for n in ours)
        verdicts.append(
            f"{interval_cs * 10} ms: median {ratio:.2f} x keepalived's (bar {BAR}: "
            f"{'met' if ratio <= BAR else 'MISSED'}); before the deadline: "
            f"{f'{early} of {len(ours)} TIMES' if early else 'never'} "
            f"(least overshoot {us(ours[0])} us)"
        )
        good = good and ratio <= BAR and not early
    return rows, verdicts, good

# SPDX-License-Identifier: GPL-2.0-only
"""Times that the machine itself stands still: the witness of a run. Depends on late.c alone."""

import os
import subprocess
import tempfile
import time

from contenders import BINS
from lab import stop_process, wait_until
from report import ms

PAUSE_NS = 1_000_000  # of late.c: a CPU may have stood still since its last wake-up


def stolen_s():
    """So long the host has kept all CPUs together from running, since boot."""
    with open("/proc/stat") as stat:
        return int(stat.readline().split()[8]) / os.sysconf("SC_CLK_TCK")


class Still:
    """Watches every CPU in the background until it is closed, and for so many seconds at most."""

    def __init__(self, seconds, from_ms):
        self._read_from(None, from_ms)
        with tempfile.NamedTemporaryFile(dir=tempfile.tempdir) as out:
            self._file = open(out.name)
            self._child = subprocess.Popen([BINS / "late", str(seconds), str(from_ms)], stdout=out)

    def _read_from(self, file, from_ms):
        self._file, self._child, self.from_ms = file, None, from_ms
        self._times, self._rest = [], ""
        self._begin, self._stolen = time.monotonic(), stolen_s()

    @classmethod
    def of(cls, file):
        """One that has seen what this file says."""
        made = cls.__new__(cls)
        made._read_from(file, 0)
        return made

    @property
    def times(self):
        """[(from, to)] in CLOCK_REALTIME ns, so far, in the order of their ends."""
        assert self._child is None or self._child.poll() is None, f"late has ended: {self._child.returncode}"
        *lines, self._rest = (self._rest + self._file.read()).split("\n")
        for line in lines:
            _, at, ns = map(int, line.split())
            self._times.append((at, at + ns))
        return self._times

    def between(self, begin, end):
        """Did a CPU stand still at any moment of this time? To be asked when it is over, since a line comes at the
        end. A CPU that woke late may have stood still since it went to sleep."""
        for at, to in reversed(self.times):
            if at < end + PAUSE_NS and to > begin:
                return True
            if to < begin - 10**9:
                return False
        return False

    def longest(self, begin, end):
        """For so long at most a CPU stood still, of those times that lie in part between these two, in ns."""
        return max((to - at for at, to in self.times if at < end and to > begin), default=0)

    @property
    def at_once(self):
        """How often every CPU stood still for FROM_MS in the same moment."""
        edges = sorted([(at, 1) for at, _ in self.times] + [(to, -1) for _, to in self.times])
        standing, since, count = 0, 0, 0
        for t, step in edges:
            if standing == os.cpu_count() and t - since >= self.from_ms * 1e6:
                count += 1
            standing += step
            since = t
        return count

    def close(self):
        """It watches no more; what it has seen can be asked for."""
        if self._child:
            stop_process(self._child)
            self._child = None
            self.seconds, self._stolen = time.monotonic() - self._begin, stolen_s() - self._stolen

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def text(self):
        """Of a witness that is closed."""
        worst = max((to - at for at, to in self.times), default=0)
        return (
            f"A CPU stood still for {self.from_ms} ms or more {len(self.times)} times in {self.seconds:.0f} s, "
            f"at most for {ms(worst)} ms; {self.at_once} times all of them did so in the same moment. The host "
            f"kept them from running for {self._stolen:.1f} s of CPU time (`steal` of /proc/stat). So late was a thread of priority 90, over everything, that does "
            "nothing but wake every millisecond (`tests/bench/late.c`, one for each CPU)."
        )

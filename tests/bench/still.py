# SPDX-License-Identifier: GPL-2.0-only
"""Times that the machine itself stands still. Depends on late.c alone."""

import subprocess

from contenders import BINS
from report import ms


class Still:
    """Watches every CPU for so many seconds, in the background; `times` waits for the end of that."""

    def __init__(self, seconds, from_ms):
        self.seconds, self.from_ms = seconds, from_ms
        self.child = subprocess.Popen(
            [BINS / "late", str(seconds), str(from_ms)], stdout=subprocess.PIPE, text=True
        )
        self._times = None

    @property
    def times(self):
        """[(from, to)] in CLOCK_REALTIME ns."""
        if self._times is None:
            output, _ = self.child.communicate(timeout=self.seconds + 60)
            assert self.child.returncode == 0, f"late: {self.child.returncode}"
            lines = [[int(n) for n in line.split()] for line in output.splitlines()]
            self._times = [(at, at + ns) for _, at, ns in lines]
        return self._times

    def hit(self, pauses):
        """How many of these (from, to) lie in part within such a time."""
        return sum(any(a < to and b > at for at, to in self.times) for a, b in pauses)

    def text(self):
        worst = max((to - at for at, to in self.times), default=0)
        return (
            f"A CPU stood still for {self.from_ms} ms or more {len(self.times)} times in {self.seconds} s, "
            f"at most for {ms(worst)} ms: so late was a thread of priority 90, over everything, that does "
            "nothing but wake every millisecond (`tests/bench/late.c`, one for each CPU)."
        )

# SPDX-License-Identifier: GPL-2.0-only
"""What a section found: samples, tables, targets, plots; and the page that is made of them.

Depends on nothing that measures. Knows no contender and decides no target: the sections do.
"""

import dataclasses
import statistics

def pick(scale, quick, normal, full=None):
    """A number of runs, of seconds or whatever a scale changes. full: as normal."""
    return {"quick": quick, "normal": normal, "full": normal if full is None else full}[scale]


# ---- samples -----------------------------------------------------------------------------------------


def quantile(numbers, q):
    """Nearest rank: the smallest of them that at least q of them do not exceed."""
    numbers = sorted(numbers)
    return numbers[min(len(numbers) - 1, max(0, -int(-q * len(numbers) // 1) - 1))]


class Samples:
    """Numbers of one figure. `more`: more is better, and the worst is the least."""

    def __init__(self, numbers, more=False):
        self.numbers = sorted(numbers, reverse=more)
        assert self.numbers, "nothing was measured"
        self.median = statistics.median(self.numbers)
        self.best, self.worst = self.numbers[0], self.numbers[-1]
        sign = -1 if more else 1
        self.p99 = sign * quantile([sign * n for n in self.numbers], 0.99)

    def __len__(self):
        return len(self.numbers)

    def cells(self, show=str):
        """Median, p99 and worst, as a table shows them."""
        return [show(self.median), show(self.p99), show(self.worst)]


def us(ns):
    return f"{ns / 1000:.1f}"


def ms(ns):
    return f"{ns / 1e6:.2f}"


# ---- what a section hands back -------------------------------------------------------------------------


@dataclasses.dataclass
class Target:
    """One line of the issue: what, the bar, what it was, and whether that is enough; and where the time goes
    that is too much, for a run that misses it."""

    what: str
    bar: str
    got: str
    met: bool
    why: str = ""

    @property
    def word(self):
        return "met" if self.met else "**missed**"


@dataclasses.dataclass
class Plot:
    """One SVG: gnuplot's commands, in which $name is the data block of that series: rows of numbers."""

    name: str
    alt: str
    commands: str
    series: dict


class Report:
    """Paragraphs, tables and plots in their order, and targets."""

    def __init__(self, title, method):
        self.title, self.parts, self.targets = title, [method.strip()], []
        self.plots, self.unsafe = [], False  # unsafe: something acted before the deadline
        self.constants = {}  # for docs/scaling.md: name -> number

    def text(self, paragraph):
        self.parts.append(paragraph.strip())

    def table(self, head, rows):
        self.parts.append(table(head, rows))

    def plot(self, name, alt, commands, **series):
        self.plots.append(Plot(name, alt, commands, series))
        self.parts.append(f"![{alt}](plots/{name}.svg)")

    def target(self, what, bar, got, met, why=""):
        self.targets.append(Target(what, bar, got, bool(met), why))

    def ratio(self, what, ours, theirs, bar, whose="keepalived's", why=""):
        """ours / theirs must not exceed the bar."""
        value = ours / theirs if theirs else float("inf")
        got = f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"
        self.target(what, f"≤ {bar:g} × {whose}", f"{got} ×", value <= bar, why)

    def markdown(self):
        lines = [f"- {t.what}: {t.got}; target {t.bar}: {t.word}" for t in self.targets]
        parts = [f"## {self.title}", *self.parts]
        if lines:
            parts.append("\n".join(lines))
        return "\n\n".join(parts) + "\n"


def table(head, rows):
    cells = [[str(c) for c in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def targets_table(reports):
    rows = [[t.what, t.bar, t.got, t.word] for r in reports for t in r.targets]
    missed = {}
    for t in (t for r in reports for t in r.targets if not t.met and t.why):
        missed.setdefault(t.why, []).append(t.what)
    whys = [f"- {', '.join(whats)}: {why}".replace("\n", "\n  ") for why, whats in missed.items()]
    page = table(["figure", "target", "this run", ""], rows)
    return page + ("\n\nWhat was missed, and where it goes:\n\n" + "\n".join(whys) if whys else "")

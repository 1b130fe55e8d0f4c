# SPDX-License-Identifier: GPL-2.0-only
"""What a section found: samples, tables, targets, plots, and how sure a figure is.

Depends on nothing that measures. Knows no contender and decides no target: the sections do. pages.py makes pages of it.
"""

import dataclasses
import functools
import operator
import random
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
        self.taken = list(numbers)  # in the order in which they were measured
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


def in_ms(ns):
    return f"{ms(ns)} ms"


# ---- how sure a figure is ------------------------------------------------------------------------------

RESAMPLES, TAIL = 2000, 0.025
ENOUGH = 6  # the range of five numbers holds their median with 94 % confidence


def interval(of, ours, theirs=None, paired=False, joined=None):
    """(least, most): of(ours), or of(ours) / of(theirs), lies between them with 95 % confidence; joined: what to do with
    the two instead of dividing them. Bootstrap: each sample is drawn anew from itself, and the outer 2.5 % of the results
    are left out at either end. paired: the n-th of both were measured together, and are drawn together, so that what the
    machine did to both counts for neither; else the two are drawn apart. The same numbers give the same interval. Of fewer than ENOUGH there is none: it has no ends."""
    samples = [s for s in (ours, theirs) if s is not None]
    if min(map(len, samples)) < ENOUGH:
        return float("-inf"), float("inf")
    draw = random.Random(1).choices

    def drawn():
        if paired:
            return zip(*draw(list(zip(*samples, strict=True)), k=len(ours)))
        return [draw(s, k=len(s)) for s in samples]

    joined = joined or divided
    results = sorted(joined(*map(of, drawn())) for _ in range(RESAMPLES))
    return results[int(TAIL * RESAMPLES)], results[-1 - int(TAIL * RESAMPLES)]


def divided(ours, theirs=1):
    return ours / theirs if theirs else float("inf")


def verdict(bounds, bar, at_least=False):
    """True: the whole interval is within the bar; False: none of it is; None: it holds the bar, which is undecided."""
    least, most = bounds
    if at_least:
        return True if least >= bar else False if most < bar else None
    return True if most <= bar else False if least > bar else None


# ---- what a section hands back -------------------------------------------------------------------------


@dataclasses.dataclass
class Target:
    """What, the bar, what it was, and whether that is enough (None: undecided); and where the time goes that is too
    much, for a run that does not meet it."""

    what: str
    bar: str
    got: str
    met: bool | None
    why: str = ""

    @property
    def word(self):
        return {True: "met", False: "**missed**", None: "undecided"}[self.met]


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
        self.figures = {}  # for docs/benchmarks.md: name -> (ours, theirs), as they are shown

    def data(self):
        """All of it, for JSON."""
        plain = {key: value for key, value in vars(self).items() if key not in ("targets", "plots")}
        return plain | {key: [dataclasses.asdict(one) for one in vars(self)[key]] for key in ("targets", "plots")}

    @classmethod
    def of_data(cls, data):
        report = cls(data["title"], "")
        vars(report).update(data)
        report.targets = [Target(**one) for one in data["targets"]]
        report.plots = [Plot(**one) for one in data["plots"]]
        return report

    def text(self, paragraph):
        self.parts.append(paragraph.strip())

    def table(self, head, rows):
        self.parts.append(table(head, rows))

    def plot(self, name, alt, commands, **series):
        self.plots.append(Plot(name, alt, commands, series))
        self.parts.append(f"![{alt}](plots/{name}.svg)")

    def target(self, what, bar, got, met, why=""):
        """Of what is counted, or measured once: there is no interval."""
        self.targets.append(Target(what, bar, got, bool(met), why))

    def median(self, what, bar_text, samples, bar, show, why="", at_least=False):
        """The median of samples must not exceed the bar (at_least: must reach it)."""
        bounds = interval(statistics.median, samples.numbers)
        self._judged(what, bar_text, samples.median, bounds, show, verdict(bounds, bar, at_least), why)

    def ratio(self, what, ours, theirs, bar, whose="keepalived's", why="", p99=False, paired=False):
        """ours / theirs must not exceed the bar: the medians of samples, or their p99; or two numbers. paired: as in
        interval()."""
        bar_text = f"≤ {bar:g} × {whose}"
        if isinstance(ours, Samples):
            of = functools.partial(quantile, q=0.99) if p99 else statistics.median
            bounds = interval(of, ours.taken, theirs.taken, paired)
            value = divided(of(ours.numbers), of(theirs.numbers))
            self._judged(what, bar_text, value, bounds, times, verdict(bounds, bar), why)
        else:
            value = divided(ours, theirs)
            self.target(what, bar_text, times(value), value <= bar, why)

    def difference(self, what, bar_text, ours, theirs, bar, show, why=""):
        """The median of ours must not exceed that of theirs by more than the bar; they were measured in pairs."""
        bounds = interval(statistics.median, ours.taken, theirs.taken, paired=True, joined=operator.sub)
        self._judged(what, bar_text, ours.median - theirs.median, bounds, show, verdict(bounds, bar), why)

    def _judged(self, what, bar_text, value, bounds, show, met, why):
        ends = ", ".join(show(n) for n in bounds) if bounds[1] < float("inf") else "too few for an interval"
        self.targets.append(Target(what, bar_text, f"{show(value)} [{ends}]", met, why))

    def markdown(self):
        lines = [f"- {t.what}: {t.got}; target {t.bar}: {t.word}" for t in self.targets]
        parts = [f"## {self.title}", *self.parts]
        if lines:
            parts.append("\n".join(lines))
        return "\n\n".join(parts) + "\n"


def times(value):
    return f"{value:.2f} ×" if abs(value) >= 0.1 else f"{value:.2g} ×"


def table(head, rows):
    cells = [[str(c) for c in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def counted(targets):
    """How many of them are met, missed, undecided."""
    return [sum(t.met is word for t in targets) for word in (True, False, None)]


def targets_table(reports):
    rows = [[t.what, t.bar, t.got, t.word] for r in reports for t in r.targets]
    whats = {}
    for t in (t for r in reports for t in r.targets if not t.met and t.why):
        whats.setdefault(t.why, []).append(t.what)
    whys = [f"- {', '.join(of)}: {why}".replace("\n", "\n  ") for why, of in whats.items()]
    page = table(["figure", "target", "this run", ""], rows)
    return page + ("\n\nWhat was missed or is undecided, and where it goes:\n\n" + "\n".join(whys) if whys else "")

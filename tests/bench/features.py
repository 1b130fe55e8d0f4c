# SPDX-License-Identifier: GPL-2.0-only
"""What groups, hand-over and before-master add to a promotion. Depends on crash.py."""

from contenders import OURS, Setup, pairs
from crash import STILL_MS, Stage, crash
from report import Report, Samples, pick, us
from still import Still

PLAIN, HOOKED = "none of them", "`before-master`"
VARIANTS = {
    PLAIN: Setup(1, handover=False),
    "hand-over": Setup(1),
    "a group of one router": Setup(1, group=1),
    "a group of two routers": Setup(1, group=2),
    HOOKED: Setup(1, hook=True),
}
LABS = 2  # of each
MOST_NS = 3000
METHOD = """A router without any of these features (`handover = no`), beside others that have one each, in labs of their
own and crashed in turns as above, adverts every 10 ms. What a feature adds is the difference of the medians, of pairs of
crashes at about the same time. The deadline of a group is that of its last router. A router with `before-master` is MASTER
and advertises at once, but announces when the program has ended (here `true`), as it is told to: of it, what counts is its
first advert. Times in µs after the deadline."""
WHY = """the difference of two medians of some 30 µs each, which vary by as much from run to run"""


def section(scale, say):
    runs = dict.fromkeys(VARIANTS, pick(scale, 20, 200, 1000))
    seconds = pick(scale, 120, 240, 900)
    report, rows, found = Report("What features add to a promotion", METHOD), [], {}
    with pairs(*((OURS, setup) for setup in VARIANTS.values() for _ in range(LABS))) as made, \
            Still(2 * seconds, STILL_MS) as still:  # fmt: skip
        stages = [Stage(pair, 0, pulled=True) for pair in made]
        for stage, name in zip(stages, (name for name in VARIANTS for _ in range(LABS))):
            stage.name = name
        crashes = crash(stages, runs, seconds, still)
        for name in VARIANTS:
            spoken = [late for stage in stages if stage.name == name for late in stage.adverts_after()]
            found[name] = Samples(spoken), Samples(crashes.overshoots[name])
            aside = len(crashes.every[name]) - len(spoken)
            rows.append([name, len(spoken), aside, *found[name][0].cells(us), *found[name][1].cells(us)])
    report.table(
        ["feature", "runs", "set aside", "first advert", "p99", "worst", "first announcement", "p99", "worst"], rows
    )
    for name in list(VARIANTS)[1:]:
        ours, plain = (found[n][name != HOOKED] for n in (name, PLAIN))
        what = f"{name.replace('`', '')} adds to a promotion"
        report.difference(what, f"≤ {us(MOST_NS)} µs", ours, plain, MOST_NS, lambda n: f"{us(n)} µs", WHY)
    return report

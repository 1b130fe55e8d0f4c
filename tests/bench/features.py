# SPDX-License-Identifier: GPL-2.0-only
"""What groups, hand-over and before-master add to a promotion. Depends on crash.py."""

from contenders import OURS, Setup, pairs
from crash import STILL_MS, Stage, crash
from report import Report, Samples, pick, us
from still import Still

PLAIN, HOOKED = "none of them", "`before-master`"
VARIANTS = {
    PLAIN: Setup(handover=False),
    "hand-over": Setup(),
    "a group of one router": Setup(group=1, handover=False),
    "a group of two routers": Setup(group=2, handover=False),
    HOOKED: Setup(hook=True, handover=False),
}
LABS = 4  # of each
MOST_NS = 3000
SECONDS = 300  # for the crashes of a sitting, at most
METHOD = """A router without any of these features (`handover = no`), beside others that have one each, in labs of their
own and crashed in turns as above, adverts every 100 ms. All labs are built anew several times: the adverts of one lab
meet the deadlines of another at the same distance as long as both stand. What a feature adds is the difference of the medians, of pairs of
crashes at about the same time. The deadline of a group is that of its last router. A router with `before-master` is MASTER
and advertises at once, but announces when the program has ended (here `true`), as it is told to: of it, what counts is its
first advert. Times in µs after the deadline."""
WHY = "the difference of two medians of some 30 µs each"


def sitting(runs, still, found):
    """Labs of all variants, and so many crashes of each: adds to {variant: ([first advert], [announcement], [all])}."""
    wanted = [(OURS, setup) for setup in VARIANTS.values() for _ in range(LABS)]
    with pairs(*wanted) as made:
        stages = [Stage(pair, 0, pulled=True) for pair in made]
        for stage, name in zip(stages, (name for name in VARIANTS for _ in range(LABS))):
            stage.name = name
        crashes = crash(stages, dict.fromkeys(VARIANTS, runs), SECONDS, still)
        for name, (spoken, announced, every) in found.items():
            spoken += [late for stage in stages if stage.name == name for late in stage.adverts_after()]
            announced += crashes.overshoots[name]
            every += crashes.every[name]


def section(scale, say):
    report, rows, found = Report("What features add to a promotion", METHOD), [], {n: ([], [], []) for n in VARIANTS}
    sittings, runs = pick(scale, 1, 2, 4), pick(scale, 20, 60, 150)
    with Still(sittings * 2 * SECONDS, STILL_MS) as still:
        for n in range(sittings):
            sitting(runs, still, found)
            say(f"  {(n + 1) * runs} crashes of each")
    for name, (spoken, announced, every) in found.items():
        cells = [*Samples(spoken).cells(us), *Samples(announced).cells(us)]
        rows.append([name, len(spoken), len(every) - len(spoken), *cells])
    report.table(
        ["feature", "runs", "set aside", "first advert", "p99", "worst", "first announcement", "p99", "worst"], rows
    )
    for name in list(VARIANTS)[1:]:
        ours, plain = (Samples(found[n][name != HOOKED]) for n in (name, PLAIN))
        what = f"{name.replace('`', '')} adds to a promotion"
        report.difference(what, f"≤ {us(MOST_NS)} µs", ours, plain, MOST_NS, lambda n: f"{us(n)} µs", WHY)
    return report

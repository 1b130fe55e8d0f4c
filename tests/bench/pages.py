# SPDX-License-Identifier: GPL-2.0-only
"""The two pages of a run: docs/benchmarks.md, which takes two minutes to read, and docs/benchmarks-full.md, which has
every table. Depends on report.py; measures nothing, and judges nothing."""

import textwrap

from report import counted, table, targets_table

# What a section hands back in `figures`, in the order of the page: what it is, and what that means.
FIGURES = {
    "promotion": (
        "From the protocol's deadline to the announcement, adverts every 100 ms",
        "What a failover costs on top of the 361 ms that the protocol asks for. The NIC is prepared before the deadline, "
        "so that an advert and an ARP frame are all that is left.",
    ),
    "crash": (
        "From the protocol's deadline to a client's first answer, a crash, adverts every 10 ms",
        "The promotion, the way of the announcement to the client, and up to a quarter of a millisecond until it asks. "
        "The protocol's own time before that is up to 36 ms, for both.",
    ),
    "planned": (
        "A client's time without an answer, the master is stopped, adverts every second",
        "The client asks every millisecond, so a millisecond means that no question was lost: the address answers until "
        "the other server has it. keepalived's backup waits for its skew first.",
    ),
    "junk": (
        "CPU of the backup under a flood of adverts with a bad checksum",
        "They end at the NIC, and no process wakes for them.",
    ),
    "sleep": (
        "Wake-ups a second of a backup with 255 virtual routers, adverts every 100 ms",
        "An advert that says nothing new wakes nobody, so the cost does not grow with the routers.",
    ),
    "reload": (
        "Failovers by a reload, adverts every 10 ms",
        "A new configuration, or a new version, does not move the address.",
    ),
}
PLOTS = ("overshoot", "planned", "cost")


def state(about):
    return (
        f"{about['kind']} of {about['minutes']} min on {about['date']}: {about['ours']}, {about['theirs']}, "
        f"Linux {about['kernel']}, {about['cores']} cores of a virtual machine."
    )


def brief(reports, about):
    """The page for a user. Of a run of some sections it has what they found."""
    figures = {name: pair for r in reports for name, pair in r.figures.items()}
    plots = {p.name: p for r in reports for p in r.plots}
    met, missed, undecided = counted([t for r in reports for t in r.targets])
    rows = [[what, *figures[name], means] for name, (what, means) in FIGURES.items() if name in figures]
    drawn = [f"![{plots[name].alt}](plots/{name}.svg)" for name in PLOTS if name in plots]
    doubt = f", {undecided} undecided" if undecided else ""
    shown, note = "\n\n".join(drawn), about.get("note", "")
    return f"""# Benchmarks

Medians, beside keepalived on the same machine. Absolute times vary from machine to machine: compare the two columns, and
run `sudo make bench` on your own machine before you believe anybody's.

{table(["", "vrrp-xdp", "keepalived", "what it means"], rows)}

{shown}

## How it was measured

Two servers, a switch and a client stand in network namespaces, and the contenders are measured in turns or at the same
time, so that whatever the machine does, it does to all. keepalived runs at its best: real-time priority, locked memory,
no scripts, no route to change. Times are read off both wires by one recorder, with the kernel's stamps.

{textwrap.fill(f"The figures are of {state(about)} {note}".rstrip(), 120)}

Of {met + missed + undecided} targets {met} were met and {missed} missed{doubt}. Which ones, why, and every table:
[benchmarks-full.md](benchmarks-full.md).
"""


def full(reports, about):
    """Every table, target and plot."""
    met, missed, undecided = counted([t for r in reports for t in r.targets])
    head = f"""# Benchmarks, in full

The short of it is in [benchmarks.md](benchmarks.md). Made by `sudo make bench`. Absolute times vary from machine to
machine and from hour to hour: compare ratios within one run. The contenders of a section are measured in turns or at
the same time. Every figure is given as median, p99 and worst; p99 by nearest rank, so that of fewer than 100 numbers it
is the worst.

A target for a median, or for a ratio, goes by an interval, which stands in brackets and holds the true one with 95 %
confidence: 2,000 times the samples are drawn anew, each from itself (bootstrap), and the outer 2.5 % of the results are
left out at either end. It is *met* if the whole interval is within the bar, *missed* if none of it is, and *undecided* if
the bar lies in it. Of fewer than six numbers there is no interval. That of a p99 of 100 runs rests on the few worst of
them, and cannot know of worse ones. What is counted, or measured once, is met or missed as it is.

This one is {state(about)}

## Targets

{met} of {met + missed + undecided} met, {missed} missed, {undecided} undecided.

{targets_table(reports)}
"""
    return "\n".join([head, *(r.markdown() for r in reports)])

# SPDX-License-Identifier: GPL-2.0-only
"""What the XDP program costs a NIC, by the frame. Depends on cost.c; attaches nothing."""

import subprocess

from contenders import BINS
from report import Report, Samples, pick

METHOD = """`BPF_PROG_TEST_RUN` of the XDP program, many repetitions a round, the rows in turns, so that each
number is the mean of a round. In ns; what a frame costs a NIC that runs the program is what it takes
over the empty program."""
EMPTY, TCP, FOREIGN = "TCP, empty program", "TCP", "advert of another VRID"
JUNK, ABSORBED = "advert with a bad checksum", "absorbed advert"


def cost(scale, say):
    rounds, repeat = pick(scale, (15, 200_000), (101, 200_000))
    done = subprocess.run(
        [BINS / "cost", str(rounds), str(repeat)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"cost: {done.stderr}"
    rows = {}
    for line in done.stdout.splitlines():
        name, *numbers = line.split("\t")
        rows[name] = Samples([int(n) for n in numbers])
    report = Report("The cost of a frame", METHOD)
    report.table(
        ["frame", "rounds", "median", "p99", "worst", "over the empty program"],
        [[n, len(s), *s.cells(), f"{s.median - rows[EMPTY].median:g}"] for n, s in rows.items()],
    )
    report.ratio("a frame that is not VRRP", rows[TCP].median, rows[EMPTY].median, 1.3, "the empty program")
    for name, bar in ((JUNK, 60), (ABSORBED, 150)):
        report.target(name, f"≤ {bar} ns", f"{rows[name].median:g} ns", rows[name].median <= bar)
    report.constants.update(absorbed_ns=rows[ABSORBED].median, junk_ns=rows[JUNK].median)
    return report

# SPDX-License-Identifier: GPL-2.0-only
"""The benchmark's arithmetic, and its two pages: what is met, missed or undecided; and that the short page says nothing
that the full one does not; and what the witness of a run makes of the times that it has seen. Measures nothing: of
tests/bench it needs report.py, pages.py and still.py, which needs the lab."""

import functools
import io
import json
import random
import re
import statistics
import sys

import pytest

from program import TOP

sys.path[:0] = [str(TOP / "tests/bench"), str(TOP / "tests/e2e")]

import pages  # noqa: E402
import report  # noqa: E402
import still  # noqa: E402
from report import Report, Samples, interval, quantile, verdict  # noqa: E402

INF = float("inf")


@pytest.mark.parametrize("bounds, bar, at_least, met", [
    ((0.15, 0.19), 0.2, False, True),
    ((0.15, 0.20), 0.2, False, True),
    ((0.19, 0.21), 0.2, False, None),
    ((0.20, 0.25), 0.2, False, None),
    ((0.21, 0.25), 0.2, False, False),
    ((-INF, INF), 0.2, False, None),
    ((0.99, 1.02), 0.99, True, True),
    ((0.98, 1.02), 0.99, True, None),
    ((0.97, 0.98), 0.99, True, False),
    ((-INF, INF), 0.99, True, None),
])  # fmt: skip
def test_verdict(bounds, bar, at_least, met):
    assert verdict(bounds, bar, at_least) is met


def drawn(seed, median, count):
    source = random.Random(seed)
    return [median * source.lognormvariate(0, 0.3) for _ in range(count)]


def test_interval_holds_the_true_ratio(monkeypatch):
    """Of samples whose true medians are known, in 95 of 100 cases, and not in all of them."""
    monkeypatch.setattr(report, "RESAMPLES", 200)
    cases = 300
    found = [interval(statistics.median, drawn(n, 20, 40), drawn(-1 - n, 100, 40)) for n in range(cases)]
    held = sum(least <= 0.2 <= most for least, most in found)
    assert 0.90 * cases <= held < cases, held
    assert statistics.median(most / least for least, most in found) < 1.6


def test_interval_of_one_sample():
    least, most = interval(statistics.median, drawn(1, 10, 100))
    assert least < statistics.median(drawn(1, 10, 100)) < most
    assert 0.85 < least / 10 and most / 10 < 1.15


def test_interval_of_a_p99():
    numbers = [float(n) for n in range(1, 101)]
    least, most = interval(functools.partial(quantile, q=0.99), numbers)
    assert 94 <= least < 99 <= most == 100


def test_interval_of_pairs():
    """What the machine did to both at the same time says nothing of their ratio."""
    machine = drawn(1, 1, 100)
    pair = [20 * n for n in machine], [100 * n for n in machine]
    least, most = interval(statistics.median, *pair, paired=True)
    assert least == pytest.approx(0.2) and most == pytest.approx(0.2)
    least, most = interval(statistics.median, *pair)
    assert least < 0.19 and most > 0.21


def test_difference_of_pairs():
    """A constant that one of a pair has more than the other one is found, however much both vary."""
    theirs = drawn(1, 1000, 100)
    made = Report("Title", "Method.")
    ours = [n + 20 for n in theirs]
    for bar in (20.5, 19.5):
        made.difference(f"adds {bar}", "≤", Samples(ours), Samples(theirs), bar, lambda n: f"{n:.1f}")
    assert [(t.got, t.met) for t in made.targets] == [("20.0 [20.0, 20.0]", True), ("20.0 [20.0, 20.0]", False)]


MS = 10**6


@pytest.mark.parametrize("begin, end, stood", [
    (100, 104, True),  # all of it lies within the time that one CPU stood still
    (90, 100.5, True),
    (109, 112, True),
    (90, 99.5, True),  # a CPU that woke late at 100 was last seen at 99
    (90, 98.5, False),
    (110.5, 112, False),
    (300, 303, False),
    (1990, 2000.5, True),  # the other CPU, later
])  # fmt: skip
def test_witness(begin, end, stood):
    seen = still.Still.of(io.StringIO(f"0 {100 * MS} {10 * MS}\n1 {2000 * MS} {MS}\n"))
    assert seen.between(begin * MS, end * MS) is stood


def test_witness_reads_whole_lines():
    """A line that is half written is read when it is whole."""
    out = io.StringIO(f"0 {100 * MS} {10 * MS}\n1 2")
    seen = still.Still.of(out)
    assert seen.times == [(100 * MS, 110 * MS)]
    at = out.tell()
    out.write(f"00 {MS}\n")
    out.seek(at)
    assert seen.times == [(100 * MS, 110 * MS), (200, 200 + MS)]
    assert seen.longest(0, 150) == 0 and seen.longest(0, 100 * MS + 1) == 10 * MS


def test_interval_is_the_same_again():
    of = [statistics.median, drawn(1, 20, 50), drawn(2, 100, 50)]
    assert interval(*of) == interval(*of)


def test_too_few_have_no_interval():
    assert interval(statistics.median, [1.0] * 5, [1.0] * 100) == (-INF, INF)
    assert interval(statistics.median, [1.0] * 6, [1.0] * 6) == (1.0, 1.0)


def test_nothing_to_divide_by():
    assert interval(statistics.median, [1.0] * 6, [0.0] * 6) == (INF, INF)


def a_report():
    made = Report("Title", "Method.")
    ours, theirs = (Samples(drawn(n, median, 100)) for n, median in ((1, 20), (2, 100)))
    made.ratio("clear", ours, theirs, 0.3)
    made.ratio("beyond", ours, theirs, 0.1, why="a reason")
    made.ratio("near", ours, theirs, 0.2, why="another")
    made.ratio("once", 3, 10, 0.2)
    made.median("few", "≤ 2", Samples([1, 1, 1]), 2, str)
    made.median("more", "≥ 90", theirs, 90, str, at_least=True)
    made.plot("cost", "what it costs", "plot $s1\n", s1=[(1, 2.5)])
    made.figures["sleep"], made.constants["x"] = ["3.0", "1526.8"], 1.5
    return made


def test_words_of_targets():
    made = a_report()
    words = {t.what: t.word for t in made.targets}
    assert words == {"clear": "met", "beyond": "**missed**", "near": "undecided", "once": "**missed**",
                     "few": "undecided", "more": "met"}  # fmt: skip
    assert report.counted(made.targets) == [2, 2, 2]
    got = {t.what: t.got for t in made.targets}
    assert re.fullmatch(r"0\.\d\d × \[0\.\d\d ×, 0\.\d\d ×\]", got["clear"]) and got["once"] == "0.30 ×"
    assert got["few"] == "1 [too few for an interval]"
    whys = report.targets_table([made]).partition("undecided, and where it goes:\n\n")[2]
    assert whys == "- beyond: a reason\n- near: another"


ABOUT = {"kind": "a full run", "minutes": 22, "date": "2026-11-26", "ours": "vrrp-xdp 1", "theirs": "Keepalived 2",
         "kernel": "6.18", "cores": 2}  # fmt: skip


def test_pages_of_a_saved_run():
    """They are the same as those of the run itself, and say how many targets were met."""
    made = a_report()
    saved = Report.of_data(json.loads(json.dumps(made.data())))
    for page in (pages.brief, pages.full):
        assert page([saved], ABOUT) == page([made], ABOUT)
    brief, full = pages.brief([made], ABOUT), pages.full([made], ABOUT)
    assert "Of 6 targets 2 were met and 2 missed, 2 undecided." in brief
    assert "2 of 6 met, 2 missed, 2 undecided." in full
    assert "plots/cost.svg" in brief and "| 3.0 " in brief and ABOUT["ours"] in brief and ABOUT["ours"] in full


def test_sections_have_what_the_short_page_shows():
    """Six figures and three plots."""
    sources = "".join(p.read_text() for p in (TOP / "tests/bench").glob("*.py"))
    assert sorted(re.findall(r'report\.figures\["(\w+)"\] = ', sources)) == sorted(pages.FIGURES)
    assert len(pages.FIGURES) == 6 and len(pages.PLOTS) == 3
    made = re.findall(r'(?:distribution|report\.plot)\(\s*(?:report, )?"(\w+)"', sources)
    assert set(pages.PLOTS) <= set(made) and {p.stem for p in (TOP / "docs/plots").glob("*.svg")} == set(made)


def test_short_page_is_made_of_the_full_one():
    """Its figures stand in the tables there; it counts the same targets; it has all that pages.py knows."""
    brief, full = ((TOP / f"docs/{name}.md").read_text() for name in ("benchmarks", "benchmarks-full"))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in brief.splitlines() if line[:1] == "|"]
    assert [(what, means) for what, _, _, means in rows[2:]] == list(pages.FIGURES.values())
    for what, ours, theirs, _ in rows[2:]:
        for figure in (ours, theirs):
            number = figure if " of " in figure else figure.split()[0]
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)", full), f"{what}: {figure}"
    assert re.findall(r"\(plots/(\w+)\.svg\)", brief) == list(pages.PLOTS)
    table = full.partition("## Targets")[2].partition("\n## ")[0]
    words = [len(re.findall(rf"\| {re.escape(word)} +\|$", table, re.M)) for word in ("met", "**missed**", "undecided")]
    counts = re.search(r"Of (\d+) targets (\d+) were met and (\d+) missed(?:, (\d+) undecided)?\.", brief)
    assert [int(n or 0) for n in counts.groups()] == [sum(words), *words]

# SPDX-License-Identifier: GPL-2.0-only
"""What owners.py makes of claims: it has to see two owners where there were two. Needs no machine."""

import pytest

from owners import gap_ns, overlap_ns, spans

MS = 1_000_000

# description, [(host, first ms, last ms)] with a claim each 50 ms, owners, two at once, gap
ROWS = [
    ("one owner", [("s1", 0, 5000)], ["s1"], 0, 50),
    ("a handover", [("s1", 0, 2000), ("s2", 2400, 5000)], ["s1", "s2"], 0, 400),
    ("there and back", [("s1", 0, 2000), ("s2", 3000, 5000), ("s1", 5050, 7000)], ["s1", "s2", "s1"], 0, 1000),
    ("both for a while", [("s1", 0, 3000), ("s2", 2800, 5000)], ["s1", "s2"], 200, 50),
    ("both for ever", [("s1", 0, 5000), ("s2", 2000, 5000)], ["s1", "s2"], 3000, 50),
    ("one comes back as an owner", [("s1", 0, 1000), ("s2", 4000, 8500), ("s1", 8000, 9000)],
     ["s1", "s2", "s1"], 500, 3000),
    ("a pause of one", [("s1", 0, 1000), ("s1", 4000, 5000)], ["s1"], 0, 3000),
]  # fmt: skip


@pytest.mark.parametrize("description,spoke,owners,overlap,gap", ROWS, ids=[r[0] for r in ROWS])
def test_row(description, spoke, owners, overlap, gap):
    claims = [(t * MS, host, "ARP reply") for host, first, last in spoke for t in range(first, last + 1, 50)]
    found = spans(claims)
    assert [span.host for span in found] == owners
    assert max(0, overlap_ns(found)) == overlap * MS
    assert gap_ns(claims, 0, max(t for t, _, _ in claims)) == gap * MS

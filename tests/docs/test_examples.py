# SPDX-License-Identifier: GPL-2.0-only
"""docs/examples is complete: each example has its page, its two files, its line in the index and its test; the
files are sound, differ in what they must, and are what the page shows."""

import re

import pytest

from program import TOP, run

EXAMPLES = TOP / "docs/examples"
NAMES = sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir())
FILES = [EXAMPLES / name / f"server{n}.conf" for name in NAMES for n in (1, 2)]


def page(name):
    return (EXAMPLES / name / "README.md").read_text()


def test_index():
    """Every example, and nothing else; under the title that its page has."""
    listed = re.findall(r"^\| \[(.+)\]\((\S+)/README\.md\) \|", (EXAMPLES / "README.md").read_text(), re.M)
    assert sorted(name for _, name in listed) == NAMES and len(NAMES) >= 10
    for title, name in listed:
        assert page(name).startswith(f"# {title}\n"), name


def test_each_is_tested():
    rows = (TOP / "tests/e2e/test_examples.py").read_text().partition("\nROWS = {\n")[2]
    assert sorted(re.findall(r'^    "(\S+)": ', rows, re.M)) == NAMES


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_check(path):
    assert "[vrrp " in run("check", "-c", str(path))


@pytest.mark.parametrize("name", NAMES)
def test_files(name):
    """The two differ in priorities alone, and the page shows the first one."""
    first, second = ((EXAMPLES / name / f"server{n}.conf").read_text().splitlines() for n in (1, 2))
    differing = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
    assert differing and all(re.match(r"priority += ", line) for pair in differing for line in pair)
    shown = re.search(r"^```ini\n(.*?)^```$", page(name), re.M | re.S).group(1)
    assert shown.splitlines() == first[2:]


@pytest.mark.parametrize("name", NAMES)
def test_page(name):
    """It says what for, what to type on each server, how to see that it works, and what to watch for."""
    text = page(name)
    for title in ("The files", "Before it", "See that it works", "What to watch for"):
        assert f"\n## {title}\n" in text, title
    typed = set(re.findall(r"^```sh\n# (.*)$", text, re.M))
    assert typed in ({"server 1", "server 2"}, {"both servers"}, {"server 1", "server 2", "both servers"})

# SPDX-License-Identifier: GPL-2.0-only
"""The table of scripts/install-deps: every goal can be had on every system that it names, and the packages of
this system exist."""

import platform
import re
import subprocess

import pytest

from program import TOP

SCRIPT = TOP / "scripts/install-deps"
GOALS = ["build", "demo", "fuzz", "test", "bench", "vm", "deb", "rpm"]
SYSTEMS = ["debian", "ubuntu", "fedora", "opensuse"]
# What nobody can do without who builds, looks, fuzzes or measures: these are complete everywhere.
COMPLETE = {"build", "demo", "fuzz", "bench"}


def rows():
    """[goals, need, a package for each system] as they stand in the script."""
    table = re.search(r"<<'END'\n# goals +need .*?\n(.*?)^END$", SCRIPT.read_text(), re.M | re.S).group(1)
    return [line.split() for line in table.splitlines()]


def packages(system, *goals):
    command = [SCRIPT, *goals, "--list", "--on", system]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.split()


def test_table():
    """Each row says something for each system, and a need has one row. Only what tests want may be no package."""
    assert not [row for row in rows() if len(row) != 2 + len(SYSTEMS)]
    needs = [row[1] for row in rows()]
    assert len(needs) == len(set(needs))
    for goals, need, *names in rows():
        assert set(goals.split(",")) <= set(GOALS), need
        assert not ("-" in names and COMPLETE & set(goals.split(","))), f"{need}: no package"
        assert names[0] not in "=-", need


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("goal", GOALS)
def test_goal(goal, system):
    listed = packages(system, goal)
    assert len(listed) == len(set(listed)) and not {"=", "-", ""} & set(listed)
    assert len(listed) >= 13 and set(packages(system, "build")) <= set(listed)


def test_goals_together():
    """Each package once; nothing said is the build."""
    both, demo, bench = (packages("debian", *goals) for goals in (["demo", "bench"], ["demo"], ["bench"]))
    assert len(both) == len(set(both)) and set(both) == {*demo, *bench}
    assert packages("debian") == packages("debian", "build")
    assert len(demo) < len(packages("debian", "test")) / 2


def test_libraries_of_the_makefile():
    """What the Makefile asks pkg-config for is what the table has."""
    makefile = (TOP / "Makefile").read_text()
    libraries = re.search(r"^LIBS +:= (.*)$", makefile, re.M).group(1).split()
    found = {row[1].removeprefix("pkg:") for row in rows() if row[0] == "build" and row[1].startswith("pkg:")}
    assert found == {*libraries, "libxdp?"}


def test_packages_exist():
    """On Debian and Ubuntu, by this host's own index. Elsewhere the table is all there is to check."""
    name = platform.freedesktop_os_release().get("ID")
    if name not in ("debian", "ubuntu"):
        return
    wanted = packages(name, *GOALS)
    done = subprocess.run(["apt-cache", "show", *wanted], capture_output=True, text=True, timeout=60)
    assert set(wanted) <= set(re.findall(r"^Package: (\S+)$", done.stdout, re.M)), done.stderr


@pytest.mark.parametrize("arguments", [["all"], ["--vm"], ["--on", "debian"], ["--list", "--on", "gentoo"]])
def test_usage(arguments):
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("usage: ")

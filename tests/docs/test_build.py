# SPDX-License-Identifier: GPL-2.0-only
"""What is proven is what runs: the simulation and the search link the sources of the agent."""

import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
BROKEN = "build/tests/sim/src/"  # what both link, with -DVRRP_SIMULATED
PROVERS = ["SIM_OBJS", "SEARCH_OBJS"]


def objects(name, room):
    """Of a list of the Makefile, those of core/vrrp/, as sources below src/."""
    done = subprocess.run(["make", "-s", f"print-{name}"], cwd=TOP, capture_output=True, text=True, check=True)
    names = [word.removeprefix(room) for word in done.stdout.split()]
    return {name for name in names if name.startswith("core/vrrp/")}


def symbols(paths):
    done = subprocess.run(["nm", *paths], cwd=TOP, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("prover", PROVERS)
def test_the_same_sources(prover):
    shipped = objects("OBJS", "build/obj/")
    assert "core/vrrp/router.o" in shipped
    assert objects(prover, BROKEN) == shipped


def test_rules_are_broken_for_the_provers_alone():
    """VRRP_BROKEN(name) is the constant 0 in what is shipped: not even its name is there."""
    names = objects("OBJS", "build/obj/")
    assert "vrrp_broken" not in symbols(f"build/obj/{name}" for name in names)
    assert "vrrp_broken" in symbols(f"{BROKEN}{name}" for name in names)

# SPDX-License-Identifier: GPL-2.0-only
"""--help: it fits a screen, and shows how it is done."""

import pytest

from program import help_of, run, subcommands

LINES, COLUMNS = 24, 80


def fits(text):
    lines = text.splitlines()
    assert len(lines) <= LINES, f"{len(lines)} lines, more than a terminal has"
    wide = [line for line in lines if len(line) > COLUMNS]
    assert not wide, wide


def test_help_of_all():
    fits(run("--help"))


@pytest.mark.parametrize("subcommand", subcommands())
def test_help_of_one(subcommand):
    """Usage in the first line, and an example that begins with the program and this subcommand."""
    text = help_of(subcommand)
    fits(text)
    assert text.startswith(f"usage: vrrp-xdp {subcommand} "), text
    examples = text.partition("\nexample")[2].splitlines()[1:]
    assert any(line.startswith(f"  vrrp-xdp {subcommand}") for line in examples), text

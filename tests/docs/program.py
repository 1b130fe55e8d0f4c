# SPDX-License-Identifier: GPL-2.0-only
"""What the program says of itself: subcommands and their flags, from its own --help.

Depends on the program under test alone; never judges.
"""

import os
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("VRRP_XDP", TOP / "build/vrrp-xdp")).resolve()
FLAG = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


def run(*arguments):
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=10)
    assert done.returncode == 0, f"vrrp-xdp {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def subcommands():
    found = re.findall(r"^  vrrp-xdp (\S+)", run("--help"), re.M)
    assert len(found) > 5, "--help lists no subcommands"
    return found


def help_of(subcommand):
    return run(subcommand, "--help")


def flags_of(subcommand):
    """All that the help names, common ones included; an example may name those of other programs."""
    text = help_of(subcommand)
    examples = re.search(r"^examples?:$.*?(?=^\S|\Z)", text[text.index("\n") :], re.M | re.S)
    if examples:
        text = text.replace(examples.group(), "")
    return set(FLAG.findall(text))

# SPDX-License-Identifier: GPL-2.0-only
"""Completion in bash, zsh and fish: each shell is asked, and held against `vrrp-xdp --help`."""

import fcntl
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import termios
import time

import pytest

from program import FLAG, TOP, flags_of, subcommands

METRICS = TOP / "tests/unit/metrics/pair.txt"
DIRECTORY = TOP / "completions"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A vrrp-xdp first in PATH that prints what the real one prints of two routers, where it is asked in
    the right directory."""
    directory = tmp_path_factory.mktemp("bin")
    fake = directory / "vrrp-xdp"
    fake.write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "metrics --run-dir /run/other" ] || exit 1\n'
        f"cat {shlex.quote(str(METRICS))}\n"
    )
    fake.chmod(0o755)
    return {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}", "HOME": str(directory)}


class Bash:
    def __init__(self, environment):
        self.environment = environment

    def ask(self, line):
        # Where bash splits words: blanks, and each = is one of its own.
        words = re.split(r"\s+|(=)", line)
        words = [w for i, w in enumerate(words) if w or i == len(words) - 1]
        script = (
            f"source {shlex.quote(str(DIRECTORY / 'vrrp-xdp.bash'))}\n"
            f"COMP_WORDS=({' '.join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}\n"
            f"_vrrp_xdp vrrp-xdp {shlex.quote(words[-1])} {shlex.quote(words[-2])}\n"
            'printf "%s\\n" "${COMPREPLY[@]}"\n'
        )
        done = subprocess.run(
            ["bash", "--norc", "--noprofile", "-u", "-c", script],
            env=self.environment, cwd=TOP, capture_output=True, text=True, timeout=10,
        )  # fmt: skip
        assert done.returncode == 0 and not done.stderr, f"{line!r}: {done.stderr}"
        return set(done.stdout.split())

    def close(self):
        pass


class Fish:
    def __init__(self, environment):
        self.environment = environment

    def ask(self, line):
        script = f"source {DIRECTORY / 'vrrp-xdp.fish'}; complete -C {shlex.quote(line)}"
        done = subprocess.run(
            ["fish", "--no-config", "-c", script],
            env=self.environment, cwd=TOP, capture_output=True, text=True, timeout=10,
        )  # fmt: skip
        assert done.returncode == 0 and not done.stderr, f"{line!r}: {done.stderr}"
        return {answer.split("\t")[0] for answer in done.stdout.splitlines() if answer}

    def close(self):
        pass


class Zsh:
    """Completes on a terminal only: one of ours, and what it lists there is read."""

    def __init__(self, environment):
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.chdir(TOP)
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**environment, "TERM": "xterm"})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 150, 0, 0))
        self.count = 0
        self.type(
            f"PS1='> '; fpath=({shlex.quote(str(DIRECTORY))} $fpath); autoload -Uz compinit; compinit -u -D; "
            "LISTMAX=1000; setopt no_beep; bindkey '^T' list-choices\n"
        )
        self.until_marker()

    def type(self, text):
        os.write(self.terminal, text.encode())

    def until_marker(self):
        self.count += 1
        # Quoted, so that its echo is not taken for its output.
        self.type(f"\x15print 'marker''{self.count}'\n")
        seen, end = "", time.monotonic() + 10
        # Until its line editor is back, the terminal would take ^U for itself.
        while "\x1b[?2004h" not in seen.partition(f"marker{self.count}")[2]:
            assert time.monotonic() < end, f"zsh is silent: {seen!r}"
            if select.select([self.terminal], [], [], 0.1)[0]:
                seen += os.read(self.terminal, 65536).decode(errors="replace")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen).split("print 'marker")[0]

    def ask(self, line):
        self.type(f"{line}\x14")
        listed = self.until_marker().partition(line)[2]
        assert "(eval)" not in listed and "_vrrp" not in listed, f"{line!r}: {listed}"
        return set(listed.replace("--  ", " ").split())

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


@pytest.fixture(scope="module", params=[Bash, Zsh, Fish], ids=lambda c: c.__name__.lower())
def shell(request, environment):
    name = request.param.__name__.lower()
    if subprocess.run(["which", name], capture_output=True).returncode:
        pytest.skip(f"{name} is missing: run scripts/install-deps test (as root)")
    one = request.param(environment)
    yield one
    one.close()


def test_every_subcommand(shell):
    missing = set(subcommands()) - shell.ask("vrrp-xdp ")
    assert not missing, f"not offered: {sorted(missing)}"


def test_every_flag(shell):
    """Of each subcommand, by one dash and by two."""
    missing = {}
    for subcommand in subcommands():
        found = {f for one in shell.ask(f"vrrp-xdp {subcommand} -") for f in FLAG.findall(one)}
        found |= {f for one in shell.ask(f"vrrp-xdp {subcommand} --") for f in FLAG.findall(one)}
        if flags_of(subcommand) - found:
            missing[subcommand] = sorted(flags_of(subcommand) - found)
    assert not missing, f"not offered: {missing}"


@pytest.mark.parametrize("subcommand", ["status", "history", "resign", "resume"])
def test_router_names(shell, subcommand):
    """Of the vrrp-xdp whose directory the line names."""
    offered = shell.ask(f"vrrp-xdp {subcommand} --run-dir /run/other ")
    assert {"web", "mail"} <= offered, offered
    assert not {"web", "mail"} & shell.ask(f"vrrp-xdp {subcommand} --run-dir /run/none ")


@pytest.mark.parametrize("line", ["monitor ", "attach ", "detach ", "doctor ", "run -i "])
def test_interfaces(shell, line):
    assert "lo" in shell.ask(f"vrrp-xdp {line}")


@pytest.mark.parametrize(
    "line, wanted",
    [
        ("attach --mode ", "auto native generic"),
        ("run -a ", "none pw/"),
        ("check --config docs/vrrp-xdp.conf.e", "docs/vrrp-xdp.conf.example"),
        ("check -c docs/vrrp-xdp.conf.e", "docs/vrrp-xdp.conf.example"),
        ("import docs/vrrp-xdp.conf.e", "docs/vrrp-xdp.conf.example"),
        ("status --run-dir completi", "completions"),
    ],
)
def test_values(shell, line, wanted):
    """Of flags; a file may be shown without its directory."""
    offered = {one.rstrip("/").rsplit("/", 1)[-1] for one in shell.ask(f"vrrp-xdp {line}")}
    assert {w.rstrip("/").rsplit("/", 1)[-1] for w in wanted.split()} <= offered, offered

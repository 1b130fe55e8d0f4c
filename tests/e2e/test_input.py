# SPDX-License-Identifier: GPL-2.0-only
"""Bad input: a clear error that says what to do, the documented exit status, nothing half applied."""

import shutil
import subprocess

import pytest

from daemons import BINARY, config, two_agents
from expect import nic
from lab import Lab, holds_for
from test_cli import cli, pinned, xdp_of
from wire import is_advert

GOOD = "[vrrp web]\nvrid = 55\nheartbeat = eth1\npublic = eth0\naddress = 42.51.67.93/24\n"

# description, text, line of the error, what the message must name
BAD_FILES = [
    ("unknown key", GOOD + "colour = red\n", 6, "colour"),
    ("VRID out of range", GOOD.replace("55", "256"), 2, "255"),
    ("VRID 0", GOOD.replace("55", "0"), 2, "1"),
    ("priority 0", GOOD + "priority = 0\n", 6, "255"),
    ("no unit", GOOD + "interval = 100\n", 6, "interval"),
    ("interval too long", GOOD + "interval = 41s\n", 6, "40.95"),
    ("v2 and a fraction of a second", GOOD + "version = 2\ninterval = 100ms\n", 7, "interval"),
    ("key outside a section", "vrid = 1\n" + GOOD, 1, "vrid"),
    ("bracket not closed", GOOD.replace("web]", "web"), 1, ""),
    ("not an address", GOOD.replace("42.51.67.93", "42.51.67"), 5, "42.51.67"),
    ("multicast MAC", GOOD + "mac = 01:00:5e:00:00:12\n", 6, "mac"),
    ("VRID twice", GOOD + GOOD.replace("web", "other"), 7, "55"),
    ("unknown section", "[vrpp web]\n", 1, "vrpp"),
]


pytestmark = pytest.mark.xdp("what is refused receives nothing")


@pytest.fixture(scope="module")
def host():
    """A server for errors that must leave it untouched, each of them."""
    with Lab(servers=1) as made:
        yield made.s1


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("description,text,line,word", BAD_FILES, ids=[r[0] for r in BAD_FILES])
def test_bad_file(host, command, description, text, line, word):
    """FILE:LINE on standard error, exit 2, and nothing was started: by `check` and `run` alike."""
    path = host.directory / "bad.conf"
    path.write_text(text)
    before = nic(host)
    done = cli(host, command, "-c", path, check=False)
    assert done.returncode == 2, done
    assert any(l.startswith(f"{path}:{line}: ") for l in done.stderr.splitlines()), done.stderr
    assert word in done.stderr
    untouched(host, before)


def untouched(host, before):
    assert nic(host) == before
    assert not xdp_of(host)
    assert pinned(host) == []


BAD_ARGUMENTS = [
    ("no command", []),
    ("unknown command", ["fly"]),
    ("unknown flag", ["status", "--yes"]),
    ("vrrpd: VRID out of range", ["run", "-i", "eth1", "-v", "300", "10.51.67.93/24"]),
    ("vrrpd: priority 0", ["run", "-i", "eth1", "-v", "5", "-p", "0", "10.51.67.93/24"]),
    ("vrrpd: no VRID", ["run", "-i", "eth1", "10.51.67.93/24"]),
    ("vrrpd: no address", ["run", "-i", "eth1", "-v", "5"]),
    ("vrrpd: unknown flag", ["run", "-i", "eth1", "-v", "5", "-Y", "10.51.67.93/24"]),
    ("attach without an interface", ["attach"]),
    ("attach with an unknown mode", ["attach", "eth1", "--mode", "warp"]),
    ("detach without an interface", ["detach"]),
    ("file and flags together", ["run", "-c", "x.conf", "-i", "eth1", "-v", "5", "10.51.67.93/24"]),
]


@pytest.mark.parametrize("description,arguments", BAD_ARGUMENTS, ids=[r[0] for r in BAD_ARGUMENTS])
def test_bad_arguments(host, description, arguments):
    """Usage errors: exit 2 with a message."""
    before = nic(host)
    done = cli(host, *arguments, check=False)
    assert done.returncode == 2, done
    assert done.stderr.strip(), "no message"
    untouched(host, before)


@pytest.mark.check
def test_missing_file(host):
    """A configuration that is not there: its name, exit 2."""
    done = cli(host, "run", "-c", host.directory / "none.conf", check=False)
    assert done.returncode == 2 and "none.conf" in done.stderr


def test_missing_interface(host):
    """An interface that is not there, to attach: its name, exit 1, nothing done. What runs waits for it, see
    test_hosts_nic.py."""
    before = nic(host)
    done = cli(host, "attach", "eth7", check=False)
    assert done.returncode == 1 and "eth7" in done.stderr
    untouched(host, before)


def test_no_privilege(lab):
    """As nobody: exit 1, and what is needed."""
    binary = lab.directory / "vrrp-xdp"
    shutil.copy(BINARY, binary)
    path = lab.directory / "nobody.conf"
    path.write_text(config(lab.s1))
    path.chmod(0o644)
    where = ("--run-dir", "/run/vrrp-xdp", "--bpffs", "/sys/fs/bpf/vrrp-xdp")
    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", binary)
    for arguments in (("run", "-c", path), ("attach", "eth1")):
        done = lab.s1.ns.run(*nobody, *arguments, *where, check=False)
        assert done.returncode == 1, done
        said = done.stderr.lower()
        assert "root" in said or "sudo" in said or "cap_" in said, done.stderr
    assert not xdp_of(lab.s1)
    assert lab.s1.ns.run(*nobody, "check", "-c", path).returncode == 0, "checking needs no privilege"


FOREIGN = """
#define SEC(name) __attribute__((section(name), used))
SEC("xdp") int other_pass(void *ctx) { return 2; }
char terms[] SEC("license") = "GPL";
"""


def test_foreign_xdp_program(lab, wire):
    """Somebody else's program stays where it is and is named; --replace is needed to take its place."""
    source, built = lab.directory / "other.c", lab.directory / "other.o"
    source.write_text(FOREIGN)
    command = ["clang", "-target", "bpf", "-O2", "-g", "-c", source, "-o", built]
    subprocess.run([str(c) for c in command], check=True, capture_output=True, timeout=30)
    lab.s1.ns.ip("link", "set", "dev", "eth1", "xdp", "obj", built, "sec", "xdp")

    def program():
        words = lab.s1.ns.ip("-d", "link", "show", "dev", "eth1").split()
        return words[words.index("prog/xdp") + 2] if "prog/xdp" in words else None

    foreign = program()
    assert foreign
    path = lab.s1.directory / "replace.conf"
    path.write_text(config(lab.s1))
    before = nic(lab.s1)
    for arguments in (("attach", "eth1"), ("run", "-c", path)):
        done = cli(lab.s1, *arguments, check=False)
        assert done.returncode == 1, done
        assert "other_pass" in done.stderr and foreign in done.stderr, done.stderr
        assert "--replace" in done.stderr, done.stderr
        assert program() == foreign
        assert pinned(lab.s1) == [] and nic(lab.s1) == before
    # The same where the directory stays in use: the start has fenced eth0 before it failed.
    cli(lab.s1, "attach", "eth0")
    assert cli(lab.s1, "run", "-c", path, check=False).returncode == 1
    assert not [name for name in pinned(lab.s1) if name.startswith("fence_")], pinned(lab.s1)
    cli(lab.s1, "detach", "eth0")
    assert pinned(lab.s1) == [] and nic(lab.s1) == before
    cli(lab.s1, "attach", "eth1", "--replace")
    assert program() not in (None, foreign)
    cli(lab.s1, "detach", "eth1")
    assert program() is None


def test_read_only_bpffs(lab, wire):
    """A bpffs that cannot be written: its path and why, exit 1, nothing attached."""
    lab.s1.bpffs.mkdir()
    mount = ["mount", "-t", "bpf", "bpf", str(lab.s1.bpffs)]
    subprocess.run(mount, check=True, timeout=10)
    subprocess.run(["mount", "-o", "remount,ro", str(lab.s1.bpffs)], check=True, timeout=10)
    before = nic(lab.s1)
    path = lab.s1.directory / "ro.conf"
    path.write_text(config(lab.s1))
    for arguments in (("attach", "eth1"), ("run", "-c", path)):
        done = cli(lab.s1, *arguments, check=False)
        assert done.returncode == 1, done
        assert str(lab.s1.bpffs) in done.stderr and "read-only" in done.stderr.lower(), done.stderr
        assert not xdp_of(lab.s1) and nic(lab.s1) == before


def test_mounted_bpffs(lab, wire):
    """A bpffs that stands already is used; a plain directory gets one: both ways end in the same."""
    lab.s1.bpffs.mkdir()
    subprocess.run(["mount", "-t", "bpf", "bpf", str(lab.s1.bpffs)], check=True, timeout=10)
    first, second = two_agents(lab)
    holds_for(lambda: second.state() == "backup", 0.6, "two hosts of one test never meet")
    assert not wire.frames(is_advert("s2-eth1"))
    assert pinned(lab.s1) and pinned(lab.s2)

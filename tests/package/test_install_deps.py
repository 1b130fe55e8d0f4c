# SPDX-License-Identifier: GPL-2.0-only
"""scripts/install-deps on a copy of this host, with a package manager that is played: when it is asked, and what
it finds. tests/docs looks at the table of the script."""

import pytest

from builds import TOP, output

SCRIPT = "/usr/local/bin/install-deps"  # of the copy, whose /tmp is its own

# The package manager: it writes down what it is asked for, and whether services would be started now; it brings
# back the program that was hidden, and a service that would start at the next boot.
MANAGER = """#!/bin/sh
echo "$(basename "$0") $*" >>/tmp/asked
case " $* " in *" install "*) ;; *) exit 0 ;; esac
[ -x /usr/sbin/policy-rc.d ] && echo guarded >>/tmp/asked
[ ! -e /tmp/hidden ] || mv /tmp/hidden /usr/bin/tmux
mkdir -p /usr/lib/systemd/system
touch /usr/lib/systemd/system/frr.service
"""
DEBIAN = "ID=debian"
UNKNOWN = 'ID=other\nNAME="Another Linux"'


def write(host, path, text):
    script = 'rm -f "$1"; cat >"$1"; chmod 755 "$1"'
    output(*host.inside, "sh", "-c", script, "sh", host.directory / f"root{path}", input=text)


def prepare(host, system, *managers, hidden=True):
    """The system that /etc/os-release says, with these package managers, and without tmux."""
    write(host, SCRIPT, (TOP / "scripts/install-deps").read_text())
    write(host, "/etc/os-release", system)
    for name in managers:
        write(host, f"/usr/local/sbin/{name}", MANAGER)
    host.run("rm", "-f", "/usr/lib/systemd/system/frr.service")
    host.run("touch", "/usr/lib/systemd/system/keepalived.service", "/tmp/asked")
    if hidden:
        host.run("mv", "/usr/bin/tmux", "/tmp/hidden")


def asked(host):
    return host.run("cat", "/tmp/asked").splitlines()


def fails(host, *command):
    with pytest.raises(AssertionError) as failed:
        host.run(*command)
    return str(failed.value)


def test_nothing_is_missing(host):
    """Then no package manager is asked, whatever the system is, and nobody needs to be root."""
    prepare(host, UNKNOWN, "apt-get", "dnf", "zypper", hidden=False)
    assert host.run(SCRIPT, "test") == "install-deps: everything is there\n"
    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
    assert host.run(*nobody, SCRIPT, "test", "--quiet") == ""
    assert asked(host) == []


def test_unknown_system(host):
    """It says what to bring, by the names of programs and libraries, and touches nothing. Another goal, which has
    all that it needs, goes on."""
    prepare(host, UNKNOWN, "apt-get")
    said = fails(host, SCRIPT, "test")
    assert "(other)" in said and "Install what brings these:\n  tmux\n" in said
    assert asked(host) == []
    assert host.run(SCRIPT, "demo") == "install-deps: everything is there\n"


def test_without_libxdp(host):
    """Its header makes a program that joins a dispatcher; the program builds without. So it is installed where
    that can be done, and nobody is held up where not."""
    prepare(host, UNKNOWN, "apt-get", hidden=False)
    host.run("find", "/usr/lib", "/usr/share", "-name", "libxdp.pc", "-delete")
    assert host.run(SCRIPT, "demo") == ""
    write(host, "/etc/os-release", DEBIAN)
    host.run("setpriv", "--reuid", "65534", "--clear-groups", SCRIPT, "demo")
    assert asked(host) == []
    assert host.run(SCRIPT, "demo").splitlines()[-1] == "install-deps: done"
    assert asked(host)[-2].endswith(" install libxdp-dev"), asked(host)


def test_not_root(host):
    prepare(host, DEBIAN, "apt-get")
    said = fails(host, "setpriv", "--reuid", "65534", "--clear-groups", SCRIPT, "test")
    assert "missing: tmux" in said and "sudo scripts/install-deps test" in said
    assert asked(host) == []


ROCKY = 'ID=rocky\nID_LIKE="rhel centos fedora"'
NO_EXTRAS = "--setopt=install_weak_deps=False"


@pytest.mark.parametrize(
    "system, manager, options",
    [
        pytest.param(DEBIAN, "apt-get", "--no-install-recommends install", id="debian"),
        pytest.param('ID=mint\nID_LIKE="ubuntu debian"', "apt-get", "--no-install-recommends install", id="mint"),
        pytest.param("ID=fedora", "dnf", f"{NO_EXTRAS} install", id="fedora"),
        pytest.param(ROCKY, "dnf", f"--enablerepo=crb {NO_EXTRAS} install", id="rocky"),
        pytest.param('ID=opensuse-leap\nID_LIKE="suse opensuse"', "zypper", "install --no-recommends", id="leap"),
    ],
)
def test_install(host, system, manager, options):
    """What is missing and nothing else; no service starts, now or at the next boot, but for those that were there."""
    prepare(host, system, manager)
    assert host.run(SCRIPT, "test").splitlines()[-1] == "install-deps: done"
    (line,) = [line for line in asked(host) if " install " in line]
    assert line.startswith(f"{manager} ") and line.rstrip().endswith(f" {options} tmux"), line
    assert ("guarded" in asked(host)) == (manager == "apt-get")
    assert host.run("sh", "-c", "ls /usr/sbin/policy-rc.d 2>/dev/null || true") == ""
    told = host.asked_of_systemd()
    assert "disable --quiet frr.service" in told and not [line for line in told if "keepalived" in line], told


def test_package_that_does_not_help(host):
    """The packages are there, the program is not: an error, and the guard is gone."""
    prepare(host, DEBIAN, "apt-get")
    host.run("rm", "/tmp/hidden")
    said = fails(host, SCRIPT, "test")
    assert "still missing" in said and "  tmux\n" in said
    assert host.run("sh", "-c", "ls /usr/sbin/policy-rc.d 2>/dev/null || true") == ""

# SPDX-License-Identifier: GPL-2.0-only
"""The packages: lintian's opinion, what is in them, installed and purged without a trace, and the same
bytes from two builds. The .deb is tried on a copy of this host: root only."""

import os
import pathlib
import re
import subprocess

import pytest

from builds import BUILD_SECONDS, TOP, build, output

FILES = """
etc/vrrp-xdp/
usr/lib/systemd/system/vrrp-xdp-metrics.service
usr/lib/systemd/system/vrrp-xdp-metrics.socket
usr/lib/systemd/system/vrrp-xdp.service
usr/sbin/vrrp-xdp
usr/share/bash-completion/completions/vrrp-xdp
usr/share/doc/vrrp-xdp/grafana-dashboard.json
usr/share/doc/vrrp-xdp/moving-from-keepalived.md
usr/share/doc/vrrp-xdp/prometheus-alerts.yml
usr/share/doc/vrrp-xdp/security.md
usr/share/doc/vrrp-xdp/vrrp-xdp.conf.example
usr/share/fish/vendor_completions.d/vrrp-xdp.fish
usr/share/man/man5/vrrp-xdp.conf.5.gz
usr/share/man/man8/vrrp-xdp.8.gz
""".split()
OF_DEBIAN = """
usr/share/doc/vrrp-xdp/CHANGELOG.md
usr/share/doc/vrrp-xdp/README.Debian
usr/share/doc/vrrp-xdp/README.md
usr/share/doc/vrrp-xdp/README.zh-CN.md
usr/share/doc/vrrp-xdp/benchmarks-full.md
usr/share/doc/vrrp-xdp/benchmarks.md
usr/share/doc/vrrp-xdp/changelog.gz
usr/share/doc/vrrp-xdp/copyright
usr/share/doc/vrrp-xdp/faq.md
usr/share/zsh/vendor-completions/_vrrp-xdp
""".split()
OF_RPM = """
usr/share/doc/vrrp-xdp/CHANGELOG.md
usr/share/doc/vrrp-xdp/README.md
usr/share/doc/vrrp-xdp/README.zh-CN.md
usr/share/doc/vrrp-xdp/benchmarks-full.md
usr/share/doc/vrrp-xdp/benchmarks.md
usr/share/doc/vrrp-xdp/faq.md
usr/share/licenses/vrrp-xdp/COPYING
usr/share/zsh/site-functions/_vrrp-xdp
""".split()
VERSION = re.match(r"vrrp-xdp \((\S+)\)", (TOP / "debian/changelog").read_text()).group(1)
# Named by every Debian system that builds packages (build-essential), and by nobody's Build-Depends.
ESSENTIAL = {"gcc", "libc6-dev", "make"}


@pytest.fixture(scope="module")
def debs(tmp_path_factory):
    return build("deb", tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="module")
def rpms(tmp_path_factory):
    return build("rpm", tmp_path_factory.mktemp("rpm"))


@pytest.fixture(scope="module")
def deb(debs):
    (one,) = [d for d in debs if "dbgsym" not in d.name]
    return one


def test_lintian(deb):
    (changes,) = deb.parent.glob("*.changes")
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", changes],
        capture_output=True, text=True, timeout=BUILD_SECONDS,
    )  # fmt: skip
    said = [line for line in done.stdout.splitlines() if not line.startswith("N:")]
    assert done.returncode == 0 and not said, f"{done.stdout}{done.stderr}"


def test_files_of_the_deb(deb):
    listed = output("dpkg-deb", "--contents", deb).splitlines()
    names = [line.split()[5].removeprefix("./") for line in listed if line[0] != "d"]
    # Debian 12 has its units below /lib, which is the same place.
    names = [re.sub("^lib/systemd", "usr/lib/systemd", name) for name in names]
    empty = [line.split()[5].removeprefix("./") for line in listed if line.endswith("/etc/vrrp-xdp/")]
    assert sorted(names + empty) == sorted(FILES + OF_DEBIAN)
    modes = {line.split()[5].removeprefix("./"): line.split()[0] for line in listed}
    assert [name for name, mode in modes.items() if mode[0] != "d" and "x" in mode] == ["usr/sbin/vrrp-xdp"]
    assert all(line.split()[1] == "root/root" for line in listed)


def test_files_of_the_rpm(rpms):
    (rpm,) = [r for r in rpms if ".src." not in r.name]
    listed = output("rpm", "-qp", "--queryformat", "[%{FILEMODES:perms} %{FILENAMES}\n]", rpm).splitlines()
    names = [line.split()[1].strip("/") for line in listed if line[0] != "d" or "/etc/" in line]
    wanted = [f.rstrip("/") for f in FILES + OF_RPM]
    # A distribution's rpm compresses man pages; one that does not is none the worse.
    plain = sorted(name.removesuffix(".gz") for name in names)
    assert plain == sorted(w.removesuffix(".gz") for w in wanted)


def needs_of_the_build(system):
    return set(output(TOP / "scripts/install-deps", "build", "--list", "--on", system).split())


def test_build_depends():
    """What the package says it is built from is what scripts/install-deps installs for that."""
    control = (TOP / "debian/control").read_text()
    field = re.search(r"^Build-Depends:(.*?)^\S", control, re.M | re.S).group(1)
    depends = {re.match(r"[\w.+-]+", word.strip()).group() for word in field.split(",")}
    assert depends - {"debhelper-compat"} == needs_of_the_build("debian") - ESSENTIAL


def test_build_requires():
    """The same of the rpm. Its pkgconfig() requirements bring pkg-config, and gcc brings the C library."""
    spec = (TOP / "packaging/vrrp-xdp.spec").read_text()
    requires = set(re.findall(r"^BuildRequires: +(\S+)$", spec, re.M))
    assert requires - {"systemd-rpm-macros"} == needs_of_the_build("fedora") - {"glibc-devel", "pkgconf-pkg-config"}


def test_libraries_of_the_container(deb):
    """The image has those that the program is linked with, and libxdp, which it opens by name."""
    depends = output("dpkg-deb", "--field", deb, "Depends").split(", ")
    linked = {re.match(r"[\w.+-]+", word).group().removesuffix("t64") for word in depends}
    line = re.search(r"--no-install-recommends (lib.*?) \\$", (TOP / "packaging/Containerfile").read_text(), re.M)
    assert set(line.group(1).split()) == linked - {"libc6", "libtinfo6"} | {"libxdp1"}


def test_one_version(deb, rpms, tmp_path):
    """The changelog's, wherever there is one."""
    assert output("dpkg-deb", "--field", deb, "Version").strip() == VERSION
    for rpm in rpms:
        assert output("rpm", "-qp", "--queryformat", "%{VERSION}", rpm) == VERSION
    output("dpkg-deb", "--extract", deb, tmp_path)
    assert output(tmp_path / "usr/sbin/vrrp-xdp", "--version") == f"vrrp-xdp {VERSION}\n"
    where = subprocess.run(["grep", "-rlF", VERSION, "Makefile", "packaging", "src"], cwd=TOP, capture_output=True)
    assert not where.stdout, f"the version stands there, too: {where.stdout}"


def test_no_path_of_the_build(deb, tmp_path):
    """Also a requirement of the same bytes; this says where."""
    output("dpkg-deb", "--extract", deb, tmp_path)
    found = subprocess.run(["grep", "-rl", str(deb.parent), tmp_path], capture_output=True, text=True)
    assert not found.stdout


def changes_of_agent(asked):
    """Those that would start, stop or enable it."""
    verbs = {"start", "stop", "restart", "try-restart", "enable", "disable", "preset"}
    return [line for line in asked if "vrrp-xdp.service" in line and verbs & set(line.split())]


def test_install_upgrade_remove_purge(host, deb):
    assert host.traces() == []
    host.run("mkdir", "/tmp/deb")
    output(*host.inside, "cp", deb, host.directory / "root/tmp/deb/one.deb")
    host.run("dpkg", "--install", "/tmp/deb/one.deb")
    assert not changes_of_agent(host.asked_of_systemd()), "installed, and nothing started or enabled"
    assert "usr/sbin/vrrp-xdp" in host.traces()
    assert not [path for path in host.traces() if ".wants" in path]
    assert host.run("vrrp-xdp", "check", "-c", "/usr/share/doc/vrrp-xdp/vrrp-xdp.conf.example")

    # What is there when it has been used for a while.
    for path in ("etc/vrrp-xdp/vrrp-xdp.conf", "etc/vrrp-xdp/key1", "run/vrrp-xdp/record", "var/lib/vrrp-xdp/history"):
        host.run("sh", "-c", f"mkdir -p -m 700 /{os.path.dirname(path)} && echo x >/{path}")
    host.run("vrrp-xdp", "attach", "v0")
    assert "xdp" in host.run("ip", "link", "show", "dev", "v0")

    host.run("dpkg", "--install", "/tmp/deb/one.deb")
    asked = host.asked_of_systemd()
    assert "--system daemon-reload" in asked and "try-reload-or-restart vrrp-xdp.service" in asked, asked
    assert not changes_of_agent(asked), "an upgrade is no failover"
    assert "xdp" in host.run("ip", "link", "show", "dev", "v0")

    host.run("dpkg", "--remove", "vrrp-xdp")
    assert any(line.startswith("stop ") and "vrrp-xdp.service" in line for line in host.asked_of_systemd())
    assert "xdp" not in host.run("ip", "link", "show", "dev", "v0"), "nobody is there to take it off"
    assert "etc/vrrp-xdp/key1" in host.traces(), "that is the purge's"

    # As after a crash: pins, and no program to take them away.
    host.run("mkdir", "-p", "-m", "700", "/sys/fs/bpf/vrrp-xdp")
    pin = "/sys/fs/bpf/vrrp-xdp/listeners"
    host.run("bpftool", "map", "create", pin, "type", "array", "key", "4", "value", "4", "entries", "1", "name", "x")
    host.run("dpkg", "--purge", "vrrp-xdp")
    assert host.traces() == []
    assert host.run("find", "/sys/fs/bpf", "-mindepth", "1", "-name", "vrrp-xdp*") == ""


# A master that is killed: its address stays on the interface, behind the fence.
DEAD_MASTER = """
set -eu
ip addr add 192.0.2.1/24 dev v0
ip link set v1 up
vrrp-xdp run -i v0 -v 55 192.0.2.93/24 >/tmp/agent 2>&1 &
for i in $(seq 600); do
	vrrp-xdp status --json | grep -q '"state":"master"' && ip -o addr show dev v0 | grep -qF 192.0.2.93 && break
	[ "$i" -lt 600 ] || { cat /tmp/agent; exit 1; }
	sleep 0.1
done
kill -9 $!
wait $! || :
"""


def rpm_on_debian(mode):
    """Debian 12's rpm installs only what is forced on it; that of Debian 13 has no such word, and brings a plugin
    that runs scripts without the host's network and /tmp, which Fedora does not install."""
    forced = "--force-debian" in output("rpm", "--help")
    return ["rpm", mode, "--noplugins", *(["--force-debian"] if forced else [])]


def refused(host, *command):
    with pytest.raises(AssertionError) as failed:
        host.run(*command)
    return str(failed.value)


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_removed_behind_a_dead_master(host, kind, request):
    """It puts back what the master left on the interface. Where it cannot, the package stays, and so does the
    fence; and the fence also stays where somebody forces it."""
    if kind == "deb":
        package, remove = request.getfixturevalue("deb"), ["dpkg", "--remove", "vrrp-xdp"]
        install = ["dpkg", "--install", "/tmp/one.deb"]
    else:
        (package,) = [r for r in request.getfixturevalue("rpms") if ".src." not in r.name]
        remove = [*rpm_on_debian("--erase"), "vrrp-xdp"]
        install = [*rpm_on_debian("--install"), "--nodeps", "/tmp/one.rpm"]
    output(*host.inside, "cp", package, host.directory / f"root/tmp/one.{kind}")
    host.run(*install)
    host.run("bash", "-c", DEAD_MASTER)
    host.run("mv", "/run/vrrp-xdp/takeover-vrrp-55", "/tmp/record")
    host.run("touch", "/run/vrrp-xdp/takeover-vrrp-55")
    said = refused(host, *remove)
    assert "ip address del 192.0.2.93/24 dev v0" in said, said
    assert "usr/sbin/vrrp-xdp" in host.traces() and "192.0.2.93" in host.run("ip", "addr", "show", "dev", "v0")
    fence = ["find", "/sys/fs/bpf/vrrp-xdp", "-name", "fence_*"]
    pins = host.run(*fence)
    assert pins
    if kind == "deb":
        output(*host.inside, "cp", TOP / "debian/vrrp-xdp.postrm", host.directory / "root/tmp/postrm")
        host.run("sh", "/tmp/postrm", "purge")
        assert host.run(*fence) == pins
    host.run("mv", "/tmp/record", "/run/vrrp-xdp/takeover-vrrp-55")
    host.run(*remove)
    assert "192.0.2.93" not in host.run("ip", "addr", "show", "dev", "v0")
    assert host.run("find", "/sys/fs/bpf", "-mindepth", "1", "-name", "vrrp-xdp*") == ""


def test_rpm_install_upgrade_erase(host, rpms):
    """rpm knows no purge: what somebody wrote stays, and nothing else."""
    (rpm,) = [r for r in rpms if ".src." not in r.name]
    output(*host.inside, "cp", rpm, host.directory / "root/tmp/one.rpm")
    # Debian's rpm has no database of what Debian installed.
    host.run(*rpm_on_debian("--install"), "--nodeps", "/tmp/one.rpm")
    assert not changes_of_agent(host.asked_of_systemd()), "installed, and nothing started or enabled"
    host.run("sh", "-c", "echo x >/etc/vrrp-xdp/key1")
    host.run("vrrp-xdp", "attach", "v0")

    host.run(*rpm_on_debian("--upgrade"), "--force", "--nodeps", "/tmp/one.rpm")
    asked = host.asked_of_systemd()
    assert "try-reload-or-restart vrrp-xdp.service" in asked, asked
    assert not changes_of_agent(asked), "an upgrade is no failover"

    host.run(*rpm_on_debian("--erase"), "vrrp-xdp")
    assert "xdp" not in host.run("ip", "link", "show", "dev", "v0")
    assert any(line.startswith("disable --now ") for line in host.asked_of_systemd())
    # An empty directory goes, of which rpm does not know that a package of Debian's has it, too.
    traces = [path for path in host.traces() if "rpm" not in path and not path.endswith("completions.d")]
    assert traces == ["etc/vrrp-xdp", "etc/vrrp-xdp/key1"]


@pytest.mark.parametrize("kind", ["deb", "rpm"])
def test_same_bytes(kind, debs, rpms, tmp_path):
    """In another directory, time zone, locale and home, a while later, and without git's help."""
    first = debs if kind == "deb" else rpms
    other = {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "HOME": str(tmp_path), "GIT_DIR": "/nowhere"}
    second = build(kind, tmp_path / "elsewhere", **other)
    assert [p.name for p in first] == [p.name for p in second] and first
    different = [a.name for a, b in zip(first, second) if a.read_bytes() != b.read_bytes()]
    assert not different

# SPDX-License-Identifier: GPL-2.0-only
"""The packages, built in directories of their own, and a copy of this host to install one on.

The copy is an overlay over the host's root in a mount and a network namespace: what is done there is
seen by nobody else, and gone with the process. Never judges.
"""

import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD_SECONDS = 1200  # beside other tests, at idle priority


def build(kind, directory, **environment):
    """Its packages in a new directory: a list of paths."""
    done = subprocess.run(
        [TOP / "scripts/package", kind, directory],
        cwd="/", env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=BUILD_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, f"make {kind}: {done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return sorted(p for p in directory.iterdir() if p.suffix in (".deb", ".rpm"))


def output(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


# A host that uses the program has these two; they are no part of the copy.
HIDDEN = ("etc/vrrp-xdp", "var/lib/vrrp-xdp")

# systemctl is played: it writes down what it is asked to do. /run/systemd/system says that it is there.
HOST = """
set -eu
base=$1
mount -t tmpfs tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root"
for path in etc/vrrp-xdp var/lib/vrrp-xdp; do
	mkdir -p "$base/hide/$(dirname $path)"
	mknod "$base/hide/$path" c 0 0
done
mount -t overlay overlay -o "lowerdir=$base/hide:/,upperdir=$base/upper,workdir=$base/work" "$base/root"
mkdir -p "$base/root/sys/fs/bpf" "$base/root/run/systemd/system"
mount -t bpf bpf "$base/root/sys/fs/bpf"
mount -t proc proc "$base/root/proc"
mkdir -p "$base/root/sys/devices"
mount --bind /sys/devices "$base/root/sys/devices"
mount --rbind /dev "$base/root/dev"
mount -t tmpfs tmpfs "$base/root/tmp"
rm -f "$base/root/usr/sbin/policy-rc.d"
rm -f "$base/root/usr/bin/systemctl" "$base/root/bin/systemctl"
printf '#!/bin/sh\\necho "$@" >>/tmp/systemctl\\n' >"$base/root/usr/bin/systemctl"
chmod 755 "$base/root/usr/bin/systemctl"
: >"$base/root/tmp/systemctl"
ip link add v0 type veth peer name v1
ip link set v0 up
echo ready
exec sleep infinity
"""
# Who works in a network takes the kernel's lock of all NICs of all namespaces. At idle priority
# (scripts/run-tests), it would wait for a CPU with this lock, and all others wait for it.
NOT_IDLE = ["chrt", "--other", "0"]
PLAYED = {"usr/bin/systemctl", "bin/systemctl", "usr/sbin/policy-rc.d", "run/systemd", "run/systemd/system"}
# What dpkg and its triggers write for themselves.
BOOKKEEPING = ("var/lib/dpkg", "var/log", "var/cache", "etc/ld.so.cache", "proc", "dev", "sys", "tmp")


class Host:
    def __init__(self, directory):
        self.directory = directory
        self.child = subprocess.Popen(
            [*NOT_IDLE, "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
            + ["sh", "-c", HOST, "sh", str(directory)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        line = self.child.stdout.readline()
        assert line == "ready\n", line + self.child.stdout.read()
        children = pathlib.Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text()
        self.inside = [*NOT_IDLE, "nsenter", "--target", children.split()[0], "--mount", "--net", "--pid"]

    def run(self, *command):
        """In the copy."""
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        environment = {"PATH": path, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
        return output(*self.inside, "chroot", self.directory / "root", *command, env=environment)

    def asked_of_systemd(self):
        """Since the last time."""
        said = self.run("sh", "-c", "cat /tmp/systemctl; : >/tmp/systemctl")
        return said.splitlines()

    def traces(self):
        """Paths that differ from the host's, but for what dpkg keeps for itself and what is played here."""
        script = 'cd "$1" && find . -mindepth 1 -printf "%y %P\\n"'
        found = output(*self.inside, "sh", "-c", script, "sh", self.directory / "upper")
        different = []
        for kind, name in (line.split(" ", 1) for line in found.splitlines()):
            if name in PLAYED or any(name == b or name.startswith(f"{b}/") for b in BOOKKEEPING):
                continue
            # A directory that only holds changes is the host's own.
            if kind == "d" and name not in HIDDEN and pathlib.Path("/", name).is_dir():
                continue
            different.append(name)
        return different

    def close(self):
        self.child.kill()
        self.child.wait()

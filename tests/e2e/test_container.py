# SPDX-License-Identifier: GPL-2.0-only
"""docs/container.md: two agents with the capabilities and the mounts that its command has, and no others, fail over;
and none of the capabilities is too many. What is played here is the container: its root, its mounts, its privileges."""

import re
import shlex
import subprocess

import pytest

import sandbox
from daemons import BINARY, Agent, config
from expect import Takeover, nic, nic_master, nic_standby, wait_nic
from lab import PUBLIC_VIP, TOP, wait_until
from test_sandbox import status_of
from wire import is_reply

# A root that nobody can write to: the host's programs and libraries, and an empty directory for each mount.
CONTAINER = """
set -eu
root=$1 binary=$2 volumes=$3 capabilities=$4
shift 4
mount -t tmpfs -o mode=0755 tmpfs "$root"
mkdir "$root/usr" "$root/proc" "$root/sys" "$root/dev"
for name in bin sbin lib lib64; do
	[ ! -e "/$name" ] || ln -s "usr/$name" "$root/$name"
done
touch "$root/vrrp-xdp" "$root/dev/null"
mount --bind "$binary" "$root/vrrp-xdp"
mount --bind /dev/null "$root/dev/null"
for name in usr proc sys; do
	mount --rbind "/$name" "$root/$name"
	mount -o remount,bind,ro "$root/$name"
done
for volume in $volumes; do
	host=${volume%%=*} path=${volume#*=}
	mkdir -p "$root${path%:ro}"
	mount --bind "$host" "$root${path%:ro}"
	[ "$path" = "${path%:ro}" ] || mount -o remount,bind,ro "$root${path%:ro}"
done
mount -o remount,bind,ro "$root"
cd "$root"
pivot_root . .
umount -l .
exec setpriv --bounding-set "-all,$capabilities" --inh-caps -all --no-new-privs "$@"
"""


def documented():
    """The words of the command that the page has."""
    page = (TOP / "docs/container.md").read_text()
    command = re.search(r"^podman run (.*?[^\\])$", page, re.M | re.S).group(1)
    return shlex.split(command.replace("\\\n", " "))


def values(option):
    words = documented()
    return [words[i + 1] for i, word in enumerate(words) if word == option]


CAPABILITIES = [name.lower() for name in values("--cap-add")]


class Contained(Agent):
    """An agent in such a container, with the directories that are its server's for those of the page."""

    def __init__(self, lab, server, text, capabilities):
        self.capabilities = capabilities
        server.bpffs = server.directory / "sys-fs-bpf/vrrp-xdp"
        self.volumes = {
            "/etc/vrrp-xdp": server.directory / "etc",
            "/run/vrrp-xdp": server.run_dir,
            "/var/lib/vrrp-xdp": server.directory / "lib",
            "/sys/fs/bpf": server.bpffs.parent,
        }
        for directory in self.volumes.values():
            directory.mkdir(mode=0o700, exist_ok=True)
        (server.directory / "root").mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "bpf", "bpf", server.bpffs.parent], check=True, timeout=10)
        (server.directory / "etc/vrrp-xdp.conf").write_text(text)
        super().__init__(lab, server, text)

    def start(self):
        mounts = [volume.split(":", 1) for volume in values("-v")]
        assert [host for host, _ in mounts] == list(self.volumes)
        volumes = " ".join(f"{self.volumes[host]}={path}" for host, path in mounts)
        capabilities = ",".join(f"+{name}" for name in self.capabilities)
        around = ("unshare", "--mount", "sh", "-c", CONTAINER, "sh", self.server.directory / "root")
        command = ("/vrrp-xdp", "run", "-c", "/etc/vrrp-xdp/vrrp-xdp.conf")
        self._start(*around, BINARY, volumes, capabilities, *command)
        return self


def text(server, **keys):
    return f"[agent]\nlog-level = debug\n\n{config(server, **keys)}"


@pytest.mark.xdp("privileges of the programs")
def test_two_containers(lab, wire):
    """One is killed, its container starts again and repairs, and both are stopped."""
    original = [nic(server) for server in lab.servers]
    high = Contained(lab, lab.s1, text(lab.s1, priority=150), CAPABILITIES).wait_state("master", 10)
    low = Contained(lab, lab.s2, text(lab.s2), CAPABILITIES).wait_state("backup", 10)
    wait_until(lambda: low.instance()["master"], 3, "s2 hears s1")
    mask = sum(1 << sandbox.CAPABILITIES.index(name) for name in CAPABILITIES)
    for agent in (high, low):
        now = status_of(agent.child.pid)
        assert {int(now[key], 16) for key in ("CapPrm", "CapEff", "CapBnd")} == {mask}
        instance = agent.instance()
        assert instance["paths"][0]["mode"] == "native" and instance["fence"]["hook"] != "none"
        complaints = ("not rehearsed", "cannot", "not permitted", "not locked", "no real-time")
        assert not [line for line in agent.output().splitlines() if any(c in line for c in complaints)]
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 5, what="answer of s1 to the client's ping")
    dead = lab.block(lab.s1)
    high.kill()
    takeover = Takeover(wire, lab.s2, dead)
    assert takeover.reply.t > takeover.advert.t
    wait_nic(lab.s2, nic_master)
    lab.unblock(lab.s1)
    high.start().wait_state("master", 10)
    low.wait_state("backup")
    high.says("undid the changes")  # the record of a container outlives it
    assert high.stop() == 0 and low.stop() == 0
    for server, before in zip(lab.servers, original):
        wait_nic(server, nic_standby)
        assert nic(server)[1] == before[1]


@pytest.mark.xdp("privileges of the programs")
@pytest.mark.parametrize(
    "capability, lost",
    [
        ("bpf", "BPF maps cannot be used on this host"),
        ("perfmon", "the XDP program cannot be used on this host"),
        ("sys_nice", "no real-time scheduling"),
        ("ipc_lock", "memory is not locked"),
    ],
)
def test_without_one(lab, capability, lost):
    """What the page says is lost without it. Without the other two nothing works."""
    assert set(CAPABILITIES) - {"net_admin", "net_raw"} == {"bpf", "perfmon", "sys_nice", "ipc_lock"}
    fewer = [name for name in CAPABILITIES if name != capability]
    agent = Contained(lab, lab.s1, text(lab.s1), fewer).wait_state("master", 10)
    agent.says(lost)

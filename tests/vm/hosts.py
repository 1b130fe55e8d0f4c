# SPDX-License-Identifier: GPL-2.0-only
"""The lab with two real servers: virtual machines whose virtio NICs are plugged into its switch.

    client eth0 --- brpub  --- s1-eth0, s2-eth0 === eth0 of the guests s1, s2
                    brpriv --- s1-eth1, s2-eth1 === eth1

Bridges, taps and client live in network namespaces that only this process holds, as in tests/e2e/lab.py,
whose Lab this is; the guests' memory and disks are files of this run. A guest is spoken to over a virtio
console (a shell command and its output) and over qemu's monitor. Never decides what is right.
"""

import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import image
from lab import (
    BRIDGES, GATEWAY, OWN_MAC, PUBLIC_VIP, SHARED_MAC, Lab, Namespace, Server, Switch, client_lines,
    stop_process, wait_until,
)  # fmt: skip
from machine import QEMU, WORK

BOOT_SECONDS = 600  # emulated, on a machine that does other things, too
# s1 takes native XDP with qemu's defaults. virtio_net refuses it where it cannot switch offloads of the host
# off: s2 is such a machine, and falls back to generic.
OFFLOADS = {"s1": "", "s2": ",ctrl_guest_offloads=off"}
MODES = {"s1": "native", "s2": "generic"}


@functools.cache
def accel(kernel):
    """kvm where a kernel gets as far as having no disk in it, soon; else tcg."""
    try:
        done = subprocess.run(
            [QEMU, "-machine", "pc", "-accel", "kvm", "-cpu", "max", "-m", "256", "-nodefaults", "-no-reboot"]
            + ["-display", "none", "-serial", "stdio", "-kernel", kernel, "-append", "console=ttyS0 panic=-1"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=10,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "tcg"
    return "kvm" if done.returncode == 0 and b"Kernel panic" in done.stdout else "tcg"


# For conditions that cost an emulated processor something.
slowly = functools.partial(wait_until, every=0.5)


class Inside(Namespace):
    """The network of a guest, with what tests ask of a namespace: commands go through its console."""

    def __init__(self, guest):
        self.name, self.guest, self.fd = guest.name, guest, -1

    def run(self, *command, check=True, timeout=30, input=None):
        text = " ".join(str(c) for c in command)
        if input is not None:
            text += f" <<'END'\n{input}\nEND"
        return self.guest.sh(text, check=check, timeout=timeout)


class Guest(Server):
    def __init__(self, lab, number, made, directory):
        self.lab, self.name, self.number = lab, f"s{number}", 92 + number
        self.directory = lab.directory / self.name
        self.directory.mkdir()
        self.public, self.private = f"192.168.1.{self.number}", f"10.51.67.{self.number - 80}"
        self.own_mac = OWN_MAC[self.name]
        self.macs = {"eth0": self.own_mac, "eth1": f"02:00:00:00:67:0{number}"}
        self.ns = Inside(self)
        self.kernel, self.ramdisk, disk = made
        self.disk = image.overlay(disk, directory / f"{self.name}.qcow2")
        self.console = WORK / f"console-{self.name}.txt"
        self.console.write_text("")
        self.child = None
        self._answers, self._number, self._heard = {}, 0, threading.Condition()
        self.boot_id = None

    # ---- power -----------------------------------------------------------------------------------

    def nic(self, interface):
        n = int(interface[-1])
        return {
            "driver": "virtio-net-pci", "netdev": f"h{n}", "id": interface, "mac": self.macs[interface],
            "addr": f"{n + 4:#x}", "romfile": "",
        }  # fmt: skip

    def power_on(self, snapshot=None):
        """Starts; wait_up() says when there is somebody. With a snapshot, somebody is there at once."""
        assert self.child is None or self.child.poll() is not None, "still runs"
        nics = []
        for interface, device in ((i, self.nic(i)) for i in ("eth0", "eth1")):
            netdev = f"tap,id={device['netdev']},ifname={self.port(interface)},script=no,downscript=no"
            words = ",".join(f"{k}={v}" for k, v in device.items() if k != "driver")
            nics += ["-netdev", netdev, "-device", f"virtio-net-pci,{words}{OFFLOADS[self.name]}"]
        for name in ("control", "monitor"):
            (self.directory / name).unlink(missing_ok=True)
        command = [
            QEMU, "-name", self.name, "-machine", "pc", "-accel", accel(str(self.kernel)), "-cpu", "max",
            "-smp", "1", "-m", "384", "-nodefaults", "-display", "none",
            "-chardev", f"file,id=console,path={self.console},append=on", "-serial", "chardev:console",
            "-device", "virtio-serial-pci,addr=0x3",
            "-chardev", f"socket,id=control,path={self.directory}/control,server=on,wait=off",
            "-device", "virtserialport,chardev=control,name=control",
            "-qmp", f"unix:{self.directory}/monitor,server=on,wait=off",
            "-drive", f"file={self.disk},if=none,id=disk,format=qcow2,cache=unsafe",
            "-device", "virtio-blk-pci,drive=disk,addr=0x2", *nics,
            "-kernel", self.kernel, "-initrd", self.ramdisk, "-append",
            "console=ttyS0 quiet loglevel=4 panic=-1 net.ifnames=0 mitigations=off systemd.show_status=no "
            f"server.name={self.name} server.public={self.public} server.private={self.private}",
        ]  # fmt: skip
        if snapshot:
            command += ["-loadvm", snapshot]
        self.log = open(self.directory / "qemu.log", "ab")
        self.boot_id = None
        self.child = self.lab.switch.popen(
            *command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT
        )
        self.lab.on_close(stop_process, self.child)
        self._control = self._connect("control")
        self._monitor = self._connect("monitor")
        self._read_line(self._monitor)
        self.qmp("qmp_capabilities")
        threading.Thread(target=self._listen, args=(self._control,), daemon=True).start()
        if snapshot:
            # Its clock stood still meanwhile.
            self.sh(f"date -s @{time.time():.3f}", timeout=BOOT_SECONDS)
            self.boot_id = self.sh("cat /proc/sys/kernel/random/boot_id").stdout.strip()

    def save(self, name):
        said = self.qmp("human-monitor-command", **{"command-line": f"savevm {name}"})
        assert not said, said

    def power_off(self):
        """The plug is pulled. Returns when it was, in ns of realtime."""
        at = time.time_ns()
        stop_process(self.child)
        for s in (self._control, self._monitor):
            s.close()
        return at

    def wait_up(self, other_than=None):
        """A boot, and not that one: systemd has come to its target."""
        wait_until(lambda: self.boot_id not in (None, other_than), BOOT_SECONDS, self.words)
        state = self.sh("systemctl is-system-running --wait", check=False, timeout=BOOT_SECONDS).stdout.strip()
        assert state in ("running", "degraded"), state
        return self

    def words(self):
        """The last ones of its console, and qemu's."""
        logs = [p for p in (self.console, self.directory / "qemu.log") if p.exists()]
        said = [line for p in logs for line in p.read_text(errors="replace").splitlines()[-30:]]
        return "\n".join([f"{self.name}:", *said])

    # ---- its monitor and its shell ---------------------------------------------------------------

    def _connect(self, name):
        s = socket.socket(socket.AF_UNIX)
        path = self.directory / name

        def connected():
            assert self.child.poll() is None, self.words()
            try:
                s.connect(str(path))
            except OSError:
                return False
            return True

        wait_until(connected, 20, self.words)
        return s

    @staticmethod
    def _read_line(s):
        got = b""
        while not got.endswith(b"\n"):
            one = s.recv(1)
            if not one:
                raise AssertionError("qemu's monitor has gone")
            got += one
        return json.loads(got)

    def qmp(self, command, **arguments):
        """One command of qemu's monitor, and its answer."""
        self._monitor.settimeout(20)
        order = {"execute": command}
        if arguments:
            order["arguments"] = arguments
        self._monitor.sendall(json.dumps(order).encode() + b"\n")
        while True:
            answer = self._read_line(self._monitor)
            if "return" in answer or "error" in answer:
                assert "return" in answer, f"{command}: {answer}"
                return answer["return"]

    def _listen(self, s):
        have = b""
        while True:
            try:
                got = s.recv(65536)
            except OSError:
                return
            if not got:
                return
            have += got
            *lines, have = have.split(b"\n")
            with self._heard:
                for line in lines:
                    words = line.decode(errors="replace").split(" ")
                    if words[0] == "hello":
                        self.boot_id = words[1]
                    elif len(words) == 3 and words[0].isdigit():
                        self._answers[int(words[0])] = int(words[1]), words[2]
                self._heard.notify_all()

    def send(self, command):
        """A shell command, whose end is not waited for. Its number."""
        with self._heard:
            self._number += 1
            number = self._number
        self._control.sendall(f"{number} {command.encode().hex()}\n".encode())
        return number

    def sh(self, command, check=True, timeout=60):
        """A shell command as root in the guest; output and errors are one text."""
        number = self.send(command)
        with self._heard:
            if not self._heard.wait_for(lambda: number in self._answers, timeout):
                raise AssertionError(f"{self.name}: no end within {timeout} s: {command}\n{self.words()}")
            status, out = self._answers.pop(number)
        out = bytes.fromhex(out).decode(errors="replace")
        if check and status != 0:
            raise AssertionError(f"{self.name}: exit {status}: {command}\n{out}")
        return subprocess.CompletedProcess(command, status, out, "")

    def put(self, path, text, mode=0o644):
        self.sh(f"mkdir -p {os.path.dirname(path)} && printf %s {quoted(text)} >{path} && chmod {mode:o} {path}")

    # ---- the agent, as a service -------------------------------------------------------------------

    def configuration(self, priority, **keys):
        """The README's, for this server."""
        lines = {
            "vrid": 55, "heartbeat": "eth1", "public": "eth0", "address": f"{PUBLIC_VIP}/24", "gateway": GATEWAY,
            "mac": SHARED_MAC, "priority": priority, "standby-address": f"{self.public}/24",
            "standby-gateway": "192.168.1.1", **keys,
        }  # fmt: skip
        return "[vrrp web]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items() if v is not None)

    def status(self):
        done = self.sh("vrrp-xdp status --json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {"agent": {}, "instances": []}

    def instance(self):
        return next(iter(self.status()["instances"]), None)

    def state(self):
        """Of the running agent; None while there is none."""
        status = self.status()
        if not status["agent"].get("pid") or not status["instances"]:
            return None
        return status["instances"][0]["state"]

    def wait_state(self, state, timeout=120):
        slowly(
            lambda: self.state() == state,
            timeout,
            lambda: f"{self.name}: {state}, is {self.state()}\n{self.journal()}",
        )

    def journal(self, lines=60):
        return self.sh(f"journalctl -b -u vrrp-xdp -n {lines} --no-pager -o cat", check=False).stdout

    def pid(self):
        return int(self.sh("systemctl show -P MainPID vrrp-xdp").stdout)

    # ---- its NICs ----------------------------------------------------------------------------------

    def unplug(self, interface):
        """The guest is asked to let go, and does; then the NIC is gone."""
        at = time.time_ns()
        self.qmp("device_del", id=interface)
        slowly(
            lambda: interface not in [one["name"] for one in self.qmp("qom-list", path="/machine/peripheral")],
            60,
            lambda: f"{self.name}: {interface} is unplugged\n{self.words()}",
        )
        assert self.sh(f"test -e /sys/class/net/{interface}", check=False).returncode != 0
        return at

    def plug(self, interface):
        device = self.nic(interface)
        if OFFLOADS[self.name]:
            device["ctrl_guest_offloads"] = "off"
        self.qmp("device_add", **device)

    def add_nic(self, interface, bridge):
        """One more than it was started with, plugged into that bridge of the switch."""
        port, n = self.port(interface), interface[-1]
        self.lab.switch.batch(f"tuntap add {port} mode tap\nlink set {port} master {bridge} up\n")
        self.macs[interface] = f"02:00:00:00:{self.number}:0{n}"
        self.qmp("netdev_add", type="tap", id=f"h{n}", ifname=port, script="no", downscript="no")
        self.plug(interface)
        found = f"test -e /sys/class/net/{interface}"
        slowly(lambda: self.sh(found, check=False).returncode == 0, 60, self.words)

    def remove_nic(self, interface):
        self.unplug(interface)
        self.qmp("netdev_del", id=f"h{interface[-1]}")
        self.lab.switch.ip("link", "del", self.port(interface))


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


class VmLab(Lab):
    """Switch and client as in every lab; the servers are guests."""

    def _build(self, count, _second):
        self.switch = self._namespace(Switch.take())
        self.client = self._namespace(Namespace("client"))
        made = image.disk()
        work = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=WORK))
        self._stack.callback(shutil.rmtree, work, ignore_errors=True)
        self.client.sysctl("net.ipv6.conf.default.accept_dad", 0)
        self.client.sysctl("net.ipv6.conf.default.accept_ra", 0)
        self.client.ip("link", "set", "lo", "up")
        self.nics = ["eth0", "eth1"]
        self.servers = [Guest(self, n, made, work) for n in range(1, count + 1)]
        lines = client_lines(self.client)
        for server in self.servers:
            for nic in self.nics:
                lines += f"tuntap add {server.port(nic)} mode tap\n"
                lines += f"link set {server.port(nic)} master {BRIDGES[nic]} up\n"
        self.switch.press("ip", "-batch", "-", input=lines)
        self.client.batch(
            f"addr add {GATEWAY}/24 dev eth0\naddr add 192.168.1.1/24 dev eth0\nlink set eth0 up\n"
        )

    def boot(self):
        """Both, as they are a moment after a boot. That moment is kept, and is where the next run begins."""
        kept = [WORK / f"ready-{s.name}.qcow2" for s in self.servers]
        stamp, wanted = WORK / "ready.stamp", self._ready()
        if stamp.exists() and stamp.read_text() == wanted and all(path.exists() for path in kept):
            for server, path in zip(self.servers, kept):
                shutil.copy(path, server.disk)
                server.power_on("ready")
            return
        stamp.unlink(missing_ok=True)
        for server in self.servers:
            server.power_on()
        for server, path in zip(self.servers, kept):
            server.wait_up()
            server.qmp("stop")
            server.save("ready")
            shutil.copy(server.disk, path)
            server.qmp("cont")
        stamp.write_text(wanted)

    def _ready(self):
        """What a kept moment depends on: the disk, and the machine around it."""
        parts = [(WORK / "server.stamp").read_text(), pathlib.Path(__file__).read_text().split("# ---- its monitor")[0]]
        parts += [accel(str(self.servers[0].kernel)), subprocess.run([QEMU, "--version"], capture_output=True).stdout]
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def modes(server):
    """How the heartbeat NIC is heard, as the kernel says."""
    shown = server.ns.ip("-d", "link", "show", "dev", "eth1")
    found = re.search(r"prog/xdp|xdpgeneric|xdp", shown)
    return None if not found else "generic" if "xdpgeneric" in shown else "native"

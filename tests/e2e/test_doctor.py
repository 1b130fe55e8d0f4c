# SPDX-License-Identifier: GPL-2.0-only
"""doctor: nothing to say of a healthy host; each thing that is broken has its line."""

import json
import os
import re
import time

import pytest

from daemons import BINARY, SOCKET, Agent, config, two_agents
from lab import GATEWAY6, PUBLIC_VIP6, SHARED_MAC, wait_until
from signed import build_signed
from wire import send_frames

# What the machine that tests run on may be without: no fault of the lab's.
OF_THE_MACHINE = {"realtime", "capabilities", "kernel-xdp", "kernel-fence"}


class Doctor:
    """One examination. `agent` gives the directories and the configuration."""

    def __init__(self, agent, *arguments, root=None):
        if root is None:
            root = agent.server.directory / "root"
            root.mkdir(exist_ok=True)
        done = agent.cli(
            "doctor", "--json", "-c", agent.path, "--root", root, *arguments, check=False, timeout=30
        )
        self.code = done.returncode
        assert self.code in (0, 1), done.stderr
        self.report = json.loads(done.stdout)
        self.findings = self.report["findings"]
        assert self.code == (1 if self.report["fail"] else 0)

    def said(self, level, check, about=None):
        return [
            f["text"]
            for f in self.findings
            if (f["level"], f["check"]) == (level, check) and about in (None, f["about"])
        ]

    def complaints(self):
        return [f for f in self.findings if f["level"] != "ok" and f["check"] not in OF_THE_MACHINE]


def complains(agent, level, check, about, word, *arguments, **options):
    """This one line is there, and tells what to do."""

    def looks():
        doctor = Doctor(agent, *arguments, **options)
        found = [text for text in doctor.said(level, check, about) if word in text]
        looks.last = doctor.findings
        return doctor if found else None

    doctor = wait_until(looks, 5, lambda: f"{level} {check} {about} {word}: {looks.last}")
    assert all(f["advice"] for f in doctor.findings if f["level"] != "ok"), doctor.findings
    return doctor


@pytest.mark.check
def test_healthy_hosts(lab, wire):
    """Master and backup: not one complaint; the backup hears its peer; both are told of as text, too."""
    high, low = two_agents(lab)
    for agent in (high, low):
        doctor = Doctor(agent)
        complaints = doctor.complaints()
        if SOCKET:  # that it is one, is what there is to say
            assert {f["check"] for f in complaints} <= {"xdp"}
        else:
            assert complaints == [] and doctor.code == 0
        text = agent.cli("doctor", "-c", agent.path, check=False, timeout=30).stdout
        lines = text.splitlines()
        assert re.fullmatch(r"\d+ ok, \d+ warn, \d+ fail", lines[-1]), text
        assert all(re.match(r"(ok|warn|fail) |  |$", line) for line in lines[:-1]), text
    assert lab.s1.private in Doctor(low).said("ok", "peer", "eth1")[0]
    assert "master" in Doctor(high).said("ok", "peer", "eth1")[0]
    assert SHARED_MAC in Doctor(high).said("ok", "mac", "eth0")[0]


def test_disturbs_nobody(lab, wire):
    """Examined again and again, a master stays what it is, and no transition is counted."""
    high, low = two_agents(lab)
    before = [a.instance()["transitions"] for a in (high, low)]
    for _ in range(3):
        Doctor(high)
        Doctor(low)
    assert [a.instance()["transitions"] for a in (high, low)] == before
    assert (high.state(), low.state()) == ("master", "backup")


@pytest.mark.xdp("nothing is received")
def test_before_the_first_start(lab):
    """No configuration: said, and no failure. With one: that nothing runs. It leaves nothing behind."""
    agent = Agent(lab, lab.s1, start=False)
    doctor = Doctor(agent, "eth1")
    assert doctor.code == 0 and doctor.said("warn", "config") and doctor.said("ok", "link", "eth1")
    agent.path.write_text(config(lab.s1))
    doctor = Doctor(agent)
    assert doctor.code == 0 and doctor.said("warn", "agent")
    assert {"eth0", "eth1"} <= {f["about"] for f in doctor.findings}
    assert not lab.s1.run_dir.exists() and not lab.s1.bpffs.exists()


@pytest.mark.xdp("nothing is received")
def test_unknown_interface_and_usage(lab):
    """The nearest name is told; flags are strict."""
    agent = Agent(lab, lab.s1, start=False)
    doctor = Doctor(agent, "eht1")
    assert doctor.code == 1 and "no such interface" in doctor.said("fail", "link", "eht1")[0]
    advice = [f["advice"] for f in doctor.findings if f["about"] == "eht1"]
    assert "eth" in advice[0].split("nearest is")[1], advice
    for wrong in (["--nonsense"], ["-c"], ["--root", "here"]):
        assert agent.cli("doctor", *wrong, check=False).returncode == 2


@pytest.mark.xdp("nothing is received")
def test_mtu(lab):
    """Too large for native XDP is a warning, too small for an advert a failure."""
    agent = Agent(lab, lab.s1, start=False)
    agent.path.write_text(config(lab.s1, address=[f"42.51.67.{n}/24" for n in range(100, 120)]))
    lab.s1.ns.ip("link", "set", "eth1", "mtu", "9000")
    complains(agent, "warn", "mtu", "eth1", "9000")
    lab.s1.ns.ip("link", "set", "eth1", "mtu", "100")
    doctor = complains(agent, "fail", "mtu", "eth1", "108 bytes")
    assert doctor.code == 1


@pytest.mark.xdp("nothing is received")
def test_link(lab):
    """Down, without a carrier, without multicast: of a heartbeat, failures."""
    agent = Agent(lab, lab.s1, start=False)
    agent.path.write_text(config(lab.s1))
    lab.s1.ns.ip("link", "set", "eth1", "multicast", "off")
    complains(agent, "fail", "multicast", "eth1", "off")
    lab.s1.ns.ip("link", "set", "eth1", "multicast", "on")
    lab.carrier(lab.s1, "eth1", False)
    complains(agent, "fail", "link", "eth1", "carrier")
    lab.s1.ns.ip("link", "set", "eth1", "down")
    complains(agent, "fail", "link", "eth1", "down")


NFT = [
    ("inet", "input", "eth1", "drops VRRP", "meta l4proto 112 accept"),
    ("ip", "input", "eth1", "drops VRRP", "ip protocol vrrp accept"),
    ("arp", "input", "eth1", "drops ARP", "accept"),
]


@pytest.mark.xdp("nothing is received")
@pytest.mark.parametrize("family,hook,nic,word,rule", NFT, ids=[r[0] for r in NFT])
def test_firewall(lab, family, hook, nic, word, rule):
    """A policy that drops is a warning with a rule, which, when added, ends it."""
    agent = Agent(lab, lab.s1, start=False)
    agent.path.write_text(config(lab.s1))
    assert Doctor(agent).said("ok", "firewall")
    lab.s1.ns.run("nft", "add", "table", family, "t")
    chain = f"{{ type filter hook {hook} priority 0; policy drop; }}"
    lab.s1.ns.run("nft", "add", "chain", family, "t", "c", chain)
    doctor = complains(agent, "warn", "firewall", "host", word)
    advice = next(f["advice"] for f in doctor.findings if word in f["text"])
    assert advice.startswith(f"nft insert rule {family} t c") and advice.endswith("accept")
    lab.s1.ns.run(*advice.split())
    assert Doctor(agent).said("ok", "firewall"), Doctor(agent).findings
    lab.s1.ns.run("nft", "flush", "chain", family, "t", "c")
    lab.s1.ns.run("nft", "add", "rule", family, "t", "c", *rule.split())
    assert Doctor(agent).said("ok", "firewall"), Doctor(agent).findings


@pytest.mark.xdp("nothing is received")
def test_permissions(lab):
    """A key for all to read, a configuration for all to write, somebody's run directory."""
    agent = Agent(lab, lab.s1, start=False)
    key = lab.s1.directory / "key1"
    key.write_text("hex:" + "5a" * 32 + "\n")
    key.chmod(0o640)
    agent.path.write_text(config(lab.s1, hmac_key=f"1:{key}"))
    complains(agent, "fail", "keys", "host", "mode 0640")
    key.chmod(0o600)
    assert Doctor(agent).said("ok", "keys")
    agent.path.chmod(0o666)
    complains(agent, "fail", "config", "host", "mode 0666")
    agent.path.chmod(0o644)
    lab.s1.run_dir.mkdir()
    os.chown(lab.s1.run_dir, 12345, 12345)
    complains(agent, "fail", "run-dir", "host", str(lab.s1.run_dir))
    os.chown(lab.s1.run_dir, 0, 0)
    lab.s1.run_dir.chmod(0o700)
    lab.s1.directory.chmod(0o777)  # whoever can rename it can change it
    complains(agent, "fail", "run-dir", "host", str(lab.s1.run_dir))
    lab.s1.directory.chmod(0o755)
    assert Doctor(agent).said("ok", "run-dir")
    agent.path.write_text(config(lab.s1, version=2, interval="1s", auth="pass:secret12"))
    complains(agent, "warn", "config", "host", "password")
    agent.path.write_text(config(lab.s1, vrid=0))
    complains(agent, "fail", "config", "host", "vrid")


@pytest.mark.xdp("nothing is received")
def test_managers(lab):
    """Who manages the public NIC, by what is below --root; of a heartbeat it does not matter."""
    agent = Agent(lab, lab.s1, start=False)
    agent.path.write_text(config(lab.s1))
    root = lab.s1.directory / "image"
    link = root / "run/NetworkManager/devices"
    link.mkdir(parents=True)
    index = {n: lab.s1.ns.ip("-o", "link", "show", "dev", n).split(":")[0] for n in ("eth0", "eth1")}
    (link / index["eth1"]).write_text("[device]\nmanaged=true\n")
    assert not Doctor(agent, root=root).said("warn", "manager")
    (link / index["eth0"]).write_text("[device]\nmanaged=true\n")
    complains(agent, "warn", "manager", "eth0", "NetworkManager", root=root)
    (link / index["eth0"]).unlink()
    ifcfg = root / "etc/sysconfig/network-scripts"
    ifcfg.mkdir(parents=True)
    (ifcfg / "ifcfg-eth0").write_text(f"DEVICE=eth0\nHWADDR={lab.s1.own_mac}\n")
    complains(agent, "warn", "manager", "eth0", "HWADDR", root=root)


def test_port(lab):
    """A public NIC that belongs to a bridge, and the interface to be named in its place."""
    agent = Agent(lab, lab.s1, start=False)
    agent.path.write_text(config(lab.s1))
    assert not Doctor(agent).said("warn", "port")
    lab.s1.ns.batch("link add br0 type bridge\nlink set eth0 master br0\n")
    complains(agent, "warn", "port", "eth0", "br0")


@pytest.mark.xdp("about the program")
def test_foreign_program(lab):
    """Somebody else's XDP program, by its name; another agent's, by its process."""
    agent = Agent(lab, lab.s1, start=False)
    agent.path.write_text(config(lab.s1))
    other = ("--run-dir", lab.s1.directory / "other-run", "--bpffs", lab.s1.directory / "other-bpf")
    lab.s1.ns.run(BINARY, "attach", "eth1", *other)
    complains(agent, "fail", "xdp", "eth1", "vrrp_heartbeat")
    lab.s1.ns.run(BINARY, "detach", "eth1", *other)
    assert Doctor(agent).said("ok", "xdp", "eth1")
    first = Agent(lab, lab.s1)
    first.wait_state("master")
    where = ("--run-dir", lab.s1.directory / "other-run", "--bpffs", lab.s1.directory / "other-bpf")
    done = lab.s1.ns.run(BINARY, "doctor", "--json", "-c", first.path, *where, check=False, timeout=30)
    text = [f["text"] for f in json.loads(done.stdout)["findings"] if f["check"] == "xdp"]
    assert done.returncode == 1 and f"pid {first.child.pid}" in text[0], text


@pytest.mark.xdp("about the program")
def test_generic_mode(lab):
    """Generic, where the driver has native: a warning, where the kernel tells what a driver has."""
    agent = Agent(lab, lab.s1, "[agent]\nmode = generic\n\n" + config(lab.s1)).wait_state("master")
    doctor = Doctor(agent)
    found = doctor.said("warn", "xdp", "eth1") + doctor.said("ok", "xdp", "eth1")
    assert len(found) == 1 and "generic" in found[0], doctor.findings


IP6 = {
    "address": f"{PUBLIC_VIP6}/64",
    "gateway": GATEWAY6,
    "standby_address": None,
    "standby_gateway": None,
}


@pytest.mark.parametrize("keys", ({}, IP6), ids=("IPv4", "IPv6"))
def test_peer_gone(lab, wire, keys):
    """The peer's host vanishes: its heir says that it was heard, and does not answer any more."""
    high, low = two_agents(lab, **keys)
    peer = low.instance()["master"]["address"]
    high.kill()
    lab.block(lab.s1)
    low.wait_state("master")
    complains(low, "warn", "peer", "eth1", f"peer {peer}")
    lab.unblock(lab.s1)
    wait_until(lambda: Doctor(low).said("ok", "peer", "eth1"), 5, "the host answers again")


@pytest.mark.lab(second_heartbeat=True)
def test_silent_path(lab, wire):
    """One of two paths is dead: an alarm, on that one alone."""
    high, low = two_agents(lab, heartbeat="eth1 eth2")
    wait_until(lambda: all(p["adverts"] for p in low.instance()["paths"]), 3, "both paths are heard")
    lab.block(lab.s1, "eth2")
    doctor = complains(low, "warn", "peer", "eth2", "silent")
    assert doctor.said("ok", "peer", "eth1")


def test_clock(lab, wire):
    """Signed adverts of a peer whose clock is wrong: skew within the window, and refused beyond it."""
    key = bytes(range(32))
    path = lab.s1.directory / "key1"
    path.write_text("hex:" + key.hex() + "\n")
    path.chmod(0o600)
    agent = Agent(lab, lab.s1, config(lab.s1, hmac_key=f"1:{path}", hmac_window="10s", priority=50))
    agent.wait_state("master")

    def send(offset):
        advert = build_signed(key, at=time.time() + offset, src=lab.s2.private, priority=40)
        send_frames(lab.s2.ns, "eth1", [advert])

    send(0)
    wait_until(lambda: Doctor(agent).said("ok", "clock", "web"), 5, "a good clock")
    send(7.95)
    complains(agent, "warn", "clock", "web", "+7.")
    send(-3600)
    doctor = complains(agent, "fail", "clock", "web", "refused")
    assert doctor.code == 1

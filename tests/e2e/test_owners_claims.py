# SPDX-License-Identifier: GPL-2.0-only
"""What claims the shared address, and what does not. A backup is a client of the address like any other
host; and no interface of a host claims what is guarded on its public NIC.
"""

import contextlib
import json
import signal
import socket
import threading

import pytest

from claims import Probes, claim
from daemons import Agent, config
from lab import PUBLIC_VIP, PUBLIC_VIP6, SHARED_MAC, Namespace, holds_for, wait_until
from wire import Recorder

PORT = 7777
OTHER_VIP, OTHER_VIP6 = "42.51.67.94", "2001:db8:67::94"
OWN = {"s1": "42.51.67.11", "s2": "42.51.67.12"}
OWN6 = {"s1": "2001:db8:67::11", "s2": "2001:db8:67::12"}
INSIDE = "10.51.68.1"  # a host of its own on the network of eth2

# Each host keeps an address of its own beside the shared ones, as most hosts do.
KEPT = {"standby_address": None, "standby_gateway": None, "gateway": None}


def own_addresses(lab):
    for s in lab.servers:
        s.ns.batch(
            f"addr add {OWN[s.name]}/24 dev eth0\naddr add {OWN6[s.name]}/64 dev eth0 nodad\n"
        )


def start(lab, server, priority, state, name="web", **keys):
    keys = {"address": [f"{PUBLIC_VIP}/24", f"{PUBLIC_VIP6}/64"], **KEPT, **keys}
    return Agent(lab, server, config(server, priority=priority, name=name, **keys)).wait_state(
        state, timeout=8, name=name
    )


def pings(ns, address, *options):
    return ns.run("ping", "-n", "-c", "1", "-W", "1", *options, address, check=False).returncode == 0


class Service:
    """TCP on every address of a server: it says the host's name to whoever connects."""

    def __init__(self, lab, server):
        with server.ns:
            self._socket = socket.socket(socket.AF_INET6)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("::", PORT))
        self._socket.listen()
        self._name = server.name.encode()
        threading.Thread(target=self._serve, daemon=True).start()
        lab.on_close(self._socket.close)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection, contextlib.suppress(OSError):
                    connection.sendall(self._name)


def served_by(ns, address):
    """Who answers there, or None."""
    with ns:
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    with s, contextlib.suppress(OSError):
        s.settimeout(2)
        s.connect((address, PORT))
        return s.recv(16).decode()


def uses(lab, who, owner, addresses):
    """The host `who` asks for these addresses, which `owner` has, from scratch."""
    for address in addresses:
        who.ns.run("ip", "neigh", "flush", "to", address)
        assert pings(who.ns, address), who.ns.ip("neigh")
        assert served_by(who.ns, address) == owner.name
        own = OWN6 if ":" in address else OWN
        assert pings(owner.ns, own[who.name], "-I", address), owner.ns.ip("neigh")


# ---- the backup is a client ----------------------------------------------------------------------


@pytest.mark.parametrize("mac", [SHARED_MAC, None], ids=["shared", "own"])
def test_backup_is_a_client(lab, mac):
    own_addresses(lab)
    for s in lab.servers:
        Service(lab, s)
    vips = [PUBLIC_VIP, PUBLIC_VIP6]
    first = start(lab, lab.s1, 150, "master", mac=mac)
    second = start(lab, lab.s2, 100, "backup", mac=mac)
    uses(lab, lab.s2, lab.s1, vips)

    # What its neighbour table knows from then is no obstacle to owning the address, and is no longer
    # believed when it is backup again.
    first.kill()
    second.wait_state("master")
    for vip in vips:
        wait_until(lambda vip=vip: lab.answers(vip), 3, second.output)
        assert served_by(lab.client, vip) == "s2"
        assert served_by(lab.s2.ns, vip) == "s2"
    first.start()
    first.wait_state("master")
    second.wait_state("backup")
    for vip in vips:
        wait_until(lambda vip=vip: served_by(lab.s2.ns, vip) == "s1", 3, lab.s2.ns.ip("neigh"))
    uses(lab, lab.s2, lab.s1, vips)


@pytest.mark.check
def test_active_active(lab):
    """Each is the backup for the other's address, and uses it."""
    own_addresses(lab)
    for s in lab.servers:
        Service(lab, s)
    pair = {
        "web": {"vrid": 55, "address": [f"{PUBLIC_VIP}/24", f"{PUBLIC_VIP6}/64"]},
        "db": {"vrid": 56, "address": [f"{OTHER_VIP}/24", f"{OTHER_VIP6}/64"]},
    }
    agents = {}
    for s, priorities in ((lab.s1, (150, 100)), (lab.s2, (100, 150))):
        text = "".join(
            config(s, name=name, priority=priority, mac=None, **KEPT, **keys)
            for (name, keys), priority in zip(pair.items(), priorities)
        )
        agents[s.name] = Agent(lab, s, text)
    agents["s1"].wait_state("master", 8, "web").wait_state("backup", 8, "db")
    agents["s2"].wait_state("master", 8, "db").wait_state("backup", 8, "web")
    uses(lab, lab.s2, lab.s1, [PUBLIC_VIP, PUBLIC_VIP6])
    uses(lab, lab.s1, lab.s2, [OTHER_VIP, OTHER_VIP6])
    # And from one address to the other.
    assert pings(lab.s1.ns, OTHER_VIP, "-I", PUBLIC_VIP)
    assert pings(lab.s2.ns, PUBLIC_VIP6, "-I", OTHER_VIP6)


def inside_host(lab):
    """A host on the network of eth2, in the switch's namespace."""
    lab.switch.batch(f"addr add {INSIDE}/24 dev brpriv2\n")
    return lab.switch


@pytest.mark.lab(second_heartbeat=True)
def test_backup_forwards(lab):
    """A backup is the way to the address for hosts behind it."""
    own_addresses(lab)
    host = inside_host(lab)
    host.ip("route", "add", f"{PUBLIC_VIP}/32", "via", lab.s2.second)
    lab.s2.ns.sysctl("net.ipv4.ip_forward", 1)
    lab.s1.ns.ip("link", "set", "eth2", "down")
    lab.s1.ns.ip("route", "add", f"{INSIDE}/32", "via", OWN["s2"], "dev", "eth0")
    start(lab, lab.s1, 150, "master")
    start(lab, lab.s2, 100, "backup")
    wait_until(lambda: pings(host, PUBLIC_VIP), 5, lambda: lab.s2.ns.ip("neigh"))


# ---- other interfaces of the host ----------------------------------------------------------------


def any_claim(f):
    return not f.out and claim(f) is not None


def on_public_wire(lab):
    """eth2 of both is on the public wire, and the switch asks the first host's last: so that whoever is
    believed is not the owner by chance."""
    for s in lab.servers:
        lab.switch.ip("link", "set", s.port("eth2"), "master", "brpub")
        s.ns.ip("addr", "flush", "dev", "eth2")
        s.ns.ip("link", "set", "eth2", "up")
    for port in (lab.s1.port("eth0"), lab.s1.port("eth2")):
        lab.switch.ip("link", "set", port, "nomaster")
        lab.switch.ip("link", "set", port, "master", "brpub")


def covered(agent, *interfaces):
    """The agent has put its programs on these, too."""
    for interface in interfaces:
        words = agent.ns.ip("-o", "link", "show", "dev", interface)
        pin = agent.server.bpffs / f"fence_{words.split(':')[0]}_out"
        wait_until(pin.exists, 5, lambda: f"{interface}: {agent.output()}")
    return agent


@contextlib.contextmanager
def recorded(lab, ports):
    recorder = Recorder(lab.switch, ports, any_claim)
    try:
        yield recorder
    finally:
        recorder.close()


def claims_of(wire, port):
    return [(f.t, claim(f)) for f in wire.frames(lambda f: f.port == port and any_claim(f))]


def gone(agent, how):
    if how == "killed":
        agent.kill()
    else:
        agent.signal(signal.SIGSTOP)


@pytest.mark.parametrize("how", ["killed", "frozen"])
@pytest.mark.lab(second_heartbeat=True)
def test_other_interface_is_silent(lab, how):
    """Linux answers ARP for an address of eth0 on eth2 as well. The client is never led there, neither
    while the host is master nor when it is dead or frozen."""
    on_public_wire(lab)
    # eth2 routes back to the client, as if it were the way to it.
    lab.s1.ns.ip("addr", "add", "42.51.67.50/24", "dev", "eth2")
    first = start(lab, lab.s1, 150, "master", mac=None)
    second = start(lab, lab.s2, 100, "backup", mac=None)
    covered(first, "eth2"), covered(second, "eth2")
    with recorded(lab, lab.ports()) as wire:
        for who, agent in ((lab.s1, first), (lab.s2, second)):
            for _ in range(5):
                lab.client.ip("neigh", "flush", "dev", "eth0")
                wait_until(lambda: lab.answers(PUBLIC_VIP), 5, agent.output)
                assert lab.neighbor(PUBLIC_VIP) == who.ns.mac("eth0")
            if agent is first:
                gone(first, how)
                second.wait_state("master")
        arp = [c for p in ("s1-eth2", "s2-eth2") for c in claims_of(wire, p) if "ARP" in c[1]]
        assert not arp, arp
        assert [c for c in claims_of(wire, "s1-eth0") if c[1] == "ARP reply"]
    if how == "frozen":
        first.signal(signal.SIGCONT)


def test_macvlan_above_the_public_one(lab):
    """It hears what the public interface hears. Clients learn the shared MAC alone, with the lease as well."""
    agent = start(lab, lab.s1, 150, "master", mac=SHARED_MAC)
    lab.s1.ns.batch("link add mv0 link eth0 type macvlan\nlink set mv0 up\n")
    covered(agent, "mv0")
    Probes(lab, 0.02)
    with recorded(lab, ["s1-eth0"]) as wire:
        wait_until(lambda: len(claims_of(wire, "s1-eth0")) > 20, 5, "the master answers")
        others = [f for f in wire.frames(any_claim) if f.eth_src != SHARED_MAC]
    assert not others, f"{others[0]} from {others[0].eth_src}"


@pytest.mark.lab(second_heartbeat=True)
def test_interface_that_comes_later(lab):
    """An interface that was made while the agent runs is covered as well; one that is made while it is dead
    cannot be, until the next start."""
    agent = start(lab, lab.s1, 150, "master", mac=None)

    def make(name):
        lab.switch.batch(
            f"link add s1-{name} type veth peer name {name} netns {lab.s1.ns.path}\n"
            f"link set s1-{name} master brpub up\n"
        )
        lab.s1.ns.ip("link", "set", name, "up")

    make("eth7")
    covered(agent, "eth7")
    agent.kill()
    Probes(lab, 0.05)
    with recorded(lab, ["s1-eth0", "s1-eth2", "s1-eth7"]) as wire:
        holds_for(lambda: not claims_of(wire, "s1-eth7"), 0.7, "eth7 answers for a dead host")
    make("eth8")
    with recorded(lab, ["s1-eth8"]) as wire:
        wait_until(lambda: claims_of(wire, "s1-eth8"), 3, "eth8, which nobody knows, is silent")
        agent.start()
        covered(agent.wait_state("master"), "eth8", "eth7", "eth2")
    with recorded(lab, ["s1-eth0", "s1-eth7", "s1-eth8"]) as wire:
        wait_until(lambda: claims_of(wire, "s1-eth0"), 3, "the master answers")
        holds_for(
            lambda: not claims_of(wire, "s1-eth7") + claims_of(wire, "s1-eth8"), 0.5, "by others, too"
        )
    # A stop in order takes everything off again.
    assert agent.stop() == 0
    left = list(lab.s1.bpffs.glob("fence_*")) if lab.s1.bpffs.exists() else []
    assert not left, left
    lab.s1.ns.ip("addr", "add", f"{PUBLIC_VIP}/32", "dev", "lo")
    with recorded(lab, ["s1-eth8"]) as wire:
        wait_until(lambda: claims_of(wire, "s1-eth8"), 5, "eth8 is still fenced")


@pytest.mark.lab(second_heartbeat=True)
def test_owner_routes_by_another_interface(lab):
    """A NAT gateway's inside: the owner answers there from the address, with the lease, and not without."""
    host = inside_host(lab)
    host.ip("route", "add", f"{PUBLIC_VIP}/32", "via", lab.s1.second)
    agent = covered(start(lab, lab.s1, 150, "master"), "eth2")
    assert pings(host, PUBLIC_VIP)
    with recorded(lab, ["s1-eth2"]) as wire:
        assert pings(host, PUBLIC_VIP)
        wait_until(lambda: claims_of(wire, "s1-eth2"), 2, "what the host got came by another way")
    agent.signal(signal.SIGSTOP)
    wait_until(lambda: not pings(host, PUBLIC_VIP), 3, "the frozen host answers on eth2")
    with recorded(lab, ["s1-eth2"]) as wire:
        assert not pings(host, PUBLIC_VIP)
        assert not claims_of(wire, "s1-eth2")
    agent.signal(signal.SIGCONT)
    wait_until(lambda: pings(host, PUBLIC_VIP), 5, agent.output)


@pytest.mark.lab(second_heartbeat=True)
def test_heartbeat_wire(lab):
    """An interface that the configuration names claims nothing without the lease."""
    lab.switch.ip("link", "set", lab.s1.port("eth1"), "master", "brpub")
    agent = covered(start(lab, lab.s1, 150, "master", mac=None), "eth1")
    Probes(lab, 0.05)
    with recorded(lab, ["s1-eth1"]) as wire:
        wait_until(lambda: claims_of(wire, "s1-eth1"), 3, "with the lease it may")
        over = agent.kill() + 400_000_000  # the lease: three intervals
        holds_for(
            lambda: not [t for t, _ in claims_of(wire, "s1-eth1") if t > over],
            1.1,
            "eth1 answers for a dead host",
        )


@pytest.mark.lab(second_heartbeat=True)
def test_guests_are_let_pass(lab):
    """A hypervisor: a guest on a bridge has the same address in a network of its own. Its frames are not the
    host's claims; the host's own, by the same bridge, are."""
    s1 = lab.s1.ns
    guest = Namespace("guest")
    lab.on_close(guest.close)
    s1.batch(
        "addr flush dev eth2\nlink add br7 type bridge\nlink set br7 up\nlink set eth2 master br7\n"
        f"link add tap0 type veth peer name eth0 netns {guest.path}\nlink set tap0 master br7 up\n"
    )
    guest.batch(f"addr add {PUBLIC_VIP}/24 dev eth0\nlink set eth0 up\n")
    lab.switch.batch("addr add 42.51.67.200/24 dev brpriv2\n")
    agent = covered(start(lab, lab.s1, 150, "master", accept="no"), "br7")
    assert not list(lab.s1.bpffs.glob(f"fence_{ifindex(s1, 'tap0')}_*"))
    wait_until(lambda: pings(lab.switch, PUBLIC_VIP), 5, lambda: lab.switch.ip("neigh"))
    assert lab.switch.ip("neigh", "show", PUBLIC_VIP).split()[4] == guest.mac("eth0")
    agent.kill()
    guest.ip("link", "set", "eth0", "down")
    lab.switch.ip("neigh", "flush", "dev", "brpriv2")
    assert not pings(lab.switch, PUBLIC_VIP), "the dead host answers by its bridge"


def ifindex(ns, interface):
    return int(ns.ip("-o", "link", "show", "dev", interface).split(":")[0])


@pytest.mark.lab(second_heartbeat=True)
def test_accept_no_elsewhere(lab):
    """accept = no holds for what comes in by another interface, too."""
    host = inside_host(lab)
    host.ip("route", "add", f"{PUBLIC_VIP}/32", "via", lab.s1.second)
    agent = covered(start(lab, lab.s1, 150, "master", accept="no"), "eth2")
    before = agent.instance()["fence"]["refused"]
    assert not pings(host, PUBLIC_VIP)
    assert agent.instance()["fence"]["refused"] > before
    assert pings(host, lab.s1.second)
    agent.stop()


def other_findings(agent):
    """{interface: level} of what `doctor` says of other interfaces."""
    out = agent.cli("doctor", "-c", agent.path, "--json", check=False, timeout=20).stdout
    findings = [f for f in json.loads(out)["findings"] if f["check"] == "other-interface"]
    return {f["about"]: f["level"] for f in findings}


@pytest.mark.lab(second_heartbeat=True)
def test_doctor_names_them(lab):
    agent = covered(start(lab, lab.s1, 150, "master"), "eth1", "eth2")
    assert other_findings(agent) == {"host": "ok"}
    agent.kill()
    lab.s1.ns.ip("link", "add", "eth8", "type", "veth", "peer", "name", "eth9")
    lab.s1.ns.sysctl("net.ipv4.conf.eth9.arp_ignore", 1)
    assert other_findings(agent) == {"eth8": "warn", "eth9": "ok"}


def test_too_many_interfaces(lab):
    """A bound, and a line in the log where it is reached; all of them are left again."""
    s1 = lab.s1.ns
    s1.batch("".join(f"link add v{i} type veth peer name w{i}\n" for i in range(140)))
    agent = start(lab, lab.s1, 150, "master")
    agent.says("not 27 more", timeout=5)
    s1.batch("".join(f"link del v{i}\n" for i in range(135)))
    agent.says("other interfaces are fenced as well", timeout=20)
    covered(agent, *(f"w{i}" for i in range(135, 140)))
    wait_until(
        lambda: len(list(lab.s1.bpffs.glob("fence_*_out"))) == 1 + 1 + 10,
        5,
        lambda: sorted(lab.s1.bpffs.glob("fence_*_out")),
    )
    assert agent.state() == "master"
    assert agent.stop() == 0

# SPDX-License-Identifier: GPL-2.0-only
"""mac-device = macvlan: each router has a device of its own with the shared MAC on the public NIC, which keeps its
own MAC and addresses."""

import signal
from socket import inet_aton

import pytest

from claims import Probes, claims_on
from daemons import Agent, Frr, Keepalived, config, frozen
from lab import GATEWAY, PUBLIC_VIP, holds_for, wait_until
from wire import is_advert, is_announce

pytestmark = pytest.mark.xdp("the public NIC is the same, however adverts are heard")

SECOND = "192.168.1.200"
MAC, MAC_SECOND = "00:00:5e:00:01:37", "00:00:5e:00:01:38"
KEYS = dict(mac="virtual", mac_device="macvlan", gateway=None, standby_address=None, standby_gateway=None)


def two_routers(server, first, second):
    """Of two virtual routers on one NIC."""
    text = config(server, priority=first, **KEYS)
    return text + config(server, name="db", vrid=56, address=f"{SECOND}/24", priority=second, **KEYS)


def device(server, name="vrrp.55"):
    """(up, MAC, addresses), or None if there is no such device."""
    words = server.ns.ip("-o", "link", "show", "dev", name, check=False).split()
    if not words:
        return None
    return "UP" in words[2].strip("<>").split(","), server.ns.mac(name), server.ns.addresses(name)


def wait_device(server, *what, name="vrrp.55"):
    """Until it is as device() says: `status` tells of a state before the NIC has what belongs to it."""
    wait_until(lambda: device(server, name) == what, 3, lambda: f"{server.name} {name}: {device(server, name)}")


def settings(server, nic="eth0"):
    keys = ("arp_announce", "rp_filter", "arp_ignore")
    return [server.ns.run("cat", f"/proc/sys/net/ipv4/conf/{nic}/{k}").stdout.strip() for k in keys]


def test_two_routers_on_one_nic(lab, wire):
    """One is master on each server. One server freezes: the other one has both, and nothing of the frozen one claims
    either. After a stop each host has what it had."""
    before = [settings(s) for s in lab.servers]
    agents = [Agent(lab, s, two_routers(s, *p)) for s, p in zip(lab.servers, ((150, 100), (100, 150)))]
    for agent, name in zip(agents, ("web", "db")):
        agent.wait_state("master", name=name)
    agents[0].wait_state("backup", name="db")
    wait_device(lab.s1, True, MAC, [f"{PUBLIC_VIP}/24"])
    wait_device(lab.s1, True, MAC_SECOND, [], name="vrrp.56")
    for s in lab.servers:
        assert s.ns.mac("eth0") == s.own_mac and s.ns.addresses("eth0")[0] == f"{s.public}/24"
    # A client that knows the MAC asks nobody, and so the master has to ask for the client's: not in the name of the
    # shared address by the NIC.
    lab.client.ip("neigh", "replace", SECOND, "lladdr", MAC_SECOND, "dev", "eth0")
    assert lab.answers(SECOND)
    for address, mac in ((PUBLIC_VIP, MAC), (SECOND, MAC_SECOND)):
        wait_until(lambda: lab.answers(address), 3, f"{address} answers")
        assert lab.neighbor(address) == mac
    for s in lab.servers:
        lab.client.ip("neigh", "flush", "dev", "eth0")
        assert lab.answers(s.public)
        told = wire.frames(lambda f: f.eth_type == 0x0806 and not f.out and f.raw[28:32] == inet_aton(s.public))
        assert {f.eth_src for f in told} == {s.own_mac}, "the NIC's own address, by another MAC"
    Probes(lab, 0.01)
    with frozen(agents[0], 1.2) as since:
        agents[1].wait_state("master", name="web")
        over = wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 3, since, "s2 announces").t
        assert lab.answers(PUBLIC_VIP) and lab.neighbor(PUBLIC_VIP) == MAC
    late = [c for c in claims_on(wire, over) if c[1] == "s1" and c[0] < agents[0].thawed]
    assert not late, late
    for agent in agents:
        assert agent.stop() == 0
    for s, settled in zip(lab.servers, before):
        assert device(s) is None and device(s, "vrrp.56") is None
        assert settings(s) == settled
        assert s.ns.addresses("eth0")[0] == f"{s.public}/24"


def index(server, name="vrrp.55"):
    return server.ns.ip("-o", "link", "show", "dev", name).split(":")[0]


@pytest.mark.check
def test_device_of_a_run_before(lab):
    """A reload, and a start soon after SIGKILL, go on with the device as MASTER. A later start goes on with it as
    BACKUP, without the address. A start without the router removes it."""
    keys = dict(KEYS, interval="300ms")
    agent = Agent(lab, lab.s1, config(lab.s1, priority=150, **keys)).wait_state("master")
    first, transitions = index(lab.s1), agent.instance()["transitions"]
    agent.signal(signal.SIGHUP)
    wait_until(lambda: agent.output().count("listening") == 2, 3, agent.output)
    agent.wait_state("master")
    agent.kill()
    agent.start().wait_state("master")
    wait_device(lab.s1, True, MAC, [f"{PUBLIC_VIP}/24"])
    assert index(lab.s1) == first
    assert agent.instance()["transitions"] == transitions, agent.output()
    agent.kill()
    Agent(lab, lab.s2, config(lab.s2, priority=200, **keys)).wait_state("master")
    agent.start().wait_state("backup")
    assert index(lab.s1) == first
    wait_device(lab.s1, True, MAC, [])
    agent.kill()
    agent.text = config(lab.s1, name="db", vrid=56, address=f"{SECOND}/24", **dict(KEYS, mac_device=None))
    agent.start().wait_state("master", name="db")
    assert device(lab.s1) is None
    assert settings(lab.s1)[0] == "0"


def test_reload_onto_a_device_and_back(lab):
    """The NIC gets its own MAC back, or the device goes; the address answers with the same MAC as before."""
    agent = Agent(lab, lab.s1, config(lab.s1, **dict(KEYS, mac_device=None))).wait_state("master")
    text = agent.path.read_text()
    for number, (more, on_device) in enumerate(((f"{text}mac-device = macvlan\n", True), (text, False)), 2):
        agent.path.write_text(more)
        agent.signal(signal.SIGHUP)
        wait_until(lambda: agent.output().count("listening") == number, 3, agent.output)
        agent.wait_state("master")
        wait_until(lambda: lab.answers(PUBLIC_VIP), 3, agent.output)
        assert lab.neighbor(PUBLIC_VIP) == MAC
        assert device(lab.s1) == ((True, MAC, [f"{PUBLIC_VIP}/24"]) if on_device else None)
        assert lab.s1.ns.mac("eth0") == (lab.s1.own_mac if on_device else MAC)


def test_name_of_somebody_else(lab):
    """A device that the agent has not made is refused and left alone: at the start, at a reload, and while it
    runs."""
    ns = lab.s1.ns
    ns.batch(f"link add vrrp.55 link eth0 type macvlan\naddr add {PUBLIC_VIP}/24 dev vrrp.55\n")
    theirs = device(lab.s1)
    agent = Agent(lab, lab.s1, config(lab.s1, **KEYS))
    assert agent.ends() == 1
    agent.says("the device vrrp.55 exists, and vrrp-xdp did not make it")
    ns.ip("link", "del", "vrrp.55")
    agent.start().wait_state("master")
    ns.ip("link", "add", "mine", "type", "bridge")
    agent.path.write_text(agent.path.read_text().replace("= macvlan", "= macvlan mine"))
    agent.signal(signal.SIGHUP)
    agent.says("SIGHUP refused")
    lab.switch.batch("link del s1-eth0\n")  # the device goes with its NIC
    agent.wait_state("fault")
    ns.batch(f"link add vrrp.55 type bridge\naddr add {PUBLIC_VIP}/24 dev vrrp.55\n")
    theirs = device(lab.s1)
    nic = f"link add s1-eth0 type veth peer name eth0 netns {ns.path}\nlink set s1-eth0 master brpub up\n"
    lab.switch.batch(nic)
    ns.ip("link", "set", "eth0", "up")
    wait_until(lambda: agent.output().count("vrrp-xdp did not make it") == 2, 3, agent.output)
    assert agent.state() == "fault" and device(lab.s1) == theirs
    ns.ip("link", "del", "vrrp.55")
    agent.wait_state("master")
    wait_until(lambda: device(lab.s1) == (True, MAC, [f"{PUBLIC_VIP}/24"]), 3, lambda: device(lab.s1))


def test_gateway(lab, wire):
    """The master's default route is on the device, from the shared address. A host beyond the gateway reaches both that
    address and the NIC's own, although rp_filter was strict; what a killed agent leaves, `detach` puts back."""
    ns, beyond = lab.s1.ns, "198.51.100.9"
    lab.client.ip("addr", "add", f"{beyond}/32", "dev", "lo")
    ns.sysctl("net.ipv4.conf.eth0.rp_filter", 1)
    before, routes = settings(lab.s1), ns.ip("route")
    agent = Agent(lab, lab.s1, config(lab.s1, **dict(KEYS, gateway=GATEWAY))).wait_state("master")
    wait_until(lambda: "dev vrrp.55" in ns.ip("route", "get", beyond), 3, lambda: ns.ip("route"))
    assert f"src {PUBLIC_VIP}" in ns.ip("route", "get", beyond)
    for address in (lab.s1.public, PUBLIC_VIP):
        lab.client.run("ping", "-n", "-c", "1", "-W", "1", "-I", beyond, address)
    asked = wire.frames(lambda f: f.eth_type == 0x0806 and not f.out and f.eth_src == MAC)
    assert {f.raw[28:32] for f in asked} == {inet_aton(PUBLIC_VIP)}, "the device speaks for the NIC's address"
    agent.kill()
    agent.cli("detach", "--all")
    assert device(lab.s1) is None
    assert ns.ip("route") == routes and settings(lab.s1) == before


PEERS = [(kind, family) for kind in ("keepalived", "FRR") for family in (4, 6)]
VIP = {4: "10.51.67.55", 6: "2001:db8:51::55"}


def start_peer(lab, kind, family, priority):
    """The other program on s2, on a macvlan of its own, with the same virtual MAC."""
    vips = [f"{VIP[family]}/{24 if family == 4 else 64}"]
    if kind == "FRR":
        text = Frr.config(3, family, priority, vips, interval_ms=300)
        return Frr(lab, lab.s2, text, family, 55, vips[0])
    if family == 6:
        vips.insert(0, "fe80::5e:55/64")
    text = Keepalived.config(3, family, priority, vips, interval="0.3")
    return Keepalived(lab, lab.s2, text.replace("    priority", "    use_vmac vrrp.55\n    priority"))


@pytest.mark.parametrize("kind,family", PEERS)
def test_peers_with_a_macvlan(lab, wire, kind, family):
    """All on one NIC. We are silent as backup, also without a fence, and follow a crash of the peer, with the virtual
    MAC as the source of adverts and announcements.
    As our backup, it hears us, and takes our goodbye; it yields when we are back."""
    vip, mac = VIP[family], f"00:00:5e:00:0{1 if family == 4 else 2}:37"
    name = "vrrp.55" if family == 4 else "vrrp.55.6"
    keys = dict(KEYS, public=None, address=f"{vip}/{24 if family == 4 else 64}", interval="300ms")
    if kind == "FRR":
        keys["fence"] = "no"
    if family == 6:
        keys["advertise"] = ["fe80::5e:55", vip]
        keys["first_address"] = "any" if kind == "FRR" else None
    peer = start_peer(lab, kind, family, 200)
    wire.wait(is_advert("s2-eth1", 55), 10, what=f"advert of {kind}")
    agent = Agent(lab, lab.s1, config(lab.s1, priority=100, **keys)).wait_state("backup")
    wait_until(lambda: agent.instance()["master"], 5, f"{kind}'s adverts count")
    wait_device(lab.s1, True, mac, [], name=name)
    ours = wire.frames(lambda f: f.port == "s1-eth1" and not f.out and f.eth_src == mac)
    assert not ours, f"not silent as backup: {ours[0]}"
    since = lab.block(lab.s2)
    peer.kill()
    advert = wire.wait(is_advert("s1-eth1", 55, 100), 5, since, "our advert")
    told = wire.wait(is_announce("s1-eth1", vip), 3, since, "our announcement")
    assert advert.eth_src == told.eth_src == mac
    assert advert.ip[2] == lab.s1.private or family == 6
    wait_until(lambda: lab.s1.carries(vip, name), 3, "the address is there")
    assert not lab.s1.carries(vip, "eth1")
    lab.unblock(lab.s2)
    peer.text = peer.text.replace("priority 200", "priority 50")
    peer.start()
    holds_for(lambda: not wire.frames(is_advert("s2-eth1", 55, 50)), 1.4, f"{kind} does not accept our adverts")
    assert agent.stop() == 0
    assert device(lab.s1, name) is None
    over = wire.wait(is_advert("s2-eth1", 55, 50), 5, told.t, f"{kind} as master").t
    agent.start().wait_state("master", 8)
    back = wire.wait(is_advert("s1-eth1", 55, 100), 3, over, "our return").t
    wire.wait(is_advert("s1-eth1", 55, 100), 5, back + 600_000_000, "our adverts go on")
    assert not wire.frames(is_advert("s2-eth1", 55, 50), since=back + 600_000_000), f"{kind} goes on"

# SPDX-License-Identifier: GPL-2.0-only
"""What a host had before our first start is the host's: addresses, routes and MAC come back whatever a
reload takes away meanwhile, and the owner of an address (priority 255) keeps it."""

import signal
import struct
import time

import pytest

from daemons import Agent, config
from expect import nic, nic_master, wait_nic
from lab import GATEWAY6, PUBLIC_VIP, PUBLIC_VIP6, SHARED_MAC, holds_for, wait_until
from wire import icmp6, is_advert, is_announce, mac_bytes, send_frames

pytestmark = pytest.mark.xdp("what a NIC had before is the same, however adverts are heard")

PLAIN = {"mac": None, "gateway": None, "standby_address": None, "standby_gateway": None}


def reload(agent, text, name="web"):
    """SIGHUP with another configuration; done when the agent answers again."""
    agent.reload(text)
    wait_until(lambda: agent.instance(name), 5, agent.output)


def whole(server):
    """All that `ip` says of the public NIC's addresses, of its permanent neighbours and of the main table."""
    ip = server.ns.ip
    lines = ip("-o", "addr", "show", "dev", "eth0", "scope", "global").splitlines()
    routes = ip("route", "show", "dev", "eth0") + ip("-6", "route", "show", "dev", "eth0")
    neighbors = ip("neigh", "show", "nud", "permanent", "dev", "eth0")
    return sorted(line.split(":", 1)[1] for line in lines), sorted(routes.splitlines()), neighbors


# What a reload takes away, and what the master's NIC carries then.
TAKEN = {
    "standby": (
        {"standby_address": None, "standby_gateway": None},
        lambda s: (sorted([f"{PUBLIC_VIP}/24", f"{s.public}/24"]), SHARED_MAC, ["42.51.67.1"]),
    ),
    "gateway": (
        {"gateway": None, "standby_gateway": None},
        lambda s: ([f"{PUBLIC_VIP}/24"], SHARED_MAC, ["192.168.1.1"]),
    ),
    "mac": ({"mac": None}, lambda s: ([f"{PUBLIC_VIP}/24"], s.own_mac, ["42.51.67.1"])),
    "all": (
        PLAIN,
        lambda s: (sorted([f"{PUBLIC_VIP}/24", f"{s.public}/24"]), s.own_mac, ["192.168.1.1"]),
    ),
}


@pytest.mark.parametrize("what", TAKEN)
def test_key_taken_away(lab, what):
    """A master reloads without a key. What that key displaced comes back at once, the address answers on,
    and after a stop the host has what it had before the first start."""
    less, then = TAKEN[what]
    before = whole(lab.s1), nic(lab.s1)
    agent = Agent(lab, lab.s1, config(lab.s1)).wait_state("master")
    wait_nic(lab.s1, nic_master)
    reload(agent, config(lab.s1, **less))
    wait_nic(lab.s1, then)
    wait_until(lambda: lab.answers(PUBLIC_VIP), 3, agent.output)
    assert agent.state() == "master" and agent.instance()["transitions"] <= 2
    assert agent.stop() == 0
    assert (whole(lab.s1), nic(lab.s1)) == before


@pytest.mark.check
def test_removed_by_hand_afterwards(lab):
    """Once it came back, an address that no configuration names is the host's alone: who removes it is
    not corrected, and a stop does not bring it back."""
    agent = Agent(lab, lab.s1, config(lab.s1, gateway=None, standby_gateway=None)).wait_state("master")
    wait_until(lambda: not lab.s1.carries(lab.s1.public), 3, agent.output)
    reload(agent, config(lab.s1, **{**PLAIN, "mac": SHARED_MAC}))
    wait_until(lambda: lab.s1.carries(lab.s1.public), 3, agent.output)
    wait_until(lambda: '"addresses": []' in record(lab.s1), 3, lambda: record(lab.s1))
    lab.s1.ns.ip("addr", "del", f"{lab.s1.public}/24", "dev", "eth0")
    holds_for(lambda: not lab.s1.carries(lab.s1.public), 0.5, agent.output)
    assert agent.stop() == 0
    assert not lab.s1.carries(lab.s1.public)


def record(server):
    return (server.run_dir / "takeover-web").read_text()


def test_attributes(lab):
    """A standby address comes back with its label, metric, lifetimes, scope and peer; also an address that
    a reload made one. So does the route to its network where a network manager has made that. Permanent
    neighbours survive another MAC, and an IPv6 route has its source again."""
    ns = lab.s1.ns
    ns.ip("addr", "flush", "dev", "eth0", "scope", "global")
    ns.batch(
        "addr add 192.168.1.93/24 brd + label eth0:own metric 77 dev eth0\n"
        "addr add 10.7.0.1 peer 10.7.0.2/32 preferred_lft 0 dev eth0\n"
        "addr add 172.16.9.9/24 dev eth0 noprefixroute\n"
        "route add 172.16.9.0/24 dev eth0 proto kernel scope link src 172.16.9.9 metric 100\n"
        "route add 10.98.0.0/16 via 172.16.9.1 proto static src 172.16.9.9 metric 100\n"
        "addr add 2001:db8:67::a/64 dev eth0 nodad preferred_lft 0\n"
        "addr add 2001:db8:67::b/64 dev eth0 nodad metric 88\n"
        "route add default via 192.168.1.1\n"
        "route add 2001:db8:68::/64 via 2001:db8:67::1 src 2001:db8:67::a\n"
        "neigh add 192.168.1.1 lladdr 02:00:00:00:00:01 dev eth0\n"
        "neigh add 2001:db8:67::1 lladdr 02:00:00:00:00:01 dev eth0\n"
    )
    before = whole(lab.s1)
    standby = ["192.168.1.93/24", "172.16.9.9/24", "2001:db8:67::a/64", "2001:db8:67::b/64"]
    agent = Agent(lab, lab.s1, config(lab.s1, standby_address=standby)).wait_state("master")
    wait_nic(lab.s1, (sorted([f"{PUBLIC_VIP}/24", "10.7.0.1"]), SHARED_MAC, ["42.51.67.1"]))
    reload(agent, config(lab.s1, standby_address=[*standby, "10.7.0.1/32"]))
    wait_nic(lab.s1, nic_master)
    agent.cli("resign", "web", "--force")
    wait_until(lambda: whole(lab.s1) == before, 3, lambda: f"{whole(lab.s1)}\n{before}")
    assert agent.stop() == 0
    assert whole(lab.s1) == before


def test_network_manager(lab):
    """The shared addresses are of the host's own networks, whose routes NetworkManager has made. They are there
    after each mastership, and after a stop."""
    ns = lab.s1.ns
    ns.ip("addr", "flush", "dev", "eth0", "scope", "global")
    ns.batch(
        "addr add 192.168.1.93/24 dev eth0 noprefixroute\n"
        "route add 192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.93 metric 100\n"
        "route add default via 192.168.1.1 proto static metric 100\n"
        "addr add 2001:db8:67::a/64 dev eth0 nodad noprefixroute\n"
        "route add 2001:db8:67::/64 dev eth0 proto kernel metric 100\n"
        "route add default via 2001:db8:67::1 proto static metric 100\n"
    )
    before = whole(lab.s1)
    keys = {**PLAIN, "address": ["192.168.1.50/24", f"{PUBLIC_VIP6}/64"]}
    keys["standby_address"] = ["192.168.1.93/24", "2001:db8:67::a/64"]
    agent = Agent(lab, lab.s1, config(lab.s1, **keys)).wait_state("master")
    for end in ("resign", "stop"):
        wait_until(lambda: lab.s1.ns.addresses("eth0")[0] == "192.168.1.50/24", 3, agent.output)
        if end == "stop":
            assert agent.stop() == 0
        else:
            agent.cli("resign", "web", "--force")
        wait_until(lambda: whole(lab.s1) == before, 3, lambda: f"{end}: {whole(lab.s1)}\n{before}")
        if end == "resign":
            agent.cli("resume", "web")
            agent.wait_state("master")


# The host's addresses, the one that is shared, and where the heartbeat is.
OWNERS = {
    "heartbeat elsewhere": (["192.168.1.93/24"], "192.168.1.93/24", "eth1"),
    "the only address": (["192.168.1.93/24"], "192.168.1.93/24", "eth0"),
    "the second address": (["192.168.1.50/24", "192.168.1.93/24"], "192.168.1.93/24", "eth0"),
    "as keepalived has it": (["192.168.1.50/24", "192.168.1.93/24"], "192.168.1.50/32", "eth0"),
}


@pytest.mark.parametrize("case", OWNERS)
def test_owner(lab, wire, case):
    """Priority 255 and an address of the host's own: MASTER with it, adverts from it where it is; it never
    leaves the NIC, not while the router has resigned, and is there after a crash and a stop."""
    addresses, shared, heartbeat = OWNERS[case]
    address = shared.split("/")[0]
    ns = lab.s1.ns
    ns.ip("addr", "flush", "dev", "eth0", "scope", "global")
    for one in addresses:
        ns.ip("addr", "add", one, "dev", "eth0")
    ns.batch("route add default via 192.168.1.1\nroute add 10.9.0.0/16 via 192.168.1.1\n")
    before = whole(lab.s1)
    text = config(lab.s1, priority=255, address=shared, heartbeat=heartbeat, **PLAIN)
    agent = Agent(lab, lab.s1, text).wait_state("master")
    wait_until(lambda: lab.answers(address), 3, agent.output)
    advert = wire.wait(is_advert(lab.s1.port(heartbeat)), 3)
    assert advert.ip[2] == (address if heartbeat == "eth0" else lab.s1.private)
    assert whole(lab.s1) == before
    agent.cli("resign", "web", "--force")
    agent.wait_state("fault")
    holds_for(lambda: whole(lab.s1) == before, 0.3, agent.output)
    assert not lab.answers(address), "resigned, and the address still answers"
    agent.cli("resume", "web")
    agent.wait_state("master")
    agent.kill()
    assert whole(lab.s1) == before
    agent.start().wait_state("master")
    assert agent.stop() == 0
    assert whole(lab.s1) == before
    wire.wait(is_advert(lab.s1.port(heartbeat), priority=0), 2, what="goodbye")
    wait_until(lambda: lab.answers(address), 3, "stopped, and its own address answers no more")


def test_owner_leaves(lab):
    """A router that owns its address goes: out of the file by a reload, and by `detach` behind its crash.
    The address stays the host's, and no fence stays shut for it."""
    other = config(lab.s1, name="other", vrid=56, **{**PLAIN, "address": "42.51.67.94/24"})
    owner = config(lab.s1, priority=255, address=f"{lab.s1.public}/24", **PLAIN)
    before = nic(lab.s1)
    agent = Agent(lab, lab.s1, owner + other).wait_state("master").wait_state("master", name="other")
    reload(agent, other, "other")
    wait_until(lambda: lab.answers(lab.s1.public), 3, agent.output)
    reload(agent, owner)
    agent.wait_state("master")
    agent.kill()
    wait_until(lambda: not lab.answers(lab.s1.public), 3, "the lease of a dead agent is over")
    agent.cli("detach", "--all")
    assert lab.answers(lab.s1.public)
    assert nic(lab.s1) == before


def test_owner_no_more(lab):
    """The priority of an owner is lowered by a reload: as a backup it does not carry the address, and a
    stop leaves what the host had before the first start."""
    before = whole(lab.s1)
    text = config(lab.s1, priority=255, address=f"{lab.s1.public}/24", **PLAIN)
    agent = Agent(lab, lab.s1, text).wait_state("master")
    reload(agent, text.replace("priority = 255", "priority = 100"))
    agent.wait_state("master")
    agent.cli("resign", "web", "--force")
    wait_until(lambda: not lab.s1.carries(lab.s1.public), 3, agent.output)
    assert agent.stop() == 0
    assert whole(lab.s1) == before


def test_owner_beside_a_backup(lab, wire):
    """While the owner has resigned the other host has the address, although it stays on the owner's NIC;
    the owner takes it back when it resumes."""
    address = lab.s1.public
    owner = Agent(lab, lab.s1, config(lab.s1, priority=255, address=f"{address}/24", **PLAIN))
    owner.wait_state("master")
    keys = {**PLAIN, "address": f"{address}/24"}
    backup = Agent(lab, lab.s2, config(lab.s2, priority=100, **keys)).wait_state("backup")
    wait_until(lambda: backup.instance()["master"], 3, backup.output)
    owner.cli("resign", "web", "--force")
    backup.wait_state("master")
    wait_until(lambda: lab.answers(address) and lab.neighbor(address) == lab.s2.own_mac, 3, backup.output)
    assert lab.s1.carries(address)
    since = time.time_ns()
    assert lab.answers(address)
    no_claim = is_announce(lab.s1.port("eth0"), address)
    assert not wire.frames(no_claim, since) and lab.neighbor(address) == lab.s2.own_mac
    owner.cli("resume", "web")
    owner.wait_state("master")
    backup.wait_state("backup")
    wait_until(lambda: lab.answers(address) and lab.neighbor(address) == lab.s1.own_mac, 3, owner.output)


def test_ipv6_source(lab):
    """A shared address of 128 bits does not become the source of the host's own connections, unless it is
    asked to: the longest match would have chosen it. A reload changes it in place."""
    shared = "2001:db8:67::53"
    lab.s1.ns.ip("addr", "add", "2001:db8:67::a/64", "dev", "eth0", "nodad")

    def source():
        return lab.s1.ns.ip("-6", "route", "get", "2001:db8:67::50").split(" src ")[1].split()[0]

    def text(use):
        return config(lab.s1, **{**PLAIN, "address": f"{shared}/128{use}"})

    agent = Agent(lab, lab.s1, text("")).wait_state("master")
    wait_until(lambda: lab.s1.carries(shared), 3, agent.output)
    assert source() == "2001:db8:67::a"
    for use, expected in ((" preferred", shared), (" deprecated", "2001:db8:67::a")):
        reload(agent, text(use))
        wait_until(lambda: source() == expected, 3, agent.output)
        assert agent.state() == "master"


def test_way_out_by_advertisements(lab, wire):
    """The host's IPv6 default route came by a router advertisement, and the gateway displaces it. When the host
    is not the master any more, it asks the routers, and has its route again."""
    router = "fe80::fe"
    lab.client.ip("addr", "add", f"{router}/64", "dev", "eth0", "nodad")
    lab.s1.ns.sysctl("net.ipv6.conf.eth0.accept_ra", 1)
    wait_until(lambda: "tentative" not in lab.s1.ns.ip("addr", "show", "dev", "eth0"), 5, "link-local address")

    def advertise():
        # No prefix, ten minutes.
        advert = icmp6(mac_bytes(lab.client.mac("eth0")), router, "ff02::1", struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 600, 0, 0))
        send_frames(lab.client, "eth0", [advert])

    def way_out():
        return lab.s1.ns.default_routes(6)

    advertise()
    wait_until(lambda: way_out() == [router], 3, way_out)
    keys = {**PLAIN, "address": f"{PUBLIC_VIP6}/64", "gateway": GATEWAY6}
    agent = Agent(lab, lab.s1, config(lab.s1, **keys)).wait_state("master")
    wait_until(lambda: way_out() == [GATEWAY6], 3, agent.output)
    since = time.time_ns()
    assert agent.stop() == 0
    wire.wait(is_solicitation("s1-eth0"), 3, since, "router solicitation")
    advertise()
    wait_until(lambda: way_out() == [router], 3, way_out)


def is_solicitation(port):
    return lambda f: not f.out and f.port == port and f.ip and f.ip[1] == 58 and f.ip[6][0] == 133 and f.ip[4] == 255

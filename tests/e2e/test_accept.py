# SPDX-License-Identifier: GPL-2.0-only
"""accept = no: a master that answers for the shared addresses and forwards, and takes in nothing for them."""

import fcntl
import signal
import socket
import struct

import pytest

from daemons import Agent, config, two_agents
from expect import nic_master, wait_nic
from lab import PUBLIC_VIP, PUBLIC_VIP6, SHARED_MAC, stop_process, wait_until
from wire import is_advert

pytestmark = pytest.mark.xdp("what the host takes in is not how adverts are heard")

BEHIND = "10.51.67.14"  # s2, by its private address


def master(lab, **keys):
    """s1, with an address of its own beside the shared ones."""
    text = config(
        lab.s1,
        address=[f"{PUBLIC_VIP}/24", f"{PUBLIC_VIP6}/64"],
        **{"accept": "no", "standby_address": None, "standby_gateway": None, **keys},
    )
    agent = Agent(lab, lab.s1, text).wait_state("master")
    wait_until(lambda: lab.s1.carries(PUBLIC_VIP6), 3, "both addresses")
    return agent


def state_of(lab, address):
    """What the client's neighbour table says: its MAC and how sure it is."""
    words = lab.client.ip("neigh", "show", "to", address).split()
    return (words[words.index("lladdr") + 1], words[-1]) if "lladdr" in words else (None, "")


def knows(lab, address):
    """The client asks, and the master answers: the first question by multicast, the next by unicast."""
    lab.client.ip("neigh", "flush", "to", address)
    lab.answers(address)
    assert state_of(lab, address)[0] == SHARED_MAC, lab.client.ip("neigh")
    lab.client.ip("neigh", "replace", address, "lladdr", SHARED_MAC, "dev", "eth0", "nud", "probe")
    wait_until(lambda: state_of(lab, address)[1] == "REACHABLE", 3, lambda: state_of(lab, address))


def listen(server):
    with server.ns:
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind(("::", 5000))
    s.settimeout(3)
    return s


def tell(lab, address):
    with lab.client:
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    with s:
        s.sendto(address.encode(), (address, 5000))


def test_accept_no(lab):
    """Neither ping nor a datagram reaches it by a shared address, ARP and ND are answered, and what was
    refused is counted by name."""
    agent = master(lab)
    before = agent.instance()["fence"]
    assert before["refused"] == 0
    with listen(lab.s1) as service:
        for address in (PUBLIC_VIP, PUBLIC_VIP6):
            assert not lab.answers(address)
            knows(lab, address)
            tell(lab, address)
        # The wire keeps the order: what was sent before would be there by now.
        tell(lab, lab.s1.public)
        assert service.recv(100) == lab.s1.public.encode()
    assert lab.answers(lab.s1.public)
    now = agent.instance()["fence"]
    assert now["refused"] >= 4
    assert (now["dropped_in"], now["rivals"]) == (before["dropped_in"], 0)
    assert "refused (accept = no)" in agent.cli("status", "web").stdout


def test_forwarding(lab):
    """Through the shared address and its MAC everything goes as before."""
    lab.s1.ns.sysctl("net.ipv4.ip_forward", 1)
    lab.s2.ns.ip("addr", "del", f"{lab.s2.public}/24", "dev", "eth0")
    lab.s2.ns.ip("route", "replace", "default", "via", lab.s1.private)
    lab.client.ip("route", "add", f"{BEHIND}/32", "via", PUBLIC_VIP)
    agent = master(lab)
    wait_until(lambda: lab.answers(BEHIND), 5, "an answer from behind the master")
    assert lab.neighbor(PUBLIC_VIP) == SHARED_MAC
    assert not lab.answers(PUBLIC_VIP)
    refused = agent.instance()["fence"]["refused"]
    assert lab.answers(BEHIND)
    assert agent.instance()["fence"]["refused"] == refused


def test_reload_with_another_accept(lab, wire):
    """SIGHUP: it accepts, or no longer does, without a failover."""
    high, low = two_agents(lab, accept="no", interval="300ms")
    wait_nic(lab.s1, nic_master)
    assert not lab.answers(PUBLIC_VIP)
    text = high.text
    for accepts in (True, False):
        high.path.write_text(text.replace("accept = no", f"accept = {'yes' if accepts else 'no'}"))
        high.signal(signal.SIGHUP)
        wait_until(lambda: lab.answers(PUBLIC_VIP) == accepts, 5, high.output)
    assert not wire.frames(is_advert("s2-eth1"))
    assert low.state() == "backup"


@pytest.mark.check
def test_owner_accepts(lab):
    """Priority 255: RFC 9568 has no Accept_Mode for the address owner."""
    agent = master(lab, priority=255)
    assert lab.answers(PUBLIC_VIP) and lab.answers(PUBLIC_VIP6)
    assert agent.instance()["fence"]["refused"] == 0


@pytest.mark.parametrize("fence", ["auto", "yes"])
def test_without_a_fence(lab, fence):
    """public is no Ethernet interface: said, or not started."""
    lab.s1.ns.ip("tuntap", "add", "tun0", "mode", "tun")
    lab.s1.ns.ip("link", "set", "tun0", "up")
    with lab.s1.ns:
        tun = open("/dev/net/tun", "r+b", buffering=0)
    lab.on_close(tun.close)
    fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH14x", b"tun0", 0x1001))  # TUNSETIFF
    text = config(lab.s1, public="tun0", mac=None, accept="no", fence=fence)
    agent = Agent(lab, lab.s1, text)
    if fence == "yes":
        assert agent.ends() == 1
    else:
        agent.wait_state("master")
        agent.says("accept = no has no effect")
    agent.says("tun0", "Ethernet")
    stop_process(agent.child)

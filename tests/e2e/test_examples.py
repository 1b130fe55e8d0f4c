# SPDX-License-Identifier: GPL-2.0-only
"""The examples of docs/examples work as they stand. The commands of their pages prepare the hosts, and the agents
run their very files: the lab's NICs have the names of the examples, and nothing is added but `[agent] mode`.

For each: a client reaches the addresses; when the first server crashes, or loses a NIC that it watches, the
other one has them, and the first one takes them back when it returns; after a stop each host has what it had
before; and at no time did both servers speak for one address.
"""

import dataclasses
import ipaddress
import json
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

from daemons import BINARY, Agent
from lab import BRIDGES, TOP, Lab, Namespace, stop_process, wait_until
from stream import Stream
from wire import Recorder, icmp6, mac_bytes

pytestmark = pytest.mark.xdp("the examples leave the mode to the program")

EXAMPLES = TOP / "docs/examples"
LEASE_NS = 300_000_000  # three intervals of 100 ms, as all the files have it


def commands(name, number):
    """What the page tells to type on this server, a text a block."""
    page = (EXAMPLES / name / "README.md").read_text()
    blocks = re.findall(r"^```sh\n# (server 1|server 2|both servers)\n(.*?)^```$", page, re.M | re.S)
    return [text for where, text in blocks if where in (f"server {number}", "both servers")]


def routers(text):
    """{name: {key: [values]}} of a file."""
    found = {}
    for line in text.splitlines():
        if line.startswith("[vrrp "):
            keys = found[line[6:-1]] = {}
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            keys.setdefault(key.strip(), []).append(value.strip())
    return found


# ---- frames ----------------------------------------------------------------------------------------------


def question(mac, own, address):
    """Who has it? As broadcast or multicast, so that both servers are asked, whatever a switch has learned."""
    target = ipaddress.ip_address(address).packed
    if len(target) == 4:
        arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + socket.inet_aton(own) + bytes(6) + target
        return b"\xff" * 6 + mac + b"\x08\x06" + arp
    group = ipaddress.ip_address(ipaddress.ip_address("ff02::1:ff00:0").packed[:13] + target[13:])
    return icmp6(mac, own, group, struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\1\1" + mac)


def router_advert(mac):
    """Of 2001:db8:1::/64, for half an hour."""
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 1800, 1800, 0) + ipaddress.ip_address("2001:db8:1::").packed
    message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + b"\1\1" + mac + prefix
    return icmp6(mac, "fe80::1", "ff02::1", message)


def tells(frame):
    """The address that ARP or neighbour discovery says is here, or None."""
    if frame.eth_type == 0x0806 and len(frame.raw) >= 42:
        return socket.inet_ntoa(frame.raw[28:32])
    ip = frame.ip
    if ip and ip[1] == 58 and len(ip[6]) >= 24 and ip[6][0] == 136:
        return str(ipaddress.ip_address(ip[6][8:24]))
    return None


def claims(frame):
    """The address that this frame speaks for, in any way."""
    return tells(frame) or frame.ip and frame.ip[2]


class Repeated:
    """Frames that are sent again and again, each on an interface of a namespace."""

    def __init__(self, interval, frames):
        self._frames = []
        for ns, nic, frame in frames:
            with ns:
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            s.bind((nic, 0))
            self._frames.append((s, frame))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, args=(interval,), daemon=True)
        self._thread.start()

    def _send(self, interval):
        while not self._stop.wait(interval):
            for s, frame in self._frames:
                s.send(frame)

    def close(self):
        self._stop.set()
        self._thread.join(5)
        for s, _ in self._frames:
            s.close()


# ---- what a host has -------------------------------------------------------------------------------------

LASTS = {
    "link": ("ifname", "flags", "mtu", "qdisc", "master", "address", "promiscuity", "xdp"),
    "addr": ("ifname", "addr_info"),
    "-4 route show table all": (),
    "-6 route show table all": (),
}
TICKS = ("valid_life_time", "preferred_life_time", "expires")


def without_clocks(value):
    if isinstance(value, list):
        return [without_clocks(v) for v in value]
    if isinstance(value, dict):
        return {k: without_clocks(v) for k, v in value.items() if k not in TICKS}
    return value


def belongings(ns):
    """Links and their XDP programs, addresses, routes, traffic control."""
    found = {}
    for what, keys in LASTS.items():
        rows = without_clocks(json.loads(ns.run("ip", "-j", *what.split()).stdout or "[]"))
        found[what] = sorted(({k: row.get(k) for k in keys or row} for row in rows), key=json.dumps)
    found["qdiscs"] = sorted(json.loads(ns.run("tc", "-j", "qdisc").stdout), key=json.dumps)
    return found


def at_rest(ns):
    """belongings(), when all links that are up have their link-local addresses, and no address is tried."""

    def look():
        found = belongings(ns)
        up = {row["ifname"] for row in found["link"] if "UP" in row["flags"]}
        ready = {
            row["ifname"]
            for row in found["addr"]
            for a in row["addr_info"]
            if a["scope"] in ("link", "host") and "tentative" not in a
        }
        rests = not any(word in json.dumps(found) for word in ("NO-CARRIER", "tentative"))
        return found if up <= ready and rests else None

    return wait_until(look, 5, lambda: f"{ns.name} comes to rest: {belongings(ns)}")


def difference(before, now):
    lines = []
    for what in before:
        lines += [f"{what}: had {row}" for row in before[what] if row not in now[what]]
        lines += [f"{what}: has {row}" for row in now[what] if row not in before[what]]
    return "\n".join(lines)


# ---- the lab of an example -------------------------------------------------------------------------------


class Stage:
    """The lab of one example, with agents on both servers. Subclasses say what is special of an example."""

    nics = 2
    clients = (("brpub", "203.0.113.1/24"),)
    cut = ()  # an interface that the router watches, beside its own

    def __init__(self, name):
        self.name = name
        self.texts = [(EXAMPLES / name / f"server{n}.conf").read_text() for n in (1, 2)]
        first, second = (routers(text) for text in self.texts)
        self.routers = {
            router: [a.split()[0].split("/")[0] for a in keys["address"]] for router, keys in first.items()
        }
        self.better = {r: 1 + (int(first[r]["priority"][0]) < int(second[r]["priority"][0])) for r in first}
        self.lab = Lab(second_heartbeat=self.nics == 3)

    def build(self):
        lab = self.lab
        for server in lab.servers:
            server.ns.sysctl("net.ipv6.conf.eth0.accept_dad", 0)
            server.ns.batch("".join(f"link set {nic} down\naddr flush dev {nic}\n" for nic in lab.nics))
        nics = {bridge: nic for nic, bridge in BRIDGES.items()}
        behind = [nics[bridge] for bridge, _ in self.clients]
        self.clients = [self.client(n, *where) for n, where in enumerate(self.clients)]
        self.prepare()
        self.asked = [
            (ns, own.split("/")[0], address)
            for address in sum(self.routers.values(), [])
            for ns, own in self.clients
            if ipaddress.ip_address(address) in ipaddress.ip_interface(own).network
        ]
        # On the NIC by which it is asked for: a gateway without a lease that still gets a frame from inside, from a
        # neighbour whose entry may not change yet, translates it and hands it on, inside.
        claimed = {
            (s.port(nic), address)
            for s in lab.servers
            for nic, (ns, _) in zip(behind, self.clients)
            for asks, _, address in self.asked
            if asks is ns
        }
        ports = [s.port(nic) for s in lab.servers for nic in lab.nics]
        self.wire = Recorder(lab.switch, ports, keep=lambda f: not f.out and (f.port, claims(f)) in claimed)
        lab.on_close(self.wire.close)
        frames = [(ns, "eth0", question(mac_bytes(ns.mac("eth0")), own, to)) for ns, own, to in self.asked]
        lab.on_close(Repeated(0.01, frames).close)

    def client(self, number, bridge, address):
        lab, client = self.lab, self.lab.client
        if bridge != "brpub":
            client = Namespace(f"client{number}")
            lab.on_close(client.close)
            lines = f"link add client{number} type veth peer name eth0 netns {client.path}\n"
            lab.switch.press("ip", "-batch", "-", input=f"{lines}link set client{number} master {bridge} up\n")
            client.ip("link", "set", "eth0", "up")
        client.ip("addr", "add", address, "dev", "eth0", *(["nodad"] if ":" in address else []))
        return client, address

    def prepare(self):
        """The hosts, as the page has it."""
        for number, server in enumerate(self.lab.servers, 1):
            for text in commands(self.name, number):
                server.ns.run("sh", "-e", input=text)

    def hosts(self):
        """The namespaces that the agents run in."""
        return [s.ns for s in self.lab.servers]

    def agents(self):
        """Started."""
        agents = []
        for server, host, text in zip(self.lab.servers, self.hosts(), self.texts):
            agent = Agent(self.lab, server, text, start=False)
            agent.ns = host
            agents.append(agent.start())
        return agents

    def check(self, agents):
        """What is special of this example, while the first server has what it prefers."""

    # ---- the play

    def await_masters(self, agents, masters):
        """masters: for each router, the number of the server."""
        for name, master in masters.items():
            for number, agent in enumerate(agents, 1):
                if agent.alive() and number == master:
                    agent.wait_state("master", timeout=8, name=name)
                elif agent.alive():
                    wait_until(lambda: agent.state(name) in ("backup", "fault"), 8, agent.output)
        for ns, _, address in self.asked:
            self.reaches(ns, address)
        self.answered(5)

    def answered(self, times):
        """So many claims of each address from now on: who else would answer has been asked as often."""
        since = time.time_ns()

        def claimed(address):
            return len(self.wire.frames(lambda f: claims(f) == address, since)) >= times

        for _, _, address in self.asked:
            wait_until(lambda: claimed(address), 3, f"claims of {address}")

    @staticmethod
    def reaches(ns, address):
        def answered():
            return ns.run("ping", "-n", "-c", "1", "-W", "1", address, check=False).returncode == 0

        wait_until(answered, 3, lambda: f"{ns.name} reaches {address}: {ns.ip('neigh')}")

    def play(self):
        self.build()
        before = [at_rest(host) for host in self.hosts()]
        agents = self.agents()
        second = dict.fromkeys(self.better, 2)
        self.await_masters(agents, self.better)
        since = time.time_ns()
        self.answered(1)
        self.check(agents)
        preempts = []
        for nic in self.cut:
            self.lab.carrier(self.lab.s1, nic, False)
            self.await_masters(agents, second)
            preempts.append(time.time_ns())
            self.lab.carrier(self.lab.s1, nic, True)
            self.await_masters(agents, self.better)
        crash = time.time_ns()
        agents[0].kill()
        self.await_masters(agents, second)
        preempts.append(time.time_ns())
        agents[0].start()
        self.await_masters(agents, self.better)
        stop = time.time_ns()
        preempts.append(stop)
        for agent, host, had, masters in zip(agents, self.hosts(), before, (second, {})):
            assert agent.stop() == 0
            assert belongings(host) == had, difference(had, belongings(host))
            if masters:
                self.await_masters(agents, masters)
        self.judge(since, list(zip(preempts, [*[crash] * len(self.cut), stop, time.time_ns()])))

    def judge(self, since, preempts):
        for router, addresses in self.routers.items():
            for address in addresses:
                expected = ["s2"]
                if self.better[router] == 1:
                    expected = ["s1", "s2"] * (2 + len(self.cut))
                turns = self.turns(address, since, preempts)
                told = [f"{(frame.t - since) / 1e6:.3f} ms: {frame}" for frame in turns]
                assert [f.port.split("-")[0] for f in turns] == expected, f"{address}\n" + "\n".join(told)

    def turns(self, address, since, preempts):
        """With what the servers began to speak for the address, in order. When one takes over from a living master,
        between the two times of a pair, both may until that one's agent knows: for a lease at most."""
        turns, shared_until = [], 0
        for frame in self.wire.frames(lambda f: claims(f) == address, since):
            server = frame.port.split("-")[0]
            if turns and turns[-1].port.startswith(f"{server}-") or frame.t < shared_until:
                continue
            turns.append(frame)
            for begin, end in preempts:
                if begin <= frame.t < end:
                    shared_until = min(frame.t + LEASE_NS, end)
        return turns


class Machine(Namespace):
    """A server with an /etc/conntrackd and a /run of its own: what one host has once."""

    def __init__(self, ns, directory):
        self.name, self.fd, self.directory = ns.name, ns.fd, directory
        for name in ("etc", "run/lock"):
            (directory / name).mkdir(parents=True)

    def _inside(self, command):
        mount = 'mount --bind "$0/etc" /etc/conntrackd && mount --bind "$0/run" /run && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", mount, self.directory, *command]

    def popen(self, *command, **options):
        return super().popen(*self._inside(command), **options)

    def run(self, *command, **options):
        return super().run(*self._inside(command), **options)


class TwoNics(Stage):
    nics = 3
    clients = (("brpub", "203.0.113.1/24"), ("brpriv2", "198.51.100.1/24"))
    cut = ("eth2",)


class NatGateway(Stage):
    """One connection through the pair lives through all of it."""

    nics = 3
    clients = (("brpub", "203.0.113.1/24"), ("brpriv", "10.1.0.9/24"))
    cut = ("eth1",)

    def build(self):
        super().build()
        self.outside, self.inside = [ns for ns, _ in self.clients]
        self.inside.ip("route", "add", "default", "via", "10.1.0.1")
        self.stream = None

    def prepare(self):
        """conntrackd and its files are each server's own, as on a host."""
        for server in self.lab.servers:
            server.bpffs.mkdir()
            subprocess.run(["mount", "-t", "bpf", "bpf", server.bpffs], check=True)
        self.machines = [Machine(s.ns, s.directory / "files") for s in self.lab.servers]
        for number, machine in enumerate(self.machines, 1):
            for text in commands(self.name, number):
                machine.run("sh", "-e", input=text, cwd=EXAMPLES / self.name)
            log = open(machine.directory / "conntrackd.log", "wb")
            child = machine.popen("conntrackd", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.lab.on_close(stop_process, child)

    def hosts(self):
        return self.machines

    def await_masters(self, agents, masters):
        super().await_masters(agents, masters)
        self.reaches(self.inside, "203.0.113.1")
        if not self.stream:
            self.stream = Stream(self.outside, self.inside, "203.0.113.1")
            self.lab.on_close(self.stream.close)
            wait_until(self.is_known, 8, "the backup has been told of the stream")
        self.stream.goes_on()

    def is_known(self):
        return "10.1.0.9" in self.machines[1].run("conntrackd", "-e", check=False).stdout

    def check(self, agents):
        """The backup goes out by the master; and it is the shared address that the outside sees."""
        self.reaches(self.lab.s2.ns, "203.0.113.1")
        sources = {f.ip[2] for f in self.wire.frames(lambda f: f.port == "s1-eth0" and f.ip)}
        assert sources == {"203.0.113.10"}


class Ipv6Only(Stage):
    clients = (("brpub", "2001:db8:1::1/64"),)

    def prepare(self):
        super().prepare()
        client = self.lab.client
        client.ip("addr", "add", "fe80::1/64", "dev", "eth0", "nodad")
        self.lab.on_close(Repeated(0.1, [(client, "eth0", router_advert(mac_bytes(client.mac("eth0"))))]).close)
        for s in self.lab.servers:
            wait_until(lambda: s.ns.default_routes(6) and len(s.ns.addresses("eth0")) > 1, 3, "a router is there")


class Bridge(Stage):
    cut = ("eth0",)


class Macvlan(Stage):
    def check(self, agents):
        """A reload opens no gap in what judge() asserts."""
        agents[0].reload()
        self.await_masters(agents, self.better)

    def judge(self, since, preempts):
        """The interface below, and its MAC, claims nothing."""
        super().judge(since, preempts)
        told = self.wire.frames(tells, since)
        assert {f.eth_src for f in told} == {"00:00:5e:00:01:33"}


class Container(Namespace):
    """What runs in it is run as a user does, by `ip netns exec`."""

    def __init__(self, name, ns):
        self.name, self.fd = name, ns.fd

    def popen(self, *command, **options):
        return super().popen("ip", "netns", "exec", self.name, *command, **options)

    def run(self, *command, **options):
        return super().run("ip", "netns", "exec", self.name, *command, **options)


class Netns(Stage):
    """`ip netns exec` hides /sys/fs/bpf: the agent finds the one of the host, which is that of process 1 here. The
    names of the containers are files in /run: this process has a /run of its own meanwhile."""

    def prepare(self):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        self.lab.on_close(subprocess.run, ["umount", "--lazy", "/run"])
        super().prepare()
        self.containers = [Container(f"web{n}", s.ns) for n, s in enumerate(self.lab.servers, 1)]

    def hosts(self):
        return self.containers

    @staticmethod
    def on_host(*command):
        subprocess.run(["nsenter", "--target", "1", "--mount", *map(str, command)], check=True)

    def agents(self):
        for server in self.lab.servers:
            server.bpffs = pathlib.Path(f"/sys/fs/bpf/{self.lab.directory.name}-{server.name}")
            self.lab.on_close(self.on_host, "rm", "-rf", server.bpffs)
        return super().agents()

    def check(self, agents):
        """The host sees how its container fares; and the pins, the fence among them, outlive the command."""
        self.on_host("test", "-e", self.lab.s1.bpffs / "guarded")
        for ns in (self.lab.s1.ns, self.containers[0]):
            shown = ns.run(BINARY, "status", *agents[0].where).stdout
            assert "eth1: " in shown and "gone" not in shown, shown


class LateNic(Stage):
    """The public NIC of the first server is not there when its agent starts. It comes, the host configures it
    as the page says, and the better server takes over."""

    def agents(self):
        ns = self.lab.s1.ns
        ns.ip("link", "set", "eth0", "netns", self.lab.switch.path)
        agents = super().agents()
        agents[0].wait_state("fault")
        self.await_masters(agents, {"web": 2})
        assert "public eth0 is gone" in agents[0].cli("status").stdout
        self.lab.switch.press("ip", "link", "set", "eth0", "netns", ns.path)
        ns.run("sh", "-e", input=commands(self.name, 1)[1])
        return agents


class Dhcp(Stage):
    """A client of udhcpc(8), which does what those of distributions do: it empties the interface when its lease
    is over, and puts address and default route on it."""

    SCRIPT = """#!/bin/sh
case "$1" in
deconfig) ip link set $interface up; ip -4 addr flush dev $interface ;;
renew | bound)
	ip -4 addr replace $ip/$mask dev $interface
	ip route replace default via $router dev $interface ;;
esac
"""
    SERVER = """interface eth0
start 203.0.113.11
end 203.0.113.19
option subnet 255.255.255.0
option router 203.0.113.1
option lease 3600
lease_file {0}/leases
pidfile {0}/udhcpd.pid
"""

    def prepare(self):
        super().prepare()
        lab, script = self.lab, self.lab.directory / "udhcpc"
        script.write_text(self.SCRIPT)
        script.chmod(0o755)
        (lab.directory / "leases").touch()
        (lab.directory / "udhcpd.conf").write_text(self.SERVER.format(lab.directory))
        self.run(lab.client, "udhcpd", "-f", "-a", 50, lab.directory / "udhcpd.conf")
        self.dhcp = [self.run(s.ns, "udhcpc", "-f", "-i", "eth0", "-s", script) for s in lab.servers]
        for s in lab.servers:
            wait_until(lambda: self.leased(s), 8, "an address by DHCP")

    def run(self, ns, *command):
        log = open(self.lab.directory / "dhcp.log", "ab")
        child = ns.popen("busybox", *map(str, command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.lab.on_close(stop_process, child)
        return child

    @staticmethod
    def leased(server):
        return [a for a in server.ns.addresses("eth0") if a.startswith("203.0.113.1") and a != "203.0.113.10/24"]

    def check(self, agents):
        """The lease is given up, which empties the interface, and taken again: the address is back at once."""
        ns, (own,) = self.lab.s1.ns, self.leased(self.lab.s1)
        transitions = agents[0].instance()["transitions"]
        self.dhcp[0].send_signal(signal.SIGUSR2)
        wait_until(lambda: own not in ns.addresses("eth0"), 3, "the lease is released")
        self.reaches(self.lab.client, "203.0.113.10")
        self.dhcp[0].send_signal(signal.SIGUSR1)
        wait_until(lambda: own in ns.addresses("eth0") and ns.default_routes(), 3, "a lease again")
        self.reaches(self.lab.client, "203.0.113.10")
        assert agents[0].instance()["transitions"] == transitions, agents[0].output()


ROWS = {
    "two-nics": TwoNics,
    "active-active": Stage,
    "nat-gateway": NatGateway,
    "ipv6-only": Ipv6Only,
    "one-nic": Stage,
    "bridge": Bridge,
    "macvlan": Macvlan,
    "netns": Netns,
    "late-nic": LateNic,
    "dhcp": Dhcp,
}


@pytest.mark.parametrize("name", ROWS)
def test_example(name):
    stage = ROWS[name](name)
    with stage.lab:
        stage.play()

# SPDX-License-Identifier: GPL-2.0-only
"""vrrpd's command line and its users' scripts, as they run today: only the program's name changed.

The scripts are the users' own, octet for octet (their paths aside): also without an interpreter line,
with commands that fail, and with an exit status that nobody promised.
"""

import pytest

from daemons import Agent
from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC, wait_until
from wire import is_advert, is_announce, is_reply

pytestmark = pytest.mark.xdp("vrrpd's command line has no mode")

ONE_MASTER = """ip link set eth0 up
ip addr del 192.168.1.{n}/24 dev eth0
ip route del default
ip route add default via 42.51.67.1
"""
ONE_BACKUP = """ip addr del 42.51.67.93/24 dev eth0
ip addr add 192.168.1.{n}/24 dev eth0
ip link set eth0 address 00:0C:82:AD:B3:29
"""
TWO_MASTER = """#!/bin/bash
ip link set eth0 up
ip addr del 192.168.1.{n}/24 dev eth0
ip route del default
ip addr add 42.51.67.93/24 dev eth0
ip route add default via 42.51.67.1
ip link set eth0 address 00:9F:A4:4C:3B:37
exit 0
"""
TWO_BACKUP = """#!/bin/bash
ip addr add 192.168.1.{n}/24 dev eth0
ip addr del 42.51.67.93/24 dev eth0
ip route del default
ip link set eth0 address {mac}
exit 0
"""

VIRTUAL_MAC = "00:00:5e:00:01:37"

# description, master script, backup script, command, heartbeat NIC, MAC as master
SCHEMES = [
    ("heartbeat on eth0", ONE_MASTER, ONE_BACKUP,
     "-i eth0 42.51.67.93/24 -v 55 -n -U {up} -D {down}", "eth0", VIRTUAL_MAC),
    ("heartbeat on eth1, eth0 by script", TWO_MASTER, TWO_BACKUP,
     "-i eth1 10.51.67.93/24 -v 55 -U {up} -D {down}", "eth1", SHARED_MAC),
]  # fmt: skip


def executable(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.one_cpu
@pytest.mark.parametrize(
    "description,master,backup,command,heartbeat,mac", SCHEMES, ids=[r[0] for r in SCHEMES]
)
def test_seed(lab, wire, description, master, backup, command, heartbeat, mac):
    """Master, goodbye, take-over, return as backup, two masters, one again: by their scripts alone."""
    agents = []
    for s in lab.servers:
        names = dict(n=s.number, mac=s.own_mac)
        up = executable(s.directory / "Master.sh", master.format(**names))
        down = executable(s.directory / "Backup.sh", backup.format(**names))
        agent = Agent(lab, s, start=False)
        agent.arguments = command.format(up=up, down=down).split()
        agents.append(agent)
    first, second = agents

    def wait_role(agent, state, timeout=8):
        wait_until(
            lambda: [i["state"] for i in agent.status()["instances"]] == [state],
            timeout,
            lambda: f"{agent.server.name}: {state}: {agent.status()}\n{agent.output()}",
        )

    def is_master(server):
        return (
            server.carries(PUBLIC_VIP)
            and not server.carries(server.public)
            and server.ns.mac("eth0") == mac
            and server.ns.default_routes() == [GATEWAY]
        )

    def is_backup(server):
        # The first scheme's script gives both servers the same MAC.
        return (
            server.carries(server.public)
            and not server.carries(PUBLIC_VIP)
            and server.ns.mac("eth0") in (server.own_mac, lab.s1.own_mac)
        )

    def shows(server):
        return lambda: server.ns.ip("addr", "show") + server.ns.ip("route")

    first.start(*first.arguments)
    wait_role(first, "master")
    wait_until(lambda: is_master(lab.s1), 4, shows(lab.s1))
    wait_until(lambda: lab.answers(PUBLIC_VIP), 10, "the client has an answer")
    advert = wire.wait(is_advert(lab.s1.port(heartbeat), 55), 2, what="advert of s1")
    assert advert.advert.version == 2 and advert.advert.interval_cs == 100
    assert advert.advert.priority == 100

    second.start(*second.arguments)
    wait_role(second, "backup")
    wait_until(lambda: is_backup(lab.s2), 4, shows(lab.s2))
    assert is_master(lab.s1)

    assert first.stop() == 0, first.output()
    wait_role(second, "master", 4)
    wait_until(lambda: is_master(lab.s2), 4, shows(lab.s2))
    wait_until(lambda: not lab.s1.carries(PUBLIC_VIP), 4, shows(lab.s1))
    # The scripts announce nothing: the switch learns when the server speaks, as any server does.
    lab.s2.ns.run("ping", "-n", "-c", "1", "-W", "1", GATEWAY)
    wait_until(lambda: lab.answers(PUBLIC_VIP), 10, "the client has an answer of s2")

    # A partition makes two; when it heals, one goes back by its script.
    first.start(*first.arguments)
    wait_role(first, "backup")
    lab.block(lab.s1)
    wait_role(first, "master")
    wait_until(lambda: is_master(lab.s1), 4, shows(lab.s1))
    lab.unblock(lab.s1)

    def roles():
        return sorted(i["state"] for a in agents for i in a.status()["instances"])

    wait_until(lambda: roles() == ["backup", "master"], 6, lambda: f"one master: {roles()}")
    wait_role(first, "backup")
    wait_until(lambda: is_backup(lab.s1), 4, shows(lab.s1))
    wait_until(lambda: is_master(lab.s2), 4, shows(lab.s2))


@pytest.mark.check
@pytest.mark.one_cpu
def test_scripts_run_once(lab, wire):
    """-U once per promotion, -D once per demotion (and perhaps once at start): not more, in order."""
    agents = []
    for server, priority in ((lab.s1, 150), (lab.s2, 100)):
        story = server.directory / "story"
        story.touch()
        up = executable(server.directory / "up", f"#!/bin/sh\necho up >> {story}\n")
        down = executable(server.directory / "down", f"#!/bin/sh\necho down >> {story}\n")
        agent = Agent(lab, server, start=False)
        agent.story = story
        agent.arguments = f"-i eth1 10.51.67.93/24 -v 55 -p {priority} -U {up} -D {down}".split()
        agents.append(agent)
    first, second = agents

    def story(agent):
        told = agent.story.read_text().split()
        return told[1:] if told[:1] == ["down"] else told

    second.start(*second.arguments)
    wait_until(lambda: story(second) == ["up"], 8, lambda: f"{story(second)} {second.output()}")
    first.start(*first.arguments)
    wait_until(lambda: story(first) == ["up"], 8, lambda: f"{story(first)} {first.output()}")
    wait_until(lambda: story(second) == ["up", "down"], 4, lambda: f"{story(second)}")
    lab.block(lab.s1)
    wait_until(lambda: story(second) == ["up", "down", "up"], 8, lambda: f"{story(second)}")
    assert story(first) == ["up"]


@pytest.mark.one_cpu
def test_own_mac_is_never_lost(lab, wire):
    """-n changes the MAC to the virtual one; a stop gives the NIC's own back, also after SIGKILL."""
    agent = Agent(lab, lab.s1, start=False)
    arguments = "-i eth0 42.51.67.93/24 -v 55 -n".split()
    agent.start(*arguments)
    announced = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 8, what="announcement")
    assert announced.eth_src == VIRTUAL_MAC
    assert lab.s1.ns.mac("eth0") == VIRTUAL_MAC
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer")
    agent.kill()
    agent.start(*arguments)
    agent.says("INIT -> ")
    assert agent.stop() == 0
    assert lab.s1.ns.mac("eth0") == lab.s1.own_mac
    assert not lab.s1.carries(PUBLIC_VIP)

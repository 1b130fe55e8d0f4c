# SPDX-License-Identifier: GPL-2.0-only
"""docs/moving-from-keepalived.md: a pair moves host by host, and its client sees no outage."""

import re
import signal
import subprocess
import time

import pytest

from daemons import BINARY, Agent, Keepalived
from expect import longest_gap
from lab import PUBLIC_VIP, wait_until
from wire import is_reply, skew_ns

pytestmark = pytest.mark.xdp("a move is the same, however adverts are heard")

OFFER = """keepalived runs here (process {}). The move, first on the host that is backup:
  (umask 077; vrrp-xdp import > /etc/vrrp-xdp/vrrp-xdp.conf)
  vrrp-xdp check
  systemctl disable --now keepalived && systemctl enable --now vrrp-xdp
"""


def move(lab, server, keepalived):
    """The three commands of a host. The agent that runs instead of keepalived."""
    done = server.ns.run(BINARY, "import", check=False)
    assert done.returncode in (0, 3) and done.stderr == OFFER.format(keepalived.child.pid), done
    agent = Agent(lab, server, done.stdout, start=False)
    agent.path.write_text(done.stdout)
    server.ns.run(BINARY, "check", "-c", agent.path)
    keepalived.stop()
    return agent.start()


def set_priority(agent, priority):
    agent.path.write_text(re.sub(r"(?m)^priority = .*", f"priority = {priority}", agent.path.read_text()))
    agent.signal(signal.SIGHUP)


def test_move(lab, wire):
    """First the backup; then it takes over by a higher priority; then the other; then all is as before."""
    vips = [f"{PUBLIC_VIP}/24 dev eth0"]
    first, second = (
        Keepalived(lab, server, Keepalived.config(3, 4, priority, vips, interval="0.3"))
        for server, priority in ((lab.s1, 150), (lab.s2, 100))
    )
    wait_until(lambda: lab.s1.carries(PUBLIC_VIP), 5, first.output)
    lab.ping(PUBLIC_VIP, 0.01)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="an answer of keepalived")
    begin = time.time_ns()

    two = move(lab, lab.s2, second).wait_state("backup")
    wait_until(lambda: two.instance()["master"], 3, two.output)
    assert two.instance()["master"]["priority"] == 150
    set_priority(two, 254)
    two.wait_state("master")
    wait_until(lambda: not lab.s1.carries(PUBLIC_VIP), 3, first.output)
    assert lab.s2.carries(PUBLIC_VIP)

    one = move(lab, lab.s1, first).wait_state("backup")
    wait_until(lambda: one.instance()["master"], 3, one.output)
    set_priority(two, 100)
    one.wait_state("master")
    two.wait_state("backup")

    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, time.time_ns(), "an answer of the agent")
    longest = longest_gap(wire, begin)
    # What it costs to stop the master, by the protocol.
    assert longest < skew_ns(3, 100, 30), f"nobody answered for {longest / 1e6:.0f} ms"


IDS = [
    ("as words", ["-f", "FILE", "-i", "blue"]),
    ("at their letters", ["-fFILE", "-iblue"]),
    ("behind other letters", ["-nlf", "FILE", "-PGi", "blue"]),
    ("by name", ["--use-file=FILE", "--config-id", "blue"]),
]


def import_beside(lab, words, arguments=(), server=None, more="", **options):
    """What `import` does on the first host beside a process named keepalived, which runs on some host."""
    path, program = lab.s1.directory / "some.conf", lab.s1.directory / "keepalived"
    path.write_text(
        "vrrp_instance web {\ninterface eth1\n@blue virtual_router_id 7\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n"
        + more
    )
    program.write_text("#!/bin/sh\nread line\n")
    program.chmod(0o755)
    command = (program, *(word.replace("FILE", str(path)) for word in words))
    child = (server or lab.s1).ns.popen(*command, stdin=subprocess.PIPE, **options)
    wait_until(lambda: "keepalived" in open(f"/proc/{child.pid}/comm").read(), 3, "the process")
    done = lab.s1.ns.run(BINARY, "import", *arguments, check=False)
    child.communicate(b"\n", 3)
    return done


@pytest.mark.parametrize("words", [row[1] for row in IDS], ids=[row[0] for row in IDS])
def test_what_runs_here(lab, words):
    """Without a file: that of the process named keepalived, of root, in this network namespace, and its ID."""
    done = import_beside(lab, words)
    assert done.returncode == 0 and "vrid = 7\n" in done.stdout, done
    for done in (import_beside(lab, words, server=lab.s2), import_beside(lab, words, user=65534)):
        assert done.returncode == 2 and "no keepalived is running here" in done.stderr, done


def test_what_is_offered(lab):
    """The commands of the move are those of this host: with the options that were given, with a balancer left, and with
    what the unit needs for another user."""
    done = import_beside(lab, ["-f", "FILE"], ["--include", "-i", "blue"])
    assert done.returncode == 0 and "; vrrp-xdp import -i blue --include > /etc/" in done.stderr, done
    assert "disable --now keepalived" in done.stderr and "CapabilityBoundingSet" not in done.stderr
    done = import_beside(lab, IDS[0][1], more="global_defs {\nscript_user nobody\n}\n")
    assert "\n  CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL\n" in done.stderr
    script = "vrrp_script s {\nscript \"killall -0 mysqld\"\n}\nvrrp_instance b {\ntrack_script {\ns\n}\n"
    script += "interface eth1\nvirtual_router_id 8\nvirtual_ipaddress {\n10.0.0.2/24\n}\n}\n"
    assert "\n  CapabilityBoundingSet=CAP_KILL\n" in import_beside(lab, IDS[0][1], more=script).stderr
    done = import_beside(lab, IDS[0][1], more="virtual_server 10.0.0.1 80 {\n}\n")
    assert done.returncode == 3 and "disable" not in done.stderr, done
    assert "\n  systemctl restart keepalived && systemctl enable --now vrrp-xdp\n" in done.stderr
    assert "give it -C" in done.stderr

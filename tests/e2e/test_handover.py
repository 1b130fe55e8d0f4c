# SPDX-License-Identifier: GPL-2.0-only
"""Make before break: a master that leaves on purpose keeps the address until another router has taken over.
Judged by what passes the switch, and by the client, who asks all the time."""

import json
import signal
import subprocess
import time

import pytest

from daemons import BINARY, Agent, Keepalived, config, frozen, two_agents
from expect import longest_gap, nic_standby, wait_nic
from lab import PUBLIC_VIP, wait_until
from wire import build_advert, is_advert, is_reply, send_frames, skew_ns

INTERVAL, CS, LOW = "300ms", 30, 10
TIMEOUT_S = 5 * CS / 100  # master-down and an interval, by the longest skew
PATIENT = {"handover_timeout": "20s"}  # a backup on a busy host may be held back for a master-down more


@pytest.fixture
def client(lab, wire):
    """Asks every 2 ms, once somebody answers."""
    lab.ping(PUBLIC_VIP, interval=0.002)
    return wire


def judge(wire, since):
    """Each question was answered once at most, and by nobody for less than the time that the backup waits after a
    goodbye: who was not handed the address takes at least that long."""
    gap = longest_gap(wire, since)
    assert gap < skew_ns(3, LOW, CS), f"nobody answered for {gap / 1e6:.1f} ms"


@pytest.mark.check
@pytest.mark.one_cpu
def test_resign_and_resume(lab, client):
    """`resign` waits, and says who has the address; `resume` says what it leads to. No client notices either."""
    high, low = two_agents(lab, second=LOW, interval=INTERVAL, **PATIENT)
    client.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    since = time.time_ns()
    said = high.cli("resign", "web", timeout=25).stdout
    assert said.startswith(f"web: {lab.s2.private} has taken over, ") and "no gap" in said
    assert high.state() == "fault" and low.state() == "master"
    wait_nic(lab.s1, nic_standby)
    client.wait(is_advert("s1-eth1", priority=1), 2, since, "the hand-over")
    assert not client.frames(is_advert("s1-eth1", priority=0), since), "said goodbye"
    high.says(f"handed over to {lab.s2.private} (priority {LOW})")
    assert "handed over" in high.cli("history", "web").stdout

    said = high.cli("resume", "web").stdout
    assert f"preempts {lab.s2.private} (priority {LOW})" in said, said
    high.wait_state("master")
    client.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, time.time_ns(), "answer of s1 after its return")
    judge(client, since)


@pytest.mark.check
@pytest.mark.one_cpu
def test_restart(lab, client):
    """SIGTERM likewise, of several routers at a time; started again, it preempts. So `systemctl restart`
    costs nothing, there and back."""
    keys = dict(name="other", vrid=56, public="eth0", address="42.51.67.94/24", mac=None, gateway=None)
    keys.update(standby_address=None, standby_gateway=None)
    both = [config(s, INTERVAL, priority=p, **keys, **PATIENT) for s, p in zip(lab.servers, (150, LOW))]
    low = Agent(lab, lab.s2, config(lab.s2, INTERVAL, priority=LOW) + both[1]).wait_state("master")
    high = Agent(lab, lab.s1, config(lab.s1, INTERVAL, priority=150, **PATIENT) + both[0]).wait_state("master")
    high.wait_state("master", name="other")
    client.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    since = time.time_ns()
    high.child.terminate()
    assert high.ends() == 0
    over = [client.wait(is_advert("s2-eth1", vrid), 3, since, f"advert of VRID {vrid}").t for vrid in (55, 56)]
    assert max(over) - since < 2 * TIMEOUT_S * 1e9, "one after the other"
    low.wait_state("master").wait_state("master", name="other")
    client.wait(is_reply("s2-eth0", PUBLIC_VIP), 3, time.time_ns(), "answer of s2")
    high.start().wait_state("master").wait_state("master", name="other")
    client.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, time.time_ns(), "answer of s1")
    judge(client, since)
    assert not client.frames(is_advert("s1-eth1", priority=0), since), "said goodbye"


def test_nobody_preempts(lab, wire):
    """A backup with preempt = no: `resign` gives up and says so. A stop waits, because the peer's host answers, and
    says goodbye when the time is up; at a second signal at once. `status` knows."""
    keys = dict(preempt="no", peers=f"{lab.s1.private} {lab.s2.private}")
    texts = [config(s, INTERVAL, handover_timeout=t, **keys) for s, t in zip(lab.servers, ("600ms", "3600s"))]
    high = Agent(lab, lab.s1, texts[0]).wait_state("master")
    low = Agent(lab, lab.s2, texts[1]).wait_state("backup")
    done = high.cli("resign", "web", "--json", check=False)
    assert done.returncode == 1 and "still MASTER" in done.stderr
    assert json.loads(done.stdout)["resign"] is False
    status = high.instance()
    assert status["state"] == "master" and status["priority"] == 100 and not status["handing_over"]
    since = time.time_ns()
    assert high.stop() == 0
    leave = wire.wait(is_advert("s1-eth1", priority=0), 1, since, "goodbye")
    assert leave.t - since >= 600_000_000, "did not wait"

    low.wait_state("master")
    low.child.terminate()
    wait_until(lambda: low.instance()["priority"] == 1, 3, "it hands over")
    status = low.instance()
    assert status["state"] == "master" and status["handing_over"] and status["lease"]["held"]
    assert "the agent is stopping" in low.cli("resign", "web", check=False).stderr
    low.child.terminate()
    assert low.ends() == 0
    wire.wait(is_advert("s2-eth1", priority=0), 1, leave.t, "goodbye")


def test_two_signals_at_once(lab, wire):
    """An agent that was held up finds two signals: the second one counts, and nobody is waited for."""
    peers = f"{lab.s1.private} {lab.s2.private}"
    agent = Agent(lab, lab.s1, config(lab.s1, peers=peers, handover_timeout="3600s")).wait_state("master")
    with frozen(agent, 0.05):
        agent.signal(signal.SIGTERM)
        agent.signal(signal.SIGINT)
    assert agent.ends() == 0
    agent.says("handing over")  # there was somebody to wait for


def test_stop_while_resign_waits(lab, wire):
    """The command that waits says that the router has let go, not that it is still MASTER."""
    agent = Agent(lab, lab.s1, config(lab.s1, handover_timeout="500ms")).wait_state("master")
    command = (BINARY, "resign", "web", *agent.where)
    resign = lab.s1.ns.popen(*command, stderr=subprocess.PIPE, text=True)
    agent.says("handing over")
    assert agent.stop() == 0
    said = resign.communicate(timeout=10)[1]
    assert resign.returncode == 1 and "it has let go" in said, said


def test_no_partner(lab, wire):
    """Nobody was heard: a stop does not wait, and says why; `resign` tries, and stays."""
    alone = Agent(lab, lab.s1, config(lab.s1, "300ms")).wait_state("master")
    done = alone.cli("resign", "web", check=False)
    assert done.returncode == 1 and "nobody has taken over" in done.stderr
    since = time.time_ns()
    assert alone.stop() == 0
    leave = wire.wait(is_advert("s1-eth1", priority=0), 1, since, "goodbye")
    assert not wire.frames(is_advert("s1-eth1", priority=1), since, leave.t), "waited for nobody"
    alone.says("no other router was heard")


def test_resume_after_a_goodbye(lab):
    """A master that has just left is no master that `resume` could name."""
    agent = Agent(lab, lab.s1, config(lab.s1, "1s")).wait_state("backup")
    agent.cli("resign", "web")
    adverts = [build_advert(src="10.51.67.95", priority=p, interval_cs=100) for p in (100, 0)]
    send_frames(lab.switch, "s1-eth1", adverts)
    wait_until(lambda: agent.instance()["paths"][0]["adverts"] == 2, 3, agent.output)
    assert "hears no master" in agent.cli("resume", "web").stdout
    agent.cli("resign", "web")
    send_frames(lab.switch, "s1-eth1", adverts[:1])
    wait_until(lambda: agent.instance()["paths"][0]["adverts"] == 3, 3, agent.output)
    assert "BACKUP; the master is 10.51.67.95" in agent.cli("resume", "web").stdout


@pytest.mark.parametrize("theirs", [100, 200], ids=["to keepalived", "and back by its stop"])
def test_keepalived(lab, wire, theirs):
    """keepalived 2.2.7 takes over from us without our goodbye; we take over at its own."""
    address = "10.51.67.55"
    keys = dict(public="eth1", gateway=None, mac=None, standby_address=None, standby_gateway=None)
    text = config(lab.s1, vrid=55, priority=150, address=f"{address}/24", **keys)
    peer_text = Keepalived.config(3, 4, theirs, [f"{address}/24"])
    ours = Agent(lab, lab.s1, text).wait_state("master")
    peer = Keepalived(lab, lab.s2, peer_text)
    if theirs > 150:
        ours.wait_state("backup")
        peer.stop()
        ours.wait_state("master")
        assert not wire.frames(is_advert("s1-eth1", priority=0))
        return
    # It speaks only when it has taken over; until then it is known to nobody.
    peer.says("Entering BACKUP STATE", timeout=5)
    since = time.time_ns()
    said = ours.cli("resign", "web").stdout
    assert f"{lab.s2.private} has taken over" in said, said
    over = wire.wait(is_advert("s2-eth1", priority=100), 1, since, "keepalived's advert")
    assert wire.frames(is_advert("s1-eth1", priority=1), since, over.t)
    assert not wire.frames(is_advert("s1-eth1", priority=0), since), "said goodbye"
    ours.cli("resume", "web")
    ours.wait_state("master")

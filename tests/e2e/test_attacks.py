# SPDX-License-Identifier: GPL-2.0-only
"""The attacks of attacks.py on two agents, without and with signatures: each frame once, then as a flood,
and the master crashes in the flood.

What must hold is said row by row. Where an attack is refused: it is counted under its name, nobody moves,
nobody but the master answers on the public wire, and the crash is taken over in time. Where VRRP without
signatures has to believe it: what happens then, that there are no two owners for it, and that it is over
when the attack is.
"""

import dataclasses
import time

import pytest

from attacks import (
    ATTACKS,
    CAPTURED,
    FIRST,
    KEY,
    PASSWORD,
    SECOND,
    VRID,
    VRID6,
    Stage,
    owners,
    two_owners_ns,
)
from daemons import SOCKET, Agent, config
from expect import LATE_NS, Takeover
from lab import GATEWAY6, PUBLIC_VIP, PUBLIC_VIP6, SHARED_MAC, holds_for, wait_until
from wire import is_advert, is_announce, master_down_ns, send_frames, skew_ns

MS = 1_000_000
# As in test_owners.py: a step down by the XDP program, and by an agent that has to wake for it.
TWO_OWNERS_NS = 10 * MS if SOCKET else 1 * MS
BARE = dict(mac=None, gateway=None, standby_address=None, standby_gateway=None)


# ---- what must hold --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Expect:
    """first, second: verdicts that s1 and s2 count, of each frame once. notes: what both together say of
    what they accept. once, flood: names of the checks below."""

    first: dict = dataclasses.field(default_factory=dict)
    second: dict = dataclasses.field(default_factory=dict)
    notes: tuple = ()
    once: str = "nothing"
    flood: str = "nothing"


def both(once="nothing", flood="nothing", **verdicts):
    return Expect(verdicts, verdicts, once=once, flood=flood)


def from_the_master(count=1, **verdicts):
    """With the master's address: it is never believed there."""
    return Expect(dict(own_source=count), verdicts)


PLAIN = {
    "priority 255": Expect(notes=("yielded",), once="yields", flood="nobody"),
    "goodbye": Expect(dict(own_source=1), once="interrupts", flood="held by goodbyes"),
    "interval 0": Expect(dict(interval_zero=1, own_source=1), dict(interval_zero=2)),
    "interval 40.95 s": Expect(notes=("yielded",), once="stalls", flood="nobody"),
    "replay": Expect(dict(own_source=CAPTURED), flood="held"),
    "reflection": Expect(dict(own_source=CAPTURED)),
    "as the backup": Expect({}, dict(own_source=1), notes=("yielded",), once="yields", flood="moved"),
    "as the master": Expect(dict(own_source=1), notes=("ignored",)),
    "tie": Expect(notes=("yielded",), once="yields", flood="nobody"),
    "VRID sweep": Expect(),
    "fragments": both(fragment=1),
    "oversize": Expect(dict(truncated=1), dict(truncated=1), notes=("ignored",)),
    "address count": both(address_count=1, truncated=1),
    "cut short": both(truncated=3),
    "other addresses": Expect(dict(own_source=2), notes=("address_list",), flood="held"),
    "TTL": both(ttl=3),
    "version and type": both(version=2, type=1),
    "checksum": both(checksum=2),
    "wrong destination": both(destination=4),
    "ARP and ND": Expect(once="announced against", flood="public"),
    "shared MAC": Expect(once="announced against", flood="public"),
}
SIGNED = {
    "priority 255": both(hmac_missing=1),
    "goodbye": from_the_master(hmac_missing=1),
    "interval 40.95 s": both(hmac_missing=1),
    "replay": from_the_master(CAPTURED, hmac_replay=CAPTURED),
    "reflection": from_the_master(CAPTURED),
    "as the backup": Expect(dict(hmac_missing=1), dict(own_source=1)),
    "as the master": from_the_master(hmac_missing=1),
    "tie": both(hmac_missing=1),
    "oversize": both(hmac_malformed=1, truncated=1),
    "other addresses": from_the_master(2, hmac_missing=2),
    "trailer": both(hmac_malformed=4, hmac_missing=1, hmac_key=1, hmac_digest=2, hmac_stale=2),
}
TABLES = {
    "plain": PLAIN,
    "signed": SIGNED,
    "unicast": {"not a peer": both(peer=1, destination=1)},
    "password": {"password": both(password=2, auth_type=2)},
}
ROWS = [
    (pair, attack, table[attack.name])
    for pair, table in TABLES.items()
    for attack in ATTACKS
    if attack.name in table
]


def test_table():
    """There are 24, each of them is tried, and nothing is expected of one that is not there."""
    names = [attack.name for attack in ATTACKS]
    assert len(names) == len(set(names)) == 24
    assert {name for table in TABLES.values() for name in table} == set(names)


# ---- the pair --------------------------------------------------------------------------------------------


class Pair(Stage):
    """s1 and s2 run agents; a second router over IPv6 beside the first one, where that is no matter."""

    def __init__(self, kind):
        self.kind = kind
        interval = "1s" if kind == "password" else "100ms"
        super().__init__(*((2, 100) if kind == "password" else (3, 10)))
        self.interval_ns = self.scene.interval_cs * 10 * MS
        self.lease_ns = 3 * self.interval_ns
        self.skew_ns = skew_ns(self.scene.version, SECOND, self.scene.interval_cs)
        self.agents = [self._agent(s, p, interval) for s, p in zip(self.lab.servers, (FIRST, SECOND))]
        self.high, self.low = self.agents
        self.rests()
        self.ask()

    def _agent(self, server, priority, interval):
        keys, more = {}, ""
        if self.kind == "password":
            keys = dict(version=2, auth=f"pass:{PASSWORD.decode()}")
        elif self.kind == "unicast":
            keys = dict(peers=f"{self.lab.s1.private} {self.lab.s2.private}")
        elif self.kind == "signed":
            path = server.directory / "key"
            path.touch(mode=0o600)
            path.write_bytes(KEY)
            keys = dict(hmac_key=f"1:{path}")
        else:
            more = config(
                server, name="six", vrid=VRID6, priority=priority, address=f"{PUBLIC_VIP6}/64",
                **{**BARE, "gateway": GATEWAY6},
            )  # fmt: skip
        text = config(server, interval=interval, vrid=VRID, priority=priority, **keys)
        return Agent(self.lab, server, f"{text}\n{more}")

    def down_ns(self, priority):
        return master_down_ns(self.scene.version, priority, self.scene.interval_cs)

    def states(self):
        return [{i["state"] for i in a.status()["instances"]} for a in self.agents]

    def rests(self):
        """s1 is master and s2 the backup of everything, and s1 has been for a while."""

        def so():
            shown = [a.status()["instances"] for a in self.agents]
            settled = [{i["state"] for i in one} for one in shown] == [{"master"}, {"backup"}]
            return settled and all(i["since_ms"] > 50 for i in shown[0])

        log = "\n".join(a.output()[-2000:] for a in self.agents)
        wait_until(so, 15, lambda: f"{self.states()}\n{log}")
        wait_until(lambda: self.low.instance()["master"], 5, "s2 hears s1")

    def picture(self):
        return [
            [(i["name"], i["state"], i["transitions"]) for i in a.status()["instances"]] for a in self.agents
        ]

    def notes(self, name):
        return sum(i["notes"][name] for a in self.agents for i in a.status()["instances"])


@pytest.fixture(scope="module")
def pair(request):
    made = Pair(request.param)
    yield made
    made.close()


# ---- after each frame was sent once ------------------------------------------------------------------------


def nothing(pair, since, still):
    holds_for(lambda: pair.picture() == still, 0.15, lambda: f"{still}, is {pair.picture()}")


def yields(pair, since, still):
    """The master believes it, is off the public wire at once, and comes back when it hears no more."""
    back = pair.wire.wait(is_advert("s1-eth1", VRID), 3, since + pair.down_ns(FIRST), "s1 is back")
    quiet = [f for f in pair.wire.frames(is_advert("s1-eth1", VRID), since + 20 * MS, back.t)]
    assert not quiet, "it has not stepped down"
    claims = [span for span in owners(pair.wire, since + 20 * MS) if span[0] == "s1" and span[1] < back.t]
    assert not claims, f"it has stepped down, and answers: {claims}"
    pair.rests()


def interrupts(pair, since, still):
    """The backup believes it, and waits for its skew alone. Then the master speaks up: one of the two is
    off the wire within an interval, and the other one announces again."""

    def spoken():
        """Of a late one nothing is seen: the master speaks again within 100 ms."""
        found = pair.wire.frames(is_advert("s2-eth1", VRID), since)
        if not found:
            pair.send(pair.attack)
        return found

    spoke = wait_until(spoken, 3, "the backup believes it: a signature?", every=0.2)[0]
    assert spoke.t >= since + pair.skew_ns
    pair.wire.wait(is_advert("s1-eth1", VRID), 2, spoke.t, "s1 answers")
    pair.wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 2, spoke.t, "s1 announces again")
    pair.rests()


def stalls(pair, since, still):
    """Both believe it, and wait for three times as long as it says; unless a better one says otherwise."""
    wait_until(lambda: pair.states() == [{"backup", "master"}, {"backup"}], 2, pair.states)
    holds_for(lambda: pair.high.state() == pair.low.state() == "backup", 1, pair.states)
    assert not [s for s in owners(pair.wire, since + 20 * MS)], "a backup answers"
    relieve(pair)
    pair.rests()


def relieve(pair):
    """Of an interval of 40.95 s."""
    pair.relieved = time.time_ns()
    send_frames(pair.lab.s3.ns, "eth1", [pair.scene.advert()])


def announced_against(pair, since, still):
    """Counted, and announced against, until the client believes the master again."""
    pair.wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 3, since, "announcement against it")
    if pair.attack.name == "ARP and ND":
        pair.wire.wait(is_announce("s1-eth0", PUBLIC_VIP6), 3, since, "announcement against the ND")
    wait_until(lambda: pair.lab.neighbor(PUBLIC_VIP) == SHARED_MAC, 2, "the client knows where it is")
    wait_until(lambda: pair.lab.answers(PUBLIC_VIP), 2, "and is answered")
    assert pair.picture() == still


ONCE = {
    "nothing": nothing,
    "yields": yields,
    "interrupts": interrupts,
    "stalls": stalls,
    "announced against": announced_against,
}


# ---- in the flood, in which s1 crashes -------------------------------------------------------------------


def flood_nothing(pair, flood, still):
    """Nobody moves; the crash is taken over in time, by the last true advert."""
    holds_for(lambda: pair.picture() == still, 0.1, lambda: f"{still}, is {pair.picture()}")
    since = pair.high.kill()
    taken = Takeover(pair.wire, pair.lab.s2, since, reply=False)
    flood.stop()
    taken.check(pair.scene.version, SECOND, pair.scene.interval_cs)
    assert not pair.wire.frames(is_advert("s2-eth1", VRID), pair.began, since), "it had spoken up before"


def takes_over_after(pair, flood, since, wait_ns):
    """By s2, so long after a frame of the flood, the last one where the flood was on time."""
    flood.stop()
    first = pair.wire.wait(is_advert("s2-eth1", VRID), 5, since, "s2 takes over")
    waited = first.t - max(flood.last(first.t), pair.relieved)
    assert wait_ns <= waited <= wait_ns + LATE_NS, waited / 1e6
    pair.low.wait_state("master")


def flood_held(pair, flood, still):
    """As if the master spoke, be it dead or alive; unless the flood itself stands still."""
    holds_for(lambda: pair.low.state() == "backup", 0.1, "took over")
    since = pair.high.kill()
    holds_for(
        lambda: pair.low.state() == "backup" or flood.pause_ns(since) >= pair.down_ns(SECOND),
        0.8,
        "the crash was noticed",
    )
    takes_over_after(pair, flood, since, pair.down_ns(SECOND))
    is_silent_after(pair, since + pair.lease_ns)


def is_silent_after(pair, end):
    """The host that crashed, once its lease is over. It answered until then: its kernel is alive."""
    quiet = end + 20 * MS
    wait_until(lambda: time.time_ns() > quiet + 100 * MS, 2, "the lease is over")
    assert not [s for s in owners(pair.wire, quiet) if s[0] == "s1"], "a dead master answers"


def flood_held_by_goodbyes(pair, flood, still):
    """The backup waits for its skew, and so does not wait for the end of the lease."""
    since = pair.high.kill()
    sent = flood.sent
    wait_until(lambda: flood.sent > sent + 2000, 5, "a flood")
    takes_over_after(pair, flood, since, pair.skew_ns)
    is_silent_after(pair, since + pair.lease_ns)


def flood_nobody(pair, flood, still):
    """Somebody better speaks: neither is master while that lasts, and one is soon after."""
    wait_until(lambda: pair.high.state() == "backup", 3, "s1 steps down")
    since = time.time_ns()

    def is_paused():
        return flood.pause_ns(since) >= pair.down_ns(FIRST)

    holds_for(lambda: pair.high.state() == pair.low.state() == "backup" or is_paused(), 0.5, pair.states)
    assert is_paused() or not owners(pair.wire, since), "a backup answers"
    since = pair.high.kill()
    if pair.attack.name == "interval 40.95 s":
        flood.stop()
        relieve(pair)
    takes_over_after(pair, flood, since, pair.down_ns(SECOND))


def flood_moved(pair, flood, still):
    """The backup knows better than to believe itself, and takes over from a master that stepped down."""
    pair.low.wait_state("master")
    assert pair.high.state() == "backup"
    since = pair.high.kill()
    holds_for(lambda: pair.low.state() == "master", 0.3, "s2 goes on")
    flood.stop()
    assert {span[0] for span in owners(pair.wire, since)} == {"s2"}


def flood_public(pair, flood, still):
    """Nobody moves, the agent announces against it at its own pace, and the crash is taken over in time."""
    since = time.time_ns()
    holds_for(lambda: pair.picture() == still, 1.2, lambda: f"{still}, is {pair.picture()}")
    count = len(pair.wire.frames(is_announce("s1-eth0", PUBLIC_VIP), since))
    assert 1 <= count <= 20, f"{count} announcements in 1.2 s"
    flood_nothing(pair, flood, still)


FLOOD = {
    "nothing": flood_nothing,
    "held": flood_held,
    "held by goodbyes": flood_held_by_goodbyes,
    "nobody": flood_nobody,
    "moved": flood_moved,
    "public": flood_public,
}


# ---- the rows --------------------------------------------------------------------------------------------


def counted(agent):
    """What the first router's status says of refused frames, and of rivals of all routers."""
    instances = agent.status()["instances"]
    verdicts = next(dict(i["verdicts"]) for i in instances if i["name"] == "web")
    del verdicts["valid"]
    return {**verdicts, "rivals": sum(i["fence"]["rivals"] for i in instances)}


def sequence(spans):
    hosts = [span[0] for span in spans]
    return [host for at, host in enumerate(hosts) if not at or hosts[at - 1] != host]


def arrives(pair, flood, expect):
    """The flood is one, and each agent counts it where it counted the single frames."""
    before = [counted(a) for a in pair.agents]
    wait_until(lambda: flood.sent > 500, 5, "a flood")
    for agent, was, verdicts in zip(pair.agents, before, (expect.first, expect.second)):
        for name in verdicts:
            wait_until(lambda: counted(agent)[name] > was[name] + 10, 3, f"{agent.server.name}: {name}")


@pytest.mark.parametrize(
    "pair,attack,expect",
    ROWS,
    indirect=["pair"],
    ids=[f"{pair}-{attack.name}" for pair, attack, _ in ROWS],
    scope="module",  # or each row has a pair of its own, as it has an attack
)
def test_attack(pair, attack, expect):
    pair.attack, pair.relieved = attack, 0
    pair.wire.forget(time.time_ns() - 5000 * MS)
    if not pair.high.alive():
        pair.high.start()
    pair.rests()
    if attack.nic == "eth0":  # what comes sooner may be the last of another master
        wait_until(lambda: all(i["since_ms"] > 1100 for i in pair.high.status()["instances"]), 3, "settled")
    still, before = pair.picture(), [counted(a) for a in pair.agents]
    noted = {name: pair.notes(name) for name in expect.notes}

    since = pair.send(attack)
    for agent, was, wanted in zip(pair.agents, before, (expect.first, expect.second)):
        if attack.nic == "eth0":
            wanted = {"rivals": 3 if attack.name == "ARP and ND" else 1} if agent is pair.high else {}

        def gained():
            now = counted(agent)
            if attack.nic != "eth0":  # a backup that was deceived may have announced already
                del now["rivals"]
            return {name: now[name] - was[name] for name in now if now[name] != was[name]}

        wait_until(lambda: gained() == wanted, 2, lambda: f"{agent.server.name}: {wanted}, is {gained()}")
    for name, count in noted.items():
        wait_until(lambda: pair.notes(name) > count, 2, f"{name} is noted")
    ONCE[expect.once](pair, since, still)

    pair.rests()
    still, pair.began = pair.picture(), time.time_ns()
    flood = pair.flood(attack)
    try:
        arrives(pair, flood, expect)
        FLOOD[expect.flood](pair, flood, still)
    finally:
        flood.stop()
    taken_over = sequence(owners(pair.wire, since))
    pair.high.start()
    pair.rests()

    spans = owners(pair.wire, since)
    both_ns = two_owners_ns(spans)
    limit = TWO_OWNERS_NS
    if expect.once == "interrupts":  # until the master speaks, and then until the dead master's lease ends
        limit = pair.interval_ns + pair.lease_ns - pair.skew_ns
    elif expect.once == "yields" and SOCKET:
        # Both have yielded, and may take over at the same time. Who still changes its NIC then, and waits for the
        # kernel's lock of all NICs, does not read its sockets, and owns until its lease ends.
        limit = pair.lease_ns
    assert both_ns <= limit, f"two owners for {both_ns / 1e6} ms: {spans}"
    if (expect.once, expect.flood) == ("nothing", "nothing"):
        assert taken_over == ["s1", "s2"], spans

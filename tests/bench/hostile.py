# SPDX-License-Identifier: GPL-2.0-only
"""Floods: of adverts that must not count, and of valid ones that must not matter. Depends on crash.py,
storm.c and flood.c.
"""

import contextlib
import os
import statistics
import subprocess
import time

from contenders import BINS, KEEPALIVED, OURS, Setup, counters, last_words, pairs, received, write_frames
from crash import Stage, crash
from lab import holds_for, stop_process, wait_until
from load import Meter
from report import Report, ms, pick
from wire import build_advert

FORGED = dict(src="10.51.67.77", priority=200, interval_cs=10)
PASSWORD = "s3cret"
# kind: (what runs, the frame that floods the backup)
KINDS = {
    "bad checksum": (Setup(10), lambda s: build_advert(**FORGED, bad_checksum=True)),
    "wrong VRID": (Setup(10), lambda s: build_advert(**FORGED, vrid=77)),
    "source not in peers": (
        Setup(10, unicast=True),
        lambda s: build_advert(**FORGED, dst=s.private, eth_dst=s.ns.mac("eth1")),
    ),
    "wrong password": (
        Setup(100, password=PASSWORD),
        lambda s: build_advert(
            src="10.51.67.77", priority=200, version=2, interval_cs=100, auth_type=1, auth=b"wr0ng"
        ),
    ),
}
PASSED_ON = """an advert of another VRID may be somebody else's, so it is passed on; the others end at the NIC.
Of the time that one takes, 71 % go to the stack behind the driver (the list of received frames, IP, the
raw sockets of the group's members, whose filters drop it), 15 % to our program (perf, cpu-clock)"""
METHOD = """Adverts that must not count, with priority 200, as fast as one CPU sends them, into the backup's heartbeat
NIC, while the true master's go on: with a bad checksum, of another VRID, by unicast from a source that is
not a peer (all at 100 ms), and of version 2 with a wrong password (at 1 s). They are put into the
NIC as XDP frames, as a NIC with native XDP would hand them on (`tests/bench/storm.c`); keepalived's NIC
runs the empty XDP program, and its socket gets them all. CPU is the contender's processes; the sender and
the XDP program have a CPU's time that is nobody's here.

A false failover is a backup that speaks up although its master never stopped. vrrp-xdp's master is then
crashed, before the flood and during it: what a crash costs more is the difference of the medians."""


@contextlib.contextmanager
def native_xdp(pair, server):
    """keepalived's NIC is one with native XDP as well; ours has its program."""
    with contextlib.ExitStack() as stack:
        if pair.name != OURS:
            empty = server.ns.popen(
                BINS / "empty", "eth1", "native", stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            stack.callback(stop_process, empty)
            assert empty.stdout.readline() == b"ready\n", "no XDP on keepalived's NIC"
        yield


@contextlib.contextmanager
def storm(pair, seconds, frame):
    """A flood of one frame into the backup's heartbeat NIC; yields the process, whose output counts."""
    lab = pair.lab
    with contextlib.ExitStack() as stack:
        stack.enter_context(native_xdp(pair, lab.s2))
        path = write_frames(lab.directory / "storm", [frame])
        child = lab.switch.popen(
            BINS / "storm", "s2-eth1", seconds, path, stdout=subprocess.PIPE, text=True
        )
        stack.callback(stop_process, child)
        os.setpriority(os.PRIO_PROCESS, child.pid, -20)
        yield child


def one(kind, name, scale):
    """One contender under one kind of flood: a dict of what it did."""
    setup, build = KINDS[kind]
    seconds, crashes = pick(scale, 3, 4), pick(scale, 0, 5 if setup.interval_cs < 100 else 1)
    with pairs((name, setup)) as (pair,):
        stage = Stage(pair, 0)
        holds_for(pair.alive, max(0.5, 3 * setup.interval_ns / 1e9), f"{name} has ended")
        calm = crash([stage], {name: crashes}, 60).overshoots[name] if name == OURS and crashes else []
        wait_until(lambda: stage.heard[-1] > (stage.spoken or [0])[-1], 5, "the master is back")
        stage.wants(0)
        since = stage.heard[-1]
        # Longer for the crashes; its own end comes in any case.
        with storm(pair, seconds if not calm else seconds + 60, build(pair.lab.s2)) as child:
            meter, begin = Meter(pair, pair.backup), time.monotonic()
            packets = received(pair.lab.s2.ns, "eth1")[1]
            holds_for(pair.alive, seconds, lambda: f"{name} has ended\n{last_words(pair.backup)}")
            meter.lap()
            rate = (received(pair.lab.s2.ns, "eth1")[1] - packets) / (time.monotonic() - begin)
            false = stage.false_failovers(since)
            flooded = crash([stage], {name: crashes}, 60).overshoots[name] if calm else []
            assert not calm or child.poll() is None, "the flood has ended before the crashes"
        return {
            "rate": rate,
            "false": false,
            "cpu": meter.cpu[0],
            "switches": meter.switches[0],
            "more": statistics.median(flooded) - statistics.median(calm) if calm else None,
        }


def junk(scale, say):
    kinds = pick(scale, ("bad checksum", "source not in peers"), tuple(KINDS))
    rows, found = [], {}
    for kind in kinds:
        for name in (OURS, KEEPALIVED):
            got = found[kind, name] = one(kind, name, scale)
            more = f"{ms(got['more'])} ms" if got["more"] is not None else "-"
            rows.append(
                [kind, name, f"{got['rate']:,.0f}", got["false"], f"{got['cpu']:.3f}"]
                + [f"{got['switches']:.0f}", more]
            )
        say(f"  {kind}")
    report = Report("A flood of junk", METHOD)
    report.table(
        ["kind", "backup", "adverts/s", "false failovers", "CPU %", "switches/s", "a crash costs more"], rows
    )
    ours = [found[k, OURS] for k in kinds]
    slowest = min(g["rate"] for g in ours)
    report.target("junk flood: rate", "≥ 500,000/s", f"{slowest:,.0f}/s", slowest >= 500_000, PASSED_ON)
    false = sum(g["false"] for g in ours)
    theirs = sum(found[k, KEEPALIVED]["false"] for k in kinds)
    report.target("junk flood: false failovers", "0", f"{false} (keepalived: {theirs})", false == 0)
    for kind in kinds:
        report.ratio(f"junk flood, {kind}: CPU", found[kind, OURS]["cpu"], found[kind, KEEPALIVED]["cpu"], 0.01)
    report.figures["junk"] = [f"{found[kinds[0], n]['cpu']:.3f} %" for n in (OURS, KEEPALIVED)]
    more = [g["more"] for g in ours if g["more"] is not None]
    if more:
        worst = max(more)
        report.target("junk flood: a crash costs more", "≤ 1 ms", f"{ms(worst)} ms", worst <= 1_000_000)
    return report


# ---- valid, and of no matter -----------------------------------------------------------------------------

SOURCES = 4000
INFERIOR_METHOD = f"""Valid adverts of the same virtual router with priority 50, below everyone's, from {SOURCES:,} sources, as fast as
one CPU sends them through sockets, at the backup or at the master. CPU is the processes' of the host that
is flooded. The state is right if the backup stays silent and the master goes on, at least with every
third advert. Lost is what found the NIC's queue full (native XDP, 256 frames), before any program: of the
master's adverts as of the flood's, where one CPU sends more than the other one takes in."""
INFERIOR_WHY = """what the NIC's queue has no room for reaches no program (the column "lost"), be it the flood's or the
master's. Who hears none of the master's for a master-down takes over"""
RIGHT = "right"


def no_room(ns, port):
    """Frames that a switch's port could not hand to the NIC behind it, so far."""
    return counters(ns, port)[11]


def inferior_frames():
    return [
        build_advert(src=f"10.51.{100 + n // 250}.{n % 250 + 1}", priority=50, interval_cs=10)
        for n in range(SOURCES)
    ]


def judge_state(failovers, heard, seconds):
    """Of a master that advertises every 100 ms, and a backup that is to be silent; what is wrong, if anything."""
    if failovers:
        return f"WRONG: the backup spoke up {failovers} times"
    if heard <= seconds * 10 / 3:
        return f"WRONG: {heard} of the master's adverts in {seconds} s"
    return RIGHT


def inferior(scale, say):
    seconds = pick(scale, 3, 5)
    rows, found = [], {}
    for role, server in (("backup", "s2"), ("master", "s1")):
        for name in (OURS, KEEPALIVED):
            with pairs((name, Setup(10))) as (pair,):
                stage = Stage(pair, 0)
                holds_for(pair.alive, 0.5, f"{name} has ended")
                path = write_frames(pair.lab.directory / "inferior", inferior_frames())
                port = f"{server}-eth1"
                with native_xdp(pair, getattr(pair.lab, server)):
                    holds_for(pair.alive, 0.5, f"{name} has ended")
                    meter, since = Meter(pair, getattr(pair, role)), stage.heard[-1]
                    lost = no_room(pair.lab.switch, port)
                    done = pair.lab.switch.run(BINS / "flood", port, seconds, 0, path, timeout=seconds + 20)
                    meter.lap()
                    lost = no_room(pair.lab.switch, port) - lost
                assert pair.alive(), f"{name} has ended\n{last_words(pair.backup)}"
                heard = [t for t in stage.heard if t > since]
                state = judge_state(stage.false_failovers(since), len(heard), seconds)
                found[role, name] = meter.cpu[0], state
                rate = int(done.stdout) / seconds
                rows.append(
                    [role, name, f"{rate:,.0f}", f"{100 * lost / int(done.stdout):.1f}"]
                    + [f"{meter.cpu[0]:.2f}", f"{meter.switches[0]:.0f}"]
                    + [state]
                )
    report = Report("A flood of valid adverts of lower priority", INFERIOR_METHOD)
    report.table(["flooded", "contender", "adverts/s", "lost %", "CPU %", "switches/s", "state"], rows)
    for role in ("backup", "master"):
        cpu, state = found[role, OURS]
        report.target(f"inferior flood at the {role}: CPU", "≤ 5 %", f"{cpu:.2f} %", cpu <= 5)
        report.target(f"inferior flood at the {role}: state", RIGHT, state, state == RIGHT, INFERIOR_WHY)
    return report

# SPDX-License-Identifier: GPL-2.0-only
"""Which interval is safe: adverts that are late by a known time are counted, and status and doctor answer from
the counts. The hour that an answer takes is written into the map, as a day of real adverts would stand there."""

import bisect
import json
import struct
from math import exp

from daemons import Agent, config
from lab import holds_for, wait_until
from test_cli import cli_bpftool
from test_doctor import Doctor
from wire import build_advert, is_advert, send_frames

BUCKETS = 73
EDGES = [0] + [(4 + n % 4) << (13 + n // 4) for n in range(BUCKETS - 1)]  # in ns: bpf/tally.h
# Of struct vrrp_timing:
COUNT, COUNTED, LATE = 192, 200, 208
INTERVAL_NS = 10**9
DAY_NS = 86400 * 10**9


def bucket(late_ns):
    return bisect.bisect_right(EDGES, late_ns) - 1


def write_timing(server, late):
    """A day of adverts every second, so many of them late, into the first path of the first router."""
    pin = server.bpffs / "timings"
    key = ["key", "0", "0", "0", "0"]
    entry = json.loads(cli_bpftool("-j", "map", "lookup", "pinned", pin, *key))
    value = bytearray(int(octet, 16) for octet in entry["value"])
    counts = [0] * BUCKETS
    for late_ns, count in late.items():
        counts[bucket(late_ns)] += count
    adverts = DAY_NS // INTERVAL_NS
    counts[0] = adverts - sum(counts)
    struct.pack_into("=Q", value, COUNT, adverts)
    struct.pack_into("=Q", value, COUNTED, DAY_NS)
    struct.pack_into(f"={BUCKETS}I", value, LATE, *counts)
    octets = [str(octet) for octet in value]
    cli_bpftool("map", "update", "pinned", pin, *key, "value", *octets)


def advice_of(agent):
    return json.loads(agent.cli("status", "web", "--json").stdout)["instances"][0]["interval_advice"]


def test_late_adverts(lab, wire):
    """One on time, one late, one that is early, one after a goodbye: what is counted, and as what. There is no
    answer before an hour."""
    agent = Agent(lab, lab.s2, config(lab.s2, interval="1s")).wait_state("backup")
    assert advice_of(agent) == {"state": "unheard"}
    assert "interval_advice" not in agent.instance(), "takes long with many routers"
    sent = 0

    def send(priority=200):
        nonlocal sent
        send_frames(lab.s1.ns, "eth1", [build_advert(priority=priority, interval_cs=100)])
        sent += 1
        wait_until(lambda: agent.instance()["paths"][0]["adverts"] == sent, 3, "it is heard")

    send()
    holds_for(agent.alive, 1.3, "the agent has ended")
    send()
    send()
    send(priority=0)
    send()
    # Who sends and who hears stamp in their turn, so a late one may be in the bucket beside.
    first, second, third = [f.t for f in wire.frames(is_advert("s1-eth1"))][:3]
    late = second - first - INTERVAL_NS
    path = agent.instance()["paths"][0]
    assert path["late"][0] == 1 and sum(path["late"]) == 2
    found = next(n for n, count in enumerate(path["late"]) if n and count)
    assert bucket(late - 10**6) <= found <= bucket(late + 10**6), f"{late} ns late: bucket {found}"
    assert abs(path["counted_ms"] - (third - first) // 10**6) <= 2
    advice = advice_of(agent)
    assert advice["state"] == "wait" and advice["wait_s"] == 3600 - path["counted_ms"] // 1000
    assert "interval is safe: needs 60 min more of adverts" in agent.cli("status", "web").stdout


def test_advice(lab):
    """Of a day: a calm wire is well, one with stalls is warned of, with the interval that would do."""
    agent = Agent(lab, lab.s2, config(lab.s2, interval="1s")).wait_state("backup")
    write_timing(lab.s2, {60_000: 20_000, 100_000: 5_000, 150_000: 500, 200_000: 20})
    advice = advice_of(agent)
    assert advice["state"] == "given" and advice["interval_ms"] == 1000
    assert advice["at_least"] <= advice["false_failovers_a_year"] <= advice["at_most"] < 1
    assert advice["safe_ms"] < 1000
    line = "1s: <0.01 false failovers a year"
    assert line in agent.cli("status", "web").stdout
    said = Doctor(agent).said("ok", "interval", "web")
    assert len(said) == 1 and line in said[0]

    # 5,000 exponential stalls of 400 ms on average: a day has some seven beyond master-down less an interval.
    write_timing(lab.s2, {a: round(5000 * (exp(-a / 4e8) - exp(-b / 4e8))) for a, b in zip(EDGES, EDGES[1:]) if a})
    advice = advice_of(agent)
    a_year = 5000 * exp(-2.609375e9 / 4e8) * 365.25
    assert advice["at_least"] < a_year < advice["at_most"], advice
    assert advice["safe_ms"] is None or advice["safe_ms"] > 1000
    assert "safe: " in agent.cli("status", "web").stdout
    doctor = Doctor(agent)
    assert len(doctor.said("warn", "interval", "web")) == 1

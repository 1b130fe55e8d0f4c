# SPDX-License-Identifier: GPL-2.0-only
"""docs/scaling.md: what a larger installation costs, on paper, from the constants of one run.

Depends on report.py alone; measures nothing.
"""

from report import table

WIRE_OCTETS = 64 + 20  # the shortest frame, preamble and gap
HOSTS = (  # routers, heartbeat NICs, interval in ms
    (1, 1, 1000), (255, 1, 1000), (255, 1, 100), (255, 1, 10), (1020, 4, 100), (4080, 16, 1000), (4080, 16, 100),
    (4080, 16, 10),
)  # fmt: skip


def share(ns_a_second):
    """Of one core."""
    percent = ns_a_second / 1e7
    return f"{percent:.2g} %" if percent < 100 else f"{percent / 100:.1f} cores"


def page(c):
    """c: the constants that the sections left."""
    (_, few_cpu), (wakes, many_cpu) = c["backup 255"], c["backup 4080"]
    scan_ns = max(0.0, (many_cpu - few_cpu) * 1e7 / wakes / (4080 - 255))
    wake_us = max(0.0, c["backup 1"][1] * 1e4 / c["backup 1"][0])
    send_us = max(0.0, (c["master 255"][1] - c["master 1"][1]) * 1e4 / 10 / 254)
    router_kb = (c["memory 4080"] - c["memory 1"]) * 1024 / 4079
    rows = []
    for routers, nics, interval_ms in HOSTS:
        rate, down = 1000 / interval_ms, interval_ms / 1000 * (3 + 156 / 256)
        heard = routers * rate
        segment = heard / nics * WIRE_OCTETS * 8 / 1e6
        rows.append([
            f"{routers:,}", nics, f"{interval_ms} ms", f"{heard:,.0f}", f"{segment:.2g}",
            share(heard * c["absorbed_ns"]), f"{1 / down:.2g}",
            share((wake_us * 1e3 + scan_ns * routers) / down), f"{rate:.2g}" if rate < 1 else f"{rate:.0f}",
            share(rate * wake_us * 1e3 + heard * send_us * 1e3),
            f"{c['memory 1'] + router_kb * (routers - 1) / 1024:.1f}",
        ])  # fmt: skip
    most = {ms: int(1e6 / send_us * ms / 1000) if send_us else 0 for ms in (10, 100, 1000)}
    spacing = {ms: max(1, int(-(-c["overshoot_us"] * 256 // (ms * 1000)))) for ms in (10, 100, 1000)}
    together = c["promotion_ms"]
    wide = "which took too long"
    if c["wide_s"]:
        wide = f"which were all masters {c['wide_s']:.1f} s after their masters fell silent"
    lasting = "The adverts that follow must be on time all the same, as a lease lasts three intervals. "
    if c["wide_lapsed"]:
        lasting += f"""They wait for the
takeover of all here: with adverts every 100 ms about {300 / together:.0f} routers can be promoted at once before leases
run out, and with 4,080 of them they do (*takeover of 255 routers at once* in the benchmarks)."""
    else:
        lasting += """They do not
wait for the takeover of all: 4,080 routers at once, with adverts every 100 ms, lost no lease (*takeover of 255
routers at once* in the benchmarks)."""
    return f"""# Scaling, on paper

What grows with virtual routers, NICs, hosts on a segment and the rate of adverts, up to {4080:,} routers on a
host (16 NICs × 255) and 16 hosts on a segment. Computed by `sudo make bench` from constants that it has
measured in the run of [benchmarks-full.md](benchmarks-full.md), on that machine; another machine has others.

## The constants

{table(["what", "measured", "from"], [
    ["one absorbed advert in the XDP program", f"{c['absorbed_ns']:g} ns", "the cost of a frame"],
    ["one junk advert there", f"{c['junk_ns']:g} ns", "the cost of a frame"],
    ["one signed advert there", f"{c['signed_ns']:g} ns", "the cost of a frame"],
    ["one wake-up of the agent", f"{wake_us:.0f} µs", "backup, 1 router"],
    ["looking at one router in it", f"{scan_ns:.0f} ns", "backup, 255 and 4,080 routers"],
    ["sending one advert", f"{send_us:.1f} µs", "master, 1 and 255 routers"],
    ["resident memory", f"{c['memory 1']:.1f} MB + {router_kb:.1f} KB a router", "1 and 4,080 routers"],
    ["one promotion of many at once", f"{together:.2g} ms", "255 routers at once"],
    ["overshoot of one promotion, p99", f"{c['overshoot_us']:.0f} µs", "overshoot at 100 ms"],
])}

## One host

The first columns are what a backup hears: every advert is judged in the XDP program, on whatever core its NIC
interrupts, and wakes nobody. *wake-ups* and *agent* are those of the agent, as a backup of all and as a
master of all. Memory in MB; Mbit/s on each segment, in the shortest frames.

{table(["routers", "NICs", "interval", "adverts/s", "Mbit/s", "XDP", "wake-ups/s, backup", "agent, backup",
        "wake-ups/s, master", "agent, master", "memory"], rows)}

- **A backup's wake-ups do not grow with routers, NICs or hosts**: one in each master-down time, as long as all
  its routers have the same interval; each other interval adds its own. What grows is the look at each router
  in a wake-up.
- **A master sends one advert for each router and interval**, from one thread. One core is full of that with
  {most[1000]:,} routers at 1 s, {most[100]:,} at 100 ms and {most[10]:,} at 10 ms on this machine: beyond that it is
  late, its leases end and others take over. Stay below half of it, or spread the masters over the hosts by
  priority.
- NICs as such cost nothing: a slot in a table, and a part of the one batch of frames. A router with several
  heartbeat NICs sends on, and hears, each of them: its adverts count once for each.
- **Signed adverts** cost the XDP program {c['signed_ns'] / c['absorbed_ns']:.0f} times as much as others, whoever sent them: what is forged
  has to be hashed, too. 255 routers at 100 ms take {share(2550 * c['signed_ns'])} of a core.
- The kernel's maps have a fixed size, for 4,096 routers of 4 heartbeat NICs each.

## Up to 16 hosts on a segment

- **By multicast, hosts cost nothing while all is well**: one master for each virtual router speaks, however
  many backups listen. A backup of the 16th host hears what that of the second one hears.
- By unicast (`peers`) a master sends every advert once for each of its up to 15 peers: multiply *agent, master*
  by that. At 255 routers and 100 ms that is {share(2550 * 15 * send_us * 1e3)} for 15 peers.
- Adverts of virtual routers that a host does not run are counted there and passed on; they cost about
  as much as an absorbed one, and the rest of the kernel's way. A segment has at most 255 numbers of each
  family: at 100 ms no more than 5,100 adverts a second for any number of hosts.
- The table of neighbours, which `status` and `attach` show, keeps the latest 4,096 speakers: all of 16 NICs × 255
  routers. Beyond it the one that was silent longest is forgotten; nothing is decided by it.
- **Priorities want distance at short intervals.** One step is interval / 256 of skew: 39 µs at 10 ms. The second
  best backup must hear the best one's first advert before its own deadline, or both take over and one of them
  gives back. With the overshoot above that takes {spacing[10]} steps at 10 ms, {spacing[100]} at 100 ms, {spacing[1000]} at 1 s, and the
  wire's latency: 15 backups fit below 254 at any interval if they are {max(1, min(16, 253 // 15))} apart.

## A host that dies

All routers that it was master of are taken over by one host, if that is how priorities are, in one go. Of 255
the last one is announced {255 * together:.1f} ms after its deadline, {together * 1000:.0f} µs for each: their NICs are prepared before, in
the skew. That is too short for 4,080,
{wide}; the kernel's part of that grows with the
addresses that the NIC has already. To halve it, let two hosts have the better half of the priorities each.

{lasting}
"""

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
    wide = "they took too long"
    if c["wide_s"]:
        wide = f"they were all masters {c['wide_s']:.1f} s after the old masters fell silent"
    lasting = "The adverts after that must be on time, because a lease lasts for three intervals. "
    if c["wide_lapsed"]:
        lasting += f"""Here they wait for the takeover
of all routers: with adverts every 100 ms about {300 / together:.0f} routers can be promoted at once before leases end, and
with 4,080 of them leases do end (see *takeover of 255 routers at once* in the benchmarks)."""
    else:
        lasting += """They do not wait
for the takeover of all routers: 4,080 routers at once, with adverts every 100 ms, lost no lease (see *takeover of 255
routers at once* in the benchmarks)."""
    return f"""# Scaling, on paper

This page estimates what a large installation costs, with up to {4080:,} routers on a host (16 NICs × 255) and 16 hosts
on a segment. `sudo make bench` computes it from the constants of its own run: see [benchmarks-full.md](benchmarks-full.md).
Another machine has other constants.

## The constants

{table(["what", "measured", "from"], [
    ["one absorbed advert in the XDP program", f"{c['absorbed_ns']:g} ns", "the cost of a frame"],
    ["one junk advert there", f"{c['junk_ns']:g} ns", "the cost of a frame"],
    ["one signed advert there", f"{c['signed_ns']:g} ns", "the cost of a frame"],
    ["one wake-up of the agent", f"{wake_us:.0f} µs", "backup, 1 router"],
    ["looking at one router in a wake-up", f"{scan_ns:.0f} ns", "backup, 255 and 4,080 routers"],
    ["sending one advert", f"{send_us:.1f} µs", "master, 1 and 255 routers"],
    ["resident memory", f"{c['memory 1']:.1f} MB + {router_kb:.1f} KB a router", "1 and 4,080 routers"],
    ["one promotion of many at once", f"{together:.2g} ms", "255 routers at once"],
    ["overshoot of one promotion, p99", f"{c['overshoot_us']:.0f} µs", "overshoot at 100 ms"],
])}

## One host

*adverts/s*, *Mbit/s* (on each segment, in the shortest frames) and *XDP* are what a backup hears. The XDP program judges
every advert on the CPU that serves the NIC's interrupt, and wakes no process. *wake-ups* and *agent* are those of the
agent, as backup of all routers and as master of all. *memory* is in MB.

{table(["routers", "NICs", "interval", "adverts/s", "Mbit/s", "XDP", "wake-ups/s, backup", "agent, backup",
        "wake-ups/s, master", "agent, master", "memory"], rows)}

- **The wake-ups of a backup do not grow** with routers, NICs or hosts. There is one in each master-down time, as long as
  all routers have the same interval. Each further interval adds its own. In each wake-up the agent looks at every
  router, which costs the time above.
- **A master sends one advert for each router and interval**, from one thread. On this machine one CPU is full with
  {most[1000]:,} routers at 1 s, {most[100]:,} at 100 ms and {most[10]:,} at 10 ms. Beyond that adverts are late, leases end, and other
  hosts take over. Stay below half of it, or give the hosts different priorities, so that each is master of a part.
- **NICs** cost almost nothing. A router with several heartbeat NICs sends and hears its adverts on each of them, so they
  count once for each.
- **Signed adverts** cost the XDP program {c['signed_ns'] / c['absorbed_ns']:.0f} times as much as others. This is also true of forged ones, which must
  be hashed as well. 255 routers at 100 ms take {share(2550 * c['signed_ns'])} of a CPU.
- **The maps** of the kernel have a fixed size, for 4,096 routers of 4 heartbeat NICs each.

## Up to 16 hosts on a segment

- **With multicast, more hosts cost nothing.** Only one master for each virtual router sends adverts, however many backups
  listen. The backup on the 16th host hears what the backup on the second host hears.
- **With unicast** (`peers`), a master sends every advert once for each of its up to 15 peers. Multiply *agent, master* by
  that number. At 255 routers and 100 ms, 15 peers take {share(2550 * 15 * send_us * 1e3)}.
- **Adverts of other virtual routers**, which the host does not run, are counted and passed on. Each costs about as much
  as an absorbed one, and its way through the kernel. A segment has at most 255 numbers of each family, so at 100 ms
  there are at most 5,100 adverts a second for any number of hosts.
- **The table of neighbours**, which `status` and `attach` show, has room for 4,096 routers, which is all of 16 NICs × 255.
  Then the one that was silent for longest is forgotten. No decision depends on this table.
- **At short intervals, priorities must be far apart.** One step of priority is interval / 256 of skew, which is 39 µs at
  10 ms. The second-best backup must hear the first advert of the best one before its own deadline. Otherwise both take
  over, and one of them gives the address back. With the overshoot above this needs {spacing[10]} steps at 10 ms, {spacing[100]} at 100 ms and
  {spacing[1000]} at 1 s, and time for the wire. 15 backups fit below 254 at any interval if they are {max(1, min(16, 253 // 15))} apart.

## When a host dies

If one host has the second-best priority everywhere, it takes over all routers at once. Of 255 routers, the last one is
announced {255 * together:.1f} ms after its deadline, which is {together * 1000:.0f} µs for each, because their NICs are prepared during the skew. For 4,080
routers the skew is too short: {wide}. The
part of the kernel grows with the number of addresses that the NIC already has. To halve the time, give two hosts the
second-best priority for one half of the routers each.

{lasting}

A router may have 1,024 addresses, of which an advert lists 255, or 89 over IPv6. The kernel needs some 18 µs to take one
of them, and 4 µs for each frame that announces it. At 100 ms that fits into the skew of most priorities: 1,000
addresses are announced some 4 ms after the deadline. At 10 ms they follow the first advert, and take 20 ms (see *one router
with many addresses* in the benchmarks). The fence has room for 32,768 keys, two for each address, so 15 such routers fit on
a host.
"""

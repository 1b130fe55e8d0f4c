# SPDX-License-Identifier: GPL-2.0-only
"""Who owned the shared address when, as the public wire tells it: from the first frame in which a host spoke
for it to the last. Pure: knows claims as (ns, host, what), and no machine."""

# Probes come every 50 ms; a host that says nothing for so long, and another one that speaks, is an owner
# no more. An emulated machine may be still for a moment without having lost anything.
SILENCE_NS = 1_000_000_000


class Span:
    def __init__(self, host, since):
        self.host, self.since, self.until = host, since, since


def spans(claims):
    """Of each host, in order of their beginnings; two of one host in a row are one."""
    found, current = [], {}
    for t, host, _ in sorted(claims):
        span = current.get(host)
        if span and (t - span.until < SILENCE_NS or found[-1] is span):
            span.until = t
        else:
            current[host] = Span(host, t)
            found.append(current[host])
    return found


def overlap_ns(found):
    """For how long two hosts spoke, at the most."""
    longest = 0
    for n, one in enumerate(found):
        for other in found[n + 1 :]:
            if other.host != one.host:
                longest = max(longest, min(one.until, other.until) - other.since)
    return longest


def gap_ns(claims, begin, end):
    """For how long nobody spoke, at the most."""
    times = [begin, *(t for t, _, _ in sorted(claims)), end]
    return max(later - earlier for earlier, later in zip(times, times[1:]))


class Table:
    """A row for each scenario."""

    HEAD = ("scenario", "owners on the wire", "gap s", "two at once ms", "")

    def __init__(self):
        self.rows = []

    def add(self, name, claims, begin, end, note):
        found = spans(claims)
        owners = " → ".join(span.host for span in found) or "nobody"
        overlap = f"{overlap_ns(found) / 1e6:.0f}"
        self.rows.append((name, owners, f"{gap_ns(claims, begin, end) / 1e9:.2f}", overlap, note))

    def text(self):
        rows = [self.HEAD, *self.rows]
        widths = [max(len(row[n]) for row in rows) for n in range(len(self.HEAD))]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows) + "\n"

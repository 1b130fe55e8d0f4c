# SPDX-License-Identifier: GPL-2.0-only
"""What the XDP program costs a NIC: by the frame, and of its throughput. Depends on cost.c and flood.c, and
on the lab for a NIC.
"""

import contextlib
import subprocess
import sys
import time

from contenders import BINS, OURS, received, udp_frame, write_frames
from daemons import Agent
from lab import Lab, stop_process, wait_until
from report import Report, Samples, pick

COST_WHY = """the empty program's share is in it: 22 % of the time is the test run itself, 20 % the hash table's look-up
of the virtual router, 56 % the program, in which no instruction has more than a fifteenth (perf, cpu-clock);
without the look-up for `monitor` it was 5 ns less"""
THROUGHPUT_WHY = """a frame that is not VRRP costs the program a nanosecond or two more than the empty one ("The cost of a
frame"), and takes 3 µs to get here: by that the ratio would be above 0.99. The rounds
of each program differ by more among themselves; not profiled"""
METHOD = """`BPF_PROG_TEST_RUN` of the XDP program, many repetitions a round, the rows in turns, so that each
number is the mean of a round. In ns; what a frame costs a NIC that runs the program is what it takes
over the empty program. A signed advert is one that is refused at the very end, as a replay: the same one
cannot count twice."""
EMPTY, TCP, FOREIGN = "TCP, empty program", "TCP", "advert of another VRID"
JUNK, ABSORBED = "advert with a bad checksum", "absorbed advert"
SIGNED = "signed advert, a replay"


def cost(scale, say):
    rounds, repeat = pick(scale, (15, 100_000), (101, 100_000))
    done = subprocess.run(
        [BINS / "cost", str(rounds), str(repeat)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"cost: {done.stderr}"
    rows = {}
    for line in done.stdout.splitlines():
        name, *numbers = line.split("\t")
        rows[name] = Samples([int(n) for n in numbers])
    report = Report("The cost of a frame", METHOD)
    report.table(
        ["frame", "rounds", "median", "p99", "worst", "over the empty program"],
        [[n, len(s), *s.cells(), f"{s.median - rows[EMPTY].median:g}"] for n, s in rows.items()],
    )
    report.ratio("a frame that is not VRRP", rows[TCP], rows[EMPTY], 1.3, "the empty program")
    for name, bar in ((JUNK, 60), (ABSORBED, 150)):
        report.median(name, f"≤ {bar} ns", rows[name], bar, lambda n: f"{n:g} ns", COST_WHY)
    report.constants.update(
        absorbed_ns=rows[ABSORBED].median, junk_ns=rows[JUNK].median, signed_ns=rows[SIGNED].median
    )
    return report


# ---- throughput ------------------------------------------------------------------------------------------

THROUGH_METHOD = """TCP, one stream, and UDP frames of 64 octets from one sender as fast as sockets can, from one namespace to
another over a veth whose receiving end runs the program, or the empty one: in turns, and each pair of turns
gives one ratio. Counted are octets and packets that the receiving NIC hands on; more is better, the worst is
the least."""
SETTLE_SECONDS = 0.1
SINK = "import socket\ns = socket.create_server(('', 5001))\nc = s.accept()[0]\nb = bytearray(1 << 20)\nwhile c.recv_into(b): pass\n"
SOURCE = "import socket\nc = socket.create_connection(('10.51.67.94', 5001), 5)\nb = bytes(1 << 20)\nwhile True: c.sendall(b)\n"


class Wire:
    """Two servers of a lab, and what flows from s1's heartbeat NIC to s2's, where the programs are."""

    def __init__(self, lab):
        self.lab, self.s1, self.s2 = lab, *lab.servers
        self.agent = Agent(lab, self.s2, "", start=False)

    def tcp(self):
        sink = self._start(self.s2.ns, sys.executable, "-c", SINK.replace("''", f"'{self.s2.private}'"))
        listening = f"{self.s2.private}:5001"
        wait_until(lambda: listening in self.s2.ns.run("ss", "-ltn").stdout, 5, "the TCP sink")
        return [sink, self._start(self.s1.ns, sys.executable, "-c", SOURCE.replace("10.51.67.94", self.s2.private))]

    def packets(self):
        path = write_frames(self.lab.directory / "packets", [udp_frame(self.s2.ns.mac("eth1"))])
        return [self._start(self.s1.ns, BINS / "flood", "eth1", 600, 0, path)]

    def _start(self, ns, *command):
        child = ns.popen(*command, stdout=subprocess.DEVNULL)
        self.lab.on_close(stop_process, child)
        return child

    @contextlib.contextmanager
    def program(self, name, mode):
        if name == "empty":
            child = self.s2.ns.popen(
                BINS / "empty", "eth1", mode, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            try:
                assert child.stdout.readline() == b"ready\n", f"no {mode} XDP"
                yield
            finally:
                stop_process(child)
        else:
            self.agent.cli("attach", "eth1", "--mode", mode)
            try:
                yield
            finally:
                self.agent.cli("detach", "eth1")

    def rate(self, name, mode, seconds):
        """(octets, packets) a second with that program on the NIC."""
        with self.program(name, mode):
            time.sleep(SETTLE_SECONDS)
            begin, before = time.monotonic(), received(self.s2.ns, "eth1")
            time.sleep(seconds)
            took = time.monotonic() - begin
            return [(b - a) / took for a, b in zip(before, received(self.s2.ns, "eth1"))]


def throughput(scale, say):
    rounds, seconds = pick(scale, (5, 0.3), (25, 0.3))
    rows, report = [], Report("Throughput of a NIC that runs the program", THROUGH_METHOD)
    for mode in ("native", "generic"):
        for what, column, unit in (("TCP", 0, 8e-9), ("64-octet packets", 1, 1e-6)):
            numbers = {"empty": [], OURS: []}
            with Lab() as lab:
                wire = Wire(lab)
                flow = wire.tcp() if column == 0 else wire.packets()
                for n in range(rounds):
                    for name in list(numbers)[:: 1 if n % 2 else -1]:
                        numbers[name].append(wire.rate(name, mode, seconds)[column])
                assert all(c.poll() is None for c in flow), f"{what}: the flow has ended"
            ratios = Samples([a / b for a, b in zip(numbers[OURS], numbers["empty"])], more=True)
            for name, found in numbers.items():
                s = Samples([n * unit for n in found], more=True)
                rows.append([mode, what, name, len(s), *s.cells(lambda n: f"{n:.2f}")])
            rows.append([mode, what, "ratio", len(ratios), *ratios.cells(lambda n: f"{n:.3f}")])
            report.median(
                f"{what}, {mode} XDP", "≥ 0.99 × the empty program", ratios, 0.99, lambda n: f"{n:.3f} ×",
                THROUGHPUT_WHY, at_least=True,
            )  # fmt: skip
    report.table(["mode", "flow", "program", "rounds", "Gbit/s or million/s", "p99", "worst"], rows)
    return report

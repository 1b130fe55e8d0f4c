# SPDX-License-Identifier: GPL-2.0-only
"""docs/examples/nat-gateway on a stock kernel, with conntrackd as a service: a stream through the pair, from outside
to inside, survives a hand-over and the master's end; without `before-master` it does not. The files and commands
are the page's own, but for the interval: an emulated server is slow. For how long the stream was still is in the
table."""

import contextlib
import re
import time

from hosts import slowly
from lab import Namespace, wait_until
from owners import overlap_ns, spans
from pair import IN_FLIGHT_NS, TABLE
from stream import Stream
from test_examples import EXAMPLES, claims, commands
from wire import Recorder

NAME = "nat-gateway"
SHARED, OUTSIDE, INSIDE = "203.0.113.10", "203.0.113.1", "10.1.0.9"
SERVICE = "/etc/systemd/system/vrrp-xdp.service.d/conntrackd.conf"


class Gateway:
    """Both servers are what the page makes of them, and s1 is the master; one stream goes through it."""

    def __init__(self, pair, hook):
        for number, server in enumerate(pair.servers, 1):
            self.furnish(server, number, hook)
        lab = pair.lab
        pair.client.ip("addr", "add", f"{OUTSIDE}/24", "dev", "eth0")
        inside = Namespace("inside")
        lab.on_close(inside.close)
        lines = f"link add inside type veth peer name eth0 netns {inside.path}\nlink set inside master brpriv up\n"
        pair.switch.press("ip", "-batch", "-", input=lines)
        inside.batch(f"addr add {INSIDE}/24 dev eth0\nlink set eth0 up\nroute add default via 10.1.0.1\n")
        ports = [f"{s.name}-eth0" for s in pair.servers]
        self.wire = Recorder(pair.switch, ports, lambda f: not f.out and claims(f) == SHARED)
        lab.on_close(self.wire.close)
        for server in pair.servers:
            server.sh("systemctl start vrrp-xdp", timeout=120)
        pair.s1.wait_state("master")
        pair.s2.wait_state("backup")

        def reached():
            return inside.run("ping", "-n", "-c", "1", "-W", "1", OUTSIDE, check=False).returncode == 0

        slowly(reached, 60, pair.s1.journal)
        self.began = time.time_ns()
        self.stream = Stream(pair.client, inside, OUTSIDE)
        lab.on_close(self.stream.close)

    @staticmethod
    def furnish(server, number, hook):
        server.sh("systemctl stop vrrp-xdp", timeout=120)
        server.add_nic("eth2", "brpriv2")
        server.sh("ip route flush default; ip addr flush dev eth0; ip addr flush dev eth1")
        for path in (EXAMPLES / NAME).iterdir():
            server.put(f"/root/{NAME}/{path.name}", path.read_text())
        page = (EXAMPLES / NAME / "README.md").read_text()
        server.put(SERVICE, re.search(r"^```\n(\[Unit\]\n.*?)^```$", page, re.M | re.S).group(1))
        for text in commands(NAME, number):
            server.sh(f"set -e; cd /root/{NAME}\n{text}", timeout=120)
        server.sh("systemctl daemon-reload; systemctl enable conntrackd; systemctl restart conntrackd", timeout=120)
        text = (EXAMPLES / NAME / f"server{number}.conf").read_text().replace("= 100ms", "= 1s")
        if not hook:
            text = re.sub(r"^before-master .*\n", "", text, flags=re.M)
        server.put("/etc/vrrp-xdp/vrrp-xdp.conf", text)

    def known(self, server):
        """It has been told of the stream."""
        slowly(lambda: INSIDE in server.sh("conntrackd -e", check=False).stdout, 60, server.journal)

    def owned_by(self, host, since):
        return self.wire.wait(lambda f: f.port == f"{host}-eth0", 120, since, f"claim of {host}").t

    def judge(self, name, owners, note):
        claimed = [(f.t, f.port.split("-")[0], "") for f in self.wire.frames()]
        TABLE.add(name, claimed, self.began, time.time_ns(), note)
        found = spans(claimed)
        assert [span.host for span in found] == owners
        assert overlap_ns(found) <= IN_FLIGHT_NS


@contextlib.contextmanager
def gateway(servers, hook=True):
    if not servers.lab or servers.broken:
        servers.boot()
    servers.broken = True  # the next test gets servers as they were
    yield Gateway(servers, hook)


def test_stream(servers):
    """It goes on over a hand-over, the way back, and the end of the master's power."""
    with gateway(servers) as pair:
        s1, s2, stream = servers.s1, servers.s2, pair.stream
        notes = []
        pair.known(s2)
        for verb, heir, other in (("resign", "s2", s1), ("resume", "s1", s2)):
            stream.goes_on()
            before, since = stream.timeouts(), time.time_ns()
            s1.sh(f"vrrp-xdp {verb} gateway", timeout=60)
            pair.owned_by(heir, since)
            stream.goes_on(60)
            pair.known(other)
            ended = stream.timeouts() - before
            notes.append(f"{verb} {stream.gap_ns(since) / 1e6:.0f} ms, {ended} time-outs")
        stream.goes_on()
        since = s1.power_off()
        pair.owned_by("s2", since)
        stream.goes_on(60)
        notes.append(f"power off {stream.gap_ns(since) / 1e6:.0f} ms")
        pair.judge("a stream through a NAT pair", ["s1", "s2", "s1", "s2"], "still for: " + "; ".join(notes))


def test_stream_without_hook(servers):
    """The new master gets a segment of it, and resets it."""
    with gateway(servers, hook=False) as pair:
        pair.known(servers.s2)
        pair.stream.goes_on()
        since = servers.s1.power_off()
        pair.owned_by("s2", since)
        wait_until(lambda: pair.stream.why, 60, "the stream ends")
        assert "reset" in pair.stream.why
        pair.judge("the same without before-master", ["s1", "s2"], pair.stream.why)

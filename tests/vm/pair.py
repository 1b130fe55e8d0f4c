# SPDX-License-Identifier: GPL-2.0-only
"""Two servers with our package on them, one of which owns the address; what was seen of them on the wire."""

import contextlib
import time

from claims import Probes, claims_on, worth_keeping
from hosts import VmLab, slowly
from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC
from owners import Table, overlap_ns, spans
from wire import Recorder, is_advert

TABLE = Table()
PERIOD = 0.05
# A frame that was sent before the other server took over is stamped when an emulated NIC hands it on; and an
# advert that tells a server to step down has been at its port, not yet in its kernel. Less than an interval.
IN_FLIGHT_NS = 1_000_000_000
PRIORITY = {"s1": 150, "s2": 100}


class Pair:
    def __init__(self):
        self.lab, self.broken = None, False
        self._test = contextlib.ExitStack()

    def __getattr__(self, name):
        if name in ("s1", "s2", "switch", "client"):
            return getattr(self.lab, name)
        raise AttributeError(name)

    @property
    def servers(self):
        return self.lab.servers

    def boot(self):
        self.close()
        self.lab = VmLab()
        self.lab.boot()
        self.broken = False

    def configure(self, **keys):
        for server in self.servers:
            server.put("/etc/vrrp-xdp/vrrp-xdp.conf", server.configuration(PRIORITY[server.name], **keys))

    def begin(self, name):
        """Comes to rest; from then on the wire is recorded, and the client asks."""
        self.name, self.note = name.replace("_", " "), ""
        if not self.lab or self.broken:
            self.boot()
            self.configure()
            for server in self.servers:
                server.sh("systemctl enable --now vrrp-xdp", timeout=120)
        self.rests()
        self.wire = Recorder(self.switch, self.lab.ports(), worth_keeping)
        self._test.callback(self.wire.close)
        self.probes = Probes(self.lab, PERIOD)
        self._test.callback(self.probes.close)
        self.began = time.time_ns()
        self.owned_by("s1", self.began)

    def end(self):
        if hasattr(self, "wire"):
            # A breath more, so that a second owner would be seen.
            time.sleep(1)
            self.probes.close()
            TABLE.add(self.name, claims_on(self.wire), self.began, time.time_ns(), self.note)
        self._test.close()

    def close(self):
        if self.lab:
            self.lab.close()
            self.lab = None

    # ---- what is so --------------------------------------------------------------------------------

    def owned_by(self, host, since=0, timeout=120):
        """That host's answer on the public wire."""
        return self.wire.wait(
            lambda f: f.port == f"{host}-eth0" and f.echo_reply == PUBLIC_VIP, timeout, since, f"answer of {host}"
        ).t

    def silent(self, host, since):
        return not [c for c in claims_on(self.wire, since) if c[1] == host]

    def rests(self):
        """s1 owns the address, s2 stands by, and each NIC carries what it should."""
        self.s1.wait_state("master")
        self.s2.wait_state("backup")
        self.carries(self.s1, [f"{PUBLIC_VIP}/24"], SHARED_MAC, GATEWAY)
        self.carries(self.s2, [f"{self.s2.public}/24"], self.s2.own_mac, "192.168.1.1")

    def carries(self, server, addresses, mac, gateway, timeout=60):
        """The public NIC comes to have exactly these; gateway "": none."""
        wanted = [*addresses, mac, *gateway.split()]

        def what():
            return f"{server.name}: {wanted}, has {self.carried(server)}\n{server.journal()}"

        slowly(lambda: self.carried(server) == wanted, timeout, what)

    @staticmethod
    def carried(server):
        """Addresses and MAC of the public NIC, and the next hops of all default routes."""
        return server.sh(
            "ip -4 -o addr show dev eth0 | awk '{print $4}'; cat /sys/class/net/eth0/address;"
            " ip route show default | awk '{print $3}'"
        ).stdout.split()

    def owners(self):
        return [span.host for span in spans(claims_on(self.wire))]

    def overlap_ns(self, since=0):
        return overlap_ns(spans(claims_on(self.wire, since)))

    def judge(self, *owners, at_most_ns=0):
        """These owned the address, one after the other, and never two at once."""
        found = spans(claims_on(self.wire))
        assert [span.host for span in found] == list(owners)
        assert overlap_ns(found) <= at_most_ns, f"two owners for {overlap_ns(found) / 1e6:.0f} ms"

    def adverts(self, host, since=0, interface="eth1"):
        return self.wire.frames(is_advert(f"{host}-{interface}"), since)

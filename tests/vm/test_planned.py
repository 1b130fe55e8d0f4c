# SPDX-License-Identifier: GPL-2.0-only
"""Planned work on the master: its peer takes over while the master still has the address, whoever manages the
interfaces of that host. For how long a client got no answer is in the table, and judged nowhere, as in
test_service.py."""

import json
import time

import pytest

from claims import Probes, claims_on, echo_request
from hosts import slowly
from lab import PUBLIC_VIP
from owners import gap_ns
from pair import IN_FLIGHT_NS

KEYFILE = """[connection]
id={nic}
type=ethernet
interface-name={nic}
[ipv4]
method=manual
address1={address}
[ipv6]
method=disabled
"""
NETWORK = "[Match]\nName={nic}\n[Network]\nAddress={address}\nKeepConfiguration=yes\n"
# How each is told of an interface: where, what, and how it writes down the default route.
FILES = {
    "NetworkManager": ("/etc/NetworkManager/system-connections/{nic}.nmconnection", KEYFILE, ",{gateway}"),
    "systemd-networkd": ("/etc/systemd/network/{nic}.network", NETWORK, "\nGateway={gateway}"),
}


def managed_by(pair, server, manager):
    """That one manages the server's interfaces, from now on and after a boot; ifupdown does in the image. The master
    has another router below it when it begins, and so knows that there is somebody to hand over to."""
    server.sh("mkdir -p /var/log/journal && systemctl restart systemd-journald && journalctl --flush")
    server.sh("systemctl stop vrrp-xdp", timeout=180)
    if manager in FILES:
        pair.broken = True  # the next test gets servers as they were
        server.sh("systemctl stop networking 'ifup@*'; systemctl disable networking", timeout=180)
        server.put("/etc/network/interfaces.in", "auto lo\niface lo inet loopback\n")
        server.sh("cp /etc/network/interfaces.in /etc/network/interfaces")
        path, text, route = FILES[manager]
        gateway = route.format(gateway="192.168.1.1")
        for nic, address in (("eth0", f"{server.public}/24{gateway}"), ("eth1", f"{server.private}/24")):
            server.put(path.format(nic=nic), text.format(nic=nic, address=address), 0o600)
        server.sh("chown -R systemd-network: /etc/systemd/network")
        server.sh(f"systemctl enable --now {manager}", timeout=180)
        pair.carries(server, [f"{server.public}/24"], server.own_mac, "192.168.1.1")
    server.sh("systemctl start vrrp-xdp", timeout=120)
    pair.rests()


def handed_over(pair, since, until):
    """The master kept the address until it was preempted, and said no goodbye."""
    said = [f.advert.priority for f in pair.adverts("s1", since) if f.t < until]
    assert 1 in said and 0 not in said, said


def gap_ms(pair, since, until):
    return gap_ns([c for c in claims_on(pair.wire, since) if c[2] == "echo reply" and c[0] < until], since, until) / 1e6


def stopped(server):
    """The order in which the units have stopped before this boot."""
    shown = server.sh("journalctl -b -1 -o json --no-pager JOB_TYPE=stop", timeout=120).stdout.splitlines()
    records = [json.loads(line) for line in shown if line.startswith("{")]
    return [r.get("UNIT") for r in records if r.get("JOB_RESULT") == "done"]


@pytest.mark.parametrize("manager", ["networking", "NetworkManager", "systemd-networkd"])
def test_reboot(pair, manager):
    """Of the master. Its agent stops while the network is still up: s2 preempts it, and no goodbye is needed. It
    comes back with all that it had."""
    own = [f"{pair.s1.public}/24", pair.s1.own_mac]
    managed_by(pair, pair.s1, manager)
    began = time.time_ns()
    fast = Probes(pair.lab, 0.01, lambda mac: [echo_request(mac)])
    try:
        pair.owned_by("s1", began)
        boot, since = pair.s1.boot_id, time.time_ns()
        pair.s1.send("systemctl reboot")
        taken = pair.owned_by("s2", since)
        pair.wire.wait(lambda f: f.echo_reply == PUBLIC_VIP, 60, taken + 2 * 10**9)
        handed_over(pair, since, taken)
        pair.note = f"{manager}, longest gap {gap_ms(pair, since, taken + 2 * 10**9):.0f} ms"
    finally:
        fast.close()
    pair.s1.wait_up(other_than=boot)
    pair.owned_by("s1", taken)
    pair.rests()
    assert pair.s1.sh(f"systemctl is-active {manager}", check=False).stdout.strip() == "active"
    order = stopped(pair.s1)
    assert order.index("vrrp-xdp.service") < order.index(f"{manager}.service"), order
    last = pair.s1.sh("journalctl -b -1 -u vrrp-xdp -o cat --no-pager").stdout
    assert f"handed over to {pair.s2.private}" in last, last
    pair.judge("s1", "s2", "s1", "s2", "s1", at_most_ns=IN_FLIGHT_NS)
    pair.s1.sh("systemctl stop vrrp-xdp", timeout=120)
    # The manager's own default route may have a metric, and is there beside that of standby-gateway.
    assert pair.carried(pair.s1) in ([*own, "192.168.1.1"], [*own, "192.168.1.1", "192.168.1.1"])
    assert pair.s1.private in pair.s1.sh("ip -4 -o addr show dev eth1").stdout
    pair.s1.sh("systemctl start vrrp-xdp", timeout=120)
    pair.rests()

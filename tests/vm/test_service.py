# SPDX-License-Identifier: GPL-2.0-only
"""The package on two servers as their users have it: systemd, a stock kernel, virtio NICs.

What an owner is, the public wire says (owners.py). Timing is in the table, and judged nowhere: an emulated
server is slow, and the machine below it may be busy. That no two own the address is judged, but for a pause
of the whole server and a full public line, as the only heartbeat or as the old owner's; where scripts move the
address, two may own it while one of them runs.
"""

import contextlib
import json
import socket
import sys
import time

import pytest

from claims import ip_frame
from hosts import MODES, modes, slowly
from image import KERNEL, NEXT, VERSION
from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC, stop_process
from machine import kernel
from pair import IN_FLIGHT_NS
from test_seed import SCHEMES
from wire import STRANGER_MAC, Recorder, mac_bytes


# Datagrams to nobody: every server gets them, and none answers.
FLOOD = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
while True:
    try:
        s.sendto(bytes(1400), ("192.168.1.255", 9))
    except OSError:
        pass
"""


def everybody(pair, **keys):
    """Another configuration, by a reload."""
    pair.configure(**keys)
    for server in pair.servers:
        server.sh("systemctl reload vrrp-xdp", timeout=120)


def test_service(pair):
    """`systemctl enable --now` on both: one owner; status, systemctl and the journal say what there is to say."""
    for server, state in ((pair.s1, "master"), (pair.s2, "backup")):
        instance = server.instance()
        assert instance["state"] == state
        assert instance["lease"]["held"] == (state == "master")
        assert {path["mode"] for path in instance["paths"]} == {MODES[server.name]} == {modes(server)}
        shown = server.sh("systemctl status vrrp-xdp").stdout
        assert "active (running)" in shown and "enabled" in shown
        line = {"master": "web: master with the lease", "backup": "web: backup"}[state]
        assert f'Status: "{line}"' in shown, shown
        lines = server.sh("journalctl -b -u vrrp-xdp -n 200 -o json --no-pager").stdout.splitlines()
        records = [json.loads(line) for line in lines if line.startswith("{")]
        ours = [r for r in records if r.get("SYSLOG_IDENTIFIER") == "vrrp-xdp"]
        assert ours and {r["PRIORITY"] for r in ours} <= set("34567")
        last = [r for r in ours if r.get("VRRP_XDP_ROUTER") == "web"][-1]
        assert last["VRRP_XDP_STATE"] == state.upper() and last["VRRP_XDP_VRID"] == "55", last
        told = "web: {VRRP_XDP_FROM} -> {VRRP_XDP_STATE}: {VRRP_XDP_CAUSE}".format(**last)
        assert last["MESSAGE"] == told and last["_SYSTEMD_UNIT"] == "vrrp-xdp.service", last
        found = f"journalctl -b VRRP_XDP_ROUTER=web VRRP_XDP_STATE={state.upper()} -o cat --no-pager"
        assert server.sh(found).stdout.splitlines()[-1] == told
        assert server.sh("uname -r").stdout.strip() == kernel(KERNEL)[0]
    pair.note = ", ".join(f"{s.name} {modes(s)} XDP" for s in pair.servers)
    pair.judge("s1")


def test_stop(pair):
    """`systemctl stop` says goodbye: the other one takes over at once; started again, it comes back."""
    since = time.time_ns()
    pair.s1.sh("systemctl stop vrrp-xdp", timeout=120)
    pair.owned_by("s2", since)
    pair.carries(pair.s1, [f"{pair.s1.public}/24"], pair.s1.own_mac, "192.168.1.1")
    since = time.time_ns()
    pair.s1.sh("systemctl start vrrp-xdp", timeout=120)
    pair.owned_by("s1", since)
    pair.rests()
    pair.judge("s1", "s2", "s1", at_most_ns=IN_FLIGHT_NS)


def test_reload(pair):
    """Of the master: it stays one, under the same process number."""
    before = pair.s1.pid()
    for _ in range(2):
        pair.s1.sh("systemctl reload vrrp-xdp", timeout=120)
    assert pair.s1.pid() == before
    pair.rests()
    pair.judge("s1")


def test_restart(pair):
    """Of the master: whoever owns the address in between, it comes back, and is never two."""
    before = pair.s1.pid()
    pair.s1.sh("systemctl restart vrrp-xdp", timeout=120)
    assert pair.s1.pid() != before
    pair.rests()
    pair.owned_by("s1", time.time_ns())
    assert pair.owners()[::2] == ["s1"] * len(pair.owners()[::2])
    pair.judge(*pair.owners(), at_most_ns=IN_FLIGHT_NS)


def test_power_off(pair):
    """The master's plug is pulled. Plugged in again it boots, and its service takes the address back."""
    since = pair.s1.power_off()
    pair.owned_by("s2", since)
    assert pair.silent("s1", since)
    pair.carries(pair.s2, [f"{PUBLIC_VIP}/24"], SHARED_MAC, GATEWAY)
    pair.note = f"taken over after {(pair.owned_by('s2', since) - since) / 1e9:.1f} s"
    since = time.time_ns()
    pair.s1.power_on()
    pair.s1.wait_up()
    pair.owned_by("s1", since)
    pair.rests()
    pair.judge("s1", "s2", "s1", at_most_ns=IN_FLIGHT_NS)


def test_paused(pair):
    """The whole guest stands still for 5 s, its clock with it. It goes on with a lease that by its own clock
    still holds: until it has heard the new master's advert, there may be two. That is the one exception, and
    one interval and what is in flight bound it."""
    since = time.time_ns()
    pair.s1.qmp("stop")
    taken = pair.owned_by("s2", since)
    time.sleep(max(0, 5 - (time.time_ns() - since) / 1e9))
    resumed = time.time_ns()
    pair.s1.qmp("cont")
    pair.owned_by("s1", resumed)
    pair.rests()
    pair.note = f"paused {(resumed - since) / 1e9:.1f} s, taken over after {(taken - since) / 1e9:.1f} s"
    pair.judge(*pair.owners(), at_most_ns=10**9 + IN_FLIGHT_NS)
    assert "s2" in pair.owners()


def junk(bridge, count):
    """Frames that concern nobody, to every port of the bridge."""
    frame = ip_frame(mac_bytes(STRANGER_MAC), 17, bytes(1400))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
        s.bind((bridge, 0))
        for _ in range(count):
            with contextlib.suppress(OSError):  # no room
                s.send(frame)


def test_paused_signed(pair):
    """As before, for 30 s, with signed adverts and with queues that are full of other frames when the guest goes
    on: its wall clock stays 30 s behind, and both believe each other again. Two own the address for no longer
    than they would unsigned, and no one else's clock is waited for."""
    for server in pair.servers:
        server.put("/etc/vrrp-xdp/key", "a line that both servers have, and nobody else", 0o600)
    # A signature that is there and stale is refused in this mode as well, and no reload costs a failover.
    everybody(pair, **{"hmac-key": "1:/etc/vrrp-xdp/key", "hmac-mode": "permissive"})
    try:
        pair.rests()
        since = time.time_ns()
        pair.s1.qmp("stop")
        taken = pair.owned_by("s2", since)
        time.sleep(max(0, 30 - (time.time_ns() - since) / 1e9))
        with pair.switch:
            for bridge in ("brpriv", "brpub"):
                junk(bridge, 3000)
        resumed = time.time_ns()
        pair.s1.qmp("cont")
        pair.owned_by("s1", resumed)
        pair.rests()
        behind = time.time() - float(pair.s1.sh("date +%s.%N").stdout)
        assert behind > 25, f"the guest's clock is {behind:.1f} s behind: nothing was tested"
        pair.note = f"clock {behind:.0f} s behind, taken over after {(taken - since) / 1e9:.1f} s"
        pair.judge("s1", "s2", "s1", at_most_ns=10**9 + IN_FLIGHT_NS)
    finally:
        for server in pair.servers:
            server.sh(f"date -s @{time.time():.3f}")
        everybody(pair)
    pair.rests()


def test_panic(pair):
    """The master's kernel panics, and boots anew."""
    boot, since = pair.s1.boot_id, time.time_ns()
    pair.s1.send("echo c >/proc/sysrq-trigger")
    pair.owned_by("s2", since)
    pair.s1.wait_up(other_than=boot)
    pair.owned_by("s1", since + 10**9)
    pair.rests()
    pair.judge("s1", "s2", "s1", at_most_ns=IN_FLIGHT_NS)


def test_watchdog(pair):
    """The master's agent hangs: its lease ends, the other one takes over, and systemd's watchdog starts
    another agent, which takes the address back."""
    before, since = pair.s1.pid(), time.time_ns()
    pair.s1.sh(f"kill -STOP {before}")
    pair.owned_by("s2", since)
    slowly(lambda: pair.s1.pid() not in (0, before), 120, pair.s1.journal)
    pair.rests()
    pair.owned_by("s1", time.time_ns())
    assert "watchdog" in pair.s1.journal(200).lower()
    pair.judge("s1", "s2", "s1", at_most_ns=IN_FLIGHT_NS)


@pytest.mark.parametrize("interface", ["eth1", "eth0"])
def test_unplugged(pair, interface):
    """The master's heartbeat NIC, or its public one, is pulled out of the running machine, and put back."""
    since = pair.s1.unplug(interface)
    pair.owned_by("s2", since)
    pair.s1.plug(interface)
    pair.rests()
    pair.owned_by("s1", time.time_ns())
    pair.judge(*pair.owners(), at_most_ns=IN_FLIGHT_NS)


def test_private_bridge_down_with_a_witness(pair):
    """No advert gets through, and both live: the backup asks the owner itself, who answers, and waits."""
    everybody(pair, witness="owner")
    try:
        pair.rests()
        pair.switch.ip("link", "set", "brpriv", "down")
        heard = time.time_ns()
        time.sleep(10)
        assert pair.adverts("s1", heard), "s1 sends no more"
        assert pair.s2.state() == "backup", pair.s2.journal()
        pair.switch.ip("link", "set", "brpriv", "up")
    finally:
        pair.switch.ip("link", "set", "brpriv", "up")
        everybody(pair)
    pair.rests()
    pair.judge("s1")


@contextlib.contextmanager
def full_public_line(pair):
    """Towards the servers the public line carries 10 Mbit/s, and the client sends far more than that."""
    for server in pair.servers:
        pair.switch.run(
            "tc", "qdisc", "add", "dev", server.port("eth0"), "root", "tbf", "rate", "10mbit", "burst", "20kb",
            "limit", "60kb",
        )  # fmt: skip
    flood = pair.client.popen(sys.executable, "-c", FLOOD)
    pair.lab.on_close(stop_process, flood)
    try:
        yield
    finally:
        stop_process(flood)
        for server in pair.servers:
            pair.switch.run("tc", "qdisc", "del", "dev", server.port("eth0"), "root")


def dropped(pair, server):
    shown = json.loads(pair.switch.run("tc", "-s", "-j", "qdisc", "show", "dev", server.port("eth0")).stdout)
    return sum(one.get("drops", 0) for one in shown)


def ride_out_a_full_line(pair, heartbeat):
    transitions = [s.instance()["transitions"] for s in pair.servers]
    with full_public_line(pair):
        time.sleep(10)
        lost = dropped(pair, pair.s1)
        assert lost > 1000, f"{lost} frames were lost: the line was not full"
        assert [s.state() for s in pair.servers] == ["master", "backup"]
    assert [s.instance()["transitions"] for s in pair.servers] == transitions
    pair.rests()
    pair.note = f"heartbeat {heartbeat}, {lost} frames lost"
    pair.judge("s1")


def test_public_line_full(pair):
    """Nothing gets through to the public NICs for want of room, and the heartbeat is private: no failover."""
    ride_out_a_full_line(pair, "private")


def test_public_line_full_heartbeat_on_both(pair):
    """heartbeat = eth1 eth0: what the full line loses, the private NIC has."""
    everybody(pair, heartbeat="eth1 eth0")
    try:
        pair.rests()
        ride_out_a_full_line(pair, "on both")
    finally:
        everybody(pair)
    pair.rests()


def test_public_line_full_heartbeat_public(pair):
    """What the private NIC is for: adverts compete with the flood, and each that is lost is one less of three.
    Whether the backup takes over, and for how long there are two then, is shown, not judged: neither hears the
    other. When there is room again, there is one owner."""
    everybody(pair, heartbeat="eth0")
    try:
        pair.rests()
        with full_public_line(pair):
            time.sleep(15)
            lost, states = dropped(pair, pair.s2), [s.state() for s in pair.servers]
        pair.rests()
    finally:
        everybody(pair)
    pair.rests()
    pair.note = f"heartbeat public, {lost} frames lost, in the end {' and '.join(map(str, states))}"
    since = time.time_ns()
    pair.owned_by("s1", since)
    assert pair.silent("s2", since)


# Far more than the line carries, from the shared address.
FLOOD_OUT = f"systemd-run -q --unit=flood ping -q -n -i 0.002 -s 1400 -I {PUBLIC_VIP} {GATEWAY}"
FULL = "root tbf rate 300kbit burst 3kb limit 45kb"  # as slow as an emulated server can fill it


def test_public_line_full_at_the_crash(pair):
    """The master's line is full of its own requests, more than a second of them queued behind the fence, when
    its agent freezes. For how long the client got no answer then is told, and not judged: the switch follows
    whoever spoke last. In the end the old owner is it again, and answers."""
    pair.s1.sh(f"tc qdisc add dev eth0 {FULL} && {FLOOD_OUT}")
    ping = pair.client.popen("ping", "-q", "-n", "-i", "0.1", PUBLIC_VIP)
    pair.lab.on_close(stop_process, ping)
    try:
        with Recorder(pair.switch, ["client-eth0"], lambda f: f.out and f.echo_reply == PUBLIC_VIP) as answers:
            queued = "tc -s qdisc show dev eth0 | grep backlog | grep -v 'backlog 0b'"
            slowly(lambda: pair.s1.sh(queued, check=False).stdout, 60, "a queue on s1's line")
            before, since = pair.s1.pid(), time.time_ns()
            pair.s1.sh(f"kill -STOP {before}")
            pair.owned_by("s2", since)
            slowly(lambda: pair.s1.pid() not in (0, before), 120, pair.s1.journal)
            pair.s1.sh("systemctl stop flood; tc qdisc del dev eth0 root")
            pair.rests()
            end = time.time_ns()
            answers.wait(lambda f: True, 60, end, "answer for the client in the end")
            times = [since, *(f.t for f in answers.frames(since=since, until=end)), end]
    finally:
        stop_process(ping)
        pair.s1.sh("systemctl stop flood; tc qdisc del dev eth0 root", check=False)
    gap = max(later - earlier for earlier, later in zip(times, times[1:]))
    pair.note = f"the client got no answer for {gap / 1e9:.1f} s"
    assert "s2" in pair.owners()


# Runs one of the users' scripts as it is, and writes down how long that took: in ms, by the guest's clock.
STOPWATCH = """#!/bin/sh
begin=$(date +%s%3N)
{script} "$@"
status=$?
echo "{name} $(($(date +%s%3N) - begin))" >>/root/took
exit $status
"""


def took_ns(server, name):
    """Of each run of that script, in order."""
    said = server.sh("cat /root/took", check=False).stdout.splitlines()
    return [int(line.split()[1]) * 10**6 for line in said if line.startswith(f"{name} ")]


@pytest.mark.parametrize("scheme", SCHEMES, ids=[scheme[0] for scheme in SCHEMES])
def test_seed(pair, scheme):
    """vrrpd's command lines and its users' scripts, in place of the service: one owner, a goodbye, the other.
    With heartbeats on eth1 the address is the scripts' own, and no fence knows it: both have it while the old
    master's script runs, and no longer; in the end one has it, and both NICs are right."""
    _, master, backup, arguments, heartbeat, mac = scheme
    for server in pair.servers:
        server.sh("systemctl stop vrrp-xdp", timeout=120)
        names = dict(n=server.number, mac=server.own_mac)
        for name, script in (("Master", master), ("Backup", backup)):
            server.put(f"/root/{name}.sh", script.format(**names), 0o755)
            # The first scheme's have no interpreter line: they are run as a shell runs them, and not timed.
            text = STOPWATCH.format(script=f"/root/{name}.sh", name=name) if heartbeat == "eth1" else script
            server.put(f"/root/timed-{name}.sh", text.format(**names), 0o755)
        server.sh("rm -f /root/took")
    arguments = arguments.format(up="/root/timed-Master.sh", down="/root/timed-Backup.sh")
    start = f"systemd-run -q --unit=seed -p KillMode=mixed vrrp-xdp run {arguments}"
    try:
        since = time.time_ns()
        pair.s1.sh(start)
        pair.owned_by("s1", since)
        pair.carries(pair.s1, [f"{PUBLIC_VIP}/24"], mac, GATEWAY)
        pair.s2.sh(start)
        pair.s2.wait_state("backup")
        since = time.time_ns()
        pair.s1.sh("systemctl stop seed", timeout=120)
        pair.owned_by("s2", since)
        pair.carries(pair.s2, [f"{PUBLIC_VIP}/24"], mac, GATEWAY)
        pair.carries(pair.s1, [f"{pair.s1.public}/24"], pair.s1.own_mac, "")
        at_most_ns, who = IN_FLIGHT_NS, "the agent, the route by scripts"
        if heartbeat == "eth1":
            stopped = slowly(lambda: took_ns(pair.s1, "Backup")[1:], 60, "how long s1's script took")[-1]
            at_most_ns, who = stopped + IN_FLIGHT_NS, f"scripts, s1's in {stopped / 1e9:.1f} s"
        ended = time.time_ns()
        time.sleep(3)
        assert pair.silent("s1", ended), "s1 has the address in the end, too"
        pair.judge(*pair.owners(), at_most_ns=at_most_ns)
        assert pair.owners()[-2:] == ["s1", "s2"]
        for server in pair.servers:
            log = server.sh("journalctl -b -u seed --no-pager -o cat", check=False).stdout
            assert "killed" not in log and "nothing serves it" not in log, log
        assert pair.s2.status()["agent"]["idle_wakeups"] < 20
        pair.note = f"the address is moved by {who}"
    finally:
        # All of it, before the service of either makes an owner of it.
        for server in pair.servers:
            server.sh("systemctl stop seed; systemctl reset-failed seed; ip addr replace"
                      f" {server.public}/24 dev eth0; ip addr del {PUBLIC_VIP}/24 dev eth0;"
                      f" ip link set eth0 address {server.own_mac}; ip route replace default via 192.168.1.1",
                      check=False)  # fmt: skip
        for server in pair.servers:
            server.sh("systemctl start vrrp-xdp", timeout=120)
    pair.rests()


def test_reboot_of_both(pair):
    """One owner afterwards, and on both what each should carry; their own MACs are never lost."""
    boots = [server.boot_id for server in pair.servers]
    for server in pair.servers:
        server.send("systemctl reboot")
    for server, boot in zip(pair.servers, boots):
        server.wait_up(other_than=boot)
    pair.rests()
    pair.owned_by("s1", time.time_ns())
    for server in pair.servers:
        server.sh("systemctl stop vrrp-xdp", timeout=120)
        pair.carries(server, [f"{server.public}/24"], server.own_mac, "192.168.1.1")
    for server in pair.servers:
        server.sh("systemctl start vrrp-xdp", timeout=120)
    pair.rests()
    pair.judge(*pair.owners(), at_most_ns=IN_FLIGHT_NS)


def test_upgrade(pair):
    """From one version of the package to the next, first the backup, then the master: no failover."""
    for server in (pair.s2, pair.s1):
        before = server.pid()
        server.sh(f"dpkg -i /root/vrrp-xdp_{NEXT}_amd64.deb", timeout=300)
        slowly(lambda: server.status()["agent"].get("version") == NEXT, 60, server.journal)
        assert server.pid() == before
    pair.rests()
    pair.note = f"{VERSION} to {NEXT}"
    pair.judge("s1")

# SPDX-License-Identifier: GPL-2.0-only
"""import: keepalived's files and vrrpd's flags become configurations that `check` takes and `run` runs."""

import json
import pathlib
import re
import shlex

import pytest

from daemons import BINARY, Agent, Keepalived
from lab import PUBLIC_VIP, wait_until

SAMPLES = pathlib.Path("/usr/share/doc/keepalived/samples")

pytestmark = pytest.mark.xdp("nothing is received, or what hears does not matter")


def imported(server, *arguments, code=0, **options):
    done = server.ns.run(BINARY, "import", *arguments, check=False, **options)
    assert done.returncode == code, done.stderr
    return done.stdout


def check(server, text):
    """The configuration as `check` prints it: it passes."""
    path = server.directory / "imported.conf"
    path.write_text(text)
    return server.ns.run(BINARY, "check", "-c", path).stdout


def notes(text):
    """Line numbers of all comments that name one."""
    found = set()
    for first, last in re.findall(r"^# line (\d+)(?:-(\d+))?: ", text, re.M):
        found |= set(range(int(first), int(last or first) + 1))
    return found


# What a statement of the samples is, where it is no comment; "": there is nothing to say of it.
SAYS = {
    "state": "",
    "interface": "heartbeat = {}\n",
    "virtual_router_id": "vrid = {}\n",
    "priority": "priority = {}\n",
    "advert_int": "interval = {}s\n",
    "version": "version = {}\n",
    "nopreempt": "preempt = no\n",
    "use_vmac": "mac = virtual\n",
    "auth_type": "auth = pass:",
    "auth_pass": "auth = pass:{}\n",
    "script": "{}",
    "interval": " every {}s",
    "timeout": " timeout {}s",
    "weight": " weight {}",
    "rise": " rise {}",
    "fall": " fall {}",
    "src": "src {}\n",
}


def is_said(words, text):
    """Does the configuration say what this statement says?"""
    if words[0] in SAYS:
        return SAYS[words[0]].format(" ".join(words[1:2])) in text
    if words[0].startswith("eth"):
        return "track-interface = " + " ".join(words) in text
    if words[0].startswith(("chk_", "check_")):
        return "track-script = " in text
    return f" = {words[0]}" in text  # an address, a route


def samples():
    return sorted(p for p in SAMPLES.glob("keepalived.conf.*") if "vrrp_instance" in p.read_text())


def test_there_are_samples(lab):
    assert len(samples()) >= 10


@pytest.mark.parametrize("path", samples(), ids=lambda p: p.name.removeprefix("keepalived.conf."))
def test_sample(lab, path):
    """Each of keepalived's own files: it passes, with as many routers; no line is passed over silently."""
    text = imported(lab.s1, path, "-i", "high")
    canonical = check(lab.s1, text)
    lines = path.read_text().splitlines()
    wanted = sum(line.split()[:1] == ["vrrp_instance"] for line in lines)
    assert canonical.count("[vrrp ") == wanted, text
    told = notes(text)
    for number, line in enumerate(lines, 1):
        line = re.split("[!#]", line)[0].replace("@high", "").strip()
        if not line or line == "}" or line.endswith("{") or number in told:
            continue
        words = [word.strip('"') for word in shlex.split(line)]
        assert is_said(words, text), f"{path.name}:{number}: {line}\n{text}"


def test_conditions(lab):
    """-i, --config-id and the host's name say which lines count."""
    path = SAMPLES / "keepalived.conf.conditional_conf"
    for arguments, priority in ((["-i", "high"], 170), (["--config-id=low"], 85)):
        text = imported(lab.s1, path, *arguments)
        assert f"\npriority = {priority}\n" in text
        assert "track-script = /etc/keepalived/scripts/" in text
    assert "priority =" not in imported(lab.s1, path, "--config-id", "other")


def test_includes(lab):
    """Files that are included are read, relative to who includes them, and named in comments."""
    parts = lab.s1.directory / "parts.d"
    parts.mkdir()
    main = lab.s1.directory / "main.conf"
    main.write_text("include parts.d/*.conf\ninclude nowhere/*.conf\n")
    for vrid in (1, 2):
        (parts / f"{vrid}.conf").write_text(
            f"vrrp_instance r{vrid} {{\ninterface eth1\nvirtual_router_id {vrid}\n"
            f"smtp_alert\nvirtual_ipaddress {{\n10.0.0.{vrid}/24\n}}\n}}\n"
        )
    text = imported(lab.s1, main)
    assert "[vrrp r1]" in text and "[vrrp r2]" in text
    assert f"# {parts}/1.conf:4: smtp_alert: " in text
    assert "# line 2: include nowhere/*.conf: " in text
    check(lab.s1, text)
    (parts / "3.conf").write_text("include 3.conf\n")
    imported(lab.s1, main, code=2)


def test_json(lab):
    """One object: the configuration, and a note for each comment."""
    path = SAMPLES / "keepalived.conf.vrrp.routes"
    report = json.loads(imported(lab.s1, path, "--json"))
    assert report["schema"] == 1 and "[vrrp VI_1]" in report["configuration"]
    note = next(n for n in report["notes"] if "blackhole" in n["text"])
    assert note["line"] == note["last_line"] == 31 and note["reason"] and note["file"] is None
    check(lab.s1, report["configuration"])


VRRPD = [
    ("one word", ["vrrpd -i eth1 10.51.67.93/24 -v 55 -n -p 150 -a pw/hush -U '/root/a b.sh'"], 2, "blank"),
    ("words", ["vrrpd", "-i", "eth1", "10.51.67.93/24", "-v", "55", "-n", "-p", "150"], 0, "mac = virtual"),
    ("a path", ["/usr/sbin/vrrpd -i eth1 10.51.67.93 -v 55 -s"], 0, "preempt = no"),
    ("relative script", ["vrrpd -i eth1 10.51.67.93 -v 55 -D down.sh"], 0, "notify-backup = /"),
    ("no meaning", ["vrrpd -i eth1 10.51.67.93 -v 55 -M -O 10"], 0, "# -M: "),
    ("with a value", ["vrrpd -i eth1 10.51.67.93 -v 55 -f /run/pid"], 0, "# -f /run/pid: "),
    ("nonsense", ["vrrpd -i eth1 10.51.67.93 -v 300"], 2, "-v: "),
    ("open quote", ["vrrpd -i 'eth1"], 2, "quote"),
]


@pytest.mark.parametrize("words,code,part", [r[1:] for r in VRRPD], ids=[r[0] for r in VRRPD])
def test_vrrpd(lab, words, code, part):
    """vrrpd's command line: the same as `run` understands, flags without a meaning as comments."""
    done = lab.s1.ns.run(BINARY, "import", *words, check=False)
    assert done.returncode == code and part in done.stdout + done.stderr, done.stdout + done.stderr
    if not code:
        canonical = check(lab.s1, done.stdout)
        assert "[vrrp vrrp-55]" in canonical and "version = 2" in canonical
        report = json.loads(imported(lab.s1, *words, "--json"))
        check(lab.s1, report["configuration"])
        assert len(report["notes"]) == done.stdout.count("# -")


def test_refused(lab):
    """No file, no router in it, unknown flags: exit 2, with what to do."""
    empty = lab.s1.directory / "empty.conf"
    empty.write_text("global_defs {\nrouter_id a\n}\n")
    for arguments, word in (
        (["/nowhere/keepalived.conf"], "No such file"),
        ([lab.s1.directory], "directory"),
        ([empty], "no virtual router"),
        ([], "which file"),
        (["--nonsense", empty], "unknown option"),
        ([empty, empty], "one file"),
    ):
        done = lab.s1.ns.run(BINARY, "import", *arguments, check=False)
        assert done.returncode == 2 and word in done.stderr, (arguments, done.stderr)


@pytest.mark.parametrize("version", (2, 3))
def test_speaks_with_where_it_came_from(lab, wire, version):
    """What was imported from a keepalived's file is the backup of that very keepalived, and its heir."""
    text = Keepalived.config(version, 4, 150, [f"{PUBLIC_VIP}/24 dev eth0"])
    path = lab.s1.directory / "keepalived.conf"
    path.write_text(text)
    mine = imported(lab.s2, path).replace("priority = 150", "priority = 100")
    assert "\npublic = eth0\n" in mine
    master = Keepalived(lab, lab.s1, text)
    agent = Agent(lab, lab.s2, mine)
    agent.wait_state("backup", timeout=8)
    wait_until(lambda: agent.instance()["master"], 6, lambda: agent.output())
    assert agent.instance()["master"]["priority"] == 150
    assert not any(v for k, v in agent.verdicts().items() if k != "valid"), agent.verdicts()
    master.stop()
    agent.wait_state("master", timeout=8)
    wait_until(lambda: lab.s2.carries(PUBLIC_VIP), 3, "the address")

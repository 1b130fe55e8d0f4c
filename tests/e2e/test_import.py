# SPDX-License-Identifier: GPL-2.0-only
"""import: keepalived's files and vrrpd's flags become configurations that `check` takes and `run` runs."""

import json
import os
import pathlib
import re
import shlex
import socket
import stat

import pytest

from daemons import BINARY, Agent, Keepalived
from lab import PUBLIC_VIP, wait_until

SAMPLES = pathlib.Path("/usr/share/doc/keepalived/samples")

LOSS = re.compile(r'^# .*: (dropped: |kept without )|^# -|"lost": ?"(all|part)"', re.M)

pytestmark = pytest.mark.xdp("nothing is received, or what hears does not matter")


def imported(server, *arguments, code=None, **options):
    """The configuration. The exit status says whether a comment, or a note of JSON, tells of a loss."""
    done = server.ns.run(BINARY, "import", *arguments, check=False, **options)
    if code is None:
        code = 3 if LOSS.search(done.stdout) else 0
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout


def check(server, text):
    """The configuration as `check` prints it: it passes."""
    path = server.directory / "imported.conf"
    path.write_text(text)
    return server.ns.run(BINARY, "check", "-c", path).stdout


VALID = """vrrp_instance web {
interface eth1
virtual_router_id 55
virtual_ipaddress {
10.0.0.1/24
}
}
"""


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
    "garp_master_delay": "garp-delay = {}s\n",
    "use_vmac": "mac-device = macvlan",
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
    if words[0] == "notify":
        return re.search(f"notify = \"/bin/sh -c 'exec {re.escape(words[1])} (INSTANCE|GROUP) ", text)
    if words[0] == "notify_stop":
        return f"[ $0 != STOP ] || {words[1]}" in text
    if words[0].startswith("notify_"):
        return f'{words[0].replace("_", "-")} = "{" ".join(words[1].split())}"\n' in text
    if words[0] in SAYS:
        return SAYS[words[0]].format(" ".join(words[1:2])) in text
    if words[0].startswith("eth"):
        return "track-interface = " + " ".join(words) in text
    if words[0].startswith(("chk_", "check_")):
        return "track-script = " in text
    if f"[vrrp {words[0]}]" in text:  # in a sync group
        return re.search(rf"^\[vrrp {words[0]}\]\n(.+\n)*group = ", text, re.M)
    if words[0] == "0.0.0.0/0":
        return "route = default via " + " ".join(words[2:]) in text
    return f" = {words[0]}" in text  # an address, a route, a rule


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


@pytest.mark.check
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


ANOTHER = 65534  # a user
SECRET = "root:$y$j9T$SECRET:19700:0:99999:7:::\n"


def private(directory, name="secret", text=SECRET):
    """A file that only root can read."""
    path = directory / name
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_included_lines_are_not_shown(lab):
    """Of an included file the comments name line and place, wherever it is included, and never the text."""
    secret = private(lab.s1.directory)
    main = lab.s1.directory / "main.conf"
    blocks = ("virtual_ipaddress", "virtual_routes", "track_interface", "track_script", "unicast_peer", "frob")
    inner = "".join(f"{b} {{\ninclude {secret}\n}}\n" for b in blocks)
    main.write_text(
        f"include {secret}\n$A=\\\ninclude {secret}\nvrrp_instance web {{\ninterface eth1\n"
        f"virtual_router_id 55\nvirtual_ipaddress {{\n10.0.0.1/24\n}}\nnotify_master /$A\n{inner}}}\n"
    )
    text = imported(lab.s1, main)
    assert "address = 10.0.0.1/24\n" in text
    assert text.count(f"# {secret}:1: ...: ") == 7, text
    report = imported(lab.s1, "--json", main)
    assert "SECRET" not in text and "SECRET" not in report
    check(lab.s1, text)


def test_includes_of_another_user(lab):
    """Root reads what a file of another user includes with the rights of that user."""
    secret, own = private(lab.s1.directory, text="smtp_alert\n"), private(lab.s1.directory, "own", "smtp_alert\n")
    main = lab.s1.directory / "main.conf"
    main.write_text(f"include {secret}\ninclude {own}\n{VALID}")
    for path in (own, main):
        os.chown(path, ANOTHER, ANOTHER)
    text = imported(lab.s1, main)
    assert (
        f"# line 1: include {secret}: dropped: {secret} is not read: Permission denied, with the rights of user 65534, "
        "whose file includes it\n" in text
    )
    assert f"# {own}:1: smtp_alert: " in text and f"# {secret}:1: " not in text
    os.chown(main, 0, 0)
    assert f"# {secret}:1: smtp_alert: " in imported(lab.s1, main)


def test_link_of_another_user(lab):
    """A file that another user has put in the place of one's own, by a symbolic link, is not shown."""
    secret = private(lab.s1.directory)
    link = lab.s1.directory / "link"
    link.symlink_to(secret)
    os.lchown(link, ANOTHER, ANOTHER)
    done = lab.s1.ns.run(BINARY, "import", link, check=False)
    said = f"{link}: a symbolic link of user 65534 to a file of user 0: name the file\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    os.lchown(link, 0, 0)
    assert "SECRET" in imported(lab.s1, link, code=2)


def test_only_regular_files(lab):
    """A FIFO, a device, a socket and a directory are refused and not waited for, the file itself and included ones;
    standard input is not."""
    places = lab.s1.directory / "places"
    places.mkdir()
    os.mkfifo(places / "fifo")
    os.mknod(places / "device", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    (places / "directory").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(places / "socket"))
        main = lab.s1.directory / "main.conf"
        main.write_text(f"include {places}/*\n{VALID}")
        text = imported(lab.s1, main, timeout=5)
        for path in sorted(places.iterdir()):
            why = "Is a directory" if path.is_dir() else "not a regular file"
            assert f"# line 1: include {places}/*: dropped: {path} is not read: {why}\n" in text
            done = lab.s1.ns.run(BINARY, "import", path, check=False, timeout=5)
            assert done.returncode == 2 and f"{path}: " in done.stderr and why in done.stderr
    assert "[vrrp web]" in imported(lab.s1, "-", input=main.read_text())


HOSTILE = {
    "nested": ("a {\n" * 20_000, ":33: more than 32 blocks in each other\n"),
    "nested on one line": ("a{ " * 27_000 + "\n", ":1: longer than 4096 bytes\n"),
    "nested and closed": (("a{ " * 30 + "} " * 30 + "\n") * 1500, ": no virtual router"),
    "long lines": (("a " * 2000 + "\n") * 400, ": no virtual router"),
    "parameters": ("$A=" + "a " * 2000 + "\n" + "$A\n" * 20_000, " bytes in all\n"),
    "in themselves": ("$A=${A}${A}x\n" + "${A}\n" * 20_000, " bytes in all\n"),
    "instances": ("vrrp_instance a {\n}\n" * 2000, ": no virtual router"),
    "refused": ("vrrp_instance a {\nunicast_peer {\n" + "x\n" * 20_000 + "}\n}\n", "are refused"),
    "repeated": ("vrrp_instance a {\n" + "smtp_alert\n" * 40_000 + "}\n", ": no virtual router"),
    "names alike": (
        "".join(f"vrrp_instance {'a' * 31}{n} {{\n}}\n" for n in range(2000)), ": no virtual router"),
    "names that are taken": (
        "".join(f"vrrp_instance {'a' * 26}-{n} {{\n}}\n" for n in range(1001, 3000))
        + "".join(f"vrrp_instance {'a' * 31}{n} {{\n}}\n" for n in range(1000)), ": no virtual router"),
    "options": (
        "vrrp_instance a {\nvirtual_ipaddress {\n" + ("10.0.0.1 " + "x " * 2000 + "\n") * 400 + "}\n}\n",
        ": no virtual router"),
    "groups": (
        "".join(f"vrrp_sync_group {n} {{\ngroup {{\n{n}\na\n}}\n}}\n" for n in range(9000))
        + "vrrp_instance a {\n}\n" * 1000, ": no virtual router"),
    "many": ("a\n" * 100_000, ":65537: too many statements"),
    "big": ("#\n" * 2_000_000, "File too large"),
}


@pytest.mark.parametrize("text,said", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile(lab, text, said):
    """Whatever is in a file, little memory and time is enough to import it, or to say where it is too much."""
    path = lab.s1.directory / "hostile.conf"
    path.write_text(text)
    limited = ("prlimit", f"--as={128 << 20}", "--cpu=10")
    done = lab.s1.ns.run(*limited, BINARY, "import", path, check=False)
    assert done.returncode == 2 and done.stderr.startswith(f"{path}:"), done.stderr
    assert said in done.stderr


def test_hostile_includes(lab):
    """Files that include each other, in any way, end with the place."""
    one, two = lab.s1.directory / "one.conf", lab.s1.directory / "two.conf"
    one.write_text(f"include {two}\ninclude {two}\n")
    two.write_text(f"include {one}\ninclude {one}\n")
    done = lab.s1.ns.run(BINARY, "import", one, check=False)
    assert done.returncode == 2 and "files that include each other" in done.stderr
    assert re.match(rf"({one}|{two}):\d: ", done.stderr), done.stderr
    sly = lab.s1.directory / "\x1b[31m.conf"
    sly.write_text("a {\n" * 40)
    one.write_text(f"include {sly}\n")
    done = lab.s1.ns.run(BINARY, "import", one, check=False)
    assert done.returncode == 2 and "/?[31m.conf:33: more than 32 blocks" in done.stderr
    one.write_text("include /*/*/*/*/*\n" + VALID)
    assert "wildcards in too many parts" in imported(lab.s1, one, "--include")
    assert "not below the file's own directory" in imported(lab.s1, one, timeout=5)


def test_includes_elsewhere(lab):
    """Files outside of the file's own directory are included with --include alone, wherever a link leads."""
    outside = lab.s2.directory / "outside.conf"
    outside.write_text(VALID)
    inside = lab.s1.directory / "conf.d"
    inside.mkdir()
    main = lab.s1.directory / "main.conf"
    (inside / "link.conf").symlink_to(outside)
    for pattern in (outside, "../s2/outside.conf", "conf.d/../../s2/*.conf", "conf.d/*.conf"):
        main.write_text(f"include {pattern}\n{VALID.replace('web', 'own')}")
        text = imported(lab.s1, main, code=3)
        assert "[vrrp own]" in text and "[vrrp web]" not in text
        assert "it is not below the file's own directory (--include reads it all the same)\n" in text
        assert "[vrrp web]" in imported(lab.s1, "--include", main)
    (inside / "link.conf").unlink()
    (inside / "real.conf").write_text(VALID)
    main.write_text("include conf.d/*\n")
    assert "[vrrp web]" in imported(lab.s1, main, code=0)
    main.write_text("include {conf.d,x}/*\n" + VALID)
    assert "braces are not expanded" in imported(lab.s1, main, code=3)


def test_byte_order_mark(lab):
    """An editor's mark at the beginning of a file, and of an included one, is none of its text."""
    part, main = lab.s1.directory / "part.conf", lab.s1.directory / "main.conf"
    main.write_text(f"\ufeffinclude {part}\n")
    part.write_text("\ufeff" + VALID)
    assert "[vrrp web]" in imported(lab.s1, main, code=0)


def test_exit_status(lab):
    """0: nothing is lost; 3: something is, which a comment names; 2: nothing came of it."""
    main = lab.s1.directory / "main.conf"
    for more, code, word in (
        ("", 0, "# Nothing is lost.\n"),
        ("state MASTER\n", 0, "# Nothing is lost. Comments tell what is done otherwise here.\n"),
        ("smtp_alert\n", 3, "# Lost: 1 dropped, 0 kept without a part."),
        ("use_vmac\n", 0, "# Nothing is lost.\n"),
        ("use_ipvlan\n", 3, "# Lost: 1 dropped, 0 kept without a part."),
        ("virtual_router_id 300\n", 2, "# Lost: 2 dropped, 0 kept without a part."),
    ):
        main.write_text(VALID.replace("virtual_router_id 55\n", more if code == 2 else more + "virtual_router_id 55\n"))
        assert word in imported(lab.s1, main, code=code)


def test_json(lab):
    """One object: the configuration, and a note for each comment."""
    path = SAMPLES / "keepalived.conf.vrrp.routes"
    report = json.loads(imported(lab.s1, path, "--json"))
    assert report["schema"] == 1 and "[vrrp VI_1]" in report["configuration"]
    note = next(n for n in report["notes"] if "static_routes" in n["text"])
    assert (note["line"], note["last_line"]) == (7, 13) and note["reason"] and note["file"] is None
    assert note["lost"] == "all"
    check(lab.s1, report["configuration"])


VRRPD = [
    ("one word", ["vrrpd -i eth1 10.51.67.93/24 -v 55 -n -p 150 -a pw/hush -U '/root/a b.sh'"], 0,
     """notify-master = "'/root/a b.sh'\""""),
    ("words", ["vrrpd", "-i", "eth1", "10.51.67.93/24", "-v", "55", "-n", "-p", "150"], 0, "mac = virtual"),
    ("a path", ["/usr/sbin/vrrpd -i eth1 10.51.67.93 -v 55 -s"], 0, "preempt = no"),
    ("relative script", ["vrrpd -i eth1 10.51.67.93 -v 55 -D down.sh"], 0, "notify-backup = /"),
    ("no meaning", ["vrrpd -i eth1 10.51.67.93 -v 55 -M -O 10"], 3, "# -M: "),
    ("with a value", ["vrrpd -i eth1 10.51.67.93 -v 55 -f /run/pid"], 3, "# -f /run/pid: "),
    ("nonsense", ["vrrpd -i eth1 10.51.67.93 -v 300"], 2, "-v: "),
    ("open quote", ["vrrpd -i 'eth1"], 2, "quote"),
]


@pytest.mark.parametrize("words,code,part", [r[1:] for r in VRRPD], ids=[r[0] for r in VRRPD])
def test_vrrpd(lab, words, code, part):
    """vrrpd's command line: the same as `run` understands, flags without a meaning as comments."""
    done = lab.s1.ns.run(BINARY, "import", *words, check=False)
    assert done.returncode == code and part in done.stdout + done.stderr, done.stdout + done.stderr
    if code != 2:
        canonical = check(lab.s1, done.stdout)
        assert "[vrrp vrrp-55]" in canonical and "version = 2" in canonical
        report = json.loads(imported(lab.s1, *words, "--json", code=code))
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
        ([], "name a file, because no keepalived is running here"),
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


def test_programs_get_their_arguments(lab):
    """notify gets what keepalived gives it, and notify_stop is run at the end alone."""
    told, program = lab.s1.directory / "told", lab.s1.directory / "tell"
    program.write_text(f'#!/bin/sh\necho "$*" >> {told}\n')
    program.chmod(0o755)
    path = lab.s1.directory / "keepalived.conf"
    path.write_text(
        VALID.replace("interface", f'notify "{program} -a"\nnotify_stop "{program} -s"\npriority 255\ninterface')
    )
    agent = Agent(lab, lab.s1, imported(lab.s1, path, code=0)).wait_state("master")
    wait_until(lambda: told.exists() and told.read_text() == "-a INSTANCE web MASTER 255\n", 3, agent.output)
    assert agent.stop() == 0
    assert told.read_text().splitlines()[1:] == ["-s", "-a INSTANCE web STOP 255"]

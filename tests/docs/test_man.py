# SPDX-License-Identifier: GPL-2.0-only
"""The man pages are complete: every subcommand and flag, key and metric. `make lint` has their form."""

import re

from program import FLAG, TOP, flags_of, run, subcommands

COMMANDS = (TOP / "docs/vrrp-xdp.8").read_text()
CONFIG = (TOP / "docs/vrrp-xdp.conf.5").read_text()
LETTERS = ("-s", "-n")  # written as one word, -sn


def section(page, title):
    found = re.search(rf"^\.Sh {re.escape(title)}\n(.*?)(?=^\.Sh |\Z)", page, re.M | re.S)
    assert found, f"no section {title}"
    return found.group(1)


def flags_in(mdoc):
    """`Fl x`, `Fl -long` of mdoc source as the words that one types."""
    found = set()
    for word in re.findall(r"\bFl (-?\w[\w-]*)", mdoc):
        long = word.startswith("-")
        found |= {f"-{word}"} if long else {f"-{letter}" for letter in word}
    return found


def synopsis(subcommand):
    blocks = re.split(r"^\.Nm\n", section(COMMANDS, "SYNOPSIS"), flags=re.M)
    own = [b for b in blocks if re.match(rf"\.Cm {subcommand}\b", b)]
    assert own, f"SYNOPSIS: no {subcommand}"
    return "\n".join(own)


def test_every_subcommand_and_flag():
    """In the synopsis of its subcommand or in its description; and explained, so somewhere outside the
    synopsis as well."""
    explained = flags_in(COMMANDS.replace(section(COMMANDS, "SYNOPSIS"), ""))
    common = flags_in(re.search(r"^Options that every command takes.*?^\.El", COMMANDS, re.M | re.S).group())
    assert {"--json", "--run-dir", "--help"} <= common
    missing = []
    for subcommand in subcommands():
        described = re.findall(rf"^\.It Cm {subcommand}\b.*?(?=^\.It |^\.El)", COMMANDS, re.M | re.S)
        if not described:
            missing.append(subcommand)
        there = flags_in(synopsis(subcommand) + "".join(described)) | common
        missing += [f"{subcommand} {flag}" for flag in sorted(flags_of(subcommand) - (there & explained))]
    assert not missing, f"vrrp-xdp.8 says nothing of: {missing}"


def test_no_flag_that_is_not_there():
    """What a synopsis promises, the help knows."""
    wrong = [
        f"{subcommand} {flag}"
        for subcommand in subcommands()
        for flag in sorted(flags_in(synopsis(subcommand)) - flags_of(subcommand))
    ]
    assert not wrong, f"vrrp-xdp.8 has what --help has not: {wrong}"


def keys_of_config():
    """(key, ROUTER or AGENT), from the program's own table."""
    source = (TOP / "src/core/config/config_keys.def").read_text()
    rows = re.findall(r'^(ONE|LIST|AGENT)\(\w+, "([a-z-]+)", ', source, re.M)
    keys = [(name, "AGENT" if kind == "AGENT" else "ROUTER") for kind, name in rows]
    assert len(keys) == len(re.findall(r"^\w+\(", source, re.M)) > 30, "config_keys.def is not read right"
    return keys


def test_every_key():
    """Those of virtual routers, and those of [agent] in the section AGENT."""
    keys = keys_of_config()
    agent = section(CONFIG, "AGENT")
    rest = CONFIG.replace(agent, "")
    missing = [
        key
        for key, where in keys
        if not re.search(rf"^\.It Cm {key} = ", agent if where == "AGENT" else rest, re.M)
    ]
    assert not missing, f"vrrp-xdp.conf.5 says nothing of: {missing}"


def test_check_prints_every_key():
    """What `check` says is all there is: a unit test holds the program against these files."""
    printed = "".join(p.read_text() for p in (TOP / "tests/unit/config/good").glob("*.golden"))
    missing = [key for key, _ in keys_of_config() if not re.search(rf"^{key} = ", printed, re.M)]
    assert not missing, f"no tests/unit/config/good/*.golden has: {missing}"


def test_every_metric(tmp_path):
    """Under the names that a reader of either format sees, with every label."""
    there = dict(re.findall(r"^\.It Li (vrrp_xdp_\w+)\n(.*?)(?=^\.It |^\.El)", COMMANDS, re.M | re.S))
    where = ("--run-dir", str(tmp_path / "run"), "--bpffs", str(tmp_path / "bpf"))
    names = re.findall(r"^# TYPE (\S+) ", run("metrics", "--prometheus", *where), re.M)
    assert len(names) > 20
    assert not set(names) - set(there), f"vrrp-xdp.8 says nothing of: {sorted(set(names) - set(there))}"
    gone = set(there) - set(names)
    assert not gone, f"vrrp-xdp.8 has metrics that are none: {sorted(gone)}"


def test_every_flag_of_the_help_is_read():
    """That these tests see flags at all."""
    assert {"--mode", "--replace", "--json"} <= flags_of("attach")
    assert {"-c", "--config", "-U", "-v"} <= flags_of("run")
    assert "-c" not in flags_of("monitor"), "that is jq's, in the example"
    assert FLAG.findall("a-b --c-d [-e] x") == ["--c-d", "-e"]

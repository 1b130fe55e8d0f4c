# SPDX-License-Identifier: GPL-2.0-only
"""The Ansible role: what its template makes of variables is a sound configuration and says what they say; what is not
sound is not put in place. Nothing here runs Ansible: the template is rendered as Ansible renders it."""

import re
import subprocess

import jinja2
import pytest
import yaml

from program import BINARY, TOP

ANSIBLE = TOP / "contrib/ansible"
ROLE = ANSIBLE / "roles/vrrp_xdp"
LISTS = {"heartbeat": ["eth1", "eth2"], "address": ["192.0.2.1/24", "192.0.2.2/24"]}
BASE = {"vrid": 55, "heartbeat": "eth1", "public": "eth0", "address": "42.51.67.93/24"}


def load(path):
    return yaml.safe_load(path.read_text())


DEFAULTS = load(ROLE / "defaults/main.yml")


def environment(**options):
    """As Ansible has it."""
    return jinja2.Environment(trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined, **options)


def render(**variables):
    template = environment().from_string((ROLE / "templates/vrrp-xdp.conf.j2").read_text())
    return template.render({"ansible_managed": "Ansible managed", **DEFAULTS, **variables})


def check(text, tmp_path):
    path = tmp_path / "vrrp-xdp.conf"
    path.write_text(text)
    return subprocess.run([BINARY, "check", "-c", path], capture_output=True, text=True, timeout=10)


def settings(text):
    """{section: [line]}, without comments, and that each section but the first comes after an empty line."""
    parts = text.rstrip("\n").split("\n\n")
    assert all(part.startswith("[") for part in parts[1:]), text
    return {part.splitlines()[0]: part.splitlines()[1:] for part in parts[1:]}


def host_variables(name):
    """Those of the example: the group's, with the host's own ones filled in."""
    group = load(ANSIBLE / "inventory.yml")["vrrp_servers"]

    def fill(value):
        if isinstance(value, dict):
            return {key: fill(one) for key, one in value.items()}
        return environment().from_string(value).render(group["hosts"][name]) if isinstance(value, str) else value

    return fill(group["vars"])


ROWS = {
    "one router": ({"vrrp_xdp_routers": {"web": BASE}}, {"[vrrp web]": ["vrid = 55", "heartbeat = eth1"]}),
    "lists repeat their key": (
        {"vrrp_xdp_routers": {"web": {**BASE, **LISTS}}},
        {"[vrrp web]": ["heartbeat = eth1", "heartbeat = eth2", "address = 192.0.2.1/24", "address = 192.0.2.2/24"]},
    ),
    "truth": (
        {"vrrp_xdp_routers": {"web": {**BASE, "preempt": False, "accept": True}}},
        {"[vrrp web]": ["preempt = no", "accept = yes"]},
    ),
    "all sections": (
        {
            "vrrp_xdp_agent": {"mode": "socket", "realtime": 0},
            "vrrp_xdp_groups": {"both": {"preempt": False}},
            "vrrp_xdp_routers": {
                "web": {**BASE, "group": "both"},
                "db": {**BASE, "vrid": 56, "group": "both", "address": "42.51.67.94/24"},
            },
        },
        {
            "[agent]": ["mode = socket", "realtime = 0"],
            "[group both]": ["preempt = no"],
            "[vrrp web]": ["group = both"],
            "[vrrp db]": ["vrid = 56", "address = 42.51.67.94/24"],
        },
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_template(name, tmp_path):
    variables, wanted = ROWS[name]
    text = render(**variables)
    found = settings(text)
    assert list(found) == list(wanted), text
    for section, lines in wanted.items():
        assert [line for line in found[section] if line in lines] == lines, text
    done = check(text, tmp_path)
    assert done.returncode == 0, f"{text}\n{done.stderr}"


def test_example(tmp_path):
    """Both servers of the inventory: the set-up of docs/vrrp-xdp.conf.example."""
    texts = [render(**host_variables(name)) for name in ("server1", "server2")]
    for text in texts:
        done = check(text, tmp_path)
        assert done.returncode == 0, f"{text}\n{done.stderr}"
    first, second = (settings(text)["[vrrp web]"] for text in texts)
    assert len(first) == 9 and "address = 42.51.67.93/24" in first and "mac = 00:9f:a4:4c:3b:37" in first
    assert [pair for pair in zip(first, second) if pair[0] != pair[1]] == [
        ("priority = 150", "priority = 100"),
        ("standby-address = 192.168.1.93/24", "standby-address = 192.168.1.94/24"),
    ]


@pytest.mark.parametrize("wrong", [{"addres": "192.0.2.1/24"}, {"vrid": 300}, {"address": []}])
def test_what_is_not_sound(wrong, tmp_path):
    """The role asks the program itself, which refuses it."""
    assert check(render(vrrp_xdp_routers={"web": {**BASE, **wrong}}), tmp_path).returncode == 2
    (task,) = [t["ansible.builtin.template"] for t in load(ROLE / "tasks/main.yml") if "ansible.builtin.template" in t]
    assert task["validate"] == "/usr/sbin/vrrp-xdp check -c %s" and task["dest"] == "/etc/vrrp-xdp/vrrp-xdp.conf"


def test_tasks():
    """Each change is told to a handler that is there; the unit is enabled, and nothing restarts it."""
    tasks, handlers = load(ROLE / "tasks/main.yml"), load(ROLE / "handlers/main.yml")
    assert {t["notify"] for t in tasks if "notify" in t} == {handler["name"] for handler in handlers}
    units = [t["ansible.builtin.systemd"] for t in [*tasks, *handlers] if "ansible.builtin.systemd" in t]
    assert [unit.get("state") for unit in units] == ["started", "reloaded"] and units[0]["enabled"]
    texts = [(ROLE / name).read_text() for name in ("tasks/main.yml", "templates/vrrp-xdp.conf.j2")]
    assert {name for text in texts for name in re.findall(r"vrrp_xdp_\w+", text)} == set(DEFAULTS)


def test_readme():
    """Every variable with its default, and an example that is sound but for its key."""
    page = (ROLE / "README.md").read_text()
    listed = dict(re.findall(r"^\| `(\w+)` \|.*\| `(.*)` \|$", page, re.M))
    assert {name: yaml.safe_load(value) for name, value in listed.items()} == DEFAULTS
    shown = yaml.safe_load(re.search(r"^```yaml\n(.*?)^```$", page, re.M | re.S).group(1))
    assert set(shown) < set(DEFAULTS)

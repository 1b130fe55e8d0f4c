# SPDX-License-Identifier: GPL-2.0-only
"""script-user: the programs of a router run as another user, and what the agent says where that cannot be."""

import shutil

import pytest

from daemons import BINARY, Agent, config
from lab import wait_until
from test_sandbox import Sandboxed, unit  # noqa: F401 (a fixture)

pytestmark = pytest.mark.xdp("scripts are the same, however adverts are heard")


NAMES = "before", "notify", "track"


def script(server, name):
    """It says, where the agent does, as whom it runs."""
    path = server.directory / name
    path.write_text(f'#!/bin/sh\necho "{name}: $(id -un):$(id -gn) $(grep NoNewPrivs /proc/self/status)" >&2\n')
    path.chmod(0o755)
    for parent in (server.directory, *server.directory.parents):
        parent.chmod(parent.stat().st_mode | 0o011)
    return path


def as_other(lab, who):
    before, notify, track = (script(lab.s1, name) for name in NAMES)
    return config(
        lab.s1,
        script_user=who,
        before_master=f"{before} timeout 5s",
        notify=notify,
        track_script=f"{track} every 1s timeout 5s",
    )


def wait_nobody(agent):
    for name in NAMES:
        agent.says(f"{name}: nobody:nogroup NoNewPrivs:\t1", timeout=5)


def test_all_programs(lab):
    """Each kind of program is his."""
    agent = Agent(lab, lab.s1, as_other(lab, "nobody")).wait_state("master")
    wait_nobody(agent)
    assert "can change it" not in agent.output()


@pytest.mark.parametrize("who, why", [("nobody-at-all", "no such user"), ("nobody:no-group", "no such group")])
def test_unknown(lab, who, why):
    """Nothing is started."""
    agent = Agent(lab, lab.s1, as_other(lab, who))
    wait_until(lambda: not agent.alive(), 5, agent.output)
    assert agent.child.returncode == 2 and why in agent.output()


def test_what_he_may_not(lab):
    """`check` names a program that its user may not execute, and one that others could change behind a shell."""
    path = script(lab.s1, "own")
    file = lab.s1.directory / "own.conf"

    def said(**keys):
        file.write_text(config(lab.s1, notify=f"\"/bin/sh -c 'exec {path} $0'\"", **keys))
        return lab.s1.ns.run(BINARY, "check", "-c", file).stderr

    path.chmod(0o700)
    assert said(script_user="nobody") == f"vrrp-xdp: web: {path}: user nobody may not execute it: Permission denied\n"
    path.chmod(0o777)
    assert said(script_user="nobody") == ""
    assert f"{path} runs as root, but other users can change it" in said()


def test_in_the_sandbox(lab, unit, tmp_path):  # noqa: F811
    """The unit does without, says what it lacks, and with that it works: also on a program that only he may read, and
    that hangs."""
    hangs = script(lab.s1, "hangs")
    hangs.write_text("#!/bin/sh\necho it begins >&2\nexec sleep 60\n")
    hangs.chmod(0o700)
    shutil.chown(hangs, "nobody")
    text = as_other(lab, "nobody") + f"track-script = {hangs} every 200ms timeout 100ms weight -1\n"
    agent = Sandboxed(lab, lab.s1, unit, text, strict=False)
    wait_until(lambda: not agent.alive(), 10, agent.output)
    assert agent.child.returncode == 2
    said = next(line for line in agent.output().splitlines() if "script-user" in line)
    assert "without CAP_KILL, CAP_SETGID, CAP_SETUID" in said
    key = said.split("[Service]: ")[1]
    more = tmp_path / "more.service"
    more.write_text(unit.read_text().replace("\nAmbientCapabilities=", f"\n{key}\nAmbientCapabilities="))
    agent = Sandboxed(lab, lab.s1, more, text, strict=False).wait_state("master", 10)
    wait_nobody(agent)
    wait_until(lambda: agent.output().count("it begins") > 1, 5, agent.output)


def test_root_is_warned(lab):
    """A program that others could change, and that runs as root: said, with what to do."""
    path = script(lab.s1, "open")
    path.chmod(0o777)
    text = config(lab.s1, notify=path)
    agent = Agent(lab, lab.s1, text).wait_state("master")
    agent.says("runs as root, but other users can change it")
    assert f"chmod go-w {path}" in agent.cli("check", "-c", agent.path).stderr

# SPDX-License-Identifier: GPL-2.0-only
"""init: two servers' configurations, from flags or from answers on a terminal; nothing is overwritten."""

import json
import os
import pty
import select
import stat
import time

import pytest

from daemons import AGENT, BINARY, Agent
from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC, stop_process, wait_until

pytestmark = pytest.mark.xdp("nothing is received, or what hears does not matter")


def flags(lab, **other):
    given = {
        "vrid": "55",
        "heartbeat": "eth1",
        "public": "eth0",
        "address": f"{PUBLIC_VIP}/24",
        "gateway": GATEWAY,
        "mac": SHARED_MAC,
        "standby-address": f"{lab.s1.public}/24",
        "peer-standby-address": f"{lab.s2.public}/24",
        "standby-gateway": "192.168.1.1",
    }
    given.update({key.replace("_", "-"): value for key, value in other.items()})
    return [word for key, value in given.items() if value for word in (f"--{key}", value)]


def init(server, *arguments, code=0):
    done = server.ns.run(BINARY, "init", *arguments, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def check(server, path):
    return server.ns.run(BINARY, "check", "-c", path).stdout


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.check
def test_both_files_run(lab, wire):
    """Both files pass, and are the README's pair: the first server is master, the second one backup."""
    path = lab.s1.directory / "etc/vrrp-xdp.conf"
    done = init(lab.s1, *flags(lab), "-c", path)
    peer = path.with_name(path.name + ".peer")
    assert str(peer) in done.stdout and "doctor" in done.stdout
    for one in (path, peer):
        check(lab.s1, one)
        assert mode(one) == 0o644
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name, peer.name]
    high = Agent(lab, lab.s1, AGENT + path.read_text()).wait_state("master", timeout=8)
    low = Agent(lab, lab.s2, AGENT + peer.read_text()).wait_state("backup", timeout=8)
    wait_until(lambda: low.instance()["master"], 3, "the master is heard")
    assert (high.instance()["priority"], low.instance()["priority"]) == (150, 100)
    assert lab.s1.carries(PUBLIC_VIP) and lab.s2.carries(lab.s2.public)


def test_never_overwrites(lab):
    """What is there stays, whichever of the two it is; --force replaces both."""
    path = lab.s1.directory / "vrrp-xdp.conf"
    peer = path.with_name(path.name + ".peer")
    for there, other in ((path, peer), (peer, path)):
        there.write_text("mine\n")
        done = init(lab.s1, *flags(lab), "-c", path, code=2)
        assert "--force" in done.stderr and str(there) in done.stderr
        assert there.read_text() == "mine\n" and not other.exists()
        there.unlink()
    path.write_text("mine\n")
    peer.write_text("mine\n")
    init(lab.s1, *flags(lab), "-c", path, "--force")
    assert "vrid" in path.read_text() and "vrid" in peer.read_text()


def test_peer(lab):
    """--peer prints the other server's, and writes this one's alone; --json has both places."""
    path = lab.s1.directory / "vrrp-xdp.conf"
    done = init(lab.s1, *flags(lab), "-c", path, "--peer")
    assert "priority        = 100" in done.stdout and "priority        = 150" in path.read_text()
    assert not path.with_name(path.name + ".peer").exists()
    printed = lab.s1.directory / "printed.conf"
    printed.write_text(done.stdout)
    check(lab.s1, printed)
    report = json.loads(init(lab.s1, *flags(lab), f"--config={path}", "--force", "--json").stdout)
    assert report["schema"] == 1 and report["file"] == str(path) and report["peer"] == done.stdout
    assert report["peer_file"] == f"{path}.peer"


def test_password_is_not_for_all(lab):
    """A file with a password is its owner's alone."""
    path = lab.s1.directory / "vrrp-xdp.conf"
    secret = flags(lab, vrrp_version="2", interval="1s", auth="pass:hush")
    init(lab.s1, *secret, "-c", path)
    assert mode(path) == mode(path.with_name(path.name + ".peer")) == 0o600


WRONG = [
    ("out of range", {"vrid": "300"}, "--vrid: "),
    ("missing", {"address": None}, "--address: is needed"),
    ("of both", {"peer_priority": "150"}, "--peer-priority: must differ"),
    ("of the peer", {"peer_standby_address": "no"}, "--peer-standby-address: "),
]


@pytest.mark.parametrize("other,word", [r[1:] for r in WRONG], ids=[r[0] for r in WRONG])
def test_wrong_answers(lab, other, word):
    """Refused by their flags' names, and nothing is written."""
    path = lab.s1.directory / "vrrp-xdp.conf"
    done = init(lab.s1, *flags(lab, **other), "-c", path, code=2)
    assert word in done.stderr and not path.exists()


def test_unknown_flags(lab):
    """The nearest flag is named; a directory that cannot be is said."""
    assert "nearest is --vrid" in init(lab.s1, "--vird", "5", code=2).stderr
    assert "given twice" in init(lab.s1, "--vrid", "5", "--vrid=6", code=2).stderr
    assert "takes a value" in init(lab.s1, "--vrid", code=2).stderr
    path = lab.s1.directory / "no/such/place.conf"
    assert str(path) in init(lab.s1, *flags(lab), "-c", path, code=1).stderr


class Terminal:
    """init on a terminal of its own; what it says is collected."""

    def __init__(self, lab, *arguments):
        self.master, slave = pty.openpty()
        self.child = lab.s1.ns.popen(
            BINARY, "init", *arguments, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)
        lab.on_close(stop_process, self.child)
        self.text = ""

    def expect(self, word, timeout=5):
        """Reads until it said that, behind what was expected before."""
        end = time.monotonic() + timeout
        while word not in self.text:
            left = end - time.monotonic()
            assert left > 0, f"no {word!r} in {self.text!r}"
            if select.select([self.master], [], [], left)[0]:
                try:
                    self.text += os.read(self.master, 4096).decode()
                except OSError:  # it has ended
                    assert word in self.text, f"no {word!r} in {self.text!r}"
        self.text = self.text.split(word, 1)[1]

    def say(self, line):
        os.write(self.master, line.encode() + b"\n")

    def end(self):
        return self.child.wait(5)


def test_asks_on_a_terminal(lab):
    """Guesses in brackets, a bad answer is asked for again, an empty one takes the guess."""
    path = lab.s1.directory / "vrrp-xdp.conf"
    terminal = Terminal(lab, "-c", path, "--mac", SHARED_MAC)
    terminal.expect("name of the virtual router [web]: ")
    terminal.say("shop")
    terminal.expect("1 to 255: ")
    terminal.say("256")
    terminal.expect("--vrid: ")
    terminal.expect("1 to 255: ")
    terminal.say("")
    terminal.expect("is needed")
    terminal.expect("1 to 255: ")
    terminal.say("55")
    terminal.expect("[eth1]: ")
    terminal.say("")
    terminal.expect("[eth0]: ")
    terminal.say("")
    terminal.expect("ADDRESS/LENGTH: ")
    terminal.say(f"{PUBLIC_VIP}/24")
    terminal.expect("[none]: ")
    terminal.say(GATEWAY)
    terminal.expect("[100ms]: ")
    terminal.say("50ms")
    terminal.expect("[150]: ")
    terminal.say("")
    terminal.expect("[100]: ")
    terminal.say("")
    terminal.expect(f"[{lab.s1.public}/24]: ")
    terminal.say("")
    terminal.expect("[none]: ")
    terminal.say(f"{lab.s2.public}/24")
    terminal.expect("[192.168.1.1]: ")
    terminal.say("none")
    terminal.expect("wrote ")
    assert terminal.end() == 0
    canonical = check(lab.s1, path)
    for line in ("[vrrp shop]", "heartbeat = eth1", "public = eth0", "interval = 50ms", f"mac = {SHARED_MAC}",
                 f"gateway = {GATEWAY}", f"standby-address = {lab.s1.public}/24"):  # fmt: skip
        assert line in canonical, canonical
    assert "standby-gateway" not in canonical
    assert f"standby-address = {lab.s2.public}/24" in check(lab.s1, f"{path}.peer")


def test_an_interrupted_dialogue_writes_nothing(lab):
    """The end of input, and what is there already: said before the first question."""
    path = lab.s1.directory / "vrrp-xdp.conf"
    terminal = Terminal(lab, "-c", path)
    terminal.expect("[web]: ")
    os.write(terminal.master, b"\x04")
    terminal.expect("nothing was written")
    assert terminal.end() == 1 and not path.exists()
    path.write_text("mine\n")
    terminal = Terminal(lab, "-c", path)
    terminal.expect("--force")
    assert terminal.end() == 2

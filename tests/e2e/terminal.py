# SPDX-License-Identifier: GPL-2.0-only
"""top in a terminal of tmux's, with a server and a socket of its own. Depends on lab.py and daemons.py."""

import os
import re

from daemons import BINARY
from lab import wait_until


class Terminal:
    """A pane that runs `vrrp-xdp top`. Ends with the lab."""

    def __init__(self, lab, agent, *arguments, columns=80, rows=24, **environment):
        self.ns = agent.ns
        self.socket = agent.server.directory / f"tmux-{id(self)}"
        environment = {"LC_ALL": "C.UTF-8", "HOME": "/", **environment}
        pairs = [f"{key}={value}" for key, value in environment.items()]
        lab.on_close(lambda: self.tmux("kill-server", check=False))
        self.tmux(
            *("-f", "/dev/null", "-u", "new-session", "-d", "-x", columns, "-y", rows),
            *("env", *pairs, BINARY, "top", "-d", "0.2", *arguments, *agent.where),
        )

    def tmux(self, *arguments, check=True):
        environment = {k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR")}
        return self.ns.run(
            "tmux", "-S", self.socket, *arguments, check=check, timeout=10, env=environment
        ).stdout

    def screen(self, *options):
        return self.tmux("capture-pane", "-p", *options, check=False)

    def wait(self, *words, timeout=5):
        """Until all of these are on the screen; patterns."""
        wait_until(lambda: all(re.search(w, self.screen(), re.M) for w in words), timeout,
                   lambda: f"{words}:\n{self.screen()}")  # fmt: skip
        return self.screen()

    def runs(self):
        return self.tmux("list-sessions", check=False) != ""

    def wait_end(self):
        wait_until(lambda: not self.runs(), 5, lambda: f"top ends\n{self.screen()}")

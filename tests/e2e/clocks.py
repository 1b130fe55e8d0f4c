# SPDX-License-Identifier: GPL-2.0-only
"""Agents whose wall clock is wrong, while the machine's is not. Depends on daemons.py and a C compiler."""

import contextlib
import os
import pathlib
import subprocess

from daemons import Agent

SOURCE = pathlib.Path(__file__).with_name("wall_clock.c")


class ClockedAgent(Agent):
    """An agent whose CLOCK_REALTIME is `off` seconds from the true one. `off` may be set at any time."""

    def __init__(self, lab, server, text, off=0):
        self._library = lab.directory / "wall_clock.so"
        if not self._library.exists():
            subprocess.run(
                ["cc", "-shared", "-fPIC", "-O1", "-o", self._library, SOURCE, "-ldl"], check=True
            )
        self._file = server.directory / "wall_clock"
        self._write(off)
        super().__init__(lab, server, text)

    def _write(self, off):
        """At once, for who reads it meanwhile."""
        written = self._file.with_suffix(".new")
        written.write_text(f"{int(off * 1e9)}\n")
        written.rename(self._file)

    @contextlib.contextmanager
    def _clock(self):
        wanted = {"LD_PRELOAD": str(self._library), "WALL_CLOCK_OFF": str(self._file)}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name in wanted:
                del os.environ[name]

    def start(self, *arguments):
        with self._clock():
            return super().start(*arguments)

    def cli(self, *arguments, **options):
        with self._clock():
            return super().cli(*arguments, **options)

    def set_off(self, off):
        """The clock is set; the agent notices within 0.2 s."""
        self._write(off)

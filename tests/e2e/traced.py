# SPDX-License-Identifier: GPL-2.0-only
"""A process under ptrace, for what has to happen between two of its system calls. Knows no daemon."""

import ctypes
import os
import signal
import sys
import time

CALLS = {"x86_64": {"sendto": 44, "sendmmsg": 307}, "aarch64": {"sendto": 206, "sendmmsg": 269}}


class Traced:
    """The agent under ptrace, until it is killed or let go: so that it can die, or be held, at a system call
    by number. Only its first thread is. Until then, nobody else may wait for it."""

    SEIZE, INTERRUPT, SYSCALL, DETACH, SYSCALL_INFO = 0x4206, 0x4207, 24, 17, 0x420E
    SYSGOOD = 1

    def __init__(self, agent):
        self._pid = agent.child.pid
        self._ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self._ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._ptrace.restype = ctypes.c_long
        self._ask(self.SEIZE, self.SYSGOOD)
        self._ask(self.INTERRUPT)
        self._asleep = False
        assert self._stopped(5) == 0, "it does not stop"

    def _ask(self, request, data=0):
        if self._ptrace(request, self._pid, None, data) < 0:
            raise OSError(ctypes.get_errno(), f"ptrace: {os.strerror(ctypes.get_errno())}")

    def _stopped(self, seconds):
        """The signal that stopped it; 0: a system call, or we; None: it sleeps all the time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, status = os.waitpid(self._pid, os.WNOHANG | 0x40000000)  # __WALL
            if pid:
                assert os.WIFSTOPPED(status), f"died by itself: {status:#x}"
                own = os.WSTOPSIG(status) & 0x80 or status >> 16
                return 0 if own else os.WSTOPSIG(status)
        return None

    def steps(self, count, patience=0.2):
        """So many times into a system call or out of it; fewer when it sleeps for `patience` seconds."""
        by = 0
        while count > 0 and by is not None:
            if not self._asleep:
                self._ask(self.SYSCALL, by)
            by = self._stopped(patience)
            self._asleep = by is None
            count -= not by

    def enters(self, name):
        """Is it held at the entry of this system call?"""
        info = ctypes.create_string_buffer(88)  # struct ptrace_syscall_info
        if self._asleep or self._ptrace(self.SYSCALL_INFO, self._pid, len(info), ctypes.addressof(info)) < 32:
            return False
        return info.raw[0] == 1 and int.from_bytes(info.raw[24:32], sys.byteorder) == CALLS[os.uname().machine][name]

    def reaches(self, name):
        """Goes on to the next entry of this system call."""
        for _ in range(1000):
            self.steps(1)
            if self.enters(name):
                return
        raise AssertionError(f"no {name} in a thousand steps")

    def kill(self, child):
        """SIGKILL. A stop that was on its way is told first: Popen would take it for the end, and not even
        send the signal."""
        os.kill(self._pid, signal.SIGKILL)
        status = 0x7F  # stopped
        while os.WIFSTOPPED(status):
            _, status = os.waitpid(self._pid, 0x40000000)
        child.returncode = os.waitstatus_to_exitcode(status)

    def let_go(self):
        if self._asleep:
            self._ask(self.INTERRUPT)
            assert self._stopped(5) is not None, "it does not stop"
        self._ask(self.DETACH)

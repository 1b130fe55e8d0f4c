# SPDX-License-Identifier: GPL-2.0-only
"""One TCP connection through a gateway, which has to outlive it. Depends on lab.py; never decides what is right."""

import contextlib
import socket
import threading
import time

from lab import wait_until


class Stream:
    """The server `outside` sends to the client `inside`, a few bytes at a time. A host that gets one of its segments
    and does not know the connection resets it."""

    def __init__(self, outside, inside, address, port=5001):
        self._ends, self._stop, self._threads = (outside, inside), threading.Event(), []
        self.got, self.why, self._stamps = 0, None, []
        with contextlib.ExitStack() as listening:
            with outside:
                listener = listening.enter_context(socket.create_server((address, port)))
            with inside:
                self._client = socket.socket()
            for s in (listener, self._client):
                s.settimeout(20)
            self._client.connect((address, port))
            self._server, _ = listener.accept()
        self._server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for run in (self._send, self._receive):
            self._threads.append(threading.Thread(target=run, daemon=True))
            self._threads[-1].start()

    def _send(self):
        try:
            while not self._stop.wait(0.005):
                self._server.sendall(b"a few")
        except OSError as error:
            self.why = self.why or f"sending: {error}"

    def _receive(self):
        try:
            while not self._stop.is_set():
                got = self._client.recv(4096)
                if not got:
                    break
                self.got += len(got)
                self._stamps.append(time.time_ns())
        except OSError as error:
            self.why = self.why or f"receiving: {error}"

    def goes_on(self, timeout=8):
        """More arrives than can be under way."""
        wanted = self.got + 250
        wait_until(lambda: self.why or self.got >= wanted, timeout, "the stream goes on")
        assert not self.why, self.why

    def timeouts(self):
        """How often one of the two hosts has waited in vain for an acknowledgment."""
        return sum(self._counter(ns, "TCPTimeouts") for ns in self._ends)

    def gap_ns(self, since):
        """For how long nothing arrived, at the most, since then."""
        stamps = [since, *(t for t in list(self._stamps) if t >= since)]
        return max((later - earlier for earlier, later in zip(stamps, stamps[1:])), default=0)

    @staticmethod
    def _counter(ns, name):
        lines = ns.run("cat", "/proc/self/net/netstat").stdout.splitlines()
        names, values = [line.split() for line in lines if line.startswith("TcpExt:")]
        return int(values[names.index(name)])

    def close(self):
        self._stop.set()
        self._client.close()
        self._server.close()
        for one in self._threads:
            one.join(5)

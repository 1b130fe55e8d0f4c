# SPDX-License-Identifier: GPL-2.0-only
"""A public line that is full: a server sends faster than its line takes, so that a second's worth of frames waits
in the NIC's queue. Depends on lab.py.
"""

import re
import sys

from lab import GATEWAY, PUBLIC_VIP, stop_process, wait_until

# A thousand full frames on a line of 10 Mbit/s: the last of them leaves after 1.15 s.
QUEUE = 1000
LINE = "tbf", "rate", "10mbit", "burst", "16k", "limit", str(1514 * QUEUE)

FILL = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32 << 20)
s.bind((sys.argv[1], 0))
s.setblocking(False)
data, sent, begin = bytes(1400), 0, time.monotonic()
while True:
    try:
        s.sendto(data, (sys.argv[2], 9))
    except OSError:
        pass
    sent += 1
    pause = begin + sent / 1500 - time.monotonic()
    if pause > 0:
        time.sleep(pause)
"""


def waiting(server):
    """How many frames wait in the transmit queue."""
    text = server.ns.run("tc", "-s", "qdisc", "show", "dev", "eth0", "root").stdout
    return int(re.search(r"backlog \S+ (\d+)p", text).group(1))


def fill(lab, server, address=PUBLIC_VIP):
    """The line is full, and stays so for as long as the address may be used. Returns who fills it."""
    server.ns.run("tc", "qdisc", "replace", "dev", "eth0", "root", "handle", "7:", *LINE)
    child = server.ns.popen(sys.executable, "-c", FILL, address, GATEWAY)
    lab.on_close(stop_process, child)
    wait_until(lambda: waiting(server) >= QUEUE * 9 // 10, 10, lambda: f"{waiting(server)} frames wait")
    return child

# SPDX-License-Identifier: GPL-2.0-only
"""A master whose NIC takes none of its addresses gives up, so that another one may have them, and comes
back when the NIC takes them again. The kernel refuses IPv6 addresses where IPv6 is disabled."""

import pytest

from daemons import Agent, config
from lab import PUBLIC_VIP6, holds_for, wait_until

pytestmark = pytest.mark.xdp("the public NIC is the same, however adverts are heard")

ONLY6 = {"address": f"{PUBLIC_VIP6}/64", "gateway": None, "standby_gateway": None}


def refuse(server, yes):
    server.ns.sysctl("net.ipv6.conf.eth0.disable_ipv6", int(yes))


def agent(lab, server, priority, **keys):
    return Agent(lab, server, config(server, priority=priority, **{**ONLY6, **keys}))


def why(agent):
    instance = agent.instance()
    return instance and instance["state"], instance and instance.get("why"), agent.output()


@pytest.mark.parametrize("fence", ["auto", "no"])
def test_gives_up(lab, fence):
    """The first to come has no NIC for the address: FAULT, with the reason; the other one is master."""
    refuse(lab.s1, True)
    first = agent(lab, lab.s1, 150, fence=fence)
    wait_until(lambda: "carries none of the shared addresses" in first.output(), 5, lambda: why(first))
    second = agent(lab, lab.s2, 100, fence=fence).wait_state("master")
    wait_until(lambda: lab.s2.carries(PUBLIC_VIP6), 3, second.output)
    if fence == "auto":  # without one it stays there for a second alone
        first.wait_state("fault")
    holds_for(lambda: second.state() == "master", 2, second.output)
    refuse(lab.s1, False)
    if fence == "auto":
        # Tried behind the shut fence, found to go by now, and preempted by the rules.
        first.wait_state("master", timeout=10)
        wait_until(lambda: lab.s1.carries(PUBLIC_VIP6), 3, first.output)
        second.wait_state("backup")
        wait_until(lambda: not lab.s2.carries(PUBLIC_VIP6), 3, second.output)
    else:
        # It cannot be tried beside a living master: it waits for that one's end.
        first.wait_state("backup", timeout=10)
        holds_for(lambda: second.state() == "master", 1, second.output)
        second.stop()
        first.wait_state("master")
        wait_until(lambda: lab.s1.carries(PUBLIC_VIP6), 3, first.output)


def test_one_of_two_is_enough(lab):
    """Bare is who carries none: with one of two addresses a master goes on, and says what is missing."""
    refuse(lab.s1, True)
    both = ["42.51.67.93/24", f"{PUBLIC_VIP6}/64"]
    first = agent(lab, lab.s1, 150, address=both).wait_state("master")
    agent(lab, lab.s2, 100, address=both).wait_state("backup")
    holds_for(lambda: first.state() == "master", 2, first.output)
    assert lab.s1.carries("42.51.67.93") and not lab.s1.carries(PUBLIC_VIP6)

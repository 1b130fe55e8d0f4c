/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an agent must ask itself around the lease so that two hosts never own an address together.
 * Pure functions of what the agent has just read; the simulation in tests/sim shows what happens
 * without each of them. They belong to this order:
 *   wake     read the role; drain the ring; agent_heed(); agent_lease_lives(), else stand down;
 *            only then stop, fail, tick
 *   claim    lease_grant(now): not open, and not 0 either; role = MASTER; re-read the deadline
 *   send     take the stamp; send; read the clock again; where agent_lease_lives(), renew by
 *            compare-and-swap to the stamp + 3 intervals: the first advert that was sent opens it
 *   restart  agent_may_adopt(), else begin anew
 */
#ifndef CORE_AGENT_RULES_H
#define CORE_AGENT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"
#include "vrrp_abi.h"
#include "vrrp_timers.h"

/*
 * May a MASTER still act by its lease? Before the send: one whose lease ran out has been frozen, a
 * backup may own the address now, and its adverts may just not have arrived: stand down and listen.
 * After the send: an advert that may have left behind the end of the lease came too late to hold
 * any backup down, so it must not extend anything. A lease that was claimed and not opened yet
 * (opened: false, written_ns: when) lives for one interval: the claim is stale after that.
 */
static inline bool agent_lease_lives(bool opened, uint64_t written_ns, int64_t interval_ns,
				     struct monotime now)
{
	uint64_t end_ns = opened ? written_ns : written_ns + (uint64_t)interval_ns;

	return vrrp_before((uint64_t)now.ns, end_ns);
}

enum agent_heed {
	AGENT_GO_ON,
	AGENT_DRAIN_AGAIN, /* the judge stepped down behind the drain: its record is in the ring */
	AGENT_RECLAIM,    /* the state machine has seen that advert and does not call it superior */
	AGENT_STAND_DOWN, /* records were lost, perhaps that one: the judge's word counts */
};

/* After the drain, the state machine being MASTER still. role_before was read before the drain. */
static inline enum agent_heed agent_heed(enum vrrp_role role_before, enum vrrp_role role, bool lost)
{
	if (role != VRRP_ROLE_BACKUP)
		return AGENT_GO_ON;
	if (role_before != VRRP_ROLE_BACKUP)
		return AGENT_DRAIN_AGAIN;
	return lost ? AGENT_STAND_DOWN : AGENT_RECLAIM;
}

/* May a new agent go on as the MASTER that a dead one was? It continues from until_ns, by
 * compare-and-swap, and drains the ring before anything else. */
static inline bool agent_may_adopt(enum vrrp_role role, uint64_t until_ns, struct monotime now)
{
	return role == VRRP_ROLE_MASTER && until_ns != 0 && vrrp_before((uint64_t)now.ns, until_ns);
}

#endif

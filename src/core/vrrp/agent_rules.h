/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an agent must ask itself around the lease so that two hosts never own an address together.
 * Pure functions of what the agent has just read; the simulation in tests/sim shows what happens
 * without each of them. They belong to this order:
 *   wake     read the role; drain the ring; agent_heed(); agent_lease_lives(), else either
 *            agent_may_resume() and lease_resume(now), or stand down; only then stop, fail, tick
 *   claim    lease_grant(now): not open, and not 0 either; role = MASTER; re-read the deadline
 *   send     take the stamp; send; read the clock again; where agent_lease_lives() and
 *            agent_may_open(), renew by compare-and-swap to the stamp + 3 intervals, so that the
 *            first advert that was sent opens it; where it was resumed, agent_may_listen() and
 *            lease_listen(now)
 *   restart  agent_may_adopt(), else begin anew
 */
#ifndef CORE_VRRP_AGENT_RULES_H
#define CORE_VRRP_AGENT_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"
#include "vrrp_abi.h"
#include "vrrp_timers.h"

/* Only OPEN lets anything pass the fence. */
enum agent_lease {
	AGENT_LEASE_CLAIMED, /* as BACKUP's deadline passed; no advert was sent yet */
	AGENT_LEASE_OPEN,
	AGENT_LEASE_RESUMED, /* it ran out; no advert was sent since */
	AGENT_LEASE_LISTENS, /* and one was: opened after some silence */
};

#define AGENT_LEASE_INTERVALS  3
#define AGENT_LISTEN_INTERVALS 4

/*
 * May a MASTER still act by its lease? Before the send: one whose lease ran out has been frozen, a
 * backup may own the address now, and its adverts may just not have arrived. After the send: an
 * advert that may have left behind the end of the lease came too late to hold any backup down, so
 * it must not extend anything. written_ns is the end of an open lease; of one that is shut, when
 * it was written: a claim is stale after one interval, and who listens stands down where others
 * are heard all the time.
 */
static inline bool agent_lease_lives(enum agent_lease state, uint64_t written_ns,
				     int64_t interval_ns, struct monotime now)
{
	uint64_t end_ns = written_ns;

	if (state == AGENT_LEASE_LISTENS)
		end_ns += AGENT_LISTEN_INTERVALS * (uint64_t)interval_ns;
	else if (state != AGENT_LEASE_OPEN)
		end_ns += (uint64_t)interval_ns;
	return vrrp_before((uint64_t)now.ns, end_ns);
}

/*
 * The lease ran out: may the MASTER stay one, behind the shut fence, and hold the backups down
 * again? Each of them waits for its skew beyond the lease, an interval at most; until that has
 * passed, and if nobody was heard since our own last advert, it is likely that nobody has taken
 * over, and a failover would cost every connection. Whether it is so, agent_may_open() finds out.
 * heard_ns: the judge's last stamp, 0: none.
 */
static inline bool agent_may_resume(enum agent_lease state, uint64_t written_ns,
				    int64_t interval_ns, uint64_t heard_ns, struct monotime now)
{
	uint64_t sent_ns = written_ns - AGENT_LEASE_INTERVALS * (uint64_t)interval_ns;

	return state == AGENT_LEASE_OPEN &&
	       vrrp_before((uint64_t)now.ns, written_ns + (uint64_t)interval_ns) &&
	       (!heard_ns || vrrp_before(heard_ns, sent_ns));
}

/* Resumed, and an advert was sent: does it begin to listen? Not beside one that it has heard
 * meanwhile, who has taken over. */
static inline bool agent_may_listen(uint64_t written_ns, uint64_t heard_ns)
{
	return !heard_ns || vrrp_before(heard_ns, written_ns);
}

/*
 * May an advert with this stamp, sent, open the lease? Of one who listens: a worse master has
 * stepped down at our advert, in its kernel if its agent was frozen, and a better one has spoken.
 * That takes less than an interval, so that the next beat of the rhythm may do it. One that was
 * heard may be deaf to us: it would speak again within an interval.
 */
static inline bool agent_may_open(enum agent_lease state, uint64_t written_ns, int64_t interval_ns,
				  uint64_t heard_ns, struct monotime stamp)
{
	uint64_t interval = (uint64_t)interval_ns, quiet_ns = written_ns + interval - interval / 8;

	if (state != AGENT_LEASE_LISTENS)
		return state != AGENT_LEASE_RESUMED;
	if (heard_ns && vrrp_before(written_ns, heard_ns))
		quiet_ns = heard_ns + interval + interval / 2;
	return !vrrp_before((uint64_t)stamp.ns, quiet_ns);
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lease: until when this host may speak for a router's shared address. The shared word is read
 * by the fence for every packet; the judge clears it on a superior advert; all else is done here,
 * by compare-and-swap from what we wrote last, so that a lease that the judge has cleared is never
 * opened again by a renewal that was under way.
 *
 * The order around it, which the simulation and the search hold against all others:
 *   wake     read the role; drain the ring; heed the judge; lease_lives(), else lease_may_resume()
 *            and lease_resume(), or stand down; only then stop, fail, tick
 *   claim    lease_grant(): not open, and not 0 either; role = MASTER; read the deadline again
 *   send     take the stamp; send; read the clock again; where lease_lives() and lease_may_open(),
 *            lease_renew() to the stamp + 3 intervals, so that the first advert that was really
 *            sent opens it; where it was resumed, lease_may_listen() and lease_listen()
 *   restart  lease_adoptable(), else begin anew
 */
#ifndef CORE_VRRP_LEASE_H
#define CORE_VRRP_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"
#include "vrrp_abi.h"

/* Only OPEN lets anything pass the fence. */
enum lease_state {
	LEASE_CLAIMED, /* the deadline of a BACKUP has passed; no advert was sent yet. Or none */
	LEASE_OPEN,
	LEASE_RESUMED, /* it ran out; no advert was sent since */
	LEASE_LISTENS, /* and one was: opened after some silence */
};

struct lease {
	struct vrrp_lease *shared;
	uint64_t written_ns; /* what we wrote last; 0: none */
	enum lease_state state;
	int64_t interval_ns; /* of our own adverts */
};

/* So long after an advert was sent may its sender speak for the address. */
int64_t lease_span_ns(const struct lease *lease);

/*
 * May a MASTER still act by its lease? Before the send: one whose lease ran out has been frozen, a
 * backup may own the address now, and its adverts may just not have arrived. After the send: an
 * advert that may have left behind the end of the lease came too late to hold any backup down, so
 * it must not extend anything. An open lease lives until its end; one that is shut, for an interval
 * from when it was written, and four where it listens: who listens stands down where others are
 * heard all the time.
 */
bool lease_lives(const struct lease *lease, struct monotime now);

/*
 * It ran out: may the MASTER stay one, behind the shut fence, and hold the backups down again?
 * Each of them waits for its skew beyond the lease, an interval at most; until that has passed, and
 * if nobody was heard since our own last advert, it is likely that nobody has taken over, and a
 * failover would cost every connection. Whether it is so, lease_may_open() finds out. heard_ns: the
 * judge's last stamp, 0: none.
 */
bool lease_may_resume(const struct lease *lease, uint64_t heard_ns, struct monotime now);

/* Resumed, and an advert was sent: does it begin to listen? Not beside one that it has heard
 * meanwhile, who has taken over. */
bool lease_may_listen(const struct lease *lease, uint64_t heard_ns);

/*
 * May an advert with this stamp, sent, open the lease? Of one who listens: a worse master has
 * stepped down at our advert, in its kernel if its agent was frozen, and a better one has spoken.
 * That takes less than an interval, so that the next beat of the rhythm may do it. One that was
 * heard may be deaf to us: it would speak again within an interval.
 */
bool lease_may_open(const struct lease *lease, uint64_t heard_ns, struct monotime stamp);

/* May a new agent go on as the MASTER that a dead one was, by what the words say? It continues from
 * until_ns, and drains the ring before anything else. */
bool lease_adoptable(enum vrrp_role role, uint64_t until_ns, struct monotime now);

/* A new lease that ends at `now`, whatever was there: not open yet, but not 0, so that the judge
 * can end it before the first advert has opened it. */
void lease_grant(struct lease *lease, struct monotime now);

/* Go on with the open lease of the agent before this one. */
void lease_adopt(struct lease *lease);

/* From our own last value to the end of the span that begins at `from`. false, as of the next two:
 * the judge has cleared it in between; read the ring. */
bool lease_renew(struct lease *lease, struct monotime from);

/* From our own last value, which has passed, to `now`: shut, yet ours. */
bool lease_resume(struct lease *lease, struct monotime now);
bool lease_listen(struct lease *lease, struct monotime now);

void lease_clear(struct lease *lease);

#endif

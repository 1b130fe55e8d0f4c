/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lease: until when this host may speak for a router's shared address. The fence reads the
 * shared word for every packet, and the judge clears it on a superior advert. All other writes are
 * made here, by compare-and-swap from the value that we wrote last. So a renewal that was under way
 * never opens a lease that the judge has cleared.
 *
 * The caller keeps this order; the simulation and the search show that it is needed:
 *   wake     read the role; drain the ring; heed the judge. If not lease_lives(): lease_resume() if
 *            lease_may_resume(), else stand down. Only then stop, fail or tick
 *   claim    lease_grant(), which writes a lease that is not open, but not 0 either; role = MASTER;
 *            read the deadline again
 *   send     read the clock: the stamp; send; read the clock again. If lease_lives() and
 *            lease_may_open(): lease_renew() to the stamp + lease_span_ns(). So the first advert
 * that was really sent opens the lease. If the lease was resumed: lease_listen() if
 *            lease_may_listen(). If a hook is to end first: lease_wait() in place of
 *            lease_renew(), and lease_open() when it has ended
 *   restart  lease_adopt() if lease_adoptable(), else begin anew
 */
#ifndef CORE_VRRP_LEASE_H
#define CORE_VRRP_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"
#include "vrrp_abi.h"

/* Only OPEN lets anything pass the fence. */
enum lease_state {
	LEASE_CLAIMED, /* a new MASTER that has sent no advert yet; also: there is no lease */
	LEASE_OPEN,
	LEASE_RESUMED, /* it ran out, and no advert was sent since */
	LEASE_LISTENS, /* an advert was sent since, or a master has to yield first; it opens after
			* some silence */
	LEASE_WAITS,   /* an advert was sent, and a hook is to end before it opens */
};

struct lease {
	struct vrrp_lease *shared;
	uint64_t written_ns; /* what we wrote last; 0: none */
	int64_t interval_ns; /* of our own adverts */
	enum lease_state state;
	/* By how many millionths our clock runs faster (negative: slower) than that of the last
	 * master that was measured; 0 also if there was none. */
	int32_t drift_ppm;
	uint64_t held_ns; /* LISTENS, WAITS: until then our last advert holds every backup down */
};

/* Does the MASTER listen, or is it about to, before it may own? */
static inline bool lease_is_shut(const struct lease *lease)
{
	return lease->state == LEASE_RESUMED || lease->state == LEASE_LISTENS;
}

/* How long the sender of an advert may speak for the address, from before it sent the advert: three
 * intervals, less what two clocks may drift apart in that time. That is a 125th, or more if our
 * clock was measured to be slower than that. */
int64_t lease_span_ns(const struct lease *lease);

/* How much longer than master-down a backup waits for the adverts of a master with this interval:
 * nothing, unless our clock was measured to be so much faster that the lease of that master may end
 * later. */
int64_t lease_wait_ns(const struct lease *lease, int64_t master_interval_ns);

/*
 * May a MASTER still act by its lease? Ask before a send: if the lease ran out, the MASTER has been
 * frozen. A backup may own the address now, even if no advert of it has arrived yet. Ask after the
 * send, too: if the advert may have left after the end of the lease, it came too late to hold any
 * backup down, so it must not extend the lease.
 *
 * An open lease lives until its end. A lease that is shut lives for one interval after it was
 * written. In LEASE_LISTENS it lives as long as adverts hold the backups down, for four intervals
 * at most: a router that hears others all the time cannot open its lease, and stands down then. In
 * LEASE_WAITS it lives as long as adverts hold the backups down; the hook has a time limit.
 */
bool lease_lives(const struct lease *lease, struct monotime now);

/*
 * The lease ran out. May the MASTER stay MASTER, behind the shut fence, and hold the backups down
 * again? Each backup waits for its skew beyond the lease, which is an interval at most. If that has
 * not passed, and if nobody was heard since our own last advert, then probably nobody has taken
 * over, and a failover would cost every connection. lease_may_open() finds out whether it is so.
 * heard_ns: the stamp of the last advert that the judge has seen; 0: there was none.
 */
bool lease_may_resume(const struct lease *lease, uint64_t heard_ns, struct monotime now);

/* The lease was resumed, and an advert was sent. May the MASTER begin to listen? Not if it has
 * heard somebody meanwhile: that router has taken over. */
bool lease_may_listen(const struct lease *lease, uint64_t heard_ns);

/*
 * May an advert that was sent, with this stamp, open or renew the lease? Never in
 * LEASE_RESUMED. In LEASE_LISTENS only after some silence. A worse master steps down at our advert,
 * in its kernel if its agent is frozen; a better one speaks. Both take less than an interval, so
 * our next regular advert may open the lease. If somebody was heard, we wait longer: a master that
 * is deaf to us speaks again within an interval.
 */
bool lease_may_open(const struct lease *lease, uint64_t heard_ns, struct monotime stamp);

/* May a new agent go on as MASTER where an earlier agent was MASTER, by what the shared words say?
 * It continues from until_ns, and drains the ring before anything else. */
bool lease_adoptable(enum vrrp_role role, uint64_t until_ns, struct monotime now);

/* Write a new lease that ends at `now`, whatever was there before. It is not open yet. It is not 0
 * either, so that the judge can clear it before the first advert opens it. listens: in
 * LEASE_LISTENS, and an advert is to be sent within an interval. */
void lease_grant(struct lease *lease, struct monotime now, bool listens);

/* Go on with the open lease of the agent before this one. */
void lease_adopt(struct lease *lease);

/* Change the lease from our own last value to the end of the span that begins at `from`. This one
 * and the next two return false if the judge has cleared the lease in between: read the ring. */
bool lease_renew(struct lease *lease, struct monotime from);

/* Change the lease from our own last value, which has passed, to `now`: shut, but not cleared. */
bool lease_resume(struct lease *lease, struct monotime now);
bool lease_listen(struct lease *lease, struct monotime now);

/* An advert was sent that might open the lease, `from` was read before it; but a hook has not ended
 * yet. The shared word stays as it is, so that the judge can clear it meanwhile. */
void lease_wait(struct lease *lease, struct monotime from);

/* LEASE_WAITS: the hook has ended. Open the lease until the end of the span that began before the
 * last advert. Returns false if the judge has cleared the lease in between: read the ring. */
bool lease_open(struct lease *lease);

/* LEASE_LISTENS: another advert was sent, `from` was read before it. */
void lease_hold(struct lease *lease, struct monotime from);

/* An adopted lease may last for a span from `now` and no longer. Call it before an advert with a
 * shorter interval than the earlier ones is sent. */
void lease_shorten(struct lease *lease, struct monotime now);

void lease_clear(struct lease *lease);

#endif

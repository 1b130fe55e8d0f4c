/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leases: the conditions under which a lease may be written, and the atomic writes themselves.
 * Depends on include/ and core/monotime.h. Reads no clock.
 */
#include "core/vrrp/lease.h"

#include "core/vrrp/broken.h"
#include "vrrp_timers.h"

#define LEASE_INTERVALS  3
#define LISTEN_INTERVALS 4

/* The owner's clock may be slower than a backup's. Both are far better than the 0.4 % that each may
 * be wrong by; only a clock that is slewed hard comes near that. A backup's skew adds to this, but
 * in version 2 it may be nothing beside a long interval. */
#define DRIFT_PARTS 125 /* of the span, on both sides together */

/* A measurement may be wrong by this much, and clocks go on to change after it. */
#define DRIFT_DOUBT_PPM 1000

#define MILLION 1000000

/* What a clock that is slower by so many millionths takes longer for three intervals, beyond what
 * every lease allows for. */
static int64_t beyond_ns(int64_t interval_ns, int32_t slower_ppm)
{
	int64_t ppm = slower_ppm + DRIFT_DOUBT_PPM - MILLION / DRIFT_PARTS;

	return ppm <= 0 || VRRP_BROKEN(drift_unheeded)
		       ? 0
		       : LEASE_INTERVALS * interval_ns / MILLION * ppm;
}

int64_t lease_span_ns(const struct lease *lease)
{
	int64_t span = LEASE_INTERVALS * lease->interval_ns;

	if (!VRRP_BROKEN(no_drift))
		span -= span / DRIFT_PARTS + beyond_ns(lease->interval_ns, -lease->drift_ppm);
	return span + VRRP_BROKEN(longer_lease) * lease->interval_ns / 100;
}

int64_t lease_wait_ns(const struct lease *lease, int64_t master_interval_ns)
{
	return beyond_ns(master_interval_ns, lease->drift_ppm);
}

bool lease_lives(const struct lease *lease, struct monotime now)
{
	uint64_t end_ns = lease->written_ns;

	if (lease->state == LEASE_WAITS)
		return vrrp_before((uint64_t)now.ns, lease->held_ns);
	if (lease->state == LEASE_LISTENS && !vrrp_before((uint64_t)now.ns, lease->held_ns))
		return false;
	if (lease->state == LEASE_LISTENS)
		end_ns += LISTEN_INTERVALS * (uint64_t)lease->interval_ns;
	else if (lease->state != LEASE_OPEN)
		end_ns += (uint64_t)lease->interval_ns;
	return vrrp_before((uint64_t)now.ns, end_ns);
}

bool lease_may_resume(const struct lease *lease, uint64_t heard_ns, struct monotime now)
{
	uint64_t sent_ns = lease->written_ns - (uint64_t)lease_span_ns(lease);

	return lease->state == LEASE_OPEN &&
	       vrrp_before((uint64_t)now.ns, lease->written_ns + (uint64_t)lease->interval_ns) &&
	       (!heard_ns || vrrp_before(heard_ns, sent_ns) || VRRP_BROKEN(resumes_deaf));
}

bool lease_may_listen(const struct lease *lease, uint64_t heard_ns)
{
	return !heard_ns || vrrp_before(heard_ns, lease->written_ns);
}

bool lease_may_open(const struct lease *lease, uint64_t heard_ns, struct monotime stamp)
{
	uint64_t interval = (uint64_t)lease->interval_ns;
	uint64_t quiet_ns = lease->written_ns + interval - interval / 8;

	if (lease->state != LEASE_LISTENS || VRRP_BROKEN(resumes_at_once))
		return lease->state != LEASE_RESUMED || VRRP_BROKEN(resumes_at_once);
	if (heard_ns && vrrp_before(lease->written_ns, heard_ns))
		quiet_ns = heard_ns + interval + interval / 2;
	return !vrrp_before((uint64_t)stamp.ns, quiet_ns);
}

bool lease_adoptable(enum vrrp_role role, uint64_t until_ns, struct monotime now)
{
	return role == VRRP_ROLE_MASTER &&
	       (VRRP_BROKEN(adopts_anything) ||
		(until_ns != 0 && vrrp_before((uint64_t)now.ns, until_ns)));
}

void lease_grant(struct lease *lease, struct monotime now, bool listens)
{
	lease->state = listens ? LEASE_LISTENS : LEASE_CLAIMED;
	lease->written_ns = (uint64_t)now.ns;
	lease->held_ns = lease->written_ns + (uint64_t)lease->interval_ns;
	__atomic_store_n(&lease->shared->until_ns, lease->written_ns, __ATOMIC_SEQ_CST);
}

void lease_adopt(struct lease *lease)
{
	lease->written_ns = __atomic_load_n(&lease->shared->until_ns, __ATOMIC_SEQ_CST);
	lease->state = LEASE_OPEN;
}

static bool swap(struct lease *lease, struct monotime to, enum lease_state state)
{
	__u64 expected = lease->written_ns;

	if (VRRP_BROKEN(blind_renewal))
		expected = __atomic_load_n(&lease->shared->until_ns, __ATOMIC_SEQ_CST);
	if (!__atomic_compare_exchange_n(&lease->shared->until_ns, &expected, (__u64)to.ns, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	lease->written_ns = (uint64_t)to.ns;
	lease->state = state;
	return true;
}

bool lease_renew(struct lease *lease, struct monotime from)
{
	return swap(lease, monotime_add(from, lease_span_ns(lease)), LEASE_OPEN);
}

bool lease_resume(struct lease *lease, struct monotime now)
{
	return swap(lease, now, LEASE_RESUMED);
}

bool lease_listen(struct lease *lease, struct monotime now)
{
	return swap(lease, now, LEASE_LISTENS);
}

void lease_wait(struct lease *lease, struct monotime from)
{
	lease->state = LEASE_WAITS;
	lease_hold(lease, from);
}

bool lease_open(struct lease *lease)
{
	return swap(lease, monotime_from_ns(lease->held_ns), LEASE_OPEN);
}

void lease_hold(struct lease *lease, struct monotime from)
{
	lease->held_ns = (uint64_t)monotime_add(from, lease_span_ns(lease)).ns;
}

void lease_shorten(struct lease *lease, struct monotime now)
{
	struct monotime end = monotime_add(now, lease_span_ns(lease));

	if (vrrp_before((uint64_t)end.ns, lease->written_ns) && !VRRP_BROKEN(shortens_late))
		swap(lease, end, LEASE_OPEN);
}

void lease_clear(struct lease *lease)
{
	lease->written_ns = 0;
	lease->state = LEASE_CLAIMED;
	if (!VRRP_BROKEN(stop_keeps_lease))
		__atomic_store_n(&lease->shared->until_ns, 0, __ATOMIC_SEQ_CST);
}

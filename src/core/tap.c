/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares what the XDP program has heard with what came by. Depends on include/ and its own
 * header.
 */
#include "core/tap.h"

#include "vrrp_timers.h"

void tap_count(struct tap *tap, bool tagged)
{
	if (tagged)
		tap->tagged++;
	else
		tap->untagged++;
}

/* What the program has counted since the books were closed, less what the tap has. Returns how many
 * adverts of other VLANs may be among it. An advert that was on its way at the last closing is in
 * the tap only now, and takes one off. */
static uint32_t surplus_of(const struct tap *tap, uint64_t counted)
{
	int64_t difference = (int64_t)counted - tap->untagged;

	if (difference > tap->tagged)
		difference = tap->tagged;
	difference += tap->surplus;
	return difference > 0 ? (uint32_t)difference : 0;
}

/* Returns how many adverts reached the tap, and the program has not counted them. The program may
 * have counted some before the last closing that reach the tap only now: tap->ahead of them, which
 * is brought up to date. Where adverts come in both forms of the checksum, the program counts only
 * one of the two, so nothing can be said: 0. */
static uint32_t take_missed(struct tap *tap, const struct vrrp_path *path, uint64_t counted)
{
	bool both = __atomic_load_n(&path->checksum, __ATOMIC_RELAXED) == VRRP_CHECKSUM_BOTH;
	uint64_t known = tap->ahead + counted, came = tap->untagged;
	uint64_t ahead = known > came ? known - came : 0;

	tap->ahead = ahead < TAP_AHEAD_MOST ? (uint32_t)ahead : TAP_AHEAD_MOST;
	return came > known && !both ? (uint32_t)(came - known) : 0;
}

/* For how long the program has counted nothing, or forever. */
static int64_t silent_ns(const struct vrrp_path *path, struct monotime now)
{
	uint64_t last = __atomic_load_n(&path->last_ns, __ATOMIC_RELAXED);

	return last ? monotime_diff(now, monotime_from_ns(last)) : INT64_MAX;
}

/* Two intervals without an advert: where a master goes on speaking, the program misses it. No
 * promotion is due sooner. */
static bool is_silent(const struct vrrp_path *path, struct monotime now)
{
	uint16_t cs = __atomic_load_n(&path->interval_cs, __ATOMIC_RELAXED);
	int64_t two_ns = 2 * (int64_t)(cs * VRRP_NS_PER_CS);

	return silent_ns(path, now) >= (cs && two_ns < TAP_SLACK_NS ? two_ns : TAP_SLACK_NS);
}

/* One advert that was counted a moment ago may be on its way, or any number if frames are left. */
static void begin(struct tap *tap, const struct vrrp_path *path, uint64_t adverts,
		  const struct tap_look *look)
{
	tap->adverts = adverts;
	tap->ahead = look->lost ? TAP_AHEAD_MOST : silent_ns(path, look->now) < TAP_SLACK_NS;
	tap->unheard = tap->surplus = 0;
	tap->opened = true;
}

enum tap_finding tap_close(struct tap *tap, const struct vrrp_path *path,
			   const struct tap_look *look)
{
	uint64_t adverts = __atomic_load_n(&path->adverts, __ATOMIC_RELAXED);
	bool silent = is_silent(path, look->now), surplus = tap->surplus, first = !tap->opened;
	uint64_t counted;
	uint32_t more;

	if (first)
		begin(tap, path, adverts, look);
	counted = adverts - tap->adverts;
	more = first ? 0 : take_missed(tap, path, counted);
	if (silent_ns(path, look->since) > TAP_SLACK_NS)
		more = tap->untagged; /* it has heard none of these */
	if (!look->lost && silent_ns(path, look->now) >= TAP_SLACK_NS)
		tap->ahead = 0;
	/* A program that is taken off in the middle of a look has heard some of it. */
	if (counted || !silent)
		tap->unheard = 0;
	tap->unheard += silent ? more : 0;
	tap->surplus = look->lost ? 0 : surplus_of(tap, counted);
	if (!surplus)
		tap->since = look->now;
	tap->adverts = adverts;
	tap->untagged = tap->tagged = 0;
	if (tap->unheard >= TAP_PROOF)
		return TAP_DEAF;
	return tap->surplus >= TAP_PROOF && monotime_diff(look->now, tap->since) >= TAP_SLACK_NS
		       ? TAP_TAGS
		       : TAP_AGREES;
}

void tap_open(struct tap *tap, const struct vrrp_path *path, const struct tap_look *look)
{
	*tap = (struct tap){0};
	begin(tap, path, __atomic_load_n(&path->adverts, __ATOMIC_RELAXED), look);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares what the XDP program has heard with what came by. Depends on include/ and its own
 * header.
 */
#include "core/tap.h"

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
	return tap->books == TAP_CLOSED && came > known && !both ? (uint32_t)(came - known) : 0;
}

static bool is_proof(const struct tap *tap, struct monotime now)
{
	return tap->surplus >= TAP_PROOF && monotime_diff(now, tap->even) >= TAP_SLACK_NS;
}

/* Open the books at this count. Keeps what this look has in the tap. */
static void begin(struct tap *tap, uint64_t adverts, struct monotime now)
{
	*tap = (struct tap){
		.adverts = adverts,
		.untagged = tap->untagged,
		.tagged = tap->tagged,
		.books = TAP_OPENED,
		.opened = now,
		.even = now,
	};
}

enum tap_finding tap_close(struct tap *tap, const struct vrrp_path *path,
			   const struct tap_look *look)
{
	uint64_t adverts = __atomic_load_n(&path->adverts, __ATOMIC_RELAXED);
	uint64_t last = __atomic_load_n(&path->last_ns, __ATOMIC_RELAXED);
	bool heard = last && monotime_diff(monotime_from_ns(last), look->since) >= -TAP_SLACK_NS;
	uint64_t counted;
	uint32_t more;

	if (tap->books == TAP_UNOPENED)
		begin(tap, adverts, look->now);
	counted = adverts - tap->adverts;
	more = take_missed(tap, path, counted);
	/* A program that is taken off in the middle of a look has heard some of it. */
	tap->unheard = heard ? more : tap->unheard + tap->untagged;
	tap->surplus = look->lost ? 0 : surplus_of(tap, counted);
	if (!tap->surplus)
		tap->even = look->now;
	if (!look->lost && monotime_diff(look->now, tap->opened) >= TAP_SLACK_NS)
		tap->books = TAP_CLOSED;
	tap->adverts = adverts;
	tap->untagged = tap->tagged = 0;
	if (tap->unheard >= TAP_PROOF)
		return TAP_DEAF;
	return is_proof(tap, look->now) ? TAP_TAGS : TAP_AGREES;
}

void tap_open(struct tap *tap, const struct vrrp_path *path, struct monotime now)
{
	begin(tap, __atomic_load_n(&path->adverts, __ATOMIC_RELAXED), now);
	tap->untagged = tap->tagged = 0;
}

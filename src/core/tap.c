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
static uint32_t surplus_of(const struct tap *tap, uint64_t heard)
{
	int64_t difference = (int64_t)heard - tap->untagged;

	if (difference > tap->tagged)
		difference = tap->tagged;
	difference += tap->surplus;
	return difference > 0 ? (uint32_t)difference : 0;
}

/* How many adverts has the tap that the program has not counted? One that was counted before the last
 * closing may have been on its way then. */
static uint32_t missed_of(const struct tap *tap, uint64_t counted)
{
	uint64_t known = counted + tap->ahead;

	return tap->untagged > known ? tap->untagged - (uint32_t)known : 0;
}

enum tap_finding tap_close(struct tap *tap, const struct vrrp_path *path, struct monotime since,
			   bool lost)
{
	uint64_t adverts = __atomic_load_n(&path->adverts, __ATOMIC_RELAXED);
	uint64_t last = __atomic_load_n(&path->last_ns, __ATOMIC_RELAXED);
	uint64_t counted = adverts - tap->adverts;
	uint64_t seen = (uint64_t)tap->untagged + tap->tagged;
	bool heard = last && monotime_diff(monotime_from_ns(last), since) >= -TAP_SLACK_NS;

	/* A program that is taken off in the middle of a look has heard some of it. */
	if (!heard)
		tap->unheard += tap->untagged;
	else
		tap->unheard = tap->open ? missed_of(tap, counted) : 0;
	tap->surplus = lost || !tap->open ? 0 : surplus_of(tap, counted);
	tap->ahead = tap->open && counted > seen ? (uint32_t)(counted - seen) : 0;
	tap->adverts = adverts;
	tap->open = true;
	tap->untagged = tap->tagged = 0;
	if (tap->unheard >= TAP_PROOF)
		return TAP_DEAF;
	return tap->surplus >= TAP_PROOF ? TAP_TAGS : TAP_AGREES;
}

void tap_forget(struct tap *tap, const struct vrrp_path *path)
{
	*tap = (struct tap){.adverts = __atomic_load_n(&path->adverts, __ATOMIC_RELAXED),
			    .open = true};
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept of each frame: its counter, and of a valid advert the last one of its path and of
 * its speaker.
 *
 * Pure but for the map values it is given; includes include/ and judge.h's accessors only, so that
 * the XDP program and socket mode keep the same books. It decides nothing.
 */
#ifndef TALLY_H
#define TALLY_H

#include "judge.h"
#include "vrrp_abi.h"
#include "vrrp_timers.h"

/* One frame. The counters must be of one writer: per CPU, or per process. */
VRRP_INLINE void vrrp_tally_count(struct vrrp_counters *counters, __u8 verdict, __u8 notes)
{
	if (verdict >= VRRP_VERDICT_COUNT)
		return;
	counters->verdict[verdict]++;
	for (int note = 0; note < VRRP_NOTE_COUNT && notes >> note; note++) {
		if (notes & 1u << note)
			counters->note[note]++;
	}
}

/* A valid advert of a speaker; *neighbor is all zero if it is the first one. Returns the gap since
 * the last one, 0: the first. */
VRRP_INLINE __u64 vrrp_tally_neighbor(struct vrrp_neighbor *neighbor,
				      const struct vrrp_advert *advert)
{
	__u64 last_ns = neighbor->last_ns, gap_ns = 0;

	if (!neighbor->adverts)
		neighbor->first_ns = advert->stamp_ns;
	else if (vrrp_before(last_ns, advert->stamp_ns))
		gap_ns = advert->stamp_ns - last_ns;
	neighbor->last_ns = advert->stamp_ns;
	neighbor->gap_ns = gap_ns;
	neighbor->adverts++;
	neighbor->interval_cs = advert->interval_cs;
	neighbor->version = advert->version;
	neighbor->priority = advert->priority;
	neighbor->address_count = advert->address_count;
	neighbor->auth_type = advert->auth_type;
	neighbor->checksum = advert->checksum;
	neighbor->ttl = advert->ttl;
	__builtin_memcpy(neighbor->mac, advert->mac, sizeof(neighbor->mac));
	neighbor->first_address = advert->first_address;
	return gap_ns;
}

/* An advert that came from our own source address, by `path`. */
VRRP_INLINE void vrrp_tally_echo(struct vrrp_instance *instance, const struct vrrp_advert *advert,
				 __u8 path)
{
	VRRP_WRITE_ONCE(instance->echo, VRRP_ECHO(advert->mac, path));
	VRRP_WRITE_ONCE(instance->echo_ns, advert->stamp_ns);
}

/* Bucket of a gap: log2 of its microseconds, without a division. */
VRRP_INLINE __u32 vrrp_gap_bucket(__u64 gap_ns)
{
	__u32 bucket = 0;

	for (int step = 16; step; step /= 2) {
		if (gap_ns >= 1000ULL << (bucket + step))
			bucket += step;
	}
	return bucket < VRRP_GAP_BUCKETS ? bucket : VRRP_GAP_BUCKETS - 1;
}

/* A valid advert of a path. After the judge, which compares with the speaker before this one. */
VRRP_INLINE void vrrp_tally_path(struct vrrp_path *path, const struct vrrp_advert *advert)
{
	__u64 last_ns = path->last_ns;

	if (last_ns && vrrp_before(last_ns, advert->stamp_ns)) {
		__u32 bucket = vrrp_gap_bucket(advert->stamp_ns - last_ns);

		if (bucket < VRRP_GAP_BUCKETS)
			VRRP_INCREMENT(path->gaps[bucket]);
	}
	path->source = advert->source;
	if (advert->checksum != VRRP_CHECKSUM_AUTO)
		path->checksum = advert->checksum;
	VRRP_WRITE_ONCE(path->last_ns, advert->stamp_ns);
	VRRP_INCREMENT(path->adverts);
}

#endif

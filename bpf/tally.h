/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is recorded of each frame: a count of its verdict and notes, and for a valid advert the last
 * one of its path and of its speaker.
 *
 * Pure except for the map values that it is given. Includes include/ and judge.h (for its
 * accessors) only, so that the XDP program and socket mode record the same. It decides nothing.
 */
#ifndef TALLY_H
#define TALLY_H

#include "judge.h"
#include "vrrp_abi.h"
#include "vrrp_timers.h"

/* Count one frame. The counters must have only one writer: they are per CPU or per process. */
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

/* May a refused advert be recorded now? If not, it is only counted. now_ns need not be exact. */
VRRP_INLINE int vrrp_tally_may_record(struct vrrp_counters *counters, __u64 now_ns)
{
	if (now_ns - counters->window_ns >= VRRP_REFUSED_WINDOW_NS) {
		counters->window_ns = now_ns;
		counters->window_count = 0;
	}
	if (counters->window_count >= VRRP_REFUSED_BURST)
		return 0;
	counters->window_count++;
	return 1;
}

/* Was this a frame of another protocol (AH, CARP)? It is no advert that we could refuse: it passes,
 * and is shown by the name of its protocol. */
VRRP_INLINE int vrrp_tally_is_other(__u8 verdict)
{
	return verdict == VRRP_VERDICT_AH || verdict == VRRP_VERDICT_CARP;
}

/* Is this advert to be recorded as one of a peer that cannot be understood? */
VRRP_INLINE int vrrp_tally_is_of_peer(__u8 verdict)
{
	return verdict < VRRP_VERDICT_COUNT && (1U << verdict & VRRP_VERDICTS_OF_PEERS);
}

/* Record an advert of a speaker: `refused` is the verdict by which it was refused, or 0 if it is
 * sound. *neighbor must be all zero if it is the first advert. Returns the gap since the last one
 * in ns, or 0 if it is the first one. */
VRRP_INLINE __u64 vrrp_tally_neighbor(struct vrrp_neighbor *neighbor,
				      const struct vrrp_advert *advert, __u8 refused)
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
	neighbor->refused = refused;
	neighbor->unicast = advert->family == 4 ? advert->destination.b[0] >> 4 != 0xe
						: advert->destination.b[0] != 0xff;
	neighbor->first_address = advert->first_address;
	return gap_ns;
}

/* Record an advert that came from our own source address, by `path`. */
VRRP_INLINE void vrrp_tally_echo(struct vrrp_instance *instance, const struct vrrp_advert *advert,
				 __u8 path)
{
	VRRP_WRITE_ONCE(instance->echo, VRRP_ECHO(advert->mac, path));
	VRRP_WRITE_ONCE(instance->echo_ns, advert->stamp_ns);
}

/* Returns the bucket of a gap: log2 of its microseconds, computed without a division. */
VRRP_INLINE __u32 vrrp_gap_bucket(__u64 gap_ns)
{
	__u32 bucket = 0;

	for (__u32 step = 16; step; step /= 2) {
		if (gap_ns >= 1000ULL << (bucket + step))
			bucket += step;
	}
	return bucket < VRRP_GAP_BUCKETS ? bucket : VRRP_GAP_BUCKETS - 1;
}

/* A master that was silent for so much longer than its interval, and for longer than four of its
 * intervals, was not late: it was down, and its failover was right whatever the interval is. */
#define VRRP_OUTAGE_NS (1ULL << 33)

/* A bucket of lateness is a quarter of an octave. Bucket 1 begins at 2^15 ns (33 us); the last one
 * begins at 7.5 s and has no end. */
#define VRRP_LATE_SHIFT 13

/* Returns the bucket of an advert that is so late. No division, and no loop that stays one. */
VRRP_INLINE __u32 vrrp_late_bucket(__u64 late_ns)
{
	__u64 units = late_ns >> VRRP_LATE_SHIFT;
	__u32 octave = 0, bucket;

	if (units < 4)
		return 0;
	for (__u32 step = 16; step; step /= 2) {
		if (units >> (octave + step))
			octave += step;
	}
	bucket = 4 * (octave - 2) + 1 + (units >> (octave - 2) & 3);
	return bucket < VRRP_LATE_BUCKETS ? bucket : VRRP_LATE_BUCKETS - 1;
}

/* Returns the lateness in ns at which a bucket begins. For VRRP_LATE_BUCKETS and above it returns
 * the lateness at which the last bucket would end. */
VRRP_INLINE __u64 vrrp_late_from_ns(__u32 bucket)
{
	if (!bucket)
		return 0;
	if (bucket > VRRP_LATE_BUCKETS)
		bucket = VRRP_LATE_BUCKETS;
	return (4ULL + ((bucket - 1) & 3)) << (VRRP_LATE_SHIFT + (bucket - 1) / 4);
}

/* Count how late this advert is, if the one before it has promised it: by the same master, with the
 * same interval, and that was no goodbye. An advert that comes early is not late. */
VRRP_INLINE void vrrp_tally_late(struct vrrp_timing *timing, const struct vrrp_path *path,
				 const struct vrrp_advert *advert, __u64 gap_ns)
{
	__u64 interval_ns = advert->interval_cs * VRRP_NS_PER_CS;
	__u64 late_ns = gap_ns > interval_ns ? gap_ns - interval_ns : 0;
	__u32 bucket;

	if (path->interval_cs != advert->interval_cs || advert->priority == VRRP_PRIO_STOP ||
	    !vrrp_addr_equal(&path->source, &advert->source) ||
	    (late_ns >= VRRP_OUTAGE_NS && late_ns >= 4 * interval_ns))
		return;
	bucket = vrrp_late_bucket(late_ns);
	if (bucket >= VRRP_LATE_BUCKETS)
		return;
	VRRP_INCREMENT(timing->late[bucket]);
	VRRP_INCREMENT(timing->counted);
	(void)__sync_fetch_and_add(&timing->counted_ns, gap_ns);
}

/* In a group with both forms of the checksum, a master sends each advert in both, one right after
 * the other (src/agent/adverts.h). Is this the second copy? */
VRRP_INLINE int vrrp_tally_is_copy(const struct vrrp_path *path, const struct vrrp_advert *advert)
{
	return path->checksum == VRRP_CHECKSUM_BOTH &&
	       advert->stamp_ns - path->last_ns < advert->interval_cs * VRRP_NS_PER_CS / 4 &&
	       vrrp_addr_equal(&path->source, &advert->source);
}

/* Record a valid advert of a path; timing may be NULL. Call it after the judge, which needs the
 * speaker before this one. */
VRRP_INLINE void vrrp_tally_path(struct vrrp_path *path, struct vrrp_timing *timing,
				 const struct vrrp_advert *advert)
{
	__u64 last_ns = path->last_ns;

	path->checksum |= advert->checksum;
	if (vrrp_tally_is_copy(path, advert))
		return;
	if (timing && last_ns && vrrp_before(last_ns, advert->stamp_ns)) {
		__u32 bucket = vrrp_gap_bucket(advert->stamp_ns - last_ns);

		if (bucket < VRRP_GAP_BUCKETS)
			VRRP_INCREMENT(timing->gaps[bucket]);
		vrrp_tally_late(timing, path, advert, advert->stamp_ns - last_ns);
	}
	path->source = advert->source;
	path->interval_cs = advert->priority == VRRP_PRIO_STOP ? 0 : advert->interval_cs;
	VRRP_WRITE_ONCE(path->last_ns, advert->stamp_ns);
	VRRP_INCREMENT(path->adverts);
}

#endif

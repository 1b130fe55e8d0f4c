/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of VRRP. The XDP program, the state machine and the simulation share this code.
 * Pure. Times are nanoseconds of CLOCK_MONOTONIC in a u64. They are compared as signed differences,
 * because another CPU may stamp an advert between two reads.
 */
#ifndef VRRP_TIMERS_H
#define VRRP_TIMERS_H

#include "vrrp_abi.h"

#define VRRP_NS_PER_CS 10000000ULL
#define VRRP_NS_PER_S  1000000000ULL

#define VRRP_INLINE static inline __attribute__((always_inline))

/* Is a before b? */
VRRP_INLINE int vrrp_before(__u64 a, __u64 b)
{
	return (__s64)(a - b) < 0;
}

/* Returns Skew_Time. With version 2 (RFC 3768, 6.1) it is (256 - priority) / 256 seconds. With
 * version 3 (RFC 9568, 6.1) it is (256 - priority) / 256 of the master's interval. */
VRRP_INLINE __u64 vrrp_skew_ns(__u8 version, __u8 priority, __u16 interval_cs)
{
	__u64 unit = version == VRRP_V2 ? VRRP_NS_PER_S : interval_cs * VRRP_NS_PER_CS;

	return (256 - (__u64)priority) * unit / 256;
}

/* Returns Master_Down_Interval: three intervals of the master and our own skew. */
VRRP_INLINE __u64 vrrp_master_down_ns(__u8 version, __u8 priority, __u16 interval_cs)
{
	return 3 * interval_cs * VRRP_NS_PER_CS + vrrp_skew_ns(version, priority, interval_cs);
}

/* Compare two addresses as unsigned numbers in network order, for the tie-break. Returns a number
 * that is less than, equal to or greater than 0. */
VRRP_INLINE int vrrp_addr_cmp(const struct vrrp_addr *a, const struct vrrp_addr *b)
{
	for (int i = 0; i < 16; i++) {
		if (a->b[i] != b->b[i])
			return a->b[i] < b->b[i] ? -1 : 1;
	}
	return 0;
}

VRRP_INLINE int vrrp_addr_equal(const struct vrrp_addr *a, const struct vrrp_addr *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

VRRP_INLINE int vrrp_addr_is_zero(const struct vrrp_addr *a)
{
	const __u64 *x = (const __u64 *)a;

	return (x[0] | x[1]) == 0;
}

/* Must a MASTER with own_priority and own_source step down for this advert? RFC 9568, 6.4.3. The
 * result is VRRP_CAUSE_NONE (no), VRRP_CAUSE_HIGHER_PRIORITY or VRRP_CAUSE_HIGHER_ADDRESS. */
VRRP_INLINE enum vrrp_cause vrrp_superior(__u8 own_priority, const struct vrrp_addr *own_source,
					  __u8 priority, const struct vrrp_addr *source)
{
	if (priority > own_priority)
		return VRRP_CAUSE_HIGHER_PRIORITY;
	if (priority == own_priority && priority != VRRP_PRIO_STOP &&
	    vrrp_addr_cmp(source, own_source) > 0)
		return VRRP_CAUSE_HIGHER_ADDRESS;
	return VRRP_CAUSE_NONE;
}

/* The timer column of the Backup rows (RFC 9568, 6.4.2): the deadline after this advert, or 0 if
 * the advert does not change it. The advert of a leaving master (priority 0) teaches no interval:
 * the skew is computed from learned_cs, the interval that was learned before. */
VRRP_INLINE __u64 vrrp_backup_deadline(__u8 version, __u8 own_priority, int preempt,
				       __u16 learned_cs, __u8 priority, __u16 interval_cs,
				       __u64 stamp_ns)
{
	if (priority == VRRP_PRIO_STOP)
		return stamp_ns + vrrp_skew_ns(version, own_priority, learned_cs);
	if (preempt && priority < own_priority)
		return 0;
	return stamp_ns + vrrp_master_down_ns(version, own_priority, interval_cs);
}

/* A digest of an address list that does not depend on its order: the sum of vrrp_address_mix() of
 * each address. It is good for telling lists apart, and for nothing else. */
VRRP_INLINE __u64 vrrp_address_mix(__u32 w0, __u32 w1, __u32 w2, __u32 w3)
{
	__u64 x = ((__u64)w0 << 32 | w1) * 0x9e3779b97f4a7c15ULL;

	x ^= ((__u64)w2 << 32 | w3) * 0xc2b2ae3d27d4eb4fULL;
	/* Two rounds: after the first round alone, an IPv4 address is a multiple of its number, so
	 * the sums of {.1, .4} and {.2, .3} would be equal. */
	x = (x ^ x >> 32) * 0xbf58476d1ce4e5b9ULL;
	return (x ^ x >> 29) * 0xbf58476d1ce4e5b9ULL;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sieve of the fence, once for the tc programs and for who fills the maps. Pure.
 *
 * Nearly every frame on a public NIC concerns nothing that is guarded. One word per interface says
 * so in most cases: each guard sets one bit of it, and a frame whose addresses meet no set bit
 * needs no lookup of them. A set bit means "perhaps".
 */
#ifndef VRRP_GUARD_H
#define VRRP_GUARD_H

#include "vrrp_abi.h"
#include "vrrp_timers.h"

/* The bit of an address or a MAC: struct vrrp_addr as two words, as they lie in memory. */
VRRP_INLINE __u64 vrrp_guard_bit(__u64 first, __u64 second)
{
	return 1ULL << ((first ^ second) * 0x9e3779b97f4a7c15ULL >> 58);
}

#endif

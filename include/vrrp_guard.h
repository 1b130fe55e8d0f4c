/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guards of the fence, and their sieve. The tc programs and the agent, which fills the maps,
 * share this code. Pure.
 *
 * Nearly every frame on a public NIC has no guarded address or MAC. In most cases one word for each
 * interface, the sieve, shows this: each guard sets one bit of it. An address whose bit is not set
 * is not guarded, and needs no lookup. A set bit means "perhaps".
 */
#ifndef VRRP_GUARD_H
#define VRRP_GUARD_H

#include "vrrp_abi.h"
#include "vrrp_timers.h"

/* Does a key of this kind guard anything? The others tell something of an interface. */
VRRP_INLINE int vrrp_is_guard(__u8 kind)
{
	return kind != VRRP_GUARD_PORT && kind != VRRP_GUARD_OWN;
}

/* The bit of an address or a MAC. It is given as the two words of its struct vrrp_addr, as they are
 * in memory. */
VRRP_INLINE __u64 vrrp_guard_bit(__u64 first, __u64 second)
{
	return 1ULL << ((first ^ second) * 0x9e3779b97f4a7c15ULL >> 58);
}

#endif

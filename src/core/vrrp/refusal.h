/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Peers that speak for the VRID of a router of this host and cannot be understood: both may be
 * MASTER then, and neither knows. Says in words what differs and what to do about it. Pure: log,
 * status, doctor and metrics all tell the same.
 */
#ifndef CORE_VRRP_REFUSAL_H
#define CORE_VRRP_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "vrrp_abi.h"

#define REFUSAL_TEXT 192

struct refusal {
	char what[REFUSAL_TEXT];   /* "speaks version 2, and we speak version 3" */
	char advice[REFUSAL_TEXT]; /* what to do about it */
};

/* rules are those of our router. peer is an entry of `refused_peers` for it. */
void refusal_describe(const struct vrrp_rules *rules, const struct vrrp_neighbor *peer,
		      struct refusal *ret_refusal);

/* Was the peer heard so recently that it still counts? It does for a minute, or for three of its
 * intervals if that is longer. */
bool refusal_is_current(const struct vrrp_neighbor *peer, uint64_t now_ns);

/* Is the peer understood all the same? `heard` is its entry of `neighbors`. Its sound adverts come
 * beside those that are refused if it sends each in both forms of the checksum, or if somebody
 * forges the latter. */
bool refusal_is_understood(const struct vrrp_neighbor *peer, const struct vrrp_neighbor *heard);

/* Does an entry of `refused_peers` with this key belong to the router that has its slot now? */
bool refusal_is_of(const struct vrrp_neighbor_key *key, const struct vrrp_instance *instance);

#endif

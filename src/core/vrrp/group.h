/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A group: virtual routers of this host that are MASTER together or not at all. Each of them hears
 * its own adverts, keeps its own deadline and holds its own lease, as any router does. What joins
 * them is here, and is pure, as the routers are:
 *
 *   - group_look() says what they are like together. Every one of them is told that by
 *     router_group(). So they claim in one moment, the latest of their deadlines, and only if
 *     nothing holds one of them back. If one is not MASTER any more, the others leave in the same
 *     wake-up.
 *   - group_settle() writes the gate, one more word that the fence looks at. It runs until the
 *     first of their leases ends, and only while each of them holds its own. The judge clears it
 *     when it steps down for any of them: one write shuts all addresses of the group, whatever the
 *     agent does at that time.
 *
 * A router that has stopped is in no group any more, unless the others are about to stop, too. So a
 * reload that takes a router away costs the others nothing.
 */
#ifndef CORE_VRRP_GROUP_H
#define CORE_VRRP_GROUP_H

#include "core/vrrp/router.h"

struct group {
	const struct router *const *members;
	unsigned int count;
	struct vrrp_lease *gate;
	uint64_t written_ns; /* what we wrote to the gate last; 0: nothing, or it is shut */
};

/* The members, in any order; they and the gate must outlive the group. The gate stays as it is:
 * after a reload it may be open. */
void group_init(struct group *group, const struct router *const *members, unsigned int count,
		struct vrrp_lease *gate);

/* What the routers are like together at `now`. */
struct router_group group_look(const struct group *group, struct monotime now);

/* Is this router unfit for a reason of its own, so that its group is? */
bool group_is_unfit(const struct router *router);

/* Has one of them claimed, and waits for the others? Then look, tell them, and let each tick. */
bool group_claims(const struct group *group);

/* The adverts of this wake-up were sent. Opens, renews or shuts the gate. */
void group_settle(struct group *group, struct monotime now);

/* Before any guard names the gate: these are the ends of the leases with which the members go on
 * as MASTER after a reload; 0: one does not. Opens the gate for as long as all of them run. */
void group_adopt(struct vrrp_lease *gate, const uint64_t *until_ns, unsigned int count);

#endif

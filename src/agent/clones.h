/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another host that sends adverts from our own address on the heartbeat: a clone of this host, or
 * an address that was configured twice. Such adverts are refused, as what a loop in the network
 * brings back must be. So neither host hears the other, and both may own the shared address. All
 * that can be done is to say so.
 */
#ifndef AGENT_CLONES_H
#define AGENT_CLONES_H

#include <stdint.h>

#include "agent/paths.h"
#include "core/monotime.h"

struct clones {
	uint64_t seen_ns; /* the last such advert that was looked at */
	struct monotime heard, said;
};

/* What an agent before this one has seen does not count. */
void clones_open(struct clones *clones, struct vrrp_instance *instance);

/*
 * Looks at the last advert that came from our own address. If its MAC is one that this host sends
 * from, or may have sent from before, the network brought it back, and it is no clone; a clone that
 * has our MAC, too, is not told from that. A clone is logged once a minute at most, and is in the
 * report for a minute after it was heard.
 */
void clones_look(struct clones *clones, const struct paths *paths, struct vrrp_instance *instance,
		 struct monotime now);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The transmit queues of interfaces. The fence sees a frame before it is queued. So the frames that
 * wait in a queue when a lease ends still leave, and speak for an address that this host has given
 * up.
 */
#ifndef SYS_NET_QUEUE_H
#define SYS_NET_QUEUE_H

#include "sys/net/rtnl.h"

#define QUEUES_MAX 256

struct queue {
	int ifindex;
	uint32_t frames; /* that waited at the last look */
	uint32_t length; /* of the interface's queue, as it is configured (txqueuelen) */
};

struct queues {
	struct queue queue[QUEUES_MAX];
	unsigned int count;
};

/* Add an interface, unless it has been added already, or there is no room. */
void queues_add(struct queues *queues, int ifindex);

/*
 * Empty the queues of these interfaces, and of those that they send through (the NIC of a VLAN, the
 * members of a bond or of a bridge), which are added. Frames have 5 ms to leave. All that still
 * wait then are dropped, also those that others have queued on the same interface. A drop waits for
 * the kernel's lock of all NICs and takes some milliseconds; queueing disciplines, addresses,
 * routes and carrier stay as they are. Frames that a driver or its device has taken already are on
 * their way and not seen here.
 *
 * Returns how many frames were dropped, or a negative errno; then some may still wait.
 */
int64_t queues_clear(struct rtnl *rtnl, struct queues *queues);

#endif

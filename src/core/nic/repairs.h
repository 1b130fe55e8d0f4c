/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of a NIC that do not last: somebody undoes them as often as they are made, or the driver
 * acknowledges them and does not make them. Such a change is made again after pauses that grow, and
 * delays no other one. Depends on core/monotime.h alone. Pure; allocates its list.
 */
#ifndef CORE_NIC_REPAIRS_H
#define CORE_NIC_REPAIRS_H

#include <stdint.h>

#include "core/monotime.h"

/* A change that was made so often in a row does not last. A takeover may need the same change three
 * times by itself: a link that goes down for a MAC loses what was put on it before. */
#define REPAIRS_FREE 3

struct repair {
	uint32_t id;        /* of the change; the caller's */
	unsigned int times; /* how often it was made in a row */
	struct monotime at; /* the last time */
};

struct repairs {
	struct repair *list; /* owned: repairs_free() */
	unsigned int count, room;
};

/* The kernel acknowledged the change. Returns how often that was so in a row: a change that lasted
 * for ten seconds beyond twice its last pause begins anew with 1. Without memory for it, returns
 * 1. */
unsigned int repairs_made(struct repairs *repairs, uint32_t id, struct monotime now);

/* The pause after the last time; 0: none, it may be made again at once. It is 100 ms after
 * REPAIRS_FREE times in a row, then twice the one before, 300 s at most. */
int64_t repairs_pause_ns(const struct repairs *repairs, uint32_t id);

/* When the change may be made again; what was never made, or has no pause: at the beginning of
 * time. */
struct monotime repairs_at(const struct repairs *repairs, uint32_t id);

/* A new attempt: nothing has been made yet. */
void repairs_forget(struct repairs *repairs);
void repairs_free(struct repairs *repairs);

#endif

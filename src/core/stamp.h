/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel stamps what a socket receives with the wall clock, and that may be set at any moment.
 * Here a stamp becomes a point on CLOCK_MONOTONIC. Pure: who reads the clocks passes them in.
 *
 * The difference of the two clocks is constant but for a step (settimeofday, a leap second, a
 * suspended host; slewing turns both alike). So a step shows as a difference that is another one
 * than before. Frames that were read in that moment may have been stamped by either clock: they
 * count as arriving now, and so does a stamp that cannot be, because it lies before the drain that
 * found the queue empty, or ahead. That is late, never early: no deadline comes before its time.
 */
#ifndef CORE_STAMP_H
#define CORE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"

/* Both clocks at one moment: realtime minus CLOCK_MONOTONIC lies in [least_ns, most_ns]. */
struct clocks {
	struct monotime now;
	int64_t least_ns, most_ns;
};

struct stamps {
	int64_t least_ns, most_ns; /* of every reading since the last step */
	struct monotime begun;     /* this drain */
	struct monotime floor;     /* the drain before: what is read now arrived later */
	bool stepped;              /* since then */
	bool emptied;              /* the drain before left nothing unread */
};

void stamps_init(struct stamps *stamps, const struct clocks *clocks);

/* A drain begins: before the first read of any socket. */
void stamps_begin(struct stamps *stamps, const struct clocks *clocks);

/* Frames were read since the last call; before stamps_arrival() of any of them. */
void stamps_read(struct stamps *stamps, const struct clocks *clocks);

/* When a frame arrived that was read just now and is stamped real_ns (0: not stamped). Frames of
 * one socket are in order: never before `previous`, the one before it. */
struct monotime stamps_arrival(const struct stamps *stamps, struct monotime now, int64_t real_ns,
			       struct monotime previous);

/* The drain is over. emptied: every socket was. */
void stamps_end(struct stamps *stamps, bool emptied);

#endif

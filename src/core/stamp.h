/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel stamps the frames that a socket receives with the wall clock, which may be set at any
 * moment. These functions convert such a stamp to a point on CLOCK_MONOTONIC. Pure: the caller
 * reads the clocks and passes their readings in.
 *
 * The difference of the two clocks is constant except for steps (settimeofday, a leap second, a
 * suspended host); slewing changes both clocks alike. So a step shows as a different difference.
 * Frames that were read around a step may be stamped by the clock before or after it: they count as
 * arriving now. An impossible stamp also counts as now: one that lies in the future, or before the
 * drain that found the queue empty. So an arrival may be too late, but never too early, and no
 * deadline comes before its time.
 */
#ifndef CORE_STAMP_H
#define CORE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"

/* Both clocks at one moment: CLOCK_REALTIME - CLOCK_MONOTONIC lies in [least_ns, most_ns]. */
struct clocks {
	struct monotime now;
	int64_t least_ns, most_ns;
};

struct stamps {
	int64_t least_ns, most_ns; /* what all readings since the last step have in common */
	struct monotime begun;     /* when this drain began */
	struct monotime floor;     /* when the drain before began; later frames are read now */
	bool stepped;              /* since then, or before a frame that is still unread */
	bool emptied;              /* the drain before left no frame unread */
};

void stamps_init(struct stamps *stamps, const struct clocks *clocks);

/* A drain begins. Call it before the first read of any socket. */
void stamps_begin(struct stamps *stamps, const struct clocks *clocks);

/* Frames were read since the last call. Call it before stamps_arrival() of any of them. */
void stamps_read(struct stamps *stamps, const struct clocks *clocks);

/* Returns when a frame arrived that was just read and has the stamp real_ns; 0: it has no stamp.
 * Frames of one socket are in order, so the result is never before `previous`, the arrival of the
 * frame before this one. */
struct monotime stamps_arrival(const struct stamps *stamps, struct monotime now, int64_t real_ns,
			       struct monotime previous);

/* The drain is over. emptied: no frame was left unread in any socket. */
void stamps_end(struct stamps *stamps, bool emptied);

#endif

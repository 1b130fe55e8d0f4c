/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When addresses are announced on the public wire: a burst after a takeover, a refresh now and
 * then, another burst where somebody else speaks with what is ours. Pure: sends nothing.
 */
#ifndef CORE_VRRP_ANNOUNCE_H
#define CORE_VRRP_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/monotime.h"

struct announce {
	unsigned int left;    /* rounds of the burst still to come */
	struct monotime next; /* or never */
};

/* Nothing is announced, and nothing is to be. */
void announce_stop(struct announce *announce);

/* A burst begins. Returns whether its first round is to be sent now; the others follow by
 * announce_tick(). */
bool announce_start(struct announce *announce, const struct config_router *config,
		    struct monotime now);

/* A round is due and is being sent. */
void announce_tick(struct announce *announce, const struct config_router *config,
		   struct monotime now);

/* Frames of other hosts with our address or MAC, as of the last look. */
struct rivals {
	int64_t frames;
	struct monotime look_at; /* not before */
	struct monotime said_at;
};

/* There are `frames` now. Returns how many are new, where that calls for another burst, else 0;
 * since: of the mastership, whose first second is full of stragglers. *ret_say: for the log, too;
 * once a minute. */
int64_t rivals_count(struct rivals *rivals, int64_t frames, struct monotime since,
		     struct monotime now, bool *ret_say);

#endif

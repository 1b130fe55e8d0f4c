/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When addresses are announced on the public wire: in a burst after a takeover, in a refresh now
 * and then, and in another burst when another host uses our address or MAC. Pure: sends nothing.
 */
#ifndef CORE_VRRP_ANNOUNCE_H
#define CORE_VRRP_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/monotime.h"

struct announce {
	unsigned int left;    /* rounds of the burst that are still to come */
	struct monotime next; /* when the next round is due, or never */
};

/* No further round is due. */
void announce_stop(struct announce *announce);

/* Begin a burst. Returns whether its first round is to be sent now. The other rounds are due at
 * `next`, one after the other; announce_tick() is called for each. */
bool announce_start(struct announce *announce, const struct config_router *config,
		    struct monotime now);

/* A round is due and is sent now: work out when the next one is. */
void announce_tick(struct announce *announce, const struct config_router *config,
		   struct monotime now);

/* Other hosts that use our address or MAC. */
struct rivals {
	int64_t frames;          /* how many frames of them there were at the last look */
	struct monotime look_at; /* do not look again before this */
	struct monotime said_at; /* when the log was told last */
};

/* There are `frames` frames of other hosts now. Returns how many of them are new if that calls for
 * another burst, else 0. since: when this host became MASTER; in the first second after that, late
 * frames of the master before it do not count. *ret_say: tell the log, too; once a minute. */
int64_t rivals_count(struct rivals *rivals, int64_t frames, struct monotime since,
		     struct monotime now, bool *ret_say);

#endif

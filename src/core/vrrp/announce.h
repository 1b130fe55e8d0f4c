/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When addresses are announced on the public wire: in a burst after a takeover, at growing pauses
 * after that burst, in a refresh now and then, and anew when another host uses our address or MAC.
 * Pure: sends nothing.
 *
 * The growing pauses are for a public line that was full when the old master ended. What its fence
 * let pass before that may lie in a transmit queue for seconds, and every such frame turns the
 * switches back to the old master. Nobody can take these frames back, and most of them never reach
 * our NIC. So the addresses are announced again until such a queue is empty.
 */
#ifndef CORE_VRRP_ANNOUNCE_H
#define CORE_VRRP_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/monotime.h"

struct announce {
	unsigned int left;      /* rounds of the burst that are still to come */
	struct monotime since;  /* when the burst began; 0: no rounds follow the burst */
	struct monotime second; /* when a second burst begins, or never */
	struct monotime next;   /* when the next round is due, or never */
};

/* No further round is due. */
void announce_stop(struct announce *announce);

/* Begin a burst. Returns whether its first round is to be sent now. The other rounds are due at
 * `next`, one after the other; announce_tick() is called for each: garp_count rounds in all, at
 * pauses of garp_interval_ms; then rounds at pauses of a sixteenth of the time since the begin of
 * the burst, 200 ms at least, until garp_tail_ms have passed; then one each garp_refresh_ms. A
 * second burst begins garp_delay_ms after the first one, whatever else is due then. */
bool announce_start(struct announce *announce, const struct config_router *config,
		    struct monotime now);

/* A round is due and is sent now: work out when the next one is. */
void announce_tick(struct announce *announce, const struct config_router *config,
		   struct monotime now);

/* Go on for an earlier agent, whose burst began at `since`, with what follows the burst. */
void announce_adopt(struct announce *announce, const struct config_router *config,
		    struct monotime since, struct monotime now);

/* Other hosts that use our address or MAC. */
struct rivals {
	int64_t frames;          /* how many frames of them there were at the last look */
	struct monotime look_at; /* do not look again before this */
	struct monotime said_at; /* when the log was told last */
};

/* Has the host that became MASTER at `since` done so just now? Then frames of the master before it
 * are likely, and one looks for them ten times a second. Later one looks once a second at most. */
bool rivals_are_likely(struct monotime since, struct monotime now);

/* There are `frames` frames of other hosts now; negative: nobody can tell. Returns how many of them
 * are new, if any are: the addresses are to be announced anew. since: when this host became MASTER.
 * *ret_say: tell the log, too; once a minute, and never in the first second of a mastership, when
 * they are the stragglers of the master before it. */
int64_t rivals_count(struct rivals *rivals, int64_t frames, struct monotime since,
		     struct monotime now, bool *ret_say);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The schedule of announcements. Depends on its own header alone.
 */
#include "core/vrrp/announce.h"

/* For this long after a promotion, frames of the previous master do not count as rivals: they are
 * stragglers. */
#define SETTLED_NS NS_PER_S
#define LOOK_NS    NS_PER_S /* the least time between two announcements against rivals */
#define SAY_NS     (60 * NS_PER_S)

void announce_stop(struct announce *announce)
{
	*announce = (struct announce){.next = MONOTIME_NEVER};
}

static void schedule(struct announce *announce, const struct config_router *config,
		     struct monotime now)
{
	if (announce->left)
		announce->next = monotime_add(now, config->garp_interval_ms * NS_PER_MS);
	else if (config->garp_refresh_ms)
		announce->next = monotime_add(now, config->garp_refresh_ms * NS_PER_MS);
	else
		announce->next = MONOTIME_NEVER;
}

bool announce_start(struct announce *announce, const struct config_router *config,
		    struct monotime now)
{
	bool any = config->garp_count != 0;

	announce->left = any ? config->garp_count - 1 : 0;
	schedule(announce, config, now);
	return any;
}

void announce_tick(struct announce *announce, const struct config_router *config,
		   struct monotime now)
{
	if (announce->left)
		announce->left--;
	schedule(announce, config, now);
}

int64_t rivals_count(struct rivals *rivals, int64_t frames, struct monotime since,
		     struct monotime now, bool *ret_say)
{
	int64_t more = frames - rivals->frames;

	*ret_say = false;
	rivals->look_at = monotime_add(now, LOOK_NS);
	rivals->frames = frames;
	if (more <= 0 || monotime_before(now, monotime_add(since, SETTLED_NS)))
		return 0;
	if (!rivals->said_at.ns || monotime_diff(now, rivals->said_at) > SAY_NS) {
		rivals->said_at = now;
		*ret_say = true;
	}
	return more;
}

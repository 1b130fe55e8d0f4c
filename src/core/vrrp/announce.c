/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The schedule of announcements. Depends on its own header alone.
 */
#include "core/vrrp/announce.h"

/* A client waits for no longer than this after the last frame of an old master whose queue was
 * empty after three seconds; after ten seconds it is three times as much. */
#define TAIL_PAUSE_NS (200 * NS_PER_MS)
#define TAIL_PART     16 /* of the time since the begin of the burst */

/* For this long after a promotion, frames of the previous master are no news for the log: they are
 * stragglers. */
#define SETTLED_NS NS_PER_S
#define LIKELY_NS  (CONFIG_GARP_TAIL_MS * NS_PER_MS)

/* The least time between two announcements against rivals: while they are likely, and later. */
#define LOOK_SOON_NS (100 * NS_PER_MS)
#define LOOK_NS      NS_PER_S

#define SAY_NS (60 * NS_PER_S)

void announce_stop(struct announce *announce)
{
	*announce = (struct announce){.second = MONOTIME_NEVER, .next = MONOTIME_NEVER};
}

/* The pause before the next round, in ns; 0: there is none. */
static int64_t next_pause(const struct announce *announce, const struct config_router *config,
			  struct monotime now)
{
	int64_t age = monotime_diff(now, announce->since);

	if (announce->left)
		return config->garp_interval_ms * NS_PER_MS;
	if (announce->since.ns && age < config->garp_tail_ms * NS_PER_MS)
		return age / TAIL_PART > TAIL_PAUSE_NS ? age / TAIL_PART : TAIL_PAUSE_NS;
	return config->garp_refresh_ms * NS_PER_MS;
}

static void schedule(struct announce *announce, const struct config_router *config,
		     struct monotime now)
{
	int64_t pause = next_pause(announce, config, now);

	announce->next = pause ? monotime_add(now, pause) : MONOTIME_NEVER;
	announce->next = monotime_min(announce->next, announce->second);
}

static struct monotime second_at(const struct config_router *config, struct monotime since)
{
	return config->garp_delay_ms ? monotime_add(since, config->garp_delay_ms * NS_PER_MS)
				     : MONOTIME_NEVER;
}

bool announce_start(struct announce *announce, const struct config_router *config,
		    struct monotime now)
{
	bool any = config->garp_count != 0;

	announce->left = any ? config->garp_count - 1 : 0;
	announce->since = any && config->garp_tail_ms ? now : monotime_from_ns(0);
	announce->second = any ? second_at(config, now) : MONOTIME_NEVER;
	schedule(announce, config, now);
	return any;
}

void announce_tick(struct announce *announce, const struct config_router *config,
		   struct monotime now)
{
	if (announce->left)
		announce->left--;
	if (!monotime_before(now, announce->second)) {
		announce->left = config->garp_count - 1;
		announce->second = MONOTIME_NEVER;
	}
	schedule(announce, config, now);
}

void announce_adopt(struct announce *announce, const struct config_router *config,
		    struct monotime since, struct monotime now)
{
	*announce = (struct announce){.second = second_at(config, since)};
	if (!monotime_before(now, announce->second))
		announce->second = MONOTIME_NEVER;
	if (config->garp_tail_ms)
		announce->since = since;
	schedule(announce, config, now);
}

bool rivals_are_likely(struct monotime since, struct monotime now)
{
	return monotime_diff(now, since) < LIKELY_NS;
}

/* The first multiple of LOOK_SOON_NS that is at least half of it away. So all routers of a host
 * look in the same wake-up. */
static struct monotime soon(struct monotime now)
{
	return monotime_from_ns((now.ns + LOOK_SOON_NS * 3 / 2) / LOOK_SOON_NS * LOOK_SOON_NS);
}

int64_t rivals_count(struct rivals *rivals, int64_t frames, struct monotime since,
		     struct monotime now, bool *ret_say)
{
	int64_t more = frames - rivals->frames;

	*ret_say = false;
	rivals->look_at = rivals_are_likely(since, now) ? soon(now) : monotime_add(now, LOOK_NS);
	if (frames < 0)
		return 0;
	rivals->frames = frames;
	if (more <= 0)
		return 0;
	if (!monotime_before(now, monotime_add(since, SETTLED_NS)) &&
	    (!rivals->said_at.ns || monotime_diff(now, rivals->said_at) > SAY_NS)) {
		rivals->said_at = now;
		*ret_say = true;
	}
	return more;
}

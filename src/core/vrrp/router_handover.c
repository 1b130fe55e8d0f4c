/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Make before break: a MASTER that is to stop or to resign keeps address and lease until another
 * router takes over. It advertises priority 1 at its own interval. A backup that may preempt then
 * ignores these adverts, and takes over when its master-down time has passed. Its first advert is
 * superior, so the judge ends our lease as in any preemption: nobody is without an answer for
 * longer than that advert takes.
 *
 * A backup that preempts nobody heeds priority 1. So the wait has an end, after which a router that
 * stops says goodbye (priority 0) as ever, and a router that was to resign stays MASTER.
 *
 * Depends on router_lease.c and router_step.c.
 */
#include "core/vrrp/broken.h"
#include "core/vrrp/publish.h"
#include "core/vrrp/router_internal.h"
#include "core/vrrp/track.h"
#include "core/vrrp/watch.h"
#include "vrrp_timers.h"

#define PRIORITY_LEAST 1

/* ---- the priority ---- */

static uint8_t weighed_priority(const struct router *router)
{
	uint8_t base = router->config->priority;

	if (router_gives(router))
		return PRIORITY_LEAST;
	/* The owner of the addresses keeps its priority. */
	if (base == VRRP_PRIO_OWNER)
		return base;
	/* If the gateway is silent, use the lowest priority: any router that may take over does so.
	 * If the gateway is silent for all routers, there is still a master. */
	if (router->weights.gives_up || router->group.gives_up)
		return PRIORITY_LEAST;
	/* What is tracked of one router of a group counts for all of them. */
	return track_priority(base,
			      router->group.grouped ? router->group.sum : router->weights.sum);
}

uint8_t router_set_priority(struct router *router, struct monotime now)
{
	uint8_t before = router->fsm.config.priority, priority = weighed_priority(router);

	if (priority == before)
		return before;
	fsm_set_priority(&router->fsm, priority);
	/* Backups that know a MASTER's lower priority may be about to take over. Until they have
	 * been told of the higher one, the judge yields to them: see router_sent(). */
	if ((router->fsm.state != VRRP_STATE_MASTER || priority < before ||
	     VRRP_BROKEN(rises_untold)) &&
	    (!router->handover.runs || !VRRP_BROKEN(hands_over_untold)))
		publish_priority(router->words.instance, priority);
	router->words.instance->report.priority = priority;
	if (priority < before)
		router_heed_ignored(router);
	if (router->fsm.state == VRRP_STATE_MASTER)
		publish_master(router->words.instance, &router->words.instance->report.master,
			       priority);
	router_tell_rise(router, before, now);
	return before;
}

/* ---- the wait ---- */

/* Is there perhaps another router that could take over? A backup is silent, so what counts is
 * whether any router was heard since this one became MASTER, or until then: a master that was
 * preempted spoke less than three intervals before. One that has left (priority 0) is no partner.
 */
bool router_has_partner(const struct router *router)
{
	const struct vrrp_judged *judged = &router->words.instance->judged;
	uint64_t interval = (uint64_t)router->lease.interval_ns;
	uint64_t newest = watch_newest_ns(router->words.paths, router->config->heartbeat_count);
	bool left = judged->priority == VRRP_PRIO_STOP &&
		    !vrrp_before(judged->stamp_ns + interval, newest);

	if (router->weights.peered)
		return true;
	return newest && !left &&
	       !vrrp_before(newest + 3 * interval, router->words.instance->report.since_ns);
}

/* The backup's deadline counts from our last advert before this one, by the longer interval if two
 * are in play, and by a skew that we do not know. */
static int64_t patience_ns(const struct router *router)
{
	const struct config_router *config = router->config;
	uint16_t cs = router->fsm.config.interval_cs;

	if (config->handover_timeout_ms)
		return config->handover_timeout_ms * NS_PER_MS;
	if (cs < config->interval_cs)
		cs = config->interval_cs;
	return (int64_t)(vrrp_master_down_ns(config->version, PRIORITY_LEAST, cs) +
			 cs * VRRP_NS_PER_CS);
}

/* Until a router that is there must have been heard, if its advert is late by a third. */
static int64_t next_advert_ns(const struct router *router)
{
	return router->lease.interval_ns + router->lease.interval_ns / 3;
}

/* The last words of a master before us may be on their way: it has been preempted, or was cut off,
 * and concedes within an interval. At priority 1 our judge would take them for an heir's. So our
 * own priority stays until nobody was heard for that long, and for a third of an interval more. */
static struct monotime gives_at(const struct router *router)
{
	struct monotime since = router_since(router);
	struct monotime heard = monotime_from_ns(
		watch_newest_ns(router->words.paths, router->config->heartbeat_count));

	if (VRRP_BROKEN(hands_over_hastily))
		return (struct monotime){0};
	return monotime_add(monotime_max(since, heard), next_advert_ns(router));
}

/* Another master was heard meanwhile: it may concede only now, if our adverts were lost. It is
 * waited for no longer than for an heir. */
static bool put_off(struct router *router, struct monotime now)
{
	struct handover *handover = &router->handover;
	struct monotime at = gives_at(router);

	if (!monotime_before(now, at) || monotime_before(handover->until, at))
		return false;
	handover->gives_at = at;
	return true;
}

static void give(struct router *router, struct monotime now)
{
	router->handover.gives = true;
	/* Where a fellow was replaced, router_handover_follow() has said for how long. */
	if (!router->group.grouped || router->group.masters)
		router->handover.until = monotime_add(now, patience_ns(router));
	router_set_priority(router, now);
}

bool router_gives(const struct router *router)
{
	return router->handover.runs && router->handover.gives;
}

/* Probably this is the heir: FRR announces the address up to an interval before its first advert
 * goes out. So that advert is waited for. To announce against it would turn the clients back to a
 * router that leaves. */
void router_handover_rival(struct router *router, struct monotime now)
{
	struct handover *handover = &router->handover;

	if (!handover->rival)
		handover->until =
			monotime_max(handover->until, monotime_add(now, next_advert_ns(router)));
	handover->rival = true;
	announce_stop(&router->announce);
}

struct monotime router_leaves_by(const struct router *router, struct monotime now)
{
	int64_t hook_ns =
		(int64_t)router->config->before[CONFIG_BEFORE_BACKUP].timeout_ms * NS_PER_MS;

	if (router->handover.runs)
		return monotime_add(router->handover.until,
				    (router->handover.gives ? 0 : patience_ns(router)) +
					    next_advert_ns(router));
	return monotime_add(monotime_max(now, gives_at(router)),
			    hook_ns + 2 * patience_ns(router) + next_advert_ns(router));
}

bool router_hand_over(struct router *router, bool stops, struct monotime now)
{
	struct handover *handover = &router->handover;

	if (handover->runs) {
		handover->stops |= stops;
		return true;
	}
	*handover = (struct handover){0};
	if (!router->config->handover)
		return false;
	if (!router_may_own(router, now)) {
		handover->end = HANDOVER_CUT;
		return false;
	}
	if (stops && !router->group.partnered && !router_has_partner(router)) {
		handover->end = HANDOVER_CUT;
		router_say(router, ROUTER_SAYS_ALONE, 0);
		return false;
	}
	*handover = (struct handover){
		.runs = true,
		.stops = stops,
		.began = now,
		.gives_at = monotime_max(now, gives_at(router)),
	};
	handover->until = monotime_add(handover->gives_at, patience_ns(router));
	if (!monotime_before(now, handover->gives_at))
		give(router, now);
	router->words.instance->report.hold = VRRP_HOLD_HANDOVER;
	router_say(router, ROUTER_SAYS_HANDS_OVER, monotime_diff(handover->until, now));
	if (VRRP_BROKEN(lets_go_first))
		lease_clear(&router->lease);
	return true;
}

void router_end_handover(struct router *router, enum handover_end end, struct monotime now)
{
	struct handover *handover = &router->handover;

	if (!handover->runs)
		return;
	handover->runs = false;
	/* If this router is still MASTER, the address has to be taken back from that host. */
	router->wants_announce |= handover->rival;
	handover->end = end;
	if (end != HANDOVER_TAKEN)
		handover->took_ns = monotime_diff(now, handover->began);
	router->words.instance->report.hold = VRRP_HOLD_NONE;
	router_set_priority(router, now);
}

/* One heir may be late, and so may the handover of a fellow that has a longer interval: all wait
 * for it. When a fellow was replaced, the gate is shut, and this router's heir speaks in the same
 * moment, or it is not coming. */
void router_handover_follow(struct router *router, struct monotime now)
{
	struct handover *handover = &router->handover;

	if (router->group.masters)
		handover->until = monotime_max(handover->until, router->group.leaves_by);
	else
		handover->until =
			monotime_min(handover->until, monotime_add(now, next_advert_ns(router)));
}

struct monotime router_handover_at(const struct router *router)
{
	const struct handover *handover = &router->handover;

	if (!handover->runs)
		return MONOTIME_NEVER;
	if (router->fsm.state != VRRP_STATE_MASTER)
		return monotime_from_ns(0);
	return handover->gives ? handover->until : handover->gives_at;
}

bool router_handover_look(struct router *router, struct monotime now)
{
	struct handover *handover = &router->handover;

	if (router->fsm.state != VRRP_STATE_MASTER) {
		router_end_handover(router, handover->heir_priority ? HANDOVER_TAKEN : HANDOVER_CUT,
				    now);
		return true;
	}
	if (!handover->gives) {
		if (!put_off(router, now))
			give(router, now);
		return false;
	}
	/* Who takes over in this moment has not been read yet: its record is on its way. */
	if (router_is_doubtful(router, now)) {
		handover->until = monotime_add(now, ROUTER_YIELD_NS);
		return false;
	}
	router_end_handover(router, handover->stops ? HANDOVER_CUT : HANDOVER_NO_HEIR, now);
	router_say(router, ROUTER_SAYS_NO_HEIR, handover->took_ns);
	return handover->stops;
}

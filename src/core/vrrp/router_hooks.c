/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a router waits for a hook, and what follows from its end: see waited.h. Depends on
 * router_public.c and router_step.c.
 */
#include "core/vrrp/broken.h"
#include "core/vrrp/router_internal.h"

static void emit(struct router *router, enum router_effect_kind kind, enum config_before before)
{
	router_emit(router, kind)->before = before;
}

bool router_hooks_hold(struct router *router)
{
	if (router->waited.ready)
		return false;
	if (waited_start(&router->waited))
		emit(router, ROUTER_RUN_HOOK, CONFIG_BEFORE_MASTER);
	router->words.instance->report.hold = VRRP_HOLD_HOOK;
	return !VRRP_BROKEN(hook_unawaited);
}

/* The lease opens by the last advert that was sent. If it has ended meanwhile, the next look at it
 * finds that out. */
void router_hooks_own(struct router *router, bool well, struct monotime now)
{
	struct waited *waited = &router->waited;

	if (!waited_ended(waited, true))
		return;
	router->words.instance->report.hold = VRRP_HOLD_NONE;
	if (!well && router->config->before[CONFIG_BEFORE_MASTER].strict) {
		waited->ready = false;
		bare_wait(&waited->failed, now);
		router->look_at = now;
		return;
	}
	waited->failed.doubt = false;
	router_heed_doubts(router);
	if (router->lease.state == LEASE_WAITS && lease_lives(&router->lease, now))
		lease_open(&router->lease);
}

bool router_hooks_defer(struct router *router, enum router_order order, struct monotime now)
{
	/* It ran before the handover that runs now. */
	bool own_hook = router->config->before[CONFIG_BEFORE_BACKUP].command;
	bool has_hook = (own_hook || router->group.waits) && router_may_own(router, now) &&
			!router->handover.runs;

	if (order == ROUTER_RESUME)
		return router_awaits_order(router);
	/* It runs once more, see router_hooks_stay(). */
	if (has_hook && waited_ended(&router->waited, true))
		emit(router, ROUTER_END_HOOK, CONFIG_BEFORE_MASTER);
	switch (waited_order(&router->waited, router_order_stops(order), router_order_is_now(order),
			     has_hook)) {
	case WAITED_OBEY:
		break;
	case WAITED_OBEY_ALONE:
		if (own_hook)
			emit(router, ROUTER_END_HOOK, CONFIG_BEFORE_BACKUP);
		router->words.instance->report.hold = VRRP_HOLD_NONE;
		if (router->config->handover)
			router->handover.end = HANDOVER_CUT;
		break;
	case WAITED_RUN:
		router->handover = (struct handover){.began = now};
		router->words.instance->report.hold = VRRP_HOLD_LEAVING;
		if (own_hook)
			emit(router, ROUTER_RUN_HOOK, CONFIG_BEFORE_BACKUP);
		return true;
	case WAITED_KEEP:
		return true;
	}
	return false;
}

void router_hooks_stay(struct router *router)
{
	if (!router->config->before[CONFIG_BEFORE_BACKUP].command)
		return;
	if (router_has_before_master(router) && waited_start(&router->waited))
		emit(router, ROUTER_RUN_HOOK, CONFIG_BEFORE_MASTER);
	router_emit(router, ROUTER_STAYS);
}

bool router_hooks_release(struct router *router, bool well)
{
	struct waited *waited = &router->waited;

	if (!waited_ended(waited, false))
		return false;
	router->words.instance->report.hold = VRRP_HOLD_NONE;
	if (!well && !waited->stops && router->config->before[CONFIG_BEFORE_BACKUP].strict) {
		router->handover.end = HANDOVER_REFUSED;
		router_say(router, ROUTER_SAYS_REFUSED, 0);
		router_hooks_stay(router);
		return false;
	}
	return true;
}

/* What the fellow does then is what this router does. */
bool router_hooks_follow(struct router *router)
{
	if (router->config->before[CONFIG_BEFORE_BACKUP].command || router->group.waits ||
	    !waited_ended(&router->waited, false))
		return false;
	router->words.instance->report.hold = VRRP_HOLD_NONE;
	if (!router->group.leaves)
		router->handover.end = HANDOVER_REFUSED;
	return router->group.leaves;
}

bool router_hooks_lost(struct router *router, struct monotime now)
{
	struct handover *handover = &router->handover;

	if (!waited_lost(&router->waited, router->fsm.state == VRRP_STATE_MASTER))
		return false;
	handover->end = handover->heir_priority ? HANDOVER_TAKEN : HANDOVER_CUT;
	if (handover->end != HANDOVER_TAKEN)
		handover->took_ns = monotime_diff(now, handover->began);
	return true;
}

bool router_awaits_hook(const struct router *router)
{
	return router->fsm.state == VRRP_STATE_MASTER && !router->waited.ready;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the router is told to do: stop, resign, resume. It may hand over first, or wait for
 * before-backup.
 */
#include "core/vrrp/broken.h"
#include "core/vrrp/router_internal.h"

static void stop(struct router *router, struct monotime now)
{
	if (router_is_doubtful(router, now))
		router_step_kind(router, FSM_EV_LAPSE, now);
	router_step_kind(router, FSM_EV_STOP, now);
	router->life = ROUTER_STOPPED;
	router->look_at = router->relook_at = MONOTIME_NEVER;
	router->bare.given_up = router->mute.given_up = false;
	router->waited.failed.given_up = false;
	if (router->want == ROUTER_WANTS_TRIAL)
		router->want = ROUTER_WANTS_NOTHING;
}

static void leave(struct router *router, bool stops, struct monotime now)
{
	if (stops) {
		stop(router, now);
		return;
	}
	router->resigned = true;
	router_look(router, now);
}

void router_obey(struct router *router, enum router_order order, struct monotime now)
{
	bool stops = router_order_stops(order);

	/* An order to stop is not taken back, or cut short by one to resign. */
	if (router->handover.runs && router->handover.stops && !stops && order != ROUTER_RESIGN)
		return;
	if (order == ROUTER_RESUME) {
		if (router->handover.runs)
			router_hooks_stay(router);
		router_end_handover(router, HANDOVER_RESUMED, now);
		router->resigned = false;
		router_look(router, now);
		return;
	}
	if (router_order_is_now(order))
		router_end_handover(router, HANDOVER_CUT, now);
	else if (router_hand_over(router, stops, now))
		return;
	leave(router, stops, now);
}

void router_look_at_handover(struct router *router, struct monotime now)
{
	if (router_handover_look(router, now))
		leave(router, router->handover.stops, now);
	else if (!router->handover.runs)
		router_hooks_stay(router);
}

/* An order that waited for a hook is due when the mastership has ended before that. */
void router_look_at_health(struct router *router, struct monotime now)
{
	if (router_hooks_lost(router, now))
		leave(router, router->waited.stops, now);
	else
		router_look(router, now);
}

void router_follow(struct router *router, bool failed, struct monotime now)
{
	if (router_hooks_follow(router))
		router_obey(router, router->waited.stops ? ROUTER_STOP : ROUTER_RESIGN, now);
	if (router->handover.runs)
		router_handover_follow(router, now);
	else if (failed != router->group.failed)
		router_look(router, now);
	if (router->fsm.state != VRRP_STATE_MASTER || router->group.masters ||
	    router->handover.runs || router->life != ROUTER_RUNS || VRRP_BROKEN(stays_alone))
		return;
	/* If it has been replaced, its own record says so; if its lease ran out, it looks at that
	 * first. */
	if (router_is_doubtful(router, now))
		router->look_at = monotime_add(now, ROUTER_YIELD_NS);
	else
		router_leave_with_group(router, now);
}

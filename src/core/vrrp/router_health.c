/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the router fit to run? The first answer starts it, as BACKUP, in FAULT, or as the MASTER that
 * it was before a reload.
 */
#include "core/vrrp/broken.h"
#include "core/vrrp/router_internal.h"
#include "vrrp_timers.h"

#define CARRIER_GRACE_NS (3 * NS_PER_S) /* a driver may need the NIC down for a new MAC */

void router_weigh_priority(struct router *router, struct monotime now)
{
	uint8_t before = router_set_priority(router, now);

	if (before != router->fsm.config.priority)
		router_say(router, ROUTER_SAYS_PRIORITY, before);
}

static enum router_fault find_fault(struct router *router, struct monotime now)
{
	const struct router_ports *ports = &router->ports;
	struct monotime counts = monotime_add(router->flapped_at, CARRIER_GRACE_NS);

	if (router->resigned)
		return ROUTER_RESIGNED;
	if (!ports->heard)
		return ROUTER_HEARTBEAT;
	if (!ports->present)
		return ROUTER_NO_PUBLIC;
	/* A NIC that is down is no fault, because taking over includes setting it up. A NIC that is
	 * up without a carrier is a fault, except for a moment after it went down and up to change
	 * its MAC. */
	if (ports->up && !ports->carrier) {
		if (!router->flapped_at.ns || !monotime_before(now, counts))
			return ROUTER_NO_CARRIER;
		router->look_at = counts;
	}
	if (router->bare.given_up)
		return ROUTER_IS_BARE;
	if (router->weights.failed)
		return ROUTER_TRACKED;
	if (router->config->fence == CONFIG_FENCE_YES && !ports->fenced)
		return ROUTER_UNFENCED;
	if (router->mute.given_up)
		return ROUTER_MUTE;
	if (router->waited.failed.given_up)
		return ROUTER_HOOK;
	/* One that hands over waits for its heir: router_handover_follow(). */
	return router->group.failed && !router->handover.runs ? ROUTER_FELLOW : ROUTER_WELL;
}

/* Goes on as MASTER after a reload. Another interval costs no failover. A shorter one counts at
 * once, and the lease before the first advert that tells it. A longer one is told at once, but
 * adverts are sent by the old one, under the old lease, until a backup that has missed the first of
 * them would have taken over. */
static void adopt(struct router *router, struct monotime now)
{
	uint16_t old_cs = router->fsm.config.interval_cs, new_cs = router->config->interval_cs;
	uint8_t told = router->words.instance->rules.priority; /* see publish_rules() */
	uint8_t hold = router->words.instance->report.hold;
	int64_t slowest_ns = (int64_t)vrrp_master_down_ns(router->config->version, 0, old_cs);
	const struct fsm_event event = {
		.kind = FSM_EV_ADOPT,
		.stamp = monotime_add(monotime_from_ns(router->lease.written_ns),
				      -lease_span_ns(&router->lease)),
	};

	if (new_cs < old_cs) {
		router_set_interval(router, new_cs);
		lease_shorten(&router->lease, now);
	} else if (new_cs > old_cs) {
		router->widens_at =
			VRRP_BROKEN(widens_at_once) ? now : monotime_add(now, slowest_ns);
	}
	announce_adopt(&router->announce, router->config, router_since(router), now);
	router_step(router, &event, false, now);
	router_tell_rise(router, told, now);
	/* The earlier process was killed when it was to leave. No reload comes then. */
	if (hold == VRRP_HOLD_LEAVING || hold == VRRP_HOLD_HANDOVER)
		router_hooks_stay(router);
}

static void start(struct router *router, bool well, struct monotime now)
{
	bool adopts = well && router->life == ROUTER_ADOPTING;

	router->life = ROUTER_RUNS;
	if (adopts)
		adopt(router, now);
	else
		router_step_kind(router, well ? FSM_EV_START : FSM_EV_FAIL, now);
}

void router_look(struct router *router, struct monotime now)
{
	bool was_well = router->fault == ROUTER_WELL;

	if (router->life == ROUTER_STOPPED) {
		router->look_at = MONOTIME_NEVER;
		return;
	}
	/* The ring and the lease come first, whatever this look would find. */
	if (router_is_doubtful(router, now)) {
		router->look_at = monotime_add(now, ROUTER_YIELD_NS);
		return;
	}
	router->look_at = MONOTIME_NEVER;
	router->fault = find_fault(router, now);
	if (router->life != ROUTER_RUNS)
		start(router, router->fault == ROUTER_WELL, now);
	else if (was_well != (router->fault == ROUTER_WELL))
		router_step_kind(router, was_well ? FSM_EV_FAIL : FSM_EV_RECOVER, now);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What others than the heartbeat say of one virtual router: tracked things (FAULT, or the effective
 * priority) and its witness (may it become MASTER, should it go on?). Sends nothing by itself.
 */
#include "agent/publish.h"
#include "agent/router_internal.h"
#include "core/names.h"
#include "core/vrrp/track.h"
#include "sys/host/log.h"

#define APART_NS 2000000LL    /* between the first scripts of two routers */
#define APART    500          /* routers, then from the beginning */
#define RETRY_NS 1000000000LL /* a promotion that nothing else looks at again */

int router_track_open(struct router *router, struct monotime now)
{
	const struct router_deps *deps = router->deps;
	int err = track_open(router->config, deps->ports, deps->loop,
			     router->slot % APART * APART_NS, now, &router->track);

	return err ? err
		   : witness_open(deps->config, router->config, deps->ports, deps->batch,
				  &router->witness);
}

void router_track_close(struct router *router)
{
	track_close(router->track);
	witness_close(router->witness);
}

struct monotime router_track_deadline(const struct router *router)
{
	return monotime_min(track_deadline(router->track),
			    witness_deadline(router->witness, router->fsm.state));
}

void router_track_priority(struct router *router, struct monotime now)
{
	uint8_t before = router->fsm.config.priority;
	uint8_t priority = track_priority(router->config->priority, track_sum(router->track));
	bool gives_up = witness_gives_up(router->witness, router->gives_up, now);

	/* The lowest one: whoever may take over does, and where nobody may (the gateway is silent
	 * for all) there is still a master. */
	if (gives_up)
		priority = 1;
	if (gives_up && !router->gives_up)
		log_warn("%s: the gateway does not answer: priority 1 until it does",
			 router->config->name);
	router->gives_up = gives_up;
	if (priority == before)
		return;
	fsm_set_priority(&router->fsm, priority);
	if (router->fsm.state == VRRP_STATE_MASTER)
		router->master_priority = priority;
	publish_priority(router->instance, priority);
	publish_state(router->instance, &router->fsm, &router->master, router->master_priority);
	log_info("%s: priority %u -> %u", router->config->name, before, priority);
}

static void set_hold(struct router *router, enum vrrp_hold hold)
{
	if (router->instance->report.hold == hold)
		return;
	router->instance->report.hold = (uint8_t)hold;
	if (hold != VRRP_HOLD_NONE)
		log_warn("%s: held back, does not take over: %s", router->config->name,
			 name_hold(hold));
}

/* A master that is heard is about to be preempted, or leaves: that its address answers is no
 * surprise, and it yields by the protocol. */
static bool hears_master(const struct router *router, struct monotime now)
{
	uint16_t cs = router->fsm.master_cs > router->config->interval_cs
			      ? router->fsm.master_cs
			      : router->config->interval_cs;

	for (unsigned int i = 0; i < router->config->heartbeat_count; i++) {
		uint64_t last = __atomic_load_n(&shared_path(router, i)->last_ns, __ATOMIC_RELAXED);

		if (last && vrrp_before((uint64_t)now.ns, last + 3 * cs * VRRP_NS_PER_CS))
			return true;
	}
	return false;
}

enum vrrp_hold router_would_promote(struct router *router, struct monotime now)
{
	if (track_pending(router->track))
		return VRRP_HOLD_SCRIPT;
	if (router->config->witness == CONFIG_WITNESS_OWNER && hears_master(router, now))
		return VRRP_HOLD_NONE;
	if (witness_allows(router->witness))
		return VRRP_HOLD_NONE;
	return router->config->witness == CONFIG_WITNESS_GATEWAY ? VRRP_HOLD_GATEWAY
								 : VRRP_HOLD_OWNER;
}

bool router_may_promote(struct router *router, struct monotime now)
{
	enum vrrp_hold hold = router_would_promote(router, now);
	struct monotime again;

	set_hold(router, hold);
	if (hold == VRRP_HOLD_NONE)
		return true;
	/* Every look of these changes what is known; one that is over already changed nothing. */
	again = router_track_deadline(router);
	router->held_until = monotime_before(now, again)
				     ? monotime_min(again, monotime_add(now, RETRY_NS))
				     : monotime_add(now, RETRY_NS);
	return false;
}

void router_track_tick(struct router *router, struct monotime now)
{
	bool changing = router->want_acquire || router->want_release || router->prepared;
	uint8_t mac[6];

	track_tick(router->track, now);
	takeover_mac(router->takeover, mac);
	witness_tick(router->witness, router->fsm.state, changing ? NULL : mac, now);
	if (track_take_change(router->track)) {
		router->held_until = now;
		router_ports_changed(router, now);
	} else {
		router_track_priority(router, now);
	}
	/* Not held any more: MASTER, in FAULT, or there is a master again. */
	if (router->fsm.state != VRRP_STATE_BACKUP ||
	    vrrp_before((uint64_t)now.ns,
			__atomic_load_n(&router->instance->deadline_ns, __ATOMIC_ACQUIRE)))
		set_hold(router, VRRP_HOLD_NONE);
}

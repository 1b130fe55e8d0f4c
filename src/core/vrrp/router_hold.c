/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds a promotion back: a script that has not ended yet, reception that stands still, a
 * start or a link that is too young, an address that answers, a witness. Reads the router, and
 * changes nothing. Depends on watch.c.
 */
#include "core/vrrp/broken.h"
#include "core/vrrp/router_internal.h"
#include "core/vrrp/watch.h"
#include "vrrp_timers.h"

/* Linux gives threads of ordinary priority some of each second, whatever real-time programs want
 * (sched_rt_runtime_us, the fair server): reception that is starved moves within a second. */
#define DEAF_LEAST_NS NS_PER_S

/* Reception that stands still is waited for: for another master-down, or DEAF_LEAST_NS if that is
 * longer. Not for longer, because a master may be dead meanwhile. */
static bool may_be_deaf(const struct router *router, struct monotime now)
{
	int64_t most_ns = (int64_t)fsm_master_down_ns(&router->fsm, router->fsm.master_cs);

	if (most_ns < DEAF_LEAST_NS)
		most_ns = DEAF_LEAST_NS;
	return router->weights.deaf &&
	       (!router->deaf_since.ns || monotime_diff(now, router->deaf_since) < most_ns);
}

bool router_hears_master(const struct router *router, struct monotime now)
{
	const struct config_router *config = router->config;
	uint16_t cs = router->fsm.master_cs > config->interval_cs ? router->fsm.master_cs
								  : config->interval_cs;

	return watch_hears_master(router->words.paths, config->heartbeat_count, cs, now);
}

/* Also a master that is to be preempted counts: it will yield. */
static bool heard_since_start(const struct router *router)
{
	return !vrrp_before(watch_newest_ns(router->words.paths, router->config->heartbeat_count),
			    router->words.instance->report.since_ns);
}

static struct monotime start_delay_end(const struct router *router)
{
	return router->config->start_delay_ms
		       ? monotime_add(router->ports.started,
				      router->config->start_delay_ms * NS_PER_MS)
		       : (struct monotime){0};
}

/* A switch port may forward nothing for a while after its link came up (spanning tree, LACP). While
 * that may be so, silence on the heartbeat means nothing. A path by which somebody was heard since
 * then, or that has been up for long, can be trusted, and one such path is enough. A public NIC
 * whose port may be deaf takes the address from no master that is alive. */
static struct monotime link_delay_end(const struct router *router, struct monotime now)
{
	const struct router_ports *ports = &router->ports;
	int64_t delay_ns = router->config->link_delay_ms * NS_PER_MS;
	struct monotime trusted = MONOTIME_NEVER, end = {0};

	if (!delay_ns)
		return end;
	for (unsigned int i = 0; i < router->config->heartbeat_count; i++) {
		uint64_t last_ns =
			__atomic_load_n(&router->words.paths[i]->last_ns, __ATOMIC_RELAXED);
		bool heard = last_ns && !vrrp_before(last_ns, (uint64_t)ports->links_up[i].ns);

		if (!monotime_is_never(ports->links_up[i]))
			trusted = monotime_min(trusted, heard ? end : ports->links_up[i]);
	}
	if (!monotime_is_never(trusted) && trusted.ns)
		end = monotime_add(trusted, delay_ns);
	if (ports->public_up.ns && !router->fsm.master_left && router_hears_master(router, now))
		end = monotime_max(end, monotime_add(ports->public_up, delay_ns));
	return end;
}

struct monotime router_delayed_until(const struct router *router, struct monotime now)
{
	return monotime_max(start_delay_end(router), link_delay_end(router, now));
}

enum vrrp_hold router_find_own_hold(const struct router *router, struct monotime now)
{
	const struct config_router *config = router->config;
	enum vrrp_hold witness =
		config->witness == CONFIG_WITNESS_GATEWAY ? VRRP_HOLD_GATEWAY : VRRP_HOLD_OWNER;

	if (router->weights.pending)
		return VRRP_HOLD_SCRIPT;
	if (may_be_deaf(router, now))
		return VRRP_HOLD_RECEPTION;
	if (monotime_before(now, start_delay_end(router)))
		return VRRP_HOLD_DELAY;
	if (monotime_before(now, link_delay_end(router, now)))
		return VRRP_HOLD_LINK;
	/* The interval of a master that was not heard yet may be longer than ours. */
	if (router->weights.answers && monotime_before(now, router->asks_until) &&
	    !heard_since_start(router))
		return VRRP_HOLD_START;
	/* The address of a master that is heard answers, and that is no surprise. */
	if (config->witness == CONFIG_WITNESS_OWNER && router_hears_master(router, now))
		return monotime_before(now, router->leaves_until) && !router->fsm.master_left
			       ? VRRP_HOLD_OWNER
			       : VRRP_HOLD_NONE;
	return router->weights.allows ? VRRP_HOLD_NONE : witness;
}

enum vrrp_hold router_find_hold(const struct router *router, struct monotime now)
{
	enum vrrp_hold own = router_find_own_hold(router, now);

	if (own != VRRP_HOLD_NONE || !router->group.grouped || router->group.ready ||
	    VRRP_BROKEN(claims_alone))
		return own;
	return VRRP_HOLD_GROUP;
}

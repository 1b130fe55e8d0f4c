/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a reload ends: routers that the new configuration does not have.
 */
#include <string.h>

#include "agent/agent_internal.h"

static bool same_heartbeats(const struct config_router *a, const struct config_router *b)
{
	bool same = a->heartbeat_count == b->heartbeat_count;

	for (unsigned int i = 0; same && i < a->heartbeat_count; i++)
		same = !strcmp(a->heartbeat[i], b->heartbeat[i]);
	return same;
}

/* Is this still the same router in the other configuration? A MASTER is also another one if the new
 * process cannot adopt it: see slots_choose(). */
static bool goes_on(const struct runner *runner, const struct config *config)
{
	const struct router *router = runner_router(runner);
	const struct config_router *now = router->config;

	for (unsigned int i = 0; i < config->router_count; i++) {
		const struct config_router *next = &config->routers[i];

		if (strcmp(next->name, now->name) != 0)
			continue;
		return next->vrid == now->vrid && next->family == now->family &&
		       next->version == now->version &&
		       (router->fsm.state != VRRP_STATE_MASTER ||
			(!strcmp(next->public, now->public) && same_heartbeats(next, now)));
	}
	return false;
}

void agent_stop_removed(struct agent *agent, const struct config *config)
{
	/* The ring is read first, because a router that was replaced while the agent slept must not
	 * say goodbye (priority 0). */
	agent_catch_up(agent);
	for (unsigned int i = 0; i < agent->opened; i++) {
		if (!goes_on(agent->runners[i], config))
			runner_order(agent->runners[i], ROUTER_STOP, loop_now());
	}
}

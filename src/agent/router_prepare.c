/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a BACKUP does in the last moments before a possible promotion. Behind the shut fence nothing
 * of the shared address or MAC reaches the wire, so MAC and addresses can be on the NIC before they
 * may be used: at the deadline an advert and the announcement are all that is left to do. Where an
 * advert comes after all, the NIC goes back to the standby state.
 *
 * Decides nothing about the role; opens no lease.
 */
#include "agent/publish.h"
#include "agent/router_internal.h"
#include "sys/host/log.h"

/* One takeover of MAC and address takes 50 to 100 us here; drivers that ask a device, more. */
#define PREPARE_NS      2000000
#define PREPARE_EACH_NS 60000 /* for each router that may be due in the same moment */
#define PREPARE_REST_NS 300000

/* So long before the deadline, or 0: not at all. Within the skew, when three adverts are missing
 * already: before that, it would happen for every other advert that is lost. */
static int64_t prepare_lead(const struct router *router)
{
	const struct config *config = router->deps->config;
	int64_t lead = PREPARE_NS + (int64_t)config->router_count * PREPARE_EACH_NS;
	int64_t most = (int64_t)vrrp_skew_ns(router->config->version, router->fsm.config.priority,
					     router->fsm.master_cs) *
		       3 / 4;

	if (lead > most)
		lead = most;
	return config->early_ns && lead > config->early_ns + REHEARSAL_NS + PREPARE_REST_NS ? lead
											    : 0;
}

struct monotime router_prepare_at(const struct router *router)
{
	struct monotime down = router_master_down(router);
	int64_t lead;

	/* Once for one deadline, whatever became of it. */
	if (monotime_is_never(down) || !router->fenced || down.ns == router->prepared_for.ns)
		return MONOTIME_NEVER;
	lead = prepare_lead(router);
	return lead ? monotime_add(down, -lead) : MONOTIME_NEVER;
}

void router_prepare_tick(struct router *router, struct monotime now)
{
	if (router->prepared)
		return; /* for a deadline that has moved: the next look puts that back */
	router->prepared_for = router_master_down(router);
	if (router_would_promote(router, now) != VRRP_HOLD_NONE)
		return;
	router->prepared = takeover_prepare(router->takeover);
	if (router->prepared)
		log_debug("%s: prepared behind the fence", router->config->name);
}

bool router_prepared(const struct router *router)
{
	return router->prepared;
}

bool router_prepared_in_vain(const struct router *router)
{
	return router->prepared && router_master_down(router).ns != router->prepared_for.ns;
}

void router_rehearse(struct router *router, struct monotime at)
{
	const struct fsm_event event = {.kind = FSM_EV_TIMER};
	struct fsm fsm = router->fsm;

	fsm_step(&fsm, &event, at);
	publish_state(router->instance, &router->fsm, &router->master, router->master_priority);
	router_rehearse_adverts(router);
	takeover_rehearse(router->takeover);
}

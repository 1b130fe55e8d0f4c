/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The moments around a lease, in the order of core/agent_rules.h: claim it, and after every drain
 * of the ring heed what the judge made of it meanwhile. Sends nothing by itself.
 */
#include "agent/publish.h"
#include "agent/router_internal.h"

bool router_claim(struct router *router, struct monotime now)
{
	struct vrrp_instance *instance = router->instance;
	uint64_t deadline;

	lease_grant(&router->lease, now);
	__atomic_store_n(&instance->role, VRRP_ROLE_MASTER, __ATOMIC_SEQ_CST);
	deadline = __atomic_load_n(&instance->deadline_ns, __ATOMIC_SEQ_CST);
	if (!vrrp_before((uint64_t)now.ns, deadline))
		return true;
	__atomic_store_n(&instance->role, VRRP_ROLE_BACKUP, __ATOMIC_SEQ_CST);
	lease_clear(&router->lease);
	return false;
}

void router_before_drain(struct router *router)
{
	router->role_before = router_role(router);
}

bool router_drain_again(const struct router *router)
{
	return router->fsm.state == VRRP_STATE_MASTER &&
	       agent_heed(router->role_before, router_role(router), false) == AGENT_DRAIN_AGAIN;
}

void router_resync(struct router *router, struct monotime now)
{
	struct vrrp_instance *instance = router->instance;
	struct vrrp_judged judged = instance->judged;
	struct fsm_event lapse = {.kind = FSM_EV_LAPSE};
	bool lost = judged.lost != router->seen_lost;

	/* Records were suppressed or found no room: the snapshot stands for the last of them. */
	if (lost) {
		router->seen_lost = judged.lost;
		if (judged.path < router->config->heartbeat_count && judged.stamp_ns)
			router_feed_advert(router, &judged.source, judged.priority,
					   judged.interval_cs, judged.path, judged.stamp_ns, now);
	}
	router_watch_paths(router, now);
	/* News is being suppressed, which wakes nobody: look again when it may flow again. */
	router->relook_at = MONOTIME_NEVER;
	if (judged.window_news >= VRRP_NEWS_BURST) {
		struct monotime reopens = monotime_from_ns(judged.window_ns + VRRP_NEWS_WINDOW_NS);

		if (monotime_before(now, reopens))
			router->relook_at = reopens;
	}
	if (router->fsm.state != VRRP_STATE_MASTER)
		return;
	/* The ring is drained: what it told of others counts first, then our own lease, and only
	 * then may anything be sent. */
	if (router_has_lapsed(router, now)) {
		router_step(router, &lapse, now);
		return;
	}
	/* The judge may have stepped down for an advert that the state machine does not call
	 * superior (its priority was just raised), or whose record was lost. */
	switch (agent_heed(router->role_before, router_role(router), lost)) {
	case AGENT_GO_ON:
	case AGENT_DRAIN_AGAIN: /* not now: its record wakes us, and until then nothing is sent */
		break;
	case AGENT_RECLAIM:
		lease_grant(&router->lease, now);
		publish_role(instance, VRRP_ROLE_MASTER, MONOTIME_NEVER);
		router_queue_adverts(router, router->fsm.config.priority, now);
		break;
	case AGENT_STAND_DOWN:
		router_step(router, &lapse, now);
		break;
	}
}

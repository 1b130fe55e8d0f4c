/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The moments around a lease, in the order of core/vrrp/agent_rules.h: claim it, and after every
 * drain of the ring heed what the judge made of it meanwhile. Sends nothing by itself.
 */
#include "agent/publish.h"
#include "agent/router_internal.h"
#include "sys/host/log.h"

static const struct fsm_event stand_down = {.kind = FSM_EV_LAPSE};

/* The last valid advert of another one, as the judge has it; 0: none. */
static uint64_t heard_ns(const struct router *router)
{
	return __atomic_load_n(&router->instance->judged.stamp_ns, __ATOMIC_SEQ_CST);
}

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

/* By what was really sent, from the time before it was; one that left after the lease's end held no
 * backup down, and extends nothing. */
void router_renew(struct router *router)
{
	struct lease *lease = &router->lease;
	struct monotime now = loop_now();

	if (router->fsm.state != VRRP_STATE_MASTER || !lease_lives(router, now))
		return;
	if (lease->state == AGENT_LEASE_RESUMED) {
		if (agent_may_listen(lease->written_ns, heard_ns(router)))
			lease_listen(lease, now);
	} else if (agent_may_open(lease->state, lease->written_ns, router_interval_ns(router),
				  heard_ns(router), router->lease_from)) {
		/* The switches may have learned another owner meanwhile. */
		router->want_announce |= lease->state == AGENT_LEASE_LISTENS;
		lease_renew(lease, monotime_add(router->lease_from, lease_span(router)));
	}
}

/* The lease is over. Where it may, the router stays MASTER and holds the backups down, but owns
 * nothing until it knows that it is the only one: that takes a fence. */
static void lapse(struct router *router, struct monotime now)
{
	static const struct fsm_event resume = {.kind = FSM_EV_RESUME};
	uint64_t ended_ns = router->lease.written_ns;

	if (!router->fenced ||
	    !agent_may_resume(router->lease.state, ended_ns, router_interval_ns(router),
			      heard_ns(router), now) ||
	    !lease_resume(&router->lease, now)) {
		router_step(router, &stand_down, now);
		return;
	}
	router->overdue_ns = (int64_t)((uint64_t)now.ns - ended_ns);
	router_step(router, &resume, now);
}

void router_tell_resumed(struct router *router)
{
	log_warn("%s: was held up: the lease ran out %.1f ms before, and nobody else was heard: "
		 "stays MASTER, and owns the address again after an interval of silence",
		 router->config->name, (double)router->overdue_ns / 1e6);
	router->overdue_ns = 0;
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
		lapse(router, now);
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
		router_step(router, &stand_down, now);
		break;
	}
}

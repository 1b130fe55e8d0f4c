/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long the agent does one thing before it looks at the others, so that neither a promotion nor
 * an advert is late.
 */
#include "agent/agent_internal.h"

#define STRETCH_NS      3000000LL       /* changes to NICs may always take this long in one go, */
#define STRETCH_MOST_NS 20000000LL      /* and never longer than this */
#define FIFTH_NS        (2 * NS_PER_MS) /* of a centisecond, the unit of intervals */
#define RESTART_NS      20000000LL /* what a restart takes with 1,000 addresses; 7 ms with one */
#define REHEARSED       64 /* to catch up with more routers takes too long for a rehearsal */

int64_t agent_lead_ns(const struct agent *agent)
{
	return agent->config->early_ns + (agent->rehearsal ? REHEARSAL_NS : 0);
}

struct runner *agent_next_master_down(const struct agent *agent, struct monotime *ret_at)
{
	struct runner *next = NULL;

	*ret_at = MONOTIME_NEVER;
	for (unsigned int i = 0; i < agent->opened; i++) {
		struct monotime at = router_master_down(runner_router(agent->runners[i]));

		if (!monotime_before(at, *ret_at))
			continue;
		next = agent->runners[i];
		*ret_at = at;
	}
	return next;
}

void agent_await_master_down(struct agent *agent)
{
	int64_t early = agent->config->early_ns, lead = agent_lead_ns(agent);
	int64_t rest = early < REHEARSAL_REST_NS ? early : REHEARSAL_REST_NS;
	struct monotime at;
	struct runner *next;

	while ((next = agent_next_master_down(agent, &at))) {
		do {
			struct monotime now = loop_now();

			if (!monotime_before(now, at) || monotime_diff(at, now) > lead)
				return;
			if (agent->rehearsal && monotime_diff(at, now) > rest) {
				if (agent->opened <= REHEARSED)
					agent_catch_up(agent);
				rehearsal_run(agent->rehearsal, runner_rehearse(next, at));
			}
		} while (router_master_down(runner_router(next)).ns == at.ns);
	}
}

/* For how long NICs may be changed in one go. Between two goes the agent looks at every router and
 * at every interface, so with thousands of routers long goes are worth it. An advert, and news of
 * the ring, may wait for a fifth of the shortest interval: leases and deadlines last for three. */
int64_t agent_stretch_ns(const struct agent *agent)
{
	int64_t stretch = STRETCH_MOST_NS;

	for (unsigned int i = 0; i < agent->opened; i++) {
		int64_t fifth = router_interval_cs(runner_router(agent->runners[i])) * FIFTH_NS;

		stretch = fifth < stretch ? fifth : stretch;
	}
	return stretch > STRETCH_NS ? stretch : STRETCH_NS;
}

/* When a go that begins now ends: before a promotion may be due, if that leaves STRETCH_NS. */
static struct monotime stretch_until(const struct agent *agent, struct monotime now)
{
	struct monotime least = monotime_add(now, STRETCH_NS), down,
			until = monotime_add(now, agent_stretch_ns(agent));

	if (agent_next_master_down(agent, &down))
		until = monotime_min(until, monotime_add(down, -agent_lead_ns(agent)));
	return monotime_before(until, least) ? least : until;
}

struct monotime agent_stand_in(void *context, struct monotime now, unsigned int *sent)
{
	struct agent *agent = context;
	bool unjudged = receiver_waits(agent->receiver);
	struct monotime next = MONOTIME_NEVER;

	for (unsigned int i = 0; i < agent->opened; i++)
		*sent += runner_stand_in(agent->runners[i], unjudged, now);
	batch_flush(&agent->batch);
	now = loop_now();
	groups_settle(agent->groups, now);
	for (unsigned int i = 0; i < agent->opened; i++)
		next = monotime_min(next, runner_stand_in_at(agent->runners[i], now));
	return next;
}

void agent_send_ahead(struct agent *agent)
{
	struct monotime now = loop_now(), until = monotime_add(now, RESTART_NS);
	unsigned int sent = 0;

	for (unsigned int i = 0; i < agent->opened; i++)
		runner_hasten(agent->runners[i], now, until);
	agent_stand_in(agent, now, &sent);
}

void agent_prepare(struct agent *agent)
{
	struct monotime at, until;

	if (!agent_next_master_down(agent, &at))
		return;
	agent->router_deps.prepare_until = monotime_add(at, -agent_lead_ns(agent));
	until = monotime_min(monotime_add(loop_now(), agent_stretch_ns(agent)),
			     agent->router_deps.prepare_until);
	interfaces_hold(&agent->interfaces);
	for (unsigned int i = 0; i < agent->opened; i++) {
		struct monotime now = loop_now();

		if (!monotime_before(now, until))
			break;
		agent->worked |= runner_prepare(agent->runners[i], now);
	}
	interfaces_release(&agent->interfaces);
}

/* The first router that has something to do looks at all interfaces for the others, too. On a host
 * with thousands of addresses that takes longer than a stretch, so its time does not count. */
bool agent_stroke(struct agent *agent, bool (*fn)(struct runner *runner, struct monotime now))
{
	struct monotime now = loop_now(), until = MONOTIME_NEVER;
	bool all = true;

	interfaces_hold(&agent->interfaces);
	for (unsigned int i = 0; i < agent->opened && all; i++) {
		if (!fn(agent->runners[i], now))
			continue;
		agent->worked = true;
		now = loop_now();
		if (monotime_is_never(until))
			until = stretch_until(agent, now);
		all = monotime_before(now, until) || i + 1 == agent->opened;
	}
	interfaces_release(&agent->interfaces);
	return all;
}

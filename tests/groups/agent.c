// SPDX-License-Identifier: GPL-2.0-only
/*
 * The agent of one host: the calls of its wake-up, in the order of src/agent/agent.c.
 */
#include "groups.h"

#include <string.h>

#include "core/vrrp/publish.h"

#define TURNS 4 /* of a drain, and of the news of a group */

/* ---- one agent ---- */

static void play(unsigned int h, unsigned int m, const struct router_effects *fx)
{
	struct host *host = &world.host[h];
	struct member *member = &host->member[m];

	for (unsigned int i = 0; i < fx->count; i++) {
		const struct router_effect *effect = &fx->list[i];

		switch (effect->kind) {
		case ROUTER_SEND:
			if (effect->priority == VRRP_PRIO_STOP)
				member->goodbye = true;
			else if (member->batched < BATCH)
				member->batch[member->batched++] = effect->priority;
			break;
		case ROUTER_ACQUIRE:
			member->nic = ROUTER_NIC_MASTER;
			break;
		case ROUTER_RELEASE:
		case ROUTER_TRY:
			member->nic = ROUTER_NIC_STANDBY;
			break;
		case ROUTER_PREPARE:
			member->nic = ROUTER_NIC_PREPARED;
			break;
		case ROUTER_ANNOUNCE:
			if (!router_may_own(&member->router, host->now))
				violated("host %u announces router %u without a lease", h, m);
			break;
		case ROUTER_TRANSITION:
			say("host %u, router %u: state %u -> %u (cause %u)", h, m,
			    effect->transition.from, effect->transition.to,
			    effect->transition.cause);
			break;
		case ROUTER_CONCEDE:
		case ROUTER_RUN_HOOK:
		case ROUTER_END_HOOK:
		case ROUTER_STAYS:
		case ROUTER_SAY:
			break;
		}
	}
}

/* One call, unless the agent has died before it. */
#define CALL(h, m, function, ...)                                                                 \
	do {                                                                                      \
		struct router_effects fx;                                                         \
                                                                                                  \
		if (!step(h))                                                                     \
			return false;                                                             \
		function(&world.host[h].member[m].router, ##__VA_ARGS__, world.host[h].now, &fx); \
		play(h, m, &fx);                                                                  \
		moved |= fx.count != 0;                                                           \
	} while (0)

/* groups_follow() of the agent. */
static bool follow(unsigned int h)
{
	bool moved = true;

	for (int turn = 0; moved && turn < TURNS; turn++) {
		const struct router_group all = group_look(&world.host[h].group, world.host[h].now);

		moved = false;
		EACH(m)
		CALL(h, m, router_group, &all);
	}
	return true;
}

static bool drain(unsigned int h)
{
	struct host *host = &world.host[h];
	bool again = true, moved = false;

	for (int turn = 0; again && turn < TURNS; turn++) {
		EACH(m)
		router_before_drain(&host->member[m].router);
		EACH(m)
		{
			struct member *member = &host->member[m];

			while (member->ring_count) {
				struct vrrp_event record = member->ring[0];

				memmove(&member->ring[0], &member->ring[1],
					--member->ring_count * sizeof(record));
				CALL(h, m, router_advert, &record);
			}
		}
		again = false;
		EACH(m)
		again |= router_drain_again(&host->member[m].router);
	}
	(void)moved;
	return true;
}

static bool tell_ports(unsigned int h)
{
	struct host *host = &world.host[h];
	bool moved = false;

	EACH(m)
	{
		const struct router_ports ports = {.heard = host->member[m].carrier,
						   .present = true,
						   .up = true,
						   .carrier = true,
						   .fenced = true};

		CALL(h, m, router_ports, &ports);
	}
	(void)moved;
	return true;
}

static bool obey(unsigned int h)
{
	struct host *host = &world.host[h];
	bool moved = false;

	if (host->stops && !host->stopping) {
		host->stopping = true;
		EACH(m)
		CALL(h, m, router_order, ROUTER_STOP);
	}
	if (host->resigns != host->resigned && !host->stopping) {
		host->resigned = host->resigns;
		EACH(m)
		CALL(h, m, router_order, host->resigned ? ROUTER_RESIGN : ROUTER_RESUME);
	}
	(void)moved;
	if (!host->ports)
		return true;
	host->ports = false;
	return tell_ports(h);
}

static bool tick(unsigned int h)
{
	struct host *host = &world.host[h];
	bool moved = false;

	EACH(m)
	CALL(h, m, router_tick);
	if (group_claims(&host->group)) {
		if (!follow(h))
			return false;
		EACH(m)
		{
			if (host->member[m].router.claims)
				CALL(h, m, router_tick);
		}
	}
	(void)moved;
	return follow(h);
}

static bool flush(unsigned int h)
{
	struct host *host = &world.host[h];
	bool moved = false;

	if (!step(h))
		return false;
	EACH(m)
	{
		for (unsigned int i = 0; i < host->member[m].batched; i++)
			send_advert(h, m, host->member[m].batch[i]);
	}
	EACH(m)
	{
		if (!host->member[m].batched)
			continue;
		host->member[m].batched = 0;
		if (host->member[m].carrier)
			CALL(h, m, router_sent);
	}
	if (!step(h))
		return false;
	group_settle(&host->group, host->now);
	EACH(m)
	CALL(h, m, router_announce_prepared);
	if (!step(h))
		return false;
	EACH(m)
	{
		if (host->member[m].goodbye)
			send_advert(h, m, VRRP_PRIO_STOP);
		host->member[m].goodbye = false;
	}
	(void)moved;
	return true;
}

static bool settle(unsigned int h)
{
	bool moved = false;

	for (int prepares = 0; prepares < 2; prepares++) {
		EACH(m)
		{
			struct member *member = &world.host[h].member[m];
			struct router_public public = {.nic = member->nic};

			if (prepares)
				CALL(h, m, router_prepare);
			else
				CALL(h, m, router_settle);
			if (public.nic == member->nic)
				continue;
			public.nic = member->nic;
			public.complete = public.nic == ROUTER_NIC_PREPARED;
			if (public.nic == ROUTER_NIC_MASTER)
				CALL(h, m, router_announce);
			CALL(h, m, router_public, &public);
		}
	}
	(void)moved;
	return true;
}

/* on_wake() of the agent. */
bool wake_up(unsigned int h)
{
	struct host *host = &world.host[h];
	bool moved = false, leaving = false;
	int64_t at = INT64_MAX;

	if (!drain(h))
		return false;
	EACH(m)
	CALL(h, m, router_wake);
	if (!follow(h) || !obey(h) || !follow(h) || !tick(h) || !flush(h) || !settle(h))
		return false;
	EACH(m)
	{
		struct soonest soonest = soonest_begin(host->now);
		int64_t due;

		router_offer(&host->member[m].router, &soonest);
		due = soonest.at.ns;
		if (due <= world.now)
			say("router %u: %s is due", m, soonest.row->name);

		leaving |= router_is_leaving(&host->member[m].router);
		at = due < at ? due : at;
		if (host->member[m].ring_count)
			at = world.now;
	}
	if (host->stopping && !leaving) {
		say("host %u has stopped", h);
		host->alive = false;
		return false;
	}
	check_sleep(h);
	host->wake_at = host->ports || host->stops != host->stopping ? world.now : at;
	(void)moved;
	return true;
}

bool start(unsigned int h)
{
	struct host *host = &world.host[h];
	uint64_t until_ns[MEMBERS];
	bool adopts[MEMBERS];

	say("host %u starts", h);
	world.last_fault = world.now > world.last_fault ? world.now : world.last_fault;
	host->on = host->alive = true;
	host->stops = host->stopping = host->resigned = false;
	host->now = (struct monotime){world.now};
	host->start_at = INT64_MAX;
	host->wake_at = world.now;
	EACH(m)
	{
		struct member *member = &host->member[m];
		struct router_words words = {.instance = &member->instance,
					     .lease = &member->lease,
					     .gate = &host->gate,
					     .paths = {&member->path}};

		member->goodbye = false;
		member->batched = 0;
		adopts[m] = router_adoptable(&member->config, &words, host->now);
		until_ns[m] = adopts[m] ? member->lease.until_ns : 0;
		if (!adopts[m]) {
			memset(&member->instance, 0, sizeof(member->instance));
			memset(&member->path, 0, sizeof(member->path));
			member->lease.until_ns = 0;
			member->ring_count = 0;
			member->nic = ROUTER_NIC_STANDBY;
		}
		member->path.own_source = address_of(h, m);
		router_init(&member->router, &member->config, &words, adopts[m], MS, 20000);
		publish_rules(&member->instance, NULL, &member->config,
			      router_interval_cs(&member->router));
		publish_identity(&member->instance, &member->config);
		host->routers[m] = &member->router;
	}
	group_adopt(&host->gate, until_ns, MEMBERS);
	group_init(&host->group, host->routers, MEMBERS, &host->gate);
	return tell_ports(h);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything of one virtual router that happens by time: a table (core/deadline.h) with a row for
 * each deadline, and the function that serves it. A deadline that is no row of this table wakes
 * nobody.
 */
#include "agent/router_internal.h"

#define SOCKET_FRESH_NS 1000000LL /* what was drained so long ago may not be all there is */
#define YIELD_NS        1000000LL /* between two looks for a record that is on its way */

/* ---- the timers of the protocol ---- */

struct monotime router_master_down(const struct router *router)
{
	struct monotime at;

	if (router->fsm.state != VRRP_STATE_BACKUP)
		return MONOTIME_NEVER;
	at = monotime_from_ns(__atomic_load_n(&router->instance->deadline_ns, __ATOMIC_ACQUIRE));
	return monotime_before(at, router->held_until) ? router->held_until : at;
}

/* Packet sockets were drained at `now`. Adverts that have arrived since are not judged yet, and
 * nothing moves the deadline meanwhile, as the XDP program does: a router that slept in between
 * drains once more. */
static bool may_have_missed(const struct router *router, struct monotime now)
{
	for (unsigned int i = 0; i < router->config->heartbeat_count; i++) {
		if (router->paths[i].port->mode == VRRP_MODE_SOCKET)
			return monotime_diff(loop_now(), now) > SOCKET_FRESH_NS;
	}
	return false;
}

static void step_timer(struct router *router, struct monotime now)
{
	const struct fsm_event event = {.kind = FSM_EV_TIMER};

	router_step(router, &event, now);
}

static void promote(struct router *router, struct monotime now)
{
	if (may_have_missed(router, now))
		return;
	/* Held back, or an advert came in this moment: the deadline is a later one now. */
	if (!router_may_promote(router, now) || !router_claim(router, now))
		return;
	router->fsm.deadline = router_master_down(router);
	step_timer(router, now);
}

static void end_preempt_delay(struct router *router, struct monotime now)
{
	router->fsm.deadline = router_master_down(router);
	/* A promotion that is due needs a claim: the row before this one tries it again at once. */
	if (monotime_before(now, router->fsm.deadline))
		step_timer(router, now);
}

static struct monotime next_advert(const struct router *router)
{
	struct monotime at = fsm_deadline(&router->fsm);

	if (router->fsm.state == VRRP_STATE_BACKUP)
		return MONOTIME_NEVER;
	return monotime_before(at, router->yields_until) ? router->yields_until : at;
}

static void advertise(struct router *router, struct monotime now)
{
	/* A MASTER no more; its record wakes us. */
	if (router_yields(router))
		router->yields_until = monotime_add(now, YIELD_NS);
	else
		step_timer(router, now);
}

static void look_at_carrier(struct router *router, struct monotime now)
{
	/* A MASTER that has been replaced has no goodbye to say, whatever the look would find. */
	if (router_yields(router))
		router->carrier_at = monotime_add(now, YIELD_NS);
	else
		router_ports_changed(router, now);
}

/* ---- the table ---- */

#define AT(name, expression)                           \
	static struct monotime name(const void *owner) \
	{                                              \
		const struct router *router = owner;   \
                                                       \
		return expression;                     \
	}
#define SERVE(name, call)                                  \
	static void name(void *owner, struct monotime now) \
	{                                                  \
		struct router *router = owner;             \
                                                           \
		call;                                      \
	}

AT(track_at, router_track_deadline(router))
SERVE(track_serve, router_track_tick(router, now))
AT(bare_at, router_bare_at(router))
SERVE(bare_serve, router_bare_tick(router, now))
AT(master_down_at, router_master_down(router))
SERVE(master_down_serve, promote(router, now))
AT(carrier_at, router->carrier_at)
SERVE(carrier_serve, look_at_carrier(router, now))
AT(preempt_at, router->fsm.state == VRRP_STATE_BACKUP ? router->fsm.preempt_at : MONOTIME_NEVER)
SERVE(preempt_serve, end_preempt_delay(router, now))
AT(advert_at, next_advert(router))
SERVE(advert_serve, advertise(router, now))
AT(announce_at, router_announce_at(router))
SERVE(announce_serve, router_announce_tick(router, now))
AT(news_at, router->relook_at)
SERVE(news_serve, router_resync(router, now))
AT(hooks_at, notify_deadline(router->notify))
SERVE(hooks_serve, notify_tick(router->notify, now))
AT(prepare_at, router_prepare_at(router))
SERVE(prepare_serve, router_prepare_tick(router, now))
AT(repair_at, takeover_deadline(router->takeover))
SERVE(repair_serve, router_repair(router, now))

/* In the order in which they are served: what one row learns counts for those below it. */
static const struct deadline rows[] = {
	/* router_tick() */
	{"tracked things and the witness", IN_RUNNING, track_at, track_serve},
	{"a NIC that takes no address", IN_RUNNING, bare_at, bare_serve},
	{"the carrier of the public NIC", IN_RUNNING, carrier_at, carrier_serve},
	{"master-down", IN_RUNNING, master_down_at, master_down_serve},
	{"the preempt delay", IN_RUNNING, preempt_at, preempt_serve},
	{"the advert timer", IN_RUNNING, advert_at, advert_serve},
	{"announcements", IN_RUNNING, announce_at, announce_serve},
	{"news that was suppressed", IN_ALL, news_at, news_serve},
	{"hooks", IN_ALL, hooks_at, hooks_serve},
	/* router_prepare() */
	{"preparation", IN_RUNNING, prepare_at, prepare_serve},
	/* router_finish() */
	{"repair of the public NIC", IN_ALL, repair_at, repair_serve},
};

enum { ROWS = ROUTER_ROWS, PREPARE = ROWS - 2 };

_Static_assert(sizeof(rows) / sizeof(rows[0]) == ROWS, "router.h names their number");

void router_offer(const struct router *router, enum phase phase, struct soonest *soonest)
{
	for (int i = 0; i < ROWS; i++)
		soonest_offer(soonest, &rows[i], router, phase);
}

bool router_tick(struct router *router, enum phase phase, struct monotime now)
{
	bool due = false, moved = false;

	router_bare_over(router);
	for (int i = 0; i < PREPARE; i++) {
		if (monotime_before(now, deadline_at(&rows[i], router, phase)))
			continue;
		due = true;
		moved |= deadline_serve(&rows[i], router, phase, now);
	}
	if (!due)
		return false;
	if (!router->announce.left && !router_yields(router))
		router->want_announce |= router_fence_watch(router, now);
	return moved;
}

bool router_prepare(struct router *router, enum phase phase, struct monotime now)
{
	return deadline_serve(&rows[PREPARE], router, phase, now);
}

bool router_repair_due(const struct router *router, struct monotime now)
{
	return !monotime_before(now, repair_at(router));
}

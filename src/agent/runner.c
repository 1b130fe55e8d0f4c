/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Brings events and time to one router: adverts from the ring, changes of interfaces, orders,
 * tracked things, deadlines.
 */
#include "agent/runner_internal.h"

#include "agent/garp.h"
#include "agent/notify.h"
#include "agent/reception.h"
#include "agent/rehearsal.h"
#include "agent/takeover.h"
#include "agent/telling.h"
#include "agent/track.h"
#include "agent/witness.h"
#include "judge.h"

#define PLAN_REHEARSED  32        /* a plan of more addresses takes too long for a rehearsal */
#define SOCKET_FRESH_NS 1000000LL /* after this long, a drained socket may hold new adverts */

/* ---- events ---- */

void runner_event(struct runner *runner, const struct vrrp_event *event, struct monotime now)
{
	const struct config_router *config = runner->config;
	struct router_effects fx;

	/* A record of an older agent may name a slot that now belongs to another router. */
	if (event->path >= config->heartbeat_count || event->advert.vrid != config->vrid ||
	    event->advert.family != config->family)
		return;
	telling_oddities(config, event, &runner->said);
	runner->heard = event;
	router_advert(&runner->router, event, now, &fx);
	runner_carry_out(runner, &fx, now);
	runner->heard = NULL;
}

void runner_before_drain(struct runner *runner)
{
	router_before_drain(&runner->router);
}

bool runner_drain_again(const struct runner *runner)
{
	return router_drain_again(&runner->router);
}

/* Tells the router what tracked things and the witness say now. */
static void weigh(struct runner *runner, struct monotime now)
{
	struct router_weights weights = {
		.sum = track_sum(runner->track),
		.pending = track_pending(runner->track),
		.failed = track_failed(runner->track, NULL, 0),
		.gives_up = witness_gives_up(runner->witness, now), /* as of the last tick */
		.answers = asking_answers(&runner->asking),
		.deaf = runner->deaf,
		.peered = adverts_has_peer(&runner->adverts),
	};
	struct router_effects fx;

	weights.allows = witness_allows(runner->witness);

	router_weigh(&runner->router, &weights, now, &fx);
	runner_carry_out(runner, &fx, now);
}

void runner_ports_changed(struct runner *runner)
{
	struct monotime now;
	const struct port *public = runner->public;
	struct router_ports ports = {
		.heard = paths_update(&runner->paths),
		.present = !runner_missing(runner),
		.up = public->up,
		.carrier = public->carrier,
		.started = runner->deps->ports->started,
		.public_up = public->link_up,
	};
	struct router_effects fx;

	runner->remarks = true;
	for (unsigned int i = 0; i < runner->paths.count; i++) {
		const struct path *path = &runner->paths.path[i];

		ports.links_up[i] = path->usable ? path->port->link_up : MONOTIME_NEVER;
	}

	adverts_meet_peers(&runner->adverts);
	guards_update(&runner->guards, &ports.fenced);
	now = loop_now();   /* the fence may have waited, and adverts were sent meanwhile */
	weigh(runner, now); /* tracked interfaces are ports, too */
	router_ports(&runner->router, &ports, now, &fx);
	runner_carry_out(runner, &fx, now);
}

void runner_was_deaf(struct runner *runner, const struct port *port, struct monotime now)
{
	for (unsigned int i = 0; i < runner->paths.count; i++) {
		if (runner->paths.path[i].port == port)
			vrrp_judge_blind(runner->router.words.instance, INT64_MAX,
					 (uint64_t)now.ns);
	}
}

void runner_nic_changed(struct runner *runner, int ifindex)
{
	if (!ifindex || takeover_concerns(runner->takeover, ifindex))
		runner->nic_dirty = true;
}

void runner_order(struct runner *runner, enum router_order order, struct monotime now)
{
	struct router_effects fx;

	weigh(runner, now); /* a stop waits for no unicast peer that has gone meanwhile */
	router_order(&runner->router, order, now, &fx);
	runner_carry_out(runner, &fx, now);
}

void runner_wake(struct runner *runner, struct monotime now)
{
	struct router_effects fx;

	router_wake(&runner->router, now, &fx);
	runner_carry_out(runner, &fx, now);
	clones_look(&runner->clones, &runner->paths, runner->router.words.instance, now);
}

/* ---- time ---- */

static void track_things(struct runner *runner, struct monotime now)
{
	enum vrrp_state state = runner->router.fsm.state;
	/* A question of a MASTER may leave from the shared MAC, and from a shared address. */
	bool changing =
		runner->router.want != ROUTER_WANTS_NOTHING ||
		router_is_prepared(&runner->router) ||
		(state == VRRP_STATE_MASTER && !router_may_own(&runner->router, loop_now()));
	uint8_t mac[6];

	track_tick(runner->track, now);
	asking_tick(&runner->asking, router_asks(&runner->router), now);
	if (runner->config->macvlan[0])
		interfaces_mac(runner->deps->ports->interfaces, runner->adverts.nic->ifindex, mac);
	else
		takeover_mac(runner->takeover, mac);
	witness_tick(runner->witness, state, changing ? NULL : mac, now);
	weigh(runner, now);
}

/* Packet sockets were drained at `now`. Adverts that have arrived since then are not judged yet, so
 * they have not moved the deadline; the XDP program would have moved it. A router that was held up
 * in between drains the sockets once more. */
static bool may_have_missed(const struct runner *runner, struct monotime now)
{
	return paths_use_sockets(&runner->paths) &&
	       monotime_diff(loop_now(), now) > SOCKET_FRESH_NS;
}

/* The CPU on which the XDP program heard the last advert, or -1. */
static int heard_on(const struct runner *runner)
{
	return (int)runner->router.words.instance->cpu - 1;
}

/* A promotion is due. May adverts wait unheard on one of the paths? On that path the master may be
 * there, whatever the others hear. */
static bool may_be_deaf(const struct runner *runner)
{
	struct monotime now = loop_now();
	bool deaf = false;

	for (unsigned int i = 0; i < runner->paths.count; i++) {
		const struct path *path = &runner->paths.path[i];

		if (path->usable)
			deaf |= reception_stalls(runner->deps->reception, path->port,
						 heard_on(runner), now);
	}
	return deaf;
}

/* The owner of these rows is the runner. */
static struct monotime track_row(const void *owner)
{
	const struct runner *runner = owner;
	struct monotime asks = asking_deadline(&runner->asking, router_asks(&runner->router));

	return monotime_min(monotime_min(track_deadline(runner->track), asks),
			    witness_deadline(runner->witness, runner->router.fsm.state));
}

static void track_serve(void *owner, struct monotime now)
{
	track_things(owner, now);
}

static struct monotime hooks_row(const void *owner)
{
	return notify_deadline(((const struct runner *)owner)->notify);
}

static void hooks_serve(void *owner, struct monotime now)
{
	struct runner *runner = owner;
	struct router_effects fx;
	enum config_before before;
	bool well;

	notify_tick(runner->notify, now);
	if (!notify_result(runner->notify, &before, &well))
		return;
	runner->remarks = true;
	router_hook_ended(&runner->router, before, well, now, &fx);
	runner_carry_out(runner, &fx, now);
}

static struct monotime repair_row(const void *owner)
{
	return takeover_deadline(((const struct runner *)owner)->takeover);
}

static void repair_serve(void *owner, struct monotime now)
{
	runner_repair(owner, now);
}

static void look_for_rivals(struct runner *runner, struct monotime now)
{
	struct router_effects fx;

	if (!router_asks_rivals(&runner->router, now))
		return;
	router_rivals(&runner->router, guards_rivals(&runner->guards), now, &fx);
	runner_carry_out(runner, &fx, now);
}

static struct monotime rivals_row(const void *owner)
{
	return router_rivals_at(&((const struct runner *)owner)->router);
}

static void rivals_serve(void *owner, struct monotime now)
{
	look_for_rivals(owner, now);
}

static struct monotime queue_row(const void *owner)
{
	const struct runner *runner = owner;

	return runner->look_at.ns ? runner->look_at : MONOTIME_NEVER;
}

static void queue_serve(void *owner, struct monotime now)
{
	(void)now;
	runner_look_at_queue(owner);
}

enum row { ROW_TRACK, ROW_HOOKS, ROW_REPAIR, ROW_RIVALS, ROW_QUEUE };

static const struct deadline rows[RUNNER_ROWS] = {
	[ROW_TRACK] = {"tracked things and the witness", IN_RUNNING, track_row, track_serve},
	[ROW_HOOKS] = {"hooks", IN_ALL, hooks_row, hooks_serve},
	[ROW_REPAIR] = {"repair of the public NIC", IN_ALL, repair_row, repair_serve},
	[ROW_RIVALS] = {"frames of the master before us", IN_RUNNING, rivals_row, rivals_serve},
	[ROW_QUEUE] = {"an announcement that a queue may hold", IN_RUNNING, queue_row, queue_serve},
};

void runner_offer(const struct runner *runner, enum phase phase, struct soonest *soonest)
{
	for (int i = 0; i < RUNNER_ROWS; i++)
		soonest_offer(soonest, &rows[i], runner, phase);
	router_offer(&runner->router, soonest);
}

bool runner_tick(struct runner *runner, enum phase phase, struct monotime now)
{
	struct router *router = &runner->router;
	struct router_effects fx;
	bool moved, promotes;

	/* These rows may change health and priority, so they come first. */
	moved = deadline_serve(&rows[ROW_TRACK], runner, phase, now);
	moved |= deadline_serve(&rows[ROW_HOOKS], runner, phase, now);
	moved |= deadline_serve(&rows[ROW_RIVALS], runner, phase, now);
	moved |= deadline_serve(&rows[ROW_QUEUE], runner, phase, now);
	/* Somebody was heard: the next deadline asks anew. */
	if (runner->deaf && router->words.instance->report.hold != VRRP_HOLD_RECEPTION) {
		runner->deaf = false;
		weigh(runner, now);
	}
	if (monotime_before(now, router_expiry(router)))
		return moved;
	promotes = !monotime_before(now, router_master_down(router));
	if (promotes)
		runner->deaf = may_be_deaf(runner);
	if (promotes && (runner->witness || runner->deaf != router->weights.deaf))
		weigh(runner, now); /* by the answers that are there now */
	if (promotes && may_have_missed(runner, now))
		return moved;
	/* An heir may have announced the address: ask before we announce it once more. */
	look_for_rivals(runner, now);
	do {
		moved |= router_tick(router, now, &fx);
		runner_carry_out(runner, &fx, now);
	} while (router->claims && !router->group.grouped);
	/* The announcement of a new MASTER does not wait for that: a row is due right after it. */
	if (!promotes)
		look_for_rivals(runner, now);
	return moved;
}

bool runner_group(struct runner *runner, const struct router_group *group,
		  const struct runner *unfit, struct monotime now)
{
	struct router_effects fx;

	runner->unfit = unfit;
	router_group(&runner->router, group, now, &fx);
	runner_carry_out(runner, &fx, now);
	return fx.count != 0;
}

void runner_decide(struct runner *runner, struct monotime now)
{
	struct router_effects fx;

	if (!runner->router.claims)
		return;
	router_tick(&runner->router, now, &fx);
	runner_carry_out(runner, &fx, now);
}

bool runner_prepare(struct runner *runner, struct monotime now)
{
	struct router_effects fx;
	bool moved;

	reception_hears_on(runner->deps->reception, heard_on(runner));
	if (runner->witness && !monotime_before(now, router_expiry(&runner->router)))
		weigh(runner, now);
	moved = router_prepare(&runner->router, now, &fx);
	runner_carry_out(runner, &fx, now);
	return moved;
}

void runner_hasten(struct runner *runner, struct monotime now, struct monotime until)
{
	router_hasten(&runner->router, now, until);
}

bool runner_rehearse(struct runner *runner, struct monotime at)
{
	struct soonest soonest = soonest_begin(at);
	struct router_effects fx;

	runner_offer(runner, PHASE_RUNNING, &soonest);
	router_rehearse(&runner->router, at, &fx);
	adverts_rehearse(&runner->adverts, runner->router.fsm.config.priority);
	if (router_has_before_master(&runner->router))
		return false;
	if (runner->config->address_count <= PLAN_REHEARSED)
		takeover_rehearse(runner->takeover);
	garp_rehearse(runner->config, runner->deps, takeover_ifindex(runner->takeover));
	return !router_is_prepared(&runner->router);
}

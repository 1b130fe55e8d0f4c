/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries out what a router decides, in three strokes: see runner.h. Sends through the batch,
 * changes NICs through takeover.h, and tells of them through telling.h.
 */
#include "agent/runner_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/garp.h"
#include "agent/notify.h"
#include "agent/stand_in.h"
#include "agent/takeover.h"
#include "agent/telling.h"
#include "agent/track.h"
#include "sys/host/log.h"
#include "sys/host/remarks.h"
#include "sys/net/solicit.h"

/* A NIC that is not held back has sent an announcement, and said so, long before. */
#define HELD_NS NS_PER_MS

#define ANNOUNCED     128    /* addresses in one go, some 500 us */
#define AFTERWARDS_NS 3000LL /* see is_in_time() */

#define WHY        192 /* what is told of a failure */
#define WHY_FELLOW 112 /* what fits behind two names into what is told of a failure */

/* A MASTER that listens whether another one yields, or that waits for before-master, may step down
 * again, and its programs may be what takes the address. They run when it owns. */
static void run_hooks(struct runner *runner)
{
	const struct change *change = &runner->change;

	if (!runner->has_hook ||
	    (change->to == VRRP_STATE_MASTER &&
	     (lease_is_shut(&runner->router.lease) || router_awaits_hook(&runner->router))))
		return;
	runner->has_hook = false;
	notify_enter(runner->notify, change->from, change->to, change->cause);
}

static struct vrrp_history entry_of(const struct runner *runner)
{
	const struct change *change = &runner->change;
	struct vrrp_history entry = {
		.at_ns = change->at_ns,
		.wire_ns = change->wire_ns,
		.deadline_ns = change->deadline_ns,
		.announced_ns = change->announced_ns,
		.slot = (uint16_t)runner->slot,
		.from = change->from,
		.to = change->to,
		.cause = change->cause,
		.peer_priority = change->peer_priority,
		.peer_family = change->peer_family,
		.peer = change->peer,
	};

	memcpy(entry.name, runner->router.words.instance->report.name, VRRP_NAME_LEN);
	return entry;
}

/* Tells a transition to the log, to `history` and to the hooks. That is done after the change of
 * the NIC, which is what a failover waits for. */
static void tell_transition(struct runner *runner)
{
	struct vrrp_instance *instance = runner->router.words.instance;
	struct vrrp_history entry;

	if (!runner->has_transition)
		return;
	entry = entry_of(runner);
	runner->has_transition = false;
	telling_log(runner->config, &entry, runner->why ? runner->why : "");
	free(runner->why);
	runner->why = NULL;
	if (entry.cause == VRRP_CAUSE_ADOPTED) { /* a restart must go unnoticed */
		notify_adopt(runner->notify);
	} else {
		telling_record(datapath_history(runner->deps->datapath), instance, &entry);
		runner->has_hook = true;
		run_hooks(runner);
	}
}

const char *runner_missing(const struct runner *runner)
{
	const struct config_router *config = runner->config;
	const char *dev = NULL;

	if (!runner->public->ifindex)
		return config->public;
	for (unsigned int i = 0; i < config->address_count; i++) {
		const struct port *port;

		dev = config->addresses[i].dev;
		port = dev[0] ? ports_find(runner->deps->ports, dev) : runner->public;
		if (port && port->ifindex)
			return NULL;
	}
	return dev;
}

static void find_why(const struct runner *runner, char *why, size_t size);

/* It is unfit for a reason of its own; or it was, until a moment ago. */
static void find_fellows_why(const struct runner *runner, char *why, size_t size)
{
	const struct runner *unfit = runner->unfit;
	char reason[WHY_FELLOW] = "it has failed";

	if (unfit)
		find_why(unfit, reason, sizeof(reason));
	snprintf(why, size, "group %s: %s: %s", runner->config->group,
		 unfit ? unfit->config->name : "another router", reason);
}

static void find_why(const struct runner *runner, char *why, size_t size)
{
	const char *public = runner->config->public, *missing;

	switch (runner->router.fault) {
	case ROUTER_WELL:
		break;
	case ROUTER_RESIGNED:
		snprintf(why, size, "resigned: vrrp-xdp resume %s", runner->config->name);
		break;
	case ROUTER_HEARTBEAT:
		paths_trouble(&runner->paths, why, size);
		break;
	case ROUTER_NO_PUBLIC:
		missing = runner_missing(runner);
		snprintf(why, size, "public %s is gone", missing ? missing : public);
		break;
	case ROUTER_NO_CARRIER:
		snprintf(why, size, "public %s has no carrier", public);
		break;
	case ROUTER_UNFENCED:
		snprintf(why, size, "fence = yes, and the fence does not stand");
		break;
	case ROUTER_IS_BARE:
		snprintf(why, size, "public %s carries none of the shared addresses", public);
		break;
	case ROUTER_MUTE:
		adverts_trouble(&runner->adverts, why, size);
		break;
	case ROUTER_HOOK:
		snprintf(why, size, "%s", notify_trouble(runner->notify));
		break;
	case ROUTER_TRACKED:
		track_failed(runner->track, why, size);
		break;
	case ROUTER_FELLOW:
		find_fellows_why(runner, why, size);
		break;
	}
}

/* Most transitions are no failure, and a promotion is none: it must not wait for memory. */
static void keep_why(struct runner *runner)
{
	char why[WHY] = "";

	find_why(runner, why, sizeof(why));
	runner->why = why[0] ? strdup(why) : NULL;
}

static void keep_transition(struct runner *runner, const struct vrrp_history *entry)
{
	tell_transition(runner); /* a second one before the NIC is changed: tell both */
	runner->change = (struct change){
		.at_ns = entry->at_ns,
		.wire_ns = entry->wire_ns,
		.deadline_ns = entry->deadline_ns,
		.announced_ns = entry->announced_ns,
		.peer = entry->peer,
		.peer_family = entry->peer_family,
		.peer_priority = entry->peer_priority,
		.from = entry->from,
		.to = entry->to,
		.cause = entry->cause,
	};
	runner->leaves |= entry->from == VRRP_STATE_MASTER;
	if (entry->to == VRRP_STATE_MASTER)
		runner->lease_end = monotime_add(monotime_from_ns(entry->at_ns),
						 lease_span_ns(&runner->router.lease));
	runner->has_transition = true;
	keep_why(runner);
	runner->remarks = true;
}

static bool send_half(struct runner *runner, enum garp_halves halves, bool past)
{
	struct garp garp = {.count = ANNOUNCED, .halves = halves, .past = past};
	bool taken = true;

	for (;;) {
		taken &= garp_round(runner->config, runner->deps,
				    takeover_ifindex(runner->takeover), runner->told_mac, &garp);
		garp.first += ANNOUNCED;
		if (garp.first >= runner->config->address_count)
			return taken;
		stand_in_now();
		if (!router_may_own(&runner->router, loop_now()))
			return false;
	}
}

/* Hundreds of addresses take milliseconds: adverts that are due meanwhile are sent in between, and
 * every address is announced in one form before any is in the other. */
static bool send_round(struct runner *runner, enum garp_halves halves, bool past)
{
	bool taken;

	if (halves != GARP_BOTH_HALVES || runner->config->address_count <= ANNOUNCED)
		return send_half(runner, halves, past);
	taken = send_half(runner, GARP_FIRST, past);
	return router_may_own(&runner->router, loop_now()) &&
	       send_half(runner, GARP_SECOND, past) && taken;
}

/* Where the fence does not judge: past the queues. The router may have stopped owning since the
 * decision, so ask it again. */
static bool announce_past(struct runner *runner)
{
	return router_may_own(&runner->router, loop_now()) &&
	       send_round(runner, GARP_BOTH_HALVES, true);
}

/*
 * An announcement goes through the fence, which looks at the lease in the moment of the sending: an
 * agent that is stopped between its own look and the system call announces nothing. The common
 * queues send a frame of this priority first. One that does not (tbf, pfifo) would hold back what
 * all clients wait for. Then another copy goes past it, and while it still holds that one, no
 * further one is put into it.
 */
static void announce_now(struct runner *runner)
{
	bool taken;

	if (!router_may_own(&runner->router, loop_now()))
		return;
	takeover_mac(runner->takeover, runner->told_mac);
	runner->held = runner->held && send_waits(runner->deps->sender);
	taken = !runner->held &&
		send_round(runner, runner->halves ? GARP_FIRST : GARP_BOTH_HALVES, false);
	runner->half_announced = taken && runner->halves;
	if (taken)
		runner->look_at = monotime_add(loop_now(), HELD_NS);
	else
		taken = announce_past(runner);
	if (taken && runner->has_transition && !runner->change.announced_ns)
		runner->change.announced_ns = (uint64_t)loop_now().ns;
}

void runner_look_at_queue(struct runner *runner)
{
	runner->look_at = (struct monotime){0};
	runner->held = send_waits(runner->deps->sender);
	if (runner->held)
		announce_past(runner);
}

/* Changing a NIC waits for the kernel's lock of all NICs, maybe for longer than the lease lasts,
 * and an announcement would pass the fence. So the router decides again. */
static void on_addresses(void *context)
{
	struct runner *runner = context;
	struct router_effects fx;
	struct monotime now = loop_now();

	router_announce(&runner->router, now, &fx);
	runner_carry_out(runner, &fx, now);
}

static void report_public(struct runner *runner, bool changed, enum bare_trial trial)
{
	static const uint8_t none[6];
	struct router_public public = {
		.nic = takeover_nic(runner->takeover),
		.complete = takeover_ready(runner->takeover),
		.bare = takeover_is_bare(runner->takeover),
		.flapped = changed && takeover_flapped(runner->takeover),
		.trial = trial,
	};
	struct monotime now = loop_now();
	struct router_effects fx;
	uint8_t mac[6];

	runner->remarks = true;
	takeover_mac(runner->takeover, mac);
	public.news = runner->has_news || (takeover_ifindex(runner->takeover) &&
					   memcmp(runner->told_mac, none, sizeof(none)) != 0 &&
					   memcmp(runner->told_mac, mac, sizeof(mac)) != 0);
	runner->has_news = false;
	router_public(&runner->router, &public, now, &fx);
	runner_carry_out(runner, &fx, now);
}

/* As MASTER the gateway has displaced what a router advertisement brought, and the next one may be
 * ten minutes away. */
static void ask_for_router(struct runner *runner)
{
	int err;

	if (!takeover_lacks_router(runner->takeover))
		return;
	err = solicit_routers(takeover_ifindex(runner->takeover));
	if (err)
		log_debug("%s: %s: no router solicitation: %s", runner->config->name,
			  runner->config->public, strerror(-err));
}

static void enter(struct runner *runner, enum plan_role role)
{
	takeover_enter(runner->takeover, role, on_addresses, runner);
	if (role == PLAN_BACKUP)
		ask_for_router(runner);
	report_public(runner, true, BARE_NOT_TRIED);
}

/* Takes the addresses behind the closed fence, to see whether the NIC carries them, and gives them
 * back. */
static void try_out(struct runner *runner)
{
	enum bare_trial trial = BARE_UNKNOWN;

	if (takeover_prepare(runner->takeover, NULL, NULL)) {
		/* Hold anew, so that the next look sees what the preparation has changed. */
		interfaces_hold(runner->deps->ports->interfaces);
		trial = takeover_is_bare(runner->takeover) || !takeover_carries(runner->takeover)
				? BARE_REFUSED
				: BARE_CARRIES;
		takeover_enter(runner->takeover, PLAN_BACKUP, NULL, NULL);
	}
	report_public(runner, trial != BARE_UNKNOWN, trial);
}

/* No first advert must be late: what is not prepared by then is done after it. What follows a
 * preparation takes time for each address as well: another dump, and another look at the guards. */
static bool is_in_time(void *context)
{
	const struct runner *runner = context;
	const struct router *router = &runner->router;
	int64_t rest_ns = router->least_ns + runner->config->address_count * AFTERWARDS_NS;
	struct monotime now = loop_now();

	return monotime_diff(router_master_down(router), now) > rest_ns &&
	       monotime_before(now, runner->deps->prepare_until);
}

static void run_before(struct runner *runner, enum config_before before, struct monotime now)
{
	bool stops = runner->router.waited.stops;

	if (before == CONFIG_BEFORE_MASTER)
		notify_before(runner->notify, before, runner->change.from, runner->change.cause,
			      now);
	else
		notify_before(runner->notify, before, VRRP_STATE_MASTER,
			      stops ? VRRP_CAUSE_STOPPED : VRRP_CAUSE_FAILED, now);
}

static void carry_out_one(struct runner *runner, const struct router_effect *effect,
			  struct monotime now)
{
	switch (effect->kind) {
	case ROUTER_SEND:
		if (effect->priority == VRRP_PRIO_STOP) {
			runner->has_goodbye = true;
			break;
		}
		adverts_send(&runner->adverts, effect->priority,
			     router_may_use_mac(&runner->router, loop_now()), now);
		break;
	case ROUTER_CONCEDE:
		adverts_concede(&runner->adverts, runner->heard, effect->priority, now);
		break;
	case ROUTER_ACQUIRE:
		enter(runner, PLAN_MASTER);
		break;
	case ROUTER_RELEASE:
		enter(runner, PLAN_BACKUP);
		break;
	case ROUTER_PREPARE:
		report_public(runner, takeover_prepare(runner->takeover, is_in_time, runner),
			      BARE_NOT_TRIED);
		break;
	case ROUTER_TRY:
		try_out(runner);
		break;
	case ROUTER_ANNOUNCE:
		announce_now(runner);
		break;
	case ROUTER_RUN_HOOK:
		run_before(runner, effect->before, now);
		break;
	case ROUTER_END_HOOK:
		notify_before_end(runner->notify, effect->before, now);
		break;
	case ROUTER_STAYS:
		notify_stay(runner->notify, runner->change.cause);
		break;
	case ROUTER_TRANSITION:
		keep_transition(runner, &effect->transition);
		break;
	case ROUTER_SAY:
		/* This message waits, because the router's advert is urgent. */
		if (effect->saying == ROUTER_SAYS_RESUMED) {
			runner->resumed_ns = effect->number;
			runner->has_resumed = true;
		} else {
			telling_say(runner->config, &runner->router, effect);
		}
		break;
	}
}

void runner_carry_out(struct runner *runner, const struct router_effects *fx, struct monotime now)
{
	for (unsigned int i = 0; i < fx->count; i++)
		carry_out_one(runner, &fx->list[i], now);
}

void runner_on_sent(void *context)
{
	struct runner *runner = context;
	struct router_effects fx;
	struct monotime now = loop_now();

	router_sent(&runner->router, now, &fx);
	if (runner->router.lease.state == LEASE_OPEN)
		runner->lease_end = monotime_from_ns(runner->router.lease.written_ns);
	else if (runner->router.lease.state == LEASE_WAITS)
		runner->lease_end = monotime_from_ns(runner->router.lease.held_ns);
	runner_carry_out(runner, &fx, now);
}

bool runner_stand_in(struct runner *runner, bool unjudged, struct monotime now)
{
	struct router_effects fx;

	if (!paths_are_judged(&runner->paths, unjudged) ||
	    !router_stand_in(&runner->router, now, &fx))
		return false;
	runner->adverts.held_up = true;
	runner_carry_out(runner, &fx, now);
	runner->adverts.held_up = false;
	return true;
}

struct monotime runner_stand_in_at(const struct runner *runner, struct monotime now)
{
	return router_stand_in_at(&runner->router, now);
}

void runner_on_unsent(void *context)
{
	router_unsent(&((struct runner *)context)->router);
}

void runner_repair(struct runner *runner, struct monotime now)
{
	bool changed;

	runner->nic_dirty = false;
	changed = takeover_reconcile(runner->takeover, now, on_addresses, runner) > 0;
	report_public(runner, changed, BARE_NOT_TRIED);
}

/* ---- what `status` says of it ---- */

bool runner_remarks(const struct runner *runner)
{
	return runner->remarks;
}

void runner_remark(struct runner *runner, FILE *out)
{
	const char *name = runner->config->name, *line = takeover_trouble(runner->takeover);
	const char *hook = notify_trouble(runner->notify);
	char why[WHY];

	runner->remarks = false;
	if (runner->config->group[0])
		fprintf(out, "%s\t" REMARK_GROUP "\t%s\n", name, runner->config->group);
	if (hook && runner->router.fault != ROUTER_HOOK)
		fprintf(out, "%s\t" REMARK_TROUBLE "\t%s\n", name, hook);
	if (runner->router.fsm.state == VRRP_STATE_FAULT) {
		find_why(runner, why, sizeof(why));
		fprintf(out, "%s\t" REMARK_TROUBLE "\t%s\n", name, why);
	}
	for (unsigned int i = 0; i < runner->paths.count; i++)
		if (!runner->paths.path[i].port->ifindex)
			fprintf(out, "%s\t" REMARK_PATH "%u\t%s\n", name, i,
				runner->paths.path[i].port->name);
	for (size_t length; *line; line += length + 1) {
		length = strcspn(line, "\n");
		fprintf(out, "%s\t" REMARK_TROUBLE "\t%.*s\n", name, (int)length, line);
	}
}

/* ---- the end of a mastership ---- */

bool runner_leaves(const struct runner *runner, struct queues *queues)
{
	const struct config_router *config = runner->config;

	/* Without a fence, more frames would follow. */
	if (!runner->leaves || !runner->router.ports.fenced)
		return runner->leaves;
	queues_add(queues, runner->public->ifindex);
	for (unsigned int i = 0; i < config->address_count; i++) {
		const struct port *port =
			config->addresses[i].dev[0]
				? ports_find(runner->deps->ports, config->addresses[i].dev)
				: NULL;

		if (port)
			queues_add(queues, port->ifindex);
	}
	return true;
}

void runner_say_goodbye(struct runner *runner, struct monotime now)
{
	bool again = runner->router.fsm.state == VRRP_STATE_MASTER; /* the owner recovers at once */
	bool late = !monotime_before(now, runner->lease_end);

	/* Once the last lease would have ended, another router may have taken over, and this would
	 * be heard as its goodbye. */
	if (runner->has_goodbye && late)
		log_warn("%s: emptying the transmit queues of %s took too long; priority 0 is not "
			 "sent",
			 runner->config->name, runner->config->public);
	else if (runner->has_goodbye && !again)
		adverts_send(&runner->adverts, VRRP_PRIO_STOP, false, now);
	runner->leaves = runner->has_goodbye = false;
}

/* ---- NICs, after all routers have spoken ---- */

bool runner_announce_prepared(struct runner *runner)
{
	struct router_effects fx;
	struct monotime now;

	if (runner->router.want == ROUTER_WANTS_NOTHING)
		return false;
	now = loop_now();
	runner->halves = true;
	router_announce_prepared(&runner->router, now, &fx);
	runner_carry_out(runner, &fx, now);
	runner->halves = false;
	return runner->half_announced;
}

void runner_announce_rest(struct runner *runner)
{
	if (runner->half_announced && router_may_own(&runner->router, loop_now()))
		send_round(runner, GARP_SECOND, false);
	runner->half_announced = false;
}

bool runner_settle(struct runner *runner, struct monotime now)
{
	struct router_effects fx;

	router_settle(&runner->router, now, &fx);
	runner_carry_out(runner, &fx, now);
	return fx.count != 0;
}

bool runner_finish(struct runner *runner, struct monotime now)
{
	bool due = runner->nic_dirty || !monotime_before(now, takeover_deadline(runner->takeover));
	bool worked = due || runner->has_transition;

	/* Our own changes have made the last dump stale. Make a new one now, not at the
	 * deadline. */
	if (runner->nic_dirty && router_is_prepared(&runner->router))
		takeover_rehearse(runner->takeover);
	if (due)
		runner_repair(runner, now);
	tell_transition(runner);
	run_hooks(runner);
	if (runner->router.fsm.state == VRRP_STATE_MASTER)
		adverts_refresh_peers(&runner->adverts, loop_now());
	if (runner->has_resumed)
		telling_say(runner->config, &runner->router,
			    &(struct router_effect){.saying = ROUTER_SAYS_RESUMED,
						    .number = runner->resumed_ns});
	runner->has_resumed = false;
	return worked;
}

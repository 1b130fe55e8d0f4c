/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Feeds events to one router, and carries out its effects. Sends through the batch, changes NICs
 * through takeover.h, and tells of them through telling.h.
 */
#include "agent/runner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/adverts.h"
#include "agent/asking.h"
#include "agent/auth.h"
#include "agent/clones.h"
#include "agent/garp.h"
#include "agent/guards.h"
#include "agent/notify.h"
#include "agent/paths.h"
#include "agent/reception.h"
#include "agent/record_file.h"
#include "agent/rehearsal.h"
#include "agent/strays.h"
#include "agent/takeover.h"
#include "agent/telling.h"
#include "agent/track.h"
#include "agent/witness.h"
#include "core/vrrp/publish.h"
#include "sys/host/log.h"

/* In our measurements, one takeover of MAC and address takes 50 to 100 us. Drivers that ask a
 * device take longer. */
#define PREPARE_NS      2000000
#define PREPARE_EACH_NS 60000 /* for each router that may be due in the same moment */
#define PREPARE_REST_NS 300000

#define SOCKET_FRESH_NS 1000000LL /* after this long, a drained socket may hold new adverts */

#define APART_NS 2000000LL /* between the first scripts of two routers */
#define APART    500       /* routers; the next one starts without a delay again */

struct runner {
	struct router router; /* first, so that its rows and ours have the same owner pointer */
	const struct config_router *config;
	const struct router_deps *deps;
	unsigned int slot;
	struct port *public;
	struct paths paths;
	struct adverts adverts;
	struct guards guards;
	struct takeover *takeover;
	struct notify *notify;
	struct track *track;
	struct witness *witness; /* NULL: none */
	struct asking asking;

	const struct vrrp_event *heard; /* the record that is being acted upon, or NULL */
	uint8_t told_mac[6];            /* as last announced; all zero: never announced */
	bool nic_dirty;                 /* somebody changed it, maybe this agent */
	struct clones clones;
	bool deaf;    /* as the router was told with the weights */
	uint8_t said; /* the oddities of adverts that have been logged */

	bool leaves;               /* it has just ceased to be MASTER */
	bool has_goodbye;          /* and is to say so with priority 0 */
	struct monotime lease_end; /* of its last lease, before which no other one takes over */

	/* These wait to be told until the NIC has been changed. */
	bool has_transition, has_resumed;
	struct vrrp_history transition;
	char why[64]; /* the cause of a failure */
	bool has_hook;
	struct vrrp_history hook;
	struct router_effect resumed;
};

/* ---- effects ---- */

/* A MASTER that listens whether another one yields may step down again, and its programs may be
 * what takes the address. They run when it owns. */
static void run_hooks(struct runner *runner)
{
	const struct vrrp_history *entry = &runner->hook;

	if (!runner->has_hook ||
	    (entry->to == VRRP_STATE_MASTER && lease_is_shut(&runner->router.lease)))
		return;
	runner->has_hook = false;
	notify_enter(runner->notify, entry->from, entry->to, entry->cause);
}

/* Tells a transition to the log, to `history` and to the hooks. That is done after the change of
 * the NIC, which is what a failover waits for. */
static void tell_transition(struct runner *runner)
{
	struct vrrp_history *entry = &runner->transition;
	struct vrrp_instance *instance = runner->router.words.instance;

	if (!runner->has_transition)
		return;
	runner->has_transition = false;
	telling_log(runner->config, instance, entry, runner->why);
	if (entry->cause == VRRP_CAUSE_ADOPTED) { /* a restart must go unnoticed */
		notify_adopt(runner->notify);
	} else {
		telling_record(datapath_history(runner->deps->datapath), instance, entry);
		runner->hook = *entry;
		runner->has_hook = true;
		run_hooks(runner);
	}
}

static void find_why(struct runner *runner)
{
	const char *public = runner->config->public;
	char *why = runner->why;
	size_t size = sizeof(runner->why);

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
		snprintf(why, size, "public %s is gone", public);
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
	case ROUTER_TRACKED:
		track_failed(runner->track, why, size);
		break;
	}
}

static void keep_transition(struct runner *runner, const struct router_effect *effect)
{
	tell_transition(runner); /* a second one before the NIC is changed: tell both */
	runner->transition = effect->transition;
	runner->leaves |= effect->transition.from == VRRP_STATE_MASTER;
	if (effect->transition.to == VRRP_STATE_MASTER)
		runner->lease_end = monotime_add(monotime_from_ns(effect->transition.at_ns),
						 lease_span_ns(&runner->router.lease));
	runner->transition.slot = (uint16_t)runner->slot;
	memcpy(runner->transition.name, runner->router.words.instance->report.name, VRRP_NAME_LEN);
	runner->has_transition = true;
	find_why(runner);
}

static void announce_now(struct runner *runner)
{
	/* The fence does not hold back what is sent past the queues, and other work may have come
	 * between the decision and this call. So check again. */
	if (!router_may_own(&runner->router, loop_now()))
		return;
	takeover_mac(runner->takeover, runner->told_mac);
	garp_round(runner->config, runner->deps, takeover_ifindex(runner->takeover),
		   runner->told_mac);
	if (runner->has_transition && !runner->transition.announced_ns)
		runner->transition.announced_ns = (uint64_t)loop_now().ns;
}

static void carry_out(struct runner *runner, const struct router_effects *fx, struct monotime now);

/* Changing a NIC waits for the kernel's lock of all NICs, maybe for longer than the lease lasts,
 * and an announcement would pass the fence. So the router decides again. */
static void on_addresses(void *context)
{
	struct runner *runner = context;
	struct router_effects fx;
	struct monotime now = loop_now();

	router_announce(&runner->router, now, &fx);
	carry_out(runner, &fx, now);
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

	takeover_mac(runner->takeover, mac);
	public.mac_news = takeover_ifindex(runner->takeover) &&
			  memcmp(runner->told_mac, none, sizeof(none)) != 0 &&
			  memcmp(runner->told_mac, mac, sizeof(mac)) != 0;
	router_public(&runner->router, &public, now, &fx);
	carry_out(runner, &fx, now);
}

static void enter(struct runner *runner, enum plan_role role)
{
	takeover_enter(runner->takeover, role, on_addresses, runner);
	report_public(runner, true, BARE_NOT_TRIED);
}

/* Takes the addresses behind the closed fence, to see whether the NIC carries them, and gives them
 * back. */
static void try_out(struct runner *runner)
{
	enum bare_trial trial = BARE_UNKNOWN;

	if (takeover_prepare(runner->takeover)) {
		trial = takeover_is_bare(runner->takeover) ? BARE_REFUSED : BARE_CARRIES;
		/* Hold anew, so that the next look sees what the preparation has changed. */
		interfaces_hold(runner->deps->ports->interfaces);
		takeover_enter(runner->takeover, PLAN_BACKUP, NULL, NULL);
	}
	report_public(runner, trial != BARE_UNKNOWN, trial);
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
		report_public(runner, takeover_prepare(runner->takeover), BARE_NOT_TRIED);
		break;
	case ROUTER_TRY:
		try_out(runner);
		break;
	case ROUTER_ANNOUNCE:
		announce_now(runner);
		break;
	case ROUTER_TRANSITION:
		keep_transition(runner, effect);
		break;
	case ROUTER_SAY:
		/* This message waits, because the router's advert is urgent. */
		if (effect->saying == ROUTER_SAYS_RESUMED) {
			runner->resumed = *effect;
			runner->has_resumed = true;
		} else {
			telling_say(runner->config, &runner->router, effect);
		}
		break;
	}
}

static void carry_out(struct runner *runner, const struct router_effects *fx, struct monotime now)
{
	for (unsigned int i = 0; i < fx->count; i++)
		carry_out_one(runner, &fx->list[i], now);
}

static void on_sent(void *context)
{
	struct runner *runner = context;
	struct router_effects fx;
	struct monotime now = loop_now();

	router_sent(&runner->router, now, &fx);
	if (runner->router.lease.state == LEASE_OPEN)
		runner->lease_end = monotime_from_ns(runner->router.lease.written_ns);
	carry_out(runner, &fx, now);
}

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
	carry_out(runner, &fx, now);
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
	};
	struct router_effects fx;

	weights.allows = witness_allows(runner->witness);

	router_weigh(&runner->router, &weights, now, &fx);
	carry_out(runner, &fx, now);
}

void runner_ports_changed(struct runner *runner, struct monotime now)
{
	const struct port *public = runner->public;
	struct router_ports ports = {
		.heard = paths_update(&runner->paths),
		.present = public->ifindex != 0,
		.up = public->up,
		.carrier = public->carrier,
	};
	struct router_effects fx;

	guards_update(&runner->guards, &ports.fenced);
	weigh(runner, now); /* tracked interfaces are ports, too */
	router_ports(&runner->router, &ports, now, &fx);
	carry_out(runner, &fx, now);
}

void runner_nic_changed(struct runner *runner, int ifindex)
{
	if (!ifindex || takeover_concerns(runner->takeover, ifindex))
		runner->nic_dirty = true;
}

void runner_order(struct runner *runner, enum router_order order, struct monotime now)
{
	struct router_effects fx;

	router_order(&runner->router, order, now, &fx);
	carry_out(runner, &fx, now);
}

void runner_wake(struct runner *runner, struct monotime now)
{
	struct router_effects fx;

	router_wake(&runner->router, now, &fx);
	carry_out(runner, &fx, now);
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
	takeover_mac(runner->takeover, mac);
	witness_tick(runner->witness, state, changing ? NULL : mac, now);
	weigh(runner, now);
}

static void repair(struct runner *runner, struct monotime now)
{
	bool changed;

	runner->nic_dirty = false;
	changed = takeover_reconcile(runner->takeover, now, on_addresses, runner) > 0;
	report_public(runner, changed, BARE_NOT_TRIED);
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
	notify_tick(((struct runner *)owner)->notify, now);
}

static struct monotime repair_row(const void *owner)
{
	return takeover_deadline(((const struct runner *)owner)->takeover);
}

static void repair_serve(void *owner, struct monotime now)
{
	repair(owner, now);
}

static void look_for_rivals(struct runner *runner, struct monotime now)
{
	struct router_effects fx;

	if (!router_asks_rivals(&runner->router, now))
		return;
	router_rivals(&runner->router, guards_rivals(&runner->guards), now, &fx);
	carry_out(runner, &fx, now);
}

static struct monotime rivals_row(const void *owner)
{
	return router_rivals_at(&((const struct runner *)owner)->router);
}

static void rivals_serve(void *owner, struct monotime now)
{
	look_for_rivals(owner, now);
}

enum row { ROW_TRACK, ROW_HOOKS, ROW_REPAIR, ROW_RIVALS };

static const struct deadline rows[RUNNER_ROWS] = {
	[ROW_TRACK] = {"tracked things and the witness", IN_RUNNING, track_row, track_serve},
	[ROW_HOOKS] = {"hooks", IN_ALL, hooks_row, hooks_serve},
	[ROW_REPAIR] = {"repair of the public NIC", IN_ALL, repair_row, repair_serve},
	[ROW_RIVALS] = {"frames of the master before us", IN_RUNNING, rivals_row, rivals_serve},
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
	do {
		moved |= router_tick(router, now, &fx);
		carry_out(runner, &fx, now);
	} while (router->claims);
	look_for_rivals(runner, now);
	return moved;
}

bool runner_prepare(struct runner *runner, struct monotime now)
{
	struct router_effects fx;
	bool moved;

	reception_hears_on(runner->deps->reception, heard_on(runner));
	if (runner->witness && !monotime_before(now, router_expiry(&runner->router)))
		weigh(runner, now);
	moved = router_prepare(&runner->router, now, &fx);
	carry_out(runner, &fx, now);
	return moved;
}

void runner_rehearse(struct runner *runner, struct monotime at)
{
	struct router_effects fx;

	router_rehearse(&runner->router, at, &fx);
	adverts_rehearse(&runner->adverts, runner->router.fsm.config.priority);
	takeover_rehearse(runner->takeover);
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
		log_warn("%s: to empty the queues of %s took too long: priority 0 is not sent",
			 runner->config->name, runner->config->public);
	else if (runner->has_goodbye && !again)
		adverts_send(&runner->adverts, VRRP_PRIO_STOP, false, now);
	runner->leaves = runner->has_goodbye = false;
}

/* ---- NICs, after all routers have spoken ---- */

void runner_announce_prepared(struct runner *runner)
{
	struct router_effects fx;
	struct monotime now;

	if (runner->router.want == ROUTER_WANTS_NOTHING)
		return;
	now = loop_now();
	router_announce_prepared(&runner->router, now, &fx);
	carry_out(runner, &fx, now);
}

bool runner_settle(struct runner *runner, struct monotime now)
{
	struct router_effects fx;

	router_settle(&runner->router, now, &fx);
	carry_out(runner, &fx, now);
	return fx.count != 0;
}

bool runner_finish(struct runner *runner, struct monotime now)
{
	bool due = runner->nic_dirty || !monotime_before(now, repair_row(runner));
	bool worked = due || runner->has_transition;

	/* Our own changes have made the last dump stale. Make a new one now, not at the
	 * deadline. */
	if (runner->nic_dirty && router_is_prepared(&runner->router))
		takeover_rehearse(runner->takeover);
	if (due)
		repair(runner, now);
	tell_transition(runner);
	run_hooks(runner);
	if (runner->has_resumed)
		telling_say(runner->config, &runner->router, &runner->resumed);
	runner->has_resumed = false;
	return worked;
}

/* ---- life ---- */

const struct router *runner_router(const struct runner *runner)
{
	return &runner->router;
}

struct router_words runner_words(struct datapath *datapath, unsigned int slot)
{
	struct router_words words = {
		.instance = datapath_instance(datapath, slot),
		.lease = &datapath_leases(datapath)[slot],
	};

	for (unsigned int i = 0; i < VRRP_MAX_PATHS; i++)
		words.paths[i] = datapath_path(datapath, slot, i);
	return words;
}

/* The record cannot be read; this was logged. A MASTER that goes on has a NIC that is as it should
 * be, so it may make a new record. Nobody else may: the record is the only copy of what the NIC
 * carried before. Returns 0 if takeover_open() is to be tried again. */
static int set_record_aside(const struct config_router *config, const char *run_dir, bool adopt)
{
	if (!adopt) {
		log_err("%s: that record says what %s carried before a run that did not end. What "
			"is on the NIC now stays, and the fence stays shut for it. Restore %s by "
			"hand (ip address, ip route, ip link), remove the file, and start again",
			config->name, config->public, config->public);
		return -EBADMSG;
	}
	log_err("%s: the master goes on with a new record; the old one is called " RECORD_ASIDE
		"%s now. What %s carried before is not known any more, but for what the "
		"configuration says of it",
		config->name, config->name, config->public);
	return record_set_aside(run_dir, config->name);
}

/* Reads the record of the takeover, and repairs the NIC for the role in which the router starts. */
static int open_takeover(struct runner *runner, bool adopt)
{
	const struct config_router *config = runner->config;
	struct interfaces *interfaces = runner->deps->ports->interfaces;
	const char *run_dir = runner->deps->run_dir;
	int err = takeover_open(config, interfaces, run_dir, &runner->takeover), retry = -1;

	if (err == -EBADMSG)
		retry = set_record_aside(config, run_dir, adopt);
	else if (err == -EXDEV)
		retry = strays_put_back(config, interfaces, run_dir);
	if (!retry)
		err = takeover_open(config, interfaces, run_dir, &runner->takeover);
	if (err)
		return err;
	takeover_enter(runner->takeover, adopt ? PLAN_MASTER : PLAN_BACKUP, NULL, NULL);
	/* The earlier run has announced this MAC. */
	if (adopt)
		takeover_mac(runner->takeover, runner->told_mac);
	/* Another look tells whether the NIC still carries the addresses. */
	runner->nic_dirty = adopt;
	return 0;
}

static int open_tracking(struct runner *runner)
{
	const struct router_deps *deps = runner->deps;
	int err = track_open(runner->config, deps->ports, deps->loop,
			     runner->slot % APART * APART_NS, loop_now(), &runner->track);

	return err ? err
		   : witness_open(deps->config, runner->config, deps->ports, deps->batch,
				  &runner->witness);
}

/* The NIC is prepared only if that starts before the agent begins to wait awake for the deadline.
 * Without such a wait there is no preparation. */
static void init_router(struct runner *runner, const struct router_words *words, bool adopt)
{
	const struct config *config = runner->deps->config;
	int64_t prepare_ns = PREPARE_NS + (int64_t)config->router_count * PREPARE_EACH_NS;

	router_init(&runner->router, runner->config, words, adopt,
		    config->early_ns ? prepare_ns : 0,
		    config->early_ns + REHEARSAL_NS + PREPARE_REST_NS);
}

static int open_parts(struct runner *runner, bool adopt)
{
	const struct config_router *config = runner->config;
	const struct router_deps *deps = runner->deps;
	bool fenced;
	int err = adverts_open(&runner->adverts);

	if (!err)
		err = notify_open(config, deps->loop, &runner->notify);
	if (!err)
		err = open_tracking(runner);
	/* This comes before the NIC is repaired, so that what a dead agent left there is never
	 * open. */
	if (!err && adopt)
		err = guards_adopt(&runner->guards);
	if (!err) {
		err = guards_update(&runner->guards, &fenced);
		if (config->fence != CONFIG_FENCE_YES)
			err = 0;
	}
	if (!err)
		err = open_takeover(runner, adopt);
	if (!err)
		err = auth_enter(deps->auth, config, runner->slot);
	return err;
}

int runner_open(const struct config_router *config, const struct router_deps *deps,
		unsigned int slot, bool adopt, struct runner **ret_runner)
{
	struct runner *runner = calloc(1, sizeof(*runner));
	const struct router_words words = runner_words(deps->datapath, slot);
	int err;

	if (!runner)
		return -ENOMEM;
	runner->config = config;
	runner->deps = deps;
	runner->slot = slot;
	runner->public = ports_find(deps->ports, config->public);
	paths_open(&runner->paths, config, deps, slot);
	guards_open(&runner->guards, config, deps, slot, runner->public);
	runner->adverts = (struct adverts){
		.config = config,
		.deps = deps,
		.paths = &runner->paths,
		.public = runner->public,
		.instance = words.instance,
		.sent = on_sent,
		.context = runner,
	};
	asking_open(&runner->asking, config, deps->rtnl, runner->public);
	init_router(runner, &words, adopt);
	err = open_parts(runner, adopt);
	if (err) {
		runner_close(runner, ENDING_STOP);
		return err;
	}
	runner->adverts.signing = auth_signs(deps->auth, config);
	clones_open(&runner->clones, words.instance);
	publish_rules(words.instance, config, router_interval_cs(&runner->router));
	publish_identity(words.instance, config);
	*ret_runner = runner;
	return 0;
}

bool runner_busy(const struct runner *runner)
{
	return notify_busy(runner->notify);
}

void runner_run_dir_lost(struct runner *runner)
{
	takeover_write_record(runner->takeover);
}

int runner_check_record(struct runner *runner)
{
	return takeover_check_record(runner->takeover);
}

void runner_close(struct runner *runner, enum ending ending)
{
	struct vrrp_instance *instance;
	bool undone;

	if (!runner)
		return;
	instance = runner->router.words.instance;
	if (ending == ENDING_STOP)
		paths_close(&runner->paths);
	undone = takeover_close(runner->takeover, ending);
	if (runner->notify)
		notify_close(runner->notify);
	track_close(runner->track);
	witness_close(runner->witness);
	asking_close(&runner->asking);
	if (ending == ENDING_STOP) {
		/* Without this, the guards stay, and shut: agent_close_rooms() removes those that
		 * guard nothing. */
		if (undone)
			guards_close(&runner->guards);
		lease_clear(&runner->router.lease);
		memset(&instance->report, 0, sizeof(instance->report));
		publish_role(instance, VRRP_ROLE_IDLE, MONOTIME_NEVER);
		auth_leave(runner->deps->auth, runner->slot);
	}
	adverts_close(&runner->adverts);
	free(runner);
}

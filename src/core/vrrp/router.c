/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual router: its table of deadlines, and the functions of router.h. The files below this
 * one are router_orders.c, router_health.c, router_hooks.c, router_handover.c, router_public.c,
 * router_lease.c, router_step.c and router_hold.c, in this order. No file calls a file above it.
 */
#include "core/vrrp/router.h"

#include <string.h>

#include "core/vrrp/broken.h"
#include "core/vrrp/publish.h"
#include "core/vrrp/router_internal.h"
#include "vrrp_timers.h"

#define STOOD_IN_MOST 10 /* adverts of a MASTER that does not serve yet */

/* ---- timers ---- */

static struct monotime tried_at(const struct bare *bare)
{
	return bare->given_up ? bare->try_at : MONOTIME_NEVER;
}

/* There is no trial before the router is in FAULT because of its bare NIC, because its adverts
 * could not be sent, or because its hook has failed. */
static struct monotime bare_at(const struct router *router)
{
	struct monotime at = monotime_min(tried_at(&router->bare), tried_at(&router->mute));

	return router->fsm.state == VRRP_STATE_FAULT
		       ? monotime_min(at, tried_at(&router->waited.failed))
		       : MONOTIME_NEVER;
}

static void end_preempt_delay(struct router *router, struct monotime now)
{
	const struct fsm_event event = {.kind = FSM_EV_TIMER,
					.deadline = router_master_down(router)};

	/* A promotion that is due needs a claim. The row before this one (master-down) tries that
	 * again at once. */
	if (monotime_before(now, event.deadline))
		router_step(router, &event, false, now);
}

static struct monotime advert_at(const struct router *router)
{
	return monotime_before(router->fsm.advert_at, router->yields_until) ? router->yields_until
									    : router->fsm.advert_at;
}

static void advertise(struct router *router, struct monotime now)
{
	/* The judge has made this router BACKUP; the record of that will wake the agent. */
	if (router_yields(router))
		router->yields_until = monotime_add(now, ROUTER_YIELD_NS);
	else
		router_step_kind(router, FSM_EV_TIMER, now);
}

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

AT(in_vain_row, router_in_vain_at(router))
SERVE(in_vain_serve, ((void)now, router->want = ROUTER_WANTS_STANDBY))
AT(bare_row, bare_at(router))
SERVE(bare_serve, router_try_again(router, now))
AT(health_row, router->look_at)
SERVE(health_serve, router_look_at_health(router, now))
AT(handover_row, router_handover_at(router))
SERVE(handover_serve, router_look_at_handover(router, now))
AT(master_down_row, router->claims ? monotime_from_ns(0) : router_master_down(router))
SERVE(master_down_serve, router_claim(router, now))
AT(preempt_row, router->fsm.state == VRRP_STATE_BACKUP ? router->fsm.preempt_at : MONOTIME_NEVER)
SERVE(preempt_serve, end_preempt_delay(router, now))
AT(advert_row, advert_at(router))
SERVE(advert_serve, advertise(router, now))
AT(announce_row, router_announce_at(router))
SERVE(announce_serve, router_announce_next(router, now))
AT(news_row, router->relook_at)
SERVE(news_serve, router_resync(router, now))
AT(listen_row, router->listens_anew ? monotime_from_ns(0) : MONOTIME_NEVER)
SERVE(listen_serve, ((void)router, (void)now))
AT(prepare_row, router_prepare_at(router))
SERVE(prepare_serve, router_prepare_now(router, now))

/* The rows are served in this order: what one row learns counts for the rows below it. They hold in
 * all phases, because a router that has stopped has no deadline in any of them. */
static const struct deadline rows[] = {
	/* router_tick() */
	{"what was prepared in vain", IN_ALL, in_vain_row, in_vain_serve},
	{"another trial of what has failed", IN_ALL, bare_row, bare_serve},
	{"the router's health", IN_ALL, health_row, health_serve},
	/* This comes before master-down: a router that was replaced while it handed over leaves,
	 * whatever time has passed since. */
	{"a handover", IN_ALL, handover_row, handover_serve},
	{"master-down", IN_ALL, master_down_row, master_down_serve},
	{"the preempt delay", IN_ALL, preempt_row, preempt_serve},
	{"the advert timer", IN_ALL, advert_row, advert_serve},
	{"announcements", IN_ALL, announce_row, announce_serve},
	{"news that was suppressed", IN_ALL, news_row, news_serve},
	/* router_prepare() */
	{"preparation", IN_ALL, prepare_row, prepare_serve},
	/* router_wake(), in a wake-up of its own */
	{"the beginning of listening", IN_ALL, listen_row, listen_serve},
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == ROUTER_ROWS, "router.h names their number");

enum { PREPARE = ROUTER_ROWS - 2 };

void router_offer(const struct router *router, struct soonest *soonest)
{
	for (int i = 0; i < ROUTER_ROWS; i++)
		soonest_offer(soonest, &rows[i], router, PHASE_RUNNING);
}

struct monotime router_expiry(const struct router *router)
{
	struct soonest soonest = soonest_begin((struct monotime){0});

	router_offer(router, &soonest);
	return soonest.at;
}

/* ---- the functions of router.h ---- */

bool router_adoptable(const struct config_router *config, const struct router_words *words,
		      struct monotime now)
{
	const struct vrrp_instance *instance = words->instance;

	return !strcmp(instance->report.name, config->name) &&
	       instance->report.state == VRRP_STATE_MASTER &&
	       lease_adoptable(instance->role,
			       __atomic_load_n(&words->lease->until_ns, __ATOMIC_SEQ_CST), now) &&
	       instance->rules.vrid == config->vrid && instance->rules.family == config->family &&
	       instance->rules.version == config->version &&
	       !strcmp(instance->report.public_ifname, config->public);
}

bool router_recalls(const struct config_router *config, const struct vrrp_instance *instance,
		    struct monotime now, struct vrrp_judged *ret_judged)
{
	const struct vrrp_judged *judged = &instance->judged;

	if (strcmp(instance->report.name, config->name) != 0 ||
	    instance->report.state != VRRP_STATE_BACKUP || !judged->learned_cs ||
	    instance->rules.vrid != config->vrid || instance->rules.family != config->family ||
	    instance->rules.version != config->version ||
	    !vrrp_before((uint64_t)now.ns,
			 judged->stamp_ns + vrrp_master_down_ns(config->version, config->priority,
								judged->learned_cs)))
		return false;
	*ret_judged = (struct vrrp_judged){
		.stamp_ns = judged->stamp_ns,
		.source = judged->source,
		.priority = judged->priority,
		.path = judged->path,
		.interval_cs = judged->learned_cs,
		.learned_cs = judged->learned_cs,
		.drift = judged->drift,
	};
	return true;
}

void router_init(struct router *router, const struct config_router *config,
		 const struct router_words *words, bool adopt, uint32_t prepare_ns,
		 uint32_t least_ns)
{
	uint16_t interval_cs = adopt ? words->instance->rules.interval_cs : config->interval_cs;
	const struct fsm_config fsm = {
		.version = config->version,
		.priority = config->priority,
		.preempt = config->preempt,
		.interval_cs = interval_cs,
		.preempt_delay_ns = config->preempt_delay_ms * NS_PER_MS,
	};

	*router = (struct router){
		.config = config,
		.words = *words,
		.prepare_ns = prepare_ns,
		.least_ns = least_ns,
		.lease = {.shared = words->lease,
			  .interval_ns = (int64_t)(interval_cs * VRRP_NS_PER_CS),
			  .drift_ppm = drift_ppm(words->instance->judged.drift)},
		.life = adopt ? ROUTER_ADOPTING : ROUTER_OPENED,
		.relook_at = MONOTIME_NEVER,
		.look_at = MONOTIME_NEVER,
		.weights = {.allows = true},
	};
	fsm_init(&router->fsm, &fsm);
	announce_stop(&router->announce);
	if (adopt) {
		lease_adopt(&router->lease);
		router->seen_lost = words->instance->judged.lost;
		router->public.nic = ROUTER_NIC_MASTER;
	} else {
		publish_state(words->instance, &router->fsm);
	}
}

static void enter(struct router *router, struct router_effects *fx)
{
	fx->count = 0;
	router->fx = fx;
}

void router_before_drain(struct router *router)
{
	router->role_before = router_role(router);
}

bool router_drain_again(const struct router *router)
{
	return router->role_before != VRRP_ROLE_BACKUP && router_yields(router);
}

void router_advert(struct router *router, const struct vrrp_event *event, struct monotime now,
		   struct router_effects *fx)
{
	enter(router, fx);
	if (!router_is_past(router, event))
		router_feed(router, event, true, now);
}

void router_wake(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	router_resync(router, now);
	router_end_hold(router, now);
}

bool router_tick(struct router *router, struct monotime now, struct router_effects *fx)
{
	bool moved = router->claims;

	enter(router, fx);
	if (router->claims && router->group.grouped && !router->group.granted &&
	    !VRRP_BROKEN(claims_alone))
		router_take_back(router, now);
	else if (router->claims)
		router_promote(router, now);
	for (int i = 0; i < PREPARE && !router->claims; i++)
		moved |= deadline_serve(&rows[i], router, PHASE_RUNNING, now);
	return moved;
}

void router_sent(struct router *router, struct monotime now, struct router_effects *fx)
{
	struct lease *lease = &router->lease;
	struct monotime from = VRRP_BROKEN(stamp_after_send) ? now : router->sent_from;

	enter(router, fx);
	router->unsent = 0;
	/* The backups know of a priority that has risen. */
	if (router->fsm.state == VRRP_STATE_MASTER &&
	    router->sent_priority == router->fsm.config.priority &&
	    router->sent_priority > router->words.instance->rules.priority)
		publish_priority(router->words.instance, router->sent_priority);
	if (router->mute.doubt) {
		router->mute.doubt = false;
		router_heed_doubts(router);
	}
	/* An advert extends the lease only if it was really sent, and the lease counts from the
	 * time before it was sent. An advert that left after the end of the lease held no backup
	 * down, so it extends nothing. */
	if (router->fsm.state != VRRP_STATE_MASTER ||
	    (!lease_lives(lease, now) && !VRRP_BROKEN(late_renewal)))
		return;
	if (lease->state == LEASE_RESUMED && !VRRP_BROKEN(resumes_at_once)) {
		if (lease_may_listen(lease, router_heard_ns(router)) && lease_listen(lease, now))
			lease_hold(lease, from);
	} else if (lease_may_open(lease, router_heard_ns(router), from)) {
		if (router_hooks_hold(router)) {
			lease_wait(lease, from);
			return;
		}
		/* Meanwhile the switches may have learned another owner. */
		if (lease->state == LEASE_LISTENS) {
			router->wants_announce = true;
			if (router->want == ROUTER_WANTS_REST)
				router->want = ROUTER_WANTS_MASTER;
		}
		lease_renew(lease, from);
	} else {
		lease_hold(lease, from);
	}
}

/* What was prepared may have been announced, and only the rest is still to be done. */
static bool serves(const struct router *router)
{
	return router->public.nic == ROUTER_NIC_MASTER ||
	       (router_is_prepared(router) && router->want == ROUTER_WANTS_REST);
}

/* A new MASTER that does not serve yet has made another one yield, or keeps one from taking over.
 * Nobody serves until the kernel comes back, so that must come to an end. It comes to none where
 * before-master runs: the loop would let that run to its end, too. */
static bool is_worth_waiting(const struct router *router)
{
	return serves(router) || router->lease.state == LEASE_WAITS ||
	       router->stood_in < STOOD_IN_MOST;
}

/* In a group, only while its gate is open. If one of its routers was replaced, the whole group will
 * leave. */
static bool may_stand_in(const struct router *router, struct monotime now)
{
	const struct lease *lease = &router->lease;

	if (router->fsm.state != VRRP_STATE_MASTER || router_yields(router) ||
	    !lease_lives(lease, now) || !is_worth_waiting(router))
		return false;
	return lease->state == LEASE_OPEN ? router_may_own(router, now)
					  : lease->state == LEASE_WAITS && !router->words.gate;
}

bool router_stand_in(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	if (!may_stand_in(router, now) || monotime_before(now, advert_at(router)))
		return false;
	if (!serves(router) && router->stood_in < STOOD_IN_MOST)
		router->stood_in++;
	router_step_kind(router, FSM_EV_TIMER, now);
	return true;
}

struct monotime router_stand_in_at(const struct router *router, struct monotime now)
{
	return may_stand_in(router, now) ? advert_at(router) : MONOTIME_NEVER;
}

void router_hasten(struct router *router, struct monotime now, struct monotime until)
{
	struct fsm *fsm = &router->fsm;

	if (fsm->state == VRRP_STATE_MASTER && !monotime_before(until, fsm->advert_at))
		fsm->advert_at = monotime_min(fsm->advert_at, now);
}

void router_unsent(struct router *router)
{
	if (router->fsm.state == VRRP_STATE_MASTER)
		router->unsent++;
}

void router_announce_prepared(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	if (router->want != ROUTER_WANTS_MASTER || !router_is_prepared(router) ||
	    !router->public.complete || !router_may_own(router, now))
		return;
	/* Announce without another look at the NIC. If somebody has undone the preparation
	 * meanwhile, the NIC is repaired and the addresses are announced again. */
	router->want = ROUTER_WANTS_REST;
	router_announce_burst(router, now);
}

void router_settle(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	router_settle_nic(router, now);
}

void router_announce(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	router_announce_burst(router, now);
}

bool router_prepare(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	return deadline_serve(&rows[PREPARE], router, PHASE_RUNNING, now);
}

void router_public(struct router *router, const struct router_public *public, struct monotime now,
		   struct router_effects *fx)
{
	bool prepared = !router_is_prepared(router) && public->nic == ROUTER_NIC_PREPARED;

	enter(router, fx);
	router->public = *public;
	if (public->nic != ROUTER_NIC_PREPARED)
		router->stood_in = 0;
	if (public->flapped)
		router->flapped_at = now;
	if (prepared)
		router_say(router, ROUTER_SAYS_PREPARED, 0);
	if (public->trial != BARE_NOT_TRIED) {
		router_end_trial(router, public->trial, now);
	} else if (router_is_bare(router) && router->life == ROUTER_RUNS &&
		   !router->bare.given_up) {
		bare_wait(&router->bare, now);
		router->look_at = now;
	} else if (public->nic == ROUTER_NIC_MASTER && !public->bare && router->bare.doubt) {
		router->bare.doubt = false;
		router_heed_doubts(router);
	}
	if (public->news)
		router_announce_burst(router, now);
}

/* The first path has another source address now. A MASTER that owns says so at once: a goodbye from
 * an address that was never heard would not count. */
static void note_source(struct router *router, struct monotime now)
{
	struct vrrp_instance *instance = router->words.instance;
	const struct vrrp_addr *source = &router->words.paths[0]->own_source;

	if (router->fsm.state != VRRP_STATE_MASTER ||
	    vrrp_addr_equal(source, &instance->report.master))
		return;
	publish_master(instance, source, router->fsm.config.priority);
	if (router_may_own(router, now))
		router_send(router, router->fsm.config.priority, now);
}

void router_ports(struct router *router, const struct router_ports *ports, struct monotime now,
		  struct router_effects *fx)
{
	enter(router, fx);
	router->ports = *ports;
	/* No advert can leave now. What could not be sent says nothing of the interface that comes
	 * up again. */
	if (!ports->heard) {
		router->unsent = 0;
		router->mute = (struct bare){0};
		router_heed_doubts(router);
	}
	router_weigh_priority(router, now);
	router_look(router, now);
	note_source(router, now);
}

void router_weigh(struct router *router, const struct router_weights *weights, struct monotime now,
		  struct router_effects *fx)
{
	bool silent = weights->gives_up && !router->weights.gives_up;
	bool failed = weights->failed != router->weights.failed;

	enter(router, fx);
	router->weights = *weights;
	if (silent)
		router_say(router, ROUTER_SAYS_GATEWAY, 0);
	router_weigh_priority(router, now);
	/* The ports may have changed at the same moment, and one look covers both. */
	if (failed && router->life == ROUTER_RUNS)
		router->look_at = now;
	/* The reason for the hold may be over. */
	if (router->words.instance->report.hold != VRRP_HOLD_NONE)
		router->retry_at = monotime_min(router->retry_at, now);
	router_end_hold(router, now);
}

void router_group(struct router *router, const struct router_group *group, struct monotime now,
		  struct router_effects *fx)
{
	bool failed = router->group.failed;

	enter(router, fx);
	router->group = *group;
	if (router->life != ROUTER_RUNS)
		return;
	router_weigh_priority(router, now);
	router_hold_with_group(router, now);
	router_follow(router, failed, now);
}

void router_order(struct router *router, enum router_order order, struct monotime now,
		  struct router_effects *fx)
{
	enter(router, fx);
	if (!router_hooks_defer(router, order, now))
		router_obey(router, order, now);
}

void router_hook_ended(struct router *router, enum config_before before, bool well,
		       struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	if (before == CONFIG_BEFORE_MASTER)
		router_hooks_own(router, well, now);
	else if (router_awaits_order(router) && router->fsm.state != VRRP_STATE_MASTER)
		router_look_at_health(router, now);
	else if (router_hooks_release(router, well))
		router_obey(router, router->waited.stops ? ROUTER_STOP : ROUTER_RESIGN, now);
}

bool router_asks(const struct router *router)
{
	return router->asks_until.ns != 0;
}

uint16_t router_interval_cs(const struct router *router)
{
	return router->fsm.config.interval_cs;
}

static bool rivals_count_now(const struct router *router)
{
	return router->fsm.state == VRRP_STATE_MASTER && !router_yields(router);
}

/* Long after a promotion, a burst that is running is announcement enough. */
bool router_asks_rivals(const struct router *router, struct monotime now)
{
	if (!rivals_count_now(router))
		return false;
	if (router_gives(router))
		return true;
	return !monotime_before(now, router->rivals.look_at) &&
	       (!router->announce.left || rivals_are_likely(router_since(router), now));
}

/* Only the fence counts such frames. */
struct monotime router_rivals_at(const struct router *router)
{
	struct monotime at = router->rivals.look_at;

	return rivals_count_now(router) && router->ports.fenced &&
			       rivals_are_likely(router_since(router), at)
		       ? at
		       : MONOTIME_NEVER;
}

void router_rivals(struct router *router, int64_t frames, struct monotime now,
		   struct router_effects *fx)
{
	int64_t more;
	bool tell_it;

	enter(router, fx);
	more = rivals_count(&router->rivals, frames, router_since(router), now, &tell_it);
	if (more && router_gives(router)) {
		router_handover_rival(router, now);
		return;
	}
	if (more && tell_it)
		router_say(router, ROUTER_SAYS_RIVALS, more);
	router->wants_announce |= more != 0;
}

void router_rehearse(const struct router *router, struct monotime at, struct router_effects *fx)
{
	struct router copy = *router;
	struct vrrp_instance instance = *router->words.instance;
	struct vrrp_lease lease = *router->words.lease;
	struct vrrp_path paths[VRRP_MAX_PATHS];

	copy.words.instance = &instance;
	copy.words.lease = copy.lease.shared = &lease;
	copy.words.gate = NULL;
	copy.group.ready = copy.group.granted = true;
	for (unsigned int i = 0; i < router->config->heartbeat_count; i++) {
		paths[i] = *router->words.paths[i];
		copy.words.paths[i] = &paths[i];
	}
	router_tick(&copy, at, fx);
	if (copy.claims)
		router_tick(&copy, at, fx);
}

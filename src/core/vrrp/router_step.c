/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One event of the state machine, and its consequences for the shared words and the effects.
 * Depends on include/ and core/. The other files of the router depend on this one.
 */
#include <assert.h>

#include "core/vrrp/broken.h"
#include "core/vrrp/publish.h"
#include "core/vrrp/router_internal.h"
#include "core/vrrp/watch.h"
#include "judge.h"
#include "vrrp_timers.h"

#define ANSWER_GAP_NS (100 * NS_PER_MS)

/* ---- effects ---- */

struct router_effect *router_emit(struct router *router, enum router_effect_kind kind)
{
	struct router_effects *fx = router->fx;
	struct router_effect *effect = &fx->list[fx->count];

	assert(fx->count < ROUTER_EFFECTS);
	fx->count++;
	*effect = (struct router_effect){.kind = kind};
	return effect;
}

void router_say(struct router *router, enum router_saying saying, int64_t number)
{
	struct router_effect *effect = router_emit(router, ROUTER_SAY);

	effect->saying = saying;
	effect->number = number;
}

/* The lease counts from this time, which was read before the adverts are sent. */
void router_send(struct router *router, uint8_t priority, struct monotime now)
{
	router->sent_from = now;
	router->sent_priority = priority;
	router_emit(router, ROUTER_SEND)->priority = priority;
}

/* ---- the shared words ---- */

uint64_t router_deadline_ns(const struct router *router)
{
	uint64_t at = __atomic_load_n(&router->words.instance->deadline_ns, __ATOMIC_SEQ_CST);

	return VRRP_BROKEN(early) ? at - (uint64_t)router->lease.interval_ns / 100 : at;
}

enum vrrp_role router_role(const struct router *router)
{
	return __atomic_load_n(&router->words.instance->role, __ATOMIC_SEQ_CST);
}

/* When the last valid advert of another router arrived, according to the judge; 0: never. */
uint64_t router_heard_ns(const struct router *router)
{
	return __atomic_load_n(&router->words.instance->judged.stamp_ns, __ATOMIC_SEQ_CST);
}

bool router_yields(const struct router *router)
{
	return router->fsm.state == VRRP_STATE_MASTER && router_role(router) != VRRP_ROLE_MASTER;
}

bool router_has_lapsed(const struct router *router, struct monotime now)
{
	return router->fsm.state == VRRP_STATE_MASTER && !lease_lives(&router->lease, now) &&
	       !VRRP_BROKEN(trusts_old_lease);
}

bool router_may_use_mac(const struct router *router, struct monotime now)
{
	return router->fsm.state == VRRP_STATE_MASTER && !router_yields(router) &&
	       (router->lease.state == LEASE_OPEN ||
		(router->lease.state == LEASE_CLAIMED && router->waited.ready)) &&
	       lease_lives(&router->lease, now);
}

bool router_holds(const struct router *router, struct monotime now)
{
	return router->lease.state == LEASE_OPEN && router_may_use_mac(router, now);
}

bool router_may_own(const struct router *router, struct monotime now)
{
	const struct vrrp_lease *gate = router->words.gate;

	return router_holds(router, now) &&
	       (!gate ||
		vrrp_before((uint64_t)now.ns, __atomic_load_n(&gate->until_ns, __ATOMIC_SEQ_CST)));
}

struct monotime router_master_down(const struct router *router)
{
	struct monotime own = router_own_master_down(router);

	return router->group.grouped && !VRRP_BROKEN(claims_alone)
		       ? monotime_max(own, router->group.claims_at)
		       : own;
}

struct monotime router_own_master_down(const struct router *router)
{
	struct monotime at;

	if (router->fsm.state != VRRP_STATE_BACKUP)
		return MONOTIME_NEVER;
	at = monotime_from_ns(router_deadline_ns(router));
	/* A master that has said goodbye has ended its lease. */
	if (!router->fsm.master_left)
		at = monotime_add(at,
				  lease_wait_ns(&router->lease,
						(int64_t)(router->fsm.master_cs * VRRP_NS_PER_CS)));
	return monotime_before(at, router->retry_at) ? router->retry_at : at;
}

/* ---- the state machine ---- */

/* What the router is to the judge. */
static enum vrrp_role role_of(enum vrrp_state state)
{
	switch (state) {
	case VRRP_STATE_BACKUP:
		return VRRP_ROLE_BACKUP;
	case VRRP_STATE_MASTER:
		return VRRP_ROLE_MASTER;
	case VRRP_STATE_INIT:
	case VRRP_STATE_FAULT:
		break;
	}
	return VRRP_ROLE_IDLE;
}

/* Lease and role cannot wait: they are written before any frame of the new state is sent. */
static void declare(struct router *router, const struct fsm_step *step, struct monotime now)
{
	struct vrrp_instance *instance = router->words.instance;
	bool claimed = step->from == VRRP_STATE_BACKUP && step->to == VRRP_STATE_MASTER;
	enum vrrp_role role = role_of(step->to);

	if (step->to == VRRP_STATE_MASTER) {
		instance->judged.learned_cs = 0; /* by a master that is gone */
		publish_master(instance, &router->words.paths[0]->own_source,
			       router->fsm.config.priority);
		/* Lease and role go on as the earlier run left them; the judge may have ended both
		 * since then. */
		if (step->cause == VRRP_CAUSE_ADOPTED)
			return;
		instance->judged.since = 0; /* of a change of masters */
		if (!claimed)
			lease_grant(&router->lease, now, false);
		if (VRRP_BROKEN(open_before_send))
			lease_renew(&router->lease, now);
	} else {
		/* One of a group is all of them, in this one write. */
		if (router->words.gate)
			__atomic_store_n(&router->words.gate->until_ns, 0, __ATOMIC_SEQ_CST);
		lease_clear(&router->lease);
		if (router->widens_at.ns)
			router_set_interval(router, router->config->interval_cs);
		publish_priority(instance, router->fsm.config.priority);
		/* If nobody listens, no master is known; and after a lapse, not yet. */
		if (role == VRRP_ROLE_IDLE || step->cause == VRRP_CAUSE_LAPSED)
			publish_master(instance, &instance->report.master, 0);
	}
	publish_preempt(instance, router->fsm.may_preempt);
	/* This is written before the role, so that the judge reports again what it reported
	 * before. */
	instance->report.since_ns = (uint64_t)now.ns;
	/* Because of a superior advert the judge may have made this router BACKUP already, even
	 * after the claim, and later adverts may have moved that deadline. The judge's deadline
	 * counts then. */
	if (router_role(router) != role && (!claimed || VRRP_BROKEN(role_stored_again))) {
		publish_role(instance, role, step->deadline);
		router->listens_anew = role == VRRP_ROLE_BACKUP;
	}
}

/* A new mastership begins with before-master, and its end ends that hook. An order that waits for
 * before-backup is carried out by the next look. */
static void turn_hooks(struct router *router, const struct fsm_step *step, struct monotime now)
{
	bool master = step->to == VRRP_STATE_MASTER;

	if (waited_enter(&router->waited, master,
			 master && step->cause != VRRP_CAUSE_ADOPTED &&
				 router_has_before_master(router)))
		router_emit(router, ROUTER_END_HOOK)->before = CONFIG_BEFORE_MASTER;
	if (router->waited.runs == WAITED_BACKUP)
		router->look_at = now;
}

static enum vrrp_cause cause_of(const struct router *router, const struct fsm_step *step)
{
	return step->cause == VRRP_CAUSE_FAILED && router->fault == ROUTER_RESIGNED
		       ? VRRP_CAUSE_RESIGNED
		       : step->cause;
}

/* The peer's fields come from the judge's snapshot, because that is what the router acts upon. */
static void tell(struct router *router, const struct fsm_step *step, struct monotime deadline,
		 struct monotime now)
{
	struct vrrp_judged judged = router->words.instance->judged;

	router_emit(router, ROUTER_TRANSITION)->transition = (struct vrrp_history){
		.at_ns = (uint64_t)now.ns,
		.wire_ns = judged.stamp_ns,
		.deadline_ns = step->to == VRRP_STATE_MASTER ? (uint64_t)deadline.ns : 0,
		.from = (uint8_t)step->from,
		.to = (uint8_t)step->to,
		.cause = (uint8_t)cause_of(router, step),
		.peer_priority = judged.priority,
		.peer_family = judged.stamp_ns ? router->config->family : 0,
		.peer = judged.source,
	};
}

/* An inferior advert is answered at once, but a flood of them is not answered with a flood. */
static struct monotime answers_from(const struct router *router)
{
	int64_t quarter = router->lease.interval_ns / 4;

	return monotime_add(router->answered_at, quarter < ANSWER_GAP_NS ? quarter : ANSWER_GAP_NS);
}

static bool may_answer(struct router *router, struct monotime now)
{
	if (router_has_lapsed(router, now) || monotime_before(now, answers_from(router)))
		return false;
	router->answered_at = now;
	return true;
}

void router_tell_rise(struct router *router, uint8_t before, struct monotime now)
{
	struct monotime at = monotime_max(now, answers_from(router));

	if (router->fsm.state != VRRP_STATE_MASTER || router->fsm.config.priority <= before ||
	    !monotime_before(at, router->fsm.advert_at) || VRRP_BROKEN(rises_untold))
		return;
	router->fsm.advert_at = router->answered_at = at;
}

static void act(struct router *router, enum fsm_action action, const struct fsm_event *event,
		bool recorded, struct monotime now)
{
	switch (action) {
	case FSM_ACT_ADVERT:
		if (event->kind != FSM_EV_ADVERT || may_answer(router, now))
			router_send(router, router->fsm.config.priority, now);
		break;
	case FSM_ACT_CONCEDE:
		if (recorded) { /* the snapshot has no MAC to send to */
			router->sent_from = now;
			router->sent_priority = router->fsm.config.priority;
			router_emit(router, ROUTER_CONCEDE)->priority = router->fsm.config.priority;
		}
		break;
	case FSM_ACT_STOP:
		router_send(router, VRRP_PRIO_STOP, now);
		break;
	case FSM_ACT_ACQUIRE:
		router->want = ROUTER_WANTS_MASTER;
		break;
	case FSM_ACT_RELEASE:
		announce_stop(&router->announce);
		router->want = ROUTER_WANTS_STANDBY;
		break;
	case FSM_ACT_ANNOUNCE:
		/* A burst that is already running announces the addresses. */
		router->wants_announce |= !router->announce.left;
		break;
	}
}

/* When our priority falls, or our permission to preempt ends, a master whose adverts were ignored
 * until now may have to be heeded. None of those adverts has moved the deadline; set it as if the
 * last one had moved it. */
void router_heed_ignored(struct router *router)
{
	const struct vrrp_instance *instance = router->words.instance;
	uint64_t newest = watch_newest_ns(router->words.paths, router->config->heartbeat_count);
	uint16_t own_cs = router->config->interval_cs, learned_cs = vrrp_judge_learned(instance);

	if (router->fsm.state == VRRP_STATE_BACKUP &&
	    vrrp_before(instance->judged.stamp_ns, newest))
		vrrp_judge_wait(router->words.instance,
				newest + fsm_master_down_ns(&router->fsm, learned_cs > own_cs
										  ? learned_cs
										  : own_cs));
}

/* A router that has just started does not know the interval of a master that it has not heard.
 * Until it knows, it asks on the public wire before it takes over. */
static void note_first(struct router *router, const struct fsm_event *event,
		       const struct fsm_step *done, struct monotime now)
{
	if (done->accepted || done->to != VRRP_STATE_BACKUP)
		router->asks_until = (struct monotime){0};
	else if ((event->kind == FSM_EV_START || event->kind == FSM_EV_RECOVER) &&
		 !event->interval_cs && router->config->start_hold_ms)
		router->asks_until = monotime_add(now, router->config->start_hold_ms * NS_PER_MS);
}

/* A router has done what a MASTER that is leaving waits for, or would have waited for. */
static void note_heir(struct router *router, const struct fsm_event *event, struct fsm_step *done)
{
	if (!router_is_leaving(router) || done->from != VRRP_STATE_MASTER || !done->accepted)
		return;
	if (router->handover.runs)
		done->cause = VRRP_CAUSE_HANDED_OVER;
	/* The lease ended with that advert, however late it is read. */
	router->handover.took_ns = monotime_diff(monotime_max(event->stamp, router->handover.began),
						 router->handover.began);
	router->handover.heir = event->source;
	router->handover.heir_priority = event->priority;
}

void router_set_interval(struct router *router, uint16_t interval_cs)
{
	router->fsm.config.interval_cs = interval_cs;
	router->lease.interval_ns = (int64_t)(interval_cs * VRRP_NS_PER_CS);
	router->widens_at = (struct monotime){0};
	publish_interval(router->words.instance, interval_cs);
}

/* Feeds one event to the state machine. recorded: the advert comes from a record of the ring, not
 * from the judge's snapshot. */
void router_step(struct router *router, const struct fsm_event *event, bool recorded,
		 struct monotime now)
{
	/* Who listens whether another one owns the address has nothing to say goodbye to. */
	bool preempted = router->fsm.may_preempt, listens = lease_is_shut(&router->lease);
	struct fsm_step done;
	struct monotime passed =
		event->kind == FSM_EV_TIMER ? event->deadline : (struct monotime){0};

	if (router->widens_at.ns && router->fsm.state == VRRP_STATE_MASTER &&
	    !monotime_before(now, router->widens_at))
		router_set_interval(router, router->config->interval_cs);
	done = fsm_step(&router->fsm, event, now);
	note_heir(router, event, &done);
	if (done.from != done.to) {
		router->claims = false;
		router->words.instance->report.hold = VRRP_HOLD_NONE;
		declare(router, &done, now);
		turn_hooks(router, &done, now);
		tell(router, &done, passed, now);
	}
	note_first(router, event, &done, now);
	if (done.accepted)
		publish_master(router->words.instance, &event->source, event->priority);
	for (unsigned int i = 0; i < done.action_count; i++) {
		if (done.actions[i] != FSM_ACT_STOP || !listens)
			act(router, done.actions[i], event, recorded, now);
	}
	publish_preempt(router->words.instance, router->fsm.may_preempt);
	if (preempted && !router->fsm.may_preempt)
		router_heed_ignored(router);
	publish_state(router->words.instance, &router->fsm);
}

/* The interval of the router that was heard last, as long as that one may still be there; else 0. A
 * router that this one would preempt, or has just discarded, teaches nothing. */
static uint16_t learned_cs(const struct router *router, struct monotime now)
{
	const struct vrrp_judged *judged = &router->words.instance->judged;
	const struct fsm_config *config = &router->fsm.config;
	uint64_t down_ns = fsm_master_down_ns(&router->fsm, judged->interval_cs);

	if (!judged->stamp_ns || !vrrp_before((uint64_t)now.ns, judged->stamp_ns + down_ns) ||
	    (config->preempt && !config->preempt_delay_ns && judged->priority < config->priority))
		return 0;
	return judged->interval_cs;
}

void router_step_kind(struct router *router, enum fsm_event_kind kind, struct monotime now)
{
	const struct fsm_event event = {
		.kind = kind,
		.deadline = router_master_down(router),
		.interval_cs = learned_cs(router, now),
		/* The owner of the addresses may not be MASTER before its group is. */
		.listens = router->config->group[0] ||
			   monotime_before(now, router_delayed_until(router, now)),
	};

	router_step(router, &event, false, now);
}

void router_feed(struct router *router, const struct vrrp_event *record, bool recorded,
		 struct monotime now)
{
	const struct vrrp_advert *advert = &record->advert;
	const struct fsm_event event = {
		.kind = FSM_EV_ADVERT,
		.source = advert->source,
		.own_source = router->words.paths[record->path]->own_source,
		.interval_cs = advert->interval_cs,
		.priority = advert->priority,
		.stamp = monotime_from_ns(advert->stamp_ns),
		/* The judge alone knows whether a tie on another path is decided. */
		.tie_is_open = record->path != 0 &&
			       advert->priority == router->fsm.config.priority &&
			       record->judgement != VRRP_JUDGED_YIELD,
	};

	router_step(router, &event, recorded, now);
}

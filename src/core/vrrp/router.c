/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual router: the protocol, the lease and the judge (core/vrrp/fsm.h, lease.h,
 * bpf/judge.h), and what they mean for the public NIC. Depends on include/, core/ and the shared
 * words.
 *
 * From the bottom to the top: effects, words, the machine, the ring, promotion, the public NIC,
 * health, timers, and the door. A part calls those above it in this file alone.
 */
#include "core/vrrp/router.h"

#include <assert.h>
#include <string.h>

#include "core/vrrp/broken.h"
#include "core/vrrp/publish.h"
#include "core/vrrp/track.h"
#include "core/vrrp/watch.h"
#include "vrrp_timers.h"

#define ANSWER_GAP_NS    (100 * NS_PER_MS)
#define YIELD_NS         NS_PER_MS      /* between two looks for a record that is on its way */
#define RETRY_NS         NS_PER_S       /* a promotion that nothing else looks at again */
#define CARRIER_GRACE_NS (3 * NS_PER_S) /* a driver may need the NIC down for a new MAC */

/* ---- effects ---- */

static struct router_effect *emit(struct router *router, enum router_effect_kind kind)
{
	struct router_effects *fx = router->fx;
	struct router_effect *effect = &fx->list[fx->count];

	assert(fx->count < ROUTER_EFFECTS);
	fx->count++;
	*effect = (struct router_effect){.kind = kind};
	return effect;
}

static void say(struct router *router, enum router_saying saying, int64_t number)
{
	struct router_effect *effect = emit(router, ROUTER_SAY);

	effect->saying = saying;
	effect->number = number;
}

/* The lease counts from here: the time was read before the adverts are sent. */
static void send(struct router *router, uint8_t priority, struct monotime now)
{
	router->sent_from = now;
	emit(router, ROUTER_SEND)->priority = priority;
}

/* ---- the shared words ---- */

static uint64_t read_deadline(const struct router *router)
{
	uint64_t at = __atomic_load_n(&router->words.instance->deadline_ns, __ATOMIC_SEQ_CST);

	return VRRP_BROKEN(early) ? at - (uint64_t)router->lease.interval_ns / 100 : at;
}

static enum vrrp_role read_role(const struct router *router)
{
	return __atomic_load_n(&router->words.instance->role, __ATOMIC_SEQ_CST);
}

/* The last valid advert of another one, as the judge has it; 0: none. */
static uint64_t heard_ns(const struct router *router)
{
	return __atomic_load_n(&router->words.instance->judged.stamp_ns, __ATOMIC_SEQ_CST);
}

bool router_yields(const struct router *router)
{
	return router->fsm.state == VRRP_STATE_MASTER && read_role(router) != VRRP_ROLE_MASTER;
}

static bool has_lapsed(const struct router *router, struct monotime now)
{
	return router->fsm.state == VRRP_STATE_MASTER && !lease_lives(&router->lease, now) &&
	       !VRRP_BROKEN(trusts_old_lease);
}

bool router_may_own(const struct router *router, struct monotime now)
{
	return router->fsm.state == VRRP_STATE_MASTER && router->lease.state == LEASE_OPEN &&
	       lease_lives(&router->lease, now);
}

struct monotime router_master_down(const struct router *router)
{
	struct monotime at;

	if (router->fsm.state != VRRP_STATE_BACKUP)
		return MONOTIME_NEVER;
	at = monotime_from_ns(read_deadline(router));
	return monotime_before(at, router->retry_at) ? router->retry_at : at;
}

/* ---- the state machine ---- */

/* What cannot wait: lease and role, before any frame of the new state is sent. */
static void declare(struct router *router, const struct fsm_step *step, struct monotime now)
{
	struct vrrp_instance *instance = router->words.instance;
	bool claimed = step->from == VRRP_STATE_BACKUP && step->to == VRRP_STATE_MASTER;
	enum vrrp_role role = publish_role_of(step->to);

	if (step->to == VRRP_STATE_MASTER) {
		publish_master(instance, &router->words.paths[0]->own_source,
			       router->fsm.config.priority);
		/* Lease and role run on as they were left; the judge may have ended both since. */
		if (step->cause == VRRP_CAUSE_ADOPTED)
			return;
		if (!claimed)
			lease_grant(&router->lease, now);
		if (VRRP_BROKEN(open_before_send))
			lease_renew(&router->lease, now);
	} else {
		lease_clear(&router->lease);
		if (role == VRRP_ROLE_IDLE) /* nobody listens: none is known */
			publish_master(instance, &instance->report.master, 0);
	}
	publish_preempt(instance, router->fsm.may_preempt);
	/* Before the role: the judge tells again what it told before. */
	instance->report.since_ns = (uint64_t)now.ns;
	/* A superior advert may have made it BACKUP in the kernel already, with a deadline that
	 * later adverts moved, also since it was claimed: that counts. */
	if (read_role(router) != role && (!claimed || VRRP_BROKEN(role_stored_again)))
		publish_role(instance, role, step->deadline);
}

/* The peer's part is the judge's snapshot: what it says is being acted upon. */
static void tell(struct router *router, const struct fsm_step *step, struct monotime deadline,
		 struct monotime now)
{
	struct vrrp_judged judged = router->words.instance->judged;

	emit(router, ROUTER_TRANSITION)->transition = (struct vrrp_history){
		.at_ns = (uint64_t)now.ns,
		.wire_ns = judged.stamp_ns,
		.deadline_ns = step->to == VRRP_STATE_MASTER ? (uint64_t)deadline.ns : 0,
		.from = (uint8_t)step->from,
		.to = (uint8_t)step->to,
		.cause = (uint8_t)step->cause,
		.peer_priority = judged.priority,
		.peer_family = judged.stamp_ns ? router->config->family : 0,
		.peer = judged.source,
	};
}

/* An inferior advert is answered at once, yet a flood of them is not answered with a flood. */
static bool may_answer(struct router *router, struct monotime now)
{
	int64_t quarter = router->lease.interval_ns / 4;

	if (has_lapsed(router, now) || monotime_diff(now, router->answered_at) <
					       (quarter < ANSWER_GAP_NS ? quarter : ANSWER_GAP_NS))
		return false;
	router->answered_at = now;
	return true;
}

static void act(struct router *router, enum fsm_action action, const struct fsm_event *event,
		bool recorded, struct monotime now)
{
	switch (action) {
	case FSM_ACT_ADVERT:
		if (event->kind != FSM_EV_ADVERT || may_answer(router, now))
			send(router, router->fsm.config.priority, now);
		break;
	case FSM_ACT_CONCEDE:
		if (recorded) { /* the snapshot has no MAC to send to */
			router->sent_from = now;
			emit(router, ROUTER_CONCEDE)->priority = router->fsm.config.priority;
		}
		break;
	case FSM_ACT_STOP:
		send(router, VRRP_PRIO_STOP, now);
		break;
	case FSM_ACT_ACQUIRE:
		router->want = ROUTER_WANTS_MASTER;
		break;
	case FSM_ACT_RELEASE:
		announce_stop(&router->announce);
		router->want = ROUTER_WANTS_STANDBY;
		router->wants_announce = false;
		break;
	case FSM_ACT_ANNOUNCE:
		/* A burst that runs already says it. */
		router->wants_announce |= !router->announce.left;
		break;
	}
}

/* One event. recorded: an advert by a record of the ring, not by the judge's snapshot. */
static void step(struct router *router, const struct fsm_event *event, bool recorded,
		 struct monotime now)
{
	struct fsm_step done = fsm_step(&router->fsm, event, now);
	struct monotime passed =
		event->kind == FSM_EV_TIMER ? event->deadline : (struct monotime){0};

	if (done.from != done.to) {
		router->claims = false;
		declare(router, &done, now);
		tell(router, &done, passed, now);
	}
	if (done.accepted)
		publish_master(router->words.instance, &event->source, event->priority);
	for (unsigned int i = 0; i < done.action_count; i++)
		act(router, done.actions[i], event, recorded, now);
	publish_preempt(router->words.instance, router->fsm.may_preempt);
	publish_state(router->words.instance, &router->fsm);
}

static void step_kind(struct router *router, enum fsm_event_kind kind, struct monotime now)
{
	const struct fsm_event event = {.kind = kind,
					.deadline = router_master_down(router),
					.interval_cs = router->words.instance->judged.interval_cs};

	step(router, &event, false, now);
}

static void feed(struct router *router, const struct vrrp_addr *source, uint8_t priority,
		 uint16_t interval_cs, unsigned int path, uint64_t stamp_ns, bool recorded,
		 struct monotime now)
{
	const struct fsm_event event = {
		.kind = FSM_EV_ADVERT,
		.source = *source,
		.own_source = router->words.paths[path]->own_source,
		.interval_cs = interval_cs,
		.priority = priority,
		.stamp = monotime_from_ns(stamp_ns),
	};

	step(router, &event, recorded, now);
}

/* ---- what the ring and the judge say ---- */

/* Of a MASTER: it was heard as BACKUP, and the deadline that passed since has counted it. Read by
 * an agent that was held up in between. */
static bool is_past(const struct router *router, const struct vrrp_event *event)
{
	return router->fsm.state == VRRP_STATE_MASTER && event->judgement != VRRP_JUDGED_YIELD &&
	       vrrp_before(event->advert.stamp_ns, router->words.instance->report.since_ns) &&
	       !VRRP_BROKEN(heeds_the_past);
}

/* The lease is over. Where it may, the router stays MASTER and holds the backups down, but owns
 * nothing until it knows that it is the only one: that takes a fence. */
static void lapse(struct router *router, struct monotime now)
{
	uint64_t ended_ns = router->lease.written_ns;

	if (!router->ports.fenced || !lease_may_resume(&router->lease, heard_ns(router), now) ||
	    !lease_resume(&router->lease, now)) {
		step_kind(router, FSM_EV_LAPSE, now);
		return;
	}
	step_kind(router, FSM_EV_RESUME, now);
	say(router, ROUTER_SAYS_RESUMED, (int64_t)((uint64_t)now.ns - ended_ns));
}

/* Records were suppressed or found no room: the snapshot stands for the last of them. */
static bool make_up(struct router *router, const struct vrrp_judged *judged, struct monotime now)
{
	if (judged->lost == router->seen_lost)
		return false;
	router->seen_lost = judged->lost;
	if (judged->path < router->config->heartbeat_count && judged->stamp_ns)
		feed(router, &judged->source, judged->priority, judged->interval_cs, judged->path,
		     judged->stamp_ns, false, now);
	return true;
}

/* News is being suppressed, which wakes nobody: look again when it may flow again. */
static struct monotime reopens_at(const struct vrrp_judged *judged, struct monotime now)
{
	struct monotime at = monotime_from_ns(judged->window_ns + VRRP_NEWS_WINDOW_NS);

	return judged->window_news >= VRRP_NEWS_BURST && monotime_before(now, at) ? at
										  : MONOTIME_NEVER;
}

/* The judge has stepped down. The state machine is MASTER still, and the ring is drained: either
 * the record of that is behind the drain, and wakes us; or the machine has seen that advert and
 * does not call it superior (its priority was just raised); or the record was lost. */
static void heed(struct router *router, bool lost, struct monotime now)
{
	if (router->role_before != VRRP_ROLE_BACKUP && !VRRP_BROKEN(blind_reclaim))
		return;
	if (lost) {
		step_kind(router, FSM_EV_LAPSE, now);
		return;
	}
	lease_grant(&router->lease, now);
	publish_role(router->words.instance, VRRP_ROLE_MASTER, MONOTIME_NEVER);
	send(router, router->fsm.config.priority, now);
}

static void watch_paths(struct router *router, struct monotime now)
{
	struct watch_news news[VRRP_MAX_PATHS];
	unsigned int count;

	if (router->fsm.state != VRRP_STATE_BACKUP)
		return;
	count = watch_paths_at(router->words.paths, router->config->heartbeat_count,
			       (int64_t)vrrp_master_down_ns(router->config->version,
							    router->config->priority,
							    router->fsm.master_cs),
			       now, news);
	for (unsigned int i = 0; i < count; i++)
		say(router, news[i].silent ? ROUTER_SAYS_PATH_SILENT : ROUTER_SAYS_PATH_SPEAKS,
		    news[i].path);
}

static void resync(struct router *router, struct monotime now)
{
	struct vrrp_judged judged = router->words.instance->judged;
	bool lost = make_up(router, &judged, now);

	watch_paths(router, now);
	router->relook_at = reopens_at(&judged, now);
	/* The ring is drained: what it told of others counts first, then our own lease, and only
	 * then may anything be sent. */
	if (has_lapsed(router, now))
		lapse(router, now);
	else if (router_yields(router))
		heed(router, lost, now);
}

/* ---- promotion ---- */

static void set_hold(struct router *router, enum vrrp_hold hold)
{
	struct vrrp_report *report = &router->words.instance->report;

	if (report->hold == hold)
		return;
	report->hold = (uint8_t)hold;
	if (hold != VRRP_HOLD_NONE)
		say(router, ROUTER_SAYS_HELD, hold);
}

/* Not held any more: MASTER, in FAULT, or there is a master again; or what held it is over, and
 * that is asked at the next look. */
static void end_hold(struct router *router, struct monotime now)
{
	if (router->fsm.state == VRRP_STATE_BACKUP &&
	    !vrrp_before((uint64_t)now.ns, read_deadline(router)))
		return;
	set_hold(router, VRRP_HOLD_NONE);
	router->retry_at = (struct monotime){0};
}

/* Would anything hold it back? */
static enum vrrp_hold find_hold(const struct router *router, struct monotime now)
{
	const struct config_router *config = router->config;
	uint16_t cs = router->fsm.master_cs > config->interval_cs ? router->fsm.master_cs
								  : config->interval_cs;

	if (router->weights.pending)
		return VRRP_HOLD_SCRIPT;
	/* A master that is heard is about to be preempted, or leaves: that its address answers is
	 * no surprise, and it yields by the protocol. */
	if (config->witness == CONFIG_WITNESS_OWNER &&
	    watch_hears_master(router->words.paths, config->heartbeat_count, cs, now))
		return VRRP_HOLD_NONE;
	if (router->weights.allows)
		return VRRP_HOLD_NONE;
	return config->witness == CONFIG_WITNESS_GATEWAY ? VRRP_HOLD_GATEWAY : VRRP_HOLD_OWNER;
}

/* Master-down has passed: declare MASTER to the judge. From here on no advert is absorbed that the
 * state machine does not see; one that came in between has moved the deadline, see promote(). */
static void claim(struct router *router, struct monotime now)
{
	enum vrrp_hold hold = find_hold(router, now);

	set_hold(router, hold);
	if (hold != VRRP_HOLD_NONE) {
		router->retry_at = monotime_add(now, RETRY_NS);
		return;
	}
	lease_grant(&router->lease, now);
	__atomic_store_n(&router->words.instance->role, VRRP_ROLE_MASTER, __ATOMIC_SEQ_CST);
	router->claims = true;
}

static void promote(struct router *router, struct monotime now)
{
	struct fsm_event event = {.kind = FSM_EV_TIMER};
	uint64_t deadline = read_deadline(router);

	router->claims = false;
	if (vrrp_before((uint64_t)now.ns, deadline) && !VRRP_BROKEN(no_reread)) {
		publish_take_back(router->words.instance);
		lease_clear(&router->lease);
		return;
	}
	event.deadline = VRRP_BROKEN(no_reread) ? now : router_master_down(router);
	step(router, &event, false, now);
}

/* ---- the public NIC ---- */

static void announce(struct router *router, struct monotime now)
{
	if (!router_may_own(router, now) && !VRRP_BROKEN(announces_unowned))
		return;
	if (announce_start(&router->announce, router->config, now))
		emit(router, ROUTER_ANNOUNCE);
}

/* Only with an open lease is a round sent, so only then is it waited for: a MASTER that was held up
 * and listens announces anew when its lease opens again. */
static struct monotime announce_at(const struct router *router)
{
	return router->fsm.state == VRRP_STATE_MASTER && router->lease.state == LEASE_OPEN &&
			       !router_yields(router)
		       ? router->announce.next
		       : MONOTIME_NEVER;
}

static void announce_next(struct router *router, struct monotime now)
{
	/* A lease that has just run out is found by the next look at it. */
	if (!router_may_own(router, now))
		return;
	announce_tick(&router->announce, router->config, now);
	emit(router, ROUTER_ANNOUNCE);
}

/* For a deadline that is gone? */
static bool prepared_in_vain(const struct router *router)
{
	return router_is_prepared(router) && router->fsm.state != VRRP_STATE_MASTER &&
	       !VRRP_BROKEN(prepared_for_good) &&
	       router_master_down(router).ns != router->prepared_for.ns;
}

static void settle(struct router *router, struct monotime now)
{
	enum router_want want = router->want;
	bool owns = router_may_own(router, now), announces = router->wants_announce && owns;
	bool acquire = want == ROUTER_WANTS_MASTER || want == ROUTER_WANTS_REST;

	router->wants_announce = false;
	/* A MASTER whose lease is not open yet, or has to be opened again: as soon as it is. */
	if (acquire && !owns)
		return;
	router->want = ROUTER_WANTS_NOTHING;
	if (acquire) {
		emit(router, ROUTER_ACQUIRE);
	} else if (prepared_in_vain(router)) {
		if (router->fsm.state == VRRP_STATE_BACKUP)
			say(router, ROUTER_SAYS_PUT_BACK, 0);
		emit(router, ROUTER_RELEASE);
	} else if (want == ROUTER_WANTS_STANDBY) {
		emit(router, ROUTER_RELEASE);
	} else if (want == ROUTER_WANTS_TRIAL) {
		emit(router, ROUTER_TRY);
	} else if (announces) {
		announce(router, now);
	}
}

/* So long before the deadline, or 0: not at all. Within the skew, when three adverts are missing
 * already: before that, it would happen for every other advert that is lost. */
static int64_t prepare_lead(const struct router *router)
{
	int64_t most = (int64_t)vrrp_skew_ns(router->config->version, router->fsm.config.priority,
					     router->fsm.master_cs) *
		       3 / 4;
	int64_t lead = router->prepare_ns < most ? router->prepare_ns : most;

	return lead > router->least_ns ? lead : 0;
}

/* Once for one deadline, whatever became of it. */
static struct monotime prepare_at(const struct router *router)
{
	struct monotime down = router_master_down(router);
	int64_t lead;

	if (monotime_is_never(down) || !router->ports.fenced || down.ns == router->prepared_for.ns)
		return MONOTIME_NEVER;
	lead = prepare_lead(router);
	return lead ? monotime_add(down, -lead) : MONOTIME_NEVER;
}

static void prepare(struct router *router, struct monotime now)
{
	if (router_is_prepared(router))
		return; /* for a deadline that has moved: router_settle() puts that back */
	router->prepared_for = router_master_down(router);
	if (find_hold(router, now) == VRRP_HOLD_NONE)
		emit(router, ROUTER_PREPARE);
}

/* ---- health ---- */

/* A lower priority: the master whose adverts were ignored until now may be one to be heeded. None
 * of them has moved the deadline: as if the last one had. */
static void heed_the_ignored(struct router *router)
{
	const struct vrrp_judged *judged = &router->words.instance->judged;
	uint64_t newest = watch_newest_ns(router->words.paths, router->config->heartbeat_count);
	uint16_t own_cs = router->config->interval_cs;

	if (router->fsm.state == VRRP_STATE_BACKUP && vrrp_before(judged->stamp_ns, newest))
		publish_wait(router->words.instance,
			     newest + vrrp_master_down_ns(router->config->version,
							  router->fsm.config.priority,
							  judged->interval_cs > own_cs
								  ? judged->interval_cs
								  : own_cs));
}

static void set_priority(struct router *router)
{
	uint8_t before = router->fsm.config.priority;
	/* With a silent gateway the lowest one: whoever may take over does, and where nobody may
	 * (it is silent for all) there is still a master. */
	uint8_t priority = router->weights.gives_up
				   ? 1
				   : track_priority(router->config->priority, router->weights.sum);

	/* The owner of the addresses keeps its own. */
	if (priority == before || before == VRRP_PRIO_OWNER)
		return;
	fsm_set_priority(&router->fsm, priority);
	publish_priority(router->words.instance, priority);
	if (priority < before)
		heed_the_ignored(router);
	if (router->fsm.state == VRRP_STATE_MASTER)
		publish_master(router->words.instance, &router->words.instance->report.master,
			       priority);
	say(router, ROUTER_SAYS_PRIORITY, before);
}

static enum router_fault find_fault(struct router *router, struct monotime now)
{
	const struct router_ports *ports = &router->ports;
	struct monotime counts = monotime_add(router->flapped_at, CARRIER_GRACE_NS);

	if (router->resigned)
		return ROUTER_RESIGNED;
	if (!ports->heard)
		return ROUTER_HEARTBEAT;
	if (!ports->present)
		return ROUTER_NO_PUBLIC;
	/* Down is no fault, taking over includes taking it up; up and without a wire is, but for a
	 * moment after it went down and up for its MAC. */
	if (ports->up && !ports->carrier) {
		if (!router->flapped_at.ns || !monotime_before(now, counts))
			return ROUTER_NO_CARRIER;
		router->look_at = counts;
	}
	if (router->bare.given_up)
		return ROUTER_IS_BARE;
	return router->weights.failed ? ROUTER_TRACKED : ROUTER_WELL;
}

static void start(struct router *router, bool well, struct monotime now)
{
	struct fsm_event event = {.kind = well ? FSM_EV_START : FSM_EV_FAIL};

	if (well && router->life == ROUTER_ADOPTING) {
		event.kind = FSM_EV_ADOPT;
		event.stamp = monotime_add(monotime_from_ns(router->lease.written_ns),
					   -lease_span_ns(&router->lease));
	}
	router->life = ROUTER_RUNS;
	step(router, &event, false, now);
}

/* A MASTER that has been replaced, or may have been, has no goodbye to say. */
static bool is_doubtful(const struct router *router, struct monotime now)
{
	return (router_yields(router) || has_lapsed(router, now)) && !VRRP_BROKEN(goodbye_unread);
}

/* Is it fit to run? */
static void look(struct router *router, struct monotime now)
{
	bool was_well = router->fault == ROUTER_WELL;

	if (router->life == ROUTER_STOPPED)
		return;
	/* Whatever the look would find: the ring and the lease come first. */
	if (is_doubtful(router, now)) {
		router->look_at = monotime_add(now, YIELD_NS);
		return;
	}
	router->look_at = MONOTIME_NEVER;
	router->fault = find_fault(router, now);
	if (router->life != ROUTER_RUNS)
		start(router, router->fault == ROUTER_WELL, now);
	else if (was_well != (router->fault == ROUTER_WELL))
		step_kind(router, was_well ? FSM_EV_FAIL : FSM_EV_RECOVER, now);
}

/* No master that lives is made to yield for one that may carry nothing. */
static void set_doubt(struct router *router, bool doubt)
{
	router->bare.doubt = doubt;
	router->fsm.config.preempt = router->config->preempt && !doubt;
}

/* Can it carry none of the addresses that it is to carry, or will have to in a moment? */
static bool is_bare(const struct router *router)
{
	return router->public.bare &&
	       (router_is_prepared(router) || (router->public.nic == ROUTER_NIC_MASTER &&
					       router->fsm.state == VRRP_STATE_MASTER));
}

static void end_trial(struct router *router, enum bare_trial trial, struct monotime now)
{
	if (!bare_tried(&router->bare, trial, now))
		return;
	set_doubt(router, router->bare.doubt);
	if (router->bare.doubt && router->config->preempt)
		say(router, ROUTER_SAYS_NO_PREEMPT, 0);
	router->look_at = now;
}

/* Behind the shut fence, or not at all. */
static void try_again(struct router *router, struct monotime now)
{
	if (router->resigned) {
		bare_wait(&router->bare, now);
	} else if (router->ports.fenced) {
		router->bare.try_at = MONOTIME_NEVER;
		router->want = ROUTER_WANTS_TRIAL;
	} else {
		end_trial(router, BARE_UNKNOWN, now);
	}
}

/* ---- timers ---- */

/* Prepared for a deadline that an advert has moved, which woke nobody. */
static struct monotime in_vain_at(const struct router *router)
{
	return prepared_in_vain(router) && router->want == ROUTER_WANTS_NOTHING
		       ? (struct monotime){0}
		       : MONOTIME_NEVER;
}

static void end_preempt_delay(struct router *router, struct monotime now)
{
	/* A promotion that is due needs a claim: the row before this one tries it again at once. */
	if (monotime_before(now, router_master_down(router)))
		step_kind(router, FSM_EV_TIMER, now);
}

static struct monotime advert_at(const struct router *router)
{
	return monotime_before(router->fsm.advert_at, router->yields_until) ? router->yields_until
									    : router->fsm.advert_at;
}

static void advertise(struct router *router, struct monotime now)
{
	/* A MASTER no more; its record wakes us. */
	if (router_yields(router))
		router->yields_until = monotime_add(now, YIELD_NS);
	else
		step_kind(router, FSM_EV_TIMER, now);
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

AT(in_vain_row, in_vain_at(router))
SERVE(in_vain_serve, ((void)now, router->want = ROUTER_WANTS_STANDBY))
AT(bare_row, router->bare.given_up ? router->bare.try_at : MONOTIME_NEVER)
SERVE(bare_serve, try_again(router, now))
AT(health_row, router->look_at)
SERVE(health_serve, look(router, now))
AT(master_down_row, router->claims ? (struct monotime){0} : router_master_down(router))
SERVE(master_down_serve, claim(router, now))
AT(preempt_row, router->fsm.state == VRRP_STATE_BACKUP ? router->fsm.preempt_at : MONOTIME_NEVER)
SERVE(preempt_serve, end_preempt_delay(router, now))
AT(advert_row, advert_at(router))
SERVE(advert_serve, advertise(router, now))
AT(announce_row, announce_at(router))
SERVE(announce_serve, announce_next(router, now))
AT(news_row, router->relook_at)
SERVE(news_serve, resync(router, now))
AT(prepare_row, prepare_at(router))
SERVE(prepare_serve, prepare(router, now))

/* In the order in which they are served: what one row learns counts for those below it. A router
 * that has stopped has none of them by itself. */
static const struct deadline rows[] = {
	/* router_tick() */
	{"what was prepared in vain", IN_ALL, in_vain_row, in_vain_serve},
	{"a NIC that takes no address", IN_ALL, bare_row, bare_serve},
	{"the router's health", IN_ALL, health_row, health_serve},
	{"master-down", IN_ALL, master_down_row, master_down_serve},
	{"the preempt delay", IN_ALL, preempt_row, preempt_serve},
	{"the advert timer", IN_ALL, advert_row, advert_serve},
	{"announcements", IN_ALL, announce_row, announce_serve},
	{"news that was suppressed", IN_ALL, news_row, news_serve},
	/* router_prepare() */
	{"preparation", IN_ALL, prepare_row, prepare_serve},
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == ROUTER_ROWS, "router.h names their number");

enum { PREPARE = ROUTER_ROWS - 1 };

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

/* ---- the door ---- */

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
	       instance->rules.interval_cs == config->interval_cs &&
	       !strcmp(instance->report.public_ifname, config->public);
}

void router_init(struct router *router, const struct config_router *config,
		 const struct router_words *words, bool adopt, int64_t prepare_ns, int64_t least_ns)
{
	const struct fsm_config fsm = {
		.version = config->version,
		.priority = config->priority,
		.preempt = config->preempt,
		.interval_cs = config->interval_cs,
		.preempt_delay_ns = config->preempt_delay_ms * NS_PER_MS,
	};

	*router = (struct router){
		.config = config,
		.words = *words,
		.prepare_ns = prepare_ns,
		.least_ns = least_ns,
		.lease = {.shared = words->lease,
			  .interval_ns = (int64_t)(config->interval_cs * VRRP_NS_PER_CS)},
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
	router->role_before = read_role(router);
}

bool router_drain_again(const struct router *router)
{
	return router->role_before != VRRP_ROLE_BACKUP && router_yields(router);
}

void router_advert(struct router *router, const struct vrrp_event *event, struct monotime now,
		   struct router_effects *fx)
{
	const struct vrrp_advert *advert = &event->advert;

	enter(router, fx);
	if (!is_past(router, event))
		feed(router, &advert->source, advert->priority, advert->interval_cs, event->path,
		     advert->stamp_ns, true, now);
}

void router_wake(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	resync(router, now);
	end_hold(router, now);
}

bool router_tick(struct router *router, struct monotime now, struct router_effects *fx)
{
	bool moved = router->claims;

	enter(router, fx);
	if (router->claims)
		promote(router, now);
	for (int i = 0; i < PREPARE && !router->claims; i++)
		moved |= deadline_serve(&rows[i], router, PHASE_RUNNING, now);
	return moved;
}

void router_sent(struct router *router, struct monotime now, struct router_effects *fx)
{
	struct lease *lease = &router->lease;
	struct monotime from = VRRP_BROKEN(stamp_after_send) ? now : router->sent_from;

	enter(router, fx);
	/* By what was really sent, from the time before it was; one that left after the lease's end
	 * held no backup down, and extends nothing. */
	if (router->fsm.state != VRRP_STATE_MASTER ||
	    (!lease_lives(lease, now) && !VRRP_BROKEN(late_renewal)))
		return;
	if (lease->state == LEASE_RESUMED && !VRRP_BROKEN(resumes_at_once)) {
		if (lease_may_listen(lease, heard_ns(router)))
			lease_listen(lease, now);
	} else if (lease_may_open(lease, heard_ns(router), from)) {
		/* The switches may have learned another owner meanwhile. */
		router->wants_announce |= lease->state == LEASE_LISTENS;
		lease_renew(lease, from);
	}
}

void router_announce_prepared(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	if (router->want != ROUTER_WANTS_MASTER || !router_is_prepared(router) ||
	    !router->public.complete || !router_may_own(router, now))
		return;
	/* Without another look: if anybody undid it meanwhile, it is repaired and announced again.
	 */
	router->want = ROUTER_WANTS_REST;
	announce(router, now);
}

void router_settle(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	settle(router, now);
}

void router_announce(struct router *router, struct monotime now, struct router_effects *fx)
{
	enter(router, fx);
	announce(router, now);
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
	if (public->flapped)
		router->flapped_at = now;
	if (prepared)
		say(router, ROUTER_SAYS_PREPARED, 0);
	if (public->trial != BARE_NOT_TRIED) {
		end_trial(router, public->trial, now);
	} else if (is_bare(router) && router->life == ROUTER_RUNS && !router->bare.given_up) {
		bare_wait(&router->bare, now);
		router->look_at = now;
	} else if (public->nic == ROUTER_NIC_MASTER && !public->bare && router->bare.doubt) {
		set_doubt(router, false);
	}
	if (public->mac_news)
		announce(router, now);
}

void router_ports(struct router *router, const struct router_ports *ports, struct monotime now,
		  struct router_effects *fx)
{
	enter(router, fx);
	router->ports = *ports;
	set_priority(router);
	look(router, now);
}

void router_weigh(struct router *router, const struct router_weights *weights, struct monotime now,
		  struct router_effects *fx)
{
	bool silent = weights->gives_up && !router->weights.gives_up;
	bool failed = weights->failed != router->weights.failed;

	enter(router, fx);
	router->weights = *weights;
	if (silent)
		say(router, ROUTER_SAYS_GATEWAY, 0);
	set_priority(router);
	if (failed && router->life == ROUTER_RUNS)
		look(router, now);
	/* What holds it back may be over. */
	if (router->words.instance->report.hold != VRRP_HOLD_NONE)
		router->retry_at = monotime_min(router->retry_at, now);
	end_hold(router, now);
}

void router_order(struct router *router, enum router_order order, struct monotime now,
		  struct router_effects *fx)
{
	enter(router, fx);
	switch (order) {
	case ROUTER_STOP:
		if (is_doubtful(router, now))
			step_kind(router, FSM_EV_LAPSE, now);
		step_kind(router, FSM_EV_STOP, now);
		router->life = ROUTER_STOPPED;
		router->look_at = router->relook_at = MONOTIME_NEVER;
		router->bare.given_up = false;
		break;
	case ROUTER_RESIGN:
	case ROUTER_RESUME:
		router->resigned = order == ROUTER_RESIGN;
		look(router, now);
		break;
	}
}

bool router_asks_rivals(const struct router *router, struct monotime now)
{
	return router->fsm.state == VRRP_STATE_MASTER && !router->announce.left &&
	       !router_yields(router) && !monotime_before(now, router->rivals.look_at);
}

void router_rivals(struct router *router, int64_t frames, struct monotime now,
		   struct router_effects *fx)
{
	struct monotime since = monotime_from_ns(router->words.instance->report.since_ns);
	int64_t more;
	bool tell_it;

	enter(router, fx);
	more = rivals_count(&router->rivals, frames, since, now, &tell_it);
	if (more && tell_it)
		say(router, ROUTER_SAYS_RIVALS, more);
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
	for (unsigned int i = 0; i < router->config->heartbeat_count; i++) {
		paths[i] = *router->words.paths[i];
		copy.words.paths[i] = &paths[i];
	}
	router_tick(&copy, at, fx);
	if (copy.claims)
		router_tick(&copy, at, fx);
}

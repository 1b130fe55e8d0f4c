// SPDX-License-Identifier: GPL-2.0-only
/*
 * The agent of one simulated host, in the order of the real one's wake-up: drain the ring, look at
 * what the judge decided, tick, claim, send, renew, arm. Each phase is atomic; between two of them
 * the agent may be held up, and the kernel's half of the host goes on. The state machine and the
 * lease are the real ones; agent_rules.h has what is asked between them.
 */
#include <string.h>

#include "core/vrrp/agent_rules.h"
#include "judge.h"
#include "sim.h"
#include "vrrp_timers.h"

#define ANSWER_GAP_NS 100000000LL

static int64_t lease_span(const struct sim *sim)
{
	return AGENT_LEASE_INTERVALS * sim->interval_ns +
	       sim->interval_ns * sim->row->broken.extra_interval_percent / 100;
}

static void publish_preempt(struct sim_host *host)
{
	if (host->agent.fsm.may_preempt)
		host->instance.rules.flags |= VRRP_RULE_PREEMPT;
	else
		host->instance.rules.flags &= (uint8_t)~VRRP_RULE_PREEMPT;
}

static void publish_role(struct sim *sim, struct sim_host *host, enum vrrp_role role)
{
	struct monotime deadline = host->agent.fsm.deadline;

	if (role == VRRP_ROLE_BACKUP) {
		host->instance.deadline_ns = (uint64_t)deadline.ns;
		check_listening(host, deadline);
	}
	host->instance.role = role;
	sim_say(sim, host, "role %u, state %u", role, host->agent.fsm.state);
}

static void queue_advert(struct sim_host *host, uint8_t priority)
{
	struct sim_agent *agent = &host->agent;

	agent->lease_from = agent->now;
	if (agent->batched < SIM_BATCH)
		agent->batch[agent->batched++] = priority;
}

/* ---- the lease ---- */

/* Ours, not open yet: the first advert that is really sent opens it. Not 0, so that the judge can
 * take it away in between. */
static void claim_lease(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	lease_grant(&agent->lease, agent->now);
	if (sim->row->broken.open_before_send) {
		lease_grant(&agent->lease, monotime_add(agent->now, lease_span(sim)));
		agent->lease.state = AGENT_LEASE_OPEN;
	}
}

static void drop_lease(struct sim *sim, struct sim_host *host)
{
	uint64_t until_ns = host->lease.until_ns;

	lease_clear(&host->agent.lease);
	if (sim->row->broken.stop_keeps_lease)
		host->lease.until_ns = until_ns;
}

static bool lease_lives(const struct sim *sim, const struct sim_host *host, struct monotime now)
{
	return agent_lease_lives(host->agent.lease.state, host->agent.lease.written_ns,
				 sim->interval_ns, now);
}

static bool renew(const struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	struct monotime from = agent->lease_from, until;

	if (sim->row->broken.stamp_after_send)
		from = sim_clock(sim, host);
	until = monotime_add(from, lease_span(sim));
	if (sim->row->broken.blind_renewal) {
		lease_grant(&agent->lease, until);
		agent->lease.state = AGENT_LEASE_OPEN;
		return true;
	}
	return lease_renew(&agent->lease, until);
}

/* ---- the state machine's actions ---- */

static void declare(struct sim *sim, struct sim_host *host, const struct fsm_step *step)
{
	enum vrrp_role role = VRRP_ROLE_IDLE;

	switch (step->to) {
	case VRRP_STATE_MASTER:
		role = VRRP_ROLE_MASTER;
		/* From BACKUP, the claim has done it. */
		if (step->from != VRRP_STATE_BACKUP || sim->row->broken.open_before_send)
			claim_lease(sim, host);
		if (step->from != VRRP_STATE_BACKUP)
			check_claiming(sim, host);
		check_mastered(sim, host);
		break;
	case VRRP_STATE_BACKUP:
		role = VRRP_ROLE_BACKUP;
		drop_lease(sim, host);
		check_left(host);
		break;
	case VRRP_STATE_INIT:
	case VRRP_STATE_FAULT:
		drop_lease(sim, host);
		check_left(host);
		break;
	}
	publish_preempt(host);
	host->instance.report.since_ns = (uint64_t)host->agent.now.ns;
	if (host->instance.role == role)
		return;
	/* Behind a claim the role is the judge's: it may have stepped down in the meantime. */
	if (role == VRRP_ROLE_MASTER && step->from == VRRP_STATE_BACKUP &&
	    !sim->row->broken.role_stored_again)
		return;
	publish_role(sim, host, role);
}

static bool ran_out(const struct sim *sim, const struct sim_host *host)
{
	return host->agent.fsm.state == VRRP_STATE_MASTER &&
	       host->instance.role == VRRP_ROLE_MASTER && !sim->row->broken.trusts_old_lease &&
	       !lease_lives(sim, host, host->agent.now);
}

static bool may_answer(const struct sim *sim, struct sim_agent *agent)
{
	int64_t quarter = sim->interval_ns / 4;

	if (monotime_diff(agent->now, agent->answered_at) <
	    (quarter < ANSWER_GAP_NS ? quarter : ANSWER_GAP_NS))
		return false;
	agent->answered_at = agent->now;
	return true;
}

static void step(struct sim *sim, struct sim_host *host, const struct fsm_event *event)
{
	struct sim_agent *agent = &host->agent;
	struct fsm_step done = fsm_step(&agent->fsm, event, agent->now);

	if (done.from != done.to) {
		sim_say(sim, host, "state %u -> %u (cause %u)", done.from, done.to, done.cause);
		declare(sim, host, &done);
	}
	for (unsigned int i = 0; i < done.action_count; i++) {
		switch (done.actions[i]) {
		case FSM_ACT_ADVERT:
			if (event->kind != FSM_EV_ADVERT ||
			    (!ran_out(sim, host) && may_answer(sim, agent)))
				queue_advert(host, host->priority);
			break;
		case FSM_ACT_STOP:
			queue_advert(host, VRRP_PRIO_STOP);
			check_leaves(sim, host);
			break;
		case FSM_ACT_ACQUIRE:
		case FSM_ACT_RELEASE:
		case FSM_ACT_ANNOUNCE:
		case FSM_ACT_CONCEDE: /* changes nobody's deadline: it may as well be lost */
			break;
		}
	}
	publish_preempt(host);
}

static void step_kind(struct sim *sim, struct sim_host *host, enum fsm_event_kind kind)
{
	struct fsm_event event = {.kind = kind};

	step(sim, host, &event);
}

/* No longer MASTER, and nobody is told so: a priority 0 now would only disturb the one who may have
 * taken over. As at a start (the owner of the addresses is MASTER at once); what the judge has
 * decided already stands. */
static void stand_down(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	struct fsm_event event = {.kind = FSM_EV_FAIL};

	sim_say(sim, host, "stands down: lease %.3f us",
		(double)(int64_t)(agent->lease.written_ns - (uint64_t)agent->now.ns) / 1000);
	drop_lease(sim, host);
	check_left(host);
	fsm_step(&agent->fsm, &event, agent->now);
	/* One that is to stop has nothing to hand over either. */
	agent->stopping |= agent->stop_asked;
	step_kind(sim, host, agent->stopping ? FSM_EV_STOP : FSM_EV_RECOVER);
}

/* The lease is over, the ring is read. */
static void lapse(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	uint64_t heard_ns = sim->row->broken.resumes_deaf ? 0 : host->instance.judged.stamp_ns;

	if (!agent_may_resume(agent->lease.state, agent->lease.written_ns, sim->interval_ns,
			      heard_ns, agent->now) ||
	    !lease_resume(&agent->lease, agent->now)) {
		stand_down(sim, host);
		return;
	}
	check_resumes(sim, host);
	step_kind(sim, host, FSM_EV_RESUME);
}

/* ---- the ring ---- */

static void feed(struct sim *sim, struct sim_host *host, const struct vrrp_addr *source,
		 uint8_t priority, uint16_t interval_cs, unsigned int path, uint64_t stamp_ns)
{
	struct fsm_event event = {
		.kind = FSM_EV_ADVERT,
		.source = *source,
		.own_source = sim_address(sim_index(sim, host), path),
		.interval_cs = interval_cs,
		.priority = priority,
		.stamp = monotime_from_ns(stamp_ns),
	};

	step(sim, host, &event);
}

static bool drain_one(struct sim *sim, struct sim_host *host)
{
	const struct vrrp_event *record = &host->ring[host->ring_first];

	if (!host->ring_count)
		return false;
	host->agent.now = sim_clock(sim, host);
	host->ring_first = (host->ring_first + 1) % SIM_RING;
	host->ring_count--;
	feed(sim, host, &record->advert.source, record->advert.priority, record->advert.interval_cs,
	     record->path, record->advert.stamp_ns);
	return true;
}

/* What the kernel decided or lost meanwhile. False: read the ring once more. */
static bool resync(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	struct vrrp_judged judged = host->instance.judged;
	bool lost = judged.lost != agent->seen_lost;

	if (lost) {
		agent->seen_lost = judged.lost;
		if (judged.stamp_ns)
			feed(sim, host, &judged.source, judged.priority, judged.interval_cs,
			     judged.path, judged.stamp_ns);
	}
	agent->relook_at = MONOTIME_NEVER;
	if (judged.window_news >= VRRP_NEWS_BURST) {
		struct monotime reopens = monotime_from_ns(judged.window_ns + VRRP_NEWS_WINDOW_NS);

		if (monotime_before(agent->now, reopens))
			agent->relook_at = reopens;
	}
	if (agent->fsm.state != VRRP_STATE_MASTER)
		return true;
	if (sim->row->broken.blind_reclaim)
		agent->role_before = host->instance.role;
	switch (agent_heed(agent->role_before, host->instance.role, lost)) {
	case AGENT_GO_ON:
		break;
	case AGENT_DRAIN_AGAIN:
		return false;
	case AGENT_RECLAIM:
		claim_lease(sim, host);
		publish_role(sim, host, VRRP_ROLE_MASTER);
		queue_advert(host, host->priority);
		break;
	case AGENT_STAND_DOWN:
		stand_down(sim, host);
		break;
	}
	return true;
}

/* Asked to stop, or interfaces changed. Only with the ring read: the priority 0 of one that has
 * been replaced without knowing it makes backups doubt the master that they have. */
static void leave(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	bool healthy = false;

	if (agent->stopping)
		return;
	if (agent->stop_asked) {
		agent->stopping = true;
		step_kind(sim, host, FSM_EV_STOP);
		return;
	}
	for (unsigned int path = 0; path < sim->path_count; path++)
		healthy |= host->carrier[path];
	if (healthy == agent->healthy)
		return;
	agent->healthy = healthy;
	step_kind(sim, host, healthy ? FSM_EV_RECOVER : FSM_EV_FAIL);
}

/* ---- phases ---- */

static enum sim_phase wake_up(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	agent->poked = false;
	agent->now = sim_clock(sim, host);
	agent->role_before = host->instance.role;
	if (sim->row->broken.leaves_unread)
		leave(sim, host);
	return SIM_DRAIN;
}

static enum sim_phase look(struct sim *sim, struct sim_host *host)
{
	host->agent.now = sim_clock(sim, host);
	if (!resync(sim, host))
		return SIM_WAKE;
	if (ran_out(sim, host))
		lapse(sim, host);
	leave(sim, host);
	return SIM_TICK;
}

static enum sim_phase tick(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	if (agent->fsm.state != VRRP_STATE_BACKUP) {
		if (!monotime_before(agent->now, agent->fsm.deadline))
			step_kind(sim, host, FSM_EV_TIMER);
		return SIM_FLUSH;
	}
	agent->fsm.deadline = monotime_from_ns(host->instance.deadline_ns);
	if (sim->row->broken.early)
		agent->fsm.deadline = monotime_add(agent->fsm.deadline, -sim->interval_ns / 100);
	if (!monotime_before(agent->now, agent->fsm.deadline)) {
		if (!sim->row->broken.open_before_send)
			claim_lease(sim, host);
		check_claiming(sim, host);
		VRRP_WRITE_ONCE(host->instance.role, VRRP_ROLE_MASTER);
		return SIM_CLAIM;
	}
	if (!monotime_before(agent->now, agent->fsm.preempt_at))
		step_kind(sim, host, FSM_EV_TIMER);
	return SIM_FLUSH;
}

static enum sim_phase claim(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	if (!vrrp_before((uint64_t)agent->now.ns, host->instance.deadline_ns) ||
	    sim->row->broken.no_reread || sim->row->broken.early) {
		check_decided(sim, host);
		return SIM_STEP;
	}
	sim_say(sim, host, "takes its claim back");
	host->instance.role = VRRP_ROLE_BACKUP;
	drop_lease(sim, host);
	check_left(host);
	if (!monotime_before(agent->now, agent->fsm.preempt_at)) {
		agent->fsm.deadline = monotime_from_ns(host->instance.deadline_ns);
		step_kind(sim, host, FSM_EV_TIMER);
	}
	return SIM_FLUSH;
}

static enum sim_phase flush(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	agent->any_sent = false;
	for (unsigned int i = 0; i < agent->batched; i++)
		agent->any_sent |= sim_send(sim, host, agent->batch[i]);
	agent->batched = 0;
	return agent->any_sent ? SIM_SENT : SIM_ARM;
}

static enum sim_phase sent(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	if (agent->fsm.state != VRRP_STATE_MASTER || !agent->lease.written_ns)
		return SIM_ARM;
	if (!sim->row->broken.late_renewal && !lease_lives(sim, host, sim_clock(sim, host))) {
		sim_say(sim, host, "sent too late to renew");
		return SIM_WAKE;
	}
	if (agent->lease.state == AGENT_LEASE_RESUMED && !sim->row->broken.resumes_at_once) {
		if (agent_may_listen(agent->lease.written_ns, host->instance.judged.stamp_ns) &&
		    lease_listen(&agent->lease, sim_clock(sim, host)))
			sim_say(sim, host, "listens");
		return SIM_ARM;
	}
	if (!sim->row->broken.resumes_at_once &&
	    !agent_may_open(agent->lease.state, agent->lease.written_ns, sim->interval_ns,
			    host->instance.judged.stamp_ns, agent->lease_from)) {
		sim_say(sim, host, "listens on");
		return SIM_ARM;
	}
	if (!renew(sim, host))
		sim_say(sim, host, "the judge has taken the lease");
	return SIM_ARM;
}

static struct monotime deadline(const struct sim_host *host)
{
	struct monotime at = fsm_deadline(&host->agent.fsm);

	if (host->agent.fsm.state == VRRP_STATE_BACKUP)
		at = monotime_min(monotime_from_ns(host->instance.deadline_ns),
				  host->agent.fsm.preempt_at);
	return monotime_min(at, host->agent.relook_at);
}

static enum sim_phase arm(struct sim *sim, struct sim_host *host)
{
	struct monotime at = deadline(host);
	int64_t wake_at;

	host->agent.phase = SIM_IDLE;
	if (host->agent.stopping) {
		drop_lease(sim, host);
		check_left(host);
		host->instance.role = VRRP_ROLE_IDLE;
		host->agent.alive = false;
		sim_say(sim, host, "has stopped");
		return SIM_IDLE;
	}
	if (host->ring_count || host->agent.poked) {
		agent_wake(sim, host, 0);
	} else if (!monotime_is_never(at)) {
		wake_at = sim_true(host, (uint64_t)at.ns) +
			  sim_between(sim, 0, sim->row->lag_us * 1000LL);
		if (sim->row->broken.early && host->agent.fsm.state == VRRP_STATE_BACKUP)
			wake_at -= sim->interval_ns / 100;
		agent_wake(sim, host, wake_at > sim->now ? wake_at - sim->now : 0);
	}
	return SIM_IDLE;
}

static enum sim_phase run_phase(struct sim *sim, struct sim_host *host)
{
	switch (host->agent.phase) {
	case SIM_IDLE:
	case SIM_WAKE:
		return wake_up(sim, host);
	case SIM_DRAIN:
		return drain_one(sim, host) ? SIM_DRAIN : SIM_LOOK;
	case SIM_LOOK:
		return look(sim, host);
	case SIM_TICK:
		return tick(sim, host);
	case SIM_CLAIM:
		return claim(sim, host);
	case SIM_STEP:
		step_kind(sim, host, FSM_EV_TIMER);
		return SIM_FLUSH;
	case SIM_FLUSH:
		return flush(sim, host);
	case SIM_SENT:
		return sent(sim, host);
	case SIM_ARM:
		return arm(sim, host);
	}
	return SIM_IDLE;
}

/* Between two phases: mostly nothing, now and then another program, a few times a long freeze. */
static int64_t hold_up(struct sim *sim, struct sim_agent *agent)
{
	uint64_t dice = sim_below(sim, 1024);
	int64_t pause;

	if (dice >= 16 + sim->row->extra_holds)
		return 0;
	if (dice >= 3 + sim->row->extra_holds || !sim->faults_on || !sim->row->freezes)
		return sim_between(sim, 0, sim->pause_ns);
	pause = sim_between(sim, 0, 7 * sim->interval_ns);
	sim->last_fault = sim->now;
	if (agent->held_until < sim->now + pause)
		agent->held_until = sim->now + pause;
	return pause;
}

static void go_on_at(struct sim *sim, struct sim_host *host, enum sim_event_kind kind, int64_t at)
{
	host->agent.wake_at = at;
	sim_push(sim, (struct sim_event){.at = at,
					 .kind = (uint8_t)kind,
					 .host = (uint8_t)sim_index(sim, host),
					 .token = ++host->agent.wake_token});
}

static void go(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	for (;;) {
		int64_t pause;

		sim->tick++;
		agent->phase = run_phase(sim, host);
		check_leases(sim);
		if (agent->phase == SIM_IDLE)
			return;
		pause = hold_up(sim, agent);
		if (pause) {
			sim_say(sim, host, "held up for %.3f us before phase %u",
				(double)pause / 1000, agent->phase);
			go_on_at(sim, host, SIM_EV_CONTINUE, sim->now + pause);
			return;
		}
	}
}

void agent_wake(struct sim *sim, struct sim_host *host, int64_t delay_ns)
{
	struct sim_agent *agent = &host->agent;
	int64_t at = sim->now + delay_ns;

	agent->poked = true;
	if (!agent->alive || agent->phase != SIM_IDLE)
		return;
	if (agent->wake_at > sim->now && agent->wake_at <= at)
		return;
	go_on_at(sim, host, SIM_EV_WAKE, at);
}

void agent_event(struct sim *sim, struct sim_host *host, const struct sim_event *event)
{
	struct sim_agent *agent = &host->agent;

	if (!agent->alive || event->token != agent->wake_token)
		return;
	if (sim->now < agent->frozen_until) {
		go_on_at(sim, host, (enum sim_event_kind)event->kind, agent->frozen_until);
		return;
	}
	agent->wake_at = 0;
	go(sim, host);
}

/* ---- life ---- */

static void begin_anew(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	memset(&host->instance, 0, sizeof(host->instance));
	memset(host->paths, 0, sizeof(host->paths));
	for (unsigned int path = 0; path < sim->path_count; path++)
		host->paths[path].own_source = sim_address(sim_index(sim, host), path);
	host->instance.rules = (struct vrrp_rules){
		.family = 4,
		.version = sim->version,
		.vrid = 55,
		.priority = host->priority,
		.interval_cs = sim->interval_cs,
		.address_count = 1,
	};
	lease_clear(&agent->lease);
	check_left(host);
	host->ring_count = 0;
	step_kind(sim, host, agent->healthy ? FSM_EV_START : FSM_EV_FAIL);
}

void agent_start(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	uint32_t token = agent->wake_token;
	struct fsm_config config = {
		.version = sim->version,
		.priority = host->priority,
		.preempt = host->preempt,
		.interval_cs = sim->interval_cs,
		.preempt_delay_ns = host->preempt_delay_ns,
	};

	*agent = (struct sim_agent){.alive = true, .wake_token = token};
	agent->lease.shared = &host->lease;
	agent->now = agent->answered_at = sim_clock(sim, host);
	agent->relook_at = MONOTIME_NEVER;
	fsm_init(&agent->fsm, &config);
	for (unsigned int path = 0; path < sim->path_count; path++)
		agent->healthy |= host->carrier[path];

	if (agent_may_adopt(host->instance.role, host->lease.until_ns, agent->now) ||
	    (sim->row->broken.adopts_anything && host->instance.role == VRRP_ROLE_MASTER)) {
		sim_say(sim, host, "adopts its lease");
		agent->fsm.state = VRRP_STATE_MASTER;
		agent->fsm.deadline = agent->now;
		agent->lease.written_ns = host->lease.until_ns;
		agent->lease.state = AGENT_LEASE_OPEN;
		/* While the role is MASTER no yield can be among the lost. */
		agent->seen_lost = host->instance.judged.lost;
	} else {
		sim_say(sim, host, "starts");
		begin_anew(sim, host);
	}
	agent_wake(sim, host, 0);
}

void agent_kill(struct sim *sim, struct sim_host *host)
{
	sim_say(sim, host, "its agent is killed");
	host->agent.alive = false;
	host->agent.phase = SIM_IDLE;
}

void agent_stop(struct sim *sim, struct sim_host *host)
{
	if (!host->agent.alive)
		return;
	sim_say(sim, host, "is asked to stop");
	host->agent.stop_asked = true;
	agent_wake(sim, host, 0);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine: one function per state, one case per event, so that it can be compared with
 * RFC 9568, 6.4 line by line. Depends on include/ and core/monotime.h. It never sends, never reads
 * a clock, never logs, and never acts before a deadline.
 */
#include "core/vrrp/fsm.h"

#include "vrrp_timers.h"

static void act(struct fsm_step *step, enum fsm_action action)
{
	step->actions[step->action_count++] = action;
}

static bool is_owner(const struct fsm *fsm)
{
	return fsm->config.priority == VRRP_PRIO_OWNER;
}

static int64_t interval_ns(const struct fsm *fsm)
{
	return (int64_t)(fsm->config.interval_cs * VRRP_NS_PER_CS);
}

/* Starts the preempt delay over: no delay is running, and the router may preempt only if it needs
 * none. */
static void reset_preempt(struct fsm *fsm)
{
	fsm->preempt_at = MONOTIME_NEVER;
	fsm->may_preempt =
		is_owner(fsm) || (fsm->config.preempt && fsm->config.preempt_delay_ns == 0);
}

uint64_t fsm_master_down_ns(const struct fsm *fsm, uint16_t master_cs)
{
	return vrrp_master_down_ns(fsm->config.version, fsm->config.priority, master_cs);
}

static void to_backup(struct fsm *fsm, struct fsm_step *step, uint16_t master_cs,
		      struct monotime since)
{
	fsm->state = VRRP_STATE_BACKUP;
	fsm->master_cs = master_cs;
	fsm->master_left = false;
	fsm->advert_at = MONOTIME_NEVER;
	step->deadline = monotime_add(since, (int64_t)fsm_master_down_ns(fsm, master_cs));
	reset_preempt(fsm);
}

/* The advert is sent before anything on the public NIC changes. In the other order, an old master
 * that still owns the shared MAC could answer after our gratuitous ARP and turn the switches
 * back. */
static void to_master(struct fsm *fsm, struct fsm_step *step, struct monotime now)
{
	fsm->state = VRRP_STATE_MASTER;
	fsm->advert_at = monotime_add(now, interval_ns(fsm));
	reset_preempt(fsm);
	act(step, FSM_ACT_ADVERT);
	act(step, FSM_ACT_ACQUIRE);
}

static void to_idle(struct fsm *fsm, enum vrrp_state state)
{
	fsm->state = state;
	fsm->master_cs = fsm->config.interval_cs;
	fsm->master_left = false;
	fsm->advert_at = MONOTIME_NEVER;
	reset_preempt(fsm);
}

/* No advert has been heard yet, but there may be a master. Wait for as long as that master's
 * interval demands, if it is known and longer than ours. */
static void listen(struct fsm *fsm, const struct fsm_event *event, struct fsm_step *step,
		   struct monotime now)
{
	uint16_t own_cs = fsm->config.interval_cs;

	to_backup(fsm, step, event->interval_cs > own_cs ? event->interval_cs : own_cs, now);
}

/* RFC 9568, 6.4.1: the owner of the addresses begins as master, unless it is delayed; every other
 * router listens first. */
static void begin(struct fsm *fsm, const struct fsm_event *event, struct fsm_step *step,
		  struct monotime now)
{
	if (is_owner(fsm) && !event->listens) {
		to_master(fsm, step, now);
		fsm->master_cs = fsm->config.interval_cs;
		fsm->master_left = false;
	} else {
		listen(fsm, event, step, now);
	}
}

static void in_init(struct fsm *fsm, const struct fsm_event *event, struct monotime now,
		    struct fsm_step *step)
{
	switch (event->kind) {
	case FSM_EV_START:
		begin(fsm, event, step, now);
		step->cause =
			fsm->state == VRRP_STATE_MASTER ? VRRP_CAUSE_OWNER : VRRP_CAUSE_STARTED;
		break;
	case FSM_EV_FAIL:
		/* This router owns nothing yet, but a run that crashed may have left something.
		 * Releasing does no harm. */
		act(step, FSM_ACT_RELEASE);
		to_idle(fsm, VRRP_STATE_FAULT);
		step->cause = VRRP_CAUSE_FAILED;
		break;
	case FSM_EV_ADOPT:
		/* A restart is no failover: nothing is acquired, and the next advert stays due when
		 * it was due. */
		fsm->state = VRRP_STATE_MASTER;
		fsm->advert_at = monotime_add(event->stamp, interval_ns(fsm));
		step->cause = VRRP_CAUSE_ADOPTED;
		break;
	case FSM_EV_TIMER:
	case FSM_EV_ADVERT:
	case FSM_EV_RECOVER:
	case FSM_EV_STOP:
	case FSM_EV_LAPSE:
	case FSM_EV_RESUME:
	case FSM_EV_LEAVE:
		break;
	}
}

static void backup_timer(struct fsm *fsm, const struct fsm_event *event, struct monotime now,
			 struct fsm_step *step)
{
	if (!monotime_before(now, event->deadline)) {
		step->cause = fsm->master_left ? VRRP_CAUSE_MASTER_LEFT : VRRP_CAUSE_MASTER_DOWN;
		to_master(fsm, step, now);
	} else if (!monotime_before(now, fsm->preempt_at)) {
		fsm->preempt_at = MONOTIME_NEVER;
		fsm->may_preempt = true;
	}
}

static void backup_advert(struct fsm *fsm, const struct fsm_event *event, struct fsm_step *step)
{
	const struct fsm_config *config = &fsm->config;
	uint64_t deadline;

	/* This comes before the deadline is computed. A preempt delay has run out under a worse
	 * master; a master that is not worse ends the permission to preempt. */
	if (event->priority >= config->priority)
		reset_preempt(fsm);

	deadline = vrrp_backup_deadline(config->version, config->priority, fsm->may_preempt,
					fsm->master_cs, event->priority, event->interval_cs,
					(uint64_t)event->stamp.ns);
	if (deadline == 0)
		return;
	step->deadline = monotime_from_ns(deadline);
	fsm->master_left = event->priority == VRRP_PRIO_STOP;
	if (fsm->master_left)
		return;
	step->accepted = true;
	fsm->master_cs = event->interval_cs;
	if (config->preempt && !fsm->may_preempt && event->priority < config->priority &&
	    monotime_is_never(fsm->preempt_at))
		fsm->preempt_at = monotime_add(event->stamp, config->preempt_delay_ns);
}

static void in_backup(struct fsm *fsm, const struct fsm_event *event, struct monotime now,
		      struct fsm_step *step)
{
	switch (event->kind) {
	case FSM_EV_START:
		break;
	case FSM_EV_TIMER:
		backup_timer(fsm, event, now, step);
		break;
	case FSM_EV_ADVERT:
		backup_advert(fsm, event, step);
		break;
	case FSM_EV_FAIL:
		act(step, FSM_ACT_RELEASE);
		to_idle(fsm, VRRP_STATE_FAULT);
		step->cause = VRRP_CAUSE_FAILED;
		break;
	case FSM_EV_RECOVER:
	case FSM_EV_LAPSE:
	case FSM_EV_RESUME:
	case FSM_EV_ADOPT:
	case FSM_EV_LEAVE:
		break;
	case FSM_EV_STOP:
		to_idle(fsm, VRRP_STATE_INIT);
		step->cause = VRRP_CAUSE_STOPPED;
		break;
	}
}

/* The next advert is due at the next multiple of the interval after the old deadline. So a late
 * wake-up neither shifts the rhythm nor makes up for the adverts that were missed. */
static void master_timer(struct fsm *fsm, struct monotime now, struct fsm_step *step)
{
	int64_t interval = interval_ns(fsm);

	if (monotime_before(now, fsm->advert_at))
		return;
	act(step, FSM_ACT_ADVERT);
	fsm->advert_at =
		monotime_add(fsm->advert_at,
			     (monotime_diff(now, fsm->advert_at) / interval + 1) * interval);
}

static void master_advert(struct fsm *fsm, const struct fsm_event *event, struct monotime now,
			  struct fsm_step *step)
{
	enum vrrp_cause cause;

	if (event->priority == VRRP_PRIO_STOP) {
		act(step, FSM_ACT_ADVERT);
		fsm->advert_at = monotime_add(now, interval_ns(fsm));
		return;
	}
	cause = event->tie_is_open ? VRRP_CAUSE_NONE
				   : vrrp_superior(fsm->config.priority, &event->own_source,
						   event->priority, &event->source);
	if (cause != VRRP_CAUSE_NONE) {
		/* Beyond the RFC: a superior master that was cut off from us does not know that
		 * there were two masters, so it would not announce its addresses again. Our advert
		 * goes to this master alone, because to all others we are not master any more. An
		 * agent that was held up for an interval does not send it, because it would be old
		 * news. */
		if (monotime_diff(now, event->stamp) < interval_ns(fsm))
			act(step, FSM_ACT_CONCEDE);
		act(step, FSM_ACT_RELEASE);
		to_backup(fsm, step, event->interval_cs, event->stamp);
		step->accepted = true;
		step->cause = cause;
		return;
	}
	/* RFC 9568 answers an inferior master with an advert at once; RFC 3768 stays silent. In
	 * both cases there were two masters for a moment, and the switches may have learned the
	 * port of the loser. */
	if (fsm->config.version == VRRP_V3)
		act(step, FSM_ACT_ADVERT);
	act(step, FSM_ACT_ANNOUNCE);
}

static void in_master(struct fsm *fsm, const struct fsm_event *event, struct monotime now,
		      struct fsm_step *step)
{
	switch (event->kind) {
	case FSM_EV_START:
		break;
	case FSM_EV_TIMER:
		master_timer(fsm, now, step);
		break;
	case FSM_EV_ADVERT:
		master_advert(fsm, event, now, step);
		break;
	case FSM_EV_FAIL:
		/* The failed interface may not be the only heartbeat path. Over another path,
		 * priority 0 tells the backup at once. */
		act(step, FSM_ACT_STOP);
		act(step, FSM_ACT_RELEASE);
		to_idle(fsm, VRRP_STATE_FAULT);
		step->cause = VRRP_CAUSE_FAILED;
		break;
	case FSM_EV_RECOVER:
	case FSM_EV_ADOPT:
		break;
	case FSM_EV_LAPSE:
		/* A backup may have taken over, or may be about to do so. Contend like every other
		 * router. */
		act(step, FSM_ACT_RELEASE);
		listen(fsm, event, step, now);
		step->cause = VRRP_CAUSE_LAPSED;
		break;
	case FSM_EV_LEAVE:
		/* Nobody has replaced this router. With priority 0 its backup, which is MASTER of
		 * the rest of the group, or is about to be, need not wait for its silence. */
		act(step, FSM_ACT_STOP);
		act(step, FSM_ACT_RELEASE);
		listen(fsm, event, step, now);
		step->cause = VRRP_CAUSE_GROUP;
		break;
	case FSM_EV_RESUME:
		/* Send at once, to hold the backups down. The rhythm begins anew, so that the next
		 * advert is sent after one interval of listening. */
		act(step, FSM_ACT_ADVERT);
		fsm->advert_at = monotime_add(now, interval_ns(fsm));
		break;
	case FSM_EV_STOP:
		act(step, FSM_ACT_STOP);
		act(step, FSM_ACT_RELEASE);
		to_idle(fsm, VRRP_STATE_INIT);
		step->cause = VRRP_CAUSE_STOPPED;
		break;
	}
}

static void in_fault(struct fsm *fsm, const struct fsm_event *event, struct monotime now,
		     struct fsm_step *step)
{
	switch (event->kind) {
	case FSM_EV_RECOVER:
		begin(fsm, event, step, now);
		step->cause = VRRP_CAUSE_RECOVERED;
		break;
	case FSM_EV_STOP:
		to_idle(fsm, VRRP_STATE_INIT);
		step->cause = VRRP_CAUSE_STOPPED;
		break;
	case FSM_EV_START:
	case FSM_EV_TIMER:
	case FSM_EV_ADVERT:
	case FSM_EV_FAIL:
	case FSM_EV_LAPSE:
	case FSM_EV_RESUME:
	case FSM_EV_ADOPT:
	case FSM_EV_LEAVE:
		break;
	}
}

void fsm_init(struct fsm *fsm, const struct fsm_config *config)
{
	*fsm = (struct fsm){.config = *config};
	to_idle(fsm, VRRP_STATE_INIT);
}

struct fsm_step fsm_step(struct fsm *fsm, const struct fsm_event *event, struct monotime now)
{
	struct fsm_step step = {.from = fsm->state, .deadline = MONOTIME_NEVER};

	switch (fsm->state) {
	case VRRP_STATE_INIT:
		in_init(fsm, event, now, &step);
		break;
	case VRRP_STATE_BACKUP:
		in_backup(fsm, event, now, &step);
		break;
	case VRRP_STATE_MASTER:
		in_master(fsm, event, now, &step);
		break;
	case VRRP_STATE_FAULT:
		in_fault(fsm, event, now, &step);
		break;
	}
	step.to = fsm->state;
	return step;
}

void fsm_set_priority(struct fsm *fsm, uint8_t priority)
{
	if (priority != VRRP_PRIO_STOP)
		fsm->config.priority = priority;
}

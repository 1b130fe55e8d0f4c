/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine of one virtual router: RFC 9568, 6.4 (v3) and RFC 3768, 6.4 (v2).
 * Pure: time is an argument, actions are a list, reasons are values. Depends on include/ and core/.
 *
 * The master-down deadline of a BACKUP is in one place only, the shared word
 * vrrp_instance.deadline_ns. It belongs to the judge, which also moves it for adverts that never
 * reach this machine. So the caller passes it in with FSM_EV_TIMER. When this machine becomes
 * BACKUP, it returns the first deadline, and the caller writes that into the word. After every step
 * the caller copies may_preempt to VRRP_RULE_PREEMPT, for the judge.
 */
#ifndef CORE_VRRP_FSM_H
#define CORE_VRRP_FSM_H

#include "core/monotime.h"
#include "vrrp_abi.h"

enum fsm_event_kind {
	FSM_EV_START,   /* from INIT: interfaces are usable */
	FSM_EV_TIMER,   /* deadline reached: advert timer (MASTER), master-down (BACKUP) */
	FSM_EV_ADVERT,  /* a valid advert */
	FSM_EV_FAIL,    /* heartbeat or public interface down, tracked thing failed */
	FSM_EV_RECOVER, /* all of these are well again */
	FSM_EV_STOP,    /* shut down */
	FSM_EV_LAPSE,   /* MASTER: the lease ran out before the next advert was sent */
	FSM_EV_RESUME,  /* MASTER: the lease ran out, but it stays MASTER (core/vrrp/lease.h) */
	FSM_EV_ADOPT,   /* INIT: it is MASTER already, by a lease that still runs */
	FSM_EV_LEAVE,   /* MASTER: another router of its group is not MASTER any more */
};

struct fsm_event {
	enum fsm_event_kind kind;
	/* FSM_EV_ADVERT only: */
	struct vrrp_addr source;
	struct vrrp_addr own_source; /* ours on the interface it came in by: for the tie-break */
	uint8_t priority;
	bool tie_is_open; /* of our priority, and another path is to decide who yields */
	/* FSM_EV_ADVERT: the interval in the advert. START, RECOVER, LAPSE, LEAVE: the interval of
	 * the last advert that was heard; 0: none was heard. */
	uint16_t interval_cs;
	/* START, RECOVER: the owner may not begin as MASTER now, and listens first as well. */
	bool listens;
	/* FSM_EV_ADVERT: when the advert arrived; the deadline is counted from here. FSM_EV_ADOPT:
	 * when the last advert was sent; the advert timer goes on from here. */
	struct monotime stamp;
	/* FSM_EV_TIMER, while BACKUP only: the master-down deadline in the shared word. */
	struct monotime deadline;
};

/* What the caller is to do. It carries the actions of a step out in the order of their list. */
enum fsm_action {
	FSM_ACT_ADVERT,   /* send an advert with our priority */
	FSM_ACT_STOP,     /* send an advert with priority 0 */
	FSM_ACT_ACQUIRE,  /* become owner: public NIC to the MASTER's state, with GARP/NA */
	FSM_ACT_RELEASE,  /* stop owning: lease off, public NIC to the standby state */
	FSM_ACT_ANNOUNCE, /* repeat the GARP/NA burst: another master was heard, which must yield */
	FSM_ACT_CONCEDE,  /* send one more advert, to the winner alone: it may not have heard us */
};

#define FSM_MAX_ACTIONS 4

struct fsm_config {
	uint8_t version;
	uint8_t priority; /* effective, 1..255 */
	bool preempt;
	uint16_t interval_cs; /* own */
	int64_t preempt_delay_ns;
};

struct fsm {
	struct fsm_config config;
	enum vrrp_state state;
	uint16_t master_cs; /* M: the master's interval; our own until one was heard */
	bool may_preempt;   /* preemption is configured, and no delay is pending; or priority 255 */
	bool master_left;   /* the last accepted advert had priority 0 */
	struct monotime advert_at;  /* advert timer of a MASTER, else never */
	struct monotime preempt_at; /* end of a running preempt delay, or never */
};

struct fsm_step {
	enum vrrp_state from, to;
	enum vrrp_cause cause; /* VRRP_CAUSE_NONE if the state did not change */
	unsigned int action_count;
	enum fsm_action actions[FSM_MAX_ACTIONS];
	/* The master-down deadline, if this event has set it (by the timer column of the RFC's
	 * Backup rows) or has made the machine a BACKUP; else never. For an advert the judge has
	 * set the same deadline already. */
	struct monotime deadline;
	/* FSM_EV_ADVERT: from here on, the sender of this advert is the master. */
	bool accepted;
};

/* Returns Master_Down_Interval in ns: how long this router, by its own priority, waits for a master
 * with the interval master_cs. */
uint64_t fsm_master_down_ns(const struct fsm *fsm, uint16_t master_cs);

/* The machine begins in INIT. config is copied. */
void fsm_init(struct fsm *fsm, const struct fsm_config *config);

/* Handle one event at time now. Changes *fsm and returns what to do. An event that has no meaning
 * in a state (START while MASTER, TIMER before the deadline) changes nothing and returns no action.
 *
 * The preempt delay starts when a BACKUP first hears a master of lower priority. Until it is over,
 * the machine behaves as without preemption. FSM_EV_TIMER at preempt_at ends the delay: it sets
 * may_preempt and returns no action. If a master of our priority or a higher one is heard, the
 * delay is cancelled, even if it was over: the next worse master starts a new one. */
struct fsm_step fsm_step(struct fsm *fsm, const struct fsm_event *event, struct monotime now);

/* Set another effective priority, 1..255; priority 0 changes nothing. A deadline that runs stays as
 * it is: the new priority counts from the next advert that is sent or heard. */
void fsm_set_priority(struct fsm *fsm, uint8_t priority);

#endif

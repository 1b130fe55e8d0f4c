/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine of one virtual router: RFC 9568, 6.4 (v3) and RFC 3768, 6.4 (v2).
 * Pure: time is an argument, actions are a list, reasons are values. Knows include/ and core/.
 *
 * The master-down deadline of a BACKUP lies in one place, the shared word
 * vrrp_instance.deadline_ns, and is the judge's, which moves it also for adverts that never reach
 * this machine. So it is given with FSM_EV_TIMER, and where this machine begins to listen it is
 * returned, to be written there. Whoever has a judge copies may_preempt to VRRP_RULE_PREEMPT after
 * every step.
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
	FSM_EV_RESUME,  /* MASTER: so it did, and yet it stays one (core/vrrp/lease.h) */
	FSM_EV_ADOPT,   /* INIT: master already, by a lease that still runs */
};

struct fsm_event {
	enum fsm_event_kind kind;
	/* FSM_EV_ADVERT only: */
	struct vrrp_addr source;
	struct vrrp_addr own_source; /* of the interface it came in by: the tie-break */
	uint8_t priority;
	/* FSM_EV_ADVERT: that of the advert. START, RECOVER, LAPSE: the last one that was heard of
	 * a master, 0: none. */
	uint16_t interval_cs;
	/* FSM_EV_ADVERT: arrival, the deadline is counted from here. FSM_EV_ADOPT: when the last
	 * advert was sent, the advert timer goes on from here. */
	struct monotime stamp;
	/* FSM_EV_TIMER while BACKUP only: master-down, by the shared word. */
	struct monotime deadline;
};

/* In the order in which they are to be carried out. */
enum fsm_action {
	FSM_ACT_ADVERT,   /* send an advert with our priority */
	FSM_ACT_STOP,     /* send an advert with priority 0 */
	FSM_ACT_ACQUIRE,  /* become owner: public NIC to the master's state, GARP/NA within */
	FSM_ACT_RELEASE,  /* stop owning: lease off, public NIC to the standby state */
	FSM_ACT_ANNOUNCE, /* repeat the GARP/NA burst: another master was heard and lost */
	FSM_ACT_CONCEDE,  /* one more advert, to the winner alone: it may never have heard us */
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
	uint16_t master_cs;         /* M: the master's interval, own one until learned */
	struct monotime advert_at;  /* advert timer of a MASTER, else never */
	struct monotime preempt_at; /* end of a running preempt delay, or never */
	bool may_preempt;           /* preempt, and no delay is pending. 255 always may */
	bool master_left;           /* the last accepted advert had priority 0 */
};

struct fsm_step {
	enum vrrp_state from, to;
	enum vrrp_cause cause; /* VRRP_CAUSE_NONE where the state did not change */
	unsigned int action_count;
	enum fsm_action actions[FSM_MAX_ACTIONS];
	/* Master-down, where this event has set it by the timer column of the RFC's Backup rows or
	 * made the machine a BACKUP; else never. The judge has set the same one for an advert. */
	struct monotime deadline;
	/* FSM_EV_ADVERT: its sender is the master from here on. */
	bool accepted;
};

/* A machine in INIT. config is copied. */
void fsm_init(struct fsm *fsm, const struct fsm_config *config);

/* One event at time now. Changes *fsm, returns what to do. An event without meaning in a state
 * (START while MASTER, TIMER before the deadline) changes nothing and returns no action.
 *
 * Preempt delay: it starts when a master of lower priority is first heard while BACKUP; until it is
 * over the machine behaves as without preemption. FSM_EV_TIMER at preempt_at ends it, which sets
 * may_preempt and gives no action. A master of our priority or a higher one cancels it, also
 * one that is over: it is for a worse one anew. */
struct fsm_step fsm_step(struct fsm *fsm, const struct fsm_event *event, struct monotime now);

/* Another effective priority, 1..254. Nobody becomes the owner by it, and the owner keeps 255. A
 * running deadline stays: the next advert, sent or heard, is the first that goes by the new one. */
void fsm_set_priority(struct fsm *fsm, uint8_t priority);

#endif

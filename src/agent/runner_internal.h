/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the three files of a runner share: runner.c brings events and time to the router,
 * runner_effects.c carries out what the router decides, runner_open.c begins and ends it.
 */
#ifndef AGENT_RUNNER_INTERNAL_H
#define AGENT_RUNNER_INTERNAL_H

#include "agent/adverts.h"
#include "agent/asking.h"
#include "agent/clones.h"
#include "agent/guards.h"
#include "agent/paths.h"
#include "agent/runner.h"
#include "core/vrrp/router.h"
#include "sys/host/user.h"

/* Of a struct vrrp_history, what is not the same for every entry of a router. */
struct change {
	uint64_t at_ns, wire_ns, deadline_ns, announced_ns;
	struct vrrp_addr peer;
	uint8_t peer_family, peer_priority;
	uint8_t from, to; /* enum vrrp_state */
	uint8_t cause;    /* enum vrrp_cause */
};

struct runner {
	struct router router; /* first, so that its rows and ours have the same owner pointer */
	const struct config_router *config;
	const struct router_deps *deps;
	struct port *public;
	struct paths paths;
	struct adverts adverts;
	struct guards guards;
	struct takeover *takeover;
	struct user *user; /* as whom its programs run; NULL: as the agent */
	struct notify *notify;
	struct track *track;
	struct witness *witness; /* NULL: none */
	struct asking asking;
	struct clones clones;

	const struct vrrp_event *heard; /* the record that is being acted upon, or NULL */
	struct monotime look_at;        /* whether a queue holds the last announcement; 0: never */
	const struct runner *unfit;     /* of its group, for a reason of its own; NULL: none is */
	struct monotime lease_end; /* of its last lease, before which no other one takes over */
	struct change change;      /* the last transition */
	char *why;                 /* the cause of a failure; NULL: it is none */
	int64_t resumed_ns;        /* the number of the effect ROUTER_SAYS_RESUMED */
	unsigned int slot;
	uint8_t told_mac[6]; /* as last announced; all zero: never announced */
	uint8_t said;        /* the oddities of adverts that have been logged */
	bool deaf;           /* as the router was told with the weights */
	bool held;           /* a queue held the last announcement */
	bool halves;         /* runner_announce_rest() will send the second half of a round */
	bool half_announced; /* and is to do so */
	bool has_news;    /* the start has put on the NIC what the earlier run did not announce */
	bool nic_dirty;   /* somebody changed it, maybe this agent */
	bool leaves;      /* it has just ceased to be MASTER */
	bool has_goodbye; /* and is to say so with priority 0 */
	/* These wait to be told until the NIC has been changed. */
	bool has_transition, has_resumed;
	bool has_hook; /* the programs of `change`, which was told, are still to run */
	bool remarks;  /* there may be news for runner_remark() */
};

/* Carry out these effects, in their order. `now` is when the event was brought that they answer. */
void runner_carry_out(struct runner *runner, const struct router_effects *fx, struct monotime now);

/* The name of the interface without which the router can serve none of its addresses, because it is
 * missing: the public one, or those of all addresses; else NULL. */
const char *runner_missing(const struct runner *runner);

/* An announcement left through a queue a moment ago. If it still waits there, send another one past
 * the queue. */
void runner_look_at_queue(struct runner *runner);

/* The batch with the router's advert was sent. The context is the runner. */
void runner_on_sent(void *context);
void runner_on_unsent(void *context);

/* Bring the public NIC into the state that it should be in, if it is in another one, and report to
 * the router what it carries. */
void runner_repair(struct runner *runner, struct monotime now);

#endif

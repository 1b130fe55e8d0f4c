/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the agent share. For agent/agent*.c only.
 */
#ifndef AGENT_AGENT_INTERNAL_H
#define AGENT_AGENT_INTERNAL_H

#include "agent/agent.h"
#include "agent/auth.h"
#include "agent/batch.h"
#include "agent/control.h"
#include "agent/early_fence.h"
#include "agent/fencing.h"
#include "agent/groups.h"
#include "agent/interfaces.h"
#include "agent/keeper.h"
#include "agent/loop.h"
#include "agent/macvlans.h"
#include "agent/others.h"
#include "agent/ports.h"
#include "agent/reception.h"
#include "agent/refusals.h"
#include "agent/rehearsal.h"
#include "agent/runner.h"
#include "agent/service.h"
#include "agent/summary.h"
#include "agent/taps.h"
#include "agent/upkeep.h"
#include "core/deadline.h"
#include "core/ending.h"
#include "sys/bpf/datapath.h"
#include "sys/host/vitals.h"
#include "sys/net/rtnl.h"
#include "sys/net/send.h"

struct agent {
	const struct config *config;
	const struct agent_options *options;
	int run_lock, bpffs_lock;
	struct keeper *keeper; /* NULL: nobody writes transitions to disk */
	struct loop *loop;
	struct datapath *datapath;
	struct receiver *receiver;
	struct auth *auth;
	struct reception *reception;
	struct taps *taps;
	struct early_fence *early_fence; /* a thread opens the fence; NULL: none does */
	struct fence *fence;
	struct others *others; /* NULL: there is no fence */
	struct fencing fencing;
	struct rtnl *rtnl;
	struct interfaces interfaces;
	struct macvlans macvlans;
	struct sender *sender;
	struct rehearsal *rehearsal; /* NULL: not permitted, or not wanted (early = 0) */
	struct ports ports;
	struct ports_deps ports_deps;
	struct router_deps router_deps;
	struct batch batch;
	struct runner **runners;
	unsigned int opened;
	struct groups *groups; /* of the routers; NULL: none are open yet */
	struct runner *by_slot[VRRP_MAX_SLOTS];
	struct control *control;
	struct upkeep *upkeep;
	struct refusals refusals;
	struct service service;
	struct summary summary;
	bool stop_asked; /* a signal came; the stop begins when the ring was read */
	bool stop_now;   /* another one came: no router is to wait before it leaves */
	bool leaving;  /* the stop was ordered; some routers may still wait: router_is_leaving() */
	bool stopping; /* no router does, and nothing is left but what the stop has to end */
	bool said_waiting;            /* the log says that the stop waits for programs */
	enum rtnl_change last_change; /* what the monitor told last, */
	int last_changed;             /* and of which interface */
	bool unsettled;               /* some NICs are still to be changed, or looked at */
	struct monotime unsettled_at;
	bool reloads;            /* it began as a reload of the agent before it */
	bool restarting;         /* a reload waits until no hook runs any more */
	struct monotime stop_by; /* the stop waits for hooks until then; never: without a limit */
	bool worked;             /* this wake-up found something to do */
	struct progress progress;
	struct vitals *vitals;
	char *remarks; /* as last written, see sys/host/remarks.h; NULL: none */
};

/* agent_open.c. agent_open_rooms() opens everything except the routers; agent_open_routers() opens
 * these. Failures are logged. Call agent_close_rooms() after a failure, too: it closes all that was
 * opened until then. */
int agent_open_rooms(struct agent *agent);
int agent_open_routers(struct agent *agent);
void agent_close_rooms(struct agent *agent, enum ending ending);

/* agent_events.c. Read the ring and the packet sockets, and let every router heed what the judge
 * made of it. Returns the time by which that was done. */
struct monotime agent_catch_up(struct agent *agent);

/* agent_pace.c. How long before a possible promotion the agent is awake, in ns. */
int64_t agent_lead_ns(const struct agent *agent);

/* agent_pace.c. Returns the router whose promotion is possible next, or NULL, and writes when. */
struct runner *agent_next_master_down(const struct agent *agent, struct monotime *ret_at);

/* agent_pace.c. Waits awake for the soonest possible promotion when it is less than `early` away,
 * so that no timer's latency is added to it, and rehearses before that. The wait ends at the
 * deadline. If an advert moves that deadline, the wait is for the deadline that is then the
 * soonest. */
void agent_await_master_down(struct agent *agent);

/* agent_pace.c. For how long the agent may do one thing, in ns: a fifth of the shortest interval,
 * at least 3 ms and at most 20. */
int64_t agent_stretch_ns(const struct agent *agent);

/* agent_pace.c. What agent/stand_in.h calls: the context is the agent. */
struct monotime agent_stand_in(void *context, struct monotime now, unsigned int *sent);

/* agent_pace.c. The last act before a restart, after the ring was read: sends the adverts that
 * become due until the next process sends. */
void agent_send_ahead(struct agent *agent);

/* agent_pace.c. Prepares NICs for promotions that may come, without delaying a promotion: once one
 * is near, the routers that are left do without preparation. */
void agent_prepare(struct agent *agent);

/* agent_pace.c. Calls fn, which changes NICs, for all routers, as long as there is time. Returns
 * true if there was time for all. */
bool agent_stroke(struct agent *agent, bool (*fn)(struct runner *runner, struct monotime now));

/* agent_tell.c. Call it at the end of a wake-up. It tells what has changed to the service manager
 * and to `status`, and how a handover has ended to those who wait for that at the control socket.
 */
void agent_tell(struct agent *agent, struct monotime now);

/* agent_reload.c. A new process is to read the configuration, and to adopt what this process leaves
 * unchanged. If it would not start, that is logged, and everything goes on running. */
void agent_reload(struct agent *agent);

/* agent_events.c. The taps say that XDP does not do on some interfaces: packet sockets hear there
 * from now on. Call it before any deadline is served: on a deaf interface the master's adverts have
 * moved none. */
void agent_leave_xdp(struct agent *agent, struct monotime now);

/* agent_events.c: what the loop and the control socket call; the context is the agent. */
void agent_on_rtnl(void *context);
void agent_on_heard(void *context);
void agent_on_fences(void *context);
const void *agent_on_control(void *context, const char *text, size_t length,
			     char answer[CONTROL_LINE]);

#endif

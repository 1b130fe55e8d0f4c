/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual router: events -> fsm_step() -> actions. Joins the state machine with its slot of the
 * datapath, its sender, its takeover and its hooks. Time is an argument here, too.
 *
 * Actions are carried out in three strokes, so that a hundred routers that become MASTER in one
 * moment first all say so on the wire, then all change their NICs and announce, and only then tell
 * of it: what must be at once (lease, role) and adverts (into the batch) in the call that brought
 * the event; NICs in router_settle(), after the batch was flushed; log, history and hooks in
 * router_finish().
 */
#ifndef AGENT_ROUTER_H
#define AGENT_ROUTER_H

#include "agent/batch.h"
#include "agent/loop.h"
#include "agent/ports.h"
#include "core/config/config.h"
#include "core/deadline.h"
#include "core/monotime.h"
#include "sys/bpf/fence.h"
#include "vrrp_abi.h"

struct auth;
struct router;

struct router_deps {
	const struct config *config;
	const char *run_dir;
	const char *bpffs;
	struct fence *fence; /* NULL: none to be had, or wanted */
	struct auth *auth;
	struct loop *loop;
	struct datapath *datapath;
	struct receiver *receiver;
	struct rtnl *rtnl;
	struct sender *sender;
	struct ports *ports;
	struct batch *batch;
};

/* Does this instance, left by an agent that is gone, go on as `config`? It must be that router,
 * MASTER by a lease that still runs: then nobody else may have taken over, and the restart goes
 * unnoticed. */
bool router_adoptable(const struct config_router *config, const struct vrrp_instance *instance,
		      const struct vrrp_lease *lease, struct monotime now);

/* In INIT; the public NIC is repaired to the standby state where a crashed run left it otherwise.
 * Ports must have been refreshed. The router's configuration and the deps must outlive it. adopt:
 * the slot was kept because it is adoptable. */
int router_open(const struct config_router *config, const struct router_deps *deps,
		unsigned int slot, bool adopt, struct router **ret_router);

/* Interfaces changed: sources, usability -> start, fail or recover. */
void router_ports_changed(struct router *router, struct monotime now);

/* A record of the ring that names this router's slot. */
void router_event(struct router *router, const struct vrrp_event *event, struct monotime now);

/* Around the drain of the ring: read the role before; after it, must it be drained once more,
 * because the judge stepped down meanwhile? */
void router_before_drain(struct router *router);
bool router_drain_again(const struct router *router);

/* After the ring was drained: what the kernel decided or lost meanwhile. */
void router_resync(struct router *router, struct monotime now);

/* enum vrrp_state; and is it MASTER, with a lease that an advert has opened and that lives at
 * `now`? */
unsigned int router_state(const struct router *router);
bool router_may_own(const struct router *router, struct monotime now);

/* As configured; valid as long as the configuration is. */
const char *router_name(const struct router *router);

#define ROUTER_ROWS 11 /* of the table of deadlines */

/* Offer every deadline of the router to the search for the soonest. They are rows of one table
 * (router_deadlines.c): router_tick(), router_prepare() and router_finish() serve them. */
void router_offer(const struct router *router, enum phase phase, struct soonest *soonest);

/* When the router may have to take over, or never: the one deadline that must be met to the
 * microsecond. */
struct monotime router_master_down(const struct router *router);

/* Serve what is due: timers of the protocol, tracked things, announcements, hooks. Returns whether
 * anything was. */
bool router_tick(struct router *router, enum phase phase, struct monotime now);

/* Where a promotion may be due soon: MAC and addresses on the NIC, behind the shut fence. Between
 * takeover_hold() and takeover_release(). Returns whether it was time for that. */
bool router_prepare(struct router *router, enum phase phase, struct monotime now);

bool router_prepared(const struct router *router);

/* All of a promotion at `at` that can be done without doing it, to warm the caches for it. */
void router_rehearse(struct router *router, struct monotime at);

/* Before the second stroke: what is on the NIC already behind the fence is announced. */
void router_announce_prepared(struct router *router, struct monotime now);

/* Second stroke, between takeover_hold() and takeover_release(). Was there anything to do? */
bool router_settle(struct router *router, struct monotime now);

/* Third stroke, likewise: looks whether the NIC is as it should be, also where something else
 * changed it. */
bool router_finish(struct router *router, struct monotime now);

/* Interface ifindex changed (0: unknown): router_finish() looks whether its NIC needs repair. */
void router_nic_changed(struct router *router, int ifindex);

/* Leave: priority 0 (into the batch), then router_settle(). */
void router_stop(struct router *router, struct monotime now);

/* Hooks still run? */
bool router_busy(const struct router *router);

/* The operator's word: a resigned router is in FAULT until it resumes. */
void router_resign(struct router *router, bool resigned, struct monotime now);

/* What lay in the run directory is gone: write again what is ours. */
void router_run_dir_lost(struct router *router);

/* keep: a restart follows; NIC, slot and record stay as they are. */
void router_close(struct router *router, bool keep);

#endif

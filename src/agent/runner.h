/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual router on this host: brings its events to core/vrrp/router.h, and carries the effects
 * out. Decides nothing.
 *
 * Effects are carried out in three strokes, so that a hundred routers that become MASTER in one
 * moment first all say so on the wire, then all change their NICs and announce, and only then tell
 * of it: adverts into the batch in the call that brought the event; NICs in runner_settle(), after
 * the batch was flushed; log, history and hooks in runner_finish().
 */
#ifndef AGENT_RUNNER_H
#define AGENT_RUNNER_H

#include "agent/deps.h"
#include "core/deadline.h"
#include "core/ending.h"
#include "core/vrrp/router.h"

struct runner;

/* The words of a slot, for router_adoptable(). */
struct router_words runner_words(struct datapath *datapath, unsigned int slot);

/* In INIT; the public NIC is repaired to the standby state where a crashed run left it otherwise.
 * Ports must have been refreshed. The router's configuration and the deps must outlive it. adopt:
 * the slot was kept because it is adoptable. Negative errno. */
int runner_open(const struct config_router *config, const struct router_deps *deps,
		unsigned int slot, bool adopt, struct runner **ret_runner);

/* What it runs, to be looked at. */
const struct router *runner_router(const struct runner *runner);

/* Interfaces changed: sources, usability -> start, fail or recover. */
void runner_ports_changed(struct runner *runner, struct monotime now);

/* A record of the ring that names this router's slot. */
void runner_event(struct runner *runner, const struct vrrp_event *event, struct monotime now);

/* Around the drain of the ring, and behind it: as router_before_drain() and the next two. */
void runner_before_drain(struct runner *runner);
bool runner_drain_again(const struct runner *runner);
void runner_wake(struct runner *runner, struct monotime now);

#define RUNNER_ROWS 3 /* of the table of deadlines, beside the router's */

/* Offer every deadline to the search for the soonest: the router's own, tracked things, hooks and
 * repairs. runner_tick(), runner_prepare() and runner_finish() serve them. */
void runner_offer(const struct runner *runner, enum phase phase, struct soonest *soonest);

/* Serve what is due: timers of the protocol, tracked things, announcements, hooks. Returns whether
 * anything moved. */
bool runner_tick(struct runner *runner, enum phase phase, struct monotime now);

/* Where a promotion may be due soon: MAC and addresses on the NIC, behind the shut fence. Between
 * interfaces_hold() and interfaces_release(). Returns whether it was time for that. */
bool runner_prepare(struct runner *runner, struct monotime now);

/* All of a promotion at `at` that can be done without doing it, to warm the caches for it. */
void runner_rehearse(struct runner *runner, struct monotime at);

/* Before the second stroke: what is on the NIC already behind the fence is announced. */
void runner_announce_prepared(struct runner *runner);

/* Second stroke, between interfaces_hold() and interfaces_release(). Was there anything to do? */
bool runner_settle(struct runner *runner, struct monotime now);

/* Third stroke, likewise: looks whether the NIC is as it should be, also where something else
 * changed it. */
bool runner_finish(struct runner *runner, struct monotime now);

/* Interface ifindex changed (0: unknown): runner_finish() looks whether its NIC needs repair. */
void runner_nic_changed(struct runner *runner, int ifindex);

/* Stop: priority 0 where it is MASTER (into the batch), then runner_settle(). Resign: FAULT until
 * it resumes. */
void runner_order(struct runner *runner, enum router_order order, struct monotime now);

/* Resign or resume as soon as the ring is read, in runner_wake(): who was replaced while it slept
 * has no goodbye to say. */
void runner_ask(struct runner *runner, enum router_order order);

/* Hooks still run? */
bool runner_busy(const struct runner *runner);

/* What lay in the run directory is gone: write again what is ours. */
void runner_run_dir_lost(struct runner *runner);

/* NULL is allowed. */
void runner_close(struct runner *runner, enum ending ending);

#endif

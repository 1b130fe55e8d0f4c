/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual router on this host: brings events to core/vrrp/router.h, and carries its effects
 * out. Decides nothing.
 *
 * Effects are carried out in three strokes. So if a hundred routers become MASTER in one moment,
 * all of them first say so on the wire, then all change their NICs and announce, and only then tell
 * of it. First stroke: adverts go into the batch, in the call that brought the event. Second
 * stroke, after the batch was sent: runner_settle() changes the NICs. Third stroke: runner_finish()
 * tells log, history and hooks.
 */
#ifndef AGENT_RUNNER_H
#define AGENT_RUNNER_H

#include <stdio.h>

#include "agent/deps.h"
#include "core/deadline.h"
#include "core/ending.h"
#include "core/vrrp/router.h"
#include "sys/net/queue.h"

struct runner;

/* The shared words of a slot, for router_adoptable(). */
struct router_words runner_words(struct datapath *datapath, unsigned int slot);

/* The router begins in INIT. If a crashed run left the public NIC in another state, it is brought
 * into the standby state. Set `adopt` if the slot was kept because router_adoptable() said so; then
 * the NIC stays that of a MASTER. Ports must have been refreshed. config and deps must outlive the
 * runner. gate: VRRP_GATE() of its group, or 0. Returns 0 or a negative errno. */
int runner_open(const struct config_router *config, const struct router_deps *deps,
		unsigned int slot, uint16_t gate, bool adopt, struct runner **ret_runner);

/* The router that it runs, for reading only. */
const struct router *runner_router(const struct runner *runner);

/* Interfaces changed: learn the own source addresses and which interfaces can be used. The router
 * starts, fails or recovers by that. */
void runner_ports_changed(struct runner *runner);

/* The XDP program was deaf on this port until now. A BACKUP that listens there does not know
 * whether its master was silent, so it waits for the next advert. */
void runner_was_deaf(struct runner *runner, const struct port *port, struct monotime now);

/* Its group is like this now: router_group(). unfit: a router of it that is in fault for a reason
 * of its own, or NULL. Returns whether that moved anything. */
bool runner_group(struct runner *runner, const struct router_group *group,
		  const struct runner *unfit, struct monotime now);

/* The router of a group has claimed, and router_group() has told it whether all have: promote it,
 * or take the claim back. */
void runner_decide(struct runner *runner, struct monotime now);

/* Handle a record of the ring that names this router's slot. */
void runner_event(struct runner *runner, const struct vrrp_event *event, struct monotime now);

/* Before, around and after the drain of the ring: router_before_drain(), router_drain_again() and
 * router_wake(). runner_wake() also carries out what runner_ask() asked for. */
void runner_before_drain(struct runner *runner);
bool runner_drain_again(const struct runner *runner);
void runner_wake(struct runner *runner, struct monotime now);

#define RUNNER_ROWS 5 /* of the runner's table of deadlines; the router has its own */

/* Offer every deadline to the search for the soonest: the router's own, tracked things, hooks,
 * repairs and looks for rivals. runner_tick(), runner_prepare() and runner_finish() serve them. */
void runner_offer(const struct runner *runner, enum phase phase, struct soonest *soonest);

/* Serve the rows that are due: timers of the protocol, tracked things, announcements, hooks. A
 * router of a group that claims waits for runner_decide(). Returns whether anything moved. */
bool runner_tick(struct runner *runner, enum phase phase, struct monotime now);

/* If a promotion may be due soon: put MAC and addresses on the NIC, behind the shut fence. Call it
 * between interfaces_hold() and interfaces_release(). Returns whether it was time for that. */
bool runner_prepare(struct runner *runner, struct monotime now);

/* Play the promotion at `at` without effect, so that its code and data are in the caches. What
 * waits for before-master is left out, because it would push the first advert out of the caches.
 * Returns whether the promotion changes the NIC at once; the caller rehearses the requests for
 * that. */
bool runner_rehearse(struct runner *runner, struct monotime at);

/* Announce the addresses if they are prepared on the NIC already, each by its first form of ARP
 * alone. The agent calls this for all routers before it changes a NIC. Returns whether these were
 * sent: runner_announce_rest() sends the other form then. */
bool runner_announce_prepared(struct runner *runner);

/* Send the other form of ARP, if garp = both. The agent calls this after runner_announce_prepared()
 * of all routers, so that no router waits for the second form of another one. */
void runner_announce_rest(struct runner *runner);

/* Has the router ceased to be MASTER in this wake-up? Then what waits in the transmit queues of its
 * interfaces, behind the fence that is shut now, is to go before anybody takes over. Adds these
 * interfaces. */
bool runner_leaves(const struct runner *runner, struct queues *queues);

/* Then put the advert with priority 0 into the batch, if the router is to send one. */
void runner_say_goodbye(struct runner *runner, struct monotime now);

/* Second stroke. Call it between interfaces_hold() and interfaces_release(). Returns whether there
 * was anything to do. */
bool runner_settle(struct runner *runner, struct monotime now);

/* Third stroke, likewise. If the NIC was changed, by us or by somebody else, it looks whether the
 * NIC is as it should be. */
bool runner_finish(struct runner *runner, struct monotime now);

/* Interface ifindex changed (0: unknown). If it concerns the router's NIC, runner_finish() looks
 * whether the NIC needs a repair. */
void runner_nic_changed(struct runner *runner, int ifindex);

/* See router.h. Once a router stops, runner_say_goodbye() and runner_settle() are to follow. */
void runner_order(struct runner *runner, enum router_order order, struct monotime now);

/* The kernel holds the loop up (agent/stand_in.h): put the advert that is due into the batch, if
 * the router is heard by the judge of the kernel, or if it is heard by packet sockets and nothing
 * waits in them (unjudged is false). Returns whether there is one. _at: when the next one will be,
 * or never. */
bool runner_stand_in(struct runner *runner, bool unjudged, struct monotime now);
struct monotime runner_stand_in_at(const struct runner *runner, struct monotime now);

/* See router.h; runner_stand_in() is to follow. */
void runner_hasten(struct runner *runner, struct monotime now, struct monotime until);

/* Is there anything new to be said of the router since runner_remark()? */
bool runner_remarks(const struct runner *runner);

/* Write the lines of sys/host/remarks.h for this router. */
void runner_remark(struct runner *runner, FILE *out);

/* Why the router has the state that it has. */
enum vrrp_cause runner_cause(const struct runner *runner);

/* Does a hook still run or wait? */
bool runner_busy(const struct runner *runner);

/* The files in the run directory are gone: write ours again. */
void runner_run_dir_lost(struct runner *runner);

/* Calls takeover_check_record() for the router's takeover. */
int runner_check_record(struct runner *runner);

/* NULL is allowed. The guards of a NIC that could not be put back stay. */
void runner_close(struct runner *runner, enum ending ending);

#endif

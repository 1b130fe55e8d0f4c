/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hook scripts of one router. They run beside the loop, one at a time and in order; if the state
 * changes meanwhile, only the latest state counts (core/vrrp/hooks.h). A script that exceeds its
 * time limit gets SIGTERM, and SIGKILL a second later; both go to its whole process group. The
 * scripts of vrrpd's command line have no time limit. A script that still runs after 30 s is named
 * in the log.
 *
 * Each state change runs `notify`, then notify-master, notify-backup or notify-fault. The arguments
 * are STATE and NAME. The environment is that of the agent, and the variables below.
 * A MASTER that is stopped, or that fails and has no notify-fault, loses its role, too: it runs
 * notify-backup, with VRRP_STATE=STOP or FAULT. With vrrpd's command line, -D runs once at the
 * start and once at the end of each mastership.
 *
 * The hooks before-master and before-backup run in the same order, one at a time with all others.
 * The router waits for them, so their time limit counts from the moment at which they are due: if a
 * script before them still runs then, they have less. The router is told that the time is up at
 * once; the program gets SIGTERM, and SIGKILL a second later. They get no arguments but their own.
 * VRRP_STATE says what the router is about to be: MASTER or BACKUP.
 *
 *   VRRP_STATE (MASTER, BACKUP, FAULT, STOP) VRRP_NAME VRRP_VRID VRRP_INTERFACE (first heartbeat)
 *   VRRP_PUBLIC VRRP_ADDRESS (first, ADDR/LEN) VRRP_ADDRESSES (all, by spaces) VRRP_GATEWAY
 *   VRRP_PRIORITY VRRP_FAMILY (4, 6) VRRP_VERSION VRRP_OLD_STATE VRRP_CAUSE
 */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include <stdbool.h>

#include "core/config/config.h"
#include "core/monotime.h"

struct notify;
struct loop;
struct user;

/* Returns 0 and *ret_notify, which is NULL if the router has no program, or -ENOMEM. The other
 * functions accept NULL. The programs run as `user`; NULL: as the agent. The arguments must outlive
 * it. */
int notify_open(const struct config_router *router, const struct user *user, struct loop *loop,
		struct notify **ret_notify);

/* The router went from one state to another (to INIT if it is being stopped). Never blocks. If a
 * script cannot be started, this is logged, and the next one has its turn. */
void notify_enter(struct notify *notify, enum vrrp_state from, enum vrrp_state to,
		  enum vrrp_cause cause);

/* The router was adopted: it is MASTER since the agent before this one. No program runs now,
 * because those of that promotion have run already. Those for the end of the role will run. */
void notify_adopt(struct notify *notify);

/* The router stays MASTER although before-backup has run: the scripts of that state run again. */
void notify_stay(struct notify *notify, enum vrrp_cause cause);

/* Start a hook that is waited for, as soon as no other script runs. Never blocks. Its result is
 * told by notify_result(). */
void notify_before(struct notify *notify, enum config_before before, enum vrrp_state from,
		   enum vrrp_cause cause, struct monotime now);

/* The router waits no longer for that hook. If it runs, it is ended, and this is logged. */
void notify_before_end(struct notify *notify, enum config_before before, struct monotime now);

/* Has a hook ended that is waited for, or is its time up? Then true, once, and which one, and
 * whether all went well. */
bool notify_result(struct notify *notify, enum config_before *ret_before, bool *ret_well);

/* What went wrong with the last hook that was waited for; NULL: nothing did. */
const char *notify_trouble(const struct notify *notify);

/* When to call notify_tick(), or never. It is due when a program's time is up, when a program has
 * run for so long that the log is to name it, or when notify_result() has a result. */
struct monotime notify_deadline(const struct notify *notify);
void notify_tick(struct notify *notify, struct monotime now);

/* Does a script still run or wait? An agent that stops waits for it, within the time limit. */
bool notify_busy(const struct notify *notify);

/* Kill a program that still runs, and log which one. */
void notify_close(struct notify *notify);

#endif

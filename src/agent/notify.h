/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hook scripts of one router: beside the loop, one at a time, in order, latest state wins
 * (core/vrrp/hooks.h), with a time limit (SIGTERM, a second later SIGKILL, to the whole group). The
 * scripts of vrrpd's command line have none. One that still runs after 30 s is named in the log.
 *
 * Each state change runs `notify`, then notify-master|backup|fault. Argument vector: the
 * script's path, then STATE NAME. Environment: the agent's, and those below.
 * A master that is stopped, or that fails without a notify-fault, has lost its role as well: it
 * runs notify-backup, with VRRP_STATE=STOP or FAULT. With vrrpd's command line, -D runs once at
 * start and once for each promotion that ends.
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

/* 0 and *ret_notify, NULL where the router has no program: the rest takes that. -ENOMEM. router and
 * loop must outlive it. */
int notify_open(const struct config_router *router, struct loop *loop, struct notify **ret_notify);

/* The router entered `state` (INIT: it is being stopped). Never blocks. A script that cannot be
 * started is logged and passed over. */
void notify_enter(struct notify *notify, enum vrrp_state from, enum vrrp_state to,
		  enum vrrp_cause cause);

/* The router goes on as the MASTER that an agent before this one made it: no program runs, for
 * those of that promotion have run, and the end of the role is still to be told. */
void notify_adopt(struct notify *notify);

/* When to call notify_tick(), or never: a program's time is up, or it has run for long. */
struct monotime notify_deadline(const struct notify *notify);
void notify_tick(struct notify *notify, struct monotime now);

/* Does a script still run or wait? A stopping agent waits for it, within its time limit. */
bool notify_busy(const struct notify *notify);

/* Kills a program that still runs, and says which. */
void notify_close(struct notify *notify);

#endif

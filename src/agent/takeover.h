/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The public NIC of one virtual router: record, apply, reconcile and undo plans. The record (what
 * the NIC carried before our first change) lies in the run directory from before the first change
 * until after the last one is undone, so a crash at any point is repaired at the next start.
 */
#ifndef AGENT_TAKEOVER_H
#define AGENT_TAKEOVER_H

#include <stdbool.h>

#include "core/config.h"
#include "core/plan.h"
#include "sys/rtnl.h"

struct takeover;

/* Called at the right place within a plan to MASTER: send the first GARP/NA burst. */
typedef void (*takeover_announce_fn)(void *context);

/* Read the record that a crashed run left (RUN_DIR/takeover-NAME), or record now (written to a
 * temporary name, synced, renamed). Changes no NIC. The router and rtnl must outlive it.
 * -ENODEV: the public interface is missing; other negative errno, logged with its cause. */
int takeover_open(const struct config_router *router, struct rtnl *rtnl, const char *run_dir,
		  struct takeover **ret_takeover);

/* Bring the NIC into a role. announce is called once when role is PLAN_MASTER. Every failed op is
 * logged; the rest is carried out all the same. 0, or the number of failed ops, or negative errno. */
int takeover_enter(struct takeover *takeover, enum plan_role role, takeover_announce_fn announce,
		   void *context);

/* Compare with what the current role wants and repair; > 0: so many changes were made (the caller
 * announces again when MASTER), 0: all well. Never repairs more than ten times a second. */
int takeover_reconcile(struct takeover *takeover, takeover_announce_fn announce, void *context);

/* Does a change of this interface concern it? (0: unknown, always true) */
bool takeover_concerns(const struct takeover *takeover, int ifindex);

/* The MAC to announce the shared addresses with, now. */
void takeover_mac(const struct takeover *takeover, uint8_t ret_mac[6]);
int takeover_ifindex(const struct takeover *takeover);

/* To PLAN_BACKUP (unless there already) and remove the record. keep: leave NIC and record as they
 * are (a restart follows). */
void takeover_close(struct takeover *takeover, bool keep);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The public NIC of one virtual router: record, apply, reconcile and undo plans. The record (what
 * the NIC carried before our first change) lies in the run directory from before the first change
 * until after the last one is undone, so a crash at any point is repaired at the next start.
 *
 * The takeovers that share a struct interfaces know each other: they share the NICs of the host,
 * and none undoes what another one needs. Never decides a role, never sends a frame.
 */
#ifndef AGENT_TAKEOVER_H
#define AGENT_TAKEOVER_H

#include <stdbool.h>

#include "agent/interfaces.h"
#include "core/config/config.h"
#include "core/ending.h"
#include "core/monotime.h"
#include "core/nic/plan.h"
#include "core/vrrp/router.h"

struct takeover;

/* Called at the right place within a plan to MASTER: send the first GARP/NA burst. */
typedef void (*takeover_announce_fn)(void *context);

/* Read the record that a crashed run left (RUN_DIR/takeover-NAME), or record now (written to a
 * temporary name, synced, renamed; one that cannot be written is logged and tried again, about once
 * a second, and is no error). Changes no NIC. The router, interfaces and run_dir must outlive it.
 * -ENODEV: the public interface is missing; -EBADMSG: the record is damaged; other negative errno.
 * Logged with its cause. */
int takeover_open(const struct config_router *router, struct interfaces *interfaces,
		  const char *run_dir, struct takeover **ret_takeover);

/* Bring the NIC into a role, without regard to any rate limit. announce (may be NULL) is called
 * once the addresses are there when role is PLAN_MASTER, again where they or the MAC had to be
 * repaired. Every failed op is logged; the rest is carried out all the same. 0, or the number of
 * failed ops, or negative errno; -ENODEV: the interface is gone, the role is kept for
 * takeover_reconcile(). If takeover_ready() was true, the caller has already announced: announce is
 * called after a repair only.
 *
 * Between interfaces_hold() and interfaces_release() a takeover makes one pass over its NIC. If
 * that changed something, takeover_deadline() is due at once: takeover_reconcile() then looks what
 * became of it. */
int takeover_enter(struct takeover *takeover, enum plan_role role, takeover_announce_fn announce,
		   void *context);

/* Whatever PLAN_MASTER does to MAC and addresses, up to the announcement, so that at the deadline
 * nothing is left to be waited for. For who knows that a fence is shut before them, while held.
 * Takes no link down for a MAC. takeover_enter(), into either role, ends it; until then
 * takeover_reconcile() lets the NIC be. false: nothing was changed, for the NIC is missing, or
 * another router's that is MASTER. */
bool takeover_prepare(struct takeover *takeover);

/* Standby, prepared or a MASTER's, as it was asked for last. */
enum router_nic takeover_nic(const struct takeover *takeover);

/* Was it prepared, with nothing left out? */
bool takeover_ready(const struct takeover *takeover);

/* Look and plan as for PLAN_MASTER, and forget it: what that needs is in the caches then. */
void takeover_rehearse(struct takeover *takeover);

/* Compare with what the current role wants and repair; > 0: so many changes were made (announce was
 * called where they concern MAC or addresses and the role is MASTER), 0: all well, or not yet: it
 * never repairs more than ten times a second. Negative errno as above. now is not before any other
 * one that it was given. Costs no system call but one
 * poll(2) where nothing changed since the last look. Before the first takeover_enter(): 0. */
int takeover_reconcile(struct takeover *takeover, struct monotime now,
		       takeover_announce_fn announce, void *context);

/* As MASTER, or prepared: could none of the shared addresses be put on its interface, and is none
 * there? Also where nothing could be changed, as an interface of the router is missing. */
bool takeover_is_bare(const struct takeover *takeover);

/* Did the last change of the NIC take its link down and up? (the driver takes no MAC otherwise) */
bool takeover_flapped(const struct takeover *takeover);

/* When a repair that the rate limit held back, or another try at one that failed, is due (call
 * takeover_reconcile()), or never. */
struct monotime takeover_deadline(const struct takeover *takeover);

/* Does a change of this interface concern it? (0: unknown, always true; any, while its own
 * interface is missing) */
bool takeover_concerns(const struct takeover *takeover, int ifindex);

/* The MAC to announce the shared addresses with, now. All zero while the interface is missing. */
void takeover_mac(const struct takeover *takeover, uint8_t ret_mac[6]);
int takeover_ifindex(const struct takeover *takeover); /* 0: missing */

/* Write the record again. A failure is logged, once while it lasts, and is no reason to stop. */
int takeover_write_record(struct takeover *takeover);

/* To PLAN_BACKUP (unless there already) and remove the record; where that failed the record stays,
 * and the next start tries again. A restart finds NIC and record as they
 * are. */
void takeover_close(struct takeover *takeover, enum ending ending);

#endif

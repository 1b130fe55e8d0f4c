/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The public NIC of one virtual router: record, apply, reconcile and undo plans. The record says
 * what the NIC carried before our first change. It is in the run directory from before the first
 * change until after the last change is undone, so the next start can repair a crash at any point.
 *
 * The takeovers that share a struct interfaces know each other, because they share the NICs of the
 * host: no takeover undoes what another one needs. Never decides a role, never sends a frame.
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

/* Called within a plan to MASTER as soon as the addresses are there: begin the GARP/NA burst. */
typedef void (*takeover_announce_fn)(void *context);

/* Read the record that a crashed run left (RUN_DIR/takeover-NAME). If there is none, make one now,
 * or as soon as the public interface is there: it is written to a temporary name, synced and
 * renamed. If it cannot be written, this is logged and tried again about once a second, and is no
 * error. Changes no NIC. router, interfaces and run_dir must outlive the takeover. Returns 0,
 * -EBADMSG if the record cannot be read, -EXDEV if it is of another interface, which
 * strays_put_back() repairs, or another negative errno. Errors are logged with their cause, except
 * for -EXDEV. */
int takeover_open(const struct config_router *router, struct interfaces *interfaces,
		  const char *run_dir, struct takeover **ret_takeover);

/* Bring the NIC into a role, without regard to any rate limit. If role is PLAN_MASTER, announce
 * (may be NULL) is called once the addresses are there, and again after they or the MAC had to be
 * repaired. If takeover_ready() was true, the caller has already announced: announce is then called
 * only after a repair. A change that fails is logged, and the others are made all the same. So is
 * an interface that is missing, and takeover_reconcile() makes up for it when it is there. Returns
 * 0, the number of changes that failed, or a negative errno. It is -ENODEV if the public interface
 * is missing; then a MASTER changes nothing, and a BACKUP changes what is elsewhere.
 *
 * Between interfaces_hold() and interfaces_release() a takeover makes only one pass over its NIC.
 * If that changed something, takeover_deadline() is due at once: takeover_reconcile() then looks
 * whether the NIC is as it should be. */
int takeover_enter(struct takeover *takeover, enum plan_role role, takeover_announce_fn announce,
		   void *context);

/* Enter PLAN_MASTER for an earlier run, which has done so already and has announced it. As
 * takeover_enter(), but announce is called only if MAC or addresses had to be changed. */
int takeover_adopt(struct takeover *takeover, takeover_announce_fn announce, void *context);

/* Make the changes of PLAN_MASTER up to the announcement, MAC and addresses, so that the takeover
 * does not wait for them at the deadline. Only for a router whose fence is shut. Call it between
 * interfaces_hold() and interfaces_release(). It takes no link down for a MAC. takeover_enter(),
 * into either role, ends the preparation; until then takeover_reconcile() changes nothing.
 * in_time is asked after each sixteen changes; what it leaves no time for is lacking, and left for
 * takeover_enter(). Returns false if nothing was changed, because the NIC is missing, or because
 * another router is MASTER on it and the MAC would have to change. */
typedef bool (*takeover_in_time_fn)(void *context);
bool takeover_prepare(struct takeover *takeover, takeover_in_time_fn in_time, void *context);

/* The state of the NIC that was asked for last. */
enum router_nic takeover_nic(const struct takeover *takeover);

/* Is the NIC prepared, and did the preparation leave nothing out? */
bool takeover_ready(const struct takeover *takeover);

/* Plan as for PLAN_MASTER, and forget the plan, so that code and data are in the caches. */
void takeover_rehearse(struct takeover *takeover);

/* Compare the NIC with what the current role wants, and repair it. Returns how many changes were
 * made; if they concern MAC or addresses and the role is PLAN_MASTER, announce was called. Returns
 * 0 if all is well, before the first takeover_enter(), or if it is too early: a NIC is repaired ten
 * times a second at most, and what does not last, or fails, is repaired after pauses that grow
 * (core/nic/repairs.h). Returns a negative errno as takeover_enter() does. now must
 * not be earlier than in any call before. If nothing changed since the last look, it costs one
 * poll(2) and no other system call. */
int takeover_reconcile(struct takeover *takeover, struct monotime now,
		       takeover_announce_fn announce, void *context);

/* The NIC is a MASTER's, or prepared, and none of the shared addresses can be served, because the
 * NIC took none, or because the interfaces are missing that are to carry them. */
bool takeover_is_bare(const struct takeover *takeover);

/* Look at the NIC anew: can at least one of the shared addresses be served? Call it after
 * interfaces_hold() was called anew. The kernel may have acknowledged an address that is not
 * there. */
bool takeover_carries(struct takeover *takeover);

/* What could not be done at the last look, for `status`: a line for each, as many as there is room
 * for. Empty if all is well. */
const char *takeover_trouble(const struct takeover *takeover);

/* Did the last change of the NIC take its link down and up? (Some drivers take a new MAC only with
 * the link down.) */
bool takeover_flapped(const struct takeover *takeover);

/* When to call takeover_reconcile(), or never: a repair that was held back is due, or another try
 * at one that failed. */
struct monotime takeover_deadline(const struct takeover *takeover);

/* Does a change of this interface concern the takeover? Always true if ifindex is 0 (unknown), and
 * while any interface of the router is missing. */
bool takeover_concerns(const struct takeover *takeover, int ifindex);

/* The MAC to announce the shared addresses with, now. All zero while the interface is missing. */
void takeover_mac(const struct takeover *takeover, uint8_t ret_mac[6]);
/* The MAC for frames on an interface that speak for no shared address: no frame may leave from a
 * shared MAC while nobody of this process has the lease for it, or the switches would send what is
 * for the owner to this host. owned: a router of this process owns what its NIC carries; then, but
 * on a NIC that is only prepared, this is the MAC that the interface has now. Otherwise it is the
 * MAC that the interface carries as BACKUP. */
void takeover_sender_mac(const struct interfaces *interfaces, int ifindex, bool owned,
			 uint8_t ret_mac[6]);

int takeover_ifindex(const struct takeover *takeover); /* 0: missing */

/* See plan_lacks_router(). Ask after a BACKUP has been entered; it looks at the last dump. */
bool takeover_lacks_router(struct takeover *takeover);

/* Write the record again. A failure is logged once while it lasts, and is no reason to stop. */
int takeover_write_record(struct takeover *takeover);

/* Before a restart: could the next process read the record that is in the run directory? If not, it
 * is written anew, from memory. Returns 0, also if there is none and none can be written, or a
 * negative errno, which is logged. */
int takeover_check_record(struct takeover *takeover);

/* Bring the NIC into PLAN_BACKUP, unless it is there already, and remove the record. If that fails,
 * the record stays, and the next start tries again. If `ending` is a restart, NIC and record stay
 * as they are. Returns true if the NIC is as it was before the takeover: only then may its guards
 * be removed. NULL is allowed, and returns false. */
bool takeover_close(struct takeover *takeover, enum ending ending);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the router share. For core/vrrp/router*.c only.
 */
#ifndef CORE_VRRP_ROUTER_INTERNAL_H
#define CORE_VRRP_ROUTER_INTERNAL_H

#include "core/vrrp/router.h"

/* ---- router_step.c ---- */

/* One more effect of the call that is running. */
struct router_effect *router_emit(struct router *router, enum router_effect_kind kind);
void router_say(struct router *router, enum router_saying saying, int64_t number);
/* Adverts on all paths; the lease will count from `now`, which was read before they are sent. */
void router_send(struct router *router, uint8_t priority, struct monotime now);

/* What the shared words say in this moment. */
uint64_t router_deadline_ns(const struct router *router);
enum vrrp_role router_role(const struct router *router);
/* When the judge has heard another one last; 0: never. */
uint64_t router_heard_ns(const struct router *router);

/* A MASTER that owns nothing any more: whatever froze it, a backup may have taken over since. */
bool router_has_lapsed(const struct router *router, struct monotime now);

/* One event into the state machine, and all that follows from it. recorded: an advert by a record
 * of the ring, not by the judge's snapshot. _kind: an event that is nothing but its kind. */
void router_step(struct router *router, const struct fsm_event *event, bool recorded,
		 struct monotime now);
void router_step_kind(struct router *router, enum fsm_event_kind kind, struct monotime now);
void router_feed(struct router *router, const struct vrrp_event *record, bool recorded,
		 struct monotime now);

/* Sends by this interval from now on, and by leases of it. */
void router_set_interval(struct router *router, uint16_t interval_cs);

/* A BACKUP that ignored adverts, and may not any more, waits as if it had heeded the last one. */
void router_heed_ignored(struct router *router);

/* ---- router_lease.c ---- */

/* Was this advert heard before the promotion that has counted it? */
bool router_is_past(const struct router *router, const struct vrrp_event *event);

/* The ring is drained: what was lost, what the judge decided, and the lease. */
void router_resync(struct router *router, struct monotime now);

/* What would hold a promotion back now; and the end of a hold, where it is over. */
enum vrrp_hold router_find_hold(const struct router *router, struct monotime now);
void router_end_hold(struct router *router, struct monotime now);

/* The two halves of a promotion; between them the judge may speak. */
void router_claim(struct router *router, struct monotime now);
void router_promote(struct router *router, struct monotime now);

/* ---- router_public.c ---- */

/* A burst of announcements begins, where the lease allows it; when its next round is due; and that
 * round. */
void router_announce_burst(struct router *router, struct monotime now);
struct monotime router_announce_at(const struct router *router);
void router_announce_next(struct router *router, struct monotime now);

/* What is wanted of the NIC becomes an effect. */
void router_settle_nic(struct router *router, struct monotime now);

/* When to prepare a takeover, that, and when what was prepared in vain is to be put back. */
struct monotime router_prepare_at(const struct router *router);
void router_prepare_now(struct router *router, struct monotime now);
struct monotime router_in_vain_at(const struct router *router);

/* Can it carry none of the addresses that it is to carry, or will have to in a moment? */
bool router_is_bare(const struct router *router);
/* Try whether that is over, what the trial has shown, and until when it preempts nobody. */
void router_try_again(struct router *router, struct monotime now);
void router_end_trial(struct router *router, enum bare_trial trial, struct monotime now);
void router_set_doubt(struct router *router, bool doubt);

#endif

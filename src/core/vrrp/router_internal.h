/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the router share. For core/vrrp/router*.c only.
 */
#ifndef CORE_VRRP_ROUTER_INTERNAL_H
#define CORE_VRRP_ROUTER_INTERNAL_H

#include "core/vrrp/router.h"

/* Between two looks for a record that is on its way. */
#define ROUTER_YIELD_NS NS_PER_MS

/* Since when it has its state. */
static inline struct monotime router_since(const struct router *router)
{
	return monotime_from_ns(router->words.instance->report.since_ns);
}

/* ---- router_hold.c ---- */

/* Returns what would hold a promotion back now. */
enum vrrp_hold router_find_hold(const struct router *router, struct monotime now);
/* Until when start-delay or link-delay holds promotions back; 0, or a time that has passed: they do
 * not. */
struct monotime router_delayed_until(const struct router *router, struct monotime now);
/* Is a master heard, which this router then is to preempt, or which has said goodbye? */
bool router_hears_master(const struct router *router, struct monotime now);
/* The same as router_find_hold(), whatever its group says. */
enum vrrp_hold router_find_own_hold(const struct router *router, struct monotime now);

/* ---- router_step.c ---- */

/* Add an effect to those of the call that is running. Returns it, with everything but its kind
 * zero. */
struct router_effect *router_emit(struct router *router, enum router_effect_kind kind);
void router_say(struct router *router, enum router_saying saying, int64_t number);
/* Send adverts on all paths. The lease will count from `now`, which was read before the send. */
void router_send(struct router *router, uint8_t priority, struct monotime now);

/* What the shared words say in this moment. */
uint64_t router_deadline_ns(const struct router *router);
enum vrrp_role router_role(const struct router *router);
/* When the judge has heard another router last; 0: never. */
uint64_t router_heard_ns(const struct router *router);

/* Is it a MASTER whose lease has ended? Something has frozen it, and a backup may have taken over
 * since. */
bool router_has_lapsed(const struct router *router, struct monotime now);

/* Feed one event to the state machine, and do all that follows from it. recorded: the advert comes
 * from a record of the ring, not from the judge's snapshot. router_step_kind() is for an event that
 * is not an advert, router_feed() for an advert. */
void router_step(struct router *router, const struct fsm_event *event, bool recorded,
		 struct monotime now);
void router_step_kind(struct router *router, enum fsm_event_kind kind, struct monotime now);
void router_feed(struct router *router, const struct vrrp_event *record, bool recorded,
		 struct monotime now);

/* The priority may have risen from `before`. A backup that may preempt has ignored adverts of the
 * lower one: until it hears of the new one it counts on, and would become MASTER beside this one.
 * So the next advert of a MASTER is due at once, but no more often than answers are. */
void router_tell_rise(struct router *router, uint8_t before, struct monotime now);

/* From now on, adverts are sent by this interval, and leases are counted by it. */
void router_set_interval(struct router *router, uint16_t interval_cs);

/* A BACKUP that has ignored adverts may not do so any more. Let it wait as if it had heeded the
 * last one. */
void router_heed_ignored(struct router *router);

/* ---- router_hooks.c ---- */

/* An advert was sent, and the lease may open. Must it wait for before-master? Then that runs from
 * here on. */
bool router_hooks_hold(struct router *router);
/* The hook before-master has ended. */
void router_hooks_own(struct router *router, bool well, struct monotime now);

/* Must this order wait for before-backup? Then it is kept. */
bool router_hooks_defer(struct router *router, enum router_order order, struct monotime now);
/* The hook before-backup has ended. Returns whether the order that waited is to be carried out now;
 * waited.stops says which one. */
bool router_hooks_release(struct router *router, bool well);
/* The router stays MASTER, although it was told to leave. If before-backup has run, it may have
 * ended what the addresses are there for. So before-master runs again, and then the programs for
 * MASTER. The address answers meanwhile. */
void router_hooks_stay(struct router *router);
/* An order waits for before-backup of a fellow. The same, if that has ended. */
bool router_hooks_follow(struct router *router);
/* Like router_hooks_release(), if the mastership has ended before the hook. */
bool router_hooks_lost(struct router *router, struct monotime now);

/* ---- router_lease.c ---- */

/* Did this advert arrive before the promotion, which has taken it into account? */
bool router_is_past(const struct router *router, const struct vrrp_event *event);

/* The ring is drained. Make up for records that were lost, heed what the judge has decided, and
 * look at the lease. */
void router_resync(struct router *router, struct monotime now);

/* Note that its group holds it back, although its own master has been silent for an interval. */
void router_hold_with_group(struct router *router, struct monotime now);
/* End a hold if it is over. */
void router_end_hold(struct router *router, struct monotime now);

/* The two halves of a promotion. Between them the judge may still move the deadline. */
void router_claim(struct router *router, struct monotime now);
void router_promote(struct router *router, struct monotime now);
/* The group has not claimed as a whole: BACKUP again. */
void router_take_back(struct router *router, struct monotime now);
/* MASTER no more, because a fellow is not. */
void router_leave_with_group(struct router *router, struct monotime now);

/* A MASTER that has been replaced, or may have been replaced, must not say goodbye (priority 0). */
bool router_is_doubtful(const struct router *router, struct monotime now);

/* ---- router_handover.c ---- */

/* Set the priority that counts now: by the weights, or 1 for a handover. If it rises, it is told at
 * once. Returns the one before. */
uint8_t router_set_priority(struct router *router, struct monotime now);

/* The order to stop or to resign. Returns true if the router hands over first: then
 * router_handover_at() is when to look again, and router_handover_look() returns true as soon as
 * the order is to be carried out. */
bool router_hand_over(struct router *router, bool stops, struct monotime now);
struct monotime router_handover_at(const struct router *router);
bool router_handover_look(struct router *router, struct monotime now);
/* Does it advertise priority 1 by now? */
bool router_gives(const struct router *router);
/* Another host uses the address since then. Nothing is announced against it, and its first advert
 * is waited for, once. */
void router_handover_rival(struct router *router, struct monotime now);
/* Has it heard another router that could take over, since it became MASTER, or until then? */
bool router_has_partner(const struct router *router);
/* The handover runs, and the group is like this now. */
void router_handover_follow(struct router *router, struct monotime now);
/* End it, if it runs; the priority is the router's own again. */
void router_end_handover(struct router *router, enum handover_end end, struct monotime now);

/* ---- router_health.c ---- */

/* Set the priority anew, and say so if it has changed. */
void router_weigh_priority(struct router *router, struct monotime now);
/* Look for faults, and tell the state machine if the router has become fit or unfit to run. */
void router_look(struct router *router, struct monotime now);

/* ---- router_orders.c ---- */

static inline bool router_order_stops(enum router_order order)
{
	return order == ROUTER_STOP || order == ROUTER_STOP_NOW;
}

/* Nothing is waited for. */
static inline bool router_order_is_now(enum router_order order)
{
	return order == ROUTER_STOP_NOW || order == ROUTER_RESIGN_NOW;
}

/* Carry out an order that does not have to wait for a hook. A router that may hand over does that
 * first. */
void router_obey(struct router *router, enum router_order order, struct monotime now);
/* The rows of a handover and of the router's health. */
void router_look_at_handover(struct router *router, struct monotime now);
void router_look_at_health(struct router *router, struct monotime now);
/* The group is another one than before. failed: whether a fellow was unfit. */
void router_follow(struct router *router, bool failed, struct monotime now);

/* ---- router_public.c ---- */

/* Begin a burst of announcements, if the lease allows it. */
void router_announce_burst(struct router *router, struct monotime now);
/* When the next round of the burst is due, and that round. */
struct monotime router_announce_at(const struct router *router);
void router_announce_next(struct router *router, struct monotime now);

/* Turn what is wanted of the NIC into an effect. */
void router_settle_nic(struct router *router, struct monotime now);

/* When to prepare a takeover, and the preparation. */
struct monotime router_prepare_at(const struct router *router);
void router_prepare_now(struct router *router, struct monotime now);
/* When to put back what was prepared in vain: at once, or never. */
struct monotime router_in_vain_at(const struct router *router);

/* Does the NIC carry none of the addresses that it has to carry now or in a moment? */
bool router_is_bare(const struct router *router);
/* Try whether the NIC takes an address again, or whether adverts can be sent, whichever is due, and
 * handle what the trial has shown. */
void router_try_again(struct router *router, struct monotime now);
void router_end_trial(struct router *router, enum bare_trial trial, struct monotime now);
/* Call it when a doubt has begun or ended: whether the NIC takes addresses, whether adverts can be
 * sent, or whether a strict before-master does what it has to. A router in doubt preempts nobody.
 */
void router_heed_doubts(struct router *router);

#endif

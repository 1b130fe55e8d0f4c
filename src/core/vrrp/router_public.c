/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a router wants of its public NIC: to acquire and release it, to prepare that, to announce,
 * and to give up if the NIC takes no address. Depends on router_step.c and router_lease.c.
 */
#include "core/vrrp/broken.h"
#include "core/vrrp/router_internal.h"
#include "vrrp_timers.h"

/* ---- the public NIC ---- */

void router_announce_burst(struct router *router, struct monotime now)
{
	if (!router_may_own(router, now) && !VRRP_BROKEN(announces_unowned))
		return;
	if (router->handover.runs && router->handover.rival)
		return;
	if (announce_start(&router->announce, router->config, now))
		router_emit(router, ROUTER_ANNOUNCE);
}

/* A round is sent only while the lease is open, and the gate of the group, so there is no deadline
 * for it otherwise. A MASTER that was held up and listens announces anew when its lease opens
 * again. */
struct monotime router_announce_at(const struct router *router)
{
	const struct vrrp_lease *gate = router->words.gate;
	bool shut = gate && !__atomic_load_n(&gate->until_ns, __ATOMIC_SEQ_CST);

	return router->fsm.state == VRRP_STATE_MASTER && router->lease.state == LEASE_OPEN &&
			       !router_yields(router) && !shut
		       ? router->announce.next
		       : MONOTIME_NEVER;
}

void router_announce_next(struct router *router, struct monotime now)
{
	/* The next look at the lease will find that it has just run out. */
	if (!router_may_own(router, now))
		return;
	announce_tick(&router->announce, router->config, now);
	router_emit(router, ROUTER_ANNOUNCE);
}

/* Was the NIC prepared for a deadline that does not hold any more? */
static bool prepared_in_vain(const struct router *router)
{
	return router_is_prepared(router) && router->fsm.state != VRRP_STATE_MASTER &&
	       !VRRP_BROKEN(prepared_for_good) &&
	       router_master_down(router).ns != router->prepared_for.ns;
}

void router_settle_nic(struct router *router, struct monotime now)
{
	enum router_want want = router->want;
	bool owns = router_may_own(router, now), announces = router->wants_announce && owns;
	bool acquire = want == ROUTER_WANTS_MASTER || want == ROUTER_WANTS_REST;

	router->wants_announce = false;
	/* The lease of this MASTER is not open yet, or has to be opened again. Acquire the NIC as
	 * soon as it is open. */
	if (acquire && !owns)
		return;
	router->want = ROUTER_WANTS_NOTHING;
	if (acquire) {
		router_emit(router, ROUTER_ACQUIRE);
	} else if (prepared_in_vain(router)) {
		if (router->fsm.state == VRRP_STATE_BACKUP)
			router_say(router, ROUTER_SAYS_PUT_BACK, 0);
		router_emit(router, ROUTER_RELEASE);
	} else if (want == ROUTER_WANTS_STANDBY) {
		router_emit(router, ROUTER_RELEASE);
	} else if (want == ROUTER_WANTS_TRIAL && router->ports.fenced) {
		router_emit(router, ROUTER_TRY);
	} else if (announces) {
		router_announce_burst(router, now);
	}
}

/* How long before the deadline the NIC is prepared; 0: not at all. That is within the skew, when
 * three adverts are missing already. Earlier, fewer lost adverts would make us prepare it in
 * vain. */
static int64_t prepare_lead(const struct router *router)
{
	int64_t most = (int64_t)vrrp_skew_ns(router->config->version, router->fsm.config.priority,
					     router->fsm.master_cs) *
		       3 / 4;
	int64_t lead = router->prepare_ns < most ? router->prepare_ns : most;

	return lead > router->least_ns ? lead : 0;
}

/* There is one attempt for each deadline, whatever became of it. There is none if before-master is
 * waited for: as long as a NIC is prepared, nothing of this host's own passes the fence by it. */
struct monotime router_prepare_at(const struct router *router)
{
	struct monotime down = router_master_down(router);
	int64_t lead;

	if (monotime_is_never(down) || !router->ports.fenced ||
	    down.ns == router->prepared_for.ns || router_has_before_master(router))
		return MONOTIME_NEVER;
	lead = prepare_lead(router);
	return lead ? monotime_add(down, -lead) : MONOTIME_NEVER;
}

void router_prepare_now(struct router *router, struct monotime now)
{
	if (router_is_prepared(router))
		return; /* for a deadline that has moved: the next settling undoes that */
	router->prepared_for = router_master_down(router);
	if (router_find_own_hold(router, now) == VRRP_HOLD_NONE &&
	    (!router->group.grouped || router->group.prepares))
		router_emit(router, ROUTER_PREPARE);
}

/* An advert has moved the deadline that the NIC was prepared for, and that has woken nobody. */
struct monotime router_in_vain_at(const struct router *router)
{
	return prepared_in_vain(router) && router->want == ROUTER_WANTS_NOTHING
		       ? monotime_from_ns(0)
		       : MONOTIME_NEVER;
}

/* A router in doubt does not preempt: a live master must not yield to one that may be unable to
 * carry the addresses, to send adverts, or to do what its strict before-master does. */
void router_heed_doubts(struct router *router)
{
	router->fsm.config.preempt = router->config->preempt && !router->bare.doubt &&
				     !router->mute.doubt && !router->waited.failed.doubt;
}

/* Does the NIC carry none of the addresses that it has to carry now or in a moment? */
bool router_is_bare(const struct router *router)
{
	return router->public.bare &&
	       (router_is_prepared(router) || (router->public.nic == ROUTER_NIC_MASTER &&
					       router->fsm.state == VRRP_STATE_MASTER));
}

void router_end_trial(struct router *router, enum bare_trial trial, struct monotime now)
{
	if (!bare_tried(&router->bare, trial, now))
		return;
	router_heed_doubts(router);
	if (router->bare.doubt && router->config->preempt)
		router_say(router, ROUTER_SAYS_NO_PREEMPT, 0);
	router->look_at = now;
}

/* Only a MASTER sends adverts, and runs before-master: the next promotion shows whether that goes
 * well by now. doubt: the number of ROUTER_SAYS_NO_PREEMPT. */
static void try_by_promotion(struct router *router, struct bare *failed, int doubt,
			     struct monotime now)
{
	if (!failed->given_up || monotime_before(now, failed->try_at))
		return;
	if (router->resigned) {
		bare_wait(failed, now);
		return;
	}
	bare_tried(failed, BARE_UNKNOWN, now);
	router_heed_doubts(router);
	if (router->config->preempt)
		router_say(router, ROUTER_SAYS_NO_PREEMPT, doubt);
	router->look_at = now;
}

/* The trial of a NIC runs behind the closed fence; without a fence there is no trial. */
void router_try_again(struct router *router, struct monotime now)
{
	try_by_promotion(router, &router->mute, 1, now);
	try_by_promotion(router, &router->waited.failed, 2, now);
	if (!router->bare.given_up || monotime_before(now, router->bare.try_at))
		return;
	if (router->resigned) {
		bare_wait(&router->bare, now);
	} else if (router->ports.fenced) {
		router->bare.try_at = bare_pause(&router->bare, now);
		router->want = ROUTER_WANTS_TRIAL;
	} else {
		router_end_trial(router, BARE_UNKNOWN, now);
	}
}

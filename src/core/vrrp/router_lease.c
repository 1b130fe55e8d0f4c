/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a router becomes the owner of the addresses, and whether it stays the owner: what the ring
 * and the judge say about its lease, the claim, and the promotion. Depends on router_step.c and
 * router_hold.c.
 */
#include "core/vrrp/broken.h"
#include "core/vrrp/publish.h"
#include "core/vrrp/router_internal.h"
#include "core/vrrp/watch.h"
#include "judge.h"
#include "vrrp_timers.h"

/* Until a promotion that was held back is tried again. Reception that moves again moves the
 * deadline by itself. */
#define RETRY_NS      NS_PER_S
#define RETRY_DEAF_NS (5 * NS_PER_MS)

/* The adverts of one send may find a queue full. */
#define UNSENT_MOST 2

#define LEAVE_NS (60 * NS_PER_S) /* until a master that did not yield is told again */

/* ---- what the ring and the judge say ---- */

/* Is this router MASTER, and did the advert arrive while it was still BACKUP? The deadline that has
 * passed since then took that advert into account. An agent that was held up reads such records
 * late. */
bool router_is_past(const struct router *router, const struct vrrp_event *event)
{
	return router->fsm.state == VRRP_STATE_MASTER && event->judgement != VRRP_JUDGED_YIELD &&
	       vrrp_before(event->advert.stamp_ns, router->words.instance->report.since_ns);
}

/* The lease has ended. If the conditions allow it, the router stays MASTER and holds the backups
 * down, but it owns nothing until it knows that it is the only master. That needs a fence. */
static void lapse(struct router *router, struct monotime now)
{
	uint64_t ended_ns = router->lease.written_ns;

	/* Somebody spoke all the time, and did not yield. */
	if (lease_is_shut(&router->lease) && router->config->witness == CONFIG_WITNESS_OWNER)
		router->leaves_until = monotime_add(now, LEAVE_NS);
	/* Nobody has heard this router, and nobody will: it gives up, or it would become MASTER
	 * again and again. */
	if (router->unsent >= UNSENT_MOST) {
		bare_wait(&router->mute, now);
		router->look_at = now;
		router_step_kind(router, FSM_EV_LAPSE, now);
		return;
	}
	if (!router->ports.fenced ||
	    !lease_may_resume(&router->lease, router_heard_ns(router), now) ||
	    !lease_resume(&router->lease, now)) {
		router_step_kind(router, FSM_EV_LAPSE, now);
		return;
	}
	router_step_kind(router, FSM_EV_RESUME, now);
	router_say(router, ROUTER_SAYS_RESUMED, (int64_t)((uint64_t)now.ns - ended_ns));
}

/* Some records were suppressed or found no room in the ring. The judge's snapshot stands for the
 * last of them. */
static bool make_up(struct router *router, const struct vrrp_judged *judged, struct monotime now)
{
	const struct vrrp_event stands_for = {
		.path = judged->path,
		.judgement = router_yields(router) ? VRRP_JUDGED_YIELD : VRRP_JUDGED_NEWS,
		.advert = {.stamp_ns = judged->stamp_ns,
			   .source = judged->source,
			   .priority = judged->priority,
			   .interval_cs = judged->interval_cs},
	};

	if (judged->lost == router->seen_lost)
		return false;
	router->seen_lost = judged->lost;
	if (judged->path < router->config->heartbeat_count && judged->stamp_ns)
		router_feed(router, &stands_for, false, now);
	return true;
}

/* While news is suppressed, no record wakes the agent. Look again when news may flow again. */
static struct monotime reopens_at(const struct vrrp_judged *judged, struct monotime now)
{
	struct monotime at = monotime_from_ns(judged->window_ns + VRRP_NEWS_WINDOW_NS);

	return judged->window_news >= VRRP_NEWS_BURST && monotime_before(now, at) ? at
										  : MONOTIME_NEVER;
}

/* The judge has stepped down, while the state machine is still MASTER and the ring is drained.
 * There are three cases. The record of that advert came after the drain, and will wake us. Or the
 * state machine has seen that advert and does not call it superior, because its priority was just
 * raised. Or the record was lost. */
static void heed(struct router *router, bool lost, struct monotime now)
{
	/* This case comes first: the lost record may be the one of that advert, and no other record
	 * will follow. */
	if (lost) {
		router_step_kind(router, FSM_EV_LAPSE, now);
		return;
	}
	if (router->role_before != VRRP_ROLE_BACKUP && !VRRP_BROKEN(blind_reclaim))
		return;
	lease_grant(&router->lease, now, lease_is_shut(&router->lease));
	publish_role(router->words.instance, VRRP_ROLE_MASTER, MONOTIME_NEVER);
	router_send(router, router->fsm.config.priority, now);
}

static void watch_paths(struct router *router, struct monotime now)
{
	struct watch_news news[VRRP_MAX_PATHS];
	unsigned int count;

	if (router->fsm.state != VRRP_STATE_BACKUP)
		return;
	count = watch_paths_at(router->words.paths, router->config->heartbeat_count,
			       (int64_t)vrrp_master_down_ns(router->config->version,
							    router->config->priority,
							    router->fsm.master_cs),
			       now, news);
	for (unsigned int i = 0; i < count; i++)
		router_say(router,
			   news[i].silent ? ROUTER_SAYS_PATH_SILENT : ROUTER_SAYS_PATH_SPEAKS,
			   news[i].path);
}

/* A deadline counts from the time at which the judge could hear adverts: `now` was read after the
 * role was set. */
static void listen_from(struct router *router, struct monotime now)
{
	if (router->listens_anew && router->fsm.state == VRRP_STATE_BACKUP &&
	    !VRRP_BROKEN(listens_before))
		vrrp_judge_wait(router->words.instance,
				(uint64_t)now.ns +
					fsm_master_down_ns(&router->fsm, router->fsm.master_cs));
	router->listens_anew = false;
}

/* The judge's snapshot is the last advert that this BACKUP has accepted. */
static void measure_drift(struct router *router, const struct vrrp_judged *judged)
{
	int32_t ppm;

	if (router->fsm.state != VRRP_STATE_BACKUP) {
		drift_break(&router->drift);
		return;
	}
	if (judged->path >= router->config->heartbeat_count ||
	    !drift_note(&router->drift, judged, router->words.paths, &ppm))
		return;
	/* A reload goes on with what is published, so count by that from the beginning. */
	publish_drift(router->words.instance, drift_code(ppm));
	router->lease.drift_ppm = drift_ppm(drift_code(ppm));
}

bool router_is_doubtful(const struct router *router, struct monotime now)
{
	return (router_yields(router) || router_has_lapsed(router, now)) &&
	       !VRRP_BROKEN(goodbye_unread);
}

void router_resync(struct router *router, struct monotime now)
{
	struct vrrp_judged judged = router->words.instance->judged;
	bool lost = make_up(router, &judged, now);

	listen_from(router, now);
	watch_paths(router, now);
	measure_drift(router, &judged);
	router->relook_at = reopens_at(&judged, now);
	/* The ring is drained. What it told about other routers counts first, then our own lease,
	 * and only then may anything be sent. */
	if (router_has_lapsed(router, now))
		lapse(router, now);
	else if (router_yields(router))
		heed(router, lost, now);
}

/* ---- promotion ---- */

/* Two reasons may take turns for as long as the promotion is held back; each is said once. */
static void set_hold(struct router *router, enum vrrp_hold hold)
{
	uint32_t bit = UINT32_C(1) << hold;

	_Static_assert(VRRP_HOLD_COUNT <= 32, "a bit for each");
	router->words.instance->report.hold = (uint8_t)hold;
	if (hold != VRRP_HOLD_NONE && !(router->told_holds & bit))
		router_say(router, ROUTER_SAYS_HELD, hold);
	router->told_holds = hold == VRRP_HOLD_NONE ? 0 : router->told_holds | bit;
}

/* The hold ends if the router is MASTER or in FAULT, or if there is a master again. For a BACKUP
 * whose deadline has passed, the next claim finds out whether the reason is over. */
void router_end_hold(struct router *router, struct monotime now)
{
	if (!router->retry_at.ns || (router->fsm.state == VRRP_STATE_BACKUP &&
				     !vrrp_before((uint64_t)now.ns, router_deadline_ns(router))))
		return;
	if (router->waited.runs != WAITED_MASTER)
		set_hold(router, VRRP_HOLD_NONE);
	router->retry_at = router->deaf_since = (struct monotime){0};
}

/* When a master dies, the deadlines of a group are over one after the other; that is not worth a
 * word. */
void router_hold_with_group(struct router *router, struct monotime now)
{
	struct monotime late = monotime_add(monotime_from_ns(router_deadline_ns(router)),
					    router->lease.interval_ns);

	if (router->fsm.state != VRRP_STATE_BACKUP || router->claims ||
	    monotime_before(now, late) || !monotime_before(now, router->group.claims_at) ||
	    router->words.instance->report.hold != VRRP_HOLD_NONE)
		return;
	set_hold(router, VRRP_HOLD_GROUP);
	router->retry_at = now;
}

/* Notes since when a router is held back because it may be deaf, and tells that it takes over all
 * the same. */
static void note_deaf(struct router *router, enum vrrp_hold hold, struct monotime now)
{
	if (hold == VRRP_HOLD_RECEPTION && !router->deaf_since.ns)
		router->deaf_since = now;
	if (hold == VRRP_HOLD_NONE && router->weights.deaf)
		router_say(router, ROUTER_SAYS_DEAF, monotime_diff(now, router->deaf_since));
}

/* Master-down has passed: declare MASTER to the judge. From here on the judge absorbs no advert
 * that the state machine does not see. An advert that came in between has moved the deadline, see
 * router_promote(). */
void router_claim(struct router *router, struct monotime now)
{
	enum vrrp_hold hold;

	if (router->listens_anew && !VRRP_BROKEN(listens_before))
		return;
	hold = router_find_hold(router, now);
	note_deaf(router, hold, now);
	set_hold(router, hold);
	if (hold != VRRP_HOLD_NONE) {
		router->retry_at =
			monotime_add(now, hold == VRRP_HOLD_RECEPTION ? RETRY_DEAF_NS : RETRY_NS);
		/* router_group() says when the others are ready. */
		if (hold == VRRP_HOLD_GROUP)
			router->retry_at = now;
		if (hold == VRRP_HOLD_START)
			router->retry_at = monotime_min(router->retry_at, router->asks_until);
		if (hold == VRRP_HOLD_DELAY || hold == VRRP_HOLD_LINK)
			router->retry_at =
				monotime_min(router->retry_at, router_delayed_until(router, now));
		return;
	}
	/* With witness = owner, a master must have yielded before it is preempted: it may be deaf
	 * to us, and keep its address. So listen before owning, as after a lease that ran out. */
	lease_grant(&router->lease, now,
		    router->config->witness == CONFIG_WITNESS_OWNER && !router->fsm.master_left &&
			    router_hears_master(router, now));
	publish_role(router->words.instance, VRRP_ROLE_MASTER, MONOTIME_NEVER);
	router->claims = true;
}

void router_promote(struct router *router, struct monotime now)
{
	struct fsm_event event = {.kind = FSM_EV_TIMER};
	uint64_t deadline = router_deadline_ns(router);

	router->claims = false;
	if (vrrp_before((uint64_t)now.ns, deadline) && !VRRP_BROKEN(no_reread)) {
		publish_take_back(router->words.instance);
		lease_clear(&router->lease);
		return;
	}
	/* Use the deadline that was checked above, because the judge may move it again. */
	event.deadline = VRRP_BROKEN(no_reread) ? now : monotime_from_ns(deadline);
	router_step(router, &event, false, now);
}

/* What arrived between the two was judged as by a MASTER, and has moved no deadline. Heed it now,
 * whatever it was: to wait once more is no harm. */
void router_take_back(struct router *router, struct monotime now)
{
	uint64_t claimed_ns = router->lease.written_ns, heard_ns;

	router->claims = false;
	publish_take_back(router->words.instance);
	lease_clear(&router->lease);
	heard_ns = router_heard_ns(router);
	if (heard_ns && !vrrp_before(heard_ns, claimed_ns))
		vrrp_judge_wait(router->words.instance,
				heard_ns + fsm_master_down_ns(&router->fsm, router->fsm.master_cs));
	router->retry_at = now;
}

/* Two hosts may have become MASTER at once, and each be the better one in another router of the
 * group: then both leave. The host that has lost in the first router waits for longer than the
 * other one, or both would try again in the same moment. */
void router_leave_with_group(struct router *router, struct monotime now)
{
	router_step_kind(router, FSM_EV_LEAVE, now);
	if (VRRP_BROKEN(ties_again))
		return;
	vrrp_judge_wait(router->words.instance,
			router_deadline_ns(router) +
				router->config->group_place * (uint64_t)router->lease.interval_ns);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual router. Sends through the batch, changes NICs through takeover.h, logs with its name.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "agent/publish.h"
#include "agent/router_internal.h"
#include "core/address.h"
#include "core/names.h"
#include "sys/host/log.h"

#define ANSWER_GAP_NS 100000000LL

/* ---- the state machine's actions ---- */

/* Of a line that tells a change of state: `journalctl MESSAGE_ID=` finds them all. */
#define TRANSITION_ID "3cacb4e6e2804b9ab82d6f45dc18ad96"

#define WHY_TEXT 160

static const char *why_text(const struct router *router, enum vrrp_cause cause, char text[WHY_TEXT])
{
	char from[ADDRESS_TEXT];

	if (cause == VRRP_CAUSE_FAILED)
		return router->why;
	if (cause != VRRP_CAUSE_HIGHER_PRIORITY && cause != VRRP_CAUSE_HIGHER_ADDRESS)
		return name_cause(cause);
	snprintf(text, WHY_TEXT, "%s from %s (priority %u)", name_cause(cause),
		 address_format(router->config->family, &router->master, from),
		 router->master_priority);
	return text;
}

static void log_transition(const struct router *router, const struct vrrp_history *entry)
{
	const struct config_router *config = router->config;
	const char *from = name_state_upper(entry->from), *to = name_state_upper(entry->to);
	char text[WHY_TEXT], vrid[sizeof("255")];
	const char *why = why_text(router, entry->cause, text);
	const struct journal_field fields[] = {
		{"MESSAGE_ID", TRANSITION_ID}, {"VRRP_XDP_ROUTER", config->name},
		{"VRRP_XDP_VRID", vrid},       {"VRRP_XDP_FROM", from},
		{"VRRP_XDP_STATE", to},        {"VRRP_XDP_CAUSE", why},
	};

	snprintf(vrid, sizeof(vrid), "%u", config->vrid);
	log_fields(entry->cause == VRRP_CAUSE_FAILED ? LOG_WARNING : LOG_INFO, fields,
		   sizeof(fields) / sizeof(fields[0]), "%s: %s -> %s: %s", config->name, from, to,
		   why);
}

/* To the log, to `history`, to the hooks: after the NIC, which is what a failover waits for. */
static void tell_transition(struct router *router)
{
	struct vrrp_history *entry = router->transition;

	router->transition = NULL;
	log_transition(router, entry);
	if (entry->cause == VRRP_CAUSE_ADOPTED) { /* nobody is to notice */
		notify_adopt(router->notify);
	} else {
		publish_transition(datapath_history(router->deps->datapath), router->instance,
				   entry);
		notify_enter(router->notify, entry->from, entry->to, entry->cause);
	}
	free(entry);
}

static enum vrrp_role role_of(enum vrrp_state state)
{
	switch (state) {
	case VRRP_STATE_BACKUP:
		return VRRP_ROLE_BACKUP;
	case VRRP_STATE_MASTER:
		return VRRP_ROLE_MASTER;
	case VRRP_STATE_INIT:
	case VRRP_STATE_FAULT:
		break;
	}
	return VRRP_ROLE_IDLE;
}

static void begin_transition(struct router *router, const struct fsm_step *step,
			     struct monotime now, struct monotime deadline)
{
	struct vrrp_judged judged = router->instance->judged;

	router->transition = malloc(sizeof(*router->transition));
	if (!router->transition) {
		log_err("%s: out of memory: a change of state is told to nobody",
			router->config->name);
		return;
	}
	*router->transition = (struct vrrp_history){
		.at_ns = (uint64_t)now.ns,
		.wire_ns = judged.stamp_ns,
		.deadline_ns = step->to == VRRP_STATE_MASTER && !monotime_is_never(deadline)
				       ? (uint64_t)deadline.ns
				       : 0,
		.slot = (uint16_t)router->slot,
		.from = (uint8_t)step->from,
		.to = (uint8_t)step->to,
		.cause = (uint8_t)step->cause,
		.peer_priority = judged.priority,
		.peer_family = judged.stamp_ns ? router->config->family : 0,
		.peer = judged.source,
	};
	memcpy(router->transition->name, router->instance->report.name, VRRP_NAME_LEN);
}

/* What cannot wait: lease and role, before any frame of the new state is queued. */
static void declare(struct router *router, const struct fsm_step *step, struct monotime now)
{
	enum vrrp_role role = role_of(step->to);

	if (step->to == VRRP_STATE_MASTER) {
		router->master = router->paths[0].source;
		router->master_priority = router->fsm.config.priority;
		/* Lease and role run on as they were left; the judge may have ended both since. */
		if (step->cause == VRRP_CAUSE_ADOPTED)
			return;
		if (step->from != VRRP_STATE_BACKUP)
			lease_grant(&router->lease, now); /* else claim() did, and set the role */
	} else {
		lease_clear(&router->lease);
		if (role == VRRP_ROLE_IDLE)
			router->master_priority = 0; /* nobody listens: none is known */
	}
	publish_preempt(router->instance, router->fsm.may_preempt);
	/* Before the role: the judge tells again what it told before. */
	router->instance->report.since_ns = (uint64_t)now.ns;
	/* A superior advert may have made it BACKUP in the kernel already, with a deadline that
	 * later adverts moved, also since it was claimed: that counts. */
	if (step->from == VRRP_STATE_BACKUP && role == VRRP_ROLE_MASTER)
		return;
	if (__atomic_load_n(&router->instance->role, __ATOMIC_SEQ_CST) != role)
		publish_role(router->instance, role, router->fsm.deadline);
}

/* An inferior advert is answered at once, yet a flood of them is not answered with a flood. */
static bool may_answer(struct router *router, struct monotime now)
{
	int64_t quarter = router_interval_ns(router) / 4;

	if (monotime_diff(now, router->answered_at) <
	    (quarter < ANSWER_GAP_NS ? quarter : ANSWER_GAP_NS))
		return false;
	router->answered_at = now;
	return true;
}

void router_step(struct router *router, const struct fsm_event *event, struct monotime now)
{
	struct monotime deadline = router->fsm.deadline;
	struct fsm_step done = fsm_step(&router->fsm, event, now);

	if (done.from != done.to) {
		if (router->transition) /* two steps before one settle: keep both */
			tell_transition(router);
		declare(router, &done, now);
		begin_transition(router, &done, now, deadline);
	}
	for (unsigned int i = 0; i < done.action_count; i++) {
		switch (done.actions[i]) {
		case FSM_ACT_ADVERT:
			if (event->kind != FSM_EV_ADVERT ||
			    (!router_has_lapsed(router, now) && may_answer(router, now)))
				router_queue_adverts(router, router->fsm.config.priority, now);
			break;
		case FSM_ACT_CONCEDE:
			router_queue_concession(router, now);
			break;
		case FSM_ACT_STOP:
			router_queue_adverts(router, VRRP_PRIO_STOP, now);
			break;
		case FSM_ACT_ACQUIRE:
			router->want_acquire = true;
			router->want_release = false;
			break;
		case FSM_ACT_RELEASE:
			announce_stop(&router->announce);
			router->want_release = true;
			router->want_acquire = router->want_announce = false;
			break;
		case FSM_ACT_ANNOUNCE:
			/* A burst that runs already says it. */
			if (!router->announce.left)
				router->want_announce = true;
			break;
		}
	}
	publish_preempt(router->instance, router->fsm.may_preempt);
	publish_state(router->instance, &router->fsm, &router->master, router->master_priority);
}

void router_feed_advert(struct router *router, const struct vrrp_addr *source, uint8_t priority,
			uint16_t interval_cs, unsigned int path, uint64_t stamp_ns,
			struct monotime now)
{
	struct fsm_event event = {
		.kind = FSM_EV_ADVERT,
		.source = *source,
		.own_source = router->paths[path].source,
		.interval_cs = interval_cs,
		.priority = priority,
		.stamp = monotime_from_ns(stamp_ns),
	};
	bool accepted;

	switch (router->fsm.state) {
	case VRRP_STATE_MASTER:
		accepted = vrrp_superior(router->fsm.config.priority, &event.own_source, priority,
					 source) != VRRP_CAUSE_NONE;
		break;
	case VRRP_STATE_BACKUP:
		accepted = priority != VRRP_PRIO_STOP &&
			   (!router->fsm.may_preempt || priority >= router->fsm.config.priority);
		break;
	case VRRP_STATE_INIT:
	case VRRP_STATE_FAULT:
	default:
		accepted = false;
		break;
	}
	if (accepted) {
		router->master = *source;
		router->master_priority = priority;
	}
	router_step(router, &event, now);
}

void router_event(struct router *router, const struct vrrp_event *event, struct monotime now)
{
	const struct vrrp_advert *advert = &event->advert;
	const struct config_router *config = router->config;
	char source[ADDRESS_TEXT];

	/* An older agent's record may name a slot that is another router's now. */
	if (event->path >= config->heartbeat_count || advert->vrid != config->vrid ||
	    advert->family != config->family)
		return;
	if ((event->notes & (1 << VRRP_NOTE_INTERVAL_LEARNED)) && !router->said_interval) {
		router->said_interval = true;
		log_warn("%s: %s advertises every %u ms, we are configured for %u ms: adopted",
			 config->name, address_format(config->family, &advert->source, source),
			 advert->interval_cs * 10U, config->interval_cs * 10U);
	}
	if ((event->notes & (1 << VRRP_NOTE_ADDRESS_LIST)) && !router->said_addresses) {
		router->said_addresses = true;
		log_warn("%s: %s advertises other addresses than ours (%u, we: %u)", config->name,
			 address_format(config->family, &advert->source, source),
			 advert->address_count, config->advertise_count);
	}
	router->heard = event;
	router_feed_advert(router, &advert->source, advert->priority, advert->interval_cs,
			   event->path, advert->stamp_ns, now);
	router->heard = NULL;
}

/* ---- interfaces ---- */

/* The slot was reset, or its NIC came back: the record is read, the NIC repaired. */
static int open_takeover(struct router *router)
{
	int err;

	if (router->takeover)
		return 0;
	err = takeover_open(router->config, router->deps->rtnl, router->deps->run_dir,
			    &router->takeover);
	if (err)
		return err;
	takeover_enter(router->takeover, router->adopt ? PLAN_MASTER : PLAN_BACKUP, NULL, NULL);
	/* The run before this one has announced it. */
	if (router->adopt)
		takeover_mac(router->takeover, router->announce.mac);
	return 0;
}

void router_ports_changed(struct router *router, struct monotime now)
{
	struct fsm_event event = {0};
	bool healthy;

	for (unsigned int i = 0; i < router->config->heartbeat_count; i++)
		router_update_path(router, i);
	router_fence_update(router);
	router_track_priority(router, now);
	healthy = router_check_health(router, now);
	if (healthy == router->healthy && router->started)
		return;
	if (!router->started && healthy && router->adopt) {
		event.kind = FSM_EV_ADOPT;
		event.stamp = monotime_add(monotime_from_ns(router->lease.written_ns),
					   -lease_span(router));
	} else if (!router->started)
		event.kind = healthy ? FSM_EV_START : FSM_EV_FAIL;
	else
		event.kind = healthy ? FSM_EV_RECOVER : FSM_EV_FAIL;
	router->started = true;
	router->healthy = healthy;
	router_step(router, &event, now);
}

void router_nic_changed(struct router *router, int ifindex)
{
	if (!ifindex || takeover_concerns(router->takeover, ifindex))
		router->nic_dirty = true;
}

const char *router_name(const struct router *router)
{
	return router->config->name;
}

unsigned int router_state(const struct router *router)
{
	return router->fsm.state;
}

/* ---- NICs, after all routers have spoken ---- */

static void note_flap(struct router *router)
{
	if (takeover_flapped(router->takeover))
		router->flapped_at = loop_now();
}

bool router_settle(struct router *router, struct monotime now)
{
	bool worked, acquire = router->want_acquire, release = router->want_release;

	router->want_acquire = router->want_release = router->announced = false;
	/* No advert has opened the lease, or we slept since: nothing is taken, and nothing
	 * announced that would pass the fence. The next look at the lease stands down. */
	if (!router_may_own(router, now)) {
		acquire = false;
		router->want_announce = false;
	}
	if (!acquire && router_prepared_in_vain(router)) {
		release = true;
		if (router->fsm.state == VRRP_STATE_BACKUP)
			log_info("%s: the master is heard again: %s is put back",
				 router->config->name, router->config->public);
	}
	worked = acquire || release || router->want_announce;
	if (acquire || release) {
		router->prepared = false;
		takeover_enter(router->takeover, acquire ? PLAN_MASTER : PLAN_BACKUP,
			       router_announce, router);
		note_flap(router);
		router->want_announce = false;
	}
	if (router->want_announce) {
		router->want_announce = false;
		router_announce(router);
	}
	return worked;
}

void router_repair(struct router *router, struct monotime now)
{
	router->nic_dirty = false;
	if (takeover_reconcile(router->takeover, now, router_announce, router) > 0)
		note_flap(router);
	router_announce_news(router, now);
}

bool router_finish(struct router *router, struct monotime now)
{
	bool due = router->nic_dirty || router_repair_due(router, now);
	bool worked = due || router->transition;

	/* Our own changes have made the last dump stale: not at the deadline. */
	if (router->nic_dirty && router->prepared)
		takeover_rehearse(router->takeover);
	if (due)
		router_repair(router, now);
	if (router->transition)
		tell_transition(router);
	if (router->overdue_ns)
		router_tell_resumed(router);
	return worked;
}

/* ---- life ---- */

bool router_adoptable(const struct config_router *config, const struct vrrp_instance *instance,
		      const struct vrrp_lease *lease, struct monotime now)
{
	uint64_t until = __atomic_load_n(&lease->until_ns, __ATOMIC_SEQ_CST);

	return !strcmp(instance->report.name, config->name) &&
	       instance->report.state == VRRP_STATE_MASTER &&
	       agent_may_adopt(instance->role, until, now) &&
	       instance->rules.vrid == config->vrid && instance->rules.family == config->family &&
	       instance->rules.version == config->version &&
	       instance->rules.interval_cs == config->interval_cs &&
	       !strcmp(instance->report.public_ifname, config->public);
}

static int open_peers(struct router *router)
{
	const struct config_router *config = router->config;

	for (unsigned int i = 0; config->peer_count && i < config->heartbeat_count; i++) {
		router->paths[i].peers = calloc(config->peer_count, sizeof(struct peer_mac));
		if (!router->paths[i].peers)
			return -ENOMEM;
	}
	return 0;
}

int router_open(const struct config_router *config, const struct router_deps *deps,
		unsigned int slot, bool adopt, struct router **ret_router)
{
	struct router *router =
		calloc(1, sizeof(*router) + config->heartbeat_count * sizeof(router->paths[0]));
	struct fsm_config fsm = {
		.version = config->version,
		.priority = config->priority,
		.preempt = config->preempt,
		.interval_cs = config->interval_cs,
		.preempt_delay_ns = (int64_t)config->preempt_delay_ms * 1000000,
	};
	int err;

	if (!router)
		return -ENOMEM;
	router->config = config;
	router->deps = deps;
	router->slot = slot;
	router->instance = datapath_instance(deps->datapath, slot);
	router->lease.shared = &datapath_leases(deps->datapath)[slot];
	router->adopt = adopt;
	if (adopt) {
		router->lease.written_ns = router->lease.shared->until_ns;
		router->lease.state = AGENT_LEASE_OPEN;
		router->seen_lost = router->instance->judged.lost;
	}
	router->public = ports_find(deps->ports, config->public);
	for (unsigned int i = 0; i < config->heartbeat_count; i++)
		router->paths[i].port = ports_find(deps->ports, config->heartbeat[i]);
	err = open_peers(router);
	router->relook_at = router->carrier_at = MONOTIME_NEVER;
	fsm_init(&router->fsm, &fsm);
	announce_init(&router->announce, config, deps->ports, deps->batch);

	if (!err)
		err = notify_open(config, deps->loop, &router->notify);
	if (!err)
		err = router_track_open(router, loop_now());
	/* Before the NIC is repaired: what a dead agent left there is never open. */
	if (!err && adopt)
		err = router_fence_adopt(router);
	if (!err) {
		err = router_fence_update(router);
		if (config->fence != CONFIG_FENCE_YES)
			err = 0;
	}
	if (!err)
		err = open_takeover(router);
	if (!err)
		err = auth_enter(deps->auth, config, slot);
	if (err) {
		router_close(router, false);
		return err;
	}
	router->signing = auth_signs(deps->auth, config);
	publish_rules(router->instance, config);
	publish_identity(router->instance, config);
	if (!adopt)
		publish_state(router->instance, &router->fsm, &router->master, 0);
	*ret_router = router;
	return 0;
}

void router_stop(struct router *router, struct monotime now)
{
	struct fsm_event event = {.kind = FSM_EV_STOP};

	router_step(router, &event, now);
}

bool router_busy(const struct router *router)
{
	return notify_busy(router->notify);
}

void router_resign(struct router *router, bool resigned, struct monotime now)
{
	router->resigned = resigned;
	router_ports_changed(router, now);
}

void router_run_dir_lost(struct router *router)
{
	takeover_write_record(router->takeover);
}

void router_close(struct router *router, bool keep)
{
	if (!router)
		return;
	for (unsigned int i = 0; i < router->config->heartbeat_count; i++) {
		if (router->paths[i].listening && !keep)
			router_unlisten(router, i);
	}
	if (router->takeover)
		takeover_close(router->takeover, keep);
	if (router->notify)
		notify_close(router->notify);
	router_track_close(router);
	if (!keep) {
		router_fence_close(router); /* after the NIC */
		lease_clear(&router->lease);
		memset(&router->instance->report, 0, sizeof(router->instance->report));
		publish_role(router->instance, VRRP_ROLE_IDLE, MONOTIME_NEVER);
		auth_leave(router->deps->auth, router->slot);
	}
	for (unsigned int i = 0; i < router->config->heartbeat_count; i++)
		free(router->paths[i].peers);
	free(router->transition);
	free(router);
}

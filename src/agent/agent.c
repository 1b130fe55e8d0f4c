/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening, waking, closing. On every wake-up: drain the ring first, then act on deadlines, then
 * change NICs, then arm for the soonest.
 */
#include "agent/agent.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "agent/auth.h"
#include "agent/batch.h"
#include "agent/control.h"
#include "agent/hearing.h"
#include "agent/keeper.h"
#include "agent/loop.h"
#include "agent/ports.h"
#include "agent/rehearsal.h"
#include "agent/router.h"
#include "agent/service.h"
#include "agent/slots.h"
#include "agent/strays.h"
#include "agent/takeover.h"
#include "agent/upkeep.h"
#include "core/request.h"
#include "sys/bpffs.h"
#include "sys/datapath.h"
#include "sys/log.h"
#include "sys/pass.h"
#include "sys/rtnl.h"
#include "sys/rundir.h"
#include "sys/send.h"

#define DRAIN_TURNS      4
#define REFRESH_NS       20000000LL   /* dumps of all interfaces, at most fifty a second */
#define REFRESH_PAUSES   10           /* and no more than a tenth of the time */
#define LAST_WORD_NS     5000000000LL /* to put NICs back, and for the last transition */
#define STRETCH_NS       3000000LL    /* of changes to NICs: longer no advert waits for them */
#define DEAD_PATIENCE_MS 2000
#define DEAD_PAUSE_MS    10
#define RESERVE_BYTES    65536
#define RESERVE_STEP     4096 /* no page is smaller */
#define PASSED           "agent"

struct agent {
	const struct config *config;
	const struct agent_options *options;
	int run_lock, bpffs_lock;
	struct keeper *keeper; /* NULL: nobody writes transitions down */
	struct loop *loop;
	struct datapath *datapath;
	struct receiver *receiver;
	struct hmac_store *hmac;
	struct auth *auth;
	struct fence *fence;
	struct rtnl *rtnl;
	struct sender *sender;
	struct rehearsal *rehearsal; /* NULL: not permitted, or not asked for (early = 0) */
	struct ports ports;
	struct ports_rooms ports_rooms;
	struct router_rooms router_rooms;
	struct batch batch;
	struct router **routers;
	unsigned int opened;
	struct router *by_slot[VRRP_MAX_SLOTS];
	struct control *control;
	struct upkeep *upkeep;
	struct service service;
	bool stop_asked; /* a signal came: acted upon when the ring was read */
	bool stopping;
	enum rtnl_change last_change; /* what the monitor told last, and of which interface */
	int last_changed;
	bool unsettled;          /* NICs are left to be changed, or looked at */
	bool restarting;         /* once no hook runs any more */
	struct monotime stop_by; /* hooks had their time */
};

static void on_event(void *context, const struct vrrp_event *event)
{
	struct agent *agent = context;

	if (event->slot < VRRP_MAX_SLOTS && agent->by_slot[event->slot])
		router_event(agent->by_slot[event->slot], event, loop_now());
}

static void on_change(void *context, enum rtnl_change change, int ifindex)
{
	struct agent *agent = context;

	if (change == agent->last_change && ifindex == agent->last_changed)
		return; /* of this reading: a takeover changes as many addresses as there are */
	agent->last_change = change;
	agent->last_changed = ifindex;
	switch (change) {
	case RTNL_LINK:
	case RTNL_LINK_GONE:
	case RTNL_ADDRESS:
	case RTNL_OVERRUN:
		agent->ports.dirty = true;
		break;
	case RTNL_ROUTE:
		break;
	}
	for (unsigned int i = 0; i < agent->opened; i++)
		router_nic_changed(agent->routers[i], ifindex);
}

static void on_rtnl(void *context)
{
	struct agent *agent = context;
	int err;

	agent->last_changed = -1;
	err = rtnl_monitor_read(agent->rtnl, on_change, agent);
	if (err < 0)
		log_err("cannot read interface changes: %s", strerror(-err));
}

/* Ring and packet sockets are drained in on_wake(), before any deadline, whatever woke us. */
static void on_heard(void *context)
{
	(void)context;
}

static void refresh_ports(struct agent *agent, struct monotime now)
{
	int64_t took_ns;

	if (!agent->ports.dirty || monotime_before(now, agent->ports.refresh_at))
		return;
	agent->ports.refresh_at = monotime_add(now, REFRESH_NS);
	if (ports_refresh(&agent->ports, &agent->ports_rooms, false))
		return;
	for (unsigned int i = 0; i < agent->opened; i++)
		router_ports_changed(agent->routers[i], now);
	took_ns = monotime_diff(loop_now(), now);
	if (REFRESH_PAUSES * took_ns > REFRESH_NS)
		agent->ports.refresh_at = monotime_add(now, REFRESH_PAUSES * took_ns);
}

static int64_t rehearsal_lead(const struct agent *agent)
{
	return agent->rehearsal ? REHEARSAL_NS : 0;
}

/* Whose promotion is possible next, or NULL. */
static struct router *next_master_down(const struct agent *agent, struct monotime *ret_at)
{
	struct router *next = NULL;

	*ret_at = MONOTIME_NEVER;
	for (unsigned int i = 0; i < agent->opened; i++) {
		struct monotime at = router_master_down(agent->routers[i]);

		if (!monotime_before(at, *ret_at))
			continue;
		next = agent->routers[i];
		*ret_at = at;
	}
	return next;
}

/* The soonest possible promotion: wait for it awake when it is less than `early` away, so that no
 * timer's latency is added to it, and rehearse before that. It ends at the deadline; where an
 * advert moves that, another one is the soonest. */
static void await_master_down(struct agent *agent)
{
	int64_t early = agent->config->early_ns, lead = early + rehearsal_lead(agent);
	int64_t rest = early < REHEARSAL_REST_NS ? early : REHEARSAL_REST_NS;
	struct monotime at;
	struct router *next;

	while ((next = next_master_down(agent, &at))) {
		do {
			struct monotime now = loop_now();

			if (!monotime_before(now, at) || monotime_diff(at, now) > lead)
				return;
			if (agent->rehearsal && monotime_diff(at, now) > rest) {
				router_rehearse(next, at);
				rehearsal_run(agent->rehearsal, !router_prepared(next));
			}
		} while (router_master_down(next).ns == at.ns);
	}
}

/* Before promotions that may come, not in their way: once one is near, what is left has to do
 * without. */
static void prepare(struct agent *agent)
{
	int64_t lead = agent->config->early_ns + rehearsal_lead(agent);
	struct monotime at, until;

	if (!next_master_down(agent, &at))
		return;
	until = monotime_min(monotime_add(loop_now(), STRETCH_NS), monotime_add(at, -lead));
	takeover_hold();
	for (unsigned int i = 0; i < agent->opened; i++) {
		struct monotime now = loop_now();

		if (!monotime_before(now, until))
			break;
		router_prepare(agent->routers[i], now);
	}
	takeover_release();
}

/* One stroke of all routers, as long as time is left. The first one that has something to do looks
 * at all interfaces for the others, too, which takes longer than a stretch on a host with thousands
 * of addresses: its time does not count. Was it for all? */
static bool stroke(struct agent *agent, bool (*fn)(struct router *router, struct monotime now))
{
	struct monotime now = loop_now(), until = MONOTIME_NEVER;
	bool all = true;

	takeover_hold();
	for (unsigned int i = 0; i < agent->opened && all; i++) {
		if (!fn(agent->routers[i], now))
			continue;
		now = loop_now();
		if (monotime_is_never(until))
			until = monotime_add(now, STRETCH_NS);
		all = monotime_before(now, until) || i + 1 == agent->opened;
	}
	takeover_release();
	return all;
}

static void settle(struct agent *agent)
{
	struct monotime now;

	batch_flush(&agent->batch);
	/* Of all before anything of one: where hundreds take over at once, the last one's
	 * announcement waits for no NIC. */
	now = loop_now();
	for (unsigned int i = 0; i < agent->opened; i++)
		router_announce_prepared(agent->routers[i], now);
	agent->unsettled = !stroke(agent, router_settle) || !stroke(agent, router_finish);
	keeper_follow(agent->keeper, datapath_history(agent->datapath));
}

static void arm(struct agent *agent)
{
	struct monotime at = agent->unsettled  ? monotime_from_ns(0)
			     : agent->stopping ? agent->stop_by
					       : MONOTIME_NEVER;
	int64_t lead = agent->config->early_ns + rehearsal_lead(agent);

	for (unsigned int i = 0; i < agent->opened; i++) {
		struct monotime down = router_master_down(agent->routers[i]);

		at = monotime_min(at, router_deadline(agent->routers[i]));
		if (!monotime_is_never(down))
			at = monotime_min(at, monotime_add(down, -lead));
	}
	if (agent->ports.dirty)
		at = monotime_min(at, agent->ports.refresh_at);
	at = monotime_min(at, service_deadline(&agent->service));
	loop_arm(agent->loop, at);
}

static bool any_busy(const struct agent *agent)
{
	for (unsigned int i = 0; i < agent->opened; i++) {
		if (router_busy(agent->routers[i]))
			return true;
	}
	return false;
}

static void drain(struct agent *agent)
{
	bool again = true;

	for (int turn = 0; again && turn < DRAIN_TURNS; turn++) {
		again = false;
		for (unsigned int i = 0; i < agent->opened; i++)
			router_before_drain(agent->routers[i]);
		datapath_drain(agent->datapath, on_event, agent);
		receiver_drain(agent->receiver, on_event, agent);
		for (unsigned int i = 0; i < agent->opened; i++)
			again |= router_drain_again(agent->routers[i]);
	}
}

/* Says priority 0 for each router that is MASTER; hooks have their time. */
static void begin_stop(struct agent *agent, struct monotime now)
{
	uint32_t patience_ms = 0;

	log_info("stopping");
	agent->stopping = true;
	for (unsigned int i = 0; i < agent->opened; i++) {
		const struct config_router *router = &agent->config->routers[i];

		router_stop(agent->routers[i], now);
		if (router->notify_timeout_ms > patience_ms)
			patience_ms = router->notify_timeout_ms;
	}
	agent->stop_by = monotime_add(now, ((int64_t)patience_ms + 2000) * 1000000);
	service_stopping(&agent->service, monotime_diff(agent->stop_by, now) + LAST_WORD_NS, now);
}

static void on_wake(void *context)
{
	struct agent *agent = context;
	struct monotime now;

	if (!agent->stopping)
		await_master_down(agent);
	drain(agent);
	now = loop_now();
	for (unsigned int i = 0; i < agent->opened; i++)
		router_resync(agent->routers[i], now);
	/* Only now: who was replaced while it slept has no goodbye to say. */
	if (agent->stop_asked && !agent->stopping)
		begin_stop(agent, now);
	if (!agent->stopping)
		refresh_ports(agent, now);
	for (unsigned int i = 0; i < agent->opened; i++) {
		struct router *router = agent->routers[i];

		if (!monotime_before(now, router_deadline(router)))
			router_tick(router, now);
	}
	settle(agent);
	if (!agent->stopping)
		prepare(agent);
	if (agent->restarting && !agent->stopping && !agent->unsettled && !any_busy(agent)) {
		loop_stop(agent->loop);
		return;
	}
	if (agent->stopping && !agent->unsettled &&
	    (!any_busy(agent) || !monotime_before(now, agent->stop_by))) {
		loop_stop(agent->loop);
		return;
	}
	upkeep_tick(agent->upkeep, now);
	service_tick(&agent->service, now);
	arm(agent);
}

/* A new process reads the configuration and adopts what this one leaves as it is. A configuration
 * that would not start leaves everything running. */
static void reload(struct agent *agent)
{
	if (!agent->options->recheck) {
		log_warn("SIGHUP: there is no configuration file to read again");
	} else if (!agent->options->recheck(agent->options->context)) {
		log_err("SIGHUP: the configuration is refused, all goes on as before");
	} else if (!upkeep_may_restart(agent->upkeep)) {
		log_err("SIGHUP: a new start would fail, all goes on as before");
	} else {
		log_info("restarting");
		service_reloading(&agent->service, loop_now());
		agent->restarting = true;
	}
}

static void on_control(void *context, const char *text, size_t length, char answer[CONTROL_LINE])
{
	struct agent *agent = context;
	struct request request;

	if (request_parse(text, length, &request)) {
		snprintf(answer, CONTROL_LINE, "error: not `resign NAME` or `resume NAME`");
		return;
	}
	for (unsigned int i = 0; i < agent->opened; i++) {
		if (strcmp(agent->config->routers[i].name, request.router))
			continue;
		router_resign(agent->routers[i], request.kind == REQUEST_RESIGN, loop_now());
		snprintf(answer, CONTROL_LINE, "ok");
		return;
	}
	snprintf(answer, CONTROL_LINE, "%s: no virtual router of that name runs here",
		 request.router);
}

static void on_signal(void *context, int signal)
{
	struct agent *agent = context;

	if (signal == SIGHUP)
		reload(agent);
	else if (agent->stopping)
		agent->stop_by = loop_now(); /* a second signal: do not wait for hooks */
	else
		agent->stop_asked = true;
}

/* What is allocated now and then must not wait for a page where memory is short: it is there, and
 * stays with us. */
static void keep_reserve(void)
{
	volatile char *reserve = malloc(RESERVE_BYTES);

	for (size_t at = 0; reserve && at < RESERVE_BYTES; at += RESERVE_STEP)
		reserve[at] = 0;
	free((void *)(uintptr_t)reserve);
}

/* What is not permitted is said, and done without. */
static void be_real_time(const struct config *config)
{
	struct sched_param param = {.sched_priority = config->realtime};

	prctl(PR_SET_TIMERSLACK, 1UL);
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		log_warn("memory is not locked: %s (LimitMEMLOCK=infinity, or CAP_IPC_LOCK)",
			 strerror(errno));
	keep_reserve();
	if (!config->realtime)
		return;
	/* Reset on fork: hooks are no real-time programs. */
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param))
		log_warn("no real-time scheduling: %s (CAP_SYS_NICE; realtime = 0 says it is not "
			 "wanted)",
			 strerror(errno));
}

/* A killed agent may have left a child on its way to the end (a hook before its exec), which holds
 * what it held for some more milliseconds. */
static int lock_run_dir(const char *dir, pid_t *ret_holder)
{
	const struct timespec pause = {.tv_nsec = DEAD_PAUSE_MS * 1000000L};
	int lock = rundir_lock(dir, ret_holder);

	for (int i = 0; i < DEAD_PATIENCE_MS / DEAD_PAUSE_MS && lock == -EWOULDBLOCK; i++) {
		if (*ret_holder && (!kill(*ret_holder, 0) || errno != ESRCH))
			break;
		nanosleep(&pause, NULL);
		lock = rundir_lock(dir, ret_holder);
		if (lock >= 0)
			nanosleep(&pause, NULL); /* its other locks go in the same moment */
	}
	return lock;
}

static int lock_host(struct agent *agent)
{
	pid_t holder = 0;
	int err = rundir_prepare(agent->options->run_dir);

	if (err)
		return err;
	agent->run_lock = lock_run_dir(agent->options->run_dir, &holder);
	if (agent->run_lock == -EWOULDBLOCK) {
		log_err("%s: another agent runs: vrrp-xdp, pid %d", agent->options->run_dir,
			(int)holder);
		return -EBUSY;
	}
	if (agent->run_lock < 0)
		log_err("%s: cannot lock: %s%s", agent->options->run_dir,
			strerror(-agent->run_lock),
			agent->run_lock == -EPERM || agent->run_lock == -ELOOP
				? ": somebody changes it: name another with --run-dir"
				: "");
	return agent->run_lock < 0 ? agent->run_lock : 0;
}

/* An address that is served is worth more than a command that works. */
static void open_control(struct agent *agent)
{
	const char *run_dir = agent->options->run_dir;
	int err = control_open(run_dir, agent->loop, on_control, agent, &agent->control);

	if (err)
		log_err("%s/control: %s: resign and resume do not work", run_dir, strerror(-err));
}

static void on_run_dir_lost(void *context)
{
	struct agent *agent = context;

	control_close(agent->control);
	agent->control = NULL;
	open_control(agent);
	receiver_renew(agent->receiver);
	if (!datapath_has_maps(agent->datapath))
		datapath_renew_files(agent->datapath, agent->options->run_dir);
	for (unsigned int i = 0; i < agent->opened; i++)
		router_run_dir_lost(agent->routers[i]);
}

static int open_upkeep(struct agent *agent)
{
	struct upkeep_rooms rooms = {
		.run_dir = agent->options->run_dir,
		.bpffs = datapath_has_maps(agent->datapath) ? agent->options->bpffs : NULL,
		.ports = &agent->ports,
		.run_lock = &agent->run_lock,
		.bpffs_lock = &agent->bpffs_lock,
		.run_dir_lost = on_run_dir_lost,
		.context = agent,
	};

	return upkeep_open(&rooms, &agent->upkeep);
}

static int open_hearing(struct agent *agent)
{
	const struct agent_options *options = agent->options;
	struct hearing hearing = {.bpffs_lock = -1};
	int err = hearing_open(&hearing, agent->config->mode, options->bpffs, options->run_dir);

	agent->datapath = hearing.datapath;
	agent->receiver = hearing.receiver;
	agent->hmac = hearing.hmac;
	agent->bpffs_lock = hearing.bpffs_lock;
	return err;
}

static int open_rooms(struct agent *agent)
{
	int err;

	/* First: from here on a signal waits until all is open, and then all is closed. */
	err = loop_open(&agent->loop);
	if (err) {
		log_err("no event loop: %s", strerror(-err));
		return err;
	}
	err = lock_host(agent);
	if (err)
		return err;
	err = rtnl_open(&agent->rtnl);
	if (err) {
		log_err("no rtnetlink: %s", strerror(-err));
		return err;
	}
	err = ports_init(&agent->ports, agent->config);
	if (err) {
		log_err("more than %d interfaces", PORTS_MAX);
		return err;
	}
	err = send_take(PASSED, &agent->sender);
	if (err)
		err = send_open(&agent->sender);
	if (err) {
		log_err("no packet socket: %s%s", strerror(-err),
			err == -EPERM ? ": run as root (or with CAP_NET_RAW)" : "");
		return err;
	}
	err = open_hearing(agent);
	if (err)
		return err;
	open_control(agent);
	return 0;
}

/* Where no router insists, its absence is said, and done without. */
static int open_fence(struct agent *agent, const bool *keep)
{
	const struct config *config = agent->config;
	bool wanted = false, insisted = false;
	int err;

	for (unsigned int i = 0; i < config->router_count; i++) {
		wanted |= config->routers[i].fence != CONFIG_FENCE_NO;
		insisted |= config->routers[i].fence == CONFIG_FENCE_YES;
	}
	/* Also where a run before this one had it: what it guards is this one's matter. */
	if (!wanted && !fence_was_here(agent->options->bpffs))
		return 0;
	if (!datapath_has_maps(agent->datapath)) {
		log_warn("no fence without BPF maps: what a frozen or killed agent has, stays on "
			 "the wire%s",
			 insisted ? "; fence = yes" : "");
		return insisted ? -EOPNOTSUPP : 0;
	}
	err = fence_open(agent->options->bpffs, &agent->fence);
	if (!err)
		err = fence_orphan(agent->fence, keep);
	return insisted ? err : 0;
}

/* Those that go on as MASTER, or all others. */
static int open_each(struct agent *agent, const uint16_t *slots, const bool *keep, bool adopt)
{
	for (unsigned int i = 0; i < agent->opened; i++) {
		const struct config_router *config = &agent->config->routers[i];
		int err;

		if (keep[slots[i]] != adopt)
			continue;
		err = router_open(config, &agent->router_rooms, slots[i], adopt,
				  &agent->routers[i]);
		if (err) {
			log_err("%s: cannot start: %s", config->name, strerror(-err));
			return err;
		}
		agent->by_slot[slots[i]] = agent->routers[i];
	}
	return 0;
}

static int open_routers(struct agent *agent)
{
	const struct config *config = agent->config;
	uint16_t *slots;
	bool *keep, undone = false;
	int err;

	if (config->router_count > VRRP_MAX_SLOTS) {
		log_err("more than %d virtual routers", VRRP_MAX_SLOTS);
		return -E2BIG;
	}
	agent->router_rooms = (struct router_rooms){
		.config = config,
		.run_dir = agent->options->run_dir,
		.bpffs = agent->options->bpffs,
		.loop = agent->loop,
		.datapath = agent->datapath,
		.receiver = agent->receiver,
		.rtnl = agent->rtnl,
		.sender = agent->sender,
		.ports = &agent->ports,
		.batch = &agent->batch,
	};
	agent->batch.sender = agent->sender;
	agent->ports_rooms = (struct ports_rooms){
		.rtnl = agent->rtnl,
		.datapath = agent->datapath,
		.receiver = agent->receiver,
		.sender = agent->sender,
		.bpffs = agent->options->bpffs,
		.mode = config->mode,
		.replace = agent->options->replace,
	};
	err = ports_refresh(&agent->ports, &agent->ports_rooms, true);
	if (err)
		return err;
	agent->routers = calloc(config->router_count, sizeof(*agent->routers));
	slots = calloc(config->router_count, sizeof(*slots));
	keep = calloc(VRRP_MAX_SLOTS, sizeof(*keep));
	err = agent->routers && slots && keep
		      ? slots_choose(config, agent->datapath, &agent->ports, slots, keep)
		      : -ENOMEM;
	if (!err)
		receiver_reset(agent->receiver, keep);
	if (!err)
		err = open_fence(agent, keep);
	if (!err)
		err = auth_open(config, agent->options->keyring, agent->hmac, agent->datapath, keep,
				agent->loop, &agent->auth);
	agent->router_rooms.fence = agent->fence;
	agent->router_rooms.auth = agent->auth;
	agent->opened = err ? 0 : config->router_count;
	if (!err)
		err = open_each(agent, slots, keep, true);
	if (!err)
		undone = strays_undo(config, agent->rtnl, agent->options->run_dir,
				     &agent->ports.actual);
	if (!err)
		err = open_each(agent, slots, keep, false);
	free(slots);
	free(keep);
	if (err)
		return err;
	if (undone && agent->fence)
		fence_forget_orphans(agent->fence);
	ports_forget_others(&agent->ports, agent->options->bpffs, !undone);
	err = open_upkeep(agent);
	if (!err)
		err = loop_add(agent->loop, receiver_fd(agent->receiver), on_heard, agent);
	if (!err && datapath_has_maps(agent->datapath))
		err = loop_add(agent->loop, datapath_events_fd(agent->datapath), on_heard, agent);
	if (!err)
		err = loop_add(agent->loop, rtnl_monitor_fd(agent->rtnl), on_rtnl, agent);
	return err;
}

static void close_rooms(struct agent *agent, bool keep)
{
	for (unsigned int i = 0; i < agent->opened; i++)
		router_close(agent->routers[i], keep);
	free(agent->routers);
	auth_close(agent->auth);
	control_close(agent->control);
	loop_close(agent->loop);
	upkeep_close(agent->upkeep);
	/* The maps go with the last NIC only if nobody else keeps them: our own lock first. */
	if (agent->bpffs_lock >= 0)
		close(agent->bpffs_lock);
	if (agent->fence)
		fence_close(agent->fence);
	receiver_close(agent->receiver, keep);
	hmac_store_close(agent->hmac);
	if (agent->datapath) {
		char stray[RUNDIR_RECORD_NAME];
		bool maps = datapath_has_maps(agent->datapath);
		/* Whatever has a record still, of this run or an older one, was not undone. */
		bool undone = !rundir_stray_record(agent->options->run_dir, NULL, 0, stray);

		if (!keep)
			ports_close(&agent->ports, agent->options->bpffs, !undone);
		datapath_close(agent->datapath);
		if (!keep && !maps)
			datapath_remove_files(agent->options->run_dir);
		else if (!keep && undone)
			datapath_forget_unused(agent->options->bpffs, true);
		else if (!keep)
			log_warn("%s: what takeover-%s tells of is still on a NIC; the fence stays",
				 agent->options->run_dir, stray);
	}
	rehearsal_close(agent->rehearsal, keep);
	if (keep)
		send_pass_on(agent->sender, PASSED);
	else
		send_close(agent->sender);
	if (agent->rtnl)
		rtnl_close(agent->rtnl);
	if (agent->run_lock >= 0)
		close(agent->run_lock);
	keeper_close(agent->keeper, !keep);
	service_close(&agent->service);
}

int agent_run(const struct config *config, const struct agent_options *options)
{
	struct agent *agent = calloc(1, sizeof(*agent));
	struct monotime now;
	bool restart;
	int err;

	if (!agent)
		return -ENOMEM;
	agent->config = config;
	agent->options = options;
	agent->run_lock = agent->bpffs_lock = -1;
	agent->keeper = options->keeper;
	service_open(&agent->service);
	/* Before anything is locked: a child of ours opens it, and may outlive us by moments. */
	if (config->early_ns)
		agent->rehearsal = rehearsal_open();
	err = open_rooms(agent);
	if (!err)
		err = open_routers(agent);
	if (!err) {
		be_real_time(config);
		now = loop_now();
		for (unsigned int i = 0; i < agent->opened; i++)
			router_ports_changed(agent->routers[i], now);
		pass_close_rest();
		service_ready(&agent->service, now);
		err = loop_run(agent->loop, on_wake, on_signal, agent);
	}
	restart = !err && agent->restarting && !agent->stopping;
	close_rooms(agent, restart);
	free(agent);
	return restart ? AGENT_RESTART : err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening, waking, closing. On every wake-up: drain the ring first, then act on deadlines, then
 * change NICs, then arm for the soonest.
 */
#include "agent/agent.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/batch.h"
#include "agent/loop.h"
#include "agent/ports.h"
#include "agent/router.h"
#include "sys/bpffs.h"
#include "sys/datapath.h"
#include "sys/log.h"
#include "sys/rtnl.h"
#include "sys/rundir.h"
#include "sys/send.h"

#define REFRESH_NS 20000000LL /* dumps of all interfaces, at most fifty a second */

struct agent {
	const struct config *config;
	const struct agent_options *options;
	int run_lock, bpffs_lock;
	struct loop *loop;
	struct datapath *datapath;
	struct rtnl *rtnl;
	struct sender *sender;
	struct ports ports;
	struct ports_rooms ports_rooms;
	struct batch batch;
	struct router **routers;
	unsigned int opened;
	bool stopping;
	struct monotime stop_by; /* hooks had their time */
};

static void on_event(void *context, const struct vrrp_event *event)
{
	struct agent *agent = context;

	if (event->slot < agent->opened)
		router_event(agent->routers[event->slot], event, loop_now());
}

static void on_change(void *context, enum rtnl_change change, int ifindex)
{
	struct agent *agent = context;

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
	int err = rtnl_monitor_read(agent->rtnl, on_change, agent);

	if (err < 0)
		log_err("cannot read interface changes: %s", strerror(-err));
}

/* The ring is drained in on_wake(), before any deadline, whatever woke us. */
static void on_ring(void *context)
{
	(void)context;
}

static void refresh_ports(struct agent *agent, struct monotime now)
{
	if (!agent->ports.dirty || monotime_before(now, agent->ports.refresh_at))
		return;
	agent->ports.refresh_at = monotime_add(now, REFRESH_NS);
	if (ports_refresh(&agent->ports, &agent->ports_rooms, false))
		return;
	for (unsigned int i = 0; i < agent->opened; i++)
		router_ports_changed(agent->routers[i], now);
}

/* The soonest possible promotion: wait for it awake when it is less than `early` away, so that no
 * timer's latency is added to it. It ends at the deadline, or when an advert moves it. */
static void await_master_down(struct agent *agent)
{
	struct monotime now = loop_now();

	for (unsigned int i = 0; i < agent->opened; i++) {
		const struct router *router = agent->routers[i];

		for (;;) {
			struct monotime at = router_master_down(router);

			if (monotime_is_never(at) || !monotime_before(now, at) ||
			    monotime_diff(at, now) > agent->config->early_ns)
				break;
			now = loop_now();
		}
	}
}

static void settle(struct agent *agent)
{
	struct monotime now = loop_now();

	batch_flush(&agent->batch);
	for (unsigned int i = 0; i < agent->opened; i++)
		router_settle(agent->routers[i], now);
}

static void arm(struct agent *agent)
{
	struct monotime at = agent->stopping ? agent->stop_by : MONOTIME_NEVER;

	for (unsigned int i = 0; i < agent->opened; i++) {
		struct monotime down = router_master_down(agent->routers[i]);

		at = monotime_min(at, router_deadline(agent->routers[i]));
		if (!monotime_is_never(down))
			at = monotime_min(at,
					  monotime_add(down, -(int64_t)agent->config->early_ns));
	}
	if (agent->ports.dirty)
		at = monotime_min(at, agent->ports.refresh_at);
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

static void on_wake(void *context)
{
	struct agent *agent = context;
	struct monotime now;

	if (!agent->stopping)
		await_master_down(agent);
	datapath_drain(agent->datapath, on_event, agent);
	now = loop_now();
	if (!agent->stopping)
		refresh_ports(agent, now);
	for (unsigned int i = 0; i < agent->opened; i++) {
		struct router *router = agent->routers[i];

		router_resync(router, now);
		if (!monotime_before(now, router_deadline(router)))
			router_tick(router, now);
	}
	settle(agent);
	if (agent->stopping && (!any_busy(agent) || !monotime_before(now, agent->stop_by))) {
		loop_stop(agent->loop);
		return;
	}
	arm(agent);
}

static void on_signal(void *context, int signal)
{
	struct agent *agent = context;
	struct monotime now = loop_now();
	uint32_t patience_ms = 0;

	if (signal == SIGHUP) {
		log_warn("SIGHUP: the configuration is read at start only: restart to apply it");
		return;
	}
	if (agent->stopping) {
		agent->stop_by = now; /* a second signal: do not wait for hooks */
		return;
	}
	log_info("stopping");
	agent->stopping = true;
	for (unsigned int i = 0; i < agent->opened; i++) {
		const struct config_router *router = &agent->config->routers[i];

		router_stop(agent->routers[i], now);
		if (router->notify_timeout_ms > patience_ms)
			patience_ms = router->notify_timeout_ms;
	}
	agent->stop_by = monotime_add(now, ((int64_t)patience_ms + 2000) * 1000000);
}

/* What is not permitted is said, and done without. */
static void be_real_time(const struct config *config)
{
	struct sched_param param = {.sched_priority = config->realtime};

	prctl(PR_SET_TIMERSLACK, 1UL);
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		log_warn("memory is not locked: %s (LimitMEMLOCK=infinity, or CAP_IPC_LOCK)",
			 strerror(errno));
	if (!config->realtime)
		return;
	/* Reset on fork: hooks are no real-time programs. */
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param))
		log_warn("no real-time scheduling: %s (CAP_SYS_NICE; realtime = 0 says it is not "
			 "wanted)",
			 strerror(errno));
}

static int lock_host(struct agent *agent)
{
	pid_t holder = 0;
	int err = rundir_prepare(agent->options->run_dir);

	if (err)
		return err;
	agent->run_lock = rundir_lock(agent->options->run_dir, &holder);
	if (agent->run_lock == -EWOULDBLOCK) {
		log_err("%s: another agent runs: vrrp-xdp, pid %d", agent->options->run_dir,
			(int)holder);
		return -EBUSY;
	}
	if (agent->run_lock < 0)
		log_err("%s: cannot lock: %s", agent->options->run_dir, strerror(-agent->run_lock));
	return agent->run_lock < 0 ? agent->run_lock : 0;
}

static int open_rooms(struct agent *agent)
{
	const struct agent_options *options = agent->options;
	int err;

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
	err = send_open(&agent->sender);
	if (err) {
		log_err("no packet socket: %s%s", strerror(-err),
			err == -EPERM ? ": run as root (or with CAP_NET_RAW)" : "");
		return err;
	}
	err = datapath_open(options->bpffs, &agent->datapath);
	if (err)
		return err;
	agent->bpffs_lock = bpffs_lock(options->bpffs);
	if (agent->bpffs_lock < 0) {
		log_err("%s: %s", options->bpffs,
			agent->bpffs_lock == -EWOULDBLOCK
				? "another agent uses it: name another with --bpffs"
				: strerror(-agent->bpffs_lock));
		return agent->bpffs_lock;
	}
	err = datapath_reset(agent->datapath);
	if (err) {
		log_err("cannot reset the maps: %s", strerror(-err));
		return err;
	}
	err = loop_open(&agent->loop);
	if (err)
		log_err("no event loop: %s", strerror(-err));
	return err;
}

static int open_routers(struct agent *agent)
{
	const struct config *config = agent->config;
	struct router_rooms rooms = {
		.config = config,
		.run_dir = agent->options->run_dir,
		.loop = agent->loop,
		.datapath = agent->datapath,
		.rtnl = agent->rtnl,
		.sender = agent->sender,
		.ports = &agent->ports,
		.batch = &agent->batch,
	};
	int err;

	if (config->router_count > VRRP_MAX_SLOTS) {
		log_err("more than %d virtual routers", VRRP_MAX_SLOTS);
		return -E2BIG;
	}
	agent->batch.sender = agent->sender;
	agent->ports_rooms = (struct ports_rooms){
		.rtnl = agent->rtnl,
		.datapath = agent->datapath,
		.sender = agent->sender,
		.bpffs = agent->options->bpffs,
		.mode = config->mode,
		.replace = agent->options->replace,
	};
	err = ports_refresh(&agent->ports, &agent->ports_rooms, true);
	if (err)
		return err;
	agent->routers = calloc(config->router_count, sizeof(*agent->routers));
	if (!agent->routers)
		return -ENOMEM;
	for (unsigned int i = 0; i < config->router_count; i++) {
		err = router_open(&config->routers[i], &rooms, i, &agent->routers[i]);
		if (err) {
			log_err("%s: cannot start: %s", config->routers[i].name, strerror(-err));
			return err;
		}
		agent->opened++;
	}
	err = loop_add(agent->loop, datapath_events_fd(agent->datapath), on_ring, agent);
	if (!err)
		err = loop_add(agent->loop, rtnl_monitor_fd(agent->rtnl), on_rtnl, agent);
	return err;
}

static void close_rooms(struct agent *agent)
{
	for (unsigned int i = 0; i < agent->opened; i++)
		router_close(agent->routers[i]);
	free(agent->routers);
	loop_close(agent->loop);
	/* The maps go with the last NIC only if nobody else keeps them: our own lock first. */
	if (agent->bpffs_lock >= 0)
		close(agent->bpffs_lock);
	if (agent->datapath) {
		ports_close(&agent->ports, agent->options->bpffs);
		datapath_close(agent->datapath);
		datapath_forget_unused(agent->options->bpffs);
	}
	if (agent->sender)
		send_close(agent->sender);
	if (agent->rtnl)
		rtnl_close(agent->rtnl);
	if (agent->run_lock >= 0)
		close(agent->run_lock);
}

int agent_run(const struct config *config, const struct agent_options *options)
{
	struct agent *agent = calloc(1, sizeof(*agent));
	struct monotime now;
	int err;

	if (!agent)
		return -ENOMEM;
	agent->config = config;
	agent->options = options;
	agent->run_lock = agent->bpffs_lock = -1;
	err = open_rooms(agent);
	if (!err)
		err = open_routers(agent);
	if (!err) {
		be_real_time(config);
		now = loop_now();
		for (unsigned int i = 0; i < agent->opened; i++)
			router_ports_changed(agent->routers[i], now);
		err = loop_run(agent->loop, on_wake, on_signal, agent);
	}
	close_rooms(agent);
	free(agent);
	return err;
}

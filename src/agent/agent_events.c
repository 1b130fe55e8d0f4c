/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles what comes in: the ring, the monitor of interfaces, orders.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent_internal.h"
#include "agent/stand_in.h"
#include "core/request.h"
#include "sys/host/log.h"

#define DRAIN_TURNS 4

static void on_event(void *context, const struct vrrp_event *event)
{
	struct agent *agent = context;

	agent->worked = true;
	if (event->slot < VRRP_MAX_SLOTS && agent->by_slot[event->slot])
		runner_event(agent->by_slot[event->slot], event, loop_now());
}

static void drain(struct agent *agent)
{
	bool again = true;

	for (int turn = 0; again && turn < DRAIN_TURNS; turn++) {
		again = false;
		for (unsigned int i = 0; i < agent->opened; i++)
			runner_before_drain(agent->runners[i]);
		datapath_drain(agent->datapath, on_event, agent);
		receiver_drain(agent->receiver, on_event, agent);
		for (unsigned int i = 0; i < agent->opened; i++)
			again |= runner_drain_again(agent->runners[i]);
	}
	stand_in_looked();
}

struct monotime agent_catch_up(struct agent *agent)
{
	struct monotime now;

	drain(agent);
	now = loop_now();
	for (unsigned int i = 0; i < agent->opened; i++)
		runner_wake(agent->runners[i], now);
	groups_follow(agent->groups, now);
	return now;
}

void agent_leave_xdp(struct agent *agent, struct monotime now)
{
	struct ports *ports = &agent->ports;

	ports_leave_xdp(ports, &agent->ports_deps);
	for (unsigned int r = 0; r < agent->opened; r++) {
		runner_ports_changed(agent->runners[r]);
		for (unsigned int i = 0; i < ports->count; i++) {
			if (ports->port[i].unfit == VRRP_MODE_SOCKET_DEAF)
				runner_was_deaf(agent->runners[r], &ports->port[i], now);
		}
	}
}

static void on_change(void *context, enum rtnl_change change, int ifindex)
{
	struct agent *agent = context;

	stand_in_now(); /* a thousand messages take milliseconds */
	if (change == agent->last_change && ifindex == agent->last_changed)
		return; /* known from this reading: a takeover changes many addresses */
	agent->last_change = change;
	agent->last_changed = ifindex;
	switch (change) {
	case RTNL_LINK_GONE:
		others_gone(agent->others, ifindex);
		agent->ports.dirty = true;
		break;
	case RTNL_LINK:
	case RTNL_ADDRESS:
	case RTNL_OVERRUN:
		agent->ports.dirty = true;
		break;
	case RTNL_ROUTE:
		break;
	}
	for (unsigned int i = 0; i < agent->opened; i++)
		runner_nic_changed(agent->runners[i], ifindex);
}

void agent_on_rtnl(void *context)
{
	struct agent *agent = context;
	int err;

	agent->last_changed = -1;
	err = rtnl_monitor_read(agent->rtnl, on_change, agent);
	if (err < 0)
		log_err("cannot read interface changes: %s", strerror(-err));
}

/* The ring and the packet sockets are drained in on_wake(), before any deadline, whatever woke the
 * agent. */
void agent_on_heard(void *context)
{
	(void)context;
}

void agent_on_fences(void *context)
{
	struct agent *agent = context;

	fencing_read(&agent->fencing);
}

static enum router_order order_of(enum request_kind kind)
{
	switch (kind) {
	case REQUEST_RESIGN:
		break;
	case REQUEST_RESIGN_NOW:
		return ROUTER_RESIGN_NOW;
	case REQUEST_RESUME:
		return ROUTER_RESUME;
	}
	return ROUTER_RESIGN;
}

/* Returns NULL if `answer` says all. If the router has to wait before it resigns, returns the
 * router: agent_tell() gives a second answer when it has resigned, or has not. */
static const void *obey(struct agent *agent, struct runner *runner, enum router_order order,
			char answer[CONTROL_LINE])
{
	const struct router *router = runner_router(runner);

	/* The ring is read first, because a router that was replaced while the agent slept must not
	 * say goodbye (priority 0). */
	agent_catch_up(agent);
	if (order == ROUTER_RESUME && router_awaits_order(router)) {
		snprintf(answer, CONTROL_LINE,
			 "error: before-backup still runs: resume it after that");
		return NULL;
	}
	groups_order(agent->groups, runner, order);
	if (order != ROUTER_RESIGN || !groups_leaving(agent->groups, runner)) {
		snprintf(answer, CONTROL_LINE, "ok");
		return NULL;
	}
	snprintf(answer, CONTROL_LINE, CONTROL_WAITS "%" PRId64,
		 monotime_diff(groups_leave_by(agent->groups, runner, loop_now()), loop_now()) /
			 NS_PER_MS);
	return runner;
}

const void *agent_on_control(void *context, const char *text, size_t length,
			     char answer[CONTROL_LINE])
{
	struct agent *agent = context;
	struct request request;

	if (request_parse(text, length, &request)) {
		snprintf(answer, CONTROL_LINE, "error: not `resign NAME` or `resume NAME`");
		return NULL;
	}
	if (agent->stop_asked) {
		snprintf(answer, CONTROL_LINE, "error: the agent is stopping");
		return NULL;
	}
	if (agent->restarting) {
		snprintf(answer, CONTROL_LINE,
			 "error: the agent waits for a program, and then restarts (SIGHUP): try "
			 "again after that");
		return NULL;
	}
	for (unsigned int i = 0; i < agent->opened; i++) {
		if (!strcmp(agent->config->routers[i].name, request.router))
			return obey(agent, agent->runners[i], order_of(request.kind), answer);
	}
	for (unsigned int i = 0; i < agent->opened; i++) {
		if (!strcmp(agent->config->routers[i].group, request.router))
			return obey(agent, agent->runners[i], order_of(request.kind), answer);
	}
	snprintf(answer, CONTROL_LINE, "%s: no virtual router of that name runs here",
		 request.router);
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries out what core/vrrp/group.h decides, and runs the programs of a group when its state
 * changes. Decides nothing.
 */
#include "agent/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/notify.h"
#include "core/names.h"
#include "core/vrrp/group.h"
#include "sys/host/log.h"
#include "sys/host/user.h"

/* One that fails makes the others fail, and then nothing changes any more. */
#define TURNS 4

struct one {
	const struct config_group *config;
	struct group group;
	struct runner **runners; /* by place, as the next ones */
	const struct router **routers;
	bool has_user;
	struct user user;
	struct notify *notify; /* NULL: it has no programs */
	enum vrrp_state told;  /* the state of which the programs know */
};

struct groups {
	struct one *list;
	unsigned int count;
	struct one **by_router; /* of config->routers; NULL: in no group */
	struct runner **runners;
	unsigned int router_count;
};

/* ---- the beginning and the end ---- */

static int open_programs(struct one *one, struct loop *loop)
{
	const struct config_router *as = &one->config->as;
	int found = user_of_router(as, &one->user);

	if (found < 0)
		return found;
	one->has_user = found > 0;
	one->told = VRRP_STATE_INIT;
	return notify_open(as, one->has_user ? &one->user : NULL, loop, &one->notify);
}

static int open_one(struct groups *groups, struct one *one, struct datapath *datapath,
		    const uint16_t *gates, struct loop *loop)
{
	const struct config_group *config = one->config;
	unsigned int gate = VRRP_GATE_SLOT(gates[config->routers[0]]);

	one->runners = calloc(config->count, sizeof(*one->runners));
	one->routers = calloc(config->count, sizeof(*one->routers));
	if (!one->runners || !one->routers)
		return -ENOMEM;
	for (unsigned int i = 0; i < config->count; i++) {
		one->runners[i] = groups->runners[config->routers[i]];
		one->routers[i] = runner_router(one->runners[i]);
		groups->by_router[config->routers[i]] = one;
	}
	group_init(&one->group, one->routers, config->count, &datapath_leases(datapath)[gate]);
	return open_programs(one, loop);
}

int groups_open(const struct config *config, struct runner **runners, struct datapath *datapath,
		const uint16_t *gates, struct loop *loop, struct groups **ret_groups)
{
	struct groups *groups = calloc(1, sizeof(*groups));
	int err = 0;

	if (!groups)
		return -ENOMEM;
	groups->runners = runners;
	groups->router_count = config->router_count;
	groups->list = calloc(config->group_count + 1, sizeof(*groups->list));
	groups->by_router = calloc(config->router_count, sizeof(*groups->by_router));
	if (!groups->list || !groups->by_router)
		err = -ENOMEM;
	for (unsigned int i = 0; !err && i < config->group_count; i++) {
		groups->count++;
		groups->list[i].config = &config->groups[i];
		err = open_one(groups, &groups->list[i], datapath, gates, loop);
	}
	if (err)
		groups_close(groups);
	else
		*ret_groups = groups;
	return err;
}

void groups_close(struct groups *groups)
{
	if (!groups)
		return;
	for (unsigned int i = 0; groups->list && i < groups->count; i++) {
		struct one *one = &groups->list[i];

		if (one->notify)
			notify_close(one->notify);
		free(one->runners);
		free(one->routers);
	}
	free(groups->list);
	free(groups->by_router);
	free(groups);
}

/* ---- together ---- */

static const struct runner *find_unfit(const struct one *one)
{
	for (unsigned int i = 0; i < one->config->count; i++) {
		if (group_is_unfit(one->routers[i]))
			return one->runners[i];
	}
	return NULL;
}

static void follow(struct one *one, struct monotime now)
{
	bool moved = true;

	for (int turn = 0; moved && turn < TURNS; turn++) {
		const struct router_group all = group_look(&one->group, now);
		const struct runner *unfit = all.failed ? find_unfit(one) : NULL;

		moved = false;
		for (unsigned int i = 0; i < one->config->count; i++)
			moved |= runner_group(one->runners[i], &all, unfit, now);
	}
}

void groups_follow(struct groups *groups, struct monotime now)
{
	for (unsigned int i = 0; groups && i < groups->count; i++)
		follow(&groups->list[i], now);
}

void groups_decide(struct groups *groups, struct monotime now)
{
	for (unsigned int i = 0; groups && i < groups->count; i++) {
		struct one *one = &groups->list[i];

		if (group_claims(&one->group)) {
			follow(one, now);
			for (unsigned int r = 0; r < one->config->count; r++)
				runner_decide(one->runners[r], now);
		}
		follow(one, now);
	}
}

void groups_settle(struct groups *groups, struct monotime now)
{
	for (unsigned int i = 0; groups && i < groups->count; i++)
		group_settle(&groups->list[i].group, now);
}

/* ---- orders ---- */

static struct one *group_of(const struct groups *groups, const struct runner *runner)
{
	for (unsigned int i = 0; groups && i < groups->router_count; i++) {
		if (groups->runners[i] == runner)
			return groups->by_router[i];
	}
	return NULL;
}

static bool has_hook(const struct runner *runner)
{
	return runner_router(runner)->config->before[CONFIG_BEFORE_BACKUP].command;
}

void groups_order(struct groups *groups, const struct runner *runner, enum router_order order)
{
	const struct one *one = runner ? group_of(groups, runner) : NULL;

	if (!groups)
		return;
	for (int hooks = 1; hooks >= 0; hooks--) {
		for (unsigned int i = 0; i < groups->router_count; i++) {
			bool meant = !runner || groups->runners[i] == runner ||
				     (one && groups->by_router[i] == one);

			if (meant && has_hook(groups->runners[i]) == (bool)hooks)
				runner_order(groups->runners[i], order, loop_now());
		}
		groups_follow(groups, loop_now());
	}
}

bool groups_leaving(const struct groups *groups, const struct runner *runner)
{
	const struct one *one = group_of(groups, runner);
	bool leaving = router_is_leaving(runner_router(runner));

	for (unsigned int i = 0; one && i < one->config->count; i++)
		leaving |= router_is_leaving(one->routers[i]);
	return leaving;
}

struct monotime groups_leave_by(const struct groups *groups, const struct runner *runner,
				struct monotime now)
{
	const struct one *one = group_of(groups, runner);
	struct monotime by = router_leaves_by(runner_router(runner), now);

	for (unsigned int i = 0; one && i < one->config->count; i++)
		by = monotime_max(by, router_leaves_by(one->routers[i], now));
	return by;
}

const struct router *groups_result(const struct groups *groups, const struct runner *runner)
{
	const struct one *one = group_of(groups, runner);
	const struct router *router = runner_router(runner);

	for (unsigned int i = 0; one && i < one->config->count; i++) {
		enum handover_end end = one->routers[i]->handover.end;

		if (end != HANDOVER_NONE && end != HANDOVER_TAKEN)
			return one->routers[i];
	}
	return router;
}

/* ---- its programs ---- */

/* The state that the programs of a group are told: MASTER if all its routers own their addresses,
 * and BACKUP as long as they do not. */
static enum vrrp_state state_of(const struct one *one)
{
	bool owns = true, any = false;
	struct monotime now = loop_now();

	for (unsigned int i = 0; i < one->config->count; i++) {
		const struct router *router = one->routers[i];

		if (router->fsm.state == VRRP_STATE_FAULT)
			return VRRP_STATE_FAULT;
		any |= router->fsm.state != VRRP_STATE_INIT;
		owns &= router_may_own(router, now);
	}
	if (!any)
		return VRRP_STATE_INIT;
	return owns ? VRRP_STATE_MASTER : VRRP_STATE_BACKUP;
}

/* Why: the first router of the group has left its state for the same reason, or because of the one
 * that did. */
static void tell(struct one *one)
{
	enum vrrp_state state = state_of(one), before = one->told;
	enum vrrp_cause cause = runner_cause(one->runners[0]);
	bool resumes = state == VRRP_STATE_BACKUP && before == VRRP_STATE_MASTER &&
		       one->routers[0]->fsm.state == VRRP_STATE_MASTER;

	/* A lease that ran out, and may be opened again, is no change of the state. */
	if (state == before || resumes)
		return;
	one->told = state;
	log_info("group %s: %s", one->config->as.name, name_state(state));
	if (cause == VRRP_CAUSE_ADOPTED && state == VRRP_STATE_MASTER)
		notify_adopt(one->notify);
	else
		notify_enter(one->notify, before, state, cause);
}

void groups_tell(struct groups *groups)
{
	for (unsigned int i = 0; groups && i < groups->count; i++)
		tell(&groups->list[i]);
}

struct monotime groups_deadline(const struct groups *groups)
{
	struct monotime at = MONOTIME_NEVER;

	for (unsigned int i = 0; groups && i < groups->count; i++)
		at = monotime_min(at, notify_deadline(groups->list[i].notify));
	return at;
}

void groups_tick(struct groups *groups, struct monotime now)
{
	for (unsigned int i = 0; groups && i < groups->count; i++)
		notify_tick(groups->list[i].notify, now);
}

bool groups_busy(const struct groups *groups)
{
	bool busy = false;

	for (unsigned int i = 0; groups && i < groups->count; i++)
		busy |= notify_busy(groups->list[i].notify);
	return busy;
}

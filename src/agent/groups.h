/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The groups of routers on this host. These functions tell each router the state of its group, and
 * carry out the decisions of core/vrrp/group.h about all routers of a group.
 * `groups` is NULL before groups_open(). Then these functions do nothing, and a question about a
 * router is answered as if it were in no group.
 */
#ifndef AGENT_GROUPS_H
#define AGENT_GROUPS_H

#include "agent/runner.h"

struct groups;

/* The runners are those of config->routers, and all are open. gates: by router, VRRP_GATE() or 0.
 * config, runners, datapath and loop must outlive the groups. Returns 0 or a negative errno. */
int groups_open(const struct config *config, struct runner **runners, struct datapath *datapath,
		const uint16_t *gates, struct loop *loop, struct groups **ret_groups);

/* Tell the routers of each group what it is like. What one of them does about it may change that,
 * so this goes on until nothing changes. Call it after the ring was read, and before the routers
 * tick. */
void groups_follow(struct groups *groups, struct monotime now);

/* All routers have ticked: those that have claimed become MASTER together, or not. What has changed
 * by these ticks is told to all. */
void groups_decide(struct groups *groups, struct monotime now);

/* The adverts of this wake-up were sent: open, renew or shut the gates. */
void groups_settle(struct groups *groups, struct monotime now);

/* Give an order to this router and to all that are in its group; NULL: to all routers. Those with a
 * before-backup come first, because the others wait for it. */
void groups_order(struct groups *groups, const struct runner *runner, enum router_order order);

/* Is this router leaving (router_is_leaving()), or another one of its group? By when they have all
 * done so, or have given it up; and whose end tells how it went: one that was not replaced, if
 * there is any. */
bool groups_leaving(const struct groups *groups, const struct runner *runner);
struct monotime groups_leave_by(const struct groups *groups, const struct runner *runner,
				struct monotime now);
const struct router *groups_result(const struct groups *groups, const struct runner *runner);

/* NICs are as they should be: run the programs of groups whose state has changed. */
void groups_tell(struct groups *groups);

/* When a program of a group is to be looked at, and that look. */
struct monotime groups_deadline(const struct groups *groups);
void groups_tick(struct groups *groups, struct monotime now);

/* Does a program of a group run or wait? */
bool groups_busy(const struct groups *groups);

void groups_close(struct groups *groups);

#endif

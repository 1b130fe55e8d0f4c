/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A group of routers: see group.h. Reads the routers and never changes them; writes the gate alone.
 * Depends on router.c and the files below it.
 */
#include "core/vrrp/group.h"

#include "core/vrrp/broken.h"
#include "core/vrrp/router_internal.h"
#include "vrrp_timers.h"

void group_init(struct group *group, const struct router *const *members, unsigned int count,
		struct vrrp_lease *gate)
{
	*group = (struct group){.members = members, .count = count, .gate = gate};
}

static bool hands_over(const struct group *group)
{
	for (unsigned int i = 0; i < group->count; i++) {
		if (group->members[i]->handover.runs)
			return true;
	}
	return false;
}

/* A router that has stopped alone has left the group. If the others are about to stop as well, it
 * is one that was replaced. */
static bool is_member(const struct group *group, const struct router *router)
{
	return router->life != ROUTER_STOPPED || hands_over(group);
}

bool group_is_unfit(const struct router *router)
{
	return router->fault != ROUTER_WELL && router->fault != ROUTER_FELLOW;
}

/* May it claim as soon as its deadline is over? */
static bool may_claim(const struct router *router, struct monotime now)
{
	return router->fsm.state == VRRP_STATE_BACKUP && !router->listens_anew &&
	       router_find_own_hold(router, now) == VRRP_HOLD_NONE;
}

static bool has_claimed(const struct router *router, struct monotime now)
{
	return router->claims && !vrrp_before((uint64_t)now.ns, router_deadline_ns(router));
}

static bool runs_hook(const struct router *router)
{
	return router_awaits_order(router) && router->config->before[CONFIG_BEFORE_BACKUP].command;
}

static void look_at_one(const struct router *router, struct router_group *all, struct monotime now)
{
	bool master = router->fsm.state == VRRP_STATE_MASTER, may = may_claim(router, now);

	all->failed |= group_is_unfit(router);
	all->masters &= master;
	all->prepares &= may && !router_has_before_master(router);
	all->ready &= may && !monotime_before(now, router_own_master_down(router));
	all->granted &= has_claimed(router, now);
	all->partnered |= master && router_has_partner(router);
	all->waits |= runs_hook(router);
	all->leaves |= !master || router->handover.runs;
	all->gives_up |= router->weights.gives_up;
	all->sum += router->weights.sum;
	all->claims_at = monotime_max(all->claims_at, router_own_master_down(router));
	if (router->handover.runs)
		all->leaves_by = monotime_max(all->leaves_by, router->handover.until);
}

struct router_group group_look(const struct group *group, struct monotime now)
{
	struct router_group all = {
		.grouped = true, .masters = true, .prepares = true, .ready = true, .granted = true};

	for (unsigned int i = 0; i < group->count; i++) {
		if (is_member(group, group->members[i]))
			look_at_one(group->members[i], &all, now);
		else
			all.leaves = true;
	}
	return all;
}

bool group_claims(const struct group *group)
{
	for (unsigned int i = 0; i < group->count; i++) {
		if (group->members[i]->claims)
			return true;
	}
	return false;
}

/* Until when all of them hold their leases; 0: one of them does not. */
static uint64_t held_until(const struct group *group, struct monotime now)
{
	uint64_t until_ns = 0;

	for (unsigned int i = 0; i < group->count; i++) {
		const struct router *router = group->members[i];
		uint64_t end_ns = router->lease.written_ns;

		if (!is_member(group, router))
			continue;
		if (!router_holds(router, now))
			return 0;
		if (!until_ns || vrrp_before(end_ns, until_ns) != VRRP_BROKEN(gate_outlives))
			until_ns = end_ns;
	}
	return until_ns;
}

static uint64_t read_gate(const struct group *group)
{
	return __atomic_load_n(&group->gate->until_ns, __ATOMIC_SEQ_CST);
}

static void write_gate(struct group *group, uint64_t until_ns)
{
	group->written_ns = until_ns;
	__atomic_store_n(&group->gate->until_ns, until_ns, __ATOMIC_SEQ_CST);
}

/* As a lease is: from what we wrote last, so that a gate that the judge has cleared in between
 * stays shut. Before the first time something is written that is shut and not 0, and only then it
 * is asked whether each of them still has its role: the judge takes that away before it clears the
 * gate. */
void group_settle(struct group *group, struct monotime now)
{
	uint64_t until_ns = held_until(group, now);
	__u64 expected;

	if (until_ns && (!group->written_ns || read_gate(group) != group->written_ns)) {
		write_gate(group, (uint64_t)now.ns);
		until_ns = held_until(group, now);
	}
	if (!until_ns) {
		if (read_gate(group))
			write_gate(group, 0);
		group->written_ns = 0;
		return;
	}
	expected = group->written_ns;
	if (__atomic_compare_exchange_n(&group->gate->until_ns, &expected, until_ns, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		group->written_ns = until_ns;
}

void group_adopt(struct vrrp_lease *gate, const uint64_t *until_ns, unsigned int count)
{
	uint64_t first_ns = count ? until_ns[0] : 0;

	for (unsigned int i = 1; i < count; i++) {
		if (!until_ns[i] || (first_ns && vrrp_before(until_ns[i], first_ns)))
			first_ns = until_ns[i];
	}
	__atomic_store_n(&gate->until_ns, first_ns, __ATOMIC_SEQ_CST);
}

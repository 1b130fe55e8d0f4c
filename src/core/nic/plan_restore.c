// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel throws away while a plan is carried out, and how that comes back. Depends on
 * core/ and the kernel's constants.
 */
#include "core/nic/plan_internal.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"

/* When a plan removes the addresses of a dump, and what goes with them. */
struct removals {
	unsigned int *at; /* for each address: the op that removes it first, or count of the plan */
	unsigned int *added;       /* ops that add an IPv4 address */
	unsigned int *secondaries; /* numbers of addresses */
	unsigned int added_count, secondary_count;
};

static void removals_free(struct removals *removals)
{
	free(removals->at);
	free(removals->added);
	free(removals->secondaries);
}

static int list_removals(const struct plan_actual *actual, const struct plan *plan,
			 struct removals *ret_removals)
{
	struct removals r = {
		.at = calloc(actual->address_count, sizeof(*r.at)),
		.added = calloc(plan->count, sizeof(*r.added)),
		.secondaries = calloc(actual->address_count, sizeof(*r.secondaries)),
	};

	*ret_removals = r;
	if (!r.at || !r.added || !r.secondaries)
		return -ENOMEM;
	for (unsigned int i = 0; i < actual->address_count; i++) {
		r.at[i] = plan->count;
		if (actual->addresses[i].secondary)
			r.secondaries[r.secondary_count++] = i;
	}
	for (unsigned int i = 0; i < plan->count; i++) {
		const struct plan_op *op = &plan->ops[i];
		const struct plan_address *have = NULL;

		if (op->kind == PLAN_ADDRESS_ADD && op->address.family == 4)
			r.added[r.added_count++] = i;
		while (op->kind == PLAN_ADDRESS_DEL &&
		       (have = next_host(actual, &op->address, have)))
			if (have->plen == op->address.plen && i < r.at[have - actual->addresses])
				r.at[have - actual->addresses] = i;
	}
	*ret_removals = r;
	return 0;
}

/* IPv4 addresses that are there when op `at` has been carried out, but for the removed one's
 * subnet: its secondaries may go with it. */
static bool keeps_ipv4(const struct plan_actual *actual, const struct plan *plan,
		       const struct removals *removals, unsigned int at)
{
	const struct plan_address *removed = &plan->ops[at].address;

	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *have = &actual->addresses[i];

		if (have->family == 4 && have->ifindex == removed->ifindex &&
		    removals->at[i] >= at && !same_subnet(removed, have))
			return true;
	}
	for (unsigned int i = 0; i < removals->added_count && removals->added[i] < at; i++) {
		const struct plan_op *op = &plan->ops[removals->added[i]];

		if (op->ifindex == removed->ifindex && !same_subnet(removed, &op->address))
			return true;
	}
	return false;
}

/* Does the kernel take anything along with the address that op `at` removes? */
static bool takes_along(const struct plan_actual *actual, const struct plan *plan,
			const struct removals *removals, unsigned int at)
{
	const struct plan_op *op = &plan->ops[at];

	if (op->address.family != 4)
		return false;
	for (unsigned int i = 0; i < removals->secondary_count && !op->address.secondary; i++) {
		const struct plan_address *have = &actual->addresses[removals->secondaries[i]];

		if (same_subnet(&op->address, have) && !same_address(&op->address, have))
			return true;
	}
	if (keeps_ipv4(actual, plan, removals, at))
		return false;
	for (unsigned int i = 0; i < actual->route_count; i++) {
		const struct plan_route *have = &actual->routes[i];

		if (have->family == 4 && have->ifindex == op->ifindex &&
		    !kernel_makes_route(actual, have) &&
		    !plan_has_route(plan, PLAN_ROUTE_DEL, have) && !plan_replaces_key(plan, have))
			return true;
	}
	return false;
}

bool plan_disturbs(const struct plan_scene *scene, const struct plan *plan)
{
	struct removals removals = {0};
	bool disturbs = false;

	for (unsigned int i = 0; i < plan->count && !disturbs; i++) {
		disturbs = plan->ops[i].kind == PLAN_LINK_DOWN;
		if (plan->ops[i].kind != PLAN_ADDRESS_DEL)
			continue;
		/* Without memory for the answer: what need not be recorded does no harm. */
		if (!removals.at)
			disturbs = list_removals(scene->actual, plan, &removals);
		disturbs = disturbs || takes_along(scene->actual, plan, &removals, i);
	}
	removals_free(&removals);
	return disturbs;
}

/* The link-local address that the kernel derives from this MAC. */
static bool derived_address(const struct plan_address *address, const uint8_t mac[6])
{
	const uint8_t id[8] = {mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]};

	return address->family == 6 && address_is_link_local6(&address->addr) &&
	       memcmp(address->addr.b + 8, id, 8) == 0;
}

static bool kernel_address(const struct plan_actual *actual, const struct plan_address *address)
{
	const struct plan_link *link = plan_link_by_index(actual, address->ifindex);

	return address->flags & IFA_F_TEMPORARY || (link && derived_address(address, link->mac));
}

int plan_collect(const struct plan_scene *scene, struct plan_actual *ret_actual)
{
	const struct plan_actual *actual = scene->actual;
	struct plan_actual out = {0};

	out.addresses = calloc(actual->address_count, sizeof(*out.addresses));
	out.routes = calloc(actual->route_count, sizeof(*out.routes));
	if (!out.addresses || !out.routes) {
		plan_actual_free(&out);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *have = &actual->addresses[i];
		struct plan_address *copy = &out.addresses[out.address_count];

		if (!plan_concerns(scene->router, actual, have->ifindex) ||
		    kernel_address(actual, have))
			continue;
		*copy = *have;
		name_device(actual, have->ifindex, copy->dev);
		out.address_count++;
	}
	for (unsigned int i = 0; i < actual->route_count; i++) {
		const struct plan_route *have = &actual->routes[i];
		struct plan_route *copy = &out.routes[out.route_count];

		if (!plan_concerns(scene->router, actual, have->ifindex) ||
		    kernel_makes_route(actual, have))
			continue;
		*copy = *have;
		name_route(actual, copy);
		out.route_count++;
	}
	*ret_actual = out;
	return 0;
}

/* scene->actual and, behind it, what is lost of *before. */
static int with_lost(const struct plan_scene *scene, const struct plan_actual *before,
		     struct plan_actual *ret_all)
{
	const struct plan_actual *actual = scene->actual;
	struct plan_actual all = {.links = actual->links, .link_count = actual->link_count};

	all.addresses =
		calloc(actual->address_count + before->address_count, sizeof(*all.addresses));
	all.routes = calloc(actual->route_count + before->route_count, sizeof(*all.routes));
	if (!all.addresses || !all.routes) {
		free(all.addresses);
		free(all.routes);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < actual->address_count; i++)
		all.addresses[all.address_count++] = actual->addresses[i];
	for (unsigned int i = 0; i < actual->route_count; i++)
		all.routes[all.route_count++] = actual->routes[i];
	for (unsigned int i = 0; i < before->address_count; i++) {
		struct plan_address *lost = &all.addresses[all.address_count];

		if (resolve_address(actual, &before->addresses[i], lost) &&
		    plan_concerns(scene->router, actual, lost->ifindex) &&
		    !kernel_address(actual, lost) && !kernel_address(before, lost) &&
		    !has_address(actual, lost))
			all.address_count++;
	}
	for (unsigned int i = 0; i < before->route_count; i++) {
		struct plan_route *lost = &all.routes[all.route_count];
		bool taken = false;

		if (!resolve_route(actual, &before->routes[i], lost) ||
		    !plan_concerns(scene->router, actual, lost->ifindex) ||
		    kernel_makes_route(before, &before->routes[i]))
			continue;
		for (unsigned int j = 0; j < actual->route_count; j++)
			taken |= same_key(lost, &actual->routes[j]);
		if (!taken)
			all.route_count++;
	}
	*ret_all = all;
	return 0;
}

static bool source_comes(const struct plan_actual *all, const struct plan *unwanted,
			 const struct plan_route *route)
{
	for (unsigned int i = 0; route->has_src && i < all->address_count; i++) {
		const struct plan_address *have = &all->addresses[i];
		bool removed = false;

		for (unsigned int j = 0; j < unwanted->count; j++)
			removed |= unwanted->ops[j].kind == PLAN_ADDRESS_DEL &&
				   same_address(&unwanted->ops[j].address, have);
		if (have->family == route->family && !removed &&
		    same_addr(&have->addr, &route->src))
			return true;
	}
	return !route->has_src;
}

/* Routes to networks before routes by gateways: a gateway may be reached through one of them. */
static void restore_routes(struct builder *builder, const struct plan_scene *scene,
			   const struct plan_actual *all, const struct plan *unwanted, bool via)
{
	for (unsigned int i = scene->actual->route_count; i < all->route_count; i++) {
		const struct plan_route *lost = &all->routes[i];
		const struct plan_link *link = plan_link_by_index(all, lost->ifindex);

		if (lost->has_via != via || !link || !link->up ||
		    plan_has_route(unwanted, PLAN_ROUTE_DEL, lost) ||
		    plan_replaces_key(unwanted, lost) || other_master_displaces(scene, lost) ||
		    !gateway_reachable(all, lost) || !source_comes(all, unwanted, lost))
			continue;
		add_route(builder, PLAN_ROUTE_REPLACE, lost);
	}
}

int plan_restore(const struct plan_scene *scene, enum plan_role role,
		 const struct plan_actual *before, struct plan *ret_plan)
{
	struct builder builder = {0};
	struct plan_scene with = *scene;
	struct removals removals;
	struct plan_actual all;
	struct plan unwanted;
	int err = with_lost(scene, before, &all);

	if (err)
		return err;
	(void)plan_index(&all);
	/* What the role would remove, were it still there, is gone for good. */
	with.actual = &all;
	err = takeover_plan(&with, role, &unwanted);
	if (err)
		goto out;
	err = list_removals(&all, &unwanted, &removals);
	for (unsigned int i = scene->actual->address_count; !err && i < all.address_count; i++)
		if (removals.at[i] == unwanted.count)
			add_address(&builder, PLAN_ADDRESS_ADD, &all.addresses[i]);
	removals_free(&removals);
	if (err)
		builder.error = err;
	restore_routes(&builder, scene, &all, &unwanted, false);
	restore_routes(&builder, scene, &all, &unwanted, true);
	plan_free(&unwanted);
	err = builder_done(&builder, ret_plan);
out:
	plan_index_free(&all);
	free(all.addresses);
	free(all.routes);
	return err;
}

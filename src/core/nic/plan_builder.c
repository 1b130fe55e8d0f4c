// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of ops that grows while a plan is made, and what is in it. Depends on core/. Never
 * decides what to change.
 */
#include "core/nic/plan_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Room for twice as many ops. */
static bool grow(struct builder *builder)
{
	unsigned int capacity = builder->capacity ? 2 * builder->capacity : 16;
	struct plan_op *ops = realloc(builder->plan.ops, capacity * sizeof(*ops));

	if (!ops)
		return false;
	builder->plan.ops = ops;
	builder->capacity = capacity;
	hosts_free(&builder->hosts);
	if (hosts_make(&builder->hosts, capacity))
		return false;
	for (unsigned int i = 0; i < builder->plan.count; i++)
		if (ops[i].kind == PLAN_ADDRESS_ADD || ops[i].kind == PLAN_ADDRESS_DEL)
			hosts_put(&builder->hosts, i, &ops[i].address);
	return true;
}

static struct plan_op *add_op(struct builder *builder, enum plan_kind kind, int ifindex)
{
	static struct plan_op lost; /* written, never read: the plan is given up */
	struct plan_op *op;

	if (builder->error || (builder->plan.count == builder->capacity && !grow(builder))) {
		builder->error = -ENOMEM;
		return &lost;
	}
	op = &builder->plan.ops[builder->plan.count++];
	*op = (struct plan_op){.kind = kind, .ifindex = ifindex};
	return op;
}

void add_link_up(struct builder *builder, int ifindex)
{
	for (unsigned int i = 0; i < builder->plan.count; i++)
		if (builder->plan.ops[i].kind == PLAN_LINK_UP &&
		    builder->plan.ops[i].ifindex == ifindex)
			return;
	add_op(builder, PLAN_LINK_UP, ifindex);
}

void add_mac(struct builder *builder, int ifindex, const uint8_t mac[6])
{
	memcpy(add_op(builder, PLAN_SET_MAC, ifindex)->mac, mac, 6);
}

void add_address(struct builder *builder, enum plan_kind kind, const struct plan_address *address)
{
	add_op(builder, kind, address->ifindex)->address = *address;
	if (!builder->error)
		hosts_put(&builder->hosts, builder->plan.count - 1, address);
}

void add_route(struct builder *builder, enum plan_kind kind, const struct plan_route *route)
{
	add_op(builder, kind, route->ifindex)->route = *route;
}

void add_rule(struct builder *builder, enum plan_kind kind, const struct config_rule *rule)
{
	add_op(builder, kind, 0)->rule = *rule;
}

void add_announce(struct builder *builder, int ifindex)
{
	add_op(builder, PLAN_ANNOUNCE, ifindex);
}

bool builder_has_address(const struct builder *builder, enum plan_kind kind,
			 const struct plan_address *address)
{
	for (unsigned int at = hosts_first(&builder->hosts, address); at;
	     at = hosts_next(&builder->hosts, at)) {
		const struct plan_op *op = &builder->plan.ops[at - 1];

		if (op->kind == kind && same_address(&op->address, address))
			return true;
	}
	return false;
}

bool plan_has_route(const struct plan *plan, enum plan_kind kind, const struct plan_route *route)
{
	for (unsigned int i = 0; i < plan->count; i++)
		if (plan->ops[i].kind == kind && same_route(&plan->ops[i].route, route))
			return true;
	return false;
}

bool plan_replaces_key(const struct plan *plan, const struct plan_route *route)
{
	for (unsigned int i = 0; i < plan->count; i++)
		if (plan->ops[i].kind == PLAN_ROUTE_REPLACE && same_key(&plan->ops[i].route, route))
			return true;
	return false;
}

bool source_is_there(const struct builder *builder, const struct plan_actual *actual,
		     const struct plan_route *route)
{
	const struct plan *plan = &builder->plan;

	if (!route->has_src)
		return true;
	for (unsigned int i = 0; i < plan->count; i++)
		if (plan->ops[i].kind == PLAN_ADDRESS_ADD &&
		    plan->ops[i].address.family == route->family &&
		    same_addr(&plan->ops[i].address.addr, &route->src))
			return true;
	for (unsigned int i = 0; i < actual->address_count; i++)
		if (actual->addresses[i].family == route->family &&
		    same_addr(&actual->addresses[i].addr, &route->src) &&
		    !builder_has_address(builder, PLAN_ADDRESS_DEL, &actual->addresses[i]))
			return true;
	return false;
}

/* The kernel takes the source of an IPv6 route away together with that address, and leaves the
 * route. An IPv4 route goes with the address. */
static bool lost_source(const struct plan_route *want, const struct plan_route *have)
{
	struct plan_route without = *want;

	without.has_src = false;
	return want->family == 6 && want->has_src && !have->has_src && same_route(&without, have);
}

/* Somebody's route in the place of a recorded one, put there while this router was BACKUP. */
bool place_is_taken(const struct builder *builder, const struct plan_scene *scene,
		    const struct plan_route *want)
{
	for (unsigned int i = 0; i < scene->actual->route_count; i++) {
		const struct plan_route *have = &scene->actual->routes[i];

		if (same_key(want, have) && !lost_source(want, have) &&
		    !plan_has_route(&builder->plan, PLAN_ROUTE_DEL, have))
			return true;
	}
	return plan_replaces_key(&builder->plan, want);
}

int builder_done(struct builder *builder, struct plan *ret_plan)
{
	hosts_free(&builder->hosts);
	if (builder->error) {
		plan_free(&builder->plan);
		return builder->error;
	}
	*ret_plan = builder->plan;
	return 0;
}

void plan_free(struct plan *plan)
{
	free(plan->ops);
	*plan = (struct plan){0};
}

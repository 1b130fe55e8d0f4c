// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a MASTER gives back: addresses and routes that the record has, and that the configuration
 * does not displace any more; and what nobody can give back. Depends on core/. Never changes the
 * record.
 */
#include "core/nic/plan_internal.h"

#include <string.h>

void put_displaced_address(struct builder *builder, const struct plan_scene *scene,
			   const struct plan_address *want)
{
	if (next_host(scene->actual, want, NULL))
		return;
	if (!builder_has_address(builder, PLAN_ADDRESS_ADD, want))
		add_address(builder, PLAN_ADDRESS_ADD, want);
}

/* The gateway is a neighbour by an address that stays or comes, or by a route. */
static bool is_neighbor(const struct builder *builder, const struct plan_scene *scene,
			const struct plan_route *route)
{
	const struct plan_actual *actual = scene->actual;
	struct plan_actual one = {.routes = actual->routes, .route_count = actual->route_count};

	if (gateway_reachable(&one, route))
		return true;
	one = (struct plan_actual){.address_count = 1};
	for (unsigned int i = 0; i < actual->address_count; i++) {
		one.addresses = &actual->addresses[i];
		if (!builder_has_address(builder, PLAN_ADDRESS_DEL, one.addresses) &&
		    gateway_reachable(&one, route))
			return true;
	}
	for (unsigned int i = 0; i < builder->plan.count; i++) {
		one.addresses = &builder->plan.ops[i].address;
		if (builder->plan.ops[i].kind == PLAN_ADDRESS_ADD && gateway_reachable(&one, route))
			return true;
	}
	return false;
}

/* A default route of the public interface, other than those that a MASTER puts there. */
static bool is_way_out(const struct plan_route *route, const struct plan_link *public)
{
	return route->family == 6 && route->plen == 0 && route->ifindex == public->ifindex &&
	       route->table == public->table && route->protocol != PLAN_ROUTE_PROTOCOL;
}

bool plan_lacks_router(const struct plan_scene *scene)
{
	const struct config_router *router = scene->router;
	const struct plan_actual *actual = scene->actual;
	const struct plan_link *public = plan_link_by_name(actual, router->public);
	struct plan_route recorded;
	bool displaces = false;

	for (unsigned int i = 0; i < router->route_count; i++) {
		const struct config_route *route = &router->routes[i];

		displaces |= route->family == 6 && displaces_others(route) &&
			     strcmp(named_device(router, route->dev), router->public) == 0;
	}
	for (unsigned int i = 0; i < router->standby_route_count; i++)
		displaces &= router->standby_routes[i].family != 6 ||
			     router->standby_routes[i].plen != 0;
	if (!displaces || !public || !public->up)
		return false;
	for (unsigned int i = 0; i < actual->route_count; i++)
		if (is_way_out(&actual->routes[i], public))
			return false;
	for (unsigned int i = 0; scene->original && i < scene->original->route_count; i++)
		if (resolve_route(actual, &scene->original->routes[i], &recorded) &&
		    is_way_out(&recorded, public))
			return false;
	return true;
}

static bool is_displaced(const struct wants *shared, const struct plan_route *route)
{
	for (unsigned int i = 0; i < shared->route_count; i++)
		if (same_key(&shared->routes[i].route, route))
			return true;
	return route->plen == 0 && wants_has_default(shared, route);
}

void put_displaced_routes(struct builder *builder, const struct plan_scene *scene,
			  const struct wants *shared, const struct wants *standby)
{
	for (unsigned int i = 0; i < standby->route_count; i++) {
		struct plan_route route = standby->routes[i].route;
		const struct plan_link *link = plan_link_by_index(scene->actual, route.ifindex);

		if (!standby->routes[i].recorded || (link && !link->up) ||
		    has_route(scene->actual, &route) || is_displaced(shared, &route) ||
		    place_is_taken(builder, scene, &route) ||
		    other_master_displaces(scene, &route) ||
		    !source_is_there(builder, scene->actual, &route))
			continue;
		/* Its gateway may be one of the network of a standby address, which a MASTER does
		 * not have. The kernel would have kept the route without that address, too. */
		route.onlink |= !is_neighbor(builder, scene, &route);
		add_route(builder, PLAN_ROUTE_REPLACE, &route);
	}
}

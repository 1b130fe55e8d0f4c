// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose an address or a route is: the host's, the router's, or that of another router on this host.
 * Depends on core/. Never says what to change.
 */
#include "core/nic/plan_internal.h"

#include <string.h>

#include "vrrp_wire.h"

static bool router_names(const struct config_router *router, const struct config_prefix *list,
			 unsigned int count, const struct plan_actual *actual,
			 const struct plan_address *address)
{
	const struct plan_link *link = plan_link_by_index(actual, address->ifindex);

	for (unsigned int i = 0; link && i < count; i++) {
		const char *dev = list[i].dev[0] ? list[i].dev : router->public;

		if (list[i].family == address->family && same_addr(&list[i].addr, &address->addr) &&
		    strcmp(link->name, dev) == 0)
			return true;
	}
	return false;
}

bool router_shares(const struct config_router *router, const struct plan_actual *actual,
		   const struct plan_address *address)
{
	return router_names(router, router->addresses, router->address_count, actual, address);
}

bool router_has_standby(const struct config_router *router, const struct plan_actual *actual,
			const struct plan_address *address)
{
	return router_names(router, router->standby_addresses, router->standby_address_count,
			    actual, address);
}

/* The next other router from *at on; NULL: there is no more. */
static const struct plan_other *next_other(const struct plan_scene *scene, unsigned int *at)
{
	while (*at < scene->other_count) {
		const struct plan_other *other = &scene->others[(*at)++];

		if (other->router != scene->router)
			return other;
	}
	return NULL;
}

/* Another router decides about this address: it shares it, or is the MASTER that displaces it. */
static bool is_of_another(const struct plan_scene *scene, const struct plan_address *address)
{
	const struct plan_other *other;

	for (unsigned int at = 0; (other = next_other(scene, &at));)
		if (router_shares(other->router, scene->actual, address) ||
		    (other->role == PLAN_MASTER &&
		     router_has_standby(other->router, scene->actual, address)))
			return true;
	return false;
}

bool is_recorded(const struct plan_scene *scene, const struct plan_address *address)
{
	const struct plan_original *original = scene->original;

	if (!original || !original->valid)
		return false;
	for (unsigned int i = 0; i < original->address_count; i++) {
		struct plan_address recorded;

		if (same_addr(&original->addresses[i].addr, &address->addr) &&
		    resolve_address(scene->actual, &original->addresses[i], &recorded) &&
		    same_host(&recorded, address))
			return true;
	}
	return false;
}

bool owns_address(const struct plan_scene *scene, const struct plan_address *address)
{
	return scene->router->priority == VRRP_PRIO_OWNER && is_recorded(scene, address);
}

bool comes_back(const struct plan_scene *scene, const struct plan_address *recorded)
{
	if (router_shares(scene->router, scene->actual, recorded))
		return scene->ending || scene->router->priority == VRRP_PRIO_OWNER;
	return !router_has_standby(scene->router, scene->actual, recorded) &&
	       !is_of_another(scene, recorded);
}

/* ---- the other routers ----
 * Compared by interface name and without building their wants: most never share anything. */

static bool on_device(const struct plan_scene *scene, int ifindex, const char *dev)
{
	const struct plan_link *link = plan_link_by_index(scene->actual, ifindex);

	return link && strcmp(link->name, dev) == 0;
}

bool other_wants_address(const struct plan_scene *scene, const struct plan_address *address)
{
	const struct plan_other *other;

	for (unsigned int at = 0; (other = next_other(scene, &at));) {
		const struct config_router *router = other->router;
		bool master = other->role == PLAN_MASTER;
		const struct config_prefix *list =
			master ? router->addresses : router->standby_addresses;
		unsigned int count = master ? router->address_count : router->standby_address_count;

		for (unsigned int j = 0; j < count; j++)
			if (list[j].family == address->family && list[j].plen == address->plen &&
			    same_addr(&list[j].addr, &address->addr) &&
			    on_device(scene, address->ifindex, named_device(router, list[j].dev)))
				return true;
	}
	return false;
}

bool displaces_others(const struct config_route *route)
{
	return route->plen == 0 && !route->table && !route->refusal && !route->hop_count;
}

static bool config_has_route(const struct plan_scene *scene, const struct config_router *router,
			     const struct config_route *list, unsigned int count,
			     const struct plan_route *route)
{
	for (unsigned int i = 0; i < count; i++) {
		struct plan_route want;

		if (list[i].family == route->family && list[i].plen == route->plen &&
		    same_addr(&list[i].addr, &route->addr) &&
		    configured_route(scene->actual, router, &list[i], &want) &&
		    same_route(&want, route))
			return true;
	}
	return false;
}

bool other_shares_route(const struct plan_scene *scene, const struct plan_route *route)
{
	const struct plan_other *other;

	for (unsigned int at = 0; (other = next_other(scene, &at));) {
		const struct config_router *router = other->router;

		if (config_has_route(scene, router, router->routes, router->route_count, route))
			return true;
	}
	return false;
}

bool other_master_wants_route(const struct plan_scene *scene, const struct plan_route *route)
{
	const struct plan_other *other;

	for (unsigned int at = 0; (other = next_other(scene, &at));) {
		const struct config_router *router = other->router;

		if (other->role == PLAN_MASTER &&
		    config_has_route(scene, router, router->routes, router->route_count, route))
			return true;
	}
	return false;
}

bool other_wants_route(const struct plan_scene *scene, const struct plan_route *route)
{
	const struct plan_other *other;

	if (other_master_wants_route(scene, route))
		return true;
	for (unsigned int at = 0; (other = next_other(scene, &at));) {
		const struct config_router *router = other->router;

		if (other->role != PLAN_BACKUP)
			continue;
		if (config_has_route(scene, router, router->standby_routes,
				     router->standby_route_count, route))
			return true;
		if (!other->original || !other->original->valid)
			continue;
		for (unsigned int j = 0; j < other->original->route_count; j++) {
			struct plan_route recorded;

			if (resolve_route(scene->actual, &other->original->routes[j], &recorded) &&
			    same_route(&recorded, route))
				return true;
		}
	}
	return false;
}

bool other_master_displaces(const struct plan_scene *scene, const struct plan_route *route)
{
	const struct plan_other *other;

	for (unsigned int at = 0; (other = next_other(scene, &at));) {
		const struct config_router *router = other->router;

		if (other->role != PLAN_MASTER)
			continue;
		for (unsigned int j = 0; j < router->route_count; j++) {
			struct plan_route theirs;
			bool here;

			if (!configured_route(scene->actual, router, &router->routes[j], &theirs))
				continue;
			here = theirs.ifindex == route->ifindex;
			if (here && same_route(&theirs, route))
				continue;
			if (same_key(&theirs, route))
				return true;
			if (here && displaces_others(&router->routes[j]) && route->plen == 0 &&
			    theirs.plen == 0 && theirs.family == route->family &&
			    theirs.table == route->table)
				return true;
		}
	}
	return false;
}

/* ---- rules ---- */

bool router_has_rule(const struct config_router *router, const struct config_rule *rule)
{
	for (unsigned int i = 0; i < router->rule_count; i++)
		if (rule_same(&router->rules[i], rule))
			return true;
	return false;
}

bool is_placed_rule(const struct plan_scene *scene, const struct config_rule *rule)
{
	const struct plan_original *original = scene->original;

	for (unsigned int i = 0; original && i < original->placed_rule_count; i++)
		if (rule_same(&original->placed_rules[i], rule))
			return true;
	return false;
}

bool other_master_wants_rule(const struct plan_scene *scene, const struct config_rule *rule)
{
	const struct plan_other *other;

	for (unsigned int at = 0; (other = next_other(scene, &at));)
		if (other->role == PLAN_MASTER && router_has_rule(other->router, rule))
			return true;
	return false;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record tells what the NIC carried, whatever the configuration says today: addresses and
 * routes that were displaced, and that the configuration does not displace any more, come back.
 * Depends on core/ and the kernel's constants. Never writes anything: the file is
 * agent/record_file.c.
 */
#include "core/nic/plan_internal.h"

#include <linux/if_addr.h>
#include <string.h>

#include "vrrp_wire.h"

/* What an address can be asked to have; the other flags tell what became of it. */
#define ASKED_FLAGS \
	(IFA_F_NOPREFIXROUTE | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_MCAUTOJOIN)

bool router_names(const struct config_router *router, const struct config_prefix *list,
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

static bool shares(const struct config_router *router, const struct plan_actual *actual,
		   const struct plan_address *address)
{
	return router_names(router, router->addresses, router->address_count, actual, address);
}

static bool has_standby(const struct config_router *router, const struct plan_actual *actual,
			const struct plan_address *address)
{
	return router_names(router, router->standby_addresses, router->standby_address_count,
			    actual, address);
}

/* Another router decides about this address: it shares it, or is the MASTER that displaces it. */
static bool is_of_another(const struct plan_scene *scene, const struct plan_address *address)
{
	for (unsigned int i = 0; i < scene->other_count; i++) {
		const struct plan_other *other = &scene->others[i];

		if (other->router == scene->router)
			continue;
		if (shares(other->router, scene->actual, address) ||
		    (other->role == PLAN_MASTER &&
		     has_standby(other->router, scene->actual, address)))
			return true;
	}
	return false;
}

/* Is it an address of the record, whatever its prefix length? */
static bool is_recorded(const struct plan_scene *scene, const struct plan_address *address)
{
	const struct plan_original *original = scene->original;

	if (!original || !original->valid)
		return false;
	for (unsigned int i = 0; i < original->address_count; i++) {
		struct plan_address recorded;

		if (resolve_address(scene->actual, &original->addresses[i], &recorded) &&
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
	if (shares(scene->router, scene->actual, recorded))
		return scene->ending || scene->router->priority == VRRP_PRIO_OWNER;
	return !has_standby(scene->router, scene->actual, recorded) &&
	       !is_of_another(scene, recorded);
}

/* ---- the record ---- */

/* Lifetimes of some seconds differ at every look, and that is no reason to write the record. */
static bool same_lifetime(uint32_t a, uint32_t b)
{
	bool finite_a = a && a != PLAN_FOREVER, finite_b = b && b != PLAN_FOREVER;

	return finite_a ? finite_b : a == b;
}

static bool same_attributes(const struct plan_address *a, const struct plan_address *b)
{
	return a->plen == b->plen && a->scope == b->scope && a->metric == b->metric &&
	       ((a->flags ^ b->flags) & ASKED_FLAGS) == 0 && a->has_peer == b->has_peer &&
	       same_addr(&a->peer, &b->peer) && a->has_broadcast == b->has_broadcast &&
	       same_addr(&a->broadcast, &b->broadcast) && strcmp(a->label, b->label) == 0 &&
	       same_lifetime(a->valid_s, b->valid_s) &&
	       same_lifetime(a->preferred_s, b->preferred_s);
}

int keep_address(const struct plan_scene *scene, const struct plan_address *address,
		 struct plan_original *original)
{
	struct plan_address named = *address;

	if (!has_standby(scene->router, scene->actual, address))
		return 0;
	name_device(scene->actual, address->ifindex, named.dev);
	for (unsigned int i = 0; i < original->address_count; i++) {
		struct plan_address *old = &original->addresses[i];

		if (strcmp(old->dev, named.dev) != 0 || old->family != named.family ||
		    !same_addr(&old->addr, &named.addr) || old->plen != named.plen)
			continue;
		if (same_attributes(old, &named))
			return 0;
		*old = named;
		return 1;
	}
	return append_address(&original->addresses, &original->address_count, &named);
}

/* With the last IPv4 address the kernel throws away all IPv4 routes. IPv6 routes stay. */
int plan_record_owned(const struct plan_scene *scene, const struct plan *plan,
		      struct plan_original *original)
{
	const struct plan_actual *actual = scene->actual;
	int added = 0;

	for (unsigned int i = 0; i < plan->count; i++) {
		struct plan_address removed = plan->ops[i].address;
		const struct plan_actual one = {.addresses = &removed, .address_count = 1};

		if (plan->ops[i].kind != PLAN_ADDRESS_DEL || removed.family != 4 ||
		    !is_recorded(scene, &removed))
			continue;
		for (unsigned int j = 0; j < actual->route_count; j++) {
			const struct plan_route *have = &actual->routes[j];
			int err;

			if (have->family != 4 || !have->has_via || have->onlink ||
			    !gateway_reachable(&one, have))
				continue;
			err = keep_displaced(scene, have, original);
			if (err < 0)
				return err;
			added += err;
		}
	}
	return added;
}

bool plan_record_forget(const struct plan_scene *scene, struct plan_original *original)
{
	unsigned int kept = 0, count = original->address_count;

	for (unsigned int i = 0; i < count; i++) {
		struct plan_address recorded;

		if (resolve_address(scene->actual, &original->addresses[i], &recorded) &&
		    has_address(scene->actual, &recorded) &&
		    !shares(scene->router, scene->actual, &recorded) &&
		    !has_standby(scene->router, scene->actual, &recorded))
			continue;
		original->addresses[kept++] = original->addresses[i];
	}
	original->address_count = kept;
	return kept != count;
}

/* ---- what a MASTER gives back ---- */

void put_displaced_address(struct builder *builder, const struct plan_scene *scene,
			   const struct plan_address *want)
{
	for (unsigned int i = 0; i < scene->actual->address_count; i++)
		if (same_host(want, &scene->actual->addresses[i]))
			return;
	if (!builder_has_address(builder, PLAN_ADDRESS_ADD, want))
		add_address(builder, PLAN_ADDRESS_ADD, want);
}

/* Is the address there when the plan so far has been carried out? */
static bool has_source(const struct builder *builder, const struct plan_actual *actual,
		       const struct plan_route *route)
{
	const struct plan *plan = &builder->plan;

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
		    (route.has_src && !has_source(builder, scene->actual, &route)))
			continue;
		/* Its gateway may be one of the network of a standby address, which a MASTER does
		 * not have. The kernel would have kept the route without that address, too. */
		route.onlink |= !is_neighbor(builder, scene, &route);
		add_route(builder, PLAN_ROUTE_REPLACE, &route);
	}
}

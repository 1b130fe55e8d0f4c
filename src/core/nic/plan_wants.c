// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a router wants on its NICs in a role: the configuration and the record, resolved against the
 * links that are there. Depends on core/. Never says what to change: that is plan.c.
 */
#include "core/nic/plan_internal.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"

static int wants_alloc(struct wants *wants, unsigned int addresses, unsigned int routes)
{
	*wants = (struct wants){0};
	wants->addresses = calloc(addresses, sizeof(*wants->addresses));
	wants->routes = calloc(routes, sizeof(*wants->routes));
	if (wants->addresses && wants->routes && !hosts_make(&wants->hosts, addresses))
		return 0;
	wants_free(wants);
	return -ENOMEM;
}

void wants_free(struct wants *wants)
{
	free(wants->addresses);
	free(wants->routes);
	hosts_free(&wants->hosts);
	*wants = (struct wants){0};
}

static void add_want(struct wants *wants, const struct plan_address *address)
{
	hosts_put(&wants->hosts, wants->address_count, address);
	wants->addresses[wants->address_count++] = *address;
}

/* The addresses and routes that a role wants, and those of the other role that leave the NIC. */
struct lists {
	const struct config_prefix *prefixes, *leaving;
	unsigned int prefix_count, leaving_count;
	const struct config_route *routes;
	unsigned int route_count;
};

/* A gateway that no prefix covers is a neighbour all the same. What leaves covers nothing, nor does
 * a wanted address whose network gets no route. */
static bool needs_onlink(const struct plan_scene *scene, const struct lists *lists,
			 const struct wants *wants, const struct plan_route *route)
{
	struct plan_actual one = {.routes = scene->actual->routes,
				  .route_count = scene->actual->route_count};

	if (gateway_reachable(&one, route))
		return false;
	one = (struct plan_actual){.address_count = 1};
	for (unsigned int i = 0; i < wants->address_count; i++) {
		one.addresses = &wants->addresses[i];
		if (!(one.addresses->flags & IFA_F_NOPREFIXROUTE) && gateway_reachable(&one, route))
			return false;
	}
	for (unsigned int i = 0; i < scene->actual->address_count; i++) {
		bool leaves = false;

		one.addresses = &scene->actual->addresses[i];
		if (!gateway_reachable(&one, route) || wants_has_host(wants, one.addresses))
			continue;
		for (unsigned int j = 0; j < lists->leaving_count; j++)
			leaves |= same_addr(&lists->leaving[j].addr, &one.addresses->addr);
		if (!leaves)
			return false;
	}
	return true;
}

static void set_onlink(const struct plan_scene *scene, const struct lists *lists,
		       const struct wants *wants, struct plan_route *route)
{
	route->onlink |= needs_onlink(scene, lists, wants, route);
	for (unsigned int i = 0; i < extra_hops(route); i++) {
		struct plan_route one;

		extra_hop(route, i, &one);
		if (needs_onlink(scene, lists, wants, &one))
			extra_set_onlink(route, i);
	}
}

static void wants_config(const struct plan_scene *scene, const struct lists *lists,
			 struct wants *wants)
{
	for (unsigned int i = 0; i < lists->prefix_count; i++) {
		const char *dev = named_device(scene->router, lists->prefixes[i].dev);
		const struct plan_link *link = plan_link_by_name(scene->actual, dev);

		if (link) {
			struct plan_address address =
				configured_address(&lists->prefixes[i], link->ifindex);

			add_want(wants, &address);
		}
	}
	for (unsigned int i = 0; i < lists->route_count; i++) {
		const struct config_route *route = &lists->routes[i];
		struct want_route *want = &wants->routes[wants->route_count];
		bool taken = false;

		if (!configured_route(scene->actual, scene->router, route, &want->route))
			continue;
		want->displaces = displaces_others(route);
		/* The kernel has room for one route of a key: of two gateways the first counts, or
		 * they would replace each other for ever. */
		for (unsigned int j = 0; j < wants->route_count; j++)
			taken |= same_key(&wants->routes[j].route, &want->route);
		if (taken)
			continue;
		set_onlink(scene, lists, wants, &want->route);
		wants->route_count++;
	}
	wants->configured = wants->address_count;
}

/* The owner's address is as the host has it, whatever prefix length the configuration says. */
static void keep_owned(const struct plan_scene *scene, struct wants *wants)
{
	const struct plan_original *original = scene->original;

	for (unsigned int j = 0; j < wants->address_count; j++) {
		struct plan_address *want = &wants->addresses[j], recorded;
		bool owned = owns_address(scene, want);

		for (unsigned int i = 0; owned && i < original->address_count; i++)
			if (resolve_address(scene->actual, &original->addresses[i], &recorded) &&
			    same_host(want, &recorded))
				*want = recorded;
	}
}

/* The kernel refuses an IPv4 address whose scope is not that of the others of its network. So it
 * gets theirs, those of other programs first: a scope is not worth the address. All of a network
 * that are there have one scope, so those of the wanted scope change nothing. */
static void fit_scopes(const struct plan_scene *scene, struct wants *wants)
{
	const struct plan_actual *actual = scene->actual;
	unsigned int end = actual->hosts ? actual->hosts->scoped : actual->address_count;
	bool mixed = false;

	for (unsigned int i = 0; i < wants->address_count; i++) {
		mixed |= wants->addresses[i].scope != wants->addresses[0].scope;
		if (wants->addresses[i].scope != RT_SCOPE_UNIVERSE)
			end = actual->address_count;
	}
	for (unsigned int i = 0; mixed && i < wants->address_count; i++) {
		for (unsigned int j = 0; j < i; j++) {
			if (!same_subnet(&wants->addresses[i], &wants->addresses[j]))
				continue;
			wants->addresses[i].scope = wants->addresses[j].scope;
			break;
		}
	}
	/* Of few wanted addresses, the network is compared first: a host may have thousands of
	 * routers. */
	for (unsigned int i = 0; i < end; i++) {
		const struct plan_address *have = &actual->addresses[i];

		if (wants->address_count > FEW && wants_has_host(wants, have))
			continue;
		for (unsigned int j = 0; j < wants->address_count; j++) {
			if (!same_subnet(&wants->addresses[j], have))
				continue;
			if (wants_has_host(wants, have))
				break;
			wants->addresses[j].scope = have->scope;
		}
	}
}

/* Has somebody else than the kernel made the route to this network? */
static bool has_route_of_others(const struct plan_actual *actual,
				const struct plan_address *address)
{
	for (unsigned int i = 0; i < actual->route_count; i++) {
		const struct plan_route *route = &actual->routes[i];

		if (route->family == address->family && route->ifindex == address->ifindex &&
		    !route->has_via && route->plen == address->plen &&
		    address_in_prefix(&route->addr, &address->addr, address->plen) &&
		    (route->protocol != RTPROT_KERNEL || !kernel_makes_route(actual, route)))
			return true;
	}
	return false;
}

/* With the last IPv6 address of a network that it has made a route for, the kernel removes the
 * first route to that network which it finds, whoever made it. So where a network manager has made
 * one, the kernel is to make none for a shared address that is added. (If it is there already, the
 * flag would remove the route at once.) */
static void spare_routes_of_others(const struct plan_scene *scene, struct wants *wants)
{
	for (unsigned int i = 0; i < wants->address_count; i++) {
		struct plan_address *want = &wants->addresses[i];

		if (want->family == 6 && !owns_address(scene, want) &&
		    !has_address(scene->actual, want) && has_route_of_others(scene->actual, want))
			want->flags |= IFA_F_NOPREFIXROUTE;
	}
}

/* A shared route that the host had before is the host's still, with what belongs to it. */
static void keep_host_routes(const struct plan_scene *scene, struct wants *wants)
{
	const struct plan_original *original = scene->original;

	for (unsigned int i = 0; original && original->valid && i < original->route_count; i++) {
		struct plan_route recorded;

		if (!resolve_route(scene->actual, &original->routes[i], &recorded))
			continue;
		for (unsigned int j = 0; j < wants->route_count; j++)
			if (same_route(&wants->routes[j].route, &recorded))
				wants->routes[j].route = recorded;
	}
}

int wants_shared(const struct plan_scene *scene, struct wants *ret_wants)
{
	const struct config_router *router = scene->router;
	struct wants wants;
	int err;

	err = wants_alloc(&wants, router->address_count, router->route_count);
	if (err)
		return err;
	wants_config(scene,
		     &(struct lists){
			     .prefixes = router->addresses,
			     .prefix_count = router->address_count,
			     .leaving = router->standby_addresses,
			     .leaving_count = router->standby_address_count,
			     .routes = router->routes,
			     .route_count = router->route_count,
		     },
		     &wants);
	keep_owned(scene, &wants);
	fit_scopes(scene, &wants);
	spare_routes_of_others(scene, &wants);
	keep_host_routes(scene, &wants);
	*ret_wants = wants;
	return 0;
}

static void wants_recorded(const struct plan_scene *scene, struct wants *wants)
{
	const struct plan_original *original = scene->original;
	unsigned int configured = wants->route_count;

	for (unsigned int i = 0; i < original->address_count; i++) {
		struct plan_address recorded;

		if (!resolve_address(scene->actual, &original->addresses[i], &recorded))
			continue;
		for (unsigned int at = hosts_first(&wants->hosts, &recorded); at;
		     at = hosts_next(&wants->hosts, at))
			if (at <= wants->configured &&
			    same_address(&wants->addresses[at - 1], &recorded) &&
			    !has_attributes(&wants->addresses[at - 1]))
				wants->addresses[at - 1] = recorded;
		if (comes_back(scene, &recorded))
			add_want(wants, &recorded);
	}
	for (unsigned int i = 0; i < original->route_count; i++) {
		struct plan_route recorded;
		bool taken = false;

		if (!resolve_route(scene->actual, &original->routes[i], &recorded))
			continue;
		for (unsigned int j = 0; j < configured; j++) {
			struct plan_route *want = &wants->routes[j].route;

			taken |= same_key(want, &recorded);
			if (same_route(want, &recorded))
				*want = recorded;
		}
		if (!taken)
			wants->routes[wants->route_count++] =
				(struct want_route){.route = recorded, .recorded = true};
	}
}

int wants_standby(const struct plan_scene *scene, struct wants *ret_wants)
{
	const struct config_router *router = scene->router;
	const struct plan_original *original = scene->original;
	bool recorded = original && original->valid;
	struct wants wants;
	int err;

	err = wants_alloc(&wants,
			  router->standby_address_count + (recorded ? original->address_count : 0),
			  router->standby_route_count + (recorded ? original->route_count : 0));
	if (err)
		return err;
	wants_config(scene,
		     &(struct lists){
			     .prefixes = router->standby_addresses,
			     .prefix_count = router->standby_address_count,
			     .leaving = router->addresses,
			     .leaving_count = router->address_count,
			     .routes = router->standby_routes,
			     .route_count = router->standby_route_count,
		     },
		     &wants);
	if (recorded)
		wants_recorded(scene, &wants);
	*ret_wants = wants;
	return 0;
}

bool wants_has_host(const struct wants *wants, const struct plan_address *address)
{
	for (unsigned int at = hosts_first(&wants->hosts, address); at;
	     at = hosts_next(&wants->hosts, at))
		if (same_host(&wants->addresses[at - 1], address))
			return true;
	return false;
}

bool wants_has_address(const struct wants *wants, const struct plan_address *address)
{
	for (unsigned int at = hosts_first(&wants->hosts, address); at;
	     at = hosts_next(&wants->hosts, at))
		if (same_address(&wants->addresses[at - 1], address))
			return true;
	return false;
}

bool wants_has_route(const struct wants *wants, const struct plan_route *route)
{
	for (unsigned int i = 0; i < wants->route_count; i++)
		if (same_route(&wants->routes[i].route, route))
			return true;
	return false;
}

bool wants_has_default(const struct wants *wants, const struct plan_route *route)
{
	for (unsigned int i = 0; i < wants->route_count; i++) {
		const struct plan_route *r = &wants->routes[i].route;

		if (wants->routes[i].displaces && r->family == route->family &&
		    r->table == route->table && r->ifindex == route->ifindex)
			return true;
	}
	return false;
}

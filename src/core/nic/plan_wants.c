// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a router wants on its NICs in a role, and what its neighbours on the host want: the
 * configuration and the record, resolved against the links that are there. Depends on core/ and the
 * kernel's constants. Never says what to change: that is plan.c.
 */
#include "core/nic/plan_internal.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"

#define IPV6_DEFAULT_METRIC 1024 /* what the kernel makes of 0 */

bool same_addr(const struct vrrp_addr *a, const struct vrrp_addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool same_host(const struct plan_address *a, const struct plan_address *b)
{
	return a->ifindex == b->ifindex && a->family == b->family && same_addr(&a->addr, &b->addr);
}

bool same_address(const struct plan_address *a, const struct plan_address *b)
{
	return same_host(a, b) && a->plen == b->plen;
}

/* The address that the prefix length belongs to. */
static const struct vrrp_addr *network_of(const struct plan_address *address)
{
	return address->has_peer ? &address->peer : &address->addr;
}

bool same_subnet(const struct plan_address *a, const struct plan_address *b)
{
	return a->family == 4 && b->family == 4 && a->ifindex == b->ifindex && a->plen == b->plen &&
	       address_in_prefix(network_of(a), network_of(b), a->plen);
}

bool same_key(const struct plan_route *a, const struct plan_route *b)
{
	return a->family == b->family && a->table == b->table && a->plen == b->plen &&
	       a->tos == b->tos && a->metric == b->metric && same_addr(&a->addr, &b->addr);
}

bool same_route(const struct plan_route *want, const struct plan_route *have)
{
	if (!same_key(want, have) || want->ifindex != have->ifindex ||
	    want->has_via != have->has_via)
		return false;
	if (want->has_via && !same_addr(&want->via, &have->via))
		return false;
	if (want->has_src && (!have->has_src || !same_addr(&want->src, &have->src)))
		return false;
	/* Several next hops are told apart by nothing else. */
	if (want->ifindex == 0)
		return want->extra_len == have->extra_len &&
		       memcmp(want->extra, have->extra, want->extra_len) == 0;
	return true;
}

bool kernel_route(const struct plan_route *route)
{
	return route->protocol == RTPROT_KERNEL || route->protocol == RTPROT_REDIRECT ||
	       route->protocol == RTPROT_RA;
}

bool known_mac(const uint8_t mac[6])
{
	static const uint8_t none[6];

	return memcmp(mac, none, 6) != 0;
}

bool has_address(const struct plan_actual *actual, const struct plan_address *address)
{
	for (unsigned int i = 0; i < actual->address_count; i++)
		if (same_address(address, &actual->addresses[i]))
			return true;
	return false;
}

bool has_route(const struct plan_actual *actual, const struct plan_route *route)
{
	for (unsigned int i = 0; i < actual->route_count; i++)
		if (same_route(route, &actual->routes[i]))
			return true;
	return false;
}

bool gateway_reachable(const struct plan_actual *actual, const struct plan_route *route)
{
	if (!route->has_via || route->onlink)
		return true;
	if (route->family == 6 && address_is_link_local6(&route->via))
		return true;
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *a = &actual->addresses[i];

		if (a->family == route->family && a->ifindex == route->ifindex &&
		    address_in_prefix(&route->via, network_of(a), a->plen))
			return true;
	}
	for (unsigned int i = 0; i < actual->route_count; i++) {
		const struct plan_route *r = &actual->routes[i];

		/* The kernel's own ones come and go with the addresses. */
		if (r->family == route->family && r->table == route->table &&
		    r->ifindex == route->ifindex && !r->has_via && r->plen > 0 &&
		    r->protocol != RTPROT_KERNEL &&
		    address_in_prefix(&route->via, &r->addr, r->plen))
			return true;
	}
	return false;
}

const struct plan_link *plan_link_by_name(const struct plan_actual *actual, const char *name)
{
	for (unsigned int i = 0; i < actual->link_count; i++)
		if (strcmp(actual->links[i].name, name) == 0)
			return &actual->links[i];
	return NULL;
}

const struct plan_link *plan_link_by_index(const struct plan_actual *actual, int ifindex)
{
	for (unsigned int i = 0; i < actual->link_count; i++)
		if (actual->links[i].ifindex == ifindex)
			return &actual->links[i];
	return NULL;
}

bool resolve_address(const struct plan_actual *actual, const struct plan_address *from,
		     struct plan_address *ret_address)
{
	const struct plan_link *link = plan_link_by_name(actual, from->dev);

	if (from->dev[0] && !link)
		return false;
	*ret_address = *from;
	if (link)
		ret_address->ifindex = link->ifindex;
	ret_address->dev[0] = '\0';
	return true;
}

bool resolve_route(const struct plan_actual *actual, const struct plan_route *from,
		   struct plan_route *ret_route)
{
	const struct plan_link *link = plan_link_by_name(actual, from->dev);

	if (from->dev[0] && !link)
		return false;
	*ret_route = *from;
	if (link)
		ret_route->ifindex = link->ifindex;
	if (link && !from->table)
		ret_route->table = link->table;
	else if (from->table == RT_TABLE_MAIN)
		ret_route->table = 0;
	ret_route->dev[0] = '\0';
	return true;
}

void name_route(const struct plan_actual *actual, struct plan_route *route)
{
	const struct plan_link *link = plan_link_by_index(actual, route->ifindex);

	memset(route->dev, 0, sizeof(route->dev));
	if (!link)
		return;
	memcpy(route->dev, link->name, sizeof(route->dev));
	if (route->table == link->table)
		route->table = 0;
	else if (!route->table)
		route->table = RT_TABLE_MAIN;
}

/* ---- from the configuration ---- */

static const char *device(const struct config_router *router, const char *dev)
{
	return dev[0] ? dev : router->public;
}

static bool is_deprecated(const struct config_prefix *prefix)
{
	if (prefix->use == CONFIG_USE_DEFAULT)
		return prefix->family == 6 && prefix->plen == 128;
	return prefix->use == CONFIG_USE_DEPRECATED;
}

const char *plan_device(const struct config_router *router, unsigned int at)
{
	if (at-- == 0)
		return router->public;
	if (at < router->address_count)
		return device(router, router->addresses[at].dev);
	at -= router->address_count;
	if (at < router->route_count)
		return device(router, router->routes[at].dev);
	at -= router->route_count;
	if (at < router->standby_address_count)
		return device(router, router->standby_addresses[at].dev);
	at -= router->standby_address_count;
	return at < router->standby_route_count ? device(router, router->standby_routes[at].dev)
						: NULL;
}

static struct plan_address from_prefix(const struct config_prefix *prefix, int ifindex)
{
	return (struct plan_address){
		.addr = prefix->addr,
		.family = prefix->family,
		.plen = prefix->plen,
		.scope = RT_SCOPE_UNIVERSE,
		.ifindex = ifindex,
		.valid_s = PLAN_FOREVER,
		.preferred_s = is_deprecated(prefix) ? 0 : PLAN_FOREVER,
	};
}

static struct plan_route from_route(const struct config_route *route, const struct plan_link *link)
{
	struct plan_route out = {
		.addr = route->addr,
		.via = route->via,
		.src = route->src,
		.family = route->family,
		.plen = route->plen,
		.has_via = route->has_via,
		.has_src = route->has_src,
		.protocol = PLAN_ROUTE_PROTOCOL,
		.scope = RT_SCOPE_UNIVERSE,
		.metric = route->metric,
		.table = link->table,
		.ifindex = link->ifindex,
	};

	if (route->family == 6 && route->metric == 0)
		out.metric = IPV6_DEFAULT_METRIC;
	if (route->family == 4 && !route->has_via)
		out.scope = RT_SCOPE_LINK;
	return out;
}

static int wants_alloc(struct wants *wants, unsigned int addresses, unsigned int routes)
{
	*wants = (struct wants){0};
	wants->addresses = calloc(addresses + 1, sizeof(*wants->addresses));
	wants->routes = calloc(routes + 1, sizeof(*wants->routes));
	if (wants->addresses && wants->routes)
		return 0;
	wants_free(wants);
	return -ENOMEM;
}

void wants_free(struct wants *wants)
{
	free(wants->addresses);
	free(wants->routes);
	*wants = (struct wants){0};
}

/* The addresses and routes that a role wants, and those of the other role that leave the NIC. */
struct lists {
	const struct config_prefix *prefixes, *leaving;
	unsigned int prefix_count, leaving_count;
	const struct config_route *routes;
	unsigned int route_count;
};

/* A gateway that no prefix covers is a neighbour all the same. What leaves covers nothing. */
static bool needs_onlink(const struct plan_scene *scene, const struct lists *lists,
			 const struct wants *wants, const struct plan_route *route)
{
	struct plan_actual with = {
		.addresses = wants->addresses,
		.address_count = wants->address_count,
		.routes = scene->actual->routes,
		.route_count = scene->actual->route_count,
	};

	if (gateway_reachable(&with, route))
		return false;
	for (unsigned int i = 0; i < scene->actual->address_count; i++) {
		struct plan_actual one = {.addresses = &scene->actual->addresses[i],
					  .address_count = 1};
		bool leaves = false;

		for (unsigned int j = 0; j < lists->leaving_count; j++)
			leaves |= same_addr(&lists->leaving[j].addr, &one.addresses->addr);
		if (!leaves && gateway_reachable(&one, route))
			return false;
	}
	return true;
}

static void wants_config(const struct plan_scene *scene, const struct lists *lists,
			 struct wants *wants)
{
	for (unsigned int i = 0; i < lists->prefix_count; i++) {
		const char *dev = device(scene->router, lists->prefixes[i].dev);
		const struct plan_link *link = plan_link_by_name(scene->actual, dev);

		if (link)
			wants->addresses[wants->address_count++] =
				from_prefix(&lists->prefixes[i], link->ifindex);
	}
	for (unsigned int i = 0; i < lists->route_count; i++) {
		const char *dev = device(scene->router, lists->routes[i].dev);
		const struct plan_link *link = plan_link_by_name(scene->actual, dev);
		struct want_route *want = &wants->routes[wants->route_count];
		bool taken = false;

		if (!link)
			continue;
		want->route = from_route(&lists->routes[i], link);
		/* The kernel has room for one route of a key: of two gateways the first counts, or
		 * they would replace each other for ever. */
		for (unsigned int j = 0; j < wants->route_count; j++)
			taken |= same_key(&wants->routes[j].route, &want->route);
		if (taken)
			continue;
		want->route.onlink = needs_onlink(scene, lists, wants, &want->route);
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

		for (unsigned int i = 0; owns_address(scene, want) && i < original->address_count;
		     i++)
			if (resolve_address(scene->actual, &original->addresses[i], &recorded) &&
			    same_host(want, &recorded))
				*want = recorded;
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
		for (unsigned int j = 0; j < wants->configured; j++)
			if (same_address(&wants->addresses[j], &recorded))
				wants->addresses[j] = recorded;
		if (comes_back(scene, &recorded))
			wants->addresses[wants->address_count++] = recorded;
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
			wants->routes[wants->route_count++] = (struct want_route){recorded, true};
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
	for (unsigned int i = 0; i < wants->address_count; i++)
		if (same_host(&wants->addresses[i], address))
			return true;
	return false;
}

bool wants_has_address(const struct wants *wants, const struct plan_address *address)
{
	for (unsigned int i = 0; i < wants->address_count; i++)
		if (same_address(&wants->addresses[i], address))
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

		if (r->plen == 0 && r->family == route->family && r->table == route->table &&
		    r->ifindex == route->ifindex)
			return true;
	}
	return false;
}

/* ---- the other routers ----
 * Compared by interface name and without building their wants: most never share anything. */

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
			    on_device(scene, address->ifindex, device(router, list[j].dev)))
				return true;
	}
	return false;
}

static bool config_has_route(const struct plan_scene *scene, const struct config_router *router,
			     const struct config_route *list, unsigned int count,
			     const struct plan_route *route)
{
	const struct plan_link *link = plan_link_by_index(scene->actual, route->ifindex);

	for (unsigned int i = 0; link && i < count; i++) {
		struct plan_route want = from_route(&list[i], link);

		if (same_route(&want, route) &&
		    strcmp(link->name, device(router, list[i].dev)) == 0)
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
			const struct plan_link *link =
				plan_link_by_name(scene->actual,
						  device(router, router->routes[j].dev));
			struct plan_route theirs;
			bool here;

			if (!link)
				continue;
			theirs = from_route(&router->routes[j], link);
			here = theirs.ifindex == route->ifindex;
			if (here && same_route(&theirs, route))
				continue;
			if (same_key(&theirs, route))
				return true;
			if (here && route->plen == 0 && theirs.plen == 0 &&
			    theirs.family == route->family && theirs.table == route->table)
				return true;
		}
	}
	return false;
}

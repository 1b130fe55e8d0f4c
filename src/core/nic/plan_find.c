// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses, routes and links compared and looked up, and how the configuration and a record name
 * them: both by the names of interfaces, which are resolved against the links that are there.
 * Depends on core/ and the kernel's constants. Never knows a role or a plan.
 */
#include "core/nic/plan_internal.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define IPV6_DEFAULT_METRIC 1024 /* what the kernel makes of 0 */

bool same_key(const struct plan_route *a, const struct plan_route *b)
{
	return a->family == b->family && a->table == b->table && a->plen == b->plen &&
	       a->tos == b->tos && a->metric == b->metric && same_addr(&a->addr, &b->addr);
}

/* What the kernel takes where nothing is said. */
static uint8_t default_scope(const struct plan_route *route)
{
	bool via = route->has_via || route->refusal;

	for (unsigned int i = 0; i < extra_hops(route); i++) {
		struct plan_route one;

		extra_hop(route, i, &one);
		via |= one.has_via;
	}
	return route->family == 4 && !via ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

bool same_route(const struct plan_route *want, const struct plan_route *have)
{
	bool ours = have->protocol == PLAN_ROUTE_PROTOCOL;

	if (!same_key(want, have) || want->ifindex != have->ifindex ||
	    want->has_via != have->has_via || want->refusal != have->refusal)
		return false;
	if (want->has_via && !same_addr(&want->via, &have->via))
		return false;
	if (want->has_src ? !have->has_src || !same_addr(&want->src, &have->src)
			  : ours && have->has_src)
		return false;
	if (extra_mtu(want) != extra_mtu(have) && (ours || extra_mtu(want)))
		return false;
	if (want->family == 4 && want->scope != have->scope &&
	    (ours || want->scope != default_scope(want)))
		return false;
	return want->ifindex != 0 || want->refusal || same_extra_hops(want, have);
}

static const char *label_of(const struct plan_actual *actual, const struct plan_address *address)
{
	const struct plan_link *link = plan_link_by_index(actual, address->ifindex);

	return address->label[0] || !link ? address->label : link->name;
}

bool same_attributes(const struct plan_actual *actual, const struct plan_address *want,
		     const struct plan_address *have)
{
	uint32_t flags = want->flags ^ have->flags;

	/* Without the flag, the kernel would remove the route of somebody else to the network of an
	 * IPv6 address: see spare_routes_of_others(). So what has it keeps it. */
	if (want->family == 6)
		flags &= want->flags;
	if (flags & IFA_F_NOPREFIXROUTE || want->metric != have->metric ||
	    !want->preferred_s != !have->preferred_s || want->has_peer != have->has_peer ||
	    (want->has_peer && !same_addr(&want->peer, &have->peer)))
		return false;
	return want->family == 6 || (want->scope == have->scope &&
				     strcmp(label_of(actual, want), label_of(actual, have)) == 0);
}

bool has_attributes(const struct plan_address *address)
{
	return address->flags & IFA_F_NOPREFIXROUTE || address->metric || address->has_peer ||
	       address->label[0] || address->scope != RT_SCOPE_UNIVERSE;
}

bool kernel_route(const struct plan_route *route)
{
	return route->protocol == RTPROT_KERNEL || route->protocol == RTPROT_REDIRECT ||
	       route->protocol == RTPROT_RA;
}

bool kernel_makes_route(const struct plan_actual *actual, const struct plan_route *route)
{
	bool unmade = false;

	if (route->protocol != RTPROT_KERNEL)
		return kernel_route(route);
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *a = &actual->addresses[i];
		bool of_it = route->has_src ? same_addr(&a->addr, &route->src)
					    : a->plen == route->plen &&
						      address_in_prefix(network_of(a), &route->addr,
									route->plen);

		if (!of_it || a->family != route->family || a->ifindex != route->ifindex ||
		    strcmp(a->dev, route->dev) != 0)
			continue;
		if (!(a->flags & IFA_F_NOPREFIXROUTE))
			return true;
		unmade = true;
	}
	return !unmade;
}

bool known_mac(const uint8_t mac[6])
{
	static const uint8_t none[6];

	return memcmp(mac, none, 6) != 0;
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

/* ---- as a record names them ---- */

void name_device(const struct plan_actual *actual, int ifindex, char dev[CONFIG_IFNAME])
{
	const struct plan_link *link = plan_link_by_index(actual, ifindex);

	memset(dev, 0, CONFIG_IFNAME);
	if (link)
		memcpy(dev, link->name, CONFIG_IFNAME);
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

/* ---- as the configuration names them ---- */

const char *named_device(const struct config_router *router, const char *dev)
{
	return dev[0] ? dev : router->public;
}

const char *plan_device(const struct config_router *router, unsigned int at)
{
	if (at-- == 0)
		return router->public;
	if (at < router->address_count)
		return named_device(router, router->addresses[at].dev);
	at -= router->address_count;
	if (at < router->route_count)
		return named_device(router, router->routes[at].dev);
	at -= router->route_count;
	if (at < router->standby_address_count)
		return named_device(router, router->standby_addresses[at].dev);
	at -= router->standby_address_count;
	if (at < router->standby_route_count)
		return named_device(router, router->standby_routes[at].dev);
	at -= router->standby_route_count;
	for (unsigned int i = 0; i < router->route_count; i++) {
		if (at < router->routes[i].hop_count)
			return named_device(router, router->routes[i].hops[at].dev);
		at -= router->routes[i].hop_count;
	}
	return NULL;
}

bool plan_concerns(const struct config_router *router, const struct plan_actual *actual,
		   int ifindex)
{
	const struct plan_link *link = plan_link_by_index(actual, ifindex);

	const char *device;

	for (unsigned int i = 0; link && (device = plan_device(router, i)); i++)
		if (strcmp(link->name, device) == 0)
			return true;
	return false;
}

static bool is_deprecated(const struct config_prefix *prefix)
{
	if (prefix->use == CONFIG_USE_DEFAULT)
		return prefix->family == 6 && prefix->plen == 128;
	return prefix->use == CONFIG_USE_DEPRECATED;
}

struct plan_address configured_address(const struct config_prefix *prefix, int ifindex)
{
	struct plan_address out = {
		.addr = prefix->addr,
		.family = prefix->family,
		.plen = prefix->plen,
		.scope = prefix->scope,
		.flags = prefix->noprefixroute ? IFA_F_NOPREFIXROUTE : 0,
		.ifindex = ifindex,
		.has_peer = prefix->has_peer,
		.peer = prefix->peer,
		.metric = prefix->metric,
		.valid_s = PLAN_FOREVER,
		.preferred_s = is_deprecated(prefix) ? 0 : PLAN_FOREVER,
	};

	memcpy(out.label, prefix->label, sizeof(out.label));
	return out;
}

/* The next hops of a route, of which each is on an interface. */
static bool configured_hops(const struct plan_actual *actual, const struct config_router *router,
			    const struct config_route *route, struct plan_route *out)
{
	int ifindexes[CONFIG_MAX_HOPS];

	for (unsigned int i = 0; i < route->hop_count; i++) {
		const struct plan_link *link =
			plan_link_by_name(actual, named_device(router, route->hops[i].dev));

		if (!link)
			return false;
		ifindexes[i] = link->ifindex;
	}
	return extra_put_hops(out, route->hops, ifindexes, route->hop_count);
}

bool configured_route(const struct plan_actual *actual, const struct config_router *router,
		      const struct config_route *route, struct plan_route *ret_route)
{
	const struct plan_link *link = plan_link_by_name(actual, named_device(router, route->dev));
	struct plan_route out = {
		.addr = route->addr,
		.via = route->via,
		.src = route->src,
		.family = route->family,
		.plen = route->plen,
		.has_via = route->has_via,
		.has_src = route->has_src,
		.onlink = route->onlink,
		.refusal = route->refusal,
		.protocol = PLAN_ROUTE_PROTOCOL,
		.metric = route->metric,
		.table = route->table ? route->table
			 : link       ? link->table
				      : 0,
	};

	if (out.table == RT_TABLE_MAIN)
		out.table = 0;
	if (route->family == 6 && route->metric == 0)
		out.metric = IPV6_DEFAULT_METRIC;
	if (route->mtu)
		extra_put_mtu(&out, route->mtu);
	if (route->hop_count) {
		if (!configured_hops(actual, router, route, &out))
			return false;
	} else if (!route->refusal) {
		if (!link)
			return false;
		out.ifindex = link->ifindex;
	}
	out.scope = route->has_scope && route->family == 4 ? route->scope : default_scope(&out);
	*ret_route = out;
	return true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a takeover must remember to be undone: the state before, and what a plan displaces. Depends
 * on core/ and the kernel's constants. Never writes anything: the file is agent/record_file.c.
 */
#include "core/nic/plan_internal.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "vrrp_wire.h"

/* What an address can be asked to have; the other flags tell what became of it. */
#define ASKED_FLAGS \
	(IFA_F_NOPREFIXROUTE | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_MCAUTOJOIN)

/* Entries of a record may have been read from a file: no ifindex, but a name. */
static bool same_recorded(const struct plan_route *a, const struct plan_route *b)
{
	return same_key(a, b) && strcmp(a->dev, b->dev) == 0;
}

static int append_route(struct plan_route **list, unsigned int *count,
			const struct plan_route *route)
{
	struct plan_route *longer = realloc(*list, (*count + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	*list = longer;
	longer[(*count)++] = *route;
	return 1;
}

static int append_address(struct plan_address **list, unsigned int *count,
			  const struct plan_address *address)
{
	struct plan_address *longer = realloc(*list, (*count + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	*list = longer;
	longer[(*count)++] = *address;
	return 1;
}

static int append_rule(struct plan_original *original, const struct config_rule *rule)
{
	struct config_rule *longer = realloc(original->placed_rules,
					     (original->placed_rule_count + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	original->placed_rules = longer;
	longer[original->placed_rule_count++] = *rule;
	return 1;
}

/* Lifetimes of some seconds differ at every look, and that is no reason to write the record. */
static bool same_lifetime(uint32_t a, uint32_t b)
{
	bool finite_a = a && a != PLAN_FOREVER, finite_b = b && b != PLAN_FOREVER;

	return finite_a ? finite_b : a == b;
}

static bool same_recorded_attributes(const struct plan_address *a, const struct plan_address *b)
{
	return a->plen == b->plen && a->scope == b->scope && a->metric == b->metric &&
	       ((a->flags ^ b->flags) & ASKED_FLAGS) == 0 && a->has_peer == b->has_peer &&
	       same_addr(&a->peer, &b->peer) && a->has_broadcast == b->has_broadcast &&
	       same_addr(&a->broadcast, &b->broadcast) && strcmp(a->label, b->label) == 0 &&
	       same_lifetime(a->valid_s, b->valid_s) &&
	       same_lifetime(a->preferred_s, b->preferred_s);
}

static int keep_address(const struct plan_scene *scene, const struct plan_address *address,
			struct plan_original *original)
{
	struct plan_address named = *address;

	if (!router_has_standby(scene->router, scene->actual, address))
		return 0;
	name_device(scene->actual, address->ifindex, named.dev);
	for (unsigned int i = 0; i < original->address_count; i++) {
		struct plan_address *old = &original->addresses[i];

		if (strcmp(old->dev, named.dev) != 0 || old->family != named.family ||
		    !same_addr(&old->addr, &named.addr) || old->plen != named.plen)
			continue;
		if (same_recorded_attributes(old, &named))
			return 0;
		*old = named;
		return 1;
	}
	return append_address(&original->addresses, &original->address_count, &named);
}

/* Keep a route in the record; a newer one of the same key takes the place of an older. 1: it
 * changed the record, 0: it was there, -ENOMEM. */
static int keep_route(struct plan_original *original, const struct plan_route *route)
{
	for (unsigned int i = 0; i < original->route_count; i++) {
		struct plan_route *old = &original->routes[i];
		struct plan_route like = *old;

		if (!same_recorded(old, route))
			continue;
		like.ifindex = route->ifindex;
		if (same_route(&like, route) && same_route(route, &like))
			return 0;
		*old = *route;
		return 1;
	}
	return append_route(&original->routes, &original->route_count, route);
}

int plan_record_merge(struct plan_original *into, const struct plan_original *from)
{
	int added = 0;

	for (unsigned int i = 0; i < from->route_count; i++) {
		bool there = false;

		for (unsigned int j = 0; j < into->route_count; j++)
			there |= same_recorded(&into->routes[j], &from->routes[i]);
		if (there)
			continue;
		int err = keep_route(into, &from->routes[i]);

		if (err < 0)
			return err;
		added += err;
	}
	return added;
}

/* Somebody's, and not one that routers of this host put there or that the kernel makes again. */
static bool recordable(const struct plan_scene *scene, const struct plan_route *route)
{
	return !kernel_makes_route(scene->actual, route) &&
	       route->protocol != PLAN_ROUTE_PROTOCOL && !other_shares_route(scene, route);
}

static int keep_displaced(const struct plan_scene *scene, const struct plan_route *route,
			  struct plan_original *original)
{
	struct plan_route named = *route;

	if (!recordable(scene, route))
		return 0;
	name_route(scene->actual, &named);
	return keep_route(original, &named);
}

/* Routes that prefer an address as their source go with it. */
static int keep_dependent(const struct plan_scene *scene, const struct plan_address *address,
			  struct plan_original *original)
{
	int added = 0;

	for (unsigned int i = 0; i < scene->actual->route_count; i++) {
		const struct plan_route *have = &scene->actual->routes[i];
		int err;

		if (have->family != address->family || !have->has_src ||
		    !same_addr(&have->src, &address->addr))
			continue;
		err = keep_displaced(scene, have, original);
		if (err < 0)
			return err;
		added += err;
	}
	return added;
}

/* An address that is removed, and what goes with it. */
static int keep_gone(const struct plan_scene *scene, const struct plan_address *address,
		     struct plan_original *original)
{
	int kept = keep_address(scene, address, original);
	int more = kept < 0 ? kept : keep_dependent(scene, address, original);

	return more < 0 ? more : kept + more;
}

int plan_record_more(const struct plan_scene *scene, const struct plan *plan,
		     struct plan_original *original)
{
	int added = 0;

	for (unsigned int i = 0; i < plan->count; i++) {
		const struct plan_op *op = &plan->ops[i];
		int err = 0;

		if (op->kind == PLAN_ROUTE_DEL)
			err = keep_displaced(scene, &op->route, original);
		else if (op->kind == PLAN_ADDRESS_DEL)
			err = keep_gone(scene, &op->address, original);
		if (err < 0)
			return err;
		added += err;
		if (op->kind != PLAN_ROUTE_REPLACE)
			continue;
		for (unsigned int j = 0; j < scene->actual->route_count; j++) {
			const struct plan_route *have = &scene->actual->routes[j];

			if (!same_key(&op->route, have) || same_route(&op->route, have))
				continue;
			err = keep_displaced(scene, have, original);
			if (err < 0)
				return err;
			added += err;
		}
	}
	return added;
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
		    !router_shares(scene->router, scene->actual, &recorded) &&
		    !router_has_standby(scene->router, scene->actual, &recorded))
			continue;
		original->addresses[kept++] = original->addresses[i];
	}
	original->address_count = kept;
	return kept != count;
}

/* Is it there? *from is where the search begins, and behind what it finds afterwards: the record
 * mostly has the order of the configuration. */
static bool is_placed_as(const struct plan_original *original, const struct plan_address *named,
			 unsigned int *from)
{
	unsigned int count = original->placed_address_count;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int at = (*from + i) % count;
		const struct plan_address *old = &original->placed_addresses[at];

		if (old->family != named->family || old->plen != named->plen ||
		    !same_addr(&old->addr, &named->addr) || strcmp(old->dev, named->dev) != 0)
			continue;
		*from = at + 1;
		return true;
	}
	return false;
}

static int place_all(const struct plan_scene *scene, const struct wants *shared,
		     struct plan_original *original)
{
	struct plan_scene with = *scene;
	unsigned int from = 0;
	int added = 0, err;

	with.original = original;
	for (unsigned int i = 0; i < shared->address_count; i++) {
		struct plan_address named = shared->addresses[i];

		name_device(scene->actual, named.ifindex, named.dev);
		if (owns_address(&with, &named) || is_placed_as(original, &named, &from))
			continue;
		err = append_address(&original->placed_addresses, &original->placed_address_count,
				     &named);
		if (err < 0)
			return err;
		added++;
	}
	for (unsigned int i = 0; i < scene->router->rule_count; i++) {
		if (is_placed_rule(&with, &scene->router->rules[i]))
			continue;
		err = append_rule(original, &scene->router->rules[i]);
		if (err < 0)
			return err;
		added++;
	}
	for (unsigned int i = 0; i < shared->route_count; i++) {
		struct plan_route named = shared->routes[i].route;
		bool there = false;

		name_route(scene->actual, &named);
		for (unsigned int j = 0; j < original->placed_route_count; j++) {
			struct plan_route like;

			if (!same_key(&named, &original->placed_routes[j]))
				continue;
			like = original->placed_routes[j];
			like.ifindex = named.ifindex;
			there |= strcmp(like.dev, named.dev) == 0 && same_route(&named, &like);
		}
		if (there)
			continue;
		err = append_route(&original->placed_routes, &original->placed_route_count, &named);
		if (err < 0)
			return err;
		added++;
	}
	return added;
}

static bool is_placed(const struct plan_original *original, const struct plan_address *named)
{
	for (unsigned int i = 0; i < original->placed_address_count; i++) {
		const struct plan_address *placed = &original->placed_addresses[i];

		if (placed->family == named->family && same_addr(&placed->addr, &named->addr) &&
		    strcmp(placed->dev, named->dev) == 0)
			return true;
	}
	return false;
}

/* The router became the owner of an address by a reload, so the record of its first start lacks it.
 * If the NIC has the address, and no run has placed it there, it is the host's own one. */
static int keep_owned_since(const struct plan_scene *scene, const struct wants *shared,
			    struct plan_original *original)
{
	struct plan_scene with = *scene;
	int added = 0;

	if (scene->router->priority != VRRP_PRIO_OWNER)
		return 0;
	with.original = original;
	for (unsigned int i = 0; i < scene->actual->address_count; i++) {
		struct plan_address named = scene->actual->addresses[i];

		if (!wants_has_host(shared, &named) || is_recorded(&with, &named))
			continue;
		name_device(scene->actual, named.ifindex, named.dev);
		if (is_placed(original, &named))
			continue;
		if (append_address(&original->addresses, &original->address_count, &named) < 0)
			return -ENOMEM;
		added++;
	}
	return added;
}

int plan_record_placed(const struct plan_scene *scene, struct plan_original *original)
{
	const struct config_mac *mac = &scene->router->mac;
	struct wants shared;
	int added, err;

	err = wants_shared(scene, &shared);
	if (err)
		return err;
	added = keep_owned_since(scene, &shared, original);
	if (added < 0) {
		wants_free(&shared);
		return added;
	}
	if (mac->kind != CONFIG_MAC_KEEP && memcmp(original->placed_mac, mac->mac, 6) != 0) {
		memcpy(original->placed_mac, mac->mac, 6);
		added++;
	}
	err = place_all(scene, &shared, original);
	wants_free(&shared);
	return err < 0 ? err : added + err;
}

/* Does the NIC look like a master's already? */
static bool looks_taken(const struct plan_scene *scene, const struct plan_link *public,
			const struct wants *shared)
{
	const struct config_mac *mac = &scene->router->mac;

	if (mac->kind != CONFIG_MAC_KEEP && memcmp(public->mac, mac->mac, 6) == 0)
		return true;
	if (scene->router->priority == VRRP_PRIO_OWNER)
		return false;
	for (unsigned int i = 0; i < scene->actual->address_count; i++)
		if (wants_has_host(shared, &scene->actual->addresses[i]))
			return true;
	return false;
}

/* A route that is one of our shared ones, found before our first change: the host's own, unless it
 * is a master's leftover, which hangs on a shared address. */
static bool own_route(const struct plan_scene *scene, const struct plan_route *route, bool taken,
		      const struct wants *shared)
{
	if (!taken)
		return true;
	for (unsigned int i = 0; i < scene->actual->address_count; i++) {
		struct plan_actual one = {.addresses = &scene->actual->addresses[i],
					  .address_count = 1};

		if (!wants_has_host(shared, one.addresses) && route->has_via &&
		    gateway_reachable(&one, route))
			return true;
	}
	return false;
}

/* The owner's address is the host's own one. For every other router, a shared address on the NIC is
 * a leftover. */
static int record_address(const struct plan_scene *scene, const struct plan_address *have,
			  const struct wants *shared, struct plan_original *original)
{
	struct plan_address named = *have;

	if (scene->router->priority != VRRP_PRIO_OWNER || !wants_has_host(shared, have))
		return keep_address(scene, have, original);
	name_device(scene->actual, have->ifindex, named.dev);
	return append_address(&original->addresses, &original->address_count, &named);
}

static int record_into(const struct plan_scene *scene, const struct plan_link *public,
		       const struct wants *shared, struct plan_original *original)
{
	const struct config_router *router = scene->router;
	const struct config_mac *mac = &router->mac;
	bool taken = looks_taken(scene, public, shared);
	struct plan_scene with = *scene;
	struct plan plan;
	int err;

	original->valid = true;
	if (mac->kind == CONFIG_MAC_KEEP || memcmp(public->mac, mac->mac, 6) != 0)
		memcpy(original->mac, public->mac, 6);
	else
		memcpy(original->mac, public->permanent_mac, 6);

	for (unsigned int i = 0; i < scene->actual->address_count; i++) {
		err = record_address(scene, &scene->actual->addresses[i], shared, original);
		if (err < 0)
			return err;
	}
	for (unsigned int i = 0; i < scene->actual->route_count; i++) {
		const struct plan_route *have = &scene->actual->routes[i];

		if (!wants_has_route(shared, have) || !own_route(scene, have, taken, shared))
			continue;
		err = keep_displaced(scene, have, original);
		if (err < 0)
			return err;
	}
	err = place_all(scene, shared, original);
	if (err < 0)
		return err;
	if (mac->kind != CONFIG_MAC_KEEP)
		memcpy(original->placed_mac, mac->mac, 6);
	with.original = original;
	err = takeover_plan(&with, PLAN_MASTER, &plan);
	if (err)
		return err;
	err = plan_record_more(scene, &plan, original);
	plan_free(&plan);
	return err < 0 ? err : 0;
}

int plan_record(const struct plan_scene *scene, struct plan_original *ret_original)
{
	const struct plan_scene fresh = {
		.router = scene->router,
		.actual = scene->actual,
		.others = scene->others,
		.other_count = scene->other_count,
	};
	const struct plan_link *public = plan_link_by_name(scene->actual, scene->router->public);
	struct plan_original original = {0};
	struct wants shared;
	int err;

	if (!public)
		return -ENODEV;
	err = wants_shared(&fresh, &shared);
	if (err)
		return err;
	err = record_into(&fresh, public, &shared, &original);
	wants_free(&shared);
	if (err) {
		plan_original_free(&original);
		return err;
	}
	*ret_original = original;
	return 0;
}

void plan_original_free(struct plan_original *original)
{
	free(original->addresses);
	free(original->routes);
	free(original->placed_addresses);
	free(original->placed_routes);
	free(original->placed_rules);
	*original = (struct plan_original){0};
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a takeover must remember to be undone: the state before, what a plan displaces, what the
 * kernel would throw away on the way, and how that comes back. Depends on core/ and the kernel's
 * constants. Never writes anything: the file is agent/record_file.c.
 */
#include "core/nic/plan_internal.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "vrrp_wire.h"

void name_device(const struct plan_actual *actual, int ifindex, char dev[CONFIG_IFNAME])
{
	const struct plan_link *link = plan_link_by_index(actual, ifindex);

	memset(dev, 0, CONFIG_IFNAME);
	if (link)
		memcpy(dev, link->name, CONFIG_IFNAME);
}

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

int append_address(struct plan_address **list, unsigned int *count,
		   const struct plan_address *address)
{
	struct plan_address *longer = realloc(*list, (*count + 1) * sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	*list = longer;
	longer[(*count)++] = *address;
	return 1;
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
	return !kernel_route(route) && route->protocol != PLAN_ROUTE_PROTOCOL &&
	       !other_shares_route(scene, route);
}

int keep_displaced(const struct plan_scene *scene, const struct plan_route *route,
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

static int place_all(const struct plan_scene *scene, const struct wants *shared,
		     struct plan_original *original)
{
	struct plan_scene with = *scene;
	int added = 0, err;

	with.original = original;
	for (unsigned int i = 0; i < shared->address_count; i++) {
		struct plan_address named = shared->addresses[i];
		bool there = owns_address(&with, &named);

		name_device(scene->actual, named.ifindex, named.dev);
		for (unsigned int j = 0; j < original->placed_address_count; j++) {
			const struct plan_address *old = &original->placed_addresses[j];

			there |= old->family == named.family && old->plen == named.plen &&
				 same_addr(&old->addr, &named.addr) &&
				 strcmp(old->dev, named.dev) == 0;
		}
		if (there)
			continue;
		err = append_address(&original->placed_addresses, &original->placed_address_count,
				     &named);
		if (err < 0)
			return err;
		added++;
	}
	for (unsigned int i = 0; i < shared->route_count; i++) {
		struct plan_route named = shared->routes[i].route;
		bool there = false;

		name_route(scene->actual, &named);
		for (unsigned int j = 0; j < original->placed_route_count; j++) {
			struct plan_route like = original->placed_routes[j];

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

int plan_record_placed(const struct plan_scene *scene, struct plan_original *original)
{
	const struct config_mac *mac = &scene->router->mac;
	struct wants shared;
	int added = 0, err;

	err = wants_shared(scene, &shared);
	if (err)
		return err;
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
	if (!recordable(scene, route))
		return false;
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

/* ---- what the kernel throws away on the way ---- */

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

/* IPv4 addresses that are there when op `at` has been carried out, but for the removed one's
 * subnet: its secondaries may go with it. */
static bool keeps_ipv4(const struct plan_actual *actual, const struct plan *plan, unsigned int at)
{
	const struct plan_address *removed = &plan->ops[at].address;

	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *have = &actual->addresses[i];
		bool gone = have->family != 4 || have->ifindex != removed->ifindex ||
			    same_subnet(removed, have);

		for (unsigned int j = 0; j < at && !gone; j++)
			gone = plan->ops[j].kind == PLAN_ADDRESS_DEL &&
			       same_address(&plan->ops[j].address, have);
		if (!gone)
			return true;
	}
	for (unsigned int j = 0; j < at; j++) {
		const struct plan_op *op = &plan->ops[j];

		if (op->kind == PLAN_ADDRESS_ADD && op->address.family == 4 &&
		    op->ifindex == removed->ifindex && !same_subnet(removed, &op->address))
			return true;
	}
	return false;
}

bool plan_disturbs(const struct plan_scene *scene, const struct plan *plan)
{
	const struct plan_actual *actual = scene->actual;

	for (unsigned int i = 0; i < plan->count; i++) {
		const struct plan_op *op = &plan->ops[i];

		if (op->kind == PLAN_LINK_DOWN)
			return true;
		if (op->kind != PLAN_ADDRESS_DEL || op->address.family != 4)
			continue;
		for (unsigned int j = 0; j < actual->address_count && !op->address.secondary; j++) {
			const struct plan_address *have = &actual->addresses[j];

			if (same_subnet(&op->address, have) && have->secondary &&
			    !same_address(&op->address, have))
				return true;
		}
		if (keeps_ipv4(actual, plan, i))
			continue;
		for (unsigned int j = 0; j < actual->route_count; j++) {
			const struct plan_route *have = &actual->routes[j];

			if (have->family == 4 && have->ifindex == op->ifindex &&
			    !kernel_route(have) && !plan_has_route(plan, PLAN_ROUTE_DEL, have) &&
			    !plan_replaces_key(plan, have))
				return true;
		}
	}
	return false;
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

	out.addresses = calloc(actual->address_count + 1, sizeof(*out.addresses));
	out.routes = calloc(actual->route_count + 1, sizeof(*out.routes));
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

		if (!plan_concerns(scene->router, actual, have->ifindex) || kernel_route(have))
			continue;
		*copy = *have;
		name_route(actual, copy);
		out.route_count++;
	}
	*ret_actual = out;
	return 0;
}

/* ---- bringing it back ---- */

/* scene->actual and, behind it, what is lost of *before. */
static int with_lost(const struct plan_scene *scene, const struct plan_actual *before,
		     struct plan_actual *ret_all)
{
	const struct plan_actual *actual = scene->actual;
	struct plan_actual all = {.links = actual->links, .link_count = actual->link_count};

	all.addresses =
		calloc(actual->address_count + before->address_count + 1, sizeof(*all.addresses));
	all.routes = calloc(actual->route_count + before->route_count + 1, sizeof(*all.routes));
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
		    !plan_concerns(scene->router, actual, lost->ifindex) || kernel_route(lost))
			continue;
		for (unsigned int j = 0; j < actual->route_count; j++)
			taken |= same_key(lost, &actual->routes[j]);
		if (!taken)
			all.route_count++;
	}
	*ret_all = all;
	return 0;
}

static bool source_is_there(const struct plan_actual *all, const struct plan *unwanted,
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
		    !gateway_reachable(all, lost) || !source_is_there(all, unwanted, lost))
			continue;
		add_route(builder, PLAN_ROUTE_REPLACE, lost);
	}
}

int plan_restore(const struct plan_scene *scene, enum plan_role role,
		 const struct plan_actual *before, struct plan *ret_plan)
{
	struct builder builder = {0};
	struct plan_scene with = *scene;
	struct plan_actual all;
	struct plan unwanted;
	int err = with_lost(scene, before, &all);

	if (err)
		return err;
	/* What the role would remove, were it still there, is gone for good. */
	with.actual = &all;
	err = takeover_plan(&with, role, &unwanted);
	if (err)
		goto out;
	for (unsigned int i = scene->actual->address_count; i < all.address_count; i++) {
		const struct plan_address *lost = &all.addresses[i];
		bool removed = false;

		for (unsigned int j = 0; j < unwanted.count; j++)
			removed |= unwanted.ops[j].kind == PLAN_ADDRESS_DEL &&
				   same_address(&unwanted.ops[j].address, lost);
		if (!removed)
			add_address(&builder, PLAN_ADDRESS_ADD, lost);
	}
	restore_routes(&builder, scene, &all, &unwanted, false);
	restore_routes(&builder, scene, &all, &unwanted, true);
	plan_free(&unwanted);
	err = builder_done(&builder, ret_plan);
out:
	free(all.addresses);
	free(all.routes);
	return err;
}

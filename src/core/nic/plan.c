// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what a router wants and what its NICs carry to the changes, in order. Depends on core/ and
 * the kernel's constants. Never acts, never looks at a clock, never keeps anything between two
 * calls.
 */
#include "core/nic/plan_internal.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"

/* ---- addresses ---- */

static bool dad_failed(const struct plan_address *address)
{
	return address->family == 6 && address->flags & IFA_F_DADFAILED;
}

static void drop_once(struct builder *builder, const struct plan_address *address)
{
	if (!builder_has_address(builder, PLAN_ADDRESS_DEL, address))
		add_address(builder, PLAN_ADDRESS_DEL, address);
}

/* Give an IPv4 address other attributes: the kernel can only remove it and add it again. Meanwhile
 * the host has it with another prefix length, which makes no route to a network. So neither the
 * wire nor a connection misses the address, and routes that depend on it stay. */
static void exchange(struct builder *builder, const struct plan_actual *actual,
		     const struct plan_address *have, const struct plan_address *want)
{
	struct plan_address bridge = {
		.addr = want->addr,
		.family = 4,
		.plen = want->plen == 32 ? 31 : 32,
		.flags = IFA_F_NOPREFIXROUTE,
		.ifindex = want->ifindex,
		.valid_s = PLAN_FOREVER,
		.preferred_s = PLAN_FOREVER,
	};
	bool bridged = !has_address(actual, &bridge);

	if (bridged)
		add_address(builder, PLAN_ADDRESS_ADD, &bridge);
	drop_once(builder, have);
	add_address(builder, PLAN_ADDRESS_ADD, want);
	if (bridged)
		add_address(builder, PLAN_ADDRESS_DEL, &bridge);
}

/* The kernel changes an IPv6 address in place if it is added again, but does not forget a peer. */
static bool changes_in_place(const struct plan_address *want, const struct plan_address *have)
{
	return want->family == 6 && (want->has_peer || !have->has_peer);
}

/* One address, with this prefix length and no other, and, if `exactly`, with these attributes. IPv6
 * has room for one prefix length at a time; for IPv4 the new one comes first, so that the host is
 * never without. */
static void put_address(struct builder *builder, const struct plan_actual *actual,
			const struct plan_address *want, bool exactly)
{
	const struct plan_address *unlike = NULL, *have = NULL;
	bool there = false, resized = false;

	while ((have = next_host(actual, want, have))) {
		bool usable = have->plen == want->plen && !dad_failed(have);

		resized |= have->plen != want->plen;
		if (usable && (!exactly || same_attributes(actual, want, have)))
			there = true;
		else if (usable && (want->family == 4 || changes_in_place(want, have)))
			unlike = have;
		else if (want->family == 6)
			drop_once(builder, have);
	}
	if (!there && !builder_has_address(builder, PLAN_ADDRESS_ADD, want)) {
		if (unlike && want->family == 4)
			exchange(builder, actual, unlike, want);
		else
			add_address(builder, PLAN_ADDRESS_ADD, want);
	}
	while (resized && want->family == 4 && (have = next_host(actual, want, have)))
		if (have->plen != want->plen)
			drop_once(builder, have);
}

/* Whatever prefix length it has there, unless `keep` or another router wants it so. */
static void drop_address(struct builder *builder, const struct plan_scene *scene,
			 const struct plan_address *unwanted, const struct wants *keep)
{
	const struct plan_address *have = NULL;

	while ((have = next_host(scene->actual, unwanted, have)))
		if (!wants_has_address(keep, have) && !other_wants_address(scene, have))
			drop_once(builder, have);
}

/* What there is of IPv4 in a plan and on the NICs that may go with a removed primary. */
struct survivors {
	const struct plan_address **there; /* of the dump: those that the plan does not remove */
	unsigned int *added;               /* ops that add an address, by their numbers */
	unsigned int there_count, added_count;
};

/* Of a plan with few changes, the network is compared first: a host may have thousands of routers.
 */
static bool may_go_along(const struct builder *builder, const struct plan_address *have)
{
	const struct plan *plan = &builder->plan;
	bool goes = plan->count > FEW;

	for (unsigned int i = 0; !goes && i < plan->count; i++)
		goes = plan->ops[i].kind == PLAN_ADDRESS_DEL &&
		       same_subnet(&plan->ops[i].address, have);
	return goes && !builder_has_address(builder, PLAN_ADDRESS_DEL, have);
}

static int list_survivors(const struct builder *builder, const struct plan_actual *actual,
			  struct survivors *ret_survivors)
{
	struct survivors s = {
		.there = calloc(actual->address_count, sizeof(struct plan_address *)),
		.added = calloc(builder->plan.count, sizeof(*s.added)),
	};

	*ret_survivors = s;
	if (!s.there || !s.added)
		return -ENOMEM;
	for (unsigned int i = 0; i < actual->address_count; i++)
		if (actual->addresses[i].family == 4 &&
		    may_go_along(builder, &actual->addresses[i]))
			s.there[s.there_count++] = &actual->addresses[i];
	for (unsigned int i = 0; i < builder->plan.count; i++)
		if (builder->plan.ops[i].kind == PLAN_ADDRESS_ADD)
			s.added[s.added_count++] = i;
	*ret_survivors = s;
	return 0;
}

/* What survives in the subnet of a removed primary: planned before it, or there. ours: of `wanted`.
 */
static void add_survivors(struct builder *builder, const struct survivors *survivors,
			  const struct wants *wanted, unsigned int at, bool ours)
{
	const struct plan_address removed = builder->plan.ops[at].address;

	for (unsigned int i = 0; ours && i < survivors->added_count && survivors->added[i] < at;
	     i++) {
		const struct plan_address earlier = builder->plan.ops[survivors->added[i]].address;

		if (same_subnet(&removed, &earlier) && !same_address(&removed, &earlier))
			add_address(builder, PLAN_ADDRESS_ADD, &earlier);
	}
	for (unsigned int i = 0; i < survivors->there_count; i++) {
		const struct plan_address *have = survivors->there[i];

		if (same_subnet(&removed, have) && wants_has_address(wanted, have) == ours &&
		    !builder_has_address(builder, PLAN_ADDRESS_ADD, have))
			add_address(builder, PLAN_ADDRESS_ADD, have);
	}
}

/* Where promote_secondaries is 0 a primary IPv4 address takes its secondaries along: add again what
 * survives in the subnet of a removed one, ours first, to be the primary. Where it is 1 they are
 * there, and that is no error. True if anything was added: then routes may be gone, too. */
static bool keep_secondaries(struct builder *builder, const struct plan_actual *actual,
			     const struct wants *wanted)
{
	unsigned int count = builder->plan.count;
	struct survivors survivors = {0};

	for (unsigned int i = 0; i < count && !builder->error; i++) {
		const struct plan_op *op = &builder->plan.ops[i];

		if (op->kind != PLAN_ADDRESS_DEL || op->address.family != 4 ||
		    op->address.secondary)
			continue;
		/* Most plans remove none, and a host may have thousands of routers. */
		if (!survivors.there && list_survivors(builder, actual, &survivors))
			builder->error = -ENOMEM; /* and none is listed */
		add_survivors(builder, &survivors, wanted, i, true);
		add_survivors(builder, &survivors, wanted, i, false);
	}
	free(survivors.there);
	free(survivors.added);
	return builder->plan.count != count;
}

/* ---- routes ---- */

/* A MASTER's route that is there holds its place: of two masters that want different routes the
 * first keeps its own, or they would replace each other for ever. */
static bool place_is_held(const struct plan_scene *scene, const struct plan_route *want)
{
	for (unsigned int i = 0; i < scene->actual->route_count; i++) {
		const struct plan_route *have = &scene->actual->routes[i];

		if (same_key(want, have) && !same_route(want, have) &&
		    other_master_wants_route(scene, have))
			return true;
	}
	return false;
}

static void put_shared_routes(struct builder *builder, const struct plan_scene *scene,
			      const struct wants *shared)
{
	for (unsigned int i = 0; i < shared->route_count; i++) {
		const struct plan_route *want = &shared->routes[i].route;

		if (!has_route(scene->actual, want) && !place_is_held(scene, want))
			add_route(builder, PLAN_ROUTE_REPLACE, want);
	}
}

static void drop_displaced_routes(struct builder *builder, const struct plan_scene *scene,
				  const struct wants *shared, const struct wants *standby)
{
	for (unsigned int i = 0; i < scene->actual->route_count; i++) {
		const struct plan_route *have = &scene->actual->routes[i];
		bool displaced = have->plen == 0 && wants_has_default(shared, have);
		bool was_standby = false;

		for (unsigned int j = 0; j < standby->route_count; j++)
			was_standby |= !standby->routes[j].recorded &&
				       same_route(&standby->routes[j].route, have);
		if (!displaced && !was_standby)
			continue;
		if (wants_has_route(shared, have) || plan_replaces_key(&builder->plan, have))
			continue;
		if (other_master_wants_route(scene, have) ||
		    (!displaced && other_wants_route(scene, have)))
			continue;
		add_route(builder, PLAN_ROUTE_DEL, have);
	}
}

static void drop_shared_routes(struct builder *builder, const struct plan_scene *scene,
			       const struct wants *shared, const struct wants *standby)
{
	for (unsigned int i = 0; i < scene->actual->route_count; i++) {
		const struct plan_route *have = &scene->actual->routes[i];

		/* What a router advertisement made is the host's: MASTER left it in its place. */
		if (wants_has_route(shared, have) && !wants_has_route(standby, have) &&
		    !kernel_route(have) && !other_wants_route(scene, have))
			add_route(builder, PLAN_ROUTE_DEL, have);
	}
}

/* A MASTER without the standby address put the route back all the same, see put_displaced_routes().
 * Now its gateway is a neighbour again, as it was. */
static bool is_forced(const struct plan_actual *actual, const struct plan_route *recorded)
{
	for (unsigned int i = 0; i < actual->route_count; i++)
		if (same_route(recorded, &actual->routes[i]) && !recorded->onlink &&
		    actual->routes[i].onlink)
			return gateway_reachable(actual, recorded);
	return false;
}

/* The routes by a gateway (via), or those to networks, which have to come first: a gateway may be
 * reached through one of them. */
static void put_standby_routes(struct builder *builder, const struct plan_scene *scene,
			       const struct wants *standby, bool via)
{
	struct plan_actual wanted = {
		.addresses = standby->addresses,
		.address_count = standby->address_count,
	};

	for (unsigned int i = 0; i < standby->route_count; i++) {
		const struct want_route *want = &standby->routes[i];
		const struct plan_route *route = &want->route;
		const struct plan_link *link = plan_link_by_index(scene->actual, route->ifindex);

		if (route->has_via != via || other_master_displaces(scene, route))
			continue;
		if (want->recorded && is_forced(scene->actual, route)) {
			add_route(builder, PLAN_ROUTE_REPLACE, route);
			continue;
		}
		if (has_route(scene->actual, route))
			continue;
		/* Nobody brought the link up: the routes follow when somebody does. */
		if (link && !link->up)
			continue;
		if (want->recorded && (place_is_taken(builder, scene, route) ||
				       !source_is_there(builder, scene->actual, route) ||
				       (!gateway_reachable(scene->actual, route) &&
					!gateway_reachable(&wanted, route))))
			continue;
		add_route(builder, PLAN_ROUTE_REPLACE, route);
	}
}

/* What a run with another configuration placed, crashed, and left behind. */
static void drop_leftovers(struct builder *builder, const struct plan_scene *scene,
			   const struct wants *wanted)
{
	const struct plan_original *original = scene->original;

	if (!original || !original->valid)
		return;
	for (unsigned int i = 0; i < original->placed_route_count; i++) {
		struct plan_route placed;

		if (!resolve_route(scene->actual, &original->placed_routes[i], &placed))
			continue;
		for (unsigned int j = 0; j < scene->actual->route_count; j++) {
			const struct plan_route *have = &scene->actual->routes[j];

			if (same_route(&placed, have) && have->protocol == PLAN_ROUTE_PROTOCOL &&
			    !wants_has_route(wanted, have) && !other_wants_route(scene, have) &&
			    !plan_replaces_key(&builder->plan, have) &&
			    !plan_has_route(&builder->plan, PLAN_ROUTE_DEL, have))
				add_route(builder, PLAN_ROUTE_DEL, have);
		}
	}
	for (unsigned int i = 0; i < original->placed_address_count; i++) {
		struct plan_address placed;

		if (resolve_address(scene->actual, &original->placed_addresses[i], &placed) &&
		    !wants_has_host(wanted, &placed))
			drop_address(builder, scene, &placed, wanted);
	}
}

/* ---- the two roles ---- */

static void links_up(struct builder *builder, const struct plan_actual *actual,
		     const struct plan_link *public, const struct wants *shared)
{
	if (!public->up)
		add_link_up(builder, public->ifindex);
	for (unsigned int i = 0; i < shared->address_count; i++) {
		const struct plan_link *link =
			plan_link_by_index(actual, shared->addresses[i].ifindex);

		if (link && !link->up)
			add_link_up(builder, link->ifindex);
	}
	for (unsigned int i = 0; i < shared->route_count; i++) {
		const struct plan_link *link =
			plan_link_by_index(actual, shared->routes[i].route.ifindex);

		if (link && !link->up)
			add_link_up(builder, link->ifindex);
	}
}

/* Does the NIC carry the MAC that was placed on it, and no other MASTER's? */
static bool is_left_over(const struct plan_scene *scene, const struct plan_link *public)
{
	const struct plan_original *original = scene->original;

	if (!original || !original->valid || !known_mac(original->placed_mac) ||
	    memcmp(public->mac, original->placed_mac, 6) != 0)
		return false;
	for (unsigned int i = 0; i < scene->other_count; i++) {
		const struct config_router *other = scene->others[i].router;

		if (scene->others[i].role == PLAN_MASTER && other->mac.kind != CONFIG_MAC_KEEP &&
		    strcmp(other->public, public->name) == 0 &&
		    memcmp(other->mac.mac, public->mac, 6) == 0)
			return false;
	}
	return true;
}

static void plan_master(struct builder *builder, const struct plan_scene *scene,
			const struct plan_link *public, const struct wants *shared,
			const struct wants *standby)
{
	const struct config_router *router = scene->router;
	const uint8_t *mac = NULL;

	if (router->mac.kind != CONFIG_MAC_KEEP)
		mac = router->mac.mac;
	else if (is_left_over(scene, public))
		mac = plan_standby_mac(scene, public);
	links_up(builder, scene->actual, public, shared);
	if (mac && memcmp(public->mac, mac, 6) != 0)
		add_mac(builder, public->ifindex, mac);
	for (unsigned int i = 0; i < shared->address_count; i++)
		put_address(builder, scene->actual, &shared->addresses[i],
			    !owns_address(scene, &shared->addresses[i]));
	add_announce(builder, public->ifindex);
	put_shared_routes(builder, scene, shared);
	drop_displaced_routes(builder, scene, shared, standby);
	for (unsigned int i = 0; i < standby->configured; i++)
		drop_address(builder, scene, &standby->addresses[i], shared);
	drop_leftovers(builder, scene, shared);
	for (unsigned int i = standby->configured; i < standby->address_count; i++)
		put_displaced_address(builder, scene, &standby->addresses[i]);
	put_displaced_routes(builder, scene, shared, standby);
	if (keep_secondaries(builder, scene->actual, shared))
		for (unsigned int i = 0; i < shared->route_count; i++)
			if (!place_is_held(scene, &shared->routes[i].route))
				add_route(builder, PLAN_ROUTE_REPLACE, &shared->routes[i].route);
	put_rules(builder, scene);
	drop_rules(builder, scene, PLAN_MASTER);
}

const uint8_t *plan_standby_mac(const struct plan_scene *scene, const struct plan_link *public)
{
	const struct config_router *router = scene->router;
	const struct plan_original *original = scene->original;

	if (router->has_standby_mac)
		return router->standby_mac;
	if (router->mac.kind == CONFIG_MAC_KEEP && !is_left_over(scene, public))
		return NULL;
	if (known_mac(public->permanent_mac))
		return public->permanent_mac;
	return original && known_mac(original->mac) ? original->mac : NULL;
}

/* Would removing the shared addresses leave the interface without an IPv4 address, so that the
 * kernel throws away every IPv4 route on it, among them some that are not ours? */
static bool would_lose_routes(const struct builder *builder, const struct plan_scene *scene,
			      const struct wants *shared, int ifindex)
{
	const struct plan_actual *actual = scene->actual;
	bool loses = false;

	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *have = &actual->addresses[i];

		if (have->family == 4 && have->ifindex == ifindex && !wants_has_host(shared, have))
			return false;
	}
	for (unsigned int i = 0; i < actual->route_count; i++) {
		const struct plan_route *have = &actual->routes[i];

		loses |= have->family == 4 && have->ifindex == ifindex &&
			 !kernel_makes_route(actual, have) &&
			 !plan_has_route(&builder->plan, PLAN_ROUTE_DEL, have);
	}
	return loses;
}

/* Did the kernel make this address from a router advertisement and from that MAC? */
static bool is_made_from(const struct plan_address *address, const uint8_t mac[6])
{
	struct vrrp_addr made = address->addr;

	address_set_eui64(&made, mac);
	return address->family == 6 && address->flags & IFA_F_MANAGETEMPADDR &&
	       same_addr(&made, &address->addr);
}

/* Remove the addresses that the kernel has made from the shared MAC while this host was MASTER. The
 * next MASTER makes the same ones, so they leave with the MAC. mac: the one of a BACKUP. */
static void drop_made_addresses(struct builder *builder, const struct plan_scene *scene,
				const struct plan_link *public, const uint8_t mac[6],
				const struct wants *standby)
{
	const struct plan_original *original = scene->original;
	const uint8_t *shared[2] = {NULL, NULL};

	if (scene->router->mac.kind != CONFIG_MAC_KEEP)
		shared[0] = scene->router->mac.mac;
	if (original && original->valid && known_mac(original->placed_mac))
		shared[1] = original->placed_mac;
	for (unsigned int i = 0; i < scene->actual->address_count; i++) {
		const struct plan_address *have = &scene->actual->addresses[i];

		if (have->ifindex != public->ifindex || wants_has_host(standby, have))
			continue;
		for (unsigned int j = 0; j < 2; j++)
			if (shared[j] && memcmp(shared[j], mac, 6) != 0 &&
			    is_made_from(have, shared[j]))
				drop_once(builder, have);
	}
}

/* Where the configuration names no attributes, they are the host's affair. */
static void put_standby_address(struct builder *builder, const struct plan_scene *scene,
				const struct plan_address *want)
{
	put_address(builder, scene->actual, want, has_attributes(want));
}

static void plan_backup(struct builder *builder, const struct plan_scene *scene,
			const struct plan_link *public, const struct wants *shared,
			const struct wants *standby)
{
	const uint8_t *mac = public ? plan_standby_mac(scene, public) : NULL;
	bool loses = false;
	int asked = 0;

	drop_rules(builder, scene, PLAN_BACKUP);
	drop_shared_routes(builder, scene, shared, standby);
	for (unsigned int i = 0; i < standby->address_count; i++) {
		const struct plan_address *address = &standby->addresses[i];

		if (address->family != 4)
			continue;
		/* Mostly all are on one interface. */
		if (address->ifindex != asked)
			loses = would_lose_routes(builder, scene, shared, address->ifindex);
		asked = address->ifindex;
		if (loses) {
			if (i < standby->configured)
				put_standby_address(builder, scene, &standby->addresses[i]);
			else
				put_displaced_address(builder, scene, &standby->addresses[i]);
		}
	}
	for (unsigned int i = 0; i < shared->address_count; i++)
		drop_address(builder, scene, &shared->addresses[i], standby);
	drop_leftovers(builder, scene, standby);
	if (mac)
		drop_made_addresses(builder, scene, public, mac, standby);
	if (mac && memcmp(public->mac, mac, 6) != 0)
		add_mac(builder, public->ifindex, mac);
	for (unsigned int i = 0; i < standby->configured; i++)
		put_standby_address(builder, scene, &standby->addresses[i]);
	for (unsigned int i = standby->configured; i < standby->address_count; i++)
		put_displaced_address(builder, scene, &standby->addresses[i]);
	keep_secondaries(builder, scene->actual, standby);
	put_standby_routes(builder, scene, standby, false);
	put_standby_routes(builder, scene, standby, true);
}

/* Is the link up, after what has been done of the plan? */
static bool is_up(const struct plan_actual *actual, const struct plan *plan, const int *errors,
		  int ifindex)
{
	const struct plan_link *link = plan_link_by_index(actual, ifindex);
	bool up = link && link->up;

	for (unsigned int i = 0; i < plan->count; i++)
		up |= plan->ops[i].kind == PLAN_LINK_UP && plan->ops[i].ifindex == ifindex &&
		      !errors[i];
	return up;
}

bool plan_carries(const struct plan_scene *scene, const struct plan *plan, const int *errors)
{
	const struct plan_actual *actual = scene->actual;
	bool carries = false;
	struct wants shared;

	if (wants_shared(scene, &shared))
		return false;
	for (unsigned int i = 0; i < actual->address_count && !carries; i++)
		carries = wants_has_host(&shared, &actual->addresses[i]) &&
			  !dad_failed(&actual->addresses[i]) &&
			  is_up(actual, plan, errors, actual->addresses[i].ifindex);
	for (unsigned int i = 0; i < plan->count && !carries; i++)
		carries = plan->ops[i].kind == PLAN_ADDRESS_ADD && !errors[i] &&
			  wants_has_host(&shared, &plan->ops[i].address) &&
			  is_up(actual, plan, errors, plan->ops[i].ifindex);
	wants_free(&shared);
	return carries;
}

int takeover_plan(const struct plan_scene *scene, enum plan_role role, struct plan *ret_plan)
{
	struct builder builder = {0};
	const struct plan_link *public = plan_link_by_name(scene->actual, scene->router->public);
	struct wants shared, standby;
	int err;

	if (!public && role == PLAN_MASTER)
		return -ENODEV;
	err = wants_shared(scene, &shared);
	if (err)
		return err;
	err = wants_standby(scene, &standby);
	if (err) {
		wants_free(&shared);
		return err;
	}
	switch (role) {
	case PLAN_MASTER:
		plan_master(&builder, scene, public, &shared, &standby);
		break;
	case PLAN_BACKUP:
		plan_backup(&builder, scene, public, &shared, &standby);
		break;
	}
	wants_free(&standby);
	wants_free(&shared);
	return builder_done(&builder, ret_plan);
}

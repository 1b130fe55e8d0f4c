/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the plan share, each part of it using the parts above it only: comparisons of
 * addresses and routes, whose they are, what a router wants, and a list of ops that grows. For
 * core/nic/plan*.c only. Pure.
 */
#ifndef CORE_NIC_PLAN_INTERNAL_H
#define CORE_NIC_PLAN_INTERNAL_H

#include "core/address.h"
#include "core/config/rule.h"
#include "core/nic/plan.h"
#include "vrrp_timers.h"

/* ---- plan_extra.c: what plan_route.extra has ---- */

/* The MTU of a route, or 0. */
uint32_t extra_mtu(const struct plan_route *route);
void extra_put_mtu(struct plan_route *route, uint32_t mtu);
/* Appends next hops. ifindexes[i] is the interface of hops[i]. Returns false if there is no room.
 */
bool extra_put_hops(struct plan_route *route, const struct config_hop *hops, const int *ifindexes,
		    unsigned int count);
/* Are the next hops the same ones, in whatever order? If there is something that only bytes can
 * compare, bytes are compared. */
bool same_extra_hops(const struct plan_route *a, const struct plan_route *b);
unsigned int extra_hops(const struct plan_route *route);
/* Fills in *ret_one with the next hop `at`, as if it were the only one. */
void extra_hop(const struct plan_route *route, unsigned int at, struct plan_route *ret_one);
/* Makes the gateway of the next hop `at` a neighbour although no prefix covers it. */
void extra_set_onlink(struct plan_route *route, unsigned int at);

/* ---- plan_find.c: comparisons and names ---- */

/* The first five are in this header, because each of thousands of routers compares its address with
 * each of the host's. */
static inline bool same_addr(const struct vrrp_addr *a, const struct vrrp_addr *b)
{
	return vrrp_addr_equal(a, b);
}

/* Are both the same address on the same interface, whatever their prefix lengths? */
static inline bool same_host(const struct plan_address *a, const struct plan_address *b)
{
	return a->ifindex == b->ifindex && a->family == b->family && same_addr(&a->addr, &b->addr);
}

/* The same, and do they have the same prefix length? */
static inline bool same_address(const struct plan_address *a, const struct plan_address *b)
{
	return same_host(a, b) && a->plen == b->plen;
}

/* The address that the prefix length belongs to. */
static inline const struct vrrp_addr *network_of(const struct plan_address *address)
{
	return address->has_peer ? &address->peer : &address->addr;
}

/* Are both IPv4 addresses of one interface, so that one is, or could be, the other's secondary? */
static inline bool same_subnet(const struct plan_address *a, const struct plan_address *b)
{
	return a->family == 4 && b->family == 4 && a->ifindex == b->ifindex && a->plen == b->plen &&
	       address_in_prefix(network_of(a), network_of(b), a->plen);
}

/* Do both routes have the same key? The kernel has one route for each key of a table, which
 * NLM_F_REPLACE replaces. */
bool same_key(const struct plan_route *a, const struct plan_route *b);
/* Does `have` do what `want` asks for? The protocol does not count, nor do source, scope and MTU if
 * `want` asks for none and `have` is not of ours: then the host has them for its own reasons. */
bool same_route(const struct plan_route *want, const struct plan_route *have);
/* Does `have`, which has the same prefix length, also have the other attributes of `want`? *actual
 * has its interface, whose name is the default label. */
bool same_attributes(const struct plan_actual *actual, const struct plan_address *want,
		     const struct plan_address *have);
/* Does it have any attribute that the kernel does not give it by default? */
bool has_attributes(const struct plan_address *address);
/* Did the kernel make this route, so that it will make it again (RTPROT_KERNEL, _REDIRECT, _RA)? */
bool kernel_route(const struct plan_route *route);
/* The same, but a route to the network of an address that has IFA_F_NOPREFIXROUTE is not the
 * kernel's, whatever its protocol says: NetworkManager and others make it themselves, and call it
 * one of the kernel. *actual has the address; both are of a dump, or both of a record. */
bool kernel_makes_route(const struct plan_actual *actual, const struct plan_route *route);
bool known_mac(const uint8_t mac[6]); /* not all zero */

bool has_route(const struct plan_actual *actual, const struct plan_route *route);

/* Does the kernel accept the gateway of `route` as a neighbour, with these addresses and routes? */
bool gateway_reachable(const struct plan_actual *actual, const struct plan_route *route);

/* Fill in the ifindex of an entry of a record, which names its interface. Other entries have an
 * ifindex already. Returns false if the interface is missing in *actual. */
bool resolve_address(const struct plan_actual *actual, const struct plan_address *from,
		     struct plan_address *ret_address);
bool resolve_route(const struct plan_actual *actual, const struct plan_route *from,
		   struct plan_route *ret_route);
/* The way back: make an entry of a record from a route of *actual. */
void name_route(const struct plan_actual *actual, struct plan_route *route);
/* Write the name of an interface, or nothing if there is none, to dev. */
void name_device(const struct plan_actual *actual, int ifindex, char dev[CONFIG_IFNAME]);
/* The interface that `dev` of an entry of the configuration names: the public one if it is empty.
 */
const char *named_device(const struct config_router *router, const char *dev);
/* An entry of the configuration as the kernel will have it, on that interface. */
struct plan_address configured_address(const struct config_prefix *prefix, int ifindex);
/* Returns false if an interface of the route is missing, or if its next hops do not fit. */
bool configured_route(const struct plan_actual *actual, const struct config_router *router,
		      const struct config_route *route, struct plan_route *ret_route);

/* ---- plan_hosts.c: addresses found by interface and address ---- */

/* So few addresses are compared with each address of the host. For more, the index is asked. */
#define FEW 8

/* Numbers of addresses of a list of the caller's, by interface and address: chains of those with
 * the same hash. All zero: empty, and nothing may be put into it. */
struct hosts {
	unsigned int *heads, *nexts; /* of the chains, and of each number: 1 + a number, or 0 */
	uint32_t mask;
	unsigned int scoped; /* of a dump: behind so many, all of IPv4 have RT_SCOPE_UNIVERSE */
};

/* Make room for the numbers 0 to count - 1. Returns 0 or -ENOMEM; then it is empty. */
int hosts_make(struct hosts *hosts, unsigned int count);
void hosts_free(struct hosts *hosts);
void hosts_put(struct hosts *hosts, unsigned int number, const struct plan_address *address);
/* Go through the numbers that may have this address, those that were put last first: each time 1 +
 * the number, and 0 after the last one. The caller compares the addresses. */
unsigned int hosts_first(const struct hosts *hosts, const struct plan_address *address);
unsigned int hosts_next(const struct hosts *hosts, unsigned int at);

/* The next one of the addresses of *actual that are the same host's, behind `last`. Start with
 * NULL. Returns NULL after the last one. */
const struct plan_address *next_host(const struct plan_actual *actual,
				     const struct plan_address *address,
				     const struct plan_address *last);

bool has_address(const struct plan_actual *actual, const struct plan_address *address);

/* ---- plan_whose.c: whose an address or a route is ---- */

/* Does the router name this address, as a shared or as a standby one, on its interface? The prefix
 * length does not count. */
bool router_shares(const struct config_router *router, const struct plan_actual *actual,
		   const struct plan_address *address);
bool router_has_standby(const struct config_router *router, const struct plan_actual *actual,
			const struct plan_address *address);
/* Is it an address of the record, whatever its prefix length? */
bool is_recorded(const struct plan_scene *scene, const struct plan_address *address);
/* Is it a shared address that the host had before, and is the router its owner (priority 255)? Such
 * an address is the host's in every role. */
bool owns_address(const struct plan_scene *scene, const struct plan_address *address);
/* Does an address of the record belong on the NIC in every role? If it is a shared one, only the
 * owner keeps it, or the host at the router's end. If not, the configuration has named it as a
 * standby address once, and does not any more. */
bool comes_back(const struct plan_scene *scene, const struct plan_address *recorded);

/* Does a shared route of the configuration leave no other default route on its interface? */
bool displaces_others(const struct config_route *route);

bool other_wants_address(const struct plan_scene *scene, const struct plan_address *address);
bool other_wants_route(const struct plan_scene *scene, const struct plan_route *route);
/* Does another MASTER want exactly this route? */
bool other_master_wants_route(const struct plan_scene *scene, const struct plan_route *route);
/* Does another MASTER hold the place of this route, so that it cannot be put back now? */
bool other_master_displaces(const struct plan_scene *scene, const struct plan_route *route);
/* Does another MASTER want this rule? */
bool other_master_wants_rule(const struct plan_scene *scene, const struct config_rule *rule);
/* Has the router, or a run with its record, made this rule, or would it do so as MASTER? */
bool router_has_rule(const struct config_router *router, const struct config_rule *rule);
bool is_placed_rule(const struct plan_scene *scene, const struct config_rule *rule);
/* Is it a shared route of another router, in whatever role? */
bool other_shares_route(const struct plan_scene *scene, const struct plan_route *route);

/* ---- plan_wants.c: what is wanted ---- */

struct want_route {
	struct plan_route route;
	bool recorded;  /* of the record: gives way to what others have put in its place since */
	bool displaces; /* a default route that leaves no other one on its interface */
};

struct wants {
	struct plan_address *addresses;
	unsigned int address_count;
	/* So many addresses are of the configuration. Behind them come those of the record that the
	 * configuration does not displace: see comes_back(). */
	unsigned int configured;
	struct hosts hosts; /* of the addresses */
	struct want_route *routes;
	unsigned int route_count;
};

/* What the router wants as MASTER, of the interfaces that are there. Returns 0 and fills in
 * *ret_wants, which the caller frees by wants_free(), or returns -ENOMEM. */
int wants_shared(const struct plan_scene *scene, struct wants *ret_wants);
/* What the router wants as BACKUP, with the same results. First comes what is configured, with the
 * attributes that the record has for it, then recorded addresses and routes. */
int wants_standby(const struct plan_scene *scene, struct wants *ret_wants);
void wants_free(struct wants *wants);

bool wants_has_host(const struct wants *wants, const struct plan_address *address);
bool wants_has_address(const struct wants *wants, const struct plan_address *address);
bool wants_has_route(const struct wants *wants, const struct plan_route *route);
/* Does a wanted default route displace this one, of its table, device and family? */
bool wants_has_default(const struct wants *wants, const struct plan_route *route);

/* ---- plan_builder.c: a list of ops that grows ---- */

struct builder {
	struct plan plan;
	unsigned int capacity;
	struct hosts hosts; /* of the changes of addresses */
	int error;          /* -ENOMEM, or 0 */
};

void add_link_up(struct builder *builder, int ifindex);
void add_mac(struct builder *builder, int ifindex, const uint8_t mac[6]);
void add_address(struct builder *builder, enum plan_kind kind, const struct plan_address *address);
void add_route(struct builder *builder, enum plan_kind kind, const struct plan_route *route);
void add_rule(struct builder *builder, enum plan_kind kind, const struct config_rule *rule);
void add_announce(struct builder *builder, int ifindex);
bool builder_has_address(const struct builder *builder, enum plan_kind kind,
			 const struct plan_address *address);
bool plan_has_route(const struct plan *plan, enum plan_kind kind, const struct plan_route *route);
bool plan_replaces_key(const struct plan *plan, const struct plan_route *route);
/* Is the source of a route there when the plan so far has been carried out? A route without a
 * source needs none. */
bool source_is_there(const struct builder *builder, const struct plan_actual *actual,
		     const struct plan_route *route);
/* Is there a route of this key that the plan does not remove? A route that is the wanted one, but
 * has lost its source, does not count. */
bool place_is_taken(const struct builder *builder, const struct plan_scene *scene,
		    const struct plan_route *want);
/* Returns 0 and fills in *ret_plan, or frees the list and returns the builder's error. */
int builder_done(struct builder *builder, struct plan *ret_plan);

/* ---- plan_rules.c: rules ---- */

void put_rules(struct builder *builder, const struct plan_scene *scene);
/* Drop those that this router made, or a run with another configuration, and that no MASTER wants.
 * The same rule of another program is another rule for the kernel. */
void drop_rules(struct builder *builder, const struct plan_scene *scene, enum plan_role role);

/* ---- plan_displaced.c: what a MASTER gives back ---- */

/* Put back an address of the record, unless it is there with whatever prefix length. */
void put_displaced_address(struct builder *builder, const struct plan_scene *scene,
			   const struct plan_address *want);
/* As MASTER, put back those routes of the record that the configuration does not displace. */
void put_displaced_routes(struct builder *builder, const struct plan_scene *scene,
			  const struct wants *shared, const struct wants *standby);

#endif

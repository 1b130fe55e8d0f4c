/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the plan share: comparisons of addresses and routes, what a router and the
 * other routers of the host want, and a list of ops that grows. For core/nic/plan*.c only. Pure.
 */
#ifndef CORE_NIC_PLAN_INTERNAL_H
#define CORE_NIC_PLAN_INTERNAL_H

#include "core/nic/plan.h"

/* ---- comparisons ---- */

bool same_addr(const struct vrrp_addr *a, const struct vrrp_addr *b);
/* Are both the same address on the same interface, whatever their prefix lengths? */
bool same_host(const struct plan_address *a, const struct plan_address *b);
/* The same, and do they have the same prefix length? */
bool same_address(const struct plan_address *a, const struct plan_address *b);
/* Are both IPv4 addresses of one interface, so that one is, or could be, the other's secondary? */
bool same_subnet(const struct plan_address *a, const struct plan_address *b);
/* Do both routes have the same key? The kernel has one route for each key, which NLM_F_REPLACE
 * replaces. */
bool same_key(const struct plan_route *a, const struct plan_route *b);
/* Does `have` do what `want` asks for? Protocol, scope and path metrics do not count. */
bool same_route(const struct plan_route *want, const struct plan_route *have);
/* Did the kernel make this route, so that it will make it again (RTPROT_KERNEL, _REDIRECT, _RA)? */
bool kernel_route(const struct plan_route *route);
bool known_mac(const uint8_t mac[6]); /* not all zero */

bool has_address(const struct plan_actual *actual, const struct plan_address *address);
bool has_route(const struct plan_actual *actual, const struct plan_route *route);

/* Does the kernel accept the gateway of `route` as a neighbour, with these addresses and routes? */
bool gateway_reachable(const struct plan_actual *actual, const struct plan_route *route);

/* Fill in the ifindex of an entry of a record, which names its interface. Other entries have an
 * ifindex already. Returns false if the interface is missing in *actual. */
bool resolve_address(const struct plan_actual *actual, const struct plan_address *from,
		     struct plan_address *ret_address);
bool resolve_route(const struct plan_actual *actual, const struct plan_route *from,
		   struct plan_route *ret_route);

/* ---- what is wanted ---- */

struct want_route {
	struct plan_route route;
	bool recorded; /* of the record: gives way to what others have put in its place since */
};

struct wants {
	struct plan_address *addresses;
	unsigned int address_count;
	struct want_route *routes;
	unsigned int route_count;
};

/* What the router wants as MASTER. Returns 0 and fills in *ret_wants, which the caller frees by
 * wants_free(). Returns -ENODEV if an interface of the router is missing, or -ENOMEM. */
int wants_shared(const struct plan_scene *scene, struct wants *ret_wants);
/* What the router wants as BACKUP, with the same results. First comes what is configured, with the
 * attributes that the record has for it, then recorded routes. */
int wants_standby(const struct plan_scene *scene, struct wants *ret_wants);
void wants_free(struct wants *wants);

bool wants_has_host(const struct wants *wants, const struct plan_address *address);
bool wants_has_address(const struct wants *wants, const struct plan_address *address);
bool wants_has_route(const struct wants *wants, const struct plan_route *route);
bool wants_has_default(const struct wants *wants, uint8_t family, int ifindex);

bool other_wants_address(const struct plan_scene *scene, const struct plan_address *address);
bool other_wants_route(const struct plan_scene *scene, const struct plan_route *route);
/* Does another MASTER want exactly this route? */
bool other_master_wants_route(const struct plan_scene *scene, const struct plan_route *route);
/* Does another MASTER hold the place of this route, so that it cannot be put back now? */
bool other_master_displaces(const struct plan_scene *scene, const struct plan_route *route);
/* Is it a shared route of another router, in whatever role? */
bool other_shares_route(const struct plan_scene *scene, const struct plan_route *route);

/* ---- a list of ops that grows ---- */

struct builder {
	struct plan plan;
	unsigned int capacity;
	int error; /* -ENOMEM, or 0 */
};

void add_link_up(struct builder *builder, int ifindex);
void add_mac(struct builder *builder, int ifindex, const uint8_t mac[6]);
void add_address(struct builder *builder, enum plan_kind kind, const struct plan_address *address);
void add_route(struct builder *builder, enum plan_kind kind, const struct plan_route *route);
void add_announce(struct builder *builder, int ifindex);
bool builder_has_address(const struct builder *builder, enum plan_kind kind,
			 const struct plan_address *address);
bool plan_has_route(const struct plan *plan, enum plan_kind kind, const struct plan_route *route);
bool plan_replaces_key(const struct plan *plan, const struct plan_route *route);
/* Returns 0 and fills in *ret_plan, or frees the list and returns the builder's error. */
int builder_done(struct builder *builder, struct plan *ret_plan);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the plan share: comparisons of addresses and routes, what a router and its
 * neighbours on the host want, and a list of ops that grows. For core/nic/plan*.c only. Pure.
 */
#ifndef CORE_NIC_PLAN_INTERNAL_H
#define CORE_NIC_PLAN_INTERNAL_H

#include "core/nic/plan.h"

/* ---- comparisons ---- */

bool same_addr(const struct vrrp_addr *a, const struct vrrp_addr *b);
/* The same address on the same interface, whatever its prefix length. */
bool same_host(const struct plan_address *a, const struct plan_address *b);
/* ... and the same prefix length. */
bool same_address(const struct plan_address *a, const struct plan_address *b);
/* Two IPv4 addresses of one interface of which one is, or could be, the other's secondary. */
bool same_subnet(const struct plan_address *a, const struct plan_address *b);
/* What the kernel holds one route for: NLM_F_REPLACE replaces within it. */
bool same_key(const struct plan_route *a, const struct plan_route *b);
/* Does `have` do what `want` asks for? Protocol, scope and metrics of the path do not count. */
bool same_route(const struct plan_route *want, const struct plan_route *have);
/* Made by the kernel, and made again by it: RTPROT_KERNEL, _REDIRECT, _RA. */
bool kernel_route(const struct plan_route *route);
bool known_mac(const uint8_t mac[6]); /* not all zero */

bool has_address(const struct plan_actual *actual, const struct plan_address *address);
bool has_route(const struct plan_actual *actual, const struct plan_route *route);

/* Can the kernel take the gateway of `route` as a neighbour, with these addresses and routes? */
bool gateway_reachable(const struct plan_actual *actual, const struct plan_route *route);

/* Entries of a record name their interface; others have an ifindex. false: it is missing. */
bool resolve_address(const struct plan_actual *actual, const struct plan_address *from,
		     struct plan_address *ret_address);
bool resolve_route(const struct plan_actual *actual, const struct plan_route *from,
		   struct plan_route *ret_route);

/* ---- what is wanted ---- */

struct want_route {
	struct plan_route route;
	bool recorded; /* not of the configuration: gives way to what others put there since */
};

struct wants {
	struct plan_address *addresses;
	unsigned int address_count;
	struct want_route *routes;
	unsigned int route_count;
};

/* -ENODEV: an interface of the router is missing. -ENOMEM. */
int wants_shared(const struct plan_scene *scene, struct wants *ret_wants);
/* Configured, with the attributes that the record has for it; then recorded routes. */
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
/* 0 and *ret_plan, or the builder's error and nothing kept. */
int builder_done(struct builder *builder, struct plan *ret_plan);

#endif

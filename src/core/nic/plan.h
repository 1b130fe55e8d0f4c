/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * takeover_plan() turns what a router wants, what the NIC has and the role into the ordered list of
 * changes. It is pure. It is also idempotent: after the changes, a new plan is empty, except for
 * PLAN_ANNOUNCE. It knows nothing of netlink, of files or of time, and allocates what it returns.
 *
 * A router changes only its own things: shared addresses and routes, standby addresses and routes,
 * its MAC, and what its routes displace, which is recorded first. Everything else on the NIC
 * stays.
 */
#ifndef CORE_NIC_PLAN_H
#define CORE_NIC_PLAN_H

#include "core/config/config.h"

#define PLAN_FOREVER     0xffffffffu /* lifetime without an end, in seconds */
#define PLAN_ROUTE_EXTRA 256
#define PLAN_LABEL       16

/* The rtm_protocol of the routes that we add is VRRP's own number. So `ip route` tells whose they
 * are, and a route of ours is never taken for one that was there before. */
#define PLAN_ROUTE_PROTOCOL 112

/* An address that the public NIC, or a NIC that is named by `dev`, carries, as dumped. */
struct plan_address {
	/* What addresses are compared by comes first: one line of the cache. */
	struct vrrp_addr addr;
	/* The other end of a point-to-point link. The prefix length belongs to it, then. */
	struct vrrp_addr peer;
	int ifindex;
	uint8_t family, plen;
	bool has_peer;
	uint8_t scope;  /* RT_SCOPE_* */
	uint32_t flags; /* IFA_F_* as dumped */
	bool secondary;
	bool has_broadcast;
	struct vrrp_addr broadcast;
	uint32_t metric; /* of the route to the prefix that the kernel makes; 0: its default */
	/* Lifetimes. If valid_s is 0, none is asked for, whatever preferred_s is. An address with a
	 * preferred_s of 0 is deprecated: the kernel prefers others as the source. */
	uint32_t valid_s, preferred_s;
	char label[PLAN_LABEL];  /* IPv4; empty: the interface's name */
	char dev[CONFIG_IFNAME]; /* in a record only: the name counts, not ifindex */
};

/* A route of the main table, of the table of a VRF, see plan_link, or of a table that a router
 * names. In a record, a route with a device whose table is 0 belongs to the table that its device
 * has now. So it follows a NIC that has been moved to another VRF. */
struct plan_route {
	struct vrrp_addr addr, via, src;
	uint8_t family, plen;
	bool has_via, has_src;
	bool onlink;     /* the gateway is a neighbour although no prefix covers it */
	uint8_t refusal; /* enum config_refusal; not NONE: it has no interface, and no gateway */
	uint8_t protocol, scope, tos;
	uint32_t metric; /* IPv6: never 0, because the kernel makes it 1024 */
	uint32_t table;  /* 0: the main table */
	int ifindex;     /* 0: a refusal, or there are several next hops, see extra */
	/* Attributes of rtnetlink as the kernel gave them, so that a route comes back as it was.
	 * The plan looks only at the MTU and at several next hops (plan_extra.c), and carries the
	 * others along. Attributes that do not fit are left out. */
	uint16_t extra_len;
	uint8_t extra[PLAN_ROUTE_EXTRA];
	char dev[CONFIG_IFNAME]; /* in a record only: the name counts, not ifindex */
};

/* A rule of the policy database. */
struct plan_rule {
	struct config_rule rule;
	uint8_t protocol; /* PLAN_ROUTE_PROTOCOL: a router of this host made it */
	bool other; /* it has something that struct config_rule cannot say, so it is not ours */
};

struct plan_link {
	int ifindex;
	char name[CONFIG_IFNAME];
	uint8_t mac[6];
	uint8_t permanent_mac[6]; /* all zero: the driver has none (veth) */
	bool up;                  /* IFF_UP */
	bool carrier;             /* IFF_RUNNING */
	bool ethernet;            /* ARPHRD_ETHER; the loopback is none */
	bool bond;                /* also one that has no members yet */
	bool port;                /* a master that is no VRF (bridge, bond, team) speaks for it */
	bool macvlan;
	bool own;   /* a macvlan that the agent has made for a router (mac-device) */
	bool lag;   /* that master is a bond or team: what it sends is this host's own */
	int parent; /* the interface below (VLAN, macvlan) on this host; 0: none */
	int master; /* the bridge, bond, team or VRF that it belongs to; 0: none */
	/* Where its routes belong: the table of its VRF, or of the VRF that it is; 0: the main
	 * table. */
	uint32_t table;
};

struct plan_actual {
	struct plan_link *links;
	struct plan_address *addresses;
	struct plan_route *routes;
	struct plan_rule *rules;
	unsigned int link_count, address_count, route_count, rule_count;
};

/* What was there before the first change. A record of it, one for each router, survives a crash. */
struct plan_original {
	bool valid;
	uint8_t mac[6]; /* all zero: not known, because the NIC carried the shared MAC already */
	/* Standby addresses as they were on the NIC, the shared addresses that the host owns
	 * (priority 255), and the routes that a takeover displaced. */
	struct plan_address *addresses;
	struct plan_route *routes;
	unsigned int address_count, route_count;
	/* What any run with this record may have put on the NIC. If the configuration was changed
	 * after a crash, nothing else tells that the old shared address must be removed. */
	struct plan_address *placed_addresses;
	struct plan_route *placed_routes;
	struct config_rule *placed_rules;
	unsigned int placed_address_count, placed_route_count, placed_rule_count;
	uint8_t placed_mac[6]; /* all zero: none */
};

enum plan_kind {
	PLAN_LINK_UP,
	PLAN_LINK_DOWN, /* never planned; used if the driver refuses a new MAC while up */
	PLAN_SET_MAC,
	PLAN_ADDRESS_ADD,
	PLAN_ADDRESS_DEL,
	PLAN_ROUTE_REPLACE, /* create or replace */
	PLAN_ROUTE_DEL,
	PLAN_RULE_ADD,
	PLAN_RULE_DEL,
	PLAN_ANNOUNCE, /* send GARP/NA for every shared address; needs no rtnetlink */
};

struct plan_op {
	enum plan_kind kind;
	int ifindex;
	uint8_t mac[6];
	struct plan_address address;
	struct plan_route route;
	struct config_rule rule;
};

struct plan {
	struct plan_op *ops; /* owned: plan_free() */
	unsigned int count;
};

enum plan_role { PLAN_BACKUP, PLAN_MASTER };

/* A router of this host. Routers may share a NIC, a gateway or a standby address. A plan does not
 * remove what another router wants in its role, and never displaces another MASTER's default
 * route. */
struct plan_other {
	const struct config_router *router;
	const struct plan_original *original;
	enum plan_role role;
};

/* Everything that a plan depends on, except the role. If nothing is recorded, original is not
 * valid. */
struct plan_scene {
	const struct config_router *router;
	const struct plan_actual *actual;
	const struct plan_original *original;
	const struct plan_other *others; /* `router` may be among them, and is passed over */
	unsigned int other_count;
	/* The router ends, and the host gets back what it had before: also a shared address that
	 * the router owned then, and does not any more because its priority was changed. */
	bool ending;
};

/* Plan the changes that turn *actual into what the router wants in `role`, in this order:
 *
 * As MASTER: link up, MAC, shared addresses, PLAN_ANNOUNCE, routes, standby routes and addresses
 * off, rules.
 *
 * As BACKUP: rules off, shared routes and addresses off, MAC back, standby addresses and routes
 * back.
 *
 * As MASTER, if the router has a gateway of a family, every other default route of that family is
 * removed from the public NIC. Routes go to the table of their device's VRF; a route in another
 * table is neither displaced nor removed. As BACKUP, a recorded route comes back only if nobody has
 * put another one in its place. What the record has and the configuration does not displace any
 * more comes back as MASTER, too: addresses, routes and the MAC. The owner of an address (priority
 * 255) that the host had before keeps it in both roles, with the prefix length that it had.
 *
 * A route with a table of its own displaces only a route of the same key there. A rule that is
 * there already is nobody's of ours, unless its protocol is PLAN_ROUTE_PROTOCOL: then it is removed
 * when no MASTER wants it any more.
 *
 * The attributes of a shared address are as the configuration has them, also if it is there
 * already; but an owner's is as the host has it. An IPv6 address is changed in place. An IPv4
 * address has to be removed and added again: meanwhile the host keeps it with another prefix
 * length, so that neither the wire nor a connection misses it. A standby address has its attributes
 * compared only if the configuration names any.
 *
 * IPv4 addresses of the configuration have no broadcast address, as with `ip address add` without
 * brd: the kernel derives what it needs from the prefix.
 *
 * If promote_secondaries is 0, the kernel removes the secondaries of an IPv4 address together with
 * it. With the last IPv4 address it removes every IPv4 route of the NIC. So addresses that are to
 * survive are added again after a removal. If routes of others would be removed, a standby address
 * is added before.
 *
 * What belongs to an interface that *actual lacks is left out: nothing can be done about it. A
 * MASTER needs its public interface, a BACKUP needs none.
 *
 * Returns 0 and fills in *ret_plan, which the caller frees by plan_free(). Returns -ENODEV if the
 * role is PLAN_MASTER and the public interface is missing, or -ENOMEM. */
int takeover_plan(const struct plan_scene *scene, enum plan_role role, struct plan *ret_plan);

/* Plan the changes that remove the router's shared addresses and routes, and its MAC, from an
 * interface that is not its public one any more, because it has the new name `ifname`. Nothing of
 * the standby state is put there. Only the MACs of scene->original count. Returns 0 or
 * -ENOMEM. */
int plan_leave(const struct plan_scene *scene, const char *ifname, struct plan *ret_plan);

/* Record what a takeover of the router would displace, from *actual before any change: the MAC, the
 * standby addresses that are there, and the routes. scene->original is not looked at. If the NIC
 * already carries the shared MAC or a shared address, a crash or scripts have left them there: then
 * neither these nor a route that only they reach are recorded. But if the router's priority is 255,
 * it owns the address, which is the host's own one, and is recorded as such. Returns 0 and fills in
 * *ret_original, which the caller frees by plan_original_free(). Returns -ENODEV if the public
 * interface is missing, or -ENOMEM. */
int plan_record(const struct plan_scene *scene, struct plan_original *ret_original);

/* Add to *original what `plan` displaces: standby addresses, routes, and routes that vanish with an
 * address that it removes, unless they are recorded already. original must be valid; it may be
 * scene->original. Returns how many were added, or -ENOMEM. */
int plan_record_more(const struct plan_scene *scene, const struct plan *plan,
		     struct plan_original *original);

/* Add to *original the IPv4 routes by a gateway in the network of a recorded address that `plan`
 * removes as BACKUP: they may go with it, and come back with it. Returns as plan_record_more()
 * does. */
int plan_record_owned(const struct plan_scene *scene, const struct plan *plan,
		      struct plan_original *original);

/* Remove from *original the addresses that are on their NIC again, and that the router does not
 * name any more: from now on they are nobody's of ours. original may be scene->original. Returns
 * whether it has changed. */
bool plan_record_forget(const struct plan_scene *scene, struct plan_original *original);

/* Add to original->placed_* what the router will put on the NIC as MASTER. But what the owner of an
 * address (priority 255) finds there, and no run has placed, is the host's own, and is added to
 * original->addresses. Returns how many were added, or -ENOMEM. Call it again when an interface
 * that was missing is there. */
int plan_record_placed(const struct plan_scene *scene, struct plan_original *original);

/* Add the routes of `from` that `into` lacks, so that another router puts them back. Returns how
 * many were added, or -ENOMEM. */
int plan_record_merge(struct plan_original *into, const struct plan_original *from);

/* Returns the MAC that the public NIC is to carry as BACKUP, or NULL if it keeps the one that it
 * has. `public` is its link in scene->actual. */
const uint8_t *plan_standby_mac(const struct plan_scene *scene, const struct plan_link *public);

/* Does a BACKUP lack a default route that a router advertisement would bring? That is so if the
 * router displaces, as MASTER, the IPv6 default routes of its public interface, and if no other one
 * is there now, or is configured for a BACKUP, or recorded. A route of an advertisement cannot be
 * put back: the kernel would take what we put there for its own, and not go on with the next
 * advertisement. */
bool plan_lacks_router(const struct plan_scene *scene);

/* Would the kernel throw away things of others while the plan is carried out? It may do so if a
 * link goes down, or if a primary IPv4 address with secondaries or the last IPv4 address is
 * removed. Then these things must be recorded before. */
bool plan_disturbs(const struct plan_scene *scene, const struct plan *plan);

/* Can at least one shared address be served? It is in scene->actual, or was added by an op of
 * `plan`, on a link that is up, or that an op has set up. errors[i] is the result of op i, and 0 if
 * it succeeded. */
bool plan_carries(const struct plan_scene *scene, const struct plan *plan, const int *errors);

/* Plan the changes that bring back what was in *before on the router's interfaces, and is gone from
 * scene->actual, unless `role` removes it. What the kernel makes is left to the kernel. *before is
 * a dump, or comes from a record (see plan_collect()). Returns as takeover_plan() does. */
int plan_restore(const struct plan_scene *scene, enum plan_role role,
		 const struct plan_actual *before, struct plan *ret_plan);

/* Collect the addresses and routes of the router's interfaces, but not the links, with `dev` filled
 * in. A record keeps them while a plan is carried out that disturbs, see plan_disturbs(). Returns 0
 * and fills in *ret_actual, which the caller frees by plan_actual_free(), or returns -ENOMEM. */
int plan_collect(const struct plan_scene *scene, struct plan_actual *ret_actual);

/* Make up a router from its record, if no configuration has it any more. What was placed on the NIC
 * is what it shares, and the addresses that were there before are its standby addresses. Interfaces
 * that *actual lacks are left out, with everything on them. Returns 0 and fills in *ret_router,
 * which the caller frees by plan_router_free(). Returns -ENAMETOOLONG if a name is too long for a
 * router or an interface, or -ENOMEM. */
int plan_router(const struct plan_original *original, const char *name, const char *public,
		const struct plan_actual *actual, struct config_router *ret_router);
void plan_router_free(struct config_router *router);

/* The names of the interfaces that the router needs on its public side: `at` counts from 0, and the
 * result is NULL after the last one. The first one is the public interface. A name may come again,
 * since each address and each route has one. */
const char *plan_device(const struct config_router *router, unsigned int at);

/* Is ifindex one of the interfaces that the router names, as its public one or by `dev`? *actual
 * has their names. */
bool plan_concerns(const struct config_router *router, const struct plan_actual *actual,
		   int ifindex);

/* These two return NULL if there is no such link. */
const struct plan_link *plan_link_by_name(const struct plan_actual *actual, const char *name);
const struct plan_link *plan_link_by_index(const struct plan_actual *actual, int ifindex);

/* Write an op as one line of text ("eth0: address 42.51.67.93/24 added"), for logs and tests.
 * Returns the length as snprintf(3) does. */
int plan_format(const struct plan_op *op, const struct plan_actual *actual, char *buf, size_t size);

void plan_free(struct plan *plan);
void plan_original_free(struct plan_original *original);
void plan_actual_free(struct plan_actual *actual);

#endif

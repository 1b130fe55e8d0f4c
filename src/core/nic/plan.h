/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * takeover_plan: (what a router wants, what the NIC has, the role) -> the ordered list of changes.
 * Pure, and idempotent: applied to its own result, it is empty but for PLAN_ANNOUNCE. Knows nothing
 * of netlink, of files or of time; allocates what it returns.
 *
 * A router changes its own things only: shared addresses and routes, standby addresses and routes,
 * its MAC, and what its routes displace (recorded first). Everything else on the NIC stays.
 */
#ifndef CORE_NIC_PLAN_H
#define CORE_NIC_PLAN_H

#include "core/config/config.h"

#define PLAN_FOREVER     0xffffffffu /* lifetime without an end, in seconds; 0 reads as the same */
#define PLAN_ROUTE_EXTRA 256
#define PLAN_LABEL       16

/* rtm_protocol of the routes that we add: VRRP's own number, so that `ip route` tells whose they
 * are and a route of ours is never taken for one that was there before. */
#define PLAN_ROUTE_PROTOCOL 112

/* What the public NIC (and NICs named by `dev`) carry, as dumped. */
struct plan_address {
	struct vrrp_addr addr;
	uint8_t family, plen;
	uint8_t scope;  /* RT_SCOPE_* */
	uint32_t flags; /* IFA_F_* as dumped */
	int ifindex;
	bool secondary;
	bool has_broadcast;
	struct vrrp_addr broadcast;
	uint32_t valid_s, preferred_s;
	char label[PLAN_LABEL];  /* IPv4; empty: the interface's name */
	char dev[CONFIG_IFNAME]; /* in a record only: the name counts, not ifindex */
};

struct plan_route { /* of the main table, unicast */
	struct vrrp_addr addr, via, src;
	uint8_t family, plen;
	bool has_via, has_src;
	bool onlink; /* the gateway is a neighbour although no prefix covers it */
	uint8_t protocol, scope, tos;
	uint32_t metric; /* IPv6: never 0, the kernel makes it 1024 */
	int ifindex;     /* 0: several next hops, see extra */
	/* Attributes that the plan carries along but never looks at (metrics, next hops), as the
	 * kernel gave them, so that a route comes back as it was. More than fit: left out. */
	uint16_t extra_len;
	uint8_t extra[PLAN_ROUTE_EXTRA];
	char dev[CONFIG_IFNAME]; /* in a record only: the name counts, not ifindex */
};

struct plan_link {
	int ifindex;
	char name[CONFIG_IFNAME];
	uint8_t mac[6];
	uint8_t permanent_mac[6]; /* all zero: the driver has none (veth) */
	bool up;                  /* IFF_UP */
	bool carrier;             /* IFF_RUNNING */
	bool ethernet;            /* ARPHRD_ETHER; the loopback is none */
	bool port;                /* a master that is no VRF (bridge, bond, team) speaks for it */
	int parent;               /* the interface below (VLAN, macvlan), here; 0: none */
	int master;               /* the bridge, bond, team or VRF that it belongs to; 0: none */
};

struct plan_actual {
	struct plan_link *links;
	unsigned int link_count;
	struct plan_address *addresses;
	unsigned int address_count;
	struct plan_route *routes;
	unsigned int route_count;
};

/* What was there before the first change: the record that survives a crash. Kept per router. */
struct plan_original {
	bool valid;
	uint8_t mac[6]; /* all zero: not known, the NIC carried the shared MAC already */
	/* Standby addresses as they were on the NIC, and routes that a takeover displaced. */
	struct plan_address *addresses;
	unsigned int address_count;
	struct plan_route *routes;
	unsigned int route_count;
	/* What runs with this record may have put on the NIC: where the configuration changed
	 * behind a crash, nothing else knows that the old shared address is to go. */
	uint8_t placed_mac[6]; /* all zero: none */
	struct plan_address *placed_addresses;
	unsigned int placed_address_count;
	struct plan_route *placed_routes;
	unsigned int placed_route_count;
};

enum plan_kind {
	PLAN_LINK_UP,
	PLAN_LINK_DOWN, /* never planned: for an applier whose driver refuses a MAC while up */
	PLAN_SET_MAC,
	PLAN_ADDRESS_ADD,
	PLAN_ADDRESS_DEL,
	PLAN_ROUTE_REPLACE, /* create or replace */
	PLAN_ROUTE_DEL,
	PLAN_ANNOUNCE, /* GARP/NA for every shared address; no rtnetlink */
};

struct plan_op {
	enum plan_kind kind;
	int ifindex;
	uint8_t mac[6];
	struct plan_address address;
	struct plan_route route;
};

struct plan {
	struct plan_op *ops; /* owned: plan_free() */
	unsigned int count;
};

enum plan_role { PLAN_BACKUP, PLAN_MASTER };

/* A router of this host. Routers may share a NIC, a gateway, a standby address: what another
 * one wants in its role is not removed, and a MASTER's default route is displaced by nobody. */
struct plan_other {
	const struct config_router *router;
	const struct plan_original *original;
	enum plan_role role;
};

/* Everything that a plan depends on but the role. original may be invalid (nothing recorded). */
struct plan_scene {
	const struct config_router *router;
	const struct plan_actual *actual;
	const struct plan_original *original;
	const struct plan_other *others; /* `router` may be among them: it is passed over */
	unsigned int other_count;
};

/* The changes that turn *actual into what the router wants in `role`:
 *   MASTER: link up, MAC, shared addresses, PLAN_ANNOUNCE, routes, standby routes and addresses off
 *   BACKUP: shared routes and addresses off, MAC back, standby addresses and routes back
 * As MASTER, every other default route of the public NIC goes where the router has a gateway of
 * that family. As BACKUP, a recorded route comes back only where nobody put another one in its
 * place.
 *
 * IPv4 addresses of the configuration have no broadcast address, as `ip address add` without brd:
 * the kernel derives what it needs from the prefix.
 *
 * Removing an IPv4 address takes its secondaries with it where promote_secondaries is 0, and the
 * last one takes every IPv4 route of the NIC: survivors are added again behind a removal, and a
 * standby address comes before where foreign routes hang on it.
 *
 * public interface or a `dev` that is missing in *actual: -ENODEV. 0 and *ret_plan; -ENOMEM. */
int takeover_plan(const struct plan_scene *scene, enum plan_role role, struct plan *ret_plan);

/* The changes that take the router's shared addresses and routes, and its MAC, off an interface
 * that was its public one, and is so no more: it has another name now. Nothing of the standby state
 * is put there. Of scene->original the MACs count alone. -ENODEV: there is no interface `ifname`;
 * -ENOMEM. */
int plan_leave(const struct plan_scene *scene, const char *ifname, struct plan *ret_plan);

/* What a takeover of the router would displace, taken from *actual before any change: the MAC, the
 * standby addresses that are there, the routes. scene->original is not looked at. A NIC that
 * already carries the shared MAC or a shared address was left by a crash or by scripts: neither
 * these nor a route that only they reach are recorded. -ENODEV as above; -ENOMEM. */
int plan_record(const struct plan_scene *scene, struct plan_original *ret_original);

/* Add to *original the routes that `plan` displaces, or that go with an address that it removes,
 * and that are not in it yet. original must be valid; scene->original may be the same one. How many
 * were added, or -ENOMEM. */
int plan_record_more(const struct plan_scene *scene, const struct plan *plan,
		     struct plan_original *original);

/* Add what the router will place as MASTER to original->placed_*. How many were added, or negative
 * errno
 * (-ENODEV as above). */
int plan_record_placed(const struct plan_scene *scene, struct plan_original *original);

/* Routes of `from` that `into` lacks are added, so that another router puts them back. Count, or
 * -ENOMEM. */
int plan_record_merge(struct plan_original *into, const struct plan_original *from);

/* The MAC that the public NIC is to carry as BACKUP; NULL: whatever it carries now. `public` is its
 * link in scene->actual. */
const uint8_t *plan_standby_mac(const struct plan_scene *scene, const struct plan_link *public);

/* Would the kernel, while carrying the plan out, throw away things of others (link down, a primary
 * IPv4 address with secondaries, the last IPv4 address)? Then they belong into the record before.
 */
bool plan_disturbs(const struct plan_scene *scene, const struct plan *plan);

/* Is a shared address there: in *actual, or added by those ops of `plan`, planned for it, whose
 * errors[] is 0? */
bool plan_carries(const struct plan_scene *scene, const struct plan *plan, const int *errors);

/* What was in *before on the router's interfaces, is gone from scene->actual, and is not what
 * `role` removes: the changes that bring it back. Kernel-made things are left to the kernel.
 * *before is a dump or comes from a record (plan_collect()). */
int plan_restore(const struct plan_scene *scene, enum plan_role role,
		 const struct plan_actual *before, struct plan *ret_plan);

/* The addresses and routes of the router's interfaces, links left out: what a record keeps while
 * the plan disturbs. dev is filled in. -ENOMEM. */
int plan_collect(const struct plan_scene *scene, struct plan_actual *ret_actual);

/* The router that a record tells of, where no configuration does: what was placed is what it
 * shares, the addresses that were there before are its standby ones. Interfaces that *actual lacks
 * are left out with what was on them; -ENODEV: `public` is one. -ENAMETOOLONG: no router has such
 * names. -ENOMEM. plan_router_free() it. */
int plan_router(const struct plan_original *original, const char *name, const char *public,
		const struct plan_actual *actual, struct config_router *ret_router);
void plan_router_free(struct config_router *router);

/* Is ifindex one of the router's interfaces (public, `dev`), as named in *actual? */
bool plan_concerns(const struct config_router *router, const struct plan_actual *actual,
		   int ifindex);

const struct plan_link *plan_link_by_name(const struct plan_actual *actual, const char *name);
const struct plan_link *plan_link_by_index(const struct plan_actual *actual, int ifindex);

/* One line of text of an op ("eth0: address 42.51.67.93/24 added"), for logs and tests. Length as
 * of snprintf(3). */
int plan_format(const struct plan_op *op, const struct plan_actual *actual, char *buf, size_t size);

void plan_free(struct plan *plan);
void plan_original_free(struct plan_original *original);
void plan_actual_free(struct plan_actual *actual);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * takeover_plan: (what a router wants, what the NIC has, the role) -> the ordered list of changes.
 * Pure, and idempotent: applied to its own result, it is empty but for PLAN_ANNOUNCE.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "core/config.h"

#define PLAN_MAX_OPS 1024

/* What the public NIC (and NICs named by `dev`) carry, as dumped. */
struct plan_address {
	struct vrrp_addr addr;
	uint8_t family, plen;
	uint8_t scope;      /* RT_SCOPE_* */
	uint32_t flags;     /* IFA_F_* as dumped */
	int ifindex;
	bool secondary;
};

struct plan_route { /* of the main table, unicast */
	struct vrrp_addr addr, via, src;
	uint8_t family, plen;
	bool has_via, has_src;
	uint8_t protocol, scope;
	uint32_t metric;
	int ifindex;
};

struct plan_link {
	int ifindex;
	char name[CONFIG_IFNAME];
	uint8_t mac[6];
	uint8_t permanent_mac[6]; /* all zero: the driver has none (veth) */
	bool up;                  /* IFF_UP */
	bool carrier;             /* IFF_RUNNING */
};

struct plan_actual {
	struct plan_link *links;
	unsigned int link_count;
	struct plan_address *addresses;
	unsigned int address_count;
	struct plan_route *routes;
	unsigned int route_count;
};

/* What was there before the first change: the record that survives a crash. Kept per public NIC. */
struct plan_original {
	bool valid;
	uint8_t mac[6];
	/* Default routes and standby addresses that a takeover displaced, to be put back. */
	struct plan_address *addresses;
	unsigned int address_count;
	struct plan_route *routes;
	unsigned int route_count;
};

enum plan_kind {
	PLAN_LINK_UP,
	PLAN_SET_MAC, /* the applier takes the link down and up where the driver needs it */
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

/* The changes that turn *actual into what `router` wants in `role`:
 *   MASTER: link up, MAC, shared addresses, PLAN_ANNOUNCE, routes, standby addresses and routes off
 *   BACKUP: shared addresses and routes off, MAC back, standby address and route back
 * original may be invalid (nothing recorded): then only what the configuration names is put back.
 * public interface or a `dev` that is missing in *actual: -ENODEV. 0 and *ret_plan; -ENOMEM. */
int takeover_plan(const struct config_router *router, const struct plan_actual *actual,
		  const struct plan_original *original, enum plan_role role, struct plan *ret_plan);

/* What a takeover of `router` would displace, taken from *actual before any change: the MAC, the
 * default routes of the families that have a gateway, the standby addresses. -ENODEV as above. */
int plan_record(const struct config_router *router, const struct plan_actual *actual,
		struct plan_original *ret_original);

/* One line of text of an op ("eth0: address 42.51.67.93/24 added"), for logs and tests. */
int plan_format(const struct plan_op *op, const struct plan_actual *actual, char *buf, size_t size);

void plan_free(struct plan *plan);
void plan_original_free(struct plan_original *original);
void plan_actual_free(struct plan_actual *actual);

#endif

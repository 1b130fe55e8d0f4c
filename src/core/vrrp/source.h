/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the own addresses a router's adverts have as their source, on one interface. Pure.
 */
#ifndef CORE_VRRP_SOURCE_H
#define CORE_VRRP_SOURCE_H

#include "core/config/config.h"
#include "core/nic/plan.h"

/* Pick the source address. RFC 9568, 5.1.1.1 and 5.1.2.1, ask for the primary IPv4 address or the
 * link-local IPv6 address. The result is the first of these that there is: the configured `source`;
 * if the router's priority is 255, a shared address that the interface carries, because the router
 * is the owner; on the public interface, its standby address; the interface's first primary address
 * that no router shares; its first secondary address likewise. An own address that is added behind
 * a shared one of the same subnet is secondary. No other shared address is picked, because in a
 * moment it may belong to another host. For unicast IPv6 with peers beyond the link, the
 * interface's first global address is picked. Returns 0 and fills in *ret_source, or returns
 * -EADDRNOTAVAIL if there is none. */
int source_pick(const struct config *config, const struct config_router *router,
		const struct plan_actual *actual, int ifindex, const char *ifname,
		struct vrrp_addr *ret_source);

#endif

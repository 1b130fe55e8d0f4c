/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which own address adverts of a router leave from, on one interface. Pure.
 */
#ifndef CORE_VRRP_SOURCE_H
#define CORE_VRRP_SOURCE_H

#include "core/config/config.h"
#include "core/nic/plan.h"

/* RFC 9568, 5.1.1.1 and 5.1.2.1: the primary IPv4 address, the link-local IPv6 address. In order:
 * `source`; on the public interface its standby address (never a shared one, which may be at
 * home elsewhere in a moment); else the interface's first address that no router shares. Unicast
 * IPv6 with peers beyond the link: the first global one. -EADDRNOTAVAIL: there is none. */
int source_pick(const struct config *config, const struct config_router *router,
		const struct plan_actual *actual, int ifindex, const char *ifname,
		struct vrrp_addr *ret_source);

#endif

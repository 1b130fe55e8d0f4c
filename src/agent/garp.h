/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gratuitous ARP and unsolicited NA of one router: one round, now. When, core/vrrp/announce.h says.
 */
#ifndef AGENT_GARP_H
#define AGENT_GARP_H

#include <stdint.h>

#include "agent/deps.h"

/* Announces all addresses of the router: those of the public NIC `ifindex` from `mac`. */
void garp_round(const struct config_router *config, const struct router_deps *deps, int ifindex,
		const uint8_t mac[6]);

#endif

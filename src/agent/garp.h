/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gratuitous ARP and unsolicited NA of one router: sends one round, now. core/vrrp/announce.h says
 * when a round is due.
 */
#ifndef AGENT_GARP_H
#define AGENT_GARP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/deps.h"

/* Where `garp` asks for both forms of ARP, one form of each address is the first half of a round,
 * and the other form of each is the second half. Everything else is in the first half. */
enum garp_halves { GARP_BOTH_HALVES, GARP_FIRST, GARP_SECOND };

/* One call of garp_round(): which addresses, in which forms, and by which way. */
struct garp {
	unsigned int first, count; /* of the router's addresses; those that it has not are left out
				    */
	enum garp_halves halves;
	bool past; /* past the queues, where no fence judges it */
};

/* Announce addresses of the router, those of IPv4 in the forms that `garp` asks for. Those of the
 * public NIC are announced on `ifindex`, with `mac`; an address with a `dev` of its own on that
 * interface, with the MAC of that interface. Returns false if not every frame was taken. */
bool garp_round(const struct config_router *config, const struct router_deps *deps, int ifindex,
		const uint8_t mac[6], const struct garp *garp);

/* Go through a round without sending anything, so that the kernel's code and data for it are in the
 * caches. */
void garp_rehearse(const struct config_router *config, const struct router_deps *deps, int ifindex);

#endif

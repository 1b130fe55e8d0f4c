/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does an address on a wire answer? Asks by ARP or neighbour solicitation. The caller must have the
 * time to wait, so this is not for the agent.
 */
#ifndef CLI_TOOLS_REACH_H
#define CLI_TOOLS_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "vrrp_abi.h"

struct reach {
	int ifindex;
	uint8_t family;
	struct vrrp_addr target;
	struct vrrp_addr source; /* zero: there is none to ask from */
	uint8_t mac[6];          /* of the interface, now */
	bool asked, answered;    /* out */
};

/* Ask all addresses at once, three times each, for at most timeout_ms. An address that could not be
 * asked (another network, no source for IPv6, no privilege) is left as it is. */
void reach_ask(struct reach *list, unsigned int count, int timeout_ms);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does an address on a wire answer? Asked by ARP or neighbour solicitation, for who has the time to
 * wait: never the agent.
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
	struct vrrp_addr source; /* zero: none to ask from */
	uint8_t mac[6];          /* of the interface, now */
	bool asked, answered;    /* out */
};

/* All at once, three questions each, for at most timeout_ms. One that could not be asked (another
 * network, no source for IPv6, no privilege) is left as it is. */
void reach_ask(struct reach *list, unsigned int count, int timeout_ms);

#endif

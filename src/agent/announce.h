/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gratuitous ARP and unsolicited NA of one router: bursts, refresh, and silence the moment the role
 * is lost.
 */
#ifndef AGENT_ANNOUNCE_H
#define AGENT_ANNOUNCE_H

#include "agent/batch.h"
#include "agent/ports.h"
#include "core/config/config.h"
#include "core/monotime.h"

struct announce {
	const struct config_router *router;
	struct ports *ports;
	struct batch *batch;
	unsigned int left;    /* rounds of the burst still to come */
	struct monotime next; /* or never */
	uint8_t mac[6]; /* that the last round gave for the public NIC; all zero: there was none */
};

void announce_init(struct announce *announce, const struct config_router *router,
		   struct ports *ports, struct batch *batch);

/* First round of a burst, sent at once from `mac` on the public NIC `ifindex`; the others follow by
 * announce_tick(). */
void announce_start(struct announce *announce, int ifindex, const uint8_t mac[6],
		    struct monotime now);

/* Did the last round, if there was one, tell another MAC than this one? */
bool announce_is_stale(const struct announce *announce, const uint8_t mac[6]);

/* No longer the master: nothing more. */
void announce_stop(struct announce *announce);

/* A round, if announce->next has passed. */
void announce_tick(struct announce *announce, int ifindex, const uint8_t mac[6],
		   struct monotime now);

#endif

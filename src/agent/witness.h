/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The witness of one router asks questions on the public wire. It asks all the time and beside
 * everything else, so that the answers are there when the deadline of a promotion comes.
 *
 * witness = gateway: a BACKUP and a MASTER ask for the gateway. witness = owner: a BACKUP asks for
 * the shared address itself. A MASTER does not, because the address is its own.
 */
#ifndef AGENT_WITNESS_H
#define AGENT_WITNESS_H

#include <stdbool.h>

#include "agent/batch.h"
#include "agent/ports.h"
#include "core/config/config.h"
#include "core/monotime.h"

struct witness;

/* Returns 0 and *ret_witness, which is NULL if the router has no witness, or -ENOMEM. What the
 * arguments point to must outlive it. */
int witness_open(const struct config *config, const struct config_router *router,
		 struct ports *ports, struct batch *batch, struct witness **ret_witness);

/* When witness_tick() is due, or never. It is due at once if `state` has changed since the last
 * one. */
struct monotime witness_deadline(const struct witness *witness, enum vrrp_state state);

/* The router is in this state: take the answers, and ask again. `mac` is the MAC of the public NIC
 * now, or NULL if it is being changed, so that the question has to wait a moment. The question goes
 * into the batch. */
void witness_tick(struct witness *witness, enum vrrp_state state, const uint8_t mac[6],
		  struct monotime now);

/* May a BACKUP become MASTER, by what was heard until now? */
bool witness_allows(struct witness *witness);

/* Should a better router be MASTER? True if the gateway was silent for long by the last tick, and
 * no answer came since. */
bool witness_gives_up(struct witness *witness, struct monotime now);

void witness_close(struct witness *witness);

#endif

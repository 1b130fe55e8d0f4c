/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The witness of one router: asks on the public wire, all the time and beside everything else, so
 * that a promotion waits for nothing: the answers are there when its deadline comes.
 *
 * gateway is asked while BACKUP and MASTER, owner (the shared address itself) while BACKUP alone:
 * a MASTER never asks for its own address.
 */
#ifndef AGENT_WITNESS_H
#define AGENT_WITNESS_H

#include <stdbool.h>

#include "agent/batch.h"
#include "agent/ports.h"
#include "core/config/config.h"
#include "core/monotime.h"

struct witness;

/* 0 and *ret_witness; *ret_witness is NULL where the router has none. All must outlive it. -ENOMEM.
 */
int witness_open(const struct config *config, const struct config_router *router,
		 struct ports *ports, struct batch *batch, struct witness **ret_witness);

/* When witness_tick() is due, or never. At once where `state` is not the one it was told last. */
struct monotime witness_deadline(const struct witness *witness, enum vrrp_state state);

/* Ask again, in this state, from this MAC (of the public NIC, now; NULL: it is being changed, wait
 * a moment). The question goes into the batch. */
void witness_tick(struct witness *witness, enum vrrp_state state, const uint8_t mac[6],
		  struct monotime now);

/* May a BACKUP become MASTER, by what was heard until now? */
bool witness_allows(struct witness *witness);

/* Should a better one be master? By the gateway, as of the last tick: silent for long, and no
 * answer since. */
bool witness_gives_up(struct witness *witness, struct monotime now);

void witness_close(struct witness *witness);

#endif

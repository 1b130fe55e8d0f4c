/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of one virtual router the fence guards: its shared addresses and its MAC, on the NICs that
 * carry them as MASTER. Decides nothing.
 */
#ifndef AGENT_GUARDS_H
#define AGENT_GUARDS_H

#include <stdbool.h>

#include "agent/deps.h"

struct guards {
	const struct config_router *config;
	const struct router_deps *deps;
	unsigned int slot;
	struct port *public;
	bool said_unfenced;
};

/* Changes nothing yet. public: NULL where it is no port of ours. */
void guards_open(struct guards *guards, const struct config_router *config,
		 const struct router_deps *deps, unsigned int slot, struct port *public);

/* Before the first update, of a router that goes on: what it guards no more is nobody's now.
 * Negative errno. */
int guards_adopt(struct guards *guards);

/* Guard what is shared, on the interfaces as they are; the first error, logged. *ret_fenced: all of
 * it is guarded. */
int guards_update(struct guards *guards, bool *ret_fenced);

/* Frames of others with what is ours, so far; negative: there is no fence that counts them. */
int64_t guards_rivals(const struct guards *guards);

/* Guard nothing any more. */
void guards_close(struct guards *guards);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fence guards for one virtual router: its shared addresses and its shared MAC, on the
 * NICs that carry them while it is MASTER; its addresses on all other interfaces, too. Decides
 * nothing.
 */
#ifndef AGENT_GUARDS_H
#define AGENT_GUARDS_H

#include <stdbool.h>

#include "agent/paths.h"

struct guards {
	const struct paths *paths; /* of the router, with its configuration and its slot */
	struct port *public;
	bool said_unfenced, said_elsewhere;
	bool updated;         /* guards_update() was called, and places_hash is of that call */
	uint32_t places_hash; /* of all that is guarded, and where */
};

/* Changes nothing yet. `public` is the port of the public NIC, or NULL if the agent has no such
 * port. */
void guards_open(struct guards *guards, const struct paths *paths, struct port *public);

/* Call it for a router that is adopted, before its first update. What the slot guarded until now,
 * and does not guard by this configuration, belongs to no router any more, and stays shut. Returns
 * 0 or a negative errno. */
int guards_adopt(struct guards *guards);

/* Guard everything that is shared, on the interfaces that are there now. What was guarded on other
 * NICs stays shut there (agent/fencing.h). *ret_fenced is true if all of it is guarded, and the
 * fence stands first on these NICs. Returns 0 or the first error, as a negative errno; all errors
 * are logged. */
int guards_update(struct guards *guards, bool *ret_fenced);

/* Returns how many frames of other hosts had our address or MAC as their source so far. The result
 * is negative if there is no fence that counts them. */
int64_t guards_rivals(const struct guards *guards);

/* Remove all guards of this router. */
void guards_close(struct guards *guards);

#endif

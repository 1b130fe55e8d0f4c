/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices of routers with `mac-device = macvlan`: made when their NIC is there, and removed
 * with the router. In both roles they are up and have the shared MAC, for the kernel takes an RCU
 * grace period to change the MAC of a macvlan: too long for a takeover. A BACKUP has no address
 * there, the fence stops what is from or for the MAC, and nothing of the kernel's sends from it.
 * For all other parts of the agent such a device is the public interface, which may be absent or
 * come late like any other. Depends on agent/interfaces, sys/net/macvlan and the log. Never decides
 * a role.
 *
 * A device is the agent's own by its alias (sys/net/macvlan.h). Any other interface with that name
 * belongs to somebody else: it is never changed, and interfaces_look() gives it another name.
 */
#ifndef AGENT_MACVLANS_H
#define AGENT_MACVLANS_H

#include <stdbool.h>

#include "agent/interfaces.h"
#include "core/config/config.h"

struct macvlans {
	const struct config *config; /* NULL: not opened */
	struct interfaces *interfaces;
	bool said[VRRP_MAX_SLOTS]; /* that a router's device cannot be made was logged */
};

/* Make the devices that are missing and can be made, and set up those that an earlier run has left.
 * A device on another NIC than its router's is replaced. If `strict` is true, -EEXIST is returned
 * if the name of a device is taken by somebody else's. Other failures, all of which are logged, are
 * tried again at the next call: call it before ports_refresh(). */
int macvlans_make(struct macvlans *macvlans, bool strict);

/* Would macvlans_make() with `strict` succeed in a process that starts with this configuration?
 * Changes nothing. Returns 0, or -EEXIST, which is logged. */
int macvlans_check(const struct interfaces *interfaces, const struct config *config);

/* Remove the device of that name, if it is the agent's own and not another agent's, and give the
 * NIC below its settings back, if no other device needs them. Failures are logged. */
void macvlans_remove(struct interfaces *interfaces, const char *name);

/* Remove the devices of all routers that left no record in run_dir, because their takeover was
 * undone. */
void macvlans_close(struct macvlans *macvlans, const char *run_dir);

#endif

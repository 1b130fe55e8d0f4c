/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The heartbeat interfaces of one virtual router: where it listens, what it sends from, and which
 * of them can be used.
 */
#ifndef AGENT_PATHS_H
#define AGENT_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/deps.h"
#include "vrrp_abi.h"

struct path {
	struct port *port;
	struct vrrp_path *shared; /* has the source that is sent from */
	bool has_source;
	bool listening;
	int ifindex; /* for which it listens */
	bool usable; /* it can be heard by, and be sent by */
};

struct paths {
	const struct config_router *config;
	const struct router_deps *deps;
	unsigned int slot;
	unsigned int count;
	struct path path[VRRP_MAX_PATHS];
};

/* Nothing is listened to yet. Ports must have been refreshed. */
void paths_open(struct paths *paths, const struct config_router *config,
		const struct router_deps *deps, unsigned int slot);

/* Interfaces changed: listen where that is possible now, learn the sources. Returns whether one
 * path at least is usable. */
bool paths_update(struct paths *paths);

/* Why none of them is: "heartbeat eth1 has no carrier". */
void paths_trouble(const struct paths *paths, char *why, size_t size);

/* Is one of them heard by a packet socket? Then nothing is judged before it is drained. */
bool paths_use_sockets(const struct paths *paths);

/* Listen no more. */
void paths_close(struct paths *paths);

#endif

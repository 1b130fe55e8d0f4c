/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The heartbeat interfaces of one virtual router: where it listens, what it sends from, and which
 * of them can be used.
 */
#ifndef AGENT_PATHS_H
#define AGENT_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/deps.h"
#include "vrrp_abi.h"

struct path {
	struct port *port;
	struct vrrp_path *shared; /* the shared words of the path, with our source address */
	int ifindex;              /* of the interface on which it listens */
	int source_ifindex;       /* of the one whose addresses were looked at for our source, */
	uint32_t source_changes;  /* and its rtnl_changes() then */
	uint8_t mode;             /* enum vrrp_mode: how it listens */
	bool listening;
	bool has_source;
	bool usable; /* adverts can be heard and sent on it */
};

struct paths {
	const struct config_router *config;
	const struct router_deps *deps;
	unsigned int slot;
	uint16_t gate; /* VRRP_GATE() of the router's group; 0: it is in none */
	uint16_t count;
	struct path *path; /* as many as there are heartbeat interfaces: nearly always one */
};

static inline bool path_can_send(const struct path *path)
{
	return path->port->ifindex && path->port->carrier && path->has_source;
}

/* Does not listen yet. Ports must have been refreshed. Returns 0 or -ENOMEM. */
int paths_open(struct paths *paths, const struct config_router *config,
	       const struct router_deps *deps, unsigned int slot, uint16_t gate);

/* Interfaces changed: listen on each path where that is possible now, and learn our own source
 * addresses. Returns whether at least one path is usable. */
bool paths_update(struct paths *paths);

/* Why no path is usable: "heartbeat eth1 has no carrier". */
void paths_trouble(const struct paths *paths, char *why, size_t size);

/* Is a packet socket used on one of the paths? Its adverts are not judged before it is drained. */
bool paths_use_sockets(const struct paths *paths);

/* Is somebody there to judge what arrives on the paths that can send, while the loop stands still?
 * With XDP it is the kernel. With packet sockets it is the loop itself, so nothing may wait in them
 * (unjudged is false). */
bool paths_are_judged(const struct paths *paths, bool unjudged);

/* Stop listening. */
void paths_silence(struct paths *paths);

/* Free what it holds, and leave what listens: the next process adopts it. */
void paths_close(struct paths *paths);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Listens for adverts, by the XDP program or a packet socket. Decides nothing about the router.
 */
#include "agent/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/vrrp/source.h"
#include "sys/host/log.h"
#include "vrrp_timers.h"

int paths_open(struct paths *paths, const struct config_router *config,
	       const struct router_deps *deps, unsigned int slot, uint16_t gate)
{
	struct path *path = calloc(config->heartbeat_count, sizeof(*path));

	*paths = (struct paths){
		.config = config, .deps = deps, .slot = slot, .gate = gate, .path = path};
	if (!path)
		return -ENOMEM;
	paths->count = (uint16_t)config->heartbeat_count;
	for (unsigned int i = 0; i < paths->count; i++) {
		path[i].port = ports_find(deps->ports, config->heartbeat[i]);
		path[i].shared = datapath_path(deps->datapath, slot, i);
	}
	return 0;
}

static int listen_on(struct paths *paths, const struct port *port, unsigned int index)
{
	const struct config_router *config = paths->config;
	uint16_t gated = VRRP_GATED(index, paths->gate);

	if (port->mode == VRRP_MODE_SOCKET)
		return receiver_listen(paths->deps->receiver, port->ifindex, config->family,
				       config->vrid, (uint16_t)paths->slot, gated);
	return datapath_listen(paths->deps->datapath, port->ifindex, config->family, config->vrid,
			       (uint16_t)paths->slot, gated);
}

static void unlisten(struct paths *paths, struct path *path)
{
	const struct config_router *config = paths->config;

	/* The NIC may be gone, and its adverts may come by the other means now. So unlisten in
	 * both: it is no error if there is no listener. */
	receiver_unlisten(paths->deps->receiver, path->ifindex, config->family, config->vrid);
	datapath_unlisten(paths->deps->datapath, path->ifindex, config->family, config->vrid);
	path->listening = false;
}

/* If no source is found, the last known one stays, also over a reload: while this router is MASTER
 * on the public NIC, the shared address may be the only one there. Does nothing if nothing has
 * changed on the interface: thousands of routers do not look at thousands of addresses for each
 * address that another interface gets. */
static void find_source(const struct paths *paths, struct path *path)
{
	const struct interfaces *interfaces = paths->deps->ports->interfaces;
	int ifindex = path->port->ifindex;
	uint32_t changes = rtnl_changes(&interfaces->mark, ifindex);

	if (!ifindex || (path->source_ifindex == ifindex && path->source_changes == changes))
		return;
	source_pick(paths->deps->config, paths->config, &interfaces->actual, ifindex,
		    path->port->name, &path->shared->own_source);
	path->source_ifindex = ifindex;
	path->source_changes = changes;
}

static void update(struct paths *paths, unsigned int index)
{
	struct path *path = &paths->path[index];
	struct vrrp_path *shared = path->shared;
	struct port *port = path->port;
	const struct config_router *config = paths->config;

	if (path->listening && (path->ifindex != port->ifindex || path->mode != port->mode))
		unlisten(paths, path);
	find_source(paths, path);
	path->has_source = !vrrp_addr_is_zero(&shared->own_source);
	shared->ifindex = (uint32_t)port->ifindex;
	shared->mode =
		(uint8_t)(port->mode == VRRP_MODE_SOCKET && port->unfit ? port->unfit : port->mode);
	if (port->ifindex && port->attached && !path->listening) {
		int err = listen_on(paths, port, index);

		if (err)
			log_err("%s: cannot listen on %s: %s", config->name, port->name,
				strerror(-err));
		path->listening = !err;
		path->ifindex = port->ifindex;
		path->mode = (uint8_t)port->mode;
	}
	path->usable = port->ifindex && port->attached && port->up && port->carrier &&
		       path->has_source && path->listening;
	shared->up = path->usable;
}

bool paths_update(struct paths *paths)
{
	bool any = false;

	for (unsigned int i = 0; i < paths->count; i++) {
		update(paths, i);
		any |= paths->path[i].usable;
	}
	return any;
}

void paths_trouble(const struct paths *paths, char *why, size_t size)
{
	const struct path *path = &paths->path[0];
	const char *what = !path->port->ifindex    ? "is gone"
			   : !path->port->attached ? "is heard by nothing of ours"
			   : !path->port->up       ? "is down"
			   : !path->port->carrier  ? "has no carrier"
			   : !path->has_source     ? "has no address to send from"
						   : "cannot listen";

	snprintf(why, size, "heartbeat %s %s", path->port->name, what);
}

bool paths_use_sockets(const struct paths *paths)
{
	for (unsigned int i = 0; i < paths->count; i++) {
		if (paths->path[i].port->mode == VRRP_MODE_SOCKET)
			return true;
	}
	return false;
}

bool paths_are_judged(const struct paths *paths, bool unjudged)
{
	for (unsigned int i = 0; i < paths->count; i++) {
		const struct path *path = &paths->path[i];
		const struct port *port = path->port;

		if (!path_can_send(path))
			continue;
		if (!port->attached || !path->listening || path->ifindex != port->ifindex ||
		    path->mode != port->mode ||
		    (port->mode == VRRP_MODE_SOCKET ? unjudged : port->unfit != VRRP_MODE_NATIVE))
			return false;
	}
	return true;
}

void paths_silence(struct paths *paths)
{
	for (unsigned int i = 0; i < paths->count; i++) {
		if (paths->path[i].listening)
			unlisten(paths, &paths->path[i]);
	}
}

void paths_close(struct paths *paths)
{
	free(paths->path);
	paths->path = NULL;
	paths->count = 0;
}

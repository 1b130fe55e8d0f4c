/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces of one virtual router: which it can be heard on, and whether it is fit to run.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/router_internal.h"
#include "core/vrrp/source.h"
#include "sys/host/log.h"

/* A driver may need the public NIC down for a new MAC: its carrier counts again after this long. */
#define CARRIER_GRACE_NS 3000000000LL

static int listen_on(struct router *router, const struct port *port, unsigned int index)
{
	const struct config_router *config = router->config;

	if (port->mode == VRRP_MODE_SOCKET)
		return receiver_listen(router->deps->receiver, port->ifindex, config->family,
				       config->vrid, (uint16_t)router->slot, (uint16_t)index);
	return datapath_listen(router->deps->datapath, port->ifindex, config->family, config->vrid,
			       (uint16_t)router->slot, (uint16_t)index);
}

void router_unlisten(struct router *router, unsigned int index)
{
	struct router_path *path = &router->paths[index];
	const struct config_router *config = router->config;

	/* Of a NIC that is gone; it may be heard otherwise now: nobody's there is no error. */
	receiver_unlisten(router->deps->receiver, path->ifindex, config->family, config->vrid);
	datapath_unlisten(router->deps->datapath, path->ifindex, config->family, config->vrid);
	path->listening = false;
}

void router_update_path(struct router *router, unsigned int index)
{
	struct router_path *path = &router->paths[index];
	struct vrrp_path *shared = shared_path(router, index);
	struct port *port = path->port;
	const struct config_router *config = router->config;

	if (path->listening && path->ifindex != port->ifindex)
		router_unlisten(router, index);
	/* The last known one stays: as MASTER on the public NIC, the shared address may be the only
	 * one there. */
	if (port->ifindex &&
	    !source_pick(router->deps->config, config, &router->deps->ports->actual, port->ifindex,
			 port->name, &path->source))
		path->has_source = true;
	shared->ifindex = (uint32_t)port->ifindex;
	shared->mode = (uint8_t)port->mode;
	shared->own_source = path->source;
	if (port->ifindex && port->attached && !path->listening) {
		int err = listen_on(router, port, index);

		if (err)
			log_err("%s: cannot listen on %s: %s", config->name, port->name,
				strerror(-err));
		path->listening = !err;
		path->ifindex = port->ifindex;
	}
	path->usable = port->ifindex && port->attached && port->up && port->carrier &&
		       path->has_source && path->listening;
	shared->up = path->usable;
}

bool router_check_health(struct router *router, struct monotime now)
{
	const struct config_router *config = router->config;
	bool any = false;

	/* Whatever the answer is, this is the look that the deadline asked for. */
	router->carrier_at = MONOTIME_NEVER;
	if (router->resigned) {
		snprintf(router->why, sizeof(router->why), "resigned: vrrp-xdp resume %s",
			 config->name);
		return false;
	}
	for (unsigned int i = 0; i < config->heartbeat_count; i++)
		any |= router->paths[i].usable;
	if (!any) {
		const struct router_path *path = &router->paths[0];
		const char *what = !path->port->ifindex    ? "is gone"
				   : !path->port->attached ? "is heard by nothing of ours"
				   : !path->port->up       ? "is down"
				   : !path->port->carrier  ? "has no carrier"
				   : !path->has_source     ? "has no address to send from"
							   : "cannot listen";

		snprintf(router->why, sizeof(router->why), "heartbeat %s %s", path->port->name,
			 what);
		return false;
	}
	if (!router->public->ifindex) {
		snprintf(router->why, sizeof(router->why), "public %s is gone",
			 router->public->name);
		return false;
	}
	/* Down is no fault, taking over includes taking it up; up and without a wire is. */
	if (router->public->up && !router->public->carrier) {
		struct monotime counts = monotime_add(router->flapped_at, CARRIER_GRACE_NS);

		if (!router->flapped_at.ns || !monotime_before(now, counts)) {
			snprintf(router->why, sizeof(router->why), "public %s has no carrier",
				 router->public->name);
			return false;
		}
		router->carrier_at = counts;
	}
	if (router->bare) {
		snprintf(router->why, sizeof(router->why),
			 "public %s carries none of the shared addresses", router->public->name);
		return false;
	}
	return !track_failed(router->track, router->why, sizeof(router->why));
}

/* Only a backup hears adverts all the time; a path that never carried one may have no peer on it.
 */
void router_watch_paths(struct router *router, struct monotime now)
{
	const struct config_router *config = router->config;
	int64_t patience = (int64_t)vrrp_master_down_ns(config->version, config->priority,
							router->fsm.master_cs);
	uint64_t newest = 0;

	if (router->fsm.state != VRRP_STATE_BACKUP || config->heartbeat_count < 2)
		return;
	for (unsigned int i = 0; i < config->heartbeat_count; i++) {
		uint64_t last = shared_path(router, i)->last_ns;

		newest = last > newest ? last : newest;
	}
	for (unsigned int i = 0; i < config->heartbeat_count; i++) {
		struct vrrp_path *path = shared_path(router, i);
		uint64_t last = path->last_ns;
		/* Silent while the other speaks: both silent is a master that is gone. */
		bool silent = last && (int64_t)(newest - last) > patience &&
			      monotime_diff(now, monotime_from_ns(newest)) < patience;

		if (silent && !path->silent)
			log_warn("%s: heartbeat %s is dead: the master is heard on another "
				 "interface only",
				 config->name, router->paths[i].port->name);
		if (!silent && path->silent && last == newest)
			log_info("%s: heartbeat %s is alive again", config->name,
				 router->paths[i].port->name);
		if (silent || last == newest || (int64_t)(newest - last) <= patience)
			path->silent = silent;
	}
}

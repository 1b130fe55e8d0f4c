/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces by name. A NIC may vanish and come back with another ifindex.
 */
#include "agent/ports.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/loop.h"
#include "agent/stand_in.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/dispatcher.h"
#include "sys/bpf/fence.h"
#include "sys/host/log.h"
#include "sys/net/nic_lock.h"

struct port *ports_find(struct ports *ports, const char *name)
{
	for (unsigned int i = 0; i < ports->count; i++) {
		if (!strcmp(ports->port[i].name, name))
			return &ports->port[i];
	}
	return NULL;
}

struct port *ports_fenced(struct ports *ports, int ifindex)
{
	for (unsigned int i = 0; i < ports->count; i++) {
		struct port *port = &ports->port[i];

		if (port->fence_ifindex == ifindex)
			return port;
	}
	return NULL;
}

static struct port *want(struct ports *ports, const char *name)
{
	struct port *port = ports_find(ports, name);

	if (port || ports->count == PORTS_MAX)
		return port;
	port = &ports->port[ports->count++];
	snprintf(port->name, sizeof(port->name), "%s", name);
	port->lock_fd = -1;
	return port;
}

/* An interface that a router changes, or is heard by. */
static struct port *want_owned(struct ports *ports, const char *name)
{
	struct port *port = want(ports, name);

	if (port)
		port->owned = true;
	return port;
}

int ports_init(struct ports *ports, const struct config *config, struct interfaces *interfaces)
{
	*ports = (struct ports){.interfaces = interfaces};
	for (unsigned int r = 0; r < config->router_count; r++) {
		const struct config_router *router = &config->routers[r];
		struct port *port;

		for (unsigned int i = 0; i < router->heartbeat_count; i++) {
			port = want_owned(ports, router->heartbeat[i]);
			if (!port)
				return -ENOSPC;
			port->heartbeat = true;
			port->families[router->family == 6] = true;
		}
		if (!want(ports, router->nic)) /* perhaps the one below */
			return -ENOSPC;
		port = want_owned(ports, router->public);
		if (!port)
			return -ENOSPC;
		port->mac_moves |= router->mac.kind != CONFIG_MAC_KEEP;
		for (unsigned int i = 0; i < router->address_count; i++) {
			if (router->addresses[i].dev[0] &&
			    !want_owned(ports, router->addresses[i].dev))
				return -ENOSPC;
		}
		for (unsigned int i = 0; i < router->track_count; i++) {
			if (!want(ports, router->track[i].name))
				return -ENOSPC;
		}
	}
	ports->dirty = true;
	return 0;
}

/* A bond gives its native program to its members, and frames come with their ifindex. Generic XDP
 * runs on the bond itself. */
static int attach(struct port *port, const struct ports_deps *deps)
{
	struct xdp_request request = {.bpffs = deps->bpffs,
				      .ifindex = port->ifindex,
				      .ifname = port->name,
				      .mode = port->members && deps->mode == CONFIG_MODE_AUTO
						      ? CONFIG_MODE_GENERIC
						      : deps->mode,
				      .replace = deps->replace,
				      .run = true};
	bool generic;
	int err;

	stand_in_begin();
	err = datapath_attach(deps->datapath, &request, &generic);
	stand_in_end();
	if (!err)
		port->mode = generic ? VRRP_MODE_GENERIC : VRRP_MODE_NATIVE;
	return err;
}

/* Instead of the XDP program: never beside it, each advert counts once. */
static int open_socket(struct port *port, const struct ports_deps *deps)
{
	int err = 0;

	stand_in_begin();
	if (datapath_has_maps(deps->datapath))
		err = datapath_release(deps->bpffs, port->ifindex, port->name);
	if (err) {
		log_err("%s: cannot detach the XDP program: %s", port->name, strerror(-err));
	} else {
		port->mode = VRRP_MODE_SOCKET;
		err = store_keep_timings(datapath_store(deps->datapath));
		if (err)
			log_err("%s: cannot map the timings: %s", port->name, strerror(-err));
		else
			err = receiver_add(deps->receiver, port->ifindex, port->name);
	}
	stand_in_end();
	return err;
}

/* No program of somebody else's in the way, and no lack of rights: it cannot be had there. */
static bool has_no_xdp(int err)
{
	return err != -EBUSY && err != -EPERM && err != -EACCES && err != -ENODEV &&
	       err != -EPROTONOSUPPORT;
}

static int hear(struct port *port, const struct ports_deps *deps)
{
	int err;

	if (deps->mode == CONFIG_MODE_SOCKET || !datapath_has_program(deps->datapath) ||
	    port->unfit != VRRP_MODE_NATIVE)
		return open_socket(port, deps);
	err = attach(port, deps);
	if (!err || deps->mode != CONFIG_MODE_AUTO || !has_no_xdp(err))
		return err;
	log_warn("%s: XDP cannot be used; a packet socket is used instead", port->name);
	return open_socket(port, deps);
}

static int use_heartbeat(struct port *port, const struct ports_deps *deps)
{
	int err = hear(port, deps);

	if (err)
		return err;
	port->attached = true;
	for (int six = 0; six <= 1; six++) {
		if (!port->families[six])
			continue;
		err = send_join(deps->sender, port->ifindex, six ? 6 : 4);
		if (err) {
			log_err("%s: cannot join the IPv%d group: %s%s", port->name, six ? 6 : 4,
				strerror(-err),
				err == -EAFNOSUPPORT ? ": this host has no IPv6" : "");
			return err;
		}
	}
	if (port->mode == VRRP_MODE_SOCKET)
		log_info("%s: listening, packet socket: no flood immunity, and a master yields "
			 "only when the agent runs",
			 port->name);
	else
		log_info("%s: listening, %s XDP", port->name,
			 port->mode == VRRP_MODE_GENERIC ? "generic" : "native");
	return 0;
}

void ports_leave_xdp(struct ports *ports, const struct ports_deps *deps)
{
	for (unsigned int i = 0; i < ports->count; i++) {
		struct port *port = &ports->port[i];
		const char *mode = port->mode == VRRP_MODE_GENERIC ? "generic" : "native";

		if (!port->attached || port->mode == VRRP_MODE_SOCKET ||
		    port->unfit == VRRP_MODE_NATIVE)
			continue;
		if (port->unfit == VRRP_MODE_SOCKET_DEAF)
			log_err("%s: %s XDP does not see all adverts on this interface; a packet "
				"socket is used instead until a reload",
				port->name, mode);
		else
			log_err("%s: %s XDP cannot tell adverts of other VLANs from ours, because "
				"the VLAN tags are not in the frames; a packet socket is used "
				"instead. `ethtool -K %s rxvlan off` keeps the tags; XDP is used "
				"again after a reload",
				port->name, mode, port->name);
		port->attached = false; /* nobody judges what arrives meanwhile */
		port->attached = !open_socket(port, deps);
	}
}

static void unlock(struct port *port)
{
	if (port->lock_fd >= 0)
		close(port->lock_fd);
	port->lock_fd = -1;
	port->lock_ifindex = 0;
	port->lock_refused = false;
}

/* Two agents would take an interface's XDP program, MAC, addresses and routes from each other. */
static int lock(struct port *port)
{
	pid_t holder = 0;

	if (!port->owned || !port->ifindex)
		return 0;
	if (port->lock_ifindex == port->ifindex && !port->lock_refused)
		return 0;
	if (port->lock_ifindex != port->ifindex)
		unlock(port);
	port->lock_fd = nic_lock(port->ifindex, &holder);
	port->lock_ifindex = port->ifindex;
	if (port->lock_fd == -EWOULDBLOCK) {
		if (!port->lock_refused)
			log_err("%s: another agent uses this interface: vrrp-xdp, pid %d; put all "
				"virtual routers of an interface into one configuration",
				port->name, (int)holder);
		port->lock_refused = true;
		port->lock_fd = -1;
		return -EBUSY;
	}
	port->lock_refused = false;
	if (port->lock_fd < 0) {
		log_warn("%s: cannot lock this interface against other agents: %s", port->name,
			 strerror(-port->lock_fd));
		port->lock_fd = -1;
	}
	return 0;
}

static void leave(const struct port *port, const struct ports_deps *deps)
{
	stand_in_begin();
	if (port->mode == VRRP_MODE_SOCKET)
		receiver_remove(deps->receiver, port->ifindex);
	else
		datapath_detach(deps->bpffs, port->ifindex, NULL);
	stand_in_end();
}

/* The NIC stays fenced until it carries nothing that is shared. */
static void lose_nic(struct ports *ports, struct port *port)
{
	ports->left |= port->fence_ifindex != 0;
	port->ifindex = port->fence_ifindex = 0;
	port->attached = port->up = port->carrier = false;
	port->unfit = VRRP_MODE_NATIVE;
}

static bool has_members(const struct plan_actual *actual, int ifindex)
{
	for (unsigned int i = 0; i < actual->link_count; i++) {
		if (actual->links[i].master == ifindex)
			return true;
	}
	return false;
}

static void update(struct ports *ports, struct port *port, const struct plan_link *link,
		   const struct ports_deps *deps, bool starts)
{
	bool was_up;

	if (port->ifindex != link->ifindex) {
		if (port->ifindex)
			log_warn("%s: another interface has this name now", port->name);
		if (port->ifindex && port->mode == VRRP_MODE_SOCKET)
			leave(port, deps);
		lose_nic(ports, port);
		port->ifindex = link->ifindex;
	}
	was_up = starts || (port->up && port->carrier);
	port->up = link->up;
	port->carrier = link->carrier;
	if (!was_up && port->up && port->carrier)
		port->link_up = loop_now();
	port->members = link->bond || has_members(&ports->interfaces->actual, link->ifindex);
	/* It has become one after XDP was attached to it. */
	if (port->attached && port->members && port->mode == VRRP_MODE_NATIVE &&
	    deps->mode == CONFIG_MODE_AUTO)
		port->attached = false;
}

int ports_refresh(struct ports *ports, const struct ports_deps *deps, bool strict)
{
	/* A takeover may have looked since the monitor told of the change. */
	int err = interfaces_look(ports->interfaces, NULL, false);

	if (err)
		return err;
	ports->dirty = false;
	for (unsigned int i = 0; i < ports->count; i++) {
		struct port *port = &ports->port[i];
		const struct plan_link *found =
			plan_link_by_name(&ports->interfaces->actual, port->name);

		if (!found) {
			if (port->ifindex || strict)
				log_err("%s: no such interface%s; everything that needs it is down "
					"until it exists",
					port->name, port->ifindex ? " any more" : "");
			if (port->ifindex && port->heartbeat)
				leave(port, deps);
			unlock(port);
			lose_nic(ports, port);
			continue;
		}
		update(ports, port, found, deps, strict);
		err = lock(port);
		if (err) {
			lose_nic(ports, port);
			if (strict)
				return err;
			continue;
		}
		if (port->heartbeat && !port->attached) {
			err = use_heartbeat(port, deps);
			if (err && strict)
				return err;
		}
	}
	return 0;
}

/* Would this port of another configuration keep a start from succeeding? What the agent has already
 * (ours) it will have then, too. */
static bool is_in_the_way(const struct port *port, const struct port *ours,
			  const struct ports_deps *deps, bool xdp)
{
	struct xdp_state state;
	pid_t holder;
	int err;

	if (!port->ifindex) /* it is used as soon as it is there */
		return false;
	if (port->owned && !(ours && ours->owned) && nic_locked(port->ifindex, &holder)) {
		log_err("%s: another agent uses this interface: vrrp-xdp, pid %d", port->name,
			(int)holder);
		return true;
	}
	if (!xdp || !port->heartbeat || (ours && ours->attached) || deps->replace)
		return false;
	stand_in_begin();
	err = xdp_query(deps->bpffs, port->ifindex, &state);
	stand_in_end();
	if (err || !state.prog_id || state.ours || dispatcher_is(port->ifindex, state.prog_id))
		return false;
	log_err("%s: has another XDP program: %s, id %u", port->name,
		state.name[0] ? state.name : "(no name)", state.prog_id);
	return true;
}

int ports_check(struct ports *ports, const struct ports_deps *deps, const struct config *config)
{
	struct ports *next = calloc(1, sizeof(*next));
	int err = next ? ports_init(next, config, ports->interfaces) : -ENOMEM;

	if (err == -ENOSPC)
		log_err("the configuration names more than %d interfaces", PORTS_MAX);
	if (!err)
		err = interfaces_look(ports->interfaces, NULL, false);
	for (unsigned int i = 0; !err && i < next->count; i++) {
		struct port *port = &next->port[i];
		const struct plan_link *link =
			plan_link_by_name(&ports->interfaces->actual, port->name);

		port->ifindex = link ? link->ifindex : 0;
		if (is_in_the_way(port, ports_find(ports, port->name), deps,
				  config->mode != CONFIG_MODE_SOCKET &&
					  datapath_has_program(deps->datapath)))
			err = -EBUSY;
	}
	free(next);
	return err;
}

void ports_tidy(struct ports *ports)
{
	for (unsigned int i = 0; i < ports->count; i++) {
		if (ports->port[i].lock_fd >= 0)
			nic_lock_tidy(ports->port[i].lock_fd);
	}
}

static bool is_heartbeat(const struct ports *ports, int ifindex)
{
	for (unsigned int i = 0; i < ports->count; i++) {
		if (ports->port[i].attached && ports->port[i].ifindex == ifindex)
			return true;
	}
	return false;
}

void ports_forget_others(const struct ports *ports, const char *bpffs)
{
	int links[VRRP_MAX_PORTS], count = bpffs_links(bpffs, links, VRRP_MAX_PORTS);

	for (int i = 0; i < count; i++) {
		const struct plan_link *link =
			plan_link_by_index(&ports->interfaces->actual, links[i]);
		char path[PATH_MAX];

		/* By its name: `attach` put the others there. */
		if (is_heartbeat(ports, links[i]) || bpffs_link_path(bpffs, links[i], true, path) ||
		    access(path, F_OK))
			continue;
		log_info("%s: no longer listening", link ? link->name : "(gone)");
		datapath_release(bpffs, links[i], link ? link->name : NULL);
	}
}

void ports_pass_on(const struct ports *ports)
{
	for (unsigned int i = 0; i < ports->count; i++) {
		if (ports->port[i].lock_fd >= 0)
			nic_lock_pass_on(ports->port[i].lock_ifindex, ports->port[i].lock_fd);
	}
}

void ports_close(struct ports *ports, const char *bpffs)
{
	for (unsigned int i = 0; i < ports->count; i++) {
		struct port *port = &ports->port[i];
		struct xdp_state state;

		if (port->fence_ifindex && !fence_is_needed(bpffs, port->fence_ifindex))
			fence_detach(bpffs, port->fence_ifindex);
		if (!port->attached || xdp_query(bpffs, port->ifindex, &state) || !state.ours ||
		    !state.run)
			continue;
		datapath_detach(bpffs, port->ifindex, port->name);
	}
	for (unsigned int i = 0; i < ports->count; i++)
		unlock(&ports->port[i]);
}

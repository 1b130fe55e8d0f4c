/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which slot of the maps is whose, across restarts.
 */
#include "agent/slots.h"

#include <string.h>

#include "agent/loop.h"
#include "agent/router.h"
#include "sys/log.h"

/* By the same heartbeat interfaces, or the slot's listeners would be others. */
static bool same_paths(struct datapath *datapath, struct ports *ports,
		       const struct config_router *router, unsigned int slot)
{
	const struct vrrp_instance *instance = datapath_instance(datapath, slot);

	if (instance->report.path_count != router->heartbeat_count)
		return false;
	for (unsigned int i = 0; i < router->heartbeat_count; i++) {
		const struct port *port = ports_find(ports, router->heartbeat[i]);

		if (!port || !port->ifindex ||
		    datapath_path(datapath, slot, i)->ifindex != (uint32_t)port->ifindex)
			return false;
	}
	return true;
}

static bool adoptable(struct datapath *datapath, struct ports *ports,
		      const struct config_router *router, unsigned int slot)
{
	return router_adoptable(router, datapath_instance(datapath, slot),
				&datapath_leases(datapath)[slot], loop_now()) &&
	       same_paths(datapath, ports, router, slot);
}

int slots_choose(const struct config *config, struct datapath *datapath, struct ports *ports,
		 uint16_t *ret_slots, bool *ret_keep)
{
	unsigned int next = 0;
	int err;

	for (unsigned int i = 0; i < config->router_count; i++) {
		unsigned int slot = i;

		/* Its place in the file is the first guess. */
		for (unsigned int n = 0; n < VRRP_MAX_SLOTS;
		     n++, slot = (slot + 1) % VRRP_MAX_SLOTS) {
			const char *name = datapath_instance(datapath, slot)->report.name;

			if (!strcmp(name, config->routers[i].name))
				break;
			/* None of this agent's is there at all: the usual start. */
			if (!name[0] && n == 0)
				break;
		}
		ret_slots[i] = UINT16_MAX;
		if (!ret_keep[slot] && adoptable(datapath, ports, &config->routers[i], slot)) {
			ret_keep[slot] = true;
			ret_slots[i] = (uint16_t)slot;
		}
	}
	err = datapath_reset(datapath, ret_keep);
	if (err) {
		log_err("cannot reset the maps: %s", strerror(-err));
		return err;
	}
	for (unsigned int i = 0; i < config->router_count; i++) {
		if (ret_slots[i] != UINT16_MAX)
			continue;
		while (ret_keep[next])
			next++;
		ret_slots[i] = (uint16_t)next++;
	}
	return 0;
}

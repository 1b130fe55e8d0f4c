/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chooses a router's own source addresses. Pure.
 */
#include "core/vrrp/source.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>

#include "core/address.h"
#include "vrrp_wire.h"

static const struct vrrp_addr *standby_source(const struct config_router *router,
					      const char *ifname)
{
	if (strcmp(router->public, ifname))
		return NULL;
	for (unsigned int i = 0; i < router->standby_address_count; i++) {
		const struct config_prefix *standby = &router->standby_addresses[i];

		if (standby->family == router->family && !standby->dev[0] &&
		    (router->family == 4 || address_is_link_local6(&standby->addr)))
			return &standby->addr;
	}
	return NULL;
}

/* The owner sends from an address that it owns, whichever of the NIC's is the primary one: the
 * other hosts know it by this one, and it is in no other host's place. */
static const struct vrrp_addr *owned_source(const struct config_router *router,
					    const struct plan_actual *actual, int ifindex,
					    const char *ifname)
{
	if (router->priority != VRRP_PRIO_OWNER)
		return NULL;
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *address = &actual->addresses[i];

		if (address->ifindex != ifindex || address->family != router->family ||
		    (router->family == 6 && !address_is_link_local6(&address->addr)))
			continue;
		for (unsigned int j = 0; j < router->address_count; j++) {
			const struct config_prefix *shared = &router->addresses[j];
			const char *dev = shared->dev[0] ? shared->dev : router->public;

			if (shared->family == address->family && !strcmp(dev, ifname) &&
			    !memcmp(&shared->addr, &address->addr, sizeof(shared->addr)))
				return &address->addr;
		}
	}
	return NULL;
}

int source_pick(const struct config *config, const struct config_router *router,
		const struct plan_actual *actual, int ifindex, const char *ifname,
		struct vrrp_addr *ret_source)
{
	const struct vrrp_addr *found = owned_source(router, actual, ifindex, ifname);
	const struct vrrp_addr *secondary = NULL;
	bool global6 = router->family == 6 && router->peer_count &&
		       !address_is_link_local6(&router->peers[0]);

	if (!found)
		found = standby_source(router, ifname);
	if (router->has_source)
		found = &router->source;
	for (unsigned int i = 0; !found && i < actual->address_count; i++) {
		const struct plan_address *address = &actual->addresses[i];

		if (address->ifindex != ifindex || address->family != router->family ||
		    (address->flags & IFA_F_DADFAILED) ||
		    config_is_shared(config, address->family, &address->addr))
			continue;
		if (router->family == 6 && address_is_link_local6(&address->addr) == global6)
			continue;
		if (!address->secondary)
			found = &address->addr;
		else if (!secondary)
			secondary = &address->addr;
	}
	if (!found)
		found = secondary;
	if (!found)
		return -EADDRNOTAVAIL;
	*ret_source = *found;
	return 0;
}

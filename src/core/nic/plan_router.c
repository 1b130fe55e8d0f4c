// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a record alone to a router that can be planned for: no configuration has it any more, and
 * what it left on a NIC is to be put back all the same. Depends on core/. Never looks at a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nic/plan_internal.h"

/* "" for the public interface, as the configuration has it. false: the interface is gone. */
static bool take_device(const struct plan_actual *actual, const char *public, const char *dev,
			char ret_dev[CONFIG_IFNAME])
{
	memset(ret_dev, 0, CONFIG_IFNAME);
	if (!plan_link_by_name(actual, dev))
		return false;
	if (strcmp(dev, public) != 0)
		memcpy(ret_dev, dev, CONFIG_IFNAME);
	return true;
}

static int take_addresses(const struct plan_actual *actual, const char *public,
			  const struct plan_address *list, unsigned int count,
			  struct config_prefix **ret_prefixes, unsigned int *ret_count)
{
	struct config_prefix *prefixes = calloc(count, sizeof(*prefixes));
	unsigned int taken = 0;

	if (!prefixes)
		return -ENOMEM;
	for (unsigned int i = 0; i < count; i++) {
		struct config_prefix *prefix = &prefixes[taken];

		prefix->addr = list[i].addr;
		prefix->family = list[i].family;
		prefix->plen = list[i].plen;
		taken += take_device(actual, public, list[i].dev, prefix->dev);
	}
	*ret_prefixes = prefixes;
	*ret_count = taken;
	return 0;
}

static int take_routes(const struct plan_actual *actual, const char *public,
		       const struct plan_route *list, unsigned int count,
		       struct config_route **ret_routes, unsigned int *ret_count)
{
	struct config_route *routes = calloc(count, sizeof(*routes));
	unsigned int taken = 0;

	if (!routes)
		return -ENOMEM;
	for (unsigned int i = 0; i < count; i++) {
		struct config_route *route = &routes[taken];

		route->family = list[i].family;
		route->plen = list[i].plen;
		route->has_via = list[i].has_via;
		route->has_src = list[i].has_src;
		route->addr = list[i].addr;
		route->via = list[i].via;
		route->src = list[i].src;
		route->metric = list[i].metric;
		route->table = list[i].table;
		taken += take_device(actual, public, list[i].dev, route->dev);
	}
	*ret_routes = routes;
	*ret_count = taken;
	return 0;
}

int plan_router(const struct plan_original *original, const char *name, const char *public,
		const struct plan_actual *actual, struct config_router *ret_router)
{
	struct config_router router = {0};
	int err;

	if (strlen(name) >= sizeof(router.name) || strlen(public) >= sizeof(router.public))
		return -ENAMETOOLONG;
	snprintf(router.name, sizeof(router.name), "%s", name);
	snprintf(router.public, sizeof(router.public), "%s", public);
	if (known_mac(original->placed_mac)) {
		router.mac.kind = CONFIG_MAC_FIXED;
		memcpy(router.mac.mac, original->placed_mac, 6);
	}
	err = take_addresses(actual, public, original->placed_addresses,
			     original->placed_address_count, &router.addresses,
			     &router.address_count);
	if (!err)
		err = take_addresses(actual, public, original->addresses, original->address_count,
				     &router.standby_addresses, &router.standby_address_count);
	/* Routes that were displaced come back by the record itself. What was placed and names no
	 * interface, rules too, is removed by the record. */
	if (!err)
		err = take_routes(actual, public, original->placed_routes,
				  original->placed_route_count, &router.routes,
				  &router.route_count);
	if (err) {
		plan_router_free(&router);
		return err;
	}
	*ret_router = router;
	return 0;
}

void plan_router_free(struct config_router *router)
{
	free(router->addresses);
	free(router->standby_addresses);
	free(router->routes);
	*router = (struct config_router){0};
}

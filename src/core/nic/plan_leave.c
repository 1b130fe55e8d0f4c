// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is taken off a NIC that is not the public interface any more: it has another name now, or
 * another NIC has its name. Depends on core/.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nic/plan_internal.h"
#include "vrrp_wire.h"

/* The NIC has another name than the record has for it, so names are compared. */
static bool is_owned(const struct plan_scene *scene, const struct config_prefix *shared)
{
	const struct plan_original *original = scene->original;
	bool recorded = false;

	for (unsigned int i = 0; original && i < original->address_count; i++)
		recorded |= original->addresses[i].family == shared->family &&
			    same_addr(&original->addresses[i].addr, &shared->addr) &&
			    strcmp(original->addresses[i].dev, scene->router->public) == 0;
	return recorded && scene->router->priority == VRRP_PRIO_OWNER;
}

/* Does the route leave by the public interface, or by others too? A refusal does not. */
static bool is_of_public(const struct config_router *router, const struct config_route *route)
{
	bool found = !route->hop_count && !route->refusal &&
		     strcmp(named_device(router, route->dev), router->public) == 0;

	for (unsigned int i = 0; i < route->hop_count; i++)
		found |= strcmp(named_device(router, route->hops[i].dev), router->public) == 0;
	return found;
}

/* Those that are the public interface's, as if they named none. */
static int take_own(const struct plan_scene *scene, struct config_router *ret_own)
{
	const struct config_router *router = scene->router;

	ret_own->addresses = calloc(router->address_count, sizeof(*ret_own->addresses));
	ret_own->routes = calloc(router->route_count, sizeof(*ret_own->routes));
	if (!ret_own->addresses || !ret_own->routes)
		return -ENOMEM;
	for (unsigned int i = 0; i < router->address_count; i++) {
		struct config_prefix *own = &ret_own->addresses[ret_own->address_count];

		*own = router->addresses[i];
		if ((own->dev[0] && strcmp(own->dev, router->public) != 0) || is_owned(scene, own))
			continue;
		own->dev[0] = '\0';
		ret_own->address_count++;
	}
	for (unsigned int i = 0; i < router->route_count; i++) {
		struct config_route *own = &ret_own->routes[ret_own->route_count];

		*own = router->routes[i];
		if (!is_of_public(router, own))
			continue;
		own->dev[0] = '\0';
		for (unsigned int h = 0; h < own->hop_count; h++)
			if (strcmp(own->hops[h].dev, router->public) == 0)
				own->hops[h].dev[0] = '\0';
		ret_own->route_count++;
	}
	return 0;
}

int plan_leave(const struct plan_scene *scene, const char *ifname, struct plan *ret_plan)
{
	struct config_router own = {.family = scene->router->family};
	struct plan_original macs = {.valid = true};
	struct plan_scene left = *scene;
	int err = take_own(scene, &own);

	/* The MAC goes back where it is the one that was placed: the record knows it. */
	if (scene->original && scene->original->valid) {
		memcpy(macs.mac, scene->original->mac, 6);
		memcpy(macs.placed_mac, scene->original->placed_mac, 6);
	}
	memcpy(own.name, scene->router->name, sizeof(own.name));
	snprintf(own.public, sizeof(own.public), "%s", ifname);
	left.router = &own;
	left.original = &macs;
	if (!err)
		err = takeover_plan(&left, PLAN_BACKUP, ret_plan);
	free(own.addresses);
	free(own.routes);
	return err;
}

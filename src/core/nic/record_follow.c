/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A record follows a NIC that was renamed. Depends on core/ alone.
 */
#include <stdio.h>
#include <string.h>

#include "core/nic/record.h"

static bool carries_placed(const struct record *record, const struct plan_actual *actual,
			   const struct plan_link *link)
{
	static const uint8_t none[6];
	const struct plan_original *original = &record->original;

	if (memcmp(original->placed_mac, none, 6) != 0 &&
	    !memcmp(original->placed_mac, link->mac, 6))
		return true;
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *there = &actual->addresses[i];

		for (unsigned int p = 0; p < original->placed_address_count; p++) {
			const struct plan_address *placed = &original->placed_addresses[p];

			if (there->ifindex == link->ifindex && there->family == placed->family &&
			    !memcmp(&there->addr, &placed->addr, sizeof(there->addr)) &&
			    !strcmp(placed->dev, record->ifname))
				return true;
		}
	}
	return false;
}

static void rename_dev(char dev[CONFIG_IFNAME], const char *from, const char *to)
{
	if (!strcmp(dev, from))
		snprintf(dev, CONFIG_IFNAME, "%s", to);
}

static void rename_addresses(struct plan_address *list, unsigned int count, const char *from,
			     const char *to)
{
	for (unsigned int i = 0; i < count; i++)
		rename_dev(list[i].dev, from, to);
}

static void rename_routes(struct plan_route *list, unsigned int count, const char *from,
			  const char *to)
{
	for (unsigned int i = 0; i < count; i++)
		rename_dev(list[i].dev, from, to);
}

bool record_follow(struct record *record, const struct plan_actual *actual)
{
	const struct plan_link *link = plan_link_by_index(actual, record->ifindex);
	struct plan_original *original = &record->original;
	char from[CONFIG_IFNAME];

	if (!link || !strcmp(link->name, record->ifname) || !carries_placed(record, actual, link))
		return false;
	memcpy(from, record->ifname, sizeof(from));
	rename_addresses(original->addresses, original->address_count, from, link->name);
	rename_addresses(original->placed_addresses, original->placed_address_count, from,
			 link->name);
	rename_addresses(record->before.addresses, record->before.address_count, from, link->name);
	rename_routes(original->routes, original->route_count, from, link->name);
	rename_routes(original->placed_routes, original->placed_route_count, from, link->name);
	rename_routes(record->before.routes, record->before.route_count, from, link->name);
	rename_dev(record->ifname, from, link->name);
	return true;
}

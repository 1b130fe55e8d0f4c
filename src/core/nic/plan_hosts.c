// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds addresses by their interface and address. A router may have a thousand of them, and to
 * hold two such lists against each other address by address takes longer than a takeover may.
 * Depends on core/.
 */
#include "core/nic/plan_internal.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "core/fnv.h"

/* The heads of all chains, and behind them the next one of each address. */
int hosts_make(struct hosts *hosts, unsigned int count)
{
	unsigned int room = 1;

	while (room < count)
		room *= 2;
	hosts->heads = calloc(2 * (size_t)room, sizeof(*hosts->heads));
	hosts->nexts = hosts->heads ? hosts->heads + room : NULL;
	hosts->mask = room - 1;
	return hosts->heads ? 0 : -ENOMEM;
}

void hosts_free(struct hosts *hosts)
{
	free(hosts->heads);
	*hosts = (struct hosts){0};
}

static unsigned int *chain_of(const struct hosts *hosts, const struct plan_address *address)
{
	uint32_t hash = fnv32(FNV32_BASIS + (uint32_t)address->ifindex, &address->addr,
			      sizeof(address->addr));

	/* The low bits of this sum are the weak ones. */
	return &hosts->heads[(hash ^ hash >> 16) & hosts->mask];
}

void hosts_put(struct hosts *hosts, unsigned int number, const struct plan_address *address)
{
	unsigned int *chain = chain_of(hosts, address);

	hosts->nexts[number] = *chain;
	*chain = number + 1;
}

unsigned int hosts_first(const struct hosts *hosts, const struct plan_address *address)
{
	return hosts->heads ? *chain_of(hosts, address) : 0;
}

unsigned int hosts_next(const struct hosts *hosts, unsigned int at)
{
	return hosts->nexts[at - 1];
}

/* ---- those of a dump ---- */

int plan_index(struct plan_actual *actual)
{
	struct hosts *hosts = malloc(sizeof(*hosts));

	if (!hosts)
		return -ENOMEM;
	if (hosts_make(hosts, actual->address_count)) {
		free(hosts);
		return -ENOMEM;
	}
	hosts->scoped = 0;
	/* From the last to the first one: they are found in the order of the dump. */
	for (unsigned int i = actual->address_count; i-- > 0;) {
		const struct plan_address *address = &actual->addresses[i];

		hosts_put(hosts, i, address);
		if (!hosts->scoped && address->family == 4 && address->scope != RT_SCOPE_UNIVERSE)
			hosts->scoped = i + 1;
	}
	plan_index_free(actual);
	actual->hosts = hosts;
	return 0;
}

void plan_index_free(struct plan_actual *actual)
{
	if (actual->hosts)
		hosts_free(actual->hosts);
	free(actual->hosts);
	actual->hosts = NULL;
}

const struct plan_address *next_host(const struct plan_actual *actual,
				     const struct plan_address *address,
				     const struct plan_address *last)
{
	unsigned int number = last ? (unsigned int)(last - actual->addresses) + 1 : 0, at;

	if (actual->hosts) {
		at = last ? hosts_next(actual->hosts, number) : hosts_first(actual->hosts, address);
		while (at && !same_host(&actual->addresses[at - 1], address))
			at = hosts_next(actual->hosts, at);
		return at ? &actual->addresses[at - 1] : NULL;
	}
	for (; number < actual->address_count; number++)
		if (same_host(&actual->addresses[number], address))
			return &actual->addresses[number];
	return NULL;
}

bool has_address(const struct plan_actual *actual, const struct plan_address *address)
{
	const struct plan_address *have = NULL;

	while ((have = next_host(actual, address, have)))
		if (have->plen == address->plen)
			return true;
	return false;
}

void plan_actual_free(struct plan_actual *actual)
{
	plan_index_free(actual);
	free(actual->links);
	free(actual->addresses);
	free(actual->routes);
	free(actual->rules);
	*actual = (struct plan_actual){0};
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chooses which slot of the maps belongs to which router, across restarts.
 */
#include "agent/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/loop.h"
#include "agent/runner.h"
#include "core/fnv.h"
#include "core/vrrp/group.h"
#include "sys/host/log.h"

#define GATES_FROM 256
#define GATES_TO   512

static bool adoptable(struct datapath *datapath, const struct config_router *router,
		      unsigned int slot)
{
	const struct router_words words = runner_words(datapath, slot);

	return router_adoptable(router, &words, loop_now());
}

/* The configuration may list the heartbeat interfaces of an adopted router in another order, and
 * have other ones. What is known of an interface goes to its new place. Nothing listens any more on
 * one that is left out. The judge goes on meanwhile: it may count an advert for the interface that
 * was in this place before. */
static void move_paths(struct datapath *datapath, struct ports *ports,
		       const struct config_router *router, unsigned int slot)
{
	struct vrrp_path before[VRRP_MAX_PATHS];
	struct vrrp_timing before_timing[VRRP_MAX_PATHS];
	bool stays[VRRP_MAX_PATHS] = {false};

	for (unsigned int i = 0; i < VRRP_MAX_PATHS; i++) {
		before[i] = *datapath_path(datapath, slot, i);
		before_timing[i] = *datapath_timing(datapath, slot, i);
	}
	for (unsigned int i = 0; i < VRRP_MAX_PATHS; i++) {
		const struct port *port = i < router->heartbeat_count
						  ? ports_find(ports, router->heartbeat[i])
						  : NULL;
		uint32_t ifindex = port ? (uint32_t)port->ifindex : 0;
		struct vrrp_path path = {0};
		struct vrrp_timing timing = {0};

		for (unsigned int from = 0; ifindex && from < VRRP_MAX_PATHS; from++) {
			if (before[from].ifindex != ifindex)
				continue;
			path = before[from];
			timing = before_timing[from];
			stays[from] = true;
		}
		/* Writing to an idle page of the map would make it ours. */
		if (path.ifindex != before[i].ifindex) {
			*datapath_path(datapath, slot, i) = path;
			*datapath_timing(datapath, slot, i) = timing;
		}
	}
	for (unsigned int i = 0; i < VRRP_MAX_PATHS; i++) {
		if (before[i].ifindex && !stays[i])
			datapath_unlisten(datapath, (int)before[i].ifindex, router->family,
					  router->vrid);
	}
}

struct named {
	const char *name;
	uint16_t slot;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* Lists the slots that have a name, sorted by name. Returns how many there are. No slot from
 * *ret_end on has a name. */
static size_t list_named(struct datapath *datapath, struct named ret_named[VRRP_MAX_SLOTS],
			 unsigned int *ret_end)
{
	size_t count = 0;

	*ret_end = 0;
	for (unsigned int slot = 0; slot < VRRP_MAX_SLOTS; slot++) {
		const char *name = datapath_instance(datapath, slot)->report.name;

		if (!name[0])
			continue;
		ret_named[count++] = (struct named){name, (uint16_t)slot};
		*ret_end = slot + 1;
	}
	qsort(ret_named, count, sizeof(*ret_named), by_name);
	return count;
}

/* Finds the slot that each router had in an earlier run. Lists the slots that can be adopted. From
 * the others, copies what they have learned. The earlier run used no slot from *ret_end on. */
static int find_earlier(const struct config *config, struct datapath *datapath, struct ports *ports,
			bool reloads, uint16_t *ret_slots, struct adopted *ret_adopted,
			struct vrrp_judged *ret_learned, unsigned int *ret_end)
{
	struct named *named = calloc(VRRP_MAX_SLOTS, sizeof(*named));
	size_t count;
	int err;

	if (!named)
		return -ENOMEM;
	count = list_named(datapath, named, ret_end);
	err = datapath_enter_paths(datapath, *ret_end, VRRP_MAX_PATHS);
	for (unsigned int i = 0; !err && i < config->router_count; i++) {
		struct named key = {.name = config->routers[i].name}, *found;

		ret_slots[i] = UINT16_MAX;
		found = bsearch(&key, named, count, sizeof(*named), by_name);
		if (found && adoptable(datapath, &config->routers[i], found->slot)) {
			move_paths(datapath, ports, &config->routers[i], found->slot);
			ret_adopted->slot[found->slot] = true;
			ret_slots[i] = found->slot;
		} else if (found && reloads) {
			router_recalls(&config->routers[i],
				       datapath_instance(datapath, found->slot), loop_now(),
				       &ret_learned[i]);
		}
	}
	free(named);
	return err;
}

/* The gate of a group: always the same for the same name, so that over a reload the guards of
 * routers that go on name the right one. It is behind the slots that most hosts use for routers,
 * and in the page of leases that is there in any case. */
static unsigned int choose_gate(const char *name, const bool *taken)
{
	unsigned int slot =
		GATES_FROM + fnv32(FNV32_BASIS, name, strlen(name)) % (GATES_TO - GATES_FROM);

	while (taken[slot])
		slot = (slot + 1) % VRRP_MAX_SLOTS;
	return slot;
}

/* Routers have their slots, and no guard names a gate yet. Chooses the gates, and opens those of
 * groups that go on as MASTER. *ret_used: so many leases are in use. */
static int choose_gates(const struct config *config, struct datapath *datapath,
			const uint16_t *slots, const struct adopted *adopted, uint16_t *ret_gates,
			unsigned int *ret_used)
{
	bool *taken = calloc(VRRP_MAX_SLOTS, sizeof(*taken));
	uint64_t *until_ns = calloc(config->router_count, sizeof(*until_ns));
	struct vrrp_lease *leases = datapath_leases(datapath);
	int err = taken && until_ns ? 0 : -ENOMEM;

	for (unsigned int i = 0; !err && i < config->router_count; i++)
		taken[slots[i]] = true;
	for (unsigned int g = 0; !err && g < config->group_count; g++) {
		const struct config_group *group = &config->groups[g];
		unsigned int gate = choose_gate(group->as.name, taken);

		taken[gate] = true;
		if (gate >= *ret_used)
			*ret_used = gate + 1;
		for (unsigned int i = 0; i < group->count; i++) {
			unsigned int slot = slots[group->routers[i]];

			ret_gates[group->routers[i]] = VRRP_GATE(gate);
			until_ns[i] = adopted->slot[slot] ? leases[slot].until_ns : 0;
		}
		group_adopt(&leases[gate], until_ns, group->count);
	}
	free(taken);
	free(until_ns);
	return err;
}

int slots_choose(const struct config *config, struct datapath *datapath, struct ports *ports,
		 bool reloads, uint16_t *ret_slots, uint16_t *ret_gates,
		 struct adopted *ret_adopted)
{
	struct vrrp_judged *learned = calloc(config->router_count, sizeof(*learned));
	unsigned int next = 0, used = 0, paths = 1, leases, peers = 0, end = 0;
	int err = -ENOMEM;

	if (learned)
		err = find_earlier(config, datapath, ports, reloads, ret_slots, ret_adopted,
				   learned, &end);
	if (!err)
		err = datapath_reset(datapath, end, ret_adopted);
	if (err) {
		log_err("cannot reset the maps: %s", strerror(-err));
		free(learned);
		return err;
	}
	for (unsigned int i = 0; i < config->router_count; i++) {
		if (ret_slots[i] == UINT16_MAX) {
			while (ret_adopted->slot[next])
				next++;
			ret_slots[i] = (uint16_t)next++;
			datapath_instance(datapath, ret_slots[i])->judged = learned[i];
		}
		if (ret_slots[i] >= used)
			used = ret_slots[i] + 1U;
		if (config->routers[i].peer_count && ret_slots[i] >= peers)
			peers = ret_slots[i] + 1U;
		if (config->routers[i].heartbeat_count > paths)
			paths = config->routers[i].heartbeat_count;
	}
	free(learned);
	leases = used;
	err = choose_gates(config, datapath, ret_slots, ret_adopted, ret_gates, &leases);
	if (!err)
		err = datapath_enter_paths(datapath, used, paths);
	if (!err)
		err = datapath_enter_peers(datapath, peers);
	if (err)
		log_err("cannot prepare the maps: %s", strerror(-err));
	datapath_trim(datapath, used, paths, leases);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes keys for the fence from the configuration and the current interfaces.
 */
#include "agent/guards.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/fencing.h"
#include "agent/stand_in.h"
#include "core/fnv.h"
#include "core/nic/cover.h"
#include "sys/host/log.h"

/* Attaches the programs to a NIC once for all routers that share it, and again when the NIC came
 * back. */
static int fence_port(struct guards *guards, struct port *port)
{
	enum fence_hook hook;
	int err;

	if (port->fence_ifindex == port->ifindex)
		return 0;
	stand_in_begin();
	err = fence_attach(guards->paths->deps->fence, port->ifindex, port->name, FENCE_NONE,
			   &hook);
	stand_in_end();
	if (err)
		return err;
	port->fence_ifindex = port->ifindex;
	log_info("%s: fenced by %s", port->name, fence_hook_name(hook));
	return 0;
}

/* RFC 9568, 6.1: Accept_Mode. The owner of the addresses accepts in any case. */
static bool refuses(const struct config_router *config)
{
	return !config->accept && config->priority != VRRP_PRIO_OWNER;
}

static const char *without_effect(const struct config_router *config)
{
	return refuses(config) ? "; accept = no has no effect" : "";
}

static int guard(struct guards *guards, struct port *port, const struct vrrp_guarded_key *key)
{
	const struct config_router *config = guards->paths->config;
	uint16_t flags = refuses(config) && key->kind != VRRP_GUARD_MAC ? VRRP_GUARD_REFUSE : 0;
	int err = fence_guard(guards->paths->deps->fence, key, (uint16_t)guards->paths->slot,
			      guards->paths->gate, flags);

	/* The programs come after the guard: they may replace those for other interfaces, which an
	 * earlier run has left there, and which shut the NIC without it. */
	if (!err)
		err = fence_port(guards, port);
	if (err && !port->fence_failed)
		log_warn("%s: %s is not fenced: %s; the address of a frozen or killed agent stays "
			 "on the wire%s",
			 config->name, port->name,
			 err == -E2BIG ? "it guards as many addresses as it can" : strerror(-err),
			 without_effect(config));
	port->fence_failed = err;
	return err;
}

/* The same address on all other interfaces of the host. Where another router guards it there, that
 * one's lease counts. The router is fenced without it: only the log and `doctor` tell. */
static void guard_elsewhere(struct guards *guards, const struct vrrp_guarded_key *key)
{
	const struct config_router *config = guards->paths->config;
	uint16_t flags = refuses(config) ? VRRP_GUARD_REFUSE : 0;
	int err = fence_guard(guards->paths->deps->fence, key, (uint16_t)guards->paths->slot,
			      guards->paths->gate, flags);

	if (err && err != -EEXIST && !guards->said_elsewhere) {
		log_warn("%s: other interfaces are not fenced: %s; they may answer for its address "
			 "if the agent is dead or frozen",
			 config->name, strerror(-err));
		guards->said_elsewhere = true;
	}
}

/* A key, and the NIC on which it is guarded. */
struct place {
	struct port *port; /* NULL: all other interfaces */
	struct vrrp_guarded_key key;
};

/* The next one from *at on; start with 0. There are up to two of each address, and one of the MAC.
 * Returns false after the last. */
static bool next_place(const struct guards *guards, unsigned int *at, struct place *ret_place)
{
	const struct config_router *config = guards->paths->config;

	while (*at < 2 * config->address_count) {
		const struct config_prefix *address = &config->addresses[*at / 2];
		bool elsewhere = (*at)++ % 2 == 0;
		struct port *port = address->dev[0]
					    ? ports_find(guards->paths->deps->ports, address->dev)
					    : guards->public;
		int ifindex = elsewhere || !port ? 0 : port->ifindex;

		if (elsewhere ? !cover_address(address) : !ifindex)
			continue;
		*ret_place = (struct place){
			.port = elsewhere ? NULL : port,
			.key = fence_key_address(ifindex, address->family, &address->addr),
		};
		return true;
	}
	if ((*at)++ > 2 * config->address_count || config->mac.kind == CONFIG_MAC_KEEP ||
	    !guards->public || !guards->public->ifindex)
		return false;
	*ret_place = (struct place){
		.port = guards->public,
		.key = fence_key_mac(guards->public->ifindex, config->mac.mac),
	};
	return true;
}

void guards_open(struct guards *guards, const struct paths *paths, struct port *public)
{
	*guards = (struct guards){.paths = paths, .public = public};
}

/* The slot may have guards of earlier keys, which the router has no more. They become orphans. */
static int orphan_others(const struct guards *guards)
{
	struct vrrp_guarded_key *keys =
		calloc(2 * (size_t)guards->paths->config->address_count + 1, sizeof(*keys));
	unsigned int count = 0;
	struct place place;
	int err;

	if (!keys)
		return -ENOMEM;
	for (unsigned int at = 0; next_place(guards, &at, &place);)
		keys[count++] = place.key;
	err = fence_keep(guards->paths->deps->fence, (uint16_t)guards->paths->slot, keys, count);
	free(keys);
	return err;
}

int guards_adopt(struct guards *guards)
{
	if (!guards->paths->deps->fence)
		return 0;
	if (guards->paths->config->fence == CONFIG_FENCE_NO) {
		int forgotten = fence_forget_slot(guards->paths->deps->fence,
						  (uint16_t)guards->paths->slot);

		return forgotten < 0 ? forgotten : 0;
	}
	return orphan_others(guards);
}

/* What is guarded on a NIC that is not the router's any more, be it renamed or replaced, is an
 * orphan from now on: it stays shut, whatever the lease of the router says. */
static int leave_others(struct guards *guards)
{
	uint32_t hash = FNV32_BASIS;
	struct place place;

	for (unsigned int at = 0; next_place(guards, &at, &place);)
		hash = fnv32(hash, &place.key, sizeof(place.key));
	if (guards->updated && hash != guards->places_hash) {
		int err = orphan_others(guards);

		guards->paths->deps->ports->left = true;
		if (err)
			return err;
	}
	guards->updated = true;
	guards->places_hash = hash;
	return 0;
}

int guards_update(struct guards *guards, bool *ret_fenced)
{
	struct place place;
	bool stands = true;
	int first;

	*ret_fenced = false;
	if (guards->paths->config->fence == CONFIG_FENCE_NO)
		return 0;
	if (!guards->paths->deps->fence) {
		if (!guards->said_unfenced && refuses(guards->paths->config))
			log_warn("%s: there is no fence%s", guards->paths->config->name,
				 without_effect(guards->paths->config));
		guards->said_unfenced = true;
		return 0;
	}
	first = leave_others(guards);
	for (unsigned int at = 0; next_place(guards, &at, &place);) {
		int err = 0;

		if (place.port)
			err = guard(guards, place.port, &place.key);
		else
			guard_elsewhere(guards, &place.key);
		first = first ? first : err;
		stands &= !place.port ||
			  fencing_stands(guards->paths->deps->fencing, place.port->ifindex);
	}
	*ret_fenced = !first && guards->public && guards->public->ifindex && stands;
	return first;
}

void guards_close(struct guards *guards)
{
	struct place place;

	if (!guards->paths->deps->fence || guards->paths->config->fence == CONFIG_FENCE_NO)
		return;
	for (unsigned int at = 0; next_place(guards, &at, &place);)
		fence_unguard(guards->paths->deps->fence, &place.key,
			      (uint16_t)guards->paths->slot);
}

int64_t guards_rivals(const struct guards *guards)
{
	if (!guards->paths->deps->fence || guards->paths->config->fence == CONFIG_FENCE_NO)
		return -1;
	return fence_rivals(guards->paths->deps->fence, (uint16_t)guards->paths->slot);
}

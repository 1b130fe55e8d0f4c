/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of one virtual router the fence guards: its shared addresses and its MAC, on the NICs that
 * carry them as MASTER. Decides nothing.
 */
#include <errno.h>
#include <string.h>

#include "agent/router_internal.h"
#include "sys/host/log.h"

/* The programs on a NIC, once for all routers that share it, anew when it came back. */
static int fence_port(struct router *router, struct port *port)
{
	enum fence_hook hook;
	int err;

	if (port->fence_ifindex == port->ifindex)
		return 0;
	if (port->fence_ifindex) {
		fence_detach(router->deps->bpffs, port->fence_ifindex);
		fence_forget_interface(router->deps->fence, port->fence_ifindex);
	}
	port->fence_ifindex = 0;
	err = fence_attach(router->deps->fence, port->ifindex, port->name, FENCE_NONE, &hook);
	if (err)
		return err;
	port->fence_ifindex = port->ifindex;
	log_info("%s: fenced by %s", port->name, fence_hook_name(hook));
	return 0;
}

/* RFC 9568, 6.1: Accept_Mode; the owner accepts in any case. */
static bool refuses(const struct config_router *config)
{
	return !config->accept && config->priority != VRRP_PRIO_OWNER;
}

static const char *without_effect(const struct config_router *config)
{
	return refuses(config) ? ", and accept = no is without effect" : "";
}

static int guard(struct router *router, struct port *port, const struct vrrp_guarded_key *key)
{
	const struct config_router *config = router->config;
	uint16_t flags = refuses(config) && key->kind != VRRP_GUARD_MAC ? VRRP_GUARD_REFUSE : 0;
	int err = fence_port(router, port);

	if (!err)
		err = fence_guard(router->deps->fence, key, (uint16_t)router->slot, flags);
	if (err && !port->fence_failed)
		log_warn("%s: %s is not fenced: %s; a frozen or killed agent's address stays on "
			 "the wire%s",
			 config->name, port->name, strerror(-err), without_effect(config));
	port->fence_failed = err;
	return err;
}

/* A key, and where it is guarded. */
struct place {
	struct port *port;
	struct vrrp_guarded_key key;
};

#define PLACES (CONFIG_MAX_ADDRESSES + 1)

static unsigned int places(const struct router *router, struct place ret_places[PLACES])
{
	const struct config_router *config = router->config;
	unsigned int count = 0;

	for (unsigned int i = 0; i < config->address_count; i++) {
		const struct config_prefix *address = &config->addresses[i];
		struct port *port = address->dev[0] ? ports_find(router->deps->ports, address->dev)
						    : router->public;

		if (!port || !port->ifindex)
			continue;
		ret_places[count++] =
			(struct place){port, fence_key_address(port->ifindex, address->family,
							       &address->addr)};
	}
	if (config->mac.kind != CONFIG_MAC_KEEP && router->public && router->public->ifindex)
		ret_places[count++] =
			(struct place){router->public,
				       fence_key_mac(router->public->ifindex, config->mac.mac)};
	return count;
}

int router_fence_adopt(struct router *router)
{
	struct vrrp_guarded_key keys[PLACES];
	struct place list[PLACES];
	unsigned int count;

	if (!router->deps->fence)
		return 0;
	if (router->config->fence == CONFIG_FENCE_NO) {
		int forgotten = fence_forget_slot(router->deps->fence, (uint16_t)router->slot);

		return forgotten < 0 ? forgotten : 0;
	}
	count = places(router, list);
	for (unsigned int i = 0; i < count; i++)
		keys[i] = list[i].key;
	return fence_keep(router->deps->fence, (uint16_t)router->slot, keys, count);
}

int router_fence_update(struct router *router)
{
	struct place list[PLACES];
	unsigned int count;
	int first = 0;

	router->fenced = false;
	if (router->config->fence == CONFIG_FENCE_NO)
		return 0;
	if (!router->deps->fence) {
		if (!router->said_unfenced && refuses(router->config))
			log_warn("%s: there is no fence%s", router->config->name,
				 without_effect(router->config));
		router->said_unfenced = true;
		return 0;
	}
	count = places(router, list);
	for (unsigned int i = 0; i < count; i++) {
		int err = guard(router, list[i].port, &list[i].key);

		first = first ? first : err;
	}
	router->fenced = !first && router->public && router->public->ifindex;
	return first;
}

void router_fence_close(struct router *router)
{
	struct place list[PLACES];
	unsigned int count;

	if (!router->deps->fence || router->config->fence == CONFIG_FENCE_NO)
		return;
	count = places(router, list);
	for (unsigned int i = 0; i < count; i++)
		fence_unguard(router->deps->fence, &list[i].key);
}

/* Stragglers of the master before us are no rivals: so long after a promotion they do not count. */
#define SETTLED_NS 1000000000ULL
#define LOOK_NS    1000000000LL /* and so often, at most, is announced against them */
#define SAY_NS     60000000000LL

bool router_fence_watch(struct router *router, struct monotime now)
{
	int64_t rivals, before = router->rivals;
	uint64_t since = router->instance->report.since_ns;

	if (!router->deps->fence || router->config->fence == CONFIG_FENCE_NO ||
	    router->fsm.state != VRRP_STATE_MASTER || monotime_before(now, router->rivals_at))
		return false;
	router->rivals_at = monotime_add(now, LOOK_NS);
	rivals = fence_rivals(router->deps->fence, (uint16_t)router->slot);
	if (rivals < 0)
		return false;
	router->rivals = rivals;
	if (rivals <= before || vrrp_before((uint64_t)now.ns, since + SETTLED_NS))
		return false;
	if (!router->rivals_said.ns || monotime_diff(now, router->rivals_said) > SAY_NS) {
		router->rivals_said = now;
		log_warn("%s: another host on %s uses the shared address or MAC (%lld frames): "
			 "announcing again",
			 router->config->name, router->public->name, (long long)(rivals - before));
	}
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds guards against what the interfaces carry. Depends on agent/interfaces, sys/bpf/fence and
 * the log. Never changes a NIC.
 */
#include "agent/remains.h"

#include <errno.h>
#include <string.h>

#include "core/address.h"
#include "sys/host/log.h"

struct remains {
	const struct config *config; /* NULL: there is none */
	struct interfaces *interfaces;
	bool tell; /* log what stays */
	bool looked;
	int err; /* of that look */
};

static bool is_standby(const struct config *config, const struct plan_link *link,
		       const struct plan_address *address)
{
	for (unsigned int r = 0; config && r < config->router_count; r++) {
		const struct config_router *router = &config->routers[r];

		for (unsigned int i = 0; i < router->standby_address_count; i++) {
			const struct config_prefix *standby = &router->standby_addresses[i];
			const char *dev = standby->dev[0] ? standby->dev : router->public;

			if (standby->family == address->family &&
			    !memcmp(&standby->addr, &address->addr, sizeof(address->addr)) &&
			    !strcmp(dev, link->name))
				return true;
		}
	}
	return false;
}

#define MEND "then start or reload the agent, or run vrrp-xdp detach --all"

static bool carries_address(const struct remains *remains, const struct plan_link *link,
			    const struct vrrp_guarded_key *key)
{
	const struct plan_actual *actual = &remains->interfaces->actual;
	const uint8_t family = key->kind == VRRP_GUARD_IP6 ? 6 : 4;
	char text[ADDRESS_TEXT];

	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *address = &actual->addresses[i];

		if (address->ifindex != link->ifindex || address->family != family ||
		    memcmp(&address->addr, &key->addr, sizeof(key->addr)) != 0 ||
		    is_standby(remains->config, link, address) ||
		    interfaces_is_recorded(remains->interfaces, address))
			continue;
		if (!remains->tell)
			return true;
		address_format(family, &address->addr, text);
		log_warn("%s: still has the address %s, but no router here has a lease for it; the "
			 "fence "
			 "stays closed for it. Remove it (ip address del %s/%u dev %s), " MEND,
			 link->name, text, text, address->plen, link->name);
		return true;
	}
	return false;
}

static bool is_standby_mac(const struct config *config, const struct plan_link *link)
{
	for (unsigned int r = 0; config && r < config->router_count; r++) {
		const struct config_router *router = &config->routers[r];

		if (router->has_standby_mac && !memcmp(router->standby_mac, link->mac, 6) &&
		    !strcmp(router->public, link->name))
			return true;
	}
	return false;
}

/* A NIC's permanent MAC is its own, even if it is the shared one. */
static bool carries_mac(const struct remains *remains, const struct plan_link *link,
			const struct vrrp_guarded_key *key)
{
	char text[MAC_TEXT];

	if (memcmp(link->mac, key->addr.b, 6) != 0 || !memcmp(link->mac, link->permanent_mac, 6) ||
	    is_standby_mac(remains->config, link))
		return false;
	if (!remains->tell)
		return true;
	log_warn(
		"%s: still has the shared MAC %s, but no router here has a lease for it; the fence "
		"stays closed for it. Give the interface its own MAC (ip link set %s address "
		"MAC), " MEND,
		link->name, mac_format(link->mac, text), link->name);
	return true;
}

static bool is_needed(void *context, const struct vrrp_guarded_key *key)
{
	struct remains *remains = context;
	const struct plan_actual *actual = &remains->interfaces->actual;
	bool needed = false;

	if (!remains->looked)
		remains->err = interfaces_look(remains->interfaces, NULL, true);
	remains->looked = true;
	if (remains->err)
		return true;
	for (unsigned int i = 0; i < actual->link_count && !needed; i++) {
		const struct plan_link *link = &actual->links[i];

		/* A key with ifindex 0 holds on every interface. */
		if (key->ifindex && key->ifindex != (uint32_t)link->ifindex)
			continue;
		needed = key->kind == VRRP_GUARD_MAC ? carries_mac(remains, link, key)
						     : carries_address(remains, link, key);
	}
	return needed;
}

void remains_forget_orphans(struct fence *fence, const struct config *config,
			    struct interfaces *interfaces, bool tell)
{
	struct remains remains = {.config = config, .interfaces = interfaces, .tell = tell};
	int err = fence_forget_orphans(fence, is_needed, &remains);

	if (err < 0)
		log_warn("cannot remove the guarded addresses of an earlier run: %s",
			 strerror(-err));
}

int remains_forget_all(const char *bpffs, struct interfaces *interfaces)
{
	struct remains remains = {.interfaces = interfaces, .tell = true};
	int err = fence_forget_all(bpffs, is_needed, &remains);

	if (err == -EPROTO)
		return err;
	if (err < 0 && err != -ENOENT)
		log_warn("%s: cannot remove the guarded addresses: %s", bpffs, strerror(-err));
	return fence_is_needed(bpffs, 0) ? -EBUSY : 0;
}

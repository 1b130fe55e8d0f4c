/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/clones.h"

#include <string.h>

#include "agent/interfaces.h"
#include "core/address.h"
#include "sys/host/log.h"
#include "vrrp_timers.h"

#define SAY_AGAIN_NS (60 * NS_PER_S)
#define FORGET_NS    (60 * NS_PER_S)

static bool is_mac(const uint8_t a[6], const uint8_t b[6])
{
	return !memcmp(a, b, 6);
}

/* Is this a MAC of this host? The router may have changed it since the advert was sent. */
static bool is_ours(const struct paths *paths, const uint8_t mac[6])
{
	const struct config_router *config = paths->config;
	const struct interfaces *interfaces = paths->deps->ports->interfaces;

	if (config->mac.kind != CONFIG_MAC_KEEP && is_mac(mac, config->mac.mac))
		return true;
	if (config->has_standby_mac && is_mac(mac, config->standby_mac))
		return true;
	for (unsigned int i = 0; i < paths->count; i++) {
		const struct plan_link *link =
			plan_link_by_index(&interfaces->actual, paths->path[i].port->ifindex);

		if (link && (is_mac(mac, link->mac) || is_mac(mac, link->permanent_mac)))
			return true;
	}
	return false;
}

void clones_open(struct clones *clones, struct vrrp_instance *instance)
{
	*clones = (struct clones){.seen_ns = __atomic_load_n(&instance->echo_ns, __ATOMIC_ACQUIRE)};
	memset(instance->report.clone_mac, 0, sizeof(instance->report.clone_mac));
}

static void forget(struct clones *clones, const struct paths *paths, struct vrrp_instance *instance,
		   struct monotime now)
{
	if (!clones->heard.ns || monotime_diff(now, clones->heard) < FORGET_NS)
		return;
	clones->heard = clones->said = (struct monotime){0};
	memset(instance->report.clone_mac, 0, sizeof(instance->report.clone_mac));
	log_info("%s: nobody else has sent adverts from our own address for a minute",
		 paths->config->name);
}

static void say(struct clones *clones, const struct paths *paths,
		const struct vrrp_instance *instance, const uint8_t mac[6], struct monotime now)
{
	unsigned int path = VRRP_ECHO_PATH(__atomic_load_n(&instance->echo, __ATOMIC_RELAXED));
	char text[MAC_TEXT], address[ADDRESS_TEXT];

	if (clones->said.ns && monotime_diff(now, clones->said) < SAY_AGAIN_NS)
		return;
	clones->said = now;
	path = path < paths->count ? path : 0;
	log_err("%s: another host, %s, sends adverts on %s from our own address %s: a clone of "
		"this "
		"host, or an address that is configured twice. Neither hears the other, so both "
		"may "
		"own the shared address",
		paths->config->name, mac_format(mac, text), paths->path[path].port->name,
		address_format(paths->config->family, &paths->path[path].shared->own_source,
			       address));
}

void clones_look(struct clones *clones, const struct paths *paths, struct vrrp_instance *instance,
		 struct monotime now)
{
	uint64_t at_ns = __atomic_load_n(&instance->echo_ns, __ATOMIC_ACQUIRE), echo;
	uint8_t mac[6];

	forget(clones, paths, instance, now);
	if (at_ns == clones->seen_ns)
		return;
	clones->seen_ns = at_ns;
	echo = __atomic_load_n(&instance->echo, __ATOMIC_RELAXED);
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)(echo >> (40 - 8 * i));
	if (is_ours(paths, mac))
		return;
	clones->heard = now;
	memcpy(instance->report.clone_mac, mac, sizeof(mac));
	say(clones, paths, instance, mac, now);
}

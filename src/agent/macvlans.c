// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes and removes the macvlan devices of routers, with the settings that they need.
 */
#include "agent/macvlans.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record_file.h"
#include "agent/stand_in.h"
#include "sys/host/log.h"
#include "sys/net/macvlan.h"
#include "sys/net/nic_lock.h"

/*
 * The settings of a device. The kernel answers on every interface for every address of the host:
 * without arp_ignore, the device would answer for the NIC's own addresses with the shared MAC.
 * Without arp_announce, it would ask for neighbours in the name of these addresses. Clients come in
 * by the device, but the route back to them may lead by the NIC: a strict rp_filter would drop what
 * they send. The kernel takes the larger one of this value and that of `all`, and 2 is the largest
 * one, and loose. A router advertisement must bring the device neither an address nor a route. The
 * kernel makes it no link-local address either: on a BACKUP, what it sends for one would lead the
 * switches astray, where no fence stops it.
 */
static const struct setting {
	const char *family, *key;
	int value;
} settings[] = {
	{"ipv4", "arp_ignore", 1}, {"ipv4", "arp_announce", 2}, {"ipv4", "rp_filter", 2},
	{"ipv6", "accept_ra", 0},  {"ipv6", "autoconf", 0},     {"ipv6", "addr_gen_mode", 1},
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* The settings of the NIC below are kept in the alias of each device on it, as KEY=VALUE. So a
 * later run knows them, whatever has ended this one. */
enum { ARP_ANNOUNCE, RP_FILTER, KEPT };
static const char *const kept[KEPT] = {"arp_announce", "rp_filter"};
#define LOOSE 2

static const struct plan_link *find(const struct interfaces *interfaces, const char *name)
{
	return plan_link_by_name(&interfaces->actual, name);
}

static void set(const char *family, const char *ifname, const char *key, int value)
{
	int err = macvlan_set(family, ifname, key, value);

	/* Without IPv6 there are no settings of it. */
	if (err && err != -ENOENT)
		log_warn("%s: cannot set %s to %d: %s", ifname, key, value, strerror(-err));
}

/* What the kernel makes of a setting of the NIC: the larger one of its own value and that of
 * `all`. */
static int effective(const char *nic, const char *key)
{
	int own = macvlan_setting("ipv4", nic, key), all = macvlan_setting("ipv4", "all", key);

	return own > all ? own : all;
}

/*
 * Two settings of the NIC itself. Where the master answers a neighbour by the NIC, the kernel asks
 * for this neighbour in the name of the shared address, from the NIC's MAC: the fence stops that
 * question, and without a fence it would mislead the neighbour. Where the router has routes, the
 * way back to those beyond its gateway leads by the device: a strict rp_filter would drop what they
 * send to the NIC's own addresses.
 */
static void set_nic(const struct config_router *router)
{
	if (effective(router->nic, kept[ARP_ANNOUNCE]) < LOOSE)
		set("ipv4", router->nic, kept[ARP_ANNOUNCE], LOOSE);
	if (!router->route_count || effective(router->nic, kept[RP_FILTER]) != 1)
		return;
	log_info("%s: set rp_filter of %s to 2 while %s exists, so that hosts beyond its gateway "
		 "can reach this host",
		 router->name, router->nic, router->macvlan);
	set("ipv4", router->nic, kept[RP_FILTER], LOOSE);
}

/* Finds a device of ours on this NIC, other than the one with this ifindex, and reads its alias. */
static bool find_alias(const struct interfaces *interfaces, const char *nic, int parent,
		       int ifindex, char alias[MACVLAN_ALIAS])
{
	char head[sizeof(MACVLAN_MARK) + CONFIG_IFNAME];
	const size_t length = (size_t)snprintf(head, sizeof(head), MACVLAN_MARK "%s ", nic);

	for (unsigned int i = 0; i < interfaces->actual.link_count; i++) {
		const struct plan_link *link = &interfaces->actual.links[i];

		if (link->own && link->parent == parent && link->ifindex != ifindex &&
		    !macvlan_alias(interfaces->rtnl, link->ifindex, alias) &&
		    !strncmp(alias, head, length))
			return true;
	}
	return false;
}

/* An alias that holds the settings of the NIC as they were before any device was on it: those that
 * a device on it knows, or else those that the NIC has. */
static void make_alias(const struct interfaces *interfaces, const char *nic, int parent,
		       char alias[MACVLAN_ALIAS])
{
	int length;

	if (find_alias(interfaces, nic, parent, 0, alias))
		return;
	length = snprintf(alias, MACVLAN_ALIAS, MACVLAN_MARK "%s", nic);
	for (int i = 0; i < KEPT; i++) {
		int value = macvlan_setting("ipv4", nic, kept[i]);

		if (value >= 0)
			length += snprintf(alias + length, (size_t)(MACVLAN_ALIAS - length),
					   " %s=%d", kept[i], value);
	}
}

/* Gives the NIC back what it had, by the alias of a device that is gone, unless another one needs
 * it. What is not as set_nic() has left it, somebody has changed since. */
static void restore_nic(const struct interfaces *interfaces, const struct plan_link *gone,
			const char *alias)
{
	const char *nic = alias + strlen(MACVLAN_MARK);
	char name[CONFIG_IFNAME], other[MACVLAN_ALIAS];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(nic, " "), nic);
	if (find_alias(interfaces, name, gone->parent, gone->ifindex, other))
		return;
	for (int i = 0; i < KEPT; i++) {
		const char *at = strstr(nic, kept[i]);

		if (at && at[strlen(kept[i])] == '=' &&
		    macvlan_setting("ipv4", name, kept[i]) == LOOSE)
			set("ipv4", name, kept[i], atoi(at + strlen(kept[i]) + 1));
	}
}

/* ---- one device ---- */

static int set_up(struct interfaces *interfaces, const struct config_router *router, bool up)
{
	for (size_t i = 0; i < SETTINGS; i++)
		set(settings[i].family, router->macvlan, settings[i].key, settings[i].value);
	set_nic(router);
	return up ? 0 : macvlan_up(interfaces->rtnl, router->macvlan);
}

static int create(struct interfaces *interfaces, const struct config_router *router, int parent)
{
	char alias[MACVLAN_ALIAS];
	int err;

	make_alias(interfaces, router->nic, parent, alias);
	err = macvlan_create(interfaces->rtnl, router->macvlan, parent, router->mac.mac, alias);
	if (!err)
		log_info("%s: made %s on %s", router->name, router->macvlan, router->nic);
	return err;
}

void macvlans_remove(struct interfaces *interfaces, const char *name)
{
	char alias[MACVLAN_ALIAS];
	const struct plan_link *link;
	pid_t holder;
	int err;

	if (interfaces_look(interfaces, NULL, false))
		return;
	link = find(interfaces, name);
	if (!link || !link->own)
		return;
	if (nic_locked(link->ifindex, &holder)) {
		log_warn("%s: another agent uses this interface: vrrp-xdp, pid %d", name,
			 (int)holder);
		return;
	}
	err = macvlan_alias(interfaces->rtnl, link->ifindex, alias);
	if (!err)
		err = macvlan_delete(interfaces->rtnl, link->ifindex);
	if (err) {
		log_warn("%s: cannot be removed: %s", name, strerror(-err));
		return;
	}
	log_info("%s: removed", name);
	restore_nic(interfaces, link, alias);
	interfaces_look(interfaces, NULL, true);
}

/* A macvlan on a macvlan is on what that one is on. */
static bool is_on(const struct plan_link *link, const struct plan_link *nic)
{
	return link->parent == (nic->macvlan ? nic->parent : nic->ifindex);
}

static void complain(const struct config_router *router, int err)
{
	if (err == -EEXIST)
		log_err("%s: the device %s exists, and vrrp-xdp did not make it; remove it (ip "
			"link del %s), or choose another name (mac-device = macvlan NAME)",
			router->name, router->macvlan, router->macvlan);
	else
		log_err("%s: cannot make the macvlan %s on %s: %s", router->name, router->macvlan,
			router->nic, strerror(-err));
}

/* Returns 1 if something was changed, 0, or a negative errno. */
static int make_one(struct interfaces *interfaces, const struct config_router *router, bool strict)
{
	const struct plan_link *nic = find(interfaces, router->nic);
	const struct plan_link *link = find(interfaces, router->macvlan);
	int err = 0;

	if (link && nic && !is_on(link, nic)) {
		log_warn("%s: %s is on another interface than %s; it is made again", router->name,
			 router->macvlan, router->nic);
		macvlans_remove(interfaces, router->macvlan);
		nic = find(interfaces, router->nic);
		link = find(interfaces, router->macvlan);
		if (link)
			return -EBUSY;
	}
	if (!link && !nic)
		return 0;
	if (link && link->up && !strict)
		return 0;
	stand_in_begin();
	if (!link)
		err = create(interfaces, router, nic->ifindex);
	if (!err)
		err = set_up(interfaces, router, link && link->up);
	stand_in_end();
	if (err)
		return err;
	return !link || !link->up;
}

int macvlans_make(struct macvlans *macvlans, bool strict)
{
	struct interfaces *interfaces = macvlans->interfaces;
	int first = 0;

	for (unsigned int i = 0; i < macvlans->config->router_count; i++) {
		const struct config_router *router = &macvlans->config->routers[i];
		int err;

		if (!router->macvlan[0])
			continue;
		err = interfaces_look(interfaces, NULL, false);
		if (!err)
			err = make_one(interfaces, router, strict);
		if (err > 0)
			err = interfaces_look(interfaces, NULL, true);
		if (err && !macvlans->said[i])
			complain(router, err);
		macvlans->said[i] = err != 0;
		if (strict && err == -EEXIST)
			first = err;
	}
	return first;
}

int macvlans_check(const struct interfaces *interfaces, const struct config *config)
{
	int err = 0;

	for (unsigned int i = 0; i < config->router_count; i++) {
		const struct config_router *router = &config->routers[i];

		if (!router->macvlan[0] || !interfaces_is_foreign(interfaces, router->macvlan))
			continue;
		err = -EEXIST;
		complain(router, err);
	}
	return err;
}

void macvlans_close(struct macvlans *macvlans, const char *run_dir)
{
	for (unsigned int i = 0; macvlans->config && i < macvlans->config->router_count; i++) {
		const struct config_router *router = &macvlans->config->routers[i];

		if (router->macvlan[0] && !record_is_there(run_dir, router->name))
			macvlans_remove(macvlans->interfaces, router->macvlan);
	}
}

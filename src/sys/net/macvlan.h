/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Macvlan devices, and the settings of interfaces below /proc/sys/net that concern them. Depends on
 * sys/net/rtnl and sys/host/slurp. Never decides, never logs.
 *
 * A device that the agent makes is told from others by its alias, which `ip link` shows. The alias
 * begins with MACVLAN_MARK; what follows is the caller's, and lasts as long as the device.
 */
#ifndef SYS_NET_MACVLAN_H
#define SYS_NET_MACVLAN_H

#include "sys/net/rtnl.h"

#define MACVLAN_MARK  "vrrp-xdp on "
#define MACVLAN_ALIAS 128

/* Make a macvlan with this name, MAC and alias on the interface `parent`. It is down. The mode is
 * bridge: other devices of this host on the same parent (containers, for example) reach it, which
 * the wire cannot do for them, because a switch sends no frame back where it came from. Returns 0,
 * -EEXIST if an interface of that name is there, -EOPNOTSUPP if the kernel has no macvlan, or
 * another negative errno; then there is no new device. */
int macvlan_create(struct rtnl *rtnl, const char *name, int parent, const uint8_t mac[6],
		   const char *alias);

/* Set the link of the interface up. Returns 0, -EADDRINUSE if another macvlan on the same parent is
 * up with the same MAC, or another negative errno. */
int macvlan_up(struct rtnl *rtnl, const char *name);

/* Remove the device with all that it carries. Returns 0, also if it is gone, or a negative
 * errno. */
int macvlan_delete(struct rtnl *rtnl, int ifindex);

/* Read the alias of an interface. The text is empty if it has none. Returns 0 or a negative
 * errno. */
int macvlan_alias(struct rtnl *rtnl, int ifindex, char ret_alias[MACVLAN_ALIAS]);

/* Read or write a setting of an interface, for example ("ipv4", "eth0", "rp_filter"). They return a
 * number that is not negative, and 0, or a negative errno: -ENOENT if the kernel has no such
 * setting. A setting that has this value already is not written. */
int macvlan_setting(const char *family, const char *ifname, const char *key);
int macvlan_set(const char *family, const char *ifname, const char *key, int value);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the kernel about an interface by ioctl(2).
 */
#ifndef SYS_NET_ASK_NIC_H
#define SYS_NET_ASK_NIC_H

#include <net/if.h>

/* Ask one thing, such as SIOCGIFMTU. `fd` is any socket, `data` is what ifr_data is to point to, or
 * NULL. Returns 0 and *ret_answer, or a negative errno. */
int ask_nic(int fd, const char *ifname, unsigned long what, void *data, struct ifreq *ret_answer);

/* Ask the driver: `command` is a command of <linux/ethtool.h>, which gets the answer. Returns 0 or
 * a negative errno. */
int ask_ethtool(int fd, const char *ifname, void *command);

/* Have the frames of this interface an Ethernet header? Adverts are sent with one, and XDP looks
 * for one. A layer-3 tunnel (tun, wireguard, gre, ipip) and PPP have none. Returns 0,
 * -EPROTONOSUPPORT if they have none, -ENODEV if there is no such interface, or another negative
 * errno. */
int link_type_check(const char *ifname);

/* What is said of an interface for which it returns -EPROTONOSUPPORT. */
#define LINK_TYPE_REFUSED                                                                        \
	"its frames have no Ethernet header (a layer-3 tunnel, PPP): adverts cannot be sent or " \
	"heard there"

#endif

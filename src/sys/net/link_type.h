/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kind of frames an interface has. Asks the kernel by ioctl(2).
 */
#ifndef SYS_NET_LINK_TYPE_H
#define SYS_NET_LINK_TYPE_H

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

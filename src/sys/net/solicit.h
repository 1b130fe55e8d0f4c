/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the IPv6 routers on a link for a router advertisement (RFC 4861, 4.1).
 */
#ifndef SYS_NET_SOLICIT_H
#define SYS_NET_SOLICIT_H

/* Send one router solicitation by the host's own stack, from a link-local address that the stack
 * chooses. The kernel, or whatever else reads router advertisements on this host, acts on the
 * answer. Never blocks. Returns 0 or a negative errno. */
int solicit_routers(int ifindex);

#endif

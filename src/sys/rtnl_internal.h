/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two files of rtnl share: the handle, and how a route message is read. For sys/rtnl*.c
 * only.
 */
#ifndef SYS_RTNL_INTERNAL_H
#define SYS_RTNL_INTERNAL_H

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "sys/rtnl.h"

#define RTNL_ERROR_TEXT 256
#define RTNL_BUFFER     65536 /* dumps come in pieces of up to 32 KiB */

struct rtnl {
	struct mnl_socket *request;
	struct mnl_socket *monitor;
	uint32_t seq;
	char error[RTNL_ERROR_TEXT];
	uint32_t changes[RTNL_MARK_SLOTS];
	char *buffer; /* RTNL_BUFFER bytes, for both sockets: none is read within the other */
};

static inline int rtnl_family(uint8_t family)
{
	return family == 6 ? AF_INET6 : AF_INET;
}

static inline size_t rtnl_addr_len(uint8_t family)
{
	return family == 6 ? 16 : 4;
}

/* The reason that the kernel gave in an extended ACK, if it gave one, for rtnl_error(). */
void rtnl_keep_error(struct rtnl *rtnl, const struct nlmsghdr *nlh);

/* A unicast route of the main table, of IPv4 or IPv6? Then true and *ret_route. */
bool rtnl_read_route(const struct nlmsghdr *nlh, struct plan_route *ret_route);

int rtnl_monitor_open(struct rtnl *rtnl);

#endif

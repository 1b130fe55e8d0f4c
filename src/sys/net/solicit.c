// SPDX-License-Identifier: GPL-2.0-only
/*
 * One router solicitation. Depends on the C library alone. Never logs, keeps nothing.
 */
#include "sys/net/solicit.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOP_LIMIT 255 /* routers ignore any other (RFC 4861, 6.1.1) */

int solicit_routers(int ifindex)
{
	/* The kernel fills the checksum in. */
	const struct nd_router_solicit message = {.nd_rs_hdr.icmp6_type = ND_ROUTER_SOLICIT};
	struct sockaddr_in6 all_routers = {
		.sin6_family = AF_INET6,
		.sin6_addr = {.s6_addr = {0xff, 2, [15] = 2}},
		.sin6_scope_id = (uint32_t)ifindex,
	};
	int hops = HOP_LIMIT, err = 0;
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) < 0 ||
	    sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&all_routers,
		   sizeof(all_routers)) < 0)
		err = -errno;
	close(fd);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The monitor of rtnl.h: what changed on links, addresses and routes, and whether a dump is still
 * good. Depends on libmnl. Never asks the kernel anything, never blocks, never decides.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/net/rtnl_internal.h"

int rtnl_monitor_fd(const struct rtnl *rtnl)
{
	return mnl_socket_get_fd(rtnl->monitor);
}

static void count_change(struct rtnl *rtnl, int ifindex)
{
	if (ifindex > 0) {
		rtnl->changes[ifindex % RTNL_MARK_SLOTS]++;
		return;
	}
	for (unsigned int i = 0; i < RTNL_MARK_SLOTS; i++)
		rtnl->changes[i]++;
}

static void read_message(struct rtnl *rtnl, const struct nlmsghdr *nlh, rtnl_change_fn fn,
			 void *context)
{
	struct plan_route route;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK: {
		const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

		/* A bridge tells of its ports in messages of its own: the port is not gone. */
		if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ifi)) || ifi->ifi_family != AF_UNSPEC)
			return;
		count_change(rtnl, ifi->ifi_index);
		fn(context, nlh->nlmsg_type == RTM_DELLINK ? RTNL_LINK_GONE : RTNL_LINK,
		   ifi->ifi_index);
		return;
	}
	case RTM_NEWADDR:
	case RTM_DELADDR: {
		const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

		if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ifa)))
			return;
		count_change(rtnl, (int)ifa->ifa_index);
		fn(context, RTNL_ADDRESS, (int)ifa->ifa_index);
		return;
	}
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (!rtnl_read_route(nlh, &route) ||
		    (route.table && !(rtnl->table_bits & 1ULL << route.table % 64)))
			return;
		/* A route on one interface may have replaced one on another. */
		count_change(rtnl, 0);
		fn(context, RTNL_ROUTE, route.ifindex);
		return;
	case RTM_NEWRULE:
	case RTM_DELRULE:
		if (!rtnl->rules)
			return;
		count_change(rtnl, 0);
		fn(context, RTNL_ROUTE, 0);
		return;
	}
}

void rtnl_take_changes(struct rtnl *rtnl, size_t length, rtnl_change_fn fn, void *context)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)rtnl->buffer;
	int left = (int)length;

	for (; rtnl_message_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		read_message(rtnl, nlh, fn, context);
}

int rtnl_monitor_read(struct rtnl *rtnl, rtnl_change_fn fn, void *context)
{
	for (;;) {
		ssize_t length = mnl_socket_recvfrom(rtnl->monitor, rtnl->buffer, RTNL_BUFFER);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && errno == EAGAIN)
			return 0;
		/* ENOSPC: libmnl's word for a message that was cut short. Either way something was
		 * lost, and what waits behind it is still good. */
		if (length < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
			count_change(rtnl, 0);
			fn(context, RTNL_OVERRUN, 0);
			continue;
		}
		if (length <= 0)
			return length < 0 ? -errno : -EPIPE;
		rtnl_take_changes(rtnl, (size_t)length, fn, context);
	}
}

void rtnl_mark(const struct rtnl *rtnl, struct rtnl_mark *ret_mark)
{
	for (unsigned int i = 0; i < RTNL_MARK_SLOTS; i++)
		ret_mark->changes[i] = rtnl->changes[i];
}

bool rtnl_unchanged(const struct rtnl *rtnl, const struct rtnl_mark *mark, int ifindex)
{
	if (ifindex > 0)
		return rtnl->changes[ifindex % RTNL_MARK_SLOTS] == rtnl_changes(mark, ifindex);
	return !memcmp(rtnl->changes, mark->changes, sizeof(mark->changes));
}

bool rtnl_is_read(const struct rtnl *rtnl)
{
	struct pollfd waiting = {.fd = rtnl_monitor_fd(rtnl), .events = POLLIN};

	return poll(&waiting, 1, 0) == 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtnetlink: changes, many to a batch, with an ACK each. Depends on libmnl and core/'s types. Never
 * decides what to change, never logs.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/net/rtnl_internal.h"

#define BATCH_OPS 64 /* their ACKs fit into the default receive buffer many times over */

static void put_link(struct nlmsghdr *nlh, const struct plan_op *op)
{
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	nlh->nlmsg_type = RTM_NEWLINK;
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = op->ifindex;
	if (op->kind == PLAN_SET_MAC) {
		mnl_attr_put(nlh, IFLA_ADDRESS, 6, op->mac);
		return;
	}
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = op->kind == PLAN_LINK_UP ? IFF_UP : 0;
}

static void put_address(struct nlmsghdr *nlh, const struct plan_op *op)
{
	/* Of what a dump says only these can be asked for. */
	const uint32_t settable =
		IFA_F_NOPREFIXROUTE | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_MCAUTOJOIN;
	const struct plan_address *address = &op->address;
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	size_t length = rtnl_addr_len(address->family);
	uint32_t flags = address->flags & settable;

	ifa->ifa_family = (uint8_t)rtnl_family(address->family);
	ifa->ifa_prefixlen = address->plen;
	ifa->ifa_scope = address->scope;
	ifa->ifa_index = (uint32_t)op->ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, length, address->addr.b);
	mnl_attr_put(nlh, IFA_ADDRESS, length,
		     address->has_peer ? address->peer.b : address->addr.b);
	if (op->kind == PLAN_ADDRESS_DEL) {
		nlh->nlmsg_type = RTM_DELADDR;
		return;
	}
	nlh->nlmsg_type = RTM_NEWADDR;
	/* What is there is left as it is, but an IPv6 address gets the lifetimes of this request.
	 */
	nlh->nlmsg_flags |= NLM_F_CREATE | (address->family == 6 ? NLM_F_REPLACE : NLM_F_EXCL);
	/* Duplicate address detection takes a second or more, and whoever had the address before
	 * may still answer: VRRP has decided whose it is. */
	if (address->family == 6)
		flags |= IFA_F_NODAD;
	mnl_attr_put_u32(nlh, IFA_FLAGS, flags);
	if (address->has_broadcast)
		mnl_attr_put(nlh, IFA_BROADCAST, length, address->broadcast.b);
	if (address->label[0] && address->family == 4)
		mnl_attr_put_strz(nlh, IFA_LABEL, address->label);
	if (address->metric)
		mnl_attr_put_u32(nlh, IFA_RT_PRIORITY, address->metric);
	if (address->valid_s &&
	    (address->valid_s != PLAN_FOREVER || address->preferred_s != PLAN_FOREVER)) {
		struct ifa_cacheinfo cache = {.ifa_prefered = address->preferred_s,
					      .ifa_valid = address->valid_s};

		mnl_attr_put(nlh, IFA_CACHEINFO, sizeof(cache), &cache);
	}
}

/* The next hop lies in extra: several of them, an object, or a gateway of the other family. */
static bool extra_has(const struct plan_route *route, uint16_t type)
{
	for (size_t at = 0; at + sizeof(struct nlattr) <= route->extra_len;) {
		const struct nlattr *attr = (const struct nlattr *)(route->extra + at);

		if (mnl_attr_get_type(attr) == type)
			return true;
		if (attr->nla_len < sizeof(*attr))
			return false;
		at += MNL_ALIGN(attr->nla_len);
	}
	return false;
}

static void put_route(struct nlmsghdr *nlh, const struct plan_op *op)
{
	const struct plan_route *route = &op->route;
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	size_t length = rtnl_addr_len(route->family);
	bool object = extra_has(route, RTA_NH_ID);

	rtm->rtm_family = (uint8_t)rtnl_family(route->family);
	rtm->rtm_dst_len = route->plen;
	rtm->rtm_tos = route->tos;
	rtm->rtm_table = rtnl_table(route->table);
	rtm->rtm_protocol = route->protocol;
	rtm->rtm_type = route->refusal ? route->refusal : RTN_UNICAST;
	if (op->kind == PLAN_ROUTE_DEL) {
		nlh->nlmsg_type = RTM_DELROUTE;
		rtm->rtm_scope = RT_SCOPE_NOWHERE; /* whichever it has */
	} else {
		nlh->nlmsg_type = RTM_NEWROUTE;
		nlh->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
		rtm->rtm_scope = route->scope;
		if (route->onlink && !object)
			rtm->rtm_flags |= RTNH_F_ONLINK;
	}
	if (route->plen)
		mnl_attr_put(nlh, RTA_DST, length, route->addr.b);
	if (route->ifindex && !object)
		mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)route->ifindex);
	if (route->has_via && !object)
		mnl_attr_put(nlh, RTA_GATEWAY, length, route->via.b);
	if (route->has_src)
		mnl_attr_put(nlh, RTA_PREFSRC, length, route->src.b);
	if (route->table)
		mnl_attr_put_u32(nlh, RTA_TABLE, route->table);
	if (route->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, route->metric);
	if (route->extra_len && (op->kind == PLAN_ROUTE_REPLACE || route->ifindex == 0))
		memcpy(mnl_nlmsg_put_extra_header(nlh, route->extra_len), route->extra,
		       route->extra_len);
}

void rtnl_put_op(struct nlmsghdr *nlh, const struct plan_op *op)
{
	switch (op->kind) {
	case PLAN_LINK_UP:
	case PLAN_LINK_DOWN:
	case PLAN_SET_MAC:
		put_link(nlh, op);
		return;
	case PLAN_ADDRESS_ADD:
	case PLAN_ADDRESS_DEL:
		put_address(nlh, op);
		return;
	case PLAN_ROUTE_REPLACE:
	case PLAN_ROUTE_DEL:
		put_route(nlh, op);
		return;
	case PLAN_RULE_ADD:
	case PLAN_RULE_DEL:
		rtnl_put_rule(nlh, op);
		return;
	case PLAN_ANNOUNCE:
		return;
	}
}

/* What the wish was is so already, or its ground is gone. */
static bool is_success(const struct plan_op *op, int error)
{
	switch (op->kind) {
	case PLAN_ADDRESS_ADD:
		return error == -EEXIST;
	case PLAN_ADDRESS_DEL:
		return error == -EADDRNOTAVAIL || error == -ENODEV;
	case PLAN_ROUTE_REPLACE:
		return error == -EEXIST;
	case PLAN_ROUTE_DEL:
		return error == -ESRCH || error == -ENODEV;
	case PLAN_RULE_ADD:
		return error == -EEXIST;
	case PLAN_RULE_DEL:
		return error == -ENOENT;
	case PLAN_LINK_UP:
	case PLAN_LINK_DOWN:
	case PLAN_SET_MAC:
	case PLAN_ANNOUNCE:
		return false;
	}
	return false;
}

unsigned int rtnl_take_acks(struct rtnl *rtnl, size_t length, const struct plan_op *ops,
			    uint32_t first, unsigned int count, int *errors)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)rtnl->buffer;
	unsigned int taken = 0;
	int left = (int)length;

	for (; rtnl_message_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		const struct nlmsgerr *error = rtnl_error_of(nlh);
		uint32_t at = nlh->nlmsg_seq - first;

		if (nlh->nlmsg_type != NLMSG_ERROR || !error || at >= count)
			continue;
		errors[at] = is_success(&ops[at], error->error) ? 0 : error->error;
		if (errors[at])
			rtnl_keep_error(rtnl, nlh);
		taken++;
	}
	return taken;
}

/* Each comes once, in order. */
static int read_acks(struct rtnl *rtnl, const struct plan_op *ops, uint32_t first,
		     unsigned int count, int *errors)
{
	for (unsigned int taken = 0; taken < count;) {
		ssize_t got = mnl_socket_recvfrom(rtnl->request, rtnl->buffer, RTNL_BUFFER);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		taken += rtnl_take_acks(rtnl, (size_t)got, ops, first, count, errors);
	}
	return 0;
}

int rtnl_apply(struct rtnl *rtnl, const struct plan_op *ops, unsigned int count, int *errors)
{
	int failed = 0;

	rtnl->error[0] = '\0';
	for (unsigned int done = 0; done < count;) {
		uint32_t first = rtnl->seq + 1;
		size_t used = 0;
		unsigned int n = 0;
		int err;

		while (done + n < count && n < BATCH_OPS && used + RTNL_OP_ROOM <= RTNL_BUFFER) {
			struct nlmsghdr *nlh = mnl_nlmsg_put_header(rtnl->buffer + used);

			nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
			nlh->nlmsg_seq = ++rtnl->seq;
			rtnl_put_op(nlh, &ops[done + n]);
			used += MNL_ALIGN(nlh->nlmsg_len);
			n++;
		}
		if (mnl_socket_sendto(rtnl->request, rtnl->buffer, used) < 0)
			return -errno;
		err = read_acks(rtnl, ops + done, first, n, errors + done);
		if (err)
			return err;
		for (unsigned int i = 0; i < n; i++)
			failed += errors[done + i] != 0;
		done += n;
	}
	return failed;
}

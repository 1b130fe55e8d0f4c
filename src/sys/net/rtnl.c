// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtnetlink: the sockets, and what is asked: dumps and one neighbour. Depends on libmnl and
 * core/'s types. Never changes anything, never logs, keeps nothing but its sockets.
 */
#include "sys/net/rtnl.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/host/pass.h"
#include "sys/net/rtnl_internal.h"

#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

#define DUMP_ATTEMPTS  20
#define ANSWER_SECONDS 5 /* the kernel answers before send(2) returns; a limit all the same */

/* Room for a host that adds thousands of routes while the loop is busy; beyond it: RTNL_OVERRUN. */
#define MONITOR_RCVBUF (1024 * 1024)

static struct rtnl *rtnl_new(void)
{
	struct rtnl *rtnl = calloc(1, sizeof(*rtnl));

	if (rtnl)
		rtnl->buffer = malloc(RTNL_BUFFER);
	if (rtnl && rtnl->buffer)
		return rtnl;
	free(rtnl);
	return NULL;
}

static int open_monitor(struct rtnl *rtnl)
{
	unsigned int groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			      RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
	int size = MONITOR_RCVBUF, fd;

	rtnl->monitor = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!rtnl->monitor)
		return -errno;
	fd = mnl_socket_get_fd(rtnl->monitor);
	/* Best effort: without the privilege the default has to do. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (mnl_socket_bind(rtnl->monitor, groups, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	return 0;
}

int rtnl_open(struct rtnl **ret_rtnl)
{
	struct timeval limit = {.tv_sec = ANSWER_SECONDS};
	struct rtnl *rtnl = rtnl_new();
	int one = 1, fd, err;

	if (!rtnl)
		return -ENOMEM;
	rtnl->request = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!rtnl->request || mnl_socket_bind(rtnl->request, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		goto fail;
	}
	fd = mnl_socket_get_fd(rtnl->request);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	/* Each one is a help that older kernels lack: shorter ACKs, their reason as text, and dump
	 * filters that are obeyed (what came unasked is filtered here, too). */
	mnl_socket_setsockopt(rtnl->request, NETLINK_CAP_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(rtnl->request, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(rtnl->request, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	err = open_monitor(rtnl);
	if (err)
		goto fail;
	*ret_rtnl = rtnl;
	return 0;
fail:
	rtnl_close(rtnl);
	return err;
}

void rtnl_close(struct rtnl *rtnl)
{
	if (!rtnl)
		return;
	if (rtnl->monitor)
		mnl_socket_close(rtnl->monitor);
	if (rtnl->request)
		mnl_socket_close(rtnl->request);
	free(rtnl->buffer);
	free(rtnl);
}

int rtnl_take(const char *name, struct rtnl **ret_rtnl)
{
	int fd = pass_take(name, AF_NETLINK);
	struct rtnl *rtnl;

	if (fd < 0)
		return fd;
	rtnl = rtnl_new();
	if (rtnl)
		rtnl->request = mnl_socket_fdopen(fd);
	if (!rtnl || !rtnl->request) {
		rtnl_close(rtnl);
		close(fd);
		return -ENOMEM;
	}
	*ret_rtnl = rtnl;
	return 0;
}

void rtnl_pass_on(struct rtnl *rtnl, const char *name)
{
	int fd = rtnl ? dup(mnl_socket_get_fd(rtnl->request)) : -1;

	if (fd >= 0)
		pass_on(name, fd);
	rtnl_close(rtnl);
}

const char *rtnl_error(const struct rtnl *rtnl)
{
	return rtnl->error;
}

/* ---- reading messages ---- */

#define MAX_ATTRIBUTES 128

static void attributes(const struct nlmsghdr *nlh, size_t header,
		       const struct nlattr *table[MAX_ATTRIBUTES])
{
	const struct nlattr *attr;

	memset(table, 0, MAX_ATTRIBUTES * sizeof(*table));
	mnl_attr_for_each (attr, nlh, header) {
		if (mnl_attr_get_type(attr) < MAX_ATTRIBUTES)
			table[mnl_attr_get_type(attr)] = attr;
	}
}

static uint32_t get_u32(const struct nlattr *attr, uint32_t otherwise)
{
	return attr && mnl_attr_get_payload_len(attr) >= sizeof(uint32_t) ? mnl_attr_get_u32(attr)
									  : otherwise;
}

/* false: not an address of this family. */
static bool get_addr(const struct nlattr *attr, uint8_t family, struct vrrp_addr *ret_addr)
{
	if (!attr || mnl_attr_get_payload_len(attr) != rtnl_addr_len(family))
		return false;
	memset(ret_addr, 0, sizeof(*ret_addr));
	memcpy(ret_addr->b, mnl_attr_get_payload(attr), rtnl_addr_len(family));
	return true;
}

static bool is_prefix(uint8_t family, uint8_t length)
{
	return (family == AF_INET && length <= 32) || (family == AF_INET6 && length <= 128);
}

static void get_mac(const struct nlattr *attr, uint8_t ret_mac[6])
{
	if (attr && mnl_attr_get_payload_len(attr) == 6)
		memcpy(ret_mac, mnl_attr_get_payload(attr), 6);
}

static void get_name(const struct nlattr *attr, char *ret_name, size_t size)
{
	size_t length;

	if (!attr)
		return;
	length = mnl_attr_get_payload_len(attr);
	if (length >= size)
		length = size - 1;
	memcpy(ret_name, mnl_attr_get_payload(attr), length);
	ret_name[length] = '\0';
}

/* Is the interface (IFLA_INFO_KIND), or what it is a member of (IFLA_INFO_SLAVE_KIND), of this
 * kind? */
static bool is_kind(const struct nlattr *info, uint16_t type, const char *wanted)
{
	char kind[IFNAMSIZ] = "";
	const struct nlattr *attr;

	if (!info)
		return false;
	mnl_attr_for_each_nested (attr, info) {
		if (mnl_attr_get_type(attr) == type)
			get_name(attr, kind, sizeof(kind));
	}
	return !strcmp(kind, wanted);
}

/* The table in the data of this type: IFLA_INFO_DATA of a VRF, or IFLA_INFO_SLAVE_DATA of one of
 * its members. 0 is the main table, or none. */
static uint32_t vrf_table(const struct nlattr *info, uint16_t type)
{
	_Static_assert((int)IFLA_VRF_TABLE == (int)IFLA_VRF_PORT_TABLE, "both are read alike");
	const struct nlattr *data, *attr;
	uint32_t table = 0;

	mnl_attr_for_each_nested (data, info) {
		if (mnl_attr_get_type(data) != type)
			continue;
		mnl_attr_for_each_nested (attr, data) {
			if (mnl_attr_get_type(attr) == IFLA_VRF_TABLE)
				table = get_u32(attr, 0);
		}
	}
	return table == RT_TABLE_MAIN ? 0 : table;
}

/* What it is a member of, and what it is. */
static void read_kinds(const struct nlattr *info, struct plan_link *link)
{
	bool member = is_kind(info, IFLA_INFO_SLAVE_KIND, "vrf");

	/* The members of a VRF have addresses of their own, and speak for themselves. */
	link->port = link->master && !member;
	link->lag = is_kind(info, IFLA_INFO_SLAVE_KIND, "bond") ||
		    is_kind(info, IFLA_INFO_SLAVE_KIND, "team");
	link->bond = is_kind(info, IFLA_INFO_KIND, "bond");
	if (member)
		link->table = vrf_table(info, IFLA_INFO_SLAVE_DATA);
	else if (is_kind(info, IFLA_INFO_KIND, "vrf"))
		link->table = vrf_table(info, IFLA_INFO_DATA);
}

static bool read_link(const struct nlmsghdr *nlh, struct plan_link *ret_link)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[MAX_ATTRIBUTES];
	struct plan_link link = {0};

	if (nlh->nlmsg_type != RTM_NEWLINK || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ifi)))
		return false;
	attributes(nlh, sizeof(*ifi), table);
	link.ifindex = ifi->ifi_index;
	link.up = ifi->ifi_flags & IFF_UP;
	link.carrier = ifi->ifi_flags & IFF_RUNNING;
	get_name(table[IFLA_IFNAME], link.name, sizeof(link.name));
	get_mac(table[IFLA_ADDRESS], link.mac);
	get_mac(table[IFLA_PERM_ADDRESS], link.permanent_mac);
	link.ethernet = ifi->ifi_type == ARPHRD_ETHER;
	/* A number of another network namespace names nothing here. */
	if (!table[IFLA_LINK_NETNSID])
		link.parent = (int)get_u32(table[IFLA_LINK], 0);
	link.master = (int)get_u32(table[IFLA_MASTER], 0);
	read_kinds(table[IFLA_LINKINFO], &link);
	*ret_link = link;
	return true;
}

static bool read_address(const struct nlmsghdr *nlh, struct plan_address *ret_address)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[MAX_ATTRIBUTES];
	struct plan_address out = {.valid_s = PLAN_FOREVER, .preferred_s = PLAN_FOREVER};

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ifa)) ||
	    !is_prefix(ifa->ifa_family, ifa->ifa_prefixlen))
		return false;
	attributes(nlh, sizeof(*ifa), table);
	out.family = ifa->ifa_family == AF_INET6 ? 6 : 4;
	out.plen = ifa->ifa_prefixlen;
	out.scope = ifa->ifa_scope;
	out.flags = get_u32(table[IFA_FLAGS], ifa->ifa_flags);
	out.ifindex = (int)ifa->ifa_index;
	out.secondary = out.family == 4 && out.flags & IFA_F_SECONDARY;
	if (!get_addr(table[table[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], out.family, &out.addr))
		return false;
	/* Without a peer, IPv4 has the own address in both attributes, and IPv6 in IFA_ADDRESS. */
	out.has_peer = table[IFA_LOCAL] && get_addr(table[IFA_ADDRESS], out.family, &out.peer) &&
		       memcmp(&out.peer, &out.addr, sizeof(out.peer)) != 0;
	out.has_broadcast = get_addr(table[IFA_BROADCAST], out.family, &out.broadcast);
	out.metric = get_u32(table[IFA_RT_PRIORITY], 0);
	get_name(table[IFA_LABEL], out.label, sizeof(out.label));
	if (table[IFA_CACHEINFO] &&
	    mnl_attr_get_payload_len(table[IFA_CACHEINFO]) >= sizeof(struct ifa_cacheinfo)) {
		const struct ifa_cacheinfo *cache = mnl_attr_get_payload(table[IFA_CACHEINFO]);

		out.valid_s = cache->ifa_valid;
		out.preferred_s = cache->ifa_prefered;
	}
	/* Of a permanent IPv4 address only the flag tells that it is deprecated. */
	if (out.flags & IFA_F_DEPRECATED)
		out.preferred_s = 0;
	*ret_address = out;
	return true;
}

static void keep_extra(struct plan_route *route, const struct nlattr *attr)
{
	size_t length = MNL_ALIGN(attr->nla_len);

	if (route->extra_len + length > sizeof(route->extra))
		return;
	memset(route->extra + route->extra_len, 0, length);
	memcpy(route->extra + route->extra_len, attr, attr->nla_len);
	route->extra_len += length;
}

bool rtnl_read_route(const struct nlmsghdr *nlh, struct plan_route *ret_route)
{
	static const uint16_t kept[] = {RTA_METRICS, RTA_MULTIPATH,  RTA_FLOW,  RTA_VIA,
					RTA_PREF,    RTA_ENCAP_TYPE, RTA_ENCAP, RTA_NH_ID};
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[MAX_ATTRIBUTES];
	struct plan_route out = {0};

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*rtm)) ||
	    !is_prefix(rtm->rtm_family, rtm->rtm_dst_len))
		return false;
	attributes(nlh, sizeof(*rtm), table);
	if (rtm->rtm_type != RTN_UNICAST || rtm->rtm_flags & RTM_F_CLONED || rtm->rtm_src_len)
		return false;
	out.table = get_u32(table[RTA_TABLE], rtm->rtm_table);
	if (out.table == RT_TABLE_MAIN)
		out.table = 0;
	else if (out.table == 0)
		return false;
	out.family = rtm->rtm_family == AF_INET6 ? 6 : 4;
	out.plen = rtm->rtm_dst_len;
	out.protocol = rtm->rtm_protocol;
	out.scope = rtm->rtm_scope;
	out.tos = rtm->rtm_tos;
	out.onlink = rtm->rtm_flags & RTNH_F_ONLINK;
	out.metric = get_u32(table[RTA_PRIORITY], 0);
	out.ifindex = table[RTA_MULTIPATH] ? 0 : (int)get_u32(table[RTA_OIF], 0);
	get_addr(table[RTA_DST], out.family, &out.addr);
	out.has_via = get_addr(table[RTA_GATEWAY], out.family, &out.via);
	out.has_src = get_addr(table[RTA_PREFSRC], out.family, &out.src);
	for (unsigned int i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (table[kept[i]])
			keep_extra(&out, table[kept[i]]);
	*ret_route = out;
	return true;
}

const struct nlmsgerr *rtnl_error_of(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_len < mnl_nlmsg_size(sizeof(struct nlmsgerr))
		       ? NULL
		       : mnl_nlmsg_get_payload(nlh);
}

void rtnl_keep_error(struct rtnl *rtnl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = rtnl_error_of(nlh);
	size_t header = sizeof(*error);
	const struct nlattr *attr;

	if (!error || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len >= sizeof(error->msg))
		header += error->msg.nlmsg_len - sizeof(error->msg);
	if (nlh->nlmsg_len < mnl_nlmsg_size(MNL_ALIGN(header)))
		return;
	mnl_attr_for_each (attr, nlh, header) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			get_name(attr, rtnl->error, sizeof(rtnl->error));
	}
}

/* ---- dumps ---- */

int rtnl_take_answers(struct rtnl *rtnl, size_t length, uint16_t flags, rtnl_read_fn fn,
		      void *context, bool *interrupted)
{
	const struct nlmsghdr *answer = (const struct nlmsghdr *)rtnl->buffer;
	int left = (int)length;

	for (; rtnl_message_ok(answer, left); answer = mnl_nlmsg_next(answer, &left)) {
		int err;

		/* Left over from a request that was given up. */
		if (answer->nlmsg_seq != rtnl->seq)
			continue;
		*interrupted |= answer->nlmsg_flags & NLM_F_DUMP_INTR;
		if (answer->nlmsg_type == NLMSG_DONE) {
			const int *error = mnl_nlmsg_get_payload(answer);

			if (answer->nlmsg_len >= mnl_nlmsg_size(sizeof(*error)) && *error < 0)
				return *error;
			return 0;
		}
		if (answer->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *error = rtnl_error_of(answer);

			if (!error)
				return -EPROTO;
			rtnl_keep_error(rtnl, answer);
			return error->error < 0 ? error->error : 0;
		}
		err = fn(answer, context);
		if (err)
			return err;
		if (!(flags & NLM_F_DUMP))
			return 0;
	}
	return RTNL_MORE;
}

int rtnl_ask(struct rtnl *rtnl, uint16_t type, uint16_t flags, const void *body, size_t length,
	     const void *attribute, size_t attribute_len, uint16_t attribute_type, rtnl_read_fn fn,
	     void *context)
{
	char request[512] = {0};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	bool interrupted = false;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++rtnl->seq;
	memcpy(mnl_nlmsg_put_extra_header(nlh, length), body, length);
	if (attribute)
		mnl_attr_put(nlh, attribute_type, attribute_len, attribute);
	rtnl->error[0] = '\0';
	if (mnl_socket_sendto(rtnl->request, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(rtnl->request, rtnl->buffer, RTNL_BUFFER);
		int err;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		err = rtnl_take_answers(rtnl, (size_t)got, flags, fn, context, &interrupted);
		if (err != RTNL_MORE)
			return err ? err : interrupted;
	}
}

/* Room for one more element at the end of *list. NULL: out of memory. */
static void *room(void *list, unsigned int count, unsigned int *capacity, size_t size)
{
	unsigned int more = *capacity ? 2 * *capacity : 32;
	void *bigger;

	if (count < *capacity)
		return list;
	bigger = realloc(list, more * size);
	if (bigger)
		*capacity = more;
	return bigger;
}

int rtnl_keep(const struct nlmsghdr *nlh, void *context)
{
	struct rtnl_dump *dump = context;
	struct plan_actual *a = &dump->actual;
	void *list = NULL;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
		list = room(a->links, a->link_count, &dump->links, sizeof(*a->links));
		if (!list)
			return -ENOMEM;
		a->links = list;
		a->link_count += read_link(nlh, &a->links[a->link_count]);
		return 0;
	case RTM_NEWADDR:
		list = room(a->addresses, a->address_count, &dump->addresses,
			    sizeof(*a->addresses));
		if (!list)
			return -ENOMEM;
		a->addresses = list;
		a->address_count += read_address(nlh, &a->addresses[a->address_count]);
		return 0;
	case RTM_NEWROUTE:
		list = room(a->routes, a->route_count, &dump->routes, sizeof(*a->routes));
		if (!list)
			return -ENOMEM;
		a->routes = list;
		a->route_count += rtnl_read_route(nlh, &a->routes[a->route_count]) &&
				  a->routes[a->route_count].table == dump->table;
		return 0;
	}
	return 0;
}

/* A family that the kernel does not have, or a table without a route yet, is empty. */
static int dump_family(struct rtnl *rtnl, uint16_t type, const void *body, size_t length,
		       struct rtnl_dump *dump)
{
	const uint32_t *table = dump->table ? &dump->table : NULL;
	int err = rtnl_ask(rtnl, type, NLM_F_DUMP, body, length, table, sizeof(*table), RTA_TABLE,
			   rtnl_keep, dump);

	return err == -ENOENT || err == -EAFNOSUPPORT || err == -EOPNOTSUPP ? 0 : err;
}

static int dump_routes(struct rtnl *rtnl, uint32_t table, struct rtnl_dump *dump)
{
	const struct rtmsg ipv4 = {.rtm_family = AF_INET, .rtm_table = rtnl_table(table)};
	const struct rtmsg ipv6 = {.rtm_family = AF_INET6, .rtm_table = rtnl_table(table)};
	int err, interrupted;

	dump->table = table;
	interrupted = dump_family(rtnl, RTM_GETROUTE, &ipv4, sizeof(ipv4), dump);
	if (interrupted < 0)
		return interrupted;
	err = dump_family(rtnl, RTM_GETROUTE, &ipv6, sizeof(ipv6), dump);
	dump->table = 0;
	return err < 0 ? err : err | interrupted;
}

/* Several interfaces have one table, which is dumped once. */
static bool is_first_of_table(const struct plan_actual *actual, unsigned int at)
{
	for (unsigned int i = 0; i < at; i++)
		if (actual->links[i].table == actual->links[at].table)
			return false;
	return true;
}

/* 0, 1: interrupted, or negative errno. */
static int dump_once(struct rtnl *rtnl, struct rtnl_dump *dump)
{
	const struct ifinfomsg links = {.ifi_family = AF_UNSPEC};
	const struct ifaddrmsg ipv4 = {.ifa_family = AF_INET}, ipv6 = {.ifa_family = AF_INET6};
	uint32_t lean = RTEXT_FILTER_SKIP_STATS;
	int err, interrupted;

	err = rtnl_ask(rtnl, RTM_GETLINK, NLM_F_DUMP, &links, sizeof(links), &lean, sizeof(lean),
		       IFLA_EXT_MASK, rtnl_keep, dump);
	if (err < 0)
		return err;
	interrupted = err;
	err = dump_family(rtnl, RTM_GETADDR, &ipv4, sizeof(ipv4), dump);
	if (err < 0)
		return err;
	interrupted |= err;
	err = dump_family(rtnl, RTM_GETADDR, &ipv6, sizeof(ipv6), dump);
	if (err < 0)
		return err;
	interrupted |= err;
	err = dump_routes(rtnl, 0, dump);
	rtnl->vrf_tables = 0;
	for (unsigned int i = 0; err >= 0 && i < dump->actual.link_count; i++) {
		uint32_t table = dump->actual.links[i].table;

		interrupted |= err;
		if (!table || !is_first_of_table(&dump->actual, i))
			continue;
		rtnl->vrf_tables |= 1ULL << table % 64;
		err = dump_routes(rtnl, table, dump);
	}
	return err < 0 ? err : err | interrupted;
}

int rtnl_dump(struct rtnl *rtnl, struct plan_actual *ret_actual)
{
	/* A table that changed while it was read may lack an entry that was there all the time. */
	for (unsigned int i = 1;; i++) {
		struct rtnl_dump dump = {0};
		int err = dump_once(rtnl, &dump);

		if (err == 0 || (err > 0 && i == DUMP_ATTEMPTS)) {
			*ret_actual = dump.actual;
			return 0;
		}
		plan_actual_free(&dump.actual);
		if (err < 0)
			return err;
	}
}

int rtnl_one_neighbor(const struct nlmsghdr *nlh, void *context)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[MAX_ATTRIBUTES];
	struct rtnl_entry *entry = context;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ndm)))
		return -EPROTO;
	attributes(nlh, sizeof(*ndm), table);
	if (ndm->ndm_state & (NUD_NONE | NUD_INCOMPLETE | NUD_FAILED) || !table[NDA_LLADDR] ||
	    mnl_attr_get_payload_len(table[NDA_LLADDR]) != 6)
		return -ENOENT;
	if (entry) {
		entry->state = ndm->ndm_state;
		memcpy(entry->mac, mnl_attr_get_payload(table[NDA_LLADDR]), 6);
	}
	return 0;
}

static int ask_neighbor(struct rtnl *rtnl, uint16_t type, uint16_t flags, struct ndmsg ndm,
			int ifindex, uint8_t family, const struct vrrp_addr *addr,
			struct rtnl_entry *ret_entry)
{
	ndm.ndm_family = (uint8_t)rtnl_family(family);
	ndm.ndm_ifindex = ifindex;
	return rtnl_ask(rtnl, type, flags, &ndm, sizeof(ndm), addr->b, rtnl_addr_len(family),
			NDA_DST, rtnl_one_neighbor, ret_entry);
}

int rtnl_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family, const struct vrrp_addr *addr,
		  uint8_t ret_mac[6], bool *ret_stale)
{
	struct rtnl_entry entry;
	int err = ask_neighbor(rtnl, RTM_GETNEIGH, 0, (struct ndmsg){0}, ifindex, family, addr,
			       &entry);

	if (err)
		return err;
	memcpy(ret_mac, entry.mac, sizeof(entry.mac));
	if (ret_stale)
		*ret_stale = entry.state & NUD_STALE;
	return 0;
}

/* With NTF_USE the kernel begins to ask, unless it has a MAC already. */
static int use_neighbor(struct rtnl *rtnl, uint16_t flags, int ifindex, uint8_t family,
			const struct vrrp_addr *addr)
{
	return ask_neighbor(rtnl, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | flags,
			    (struct ndmsg){.ndm_flags = NTF_USE}, ifindex, family, addr, NULL);
}

int rtnl_probe_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family,
			const struct vrrp_addr *addr)
{
	struct rtnl_entry entry;
	int err = ask_neighbor(rtnl, RTM_GETNEIGH, 0, (struct ndmsg){0}, ifindex, family, addr,
			       &entry);

	if (err == -ENOENT)
		return use_neighbor(rtnl, 0, ifindex, family, addr);
	if (err || entry.state & (NUD_PERMANENT | NUD_NOARP))
		return err;
	return ask_neighbor(rtnl, RTM_NEWNEIGH, NLM_F_ACK, (struct ndmsg){.ndm_state = NUD_PROBE},
			    ifindex, family, addr, NULL);
}

int rtnl_forget_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family,
			 const struct vrrp_addr *addr)
{
	int err = ask_neighbor(rtnl, RTM_DELNEIGH, NLM_F_ACK, (struct ndmsg){0}, ifindex, family,
			       addr, NULL);

	return err == -ENOENT ? 0 : err;
}

int rtnl_ask_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family, const struct vrrp_addr *addr)
{
	int err = rtnl_forget_neighbor(rtnl, ifindex, family, addr);

	return err ? err : use_neighbor(rtnl, NLM_F_EXCL, ifindex, family, addr);
}

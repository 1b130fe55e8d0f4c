// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps of links, addresses and routes, and how their messages are read. Depends on libmnl and
 * core/'s types. Never changes anything, never logs.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "sys/net/macvlan.h"
#include "sys/net/rtnl_internal.h"

#define DUMP_ATTEMPTS 20

/* ---- reading messages ---- */

static void get_mac(const struct nlattr *attr, uint8_t ret_mac[6])
{
	if (attr && mnl_attr_get_payload_len(attr) == 6)
		memcpy(ret_mac, mnl_attr_get_payload(attr), 6);
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
			rtnl_text(attr, kind, sizeof(kind));
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
				table = rtnl_u32(attr, 0);
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
	link->macvlan = is_kind(info, IFLA_INFO_KIND, "macvlan");
	if (member)
		link->table = vrf_table(info, IFLA_INFO_SLAVE_DATA);
	else if (is_kind(info, IFLA_INFO_KIND, "vrf"))
		link->table = vrf_table(info, IFLA_INFO_DATA);
}

static bool read_link(const struct nlmsghdr *nlh, struct plan_link *ret_link)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[RTNL_ATTRIBUTES];
	struct plan_link link = {0};
	char alias[MACVLAN_ALIAS] = "";

	if (nlh->nlmsg_type != RTM_NEWLINK || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ifi)))
		return false;
	rtnl_attributes(nlh, sizeof(*ifi), table);
	link.ifindex = ifi->ifi_index;
	link.up = ifi->ifi_flags & IFF_UP;
	link.carrier = ifi->ifi_flags & IFF_RUNNING;
	rtnl_text(table[IFLA_IFNAME], link.name, sizeof(link.name));
	get_mac(table[IFLA_ADDRESS], link.mac);
	get_mac(table[IFLA_PERM_ADDRESS], link.permanent_mac);
	link.ethernet = ifi->ifi_type == ARPHRD_ETHER;
	/* A number of another network namespace names nothing here. */
	if (!table[IFLA_LINK_NETNSID])
		link.parent = (int)rtnl_u32(table[IFLA_LINK], 0);
	link.master = (int)rtnl_u32(table[IFLA_MASTER], 0);
	read_kinds(table[IFLA_LINKINFO], &link);
	rtnl_text(table[IFLA_IFALIAS], alias, sizeof(alias));
	link.own = link.macvlan && !strncmp(alias, MACVLAN_MARK, strlen(MACVLAN_MARK));
	*ret_link = link;
	return true;
}

static bool read_address(const struct nlmsghdr *nlh, struct plan_address *ret_address)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[RTNL_ATTRIBUTES];
	struct plan_address out = {.valid_s = PLAN_FOREVER, .preferred_s = PLAN_FOREVER};

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ifa)) ||
	    !rtnl_is_prefix(ifa->ifa_family, ifa->ifa_prefixlen))
		return false;
	rtnl_attributes(nlh, sizeof(*ifa), table);
	out.family = ifa->ifa_family == AF_INET6 ? 6 : 4;
	out.plen = ifa->ifa_prefixlen;
	out.scope = ifa->ifa_scope;
	out.flags = rtnl_u32(table[IFA_FLAGS], ifa->ifa_flags);
	out.ifindex = (int)ifa->ifa_index;
	out.secondary = out.family == 4 && out.flags & IFA_F_SECONDARY;
	if (!rtnl_get_addr(table[table[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], out.family,
			   &out.addr))
		return false;
	/* Without a peer, IPv4 has the own address in both attributes, and IPv6 in IFA_ADDRESS. */
	out.has_peer = table[IFA_LOCAL] &&
		       rtnl_get_addr(table[IFA_ADDRESS], out.family, &out.peer) &&
		       memcmp(&out.peer, &out.addr, sizeof(out.peer)) != 0;
	out.has_broadcast = rtnl_get_addr(table[IFA_BROADCAST], out.family, &out.broadcast);
	out.metric = rtnl_u32(table[IFA_RT_PRIORITY], 0);
	rtnl_text(table[IFA_LABEL], out.label, sizeof(out.label));
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

static bool is_kept_type(uint8_t type)
{
	_Static_assert((int)CONFIG_REFUSAL_BLACKHOLE == RTN_BLACKHOLE &&
			       (int)CONFIG_REFUSAL_UNREACHABLE == RTN_UNREACHABLE &&
			       (int)CONFIG_REFUSAL_PROHIBIT == RTN_PROHIBIT,
		       "a refusal is the type of its route");
	return type == RTN_UNICAST || type == RTN_BLACKHOLE || type == RTN_UNREACHABLE ||
	       type == RTN_PROHIBIT;
}

bool rtnl_read_route(const struct nlmsghdr *nlh, struct plan_route *ret_route)
{
	static const uint16_t kept[] = {RTA_METRICS, RTA_MULTIPATH,  RTA_FLOW,  RTA_VIA,
					RTA_PREF,    RTA_ENCAP_TYPE, RTA_ENCAP, RTA_NH_ID};
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[RTNL_ATTRIBUTES];
	struct plan_route out = {0};

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*rtm)) ||
	    !rtnl_is_prefix(rtm->rtm_family, rtm->rtm_dst_len))
		return false;
	rtnl_attributes(nlh, sizeof(*rtm), table);
	if (!is_kept_type(rtm->rtm_type) || rtm->rtm_flags & RTM_F_CLONED || rtm->rtm_src_len)
		return false;
	out.refusal = rtm->rtm_type == RTN_UNICAST ? CONFIG_REFUSAL_NONE : rtm->rtm_type;
	out.table = rtnl_u32(table[RTA_TABLE], rtm->rtm_table);
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
	out.metric = rtnl_u32(table[RTA_PRIORITY], 0);
	/* The kernel puts an IPv6 route that refuses on the loopback interface. */
	out.ifindex = table[RTA_MULTIPATH] || out.refusal ? 0 : (int)rtnl_u32(table[RTA_OIF], 0);
	rtnl_get_addr(table[RTA_DST], out.family, &out.addr);
	out.has_via = rtnl_get_addr(table[RTA_GATEWAY], out.family, &out.via);
	out.has_src = rtnl_get_addr(table[RTA_PREFSRC], out.family, &out.src);
	for (unsigned int i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (table[kept[i]])
			keep_extra(&out, table[kept[i]]);
	*ret_route = out;
	return true;
}

/* ---- dumps ---- */

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
	case RTM_NEWRULE:
		list = room(a->rules, a->rule_count, &dump->rules, sizeof(*a->rules));
		if (!list)
			return -ENOMEM;
		a->rules = list;
		a->rule_count += rtnl_read_rule(nlh, &a->rules[a->rule_count]);
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

/* Is it the table of one of the first `count` links? Several of them may have one table, which is
 * dumped once. */
static bool is_of_links(const struct plan_actual *actual, unsigned int count, uint32_t table)
{
	for (unsigned int i = 0; i < count; i++)
		if (actual->links[i].table == table)
			return true;
	return false;
}

/* The routes of all tables. Returns 0, 1 if the dump was interrupted, or a negative errno. */
static int dump_tables(struct rtnl *rtnl, struct rtnl_dump *dump)
{
	const struct plan_actual *actual = &dump->actual;
	unsigned int links = actual->link_count;
	int err = dump_routes(rtnl, 0, dump), interrupted = 0;

	rtnl->table_bits = 0;
	for (unsigned int i = 0; err >= 0 && i < links + rtnl->table_count; i++) {
		uint32_t table = i < links ? actual->links[i].table : rtnl->tables[i - links];

		interrupted |= err;
		if (!table || is_of_links(actual, i < links ? i : links, table))
			continue;
		rtnl->table_bits |= 1ULL << table % 64;
		err = dump_routes(rtnl, table, dump);
	}
	return err < 0 ? err : err | interrupted;
}

static int dump_rules(struct rtnl *rtnl, struct rtnl_dump *dump)
{
	const struct fib_rule_hdr ipv4 = {.family = AF_INET}, ipv6 = {.family = AF_INET6};
	int err, interrupted = 0;

	if (!rtnl->rules)
		return 0;
	interrupted = dump_family(rtnl, RTM_GETRULE, &ipv4, sizeof(ipv4), dump);
	if (interrupted < 0)
		return interrupted;
	err = dump_family(rtnl, RTM_GETRULE, &ipv6, sizeof(ipv6), dump);
	return err < 0 ? err : err | interrupted;
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
	err = dump_tables(rtnl, dump);
	if (err < 0)
		return err;
	interrupted |= err;
	err = dump_rules(rtnl, dump);
	return err < 0 ? err : err | interrupted;
}

int rtnl_watch_table(struct rtnl *rtnl, uint32_t table)
{
	uint32_t *longer;

	if (table == 0 || table == RT_TABLE_MAIN)
		return 0;
	for (unsigned int i = 0; i < rtnl->table_count; i++)
		if (rtnl->tables[i] == table)
			return 0;
	longer = realloc(rtnl->tables, (rtnl->table_count + 1) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	rtnl->tables = longer;
	longer[rtnl->table_count++] = table;
	return 1;
}

int rtnl_watch_rules(struct rtnl *rtnl)
{
	bool is_new = !rtnl->rules;

	rtnl->rules = true;
	return is_new;
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

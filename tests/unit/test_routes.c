// SPDX-License-Identifier: GPL-2.0-only
/*
 * When two routes are the same: scopes, sources, and several next hops with whatever else the
 * kernel says; and what core/nic/plan_find and plan_extra, which it links, say of addresses,
 * gateways, names and of extra that is damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "core/nic/plan_internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HOPS         2

/* 10.0.0.0/8 by eth1, the interface with index 1. */
static struct plan_route by_device(uint8_t scope, uint8_t protocol)
{
	return (struct plan_route){.addr = {{10}},
				   .family = 4,
				   .plen = 8,
				   .ifindex = 1,
				   .scope = scope,
				   .protocol = protocol};
}

/* The same by two interfaces, with gateways or without. */
static struct plan_route by_hops(bool has_via)
{
	const struct config_hop hops[HOPS] = {
		{.via = {{10, 0, 0, 1}}, .weight = 1, .has_via = has_via},
		{.via = {{10, 0, 0, 2}}, .weight = 5, .has_via = has_via},
	};
	struct plan_route route = by_device(RT_SCOPE_UNIVERSE, RTPROT_STATIC);

	route.ifindex = 0;
	assert_true(extra_put_hops(&route, hops, (const int[HOPS]){1, 2}, HOPS));
	return route;
}

static void put_attr(struct plan_route *route, uint16_t type, const void *value, size_t length)
{
	const struct rtattr attr = {.rta_len = (uint16_t)(sizeof(attr) + length), .rta_type = type};
	uint8_t *at = route->extra + route->extra_len;

	memcpy(at, &attr, sizeof(attr));
	if (length)
		memcpy(at + sizeof(attr), value, length);
	route->extra_len = (uint16_t)(route->extra_len + attr.rta_len);
}

/* Something that nothing here can read. */
static void put_flow(struct plan_route *route, uint32_t realm)
{
	put_attr(route, RTA_FLOW, &realm, sizeof(realm));
}

/* Of a host's own route, only a scope that is no default counts; of ours, each. */
static void test_scopes(void **state)
{
	static const struct {
		const char *what;
		uint8_t want, have, protocol;
		bool same;
	} table[] = {
		{"the default is wanted: the host's scope is its affair", RT_SCOPE_LINK,
		 RT_SCOPE_HOST, RTPROT_STATIC, true},
		{"another one than the default is wanted", RT_SCOPE_UNIVERSE, RT_SCOPE_LINK,
		 RTPROT_STATIC, false},
		{"ours, with another scope", RT_SCOPE_LINK, RT_SCOPE_HOST, PLAN_ROUTE_PROTOCOL,
		 false},
		{"ours, as it is", RT_SCOPE_LINK, RT_SCOPE_LINK, PLAN_ROUTE_PROTOCOL, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct plan_route want = by_device(table[i].want, PLAN_ROUTE_PROTOCOL);
		struct plan_route have = by_device(table[i].have, table[i].protocol);

		if (same_route(&want, &have) != table[i].same)
			fail_msg("%s", table[i].what);
	}
}

static void test_hops(void **state)
{
	struct plan_route want = by_hops(true), have = by_hops(true), one;

	(void)state;
	assert_true(same_extra_hops(&want, &have));
	put_flow(&have, 1);
	assert_false(same_extra_hops(&want, &have));
	assert_false(same_extra_hops(&have, &want));
	put_flow(&want, 1);
	assert_true(same_extra_hops(&want, &have));
	put_flow(&want, 2);
	put_flow(&have, 3);
	assert_false(same_extra_hops(&want, &have));

	have = by_hops(false);
	assert_int_equal(extra_hops(&have), HOPS);
	extra_hop(&have, 1, &one);
	assert_int_equal(one.ifindex, 2);
	assert_false(one.has_via);
	/* A gateway of another length is none that can be read. */
	have = by_hops(true);
	have.family = 6;
	extra_hop(&have, 1, &one);
	assert_int_equal(one.ifindex, 2);
	assert_false(one.has_via);
}

/* ---- next hops that differ ---- */

struct hop {
	uint8_t via; /* 10.0.0.N. 0: no gateway */
	uint8_t weight;
	int ifindex;
	bool zero; /* the gateway is 0.0.0.0 */
};

struct hops_row {
	const char *what;
	struct hop other[3]; /* beside { 1, 1, 1 }, { 2, 5, 2 } */
	unsigned int count;
	bool same;
};

static struct plan_route by(const struct hop *list, unsigned int count)
{
	struct plan_route route = by_device(RT_SCOPE_UNIVERSE, RTPROT_STATIC);
	struct config_hop hops[3] = {0};
	int ifindexes[3];

	route.ifindex = 0;
	for (unsigned int i = 0; i < count; i++) {
		hops[i] = (struct config_hop){.weight = list[i].weight,
					      .has_via = list[i].via || list[i].zero};
		if (list[i].via)
			hops[i].via = (struct vrrp_addr){{10, 0, 0, list[i].via}};
		ifindexes[i] = list[i].ifindex;
	}
	assert_true(extra_put_hops(&route, hops, ifindexes, count));
	return route;
}

static void test_other_hops(void **state)
{
	static const struct hop usual[] = {{1, 1, 1, false}, {2, 5, 2, false}};
	static const struct hop bare[] = {{0, 1, 1, false}, {2, 5, 2, false}};
	static const struct hops_row table[] = {
		{"in another order", {{2, 5, 2, false}, {1, 1, 1, false}}, 2, true},
		{"another weight", {{2, 4, 2, false}, {1, 1, 1, false}}, 2, false},
		{"another interface", {{2, 5, 3, false}, {1, 1, 1, false}}, 2, false},
		{"another gateway", {{3, 5, 2, false}, {1, 1, 1, false}}, 2, false},
		{"one without a gateway", {{0, 5, 2, false}, {1, 1, 1, false}}, 2, false},
		{"twice the same one", {{1, 1, 1, false}, {1, 1, 1, false}}, 2, false},
		{"one more", {{2, 5, 2, false}, {1, 1, 1, false}, {3, 1, 1, false}}, 3, false},
		{"one less", {{1, 1, 1, false}}, 1, false},
	};
	struct plan_route want = by(usual, 2), have;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		have = by(table[i].other, table[i].count);
		if (same_extra_hops(&want, &have) != table[i].same ||
		    same_extra_hops(&have, &want) != table[i].same)
			fail_msg("%s", table[i].what);
	}
	/* A gateway of zeros is one. */
	want = by(bare, 2);
	have = by((const struct hop[]){{2, 5, 2, false}, {0, 1, 1, true}}, 2);
	assert_false(same_extra_hops(&want, &have));
	have = by((const struct hop[]){{2, 5, 2, false}, {0, 1, 1, false}}, 2);
	assert_true(same_extra_hops(&want, &have));
}

/* A next hop with something that nothing here can read is compared by its bytes. */
static void test_hop_with_a_realm(void **state)
{
	struct {
		struct rtnexthop hop;
		struct rtattr attr;
		uint32_t value;
	} plain = {{.rtnh_len = 16, .rtnh_ifindex = 1}, {.rta_len = 8, .rta_type = RTA_GATEWAY}, 1},
	  realm = {{.rtnh_len = 16, .rtnh_ifindex = 1}, {.rta_len = 8, .rta_type = RTA_FLOW}, 1},
	  bare = {{.rtnh_len = 8, .rtnh_ifindex = 1}, {0}, 0};
	struct plan_route a = by_device(RT_SCOPE_UNIVERSE, RTPROT_STATIC), b = a;
	uint8_t hops[32];

	(void)state;
	memcpy(hops, &plain, 16);
	memcpy(hops + 16, &realm, 16);
	put_attr(&a, RTA_MULTIPATH, hops, 32);
	memcpy(hops, &realm, 16);
	memcpy(hops + 16, &plain, 16);
	put_attr(&b, RTA_MULTIPATH, hops, 32);
	assert_int_equal(extra_hops(&a), 2);
	assert_false(same_extra_hops(&a, &b));
	b = a;
	assert_true(same_extra_hops(&a, &b));
	/* One of the two routes alone has it. */
	b.extra_len = 0;
	memcpy(hops, &bare, 8);
	memcpy(hops + 8, &plain, 16);
	put_attr(&b, RTA_MULTIPATH, hops, 24);
	assert_int_equal(extra_hops(&b), 2);
	assert_false(same_extra_hops(&a, &b));
	assert_false(same_extra_hops(&b, &a));
}

static void test_onlink_hops(void **state)
{
	const struct config_hop hops[HOPS] = {
		{.via = {{10, 0, 0, 1}}, .weight = 1, .has_via = true, .onlink = true},
		{.via = {{10, 0, 0, 2}}, .weight = 5, .has_via = true},
	};
	const struct plan_route none = {.family = 4, .table = 7};
	struct plan_route route = none, before, one;

	(void)state;
	assert_true(extra_put_hops(&route, hops, (const int[HOPS]){1, 2}, HOPS));
	extra_hop(&route, 0, &one);
	assert_true(one.onlink);
	extra_hop(&route, 1, &one);
	assert_false(one.onlink);
	/* There is no third one. */
	before = route;
	extra_set_onlink(&route, HOPS);
	assert_memory_equal(&route, &before, sizeof(route));
	extra_hop(&route, HOPS, &one);
	assert_memory_equal(&one, &none, sizeof(one));

	extra_set_onlink(&route, 1);
	extra_hop(&route, 1, &one);
	assert_true(one.onlink);
	assert_int_equal(one.ifindex, 2);
}

/* ---- what a record may have in its place ---- */

static void test_damaged_extra(void **state)
{
	static const struct {
		const char *what;
		uint16_t attr_len, hop_len, extra_len;
		unsigned int hops;
	} table[] = {
		{"a next hop", 12, 8, 12, 1},
		{"an attribute without a length", 0, 8, 12, 0},
		{"an attribute shorter than its header", 3, 8, 12, 0},
		{"an attribute longer than what is there", 20, 8, 12, 0},
		{"an attribute of which only the header is there", 12, 8, 4, 0},
		{"a next hop shorter than its header", 12, 7, 12, 0},
		{"a next hop longer than its attribute", 12, 9, 12, 0},
		{"an attribute that ends within a next hop", 11, 8, 12, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct rtattr attr = {.rta_len = table[i].attr_len,
					    .rta_type = RTA_MULTIPATH};
		const struct rtnexthop hop = {.rtnh_len = table[i].hop_len, .rtnh_ifindex = 1};
		struct plan_route route = {.family = 4, .extra_len = table[i].extra_len};

		memcpy(route.extra, &attr, sizeof(attr));
		memcpy(route.extra + sizeof(attr), &hop, sizeof(hop));
		if (extra_hops(&route) != table[i].hops || extra_mtu(&route))
			fail_msg("%s", table[i].what);
	}
}

static void test_mtu(void **state)
{
	static const struct {
		const char *what;
		uint16_t outer, inner, size;
		uint32_t mtu;
	} table[] = {
		{"an MTU", RTA_METRICS, RTAX_MTU, 4, 1400},
		{"another metric", RTA_METRICS, RTAX_WINDOW, 4, 0},
		{"an MTU of two bytes", RTA_METRICS, RTAX_MTU, 2, 0},
		{"an MTU of eight bytes", RTA_METRICS, RTAX_MTU, 8, 0},
		{"something else of that number", RTA_MULTIPATH, RTAX_MTU, 4, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct rtattr inner = {.rta_len = (uint16_t)(sizeof(inner) + table[i].size),
					     .rta_type = table[i].inner};
		const uint32_t value = 1400;
		uint8_t bytes[12] = {0};
		struct plan_route route = {.family = 4};

		memcpy(bytes, &inner, sizeof(inner));
		memcpy(bytes + sizeof(inner), &value, sizeof(value));
		put_attr(&route, table[i].outer, bytes, inner.rta_len);
		if (extra_mtu(&route) != table[i].mtu)
			fail_msg("%s", table[i].what);
	}
}

/* An MTU and a next hop without a gateway take 12 bytes each. */
static void test_room(void **state)
{
	const struct config_hop hop = {.weight = 1};
	static const uint8_t zeros[PLAN_ROUTE_EXTRA];

	(void)state;
	for (size_t room = 8; room <= 12; room += 4) {
		struct plan_route full = {.family = 4}, route, one;

		put_attr(&full, RTA_FLOW, zeros, PLAN_ROUTE_EXTRA - room - sizeof(struct rtattr));
		route = full;
		extra_put_mtu(&route, 1400);
		assert_int_equal(extra_mtu(&route), room == 12 ? 1400 : 0);
		if (room < 12)
			assert_memory_equal(&route, &full, sizeof(full));
		route = full;
		assert_int_equal(extra_put_hops(&route, &hop, &(int){7}, 1), room == 12);
		extra_hop(&route, 0, &one);
		assert_int_equal(one.ifindex, room == 12 ? 7 : 0);
		if (room < 12)
			assert_memory_equal(&route, &full, sizeof(full));
	}
}

/* ---- sources, networks, gateways ---- */

/* The interface with index 1, in a VRF. */
static struct plan_link eth0 = {.ifindex = 1, .name = "eth0", .table = 10};
static const struct plan_actual with_eth0 = {.links = &eth0, .link_count = 1};

/* Of a host's own route, only a source that is wanted counts; of ours, each. */
static void test_sources(void **state)
{
	static const struct {
		const char *what;
		uint8_t want, have; /* 10.0.0.N. 0: none */
		uint8_t protocol;
		bool same;
	} table[] = {
		{"none is wanted: the host's is its affair", 0, 1, RTPROT_STATIC, true},
		{"none is wanted, and ours has one", 0, 1, PLAN_ROUTE_PROTOCOL, false},
		{"none is wanted, and ours has none", 0, 0, PLAN_ROUTE_PROTOCOL, true},
		{"one is wanted, and there is none", 1, 0, RTPROT_STATIC, false},
		{"one is wanted, and there is another", 1, 2, RTPROT_STATIC, false},
		{"one is wanted, and there", 1, 1, RTPROT_STATIC, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct plan_route want = by_device(RT_SCOPE_LINK, PLAN_ROUTE_PROTOCOL);
		struct plan_route have = by_device(RT_SCOPE_LINK, table[i].protocol);

		want.has_src = table[i].want;
		want.src = (struct vrrp_addr){{10, 0, 0, table[i].want}};
		have.has_src = table[i].have;
		/* What stands there without being said is none. */
		have.src = (struct vrrp_addr){{10, 0, 0, table[i].have ? table[i].have : 1}};
		if (same_route(&want, &have) != table[i].same)
			fail_msg("%s", table[i].what);
	}
}

static void test_attributes(void **state)
{
	static const struct {
		const char *what;
		struct plan_address address;
		bool has; /* any that is no default */
	} table[] = {
		{"none", {.family = 4, .flags = IFA_F_PERMANENT}, false},
		{"no route", {.family = 4, .flags = IFA_F_NOPREFIXROUTE}, true},
		{"a metric", {.family = 4, .metric = 1}, true},
		{"a peer", {.family = 4, .has_peer = true}, true},
		{"a label", {.family = 4, .label = "x"}, true},
		{"a scope", {.family = 4, .scope = RT_SCOPE_LINK}, true},
	};
	const struct plan_address plain = {.family = 4, .ifindex = 1};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct plan_address other = table[i].address;

		other.ifindex = 1;
		if (has_attributes(&other) != table[i].has)
			fail_msg("has: %s", table[i].what);
		/* The interface may be gone. */
		if (same_attributes(&(struct plan_actual){0}, &plain, &other) == table[i].has ||
		    same_attributes(&with_eth0, &other, &plain) == table[i].has)
			fail_msg("same: %s", table[i].what);
	}
}

static void test_peers_and_labels(void **state)
{
	struct plan_address want = {.family = 4, .ifindex = 1}, have = want;

	(void)state;
	have.label[0] = 'x';
	assert_false(same_attributes(&with_eth0, &want, &have));
	strcpy(have.label, "eth0"); /* the default */
	assert_true(same_attributes(&with_eth0, &want, &have));
	assert_true(same_attributes(&with_eth0, &have, &want));
	want.has_peer = have.has_peer = true;
	want.peer = have.peer = (struct vrrp_addr){{10, 0, 0, 1}};
	assert_true(same_attributes(&with_eth0, &want, &have));
	have.peer.b[3] = 2;
	assert_false(same_attributes(&with_eth0, &want, &have));
}

/* 10.1.2.3/24, whose route the host makes itself: is this one, which says that it is the kernel's,
 * that route? Then it is not the kernel's. */
static void test_kernel_makes(void **state)
{
	static const struct {
		const char *what;
		struct plan_route route;
		bool twin; /* the kernel has made a route for the same address again */
		bool makes;
	} table[] = {
#define TO(net, length, at)                                                 \
	.addr = {{10, 1, net}}, .plen = length, .family = 4, .ifindex = at, \
	.protocol = RTPROT_KERNEL
#define FROM(last) .has_src = true, .src = {{10, 1, 2, last}}
		{"to its network", {TO(2, 24, 1)}, false, false},
		{"to its network, and the kernel has made one, too", {TO(2, 24, 1)}, true, true},
		{"to another network", {TO(3, 24, 1)}, false, true},
		{"to a larger network", {TO(2, 23, 1)}, false, true},
		{"on another interface", {TO(2, 24, 2)}, false, true},
		{"on an interface of a record", {TO(2, 24, 1), .dev = "eth0"}, false, true},
		{"from it, to wherever", {TO(9, 24, 1), FROM(3)}, false, false},
		{"to its network, from another one", {TO(2, 24, 1), FROM(4)}, false, true},
		{"from an IPv6 address of the same bytes",
		 {.family = 6, .ifindex = 1, .protocol = RTPROT_KERNEL, FROM(3)},
		 false,
		 true},
		{"static",
		 {.family = 4, .plen = 24, .ifindex = 1, .protocol = RTPROT_STATIC},
		 false,
		 false},
		{"by an advertisement",
		 {.family = 6, .plen = 64, .ifindex = 1, .protocol = RTPROT_RA},
		 false,
		 true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct plan_address addresses[2] = {{.addr = {{10, 1, 2, 3}},
						     .family = 4,
						     .plen = 24,
						     .ifindex = 1,
						     .flags = IFA_F_NOPREFIXROUTE}};
		const struct plan_actual actual = {.addresses = addresses,
						   .address_count = table[i].twin ? 2 : 1};

		addresses[1] = addresses[0];
		addresses[1].flags = 0;
		if (kernel_makes_route(&actual, &table[i].route) != table[i].makes)
			fail_msg("%s", table[i].what);
	}
}

static void test_gateways(void **state)
{
	static const struct {
		const char *what;
		const char *via; /* NULL: none */
		bool onlink;
		const char *address, *peer;
		uint8_t plen;
		int ifindex; /* of the address; the route is on 1 */
		bool reachable;
	} table[] = {
		{"no gateway", NULL, false, "10.0.0.1", NULL, 24, 1, true},
		{"a gateway in the network", "10.0.0.7", false, "10.0.0.1", NULL, 24, 1, true},
		{"one in none", "10.0.1.7", false, "10.0.0.1", NULL, 24, 1, false},
		{"one in none, onlink", "10.0.1.7", true, "10.0.0.1", NULL, 24, 1, true},
		{"in the network of another interface", "10.0.0.7", false, "10.0.0.1", NULL, 24, 2,
		 false},
		{"in the peer's network", "10.9.0.7", false, "10.0.0.1", "10.9.0.1", 24, 1, true},
		{"beside an address that has a peer", "10.0.0.7", false, "10.0.0.1", "10.9.0.1", 24,
		 1, false},
		{"in a network of the same bytes, of the other family", "32.1.13.184", false,
		 "2001:db8::1", NULL, 32, 1, false},
		{"a link-local gateway", "fe80::1", false, "10.0.0.1", NULL, 24, 1, true},
		{"its bytes in IPv4", "254.128.0.0", false, "10.0.0.1", NULL, 24, 1, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct plan_address address = {.plen = table[i].plen, .ifindex = table[i].ifindex};
		const struct plan_actual actual = {.addresses = &address, .address_count = 1};
		struct plan_route route = {.ifindex = 1, .onlink = table[i].onlink, .family = 4};
		uint8_t family;

		assert_true(address_parse(table[i].address, &address.addr, &address.family));
		address.has_peer = table[i].peer;
		if (table[i].peer)
			assert_true(address_parse(table[i].peer, &address.peer, &family));
		route.has_via = table[i].via;
		if (table[i].via)
			assert_true(address_parse(table[i].via, &route.via, &route.family));
		if (gateway_reachable(&actual, &route) != table[i].reachable)
			fail_msg("%s", table[i].what);
	}
}

/* ---- names ---- */

static void test_devices(void **state)
{
	char dev[CONFIG_IFNAME];
	struct plan_route route = {.dev = "eth9"}, found = {.metric = 7};
	struct plan_address address = {.dev = "eth9"}, placed = {.metric = 7};

	(void)state;
	memset(dev, 'x', sizeof(dev));
	name_device(&with_eth0, 2, dev);
	assert_memory_equal(dev, (const char[CONFIG_IFNAME]){0}, sizeof(dev));
	name_device(&with_eth0, 1, dev);
	assert_string_equal(dev, "eth0");

	assert_false(resolve_route(&with_eth0, &route, &found));
	assert_int_equal(found.metric, 7);
	assert_false(resolve_address(&with_eth0, &address, &placed));
	assert_int_equal(placed.metric, 7);
	strcpy(route.dev, "eth0");
	strcpy(address.dev, "eth0");
	assert_true(resolve_route(&with_eth0, &route, &found));
	assert_int_equal(found.ifindex, 1);
	assert_int_equal(found.table, 10);
	assert_true(resolve_address(&with_eth0, &address, &placed));
	assert_int_equal(placed.ifindex, 1);
	/* One that names none has its place already. */
	route = (struct plan_route){.ifindex = 5, .table = RT_TABLE_MAIN};
	assert_true(resolve_route(&with_eth0, &route, &found));
	assert_int_equal(found.ifindex, 5);
	assert_int_equal(found.table, 0);
}

static void test_configured(void **state)
{
	static const struct {
		const char *what;
		struct config_route route;
		uint32_t table, metric;
		uint8_t scope;
	} rows[] = {
		{"that of its interface", {.family = 4}, 10, 0, RT_SCOPE_LINK},
		{"the main table by its number",
		 {.family = 4, .table = RT_TABLE_MAIN},
		 0,
		 0,
		 RT_SCOPE_LINK},
		{"another table", {.family = 4, .table = 99}, 99, 0, RT_SCOPE_LINK},
		{"a gateway", {.family = 4, .has_via = true}, 10, 0, RT_SCOPE_UNIVERSE},
		{"a scope of its own",
		 {.family = 4, .has_via = true, .has_scope = true, .scope = RT_SCOPE_HOST},
		 10,
		 0,
		 RT_SCOPE_HOST},
		{"the widest scope of its own",
		 {.family = 4, .has_scope = true, .scope = RT_SCOPE_UNIVERSE},
		 10,
		 0,
		 RT_SCOPE_UNIVERSE},
		{"a scope that it does not have", {.family = 4, .scope = 7}, 10, 0, RT_SCOPE_LINK},
		{"IPv6 has none",
		 {.family = 6, .has_scope = true, .scope = RT_SCOPE_HOST},
		 10,
		 1024,
		 RT_SCOPE_UNIVERSE},
		{"IPv6 with a metric", {.family = 6, .metric = 7}, 10, 7, RT_SCOPE_UNIVERSE},
		{"IPv4 with a metric", {.family = 4, .metric = 7}, 10, 7, RT_SCOPE_LINK},
	};
	struct config_router router = {.public = "eth0"};
	struct plan_route found;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(configured_route(&with_eth0, &router, &rows[i].route, &found));
		if (found.table != rows[i].table || found.metric != rows[i].metric ||
		    found.scope != rows[i].scope)
			fail_msg("%s", rows[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_hops),
		cmocka_unit_test(test_other_hops),
		cmocka_unit_test(test_hop_with_a_realm),
		cmocka_unit_test(test_onlink_hops),
		cmocka_unit_test(test_damaged_extra),
		cmocka_unit_test(test_mtu),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_peers_and_labels),
		cmocka_unit_test(test_kernel_makes),
		cmocka_unit_test(test_gateways),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_configured),
	};

	return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}

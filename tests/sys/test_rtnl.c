// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtnetlink against the kernel, in a namespace of the test's own: dumps, batches and their errors
 * one by one, the neighbour table, the monitor and its overrun. ip(8) is the other side. Needs
 * root.
 */
#include "netns.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <time.h>

#include <cmocka.h>

#include "core/address.h"
#include "sys/net/rtnl.h"

#define LIMIT_MS 10000

static struct rtnl *rtnl;

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What the kernel tells in its own time is over before the monitor listens: it makes no link-local
 * addresses here, and has said that both ends have a carrier. */
static int set_up(void **state)
{
	int64_t end = now_ms() + LIMIT_MS;
	int up = 0;

	(void)state;
	run("ip link add eth0 type veth peer name peer0");
	run("ip link set eth0 addrgenmode none && ip link set peer0 addrgenmode none");
	run("ip link set eth0 address 00:0c:82:ad:b3:29 up && ip link set peer0 up");
	while (up != 2) {
		char *text = output("ip -o link show type veth | grep -c 'state UP'");

		up = atoi(text);
		free(text);
		if (up != 2 && now_ms() > end)
			fail_msg("the pair had no carrier after %d ms", LIMIT_MS);
	}
	return rtnl_open(&rtnl);
}

static int tear_down(void **state)
{
	(void)state;
	rtnl_close(rtnl);
	return system("ip link del eth0 2>/dev/null; true");
}

/* One link of a dump; false: none of that name. */
static bool find_link(const char *name, struct plan_link *ret_link)
{
	const struct plan_link *found;
	struct plan_actual actual;

	assert_int_equal(rtnl_dump(rtnl, &actual), 0);
	found = plan_link_by_name(&actual, name);
	if (found)
		*ret_link = *found;
	plan_actual_free(&actual);
	return found;
}

static int ifindex_of(const char *name)
{
	struct plan_link link;

	assert_true(find_link(name, &link));
	return link.ifindex;
}

static struct plan_address parse(const char *text, uint8_t plen, int ifindex)
{
	struct plan_address out = {.plen = plen, .ifindex = ifindex};

	assert_true(address_parse(text, &out.addr, &out.family));
	return out;
}

static void one_link(void **state)
{
	struct plan_link link;
	uint8_t mac[6];

	(void)state;
	assert_true(find_link("eth0", &link));
	mac_parse("00:0c:82:ad:b3:29", mac);
	assert_string_equal(link.name, "eth0");
	assert_memory_equal(link.mac, mac, 6);
	assert_true(link.up);
	assert_true(link.carrier);
	memset(mac, 0, 6);
	assert_memory_equal(link.permanent_mac, mac, 6); /* veth has none */
	assert_false(find_link("eth9", &link));
	assert_false(find_link("a-name-that-is-much-too-long", &link));
}

/* What stands on what; and an end of a veth pair in another namespace is nothing here. */
static void stacked_links(void **state)
{
	struct plan_link eth0, peer0, br0, lo, far;

	(void)state;
	run("ip link add br0 type bridge && ip link set eth0 master br0");
	run("unshare -n sleep 60 & pid=$!; while [ $(readlink /proc/$pid/ns/net) = $(readlink"
	    " /proc/self/ns/net) ]; do :; done; ip link add far type veth peer name eth0 netns "
	    "$pid;"
	    " kill -0 $pid");
	assert_true(find_link("eth0", &eth0));
	assert_true(find_link("peer0", &peer0));
	assert_true(find_link("br0", &br0));
	assert_true(find_link("lo", &lo));
	assert_true(find_link("far", &far));
	assert_true(eth0.ethernet && br0.ethernet && far.ethernet && !lo.ethernet);
	assert_int_equal(eth0.master, br0.ifindex);
	assert_true(eth0.port && !peer0.port && !br0.port);
	assert_int_equal(eth0.parent, peer0.ifindex);
	assert_int_equal(br0.parent, 0);
	assert_int_equal(far.parent, 0);
	/* Members of a VRF, where the kernel has that. */
	if (system("ip link add red type vrf table 10 2>/dev/null && ip link set eth0 nomaster &&"
		   " ip link set eth0 master red") == 0) {
		assert_true(find_link("eth0", &eth0));
		assert_true(eth0.master && !eth0.port);
		run("ip link del red");
	}
	run("ip link del br0; ip link del far");
}

static void dump_finds_all(void **state)
{
	struct plan_actual actual;
	unsigned int found = 0;

	(void)state;
	run("ip addr add 192.168.1.93/24 brd + label eth0:x dev eth0");
	run("ip addr add 192.168.1.94/24 dev eth0 valid_lft 1000 preferred_lft 500");
	run("ip addr add fd00::93/64 dev eth0 nodad");
	run("ip route add default via 192.168.1.1 dev eth0 metric 7 mtu 1400 src 192.168.1.93");
	run("ip route add 10.0.0.0/8 via 192.168.2.1 dev eth0 onlink");
	run("ip route add 10.1.0.0/16 nexthop via 192.168.1.2 nexthop via 192.168.1.3");
	run("ip -6 route add default via fd00::1 dev eth0");
	run("ip route add table 99 default via 192.168.1.1 dev eth0");
	run("ip route add blackhole 10.9.0.0/16");
	assert_int_equal(rtnl_dump(rtnl, &actual), 0);
	for (unsigned int i = 0; i < actual.address_count; i++) {
		const struct plan_address *a = &actual.addresses[i];
		char text[ADDRESS_TEXT];

		address_format(a->family, &a->addr, text);
		if (strcmp(text, "192.168.1.93") == 0) {
			assert_string_equal(a->label, "eth0:x");
			assert_true(a->has_broadcast);
			assert_false(a->secondary);
			assert_int_equal(a->valid_s, PLAN_FOREVER);
			found++;
		} else if (strcmp(text, "192.168.1.94") == 0) {
			assert_true(a->secondary);
			assert_in_range(a->valid_s, 990, 1000);
			assert_in_range(a->preferred_s, 490, 500);
			found++;
		} else if (strcmp(text, "fd00::93") == 0) {
			assert_int_equal(a->plen, 64);
			found++;
		}
	}
	assert_int_equal(found, 3);
	found = 0;
	for (unsigned int i = 0; i < actual.route_count; i++) {
		const struct plan_route *r = &actual.routes[i];

		if (r->family == 4 && r->plen == 16 && r->addr.b[1] == 9) {
			assert_int_equal(r->refusal, CONFIG_REFUSAL_BLACKHOLE);
			assert_int_equal(r->ifindex, 0);
			assert_int_equal(r->extra_len, 0);
			found++;
			continue;
		}
		assert_int_equal(r->refusal, CONFIG_REFUSAL_NONE);
		if (r->plen == 0 && r->family == 4) {
			assert_int_equal(r->metric, 7);
			assert_true(r->has_src);
			assert_true(r->extra_len > 0);
			found++;
		} else if (r->plen == 8) {
			assert_true(r->onlink);
			found++;
		} else if (r->plen == 16) {
			assert_int_equal(r->ifindex, 0);
			assert_true(r->extra_len > 0);
			found++;
		} else if (r->plen == 0 && r->family == 6) {
			assert_int_equal(r->metric, 1024);
			found++;
		}
	}
	assert_int_equal(found, 5);
	assert_int_equal(actual.rule_count, 0);
	plan_actual_free(&actual);
}

static unsigned int routes_of(uint32_t table)
{
	struct plan_actual actual;
	unsigned int count = 0;

	assert_int_equal(rtnl_dump(rtnl, &actual), 0);
	for (unsigned int i = 0; i < actual.route_count; i++)
		count += actual.routes[i].table == table;
	plan_actual_free(&actual);
	return count;
}

/* Both families; and what is there already is not new. */
static void watched_tables_are_dumped(void **state)
{
	(void)state;
	run("ip route add table 99 10.0.0.0/8 dev eth0 && ip route add table 99 prohibit "
	    "10.9.0.0/16");
	run("ip -6 route add table 99 unreachable fd00:9::/64");
	assert_int_equal(routes_of(99), 0);
	assert_int_equal(rtnl_watch_table(rtnl, 99), 1);
	assert_int_equal(rtnl_watch_table(rtnl, 99), 0);
	assert_int_equal(rtnl_watch_table(rtnl, 98), 1);
	assert_int_equal(rtnl_watch_table(rtnl, 0), 0);
	assert_int_equal(rtnl_watch_table(rtnl, RT_TABLE_MAIN), 0);
	assert_int_equal(routes_of(99), 3);
	if (system("ip link add red type vrf table 99 2>/dev/null") == 0) {
		assert_int_equal(routes_of(99), 3);
		run("ip link del red");
	}
	run("ip route flush table 99; ip -6 route flush table 99");
}

/* A rule is read, and one like it is written beside it, of ours. It goes, the other one stays. */
static void rules_are_read_and_written(void **state)
{
	static const struct {
		const char *text;
		bool other; /* it has something that a configuration cannot say */
	} rules[] = {
		{"from 192.0.2.0/24 table 100 priority 7", false},
		{"not to 192.0.2.1 iif eth0 oif eth1 blackhole priority 7", false},
		{"fwmark 0x10/0xff table 1000 priority 4294967295", false},
		{"fwmark 0/0xf table 100 priority 7", false},
		{"from 10.0.0.0/8 ipproto tcp sport 80 dport 1000-2000 prohibit priority 7", false},
		{"from 10.0.0.0/8 tos 0x10 unreachable priority 7", false},
		{"from 2001:db8::/32 to fd00::1 table local priority 7", false},
		{"from 10.0.0.0/8 table main suppress_prefixlength 0 priority 7", true},
		{"from 10.0.0.0/8 uidrange 7-8 table 100 priority 7", true},
		{"from 10.0.0.0/8 goto 32766 priority 7", true},
		{"from 10.0.0.0/8 table 100 realms 5 priority 7", true},
	};

	(void)state;
	assert_int_equal(rtnl_watch_rules(rtnl), 1);
	assert_int_equal(rtnl_watch_rules(rtnl), 0);
	for (unsigned int i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const char *family = strchr(rules[i].text, ':') ? "-6" : "-4";
		struct plan_op op = {.kind = PLAN_RULE_ADD};
		struct plan_actual actual;
		char *before, *both, *after;
		unsigned int found = 0;
		int error = 1;

		run("ip %s rule add %s", family, rules[i].text);
		before = output("ip -4 rule; ip -6 rule");
		assert_int_equal(rtnl_dump(rtnl, &actual), 0);
		for (unsigned int j = 0; j < actual.rule_count; j++) {
			const struct plan_rule *rule = &actual.rules[j];

			assert_int_not_equal(rule->protocol, PLAN_ROUTE_PROTOCOL);
			if (rule->rule.priority != 7 && rule->rule.priority != UINT32_MAX)
				continue;
			assert_int_equal(rule->other, rules[i].other);
			op.rule = rule->rule;
			found++;
		}
		assert_int_equal(found, 1);
		plan_actual_free(&actual);
		if (!rules[i].other) {
			assert_int_equal(rtnl_apply(rtnl, &op, 1, &error), 0);
			both = output("ip -4 rule; ip -6 rule");
			assert_int_not_equal(strlen(both), strlen(before));
			free(both);
			/* What is there, or is not there, is no failure. */
			assert_int_equal(rtnl_apply(rtnl, &op, 1, &error), 0);
			op.kind = PLAN_RULE_DEL;
			assert_int_equal(rtnl_apply(rtnl, &op, 1, &error), 0);
			assert_int_equal(rtnl_apply(rtnl, &op, 1, &error), 0);
		}
		after = output("ip -4 rule; ip -6 rule");
		assert_string_equal(after, before);
		free(before);
		free(after);
		run("ip %s rule del %s", family, rules[i].text);
	}
}

static void routes_come_back_as_they_were(void **state)
{
	static const char *const routes[] = {
		"default via 192.168.1.1 metric 7 mtu lock 1400 initcwnd 20 src 192.168.1.93",
		"10.0.0.0/8 via 192.168.2.1 dev eth0 proto dhcp onlink",
		"10.1.0.0/16 nexthop via 192.168.1.2 weight 3 nexthop via 192.168.1.3",
		"10.2.0.0/16 dev eth0 scope link",
		"tos 0x10 10.3.0.0/16 via 192.168.1.9",
		"10.4.0.0/16 via inet6 fe80::9 dev eth0",
		"blackhole 10.5.0.0/16 metric 7",
		"prohibit 10.6.0.0/16",
	};

	(void)state;
	run("ip addr add 192.168.1.93/24 dev eth0");
	for (unsigned int i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		struct plan_actual actual;
		char *before, *gone, *after;
		int error = 1;

		run("ip route add %s", routes[i]);
		before = output("ip route show");
		assert_int_equal(rtnl_dump(rtnl, &actual), 0);
		for (unsigned int j = 0; j < actual.route_count; j++) {
			struct plan_op op = {.kind = PLAN_ROUTE_DEL, .route = actual.routes[j]};

			if (actual.routes[j].protocol == RTPROT_KERNEL)
				continue;
			op.ifindex = op.route.ifindex;
			assert_int_equal(rtnl_apply(rtnl, &op, 1, &error), 0);
			gone = output("ip route show");
			assert_string_not_equal(gone, before);
			free(gone);
			op.kind = PLAN_ROUTE_REPLACE;
			assert_int_equal(rtnl_apply(rtnl, &op, 1, &error), 0);
		}
		after = output("ip route show");
		assert_string_equal(after, before);
		free(before);
		free(after);
		plan_actual_free(&actual);
		run("ip route del %s", routes[i]);
	}
}

static void addresses_come_back_as_they_were(void **state)
{
	static const char *const addresses[] = {
		"192.168.1.93/24 brd + label eth0:own metric 77",
		"192.168.1.93/32 scope link",
		"192.168.1.93 peer 192.168.9.1/24",
		"192.168.1.93/24 preferred_lft 0",
		"192.168.1.93/24 noprefixroute",
		"fd00::93/64 nodad metric 88",
		"fd00::93/64 nodad preferred_lft 0",
		"fd00::93 peer fd00:9::1/64 nodad",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		static const char show[] = "ip addr show dev eth0 scope global;"
					   " ip addr show dev eth0 scope link; ip route; "
					   "ip -6 route";
		struct plan_actual actual;
		char *before, *gone, *after;
		int error = 1;

		run("ip addr add %s dev eth0", addresses[i]);
		before = output(show);
		assert_int_equal(rtnl_dump(rtnl, &actual), 0);
		for (unsigned int j = 0; j < actual.address_count; j++) {
			struct plan_op op = {.kind = PLAN_ADDRESS_DEL,
					     .address = actual.addresses[j]};
			char text[ADDRESS_TEXT];

			op.ifindex = op.address.ifindex;
			address_format(op.address.family, &op.address.addr, text);
			if (strcmp(text, "192.168.1.93") != 0 && strcmp(text, "fd00::93") != 0)
				continue;
			assert_int_equal(rtnl_apply(rtnl, &op, 1, &error), 0);
			gone = output(show);
			assert_string_not_equal(gone, before);
			free(gone);
			op.kind = PLAN_ADDRESS_ADD;
			assert_int_equal(rtnl_apply(rtnl, &op, 1, &error), 0);
		}
		after = output(show);
		assert_string_equal(after, before);
		free(before);
		free(after);
		plan_actual_free(&actual);
		run("ip addr flush dev eth0 to %.*s", (int)strcspn(addresses[i], "/ "),
		    addresses[i]);
	}
}

#define MANY 300

static void a_long_batch_names_each_failure(void **state)
{
	static struct plan_op ops[MANY + 3];
	static int errors[MANY + 3];
	int ifindex = ifindex_of("eth0");
	unsigned int count = 0;
	char *text;

	(void)state;
	for (unsigned int i = 0; i < MANY; i++) {
		char addr[ADDRESS_TEXT];

		snprintf(addr, sizeof(addr), "10.%u.%u.1", i / 250, i % 250);
		ops[count++] = (struct plan_op){.kind = PLAN_ADDRESS_ADD,
						.ifindex = ifindex,
						.address = parse(addr, 32, ifindex)};
		if (i == 100) {
			/* Not 8 bits of prefix, an interface that is not there, a route nowhere. */
			ops[count] = ops[count - 1];
			ops[count].address.plen = 77;
			count++;
			ops[count] = ops[count - 2];
			ops[count].ifindex = 9999;
			count++;
			ops[count] =
				(struct plan_op){.kind = PLAN_ROUTE_REPLACE, .ifindex = ifindex};
			ops[count].route.family = 4;
			ops[count].route.ifindex = ifindex;
			ops[count].route.has_via = true;
			address_parse("203.0.113.1", &ops[count].route.via,
				      &ops[count].route.family);
			count++;
		}
	}
	assert_int_equal(rtnl_apply(rtnl, ops, count, errors), 3);
	for (unsigned int i = 0; i < count; i++)
		if (i < 101 || i > 103)
			assert_int_equal(errors[i], 0);
	assert_int_equal(errors[101], -EINVAL);
	assert_int_equal(errors[102], -ENODEV);
	assert_int_equal(errors[103], -ENETUNREACH);
	assert_string_not_equal(rtnl_error(rtnl), "");
	text = output("ip -o -4 addr show dev eth0 | wc -l");
	assert_int_equal(atoi(text), MANY);
	free(text);

	/* Adding what is there and deleting what is not there is success. */
	errors[0] = 1;
	assert_int_equal(rtnl_apply(rtnl, ops, 1, errors), 0);
	assert_int_equal(errors[0], 0);
	ops[0].kind = PLAN_ADDRESS_DEL;
	assert_int_equal(rtnl_apply(rtnl, ops, 1, errors), 0);
	assert_int_equal(rtnl_apply(rtnl, ops, 1, errors), 0);
	assert_string_equal(rtnl_error(rtnl), "");
	ops[0] = ops[103];
	ops[0].kind = PLAN_ROUTE_DEL;
	assert_int_equal(rtnl_apply(rtnl, ops, 1, errors), 0);
}

static void neighbors(void **state)
{
	int ifindex = ifindex_of("eth0");
	struct plan_address a = parse("192.168.1.1", 32, ifindex);
	uint8_t mac[6], expected[6];
	bool stale;

	(void)state;
	assert_int_equal(rtnl_neighbor(rtnl, ifindex, 4, &a.addr, mac, &stale), -ENOENT);
	run("ip neigh add 192.168.1.1 lladdr 02:00:00:00:00:09 dev eth0 nud reachable");
	assert_int_equal(rtnl_neighbor(rtnl, ifindex, 4, &a.addr, mac, &stale), 0);
	assert_false(stale);
	mac_parse("02:00:00:00:00:09", expected);
	assert_memory_equal(mac, expected, 6);
	run("ip neigh replace fd00::1 lladdr 02:00:00:00:00:0a dev eth0 nud stale");
	a = parse("fd00::1", 128, ifindex);
	assert_int_equal(rtnl_neighbor(rtnl, ifindex, 6, &a.addr, mac, &stale), 0);
	assert_true(stale);
}

/* What the kernel does about a neighbour that it is to ask, by what it knew of it before. */
static void probed(void **state)
{
	static const struct {
		const char *text, *before, *after;
	} rows[] = {
		{"a stale MAC is verified", "lladdr 02:00:00:00:00:09 nud stale", "PROBE"},
		{"a MAC that was good a moment ago, too", "lladdr 02:00:00:00:00:09 nud reachable",
		 "PROBE"},
		{"a neighbour without an entry is asked for", NULL, "INCOMPLETE"},
		{"a neighbour that did not answer is asked for again", "nud failed", "INCOMPLETE"},
		{"what somebody has set stays", "lladdr 02:00:00:00:00:09 nud permanent",
		 "PERMANENT"},
	};
	int ifindex = ifindex_of("eth0");

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan_address a = parse("192.168.1.77", 32, ifindex);
		char *text;

		run("ip neigh flush all nud all dev eth0");
		if (rows[i].before)
			run("ip neigh replace 192.168.1.77 dev eth0 %s", rows[i].before);
		assert_int_equal(rtnl_probe_neighbor(rtnl, ifindex, 4, &a.addr), 0);
		text = output("ip neigh show 192.168.1.77 dev eth0");
		if (!strstr(text, rows[i].after))
			fail_msg("%s: %s", rows[i].text, text);
		free(text);
	}
}

/* ---- the monitor ---- */

struct heard {
	unsigned int count[RTNL_OVERRUN + 1];
	int ifindex; /* of the last one but for overruns */
};

static void hear(void *context, enum rtnl_change change, int ifindex)
{
	struct heard *heard = context;

	heard->count[change]++;
	if (change != RTNL_OVERRUN)
		heard->ifindex = ifindex;
}

static void listen_now(struct heard *heard)
{
	*heard = (struct heard){0};
	assert_int_equal(rtnl_monitor_read(rtnl, hear, heard), 0);
}

/* From here on, until it was told so many changes of that kind: the kernel may tell them after
 * ip(8) has ended (an IPv6 address is announced by a kernel thread). */
static void listen_for(struct heard *heard, enum rtnl_change change, unsigned int count)
{
	struct pollfd waiting = {.fd = rtnl_monitor_fd(rtnl), .events = POLLIN};
	int64_t end = now_ms() + LIMIT_MS, left;

	listen_now(heard);
	while (heard->count[change] < count) {
		left = end - now_ms();
		if (left <= 0 || poll(&waiting, 1, (int)left) != 1)
			fail_msg("%u changes of kind %d in %d ms, expected %u",
				 heard->count[change], (int)change, LIMIT_MS, count);
		assert_int_equal(rtnl_monitor_read(rtnl, hear, heard), 0);
	}
	assert_int_equal(heard->count[change], count);
}

static void monitor_tells(void **state)
{
	int ifindex = ifindex_of("eth0");
	struct rtnl_mark mark;
	struct heard heard;

	(void)state;
	listen_now(&heard);
	rtnl_mark(rtnl, &mark);
	assert_true(rtnl_unchanged(rtnl, &mark, ifindex));
	assert_true(rtnl_unchanged(rtnl, &mark, 0));
	assert_true(rtnl_is_read(rtnl));
	run("ip addr add 192.168.1.93/24 dev eth0");
	/* Waits to be read: not known to be unchanged. */
	assert_false(rtnl_is_read(rtnl));
	listen_for(&heard, RTNL_ADDRESS, 1);
	assert_int_equal(heard.ifindex, ifindex);
	assert_true(rtnl_is_read(rtnl));
	assert_false(rtnl_unchanged(rtnl, &mark, ifindex));
	assert_false(rtnl_unchanged(rtnl, &mark, 0));
	rtnl_mark(rtnl, &mark);
	run("ip addr add fd00::9/64 dev peer0 nodad");
	listen_for(&heard, RTNL_ADDRESS, 1);
	assert_int_equal(heard.ifindex, ifindex_of("peer0"));
	rtnl_mark(rtnl, &mark);
	run("ip route add default via 192.168.1.1");
	listen_for(&heard, RTNL_ROUTE, 1);
	assert_int_equal(heard.ifindex, ifindex);
	assert_false(rtnl_unchanged(rtnl, &mark, ifindex));
	run("ip route add table 99 default via 192.168.1.1 dev eth0");
	listen_now(&heard);
	assert_int_equal(heard.count[RTNL_ROUTE], 0);
	rtnl_mark(rtnl, &mark);
	run("ip link set eth0 address 02:00:00:00:00:07");
	listen_now(&heard);
	assert_true(heard.count[RTNL_LINK] > 0);
	/* A link that changed concerns itself, and whoever asks for all. */
	assert_true(rtnl_unchanged(rtnl, &mark, ifindex_of("peer0")));
	assert_false(rtnl_unchanged(rtnl, &mark, ifindex));
	assert_false(rtnl_unchanged(rtnl, &mark, 0));
	run("ip link del eth0");
	listen_for(&heard, RTNL_LINK_GONE, 2);
}

static void overrun_is_said(void **state)
{
	static struct plan_op ops[64];
	static int errors[64];
	int ifindex = ifindex_of("eth0");
	struct rtnl_mark mark;
	struct heard heard;

	(void)state;
	listen_now(&heard);
	rtnl_mark(rtnl, &mark);
	for (unsigned int i = 0; i < 64; i++) {
		char addr[ADDRESS_TEXT];

		snprintf(addr, sizeof(addr), "10.0.%u.1", i / 2);
		ops[i] = (struct plan_op){.kind = i % 2 ? PLAN_ADDRESS_DEL : PLAN_ADDRESS_ADD,
					  .ifindex = ifindex,
					  .address = parse(addr, 32, ifindex)};
	}
	for (unsigned int i = 0; i < 200; i++)
		assert_int_equal(rtnl_apply(rtnl, ops, 64, errors), 0);
	listen_now(&heard);
	assert_true(heard.count[RTNL_OVERRUN] > 0);
	/* After it, every interface may have changed, and the monitor still works. */
	assert_false(rtnl_unchanged(rtnl, &mark, ifindex + 1));
	run("ip addr add 192.168.1.93/24 dev eth0");
	listen_for(&heard, RTNL_ADDRESS, 1);
}

/* Those that nobody watches tell nothing, and leave a dump as good as it was. */
static void watched_things_are_told(void **state)
{
	struct plan_actual actual;
	struct rtnl_mark mark;
	struct heard heard;

	(void)state;
	listen_now(&heard);
	rtnl_mark(rtnl, &mark);
	run("ip route add table 99 10.0.0.0/8 dev eth0 && ip rule add from 10.0.0.0/8 table 99");
	listen_now(&heard);
	assert_int_equal(heard.count[RTNL_ROUTE], 0);
	assert_true(rtnl_unchanged(rtnl, &mark, 0));
	assert_int_equal(rtnl_watch_table(rtnl, 99), 1);
	assert_int_equal(rtnl_watch_rules(rtnl), 1);
	assert_int_equal(rtnl_dump(rtnl, &actual), 0);
	plan_actual_free(&actual);
	run("ip route del table 99 10.0.0.0/8 dev eth0");
	listen_for(&heard, RTNL_ROUTE, 1);
	assert_false(rtnl_unchanged(rtnl, &mark, 0));
	rtnl_mark(rtnl, &mark);
	run("ip rule del from 10.0.0.0/8 table 99");
	listen_for(&heard, RTNL_ROUTE, 1);
	assert_int_equal(heard.ifindex, 0);
	assert_false(rtnl_unchanged(rtnl, &mark, 0));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(one_link),
		TEST(stacked_links),
		TEST(dump_finds_all),
		TEST(watched_tables_are_dumped),
		TEST(rules_are_read_and_written),
		TEST(routes_come_back_as_they_were),
		TEST(addresses_come_back_as_they_were),
		TEST(a_long_batch_names_each_failure),
		TEST(neighbors),
		TEST(probed),
		TEST(monitor_tells),
		TEST(watched_things_are_told),
		TEST(overrun_is_said),
	};

	netns_enter();
	return cmocka_run_group_tests_name("rtnl", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * When two routes are the same: scopes, and several next hops with whatever else the kernel says.
 * Links core/nic/plan_find and plan_extra.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

/* Something that nothing here can read. */
static void put_flow(struct plan_route *route, uint32_t realm)
{
	const struct rtattr attr = {.rta_len = sizeof(attr) + sizeof(realm), .rta_type = RTA_FLOW};
	uint8_t *at = route->extra + route->extra_len;

	memcpy(at, &attr, sizeof(attr));
	memcpy(at + sizeof(attr), &realm, sizeof(realm));
	route->extra_len = (uint16_t)(route->extra_len + attr.rta_len);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_hops),
	};

	return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}

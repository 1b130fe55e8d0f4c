/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said where a driver refuses native XDP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "sys/bpf/xdp_refusal.h"

static const struct row {
	const char *desc;
	int err;
	struct xdp_refusal_facts facts;
	const char *says;
} rows[] = {
	{"no native XDP at all", EOPNOTSUPP, {.driver = "e1000"}, "(e1000) has none, or refuses"},
	{"LRO, by any of its errnos", EOPNOTSUPP, {.lro = true}, "ethtool -K eth1 lro off"},
	{"LRO, as ixgbe has it",
	 EINVAL,
	 {.driver = "ixgbe", .lro = true},
	 "ethtool -K eth1 lro off"},
	{"virtio's offloads",
	 EOPNOTSUPP,
	 {.driver = "virtio_net"},
	 "ethtool -K eth1 rx-gro-hw off"},
	{"the MTU", EINVAL, {.driver = "ena", .mtu = 9001}, "(ena) refuses it: the MTU (9001)"},
	{"the MTU, as veth has it", ERANGE, {.driver = "veth", .mtu = 9000}, "MTU (9000)"},
	{"queues", ENOMEM, {.driver = "ena", .queues = 8}, "(8 now): ethtool -L eth1 combined N"},
	{"queues, as veth has it", ENOSPC, {.driver = "veth"}, "too few queues"},
	{"somebody else's program", EBUSY, {.driver = "veth"}, "there already"},
	{"a driver that does not tell its name", EOPNOTSUPP, {.mtu = 1500}, "(of this NIC)"},
	{"anything else", EIO, {.driver = "veth"}, "Input/output error"},
};

static void test_explain(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xdp_refusal_facts facts = rows[i].facts;
		char text[XDP_REFUSAL_TEXT];

		strcpy(facts.ifname, "eth1");
		xdp_refusal_explain(&facts, -rows[i].err, text);
		if (!strstr(text, rows[i].says))
			fail_msg("%s: %s", rows[i].desc, text);
		assert_true(strlen(text) < XDP_REFUSAL_TEXT - 1);
	}
}

/* The loopback tells its MTU, and no driver. */
static void test_look(void **state)
{
	struct xdp_refusal_facts facts;

	(void)state;
	xdp_refusal_look("lo", &facts);
	assert_string_equal(facts.ifname, "lo");
	assert_true(facts.mtu > 0);
	xdp_refusal_look("nosuch0", &facts);
	assert_int_equal(facts.mtu, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

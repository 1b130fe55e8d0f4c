// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one cached dump of interfaces, on real ones (veth, in a namespace of the test's own): what
 * makes it stale, and for whom. ip(8) is whoever else changes NICs. Needs root.
 */
#include "netns.h"

#include <errno.h>
#include <net/if.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/interfaces.h"
#include "core/address.h"
#include "vrrp_timers.h"

#define OTHER_MAC "00:9f:a4:4c:3b:37"
#define LIMIT_S   10

static const struct config_router on_eth0 = {.public = "eth0"}, on_eth1 = {.public = "eth1"};
static const struct config_router on_eth9 = {.public = "eth9"};

static struct interfaces interfaces;
static unsigned int dumps;
static int dump_error; /* of every dump; 0: none */

/* Linked with --wrap. */
int __real_rtnl_dump(struct rtnl *handle, struct plan_actual *ret_actual);
int __wrap_rtnl_dump(struct rtnl *handle, struct plan_actual *ret_actual);

int __wrap_rtnl_dump(struct rtnl *handle, struct plan_actual *ret_actual)
{
	dumps++;
	return dump_error ? dump_error : __real_rtnl_dump(handle, ret_actual);
}

static void ignore_change(void *context, enum rtnl_change change, int ifindex)
{
	(void)context;
	(void)change;
	(void)ifindex;
}

static void read_monitor(void)
{
	assert_int_equal(rtnl_monitor_read(interfaces.rtnl, ignore_change, NULL), 0);
}

/* How many dumps a look makes. */
static unsigned int look(const struct config_router *router)
{
	unsigned int before = dumps;

	assert_int_equal(interfaces_look(&interfaces, router, false), 0);
	return dumps - before;
}

/* The kernel makes no link-local addresses here, and both pairs have their carrier before the
 * monitor listens: nothing changes but what a test changes. */
static int set_up(void **state)
{
	time_t end = time(NULL) + LIMIT_S;

	(void)state;
	for (int i = 0; i < 2; i++) {
		run("ip link add eth%d type veth peer name peer%d", i, i);
		run("ip link set eth%d addrgenmode none && ip link set peer%d addrgenmode none", i,
		    i);
		run("ip link set eth%d up && ip link set peer%d up", i, i);
	}
	while (system("test $(ip -o link show type veth | grep -c 'state UP') = 4")) {
		if (time(NULL) > end)
			fail_msg("the pairs had no carrier after %d s", LIMIT_S);
	}
	interfaces = (struct interfaces){0};
	dump_error = 0;
	if (rtnl_open(&interfaces.rtnl))
		return -1;
	assert_int_equal(look(NULL), 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	interfaces_forget(&interfaces);
	rtnl_close(interfaces.rtnl);
	return system("ip link del eth0; ip link del eth1; ip link del eth9 2>/dev/null; true");
}

static bool carries(const char *text)
{
	struct vrrp_addr addr;
	uint8_t family;

	assert_true(address_parse(text, &addr, &family));
	for (unsigned int i = 0; i < interfaces.actual.address_count; i++)
		if (vrrp_addr_equal(&interfaces.actual.addresses[i].addr, &addr))
			return true;
	return false;
}

static int set_mac(const char *device, const char *text)
{
	struct plan_op op = {.kind = PLAN_SET_MAC, .ifindex = (int)if_nametoindex(device)};
	int error = 0, failed;

	assert_true(mac_parse(text, op.mac));
	failed = interfaces_apply(&interfaces, &op, 1, &error);
	return failed < 0 ? failed : error;
}

static void assert_mac(const char *device, const char *text)
{
	uint8_t mac[6], expected[6];

	assert_true(mac_parse(text, expected));
	interfaces_mac(&interfaces, (int)if_nametoindex(device), mac);
	assert_memory_equal(mac, expected, 6);
}

static void nothing_changed(void **state)
{
	(void)state;
	assert_int_equal(look(NULL), 0);
	assert_int_equal(look(&on_eth0), 0);
	assert_int_equal(look(&on_eth1), 0);
}

static void own_mac_is_known_without_a_dump(void **state)
{
	unsigned int before = dumps;

	(void)state;
	interfaces_hold(&interfaces);
	assert_int_equal(look(&on_eth0), 0);
	assert_int_equal(set_mac("eth0", OTHER_MAC), 0);
	assert_mac("eth0", OTHER_MAC);
	assert_int_equal(look(&on_eth0), 0);
	assert_int_equal(look(&on_eth1), 0);
	assert_int_equal(look(NULL), 0);
	interfaces_release(&interfaces);
	assert_mac("eth0", OTHER_MAC);
	assert_int_equal(dumps, before);
	/* Its notice waits, and may be somebody else's. */
	assert_int_equal(look(&on_eth0), 1);
	assert_mac("eth0", OTHER_MAC);
}

static void refused_mac_is_not_known(void **state)
{
	uint8_t before[6], after[6];
	int ifindex = (int)if_nametoindex("eth0");

	(void)state;
	interfaces_mac(&interfaces, ifindex, before);
	assert_true(set_mac("eth0", "01:00:5e:00:00:12") < 0); /* multicast */
	interfaces_mac(&interfaces, ifindex, after);
	assert_memory_equal(before, after, 6);
}

/* What somebody has made permanent, as it was. What the kernel has learned goes with the MAC. */
static void permanent_neighbors_stay(void **state)
{
	char *before, *after;

	(void)state;
	run("ip neigh add 192.168.1.7 lladdr 02:00:00:00:00:07 dev eth0 nud permanent");
	run("ip neigh add fd00::7 lladdr 02:00:00:00:00:07 dev eth0 nud permanent router");
	run("ip neigh add 192.168.1.8 lladdr 02:00:00:00:00:08 dev eth1 nud permanent");
	run("ip neigh add proxy 192.168.1.9 dev eth0");
	before = output("for f in 4 6; do ip -$f neigh show; ip -$f neigh show proxy; done");
	run("ip neigh add 192.168.1.6 lladdr 02:00:00:00:00:06 dev eth0 nud reachable");
	assert_true(set_mac("eth0", "01:00:5e:00:00:12") < 0);
	assert_int_equal(set_mac("eth0", OTHER_MAC), 0);
	after = output("for f in 4 6; do ip -$f neigh show; ip -$f neigh show proxy; done");
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void foreign_address_is_seen(void **state)
{
	(void)state;
	run("ip addr add 172.16.0.9/32 dev eth0");
	assert_false(carries("172.16.0.9"));
	assert_int_equal(look(&on_eth0), 1); /* the monitor has not been read */
	assert_true(carries("172.16.0.9"));
	read_monitor();
	assert_int_equal(look(&on_eth0), 1); /* read only now: it might be another change */
	assert_int_equal(look(&on_eth0), 0);
	run("ip addr del 172.16.0.9/32 dev eth0");
	read_monitor();
	assert_int_equal(look(&on_eth0), 1);
	assert_false(carries("172.16.0.9"));
}

static void change_concerns_its_interface(void **state)
{
	(void)state;
	run("ip addr add 172.16.0.9/32 dev eth1");
	read_monitor();
	assert_int_equal(look(&on_eth0), 0);
	assert_int_equal(look(&on_eth1), 1);
	assert_int_equal(look(NULL), 0);
	run("ip addr del 172.16.0.9/32 dev eth1");
	read_monitor();
	assert_int_equal(look(&on_eth0), 0);
	assert_int_equal(look(NULL), 1);
	assert_int_equal(look(&on_eth1), 0);
}

/* One dump serves everybody, whatever is changed meanwhile; it is looked at after the release. */
static void held(void **state)
{
	(void)state;
	run("ip addr add 172.16.0.9/32 dev eth0");
	interfaces_hold(&interfaces);
	assert_int_equal(look(&on_eth0), 1);
	run("ip addr add 172.16.0.10/32 dev eth1");
	assert_int_equal(look(&on_eth1), 0);
	assert_int_equal(look(&on_eth9), 0);
	assert_int_equal(look(NULL), 0);
	interfaces_release(&interfaces);
	assert_false(carries("172.16.0.10"));
	assert_int_equal(look(&on_eth1), 1);
	assert_true(carries("172.16.0.10"));
}

/* That the dump was good for one asker does not make it good for another one's interfaces. */
static void held_after_a_change(void **state)
{
	(void)state;
	run("ip addr add 172.16.0.9/32 dev eth1");
	read_monitor();
	interfaces_hold(&interfaces);
	assert_int_equal(look(&on_eth0), 0);
	assert_int_equal(look(&on_eth1), 1);
	assert_true(carries("172.16.0.9"));
	interfaces_release(&interfaces);
}

static void missing_interface(void **state)
{
	(void)state;
	assert_int_equal(look(&on_eth9), 0); /* nothing has changed, so it is still missing */
	run("ip link add eth9 type veth peer name peer9");
	assert_int_equal(look(&on_eth9), 1);
	assert_non_null(plan_link_by_name(&interfaces.actual, "eth9"));
	run("ip link del eth9");
	read_monitor();
	assert_int_equal(look(&on_eth9), 1);
	run("ip link add eth9 type veth peer name peer9");
	read_monitor();
	assert_int_equal(look(&on_eth9), 1);
	assert_non_null(plan_link_by_name(&interfaces.actual, "eth9"));
}

static void failed_dump(void **state)
{
	(void)state;
	assert_int_equal(set_mac("eth0", OTHER_MAC), 0);
	dump_error = -ENOBUFS;
	assert_int_equal(interfaces_look(&interfaces, NULL, false), -ENOBUFS);
	assert_mac("eth0", OTHER_MAC); /* the last one that succeeded */
	read_monitor();
	assert_int_equal(interfaces_look(&interfaces, NULL, false), -ENOBUFS);
	dump_error = 0;
	assert_int_equal(look(NULL), 1);
	assert_int_equal(look(NULL), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(nothing_changed),
		TEST(own_mac_is_known_without_a_dump),
		TEST(refused_mac_is_not_known),
		TEST(permanent_neighbors_stay),
		TEST(foreign_address_is_seen),
		TEST(change_concerns_its_interface),
		TEST(held),
		TEST(held_after_a_change),
		TEST(missing_interface),
		TEST(failed_dump),
	};

	netns_enter();
	return cmocka_run_group_tests_name("interfaces", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices of routers with mac-device = macvlan, on real NICs (veth, in a namespace of the
 * test's own): when they are made, made anew and removed, what is left alone, and which settings of
 * the NIC below come back. ip(8) is whoever else changes NICs. Needs root.
 */
#include "netns.h"

#include <errno.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/macvlans.h"
#include "sys/net/macvlan.h"

#define WEB "vrrp.55"
#define DB  "vrrp.56"

#define ROUTER(title, vrid, device, below)                                                \
	{                                                                                 \
		.name = (title), .nic = (below), .macvlan = (device), .public = (device), \
		.family = 4,                                                              \
		.mac = {                                                                  \
			.kind = CONFIG_MAC_VIRTUAL,                                       \
			.mac = {0, 0, 0x5e, 0, 1, (vrid)},                                \
		},                                                                        \
	}

static struct config_router routers[] = {ROUTER("web", 55, WEB, "eth0"),
					 ROUTER("db", 56, DB, "eth0")};
static struct config config = {.routers = routers, .router_count = 2};
static struct interfaces interfaces;
static struct macvlans macvlans;

static void ignore_change(void *context, enum rtnl_change change, int ifindex)
{
	(void)context;
	(void)change;
	(void)ifindex;
}

static int make(bool strict)
{
	assert_int_equal(rtnl_monitor_read(interfaces.rtnl, ignore_change, NULL), 0);
	return macvlans_make(&macvlans, strict);
}

/* A setting of eth0 or of a device. */
static int setting(const char *device, const char *key)
{
	return macvlan_setting("ipv4", device, key);
}

/* What ip(8) says of an interface: its flags, its MAC, its alias; "" if it is not there. */
static void assert_link(const char *device, const char *part)
{
	char command[128], *text;

	snprintf(command, sizeof(command), "ip link show %s 2>/dev/null", device);
	text = output(command);
	if (part ? !strstr(text, part) : *text)
		fail_msg("%s: '%s' is not in: %s", device, part ? part : "(not there)", text);
	free(text);
}

static int set_up(void **state)
{
	(void)state;
	run("ip link add eth0 type veth peer name peer0 && ip link set eth0 up");
	run("ip link add eth1 type veth peer name peer1 && ip link set eth1 up");
	snprintf(routers[0].nic, sizeof(routers[0].nic), "eth0");
	interfaces = (struct interfaces){.config = &config};
	macvlans = (struct macvlans){.config = &config, .interfaces = &interfaces};
	return rtnl_open(&interfaces.rtnl);
}

static int tear_down(void **state)
{
	(void)state;
	interfaces_forget(&interfaces);
	rtnl_close(interfaces.rtnl);
	return system("ip link del eth0 2>/dev/null; ip link del eth1; ip link del " WEB
		      " 2>/dev/null; true");
}

static void test_made(void **state)
{
	(void)state;
	assert_int_equal(make(true), 0);
	assert_link(WEB, ",UP");
	assert_link(WEB, "00:00:5e:00:01:37");
	assert_link(WEB, "alias vrrp-xdp on eth0 arp_announce=0 rp_filter=0");
	assert_link(DB, "00:00:5e:00:01:38");
	assert_int_equal(setting(WEB, "arp_ignore"), 1);
	assert_int_equal(setting(WEB, "rp_filter"), 2);
}

static void test_nic_comes_later(void **state)
{
	(void)state;
	run("ip link del eth0");
	assert_int_equal(make(true), 0);
	assert_link(WEB, NULL);
	run("ip link add eth0 type veth peer name peer0");
	assert_int_equal(make(false), 0);
	assert_link(WEB, WEB "@eth0");
}

static void test_made_again(void **state)
{
	(void)state;
	make(true);
	run("ip link del " WEB);
	assert_int_equal(make(false), 0);
	assert_link(WEB, ",UP");
	run("ip link set " WEB " down && sysctl -qw net/ipv4/conf/" DB "/arp_ignore=0");
	assert_int_equal(make(false), 0);
	assert_link(WEB, ",UP");
	assert_int_equal(setting(DB, "arp_ignore"), 0);
	assert_int_equal(make(true), 0); /* another start sets all of it */
	assert_int_equal(setting(DB, "arp_ignore"), 1);
}

static void test_other_nic(void **state)
{
	(void)state;
	make(true);
	snprintf(routers[0].nic, sizeof(routers[0].nic), "eth1");
	assert_int_equal(make(true), 0);
	assert_link(WEB, WEB "@eth1");
	assert_link(WEB, "alias vrrp-xdp on eth1");
	assert_link(DB, DB "@eth0");
}

/* A macvlan on a macvlan is on the NIC below both. */
static void test_on_a_macvlan(void **state)
{
	(void)state;
	run("ip link add link eth0 name eth9 type macvlan && ip link set eth9 up");
	snprintf(routers[0].nic, sizeof(routers[0].nic), "eth9");
	assert_int_equal(make(true), 0);
	run("ip link set " WEB " mtu 1400"); /* as a mark of this one */
	assert_int_equal(make(true), 0);
	assert_link(WEB, "mtu 1400");
}

static void test_not_ours(void **state)
{
	(void)state;
	run("ip link add link eth0 name " WEB " type macvlan && ip link set " WEB " alias theirs");
	assert_int_equal(make(true), -EEXIST);
	assert_int_equal(macvlans_check(&interfaces, &config), -EEXIST);
	assert_null(plan_link_by_name(&interfaces.actual, WEB));
	assert_link(WEB, "alias theirs");
	assert_link(DB, ",UP"); /* the other one is made */
	assert_int_equal(make(false), 0);
	macvlans_remove(&interfaces, WEB);
	assert_link(WEB, "alias theirs");
	run("ip link del " WEB);
	assert_int_equal(make(false), 0);
	assert_int_equal(macvlans_check(&interfaces, &config), 0);
	assert_link(WEB, ",UP");
}

/* Two devices with the same MAC cannot be up on one NIC. It is tried again. */
static void test_mac_is_taken(void **state)
{
	(void)state;
	run("ip link add link eth0 name eth9 address 00:00:5e:00:01:37 type macvlan && ip link set "
	    "eth9 up");
	assert_int_equal(make(true), 0);
	assert_link(WEB, "state DOWN");
	run("ip link del eth9");
	assert_int_equal(make(false), 0);
	assert_link(WEB, ",UP");
}

static void test_settings_come_back(void **state)
{
	struct config_route route = {.family = 4};

	(void)state;
	run("sysctl -qw net.ipv4.conf.eth0.rp_filter=1 net.ipv4.conf.eth0.arp_announce=1");
	make(true);
	assert_int_equal(setting("eth0", "arp_announce"), 2);
	assert_int_equal(setting("eth0", "rp_filter"), 1);
	routers[1].routes = &route;
	routers[1].route_count = 1;
	make(true);
	assert_int_equal(setting("eth0", "rp_filter"), 2);
	routers[1].route_count = 0;
	macvlans_remove(&interfaces, DB);
	assert_int_equal(setting("eth0", "arp_announce"), 2);
	macvlans_remove(&interfaces, WEB);
	assert_link(WEB, NULL);
	assert_int_equal(setting("eth0", "arp_announce"), 1);
	assert_int_equal(setting("eth0", "rp_filter"), 1);
	/* What somebody else has set meanwhile stays. */
	make(true);
	run("sysctl -qw net.ipv4.conf.eth0.arp_announce=0");
	macvlans_remove(&interfaces, DB);
	macvlans_remove(&interfaces, WEB);
	assert_int_equal(setting("eth0", "arp_announce"), 0);
}

/* What a takeover has not put back, a later start is to find. */
static void test_close(void **state)
{
	char dir[] = "/tmp/test_macvlans-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	make(true);
	run("touch %s/takeover-db", dir);
	macvlans_close(&macvlans, dir);
	assert_link(WEB, NULL);
	assert_link(DB, ",UP");
	run("rm -r %s", dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_made),         TEST(test_nic_comes_later),    TEST(test_made_again),
		TEST(test_other_nic),    TEST(test_on_a_macvlan),       TEST(test_not_ours),
		TEST(test_mac_is_taken), TEST(test_settings_come_back), TEST(test_close),
	};

	netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

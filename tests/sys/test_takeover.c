// SPDX-License-Identifier: GPL-2.0-only
/*
 * The takeover on real interfaces (veth, in a namespace of the test's own): roles, crashes at every
 * moment, foreign changes, NICs that vanish or refuse, several routers, damaged records. ip(8) is
 * the other side and the judge: what the NIC carries is compared as it prints it. Needs root.
 */
#include "netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/record_file.h"
#include "agent/strays.h"
#include "agent/takeover.h"
#include "core/address.h"
#include "core/nic/repairs.h"
#include "sys/host/rundir.h"
#include "table.h"
#include "unit/plan_model.h"

#define SHARED_MAC "00:9f:a4:4c:3b:37"
#define OWN_MAC    "00:0c:82:ad:b3:29"
#define USER                                                                            \
	"public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\nmac " SHARED_MAC "\n" \
	"standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n"
#define PLAIN "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\n"

/* The NIC as the users' distribution sets it up. */
#define MAKE_STANDBY \
	"ip addr add 192.168.1.93/24 brd + dev eth0 && ip route add default via 192.168.1.1"

static char run_dir[] = "/tmp/vrrp-xdp-takeover.XXXXXX";
static struct rtnl *rtnl;
static struct interfaces interfaces;
static struct config_router *router;

/* What the driver refuses, see refusal(). */
static bool refuse_live_mac; /* -EBUSY while the link is up */
static bool refuse_removal;  /* -EPERM for an address that is to go */
static bool refuse_to_open;  /* and the link does not come up with the shared MAC */

/* What the driver acknowledges and does not do. */
static enum plan_kind pretends;
static bool pretending;
static unsigned int pretended;

static struct config_router *make_router(const char *config, const char *name)
{
	struct config_router *out = model_router(config);

	snprintf(out->name, sizeof(out->name), "%s", name);
	return out;
}

static void use(const char *config)
{
	model_router_free(router);
	router = make_router(config, "web");
}

static int set_up(void **state)
{
	(void)state;
	run("sysctl -qw net.ipv4.conf.all.promote_secondaries=0 "
	    "net.ipv4.conf.default.promote_secondaries=0");
	run("ip link add eth0 type veth peer name peer0");
	run("ip link set eth0 address " OWN_MAC " up && ip link set peer0 up");
	use(USER);
	refuse_live_mac = refuse_to_open = refuse_removal = pretending = false;
	pretended = 0;
	if (rtnl_open(&rtnl))
		return -1;
	interfaces = (struct interfaces){.rtnl = rtnl};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	interfaces_forget(&interfaces);
	rtnl_close(rtnl);
	model_router_free(router);
	router = NULL;
	run("rm -f %s/takeover-*", run_dir);
	return system("for nic in eth0 eth1 eth9; do ip link del $nic 2>/dev/null; done; true");
}

static struct takeover *open_takeover(void)
{
	struct takeover *t;

	assert_int_equal(takeover_open(router, &interfaces, run_dir, &t), 0);
	return t;
}

static bool record_exists_in(const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/takeover-%s", dir, name);
	return access(path, F_OK) == 0;
}

static bool record_exists(const char *name)
{
	return record_exists_in(run_dir, name);
}

static void ignore_change(void *context, enum rtnl_change change, int ifindex)
{
	(void)context;
	(void)change;
	(void)ifindex;
}

static struct monotime at_ms(int64_t ms)
{
	return monotime_from_ns((uint64_t)ms * 1000000);
}

/* ---- roles ---- */

struct announced {
	unsigned int count;
	char *nic; /* when it was called first */
};

static void announce(void *context)
{
	struct announced *announced = context;

	if (announced->count++ == 0)
		announced->nic = nic_text();
}

static void users_takeover(void **state)
{
	struct announced announced = {0};
	struct takeover *t;
	char *standby;
	uint8_t mac[6];

	(void)state;
	run(MAKE_STANDBY);
	standby = nic_text();
	t = open_takeover();
	assert_nic_text(standby);
	assert_true(record_exists("web"));
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, announce, &announced), 0);
	assert_nic_text(SHARED_MAC
			" up\n"
			"42.51.67.0/24 dev eth0 proto kernel scope link src 42.51.67.93\n"
			"default via 42.51.67.1 dev eth0 proto 112\n"
			"eth0    inet 42.51.67.93/24 scope global eth0\\       valid_lft forever "
			"preferred_lft forever\n");
	/* Announced once: MAC and address were there, the standby address still, too. */
	assert_int_equal(announced.count, 1);
	assert_non_null(strstr(announced.nic, SHARED_MAC));
	assert_non_null(strstr(announced.nic, "42.51.67.93/24"));
	assert_non_null(strstr(announced.nic, "192.168.1.93/24"));
	assert_null(strstr(announced.nic, "default via 42.51.67.1"));
	takeover_mac(t, mac);
	assert_int_equal(mac[1], 0x9f);
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	takeover_mac(t, mac);
	assert_int_equal(mac[1], 0x0c);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, announce, &announced), 0);
	assert_int_equal(announced.count, 2);
	takeover_close(t, ENDING_STOP);
	assert_nic_text(standby);
	assert_false(record_exists("web"));
	free(announced.nic);
	free(standby);
}

/* ---- prepared behind a fence ---- */

static void prepare(struct takeover *t, bool done)
{
	interfaces_hold(&interfaces);
	assert_int_equal(takeover_prepare(t, NULL, NULL), done);
	interfaces_release(&interfaces);
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
}

static void assert_prepared(const char *standby)
{
	char *text = nic_text();

	assert_non_null(strstr(text, SHARED_MAC " up"));
	assert_non_null(strstr(text, "42.51.67.93/24"));
	assert_non_null(strstr(text, "192.168.1.93/24"));
	assert_non_null(strstr(text, "default via 192.168.1.1"));
	assert_null(strstr(text, "default via 42.51.67.1"));
	assert_string_not_equal(text, standby);
	free(text);
}

static void prepared_then_master(void **state)
{
	struct announced announced = {0};
	struct takeover *t;
	char *standby, *text;

	(void)state;
	run(MAKE_STANDBY);
	standby = nic_text();
	t = open_takeover();
	prepare(t, false); /* in no role yet */
	assert_nic_text(standby);
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	prepare(t, true);
	assert_prepared(standby);
	/* Neither completed nor undone before its time. */
	assert_true(monotime_is_never(takeover_deadline(t)));
	assert_int_equal(takeover_reconcile(t, at_ms(1000), announce, &announced), 0);
	assert_prepared(standby);
	assert_true(takeover_ready(t)); /* whoever asks has announced it */
	assert_int_equal(takeover_enter(t, PLAN_MASTER, announce, &announced), 0);
	assert_int_equal(announced.count, 0);
	assert_false(takeover_ready(t));
	text = nic_text();
	assert_non_null(strstr(text, "default via 42.51.67.1"));
	assert_null(strstr(text, "192.168.1.93/24"));
	prepare(t, false); /* it is what it is prepared for */
	assert_nic_text(text);
	assert_int_equal(takeover_reconcile(t, at_ms(2000), announce, &announced), 0);
	assert_int_equal(announced.count, 0);
	takeover_close(t, ENDING_STOP);
	assert_nic_text(standby);
	free(announced.nic);
	free(standby);
	free(text);
}

/* What leaves from where, in each state of the NIC. */
static void sender_mac(void **state)
{
	static const struct {
		const char *what, *config;
		enum router_nic nic;
		bool owned;
		const char *mac;
	} rows[] = {
		{"a backup", USER, ROUTER_NIC_STANDBY, false, OWN_MAC},
		{"a backup, for another router", USER, ROUTER_NIC_STANDBY, true, OWN_MAC},
		{"prepared", USER, ROUTER_NIC_PREPARED, false, OWN_MAC},
		{"prepared, for another router", USER, ROUTER_NIC_PREPARED, true, OWN_MAC},
		{"a master that does not own it", USER, ROUTER_NIC_MASTER, false, OWN_MAC},
		{"a master, for another router", USER, ROUTER_NIC_MASTER, true, SHARED_MAC},
		{"a MAC that stays", PLAIN, ROUTER_NIC_MASTER, false, OWN_MAC},
		{"a MAC of the configuration",
		 "public eth0\naddress 42.51.67.93/24\nmac " SHARED_MAC
		 "\nstandby-mac 02:00:00:00:00:05\n",
		 ROUTER_NIC_MASTER, false, "02:00:00:00:00:05"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t mac[6];
		struct takeover *t;
		char text[18];

		use(rows[i].config);
		t = open_takeover();
		takeover_enter(t, rows[i].nic == ROUTER_NIC_MASTER ? PLAN_MASTER : PLAN_BACKUP,
			       NULL, NULL);
		if (rows[i].nic == ROUTER_NIC_PREPARED)
			prepare(t, true);
		takeover_sender_mac(&interfaces, takeover_ifindex(t), rows[i].owned, mac);
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			 mac[2], mac[3], mac[4], mac[5]);
		if (strcmp(text, rows[i].mac) != 0)
			fail_msg("%s: %s", rows[i].what, text);
		takeover_close(t, ENDING_STOP);
	}
}

static void prepared_in_vain(void **state)
{
	struct takeover *t;
	char *standby;

	(void)state;
	run(MAKE_STANDBY);
	standby = nic_text();
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	prepare(t, true);
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	/* A crash in between: the next start finds its record. */
	prepare(t, true);
	takeover_close(t, ENDING_RESTART);
	assert_true(record_exists("web"));
	assert_prepared(standby);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	takeover_close(t, ENDING_STOP);
	free(standby);
}

/* Somebody undid it: repaired, and announced again, because that was too early. */
static void prepared_and_undone(void **state)
{
	struct announced announced = {0};
	struct takeover *t;
	char *text;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	prepare(t, true);
	run("ip addr del 42.51.67.93/24 dev eth0");
	assert_int_equal(takeover_enter(t, PLAN_MASTER, announce, &announced), 0);
	assert_int_equal(announced.count, 1);
	text = nic_text();
	assert_non_null(strstr(text, "42.51.67.93/24"));
	free(text);
	free(announced.nic);
	takeover_close(t, ENDING_STOP);
}

static bool no_time(void *context)
{
	(*(unsigned int *)context)++;
	return false;
}

static unsigned int count_shared(const char *text)
{
	unsigned int count = 0;

	for (; (text = strstr(text, "inet 42.51.67.")) != NULL; text++)
		count++;
	return count;
}

/* The deadline is near: MAC and fifteen addresses are there, the others come with the role. Nothing
 * is announced before all are there. */
static void prepared_in_part(void **state)
{
	struct announced announced = {0};
	unsigned int asked = 0;
	char config[2048] = USER, *text;
	struct takeover *t;

	(void)state;
	for (int i = 1; i <= 24; i++)
		sprintf(config + strlen(config), "address 42.51.67.%d/32\n", 100 + i);
	use(config);
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	interfaces_hold(&interfaces);
	assert_true(takeover_prepare(t, no_time, &asked));
	interfaces_release(&interfaces);
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_int_equal(asked, 1);
	text = nic_text();
	assert_non_null(strstr(text, SHARED_MAC));
	assert_int_equal(count_shared(text), 15);
	free(text);
	assert_int_equal(takeover_nic(t), ROUTER_NIC_PREPARED);
	assert_false(takeover_ready(t));
	assert_int_equal(takeover_enter(t, PLAN_MASTER, announce, &announced), 0);
	assert_int_equal(announced.count, 1);
	assert_int_equal(count_shared(announced.nic), 25);
	free(announced.nic);
	takeover_close(t, ENDING_STOP);
}

struct role_row {
	const char *name;
	const char *config, *make;
	const char *has[4], *lacks[4]; /* in ip(8)'s text, as master */
};

static const struct role_row role_rows[] = {
	{.name = "standby with broadcast, label, lifetimes comes back as it was",
	 .config = USER,
	 .make = "ip addr add 192.168.1.93/24 brd 192.168.1.255 label eth0:s dev eth0 && "
		 "ip route add default via 192.168.1.1 proto static mtu lock 1400 initcwnd 20",
	 .has = {"42.51.67.93/24"},
	 .lacks = {"192.168.1.93", "1400"}},
	{.name = "default routes of several metrics come back with all that they had",
	 .config = PLAIN,
	 .make = "ip addr add 42.51.67.94/24 dev eth0 && "
		 "ip route add default via 42.51.67.9 metric 5 proto dhcp src 42.51.67.94 && "
		 "ip route add default via 42.51.67.8 metric 50 proto static advmss 1300 && "
		 "ip route add default via 42.51.67.7",
	 .has = {"default via 42.51.67.1 ", "42.51.67.94/24"},
	 .lacks = {"metric 5", "via 42.51.67.7"}},
	{.name = "other addresses, routes and families stay",
	 .config = USER,
	 .make = MAKE_STANDBY
	 " && ip addr add 172.16.0.9/16 dev eth0 && ip route add 10.0.0.0/8 via 172.16.0.1 && "
	 "ip addr add fd00:1::9/64 dev eth0 nodad && ip -6 route add default via fd00:1::1",
	 .has = {"172.16.0.9/16", "10.0.0.0/8 via 172.16.0.1", "fd00:1::9/64",
		 "default via fd00:1::1"},
	 .lacks = {"192.168.1.93"}},
	{.name = "somebody's route that hung on the standby address alone survives",
	 .config = USER,
	 .make = MAKE_STANDBY " && ip route add 10.0.0.0/8 via 192.168.1.7",
	 .has = {"10.0.0.0/8 via 192.168.1.7"}},
	{.name = "routes whose source is the standby address, as DHCP clients make them",
	 .config = USER,
	 .make = "ip addr add 192.168.1.93/24 dev eth0 && "
		 "ip route add 192.168.1.1 dev eth0 proto dhcp src 192.168.1.93 metric 100 && "
		 "ip route add default via 192.168.1.1 proto dhcp src 192.168.1.93 metric 100 && "
		 "ip route add default via 192.168.1.1",
	 .has = {"default via 42.51.67.1"},
	 .lacks = {"192.168.1.1"}},
	{.name = "/32 with a gateway off the subnet",
	 .config = "public eth0\naddress 42.51.67.93/32\ngateway 42.51.67.1\n",
	 .make = MAKE_STANDBY,
	 .has = {"inet 42.51.67.93/32", "default via 42.51.67.1 dev eth0 proto 112 onlink"},
	 .lacks = {"default via 192.168.1.1"}},
	{.name = "IPv6",
	 .config = "public eth0\naddress 2001:db8::93/64\ngateway 2001:db8::1\n"
		   "standby-address fd00::93/64\nstandby-gateway fd00::1\nmac " SHARED_MAC "\n",
	 .make = "ip addr add fd00::93/64 dev eth0 nodad && ip -6 route add default via fd00::1",
	 .has = {"2001:db8::93/64", "default via 2001:db8::1"},
	 .lacks = {"fd00::93", "tentative"}},
	{.name = "IPv6 /128 by a link-local gateway",
	 .config = "public eth0\naddress 2001:db8::93/128\ngateway fe80::1\n",
	 .make = "true",
	 .has = {"2001:db8::93/128", "default via fe80::1"}},
	{.name = "both families",
	 .config = USER "address 2001:db8::93/64\ngateway 2001:db8::1\n",
	 .make = MAKE_STANDBY,
	 .has = {"42.51.67.93/24", "2001:db8::93/64", "default via 2001:db8::1"}},
	{.name = "standby in the shared subnet, promote_secondaries 0, somebody's secondary",
	 .config = "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\n"
		   "standby-address 42.51.67.94/24\nstandby-gateway 42.51.67.1\n",
	 .make = "ip addr add 42.51.67.94/24 dev eth0 && "
		 "ip route add 10.0.0.0/8 via 42.51.67.7 && ip route add default via 42.51.67.1",
	 .has = {"inet 42.51.67.93/24 scope global eth0\\", "10.0.0.0/8 via 42.51.67.7",
		 "default via 42.51.67.1"},
	 .lacks = {"42.51.67.94"}},
	{.name = "the same with promote_secondaries 1",
	 .config = "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\n"
		   "standby-address 42.51.67.94/24\nstandby-gateway 42.51.67.1\n",
	 .make = "sysctl -qw net.ipv4.conf.all.promote_secondaries=1 && "
		 "ip addr add 42.51.67.94/24 dev eth0 && "
		 "ip route add 10.0.0.0/8 via 42.51.67.7 && ip route add default via 42.51.67.1",
	 .has = {"inet 42.51.67.93/24 scope global eth0\\", "10.0.0.0/8 via 42.51.67.7"},
	 .lacks = {"42.51.67.94"}},
	{.name = "another NIC's default route that ours replaces comes back",
	 .config = PLAIN,
	 .make = "ip link add eth1 type veth peer name peer1 && ip link set eth1 up && "
		 "ip addr add 10.0.0.5/24 dev eth1 && ip route add default via 10.0.0.1",
	 .has = {"default via 42.51.67.1 dev eth0"},
	 .lacks = {"default via 10.0.0.1"}},
	{.name = "an address on another device, which was down",
	 .config = PLAIN "address 10.5.5.5/24 dev eth1\nroute 10.6.0.0/16 via 10.5.5.1 dev eth1\n",
	 .make = "ip link add eth1 type veth peer name peer1 && ip link set peer1 up && "
		 "ip link set eth1 up",
	 .has = {"10.6.0.0/16 via 10.5.5.1 dev eth1"}},
	{.name = "a link-scope route to the gateway, as clouds have it",
	 .config = PLAIN,
	 .make = "ip addr add 10.7.7.7/32 dev eth0 && ip route add 169.254.1.1 dev eth0 && "
		 "ip route add default via 169.254.1.1",
	 .has = {"10.7.7.7/32", "169.254.1.1", "default via 42.51.67.1"},
	 .lacks = {"default via 169.254.1.1"}},
};

static void run_role_row(void **state)
{
	const struct role_row *row = *state;
	struct takeover *t;
	char *standby, *master;

	run("%s", row->make);
	use(row->config);
	standby = nic_text();
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
		master = nic_text();
		for (unsigned int j = 0; j < 4 && row->has[j]; j++)
			if (!strstr(master, row->has[j]))
				fail_msg("'%s' is missing in\n%s", row->has[j], master);
		for (unsigned int j = 0; j < 4 && row->lacks[j]; j++)
			if (strstr(master, row->lacks[j]))
				fail_msg("'%s' is still in\n%s", row->lacks[j], master);
		free(master);
		assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), 0);
		assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
		assert_nic_text(standby);
	}
	takeover_close(t, ENDING_STOP);
	assert_nic_text(standby);
	assert_false(record_exists("web"));
	free(standby);
}

static void ipv6_is_usable_at_once(void **state)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6};
	struct takeover *t;
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	(void)state;
	use("public eth0\naddress 2001:db8::93/64\n");
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	inet_pton(AF_INET6, "2001:db8::93", &sin6.sin6_addr);
	/* A tentative address cannot be bound to. */
	assert_int_equal(bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)), 0);
	close(fd);
	takeover_close(t, ENDING_STOP);
}

/* ---- foreign changes ---- */

struct foreign_row {
	const char *name;
	enum plan_role role;
	const char *config, *change;
	bool announced;
};

static const struct foreign_row foreign_rows[] = {
	{"master: shared address removed", PLAN_MASTER, USER, "ip addr del 42.51.67.93/24 dev eth0",
	 true},
	{"master: everything flushed", PLAN_MASTER, USER, "ip addr flush dev eth0", true},
	{"master: MAC changed", PLAN_MASTER, USER, "ip link set eth0 address 02:00:00:00:00:07",
	 true},
	{"master: default route removed", PLAN_MASTER, USER, "ip route del default", false},
	{"master: default route replaced", PLAN_MASTER, USER,
	 "ip route replace default via 42.51.67.2", false},
	{"master: a second default route", PLAN_MASTER, USER,
	 "ip route add default via 42.51.67.2 metric 9", false},
	{"master: link set down", PLAN_MASTER, USER, "ip link set eth0 down", true},
	{"master: standby address added", PLAN_MASTER, USER, "ip addr add 192.168.1.93/24 dev eth0",
	 false},
	{"master: prefix length changed", PLAN_MASTER, USER,
	 "ip addr del 42.51.67.93/24 dev eth0 && ip addr add 42.51.67.93/28 dev eth0", true},
	{"master: link down and up, IPv6 lost", PLAN_MASTER,
	 USER "address 2001:db8::93/64\ngateway 2001:db8::1\n",
	 "ip link set eth0 down && ip link set eth0 up", true},
	{"backup: shared address added", PLAN_BACKUP, USER, "ip addr add 42.51.67.93/24 dev eth0",
	 false},
	{"backup: shared MAC set", PLAN_BACKUP, USER, "ip link set eth0 address " SHARED_MAC,
	 false},
	{"backup: a master's whole state, by a script", PLAN_BACKUP, USER,
	 "ip link set eth0 address " SHARED_MAC " && ip addr add 42.51.67.93/24 dev eth0 && "
	 "ip addr del 192.168.1.93/24 dev eth0 && ip route replace default via 42.51.67.1",
	 false},
	{"backup: standby address removed", PLAN_BACKUP, USER,
	 "ip addr del 192.168.1.93/24 dev eth0", false},
	{"backup: standby route removed", PLAN_BACKUP, USER, "ip route del default", false},
	{"backup: link down and up", PLAN_BACKUP, USER,
	 "ip link set eth0 down && ip link set eth0 up", false},
};

static void run_foreign_row(void **state)
{
	const struct foreign_row *row = *state;
	struct announced announced = {0};
	struct takeover *t;
	char *should;

	run(MAKE_STANDBY);
	use(row->config);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, row->role, NULL, NULL), 0);
	should = nic_text();
	run("%s", row->change);
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_true(takeover_reconcile(t, at_ms(1000), announce, &announced) > 0);
	assert_nic_text(should);
	assert_int_equal(announced.count > 0, row->announced);
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_int_equal(takeover_reconcile(t, at_ms(2000), announce, &announced), 0);
	takeover_close(t, ENDING_STOP);
	free(announced.nic);
	free(should);
}

static void repairs_are_limited_roles_are_not(void **state)
{
	struct takeover *t;
	char *master, *standby;

	(void)state;
	run(MAKE_STANDBY);
	standby = nic_text();
	t = open_takeover();
	assert_int_equal(takeover_reconcile(t, at_ms(1), NULL, NULL), 0);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	master = nic_text();
	run("ip route del default");
	assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), 1);
	assert_true(monotime_is_never(takeover_deadline(t)));
	run("ip route del default");
	assert_int_equal(takeover_reconcile(t, at_ms(1099), NULL, NULL), 0);
	assert_int_equal(takeover_deadline(t).ns, at_ms(1100).ns);
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	assert_nic_text(master);
	run("ip route del default");
	assert_int_equal(takeover_reconcile(t, at_ms(1100), NULL, NULL), 1);
	assert_nic_text(master);
	takeover_close(t, ENDING_STOP);
	free(master);
	free(standby);
}

static void what_concerns(void **state)
{
	struct takeover *t;

	(void)state;
	run("ip link add eth1 type veth peer name peer1");
	use(USER "address 10.5.5.5/24 dev eth1\n");
	t = open_takeover();
	assert_true(takeover_concerns(t, 0));
	assert_true(takeover_concerns(t, takeover_ifindex(t)));
	assert_true(takeover_concerns(t, (int)if_nametoindex("eth1")));
	assert_false(takeover_concerns(t, (int)if_nametoindex("peer0")));
	assert_false(takeover_concerns(t, 9999));
	takeover_close(t, ENDING_STOP);
}

/* ---- a NIC that goes and comes ---- */

static void nic_vanishes_and_returns(void **state)
{
	struct announced announced = {0};
	struct takeover *t;
	char *text;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	run("ip link del eth0");
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), -ENODEV);
	assert_int_equal(takeover_ifindex(t), 0);
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), -ENODEV);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), -ENODEV);
	run("ip link add eth0 type veth peer name peer0 && ip link set peer0 up && "
	    "ip link set eth0 address 02:00:00:00:00:55");
	assert_true(takeover_concerns(t, (int)if_nametoindex("eth0")));
	assert_true(takeover_reconcile(t, at_ms(2000), announce, &announced) > 0);
	assert_int_equal(announced.count, 1);
	text = nic_text();
	assert_non_null(strstr(text, SHARED_MAC " up"));
	assert_non_null(strstr(text, "default via 42.51.67.1"));
	free(text);
	free(announced.nic);
	/* The new NIC's own MAC is the one to go back to. */
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	text = nic_text();
	assert_non_null(strstr(text, "02:00:00:00:00:55"));
	assert_non_null(strstr(text, "default via 192.168.1.1"));
	free(text);
	takeover_close(t, ENDING_STOP);
	assert_false(record_exists("web"));
}

static void device_vanishes_and_returns(void **state)
{
	struct takeover *t;
	char *text, *standby, *master;

	(void)state;
	run(MAKE_STANDBY " && ip link add eth1 type veth peer name peer1");
	use(USER "address 10.5.5.5/24 dev eth1\n");
	t = open_takeover();
	standby = nic_text();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	run("ip link del eth1");
	master = nic_text();
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), 0);
	assert_false(takeover_is_bare(t));
	/* What is on the other interface goes and comes without it. */
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	assert_nic_text(master);
	run("ip link add eth1 type veth peer name peer1");
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_true(takeover_reconcile(t, at_ms(2000), NULL, NULL) > 0);
	text = output("ip addr show dev eth1");
	assert_non_null(strstr(text, "10.5.5.5/24"));
	free(text);
	run("ip link del eth1");
	assert_true(takeover_close(t, ENDING_STOP));
	assert_nic_text(standby);
	assert_false(record_exists("web"));
	free(standby);
	free(master);
}

/* All that is shared belongs on an interface that is gone: nothing can be served. */
static void bare_without_the_device(void **state)
{
	struct takeover *t;

	(void)state;
	run("ip link add eth1 type veth peer name peer1");
	use("public eth0\naddress 10.5.5.5/24 dev eth1\n");
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	assert_false(takeover_is_bare(t));
	run("ip link del eth1");
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), 0);
	assert_true(takeover_is_bare(t));
	assert_true(takeover_close(t, ENDING_STOP));
}

/* Each once, also where one name is the beginning of another one. */
static void missing_devices_are_named(void **state)
{
	struct takeover *t;

	(void)state;
	use("public eth0\naddress 10.5.5.5/24 dev gone10\naddress 10.5.6.5/24 dev gone1\n"
	    "address 10.5.7.5/24 dev gone1\n");
	t = open_takeover();
	takeover_enter(t, PLAN_MASTER, NULL, NULL);
	assert_string_equal(takeover_trouble(t),
			    "gone10: no such interface\ngone1: no such interface\n");
	assert_true(takeover_close(t, ENDING_STOP));
}

/* It is recorded before it is changed, as soon as it is there. */
static void nic_comes_late(void **state)
{
	struct takeover *t;
	char *standby;

	(void)state;
	run("ip link set eth0 name eth9");
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), -ENODEV);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), -ENODEV);
	assert_true(takeover_is_bare(t));
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), -ENODEV);
	assert_int_equal(takeover_write_record(t), 0);
	assert_false(record_exists("web"));
	assert_true(takeover_close(t, ENDING_STOP));
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), -ENODEV);
	run("ip link set eth9 down && ip link set eth9 name eth0 && ip link set eth0 up");
	run(MAKE_STANDBY);
	standby = nic_text();
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), 0);
	assert_true(record_exists("web"));
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	assert_false(takeover_is_bare(t));
	assert_true(takeover_close(t, ENDING_STOP));
	assert_nic_text(standby);
	assert_false(record_exists("web"));
	free(standby);
}

/* No place for a record keeps no router from its work; it is written as soon as there is one. */
static void record_without_a_place(void **state)
{
	char lost[64];
	struct takeover *t;
	char *standby;

	(void)state;
	run(MAKE_STANDBY);
	standby = nic_text();
	snprintf(lost, sizeof(lost), "%s/lost", run_dir);
	assert_int_equal(takeover_open(router, &interfaces, lost, &t), 0);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	assert_true(takeover_reconcile(t, at_ms(1000), NULL, NULL) >= 0);
	assert_int_equal(takeover_deadline(t).ns, at_ms(2000).ns);
	run("mkdir -m 0700 %s", lost);
	assert_true(takeover_reconcile(t, at_ms(2000), NULL, NULL) >= 0);
	assert_true(monotime_is_never(takeover_deadline(t)));
	assert_true(record_exists_in(lost, "web"));
	takeover_close(t, ENDING_STOP);
	assert_nic_text(standby);
	assert_false(record_exists_in(lost, "web"));
	run("rmdir %s", lost);
	free(standby);
}

static void close_without_nic_keeps_the_record(void **state)
{
	struct takeover *t;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	run("ip link del eth0");
	takeover_close(t, ENDING_STOP);
	assert_true(record_exists("web"));
}

/* ---- drivers that refuse ---- */

/* Linked with --wrap: rtnl_apply() as a driver without IFF_LIVE_ADDR_CHANGE makes it, for no device
 * that can be made here lacks it. Link and MAC are changed for real. */
static int refusal(struct rtnl *handle, const struct plan_op *op)
{
	const struct plan_link *found;
	struct plan_link link = {0};
	struct plan_actual actual;
	uint8_t shared[6];

	if (rtnl_dump(handle, &actual))
		return 0;
	found = plan_link_by_index(&actual, op->ifindex);
	if (found)
		link = *found;
	plan_actual_free(&actual);
	if (!link.ifindex)
		return 0;
	mac_parse(SHARED_MAC, shared);
	if (op->kind == PLAN_SET_MAC && link.up && refuse_live_mac)
		return -EBUSY;
	if (op->kind == PLAN_ADDRESS_DEL && refuse_removal)
		return -EPERM;
	if (op->kind == PLAN_LINK_UP && refuse_to_open && memcmp(link.mac, shared, 6) == 0)
		return -EIO;
	return 0;
}

int __real_rtnl_apply(struct rtnl *handle, const struct plan_op *ops, unsigned int count,
		      int *errors);
int __wrap_rtnl_apply(struct rtnl *handle, const struct plan_op *ops, unsigned int count,
		      int *errors);

int __wrap_rtnl_apply(struct rtnl *handle, const struct plan_op *ops, unsigned int count,
		      int *errors)
{
	int failed = 0;

	if (!refuse_live_mac && !refuse_removal && !pretending)
		return __real_rtnl_apply(handle, ops, count, errors);
	for (unsigned int i = 0; i < count; i++) {
		errors[i] = 0;
		if (pretending && ops[i].kind == pretends) {
			pretended++;
			continue;
		}
		errors[i] = refusal(handle, &ops[i]);
		if (errors[i]) {
			failed++;
			continue;
		}
		failed += __real_rtnl_apply(handle, &ops[i], 1, &errors[i]) != 0;
	}
	return failed;
}

#define BUSY_NIC                                                                        \
	MAKE_STANDBY                                                                    \
	" && ip addr add 172.16.0.9/16 dev eth0 && "                                    \
	"ip route add 10.0.0.0/8 via 172.16.0.1 mtu 1300 && "                           \
	"ip addr add fd00:1::9/64 dev eth0 nodad && "                                   \
	"ip -6 route add default via fd00:1::1 && ip -6 route add 2001:db8:5::/48 via " \
	"fd00:1::5"

/* A bond with fail_over_mac=active acknowledges a MAC, and keeps its own: three times at once, then
 * after pauses that grow. The address is served with the MAC that is there. */
static void mac_that_is_not_set(void **state)
{
	struct monotime at = at_ms(20000), next;
	struct takeover *t;

	(void)state;
	run(MAKE_STANDBY);
	pretending = true;
	pretends = PLAN_SET_MAC;
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 1);
	assert_int_equal(pretended, REPAIRS_FREE);
	assert_true(takeover_reconcile(t, at, NULL, NULL) > 0);
	assert_int_equal(pretended, 2 * REPAIRS_FREE);
	for (int64_t pause = 100; pause <= 1600; pause *= 2) {
		next = monotime_add(at, pause * NS_PER_MS);
		assert_int_equal(takeover_deadline(t).ns, next.ns);
		pretended = 0;
		if (pause >= 400) { /* something else has changed */
			at = monotime_add(next, -pause / 2 * NS_PER_MS);
			assert_int_equal(takeover_reconcile(t, at, NULL, NULL), 0);
			assert_int_equal(takeover_deadline(t).ns, next.ns);
			assert_int_equal(pretended, 0);
		}
		at = next;
		assert_int_equal(takeover_reconcile(t, at, NULL, NULL), 1);
		assert_int_equal(pretended, 1);
		assert_false(takeover_is_bare(t));
	}
	assert_true(takeover_close(t, ENDING_STOP));
}

/* An address that is acknowledged and not there, or that somebody takes away each time: the NIC
 * counts as bare when it is put back no sooner than after a second. */
static void address_that_does_not_last(void **state)
{
	struct monotime at = at_ms(20000);
	struct takeover *t;

	(void)state;
	run(MAKE_STANDBY);
	pretending = true;
	pretends = PLAN_ADDRESS_ADD;
	t = open_takeover();
	takeover_enter(t, PLAN_MASTER, NULL, NULL);
	assert_false(takeover_carries(t));
	takeover_reconcile(t, at, NULL, NULL);
	for (int64_t pause = 100; pause <= 800; pause *= 2) {
		assert_false(takeover_is_bare(t));
		at = monotime_add(at, pause * NS_PER_MS);
		assert_int_equal(takeover_deadline(t).ns, at.ns);
		takeover_reconcile(t, at, NULL, NULL);
	}
	assert_true(takeover_is_bare(t));
	/* A new attempt does not wait. */
	pretending = false;
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	assert_false(takeover_is_bare(t));
	assert_true(takeover_carries(t));
	assert_true(takeover_close(t, ENDING_STOP));
}

/* Somebody gives the address another label again and again. It is exchanged for one with ours ever
 * more seldom, and at no time is it away: its removal waits as long as its return. */
static void label_that_does_not_last(void **state)
{
	struct monotime at = at_ms(20000);
	unsigned int exchanged = 0;
	struct takeover *t;
	char *text;

	(void)state;
	run(MAKE_STANDBY);
	use("public eth0\naddress 42.51.67.93/24 label eth0:v\n");
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	/* So the return has been made once more than the removal. */
	run("ip addr del 42.51.67.93/24 dev eth0");
	takeover_reconcile(t, at, NULL, NULL);
	for (int i = 0; i < 8; i++) {
		run("ip addr add 42.51.67.93/32 dev eth0 && ip addr del 42.51.67.93/24 dev eth0 && "
		    "ip addr add 42.51.67.93/24 label eth0:x dev eth0 && "
		    "ip addr del 42.51.67.93/32 dev eth0");
		at = monotime_add(at, 101 * NS_PER_MS);
		takeover_reconcile(t, at, NULL, NULL);
		assert_true(takeover_carries(t));
		text = output("ip -o addr show dev eth0 to 42.51.67.93/32");
		exchanged += strstr(text, "/24 scope global eth0:v\\") != NULL;
		free(text);
	}
	assert_in_range(exchanged, 3, 6);
	assert_non_null(strstr(takeover_trouble(t), "does not last: eth0: address"));
	assert_true(takeover_close(t, ENDING_STOP));
}

static void mac_with_link_down(void **state)
{
	struct announced announced = {0};
	struct takeover *t;
	char *standby, *text;

	(void)state;
	run(BUSY_NIC);
	use(USER "address 2001:db8::93/64\n");
	standby = nic_text();
	t = open_takeover();
	refuse_live_mac = true;
	assert_int_equal(takeover_enter(t, PLAN_MASTER, announce, &announced), 0);
	text = nic_text();
	assert_non_null(strstr(text, SHARED_MAC " up"));
	assert_non_null(strstr(text, "42.51.67.93/24"));
	assert_non_null(strstr(text, "2001:db8::93/64"));
	assert_non_null(strstr(text, "default via 42.51.67.1"));
	/* Those of others, that the kernel threw away with the link. */
	assert_non_null(strstr(text, "fd00:1::9/64"));
	assert_non_null(strstr(text, "10.0.0.0/8 via 172.16.0.1 dev eth0 mtu 1300"));
	assert_non_null(strstr(text, "default via fd00:1::1"));
	assert_non_null(strstr(text, "2001:db8:5::/48 via fd00:1::5"));
	assert_null(strstr(text, "default via 192.168.1.1"));
	free(text);
	assert_true(announced.count > 0);
	assert_non_null(strstr(announced.nic, SHARED_MAC));
	assert_non_null(strstr(announced.nic, "2001:db8::93/64"));
	free(announced.nic);
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	takeover_close(t, ENDING_STOP);
	refuse_live_mac = false;
	free(standby);
}

static int dump_error; /* of every look at the host; 0: none */
static unsigned int dumps;

int __real_rtnl_dump(struct rtnl *handle, struct plan_actual *ret_actual);
int __wrap_rtnl_dump(struct rtnl *handle, struct plan_actual *ret_actual);

int __wrap_rtnl_dump(struct rtnl *handle, struct plan_actual *ret_actual)
{
	dumps++;
	return dump_error ? dump_error : __real_rtnl_dump(handle, ret_actual);
}

/* The host cannot be looked at for a while: tried again once a second, not all the time. */
static void dump_fails(void **state)
{
	struct monotime now = {1000000000};
	struct takeover *t;

	(void)state;
	run(MAKE_STANDBY);
	use(USER);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	run("ip addr add 172.16.0.9/16 dev eth0"); /* or nothing would be looked at */
	dump_error = -ENOBUFS;
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), -ENOBUFS);
	for (int i = 0; i < 3; i++) {
		assert_false(monotime_before(now, takeover_deadline(t)));
		assert_int_equal(takeover_reconcile(t, now, NULL, NULL), -ENOBUFS);
		assert_int_equal(monotime_diff(takeover_deadline(t), now), 1000000000);
		now = takeover_deadline(t);
	}
	dump_error = 0;
	assert_true(takeover_reconcile(t, now, NULL, NULL) > 0);
	takeover_close(t, ENDING_STOP);
}

/* The link stays up until it must not: what is not prepared is announced when it is there. */
static void mac_with_link_down_is_not_prepared(void **state)
{
	struct announced announced = {0};
	struct takeover *t;
	char *text;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	refuse_live_mac = true;
	prepare(t, true);
	text = nic_text();
	assert_non_null(strstr(text, OWN_MAC " up"));
	assert_non_null(strstr(text, "default via 192.168.1.1"));
	free(text);
	assert_false(takeover_flapped(t));
	assert_int_equal(takeover_enter(t, PLAN_MASTER, announce, &announced), 0);
	assert_true(announced.count > 0);
	assert_non_null(strstr(announced.nic, SHARED_MAC));
	assert_non_null(strstr(announced.nic, "42.51.67.93/24"));
	free(announced.nic);
	takeover_close(t, ENDING_STOP);
}

static void link_that_stays_down_with_the_mac(void **state)
{
	struct takeover *t;
	char *text;

	(void)state;
	run(BUSY_NIC);
	t = open_takeover();
	refuse_live_mac = refuse_to_open = true;
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 1);
	refuse_live_mac = refuse_to_open = false;
	/* Up with the old MAC, and all the rest done. */
	text = nic_text();
	assert_non_null(strstr(text, OWN_MAC " up"));
	assert_non_null(strstr(text, "42.51.67.93/24"));
	assert_non_null(strstr(text, "default via 42.51.67.1"));
	assert_non_null(strstr(text, "10.0.0.0/8 via 172.16.0.1"));
	free(text);
	takeover_close(t, ENDING_STOP);
}

static void mac_refused_for_good(void **state)
{
	struct announced announced = {0};
	struct takeover *t;
	char *text;

	(void)state;
	/* Two macvlans cannot be up with one MAC: -EBUSY live, and -EBUSY for the link going up. */
	run("ip link del eth0 && ip link add base0 type veth peer name base1 && "
	    "ip link set base0 up && ip link set base1 up && "
	    "ip link add link base0 name eth0 address " OWN_MAC " type macvlan mode bridge && "
	    "ip link add link base0 name eth1 address " SHARED_MAC " type macvlan mode bridge && "
	    "ip link set eth0 up && ip link set eth1 up");
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, announce, &announced), 1);
	text = nic_text();
	assert_non_null(strstr(text, OWN_MAC " up"));
	assert_non_null(strstr(text, "42.51.67.93/24"));
	assert_non_null(strstr(text, "default via 42.51.67.1"));
	free(text);
	assert_int_equal(announced.count, 1);
	free(announced.nic);
	/* Tried again, but the link is not taken down every time. */
	assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), 0);
	assert_int_equal(takeover_deadline(t).ns, at_ms(2000).ns);
	run("ip link del eth1");
	assert_true(takeover_reconcile(t, at_ms(2000), NULL, NULL) > 0);
	assert_true(monotime_is_never(takeover_deadline(t)));
	text = nic_text();
	assert_non_null(strstr(text, SHARED_MAC " up"));
	free(text);
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	takeover_close(t, ENDING_STOP);
	run("ip link del base0");
}

/* ---- a NIC that gets another name ---- */

#define NEW_NIC                                          \
	"ip link add eth0 type veth peer name peer2 && " \
	"ip link set eth0 address 02:00:00:00:00:55 && ip link set peer2 up"

/* The NIC has its MAC back, and nothing of what is shared. */
static void assert_left(const char *name)
{
	char *text;

	run("ip link show dev %s | grep -q " OWN_MAC, name);
	text = output("ip -o addr show");
	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = 0;
		if (strstr(line, name) && strstr(line, "42.51.67.93"))
			fail_msg("%s", line);
	}
	free(text);
}

static void notice(void)
{
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
}

static void nic_gets_another_name_and_back(void **state)
{
	struct takeover *t;
	char *standby, *master;

	(void)state;
	run(MAKE_STANDBY);
	standby = nic_text();
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	master = nic_text();
	run("ip link set eth0 down && ip link set eth0 name eth9 && ip link set eth9 up");
	notice();
	assert_true(takeover_concerns(t, (int)if_nametoindex("eth9")));
	assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), -ENODEV);
	assert_left("eth9");
	/* It is looked after as long as it has that name. */
	run("ip addr add 42.51.67.93/24 dev eth9");
	notice();
	assert_int_equal(takeover_reconcile(t, at_ms(2000), NULL, NULL), -ENODEV);
	assert_left("eth9");
	run("ip link set eth9 down && ip link set eth9 name eth0 && ip link set eth0 up");
	notice();
	assert_true(takeover_reconcile(t, at_ms(3000), NULL, NULL) > 0);
	assert_nic_text(master);
	takeover_close(t, ENDING_STOP);
	assert_nic_text(standby);
	assert_false(record_exists("web"));
	free(standby);
	free(master);
}

/* In the moment in which another NIC gets its name. */
static void nic_is_replaced(void **state)
{
	struct announced announced = {0};
	struct takeover *t;
	char *text;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	run("ip link set eth0 down && ip link set eth0 name eth9 && ip link set eth9 up "
	    "&& " NEW_NIC);
	notice();
	assert_true(takeover_reconcile(t, at_ms(1000), announce, &announced) > 0);
	assert_left("eth9");
	assert_int_equal(announced.count, 1);
	/* The old one was left before. */
	assert_non_null(strstr(announced.nic, SHARED_MAC));
	free(announced.nic);
	assert_int_equal(takeover_ifindex(t), (int)if_nametoindex("eth0"));
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	text = nic_text();
	assert_non_null(strstr(text, "02:00:00:00:00:55"));
	free(text);
	assert_left("eth9");
	takeover_close(t, ENDING_STOP);
	assert_false(record_exists("web"));
	run("ip link del eth9");
}

static void nic_is_replaced_while_nobody_looks(void **state)
{
	struct takeover *t;
	char *text;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	takeover_close(t, ENDING_RESTART);
	run("ip link set eth0 name eth9 && " NEW_NIC);
	notice();
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_left("eth9");
	text = nic_text();
	assert_non_null(strstr(text, "02:00:00:00:00:55"));
	free(text);
	takeover_close(t, ENDING_STOP);
	assert_false(record_exists("web"));
	run("ip link del eth9");
}

static void two_routers_leave_a_nic(void **state)
{
	struct config_router *second =
		make_router("public eth0\naddress 42.51.67.99/24\n", "second");
	struct takeover *t, *u;
	char *text;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_open(second, &interfaces, run_dir, &u), 0);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	assert_int_equal(takeover_enter(u, PLAN_MASTER, NULL, NULL), 0);
	run("ip link set eth0 name eth9 && " NEW_NIC);
	notice();
	assert_true(takeover_reconcile(t, at_ms(1000), NULL, NULL) > 0);
	assert_left("eth9");
	notice();
	run("ip addr show dev eth9 | grep -q 42.51.67.99");
	assert_true(takeover_reconcile(u, at_ms(1000), NULL, NULL) > 0);
	run("! ip addr show dev eth9 | grep 42.51.67");
	text = nic_text();
	assert_non_null(strstr(text, "42.51.67.93/24"));
	assert_non_null(strstr(text, "42.51.67.99/24"));
	free(text);
	takeover_close(u, ENDING_STOP);
	takeover_close(t, ENDING_STOP);
	assert_false(record_exists("web"));
	model_router_free(second);
	run("ip link del eth9");
}

/* What was one router's NIC is the other one's now, and the other way round. */
static void names_are_swapped(void **state)
{
	struct config_router *second =
		make_router("public eth1\naddress 10.7.7.7/24\nmac 00:9f:a4:4c:3b:38\n", "second");
	struct takeover *t, *u;

	(void)state;
	run("ip link add eth1 type veth peer name peer1 && "
	    "ip link set eth1 address 02:00:00:00:00:11 up && ip link set peer1 up");
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_open(second, &interfaces, run_dir, &u), 0);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	assert_int_equal(takeover_enter(u, PLAN_MASTER, NULL, NULL), 0);
	run("ip link set eth0 name eth9 && ip link set eth1 name eth0 && "
	    "ip link set eth9 name eth1");
	notice();
	for (int i = 1; i < 4; i++) {
		assert_true(takeover_reconcile(t, at_ms(i * 1000), NULL, NULL) >= 0);
		assert_true(takeover_reconcile(u, at_ms(i * 1000), NULL, NULL) >= 0);
		notice();
	}
	run("ip addr show dev eth0 | grep -q 42.51.67.93/24;"
	    "ip addr show dev eth0 | grep -q " SHARED_MAC ";"
	    "! ip addr show dev eth0 | grep 10.7.7.7;"
	    "ip addr show dev eth1 | grep -q 10.7.7.7/24;"
	    "ip addr show dev eth1 | grep -q 00:9f:a4:4c:3b:38;"
	    "! ip addr show dev eth1 | grep 42.51.67.93");
	takeover_close(u, ENDING_STOP);
	takeover_close(t, ENDING_STOP);
	assert_false(record_exists("web"));
	assert_false(record_exists("second"));
	model_router_free(second);
}

/* The record goes on to name the old NIC, and the new one is not touched, until that is left. */
static void nic_that_cannot_be_left(void **state)
{
	struct takeover *t;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	run("ip link set eth0 name eth9 && " NEW_NIC);
	notice();
	refuse_removal = true;
	assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), -EPERM);
	assert_true(takeover_is_bare(t));
	assert_int_equal(takeover_deadline(t).ns, at_ms(2000).ns);
	run("! ip addr show dev eth0 | grep 42.51.67");
	/* A stop, and a start: the record tells of it still. */
	takeover_close(t, ENDING_STOP);
	assert_true(record_exists("web"));
	t = open_takeover();
	assert_true(takeover_enter(t, PLAN_BACKUP, NULL, NULL) < 0);
	refuse_removal = false;
	assert_true(takeover_reconcile(t, at_ms(3000), NULL, NULL) >= 0);
	assert_left("eth9");
	takeover_close(t, ENDING_STOP);
	assert_false(record_exists("web"));
	run("ip link del eth9");
}

/* ---- several routers ---- */

static void routers_share_a_nic(void **state)
{
	struct config_router *a, *b;
	struct takeover *ta, *tb;
	char *standby, *text;

	(void)state;
	run("ip addr add 42.51.67.94/24 dev eth0 && ip route add default via 42.51.67.9");
	standby = nic_text();
	a = make_router(PLAIN "mac " SHARED_MAC "\n", "a");
	b = make_router("public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.1\n", "b");
	assert_int_equal(takeover_open(a, &interfaces, run_dir, &ta), 0);
	assert_int_equal(takeover_enter(ta, PLAN_MASTER, NULL, NULL), 0);
	/* b never sees the route that a displaces. */
	assert_int_equal(takeover_open(b, &interfaces, run_dir, &tb), 0);
	assert_int_equal(takeover_enter(tb, PLAN_MASTER, NULL, NULL), 0);
	assert_int_equal(takeover_reconcile(ta, at_ms(1000), NULL, NULL), 0);
	assert_int_equal(takeover_reconcile(tb, at_ms(1000), NULL, NULL), 0);
	assert_int_equal(takeover_enter(ta, PLAN_BACKUP, NULL, NULL), 0);
	text = nic_text();
	assert_non_null(strstr(text, OWN_MAC));
	assert_null(strstr(text, "42.51.67.93"));
	assert_non_null(strstr(text, "42.51.67.95/24"));
	assert_non_null(strstr(text, "default via 42.51.67.1"));
	assert_null(strstr(text, "default via 42.51.67.9"));
	free(text);
	assert_int_equal(takeover_reconcile(tb, at_ms(2000), NULL, NULL), 0);
	/* a stops; the route that it knows of comes back when b is done, too. */
	takeover_close(ta, ENDING_STOP);
	assert_false(record_exists("a"));
	text = nic_text();
	assert_non_null(strstr(text, "default via 42.51.67.1"));
	free(text);
	takeover_close(tb, ENDING_STOP);
	assert_false(record_exists("b"));
	assert_nic_text(standby);
	free(standby);
	model_router_free(a);
	model_router_free(b);
}

#define ROUTERS 16

/* Whoever is MASTER on the NIC speaks with the MAC that it has. */
static void not_prepared_beside_a_master(void **state)
{
	struct config_router *second = make_router(PLAIN "address 42.51.67.94/24\n", "second");
	struct takeover *t, *other;
	char *text;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_open(second, &interfaces, run_dir, &other), 0);
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_int_equal(takeover_enter(other, PLAN_MASTER, NULL, NULL), 0);
	prepare(t, false);
	text = nic_text();
	assert_non_null(strstr(text, OWN_MAC));
	free(text);
	assert_int_equal(takeover_enter(other, PLAN_BACKUP, NULL, NULL), 0);
	prepare(t, true);
	takeover_close(other, ENDING_STOP);
	takeover_close(t, ENDING_STOP);
	model_router_free(second);
}

/* A promotion of all routers of a NIC waits for no dump, and one dump verifies all of it. The MAC
 * that the first one sets is what all of them announce with. */
static void one_dump_serves_all(void **state)
{
	struct config_router *routers[ROUTERS];
	struct takeover *takeovers[ROUTERS];
	uint8_t mac[6], shared[6];

	(void)state;
	mac_parse(SHARED_MAC, shared);
	for (unsigned int i = 0; i < ROUTERS; i++) {
		char config[256], name[16];

		snprintf(config, sizeof(config),
			 "public eth0\naddress 42.51.67.%u/24\nmac " SHARED_MAC "\n", 100 + i);
		snprintf(name, sizeof(name), "r%u", i);
		routers[i] = make_router(config, name);
		assert_int_equal(takeover_open(routers[i], &interfaces, run_dir, &takeovers[i]), 0);
		assert_int_equal(takeover_enter(takeovers[i], PLAN_BACKUP, NULL, NULL), 0);
	}
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	takeover_rehearse(takeovers[0]);
	dumps = 0;
	interfaces_hold(&interfaces);
	for (unsigned int i = 0; i < ROUTERS; i++)
		assert_int_equal(takeover_enter(takeovers[i], PLAN_MASTER, NULL, NULL), 0);
	interfaces_release(&interfaces);
	for (unsigned int i = 0; i < ROUTERS; i++) {
		takeover_mac(takeovers[i], mac);
		assert_memory_equal(mac, shared, 6);
	}
	assert_int_equal(dumps, 0);
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	interfaces_hold(&interfaces);
	for (unsigned int i = 0; i < ROUTERS; i++)
		assert_int_equal(takeover_reconcile(takeovers[i], at_ms(1000), NULL, NULL), 0);
	interfaces_release(&interfaces);
	assert_int_equal(dumps, 1);
	for (unsigned int i = 0; i < ROUTERS; i++) {
		takeover_close(takeovers[i], ENDING_STOP);
		model_router_free(routers[i]);
	}
}

static void many_routers_share_a_nic(void **state)
{
	struct config_router *routers[ROUTERS];
	struct takeover *takeovers[ROUTERS];
	char *standby, *text;

	(void)state;
	run(MAKE_STANDBY);
	standby = nic_text();
	for (unsigned int i = 0; i < ROUTERS; i++) {
		char config[256], name[16];

		snprintf(config, sizeof(config),
			 "public eth0\naddress 42.51.67.%u/24\ngateway 42.51.67.1\n"
			 "standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n",
			 100 + i);
		snprintf(name, sizeof(name), "r%u", i);
		routers[i] = make_router(config, name);
		assert_int_equal(takeover_open(routers[i], &interfaces, run_dir, &takeovers[i]), 0);
		assert_int_equal(takeover_enter(takeovers[i], PLAN_BACKUP, NULL, NULL), 0);
	}
	assert_nic_text(standby);
	for (unsigned int i = 0; i < ROUTERS; i++)
		assert_int_equal(takeover_enter(takeovers[i], PLAN_MASTER, NULL, NULL), 0);
	for (unsigned int i = 0; i < ROUTERS; i++)
		assert_int_equal(takeover_reconcile(takeovers[i], at_ms(1000), NULL, NULL), 0);
	text = nic_text();
	assert_null(strstr(text, "192.168.1.93"));
	assert_non_null(strstr(text, "42.51.67.115/24"));
	assert_non_null(strstr(text, "default via 42.51.67.1"));
	free(text);
	/* The first address goes, and takes its secondaries along. */
	for (unsigned int i = 0; i < ROUTERS; i++) {
		assert_int_equal(takeover_enter(takeovers[i], PLAN_BACKUP, NULL, NULL), 0);
		for (unsigned int j = 0; j < ROUTERS; j++)
			assert_int_equal(takeover_reconcile(takeovers[j], at_ms(2000 + 1000 * i),
							    NULL, NULL),
					 0);
	}
	assert_nic_text(standby);
	for (unsigned int i = 0; i < ROUTERS; i++) {
		takeover_close(takeovers[i], ENDING_STOP);
		model_router_free(routers[i]);
	}
	assert_nic_text(standby);
	free(standby);
}

/* ---- crashes ---- */

struct crash_row {
	const char *name;
	const char *config, *make;
	unsigned int cycles;
	bool refuse; /* the driver wants the link down for a MAC */
};

static const struct crash_row crash_rows[] = {
	{"killed at any moment: the users' set-up", USER, MAKE_STANDBY, 200, false},
	{"killed at any moment: things of others on the NIC", USER, BUSY_NIC, 40, false},
	{"killed at any moment: a driver that wants the link down",
	 USER "address 2001:db8::93/64\n", BUSY_NIC, 60, true},
	{"killed at any moment: secondaries and the last address",
	 "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\n"
	 "standby-address 42.51.67.94/24\nstandby-gateway 42.51.67.1\n",
	 "ip addr add 42.51.67.94/24 dev eth0 && ip addr add 42.51.67.99/24 dev eth0 && "
	 "ip route add 10.0.0.0/8 via 42.51.67.7 && ip route add default via 42.51.67.1",
	 60, false},
	{"killed at any moment: default routes of several metrics", PLAIN,
	 "ip addr add 42.51.67.94/24 dev eth0 && "
	 "ip route add default via 42.51.67.9 metric 5 proto dhcp && "
	 "ip route add default via 42.51.67.8",
	 60, false},
};

static bool undo_strays(void)
{
	const struct config none = {0};

	return strays_undo(&none, &interfaces, run_dir);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* In the child: as an agent that changes its role as fast as it can, or becomes master and stays
 * it. */
static void child_runs(volatile unsigned int *progress, bool stays)
{
	struct interfaces own = {0};
	struct takeover *t;

	if (rtnl_open(&own.rtnl) || takeover_open(router, &own, run_dir, &t))
		_exit(1);
	for (;;) {
		*progress = 1;
		if (takeover_enter(t, PLAN_MASTER, NULL, NULL))
			_exit(2);
		if (stays) {
			*progress = 2;
			pause();
		}
		if (takeover_enter(t, PLAN_BACKUP, NULL, NULL))
			_exit(3);
	}
}

static void run_crash_row(void **state)
{
	const struct crash_row *row = *state;
	volatile unsigned int *progress =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int changed = 0, until;
	uint32_t seed = 1;
	char *standby;

	run("%s", row->make);
	use(row->config);
	standby = nic_text();
	/* Asked every time by a program of its own, ip(8) would take most of the time. */
	refuse_live_mac = row->refuse;
	for (unsigned int i = 0; i < row->cycles; i++) {
		struct timespec pause = {.tv_nsec = 1000L * (next_random(&seed) % 3000)};
		struct takeover *t;
		time_t started;
		int status;
		pid_t child;
		char *text;

		/* A quarter of the kills hit a master, the others whatever they hit. */
		until = i % 4 == 1 ? 2 : 1;
		*progress = 0;
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			child_runs(progress, i % 2);
		/* The stimulus, not a wait: a kill at some moment from the first change on. */
		started = time(NULL);
		while (*progress < until && waitpid(child, &status, WNOHANG) == 0)
			if (time(NULL) - started > 30)
				fail_msg("the child does not get to its first role");
		nanosleep(&pause, NULL);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		text = nic_text();
		changed += strcmp(text, standby) != 0;
		free(text);

		/* As of a router that left the configuration meanwhile. */
		if (i % 5 == 2) {
			assert_true(undo_strays());
			assert_nic_text(standby);
			assert_false(record_exists("web"));
			continue;
		}
		t = open_takeover();
		assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
		assert_nic_text(standby);
		assert_true(record_exists("web"));
		takeover_close(t, i % 3 ? ENDING_STOP : ENDING_RESTART);
		assert_nic_text(standby);
		assert_int_equal(record_exists("web"), i % 3 == 0);
	}
	refuse_live_mac = false;
	munmap((void *)progress, 4096);
	free(standby);
	/* Otherwise this test would prove nothing. */
	if (changed < row->cycles / 4)
		fail_msg("only %u of %u kills hit a changed NIC", changed, row->cycles);
}

static void crash_with_the_link_down(void **state)
{
	struct plan_scene scene = {.router = router};
	char why[RECORD_ERROR], *standby;
	struct plan_actual actual;
	struct record record;
	struct takeover *t;

	(void)state;
	run(BUSY_NIC);
	standby = nic_text();
	t = open_takeover();
	takeover_close(t, ENDING_RESTART);
	/* The moment that no kill can be aimed at: between the link's going down and its coming up.
	 */
	assert_int_equal(record_read(run_dir, "web", &record, why), 0);
	assert_int_equal(rtnl_dump(rtnl, &actual), 0);
	scene.actual = &actual;
	assert_int_equal(plan_collect(&scene, &record.before), 0);
	record.passing = record.link_down = true;
	assert_int_equal(record_write(run_dir, "web", &record), 0);
	run("ip link set eth0 down && ip link set eth0 address " SHARED_MAC);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	takeover_close(t, ENDING_STOP);
	assert_nic_text(standby);
	record_free(&record);
	plan_actual_free(&actual);
	free(standby);
}

static void crash_and_another_configuration(void **state)
{
	struct takeover *t;
	char *standby;

	(void)state;
	run(MAKE_STANDBY);
	standby = nic_text();
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	takeover_close(t, ENDING_RESTART);
	use("public eth0\naddress 42.51.67.99/24\ngateway 42.51.67.2\n"
	    "standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n");
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	takeover_close(t, ENDING_STOP);
	/* A record of another NIC cannot be used for this one: said, and nothing touched. */
	use(USER);
	t = open_takeover();
	takeover_close(t, ENDING_RESTART);
	run("ip link add eth1 type veth peer name peer1");
	use("public eth1\naddress 42.51.67.93/24\n");
	assert_int_equal(takeover_open(router, &interfaces, run_dir, &t), -EXDEV);
	assert_nic_text(standby);
	free(standby);
}

static void what_came_later_is_recorded_before_it_goes(void **state)
{
	struct takeover *t;
	char *standby;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	run("ip route add default via 192.168.1.9 metric 9 proto static");
	standby = nic_text();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	takeover_close(t, ENDING_RESTART);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	assert_nic_text(standby);
	takeover_close(t, ENDING_STOP);
	free(standby);
}

static void an_old_look_is_not_trusted(void **state)
{
	struct takeover *t;
	char *master;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	master = nic_text();
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_int_equal(takeover_reconcile(t, at_ms(1000), NULL, NULL), 0);
	/* Changed since, and neither read from the monitor nor told: seen all the same. */
	run("ip addr flush dev eth0");
	assert_true(takeover_reconcile(t, at_ms(2000), NULL, NULL) > 0);
	assert_nic_text(master);
	run("ip link set eth0 address 02:00:00:00:00:07");
	assert_int_equal(rtnl_monitor_read(rtnl, ignore_change, NULL), 0);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	assert_nic_text(master);
	takeover_close(t, ENDING_STOP);
	free(master);
}

static void lost_record_is_not_made_from_a_masters_nic(void **state)
{
	struct takeover *t;
	char *text;

	(void)state;
	run(MAKE_STANDBY);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	takeover_close(t, ENDING_RESTART);
	run("rm %s/takeover-web", run_dir);
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
	text = nic_text();
	/* veth: no permanent MAC to go back to. */
	assert_non_null(strstr(text, SHARED_MAC));
	assert_null(strstr(text, "42.51.67"));
	assert_non_null(strstr(text, "192.168.1.93/24"));
	assert_non_null(strstr(text, "default via 192.168.1.1"));
	free(text);
	takeover_close(t, ENDING_STOP);
}

/* ---- damaged records ---- */

static char *read_file(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

static void write_file(const char *path, const char *text, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	fclose(file);
}

/* The first `from` of `text` becomes `to`; free() it. */
static char *edited(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = NULL;

	if (!at)
		fail_msg("there is no %s in:\n%s", from, text);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) >= 0);
	return out;
}

static void is_refused(const char *path, const char *bad)
{
	struct takeover *t;
	char *still;

	write_file(path, bad, strlen(bad));
	if (takeover_open(router, &interfaces, run_dir, &t) != -EBADMSG)
		fail_msg("not refused:\n%s", bad);
	still = read_file(path);
	assert_string_equal(still, bad);
	free(still);
}

static void damaged_records(void **state)
{
	/* What was written, but for this. */
	static const char *const edits[][2] = {
		{"\"version\": 2", "\"version\": 3"},
		{"\"format\": \"vrrp-xdp takeover\"", "\"format\": \"history\""},
		{"\n  \"mac\": \"" OWN_MAC "\",", ""},
		{"\"index\": ", "\"index\": \"x\", \"was\": "},
		{"\"router\": \"web\"", "\"router\": \"other\""},
		{"\"mac\": \"" OWN_MAC "\"", "\"mac\": \"00:0c\""},
		{"\"destination\": \"0.0.0.0/0\"", "\"destination\": \"0.0.0.0/33\""},
		{"\"destination\": \"0.0.0.0/0\", \"via\": \"192.168.1.1\"",
		 "\"destination\": \"0.0.0.0/0\", \"via\": \"fe80::1\""},
		{"\"metric\": ", "\"extra\": \"0g\", \"metric\": "},
		{"\"scope\": ", "\"colour\": 7, \"scope\": "},
		{"\"passing_addresses\": [",
		 "\"passing_addresses\": [ { \"dev\": \"eth0\", \"address\": \"192.168.1.93/24\", "
		 "\"scope\": 0, \"flags\": 0, \"valid\": 0, \"preferred\": 0 } "},
		{"\n}\n", "\n}\nmore\n"},
		{"\"mac\": \"" OWN_MAC "\"", "\"mac\": \"" OWN_MAC "\", \"mac\": \"" OWN_MAC "\""},
	};
	static const char *const bad[] = {
		"nonsense\n",
		"{}\n",
		/* The format of the last release: delete these in the next one. */
		"vrrp-xdp takeover 2\nend\n",
		"vrrp-xdp takeover 1\nend\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 2\nend\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index x\nmac " OWN_MAC "\nend\n",
		"vrrp-xdp takeover 1\nrouter other\ninterface eth0 index 2\nmac " OWN_MAC "\nend\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 2\nmac 00:0c\nend\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 2\nmac " OWN_MAC
		"\nroute eth0 0.0.0.0/33 metric 0\nend\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 2\nmac " OWN_MAC
		"\nroute eth0 0.0.0.0/0 via fe80::1\nend\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 2\nmac " OWN_MAC
		"\nroute eth0 0.0.0.0/0 extra 0g\nend\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 2\nmac " OWN_MAC
		"\naddress eth0 192.168.1.93/24 colour 7\nend\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 2\nmac " OWN_MAC
		"\npassing-address eth0 192.168.1.93/24\nend\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 2\nmac " OWN_MAC
		"\nend\nmore\n",
		"vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 2\nmac " OWN_MAC
		"\nmac " OWN_MAC "\nend\n",
	};
	struct takeover *t;
	char path[128], *standby, *text;
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/takeover-web", run_dir);
	run(BUSY_NIC);
	standby = nic_text();
	t = open_takeover();
	takeover_close(t, ENDING_RESTART);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	text = read_file(path);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_refused(path, bad[i]);
	for (unsigned int i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		char *damaged = edited(text, edits[i][0], edits[i][1]);

		is_refused(path, damaged);
		free(damaged);
	}
	/* Cut short at every byte. */
	for (size_t length = 0; length < strlen(text); length++) {
		struct record record;
		char why[RECORD_ERROR];

		write_file(path, text, length);
		if (record_read(run_dir, "web", &record, why) != -EBADMSG)
			fail_msg("%zu of %zu bytes are taken for a record", length, strlen(text));
	}
	write_file(path, "vrrp-xdp takeover 1\n\0end\n", 25);
	assert_int_equal(takeover_open(router, &interfaces, run_dir, &t), -EBADMSG);
	write_file(path, text, strlen(text) + 1);
	assert_int_equal(takeover_open(router, &interfaces, run_dir, &t), -EBADMSG);
	assert_nic_text(standby);
	write_file(path, text, strlen(text));
	t = open_takeover();
	takeover_close(t, ENDING_STOP);
	free(text);
	free(standby);
}

static void record_is_never_followed(void **state)
{
	struct takeover *t;

	(void)state;
	run("ln -s /etc/hostname %s/takeover-web", run_dir);
	assert_int_equal(takeover_open(router, &interfaces, run_dir, &t), -EBADMSG);
	run("rm %s/takeover-web && mkfifo %s/takeover-web", run_dir, run_dir);
	assert_int_equal(takeover_open(router, &interfaces, run_dir, &t), -EBADMSG);
	run("rm %s/takeover-web && touch %s/victim && ln -s %s/victim %s/.takeover-web", run_dir,
	    run_dir, run_dir, run_dir);
	t = open_takeover();
	run("test ! -s %s/victim && rm %s/victim", run_dir, run_dir);
	takeover_close(t, ENDING_STOP);
}

/* Whatever a crash left of a record that was being written belongs to no other router. */
static void record_half_written(void **state)
{
	struct config_router *like = make_router(PLAIN, "web.new");
	struct takeover *t, *other;
	char stray[RUNDIR_RECORD_NAME];

	(void)state;
	assert_int_equal(takeover_open(like, &interfaces, run_dir, &other), 0);
	run("echo half > %s/.takeover-web", run_dir);
	t = open_takeover();
	assert_true(record_exists("web.new"));
	takeover_close(other, ENDING_STOP);
	run("echo half > %s/.takeover-web", run_dir);
	takeover_close(t, ENDING_STOP);
	assert_false(rundir_stray_record(run_dir, NULL, 0, stray));
	run("test -z \"$(ls -A %s)\"", run_dir);
	model_router_free(like);
}

static void record_survives_the_round_trip(void **state)
{
	struct takeover *t;
	char path[128], *first, *second;

	(void)state;
	snprintf(path, sizeof(path), "%s/takeover-web", run_dir);
	run("ip addr add 192.168.1.93/24 brd + label eth0:s dev eth0 valid_lft 5000 "
	    "preferred_lft 4000 && ip route add default via 192.168.1.1 mtu lock 1400 && "
	    "ip route add default metric 3 nexthop via 192.168.1.2 nexthop via 192.168.1.3 && "
	    "ip route add default via 10.9.9.9 dev eth0 onlink metric 4 src 192.168.1.93");
	t = open_takeover();
	takeover_close(t, ENDING_RESTART);
	first = read_file(path);
	/* Another configuration: read, added to, written. */
	use(USER "address 42.51.67.94/24\n");
	t = open_takeover();
	takeover_close(t, ENDING_RESTART);
	second = read_file(path);
	assert_string_not_equal(first, second);
	for (char *save, *line = strtok_r(first, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		/* The last row of a list may not be the last one any more. */
		if (line[strlen(line) - 1] == ',')
			line[strlen(line) - 1] = '\0';
		if (!strstr(second, line))
			fail_msg("lost: %s", line);
	}
	free(first);
	free(second);
}

/* What a master of the last release left is put back, and is written anew before anything else
 * happens, for the next release does not read it. Delete this test then. */
static void record_of_the_last_release(void **state)
{
	char path[128], *standby, *old = NULL, *text;
	struct takeover *t;

	(void)state;
	snprintf(path, sizeof(path), "%s/takeover-web", run_dir);
	run(MAKE_STANDBY);
	standby = nic_text();
	t = open_takeover();
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	takeover_close(t, ENDING_RESTART);
	assert_true(asprintf(&old,
			     "vrrp-xdp takeover 1\n"
			     "# What eth0 carried before vrrp-xdp changed it.\n"
			     "router web\n"
			     "interface eth0 index %u\n"
			     "mac " OWN_MAC "\n"
			     "address eth0 192.168.1.93/24 scope 0 flags 128 broadcast "
			     "192.168.1.255 valid 4294967295 preferred 4294967295\n"
			     "route eth0 0.0.0.0/0 via 192.168.1.1 metric 0 protocol 3 scope 0 tos "
			     "0\n"
			     "placed-mac " SHARED_MAC "\n"
			     "placed-address eth0 42.51.67.93/24 scope 0 flags 0 valid 4294967295 "
			     "preferred 4294967295\n"
			     "placed-route eth0 0.0.0.0/0 via 42.51.67.1 metric 0 protocol 112 "
			     "scope 0 tos 0\n"
			     "end\n",
			     if_nametoindex("eth0")) >= 0);
	write_file(path, old, strlen(old));
	t = open_takeover();
	text = read_file(path);
	assert_int_equal(text[0], '{');
	assert_non_null(strstr(text, "\"192.168.1.93/24\""));
	takeover_close(t, ENDING_RESTART);
	/* Of both, the NIC comes back. */
	for (int i = 0; i < 2; i++) {
		t = open_takeover();
		assert_int_equal(takeover_enter(t, PLAN_BACKUP, NULL, NULL), 0);
		assert_nic_text(standby);
		assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
		takeover_close(t, ENDING_RESTART);
		write_file(path, i ? text : old, strlen(i ? text : old));
	}
	t = open_takeover();
	takeover_close(t, ENDING_STOP);
	assert_nic_text(standby);
	free(text);
	free(old);
	free(standby);
}

/* ---- routers that no configuration has any more ---- */

static struct takeover *crashed_master(const struct config_router *who)
{
	struct takeover *t;

	assert_int_equal(takeover_open(who, &interfaces, run_dir, &t), 0);
	assert_int_equal(takeover_enter(t, PLAN_MASTER, NULL, NULL), 0);
	return t;
}

/* What another master of the NIC needs stays, and what was displaced for both comes back with it.
 */
static void stray_beside_a_master(void **state)
{
	struct config_router *a, *b;
	struct takeover *ta, *tb;
	struct config config;
	char *standby, *text;

	(void)state;
	run("ip addr add 42.51.67.94/24 dev eth0 && ip route add default via 42.51.67.9");
	standby = nic_text();
	a = make_router(PLAIN "mac " SHARED_MAC "\n", "a");
	b = make_router("public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.1\n", "b");
	ta = crashed_master(a);
	tb = crashed_master(b);
	takeover_close(ta, ENDING_RESTART);
	config = (struct config){.routers = b, .router_count = 1};
	assert_true(strays_undo(&config, &interfaces, run_dir));
	assert_false(record_exists("a"));
	assert_true(record_exists("b"));
	text = nic_text();
	assert_non_null(strstr(text, OWN_MAC));
	assert_null(strstr(text, "42.51.67.93"));
	assert_non_null(strstr(text, "42.51.67.95/24"));
	assert_non_null(strstr(text, "default via 42.51.67.1"));
	assert_null(strstr(text, "default via 42.51.67.9"));
	free(text);
	takeover_close(tb, ENDING_STOP);
	assert_nic_text(standby);
	free(standby);
	model_router_free(a);
	model_router_free(b);
}

static void two_strays(void **state)
{
	struct config_router *second = make_router(PLAIN "address 42.51.67.94/24\n", "second");
	struct takeover *ta, *tb;
	char *standby;

	(void)state;
	run(MAKE_STANDBY);
	standby = nic_text();
	ta = crashed_master(router);
	tb = crashed_master(second);
	takeover_close(ta, ENDING_RESTART);
	takeover_close(tb, ENDING_RESTART);
	assert_true(undo_strays());
	assert_nic_text(standby);
	assert_false(record_exists("web"));
	assert_false(record_exists("second"));
	assert_true(undo_strays()); /* there is nothing */
	free(standby);
	model_router_free(second);
}

/* An interface of its routes is gone, and what was on it: the rest is put back. */
static void stray_without_a_device(void **state)
{
	char *standby;

	(void)state;
	run("ip link add eth1 type veth peer name peer1 && ip link set eth1 up && " MAKE_STANDBY);
	use(USER "address 10.0.0.93/24 dev eth1\nroute 10.9.0.0/16 via 10.0.0.1 dev eth1\n");
	standby = nic_text();
	takeover_close(crashed_master(router), true);
	run("ip link del eth1");
	assert_true(undo_strays());
	run("ip link add eth1 type veth peer name peer1 && ip link set eth1 up");
	assert_nic_text(standby);
	free(standby);
}

/* Nothing names the tables and the rules of a router that is gone, but its record. */
static void stray_with_rules(void **state)
{
	static const char all[] = "ip rule; ip -6 rule; ip route show table all | grep -v local";
	char *before, *after;

	(void)state;
	run(MAKE_STANDBY);
	run("ip rule add from 10.0.0.0/8 table 100 priority 7");
	run("ip route add blackhole 10.8.0.0/16 table 100");
	before = output(all);
	use("public eth0\naddress 42.51.67.93/24\nroute 10.9.0.0/16 via 42.51.67.1 table 100\n"
	    "route 10.7.0.0/16 blackhole\nroute 10.6.0.0/16 hops 42.51.67.1,eth0,1 "
	    "42.51.67.2,eth0,1\nrule 10.0.0.0/8 table 100 priority 7\n"
	    "rule 10.1.0.0/16 table 100 priority 8\nrule 2001:db8::/32 blackhole\n");
	takeover_close(crashed_master(router), ENDING_RESTART);
	assert_true(undo_strays());
	after = output(all);
	assert_string_equal(after, before);
	free(after);
	run("ip rule del from 10.0.0.0/8 table 100 priority 7");
	run("ip route del blackhole 10.8.0.0/16 table 100");
	free(before);
}

/* The NIC has another name: it is the same one, as long as it carries what was put on it. */
static void stray_of_a_renamed_interface(void **state)
{
	char path[128], *standby, *text;

	(void)state;
	snprintf(path, sizeof(path), "%s/takeover-web", run_dir);
	run(MAKE_STANDBY);
	standby = nic_text();
	takeover_close(crashed_master(router), ENDING_RESTART);
	text = read_file(path);
	run("ip link set eth0 down && ip link set eth0 name eth9 && ip link set eth9 up");
	assert_true(undo_strays());
	assert_false(record_exists("web"));
	run("ip link set eth9 down && ip link set eth9 name eth0 && ip link set eth0 up");
	run("ip route replace default via 192.168.1.1");
	assert_nic_text(standby);
	/* There is nothing of ours on that number, and nobody has the name. */
	write_file(path, text, strlen(text));
	run("ip link set eth0 name eth9");
	assert_false(undo_strays());
	assert_true(record_exists("web"));
	run("ip link set eth9 name eth0");
	free(text);
	free(standby);
}

/* The configuration names another public interface than the run that crashed. */
static void record_of_another_interface(void **state)
{
	struct takeover *t;
	char *standby;

	(void)state;
	run("ip link add eth1 type veth peer name peer1 && ip link set eth1 up && " MAKE_STANDBY);
	standby = nic_text();
	takeover_close(crashed_master(router), ENDING_RESTART);
	use("public eth1\naddress 42.51.67.93/24\n");
	assert_int_equal(takeover_open(router, &interfaces, run_dir, &t), -EXDEV);
	assert_int_equal(strays_put_back(router, &interfaces, run_dir), 0);
	assert_false(record_exists("web"));
	assert_nic_text(standby);
	t = open_takeover();
	assert_true(takeover_close(t, ENDING_STOP));
	free(standby);
}

/* What could not be put back is told: the guards stay then. */
static void told_whether_it_was_put_back(void **state)
{
	struct takeover *t;

	(void)state;
	run(MAKE_STANDBY);
	assert_false(takeover_close(NULL, ENDING_STOP));
	assert_true(takeover_close(crashed_master(router), ENDING_STOP));
	assert_false(takeover_close(crashed_master(router), ENDING_RESTART));
	t = crashed_master(router);
	dump_error = -EIO;
	run("ip link set peer0 mtu 1400"); /* so that the NIC has to be looked at */
	run("ip link set eth0 mtu 1400");
	assert_false(takeover_close(t, ENDING_STOP));
	dump_error = 0;
	assert_true(record_exists("web"));
	assert_true(undo_strays());
}

/* Before a restart, a record that nobody could read is written again. */
static void record_checked(void **state)
{
	struct takeover *t = crashed_master(router);
	char path[128], *text, *again;

	(void)state;
	snprintf(path, sizeof(path), "%s/takeover-web", run_dir);
	text = read_file(path);
	assert_int_equal(takeover_check_record(t), 0);
	for (int i = 0; i < 3; i++) {
		write_file(path, text, i * strlen(text) / 3);
		if (i == 1)
			run("rm %s && mkfifo %s", path, path);
		if (i == 2)
			run("rm %s", path);
		assert_int_equal(takeover_check_record(t), 0);
		again = read_file(path);
		assert_string_equal(again, text);
		free(again);
	}
	/* A directory cannot be replaced by a file. */
	run("rm %s && mkdir %s", path, path);
	assert_true(takeover_check_record(t) < 0);
	run("rmdir %s", path);
	/* None can be written, and none is there: a start does without. */
	run("mkdir %s/.takeover-web", run_dir);
	assert_int_equal(takeover_check_record(t), 0);
	assert_false(record_exists("web"));
	run("rmdir %s/.takeover-web", run_dir);
	assert_true(takeover_close(t, ENDING_STOP));
	free(text);
}

static void strays_that_stay(void **state)
{
	struct config_router *second = make_router(PLAIN "address 42.51.67.94/24\n", "second");
	char damaged[128], long_name[192], *master, *text;

	(void)state;
	snprintf(damaged, sizeof(damaged), "%s/takeover-web", run_dir);
	snprintf(long_name, sizeof(long_name), "%s/takeover-%040d", run_dir, 1);
	run(MAKE_STANDBY);
	takeover_close(crashed_master(router), true);
	master = nic_text();
	text = read_file(damaged);
	write_file(damaged, text, strlen(text) / 2);
	assert_false(undo_strays());
	assert_nic_text(master);
	assert_true(record_exists("web"));
	/* Not ours, whatever it says. */
	write_file(long_name, text, strlen(text));
	assert_false(undo_strays());
	assert_nic_text(master);
	run("rm %s", long_name);
	/* Its interface is gone: there is nothing to put back, and somebody may want to know. */
	write_file(damaged, text, strlen(text));
	run("ip link del eth0");
	assert_false(undo_strays());
	assert_true(record_exists("web"));
	free(text);
	free(master);
	model_router_free(second);
}

int main(void)
{
	int failed;

	table_setup = set_up;
	table_teardown = tear_down;
	table_test(users_takeover);
	table_test(prepared_then_master);
	table_test(prepared_in_vain);
	table_test(prepared_and_undone);
	table_test(prepared_in_part);
	table_test(sender_mac);
	table_test(mac_with_link_down_is_not_prepared);
	table_test(not_prepared_beside_a_master);
	table_test(ipv6_is_usable_at_once);
	table_test(repairs_are_limited_roles_are_not);
	table_test(what_concerns);
	table_test(nic_vanishes_and_returns);
	table_test(nic_comes_late);
	table_test(bare_without_the_device);
	table_test(missing_devices_are_named);
	table_test(record_without_a_place);
	table_test(close_without_nic_keeps_the_record);
	table_test(mac_with_link_down);
	table_test(mac_that_is_not_set);
	table_test(address_that_does_not_last);
	table_test(label_that_does_not_last);
	table_test(dump_fails);
	table_test(link_that_stays_down_with_the_mac);
	table_test(mac_refused_for_good);
	table_test(device_vanishes_and_returns);
	table_test(nic_gets_another_name_and_back);
	table_test(nic_is_replaced);
	table_test(nic_is_replaced_while_nobody_looks);
	table_test(two_routers_leave_a_nic);
	table_test(names_are_swapped);
	table_test(nic_that_cannot_be_left);
	table_test(routers_share_a_nic);
	table_test(one_dump_serves_all);
	table_test(many_routers_share_a_nic);
	table_test(crash_with_the_link_down);
	table_test(crash_and_another_configuration);
	table_test(what_came_later_is_recorded_before_it_goes);
	table_test(an_old_look_is_not_trusted);
	table_test(lost_record_is_not_made_from_a_masters_nic);
	table_test(damaged_records);
	table_test(record_is_never_followed);
	table_test(record_half_written);
	table_test(record_survives_the_round_trip);
	table_test(record_of_the_last_release);
	table_test(stray_beside_a_master);
	table_test(two_strays);
	table_test(stray_without_a_device);
	table_test(stray_with_rules);
	table_test(stray_of_a_renamed_interface);
	table_test(record_of_another_interface);
	table_test(told_whether_it_was_put_back);
	table_test(record_checked);
	table_test(strays_that_stay);
	table_rows(NULL, role_rows, name, run_role_row);
	table_rows(NULL, foreign_rows, name, run_foreign_row);
	table_rows(NULL, crash_rows, name, run_crash_row);
	netns_enter();
	if (!mkdtemp(run_dir)) {
		perror(run_dir);
		return 1;
	}
	failed = table_run("takeover");
	rmdir(run_dir);
	return failed;
}

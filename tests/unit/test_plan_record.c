// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of a takeover: what of the host is recorded, renewed, handed over and forgotten, and
 * what a record alone says of its router. Needs no root and no network.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/address.h"
#include "core/nic/plan.h"
#include "plan_model.h"
#include "plan_stage.h"
#include "table.h"

struct record_row {
	const char *name;
	const char *config, *nic;
	const char *mac; /* NULL: not known */
	const char *kept;
	struct other_row other;
};

#define NO_OTHER                        \
	{                               \
		NULL, NULL, PLAN_BACKUP \
	}

static const struct record_row record_rows[] = {
	{"standby: MAC, standby address, its route", USER, STANDBY, OWN_MAC,
	 "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.1\n", NO_OTHER},
	{"several standby addresses", USER "standby-address 192.168.1.94/24\n",
	 STANDBY "addr eth0 192.168.1.94/24 secondary\n", OWN_MAC,
	 "addr eth0 192.168.1.93/24\naddr eth0 192.168.1.94/24 secondary\n"
	 "route eth0 default via 192.168.1.1\n",
	 NO_OTHER},
	{"found as master, permanent MAC: that one, and nothing of the master's", USER, MASTER,
	 OWN_MAC, "", NO_OTHER},
	{"found as master, no permanent MAC: unknown", USER, "link eth0 " SHARED_MAC "\n", NULL, "",
	 NO_OTHER},
	{"found with the shared MAC alone, and a route that no address reaches: not the host's",
	 USER, MASTER_LINK "route eth0 default via 42.51.67.1\n", OWN_MAC, "", NO_OTHER},
	{"likewise, with a permanent MAC that begins otherwise", USER,
	 "link eth0 " SHARED_MAC " perm 02:00:00:00:00:09\nroute eth0 default via 42.51.67.1\n",
	 "02:00:00:00:00:09", "", NO_OTHER},
	{"found as master by scripts, whose route is static: not the host's", USER,
	 MASTER_LINK "addr eth0 42.51.67.93/24\nroute eth0 default via 42.51.67.1\n", OWN_MAC, "",
	 NO_OTHER},
	{"found with the shared address, and a route that the own address reaches: the host's",
	 PLAIN, OWN "addr eth0 42.51.67.93/24 secondary\nroute eth0 default via 42.51.67.1\n",
	 OWN_MAC, "route eth0 default via 42.51.67.1\n", NO_OTHER},
	{"default routes of every metric, of the gateway's family only", PLAIN,
	 OWN "route eth0 default via 42.51.67.9 metric 10\nroute eth0 default via 42.51.67.8\n"
	     "route eth0 default via fe80::1\nroute eth0 10.0.0.0/8 via 42.51.67.7\n",
	 OWN_MAC,
	 "route eth0 default via 42.51.67.9 metric 10\nroute eth0 default via 42.51.67.8\n",
	 NO_OTHER},
	{"a default route of another NIC only where ours replaces it", PLAIN,
	 OWN "link eth1 02:00:00:00:00:01\nlink eth2 02:00:00:00:00:02\n"
	     "route eth1 default via 10.0.0.1\nroute eth2 default via 10.1.0.1 metric 7\n",
	 OWN_MAC, "route eth1 default via 10.0.0.1\n", NO_OTHER},
	{"no gateway: no route", "public eth0\naddress 42.51.67.93/24\n",
	 OWN "route eth0 default via 42.51.67.9\n", OWN_MAC, "", NO_OTHER},
	{"routes that the kernel made or learned, and ours, are nobody's", PLAIN,
	 OWN "route eth0 default via 42.51.67.9 metric 1 proto 2\n"
	     "route eth0 default via 42.51.67.8 metric 2 proto 9\n"
	     "route eth0 default via 42.51.67.7 metric 3 proto 112\n",
	 OWN_MAC, "", NO_OTHER},
	{"a shared route of both routers is not the host's",
	 PLAIN,
	 OWN "route eth0 default via 42.51.67.1\n",
	 OWN_MAC,
	 "",
	 {"public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.1\n", NULL, PLAN_BACKUP}},
	{"a shared route of another router is not the host's",
	 PLAIN,
	 OWN "route eth0 default via 42.51.67.2\n",
	 OWN_MAC,
	 "",
	 {"public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.2\n", NULL, PLAN_BACKUP}},
};

static void run_record_row(void **state)
{
	const struct record_row *row = *state;
	const struct row as_row = {.config = row->config,
				   .recorded = "",
				   .nic = row->nic,
				   .others = {row->other}};
	uint8_t mac[6] = {0};

	if (row->mac)
		mac_parse(row->mac, mac);
	for (enum crowd crowd = 0; crowd < CROWD_COUNT; crowd++) {
		struct plan_original original;
		struct plan_actual kept;
		struct stage stage;

		set_stage(&as_row, crowd, &stage);
		assert_int_equal(plan_record(&stage.scene, &original), 0);
		assert_true(original.valid);
		assert_memory_equal(original.mac, mac, 6);
		kept = (struct plan_actual){
			.addresses = original.addresses,
			.address_count = original.address_count,
			.routes = original.routes,
			.route_count = original.route_count,
		};
		for (unsigned int i = 0; i < original.route_count; i++)
			assert_true(original.routes[i].dev[0] == 'e');
		assert_nic(&kept, row->kept);
		assert_int_equal(original.placed_address_count, stage.router->address_count);
		assert_int_equal(plan_record_placed(&stage.scene, &original), 0);
		plan_original_free(&original);
		assert_false(original.valid);
		clear_stage(&stage);
	}
}

/* A BACKUP that finds a shared address: what hangs on it is a master's, and not the host's. */
static void leftovers_are_not_recorded(void **state)
{
	const struct row row = {
		.config = PLAIN,
		.recorded = LINK,
		.nic = LINK "addr eth0 42.51.67.93/24\nroute eth0 10.0.0.0/8 via 42.51.67.7\n",
	};
	struct stage stage;
	struct plan plan;

	(void)state;
	set_stage(&row, CROWD_NONE, &stage);
	assert_int_equal(takeover_plan(&stage.scene, PLAN_BACKUP, &plan), 0);
	assert_int_equal(plan.count, 1);
	assert_int_equal(plan_record_owned(&stage.scene, &plan, &stage.original), 0);
	assert_int_equal(stage.original.route_count, 0);
	plan_free(&plan);
	clear_stage(&stage);
}

static void changed_configuration(void **state)
{
	/* Recorded and placed by one configuration, crashed, started with another. */
	const struct row row = {
		.config = "public eth0\naddress 42.51.67.99/24\ngateway 42.51.67.2\n"
			  "standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n",
		.recorded = "",
		.nic = MASTER,
	};
	struct stage stage;

	(void)state;
	set_stage(&row, CROWD_NONE, &stage);
	stage_record(USER, STANDBY, &stage.original);
	assert_int_equal(plan_record_placed(&stage.scene, &stage.original), 2);
	settle(&stage, PLAN_BACKUP, false);
	assert_stage(&stage, STANDBY);
	clear_stage(&stage);
}

static void changed_mac(void **state)
{
	const struct row row = {.config = USER, .recorded_by = USER_ROUTES, .nic = STANDBY};
	struct stage stage;

	(void)state;
	set_stage(&row, CROWD_NONE, &stage);
	memset(stage.original.placed_mac, 0, sizeof(stage.original.placed_mac));
	assert_int_equal(plan_record_placed(&stage.scene, &stage.original), 1);
	assert_int_equal(plan_record_placed(&stage.scene, &stage.original), 0);
	clear_stage(&stage);
}

static void merge_hands_over(void **state)
{
	struct plan_original a, b;

	(void)state;
	stage_record(PLAIN, OWN "route eth0 default via 42.51.67.9\n", &a);
	stage_record(PLAIN, OWN "route eth0 default via 42.51.67.8 metric 5\n", &b);
	assert_int_equal(plan_record_merge(&b, &a), 1);
	assert_int_equal(b.route_count, 2);
	assert_int_equal(plan_record_merge(&b, &a), 0);
	plan_original_free(&a);
	/* What both have stays as it is in the record that is added to. */
	for (int metric = 0; metric <= 5; metric += 5) {
		char nic[256];

		snprintf(nic, sizeof(nic), OWN "route eth0 default via 42.51.67.7 metric %d\n",
			 metric);
		stage_record(PLAIN, nic, &a);
		assert_int_equal(plan_record_merge(&b, &a), 0);
		assert_int_equal(b.route_count, 2);
		plan_original_free(&a);
	}
	plan_original_free(&b);
}

/* Nothing recorded, and no permanent MAC: nobody knows which one to go back to. */
static void no_record(void **state)
{
	const struct row row = {.config = USER,
				.recorded = "",
				.nic = "link eth0 " SHARED_MAC "\n"};
	struct stage stage;

	(void)state;
	set_stage(&row, CROWD_NONE, &stage);
	assert_null(plan_standby_mac(&stage.scene, &stage.actual.links[0]));
	stage.scene.original = NULL;
	assert_null(plan_standby_mac(&stage.scene, &stage.actual.links[0]));
	clear_stage(&stage);
}

/* A record forgets an address that is there again and that no key names; nothing else. */
static void record_forgets(void **state)
{
	static const struct {
		const char *config, *recorded_by, *nic;
		bool forgets;
	} table[] = {
		{PLAIN, USER, STANDBY, true},
		{PLAIN, USER, LINK, false},
		{PLAIN, USER, LINK "addr eth0 192.168.1.93/25\n", false},
		{USER, USER, STANDBY, false},
		{OWNER, OWNER, STANDBY, false},
		{PLAIN, USER, "link eth1 02:00:00:00:00:01\naddr eth1 192.168.1.93/24\n", false},
		{"public eth0\npriority 100\naddress 192.168.1.93/24\n", OWNER, STANDBY, false},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(table); i++) {
		const struct row row = {.config = table[i].config,
					.recorded_by = table[i].recorded_by,
					.recorded = STANDBY,
					.nic = table[i].nic};
		struct stage stage;

		set_stage(&row, CROWD_NONE, &stage);
		assert_int_equal(stage.original.address_count, 1);
		assert_int_equal(plan_record_forget(&stage.scene, &stage.original),
				 table[i].forgets);
		assert_int_equal(stage.original.address_count, table[i].forgets ? 0 : 1);
		clear_stage(&stage);
	}
}

/* The record has a standby address as it was when it was removed last. Lifetimes that run are no
 * reason to write it. */
static void record_renews(void **state)
{
	static const struct row row = {
		.config = "public eth0\naddress 42.51.67.93/24\nstandby-address fd00::93/64\n",
		.nic = LINK "addr eth0 fd00::93/64\n",
	};
	static const struct {
		uint32_t valid_s, preferred_s, metric;
		bool changes;
	} table[] = {
		{PLAN_FOREVER, PLAN_FOREVER, 0, false},
		{PLAN_FOREVER, 0, 0, true},
		{PLAN_FOREVER, 0, 0, false},
		{600, 300, 0, true},
		{599, 299, 0, false},
		{600, 300, 7, true},
		{600, 300, 7, false},
	};
	struct stage stage;

	(void)state;
	set_stage(&row, CROWD_NONE, &stage);
	for (unsigned int i = 0; i < COUNT(table); i++) {
		struct plan_address *address = &stage.actual.addresses[0];
		struct plan plan;

		address->valid_s = table[i].valid_s;
		address->preferred_s = table[i].preferred_s;
		address->metric = table[i].metric;
		assert_int_equal(takeover_plan(&stage.scene, PLAN_MASTER, &plan), 0);
		assert_int_equal(plan_record_more(&stage.scene, &plan, &stage.original),
				 table[i].changes);
		plan_free(&plan);
		assert_int_equal(stage.original.address_count, 1);
		if (table[i].changes)
			assert_int_equal(stage.original.addresses[0].preferred_s,
					 table[i].preferred_s);
	}
	clear_stage(&stage);
}

/* Likewise of each attribute; with another prefix length it is another address. */
static void record_renews_attributes(void **state)
{
	static const struct {
		const char *address;
		int changes;
		unsigned int count;
	} table[] = {
		{"192.168.1.93/24", 0, 1},
		{"192.168.1.93/24 label eth0:s", 1, 1},
		{"192.168.1.93/24 scope 200", 1, 1},
		{"192.168.1.93/24 metric 7", 1, 1},
		{"192.168.1.93/24 noprefixroute", 1, 1},
		{"192.168.1.93/24 peer 192.168.1.94", 1, 1},
		{"192.168.1.93/25", 1, 2},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(table); i++) {
		char nic[256];
		struct row row = {.config = USER, .recorded = STANDBY, .nic = nic};
		struct stage stage;
		struct plan plan;

		snprintf(nic, sizeof(nic), LINK "addr eth0 %s\n", table[i].address);
		set_stage(&row, CROWD_BEHIND, &stage);
		assert_int_equal(takeover_plan(&stage.scene, PLAN_MASTER, &plan), 0);
		for (int again = 0; again < 2; again++)
			if (plan_record_more(&stage.scene, &plan, &stage.original) !=
				    (again ? 0 : table[i].changes) ||
			    stage.original.address_count != table[i].count)
				fail_msg("%s", table[i].address);
		plan_free(&plan);
		clear_stage(&stage);
	}
}

/* What is new since the run before is placed, and recorded as such. */
static void record_places(void **state)
{
	static const struct {
		const char *before, *now;
		int added;
	} table[] = {
		{PLAIN, PLAIN, 0},
		{PLAIN, PLAIN "address 42.51.67.94/24\n", 1},
		{PLAIN "address 42.51.67.94/24\n", "public eth0\naddress 42.51.67.94/24\n", 0},
		{PLAIN, "public eth0\naddress 42.51.67.93/25\ngateway 42.51.67.1\n", 1},
		{PLAIN, PLAIN "address 42.51.67.93/24 dev eth1\n", 1},
		{PLAIN, "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.2\n", 1},
		{PLAIN "route 10.1.0.0/16\n", PLAIN "route 10.1.0.0/16 dev eth1\n", 1},
		{PLAIN "route 10.1.0.0/16\n", PLAIN "route 10.2.0.0/16\n", 1},
		{PLAIN "rule 10.1.0.0/16 table 7\n", PLAIN "rule 10.1.0.0/16 table 7\n", 0},
		{PLAIN "rule 10.1.0.0/16 table 7\n", PLAIN "rule 10.1.0.0/16 table 8\n", 1},
		{PLAIN, PLAIN "mac " SHARED_MAC "\n", 1},
		{PLAIN "mac " SHARED_MAC "\n", PLAIN "mac " SHARED_MAC "\n", 0},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(table); i++) {
		const struct row row = {.config = table[i].now,
					.recorded_by = table[i].before,
					.nic = LINK "link eth1 02:00:00:00:00:01\n"};
		struct stage stage;

		set_stage(&row, CROWD_BEHIND, &stage);
		for (int again = 0; again < 2; again++)
			if (plan_record_placed(&stage.scene, &stage.original) !=
			    (again ? 0 : table[i].added))
				fail_msg("row %u", i);
		clear_stage(&stage);
	}
}

/* With the last IPv4 address the kernel throws IPv4 routes away: those by its network are the
 * host's, and no others. */
static void record_owned_routes(void **state)
{
	static const struct row row = {
		.config = USER,
		.recorded = STANDBY,
		.nic = LINK
		"addr eth0 192.168.1.93/24\nroute eth0 9.0.0.0/8 via 192.168.1.7 proto 112\n"
		"route eth0 10.0.0.0/8 via 192.168.1.7\n"
		"route eth0 11.0.0.0/8 via 192.168.1.7 onlink\nroute eth0 12.0.0.0/8\n"
		"route eth0 13.0.0.0/8 via 172.16.0.1\n"
		"route eth0 2001:db8:1::/48 via fd00::1\n",
	};
	struct plan_op ops[] = {{.kind = PLAN_ADDRESS_DEL}, {.kind = PLAN_ADDRESS_ADD}};
	struct stage stage;

	(void)state;
	set_stage(&row, CROWD_BEHIND, &stage);
	for (unsigned int i = 0; i < COUNT(ops); i++) {
		ops[i].address = stage.actual.addresses[0];
		ops[i].ifindex = ops[i].address.ifindex;
	}
	stage.original.route_count = 0;
	assert_int_equal(plan_record_owned(&stage.scene, &(struct plan){&ops[1], 1},
					   &stage.original),
			 0);
	assert_int_equal(plan_record_owned(&stage.scene, &(struct plan){ops, 2}, &stage.original),
			 1);
	assert_int_equal(stage.original.route_count, 1);
	assert_int_equal(stage.original.routes[0].addr.b[0], 10);
	clear_stage(&stage);
}

/* A route that is removed is recorded, and again where it has something else now: whichever of the
 * two has it. */
static void record_renews_routes(void **state)
{
	static const struct {
		const char *attribute;
		int changes;
	} table[] = {{"", 1}, {"", 0}, {" mtu 1400", 1}, {" mtu 1400", 0}, {"", 1}};
	struct plan_original original = {.valid = true};

	(void)state;
	for (unsigned int i = 0; i < COUNT(table); i++) {
		char nic[128];
		struct row row = {.config = PLAIN, .recorded = "", .nic = nic};
		struct plan_op op = {.kind = PLAN_ROUTE_DEL};
		const struct plan plan = {.ops = &op, .count = 1};
		struct stage stage;

		snprintf(nic, sizeof(nic), LINK "route eth0 10.0.0.0/8%s\n", table[i].attribute);
		set_stage(&row, CROWD_NONE, &stage);
		op.route = stage.actual.routes[0];
		assert_int_equal(plan_record_more(&stage.scene, &plan, &original),
				 table[i].changes);
		assert_int_equal(original.route_count, 1);
		clear_stage(&stage);
	}
	plan_original_free(&original);
}

/* What is replaced is recorded unless it is a router's; and then what is removed. */
static void record_replaced_routes(void **state)
{
	static const struct row row = {
		.config = PLAIN,
		.recorded = "",
		.nic = LINK "route eth0 10.0.0.0/8 proto 112\nroute eth0 11.0.0.0/8\n"
			    "route eth0 12.0.0.0/8\n",
	};
	struct plan_op ops[] = {{.kind = PLAN_ROUTE_REPLACE},
				{.kind = PLAN_ROUTE_REPLACE},
				{.kind = PLAN_ROUTE_DEL}};
	struct plan_original original = {.valid = true};
	struct stage stage;

	(void)state;
	set_stage(&row, CROWD_BEHIND, &stage);
	for (unsigned int i = 0; i < COUNT(ops); i++) {
		ops[i].route = stage.actual.routes[i];
	}
	ops[0].route.has_via = ops[1].route.has_via = true;
	assert_int_equal(plan_record_more(&stage.scene, &(struct plan){ops, 3}, &original), 2);
	assert_int_equal(original.route_count, 2);
	assert_int_equal(original.routes[0].addr.b[0], 11);
	assert_int_equal(original.routes[1].addr.b[0], 12);
	plan_original_free(&original);
	clear_stage(&stage);
}

/* The owner's address is not placed, but its MAC is. */
static void owner_with_a_mac(void **state)
{
	static const struct row row = {.config = OWNER "mac " SHARED_MAC "\n", .nic = STANDBY};
	struct stage stage;

	(void)state;
	set_stage(&row, CROWD_BEHIND, &stage);
	assert_int_equal(stage.original.placed_address_count, 0);
	assert_memory_equal(stage.original.placed_mac, stage.router->mac.mac, 6);
	clear_stage(&stage);
}

/* With an address go the routes whose source it is, and no others. */
static void record_dependents(void **state)
{
	static const struct row row = {
		.config = PLAIN,
		.recorded = "",
		.nic = LINK "addr eth0 192.168.1.93/24\naddr eth0 192.168.1.94/24 secondary\n"
			    "route eth0 9.0.0.0/8 via 192.168.1.7 src 192.168.1.93 proto 112\n"
			    "route eth0 10.0.0.0/8 via 192.168.1.7 src 192.168.1.93\n"
			    "route eth0 11.0.0.0/8 via 192.168.1.7 src 192.168.1.94\n"
			    "route eth0 12.0.0.0/8 via 192.168.1.7\n",
	};
	struct plan_op op = {.kind = PLAN_ADDRESS_DEL};
	const struct plan plan = {.ops = &op, .count = 1};
	struct plan_original original = {.valid = true};
	struct stage stage;

	(void)state;
	set_stage(&row, CROWD_NONE, &stage);
	op.address = stage.actual.addresses[0];
	op.ifindex = op.address.ifindex;
	assert_int_equal(plan_record_more(&stage.scene, &plan, &original), 1);
	assert_int_equal(original.route_count, 1);
	assert_int_equal(original.routes[0].addr.b[0], 10);
	plan_original_free(&original);
	clear_stage(&stage);
}

/* A reload makes the router the owner of an address: is that the host's own? */
static void owner_by_a_reload(void **state)
{
	static const struct {
		const char *recorded_by, *recorded, *nic;
		int added;
		unsigned int addresses, placed;
	} table[] = {
		/* The host's from the beginning: the record of another address lacks it. */
		{PLAIN, STANDBY, STANDBY, 1, 1, 1},
		/* A run with a lower priority has placed it. */
		{"public eth0\naddress 192.168.1.93/32\n", LINK, LINK "addr eth0 192.168.1.93/32\n",
		 1, 0, 2},
		/* It is not there, and will be placed. */
		{PLAIN, LINK, LINK, 1, 0, 2},
		/* The owner that it was before. */
		{OWNER, STANDBY, STANDBY, 0, 1, 0},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(table); i++) {
		const struct row row = {.config = OWNER,
					.recorded_by = table[i].recorded_by,
					.recorded = table[i].recorded,
					.nic = table[i].nic};
		struct stage stage;

		set_stage(&row, CROWD_NONE, &stage);
		for (int again = 0; again < 2; again++)
			assert_int_equal(plan_record_placed(&stage.scene, &stage.original),
					 again ? 0 : table[i].added);
		assert_int_equal(stage.original.address_count, table[i].addresses);
		assert_int_equal(stage.original.placed_address_count, table[i].placed);
		clear_stage(&stage);
	}
}

static void router_of_a_record(void **state)
{
	static const char nic[] = STANDBY "link eth1 00:00:00:00:00:01\n";
	struct config_router *router = model_router(
		USER "address 10.0.0.93/24 dev eth1\nroute 10.9.0.0/16 via 10.0.0.1 dev eth1\n");
	struct config_router found;
	struct plan_original original;
	struct plan_actual actual;
	char name[sizeof(found.name) + 1];
	struct plan_scene scene = {.router = router, .actual = &actual};

	(void)state;
	model_parse(nic, &actual);
	assert_int_equal(plan_record(&scene, &original), 0);
	assert_int_equal(plan_router(&original, "web", "eth0", &actual, &found), 0);
	assert_string_equal(found.name, "web");
	assert_string_equal(found.public, "eth0");
	assert_int_equal(found.mac.kind, CONFIG_MAC_FIXED);
	assert_memory_equal(found.mac.mac, router->mac.mac, 6);
	assert_int_equal(found.address_count, 2);
	assert_string_equal(found.addresses[0].dev, "");
	assert_string_equal(found.addresses[1].dev, "eth1");
	assert_int_equal(found.standby_address_count, 1);
	assert_int_equal(found.route_count, 2);
	plan_router_free(&found);
	assert_null(found.addresses);
	/* Its public interface is gone, and the other one is not. */
	assert_int_equal(plan_router(&original, "web", "eth2", &actual, &found), 0);
	assert_string_equal(found.public, "eth2");
	assert_string_equal(found.addresses[0].dev, "eth0");
	plan_router_free(&found);
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(plan_router(&original, name, "eth0", &actual, &found), -ENAMETOOLONG);
	name[sizeof(name) - 2] = '\0';
	assert_int_equal(plan_router(&original, name, "eth0", &actual, &found), 0);
	plan_router_free(&found);
	assert_int_equal(plan_router(&original, "web", "a234567890123456", &actual, &found),
			 -ENAMETOOLONG);
	assert_int_equal(plan_router(&original, "web", "a23456789012345", &actual, &found), 0);
	assert_string_equal(found.public, "a23456789012345");
	plan_router_free(&found);
	plan_actual_free(&actual);

	model_parse(STANDBY, &actual);
	assert_int_equal(plan_router(&original, "web", "eth0", &actual, &found), 0);
	assert_int_equal(found.address_count, 1);
	assert_int_equal(found.route_count, 1);
	plan_router_free(&found);
	plan_actual_free(&actual);
	plan_original_free(&original);
	model_router_free(router);
}

int main(void)
{
	table_rows(NULL, record_rows, name, run_record_row);
	table_test(leftovers_are_not_recorded);
	table_test(changed_configuration);
	table_test(changed_mac);
	table_test(merge_hands_over);
	table_test(no_record);
	table_test(record_forgets);
	table_test(record_renews);
	table_test(record_renews_attributes);
	table_test(record_places);
	table_test(record_owned_routes);
	table_test(record_renews_routes);
	table_test(record_replaced_routes);
	table_test(owner_with_a_mac);
	table_test(record_dependents);
	table_test(owner_by_a_reload);
	table_test(router_of_a_record);
	return table_run("plan_record");
}

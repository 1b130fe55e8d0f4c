/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * group.c: what routers are like together, and the gate. How routers follow that is played by
 * tests/groups.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/vrrp/group.h"

#define NOW    (1000 * NS_PER_S)
#define COUNT  2
#define SECOND ((uint64_t)NS_PER_S)

struct side {
	struct config_router config;
	struct vrrp_instance instance;
	struct vrrp_lease lease;
	struct vrrp_path path;
	struct router router;
};

static struct side sides[COUNT];
static struct vrrp_lease gate;
static const struct router *members[COUNT] = {&sides[0].router, &sides[1].router};
static struct group group;

/* Two MASTERs whose leases end in 2 s and 3 s. */
static void begin(void)
{
	memset(sides, 0, sizeof(sides));
	gate.until_ns = 0;
	for (int i = 0; i < COUNT; i++) {
		struct side *side = &sides[i];
		const struct router_words words = {.instance = &side->instance,
						   .lease = &side->lease,
						   .gate = &gate,
						   .paths = {&side->path}};

		side->config = (struct config_router){.version = 3,
						      .priority = 100,
						      .interval_cs = 100,
						      .group = "g",
						      .heartbeat_count = 1};
		router_init(&side->router, &side->config, &words, false, 0, 0);
		side->instance.role = VRRP_ROLE_MASTER;
		side->router.life = ROUTER_RUNS;
		side->router.fsm.state = VRRP_STATE_MASTER;
		side->router.waited.ready = true;
		side->router.lease.state = LEASE_OPEN;
		side->router.lease.written_ns = NOW + (2 + (uint64_t)i) * SECOND;
		side->lease.until_ns = side->router.lease.written_ns;
	}
	group_init(&group, members, COUNT, &gate);
}

static void settle(int64_t at)
{
	group_settle(&group, (struct monotime){at});
}

/* The judge yields: role, lease and gate. */
static void yield(int i)
{
	sides[i].instance.role = VRRP_ROLE_BACKUP;
	sides[i].lease.until_ns = 0;
	gate.until_ns = 0;
}

static void test_gate_runs_until_the_first_end(void **state)
{
	(void)state;
	begin();
	settle(NOW);
	assert_int_equal(gate.until_ns, NOW + 2 * SECOND);
	sides[0].router.lease.written_ns += 4 * SECOND;
	settle(NOW + NS_PER_S);
	assert_int_equal(gate.until_ns, NOW + 3 * SECOND);
}

static void test_gate_needs_all(void **state)
{
	static const enum lease_state shut[] = {LEASE_CLAIMED, LEASE_RESUMED, LEASE_LISTENS,
						LEASE_WAITS};

	(void)state;
	for (size_t i = 0; i < sizeof(shut) / sizeof(shut[0]); i++) {
		begin();
		settle(NOW);
		sides[1].router.lease.state = shut[i];
		settle(NOW);
		assert_int_equal(gate.until_ns, 0);
		sides[1].router.lease.state = LEASE_OPEN;
		settle(NOW);
		assert_int_equal(gate.until_ns, NOW + 2 * SECOND);
	}
	begin();
	sides[0].router.fsm.state = VRRP_STATE_BACKUP;
	settle(NOW);
	assert_int_equal(gate.until_ns, 0);
}

static void test_judge_shuts_the_gate(void **state)
{
	(void)state;
	begin();
	settle(NOW);
	yield(0);
	settle(NOW); /* its record was not read yet */
	assert_int_equal(gate.until_ns, 0);
	/* It claims its role back (its priority has risen), and has sent an advert since. */
	sides[0].instance.role = VRRP_ROLE_MASTER;
	sides[0].lease.until_ns = sides[0].router.lease.written_ns;
	settle(NOW);
	assert_int_equal(gate.until_ns, NOW + 2 * SECOND);
}

static void test_stopped_router(void **state)
{
	(void)state;
	begin();
	settle(NOW);
	sides[0].router.life = ROUTER_STOPPED;
	sides[0].router.fsm.state = VRRP_STATE_INIT;
	settle(NOW); /* it was taken out of the group */
	assert_int_equal(gate.until_ns, NOW + 3 * SECOND);
	assert_true(group_look(&group, (struct monotime){NOW}).masters);
	assert_true(
		group_look(&group, (struct monotime){NOW}).leaves); /* the other one is to follow */
	sides[1].router.handover.runs = true;                       /* it was replaced */
	settle(NOW);
	assert_int_equal(gate.until_ns, 0);
	assert_false(group_look(&group, (struct monotime){NOW}).masters);
}

static void test_adoption(void **state)
{
	static const struct {
		uint64_t until_ns[COUNT], gate;
	} rows[] = {{{NOW + 3, NOW + 2}, NOW + 2},
		    {{NOW + 2, NOW + 3}, NOW + 2},
		    {{0, NOW + 2}, 0},
		    {{NOW + 2, 0}, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		gate.until_ns = 7;
		group_adopt(&gate, rows[i].until_ns, COUNT);
		assert_int_equal(gate.until_ns, rows[i].gate);
	}
	group_adopt(&gate, rows[0].until_ns, 1);
	assert_int_equal(gate.until_ns, NOW + 3);
	group_adopt(&gate, NULL, 0);
	assert_int_equal(gate.until_ns, 0);
}

static void back_up(int i, uint64_t deadline_ns)
{
	sides[i].router.fsm.state = VRRP_STATE_BACKUP;
	sides[i].instance.role = VRRP_ROLE_BACKUP;
	sides[i].instance.deadline_ns = deadline_ns;
}

/* All claim at the latest deadline, unless one of them is held back or unfit. */
static void test_look(void **state)
{
	struct router_group all;

	(void)state;
	begin();
	back_up(0, NOW);
	back_up(1, NOW + SECOND);
	sides[0].router.weights = (struct router_weights){.sum = -20, .allows = true};
	sides[1].router.weights = (struct router_weights){.sum = 5, .allows = true};
	all = group_look(&group, (struct monotime){NOW});
	assert_int_equal(all.claims_at.ns, NOW + SECOND);
	assert_false(all.ready || all.masters || all.failed || all.granted);
	assert_int_equal(all.sum, -15);
	sides[0].router.handover.until = (struct monotime){NOW + 5};
	assert_int_equal(group_look(&group, (struct monotime){NOW}).leaves_by.ns, 0);
	sides[0].router.handover.runs = true;
	assert_int_equal(group_look(&group, (struct monotime){NOW}).leaves_by.ns, NOW + 5);
	sides[0].router.handover.runs = false;
	assert_true(group_look(&group, (struct monotime){NOW + NS_PER_S}).ready);
	sides[1].router.weights.pending = true;
	assert_false(group_look(&group, (struct monotime){NOW + NS_PER_S}).ready);
	sides[1].router.fsm.state = VRRP_STATE_FAULT;
	sides[1].router.fault = ROUTER_TRACKED;
	all = group_look(&group, (struct monotime){NOW});
	assert_true(all.failed && monotime_is_never(all.claims_at));
	sides[1].router.fault = ROUTER_FELLOW; /* and that is over: nobody waits for himself */
	assert_false(group_look(&group, (struct monotime){NOW}).failed);
}

static void test_claims(void **state)
{
	(void)state;
	begin();
	back_up(0, NOW);
	back_up(1, NOW);
	sides[0].router.claims = true;
	assert_true(group_claims(&group));
	assert_false(group_look(&group, (struct monotime){NOW}).granted);
	sides[1].router.claims = true;
	assert_true(group_look(&group, (struct monotime){NOW}).granted);
	sides[0].instance.deadline_ns = NOW + 1; /* an advert came in between */
	assert_false(group_look(&group, (struct monotime){NOW}).granted);
}

static void pends(void)
{
	sides[1].router.weights.pending = true;
}

static void waits_for_a_hook(void)
{
	static char program[] = "/bin/true", *command[] = {program, NULL};

	sides[1].config.before[CONFIG_BEFORE_MASTER].command = command;
}

static void is_unfit(void)
{
	sides[1].router.fsm.state = VRRP_STATE_FAULT;
}

/* A NIC is prepared before the deadline, when the group may not claim yet. */
static void test_prepares(void **state)
{
	static const struct {
		const char *desc;
		void (*change)(void);
		bool prepares;
	} rows[] = {
		{"nothing holds one back", NULL, true},
		{"a script of the other one has no result yet", pends, false},
		{"before-master of the other one is waited for", waits_for_a_hook, false},
		{"the other one is unfit", is_unfit, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct monotime now = {NOW};
		struct router *router = &sides[0].router;
		struct router_effects fx;
		struct router_group all;
		bool prepares = false;

		begin();
		for (int s = 0; s < COUNT; s++) {
			back_up(s, NOW + SECOND / 20);
			sides[s].router.fsm.master_cs = 100;
			sides[s].router.weights.allows = true;
		}
		router->ports.fenced = true;
		router->prepare_ns = NS_PER_S / 10;
		if (rows[i].change)
			rows[i].change();
		all = group_look(&group, now);
		assert_false(all.ready);
		router_group(router, &all, now, &fx);
		router_prepare(router, now, &fx);
		for (unsigned int e = 0; e < fx.count; e++)
			prepares |= fx.list[e].kind == ROUTER_PREPARE;
		if (prepares != rows[i].prepares || prepares != all.prepares)
			fail_msg("%s", rows[i].desc);
	}
}

/* The kernel holds the agent up. If a fellow was replaced, the group will leave: nobody may keep
 * the backups of the others down. */
static void test_stand_in(void **state)
{
	const struct monotime now = monotime_from_ns(NOW);
	struct router_effects fx;

	(void)state;
	begin();
	group_settle(&group, now);
	for (int i = 0; i < COUNT; i++) {
		sides[i].router.fsm.advert_at = now;
		sides[i].router.public.nic = ROUTER_NIC_MASTER;
	}
	assert_true(router_stand_in(&sides[0].router, now, &fx));
	assert_int_equal(fx.count, 1);
	assert_int_equal(fx.list[0].kind, ROUTER_SEND);
	sides[0].instance.role = VRRP_ROLE_BACKUP; /* as the judge writes it */
	gate.until_ns = 0;
	assert_false(router_stand_in(&sides[1].router, now, &fx));
	assert_true(monotime_is_never(router_stand_in_at(&sides[1].router, now)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gate_runs_until_the_first_end),
		cmocka_unit_test(test_gate_needs_all),
		cmocka_unit_test(test_judge_shuts_the_gate),
		cmocka_unit_test(test_stopped_router),
		cmocka_unit_test(test_adoption),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_prepares),
		cmocka_unit_test(test_stand_in),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}

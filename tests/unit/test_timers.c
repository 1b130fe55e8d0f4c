// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrrp_timers.h: skew and master-down at their edges, the Backup row's deadline, the tie-break.
 * The expected nanoseconds are computed by hand from the RFCs. Links nothing.
 */
#include <stdint.h>

#include "frames.h"
#include "table.h"
#include "vrrp_timers.h"

struct timer_row {
	const char *desc;
	uint8_t version, priority;
	uint16_t interval_cs;
	uint64_t skew_ns, down_ns;
};

static const struct timer_row timer_rows[] = {
	{"v2, priority 0, 1 s: a whole second of skew", 2, 0, 100, 1000000000, 4000000000},
	{"v2, priority 1, 1 s", 2, 1, 100, 996093750, 3996093750},
	{"v2, priority 100, 1 s", 2, 100, 100, 609375000, 3609375000},
	{"v2, priority 254, 1 s", 2, 254, 100, 7812500, 3007812500},
	{"v2, priority 255, 1 s", 2, 255, 100, 3906250, 3003906250},
	{"v2, priority 100, 255 s: the skew does not grow", 2, 100, 25500, 609375000, 765609375000},
	{"v3, priority 0, 1 s", 3, 0, 100, 1000000000, 4000000000},
	{"v3, priority 1, 1 s", 3, 1, 100, 996093750, 3996093750},
	{"v3, priority 100, 1 s", 3, 100, 100, 609375000, 3609375000},
	{"v3, priority 254, 1 s", 3, 254, 100, 7812500, 3007812500},
	{"v3, priority 255, 1 s", 3, 255, 100, 3906250, 3003906250},
	{"v3, priority 0, 10 ms", 3, 0, 1, 10000000, 40000000},
	{"v3, priority 1, 10 ms", 3, 1, 1, 9960937, 39960937},
	{"v3, priority 100, 10 ms", 3, 100, 1, 6093750, 36093750},
	{"v3, priority 254, 10 ms", 3, 254, 1, 78125, 30078125},
	{"v3, priority 255, 10 ms", 3, 255, 1, 39062, 30039062},
	{"v3, priority 0, 40.95 s", 3, 0, 4095, 40950000000, 163800000000},
	{"v3, priority 1, 40.95 s", 3, 1, 4095, 40790039062, 163640039062},
	{"v3, priority 100, 40.95 s", 3, 100, 4095, 24953906250, 147803906250},
	{"v3, priority 254, 40.95 s", 3, 254, 4095, 319921875, 123169921875},
	{"v3, priority 255, 40.95 s", 3, 255, 4095, 159960937, 123009960937},
};

static void test_timer(void **state)
{
	const struct timer_row *row = *state;

	assert_int_equal(vrrp_skew_ns(row->version, row->priority, row->interval_cs), row->skew_ns);
	assert_int_equal(vrrp_master_down_ns(row->version, row->priority, row->interval_cs),
			 row->down_ns);
	/* The lease of a master ends after three intervals: before any backup may start. */
	assert_true(row->down_ns > 3ULL * row->interval_cs * 10000000);
}

#define AT 5000000000ULL

struct deadline_row {
	const char *desc;
	uint8_t version, own;
	int preempt;
	uint16_t learned_cs;
	uint8_t priority;
	uint16_t interval_cs;
	uint64_t expect_ns;
};

static const struct deadline_row deadline_rows[] = {
	{"preempt, higher priority: reset", 3, 100, 1, 100, 200, 100, AT + 3609375000},
	{"preempt, equal priority: reset", 3, 100, 1, 100, 100, 100, AT + 3609375000},
	{"preempt, lower priority: untouched", 3, 100, 1, 100, 99, 100, 0},
	{"no preempt, lower priority: reset", 3, 100, 0, 100, 99, 100, AT + 3609375000},
	{"no preempt, priority 1: reset", 3, 254, 0, 100, 1, 100, AT + 3007812500},
	{"the interval of the advert counts, not the learned one", 3, 100, 1, 100, 200, 1,
	 AT + 36093750},
	{"v2, reset with a skew of the second", 2, 100, 1, 100, 200, 500, AT + 15609375000},
	{"priority 0: skew of the learned interval", 3, 100, 1, 10, 0, 100, AT + 60937500},
	{"priority 0 without preempt: skew, too", 3, 100, 0, 10, 0, 100, AT + 60937500},
	{"v2, priority 0: skew of the second", 2, 100, 1, 500, 0, 500, AT + 609375000},
};

static void test_deadline(void **state)
{
	const struct deadline_row *row = *state;

	assert_int_equal(vrrp_backup_deadline(row->version, row->own, row->preempt, row->learned_cs,
					      row->priority, row->interval_cs, AT),
			 row->expect_ns);
}

struct superior_row {
	const char *desc;
	uint8_t own_priority, priority;
	int family;
	const char *own, *source;
	enum vrrp_cause expect;
};

static const struct superior_row superior_rows[] = {
	{"higher priority", 100, 101, 4, "10.0.0.9", "10.0.0.1", VRRP_CAUSE_HIGHER_PRIORITY},
	{"lower priority, higher address", 100, 99, 4, "10.0.0.1", "10.0.0.9", VRRP_CAUSE_NONE},
	{"equal, higher address", 100, 100, 4, "10.0.0.1", "10.0.0.2", VRRP_CAUSE_HIGHER_ADDRESS},
	{"equal, lower address", 100, 100, 4, "10.0.0.2", "10.0.0.1", VRRP_CAUSE_NONE},
	{"equal, our own address", 100, 100, 4, "10.0.0.1", "10.0.0.1", VRRP_CAUSE_NONE},
	{"addresses are unsigned", 100, 100, 4, "10.0.0.1", "200.0.0.1", VRRP_CAUSE_HIGHER_ADDRESS},
	{"addresses are in network order", 100, 100, 4, "10.0.0.2", "10.0.1.1",
	 VRRP_CAUSE_HIGHER_ADDRESS},
	{"IPv6: the last byte tells", 100, 100, 6, "fe80::1", "fe80::2", VRRP_CAUSE_HIGHER_ADDRESS},
	{"IPv6: the first byte tells", 100, 100, 6, "fe80::1", "2001:db8::ffff", VRRP_CAUSE_NONE},
	{"priority 0 never wins", 0, 0, 4, "10.0.0.1", "10.0.0.2", VRRP_CAUSE_NONE},
	{"two owners: the address decides", 255, 255, 4, "10.0.0.1", "10.0.0.2",
	 VRRP_CAUSE_HIGHER_ADDRESS},
};

static void test_superior(void **state)
{
	const struct superior_row *row = *state;
	struct vrrp_addr own = frame_addr(row->family, row->own);
	struct vrrp_addr source = frame_addr(row->family, row->source);

	assert_int_equal(vrrp_superior(row->own_priority, &own, row->priority, &source),
			 row->expect);
}

static void test_signed_order(void **state)
{
	(void)state;
	assert_true(vrrp_before(1, 2));
	assert_false(vrrp_before(2, 1));
	assert_false(vrrp_before(2, 2));
	assert_true(vrrp_before(UINT64_MAX, 1)); /* wrapped */
}

static uint64_t mix4(uint32_t address)
{
	return vrrp_address_mix(address, 0, 0, 0);
}

static void test_digest(void **state)
{
	(void)state;
	assert_int_not_equal(mix4(0xc000020a), mix4(0xc000020b));
	/* Sums of addresses that are alike: .1 and .4, .2 and .3. */
	assert_int_not_equal(mix4(0xc0000201) + mix4(0xc0000204),
			     mix4(0xc0000202) + mix4(0xc0000203));
	assert_int_not_equal(vrrp_address_mix(1, 2, 3, 4), vrrp_address_mix(3, 4, 1, 2));
	assert_int_not_equal(vrrp_address_mix(1, 2, 3, 4), vrrp_address_mix(2, 1, 3, 4));
}

int main(void)
{
	table_rows(NULL, timer_rows, desc, test_timer);
	table_rows(NULL, deadline_rows, desc, test_deadline);
	table_rows(NULL, superior_rows, desc, test_superior);
	table_add(NULL, "times are compared as signed differences", test_signed_order, NULL);
	table_add(NULL, "the digest tells lists apart", test_digest, NULL);
	return table_run("timers");
}

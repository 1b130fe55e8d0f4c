/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When addresses are announced: bursts, refreshes, and rivals. Links core/vrrp/announce alone.
 * Times are milliseconds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/vrrp/announce.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NEVER        INT64_MAX

static struct monotime ms(int64_t at)
{
	return (struct monotime){at * NS_PER_MS};
}

static int64_t to_ms(struct monotime at)
{
	return monotime_is_never(at) ? NEVER : at.ns / NS_PER_MS;
}

/* A burst begins at 1000, and every round is sent when it is due. */
static void test_burst(void **state)
{
	static const struct {
		const char *what;
		uint32_t count, interval, refresh;
		bool first;      /* a round at once */
		int64_t next[4]; /* after it, and after each of the next three rounds */
	} table[] = {
		{"one round", 1, 500, 0, true, {NEVER}},
		{"three rounds", 3, 500, 0, true, {1500, 2000, NEVER}},
		{"one round, and refreshes", 1, 500, 7000, true, {8000, 15000, 22000, 29000}},
		{"two rounds, and refreshes", 2, 500, 7000, true, {1500, 8500, 15500, 22500}},
		{"refreshes alone", 0, 500, 7000, false, {8000, 15000, 22000, 29000}},
		{"nothing", 0, 500, 0, false, {NEVER}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct config_router config = {.garp_count = table[i].count,
						     .garp_interval_ms = table[i].interval,
						     .garp_refresh_ms = table[i].refresh};
		struct announce announce;

		announce_stop(&announce);
		if (!monotime_is_never(announce.next) || announce.left)
			fail_msg("%s: something is due at first", table[i].what);
		if (announce_start(&announce, &config, ms(1000)) != table[i].first)
			fail_msg("%s: the first round", table[i].what);
		for (size_t round = 0; round < COUNT(table[i].next); round++) {
			if (to_ms(announce.next) != table[i].next[round])
				fail_msg("%s: after round %zu: %lld", table[i].what, round,
					 (long long)to_ms(announce.next));
			if (monotime_is_never(announce.next))
				break;
			announce_tick(&announce, &config, announce.next);
		}
		announce_stop(&announce);
		if (!monotime_is_never(announce.next) || announce.left)
			fail_msg("%s: something is due after the stop", table[i].what);
	}
}

/* A burst of three rounds at 1000, another one at 1600. */
static void test_begins_anew(void **state)
{
	const struct config_router config = {.garp_count = 3, .garp_interval_ms = 500};
	struct announce announce;

	(void)state;
	announce_stop(&announce);
	assert_true(announce_start(&announce, &config, ms(1000)));
	announce_tick(&announce, &config, ms(1500));
	assert_int_equal(announce.left, 1);
	assert_true(announce_start(&announce, &config, ms(1600)));
	assert_int_equal(announce.left, 2);
	assert_int_equal(to_ms(announce.next), 2100);
}

/* A late round: the next one is counted from when it was sent. */
static void test_late(void **state)
{
	const struct config_router config = {.garp_count = 3, .garp_interval_ms = 500};
	struct announce announce;

	(void)state;
	announce_start(&announce, &config, ms(1000));
	announce_tick(&announce, &config, ms(1800));
	assert_int_equal(to_ms(announce.next), 2300);
}

/* Looks, one after the other, of a mastership that began at 10000. */
static void test_rivals(void **state)
{
	static const struct {
		const char *what;
		int64_t frames, at;
		int64_t more;
		bool say;
	} table[] = {
		{"a straggler in the first second", 2, 10999, 0, false},
		{"it is not new any more", 2, 11000, 0, false},
		{"three more", 5, 12000, 3, true},
		{"another one, within a minute", 6, 13000, 1, false},
		{"none", 6, 14000, 0, false},
		{"to the end of the minute", 7, 72000, 1, false},
		{"beyond the minute", 9, 72001, 2, true},
		{"counted anew by a new fence", 1, 140000, 0, false},
		{"and one more of that", 2, 141000, 1, true},
	};
	struct rivals rivals = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		bool say = !table[i].say;
		int64_t more =
			rivals_count(&rivals, table[i].frames, ms(10000), ms(table[i].at), &say);

		if (more != table[i].more)
			fail_msg("%s: %lld", table[i].what, (long long)more);
		if (say != table[i].say)
			fail_msg("%s: said %d", table[i].what, say);
		if (to_ms(rivals.look_at) != table[i].at + 1000)
			fail_msg("%s: the next look", table[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_begins_anew),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_rivals),
	};

	return cmocka_run_group_tests_name("announce", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When addresses are announced: bursts, what follows them, refreshes, and rivals. Links
 * core/vrrp/announce alone. Times are milliseconds.
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
		uint32_t delay;
	} table[] = {
		{"one round", 1, 500, 0, true, {NEVER}, 0},
		{"three rounds", 3, 500, 0, true, {1500, 2000, NEVER}, 0},
		{"one round, and refreshes", 1, 500, 7000, true, {8000, 15000, 22000, 29000}, 0},
		{"two rounds, and refreshes", 2, 500, 7000, true, {1500, 8500, 15500, 22500}, 0},
		{"refreshes alone", 0, 500, 7000, false, {8000, 15000, 22000, 29000}, 0},
		{"nothing", 0, 500, 0, false, {NEVER}, 0},
		{"a second burst", 2, 500, 0, true, {1500, 6000, 6500, NEVER}, 5000},
		{"a second burst before the first one has ended",
		 3,
		 500,
		 0,
		 true,
		 {1500, 1700, 2200, 2700},
		 700},
		{"a second burst, and refreshes",
		 1,
		 500,
		 3000,
		 true,
		 {4000, 6000, 9000, 12000},
		 5000},
		{"no second burst without a first one", 0, 500, 0, false, {NEVER}, 5000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct config_router config = {.garp_count = table[i].count,
						     .garp_interval_ms = table[i].interval,
						     .garp_refresh_ms = table[i].refresh,
						     .garp_delay_ms = table[i].delay};
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

/* All rounds that are due from the begin of a burst until its end, each sent when it is due. For
 * any last frame of an old master: how long until the next round? */
static void test_tail(void **state)
{
	static const struct {
		const char *what;
		uint32_t count, interval, refresh, tail;
		int64_t until,
			most; /* up to then no pause is longer than this; until is 0: the end */
		unsigned int least_rounds, most_rounds; /* in all, before a refresh */
		int64_t end, then; /* the last round is not before this; the pause behind it */
	} table[] = {
		{"the default: 0.2 s for queues of up to 3 s", 5, 200, 0, 10000, 3000, 200, 30, 40,
		 10000, NEVER},
		{"the default: never more than a sixteenth of the time", 5, 200, 0, 10000, 0, 625,
		 30, 40, 10000, NEVER},
		{"one round is not the end", 1, 60000, 0, 10000, 3000, 200, 30, 40, 10000, NEVER},
		{"a burst of its own pace", 20, 50, 0, 10000, 3000, 200, 45, 55, 10000, NEVER},
		{"a burst that lasts longer", 3, 30000, 0, 10000, 0, 30000, 3, 3, 60000, NEVER},
		{"refreshes follow", 5, 200, 7000, 10000, 3000, 200, 30, 40, 10000, 7000},
		{"none, where none is wanted", 5, 200, 0, 0, 0, 200, 5, 5, 800, NEVER},
		{"none without a burst", 0, 200, 0, 10000, 0, 0, 1, 1, 0, NEVER},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct config_router config = {.garp_count = table[i].count,
						     .garp_interval_ms = table[i].interval,
						     .garp_refresh_ms = table[i].refresh,
						     .garp_tail_ms = table[i].tail};
		struct monotime at = ms(1000);
		struct announce announce;
		unsigned int rounds = 1;
		int64_t pause;

		announce_start(&announce, &config, at);
		for (;; rounds++) {
			pause = monotime_is_never(announce.next)
					? NEVER
					: monotime_diff(announce.next, at) / NS_PER_MS;
			if (pause == table[i].then || rounds > 200)
				break;
			if ((!table[i].until || to_ms(at) - 1000 <= table[i].until) &&
			    pause > table[i].most)
				fail_msg("%s: a pause of %lld at %lld", table[i].what,
					 (long long)pause, (long long)to_ms(at));
			at = announce.next;
			announce_tick(&announce, &config, at);
		}
		if (pause != table[i].then)
			fail_msg("%s: afterwards a pause of %lld", table[i].what, (long long)pause);
		if (to_ms(at) - 1000 < table[i].end)
			fail_msg("%s: the last one at %lld", table[i].what, (long long)to_ms(at));
		if (rounds < table[i].least_rounds || rounds > table[i].most_rounds)
			fail_msg("%s: %u rounds", table[i].what, rounds);
	}
}

/* An agent that goes on for another one, 3 s and 20 s after the promotion at 1000. */
static void test_adopted(void **state)
{
	static const struct {
		const char *what;
		uint32_t refresh, tail;
		int64_t at, next;
		uint32_t delay;
	} table[] = {
		{"what follows the burst", 0, 10000, 4000, 4200, 0},
		{"at its pause", 0, 10000, 9000, 9500, 0},
		{"nothing is left", 0, 10000, 21000, NEVER, 0},
		{"the next refresh", 7000, 10000, 21000, 28000, 0},
		{"the next refresh, where nothing follows the burst", 7000, 0, 4000, 11000, 0},
		{"the second burst", 0, 0, 4000, 6000, 5000},
		{"not the second burst, if it has been", 0, 0, 6000, NEVER, 5000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct config_router config = {.garp_count = 5,
						     .garp_interval_ms = 200,
						     .garp_refresh_ms = table[i].refresh,
						     .garp_tail_ms = table[i].tail,
						     .garp_delay_ms = table[i].delay};
		struct announce announce;

		announce_adopt(&announce, &config, ms(1000), ms(table[i].at));
		if (announce.left || to_ms(announce.next) != table[i].next)
			fail_msg("%s: %lld", table[i].what, (long long)to_ms(announce.next));
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
		int64_t more, look_at;
		bool say;
	} table[] = {
		{"stragglers in the first second are no news", 2, 10100, 2, 10200, false},
		{"they are not new any more", 2, 10999, 0, 11100, false},
		{"three more, of a queue", 5, 12000, 3, 12100, true},
		{"another one, within a minute", 6, 13000, 1, 13100, false},
		{"nobody can tell", -2, 13100, 0, 13200, false},
		{"none since then", 6, 14000, 0, 14100, false},
		{"ten seconds later there is no hurry", 6, 20000, 0, 21000, false},
		{"to the end of the minute", 7, 72000, 1, 73000, false},
		{"beyond the minute", 9, 72001, 2, 73001, true},
		{"counted anew by a new fence", 1, 140000, 0, 141000, false},
		{"and one more of that", 2, 141000, 1, 142000, true},
		{"a new fence has counted none", 0, 142000, 0, 143000, false},
		{"and then two", 2, 143000, 2, 144000, false},
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
		if (to_ms(rivals.look_at) != table[i].look_at)
			fail_msg("%s: the next look", table[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst),   cmocka_unit_test(test_tail),
		cmocka_unit_test(test_adopted), cmocka_unit_test(test_begins_anew),
		cmocka_unit_test(test_late),    cmocka_unit_test(test_rivals),
	};

	return cmocka_run_group_tests_name("announce", tests, NULL, NULL);
}

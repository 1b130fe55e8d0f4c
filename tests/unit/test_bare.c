/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A master that can carry none of its addresses: the pauses between its tries, and what a trial
 * shows. Links core/vrrp/bare alone. Times are seconds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/vrrp/bare.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct monotime seconds(int64_t at)
{
	return (struct monotime){at * NS_PER_S};
}

/* One after the other, each so long after the try that was due: the pause. */
static void test_pauses(void **state)
{
	static const struct {
		const char *what;
		int64_t later, pause;
	} table[] = {
		{"the first pause", 0, 1},
		{"twice as long", 0, 2},
		{"and again", 0, 4},
		{"and again", 0, 8},
		{"also when it was tried later", 67, 16},
		{"a minute and a pause later it is another matter", 76, 1},
		{"a nanosecond less would not be", 0, 2},
		{"4", 0, 4},
		{"8", 0, 8},
		{"16", 0, 16},
		{"32", 0, 32},
		{"64", 0, 64},
		{"128", 0, 128},
		{"256", 0, 256},
		{"five minutes at most", 0, 300},
		{"and no more", 0, 300},
		{"six minutes after that it is another matter", 360, 1},
	};
	struct bare bare = {0};
	struct monotime now = seconds(1000);

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		now = monotime_add(now, table[i].later * NS_PER_S);
		bare_wait(&bare, now);
		if (!bare.given_up)
			fail_msg("%s: it does not give up", table[i].what);
		if (monotime_diff(bare.try_at, now) != table[i].pause * NS_PER_S)
			fail_msg("%s: %lld ns", table[i].what,
				 (long long)monotime_diff(bare.try_at, now));
		now = bare.try_at;
	}
}

/* The moment from which on a pause begins with a second again: two pauses and a minute. */
static void test_calm(void **state)
{
	static const struct {
		const char *what;
		int64_t later_ns, pause;
	} table[] = {
		{"a nanosecond before", 62 * NS_PER_S - 1, 2},
		{"then", 62 * NS_PER_S, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct bare bare = {0};

		bare_wait(&bare, seconds(1000));
		bare_wait(&bare, monotime_add(seconds(1000), table[i].later_ns));
		if (bare.pause_s != table[i].pause)
			fail_msg("%s", table[i].what);
	}
}

static void test_trials(void **state)
{
	static const struct {
		const char *what;
		enum bare_trial trial;
		bool doubt_before;
		bool over, given_up, doubt;
		int64_t try_at; /* seconds */
	} table[] = {
		{"it carries", BARE_CARRIES, false, true, false, false, 1001},
		{"it carries: no doubt is left", BARE_CARRIES, true, true, false, false, 1001},
		{"it is refused: later", BARE_REFUSED, false, false, true, false, 1004},
		{"it is refused: the doubt stays", BARE_REFUSED, true, false, true, true, 1004},
		{"nobody knows", BARE_UNKNOWN, false, true, false, true, 1001},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct bare bare = {.doubt = table[i].doubt_before};

		bare_wait(&bare, seconds(1000));
		if (bare_tried(&bare, table[i].trial, seconds(1002)) != table[i].over)
			fail_msg("%s: over or not", table[i].what);
		if (bare.given_up != table[i].given_up || bare.doubt != table[i].doubt)
			fail_msg("%s: given up %d, in doubt %d", table[i].what, bare.given_up,
				 bare.doubt);
		if (bare.try_at.ns != seconds(table[i].try_at).ns)
			fail_msg("%s: the next try", table[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_calm),
		cmocka_unit_test(test_trials),
	};

	return cmocka_run_group_tests_name("bare", tests, NULL, NULL);
}

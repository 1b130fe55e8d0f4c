/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes that do not last: how often they are made, and after which pauses. Links core/nic/repairs
 * alone. Times are milliseconds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/nic/repairs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { THIS = 7, OTHER = 8 };

static struct monotime ms(int64_t at)
{
	return (struct monotime){at * NS_PER_MS};
}

/* The same change again and again, each as soon as it may be made, and `later`. */
static void test_pauses(void **state)
{
	static const struct {
		const char *what;
		int64_t later;
		unsigned int times;
		int64_t pause;
	} table[] = {
		{"the first one", 0, 1, 0},
		{"the second one, at once", 0, 2, 0},
		{"the third one", 0, 3, 100},
		{"twice as long", 0, 4, 200},
		{"and again", 0, 5, 400},
		{"also when it was undone later", 10399, 6, 800},
		{"what has lasted for ten seconds and two pauses is another matter", 10800, 1, 0},
		{"also without a pause", 10000, 1, 0},
		{"a moment less is not", 9999, 2, 0},
		{"3", 0, 3, 100},
		{"4", 0, 4, 200},
		{"5", 0, 5, 400},
		{"6", 0, 6, 800},
		{"7", 0, 7, 1600},
		{"8", 0, 8, 3200},
		{"9", 0, 9, 6400},
		{"10", 0, 10, 12800},
		{"11", 0, 11, 25600},
		{"12", 0, 12, 51200},
		{"13", 0, 13, 102400},
		{"14", 0, 14, 204800},
		{"five minutes at most", 0, 15, 300000},
		{"and no more", 0, 16, 300000},
	};
	struct repairs repairs = {0};
	struct monotime now = ms(1000);

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		unsigned int times;
		int64_t pause;

		now = monotime_add(now, table[i].later * NS_PER_MS);
		times = repairs_made(&repairs, THIS, now);
		pause = repairs_pause_ns(&repairs, THIS);
		if (times != table[i].times || pause != table[i].pause * NS_PER_MS)
			fail_msg("%s: %u times, %lld ns", table[i].what, times, (long long)pause);
		if (pause) {
			now = monotime_add(now, pause);
			assert_int_equal(repairs_at(&repairs, THIS).ns, now.ns);
		} else {
			assert_int_equal(repairs_at(&repairs, THIS).ns, 0);
		}
	}
	repairs_free(&repairs);
}

static void test_others_are_not_delayed(void **state)
{
	struct repairs repairs = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		repairs_made(&repairs, THIS, ms(1000));
	assert_int_equal(repairs_pause_ns(&repairs, OTHER), 0);
	assert_int_equal(repairs_made(&repairs, OTHER, ms(1000)), 1);
	assert_int_equal(repairs_at(&repairs, OTHER).ns, 0);
	assert_int_equal(repairs_at(&repairs, THIS).ns, ms(1100).ns);
	repairs_forget(&repairs);
	assert_int_equal(repairs_at(&repairs, THIS).ns, 0);
	assert_int_equal(repairs_made(&repairs, THIS, ms(1000)), 1);
	repairs_free(&repairs);
}

/* What has lasted makes room. */
static void test_room(void **state)
{
	struct repairs repairs = {0};
	unsigned int room;

	(void)state;
	for (uint32_t id = 0; id < 100; id++)
		assert_int_equal(repairs_made(&repairs, id, ms(1000)), 1);
	for (uint32_t id = 0; id < 100; id++)
		assert_int_equal(repairs_made(&repairs, id, ms(1000)), 2);
	room = repairs.room;
	for (uint32_t id = 100; id < 200; id++)
		assert_int_equal(repairs_made(&repairs, id, ms(20000)), 1);
	assert_int_equal(repairs.room, room);
	assert_int_equal(repairs.count, 100);
	repairs_free(&repairs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_others_are_not_delayed),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests_name("repairs", tests, NULL, NULL);
}

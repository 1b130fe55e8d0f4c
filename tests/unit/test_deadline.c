/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of deadlines, and what the loop does where one of them is served by nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/deadline.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MS           1000000LL

struct owner {
	struct monotime at;
	struct monotime served; /* at() after serve() */
	unsigned int calls;
};

static struct monotime owner_at(const void *owner)
{
	return ((const struct owner *)owner)->at;
}

static void owner_serve(void *context, struct monotime now)
{
	struct owner *owner = context;

	(void)now;
	owner->calls++;
	owner->at = owner->served;
}

static struct monotime ms(int64_t at)
{
	return (struct monotime){at * MS};
}

static void test_phases(void **state)
{
	static const struct {
		const char *description;
		unsigned int phases;
		bool armed[PHASE_COUNT];
	} table[] = {
		{"all", IN_ALL, {true, true, true}},
		{"running, and a reload that waits", IN_RUNNING, {true, true, false}},
		{"stopping", IN_STOPPING, {false, false, true}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct deadline row = {"a row", table[i].phases, owner_at, owner_serve};

		for (int phase = 0; phase < PHASE_COUNT; phase++) {
			struct owner owner = {.at = ms(5), .served = MONOTIME_NEVER};
			struct soonest soonest = soonest_begin(ms(10));
			bool armed = table[i].armed[phase];

			soonest_offer(&soonest, &row, &owner, (enum phase)phase);
			if (soonest.at.ns != (armed ? ms(5) : MONOTIME_NEVER).ns)
				fail_msg("%s, phase %d: armed", table[i].description, phase);
			if (deadline_serve(&row, &owner, (enum phase)phase, ms(10)) != armed ||
			    owner.calls != armed)
				fail_msg("%s, phase %d: served", table[i].description, phase);
		}
	}
}

static void test_serve(void **state)
{
	static const struct deadline row = {"a row", IN_ALL, owner_at, owner_serve};
	static const struct {
		const char *description;
		struct monotime at, served;
		unsigned int calls;
		bool moved;
	} table[] = {
		{"not due yet", {11 * MS}, {99 * MS}, 0, false},
		{"due, and over", {10 * MS}, {INT64_MAX}, 1, true},
		{"due, and due again later", {3 * MS}, {20 * MS}, 1, true},
		{"due, and still due", {3 * MS}, {3 * MS}, 1, false},
		{"never", {INT64_MAX}, {99 * MS}, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct owner owner = {.at = table[i].at, .served = table[i].served};
		bool moved = deadline_serve(&row, &owner, PHASE_RUNNING, ms(10));

		if (moved != table[i].moved || owner.calls != table[i].calls)
			fail_msg("%s", table[i].description);
	}
}

/* One wake-up: row A and row B are due at these times, in ms; 0: never. */
struct wake {
	int64_t now, a, b;
	bool worked;
	int64_t armed;    /* ms */
	const char *tell; /* the row's name, NULL: none */
	uint64_t idle;    /* in sum */
};

static const struct deadline row_a = {"a", IN_ALL, owner_at, owner_serve};
static const struct deadline row_b = {"b", IN_ALL, owner_at, owner_serve};

static void play(const char *description, const struct wake *wakes, size_t count)
{
	struct progress progress = {0};

	for (size_t i = 0; i < count; i++) {
		const struct wake *wake = &wakes[i];
		struct owner a = {.at = wake->a ? ms(wake->a) : MONOTIME_NEVER};
		struct owner b = {.at = wake->b ? ms(wake->b) : MONOTIME_NEVER};
		struct soonest soonest = soonest_begin(ms(wake->now));
		const struct deadline *tell;
		struct monotime at;

		soonest_offer(&soonest, &row_a, &a, PHASE_RUNNING);
		soonest_offer(&soonest, &row_b, &b, PHASE_RUNNING);
		at = progress_next(&progress, &soonest, wake->worked, &tell);
		if (at.ns != (wake->armed ? ms(wake->armed) : MONOTIME_NEVER).ns)
			fail_msg("%s, wake-up %zu: armed for %lld", description, i,
				 (long long)at.ns);
		if ((tell ? tell->name : NULL) != wake->tell)
			fail_msg("%s, wake-up %zu: tells %s", description, i,
				 tell ? tell->name : "nothing");
		if (progress.idle != wake->idle)
			fail_msg("%s, wake-up %zu: %llu idle", description, i,
				 (unsigned long long)progress.idle);
	}
}

#define PLAY(description, ...)                                    \
	do {                                                      \
		static const struct wake wakes[] = {__VA_ARGS__}; \
		play(description, wakes, COUNT(wakes));           \
	} while (0)

static void test_progress(void **state)
{
	(void)state;
	PLAY("the soonest is armed", {1, 20, 30, false, 20, NULL, 0},
	     {1, 30, 20, false, 20, NULL, 0}, {1, 0, 20, false, 20, NULL, 0},
	     {1, 0, 0, false, 0, NULL, 0});
	PLAY("due again, but something was done", {10, 5, 0, true, 5, NULL, 0},
	     {11, 5, 0, true, 5, NULL, 0}, {12, 5, 0, true, 5, NULL, 0},
	     {13, 5, 0, true, 5, NULL, 0}, {14, 5, 0, true, 5, NULL, 0});
	PLAY("nothing serves a", {10, 5, 0, false, 5, NULL, 1}, {11, 5, 0, false, 5, NULL, 2},
	     {12, 5, 0, false, 5, NULL, 3}, {13, 5, 0, false, 23, "a", 4},
	     {23, 5, 0, false, 33, NULL, 5}, {33, 5, 0, false, 43, NULL, 6});
	PLAY("what is not due is still met in time", {10, 5, 16, false, 5, NULL, 1},
	     {11, 5, 16, false, 5, NULL, 2}, {12, 5, 16, false, 5, NULL, 3},
	     {13, 5, 16, false, 16, "a", 4}, {16, 5, 26, true, 5, NULL, 4},
	     {17, 5, 26, false, 5, NULL, 5});
	PLAY("two that nothing serves", {10, 5, 6, false, 5, NULL, 1},
	     {11, 5, 6, false, 5, NULL, 2}, {12, 5, 6, false, 5, NULL, 3},
	     {13, 5, 6, false, 23, "a", 4}, {23, 0, 6, false, 33, "b", 5},
	     {33, 5, 6, false, 43, NULL, 6});
	PLAY("served after all", {10, 5, 0, false, 5, NULL, 1}, {11, 5, 0, false, 5, NULL, 2},
	     {12, 5, 0, false, 5, NULL, 3}, {13, 5, 0, false, 23, "a", 4},
	     {23, 40, 0, true, 40, NULL, 4}, {40, 40, 0, false, 40, NULL, 5});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_serve),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that stands in for a loop that waits. Real time: what must happen is waited for, and
 * what must not is looked for over many times as long as it would take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "agent/loop.h"
#include "agent/stand_in.h"

#define PATIENCE_NS (5 * NS_PER_MS)
#define EVERY_NS    (10 * NS_PER_MS)
#define LIMIT_NS    (10 * NS_PER_S)

static struct {
	atomic_uint calls;
	atomic_bool loop_works, met; /* the loop does something; and the thread did, too */
	pthread_t thread;
	struct monotime first, next; /* next: what the call returns; 0: every EVERY_NS */
} seen;

static struct monotime act(void *context, struct monotime now, unsigned int *sent)
{
	(*sent)++;
	assert_ptr_equal(context, &seen);
	if (atomic_load(&seen.loop_works))
		atomic_store(&seen.met, true);
	if (!atomic_load(&seen.calls))
		seen.first = now;
	seen.thread = pthread_self();
	atomic_fetch_add(&seen.calls, 1);
	return seen.next.ns ? seen.next : monotime_add(now, EVERY_NS);
}

static void sleep_ns(int64_t ns)
{
	const struct timespec span = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};

	nanosleep(&span, NULL);
}

static unsigned int calls_after(unsigned int before)
{
	struct monotime end = monotime_add(loop_now(), LIMIT_NS);

	while (atomic_load(&seen.calls) <= before && monotime_before(loop_now(), end))
		sleep_ns(NS_PER_MS);
	return atomic_load(&seen.calls);
}

static int open_it(void **state)
{
	(void)state;
	seen.next = (struct monotime){0};
	atomic_store(&seen.calls, 0);
	atomic_store(&seen.loop_works, true);
	atomic_store(&seen.met, false);
	return stand_in_open(act, &seen, PATIENCE_NS);
}

static int close_it(void **state)
{
	(void)state;
	stand_in_close();
	return atomic_load(&seen.met);
}

static void begin(void)
{
	atomic_store(&seen.loop_works, false);
	stand_in_begin();
}

static void end(void)
{
	stand_in_end();
	atomic_store(&seen.loop_works, true);
}

static void test_long_wait(void **state)
{
	struct monotime begun = loop_now();

	(void)state;
	begin();
	assert_true(calls_after(0) >= 1);
	assert_true(calls_after(2) >= 3);
	end();
	assert_false(pthread_equal(seen.thread, pthread_self()));
	assert_true(monotime_diff(seen.first, begun) >= PATIENCE_NS);
}

/* Between two waits nothing is done, however long that takes. */
static void test_no_wait(void **state)
{
	unsigned int calls;

	(void)state;
	sleep_ns(10 * EVERY_NS);
	assert_int_equal(atomic_load(&seen.calls), 0);
	begin();
	calls_after(0);
	end();
	calls = atomic_load(&seen.calls);
	sleep_ns(10 * EVERY_NS);
	assert_int_equal(atomic_load(&seen.calls), calls);
	begin();
	assert_true(calls_after(calls) > calls);
	end();
}

/* The patience counts for each wait by itself. */
static void test_short_waits(void **state)
{
	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct monotime begun = loop_now();

		begin();
		end();
		/* The machine may hold this test up within one. */
		if (monotime_diff(loop_now(), begun) >= PATIENCE_NS)
			return;
	}
	assert_int_equal(atomic_load(&seen.calls), 0);
}

static void test_nested(void **state)
{
	unsigned int calls;

	(void)state;
	begin();
	stand_in_begin();
	stand_in_end();
	calls = calls_after(0);
	assert_true(calls_after(calls) > calls);
	end();
}

static void test_never(void **state)
{
	(void)state;
	seen.next = MONOTIME_NEVER;
	begin();
	assert_true(calls_after(0) >= 1);
	sleep_ns(10 * EVERY_NS);
	end();
	assert_int_equal(atomic_load(&seen.calls), 1);
}

/* Long work of the loop's own: now and then, and in the loop's thread. */
static void test_own_work(void **state)
{
	struct monotime end = monotime_add(loop_now(), LIMIT_NS), first;

	(void)state;
	atomic_store(&seen.loop_works, false); /* it lets itself be interrupted */
	stand_in_now();
	assert_int_equal(atomic_load(&seen.calls), 1);
	assert_true(pthread_equal(seen.thread, pthread_self()));
	first = seen.first;
	while (atomic_load(&seen.calls) == 1 && monotime_before(loop_now(), end))
		stand_in_now();
	assert_int_equal(atomic_load(&seen.calls), 2);
	assert_true(monotime_diff(loop_now(), first) >= PATIENCE_NS);
}

static void test_not_open(void **state)
{
	(void)state;
	stand_in_begin();
	stand_in_end();
	stand_in_now();
	stand_in_close();
	assert_int_equal(atomic_load(&seen.calls), 0);
}

/* Two in one process, one after the other. */
static void test_again(void **state)
{
	(void)state;
	stand_in_close();
	assert_int_equal(stand_in_open(act, &seen, PATIENCE_NS), 0);
	begin();
	assert_true(calls_after(0) >= 1);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_open),
		cmocka_unit_test_setup_teardown(test_long_wait, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_no_wait, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_short_waits, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_nested, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_never, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_again, open_it, close_it),
		cmocka_unit_test_setup_teardown(test_own_work, open_it, close_it),
	};

	return cmocka_run_group_tests_name("stand-in", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loop leaves to others where a descriptor is readable all the time: a flood in packet
 * sockets, or one that nobody reads. No root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/loop.h"

/* A run is so many timers, each 5 ms or more after the one before: however long this process is
 * held up, the loop had that much time. */
#define TIMERS   50
#define LIMIT_NS 10000000000LL

struct bench {
	struct loop *loop;
	struct monotime end;
	unsigned int wakes, served, timers;
	struct monotime timer; /* armed, every 5 ms */
	int64_t latest_ns;     /* that it was met */
};

static void on_readable(void *context)
{
	(void)context; /* and does not read */
}

static void on_signal(void *context, int signal)
{
	(void)context;
	(void)signal;
}

static void on_wake(void *context)
{
	struct bench *bench = context;
	struct monotime now = loop_now();

	bench->wakes++;
	bench->served += loop_served(bench->loop);
	if (!monotime_before(now, bench->timer)) {
		int64_t late = monotime_diff(now, bench->timer);

		bench->timers++;
		bench->latest_ns = late > bench->latest_ns ? late : bench->latest_ns;
		bench->timer = monotime_add(now, 5000000);
	}
	loop_arm(bench->loop, bench->timer);
	if (bench->timers == TIMERS || !monotime_before(now, bench->end))
		loop_stop(bench->loop);
}

static void play(struct bench *bench, bool fair, bool readable, long *ret_pauses)
{
	struct rusage before, after;
	int fd = eventfd(readable, EFD_NONBLOCK | EFD_CLOEXEC);

	*bench = (struct bench){0};
	assert_int_equal(loop_open(&bench->loop), 0);
	assert_int_equal(loop_add(bench->loop, fd, on_readable, NULL), 0);
	loop_be_fair(bench->loop, fair);
	bench->timer = loop_now();
	bench->end = monotime_add(bench->timer, LIMIT_NS);
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(loop_run(bench->loop, on_wake, on_signal, bench), 0);
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(bench->timers, TIMERS);
	*ret_pauses = after.ru_nvcsw - before.ru_nvcsw;
	loop_close(bench->loop);
	close(fd);
}

/* One pause in 22 ms, in 250 ms and more, and the timer goes on. */
static void test_fair(void **state)
{
	struct bench bench;
	long pauses;

	(void)state;
	play(&bench, true, true, &pauses);
	assert_in_range(pauses, 5, 60);
	assert_true(bench.served > 100);
}

static void on_wake_busy(void *context)
{
	struct bench *bench = context;
	struct monotime end = monotime_add(loop_now(), 21000000);

	/* Long work, and then a deadline that is near: the pause ends with it. */
	if (!bench->wakes++) {
		while (monotime_before(loop_now(), end))
			;
		bench->timer = monotime_add(loop_now(), 300000);
		loop_arm(bench->loop, bench->timer);
		return;
	}
	bench->latest_ns = monotime_diff(loop_now(), bench->timer);
	loop_stop(bench->loop);
}

/* Of several tries the best: a machine that is shared may be late by itself. */
static void test_no_rest_over_a_deadline(void **state)
{
	int64_t best = INT64_MAX;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct bench bench = {0};
		int fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);

		assert_int_equal(loop_open(&bench.loop), 0);
		assert_int_equal(loop_add(bench.loop, fd, on_readable, NULL), 0);
		loop_be_fair(bench.loop, true);
		assert_int_equal(loop_run(bench.loop, on_wake_busy, on_signal, &bench), 0);
		best = bench.latest_ns < best ? bench.latest_ns : best;
		loop_close(bench.loop);
		close(fd);
	}
	assert_true(best < 1000000);
}

/* At normal priority the scheduler sees to that. */
static void test_not_fair(void **state)
{
	struct bench bench;
	long pauses;

	(void)state;
	play(&bench, false, true, &pauses);
	assert_in_range(pauses, 0, 2);
}

/* With nothing to read, the loop sleeps until its timer, whatever it is. */
static void test_idle(void **state)
{
	struct bench bench;
	long pauses;

	(void)state;
	for (int fair = 0; fair <= 1; fair++) {
		play(&bench, fair, false, &pauses);
		assert_in_range(bench.wakes, TIMERS, TIMERS + 20);
		assert_int_equal(bench.served, 1); /* the first */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fair),
		cmocka_unit_test(test_no_rest_over_a_deadline),
		cmocka_unit_test(test_not_fair),
		cmocka_unit_test(test_idle),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}

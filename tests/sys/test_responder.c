// SPDX-License-Identifier: GPL-2.0-only
/*
 * sys/host/responder: a CPU answers, one that a thread of the same priority holds does not, and
 * does when it is free again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "sys/host/responder.h"

#define PATIENCE_MS 5000
#define SILENCE_MS                                                                    \
	100 /* the kernel leaves a real-time thread the CPU for 950 ms of each second \
	     */

static _Atomic bool holds, held;

static void *hold(void *context)
{
	(void)context;
	atomic_store(&held, true);
	while (atomic_load(&holds))
		continue;
	return NULL;
}

static void wait_ms(int ms)
{
	struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

static bool answers_within(struct responder *responder, int ms)
{
	for (int i = 0; i < ms && !responder_answered(responder); i++)
		wait_ms(1);
	return responder_answered(responder);
}

static int next_cpu(const cpu_set_t *cpus, int cpu)
{
	do
		cpu++;
	while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, cpus));
	return cpu;
}

static void every_cpu_answers(void **state)
{
	cpu_set_t cpus;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	for (int cpu = next_cpu(&cpus, -1); cpu < CPU_SETSIZE; cpu = next_cpu(&cpus, cpu)) {
		struct responder *responder;

		assert_int_equal(responder_open(cpu, &responder), 0);
		for (int i = 0; i < 100; i++) {
			responder_ask(responder);
			assert_true(answers_within(responder, PATIENCE_MS));
		}
		responder_close(responder);
	}
}

static pthread_t hold_cpu(int cpu)
{
	const struct sched_param highest = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
	pthread_attr_t attributes;
	pthread_t thread;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	atomic_store(&held, false);
	atomic_store(&holds, true);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(cpus), &cpus);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &highest);
	assert_int_equal(pthread_create(&thread, &attributes, hold, NULL), 0);
	pthread_attr_destroy(&attributes);
	for (int i = 0; i < PATIENCE_MS && !atomic_load(&held); i++)
		wait_ms(1);
	assert_true(atomic_load(&held));
	return thread;
}

/* Where this process has a single CPU, the thread that holds it would hold this test, too. */
static void a_held_cpu_does_not(void **state)
{
	struct responder *responder, *late;
	cpu_set_t cpus, first;
	pthread_t holder;
	int mine, other;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	mine = next_cpu(&cpus, -1);
	other = next_cpu(&cpus, mine);
	if (other == CPU_SETSIZE)
		return;
	CPU_ZERO(&first);
	CPU_SET(mine, &first);
	assert_int_equal(sched_setaffinity(0, sizeof(first), &first), 0);
	assert_int_equal(responder_open(other, &responder), 0);
	assert_true(answers_within(responder, PATIENCE_MS));
	holder = hold_cpu(other);
	responder_ask(responder);
	assert_false(answers_within(responder, SILENCE_MS));
	assert_int_equal(responder_open(other, &late), 0);
	assert_false(answers_within(late, SILENCE_MS));
	responder_ask(responder); /* the same question */
	atomic_store(&holds, false);
	assert_true(answers_within(responder, PATIENCE_MS));
	assert_true(answers_within(late, PATIENCE_MS));
	pthread_join(holder, NULL);
	responder_close(responder);
	responder_close(late);
	assert_int_equal(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

static void no_such_cpu(void **state)
{
	struct responder *responder;

	(void)state;
	assert_int_equal(responder_open(-1, &responder), -EINVAL);
	assert_int_equal(responder_open(CPU_SETSIZE, &responder), -EINVAL);
	assert_int_equal(responder_open(CPU_SETSIZE - 1, &responder), -EINVAL);
	responder_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cpu_answers),
		cmocka_unit_test(a_held_cpu_does_not),
		cmocka_unit_test(no_such_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

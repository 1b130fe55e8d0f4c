// SPDX-License-Identifier: GPL-2.0-only
/*
 * sys/host/kthreads: looks at threads of this test, and the kernel's own threads where /proc shows
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys/host/kthreads.h"

#define PATIENCE_S 5

static pid_t start_child(bool busy)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	while (pid == 0) {
		if (!busy)
			pause();
	}
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Looks until it is as wanted, or fails. */
static struct starved_look look_until(const struct kthread *thread, bool runnable, uint64_t more)
{
	time_t end = time(NULL) + PATIENCE_S;
	struct starved_look look = {0};

	do {
		assert_int_equal(kthread_look(thread, &look), 0);
		if (look.runnable == runnable && look.ran_ns > more)
			return look;
	} while (time(NULL) <= end);
	fail_msg("it was never like that");
	return look;
}

static void test_busy(void **state)
{
	pid_t pid = start_child(true);
	struct starved_look first;
	struct kthread thread;

	(void)state;
	assert_int_equal(kthread_open(pid, &thread), 0);
	first = look_until(&thread, true, 0);
	assert_true(first.runs > 0);
	look_until(&thread, true, first.ran_ns);
	kthread_close(&thread);
	end_child(pid);
}

static void test_asleep(void **state)
{
	pid_t pid = start_child(false);
	struct starved_look first, second;
	struct kthread thread;

	(void)state;
	assert_int_equal(kthread_open(pid, &thread), 0);
	first = look_until(&thread, false, 0);
	assert_int_equal(kthread_look(&thread, &second), 0);
	assert_int_equal(first.ran_ns, second.ran_ns);
	assert_int_equal(first.runs, second.runs);
	kthread_close(&thread);
	end_child(pid);
}

/* Its descriptors outlive it, and are of nobody else then. */
static void test_gone(void **state)
{
	pid_t pid = start_child(false);
	struct starved_look look;
	struct kthread thread;

	(void)state;
	assert_int_equal(kthread_open(pid, &thread), 0);
	end_child(pid);
	assert_int_equal(kthread_look(&thread, &look), -ESRCH);
	kthread_close(&thread);
	assert_int_equal(kthread_open(pid, &thread), -ENOENT);
}

struct found {
	unsigned int count, ksoftirqd;
};

static void on_thread(void *context, pid_t pid, const char *name)
{
	struct found *found = context;

	assert_true(pid > 2);
	found->count++;
	found->ksoftirqd += !strcmp(name, "ksoftirqd/0");
}

/* All of them, each once. In a container with process numbers of its own: none. */
static void test_find(void **state)
{
	struct kthreads *kthreads = kthreads_open();
	struct found found = {0};

	(void)state;
	assert_non_null(kthreads);
	while (kthreads_find(kthreads, on_thread, &found))
		;
	if (!found.count) {
		print_message("no thread of the kernel is to be seen here\n");
		kthreads_close(kthreads);
		return;
	}
	assert_int_equal(found.ksoftirqd, 1);
	assert_true(found.count > 10);
	while (kthreads_find(kthreads, on_thread, &found))
		;
	assert_int_equal(found.ksoftirqd, 1);
	kthreads_close(kthreads);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_asleep),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests_name("kthreads", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limit of real-time computing beside those that the host has, and what is said where the host
 * refuses it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "sys/host/realtime.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NONE         RLIM_INFINITY

static void test_soft_limit(void **state)
{
	static const struct {
		const char *description;
		rlim_t soft, hard, wanted;
	} table[] = {
		{"the host has none", NONE, NONE, REALTIME_LIMIT_US},
		{"a lower one is the host's", 40000, NONE, 40000},
		{"a higher one is not", 5000000, NONE, REALTIME_LIMIT_US},
		{"far below a high hard one", NONE, 60000000, REALTIME_LIMIT_US},
		{"both alike, as a service manager sets them", 500000, 500000, 375000},
		{"just above a hard one", REALTIME_LIMIT_US, 1100000, 825000},
		{"below a hard one by more than a tick", 40000, 40000, 30000},
		{"a lower one below a hard one", 20000, 40000, 20000},
		{"no room below the hard one", 10000, 10000, 10000},
		{"none at all is allowed", 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		rlim_t limit = realtime_soft_limit(table[i].soft, table[i].hard);

		if (limit != table[i].wanted)
			fail_msg("%s: %llu", table[i].description, (unsigned long long)limit);
	}
}

static void test_explain(void **state)
{
	static const struct {
		const char *description;
		int err, priority;
		struct realtime_facts facts;
		const char *wanted[3];
	} table[] = {
		{"neither the capability nor the limit",
		 -EPERM,
		 60,
		 {0},
		 {"no CAP_SYS_NICE", "LimitRTPRIO=60", "--ulimit rtprio=60"}},
		{"a limit that is too low",
		 -EPERM,
		 60,
		 {.limit = 59},
		 {"RLIMIT_RTPRIO is below 60"}},
		{"without both, a filter is not the reason",
		 -EPERM,
		 60,
		 {.filtered = true, .group_empty = true},
		 {"no CAP_SYS_NICE"}},
		{"the capability of a user namespace",
		 -EPERM,
		 60,
		 {.capable = true, .user_namespace = true},
		 {"user namespace", "RLIMIT_RTPRIO is below 60"}},
		{"the limit is enough in a user namespace: then it is something else",
		 -EPERM,
		 60,
		 {.capable = true, .user_namespace = true, .limit = 60, .filtered = true},
		 {"RestrictRealtime="}},
		{"a control group of version 1 without real-time",
		 -EPERM,
		 60,
		 {.capable = true, .group_empty = true, .filtered = true},
		 {"cpu.rt_runtime_us"}},
		{"the same with a limit instead of the capability",
		 -EPERM,
		 60,
		 {.limit = 60, .group_empty = true},
		 {"cpu.rt_runtime_us"}},
		{"a filter of system calls",
		 -EPERM,
		 60,
		 {.capable = true, .filtered = true},
		 {"may forbid it", "RestrictRealtime=", "seccomp"}},
		{"nothing that can be seen",
		 -EPERM,
		 60,
		 {.capable = true, .limit = NONE},
		 {"CONFIG_RT_GROUP_SCHED", "security module", "may forbid it"}},
		{"the call is not there, whatever else",
		 -ENOSYS,
		 60,
		 {0},
		 {"hides sched_setscheduler(2)", "seccomp"}},
		{"another errno says itself what it is",
		 -EINVAL,
		 99,
		 {.capable = true, .group_empty = true},
		 {"of sched_setscheduler(2), priority 99"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		char text[REALTIME_TEXT];

		realtime_explain(&table[i].facts, table[i].err, table[i].priority, text);
		if (strlen(text) + 1 == sizeof(text))
			fail_msg("%s: cut off: %s", table[i].description, text);
		for (size_t n = 0; n < COUNT(table[i].wanted) && table[i].wanted[n]; n++) {
			if (!strstr(text, table[i].wanted[n]))
				fail_msg("%s: no \"%s\" in: %s", table[i].description,
					 table[i].wanted[n], text);
		}
	}
}

/* What the facts of this very process say: the kernel has no other answer than realtime_enter(). */
static void test_enter(void **state)
{
	char text[REALTIME_TEXT];
	int err = realtime_enter(1);

	(void)state;
	if (err)
		print_message("no real-time on this host: %s\n", realtime_why(err, 1, text));
	assert_int_equal(realtime_priority(), err ? 0 : 1);
	assert_int_equal(realtime_enter(0), 0);
	assert_int_equal(realtime_priority(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_soft_limit),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_enter),
	};

	return cmocka_run_group_tests_name("realtime", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limit of real-time computing beside those that the host has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_soft_limit),
	};

	return cmocka_run_group_tests_name("realtime", tests, NULL, NULL);
}

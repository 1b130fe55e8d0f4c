/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests of a program, from its tables: each row is a test of its own, under the name that it
 * gives itself. They run in the order in which they were added. For the file with main().
 */
#ifndef TESTS_TABLE_H
#define TESTS_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct CMUnitTest *table_tests;
static size_t table_count;

/* Set these to give the tests that are added afterwards a setup and a teardown; NULL: none. */
static CMFixtureFunction table_setup, table_teardown;

/* Add one test. It is named "group: what", or `what` if group is NULL. It gets the row (or NULL) in
 * *state. */
static inline void table_add(const char *group, const char *what, CMUnitTestFunction test,
			     const void *row)
{
	char *name;

	table_tests = realloc(table_tests, (table_count + 1) * sizeof(*table_tests));
	if (!table_tests ||
	    asprintf(&name, "%s%s%s", group ? group : "", group ? ": " : "", what) < 0)
		abort();
	table_tests[table_count++] = (struct CMUnitTest){
		.name = name,
		.test_func = test,
		.setup_func = table_setup,
		.teardown_func = table_teardown,
		.initial_state = (void *)(uintptr_t)row,
	};
}

/* Add a test without a row, under the name of its function. */
#define table_test(function) table_add(NULL, #function, function, NULL)

/* Add a test for each row of an array. `name` is the member that names a row. */
#define table_rows(group, rows, name, test)                                       \
	do {                                                                      \
		for (size_t row_ = 0; row_ < COUNT(rows); row_++)                 \
			table_add(group, (rows)[row_].name, test, &(rows)[row_]); \
	} while (0)

/* Run them all, and forget them, between the two functions. Returns the exit status of the program.
 */
static inline int table_run_in(const char *program, CMFixtureFunction enter,
			       CMFixtureFunction leave)
{
	int failed = _cmocka_run_group_tests(program, table_tests, table_count, enter, leave);

	for (size_t i = 0; i < table_count; i++)
		free((void *)(uintptr_t)table_tests[i].name);
	free(table_tests);
	table_tests = NULL;
	table_count = 0;
	return failed ? 1 : 0;
}

static inline int table_run(const char *program)
{
	return table_run_in(program, NULL, NULL);
}

#endif

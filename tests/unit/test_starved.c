// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/starved.h: looks at a thread, and whether it is starved after the last of them.
 */
#include "core/starved.h"
#include "table.h"

/* S: asleep. R: runnable. A number behind it: how often it was put on a CPU; ran: and for how long
 * it ran. */
#define S(n)                    \
	{                       \
		false, (n), (n) \
	}
#define R(n)                   \
	{                      \
		true, (n), (n) \
	}
#define RAN(n, t)              \
	{                      \
		true, (t), (n) \
	}
#define LOOKS 6

struct row {
	const char *desc;
	size_t count;
	struct starved_look looks[LOOKS];
	bool starved;
};

static const struct row rows[] = {
	{"asleep", 2, {S(1), S(1)}, false},
	{"it has run and sleeps again", 2, {R(1), S(2)}, false},
	{"the first look says nothing", 1, {R(1)}, false},
	{"a thread that never ran: the first look says nothing", 1, {R(0)}, false},
	{"a thread that never ran", 2, {R(0), R(0)}, true},
	{"it became runnable between two looks", 2, {S(1), R(1)}, false},
	{"it became runnable, and did not run", 3, {S(1), R(1), R(1)}, true},
	{"runnable twice, and it ran in between", 2, {R(1), R(2)}, false},
	{"it runs all the time, and the tick has told", 2, {RAN(1, 10), RAN(1, 20)}, false},
	{"busy, and it runs", 4, {R(1), R(2), R(3), R(4)}, false},
	{"it gets a CPU: maybe just now", 3, {R(1), R(1), R(2)}, true},
	{"it gets a CPU, and sleeps", 4, {R(1), R(1), R(2), S(2)}, false},
	{"it gets a CPU, and goes on to run", 4, {R(1), R(1), R(2), R(3)}, false},
	{"it gets a CPU, and waits again", 4, {R(1), R(1), R(2), R(2)}, true},
	{"it sleeps right after it was starved", 3, {R(1), R(1), S(2)}, false},
	{"starved, asleep, runnable: that is a new beginning", 4, {R(1), R(1), S(2), R(2)}, false},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct starved starved = {0};
	bool is = false;

	for (size_t i = 0; i < row->count; i++)
		is = starved_look(&starved, &row->looks[i]);
	assert_int_equal(is, row->starved);
}

int main(void)
{
	table_rows(NULL, rows, desc, test_row);
	return table_run("starved");
}

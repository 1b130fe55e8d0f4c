/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts and the effective priority. Links core/vrrp/track alone. A script of results: '+' well,
 * '-' failed; after each one the verdict as a letter: W well, F failed.
 */
#include <stdint.h>
#include <string.h>

#include "core/vrrp/track.h"
#include "table.h"

struct row {
	const char *what;
	uint8_t rise, fall;
	const char *results;
	const char *verdicts;
};

static const struct row rows[] = {
	{"the first result counts at once: well", 3, 3, "+", "W"},
	{"the first result counts at once: failed", 3, 3, "-", "F"},
	{"rise 1, fall 1: every result", 1, 1, "+-+--++", "WFWFFWW"},
	{"fall 3: two failures are forgiven", 1, 3, "+--+--+", "WWWWWWW"},
	{"fall 3: the third one in a row counts", 1, 3, "+--+---", "WWWWWWF"},
	{"fall 3: and one success is enough with rise 1", 1, 3, "+---+-", "WWWFWW"},
	{"rise 2: one success is not enough", 2, 1, "-+-+-", "FFFFF"},
	{"rise 2: two in a row are", 2, 1, "-++", "FFW"},
	{"rise 2, fall 2: alternating changes nothing", 2, 2, "+-+-+-+-", "WWWWWWWW"},
	{"failed for long, then well", 2, 2, "------++", "FFFFFFFW"},
	{"a turn starts the count anew", 2, 2, "+--+--++", "WWFFFFFW"},
};

static void test_row(void **state)
{
	const struct row *r = *state;
	struct track_check check = {.rise = r->rise, .fall = r->fall};

	for (size_t i = 0; r->results[i]; i++) {
		enum track_verdict before = check.verdict;
		bool changed = track_result(&check, r->results[i] == '+');

		if (check.verdict != (r->verdicts[i] == 'W' ? TRACK_WELL : TRACK_FAILED))
			fail_msg("result %zu: verdict %d", i + 1, check.verdict);
		assert_int_equal(changed, check.verdict != before);
	}
}

/* The longest counts: nothing overflows. */
static void test_longest(void **state)
{
	struct track_check check = {.rise = 255, .fall = 255};

	(void)state;
	track_result(&check, true);
	for (int i = 0; i < 254; i++)
		assert_false(track_result(&check, false));
	assert_true(track_result(&check, false));
	assert_int_equal(check.verdict, TRACK_FAILED);
}

struct weight {
	const char *what;
	enum track_verdict verdict;
	int weight, adds;
};

static const struct weight weights[] = {
	{"negative, well", TRACK_WELL, -20, 0},
	{"negative, failed", TRACK_FAILED, -20, -20},
	{"negative, no result yet", TRACK_UNKNOWN, -20, 0},
	{"positive, well", TRACK_WELL, 20, 20},
	{"positive, failed", TRACK_FAILED, 20, 0},
	{"positive, no result yet", TRACK_UNKNOWN, 20, 0},
	{"none, failed", TRACK_FAILED, 0, 0},
	{"none, well", TRACK_WELL, 0, 0},
};

static void test_weight(void **state)
{
	const struct weight *w = *state;

	assert_int_equal(track_weight(w->verdict, w->weight), w->adds);
}

struct priority {
	const char *what;
	uint8_t base;
	int sum;
	uint8_t effective;
};

static const struct priority priorities[] = {
	{"nothing tracked", 100, 0, 100},
	{"lowered", 150, -60, 90},
	{"raised", 100, 60, 160},
	{"never below 1", 100, -100, 1},
	{"never below 1, by far", 1, -16 * 253, 1},
	{"just 1", 100, -99, 1},
	{"never the owner", 100, 155, 254},
	{"never the owner, by far", 254, 16 * 253, 254},
	{"just 254", 100, 154, 254},
	{"the owner stays, lowered", 255, -100, 255},
	{"the owner stays, raised", 255, 100, 255},
};

static void test_priority(void **state)
{
	const struct priority *p = *state;

	assert_int_equal(track_priority(p->base, p->sum), p->effective);
}

struct number {
	const char *text;
	bool is;
	int number;
};

static const struct number numbers[] = {
	{"", true, 0},
	{"\n", true, 0},
	{"0", true, 0},
	{"7\n", true, 7},
	{"-20\n", true, -20},
	{"+3", true, 3},
	{" \t12 \r\n", true, 12},
	{"-0", true, 0},
	{"9999", true, 9999},
	{"10001", true, 10000},
	{"-99999999999999", true, -10000},
	{"x", false, 0},
	{"1 2", false, 0},
	{"1.5", false, 0},
	{"-", false, 0},
	{"--1", false, 0},
	{"+ 1", false, 0},
	{"0x10", false, 0},
};

static void test_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		int number = 0;

		if (track_number(numbers[i].text, &number) != numbers[i].is ||
		    number != numbers[i].number)
			fail_msg("\"%s\": %d", numbers[i].text, number);
	}
}

int main(void)
{
	table_rows("results", rows, what, test_row);
	table_rows("weight", weights, what, test_weight);
	table_rows("priority", priorities, what, test_priority);
	table_add("number", "of a file", test_number, NULL);
	table_add("results", "255 in a row", test_longest, NULL);

	return table_run("track");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was meant by a misspelt word. Links core/nearest alone.
 */
#include "core/nearest.h"
#include "table.h"

struct distance_row {
	const char *what, *a, *b;
	unsigned int distance;
};

static const struct distance_row distances[] = {
	{"the same", "interval", "interval", 0},
	{"capital letters", "INTERVAL", "interval", 0},
	{"a letter missing", "intrval", "interval", 1},
	{"a letter too many", "innterval", "interval", 1},
	{"another letter", "intervol", "interval", 1},
	{"neighbours swapped", "itnerval", "interval", 1},
	{"nothing in common", "abc", "xyz", 3},
	{"against nothing", "", "vrid", 4},
	{"32 letters", "abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnopqrstuvwxyz012346", 1},
	{"longer than any name", "a-word-that-is-longer-than-any-name", "vrid", NEAREST_FAR},
};

static void test_distance(void **state)
{
	const struct distance_row *row = *state;

	assert_int_equal(nearest_distance(row->a, row->b), row->distance);
	assert_int_equal(nearest_distance(row->b, row->a), row->distance);
}

struct row {
	const char *what, *word;
	const char *offered[5];
	const char *found; /* NULL: none is near enough */
};

static const struct row rows[] = {
	{"nothing offered", "web", {NULL}, NULL},
	{"the only one, near", "wbe", {"web"}, "web"},
	{"the only one, far", "mail", {"web"}, NULL},
	{"the nearest of several", "statu", {"start", "status", "stats"}, "status"},
	{"of equally near ones the first", "wep", {"web", "wet"}, "web"},
	{"a later one that is nearer", "web-2", {"web-10", "web-20"}, "web-20"},
	{"case does not count", "WEB", {"mail", "web"}, "web"},
	{"one edit is allowed in short words", "w", {"x"}, "x"},
	{"two are not", "ab", {"xy"}, NULL},
	{"a third of a long word", "standby_adress", {"standby-address"}, "standby-address"},
	{"too long to compare", "a-name-of-a-router-that-nobody-can-have", {"web"}, NULL},
	{"an empty word", "", {"status", "a"}, "a"},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct nearest nearest = {.word = row->word};

	for (size_t i = 0; i < COUNT(row->offered) && row->offered[i]; i++)
		nearest_offer(&nearest, row->offered[i]);
	if (row->found)
		assert_string_equal(nearest_found(&nearest), row->found);
	else
		assert_null(nearest_found(&nearest));
}

int main(void)
{
	table_rows("distance", distances, what, test_distance);
	table_rows("nearest", rows, what, test_row);

	return table_run("nearest");
}

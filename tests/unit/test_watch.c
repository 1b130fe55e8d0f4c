/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Heartbeat paths of a BACKUP, side by side: which of them are silent, and whether a master is
 * heard. Links core/vrrp/watch alone. Times are milliseconds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/monotime.h"
#include "core/vrrp/watch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATHS        3
#define PATIENCE     3000

static struct monotime ms(int64_t at)
{
	return (struct monotime){at * NS_PER_MS};
}

struct row {
	const char *what;
	unsigned int count;
	int64_t last[PATHS]; /* 0: never heard */
	const char *silent;  /* before, a letter a path: 's' silent, '-' not */
	int64_t now;
	const char *news;  /* path and 's' silent or 'a' alive: "1s 2a" */
	const char *marks; /* afterwards */
};

static const struct row rows[] = {
	{"one path is never silent", 1, {1000}, "-", 90000, "", "-"},
	{"one path, whatever its mark says", 1, {1000}, "s", 90000, "", "s"},
	{"both speak", 2, {9000, 9500}, "--", 9600, "", "--"},
	{"one falls silent", 2, {1000, 4001}, "--", 4100, "1s", "s-"},
	{"not within the patience", 2, {1000, 4000}, "--", 4100, "", "--"},
	{"that is told once", 2, {1000, 5000}, "s-", 5100, "", "s-"},
	{"the second one falls silent", 2, {5000, 1000}, "--", 5100, "2s", "-s"},
	{"it speaks again", 2, {6000, 5000}, "s-", 6100, "1a", "--"},
	{"it speaks again, at one time with the other", 2, {6000, 6000}, "s-", 6100, "1a", "--"},
	{"it spoke again, but the other one was the last", 2, {5900, 6000}, "s-", 6100, "1a", "--"},
	{"both silent: the master is gone", 2, {1000, 5000}, "--", 8000, "", "--"},
	{"just before that", 2, {1000, 5000}, "--", 7999, "1s", "s-"},
	{"both silent: the mark stays", 2, {1000, 5000}, "s-", 9000, "", "s-"},
	{"never heard: there may be no peer", 2, {0, 5000}, "--", 5100, "", "--"},
	{"nobody was ever heard", 2, {0, 0}, "--", 5100, "", "--"},
	{"two of three fall silent", 3, {1000, 9000, 1500}, "---", 9100, "1s 3s", "s-s"},
	{"one falls silent, another speaks again",
	 3,
	 {1000, 9000, 8000},
	 "-s-",
	 9100,
	 "1s 2a",
	 "s--"},
};

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct vrrp_path path[PATHS] = {0}, *paths[PATHS];
		struct watch_news news[VRRP_MAX_PATHS];
		char text[32] = "", marks[PATHS + 1] = "";
		unsigned int found;

		for (unsigned int p = 0; p < PATHS; p++) {
			paths[p] = &path[p];
			path[p].last_ns = (uint64_t)ms(row->last[p]).ns;
			path[p].silent = p < row->count && row->silent[p] == 's';
		}
		found = watch_paths_at(paths, row->count, PATIENCE * NS_PER_MS, ms(row->now), news);
		for (unsigned int n = 0; n < found; n++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u%c",
				 n ? " " : "", news[n].path + 1, news[n].silent ? 's' : 'a');
		for (unsigned int p = 0; p < row->count; p++)
			marks[p] = path[p].silent ? 's' : '-';
		if (strcmp(text, row->news))
			fail_msg("%s: news \"%s\"", row->what, text);
		if (strcmp(marks, row->marks))
			fail_msg("%s: marks \"%s\"", row->what, marks);
	}
}

static void test_hears_master(void **state)
{
	static const struct {
		const char *what;
		unsigned int count;
		int64_t last[PATHS];
		uint16_t interval_cs;
		int64_t now;
		bool hears;
	} table[] = {
		{"within three intervals", 1, {1000}, 100, 3999, true},
		{"after three intervals", 1, {1000}, 100, 4000, false},
		{"three intervals of 200 ms", 1, {1000}, 20, 1599, true},
		{"after three intervals of 200 ms", 1, {1000}, 20, 1600, false},
		{"the longest interval", 1, {1000}, 25500, 765999, true},
		{"never", 1, {0}, 100, 1000, false},
		{"by the second path", 2, {0, 1000}, 100, 3999, true},
		{"by the first path", 2, {1000, 0}, 100, 3999, true},
		{"a path that is not ours", 1, {0, 1000}, 100, 3999, false},
		{"after the time was read", 1, {5000}, 100, 4000, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct vrrp_path path[PATHS] = {0}, *paths[PATHS];

		for (unsigned int p = 0; p < PATHS; p++) {
			paths[p] = &path[p];
			path[p].last_ns = (uint64_t)ms(table[i].last[p]).ns;
		}
		if (watch_hears_master(paths, table[i].count, table[i].interval_cs,
				       ms(table[i].now)) != table[i].hears)
			fail_msg("%s", table[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_hears_master),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * status and history as text and JSON, against goldens in report/. Links the renderers and what
 * they name things by; snapshots are made here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/show/format.h"
#include "cli/show/report.h"
#include "table.h"
#include "unit/golden.h"
#include "unit/snapshots.h"

struct host {
	const char *what;
	struct snapshot (*make)(void);
};

static const struct host hosts[] = {
	{"pair", snapshots_pair},   {"trouble", snapshots_trouble},   {"gone", snapshots_gone},
	{"empty", snapshots_empty}, {"observer", snapshots_observer},
};

static unsigned int newest_first(const struct snapshot *snapshot,
				 const struct history_record *records[HISTORY_MAX])
{
	for (unsigned int i = 0; i < snapshot->history_count; i++)
		records[i] = &snapshot->history[snapshot->history_count - 1 - i];
	return snapshot->history_count;
}

/* Every kind of report on one host, in one file each. */
static void test_host(void **state)
{
	const struct host *host = *state;
	struct snapshot snapshot = host->make();
	const struct history_record *records[HISTORY_MAX];
	unsigned int count = newest_first(&snapshot, records);
	char *text = NULL, name[64];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	report_table(&snapshot, 80, out);
	for (unsigned int i = 0; i < snapshot.router_count; i++) {
		fprintf(out, "\n");
		report_full(&snapshot, &snapshot.routers[i], out);
	}
	fprintf(out, "\n");
	report_history(records, count, out);
	fclose(out);
	snprintf(name, sizeof(name), "report/%s.txt", host->what);
	golden_check(name, text);
	for (char *line = text; *line; line = strchr(line, '\n') + 1)
		assert_true(strcspn(line, "\n") <= 80 || *line == '!');
	free(text);

	out = open_memstream(&text, &size);
	assert_non_null(out);
	report_print_json(report_json(&snapshot, NULL), out);
	report_print_json(report_history_json(records, count), out);
	fclose(out);
	snprintf(name, sizeof(name), "report/%s.json", host->what);
	golden_check(name, text);
	free(text);
	snapshot_free(&snapshot);
}

/* Asked for one router, and for a name that no router has: the rest of the object is the same. A
 * router that was asked for by its name has interval_advice. */
static void test_only(void **state)
{
	struct snapshot snapshot = snapshots_pair();
	struct json_object *object, *instances, *advice, *safe;

	(void)state;
	object = report_json(&snapshot, "mail");
	assert_true(json_object_object_get_ex(object, "instances", &instances));
	assert_int_equal(json_object_array_length(instances), 1);
	assert_true(json_object_object_get_ex(json_object_array_get_idx(instances, 0),
					      "interval_advice", &advice));
	assert_int_equal(json_object_object_length(advice), 6);
	assert_true(json_object_object_get_ex(advice, "safe_ms", &safe));
	assert_int_equal(json_object_get_int(safe), 200);
	json_object_put(object);
	object = report_json(&snapshot, "nobody");
	assert_true(json_object_object_get_ex(object, "instances", &instances));
	assert_int_equal(json_object_array_length(instances), 0);
	json_object_put(object);
	assert_non_null(snapshot_router(&snapshot, "mail"));
	assert_null(snapshot_router(&snapshot, "nobody"));
	snapshot_free(&snapshot);
}

/* A wide terminal shows names whole. */
static void test_wide(void **state)
{
	struct snapshot snapshot = snapshots_trouble();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	report_table(&snapshot, 120, out);
	fclose(out);
	assert_non_null(strstr(text, "\ncustomer-web-frontend-number-1 "));
	free(text);
	snapshot_free(&snapshot);
}

struct text_row {
	const char *what;
	int64_t value;
	const char *text;
};

static const struct text_row durations[] = {
	{"nothing", 0, "0ms"},         {"just no second", 999, "999ms"},
	{"a second", 1000, "1.0s"},    {"never rounded up", 59999, "59.9s"},
	{"a minute", 60000, "1m00s"},  {"just no hour", 3599999, "59m59s"},
	{"an hour", 3600000, "1h00m"}, {"just no day", 86399999, "23h59m"},
	{"a day", 86400000, "1d00h"},  {"999 days", 86400000LL * 1000 - 1, "999d23h"},
};

static void test_duration(void **state)
{
	const struct text_row *row = *state;
	char buf[FORMAT_TEXT];

	assert_string_equal(format_duration((uint64_t)row->value, buf), row->text);
}

static const struct text_row spans[] = {
	{"nothing", 0, "0.000 ms"},
	{"below a microsecond", 999, "0.000 ms"},
	{"microseconds", 83000, "0.083 ms"},
	{"milliseconds", 361123456, "361.123 ms"},
	{"just no second", 999999999, "999.999 ms"},
	{"seconds", 3610000000, "3.610 s"},
	{"two minutes", 120000000000, "2 m 00 s"},
	{"two hours", 7200000000000, "2 h 00 m"},
	{"two days", 172800000000000, "2 d 00 h"},
	{"backwards", -1500000, "-1.500 ms"},
	{"far backwards", INT64_MIN, "-106751 d 23 h"},
};

static void test_span(void **state)
{
	const struct text_row *row = *state;
	char buf[FORMAT_TEXT];

	assert_string_equal(format_span(row->value, buf), row->text);
}

static void test_clock(void **state)
{
	char buf[FORMAT_TEXT];
	int64_t at = INT64_C(1795608000123456789);

	(void)state;
	assert_string_equal(format_date(at, 3, buf), "2026-11-25 13:00:00.123");
	assert_string_equal(format_date(at, 0, buf), "2026-11-25 13:00:00");
	assert_string_equal(format_clock(at, 9, buf), "13:00:00.123456789");
	assert_string_equal(format_zone(at, buf), "+0100");
}

int main(void)
{
	setenv("TZ", "CET-1", 1);
	tzset();
	table_rows("host", hosts, what, test_host);
	table_add("host", "one router", test_only, NULL);
	table_add("host", "a wide terminal", test_wide, NULL);
	table_rows("duration", durations, what, test_duration);
	table_rows("span", spans, what, test_span);
	table_add("clock", "in this time zone", test_clock, NULL);

	return table_run("report");
}

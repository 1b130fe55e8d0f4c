/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of transitions, its lines, and their union. Links core/history, core/names,
 * core/address.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/history.h"
#include "table.h"

#define SECOND INT64_C(1000000000)
#define NOON   (INT64_C(1795608000) * SECOND)

/* ---- the switch port that forwards late ---- */

/* One transition: seconds after noon, FROM>TO by the first letters of the states, the cause, and
 * when the last advert was heard. */
struct late_row {
	const char *what;
	struct {
		int at_s;
		const char *step;
		enum vrrp_cause cause;
		int wire_s;
		const char *name;
	} list[6];
	int deaf_s; /* 0: not found */
};

#define RECOVERS(at)                                    \
	{                                               \
		at, "FB", VRRP_CAUSE_RECOVERED, 1, NULL \
	}
#define PROMOTED(at)                                      \
	{                                                 \
		at, "BM", VRRP_CAUSE_MASTER_DOWN, 1, NULL \
	}
#define YIELDS(at)                                             \
	{                                                      \
		at, "MB", VRRP_CAUSE_HIGHER_PRIORITY, at, NULL \
	}

static const struct late_row lates[] = {
	{"nothing", {{0}}, 0},
	{"the pattern", {RECOVERS(10), PROMOTED(14), YIELDS(40)}, 30},
	{"by the address",
	 {RECOVERS(10), PROMOTED(14), {15, "MB", VRRP_CAUSE_HIGHER_ADDRESS, 15, NULL}},
	 5},
	{"the latest one counts",
	 {RECOVERS(10),
	  PROMOTED(14),
	  YIELDS(40),
	  {50, "BF", VRRP_CAUSE_FAILED, 50, NULL},
	  RECOVERS(60)},
	 30},
	{"it goes on as master", {RECOVERS(10), PROMOTED(14)}, 0},
	{"a better one comes long after", {RECOVERS(10), PROMOTED(14), YIELDS(70)}, 0},
	{"the master was heard after the link came up",
	 {RECOVERS(10), {14, "BM", VRRP_CAUSE_MASTER_DOWN, 11, NULL}, YIELDS(20)},
	 0},
	{"it had left", {RECOVERS(10), {14, "BM", VRRP_CAUSE_MASTER_LEFT, 1, NULL}, YIELDS(20)}, 0},
	{"a start is no recovery",
	 {{10, "IB", VRRP_CAUSE_STARTED, 0, NULL}, PROMOTED(14), YIELDS(20)},
	 0},
	{"it fails in between",
	 {RECOVERS(10),
	  PROMOTED(14),
	  {15, "MF", VRRP_CAUSE_FAILED, 1, NULL},
	  {16, "FB", VRRP_CAUSE_RECOVERED, 1, NULL},
	  YIELDS(20)},
	 0},
	{"another router's are in between",
	 {RECOVERS(10),
	  {11, "BM", VRRP_CAUSE_MASTER_DOWN, 1, "rest"},
	  PROMOTED(14),
	  {15, "MB", VRRP_CAUSE_HIGHER_PRIORITY, 1, "rest"},
	  YIELDS(20)},
	 10},
};

static uint8_t state_of(char letter)
{
	return letter == 'I'   ? VRRP_STATE_INIT
	       : letter == 'B' ? VRRP_STATE_BACKUP
	       : letter == 'M' ? VRRP_STATE_MASTER
			       : VRRP_STATE_FAULT;
}

static void test_late(void **state)
{
	const struct late_row *row = *state;
	struct history_record records[COUNT(row->list)] = {0};
	struct history_late late = {0};
	unsigned int count = 0;

	for (; count < COUNT(row->list) && row->list[count].at_s; count++) {
		struct history_record *record = &records[count];

		snprintf(record->name, sizeof(record->name), "%s",
			 row->list[count].name ? row->list[count].name : "web");
		record->from = state_of(row->list[count].step[0]);
		record->to = state_of(row->list[count].step[1]);
		record->cause = (uint8_t)row->list[count].cause;
		record->at_ns = NOON + row->list[count].at_s * SECOND;
		record->wire_ns = NOON + row->list[count].wire_s * SECOND;
	}
	assert_int_equal(history_find_late(records, count, "web", &late), row->deaf_s != 0);
	assert_int_equal(late.deaf_ns, row->deaf_s * SECOND);
	if (row->deaf_s)
		assert_int_equal(late.at_ns, NOON + 14 * SECOND);
}

/* ---- lines ---- */

struct line_row {
	const char *what;
	const char *line; /* without its newline */
};

static const struct line_row good[] = {
	{"a failover", "1795608000.000000001\tweb\tbackup\tmaster\tmaster down\t"
		       "1795607999.500000000\t1795607999.999999999\t1795608000.000100000\t"
		       "10.51.67.13\t150"},
	{"nothing but the time",
	 "1795608000.000000000\ta.b_c-9\tinit\tbackup\tstarted\t-\t-\t-\t-\t0"},
	{"IPv6", "1795608000.123456789\tweb6\tmaster\tbackup\thigher priority heard\t"
		 "1795608000.123456000\t-\t-\tfe80::216:3eff:fe5a:c03\t255"},
	{"the longest", "9223372035.999999999\tabcdefghijklmnopqrstuvwxyz01234\tbackup\tmaster\t"
			"equal priority and higher address heard\t9223372035.999999999\t"
			"9223372035.999999999\t9223372035.999999999\t"
			"2001:db8:1111:2222:3333:4444:5555:6666\t255"},
};

static void test_good(void **state)
{
	const struct line_row *row = *state;
	struct history_record record;
	char line[HISTORY_LINE];

	assert_true(history_parse(row->line, &record));
	assert_int_equal(history_format(&record, line), strlen(row->line) + 1);
	assert_memory_equal(line, row->line, strlen(row->line));
	/* With its newline, as it is in the file. */
	assert_true(history_parse(line, &record));
}

#define REST "\tbackup\tmaster\tmaster down\t-\t-\t-\t-\t0"

static const struct line_row bad[] = {
	{"empty", ""},
	{"the header", "#time\trouter\tfrom\tto\tcause\tlast_advert\tdeadline\tannounced\tpeer\t"
		       "peer_priority"},
	{"no time", "-\tweb" REST},
	{"a time without a point", "1795608000\tweb" REST},
	{"a time with eight digits behind it", "1795608000.00000000\tweb" REST},
	{"a time with ten", "1795608000.0000000000\tweb" REST},
	{"a time below zero", "-5.000000000\tweb" REST},
	{"a time beyond 64 bits", "9223372036.000000000\tweb" REST},
	{"a time that is none", "noon\tweb" REST},
	{"a time with more behind it", "1795608000.000000000x\tweb" REST},
	{"no name", "1795608000.000000000\t" REST},
	{"a name that is too long", "1795608000.000000000\tabcdefghijklmnopqrstuvwxyz012345" REST},
	{"an unknown state", "1795608000.000000000\tweb\tbackup\tboss\tmaster down\t-\t-\t-\t-\t0"},
	{"a priority above 255",
	 "1795608000.000000000\tweb\tbackup\tmaster\tmaster down\t-\t-\t-\t-\t256"},
	{"no priority", "1795608000.000000000\tweb\tbackup\tmaster\tmaster down\t-\t-\t-\t-\t"},
	{"a peer that is no address",
	 "1795608000.000000000\tweb\tbackup\tmaster\tmaster down\t-\t-\t-\tpeer\t0"},
	{"cut short", "1795608000.000000000\tweb\tbackup\tmaster\tmaster down\t-\t-\t-"},
};

static void test_bad(void **state)
{
	const struct line_row *row = *state;
	struct history_record record, before;

	memset(&record, 0x5a, sizeof(record));
	before = record;
	assert_false(history_parse(row->line, &record));
	assert_memory_equal(&record, &before, sizeof(record));
}

/* A newer version knows more causes: the transition itself is not lost. */
static void test_unknown_cause(void **state)
{
	struct history_record record;

	(void)state;
	assert_true(history_parse("1795608000.000000000\tweb\tbackup\tmaster\tof tomorrow\t-\t-\t-"
				  "\t-\t0",
				  &record));
	assert_int_equal(record.cause, VRRP_CAUSE_NONE);
	assert_int_equal(record.to, VRRP_STATE_MASTER);
}

/* Whatever a disk made of a line, it is refused or it is a line again. */
static void test_mutated(void **state)
{
	uint32_t seed = 6;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		const char *from = good[(unsigned int)round % COUNT(good)].line;
		size_t length = strlen(from);
		char *line = malloc(length + 1), again[HISTORY_LINE];
		struct history_record record;

		assert_non_null(line);
		memcpy(line, from, length + 1);
		for (int edit = 0; edit < 3; edit++) {
			seed = seed * 1664525 + 1013904223;
			line[(seed >> 8) % length] = "\t\n\xff 0-.:a"[(seed >> 3) % 9];
		}
		if (history_parse(line, &record)) {
			history_format(&record, again);
			assert_true(history_parse(again, &record));
		}
		free(line);
	}
}

/* ---- the map ---- */

static void put(struct vrrp_history *ring, uint64_t seq)
{
	ring[seq % VRRP_MAX_HISTORY] = (struct vrrp_history){.seq = seq, .at_ns = seq * 10};
}

struct ring_row {
	const char *what;
	uint64_t first, last; /* were written */
	uint64_t seen;
	uint64_t read_first, read_last; /* 0, 0: nothing */
};

#define N VRRP_MAX_HISTORY

static const struct ring_row rings[] = {
	{"empty", 1, 0, 0, 0, 0},
	{"one", 1, 1, 0, 1, 1},
	{"all seen", 1, 5, 5, 0, 0},
	{"some new ones", 1, 5, 3, 4, 5},
	{"full", 1, N, 0, 1, N},
	{"full and one", 1, N + 1, 0, 2, N + 1},
	{"full and two", 1, N + 2, 0, 3, N + 2},
	{"many times round, nothing seen", 1, 7 * N + 3, 0, 6 * N + 4, 7 * N + 3},
	{"round once since the last look", 1, 2 * N, N / 2, N + 1, 2 * N},
	{"just not round", 1, 2 * N, N, N + 1, 2 * N},
	{"just round", 1, 2 * N + 1, N, N + 2, 2 * N + 1},
	{"newer than all: of maps that are gone", 1, 5, 900, 0, 0},
};

static void test_ring(void **state)
{
	const struct ring_row *row = *state;
	static struct vrrp_history ring[N];
	struct vrrp_history entry;
	uint64_t seen = row->seen, next = row->read_first, count = 0;

	memset(ring, 0, sizeof(ring));
	for (uint64_t seq = row->first; seq <= row->last; seq++)
		put(ring, seq);
	while (history_next(ring, &seen, &entry)) {
		assert_int_equal(entry.seq, next);
		assert_int_equal(entry.at_ns, next * 10);
		next++;
		count++;
	}
	assert_int_equal(count, row->read_first ? row->read_last - row->read_first + 1 : 0);
	if (count)
		assert_int_equal(seen, row->read_last);
	else
		assert_int_equal(seen, row->seen);
}

/* The writer takes the number away first: a reader waits for it. */
static void test_being_written(void **state)
{
	static struct vrrp_history ring[N];
	struct vrrp_history entry;
	uint64_t seen = 0;

	(void)state;
	memset(ring, 0, sizeof(ring));
	put(ring, 1);
	put(ring, 2);
	ring[2].seq = 0;
	assert_true(history_next(ring, &seen, &entry));
	assert_false(history_next(ring, &seen, &entry));
	ring[2].seq = 2;
	assert_true(history_next(ring, &seen, &entry));
	assert_int_equal(seen, 2);
}

static void test_from_map(void **state)
{
	struct vrrp_history entry = {
		.seq = 3,
		.at_ns = 5 * SECOND,
		.wire_ns = 4 * SECOND,
		.deadline_ns = 5 * SECOND - 1,
		.from = VRRP_STATE_BACKUP,
		.to = VRRP_STATE_MASTER,
		.cause = VRRP_CAUSE_MASTER_DOWN,
		.peer_priority = 150,
		.peer_family = 4,
		.wall_offset_ns = NOON,
	};
	struct history_record record;

	(void)state;
	memset(entry.name, 'n', sizeof(entry.name)); /* without an end */
	record = history_from_map(&entry);
	assert_int_equal(record.at_ns, NOON + 5 * SECOND);
	assert_int_equal(record.wire_ns, NOON + 4 * SECOND);
	assert_int_equal(record.deadline_ns, NOON + 5 * SECOND - 1);
	assert_int_equal(record.announced_ns, 0); /* never: not the wall clock's zero */
	assert_int_equal(record.peer_priority, 150);
	assert_int_equal(strlen(record.name), VRRP_NAME_LEN - 1);
}

/* ---- union ---- */

static struct history_record at(int64_t seconds, const char *name)
{
	struct history_record record = {
		.at_ns = NOON + seconds * SECOND,
		.from = VRRP_STATE_BACKUP,
		.to = VRRP_STATE_MASTER,
	};

	snprintf(record.name, sizeof(record.name), "%s", name);
	return record;
}

static void test_merge(void **state)
{
	static struct history_record records[HISTORY_MAX], more[HISTORY_MAX];
	unsigned int count, added;

	(void)state;
	more[0] = at(1, "web");
	more[1] = at(1, "mail"); /* of the same moment */
	more[2] = at(2, "web");
	count = history_merge(records, 0, more, 3, &added);
	assert_int_equal(count, 3);
	assert_int_equal(added, 3);
	/* Nothing twice. */
	more[3] = at(3, "web");
	count = history_merge(records, count, more, 4, &added);
	assert_int_equal(count, 4);
	assert_int_equal(added, 1);
	assert_int_equal(records[3].at_ns, NOON + 3 * SECOND);
	assert_int_equal(history_merge(records, count, more, 4, NULL), 4);
}

static void test_merge_full(void **state)
{
	static struct history_record records[HISTORY_MAX], more[HISTORY_MAX];
	unsigned int count, added;

	(void)state;
	for (int i = 0; i < HISTORY_MAX; i++) {
		records[i] = at(i, "web");
		more[i] = at(i + 10, "web");
	}
	count = history_merge(records, HISTORY_MAX, more, HISTORY_MAX, &added);
	assert_int_equal(count, HISTORY_MAX);
	assert_int_equal(added, 10);
	for (int i = 0; i < HISTORY_MAX; i++)
		assert_int_equal(records[i].at_ns, NOON + (i + 10) * SECOND);
}

int main(void)
{
	table_rows("line", good, what, test_good);
	table_rows("no line", bad, what, test_bad);
	table_add("line", "a cause of tomorrow", test_unknown_cause, NULL);
	table_add("line", "20000 mutated lines, fixed seed", test_mutated, NULL);
	table_rows("ring", rings, what, test_ring);
	table_add("ring", "being written", test_being_written, NULL);
	table_rows("late port", lates, what, test_late);
	table_add("ring", "as a record", test_from_map, NULL);
	table_add("union", "each once", test_merge, NULL);
	table_add("union", "the oldest make room", test_merge_full, NULL);

	return table_run("history");
}

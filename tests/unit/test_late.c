/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpf/tally.h counts as late, and in which bucket. Links nothing of src/.
 */
#include <stdint.h>
#include <string.h>

#include "table.h"
#include "tally.h"

#define MS 1000000ULL
#define T0 (5000 * VRRP_NS_PER_S)

struct heard {
	unsigned int at_ms;
	uint16_t interval_cs;
	uint8_t priority;
	char source;
};

struct row {
	const char *what;
	struct heard heard[6]; /* until one without an interval */
	unsigned int on_time, late;
	unsigned int late_ms;    /* the last of those that were late */
	unsigned int counted_ms; /* the time that all of them cover */
};

static const struct row rows[] = {
	{"the first advert", {{0, 100, 200, 'a'}}, 0, 0, 0, 0},
	{"on time", {{0, 100, 200, 'a'}, {1000, 100, 200, 'a'}}, 1, 0, 0, 1000},
	{"early: an extra one", {{0, 100, 200, 'a'}, {300, 100, 200, 'a'}}, 1, 0, 0, 300},
	{"late", {{0, 10, 200, 'a'}, {110, 10, 200, 'a'}}, 0, 1, 10, 110},
	{"lost: late by an interval", {{0, 10, 200, 'a'}, {200, 10, 200, 'a'}}, 0, 1, 100, 200},
	{"a stall beyond master-down, and the master goes on",
	 {{0, 10, 200, 'a'}, {900, 10, 200, 'a'}, {1000, 10, 200, 'a'}},
	 1,
	 1,
	 800,
	 1000},
	{"the longest stall", {{0, 10, 200, 'a'}, {8600, 10, 200, 'a'}}, 0, 1, 8500, 8600},
	{"an outage", {{0, 10, 200, 'a'}, {8700, 10, 200, 'a'}}, 0, 0, 0, 0},
	{"four long intervals are no outage",
	 {{0, 500, 200, 'a'}, {24900, 500, 200, 'a'}},
	 0,
	 1,
	 19900,
	 24900},
	{"more of them are one", {{0, 500, 200, 'a'}, {25000, 500, 200, 'a'}}, 0, 0, 0, 0},
	{"a goodbye, whenever it comes", {{0, 10, 200, 'a'}, {350, 10, 0, 'a'}}, 0, 0, 0, 0},
	{"back after a goodbye",
	 {{0, 10, 200, 'a'}, {50, 10, 0, 'a'}, {3000, 10, 200, 'a'}, {3100, 10, 200, 'a'}},
	 1,
	 0,
	 0,
	 100},
	{"a new master",
	 {{0, 10, 200, 'a'}, {400, 10, 210, 'b'}, {500, 10, 210, 'b'}},
	 1,
	 0,
	 0,
	 100},
	{"another priority of the same one", {{0, 10, 200, 'a'}, {120, 10, 1, 'a'}}, 0, 1, 20, 120},
	{"a shorter interval from now on",
	 {{0, 100, 200, 'a'}, {1000, 10, 200, 'a'}, {1100, 10, 200, 'a'}},
	 1,
	 0,
	 0,
	 100},
	{"a longer interval from now on",
	 {{0, 10, 200, 'a'}, {100, 100, 200, 'a'}, {1100, 100, 200, 'a'}},
	 1,
	 0,
	 0,
	 1000},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct vrrp_timing timing = {0};
	struct vrrp_path path = {0};
	unsigned int late = 0;

	for (const struct heard *at = row->heard; at->interval_cs; at++) {
		struct vrrp_advert advert = {.stamp_ns = T0 + at->at_ms * MS,
					     .interval_cs = at->interval_cs,
					     .priority = at->priority};

		advert.source.b[0] = (uint8_t)at->source;
		vrrp_tally_path(&path, &timing, &advert);
	}
	for (unsigned int i = 1; i < VRRP_LATE_BUCKETS; i++)
		late += timing.late[i];
	assert_int_equal(timing.late[0], row->on_time);
	assert_int_equal(late, row->late);
	assert_int_equal(timing.counted, row->on_time + row->late);
	assert_int_equal(timing.counted_ns, row->counted_ms * MS);
	if (row->late)
		assert_int_equal(timing.late[vrrp_late_bucket(row->late_ms * MS)], 1);
}

/* A master that sends both forms of the checksum is counted once for each interval. */
static void test_copy(void **state)
{
	struct vrrp_path path = {.checksum = VRRP_CHECKSUM_BOTH};
	struct vrrp_timing timing = {0};

	(void)state;
	for (unsigned int i = 0; i < 10; i++) {
		struct vrrp_advert advert = {.stamp_ns = T0 + (i / 2 * 100 + i % 2) * MS,
					     .interval_cs = 10,
					     .priority = 200};

		vrrp_tally_path(&path, &timing, &advert);
	}
	assert_int_equal(timing.late[0], 4);
	assert_int_equal(timing.counted_ns, 400 * MS);
}

/* Two adverts: which of them are recorded, and is the time between them counted? */
static void test_pairs(void **state)
{
	static const struct {
		const char *what;
		enum vrrp_checksum forms; /* that were seen before */
		enum vrrp_checksum first, second;
		int64_t gap_ns;
		char source; /* of the second one; the first one is of 'a' */
		unsigned int adverts, gaps;
	} pairs[] = {
		{"a quarter of the interval later: no copy", VRRP_CHECKSUM_BOTH,
		 VRRP_CHECKSUM_RFC5798, VRRP_CHECKSUM_RFC9568, 25 * MS, 'a', 2, 1},
		{"a nanosecond before that: a copy", VRRP_CHECKSUM_BOTH, VRRP_CHECKSUM_RFC5798,
		 VRRP_CHECKSUM_RFC9568, 25 * MS - 1, 'a', 1, 0},
		{"right behind it, and of another router: no copy", VRRP_CHECKSUM_BOTH,
		 VRRP_CHECKSUM_RFC5798, VRRP_CHECKSUM_RFC9568, MS, 'b', 2, 1},
		{"right behind it, and in the same form as all before: no copy", VRRP_CHECKSUM_AUTO,
		 VRRP_CHECKSUM_RFC5798, VRRP_CHECKSUM_RFC5798, MS, 'a', 2, 1},
		{"right behind it, and in the other form for the first time: a copy",
		 VRRP_CHECKSUM_AUTO, VRRP_CHECKSUM_RFC5798, VRRP_CHECKSUM_RFC9568, MS, 'a', 1, 0},
		{"older than the one that was heard before it: recorded, its gap is none",
		 VRRP_CHECKSUM_AUTO, VRRP_CHECKSUM_RFC5798, VRRP_CHECKSUM_RFC5798, -1, 'a', 2, 0},
		{"at the same time: recorded, its gap is none", VRRP_CHECKSUM_AUTO,
		 VRRP_CHECKSUM_RFC5798, VRRP_CHECKSUM_RFC5798, 0, 'a', 2, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct vrrp_path path = {.checksum = pairs[i].forms}, other = path;
		struct vrrp_timing timing = {0};
		struct vrrp_advert advert = {.stamp_ns = T0,
					     .interval_cs = 10,
					     .priority = 200,
					     .checksum = pairs[i].first,
					     .source = {{'a'}}};
		unsigned int gaps = 0;

		vrrp_tally_path(&path, &timing, &advert);
		vrrp_tally_path(&other, NULL, &advert);
		advert.stamp_ns += pairs[i].gap_ns;
		advert.checksum = pairs[i].second;
		advert.source.b[0] = (uint8_t)pairs[i].source;
		vrrp_tally_path(&path, &timing, &advert);
		vrrp_tally_path(&other, NULL, &advert);
		for (unsigned int at = 0; at < VRRP_GAP_BUCKETS; at++)
			gaps += timing.gaps[at];
		if (path.adverts != pairs[i].adverts || gaps != pairs[i].gaps)
			fail_msg("%s", pairs[i].what);
		/* Without a place for the times, the rest is recorded alike. */
		assert_memory_equal(&path, &other, sizeof(path));
	}
}

/* The borders of all buckets, a nanosecond below them, and what lies in between. */
static void test_buckets(void **state)
{
	(void)state;
	assert_int_equal(vrrp_late_bucket(0), 0);
	assert_int_equal(vrrp_late_from_ns(0), 0);
	assert_int_equal(vrrp_late_from_ns(1), 1 << 15);
	assert_int_equal(vrrp_late_bucket(100 * MS), 46);
	assert_int_equal(vrrp_late_from_ns(46), 5ULL << 24);
	for (uint32_t i = 1; i < VRRP_LATE_BUCKETS; i++) {
		uint64_t from = vrrp_late_from_ns(i), to = vrrp_late_from_ns(i + 1);

		assert_int_equal(vrrp_late_bucket(from), i);
		assert_int_equal(vrrp_late_bucket(from - 1), i - 1);
		assert_true((to - from) * 4 <= from && (to - from) * 8 > from);
	}
	assert_int_equal(vrrp_late_bucket(UINT64_MAX), VRRP_LATE_BUCKETS - 1);
	/* No stall that is counted at an interval below 2 s falls into the bucket without an end
	 * together with a longer one. */
	assert_true(vrrp_late_from_ns(VRRP_LATE_BUCKETS - 1) <= VRRP_OUTAGE_NS);
	assert_true(vrrp_late_from_ns(VRRP_LATE_BUCKETS) >= VRRP_OUTAGE_NS);
}

static void test_gap_buckets(void **state)
{
	(void)state;
	assert_int_equal(vrrp_gap_bucket(0), 0);
	for (uint32_t i = 1; i < VRRP_GAP_BUCKETS; i++) {
		assert_int_equal(vrrp_gap_bucket(1000ULL << i), i);
		assert_int_equal(vrrp_gap_bucket((1000ULL << i) - 1), i - 1);
	}
	assert_int_equal(vrrp_gap_bucket(UINT64_MAX), VRRP_GAP_BUCKETS - 1);
}

int main(void)
{
	table_rows(NULL, rows, what, test_row);
	table_test(test_copy);
	table_test(test_pairs);
	table_test(test_buckets);
	table_test(test_gap_buckets);
	return table_run("late");
}

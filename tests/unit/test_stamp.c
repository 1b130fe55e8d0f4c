/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stamps of the wall clock on CLOCK_MONOTONIC, whatever happens to the wall clock. Links core/stamp
 * alone. One frame: the queue was found empty at 1000 ms, the frame arrives at 1400 ms, the next
 * drain begins at 1500 ms and reads it at 1510 ms.
 */
#include <stdint.h>

#include "core/stamp.h"
#include "table.h"

#define MS   1000000LL
#define HOUR (3600000 * MS)

#define OFFSET  1700000000123456789LL /* realtime - monotonic */
#define WIDTH   60                    /* between the two reads around the third */
#define EMPTY   (1000 * MS)
#define ARRIVAL (1400 * MS)
#define DRAIN   (1500 * MS)
#define READ    (1510 * MS)

static struct clocks at(int64_t now, int64_t offset)
{
	return (struct clocks){{now}, offset - WIDTH / 2, offset + WIDTH / 2};
}

struct row {
	const char *what;
	int64_t stamped; /* the step that the stamp has seen: */
	int64_t began;   /* the drain, */
	int64_t read;    /* and the end of the read */
	int64_t arrival; /* expected; READ: it counts as arriving when it is read */
	int64_t delayed; /* the frame's arrival, if not ARRIVAL */
};

static const struct row rows[] = {
	{"no step", 0, 0, 0, ARRIVAL, 0},
	{"no step, the moment it was empty", 0, 0, 0, EMPTY, EMPTY},
	{"no step, while it is read", 0, 0, 0, DRAIN + 5 * MS, DRAIN + 5 * MS},
	{"an hour ahead, after the arrival", 0, HOUR, HOUR, READ, 0},
	{"an hour ahead, before the arrival", HOUR, HOUR, HOUR, READ, 0},
	{"an hour back, after the arrival", 0, -HOUR, -HOUR, READ, 0},
	{"an hour back, before the arrival", -HOUR, -HOUR, -HOUR, READ, 0},
	/* Both clocks would do by themselves: within the wait. */
	{"50 ms ahead, after the arrival", 0, 50 * MS, 50 * MS, READ, 0},
	{"50 ms ahead, before the arrival", 50 * MS, 50 * MS, 50 * MS, READ, 0},
	{"50 ms back, after the arrival", 0, -50 * MS, -50 * MS, READ, 0},
	{"1 us back, after the arrival", 0, -1000, -1000, READ, 0},
	{"50 ms back, while it is read", 0, 0, -50 * MS, READ, 0},
	{"50 ms ahead, while it is read, before the arrival", 50 * MS, 0, 50 * MS, READ, 0},
	/* Nothing shows but that it cannot be. */
	{"an hour ahead and back, the arrival between", HOUR, 0, 0, READ, 0},
	{"an hour back and ahead, the arrival between", -HOUR, 0, 0, READ, 0},
	{"before the queue was empty", 0, 0, 0, READ, EMPTY - 1000},
	{"from the future", 0, 0, 0, READ, READ + MS},
	{"not stamped", -OFFSET, 0, 0, READ, 1},
};

static struct monotime arrival(const struct stamps *stamps, int64_t now, int64_t stamp)
{
	return stamps_arrival(stamps, (struct monotime){now}, stamp, (struct monotime){0});
}

static void test_row(void **state)
{
	const struct row *r = *state;
	struct clocks start = at(EMPTY, OFFSET), began = at(DRAIN, OFFSET + r->began),
		      read = at(READ, OFFSET + r->read);
	int64_t truth = r->delayed ? r->delayed : ARRIVAL, found;
	struct stamps stamps;

	stamps_init(&stamps, &start);
	stamps_begin(&stamps, &began);
	stamps_read(&stamps, &read);
	found = arrival(&stamps, READ, truth + OFFSET + r->stamped).ns;
	/* As exact as the clocks were read, and never early. */
	assert_in_range(found, r->arrival, r->arrival + WIDTH / 2);
	assert_true(found >= truth || truth > READ);
}

/* A reading that was interrupted says little; the best of all counts. */
static void test_wide_readings(void **state)
{
	struct clocks start = {{EMPTY}, OFFSET - 5 * MS, OFFSET + MS},
		      began = {{DRAIN}, OFFSET - MS, OFFSET + 5 * MS}, read = at(READ, OFFSET);
	struct stamps stamps;

	(void)state;
	stamps_init(&stamps, &start);
	stamps_begin(&stamps, &began);
	assert_int_equal(arrival(&stamps, READ, ARRIVAL + OFFSET).ns, ARRIVAL + MS);
	stamps_read(&stamps, &read);
	assert_in_range(arrival(&stamps, READ, ARRIVAL + OFFSET).ns, ARRIVAL, ARRIVAL + WIDTH / 2);
}

/* After a step stamps are good again, once everything from before it was read. */
static void test_afterwards(void **state)
{
	struct clocks start = at(EMPTY, OFFSET), began = at(DRAIN, OFFSET + HOUR);
	struct stamps stamps;

	(void)state;
	stamps_init(&stamps, &start);
	stamps_begin(&stamps, &began);
	stamps_end(&stamps, false);
	began = at(DRAIN + 100 * MS, OFFSET + HOUR);
	stamps_begin(&stamps, &began);
	assert_int_equal(arrival(&stamps, DRAIN + 110 * MS, DRAIN + 90 * MS + OFFSET + HOUR).ns,
			 DRAIN + 110 * MS);
	stamps_end(&stamps, true);
	began = at(DRAIN + 200 * MS, OFFSET + HOUR);
	stamps_begin(&stamps, &began);
	assert_in_range(arrival(&stamps, DRAIN + 210 * MS, DRAIN + 190 * MS + OFFSET + HOUR).ns,
			DRAIN + 190 * MS, DRAIN + 190 * MS + WIDTH / 2);
}

/* The next frame of a socket did not arrive before this one, which had to count as read late. */
static void test_order(void **state)
{
	struct clocks start = at(EMPTY, OFFSET), began = at(DRAIN, OFFSET);
	struct monotime now = {READ}, late = {READ - 1};
	struct stamps stamps;

	(void)state;
	stamps_init(&stamps, &start);
	stamps_begin(&stamps, &began);
	assert_int_equal(stamps_arrival(&stamps, now, ARRIVAL + OFFSET, late).ns, late.ns);
}

int main(void)
{
	table_rows(NULL, rows, what, test_row);
	table_test(test_wide_readings);
	table_test(test_afterwards);
	table_test(test_order);
	return table_run("stamp");
}

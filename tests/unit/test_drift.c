/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far two clocks drift apart, measured on the arrivals of adverts. Links core/vrrp/drift alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "core/monotime.h"
#include "core/vrrp/drift.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATHS        2
#define SOURCE       7
#define BEGIN        (1000 * NS_PER_S)

/* One master, and the backup that measures it. */
struct world {
	struct drift drift;
	struct vrrp_judged judged;
	struct vrrp_path path[PATHS], *paths[PATHS];
	int64_t interval_ns;
	unsigned int windows;
	int64_t first_at; /* of the window that was completed first, after BEGIN */
	int32_t ppm;      /* of the last window */
};

static struct world world_of(uint16_t interval_cs)
{
	return (struct world){.judged = {.interval_cs = interval_cs, .priority = 100},
			      .interval_ns = interval_cs * 10 * NS_PER_MS};
}

static void note(struct world *world)
{
	for (unsigned int p = 0; p < PATHS; p++)
		world->paths[p] = &world->path[p];
	if (drift_note(&world->drift, &world->judged, world->paths, &world->ppm) &&
	    !world->windows++)
		world->first_at = (int64_t)world->judged.stamp_ns - BEGIN;
}

/* An advert arrives, and the backup wakes. */
static void hear(struct world *world, int64_t at_ns, uint8_t path, uint8_t source)
{
	world->judged.stamp_ns = (uint64_t)(BEGIN + at_ns);
	world->judged.path = path;
	world->judged.source = (struct vrrp_addr){{source, path}};
	world->path[path].last_ns = world->judged.stamp_ns;
	world->path[path].source = world->judged.source;
	note(world);
}

/* The arrival of the advert with this number, if the master's interval is longer by ppm. */
static int64_t arrival(const struct world *world, int64_t number, int64_t ppm)
{
	return number * world->interval_ns + number * world->interval_ns / 1000000 * ppm;
}

struct row {
	const char *what;
	uint16_t interval_cs;
	int32_t ppm;
	int64_t jitter_ns; /* each advert is late by up to so much */
	int64_t every;     /* the backup wakes at each advert whose number is a multiple of it */
	int64_t window_s;  /* the first window ends then */
	int32_t most_off;  /* the measurement is off by so many ppm at most */
};

static const struct row rows[] = {
	{"equal clocks", 100, 0, 0, 1, 60, 1},
	{"ours is faster", 100, 2000, 0, 1, 60, 1},
	{"ours is slower", 100, -2000, 0, 1, 60, 1},
	{"woken once in a master-down", 100, 2000, 0, 4, 60, 1},
	{"a tenth of a second", 10, -300, 0, 3, 60, 1},
	{"10 ms", 1, 450, 0, 1, 60, 1},
	{"the most that fits into the rhythm", 100, 25000, 0, 4, 60, 1},
	{"ten seconds: eight arrivals take longer than a minute", 1000, 2000, 0, 3, 210, 1},
	{"the longest interval", 4095, -2000, 0, 3, 860, 1},
	{"jitter of a millisecond", 100, 0, NS_PER_MS, 3, 60, 30},
	{"jitter of a millisecond at 10 ms", 1, 700, NS_PER_MS, 1, 60, 3},
	{"jitter of 20 ms", 100, -900, 20 * NS_PER_MS, 3, 60, 300},
};

static void test_measures(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct world world = world_of(row->interval_cs);

		srand(1);
		for (int64_t n = 0; n * world.interval_ns < 1000 * NS_PER_S; n += row->every) {
			hear(&world,
			     arrival(&world, n, row->ppm) +
				     (row->jitter_ns ? rand() % row->jitter_ns : 0),
			     0, SOURCE);
			if (world.windows && abs(world.ppm - row->ppm) > row->most_off)
				fail_msg("%s: %d ppm", row->what, world.ppm);
		}
		if (!world.windows || llabs(world.first_at - row->window_s * NS_PER_S) >
					      (row->every + 1) * world.interval_ns +
						      world.first_at / 1000000 * abs(row->ppm))
			fail_msg("%s: %u windows, the first one after %lld ms", row->what,
				 world.windows, (long long)(world.first_at / NS_PER_MS));
	}
}

/* One second, 1,000 ppm, two minutes; `odd` happens at each advert. */
static struct world measure(void (*odd)(struct world *world, int64_t number, int64_t at_ns))
{
	struct world world = world_of(100);

	for (int64_t n = 0; n < 120; n++)
		odd(&world, n, arrival(&world, n, 1000));
	return world;
}

static void late_once(struct world *world, int64_t number, int64_t at_ns)
{
	hear(world, at_ns + (number == 30 ? 100 * NS_PER_MS : 0), 0, SOURCE);
}

static void lost(struct world *world, int64_t number, int64_t at_ns)
{
	if (number % 8 == 0)
		hear(world, at_ns, 0, SOURCE);
}

static void answers(struct world *world, int64_t number, int64_t at_ns)
{
	hear(world, at_ns, 0, SOURCE);
	if (number % 5 == 0)
		hear(world, at_ns + 400 * NS_PER_MS, 0, SOURCE);
}

static void twice(struct world *world, int64_t number, int64_t at_ns)
{
	(void)number;
	hear(world, at_ns, 0, SOURCE);
	note(world);
	hear(world, at_ns + NS_PER_MS, 0, SOURCE);
}

/* As long as `twice`, but the copies come late, and in the second half of the minute alone. */
static void copies_later(struct world *world, int64_t number, int64_t at_ns)
{
	hear(world, at_ns, 0, SOURCE);
	if (number > 30)
		hear(world, at_ns + 100 * NS_PER_MS, 0, SOURCE);
}

static void another_router(struct world *world, int64_t number, int64_t at_ns)
{
	hear(world, at_ns, 0, SOURCE);
	if (number % 5 == 0)
		hear(world, at_ns + 10 * NS_PER_MS, 0, SOURCE + 1);
}

static void goodbye(struct world *world, int64_t number, int64_t at_ns)
{
	hear(world, at_ns + (number > 20 ? 100 * NS_PER_MS : 0), 0, SOURCE);
	if (number != 20)
		return;
	world->judged.priority = VRRP_PRIO_STOP;
	hear(world, at_ns + 500 * NS_PER_MS, 0, SOURCE);
	note(world);
	world->judged.priority = 100;
}

/* The second path takes 100 ms longer, now and then. */
static void two_paths(struct world *world, int64_t number, int64_t at_ns)
{
	hear(world, at_ns, (uint8_t)(number % 2), SOURCE);
	hear(world, at_ns + (number > 60 ? 100 : 1) * NS_PER_MS, (uint8_t)(1 - number % 2), SOURCE);
}

static void path_ends(struct world *world, int64_t number, int64_t at_ns)
{
	hear(world, at_ns, number < 30 ? 0 : 1, SOURCE);
}

static void silence(struct world *world, int64_t number, int64_t at_ns)
{
	if (number < 20 || number > 28)
		hear(world, at_ns, 0, SOURCE);
}

static void another_interval(struct world *world, int64_t number, int64_t at_ns)
{
	world->judged.interval_cs = number < 30 ? 100 : 200;
	if (number < 30 || number % 2)
		hear(world, at_ns, 0, SOURCE);
}

static void test_odd_adverts(void **state)
{
	static const struct {
		const char *what;
		void (*odd)(struct world *world, int64_t number, int64_t at_ns);
		unsigned int windows; /* within two minutes */
		int64_t first_s;
		int32_t most_off;
	} table[] = {
		{"one advert is late by 100 ms", late_once, 1, 60, 200},
		{"seven of eight are lost", lost, 1, 64, 1},
		{"what is sent between two intervals is left out", answers, 1, 60, 1},
		{"duplicates", twice, 1, 60, 1},
		{"duplicates that are late, from the middle on", copies_later, 1, 60, 1},
		{"another router", another_router, 1, 60, 1},
		{"a goodbye, and it comes back: it begins anew", goodbye, 1, 81, 1},
		{"two paths: one of them is measured", two_paths, 1, 60, 1},
		{"the path falls silent: it begins on the other one", path_ends, 1, 98, 1},
		{"nobody can tell how many were lost: it begins anew", silence, 1, 89, 1},
		{"another interval: it begins anew", another_interval, 1, 99, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct world world = measure(table[i].odd);

		if (world.windows != table[i].windows)
			fail_msg("%s: %u windows", table[i].what, world.windows);
		if (llabs(world.first_at - table[i].first_s * NS_PER_S) > 2 * NS_PER_S)
			fail_msg("%s: after %lld ms", table[i].what,
				 (long long)(world.first_at / NS_PER_MS));
		if (abs(world.ppm - 1000) > table[i].most_off)
			fail_msg("%s: %d ppm", table[i].what, world.ppm);
	}
}

static void test_codes(void **state)
{
	static const struct {
		int32_t ppm;
		uint8_t code;
		int32_t back;
	} table[] = {
		{0, 128, 0},         {99, 128, 0},        {100, 129, 200},     {-99, 128, 0},
		{-100, 127, -200},   {499, 130, 400},     {500, 131, 600},     {-500, 125, -600},
		{25400, 255, 25400}, {-25400, 1, -25400}, {90000, 255, 25400}, {-90000, 1, -25400},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		if (drift_code(table[i].ppm) != table[i].code ||
		    drift_ppm(table[i].code) != table[i].back)
			fail_msg("%d: %d, %d", table[i].ppm, drift_code(table[i].ppm),
				 drift_ppm(table[i].code));
	}
	assert_int_equal(drift_ppm(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measures),
		cmocka_unit_test(test_odd_adverts),
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which interval is safe, from histograms that are drawn from known laws of lateness: the stated
 * interval covers the truth about 95 times of 100. Refusals, paths, versions and the text in
 * tables. Links core/interval_advice alone.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/interval_advice.h"
#include "table.h"
#include "tally.h"
#include "unit/draws.h"

#define HOUR_NS (3600 * VRRP_NS_PER_S)
#define YEAR_NS (365.25 * 86400e9)
#define DRAWS   100

static uint32_t poisson(double mean)
{
	double product = 1, limit = exp(-mean), many;
	uint32_t count = 0;

	if (mean > 40) {
		many = mean + sqrt(mean) * sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
		return many > 0 ? (uint32_t)(many + 0.5) : 0;
	}
	while ((product *= uniform()) > limit)
		count++;
	return count;
}

/* ---- laws ---- */

/* Generalized Pareto: shape 0 is exponential, above it is Pareto's, below it has a limit. */
struct law {
	const char *what;
	double shape, scale_ms;
	double hours;
	unsigned int least, most; /* of 100 draws: how many cover the truth */
};

/* The least is 95 % less three standard deviations. A truth in a bucket that is counted, or of
 * nothing at all, is covered more often. */
static const struct law laws[] = {
	{"exponential, all but never too late", 0, 1, 2, 88, 99},
	{"exponential, often too late", 0, 3, 2, 88, 99},
	{"exponential, a day", 0, 1, 24, 88, 99},
	{"Pareto", 0.33, 0.04, 2, 88, 99},
	{"Pareto, a day", 0.33, 0.04, 24, 88, 100},
	{"Pareto with a heavy tail", 0.5, 0.25, 2, 88, 100},
	{"Pareto without a mean", 1.5, 0.01, 2, 88, 100},
	{"bounded above what is too late", -0.3333, 10, 2, 88, 99},
	{"bounded below what is too late", -0.3333, 6, 2, 100, 100},
	{"up to a limit equally likely", -0.99, 27, 2, 88, 100},
};

static double part_beyond(const struct law *law, double late_ns)
{
	double late = late_ns / 1e6 / law->scale_ms;

	if (law->shape == 0)
		return exp(-late);
	return 1 + law->shape * late > 0 ? pow(1 + law->shape * late, -1 / law->shape) : 0;
}

static void draw(const struct law *law, uint16_t interval_cs, struct vrrp_timing *ret_timing)
{
	double adverts = law->hours * (double)HOUR_NS / (double)(interval_cs * VRRP_NS_PER_CS);

	*ret_timing = (struct vrrp_timing){.counted_ns = (uint64_t)(law->hours * (double)HOUR_NS)};
	for (uint32_t i = 0; i < VRRP_LATE_BUCKETS; i++) {
		double part = part_beyond(law, (double)vrrp_late_from_ns(i));

		if (i < VRRP_LATE_BUCKETS - 1)
			part -= part_beyond(law, (double)vrrp_late_from_ns(i + 1));
		ret_timing->late[i] = poisson(adverts * part);
		ret_timing->counted += ret_timing->late[i];
	}
}

static struct interval_advice advise(const struct vrrp_timing *timing, uint8_t version,
				     uint16_t interval_cs)
{
	struct interval_advice advice;

	interval_advise(&timing, 1, version, 100, interval_cs, &advice);
	return advice;
}

static void test_law(void **state)
{
	const struct law *law = *state;
	double truth = part_beyond(law, 26093750) * YEAR_NS / 1e7;
	unsigned int covered = 0;

	seed = 88172645463325252;
	for (unsigned int i = 0; i < DRAWS; i++) {
		struct interval_advice advice;
		struct vrrp_timing timing;

		draw(law, 1, &timing);
		advice = advise(&timing, 3, 1);
		assert_int_equal(advice.state, INTERVAL_ADVICE_GIVEN);
		assert_true(advice.risk.low <= advice.risk.per_year);
		assert_true(advice.risk.per_year <= advice.risk.high);
		covered += advice.risk.low <= truth && truth <= advice.risk.high;
	}
	if (covered < law->least || covered > law->most)
		fail_msg("%.3g a year are covered by %u of %u", truth, covered, DRAWS);
}

/* ---- what is safe ---- */

struct row {
	const char *what;
	double mean_ms; /* of lateness; 0: nothing was late */
	double hours;
	uint8_t version;
	uint16_t interval_cs;
	enum interval_advice_state state;
	uint32_t wait_s;
	uint16_t safe_cs;
	const char *text; /* a part of it */
};

static const struct row rows[] = {
	{"nobody was heard", 0, 0, 3, 100, INTERVAL_ADVICE_UNHEARD, 0, 0,
	 "cannot tell which interval is safe: heard no adverts of a master"},
	{"ten minutes", 0, 1.0 / 6, 3, 100, INTERVAL_ADVICE_WAIT, 3000, 0,
	 "cannot tell which interval is safe: needs 50 min more of adverts"},
	{"a second less than an hour", 0, 3599.0 / 3600, 3, 100, INTERVAL_ADVICE_WAIT, 1, 0,
	 "needs 1 min more"},
	{"an hour", 0, 1, 3, 100, INTERVAL_ADVICE_GIVEN, 0, 50, "1s: <0.01 false"},
	{"an hour of short intervals", 0, 1, 3, 1, INTERVAL_ADVICE_GIVEN, 0, 50, "safe: 500ms"},
	{"a week without any lateness", 0, 168, 3, 1, INTERVAL_ADVICE_GIVEN, 0, 1, "safe: 10ms"},
	{"a week, 1 ms late", 1, 168, 3, 1, INTERVAL_ADVICE_GIVEN, 0, 1, "safe: 10ms"},
	{"a week, 10 ms late", 10, 168, 3, 10, INTERVAL_ADVICE_GIVEN, 0, 10, "safe: 100ms"},
	{"version 2 has whole seconds", 1, 168, 2, 100, INTERVAL_ADVICE_GIVEN, 0, 100, "safe: 1s"},
	{"minutes late", 60000, 168, 3, 100, INTERVAL_ADVICE_GIVEN, 0, 0, "safe: none"},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	const struct law law = {.scale_ms = row->mean_ms, .hours = row->hours};
	char text[INTERVAL_ADVICE_TEXT];
	struct vrrp_timing timing = {
		.counted_ns = (uint64_t)llround(row->hours * (double)HOUR_NS),
		.late[0] = (uint32_t)(row->hours * 360000 / row->interval_cs),
	};
	struct interval_advice advice;

	timing.counted = timing.late[0];
	seed = 88172645463325252;
	if (row->mean_ms > 0)
		draw(&law, row->interval_cs, &timing);
	advice = advise(&timing, row->version, row->interval_cs);
	interval_advice_describe(&advice, text);
	if (!strstr(text, row->text))
		fail_msg("\"%s\" is not in \"%s\"", row->text, text);
	assert_int_equal(advice.state, row->state);
	assert_int_equal(advice.wait_s, row->wait_s);
	assert_int_equal(advice.safe_cs, row->safe_cs);
}

/* The best path counts, whichever it is; one that was not counted for an hour does not. */
static void test_paths(void **state)
{
	const struct law calm = {.scale_ms = 1, .hours = 24}, wild = {.scale_ms = 8, .hours = 24};
	struct vrrp_timing a, b, young;
	const struct vrrp_timing *timings[3];
	struct interval_advice alone, both;

	(void)state;
	seed = 88172645463325252;
	draw(&calm, 1, &a);
	draw(&wild, 1, &b);
	young = (struct vrrp_timing){.counted_ns = HOUR_NS / 2, .late = {100}, .counted = 100};
	alone = advise(&a, 3, 1);
	for (int turn = 0; turn < 3; turn++) {
		timings[turn] = &a;
		timings[(turn + 1) % 3] = &b;
		timings[(turn + 2) % 3] = &young;
		interval_advise(timings, 3, 3, 100, 1, &both);
		assert_true(both.risk.high == alone.risk.high);
		assert_int_equal(both.safe_cs, alone.safe_cs);
	}
	assert_true(advise(&b, 3, 1).risk.low > alone.risk.high);
}

/* The skew of the backup is part of what it waits: of a higher priority there is less of it. */
static void test_priority(void **state)
{
	const struct law law = {.scale_ms = 3, .hours = 24};
	struct interval_advice low, high;
	struct vrrp_timing timing;
	const struct vrrp_timing *timings[] = {&timing};

	(void)state;
	seed = 88172645463325252;
	draw(&law, 1, &timing);
	interval_advise(timings, 1, 3, 1, 1, &low);
	interval_advise(timings, 1, 3, 254, 1, &high);
	assert_true(low.risk.high < high.risk.low);
}

/* A longer interval is as risky as the shorter one that was counted, per year; of a shorter one
 * there are more adverts. */
static void test_scale(void **state)
{
	struct vrrp_timing timing = {.counted_ns = 1000 * HOUR_NS, .counted = 36000000};
	double year = YEAR_NS / (1000 * (double)HOUR_NS);

	(void)state;
	/* By 100 ms; 500 of them too late for all intervals up to 200 ms. */
	timing.late[0] = 35999500;
	timing.late[vrrp_late_bucket(1700000000)] = 500;
	assert_true(fabs(advise(&timing, 3, 10).risk.per_year / (500 * year) - 1) < 0.001);
	assert_true(fabs(advise(&timing, 3, 20).risk.per_year / (500 * year) - 1) < 0.001);
	assert_true(fabs(advise(&timing, 3, 1).risk.per_year / (5000 * year) - 1) < 0.001);
}

/* Below the threshold the counts answer. Of the bucket that the limit is in, all may have been too
 * late, or none. */
static void test_counted(void **state)
{
	struct vrrp_timing timing = {.counted_ns = 1000 * HOUR_NS, .counted = 36000000};
	double year = YEAR_NS / (1000 * (double)HOUR_NS);
	struct interval_risk risk;

	(void)state;
	timing.late[vrrp_late_bucket(260937500)] = 500;
	timing.late[vrrp_late_bucket(1700000000)] = 1000;
	risk = advise(&timing, 3, 10).risk;
	assert_true(fabs(risk.per_year / (1500 * year) - 1) < 0.001);
	assert_true(risk.low > 930 * year && risk.low < 950 * year);
	assert_true(risk.high > 1570 * year && risk.high < 1590 * year);
}

int main(void)
{
	table_rows(NULL, laws, what, test_law);
	table_rows(NULL, rows, what, test_row);
	table_test(test_paths);
	table_test(test_priority);
	table_test(test_scale);
	table_test(test_counted);
	return table_run("interval_advice");
}

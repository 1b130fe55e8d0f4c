/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/interval_advice.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "tally.h"

#define YEAR_NS (365.25 * 86400e9)
#define LN2     0.69314718055994530942

/* A fit is within the 95 % interval if the logarithm of its likelihood is less than this below the
 * best one: half of the quantile of chi-squared with one degree of freedom. */
#define SLACK 1.9207

/* So many of the latest adverts are fitted, and so many buckets, or more: a threshold is the border
 * of a bucket. With fewer the answer is vague; with more it depends on adverts that are hardly
 * late. */
#define PEAKS   400
#define BUCKETS 4

/* Shapes are tried from -1, where lateness has a limit and all up to it is equally likely, to 3. Of
 * those above 1 lateness has no mean any more, so they are believed only if one of them fits best:
 * few adverts that are hardly late do not exclude them. */
#define SHAPE_LEAST  (-1.0)
#define SHAPE_COMMON 1.0
#define SHAPE_MOST   3.0
#define SHAPE_STEP   0.2
#define SHAPE_STEPS  20

/* Fits that stand for all within the 95 % interval: shapes, and scales of each shape. */
#define SHAPES 15
#define SCALES 9

/* Enough to cut scales by the golden section, or to halve shapes and scales, to some thousandths.
 */
#define GOLDEN         0.61803398874989484820
#define SECTIONS       24
#define HALVINGS       16
#define SHAPE_HALVINGS 10

static const uint16_t intervals_cs[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

/* A fit that is within the 95 % interval. */
struct fit {
	double shape, scale;
	double low, high; /* how many peaks were to be expected by it */
};

/* The lateness of one path beyond its threshold. */
struct tail {
	double years;       /* that were counted */
	double interval_ns; /* of the adverts that were counted, on average */
	double counts[VRRP_LATE_BUCKETS];
	unsigned int first, last; /* buckets: that of the threshold, and the last one in use */
	double peaks;
	double scale_from, scale_to; /* the logarithms of those that are tried */
	struct fit best, fits[SHAPES * SCALES];
};

/* ---- arithmetic, so that the agent need not carry libm for a command ---- */

/* c[0] + c[1] x + c[2] x^2 + ..., of 11 coefficients. */
static double polynomial(const double c[11], double x)
{
	double sum = 0;

	for (int i = 10; i >= 0; i--)
		sum = sum * x + c[i];
	return sum;
}

/* x: greater than 0. By the series of artanh. */
static double natural_log(double x)
{
	static const double c[11] = {1,        1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9, 1.0 / 11,
				     1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
	int exponent;
	double m = frexp(x, &exponent), z;

	if (m < 0.70710678118654752440) {
		m *= 2;
		exponent--;
	}
	z = (m - 1) / (m + 1);
	return 2 * z * polynomial(c, z * z) + exponent * LN2;
}

static double exponential(double x)
{
	static const double c[11] = {
		1,         1,          1.0 / 2,     1.0 / 6,      1.0 / 24,     1.0 / 120,
		1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800};
	int exponent;

	if (x < -700)
		return 0;
	exponent = (int)(x / LN2 + (x < 0 ? -0.5 : 0.5));
	return ldexp(polynomial(c, x - exponent * LN2), exponent);
}

/* ---- likelihood ---- */

/* Of the peaks, which part exceeds the threshold by more than excess? */
static double survival(double excess, double shape, double scale)
{
	double base = 1 + shape * excess / scale;

	if (shape > -1e-6 && shape < 1e-6)
		return exponential(-excess / scale);
	return base > 0 ? exponential(-natural_log(base) / shape) : 0;
}

/* How much a bucket begins beyond the threshold. The last bucket has no end. */
static double excess_ns(const struct tail *tail, unsigned int bucket)
{
	return (double)(vrrp_late_from_ns(bucket) - vrrp_late_from_ns(tail->first));
}

static double log_likelihood(const struct tail *tail, double shape, double scale)
{
	double sum = 0, from = 1;

	for (unsigned int i = tail->first; i <= tail->last; i++) {
		double to = i < VRRP_LATE_BUCKETS - 1
				    ? survival(excess_ns(tail, i + 1), shape, scale)
				    : 0;

		if (tail->counts[i] > 0) {
			if (from - to <= 0)
				return -DBL_MAX;
			sum += tail->counts[i] * natural_log(from - to);
		}
		from = to;
	}
	return sum;
}

/* How many events may be expected where so many were counted, at the least or at the most, if the
 * logarithm of the likelihood falls by slack? */
static double expected(double counted, double slack, bool most)
{
	double inside = counted, outside = most ? 2 * counted + 2 * slack : 0;

	for (int i = 0; i < HALVINGS; i++) {
		double middle = (inside + outside) / 2,
		       loss = middle - counted -
			      (counted > 0 ? counted * natural_log(middle / counted) : 0);

		*(loss < slack ? &inside : &outside) = middle;
	}
	return outside;
}

/* ---- the fit ---- */

/* What a fit of one shape is like. */
struct profile {
	double shape;
	double scale; /* the logarithm of the one that fits best */
	double likelihood;
};

/* Of this shape, the scale that fits best: there is one maximum, which the golden section finds.
 * Scales that are too small for the data are all equally bad. */
static struct profile profile_of(const struct tail *tail, double shape)
{
	double low = tail->scale_from, high = tail->scale_to;
	double a = high - GOLDEN * (high - low), b = low + GOLDEN * (high - low);
	double at_a = log_likelihood(tail, shape, exponential(a)),
	       at_b = log_likelihood(tail, shape, exponential(b));

	for (int i = 0; i < SECTIONS; i++) {
		if (at_a <= at_b) {
			low = a;
			a = b;
			at_a = at_b;
			b = low + GOLDEN * (high - low);
			at_b = log_likelihood(tail, shape, exponential(b));
		} else {
			high = b;
			b = a;
			at_b = at_a;
			a = high - GOLDEN * (high - low);
			at_a = log_likelihood(tail, shape, exponential(a));
		}
	}
	return at_a > at_b ? (struct profile){shape, a, at_a} : (struct profile){shape, b, at_b};
}

/* The best of all shapes: first by steps, then around the best of these. */
static struct profile best_profile(const struct tail *tail)
{
	struct profile best = profile_of(tail, 0), other;
	double step = SHAPE_STEP;

	for (int i = 0; i <= SHAPE_STEPS; i++) {
		other = profile_of(tail, SHAPE_LEAST + i * SHAPE_STEP);
		if (other.likelihood > best.likelihood)
			best = other;
	}
	for (int i = 0; i < SHAPE_HALVINGS; i++) {
		struct profile centre = best;

		step /= 2;
		for (int side = -1; side <= 1; side += 2) {
			if (centre.shape + side * step > SHAPE_MOST ||
			    centre.shape + side * step < SHAPE_LEAST)
				continue;
			other = profile_of(tail, centre.shape + side * step);
			if (other.likelihood > best.likelihood)
				best = other;
		}
	}
	return best;
}

/* How far from the best shape, towards `end`, does some scale fit well enough? */
static double last_shape(const struct tail *tail, double best, double end, double least)
{
	if (profile_of(tail, end).likelihood >= least)
		return end;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (best + end) / 2;

		*(profile_of(tail, middle).likelihood >= least ? &best : &end) = middle;
	}
	return best;
}

/* The same of the scales of one shape. */
static double last_scale(const struct tail *tail, const struct profile *profile, double end,
			 double least)
{
	double best = profile->scale;

	for (int i = 0; i < HALVINGS; i++) {
		double middle = (best + end) / 2;

		*(log_likelihood(tail, profile->shape, exponential(middle)) >= least ? &best
										     : &end) =
			middle;
	}
	return best;
}

static void fit(struct tail *tail)
{
	struct profile best;
	double least, from, to;

	tail->scale_from = natural_log(excess_ns(tail, tail->first + 1) / (4 * tail->peaks));
	tail->scale_to = natural_log(8 * excess_ns(tail, tail->last + 1));
	best = best_profile(tail);
	tail->best = (struct fit){.shape = best.shape, .scale = exponential(best.scale)};
	least = best.likelihood - SLACK;
	from = last_shape(tail, best.shape, SHAPE_LEAST, least);
	to = last_shape(tail, best.shape, best.shape > SHAPE_COMMON ? SHAPE_MOST : SHAPE_COMMON,
			least);
	for (int i = 0; i < SHAPES; i++) {
		struct profile profile = profile_of(tail, from + (to - from) * i / (SHAPES - 1));
		double low = last_scale(tail, &profile, tail->scale_from, least),
		       high = last_scale(tail, &profile, tail->scale_to, least);

		for (int j = 0; j < SCALES; j++) {
			double scale = exponential(low + (high - low) * j / (SCALES - 1)),
			       slack = log_likelihood(tail, profile.shape, scale) - least;

			slack = slack > 0 ? slack : 0;
			tail->fits[i * SCALES + j] = (struct fit){
				.shape = profile.shape,
				.scale = scale,
				.low = expected(tail->peaks, slack, false),
				.high = expected(tail->peaks, slack, true),
			};
		}
	}
}

static void open_tail(const struct vrrp_timing *timing, struct tail *ret_tail)
{
	struct tail *tail = ret_tail;
	double late = 0, late_ns = 0;

	*tail = (struct tail){.years = (double)timing->counted_ns / YEAR_NS};
	for (unsigned int i = 1; i < VRRP_LATE_BUCKETS; i++) {
		tail->counts[i] = timing->late[i];
		late += tail->counts[i];
		late_ns += tail->counts[i] *
			   (double)(vrrp_late_from_ns(i) + vrrp_late_from_ns(i + 1)) / 2;
		if (timing->late[i])
			tail->last = i;
	}
	tail->interval_ns = ((double)timing->counted_ns - late_ns) / (double)timing->counted;
	/* Of all that were counted, since this bucket of the timing may have wrapped. */
	tail->counts[0] = (double)timing->counted > late ? (double)timing->counted - late : 0;
	for (unsigned int i = 0; i <= tail->last; i++) {
		if (i >= BUCKETS && tail->peaks >= PEAKS)
			break;
		tail->first = tail->last - i;
		tail->peaks += tail->counts[tail->first];
	}
	fit(tail);
}

/* ---- the answer ---- */

static void widen(struct interval_risk *risk, double low, double high)
{
	if (low < risk->low)
		risk->low = low;
	if (high > risk->high)
		risk->high = high;
}

/* In so many late adverts as were counted. */
static struct interval_risk risk_in_counted(const struct tail *tail, uint64_t late_ns)
{
	struct interval_risk risk = {.low = DBL_MAX};
	unsigned int bucket = vrrp_late_bucket(late_ns);
	double beyond = 0, excess = (double)late_ns - (double)vrrp_late_from_ns(tail->first);

	if (bucket < tail->first) {
		/* No model is needed. The adverts of this bucket may have been late enough. */
		for (unsigned int i = bucket + 1; i < VRRP_LATE_BUCKETS; i++)
			beyond += tail->counts[i];
		risk.per_year = beyond + tail->counts[bucket];
		risk.low = expected(beyond, SLACK, false);
		risk.high = expected(risk.per_year, SLACK, true);
		return risk;
	}
	risk.per_year = tail->peaks * survival(excess, tail->best.shape, tail->best.scale);
	for (unsigned int i = 0; i < SHAPES * SCALES; i++) {
		const struct fit *at = &tail->fits[i];
		double part = survival(excess, at->shape, at->scale);

		widen(&risk, at->low * part, at->high * part);
	}
	return risk;
}

static struct interval_risk risk_of(const struct tail *tail, uint8_t version, uint8_t priority,
				    uint16_t interval_cs)
{
	uint64_t interval_ns = interval_cs * VRRP_NS_PER_CS;
	struct interval_risk risk =
		risk_in_counted(tail,
				vrrp_master_down_ns(version, priority, interval_cs) - interval_ns);
	double more = tail->interval_ns / (double)interval_ns,
	       times = (more > 1 ? more : 1) / tail->years;

	risk.per_year *= times;
	risk.low *= times;
	risk.high *= times;
	return risk;
}

struct interval_risk interval_risk_of(const struct vrrp_timing *timing, uint8_t version,
				      uint8_t priority, uint16_t interval_cs)
{
	struct tail tail;

	open_tail(timing, &tail);
	return risk_of(&tail, version, priority, interval_cs);
}

void interval_advise(const struct vrrp_timing *const timings[], unsigned int count, uint8_t version,
		     uint8_t priority, uint16_t interval_cs, struct interval_advice *ret_advice)
{
	struct interval_advice advice = {.interval_cs = interval_cs};
	uint64_t longest_ns = 0;

	for (unsigned int i = 0; i < count; i++) {
		struct interval_risk risk;
		struct tail tail;

		if (timings[i]->counted_ns > longest_ns)
			longest_ns = timings[i]->counted_ns;
		if (timings[i]->counted_ns < INTERVAL_ADVICE_LEAST_S * VRRP_NS_PER_S)
			continue;
		open_tail(timings[i], &tail);
		risk = risk_of(&tail, version, priority, interval_cs);
		if (advice.state != INTERVAL_ADVICE_GIVEN || risk.high < advice.risk.high)
			advice.risk = risk;
		advice.state = INTERVAL_ADVICE_GIVEN;
		for (unsigned int c = 0; c < sizeof(intervals_cs) / sizeof(intervals_cs[0]); c++) {
			uint16_t at_cs = intervals_cs[c];

			if (version == VRRP_V2 && at_cs % 100)
				continue;
			if (advice.safe_cs && at_cs >= advice.safe_cs)
				break;
			if (risk_of(&tail, version, priority, at_cs).high < 1) {
				advice.safe_cs = at_cs;
				break;
			}
		}
	}
	if (longest_ns && advice.state != INTERVAL_ADVICE_GIVEN) {
		advice.state = INTERVAL_ADVICE_WAIT;
		advice.wait_s = INTERVAL_ADVICE_LEAST_S - (uint32_t)(longest_ns / VRRP_NS_PER_S);
	}
	*ret_advice = advice;
}

/* ---- the text ---- */

const char *interval_advice_name(uint16_t interval_cs, char buf[INTERVAL_ADVICE_NAME])
{
	if (interval_cs % 100)
		snprintf(buf, INTERVAL_ADVICE_NAME, "%ums", interval_cs * 10U);
	else
		snprintf(buf, INTERVAL_ADVICE_NAME, "%us", interval_cs / 100U);
	return buf;
}

static const char *number(double value, char buf[32])
{
	if (value < 0.01)
		snprintf(buf, 32, "<0.01");
	else
		snprintf(buf, 32, value < 10 ? "%.2g" : "%.0f", value);
	return buf;
}

const char *interval_advice_describe(const struct interval_advice *advice,
				     char buf[INTERVAL_ADVICE_TEXT])
{
	char now[INTERVAL_ADVICE_NAME], safe[INTERVAL_ADVICE_NAME], risk[32], high[32];

	switch (advice->state) {
	case INTERVAL_ADVICE_UNHEARD:
		snprintf(buf, INTERVAL_ADVICE_TEXT,
			 "cannot tell which interval is safe: heard no adverts of a master");
		break;
	case INTERVAL_ADVICE_WAIT:
		snprintf(buf, INTERVAL_ADVICE_TEXT,
			 "cannot tell which interval is safe: needs %u min more of adverts",
			 (advice->wait_s + 59) / 60);
		break;
	case INTERVAL_ADVICE_GIVEN:
		snprintf(buf, INTERVAL_ADVICE_TEXT,
			 "%s: %s false failovers a year, %s at most (95 %%); safe: %s",
			 interval_advice_name(advice->interval_cs, now),
			 number(advice->risk.per_year, risk), number(advice->risk.high, high),
			 advice->safe_cs ? interval_advice_name(advice->safe_cs, safe) : "none");
		break;
	}
	return buf;
}

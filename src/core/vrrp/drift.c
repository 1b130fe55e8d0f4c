/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measures how far two clocks drift apart. Depends on include/ and its own header.
 */
#include "core/vrrp/drift.h"

#include "vrrp_timers.h"

#define WINDOW_NS (60 * (int64_t)VRRP_NS_PER_S)
/* A single advert that is late by L turns the line by 6 L / (count * window) at most. */
#define LEAST 8
/* After so many intervals without an arrival nobody can tell how many adverts there were. */
#define MOST_STEPS 8
/* An arrival that is off by more than this part of an interval belongs to no multiple of it. */
#define OFF_PART 8

#define NS_PER_US 1000

#define CODE_NOUGHT 128 /* stands for 0 ppm */
#define CODE_PPM    200
#define CODE_MOST   127

static int64_t interval_ns(const struct drift *drift)
{
	return (int64_t)(drift->interval_cs * VRRP_NS_PER_CS);
}

static void begin(struct drift *drift, const struct vrrp_judged *judged)
{
	*drift = (struct drift){
		.source = judged->source,
		.path = judged->path,
		.interval_cs = judged->interval_cs,
		.first_ns = judged->stamp_ns,
		.last_ns = judged->stamp_ns,
		.count = 1,
	};
}

/* The last arrival is the first one of the next window. */
static void go_on(struct drift *drift)
{
	drift->first_ns = drift->last_ns;
	drift->count = 1;
	drift->x = 0;
	drift->sum_x = drift->sum_y = drift->sum_xx = drift->sum_xy = 0;
}

static void add(struct drift *drift, uint64_t stamp_ns, int64_t steps)
{
	int64_t x = drift->x + steps, y;

	drift->x = (uint16_t)x;
	drift->last_ns = stamp_ns;
	y = ((int64_t)(stamp_ns - drift->first_ns) - x * interval_ns(drift)) / NS_PER_US;
	drift->count++;
	drift->sum_x += x;
	drift->sum_y += y;
	drift->sum_xx += x * x;
	drift->sum_xy += x * y;
}

/* With the lines of a minute at 10 ms, every sum and product here stays below 2^60. */
static int32_t slope_ppm(const struct drift *drift)
{
	int64_t above = drift->count * drift->sum_xy - drift->sum_x * drift->sum_y;
	int64_t below = drift->count * drift->sum_xx - drift->sum_x * drift->sum_x;

	/* us for each interval, which has 10^4 * interval_cs of them, in millionths. */
	return (int32_t)((double)above * 100 / ((double)below * drift->interval_cs));
}

void drift_break(struct drift *drift)
{
	drift->count = 0;
}

bool drift_note(struct drift *drift, const struct vrrp_judged *judged,
		struct vrrp_path *const paths[], int32_t *ret_ppm)
{
	const struct vrrp_path *path = paths[drift->path];
	int64_t interval = interval_ns(drift), since, steps, off;

	if (!judged->stamp_ns || !judged->interval_cs)
		return false;
	/* A master that comes back after its goodbye has another rhythm. */
	if (judged->priority == VRRP_PRIO_STOP) {
		drift_break(drift);
		return false;
	}
	if (!drift->count || (int64_t)(judged->stamp_ns - drift->last_ns) >
				     MOST_STEPS * interval + interval / OFF_PART) {
		begin(drift, judged);
		return false;
	}
	since = (int64_t)(path->last_ns - drift->last_ns);
	steps = (since + interval / 2) / interval;
	off = since - steps * interval;
	if (steps <= 0 || judged->interval_cs != drift->interval_cs ||
	    !vrrp_addr_equal(&path->source, &drift->source) ||
	    (off < 0 ? -off : off) > interval / OFF_PART)
		return false;
	add(drift, path->last_ns, steps);
	if ((int64_t)(drift->last_ns - drift->first_ns) < WINDOW_NS || drift->count < LEAST)
		return false;
	*ret_ppm = slope_ppm(drift);
	go_on(drift);
	return true;
}

uint8_t drift_code(int32_t ppm)
{
	int32_t steps = (ppm + (ppm < 0 ? -CODE_PPM : CODE_PPM) / 2) / CODE_PPM;

	if (steps > CODE_MOST)
		steps = CODE_MOST;
	if (steps < -CODE_MOST)
		steps = -CODE_MOST;
	return (uint8_t)(CODE_NOUGHT + steps);
}

int32_t drift_ppm(uint8_t code)
{
	return code ? ((int32_t)code - CODE_NOUGHT) * CODE_PPM : 0;
}

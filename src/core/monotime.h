/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A point on CLOCK_MONOTONIC, as a struct, so that it cannot be mixed up with a span or a count.
 * The XDP program reads the same clock by bpf_ktime_get_ns(). Pure; agent/loop.c alone reads the
 * clock.
 */
#ifndef CORE_MONOTIME_H
#define CORE_MONOTIME_H

#include <stdbool.h>
#include <stdint.h>

struct monotime {
	int64_t ns;
};

#define MONOTIME_NEVER ((struct monotime){INT64_MAX})

/* These are signed, as spans are. vrrp_timers.h has the constants for the unsigned words of
 * include/. */
#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

static inline bool monotime_is_never(struct monotime t)
{
	return t.ns == INT64_MAX;
}

static inline struct monotime monotime_from_ns(uint64_t ns)
{
	return (struct monotime){(int64_t)ns};
}

/* Returns t + span_ns. MONOTIME_NEVER stays so. */
static inline struct monotime monotime_add(struct monotime t, int64_t span_ns)
{
	return monotime_is_never(t) ? t : (struct monotime){t.ns + span_ns};
}

/* Returns a - b in nanoseconds. Neither may be MONOTIME_NEVER. */
static inline int64_t monotime_diff(struct monotime a, struct monotime b)
{
	return a.ns - b.ns;
}

static inline bool monotime_before(struct monotime a, struct monotime b)
{
	return a.ns < b.ns;
}

static inline struct monotime monotime_min(struct monotime a, struct monotime b)
{
	return monotime_before(a, b) ? a : b;
}

static inline struct monotime monotime_max(struct monotime a, struct monotime b)
{
	return monotime_before(a, b) ? b : a;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A point on CLOCK_REALTIME, as a struct, so that it cannot be mixed up with one on
 * CLOCK_MONOTONIC. Only the time stamps of signed adverts need it. Pure; agent/loop.c reads the
 * clock.
 */
#ifndef CORE_WALLTIME_H
#define CORE_WALLTIME_H

#include <stdint.h>

#include "core/monotime.h"

struct walltime {
	int64_t ns; /* since 1970, UTC */
};

/* Convert t by an offset, which is CLOCK_REALTIME - CLOCK_MONOTONIC. */
static inline struct walltime walltime_at(struct monotime t, int64_t offset_ns)
{
	return (struct walltime){t.ns + offset_ns};
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fixed generator: a test that draws must draw the same each time.
 */
#ifndef TESTS_UNIT_DRAWS_H
#define TESTS_UNIT_DRAWS_H

#include <stdint.h>

/* Any number but 0. */
static uint64_t seed;

/* xorshift64, between 0 and 1, never one of them. */
static double uniform(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((double)(seed >> 11) + 0.5) / 9007199254740992.0;
}

#endif

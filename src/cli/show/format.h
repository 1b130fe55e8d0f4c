/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times as people read them. Pure, but for the time zone.
 */
#ifndef CLI_SHOW_FORMAT_H
#define CLI_SHOW_FORMAT_H

#include <stdint.h>

#define FORMAT_TEXT 40

/* 1234 -> "1.2s", at most six characters below 1000 days. Returns buf. */
const char *format_duration(uint64_t ms, char buf[FORMAT_TEXT]);

/* To three digits behind the point, in the unit that suits: "0.083 ms", "12.345 ms", "3.610 s",
 * "12 m 03 s". Returns buf. */
const char *format_span(int64_t ns, char buf[FORMAT_TEXT]);

/* A name that is no longer than width, at least 4: both ends of it say more than its beginning, for
 * numbers are at the end. Returns name or buf. */
const char *format_fit(const char *name, unsigned int width, char buf[FORMAT_TEXT]);

/* Local time of nanoseconds since 1970, down to so many digits (0 to 9) of a second:
 * "2026-11-25 22:40:12.345". Returns buf. */
const char *format_date(int64_t ns, unsigned int digits, char buf[FORMAT_TEXT]);
/* The same without the date. */
const char *format_clock(int64_t ns, unsigned int digits, char buf[FORMAT_TEXT]);
/* "+0100" at that time. */
const char *format_zone(int64_t ns, char buf[FORMAT_TEXT]);

#endif

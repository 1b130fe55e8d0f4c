/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formats times for people to read. Pure, except for the time zone.
 */
#ifndef CLI_SHOW_FORMAT_H
#define CLI_SHOW_FORMAT_H

#include <stdint.h>

#define FORMAT_TEXT 40

/* Format a duration: 1234 becomes "1.2s". It has at most six characters below 1000 days. Returns
 * buf. */
const char *format_duration(uint64_t ms, char buf[FORMAT_TEXT]);

/* Format a duration with three digits behind the point, in the unit that suits it: "0.083 ms",
 * "12.345 ms", "3.610 s", "12 m 03 s". Returns buf. */
const char *format_span(int64_t ns, char buf[FORMAT_TEXT]);

/* Shorten a name to `width`, which is at least 4. Both ends of it are kept, because its number is
 * at its end. Returns name if it fits, otherwise buf. */
const char *format_fit(const char *name, unsigned int width, char buf[FORMAT_TEXT]);

/* Format nanoseconds since 1970 as local time, with so many digits (0 to 9) of a second:
 * "2026-11-25 22:40:12.345". Returns buf. */
const char *format_date(int64_t ns, unsigned int digits, char buf[FORMAT_TEXT]);
/* The same without the date. */
const char *format_clock(int64_t ns, unsigned int digits, char buf[FORMAT_TEXT]);
/* The offset of the time zone at that time, as in "+0100". Returns buf. */
const char *format_zone(int64_t ns, char buf[FORMAT_TEXT]);

#endif

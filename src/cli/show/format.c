/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times as people read them.
 */
#include "cli/show/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/monotime.h"

const char *format_duration(uint64_t ms, char buf[FORMAT_TEXT])
{
	if (ms < 1000)
		snprintf(buf, FORMAT_TEXT, "%" PRIu64 "ms", ms);
	else if (ms < 60000)
		snprintf(buf, FORMAT_TEXT, "%" PRIu64 ".%" PRIu64 "s", ms / 1000, ms / 100 % 10);
	else if (ms < 3600000)
		snprintf(buf, FORMAT_TEXT, "%" PRIu64 "m%02" PRIu64 "s", ms / 60000,
			 ms / 1000 % 60);
	else if (ms < 86400000)
		snprintf(buf, FORMAT_TEXT, "%" PRIu64 "h%02" PRIu64 "m", ms / 3600000,
			 ms / 60000 % 60);
	else
		snprintf(buf, FORMAT_TEXT, "%" PRIu64 "d%02" PRIu64 "h", ms / 86400000,
			 ms / 3600000 % 24);
	return buf;
}

const char *format_span(int64_t ns, char buf[FORMAT_TEXT])
{
	const char *sign = ns < 0 ? "-" : "";
	uint64_t span = ns < 0 ? -(uint64_t)ns : (uint64_t)ns, us = span / 1000;

	if (us < 1000000)
		snprintf(buf, FORMAT_TEXT, "%s%" PRIu64 ".%03" PRIu64 " ms", sign, us / 1000,
			 us % 1000);
	else if (us < 120 * UINT64_C(1000000))
		snprintf(buf, FORMAT_TEXT, "%s%" PRIu64 ".%03" PRIu64 " s", sign, us / 1000000,
			 us / 1000 % 1000);
	else if (us < 7200 * UINT64_C(1000000))
		snprintf(buf, FORMAT_TEXT, "%s%" PRIu64 " m %02" PRIu64 " s", sign, us / 60000000,
			 us / 1000000 % 60);
	else if (us < 48 * 3600 * UINT64_C(1000000))
		snprintf(buf, FORMAT_TEXT, "%s%" PRIu64 " h %02" PRIu64 " m", sign, us / 3600000000,
			 us / 60000000 % 60);
	else
		snprintf(buf, FORMAT_TEXT, "%s%" PRIu64 " d %02" PRIu64 " h", sign,
			 us / (24 * UINT64_C(3600000000)), us / 3600000000 % 24);
	return buf;
}

const char *format_fit(const char *name, unsigned int width, char buf[FORMAT_TEXT])
{
	size_t length = strlen(name), head = width / 2, tail = width - head - 1;

	if (length <= width)
		return name;
	snprintf(buf, FORMAT_TEXT, "%.*s~%s", (int)head, name, name + length - tail);
	return buf;
}

static const char *local(int64_t ns, const char *format, unsigned int digits, char buf[FORMAT_TEXT])
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	char fraction[16];
	struct tm tm;
	size_t length;

	localtime_r(&seconds, &tm);
	length = strftime(buf, FORMAT_TEXT, format, &tm);
	if (digits) {
		snprintf(fraction, sizeof(fraction), "%09" PRId64, ns % NS_PER_S);
		snprintf(buf + length, FORMAT_TEXT - length, ".%.*s", (int)digits, fraction);
	}
	return buf;
}

const char *format_date(int64_t ns, unsigned int digits, char buf[FORMAT_TEXT])
{
	return local(ns, "%Y-%m-%d %H:%M:%S", digits, buf);
}

const char *format_clock(int64_t ns, unsigned int digits, char buf[FORMAT_TEXT])
{
	return local(ns, "%H:%M:%S", digits, buf);
}

const char *format_zone(int64_t ns, char buf[FORMAT_TEXT])
{
	return local(ns, "%z", 0, buf);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text as the lines that the importer takes, and its result, which has passed our own checks.
 */
#ifndef TESTS_UNIT_IMPORTED_H
#define TESTS_UNIT_IMPORTED_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import.h"
#include "core/config/config.h"

#define INCLUDED '>' /* begins a line of another file, "part" */

/* Splits text in place. To be freed. */
static inline struct import_line *split(char *text, unsigned int *ret_count)
{
	struct import_line *lines = NULL;
	unsigned int count = 0;

	for (char *next; text && *text; text = next) {
		bool included = *text == INCLUDED;

		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		if (!(count & (count - 1))) /* doubled at powers of two */
			lines = realloc(lines, (count ? 2 * count : 1) * sizeof(*lines));
		assert_non_null(lines);
		lines[count] = (struct import_line){.file = included ? "part" : NULL,
						    .number = count + 1,
						    .text = text + included};
		count++;
	}
	*ret_count = count;
	return lines;
}

/* The result, which passes whenever it has a router. */
static inline struct import_result convert_on(const char *text, const struct import_host *host)
{
	char *copy = strdup(text);
	struct import_line *lines;
	unsigned int count;
	struct import_result result;
	struct import_fault fault;
	struct config_errors errors;
	struct config *config;

	assert_non_null(copy);
	lines = split(copy, &count);
	assert_int_equal(import_keepalived(lines, count, host, &result, &fault), 0);
	if (result.router_count) {
		if (config_parse("import", result.text, strlen(result.text), &config, &errors))
			fail_msg("%s%s", errors.text, result.text);
		assert_int_equal(config->router_count, result.router_count);
		config_free(config);
	}
	free(lines);
	free(copy);
	return result;
}

/* The same on a host with that name, and without a user of its own for programs. */
static inline struct import_result convert(const char *text, const char *id)
{
	return convert_on(text,
			  &(struct import_host){.config_id = id, .directory = "/etc/keepalived"});
}

#endif

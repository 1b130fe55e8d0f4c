/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to a running agent: what is understood, and that nothing else is. Each text lies in a
 * heap block of exactly its size.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/request.h"
#include "table.h"

#define LONGEST "a-name-of-31-characters_for.VR1" /* VRRP_NAME_LEN - 1 */

struct row {
	const char *desc;
	const char *text;
	size_t length;      /* 0: of the text */
	const char *router; /* NULL: refused */
	enum request_kind kind;
};

static const struct row rows[] = {
	{"resign", "resign web", 0, "web", REQUEST_RESIGN},
	{"resign-now", "resign-now web", 0, "web", REQUEST_RESIGN_NOW},
	{"resume", "resume web", 0, "web", REQUEST_RESUME},
	{"a newline at the end", "resign web\n", 0, "web", REQUEST_RESIGN},
	{"every kind of character", "resume A-z_0.9", 0, "A-z_0.9", REQUEST_RESUME},
	{"a name of one character", "resign 1", 0, "1", REQUEST_RESIGN},
	{"the longest name", "resign " LONGEST, 0, LONGEST, REQUEST_RESIGN},
	{.desc = "a character more", .text = "resign " LONGEST "x"},
	{.desc = "no name", .text = "resign "},
	{.desc = "no blank", .text = "resign"},
	{.desc = "no blank, and a newline", .text = "resign\n"},
	{.desc = "a newline for a name", .text = "resign \n"},
	{.desc = "nothing", .text = ""},
	{.desc = "a newline alone", .text = "\n"},
	{.desc = "an unknown verb", .text = "retire web"},
	{.desc = "a verb in capitals", .text = "RESIGN web"},
	{.desc = "a verb cut short", .text = "resig web"},
	{.desc = "a second blank", .text = "resign  web"},
	{.desc = "a blank at the end", .text = "resign web "},
	{.desc = "two newlines", .text = "resign web\n\n"},
	{.desc = "a second line", .text = "resign web\nresign db"},
	{.desc = "a carriage return", .text = "resign web\r\n"},
	{.desc = "a NUL in the name", .text = "resign web\0x", .length = 12},
	{.desc = "a NUL at the end", .text = "resign web", .length = 11},
	{.desc = "a NUL in the verb", .text = "resi\0n web", .length = 10},
	{.desc = "an escape sequence", .text = "resign \x1b[2J"},
	{.desc = "a slash", .text = "resign ../web"},
	{.desc = "no ASCII",
	 .text = "resign w\xc3\xa9"
		 "b"},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	size_t length = row->length ? row->length : strlen(row->text);
	struct request request = {.router = "as before"};
	char *exact = malloc(length ? length : 1);

	assert_non_null(exact);
	memcpy(exact, row->text, length);
	assert_int_equal(request_parse(exact, length, &request), row->router ? 0 : -EINVAL);
	assert_string_equal(request.router, row->router ? row->router : "as before");
	assert_int_equal(request.kind, row->kind);
	free(exact);
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int main(void)
{
	table_rows(NULL, rows, desc, test_row);
	return table_run("request");
}

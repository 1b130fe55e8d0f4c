// SPDX-License-Identifier: GPL-2.0-only
/* core/config/command: texts and the words that they stand for, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/config/command.h"

static const struct row {
	const char *text;
	const char *words[5];
	const char *rest;    /* behind it */
	const char *printed; /* NULL: as it is read */
} rows[] = {
	{"/bin/true", {"/bin/true"}, "", NULL},
	{" \t/bin/true every 1s", {"/bin/true"}, " every 1s", "/bin/true"},
	{"\"/bin/true\" x", {"/bin/true"}, " x", "/bin/true"},
	{"\"/bin/kill -0 42\"", {"/bin/kill", "-0", "42"}, "", NULL},
	{"\"  /bin/kill\t-0  42 \"", {"/bin/kill", "-0", "42"}, "", "\"/bin/kill -0 42\""},
	{"\"/bin/sh -c 'a ; b'\"", {"/bin/sh", "-c", "a ; b"}, "", NULL},
	{"\"/bin/sh -c \\\"a b\\\"\"", {"/bin/sh", "-c", "a b"}, "", "\"/bin/sh -c 'a b'\""},
	{"\"/a 'it'\\\\''s' x\"", {"/a", "it's", "x"}, "", NULL},
	{"\"/a '\\\"' x\"", {"/a", "\"", "x"}, "", NULL},
	{"\"/a '\\\\' x\"", {"/a", "\\", "x"}, "", NULL},
	{"\"/a b\\\\ c\"", {"/a", "b c"}, "", "\"/a 'b c'\""},
	{"\"/a \\\"b\\\\c\\\" ''\"", {"/a", "b\\c", ""}, "", "\"/a 'b\\\\c' ''\""},
	{"\"/a b'c d'e\"", {"/a", "bc de"}, "", "\"/a 'bc de'\""},
	{"\"'/a b'\" x", {"/a b"}, " x", "\"'/a b'\""},
};

static void reads_and_prints(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const char *cursor = row->text;
		char **command, *printed = NULL;
		unsigned int count = 0;
		size_t size;
		FILE *out;

		assert_null(command_read(&cursor, &command));
		for (; row->words[count]; count++)
			assert_string_equal(command[count], row->words[count]);
		assert_null(command[count]);
		assert_string_equal(cursor, row->rest);
		out = open_memstream(&printed, &size);
		command_print(out, command);
		fclose(out);
		assert_string_equal(printed, row->printed ? row->printed : row->text);
		free(printed);
		free(command);
	}
}

static const struct refused {
	const char *text, *why;
} refused[] = {
	{"true", "is not an absolute path"},
	{"\"true /a\"", "is not an absolute path"},
	{"\"\"", "is not an absolute path"},
	{"\"/a b", "has no closing quote"},
	{"\"/a \\\"", "has no closing quote"},
	{"\"/a\"b", "has text after its closing quote"},
	{"\"/a 'b\"", "has a quote that does not end"},
	{"\"/a \\\"b\"", "has a quote that does not end"},
};

static void refuses(void **state)
{
	char text[2 * COMMAND_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *cursor = refused[i].text;
		char **command;

		assert_string_equal(command_read(&cursor, &command), refused[i].why);
		assert_ptr_equal(cursor, refused[i].text);
	}
	for (int quoted = 0; quoted <= 1; quoted++) {
		const char *cursor = text, *why;
		char **command;

		memset(text, 'a', sizeof(text));
		text[sizeof(text) - 1] = '\0';
		memcpy(text, quoted ? "\"/" : "//", 2);
		if (quoted)
			text[sizeof(text) - 2] = '"';
		why = command_read(&cursor, &command);
		assert_string_equal(why, "is too long");
	}
}

static void takes_so_many_words(void **state)
{
	(void)state;
	for (int count = COMMAND_WORDS; count <= COMMAND_WORDS + 1; count++) {
		char text[COMMAND_BYTES] = "\"/a", **command = NULL;
		const char *cursor = text, *why;

		for (int i = 1; i < count; i++)
			strcat(text, " b");
		strcat(text, "\"");
		why = command_read(&cursor, &command);
		if (count > COMMAND_WORDS)
			assert_string_equal(why, "has too many words");
		else
			assert_null(why);
		free(command);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_prints),
		cmocka_unit_test(refuses),
		cmocka_unit_test(takes_so_many_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

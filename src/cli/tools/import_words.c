/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line of a keepalived.conf -> words. keepalived reads most lines in one way, and the lines
 * that name a program in another one, which knows more quotes and escapes.
 */
#include <string.h>

#include "cli/tools/import_internal.h"
#include "core/hex.h"

#define NO_END "a quote does not end"

void import_decomment(char *line)
{
	char *in = line + strspn(line, " \t"), *end = NULL;
	bool quoted = false, more = false;
	size_t length;

	memmove(line, in, strlen(in) + 1);
	length = strlen(line);
	while (length && strchr(" \t\r", line[length - 1]))
		line[--length] = '\0';
	for (char *c = line; *c; c++) {
		if (*c == '\\' && !c[1]) {
			more = true;
			*c = '\0';
			length--;
			break;
		}
		if (*c == '\\')
			c++;
		else if (*c == '"')
			quoted = quoted != !end; /* in a comment, a quote is none */
		else if (!end && !quoted && (*c == '#' || *c == '!'))
			end = c;
	}
	if (!end)
		end = line + length;
	while (end > line && strchr(" \t\r", end[-1]))
		end--;
	strcpy(end, more ? "\\" : "");
}

bool import_is_command(const char *keyword)
{
	static const char *const keywords[] = {"script",        "process",       "notify",
					       "notify_master", "notify_backup", "notify_fault",
					       "notify_stop",   "notify_deleted"};

	for (size_t k = 0; k < sizeof(keywords) / sizeof(keywords[0]); k++) {
		if (!strcmp(keywords[k], keyword))
			return true;
	}
	return false;
}

/* What an escape stands for, whose '\' is before *in. */
static char escape(const char **in)
{
	static const char letters[] = "abEfnrtv", values[] = "\a\b\x1b\f\n\r\t\v";
	const char *c = *in, *letter = strchr(letters, *c);
	unsigned int value = 0;

	if (*c == 'x' && hex_digit((unsigned char)c[1]) >= 0) {
		for (c++; hex_digit((unsigned char)*c) >= 0; c++)
			value = value << 4 | (unsigned int)hex_digit((unsigned char)*c);
	} else if (*c >= '0' && *c <= '7') {
		for (int digits = 0; digits < 3 && *c >= '0' && *c <= '7'; digits++)
			value = value << 3 | (unsigned int)(*c++ - '0');
	} else if (*c == 'c' && c[1]) {
		value = (unsigned int)c[1] & 0x1f;
		c += 2;
	} else {
		value = (unsigned char)(letter ? values[letter - letters] : *c);
		c++;
	}
	*in = c;
	return (char)value;
}

static const char *command_word(const char **cursor, char *out, bool *ret_quoted)
{
	const char *in = *cursor, *why = NULL;
	char quote = '\0';

	while (*in && (quote || !strchr(" \t\r", *in))) {
		char c = *in++;

		if (c == '\\' && *in) {
			c = escape(&in);
			if (!c)
				why = "an escape stands for NUL";
			*out++ = c;
		} else if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? '\0' : c;
			*ret_quoted = true;
		} else if (c == '\\') {
			why = "a \"\\\" escapes nothing";
		} else {
			*out++ = c;
		}
	}
	*out = '\0';
	*cursor = in;
	return quote ? NO_END : why;
}

static const char *plain_word(const char **cursor, char *out, bool *ret_quoted)
{
	const char *in = *cursor, *end, *why = NULL;

	*ret_quoted = *in == '"';
	if (*ret_quoted) {
		in++;
		end = in + strcspn(in, "\"");
		why = *end ? NULL : NO_END;
		*cursor = *end ? end + 1 : end;
	} else {
		end = in + strcspn(in, " \t\r\"");
		*cursor = end;
	}
	for (; in < end; in++) {
		if (!*ret_quoted && *in == '\\' && (in[1] == '#' || in[1] == '!'))
			why = "releases of keepalived do not agree how to read a \"\\\" before "
			      "\"#\" or \"!\": write the value into the key";
		*out++ = *in;
	}
	*out = '\0';
	return why;
}

bool import_next_word(const char **cursor, bool command, char *word, bool *ret_quoted,
		      const char **ret_why)
{
	const char *why;

	*cursor += strspn(*cursor, " \t\r");
	*ret_quoted = false;
	if (!**cursor)
		return false;
	why = command ? command_word(cursor, word, ret_quoted)
		      : plain_word(cursor, word, ret_quoted);
	if (why)
		*ret_why = why;
	return true;
}

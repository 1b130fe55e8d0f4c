/* SPDX-License-Identifier: GPL-2.0-only */
/* Depends on core/config/config_text.h, for what a blank is. */
#include "core/config/command.h"

#include <stdlib.h>
#include <string.h>

#include "core/config/config_text.h"

struct words {
	char bytes[COMMAND_BYTES]; /* one behind the other, each with its NUL */
	size_t used;
	const char *word[COMMAND_WORDS];
	unsigned int count;
};

const char *command_quoted_end(const char *text)
{
	const char *c = text;

	if (*c++ != '"')
		return text;
	while (*c && *c != '"')
		c += c[0] == '\\' && c[1] ? 2 : 1;
	return *c ? c + 1 : text;
}

/* The text between the quotes, without the escapes that protected it from them. */
static void unquote(const char *start, const char *end, char *ret_line)
{
	for (const char *c = start; c < end; c++) {
		if (*c == '\\' && (c[1] == '"' || c[1] == '\\'))
			c++;
		*ret_line++ = *c;
	}
	*ret_line = '\0';
}

/* One character of a word, or its end. The words are shorter than the line that they come from. */
static void put(struct words *words, char c)
{
	words->bytes[words->used++] = c;
}

/* One word at *cursor, which is no blank. */
static const char *split_word(struct words *words, const char **cursor)
{
	const char *c = *cursor;
	char quote = 0;

	if (words->count == COMMAND_WORDS)
		return "has too many words";
	words->word[words->count++] = words->bytes + words->used;
	for (; *c && (quote || !text_is_blank(*c)); c++) {
		if (quote ? *c == quote : *c == '\'' || *c == '"') {
			quote = quote ? 0 : *c;
		} else if (*c == '\\' && quote != '\'' && c[1] &&
			   (!quote || c[1] == '"' || c[1] == '\\')) {
			put(words, *++c);
		} else {
			put(words, *c);
		}
	}
	put(words, '\0');
	*cursor = c;
	return quote ? "has a quote that does not end" : NULL;
}

static const char *split(struct words *words, const char *line)
{
	const char *why = NULL;

	while (!why) {
		while (text_is_blank(*line))
			line++;
		if (!*line)
			break;
		why = split_word(words, &line);
	}
	return why;
}

static const char *judge(const struct words *words)
{
	return !words->count || words->word[0][0] != '/' ? "is not an absolute path" : NULL;
}

const char *command_read(const char **cursor, char ***ret_command)
{
	struct words words = {.used = 0};
	char line[COMMAND_BYTES];
	const char *start = *cursor, *end, *why;

	while (text_is_blank(*start))
		start++;
	end = command_quoted_end(start);
	if (*start == '"' && end == start)
		return "has no closing quote";
	if (end == start)
		end += strcspn(start, " \t");
	else if (*end && !text_is_blank(*end))
		return "has text after its closing quote";
	if ((size_t)(end - start) >= sizeof(line))
		return "is too long";
	if (*start == '"') {
		unquote(start + 1, end - 1, line);
		why = split(&words, line);
	} else {
		memcpy(line, start, (size_t)(end - start));
		line[end - start] = '\0';
		words.word[words.count++] = line;
		why = NULL;
	}
	if (!why)
		why = judge(&words);
	if (why)
		return why;
	*cursor = end;
	*ret_command = command_of(words.word, words.count);
	return NULL;
}

char **command_of(const char *const *words, unsigned int count)
{
	size_t size = (count + 1) * sizeof(char *);
	char **command, *next;

	for (unsigned int i = 0; i < count; i++)
		size += strlen(words[i]) + 1;
	command = malloc(size);
	if (!command)
		return NULL;
	next = (char *)(command + count + 1);
	for (unsigned int i = 0; i < count; i++) {
		command[i] = next;
		next = stpcpy(next, words[i]) + 1;
	}
	command[count] = NULL;
	return command;
}

/* A word of the line, with the quotes of the line escaped once more. */
static void print_word(FILE *out, const char *word)
{
	bool plain = *word && !strpbrk(word, " \t'\"\\");

	if (!plain)
		fputc('\'', out);
	for (const char *c = word; *c; c++) {
		if (*c == '\'')
			fputs("'\\\\''", out); /* out of the quotes, and in again */
		else if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
	if (!plain)
		fputc('\'', out);
}

void command_print(FILE *out, char *const *command)
{
	if (!command[1] && !strpbrk(command[0], " \t'\"\\")) {
		fputs(command[0], out);
		return;
	}
	for (char *const *word = command; *word; word++) {
		fputc(word == command ? '"' : ' ', out);
		print_word(out, *word);
	}
	fputc('"', out);
}

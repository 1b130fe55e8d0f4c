/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading files and splitting them. Knows of keepalived's syntax what includes another file, and
 * nothing else: that is looked for before conditions and parameters, by keepalived as well.
 */
#include "cli/tools/import_load.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/host/slurp.h"

#define DEPTH_MAX 16
#define FILES_MAX 1000

struct loader {
	struct import_text text;
	unsigned int files;
};

static void *grow(void *array, unsigned int count, size_t size)
{
	/* Doubled at powers of two. */
	return count & (count - 1) ? array : realloc(array, (count ? 2 * count : 1) * size);
}

/* The text is freed with all others, also on failure. */
static int own(struct loader *l, char *text)
{
	char **grown = text ? grow(l->text.owned, l->text.owned_count, sizeof(*grown)) : NULL;

	if (!grown) {
		free(text);
		return -ENOMEM;
	}
	l->text.owned = grown;
	grown[l->text.owned_count++] = text;
	return 0;
}

static int add_line(struct loader *l, const char *file, unsigned int number, const char *text)
{
	struct import_line *grown = grow(l->text.lines, l->text.count, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	l->text.lines = grown;
	grown[l->text.count++] = (struct import_line){.file = file, .number = number, .text = text};
	return 0;
}

static int load(struct loader *l, const char *path, unsigned int depth);

/* What "include PATTERN" names, relative to the file that says it. false: it is no include. */
static bool included(const char *line, const char *path, char pattern[PATH_MAX])
{
	static const char *const words[] = {"include",  "includer", "includem",
					    "includew", "includeb", "includea"};
	const char *slash = strrchr(path, '/');
	char word[16], name[PATH_MAX / 2];

	if (sscanf(line, " %15s %2047s", word, name) != 2)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		snprintf(pattern, PATH_MAX, "%.*s%s",
			 name[0] == '/' || !slash ? 0 : (int)(slash - path + 1), path, name);
		return true;
	}
	return false;
}

/* 1: nothing was included, and the line stays. */
static int include(struct loader *l, const char *pattern, unsigned int depth)
{
	glob_t found = {0};
	unsigned int read = 0;
	int err = 0;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 1;
	for (size_t i = 0; i < found.gl_pathc && !err; i++) {
		err = load(l, found.gl_pathv[i], depth + 1);
		if (!err)
			read++;
		else if (err != -ENOMEM && err != -E2BIG)
			err = 0; /* a directory, or not ours to read */
	}
	globfree(&found);
	return err ? err : !read;
}

static int load(struct loader *l, const char *path, unsigned int depth)
{
	char *text, *name = NULL, pattern[PATH_MAX], *next;
	unsigned int number = 0;
	size_t length;
	int err;

	if (depth > DEPTH_MAX || ++l->files > FILES_MAX)
		return -E2BIG;
	err = slurp_file(path, &text, &length);
	if (err)
		return err;
	/* NUL bytes would hide what is behind them. */
	for (size_t i = 0; i < length; i++)
		text[i] = text[i] ? text[i] : '?';
	err = own(l, text);
	if (!err && depth) {
		name = strdup(path);
		err = own(l, name);
	}
	for (char *line = text; !err && line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		else if (!*line)
			break;
		number++;
		err = included(line, path, pattern) ? include(l, pattern, depth) : 1;
		if (err == 1)
			err = add_line(l, name, number, line);
	}
	return err;
}

int import_load(const char *path, struct import_text *ret_text)
{
	struct loader l = {0};
	int err = load(&l, path, 0);

	if (err)
		import_unload(&l.text);
	else
		*ret_text = l.text;
	return err;
}

void import_unload(struct import_text *text)
{
	for (unsigned int i = 0; i < text->owned_count; i++)
		free(text->owned[i]);
	free(text->owned);
	free(text->lines);
	*text = (struct import_text){0};
}

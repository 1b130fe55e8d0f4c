/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keepalived's syntax: braces, "@ID" conditions, "$NAME=VALUE" parameters. Knows no keyword. Words
 * and comments are in import_words.c.
 */
#include <ctype.h>
#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"

#define TEXT(number)  TEXT_(number)
#define TEXT_(number) #number

#define LINE_LENGTH_MAX 4096    /* also after parameters were put in */
#define VALUE_MAX       16384   /* of a parameter, and of a line with its parameters */
#define EXPANDED_MAX    2097152 /* bytes that all parameters lead to, each step counted */
#define ROUNDS_MAX      32      /* parameters in parameters */
#define DEPTH_MAX       32      /* braces in braces */

struct parameter {
	char *name, *value;
	size_t name_length, length; /* name need not end with NUL where it is looked for */
	const char *file;           /* in which it goes on, as import_line has it */
	bool hidden;                /* as of the reader, when it was defined */
};

struct reader {
	const char *config_id, *directory;
	bool id_is_named;       /* some line is for this host, or for all but this one */
	void *parameters;       /* a tree of tsearch(3) */
	struct parameter *open; /* its value goes on in the next line */
	size_t expanded;        /* bytes so far */
	bool hidden;            /* text of an included file is in this line */
	const char *why;        /* what this line says cannot be used, for that reason; or NULL */
	const struct import_line *line;
	struct import_node *root, *parent;
	struct import_node *last; /* what a "{" on a line of its own belongs to */
	unsigned int depth;
	int err; /* -ENOMEM; -E2BIG, and then: */
	struct import_fault fault;
};

static void fail(struct reader *r, const char *why)
{
	r->err = -E2BIG;
	r->fault = (struct import_fault){r->line, why};
}

/* ---- nodes ---- */

static struct import_node *new_node(struct reader *r)
{
	struct import_node *node = calloc(1, sizeof(*node));

	if (!node) {
		r->err = -ENOMEM;
		return NULL;
	}
	node->line = node->last = r->line;
	node->parent = r->parent;
	node->why = r->why;
	if (r->parent->last_child)
		r->parent->last_child->next = node;
	else
		r->parent->first_child = node;
	r->parent->last_child = node;
	/* A comment about a block must not tell what is in it, either. */
	for (struct import_node *up = node; r->hidden && up && !up->hidden; up = up->parent)
		up->hidden = true;
	return node;
}

static void add_word(struct reader *r, struct import_node *node, char *word)
{
	unsigned int count = node->word_count;

	/* Doubled at powers of two. */
	if (word && !(count & (count - 1))) {
		char **grown = realloc(node->words, (count ? 2 * count : 1) * sizeof(*grown));

		if (!grown) {
			free(word);
			word = NULL;
		} else {
			node->words = grown;
		}
	}
	if (word)
		node->words[node->word_count++] = word;
	else
		r->err = -ENOMEM;
}

void import_tree_free(struct import_node *node)
{
	/* Depth is bounded by DEPTH_MAX. */
	while (node) {
		struct import_node *next = node->next;

		import_tree_free(node->first_child);
		for (unsigned int i = 0; i < node->word_count; i++)
			free(node->words[i]);
		free(node->words);
		free(node);
		node = next;
	}
}

const char *import_word(const struct import_node *node, unsigned int n)
{
	return n < node->word_count ? node->words[n] : "";
}

const char *import_shown(const struct import_node *node, unsigned int n)
{
	return node->hidden && n < node->word_count ? "..." : import_word(node, n);
}

bool import_is(const struct import_node *node, const char *keyword)
{
	return strcmp(import_word(node, 0), keyword) == 0;
}

const struct import_node *import_child(const struct import_node *node, const char *keyword)
{
	const struct import_node *found = NULL;

	for (const struct import_node *child = node->first_child; child; child = child->next) {
		if (!child->why && import_is(child, keyword))
			found = child;
	}
	return found;
}

const struct import_node *import_first(const struct import_node *node, const char *keyword)
{
	const struct import_node *child = node->first_child;

	while (child && (child->why || !import_is(child, keyword)))
		child = child->next;
	return child;
}

const char *import_value(const struct import_node *node)
{
	return import_word(node, 1);
}

bool import_truth(const struct import_node *node)
{
	const char *word = import_word(node, 1);

	return !*word || !strcmp(word, "on") || !strcmp(word, "yes") || !strcmp(word, "true");
}

/* A whole line that is of no use. */
static struct import_node *refuse(struct reader *r, const char *text, const char *why)
{
	struct import_node *node = new_node(r);

	if (!node)
		return NULL;
	add_word(r, node, strdup(text));
	node->why = why;
	return node;
}

/* ---- parameters ---- */

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static int by_name(const void *a, const void *b)
{
	const struct parameter *x = a, *y = b;
	size_t length = x->name_length < y->name_length ? x->name_length : y->name_length;
	int order = memcmp(x->name, y->name, length);

	return order ? order
		     : (x->name_length > y->name_length) - (x->name_length < y->name_length);
}

static struct parameter *find_parameter(const struct reader *r, const char *name, size_t length)
{
	struct parameter key = {.name = (char *)(uintptr_t)name, .name_length = length};
	struct parameter **found = tfind(&key, &r->parameters, by_name);

	return found ? *found : NULL;
}

static void free_parameter(void *parameter)
{
	struct parameter *p = parameter;

	free(p->name);
	free(p->value);
	free(p);
}

/* NULL: no memory. */
static struct parameter *new_parameter(struct reader *r, const char *name, size_t length)
{
	struct parameter *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->name = strndup(name, length);
	p->name_length = length;
	if (p->name && tsearch(p, &r->parameters, by_name))
		return p;
	free_parameter(p);
	return NULL;
}

/* A further line of a value; "\" at its end: it goes on in the next one. */
static void add_value(struct reader *r, struct parameter *p, const char *text)
{
	size_t length = strlen(text);
	bool more, first = !p->length;
	char *grown;

	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	more = length && text[length - 1] == '\\';
	if (more)
		length--;
	r->open = more ? p : NULL;
	if (p->length + length >= VALUE_MAX) {
		fail(r, "the value of a parameter is longer than " TEXT(VALUE_MAX) " bytes");
		return;
	}
	grown = realloc(p->value, p->length + length + 2);
	if (!grown) {
		r->err = -ENOMEM;
		return;
	}
	p->value = grown;
	if (!first)
		grown[p->length++] = '\n';
	memcpy(grown + p->length, text, length);
	p->length += length;
	grown[p->length] = '\0';
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r");
}

/* "$NAME=VALUE": true. */
static bool define(struct reader *r, const char *text)
{
	const char *end = text + 1;
	struct parameter *p;

	if (*text != '$')
		return false;
	while (is_name(*end))
		end++;
	if (end == text + 1 || *end != '=')
		return false;
	p = find_parameter(r, text + 1, (size_t)(end - text - 1));
	if (!p)
		p = new_parameter(r, text + 1, (size_t)(end - text - 1));
	if (!p) {
		r->err = -ENOMEM;
		return true;
	}
	/* The last definition counts from here on. */
	p->length = 0;
	p->file = r->line->file;
	p->hidden = r->hidden;
	add_value(r, p, skip_blanks(end + 1));
	return true;
}

/* Those that keepalived defines, and whose value is known here. *ret_length: of the value. NULL:
 * not one of them. */
static const char *predefined(const struct reader *r, const char *name, size_t length,
			      size_t *ret_length)
{
	const char *value = NULL, *file = r->line->file;

	if (length == strlen("_INSTANCE") && !strncmp(name, "_INSTANCE", length))
		value = r->config_id;
	else if (length == strlen("_HASH") && !strncmp(name, "_HASH", length))
		value = "#";
	else if (length == strlen("_BANG") && !strncmp(name, "_BANG", length))
		value = "!";
	else if (length == strlen("_PWD") && !strncmp(name, "_PWD", length))
		value = file && *file == '/' ? file : r->directory;
	if (!value)
		return NULL;
	*ret_length = value == file ? (size_t)(strrchr(file, '/') - file) : strlen(value);
	return value;
}

/* One parameter of the text replaced; NULL: there is none, or no memory. "$NAME" ends with a
 * blank. */
static char *replace_one(struct reader *r, const char *text)
{
	char *replaced;

	for (const char *at = strchr(text, '$'); at; at = strchr(at + 1, '$')) {
		bool braces = at[1] == '{';
		const char *name = at + 1 + braces, *end = name, *value;
		const struct parameter *p;
		size_t length;

		while (is_name(*end))
			end++;
		if (end == name || (braces ? *end != '}' : *end && !isspace((unsigned char)*end)))
			continue;
		p = find_parameter(r, name, (size_t)(end - name));
		value = p ? p->value : predefined(r, name, (size_t)(end - name), &length);
		if (!value)
			continue;
		if (p) {
			length = p->length;
			r->hidden |= p->hidden;
		}
		if (asprintf(&replaced, "%.*s%.*s%s", (int)(at - text), text, (int)length, value,
			     end + braces) >= 0)
			return replaced;
		r->err = -ENOMEM;
		break;
	}
	return NULL;
}

/* NULL: too much of it, or r->err. */
static char *expand(struct reader *r, const char *text)
{
	char *now = strdup(text);

	if (!now)
		r->err = -ENOMEM;
	for (int round = 0; now && round < ROUNDS_MAX; round++) {
		char *next = replace_one(r, now);
		size_t length;

		if (!next && !r->err)
			return now;
		free(now);
		now = next;
		length = now ? strlen(now) : 0;
		r->expanded += length;
		if (r->expanded > EXPANDED_MAX)
			fail(r, "parameters lead to more than " TEXT(EXPANDED_MAX) " bytes in all");
		if (r->err || length > VALUE_MAX)
			break;
	}
	free(now);
	return NULL;
}

/* ---- lines ---- */

static void open_block(struct reader *r)
{
	struct import_node *owner = r->last;

	if (!owner || owner->block) { /* braces that belong to nothing */
		owner = new_node(r);
		if (!owner)
			return;
		add_word(r, owner, strdup("{"));
		owner->why = "a block that belongs to nothing";
	}
	owner->block = true;
	r->parent = owner;
	r->last = NULL;
	r->depth++;
}

static void close_block(struct reader *r)
{
	if (r->parent == r->root) {
		refuse(r, "}", "there is no block to be closed");
		return;
	}
	r->parent->last = r->line;
	r->last = NULL;
	r->parent = r->parent->parent;
	r->depth--;
}

/* text has LINE_LENGTH_MAX bytes at most. */
static void tokens(struct reader *r, const char *text)
{
	struct import_node *node = NULL;
	char word[LINE_LENGTH_MAX + 1];
	bool quoted;

	while (!r->err) {
		bool command = node && import_is_command(import_word(node, 0)), opens;
		const char *why = NULL;
		size_t length;

		if (!import_next_word(&text, command, word, &quoted, &why))
			break;
		length = strlen(word);
		opens = !quoted && length && word[length - 1] == '{';
		if (!quoted && !strcmp(word, "}")) {
			close_block(r);
			node = NULL;
			continue;
		}
		/* Also "NAME{". */
		if (opens)
			word[length - 1] = '\0';
		if (*word || quoted) {
			if (!node)
				node = new_node(r);
			if (node)
				add_word(r, node, strdup(word));
			if (node && why)
				node->why = why;
			r->last = node;
		}
		if (opens && r->depth == DEPTH_MAX) {
			fail(r, "more than " TEXT(DEPTH_MAX) " blocks in each other");
		} else if (opens) {
			open_block(r);
			node = NULL;
		}
	}
}

/* "@ID REST": the rest, where the line is for this host; NULL: it is not. */
static const char *condition(struct reader *r, const char *text)
{
	bool negated = text[1] == '^';
	const char *id = text + 1 + negated;
	size_t length = strcspn(id, " \t");
	bool same = strlen(r->config_id) == length && !memcmp(r->config_id, id, length);

	r->id_is_named |= same;
	return same != negated ? id + length : NULL;
}

/* Why keepalived would read other lines than this one; NULL: it would not. */
static const char *not_expanded(const char *text)
{
	if (!strncmp(text, "~SEQ", 4))
		return "sequences are not expanded: write the lines out";
	if (!strncmp(text, "~LST", 4))
		return "lists are not expanded: write the lines out";
	if (strstr(text, "${_ENV "))
		return "keepalived's environment is not known here: write the value instead";
	if (strstr(text, "${_RANDOM}") || strstr(text, "${_RANDOM "))
		return "keepalived reads another number each time: write one instead";
	return NULL;
}

static void read_text(struct reader *r, const char *text, bool expanded)
{
	char *now, *line, *rest = NULL;

	text = skip_blanks(text);
	if (strlen(text) > LINE_LENGTH_MAX) {
		fail(r, "longer than " TEXT(LINE_LENGTH_MAX) " bytes");
		return;
	}
	while (*text == '@') {
		const char *here = condition(r, text);

		if (!here) {
			struct import_node *node = refuse(r, text, "it is for another host");

			if (node)
				node->elsewhere = true;
			return;
		}
		text = skip_blanks(here);
	}
	if (define(r, text))
		return;
	if (expanded || !strchr(text, '$')) {
		r->why = not_expanded(text);
		tokens(r, text);
		r->why = NULL;
		return;
	}
	now = expand(r, text);
	if (!now && !r->err)
		refuse(r, text, "its parameters lead to too much text");
	/* A value of several lines makes as many, with conditions and definitions of their own. */
	for (line = now ? strtok_r(now, "\n", &rest) : NULL; line && !r->err;
	     line = strtok_r(NULL, "\n", &rest))
		read_text(r, line, true);
	free(now);
}

static void read_line(struct reader *r, const struct import_line *line)
{
	char *text;

	/* A value ends with its file: the next one's lines are none of it. */
	if (r->open && r->open->file != line->file)
		r->open = NULL;
	r->line = line;
	r->hidden = line->file != NULL;
	if (line->why) {
		refuse(r, line->text, line->why);
		return;
	}
	/* keepalived does this before all else: a comment is no part of a parameter, either. */
	text = strdup(line->text);
	if (!text) {
		r->err = -ENOMEM;
		return;
	}
	import_decomment(text);
	if (r->open)
		add_value(r, r->open, text);
	else
		read_text(r, text, false);
	free(text);
}

/* Where no line names this host, it is likely to have another name than the file's, and what is for
 * another one may be for it. */
static void doubt(struct import_node *node)
{
	/* Depth is bounded by DEPTH_MAX. */
	for (; node; node = node->next) {
		if (node->elsewhere) {
			node->elsewhere = false;
			node->why = "it is for another host than this one, and no line is for this "
				    "one: -i ID says which one it is";
		}
		doubt(node->first_child);
	}
}

int import_tree(const struct import_line *lines, unsigned int count, const char *config_id,
		const char *directory, struct import_node **ret_root,
		struct import_fault *ret_fault)
{
	struct reader r = {.config_id = config_id, .directory = directory};

	r.root = r.parent = calloc(1, sizeof(*r.root));
	if (!r.root)
		return -ENOMEM;
	for (unsigned int i = 0; i < count && !r.err; i++)
		read_line(&r, &lines[i]);
	for (struct import_node *node = r.parent; !r.err && node != r.root; node = node->parent) {
		node->last = r.line;
		node->why = "the block is never closed";
	}
	tdestroy(r.parameters, free_parameter);
	if (!r.err && !r.id_is_named)
		doubt(r.root);
	if (!r.err) {
		*ret_root = r.root;
		return 0;
	}
	import_tree_free(r.root);
	if (r.err == -E2BIG)
		*ret_fault = r.fault;
	return r.err;
}

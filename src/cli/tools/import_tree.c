/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keepalived's syntax: comments, quotes, braces, "@ID" conditions, "$NAME=VALUE" parameters. Knows
 * no keyword.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"

#define EXPANSION_MAX 16384 /* of one line, by parameters */
#define ROUNDS_MAX    32    /* parameters in parameters */
#define DEPTH_MAX     32    /* braces in braces */

struct parameter {
	char *name, *value;
	struct parameter *next; /* an older one */
};

struct reader {
	const char *config_id;
	struct parameter *parameters;
	struct parameter *open; /* its value goes on in the next line */
	const struct import_line *line;
	struct import_node *root, *parent;
	struct import_node *last; /* what a "{" on a line of its own belongs to */
	unsigned int depth;
	bool failed; /* no memory */
};

/* ---- nodes ---- */

static struct import_node *new_node(struct reader *r)
{
	struct import_node *node = calloc(1, sizeof(*node));

	if (!node) {
		r->failed = true;
		return NULL;
	}
	node->line = node->last = r->line;
	node->parent = r->parent;
	if (r->parent->last_child)
		r->parent->last_child->next = node;
	else
		r->parent->first_child = node;
	r->parent->last_child = node;
	return node;
}

static void add_word(struct reader *r, struct import_node *node, char *word)
{
	char **grown = realloc(node->words, (node->word_count + 1) * sizeof(*grown));

	if (!grown || !word) {
		if (grown)
			node->words = grown;
		free(word);
		r->failed = true;
		return;
	}
	node->words = grown;
	node->words[node->word_count++] = word;
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
static void refuse(struct reader *r, const char *text, const char *why)
{
	struct import_node *node = new_node(r);

	if (!node)
		return;
	add_word(r, node, strdup(text));
	node->why = why;
}

/* ---- parameters ---- */

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *value_of(const struct reader *r, const char *name, size_t length)
{
	for (const struct parameter *p = r->parameters; p; p = p->next) {
		if (strlen(p->name) == length && !memcmp(p->name, name, length))
			return p->value;
	}
	return NULL;
}

/* "$NAME=VALUE": true. A value of "\" goes on in the next lines. */
static bool define(struct reader *r, const char *text)
{
	const char *end = text + 1;
	struct parameter *p;
	size_t length;

	if (*text != '$')
		return false;
	while (is_name(*end))
		end++;
	if (end == text + 1 || *end != '=')
		return false;
	p = calloc(1, sizeof(*p));
	if (p) {
		p->next = r->parameters;
		r->parameters = p;
		p->name = strndup(text + 1, (size_t)(end - text - 1));
		p->value = strdup(end + 1);
	}
	if (!p || !p->name || !p->value) {
		r->failed = true;
		return true;
	}
	length = strlen(p->value);
	while (length && isspace((unsigned char)p->value[length - 1]))
		length--;
	p->value[length] = '\0';
	if (length && p->value[length - 1] == '\\') {
		p->value[length - 1] = '\0';
		r->open = p;
	}
	return true;
}

/* The next line of a value. */
static void define_more(struct reader *r, const char *text)
{
	size_t length = strlen(text);
	bool more;
	char *value;

	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	more = length && text[length - 1] == '\\';
	if (more)
		length--;
	if (asprintf(&value, "%s%s%.*s", r->open->value, *r->open->value ? "\n" : "", (int)length,
		     text) < 0) {
		r->failed = true;
		r->open = NULL;
		return;
	}
	free(r->open->value);
	r->open->value = value;
	/* Nobody needs a value like that. */
	if (!more || strlen(value) > EXPANSION_MAX)
		r->open = NULL;
}

/* One parameter of the text replaced; NULL: there is none. "$NAME" ends with a blank. */
static char *replace_one(const struct reader *r, const char *text)
{
	char *replaced;

	for (const char *at = strchr(text, '$'); at; at = strchr(at + 1, '$')) {
		bool braces = at[1] == '{';
		const char *name = at + 1 + braces, *end = name, *value;

		while (is_name(*end))
			end++;
		if (end == name || (braces ? *end != '}' : *end && !isspace((unsigned char)*end)))
			continue;
		value = value_of(r, name, (size_t)(end - name));
		if (!value)
			continue;
		if (asprintf(&replaced, "%.*s%s%s", (int)(at - text), text, value, end + braces) <
		    0)
			return NULL;
		return replaced;
	}
	return NULL;
}

/* NULL: too much of it, or no memory. */
static char *expand(const struct reader *r, const char *text)
{
	char *now = strdup(text);

	for (int round = 0; now && round < ROUNDS_MAX; round++) {
		char *next = replace_one(r, now);

		if (!next)
			return now;
		free(now);
		now = next;
		if (strlen(now) > EXPANSION_MAX)
			break;
	}
	free(now);
	return NULL;
}

/* ---- lines ---- */

/* The next word of *cursor without its quotes; NULL: a comment, or the end. */
static char *next_word(struct reader *r, const char **cursor, bool *ret_quoted)
{
	const char *in = *cursor + strspn(*cursor, " \t\r");
	char *word, *out, quote = '\0';

	*ret_quoted = false;
	if (!*in || *in == '!' || *in == '#') {
		*cursor = in + strlen(in);
		return NULL;
	}
	word = out = calloc(1, strlen(in) + 1);
	if (!word) {
		r->failed = true;
		return NULL;
	}
	for (; *in; in++) {
		if (quote && *in == '\\' && in[1]) {
			*out++ = *++in;
		} else if (quote) {
			if (*in == quote)
				quote = '\0';
			else
				*out++ = *in;
		} else if (*in == '"' || *in == '\'') {
			quote = *in;
			*ret_quoted = true;
		} else if (strchr(" \t\r!#", *in)) {
			break;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	*cursor = in;
	return word;
}

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

static void tokens(struct reader *r, const char *text)
{
	struct import_node *node = NULL;
	bool quoted;
	char *word;

	while (!r->failed && (word = next_word(r, &text, &quoted)) != NULL) {
		size_t length = strlen(word);
		bool opens = !quoted && length && word[length - 1] == '{';

		if (!quoted && !strcmp(word, "}")) {
			free(word);
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
				add_word(r, node, word);
			else
				free(word);
			r->last = node;
		} else {
			free(word);
		}
		if (opens && r->depth == DEPTH_MAX) {
			refuse(r, "{", "too many blocks in each other");
		} else if (opens) {
			open_block(r);
			node = NULL;
		}
	}
}

/* "@ID REST": the rest, where the line is for this host; NULL: it is not. */
static const char *condition(const struct reader *r, const char *text)
{
	bool negated = text[1] == '^';
	const char *id = text + 1 + negated;
	size_t length = strcspn(id, " \t");
	bool same = strlen(r->config_id) == length && !memcmp(r->config_id, id, length);

	return same != negated ? id + length : NULL;
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\r");
}

static void read_text(struct reader *r, const char *text, bool expanded)
{
	char *now, *line, *rest = NULL;

	text = skip_blanks(text);
	while (*text == '@') {
		const char *here = condition(r, text);

		if (!here) {
			refuse(r, text, "for another host (--config-id says which one this is)");
			return;
		}
		text = skip_blanks(here);
	}
	if (define(r, text))
		return;
	if (expanded || !strchr(text, '$')) {
		tokens(r, text);
		return;
	}
	now = expand(r, text);
	if (!now)
		refuse(r, text, "its parameters lead to too much text");
	/* A value of several lines makes as many, with conditions and definitions of their own. */
	for (line = now ? strtok_r(now, "\n", &rest) : NULL; line && !r->failed;
	     line = strtok_r(NULL, "\n", &rest))
		read_text(r, line, true);
	free(now);
}

static void forget_parameters(struct reader *r)
{
	while (r->parameters) {
		struct parameter *next = r->parameters->next;

		free(r->parameters->name);
		free(r->parameters->value);
		free(r->parameters);
		r->parameters = next;
	}
}

struct import_node *import_tree(const struct import_line *lines, unsigned int count,
				const char *config_id)
{
	struct reader r = {.config_id = config_id};

	r.root = r.parent = calloc(1, sizeof(*r.root));
	r.failed = !r.root;
	for (unsigned int i = 0; i < count && !r.failed; i++) {
		r.line = &lines[i];
		if (r.open)
			define_more(&r, lines[i].text);
		else
			read_text(&r, lines[i].text, false);
	}
	for (struct import_node *node = r.parent; !r.failed && node != r.root;
	     node = node->parent) {
		node->last = r.line;
		node->why = "the block is never closed";
	}
	forget_parameters(&r);
	if (r.failed) {
		import_tree_free(r.root);
		return NULL;
	}
	return r.root;
}

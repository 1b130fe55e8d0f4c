/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of keys and comments that a file becomes, in its order.
 */
#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"
#include "core/config/command.h"
#include "core/config/config_text.h"
#include "vrrp_abi.h"

#define ITEMS_MAX 65536

#define NAMES_TRIED 100 /* for a router whose name is taken: only malice needs more */

void import_fail(struct import_out *out, const struct import_node *node, const char *why)
{
	if (out->status)
		return;
	out->status = -E2BIG;
	out->fault = (struct import_fault){node->line, why};
}

static struct import_item *add(struct import_out *out, int section, const struct import_node *node)
{
	if (out->count == ITEMS_MAX) {
		import_fail(out, node, "too many statements up to here: import the file in parts");
		return NULL;
	}
	/* Doubled at powers of two. */
	if (!(out->count & (out->count - 1))) {
		unsigned int room = out->count ? 2 * out->count : 1;
		struct import_item *grown = realloc(out->items, room * sizeof(*grown));

		if (!grown) {
			out->status = -ENOMEM;
			return NULL;
		}
		out->items = grown;
	}
	out->items[out->count] =
		(struct import_item){.section = section, .order = out->count, .node = node};
	return &out->items[out->count++];
}

static char *format_text(struct import_out *out, const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0) {
		out->status = -ENOMEM;
		return NULL;
	}
	return text;
}

/* What follows a quoted value; the whole text if its value is not quoted. */
static const char *behind_quotes(const char *text)
{
	const char *value = strstr(text, " = ");

	return value && value[3] == '"' ? command_quoted_end(value + 3) : text;
}

void import_key(struct import_out *out, int section, const struct import_node *node,
		const char *format, ...)
{
	struct import_item *item = add(out, section, node);
	const char *reason;
	va_list args;

	if (!item)
		return;
	va_start(args, format);
	item->text = format_text(out, format, args);
	va_end(args);
	if (!item->text)
		return;
	if (strlen(item->text) > TEXT_LINE)
		reason = "longer than a line of a configuration can be";
	else if (strstr(behind_quotes(item->text), " ;"))
		reason = "\";\" behind a blank would begin a comment";
	else
		return;
	free(item->text);
	item->text = NULL;
	item->is_note = true;
	item->reason = strdup(reason);
	if (!item->reason)
		out->status = -ENOMEM;
}

static void add_note(struct import_out *out, int section, const struct import_node *node,
		     enum import_loss loss, const char *format, va_list args)
{
	struct import_item *item = add(out, section, node);

	if (!item)
		return;
	item->is_note = true;
	item->loss = loss;
	item->reason = format_text(out, format, args);
	if (loss == IMPORT_PART && item->reason) {
		char *lacks = item->reason;

		if (asprintf(&item->reason, "kept without %s", lacks) < 0) {
			item->reason = NULL;
			out->status = -ENOMEM;
		}
		free(lacks);
	}
}

void import_note(struct import_out *out, int section, const struct import_node *node,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_note(out, section, node, IMPORT_DROPPED, format, args);
	va_end(args);
}

void import_without(struct import_out *out, int section, const struct import_node *node,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_note(out, section, node, IMPORT_PART, format, args);
	va_end(args);
}

void import_fine(struct import_out *out, int section, const struct import_node *node,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_note(out, section, node, IMPORT_NOTHING, format, args);
	va_end(args);
}

void import_unusable(struct import_out *out, int section, const struct import_node *node)
{
	if (node->elsewhere)
		import_fine(out, section, node, "%s", node->why);
	else
		import_note(out, section, node, "%s", node->why);
}

/* "NAME off" of a keyword that is a switch asks for nothing. */
static bool is_off(const struct import_node *node)
{
	const char *value = import_value(node);

	return !strcmp(value, "off") || !strcmp(value, "no") || !strcmp(value, "false");
}

void import_by_reason(struct import_out *out, int section, const struct import_node *node,
		      const struct import_reason *reason)
{
	if (!reason)
		import_note(out, section, node, "a keyword that is not known here");
	else if (is_off(node) || (reason->same && !strcmp(import_value(node), reason->same)))
		return;
	else if (reason->loss == IMPORT_PART)
		import_without(out, section, node, "%s", reason->reason);
	else if (reason->loss == IMPORT_NOTHING)
		import_fine(out, section, node, "%s", reason->reason);
	else
		import_note(out, section, node, "%s", reason->reason);
}

void import_same(struct import_instance *i, const struct import_node *node, const char *name)
{
	import_key(i->out, i->router, node, "%s = %s", name, import_value(node));
}

void import_why(struct import_instance *i, const struct import_node *node, const char *reason)
{
	import_note(i->out, i->router, node, "%s", reason);
}

void import_other(struct import_instance *i, const struct import_node *node, const char *reason)
{
	import_fine(i->out, i->router, node, "%s", reason);
}

void import_add_words(struct import_words *words, const struct import_node *node, unsigned int w,
		      unsigned int count)
{
	char *end = words->text + sizeof(words->text);

	for (unsigned int n = 0; n < count && w + n < node->word_count; n++) {
		char *at = words->text + words->length;
		const char *between = n ? " " : words->length ? ", " : "";
		int length = snprintf(at, (size_t)(end - at), "%s%.60s", between,
				      import_shown(node, w + n));

		if (length >= end - at) {
			/* The line is quoted before this list, so nothing stays unsaid. */
			snprintf(end - sizeof(" ..."), sizeof(" ..."), " ...");
			length = (int)(end - at) - 1;
		}
		words->length += (size_t)length;
	}
}

void import_each(struct import_instance *i, const struct import_node *block,
		 void (*fn)(struct import_instance *i, const struct import_node *node))
{
	for (const struct import_node *node = block->first_child; node; node = node->next) {
		if (node->why)
			import_unusable(i->out, i->router, node);
		else
			fn(i, node);
	}
}

/* A section's name, and which of theirs it stands for. */
struct name {
	char text[VRRP_NAME_LEN];
	const char *theirs;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static void clean_name(const char *theirs, char name[VRRP_NAME_LEN])
{
	snprintf(name, VRRP_NAME_LEN, "%s", theirs);
	for (char *c = name; *c; c++) {
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
			    *c))
			*c = '-';
	}
}

/* Names that differ only in what ours cannot have, or behind our last character, are kept apart by
 * the number of the router at their end. The one in our form; NULL: no memory. */
static const char *name_router(struct import_out *out, const char *theirs)
{
	struct name *name = malloc(sizeof(*name)), **found;
	char suffix[16];
	size_t length, room;

	if (!name)
		return NULL;
	name->theirs = theirs;
	clean_name(*theirs ? theirs : "router", name->text);
	length = strlen(name->text);
	for (int number = out->routers + 1;; number++) {
		found = tsearch(name, &out->names, by_text);
		/* The same name twice is an error of the file, which our checks name. */
		if (!found || *found == name || !strcmp((*found)->theirs, theirs) ||
		    number > out->routers + NAMES_TRIED)
			break;
		room = sizeof(name->text) - 1 -
		       (size_t)snprintf(suffix, sizeof(suffix), "-%d", number);
		strcpy(name->text + (length < room ? length : room), suffix);
	}
	if (!found || *found != name)
		free(name);
	return found ? (*found)->text : NULL;
}

/* A name as our sections have it. */
int import_router(struct import_out *out, const struct import_node *node)
{
	struct import_item *item = add(out, out->routers, node);
	const char *name = import_word(node, 1), *text;

	if (!item)
		return out->routers;
	text = name_router(out, name);
	item->text = text ? strdup(text) : NULL;
	if (!item->text) {
		out->status = -ENOMEM;
		return out->routers;
	}
	item->header = true;
	if (strcmp(text, name) != 0)
		import_fine(out, out->routers, node, "its name is %s here",
			    node->hidden ? "..." : text);
	return out->routers++;
}

void import_group_name(const struct import_node *group, char name[VRRP_NAME_LEN])
{
	clean_name(*import_word(group, 1) ? import_word(group, 1) : "group", name);
}

int import_group(struct import_out *out, const struct import_node *node)
{
	int section = IMPORT_GROUPS + out->groups++;
	struct import_item *item = add(out, section, node);
	char name[VRRP_NAME_LEN];

	if (!item)
		return section;
	import_group_name(node, name);
	item->text = strdup(name);
	item->header = true;
	if (!item->text)
		out->status = -ENOMEM;
	return section;
}

static void keep(void *node)
{
	(void)node;
}

void import_out_free(struct import_out *out)
{
	for (unsigned int i = 0; i < out->count; i++) {
		free(out->items[i].text);
		free(out->items[i].reason);
	}
	free(out->items);
	tdestroy(out->names, free);
	tdestroy(out->joined, keep);
	*out = (struct import_out){0};
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of keys and comments that a file becomes, in its order.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"
#include "core/config/command.h"
#include "vrrp_abi.h"

#define ITEMS_MAX 65536
#define KEY_MAX   256 /* more than a line of a configuration can have */

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
	if (strlen(item->text) > KEY_MAX)
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

void import_note(struct import_out *out, int section, const struct import_node *node,
		 const char *format, ...)
{
	struct import_item *item = add(out, section, node);
	va_list args;

	if (!item)
		return;
	item->is_note = true;
	va_start(args, format);
	item->reason = format_text(out, format, args);
	va_end(args);
}

void import_same(struct import_instance *i, const struct import_node *node, const char *name)
{
	import_key(i->out, i->router, node, "%s = %s", name, import_value(node));
}

void import_why(struct import_instance *i, const struct import_node *node, const char *reason)
{
	import_note(i->out, i->router, node, "%s", reason);
}

void import_each(struct import_instance *i, const struct import_node *block,
		 void (*fn)(struct import_instance *i, const struct import_node *node))
{
	for (const struct import_node *node = block->first_child; node; node = node->next) {
		if (node->why)
			import_why(i, node, node->why);
		else
			fn(i, node);
	}
}

/* A name as our sections have it. */
int import_router(struct import_out *out, const struct import_node *node)
{
	struct import_item *item = add(out, out->routers, node);
	const char *name = import_word(node, 1);

	if (!item)
		return out->routers;
	item->header = true;
	item->text = strndup(*name ? name : "router", VRRP_NAME_LEN - 1);
	if (!item->text) {
		out->status = -ENOMEM;
		return out->routers;
	}
	for (char *c = item->text; *c; c++) {
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
			    *c))
			*c = '-';
	}
	return out->routers++;
}

void import_out_free(struct import_out *out)
{
	for (unsigned int i = 0; i < out->count; i++) {
		free(out->items[i].text);
		free(out->items[i].reason);
	}
	free(out->items);
	*out = (struct import_out){0};
}

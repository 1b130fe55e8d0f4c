/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of keys and comments as text, and the loop that lets our own checks decide: each key
 * that they refuse becomes a comment, until they refuse nothing any more.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"
#include "core/config/config.h"

#define FILE_NAME "import" /* in the errors of config_parse(), which nobody sees */

#define ROUNDS_MAX 100 /* of our checks, which name up to CONFIG_MAX_ERRORS lines each time */
#define SHOWN_MAX  200 /* of a statement, in a comment */

/* ---- text ---- */

/* On one line, whatever was in it. At most `room` characters; returns how many. */
static size_t print_clean(FILE *to, const char *text, size_t room)
{
	size_t length = 0;

	for (; *text && length < room; text++, length++)
		fputc(*text == '\t'                                 ? ' '
		      : (unsigned char)*text < ' ' || *text == 0x7f ? '?'
								    : *text,
		      to);
	return length;
}

/* The statement without what it must not tell. */
static void print_source(FILE *to, const struct import_node *node)
{
	bool secret =
		(!strncmp(import_word(node, 0), "auth_", 5) && !import_is(node, "auth_type")) ||
		(import_is(node, "key") && node->parent && import_is(node->parent, "auth_hmac"));
	const char *known = node->hidden ? import_known(import_word(node, 0)) : NULL;
	size_t room = SHOWN_MAX;

	if (known)
		fprintf(to, "%s%s", known, node->word_count > 1 ? " ..." : "");
	else if (node->hidden)
		fprintf(to, "...");
	for (unsigned int i = 0; i < node->word_count && !node->hidden; i++) {
		if ((i && secret) || !room) {
			fprintf(to, " ...");
			break;
		}
		fprintf(to, "%s", i ? " " : "");
		room -= print_clean(to, node->words[i], room);
	}
	if (node->block && !import_is(node, "{"))
		fprintf(to, " { }");
}

static void print_place(FILE *to, const struct import_node *node)
{
	if (node->line->file)
		print_clean(to, node->line->file, SIZE_MAX);
	fprintf(to, "%s%u", node->line->file ? ":" : "line ", node->line->number);
	if (node->last != node->line)
		fprintf(to, "-%u", node->last->number);
}

static void print_note(FILE *to, const struct import_item *item)
{
	/* The reason of a part says itself that its key was kept. */
	static const char *const lost[] = {[IMPORT_DROPPED] = "dropped: ",
					   [IMPORT_PART] = "",
					   [IMPORT_NOTHING] = "nothing lost: "};

	fprintf(to, "# ");
	print_place(to, item->node);
	fprintf(to, ": ");
	print_source(to, item->node);
	fprintf(to, ": %s", lost[item->loss]);
	print_clean(to, item->reason, SIZE_MAX);
	fprintf(to, "\n");
}

struct rendering {
	FILE *to;
	unsigned int line;                  /* to be written next, from 1 */
	const struct import_item **by_line; /* [line]: the item on it, or NULL */
};

static int by_section(const void *a, const void *b)
{
	const struct import_item *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* From one item of a section to the end of it. */
static unsigned int section_end(const struct import_out *out, unsigned int first)
{
	unsigned int end = first;

	while (end < out->count && out->items[end].section == out->items[first].section)
		end++;
	return end;
}

static void render_section(const struct import_out *out, unsigned int first, struct rendering *r)
{
	unsigned int end = section_end(out, first);
	bool any = false;

	/* Our checks pass over comments. */
	for (unsigned int pass = 0; pass < (r->by_line ? 1 : 2); pass++) {
		for (unsigned int i = first; i < end; i++) {
			const struct import_item *item = &out->items[i];

			if (item->dropped || item->is_note != (pass == 1))
				continue;
			if (item->is_note) {
				print_note(r->to, item);
			} else if (item->header) {
				fprintf(r->to, "[%s %s]\n",
					item->section < IMPORT_GROUPS ? "vrrp" : "group",
					item->text);
			} else {
				if (item->section == IMPORT_AGENT && !any)
					fprintf(r->to, "[agent]\n"), r->line++;
				fprintf(r->to, "%s\n", item->text);
			}
			any = true;
			if (r->by_line)
				r->by_line[r->line] = item;
			r->line++;
		}
	}
	if (any) {
		fprintf(r->to, "\n");
		r->line++;
	}
}

/* NULL: no memory. by_line: room for two lines an item. */
static char *render(const struct import_out *out, const struct import_item **by_line)
{
	char *text = NULL;
	size_t size;
	struct rendering r = {.to = open_memstream(&text, &size), .line = 1, .by_line = by_line};
	bool failed;

	if (!r.to)
		return NULL;
	for (unsigned int i = 0; i < out->count; i = section_end(out, i))
		render_section(out, i, &r);
	failed = ferror(r.to);
	if (fclose(r.to) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- what passes ---- */

/* Without " at line N", which counts other lines than the reader does. */
static char *clean_reason(const char *message, size_t length)
{
	char *reason = strndup(message, length), *at;

	while (reason && (at = strstr(reason, " at line ")) != NULL) {
		char *end = at + strlen(" at line ");

		end += strspn(end, "0123456789");
		memmove(at, end, strlen(end) + 1);
	}
	return reason;
}

/* The messages quote values: of what must not be shown, no more than the key is told. A section's
 * name is all that they quote of it. */
static char *hidden_reason(const struct import_item *item, const char *message, size_t length)
{
	const char *behind_name;
	char *reason;

	if (item->header) {
		behind_name = *message == '[' ? memmem(message, length, "]: ", 3) : NULL;
		if (!behind_name)
			return clean_reason(message, length);
		behind_name += 3;
		return clean_reason(behind_name, length - (size_t)(behind_name - message));
	}
	return asprintf(&reason, "%.*s: this value is refused", (int)strcspn(item->text, " "),
			item->text) < 0
		       ? NULL
		       : reason;
}

static void demote(struct import_out *out, struct import_item *item, const char *message,
		   size_t length)
{
	if (item->is_note)
		return;
	item->is_note = true;
	item->loss = IMPORT_DROPPED;
	item->reason = item->node->hidden ? hidden_reason(item, message, length)
					  : clean_reason(message, length);
	if (!item->reason)
		out->status = -ENOMEM;
	/* What its key lacked, or did otherwise, is of no interest any more. */
	for (struct import_item *next = item + 1;
	     next < out->items + out->count && next->node == item->node; next++) {
		if (next->is_note && next->loss != IMPORT_DROPPED)
			next->dropped = true;
	}
}

/* A section that cannot stand: its note is about the whole block, and its keys are left out. */
static void demote_section(struct import_out *out, struct import_item *header, const char *message,
			   size_t length)
{
	demote(out, header, message, length);
	/* The header was added before all others of its section. */
	for (struct import_item *item = header;
	     item < out->items + out->count && item->section == header->section; item++) {
		if (!item->is_note)
			item->dropped = true;
	}
}

/* Of one line of the errors of config_parse(), "import:LINE: MESSAGE": the item, and how long it is
 * up to the message. NULL: it is about none. */
static const struct import_item *item_of(const struct import_item *const *by_line,
					 unsigned int lines, const char *error, int *ret_head)
{
	unsigned int line = 0;

	*ret_head = 0;
	if (sscanf(error, FILE_NAME ":%u: %n", &line, ret_head) != 1 || !*ret_head || line >= lines)
		return NULL;
	return by_line[line];
}

/* false: nothing was done. */
static bool obey_one(struct import_out *out, const struct import_item *const *by_line,
		     unsigned int lines, const char *error, size_t length, bool headers)
{
	const struct import_item *found;
	struct import_item *item;
	int head;

	found = item_of(by_line, lines, error, &head);
	if (!found)
		return false;
	item = &out->items[found - out->items];
	/* The last line may only count those that are not shown. */
	if (item->is_note || item->dropped || item->header != headers ||
	    !strncmp(error + head, "and ", 4))
		return false;
	if (headers)
		demote_section(out, item, error + head, length - (size_t)head);
	else
		demote(out, item, error + head, length - (size_t)head);
	return true;
}

/* Keys first: their reasons say more than that of a section which they are missing in. false:
 * nothing could be done about any of them. */
static bool obey(struct import_out *out, const struct import_item *const *by_line,
		 unsigned int lines, const char *errors)
{
	bool any = false;

	for (int headers = 0; headers <= 1; headers++) {
		for (const char *error = errors; *error;) {
			size_t length = strcspn(error, "\n");

			any |= obey_one(out, by_line, lines, error, length, headers);
			error += length + (error[length] == '\n');
		}
	}
	return any;
}

static unsigned int count_routers(const struct import_out *out)
{
	unsigned int routers = 0;

	for (unsigned int i = 0; i < out->count; i++)
		routers += out->items[i].header && !out->items[i].is_note &&
			   out->items[i].section < IMPORT_GROUPS;
	return routers;
}

/* Each turn makes a note of one key at least. */
static int settle(struct import_out *out)
{
	unsigned int lines = 2 * out->count + (unsigned int)out->routers + 8, round = 0;
	const struct import_item **by_line = calloc(lines, sizeof(*by_line));
	int err = by_line ? 0 : -ENOMEM;

	while (!err && count_routers(out)) {
		struct config_errors errors = {0};
		struct config *config;
		char *text;

		memset(by_line, 0, lines * sizeof(*by_line));
		text = render(out, by_line);
		err = text ? config_parse(FILE_NAME, text, strlen(text), &config, &errors)
			   : -ENOMEM;
		free(text);
		if (!err) {
			config_free(config);
			break;
		}
		if (err == -EINVAL && ++round == ROUNDS_MAX) {
			int head;
			const struct import_item *item =
				item_of(by_line, lines, errors.text, &head);

			import_fail(out, item ? item->node : out->items[0].node,
				    "too many values are refused, this one and later ones");
		}
		if (err == -EINVAL && obey(out, by_line, lines, errors.text))
			err = out->status;
		free(errors.text);
	}
	free(by_line);
	return err;
}

static char *source_text(const struct import_node *node)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	print_source(to, node);
	if (fclose(to) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int take_notes(const struct import_out *out, struct import_result *result)
{
	result->notes = calloc(out->count + 1, sizeof(*result->notes));
	if (!result->notes)
		return -ENOMEM;
	for (unsigned int i = 0; i < out->count; i++) {
		const struct import_item *item = &out->items[i];
		struct import_note *note = &result->notes[result->note_count];

		if (!item->is_note || item->dropped)
			continue;
		*note = (struct import_note){.file = item->node->line->file,
					     .first = item->node->line->number,
					     .last = item->node->last->number,
					     .text = source_text(item->node),
					     .reason = strdup(item->reason),
					     .loss = item->loss};
		result->note_count++;
		result->dropped_count += item->loss == IMPORT_DROPPED;
		result->part_count += item->loss == IMPORT_PART;
		if (!note->text || !note->reason)
			return -ENOMEM;
	}
	return 0;
}

int import_finish(struct import_out *out, struct import_result *ret_result)
{
	struct import_result result = {0};
	int err = out->status;

	if (!err && out->count)
		qsort(out->items, out->count, sizeof(*out->items), by_section);
	if (!err)
		err = settle(out);
	if (!err)
		err = take_notes(out, &result);
	if (!err) {
		result.router_count = count_routers(out);
		result.text = render(out, NULL);
		err = result.text ? 0 : -ENOMEM;
	}
	if (err)
		import_free(&result);
	else
		*ret_result = result;
	return err;
}

void import_free(struct import_result *result)
{
	for (unsigned int i = 0; i < result->note_count; i++) {
		free(result->notes[i].text);
		free(result->notes[i].reason);
	}
	free(result->notes);
	free(result->text);
	*result = (struct import_result){0};
}

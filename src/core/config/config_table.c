/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of all keys, and what is done with a row whatever its type: find it, suggest it for a
 * misspelt one, read a value into its member, set its default, free it; and a section with all
 * defaults. It knows no key.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/command.h"
#include "core/config/config_internal.h"
#include "core/nearest.h"

/* clang-format off */
#define US TEXT_NS_PER_US
#define MS TEXT_NS_PER_MS
#define S  TEXT_NS_PER_S

#define QUOTE(number) #number
#define TEXT(number)  QUOTE(number)
#define RANGE(least, most)        .min = (least), .max = (most)
#define DURATION(least, most, of) .min = (least), .max = (most), .step = (of)
#define CHOICE(...) .words = (const struct config_word[]){__VA_ARGS__, {NULL, 0}}
#define YES_NO      CHOICE({"yes", true}, {"no", false}), .unknown = "is neither yes nor no"

#define SHOWN_IF(member) \
	.shown_if = offsetof(struct config_router, member), \
	.shown_if_size = sizeof(((struct config_router *)NULL)->member)
#define GROUP_HAS   .of_group = OF_GROUP
#define GROUP_GIVES .of_group = OF_ROUTERS
#define PLACE(owner, member) .offset = offsetof(struct owner, member)
#define SIZE(owner, member)  .size = sizeof(((struct owner *)NULL)->member)
#define ROW(of_key, word, in, of_type) \
	.key = (of_key), .name = (word), .section = SECTION_##in, .type = &(of_type)
#define ONE(key, word, of_type, member, ...) \
	[KEY_##key] = {ROW(KEY_##key, word, ROUTER, of_type), \
		PLACE(config_router, member), SIZE(config_router, member), ##__VA_ARGS__},
#define LIST(key, word, of_type, array, number, ...) \
	[KEY_##key] = {ROW(KEY_##key, word, ROUTER, of_type), \
		PLACE(config_router, array), SIZE(config_router, array[0]), \
		.count = offsetof(struct config_router, number), ##__VA_ARGS__},
#define AGENT(key, word, of_type, member, ...) \
	[KEY_##key] = {ROW(KEY_##key, word, AGENT, of_type), \
		PLACE(config, member), SIZE(config, member), ##__VA_ARGS__},

const struct config_row config_rows[KEY_COUNT] = {
#include "core/config/config_keys.def"
};
/* clang-format on */

/* ---- names ---- */

bool config_is_of(enum config_section section, const struct config_row *row)
{
	return row->section == section || (section == SECTION_GROUP && row->of_group);
}

enum config_key config_key_find(enum config_section section, const char *name)
{
	enum config_key key;

	for (key = 0; key < KEY_COUNT; key++) {
		if (config_is_of(section, &config_rows[key]) &&
		    strcmp(config_rows[key].name, name) == 0)
			break;
	}
	return key;
}

static void unknown_key(struct config_parse *p, const char *name)
{
	enum config_section other =
		p->section == SECTION_AGENT || (p->section == SECTION_GROUP &&
						config_key_find(SECTION_ROUTER, name) != KEY_COUNT)
			? SECTION_ROUTER
			: SECTION_AGENT;
	struct nearest nearest = {.word = name};

	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		if (config_is_of(p->section, &config_rows[key]))
			nearest_offer(&nearest, config_rows[key].name);
	}
	if (config_key_find(other, name) != KEY_COUNT)
		config_error(p, p->line, "%s: belongs in a section %s", name,
			     other == SECTION_AGENT ? "[agent]" : "[vrrp NAME]");
	else if (nearest_found(&nearest))
		config_error(p, p->line, "%.40s: unknown key; the nearest is %s", name,
			     nearest_found(&nearest));
	else
		config_error(p, p->line, "%.40s: unknown key; vrrp-xdp.conf(5) lists them", name);
}

/* ---- values ---- */

void config_set_key(struct config_parse *p, enum config_key key, const char *value)
{
	struct config_given *given = config_given_of(p);
	const char *why = NULL;

	p->row = &config_rows[key];
	if (given->given[key] && !p->row->count) {
		if (p->file)
			config_error_key(p, p->line, p->row, "given twice, first at line %u",
					 given->line[key]);
		else
			config_error_key(p, p->line, p->row, "given twice");
		return;
	}
	if (!given->given[key]) {
		given->given[key] = true;
		given->line[key] = p->line;
	}
	if (!*value)
		config_error_value(p, NULL, "no value");
	else
		why = p->row->type->read(p, value);
	if (why)
		config_error_value(p, value, why);
}

void config_set(struct config_parse *p, const char *name, const char *value)
{
	enum config_key key;

	if (p->section == SECTION_UNKNOWN)
		return;
	if (p->section == SECTION_NONE) {
		config_error(
			p, p->line,
			"%.40s: key outside of a section; it goes below [vrrp NAME] or [agent]",
			name);
		return;
	}
	key = config_key_find(p->section, name);
	if (key == KEY_COUNT) {
		unknown_key(p, name);
		return;
	}
	p->row = &config_rows[key];
	for (const char *hash = strchr(command_quoted_end(value), '#'); hash;
	     hash = strchr(hash + 1, '#')) {
		if (hash == value || hash[-1] == ' ' || hash[-1] == '\t') {
			config_error_value(p, hash,
					   "is no comment: behind a value one starts with ' ;'");
			return;
		}
	}
	config_set_key(p, key, value);
}

/* ---- whole sections ---- */

void config_set_defaults(enum config_section section, void *base)
{
	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		if (config_is_of(section, &config_rows[key]) && config_rows[key].fallback)
			config_store(config_element(&config_rows[key], base, 0),
				     config_rows[key].size, config_rows[key].fallback);
	}
}

void config_release(enum config_section section, void *base)
{
	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		const struct config_row *row = &config_rows[key];

		if (!config_is_of(section, row))
			continue;
		for (unsigned int i = 0; row->type->release && i < config_count(row, base); i++)
			row->type->release(config_element(row, base, i));
		if (row->count && !row->embedded) {
			/* `gateway` and `route` share a list: the second one finds it empty. */
			free(*(void **)(void *)((char *)base + row->offset));
			*(void **)(void *)((char *)base + row->offset) = NULL;
			*(unsigned int *)(void *)((char *)base + row->count) = 0;
		}
	}
}

struct config_draft *config_draft_add(struct config_parse *p, struct config_draft ***list,
				      unsigned int *count, const char *name, size_t length)
{
	struct config_draft *draft;

	if (!config_grow(p, list, *count, sizeof(**list)))
		return NULL;
	draft = calloc(1, sizeof(*draft));
	if (!draft) {
		p->status = -ENOMEM;
		return NULL;
	}
	if (length >= sizeof(draft->router.name))
		length = sizeof(draft->router.name) - 1;
	memcpy(draft->router.name, name, length);
	draft->router.line = p->line;
	config_set_defaults(SECTION_ROUTER, &draft->router);
	draft->router.garp_tail_ms = CONFIG_GARP_TAIL_MS;
	(*list)[(*count)++] = draft;
	return draft;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of all keys, and what is done with a row whatever its type: find it, suggest it for a
 * misspelt one, read a value into its member, set its default, print and free it. It knows no key.
 */
#include <stdlib.h>
#include <string.h>

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
#define PLACE(owner, member) .offset = offsetof(struct owner, member)
#define SIZE(owner, member)  .size = sizeof(((struct owner *)NULL)->member)
#define ONE(key, word, of_type, member, ...) \
	[KEY_##key] = {.name = (word), .section = SECTION_ROUTER, .type = &(of_type), \
		PLACE(config_router, member), SIZE(config_router, member), ##__VA_ARGS__},
#define LIST(key, word, of_type, array, number, ...) \
	[KEY_##key] = {.name = (word), .section = SECTION_ROUTER, .type = &(of_type), \
		PLACE(config_router, array), SIZE(config_router, array[0]), \
		.count = offsetof(struct config_router, number), ##__VA_ARGS__},
#define AGENT(key, word, of_type, member, ...) \
	[KEY_##key] = {.name = (word), .section = SECTION_AGENT, .type = &(of_type), \
		PLACE(config, member), SIZE(config, member), ##__VA_ARGS__},

const struct config_row config_rows[KEY_COUNT] = {
#include "core/config/config_keys.def"
};
/* clang-format on */

/* ---- names ---- */

enum config_key config_key_find(enum config_section section, const char *name)
{
	enum config_key key;

	for (key = 0; key < KEY_COUNT; key++) {
		if (config_rows[key].section == section && strcmp(config_rows[key].name, name) == 0)
			break;
	}
	return key;
}

static void unknown_key(struct config_parse *p, const char *name)
{
	enum config_section other = p->section == SECTION_ROUTER ? SECTION_AGENT : SECTION_ROUTER;
	struct nearest nearest = {.word = name};

	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		if (config_rows[key].section == p->section)
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

const char *config_accepts(const struct config_parse *p, enum config_key key,
			   char buf[CONFIG_ACCEPTS])
{
	const struct config_row *row = &config_rows[key];

	if (!p->file && row->flag_accepts)
		return row->flag_accepts;
	if (row->accepts)
		return row->accepts;
	if (row->type->accepts)
		return row->type->accepts;
	row->type->describe(row, buf);
	return buf;
}

/* ---- values ---- */

void config_set_key(struct config_parse *p, enum config_key key, const char *value)
{
	struct config_given *given = config_given_of(p);
	const char *why = NULL;

	if (given->given[key] && !config_rows[key].count) {
		if (p->file)
			config_error_key(p, p->line, key, "given twice, first at line %u",
					 given->line[key]);
		else
			config_error_key(p, p->line, key, "given twice");
		return;
	}
	if (!given->given[key]) {
		given->given[key] = true;
		given->line[key] = p->line;
	}
	p->key = key;
	if (!*value)
		config_error_value(p, NULL, "no value");
	else
		why = config_row(p)->type->read(p, value);
	if (why)
		config_error_value(p, value, why);
}

void config_set(struct config_parse *p, const char *name, const char *value)
{
	if (p->section == SECTION_UNKNOWN)
		return;
	if (p->section == SECTION_NONE) {
		config_error(
			p, p->line,
			"%.40s: key outside of a section; it goes below [vrrp NAME] or [agent]",
			name);
		return;
	}
	p->key = config_key_find(p->section, name);
	if (p->key == KEY_COUNT) {
		unknown_key(p, name);
		return;
	}
	for (const char *hash = strchr(value, '#'); hash; hash = strchr(hash + 1, '#')) {
		if (hash == value || hash[-1] == ' ' || hash[-1] == '\t') {
			config_error_value(p, hash,
					   "is no comment: behind a value one starts with ' ;'");
			return;
		}
	}
	config_set_key(p, p->key, value);
}

/* ---- whole sections ---- */

void config_set_defaults(enum config_section section, void *base)
{
	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		if (config_rows[key].section == section && config_rows[key].fallback)
			config_store(config_element(&config_rows[key], base, 0),
				     config_rows[key].size, config_rows[key].fallback);
	}
}

void config_release(enum config_section section, void *base)
{
	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		const struct config_row *row = &config_rows[key];

		if (row->section != section)
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

static bool is_shown(const struct config_row *row, const void *base)
{
	static const char zero[sizeof(uint64_t)];

	return !row->shown_if_size ||
	       memcmp((const char *)base + row->shown_if, zero, row->shown_if_size) != 0;
}

/* Defaults, too, one value a line. router is base, or NULL for [agent]. */
static void print_section(FILE *out, enum config_section section, const void *base,
			  const struct config_router *router)
{
	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		const struct config_row *row = &config_rows[key];

		if (row->section != section || !is_shown(row, base))
			continue;
		for (unsigned int i = 0; i < config_count(row, base); i++) {
			struct config_item item = {row, router, config_element(row, base, i)};

			if (row->type->is_set && !row->type->is_set(&item))
				continue;
			fprintf(out, "%s = ", row->name);
			row->type->print(out, &item);
			fputc('\n', out);
		}
	}
}

char *config_format(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "[agent]\n");
	print_section(out, SECTION_AGENT, config, NULL);
	for (unsigned int i = 0; i < config->router_count; i++) {
		fprintf(out, "\n[vrrp %s]\n", config->routers[i].name);
		print_section(out, SECTION_ROUTER, &config->routers[i], &config->routers[i]);
	}
	return config_close_text(out, &text);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of a parse: lines, sections, the hand-over of the result or of the errors, and a
 * configuration as text again. Every line is a section, a key with its value, a comment, or an
 * error with its place: nothing is cut, joined or passed over silently.
 */
#include "core/config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/command.h"
#include "core/config/config_internal.h"

#define LINE_MAX_LENGTH TEXT_LINE

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* ---- texts: the errors, and a configuration as a file ---- */

/* Close what open_memstream() opened on *text. Returns it, or NULL: out of memory. */
static char *close_text(FILE *out, char **text)
{
	bool failed = ferror(out);

	if (fclose(out) == 0 && !failed)
		return *text;
	free(*text);
	return NULL;
}

static void print_place(FILE *out, const struct config_parse *p, unsigned int line)
{
	if (p->file)
		fprintf(out, "%s:%u: ", p->file, line);
	else
		fputs("vrrp-xdp: ", out);
}

/* All errors as one text. NULL: out of memory. */
static char *errors_text(const struct config_parse *p)
{
	unsigned int kept = p->error_count < CONFIG_MAX_ERRORS ? p->error_count : CONFIG_MAX_ERRORS;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (unsigned int i = 0; i < kept; i++) {
		print_place(out, p, p->errors[i].line);
		fprintf(out, "%s\n", p->errors[i].text);
	}
	if (p->error_count > kept) {
		print_place(out, p, p->more_line);
		fprintf(out, "and %u more errors\n", p->error_count - kept);
	}
	return close_text(out, &text);
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

		if (!config_is_of(section, row) || !is_shown(row, base) ||
		    (section == SECTION_GROUP && row->of_group == OF_ROUTERS))
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
	for (unsigned int i = 0; i < config->group_count; i++) {
		fprintf(out, "\n[group %s]\n", config->groups[i].as.name);
		print_section(out, SECTION_GROUP, &config->groups[i].as, &config->groups[i].as);
	}
	return close_text(out, &text);
}

/* ---- life cycle ---- */

void config_parse_init(struct config_parse *p, const char *file)
{
	memset(p, 0, sizeof(*p));
	p->file = file;
	config_set_defaults(SECTION_AGENT, &p->settings);
}

struct config_draft *config_draft_new(struct config_parse *p, const char *name, size_t length)
{
	struct config_draft *draft = config_draft_add(p, &p->drafts, &p->draft_count, name, length);

	p->draft = draft ? draft : p->draft;
	return draft;
}

static void free_drafts(struct config_draft ***list, unsigned int *count)
{
	for (unsigned int i = 0; i < *count; i++) {
		struct config_draft *draft = (*list)[i];

		config_release(SECTION_ROUTER, &draft->router);
		for (enum config_key key = 0; key < KEY_COUNT; key++)
			free(draft->given.lines[key]);
		free(draft);
	}
	free(*list);
	*list = NULL;
	*count = 0;
}

static void free_users(struct config_user *user)
{
	while (user) {
		struct config_user *next = user->next;

		free(user);
		user = next;
	}
}

static void parse_free(struct config_parse *p)
{
	free_drafts(&p->drafts, &p->draft_count);
	free_drafts(&p->groups, &p->group_count);
	config_release(SECTION_AGENT, &p->settings);
	free_users(p->settings.users);
	for (unsigned int i = 0; i < p->error_count && i < CONFIG_MAX_ERRORS; i++)
		free(p->errors[i].text);
	p->error_count = 0;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (unsigned int i = 0; i < config->router_count; i++)
		config_release(SECTION_ROUTER, &config->routers[i]);
	for (unsigned int i = 0; i < config->group_count; i++) {
		config_release(SECTION_GROUP, &config->groups[i].as);
		free(config->groups[i].as.addresses);
		free(config->groups[i].routers);
	}
	config_release(SECTION_AGENT, config);
	free_users(config->users);
	free(config->groups);
	free(config->routers);
	free(config->shared);
	free(config);
}

/* ---- what is shared ---- */

static int compare_shared(const void *a, const void *b)
{
	const struct config_shared *x = a, *y = b;
	int order = memcmp(&x->addr, &y->addr, sizeof(x->addr));

	return order ? order : x->family - y->family;
}

/* Of a sorted list. Most addresses are advertised, too. */
static unsigned int drop_doubles(struct config_shared *list, unsigned int count)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < count; i++)
		if (!kept || compare_shared(&list[kept - 1], &list[i]) != 0)
			list[kept++] = list[i];
	return kept;
}

/* Looked up for every address of a NIC whenever one changes, with thousands of routers. */
static int index_shared(struct config *config)
{
	unsigned int room = 0, count = 0;
	struct config_shared *shared;

	for (unsigned int r = 0; r < config->router_count; r++)
		room += config->routers[r].address_count + config->routers[r].advertise_count;
	config->shared = calloc(room + 1, sizeof(*config->shared));
	if (!config->shared)
		return -ENOMEM;
	for (unsigned int r = 0; r < config->router_count; r++) {
		const struct config_router *router = &config->routers[r];

		for (unsigned int i = 0; i < router->address_count; i++)
			config->shared[count++] =
				(struct config_shared){router->addresses[i].addr,
						       router->addresses[i].family};
		for (unsigned int i = 0; i < router->advertise_count; i++)
			config->shared[count++] =
				(struct config_shared){router->advertise[i], router->family};
	}
	qsort(config->shared, count, sizeof(*config->shared), compare_shared);
	config->shared_count = drop_doubles(config->shared, count);
	shared = realloc(config->shared, (config->shared_count + 1) * sizeof(*shared));
	if (shared)
		config->shared = shared;
	return 0;
}

bool config_is_shared(const struct config *config, uint8_t family, const struct vrrp_addr *addr)
{
	struct config_shared wanted = {*addr, family};

	return bsearch(&wanted, config->shared, config->shared_count, sizeof(*config->shared),
		       compare_shared);
}

/* The routers leave their drafts, which keep nothing that parse_free() would free with them. */
static struct config *hand_over(struct config_parse *p)
{
	struct config *config = malloc(sizeof(*config));

	if (!config)
		return NULL;
	*config = p->settings;
	config->routers = calloc(p->draft_count, sizeof(*config->routers));
	if (!config->routers) {
		free(config);
		return NULL;
	}
	memset(&p->settings, 0, sizeof(p->settings));
	for (unsigned int i = 0; i < p->draft_count; i++) {
		config->routers[i] = p->drafts[i]->router;
		memset(&p->drafts[i]->router, 0, sizeof(p->drafts[i]->router));
	}
	config->router_count = p->draft_count;
	if (config_hand_groups(p, config) || index_shared(config)) {
		config_free(config);
		return NULL;
	}
	return config;
}

int config_finish(struct config_parse *p, struct config **ret_config, struct config_errors *errors)
{
	struct config *config;
	int ret = 0;

	*errors = (struct config_errors){NULL, 0};
	if (p->draft_count == 0 && p->error_count == 0)
		config_error(p, 1, "no virtual router: at least one section [vrrp NAME] is needed");
	for (unsigned int i = 0; i < p->draft_count && p->status == 0; i++)
		config_check_router(p, p->drafts[i]);
	if (p->status == 0)
		config_check_groups(p);
	if (p->status == 0)
		config_check_together(p);

	if (p->status != 0) {
		ret = p->status;
	} else if (p->error_count > 0) {
		errors->text = errors_text(p);
		errors->count = errors->text ? p->error_count : 0;
		ret = errors->text ? -EINVAL : -ENOMEM;
	} else {
		config = hand_over(p);
		if (config)
			*ret_config = config;
		else
			ret = -ENOMEM;
	}
	parse_free(p);
	return ret;
}

/* ---- lines and sections ------------------------------------------------------------------------
 */

/* A section with a bad name is read all the same, so that its keys are checked. */
static void check_name(struct config_parse *p, const char *kind, const char *text, size_t length)
{
	if (!text_is_name(text, length))
		config_error(p, p->line,
			     "[%s %.*s]: a name is 1 to 31 of the characters A-Z a-z 0-9 . _ -",
			     kind, (int)(length < 60 ? length : 60), text);
}

static void begin_router(struct config_parse *p, const char *text, size_t length)
{
	if (p->draft_count == VRRP_MAX_SLOTS) {
		config_error(p, p->line, "[vrrp %.*s]: more than %d virtual routers", (int)length,
			     text, VRRP_MAX_SLOTS);
		return;
	}
	check_name(p, "vrrp", text, length);
	if (config_draft_new(p, text, length))
		p->section = SECTION_ROUTER;
}

static void begin_group(struct config_parse *p, const char *text, size_t length)
{
	if (p->group_count == VRRP_MAX_SLOTS) {
		config_error(p, p->line, "[group %.*s]: more than %d groups", (int)length, text,
			     VRRP_MAX_SLOTS);
		return;
	}
	check_name(p, "group", text, length);
	p->draft = config_draft_add(p, &p->groups, &p->group_count, text, length);
	if (p->draft)
		p->section = SECTION_GROUP;
}

/* A line that starts with '[', without blanks around it. */
static void section(struct config_parse *p, const char *start, const char *end)
{
	const char *close = memchr(start, ']', (size_t)(end - start));
	const char *word = start + 1, *word_end, *rest;

	p->section = SECTION_UNKNOWN;
	if (!close)
		config_error(p, p->line, "unclosed bracket: a section is [vrrp NAME] or [agent]");
	for (rest = close ? close + 1 : end; rest < end && text_is_blank(*rest); rest++)
		;
	if (rest < end && *rest != ';' && *rest != '#')
		config_error(p, p->line, "text after the ']' of a section");

	if (close)
		end = close;
	while (word < end && text_is_blank(*word))
		word++;
	while (end > word && text_is_blank(end[-1]))
		end--;
	for (word_end = word; word_end < end && !text_is_blank(*word_end); word_end++)
		;
	for (rest = word_end; rest < end && text_is_blank(*rest); rest++)
		;
	if (word_end - word == 4 && memcmp(word, "vrrp", 4) == 0) {
		begin_router(p, rest, (size_t)(end - rest));
	} else if (word_end - word == 5 && memcmp(word, "group", 5) == 0) {
		begin_group(p, rest, (size_t)(end - rest));
	} else if (word_end - word == 5 && memcmp(word, "agent", 5) == 0 && rest == end) {
		p->section = SECTION_AGENT;
		p->draft = NULL;
	} else if (close) {
		config_error(
			p, p->line,
			"[%.*s]: unknown section; there are [vrrp NAME], [group NAME] and [agent]",
			(int)(end - word < 60 ? end - word : 60), word);
	}
}

/* The key of a line that was refused counts as given: one mistake, one error. */
static void forgive(struct config_parse *p, const char *start, const char *end)
{
	char name[VRRP_NAME_LEN];
	const char *name_end = memchr(start, '=', (size_t)(end - start));
	enum config_key key;
	size_t length;

	if (!name_end || p->section == SECTION_NONE || p->section == SECTION_UNKNOWN)
		return;
	while (name_end > start && text_is_blank(name_end[-1]))
		name_end--;
	length = (size_t)(name_end - start);
	if (length >= sizeof(name))
		return;
	memcpy(name, start, length);
	name[length] = '\0';
	key = config_key_find(p->section, name);
	if (key != KEY_COUNT)
		config_given_of(p)->bad[key] = true;
}

/* The first character in text that is one of `stops`, or the ';' of a comment, which needs a blank
 * before it. The end of text if there is neither. */
static char *find_stop(char *text, const char *stops)
{
	char *c;

	for (c = text; *c && !strchr(stops, *c); c++) {
		if (*c == ';' && c > text && text_is_blank(c[-1]))
			break;
	}
	return c;
}

/* Cut off what lies behind `end`, and the blanks before it. */
static void cut(const char *start, char *end)
{
	while (end > start && text_is_blank(end[-1]))
		end--;
	*end = '\0';
}

/* KEY = VALUE or KEY : VALUE, perhaps with a comment behind it. The line is cut into its parts. */
static void key_line(struct config_parse *p, char *line)
{
	char *name = line, *value, *equals;

	/* Where files are joined, the second one's mark may precede the first key. */
	if (!p->keys_seen && strncmp(line, byte_order_mark, 3) == 0)
		name += 3 + strspn(line + 3, " \t");
	p->keys_seen = true;
	equals = find_stop(name, "=:");
	value = *equals ? equals + 1 : equals;
	if (*equals == '=' || *equals == ':')
		cut(name, equals);
	else
		*name = '\0';
	if (!*name || strpbrk(name, " \t") || (name > line && strchr("[;#", *name))) {
		config_error(p, p->line, "neither KEY = VALUE nor a section nor a comment");
		return;
	}
	value += strspn(value, " \t");
	cut(value, find_stop(value + (command_quoted_end(value) - value), ""));
	config_set(p, name, value);
}

static void read_line(struct config_parse *p, const char *start, const char *end)
{
	char line[LINE_MAX_LENGTH + 1];
	const char *odd;
	size_t length;

	if (end > start && end[-1] == '\r')
		end--;
	while (start < end && text_is_blank(*start))
		start++;
	while (end > start && text_is_blank(end[-1]))
		end--;
	length = (size_t)(end - start);

	for (odd = start; odd < end; odd++) {
		if (((unsigned char)*odd < ' ' && *odd != '\t') || *odd == 0x7f)
			break;
	}
	if (odd < end) {
		config_error(p, p->line, "control character 0x%02x in the line",
			     (unsigned char)*odd);
		forgive(p, start, end);
	} else if (length == 0 || *start == ';' || *start == '#') {
		; /* nothing is said */
	} else if (*start == '[') {
		section(p, start, end);
	} else if (length > LINE_MAX_LENGTH) {
		config_error(p, p->line,
			     "longer than %d characters; a list may go on in a further "
			     "line with the same key",
			     LINE_MAX_LENGTH);
		forgive(p, start, end);
	} else {
		memcpy(line, start, length);
		line[length] = '\0';
		key_line(p, line);
	}
}

int config_parse(const char *file, const char *text, size_t length, struct config **ret_config,
		 struct config_errors *errors)
{
	const char *end = text + length, *newline;
	struct config_parse p;

	config_parse_init(&p, file);
	if (length >= 3 && memcmp(text, byte_order_mark, 3) == 0)
		text += 3;
	while (text < end && p.status == 0) {
		newline = memchr(text, '\n', (size_t)(end - text));
		p.line++;
		read_line(&p, text, newline ? newline : end);
		text = newline ? newline + 1 : end;
	}
	return config_finish(&p, ret_config, errors);
}

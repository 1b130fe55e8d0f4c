/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of keys that name something with options behind it: tracked interfaces, scripts, files
 * and processes with their weights, and the hooks that are waited for.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/command.h"
#include "core/config/config_internal.h"

#define WEIGHT_MAX 253
#define COUNT_MAX  100

static const char *text_weight(const char *word, int16_t *ret_weight)
{
	bool negative = *word == '-';
	uint32_t value;
	const char *why = text_uint(word + (negative || *word == '+'), 0, WEIGHT_MAX, &value);

	if (!why)
		*ret_weight = (int16_t)(negative ? -(int)value : (int)value);
	return why;
}

static bool is_tracked(const struct config_router *r, const char *name)
{
	for (unsigned int i = 0; i < r->track_count; i++) {
		if (strcmp(r->track[i].name, name) == 0)
			return true;
	}
	return false;
}

/* INTERFACE [weight N] ... A number alone is a weight, too: it can be meant as nothing else. */
static const char *read_interfaces(struct config_parse *p, const char *value)
{
	struct config_track_interface *last = NULL; /* what a weight may belong to */
	const struct config_router *r = &p->draft->router;
	char word[TEXT_WORD];

	while (p->status == 0 && text_word(&value, word)) {
		struct config_track_interface track = {.weight = 0};
		bool keyword = strcmp(word, "weight") == 0;
		const char *why;

		if (keyword || text_is_number(word)) {
			if (!last)
				why = "must follow an interface";
			else if (keyword && !text_word(&value, word))
				why = "needs a value";
			else
				why = text_weight(word, &last->weight);
			last = NULL;
		} else {
			last = NULL;
			why = text_ifname(word, track.name);
			if (!why && is_tracked(r, track.name))
				why = "is named twice";
			if (!why && r->track_count == p->row->max)
				why = "is one too many";
			if (!why)
				last = config_append(p, &track);
		}
		if (why)
			config_error_value(p, word, why);
	}
	return NULL;
}

static void print_weight(FILE *out, int weight)
{
	if (weight)
		fprintf(out, " weight %d", weight);
}

static void print_interface(FILE *out, const struct config_item *item)
{
	const struct config_track_interface *track = item->member;

	fputs(track->name, out);
	print_weight(out, track->weight);
}

const struct config_type config_track_interfaces = {
	.read = read_interfaces,
	.print = print_interface,
};

/* A time from least_ms to an hour. */
static const char *read_ms(const char *word, unsigned int least_ms, uint32_t *ret_ms)
{
	uint64_t ns = 0;
	const char *why = text_duration(word, least_ms * TEXT_NS_PER_MS, 3600 * TEXT_NS_PER_S,
					TEXT_NS_PER_MS, &ns);

	if (!why)
		*ret_ms = (uint32_t)(ns / TEXT_NS_PER_MS);
	return why;
}

static const char *read_script_option(void *element, const char *option, const char *word)
{
	struct config_track_script *script = element;
	uint32_t count = 0;
	const char *why;

	if (strcmp(option, "every") == 0)
		return read_ms(word, 100, &script->every_ms);
	if (strcmp(option, "timeout") == 0)
		return read_ms(word, 10, &script->timeout_ms);
	if (strcmp(option, "weight") == 0)
		return text_weight(word, &script->weight);
	why = text_uint(word, 1, COUNT_MAX, &count);
	if (!why)
		*(strcmp(option, "rise") == 0 ? &script->rise : &script->fall) = (uint8_t)count;
	return why;
}

static const struct config_options script_options = {
	.names = {"every", "timeout", "weight", "rise", "fall"},
	.needed = 2,
	.bare = "weight",
	.unknown = "is not an option of a script",
	.read = read_script_option,
};

static const char *read_script(struct config_parse *p, const char *value)
{
	struct config_track_script script = {.rise = 1, .fall = 1};
	const char *why, *first = value;
	char word[TEXT_WORD];

	if (!text_word(&first, word))
		return NULL;
	why = command_read(&value, &script.command);
	if (why) {
		config_error_value(p, word, why);
		return NULL;
	}
	if (p->draft->router.script_count == p->row->max)
		why = "is one too many";
	else
		why = config_read_options(&script_options, &script, value, word);
	if (why)
		config_error_value(p, word, why);
	else if (!script.command)
		p->status = -ENOMEM;
	if (why || !script.command || !config_append(p, &script))
		free(script.command);
	return NULL;
}

static void print_script(FILE *out, const struct config_item *item)
{
	const struct config_track_script *script = item->member;
	char every[TEXT_DURATION], timeout[TEXT_DURATION];

	command_print(out, script->command);
	fprintf(out, " every %s timeout %s",
		text_duration_format(script->every_ms * TEXT_NS_PER_MS, every),
		text_duration_format(script->timeout_ms * TEXT_NS_PER_MS, timeout));
	print_weight(out, script->weight);
	fprintf(out, " rise %u fall %u", script->rise, script->fall);
}

static void release_script(void *element)
{
	free(((struct config_track_script *)element)->command);
}

const struct config_type config_track_scripts = {
	.read = read_script,
	.print = print_script,
	.release = release_script,
};

/* ---- files and processes ---- */

/* The only option. The element is the weight itself. */
static const char *read_weight(void *element, const char *option, const char *word)
{
	(void)option;
	return text_weight(word, element);
}

static const struct config_options file_options = {
	.names = {"weight"},
	.bare = "weight",
	.unknown = "is not an option of a file",
	.read = read_weight,
};

static const struct config_options process_options = {
	.names = {"weight"},
	.bare = "weight",
	.unknown = "is not an option of a process",
	.read = read_weight,
};

static const char *read_file(struct config_parse *p, const char *value)
{
	struct config_track_file file = {.weight = 0};
	char word[TEXT_WORD], path[TEXT_WORD];
	const char *why = NULL;

	if (!text_word(&value, word))
		return NULL;
	memcpy(path, word, sizeof(path));
	if (path[0] != '/' || !strrchr(path, '/')[1])
		why = "is not the absolute path of a file";
	else if (p->draft->router.file_count == p->row->max)
		why = "is one too many";
	else
		why = config_read_options(&file_options, &file.weight, value, word);
	if (why) {
		config_error_value(p, word, why);
		return NULL;
	}
	file.path = strdup(path);
	if (!file.path)
		p->status = -ENOMEM;
	else if (!config_append(p, &file))
		free(file.path);
	return NULL;
}

static void print_file(FILE *out, const struct config_item *item)
{
	const struct config_track_file *file = item->member;

	fputs(file->path, out);
	print_weight(out, file->weight);
}

static void release_file(void *element)
{
	free(((struct config_track_file *)element)->path);
}

const struct config_type config_track_files = {
	.read = read_file,
	.print = print_file,
	.release = release_file,
};

static const char *read_process(struct config_parse *p, const char *value)
{
	struct config_track_process process = {.weight = 0};
	char word[TEXT_WORD];
	const char *why = NULL;

	if (!text_word(&value, word))
		return NULL;
	if (strchr(word, '/'))
		why = "is a path: its last part is the name";
	else if (strlen(word) >= sizeof(process.name))
		why = "is too long";
	else if (p->draft->router.process_count == p->row->max)
		why = "is one too many";
	if (!why) {
		memcpy(process.name, word, strlen(word) + 1);
		why = config_read_options(&process_options, &process.weight, value, word);
	}
	if (why)
		config_error_value(p, word, why);
	else
		config_append(p, &process);
	return NULL;
}

static void print_process(FILE *out, const struct config_item *item)
{
	const struct config_track_process *process = item->member;

	fputs(process->name, out);
	print_weight(out, process->weight);
}

const struct config_type config_track_processes = {
	.read = read_process,
	.print = print_process,
};

/* ---- hooks that are waited for ---- */

static const char *read_waited_option(void *element, const char *option, const char *word)
{
	struct config_hook *hook = element;

	if (strcmp(option, "timeout") == 0)
		return read_ms(word, 10, &hook->timeout_ms);
	hook->strict = true;
	return NULL;
}

static const struct config_options waited_options = {
	.names = {"timeout", "strict"},
	.needed = 1,
	.alone = 1U << 1,
	.unknown = "is not an option of a hook",
	.read = read_waited_option,
};

static const char *read_waited(struct config_parse *p, const char *value)
{
	struct config_hook hook = {.command = NULL};
	const char *why, *first = value;
	char word[TEXT_WORD] = "";

	text_word(&first, word);
	why = command_read(&value, &hook.command);
	if (!why && !hook.command)
		p->status = -ENOMEM;
	if (!why)
		why = config_read_options(&waited_options, &hook, value, word);
	if (why) {
		config_error_value(p, word, why);
		free(hook.command);
		return NULL;
	}
	*(struct config_hook *)config_member(p) = hook;
	return NULL;
}

static void print_waited(FILE *out, const struct config_item *item)
{
	const struct config_hook *hook = item->member;
	char timeout[TEXT_DURATION];

	command_print(out, hook->command);
	fprintf(out, " timeout %s%s",
		text_duration_format(hook->timeout_ms * TEXT_NS_PER_MS, timeout),
		hook->strict ? " strict" : "");
}

static bool waited_is_set(const struct config_item *item)
{
	return ((const struct config_hook *)item->member)->command;
}

static void release_waited(void *member)
{
	struct config_hook *hook = member;

	free(hook->command);
	hook->command = NULL;
}

const struct config_type config_waited = {
	.read = read_waited,
	.print = print_waited,
	.is_set = waited_is_set,
	.release = release_waited,
	.accepts = "COMMAND timeout 10ms to 3600s [strict]",
};

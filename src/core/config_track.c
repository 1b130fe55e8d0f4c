/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of tracked things: interfaces and scripts, with their weights. Part of config_keys.c's
 * work, and under the same rules.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/config_internal.h"
#include "core/config_text.h"

#define WEIGHT_MAX 253
#define COUNT_MAX  100

static bool is_number(const char *word)
{
	if (*word == '+' || *word == '-')
		word++;
	return *word && word[strspn(word, "0123456789")] == '\0';
}

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
void config_set_track_interface(struct config_parse *p, struct config_draft *d, const char *value)
{
	struct config_router *r = &d->router;
	struct config_track_interface *last = NULL, *grown; /* what a weight may belong to */
	char word[TEXT_WORD];

	while (text_word(&value, word)) {
		struct config_track_interface track = {.weight = 0};
		bool keyword = strcmp(word, "weight") == 0;
		const char *why;

		if (keyword || is_number(word)) {
			if (!last)
				why = "follows no interface";
			else if (keyword && !text_word(&value, word))
				why = "has nothing behind it";
			else
				why = text_weight(word, &last->weight);
			if (why)
				config_error_value(p, d, word, why);
			last = NULL;
			continue;
		}
		last = NULL;
		why = text_ifname(word, track.name);
		if (!why && is_tracked(r, track.name))
			why = "is named twice";
		if (!why && r->track_count == CONFIG_MAX_TRACKS)
			why = "is one too many";
		if (why) {
			config_error_value(p, d, word, why);
			continue;
		}
		grown = config_grow(p, r->track, r->track_count, sizeof(*grown));
		if (!grown)
			return;
		r->track = grown;
		last = &r->track[r->track_count++];
		*last = track;
	}
}

/* NULL, or the reason why the word behind `option` does not fit. */
static const char *script_option(struct config_track_script *script, const char *option,
				 const char *word)
{
	uint64_t ns = 0;
	uint32_t count = 0;
	bool every = strcmp(option, "every") == 0;
	const char *why;

	if (every || strcmp(option, "timeout") == 0) {
		why = text_duration(word, (every ? 100 : 10) * TEXT_NS_PER_MS, 3600 * TEXT_NS_PER_S,
				    TEXT_NS_PER_MS, &ns);
		if (!why)
			*(every ? &script->every_ms : &script->timeout_ms) =
				(uint32_t)(ns / TEXT_NS_PER_MS);
		return why;
	}
	if (strcmp(option, "weight") == 0)
		return text_weight(word, &script->weight);
	why = text_uint(word, 1, COUNT_MAX, &count);
	if (!why)
		*(strcmp(option, "rise") == 0 ? &script->rise : &script->fall) = (uint8_t)count;
	return why;
}

/* Options behind the path. On failure the reason, and in word what is wrong. */
static const char *script_options(struct config_track_script *script, const char *value,
				  char word[TEXT_WORD])
{
	static const char *const options[] = {"every", "timeout", "weight", "rise", "fall", NULL};
	unsigned int seen = 0;
	char option[TEXT_WORD];
	const char *why;

	while (text_word(&value, option)) {
		int i;

		/* A number alone is the weight. */
		memcpy(word, option, TEXT_WORD);
		if (is_number(option))
			memcpy(option, "weight", sizeof("weight"));
		for (i = 0; options[i] && strcmp(options[i], option) != 0; i++)
			;
		if (!options[i])
			return "is not an option of a script";
		if (seen & 1U << i)
			return "is given twice";
		if (!is_number(word) && !text_word(&value, word))
			return "has nothing behind it";
		why = script_option(script, option, word);
		if (why)
			return why;
		seen |= 1U << i;
	}
	for (int i = 0; i < 2; i++) {
		if (!(seen & 1U << i)) {
			memcpy(word, options[i], strlen(options[i]) + 1);
			return "is missing";
		}
	}
	return NULL;
}

void config_set_track_script(struct config_parse *p, struct config_draft *d, const char *value)
{
	struct config_router *r = &d->router;
	struct config_track_script script = {.rise = 1, .fall = 1}, *grown;
	char path[TEXT_WORD], word[TEXT_WORD];
	const char *why = NULL;

	if (!text_word(&value, path))
		return;
	memcpy(word, path, sizeof(word));
	if (path[0] != '/')
		why = "is not an absolute path";
	else if (strlen(path) == TEXT_WORD - 1)
		why = "is too long";
	else if (r->script_count == CONFIG_MAX_TRACKS)
		why = "is one too many";
	else
		why = script_options(&script, value, word);
	if (why) {
		config_error_value(p, d, word, why);
		return;
	}
	grown = config_grow(p, r->scripts, r->script_count, sizeof(*grown));
	if (!grown)
		return;
	r->scripts = grown;
	script.path = strdup(path);
	if (!script.path) {
		p->status = -ENOMEM;
		return;
	}
	r->scripts[r->script_count++] = script;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of the authentication trailer: the type of `hmac-key`, and what the keys about it mean
 * beside each other. Nothing here sees what is in a key file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/config_internal.h"
#include "core/config_text.h"

#define WINDOW_MIN_S 5

/* An absolute path, or the bare name of a file in $CREDENTIALS_DIRECTORY. */
static const char *file_name(const char *file)
{
	if (!*file)
		return "names no file";
	if (*file != '/' && (strchr(file, '/') || !strcmp(file, ".") || !strcmp(file, "..")))
		return "is neither an absolute path nor the name of a credential";
	return NULL;
}

static const char *read_key(struct config_parse *p, const char *word)
{
	const struct config_router *r = &p->draft->router;
	const char *colon = strchr(word, ':'), *why;
	struct config_hmac_key key = {.line = p->line};
	char number[TEXT_WORD];
	uint32_t id;

	if (!colon)
		return "has no ID: before the file";
	memcpy(number, word, (size_t)(colon - word));
	number[colon - word] = '\0';
	why = text_uint(number, 0, UINT8_MAX, &id);
	if (why)
		return "has an ID that is out of range";
	why = file_name(colon + 1);
	if (why)
		return why;
	for (unsigned int i = 0; i < r->hmac_key_count; i++) {
		if (r->hmac_keys[i].id == id)
			return "has an ID that is taken";
	}
	if (r->hmac_key_count == config_row(p)->max)
		return "is one too many";
	key.id = (uint8_t)id;
	key.file = strdup(colon + 1);
	if (!key.file)
		p->status = -ENOMEM;
	else if (!config_append(p, &key))
		free(key.file);
	return NULL;
}

static void print_key(FILE *out, const struct config_item *item)
{
	const struct config_hmac_key *key = item->member;

	fprintf(out, "%u:%s", key->id, key->file);
}

static void release_key(void *element)
{
	free(((struct config_hmac_key *)element)->file);
}

const struct config_type config_hmac_keys = {
	.read = config_read_words,
	.read_word = read_key,
	.print = print_key,
	.release = release_key,
};

static bool has_key(const struct config_router *r, uint8_t id)
{
	for (unsigned int i = 0; i < r->hmac_key_count; i++) {
		if (r->hmac_keys[i].id == id)
			return true;
	}
	return false;
}

void config_check_hmac(struct config_parse *p, struct config_draft *draft)
{
	static const enum config_key others[] = {KEY_HMAC_ACTIVE, KEY_HMAC_MODE, KEY_HMAC_WINDOW};
	struct config_router *r = &draft->router;
	const struct config_given *given = &draft->given;
	uint32_t span_s = (3U * r->interval_cs + 99) / 100;

	if (!given->given[KEY_HMAC_KEY] && !given->bad[KEY_HMAC_KEY]) {
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
			if (given->given[others[i]])
				config_error_key(p, given->line[others[i]], others[i],
						 "there is no hmac-key that it could be about");
		}
		return;
	}
	if (r->hmac_mode == VRRP_HMAC_OFF)
		r->hmac_mode = VRRP_HMAC_ENFORCE;
	if (r->hmac_window_s == 0)
		r->hmac_window_s = (uint16_t)(span_s > WINDOW_MIN_S ? span_s : WINDOW_MIN_S);
	if (given->bad[KEY_HMAC_KEY])
		return;
	if (!given->given[KEY_HMAC_ACTIVE])
		r->hmac_active = r->hmac_keys[0].id;
	else if (!given->bad[KEY_HMAC_ACTIVE] && !has_key(r, r->hmac_active))
		config_error_key(p, given->line[KEY_HMAC_ACTIVE], KEY_HMAC_ACTIVE,
				 "%u is the ID of no hmac-key", r->hmac_active);
	if (r->auth_type == VRRP_AUTH_PASS)
		config_error_key(p, given->line[KEY_AUTH], KEY_AUTH,
				 "a password and hmac-key exclude each other (accepted here: "
				 "none)");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of the authentication trailer: which files, which one signs, how strictly. Part of
 * config_keys.c's and config_check.c's work, and under the same rules: what is in a key file is
 * never seen here.
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

static const char *add_key(struct config_parse *p, struct config_router *r, const char *word)
{
	const char *colon = strchr(word, ':'), *why;
	struct config_hmac_key *keys, *key;
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
	if (r->hmac_key_count == VRRP_MAX_HMAC_KEYS)
		return "is one too many";
	keys = config_grow(p, r->hmac_keys, r->hmac_key_count, sizeof(*keys));
	if (!keys)
		return NULL;
	r->hmac_keys = keys;
	key = &keys[r->hmac_key_count];
	key->id = (uint8_t)id;
	key->line = p->line;
	key->file = strdup(colon + 1);
	if (!key->file)
		p->status = -ENOMEM;
	else
		r->hmac_key_count++;
	return NULL;
}

void config_set_hmac_key(struct config_parse *p, struct config_draft *d, const char *value)
{
	char word[TEXT_WORD];

	while (p->status == 0 && text_word(&value, word)) {
		const char *why = add_key(p, &d->router, word);

		if (why)
			config_error_value(p, d, word, why);
	}
}

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

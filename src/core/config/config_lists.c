/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of keys that take lists: interfaces, addresses, files. Each word is judged by itself,
 * so that one bad word of a list hides no other. Routes are in config_routes.c, what is tracked is
 * in config_track.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/config/config_internal.h"

unsigned int config_count(const struct config_row *row, const void *base)
{
	return row->count ? *(const unsigned int *)(const void *)((const char *)base + row->count)
			  : 1;
}

void *config_element(const struct config_row *row, const void *base, unsigned int i)
{
	char *first = (char *)base + row->offset;

	if (row->count && !row->embedded)
		first = *(char **)(void *)first;
	return first + i * row->size;
}

bool config_grow(struct config_parse *p, void *array, unsigned int count, size_t size)
{
	void **list = array, *grown;

	if (count & (count - 1))
		return true;
	grown = realloc(*list, (count ? 2 * count : 1) * size);
	if (grown)
		*list = grown;
	else
		p->status = -ENOMEM;
	return grown;
}

void *config_append(struct config_parse *p, const void *element)
{
	const struct config_row *row = p->row;
	unsigned int *count = (void *)((char *)&p->draft->router + row->count);
	unsigned int **lines = &p->draft->given.lines[p->row->key];

	if (!config_grow(p, lines, *count, sizeof(**lines)) ||
	    (!row->embedded && !config_grow(p, config_member(p), *count, row->size)))
		return NULL;
	(*lines)[*count] = p->line;
	return memcpy(config_element(row, &p->draft->router, (*count)++), element, row->size);
}

const char *config_read_words(struct config_parse *p, const char *value)
{
	char word[TEXT_WORD];

	while (p->status == 0 && text_word(&value, word)) {
		const char *why = p->row->type->read_word(p, word);

		if (why)
			config_error_value(p, word, why);
	}
	return NULL;
}

const char *config_read_options(const struct config_options *options, void *element,
				const char *value, char word[TEXT_WORD])
{
	char name[TEXT_WORD];
	unsigned int seen = 0;
	const char *why = NULL;

	while (!why && text_word(&value, word)) {
		bool bare = options->bare && text_is_number(word);
		unsigned int i = 0;

		snprintf(name, sizeof(name), "%s", bare ? options->bare : word);
		while (options->names[i] && strcmp(options->names[i], name) != 0)
			i++;
		if (!options->names[i])
			why = options->unknown;
		else if (seen & 1U << i)
			why = "is given twice";
		else if (options->alone & 1U << i)
			why = options->read(element, name, NULL);
		else if (!bare && !text_word(&value, word))
			why = "needs a value";
		else
			why = options->read(element, name, word);
		seen |= 1U << i;
	}
	for (unsigned int i = 0; !why && i < options->needed; i++) {
		if (!(seen & 1U << i)) {
			snprintf(word, TEXT_WORD, "%s", options->names[i]);
			why = "is missing";
		}
	}
	return why;
}

/* Append an element that must not be there yet. */
static const char *append_once(struct config_parse *p, const void *element)
{
	const struct config_row *row = p->row;
	unsigned int count = config_count(row, &p->draft->router);

	for (unsigned int i = 0; i < count; i++) {
		if (memcmp(config_element(row, &p->draft->router, i), element, row->size) == 0)
			return "is named twice";
	}
	if (count == row->max)
		return "is one too many";
	config_append(p, element);
	return NULL;
}

static const char *read_interface(struct config_parse *p, const char *word)
{
	char name[CONFIG_IFNAME];
	const char *why = word[strlen(word) - 1] == ','
				  ? "ends in a comma: interfaces are separated by spaces"
				  : text_ifname(word, name);

	return why ? why : append_once(p, name);
}

const struct config_type config_interfaces = {
	.read = config_read_words,
	.read_word = read_interface,
	.print = config_print_text,
};

/* One address of a list whose addresses are all of one family. */
static const char *read_address(struct config_parse *p, const char *word)
{
	uint8_t *list_family = &p->draft->given.family[p->row->key], family;
	struct vrrp_addr addr;
	const char *why = text_address(word, &addr, &family);

	if (!why && *list_family && family != *list_family)
		why = "is not of the family of those before it";
	if (!why)
		why = append_once(p, &addr);
	if (!why)
		*list_family = family;
	return why;
}

const struct config_type config_addresses = {
	.read = config_read_words,
	.read_word = read_address,
	.print = config_print_address,
};

/* The options of an address. "dev" comes first: only row->takes_dev has it. */
static const char *const prefix_options[] = {"dev",   "label",         "metric",     "peer",
					     "scope", "noprefixroute", "deprecated", "preferred"};

enum prefix_option {
	PREFIX_DEV,
	PREFIX_LABEL,
	PREFIX_METRIC,
	PREFIX_PEER,
	PREFIX_SCOPE,
	PREFIX_NOPREFIXROUTE,
	PREFIX_DEPRECATED,
	PREFIX_PREFERRED,
	PREFIX_OPTIONS
};

/* Returns PREFIX_OPTIONS if the word is no option of this key. */
static enum prefix_option prefix_option(const struct config_row *row, const char *word)
{
	enum prefix_option option = row->takes_dev ? PREFIX_DEV : PREFIX_LABEL;

	while (option < PREFIX_OPTIONS && strcmp(prefix_options[option], word) != 0)
		option++;
	return option;
}

static const char *read_peer(const char *word, struct config_prefix *prefix)
{
	uint8_t family;
	const char *why = text_address(word, &prefix->peer, &family);

	if (!why && family != prefix->family)
		why = "is not of the address's family";
	prefix->has_peer = !why;
	return why;
}

/* `word` is what follows the option; it is the option itself if nothing may follow it. */
static const char *read_prefix_option(struct config_prefix *prefix, enum prefix_option option,
				      const char *word)
{
	switch (option) {
	case PREFIX_DEV:
		return text_ifname(word, prefix->dev);
	case PREFIX_LABEL:
		return text_ifname_label(word, prefix->label);
	case PREFIX_METRIC:
		return text_uint(word, 1, UINT32_MAX, &prefix->metric);
	case PREFIX_PEER:
		return read_peer(word, prefix);
	case PREFIX_SCOPE:
		return text_scope(word, &prefix->scope);
	case PREFIX_NOPREFIXROUTE:
		prefix->noprefixroute = true;
		return NULL;
	case PREFIX_PREFERRED:
		if (prefix->family != 6)
			return "is only for IPv6 addresses";
		__attribute__((fallthrough));
	case PREFIX_DEPRECATED:
		if (prefix->use != CONFIG_USE_DEFAULT)
			return "sets the same thing again";
		prefix->use =
			option == PREFIX_PREFERRED ? CONFIG_USE_PREFERRED : CONFIG_USE_DEPRECATED;
		return NULL;
	case PREFIX_OPTIONS:
		break;
	}
	return "is not known";
}

/* Reads the option in ret_word of the address before it, with its value behind *value. Returns
 * NULL, or why it is refused; then ret_word is what is refused. */
static const char *take_prefix_option(struct config_prefix *last, unsigned int *seen,
				      enum prefix_option option, const char **value,
				      char ret_word[TEXT_WORD])
{
	if (!last)
		return "must follow an address";
	if (*seen & 1U << option)
		return "is given twice";
	*seen |= 1U << option;
	/* The kernel takes the scope of an IPv6 address from the address. */
	if (last->family != 4 && (option == PREFIX_LABEL || option == PREFIX_SCOPE))
		return "is only for IPv4 addresses";
	if (option < PREFIX_NOPREFIXROUTE && !text_word(value, ret_word))
		return "needs a value";
	return read_prefix_option(last, option, ret_word);
}

/* ADDR/LEN and options, and perhaps more of them. */
static const char *read_prefixes(struct config_parse *p, const char *value)
{
	const struct config_row *row = p->row;
	struct config_prefix *last = NULL, prefix; /* last: what an option belongs to */
	unsigned int seen = 0;
	char word[TEXT_WORD];
	const char *why;

	while (p->status == 0 && text_word(&value, word)) {
		enum prefix_option option = prefix_option(row, word);

		if (p->file && option != PREFIX_OPTIONS) {
			why = take_prefix_option(last, &seen, option, &value, word);
			if (why)
				value = "";
		} else {
			last = NULL;
			seen = 0;
			why = text_prefix(word, p->file == NULL, &prefix);
			if (!why && !p->file && prefix.family != 4)
				why = "is not IPv4, and version 2 carries nothing else";
			if (!why && config_count(row, &p->draft->router) == row->max)
				why = "is one too many";
			if (!why)
				last = config_append(p, &prefix);
		}
		if (why)
			config_error_value(p, word, why);
	}
	return NULL;
}

static void print_prefix(FILE *out, const struct config_item *item)
{
	static const char *const uses[] = {
		[CONFIG_USE_DEFAULT] = "",
		[CONFIG_USE_DEPRECATED] = " deprecated",
		[CONFIG_USE_PREFERRED] = " preferred",
	};
	const struct config_prefix *prefix = item->member;
	char text[ADDRESS_TEXT], scope[TEXT_NUMBER];

	fprintf(out, "%s/%u%s%s", address_format(prefix->family, &prefix->addr, text), prefix->plen,
		prefix->dev[0] ? " dev " : "", prefix->dev);
	if (prefix->label[0])
		fprintf(out, " label %s", prefix->label);
	if (prefix->metric)
		fprintf(out, " metric %u", prefix->metric);
	if (prefix->has_peer)
		fprintf(out, " peer %s", address_format(prefix->family, &prefix->peer, text));
	if (prefix->scope)
		fprintf(out, " scope %s", text_scope_format(prefix->scope, scope));
	fprintf(out, "%s%s", prefix->noprefixroute ? " noprefixroute" : "", uses[prefix->use]);
}

const struct config_type config_prefixes = {
	.read = read_prefixes,
	.print = print_prefix,
};

/* ---- keys of the authentication trailer: nothing here sees what is in their files ---- */

/* An absolute path, or the bare name of a file in $CREDENTIALS_DIRECTORY. */
static const char *key_file(const char *file)
{
	if (!*file)
		return "names no file";
	if (*file != '/' && (strchr(file, '/') || !strcmp(file, ".") || !strcmp(file, "..")))
		return "is neither an absolute path nor the name of a credential";
	return NULL;
}

static const char *read_hmac_key(struct config_parse *p, const char *word)
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
	why = key_file(colon + 1);
	if (why)
		return why;
	for (unsigned int i = 0; i < r->hmac_key_count; i++) {
		if (r->hmac_keys[i].id == id)
			return "has an ID that is taken";
	}
	if (r->hmac_key_count == p->row->max)
		return "is one too many";
	key.id = (uint8_t)id;
	key.file = strdup(colon + 1);
	if (!key.file)
		p->status = -ENOMEM;
	else if (!config_append(p, &key))
		free(key.file);
	return NULL;
}

static void print_hmac_key(FILE *out, const struct config_item *item)
{
	const struct config_hmac_key *key = item->member;

	fprintf(out, "%u:%s", key->id, key->file);
}

static void release_hmac_key(void *element)
{
	free(((struct config_hmac_key *)element)->file);
}

const struct config_type config_hmac_keys = {
	.read = config_read_words,
	.read_word = read_hmac_key,
	.print = print_hmac_key,
	.release = release_hmac_key,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of keys that take lists: interfaces, addresses, gateways, routes, files. Each word is
 * judged by itself, so that one bad word of a list hides no other. What is tracked is in
 * config_track.c.
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

/* Reads each word of a value by itself, so that one bad word of a list hides no other. */
static const char *read_words(struct config_parse *p, const char *value)
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
			why = "has nothing behind it";
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
	.read = read_words,
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
	.read = read_words,
	.read_word = read_address,
	.print = config_print_address,
};

/* Reads an option of the address before it, with its value behind *value. Returns NULL, or why it
 * is refused; then *ret_word is what is refused. */
static const char *read_prefix_option(struct config_prefix *last, const char *option,
				      const char **value, char ret_word[TEXT_WORD])
{
	if (!last)
		return "follows no address";
	if (strcmp(option, "dev") == 0) {
		if (last->dev[0])
			return "names a second interface";
		if (!text_word(value, ret_word)) {
			memcpy(ret_word, "dev", sizeof("dev"));
			return "names no interface";
		}
		return text_ifname(ret_word, last->dev);
	}
	if (last->family != 6)
		return "is for IPv6 addresses alone";
	if (last->use != CONFIG_USE_DEFAULT)
		return "is a second word about it";
	last->use = strcmp(option, "preferred") == 0 ? CONFIG_USE_PREFERRED : CONFIG_USE_DEPRECATED;
	return NULL;
}

static bool is_prefix_option(const char *word)
{
	return !strcmp(word, "dev") || !strcmp(word, "deprecated") || !strcmp(word, "preferred");
}

/* ADDR/LEN [dev INTERFACE] [deprecated | preferred] ... */
static const char *read_prefixes(struct config_parse *p, const char *value)
{
	const struct config_row *row = p->row;
	struct config_prefix *last = NULL, prefix; /* last: what an option belongs to */
	char word[TEXT_WORD], option[TEXT_WORD];
	const char *why;

	while (p->status == 0 && text_word(&value, word)) {
		if (row->takes_dev && p->file && is_prefix_option(word)) {
			memcpy(option, word, sizeof(option));
			why = read_prefix_option(last, option, &value, word);
			if (why)
				value = "";
		} else {
			last = NULL;
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
	char text[ADDRESS_TEXT];

	fprintf(out, "%s/%u%s%s%s", address_format(prefix->family, &prefix->addr, text),
		prefix->plen, prefix->dev[0] ? " dev " : "", prefix->dev, uses[prefix->use]);
}

const struct config_type config_prefixes = {
	.read = read_prefixes,
	.print = print_prefix,
};

/* ---- routes: `gateway` is a default route, too ---- */

/* The gateways become routes only after every line was checked: config_check_together(). */
static const char *read_gateway(struct config_parse *p, const char *word)
{
	struct config_gateway *gateways =
		p->row->key == KEY_GATEWAY ? p->draft->gateway : p->draft->standby_gateway;
	struct vrrp_addr addr;
	uint8_t family;
	const char *why = text_address(word, &addr, &family);

	if (why)
		return why;
	if (gateways[family == 6].given)
		return family == 4 ? "is a second IPv4 gateway" : "is a second IPv6 gateway";
	gateways[family == 6] =
		(struct config_gateway){.given = true, .line = p->line, .addr = addr};
	return NULL;
}

/* A default route with nothing but a next hop is what `gateway` says, in a router that has an
 * address of its family. A standby route is never anything else. */
static bool is_gateway(const struct config_item *item)
{
	const struct config_route *route = item->member;
	const struct config_router *router = item->router;

	if (item->row->key == KEY_STANDBY_GATEWAY)
		return true;
	if (route->plen != 0 || !route->has_via || route->has_src || route->metric || route->dev[0])
		return false;
	for (unsigned int i = 0; i < router->address_count; i++) {
		if (router->addresses[i].family == route->family)
			return true;
	}
	return false;
}

static bool is_no_gateway(const struct config_item *item)
{
	return !is_gateway(item);
}

static void print_gateway(FILE *out, const struct config_item *item)
{
	const struct config_route *route = item->member;
	char text[ADDRESS_TEXT];

	fputs(address_format(route->family, &route->via, text), out);
}

const struct config_type config_gateways = {
	.read = read_words,
	.read_word = read_gateway,
	.print = print_gateway,
	.is_set = is_gateway,
};

static const char *read_route_option(void *element, const char *option, const char *word)
{
	struct config_route *route = element;
	bool via = strcmp(option, "via") == 0;
	uint8_t family;
	const char *why;

	if (strcmp(option, "dev") == 0)
		return text_ifname(word, route->dev);
	if (strcmp(option, "metric") == 0)
		return text_uint(word, 1, UINT32_MAX, &route->metric);
	why = text_address(word, via ? &route->via : &route->src, &family);
	if (!why && route->family && family != route->family)
		why = "is not of the route's family";
	if (!why) {
		route->family = family;
		*(via ? &route->has_via : &route->has_src) = true;
	}
	return why;
}

static const struct config_options route_options = {
	.names = {"via", "dev", "src", "metric"},
	.unknown = "is not an option of a route",
	.read = read_route_option,
};

static const char *read_route(struct config_parse *p, const char *value)
{
	struct config_route route = {0};
	char word[TEXT_WORD];
	const char *why;

	if (!text_word(&value, word))
		return NULL;
	why = text_destination(word, &route);
	if (!why && p->draft->router.route_count == p->row->max)
		why = "is one too many";
	if (!why)
		why = config_read_options(&route_options, &route, value, word);
	if (why)
		config_error_value(p, word, why);
	else
		config_append(p, &route);
	return NULL;
}

static void print_route(FILE *out, const struct config_item *item)
{
	const struct config_route *route = item->member;
	char text[ADDRESS_TEXT];

	fprintf(out, "%s/%u", address_format(route->family, &route->addr, text), route->plen);
	if (route->has_via)
		fprintf(out, " via %s", address_format(route->family, &route->via, text));
	if (route->dev[0])
		fprintf(out, " dev %s", route->dev);
	if (route->has_src)
		fprintf(out, " src %s", address_format(route->family, &route->src, text));
	if (route->metric)
		fprintf(out, " metric %u", route->metric);
}

const struct config_type config_routes = {
	.read = read_route,
	.print = print_route,
	.is_set = is_no_gateway,
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
	.read = read_words,
	.read_word = read_hmac_key,
	.print = print_hmac_key,
	.release = release_hmac_key,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys that take lists, may be repeated, or both: each word is judged by itself, so that one
 * bad word of a list hides no other. Part of config_keys.c's work, and under the same rules.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/config_internal.h"
#include "core/config_text.h"

void *config_grow(struct config_parse *p, void *array, unsigned int count, size_t size)
{
	char *grown = realloc(array, (count + 1) * size);

	if (!grown) {
		p->status = -ENOMEM;
		return NULL;
	}
	memset(grown + count * size, 0, size);
	return grown;
}

static void add_interfaces(struct config_parse *p, struct config_draft *d, const char *value,
			   char (*list)[CONFIG_IFNAME], unsigned int max, unsigned int *count)
{
	char word[TEXT_WORD], name[CONFIG_IFNAME];

	while (text_word(&value, word)) {
		const char *why = text_ifname(word, name);

		for (unsigned int i = 0; !why && i < *count; i++) {
			if (strcmp(list[i], name) == 0)
				why = "is named twice";
		}
		if (!why && *count == max)
			why = "is one too many";
		if (why)
			config_error_value(p, d, word, why);
		else
			memcpy(list[(*count)++], name, CONFIG_IFNAME);
	}
}

void config_set_heartbeat(struct config_parse *p, struct config_draft *d, const char *value)
{
	add_interfaces(p, d, value, d->router.heartbeat, VRRP_MAX_PATHS,
		       &d->router.heartbeat_count);
}

/* ADDR/LEN [dev INTERFACE] ..., appended to one of the draft's lists. */
static void add_prefixes(struct config_parse *p, struct config_draft *d, const char *value,
			 bool dev_allowed, struct config_prefix **list, unsigned int **lines,
			 unsigned int *count)
{
	unsigned int own = 0; /* added by this value: what a `dev` may belong to */
	char word[TEXT_WORD];

	while (text_word(&value, word)) {
		struct config_prefix prefix, *grown;
		unsigned int *grown_lines;
		const char *why;

		if (dev_allowed && strcmp(word, "dev") == 0) {
			if (own == 0) {
				config_error_value(p, d, word, "follows no address");
				return;
			}
			if (!text_word(&value, word)) {
				config_error_value(p, d, "dev", "names no interface");
				return;
			}
			why = text_ifname(word, (*list)[*count - 1].dev);
			if (why)
				config_error_value(p, d, word, why);
			own = 0;
			continue;
		}
		why = text_prefix(word, p->file == NULL, &prefix);
		if (!why && !p->file && prefix.family != 4)
			why = "is not IPv4, and version 2 carries nothing else";
		if (!why && *count == CONFIG_MAX_ADDRESSES)
			why = "is one too many";
		if (why) {
			config_error_value(p, d, word, why);
			own = 0;
			continue;
		}
		grown = config_grow(p, *list, *count, sizeof(**list));
		if (!grown)
			return;
		*list = grown;
		grown_lines = config_grow(p, *lines, *count, sizeof(**lines));
		if (!grown_lines)
			return;
		*lines = grown_lines;
		(*list)[*count] = prefix;
		(*lines)[*count] = p->line;
		(*count)++;
		own++;
	}
}

void config_set_address(struct config_parse *p, struct config_draft *d, const char *value)
{
	add_prefixes(p, d, value, p->file != NULL, &d->router.addresses, &d->address_lines,
		     &d->router.address_count);
}

void config_set_standby_address(struct config_parse *p, struct config_draft *d, const char *value)
{
	add_prefixes(p, d, value, false, &d->router.standby_addresses, &d->standby_address_lines,
		     &d->router.standby_address_count);
}

static void add_gateways(struct config_parse *p, struct config_draft *d, const char *value,
			 struct config_gateway gateways[2])
{
	char word[TEXT_WORD];

	while (text_word(&value, word)) {
		struct config_gateway *gateway;
		struct vrrp_addr addr;
		uint8_t family;
		const char *why = text_address(word, &addr, &family);

		if (!why && gateways[family == 6].given)
			why = family == 4 ? "is a second IPv4 gateway" : "is a second IPv6 gateway";
		if (why) {
			config_error_value(p, d, word, why);
			continue;
		}
		gateway = &gateways[family == 6];
		gateway->given = true;
		gateway->line = p->line;
		gateway->addr = addr;
	}
}

void config_set_gateway(struct config_parse *p, struct config_draft *d, const char *value)
{
	add_gateways(p, d, value, d->gateway);
}

void config_set_standby_gateway(struct config_parse *p, struct config_draft *d, const char *value)
{
	add_gateways(p, d, value, d->standby_gateway);
}

/* NULL, or the reason why the word behind `option` does not fit. */
static const char *route_option(struct config_route *route, const char *option, const char *word,
				uint8_t *family)
{
	if (strcmp(option, "dev") == 0)
		return text_ifname(word, route->dev);
	if (strcmp(option, "metric") == 0)
		return text_uint(word, 1, UINT32_MAX, &route->metric);
	if (strcmp(option, "via") == 0)
		return text_address(word, &route->via, family);
	return text_address(word, &route->src, family);
}

void config_set_route(struct config_parse *p, struct config_draft *d, const char *value)
{
	static const char *const options[] = {"via", "dev", "src", "metric", NULL};
	unsigned int count = d->router.route_count, *grown_lines, seen = 0;
	struct config_route route = {0}, *grown;
	char word[TEXT_WORD], option[TEXT_WORD];
	const char *why;

	if (!text_word(&value, word))
		return;
	why = text_destination(word, &route);
	if (!why && count == CONFIG_MAX_ADDRESSES)
		why = "is one too many";
	while (!why && text_word(&value, option)) {
		uint8_t family = 0;
		int i;

		for (i = 0; options[i] && strcmp(options[i], option) != 0; i++)
			;
		memcpy(word, option, sizeof(word));
		if (!options[i])
			why = "is not an option of a route";
		else if (seen & 1U << i)
			why = "is given twice";
		else if (!text_word(&value, word))
			why = "has nothing behind it";
		else
			why = route_option(&route, option, word, &family);
		if (why)
			break;
		seen |= 1U << i;
		if (family && route.family && family != route.family)
			why = "is not of the route's family";
		else if (family)
			route.family = family;
	}
	if (why) {
		config_error_value(p, d, word, why);
		return;
	}
	route.has_via = seen & 1;
	route.has_src = seen & 4;

	grown = config_grow(p, d->router.routes, count, sizeof(*grown));
	if (!grown)
		return;
	d->router.routes = grown;
	grown_lines = config_grow(p, d->route_lines, count, sizeof(*grown_lines));
	if (!grown_lines)
		return;
	d->route_lines = grown_lines;
	grown[count] = route;
	grown_lines[count] = p->line;
	d->router.route_count++;
}

/* One address of a list whose addresses are all of one family. */
static const char *list_address(const char *word, const struct vrrp_addr *list, unsigned int count,
				unsigned int max, uint8_t *list_family, struct vrrp_addr *ret_addr)
{
	struct vrrp_addr addr;
	uint8_t family;
	const char *why = text_address(word, &addr, &family);

	if (why)
		return why;
	if (*list_family && family != *list_family)
		return "is not of the family of those before it";
	for (unsigned int i = 0; i < count; i++) {
		if (memcmp(&list[i], &addr, sizeof(addr)) == 0)
			return "is named twice";
	}
	if (count == max)
		return "is one too many";
	*list_family = family;
	*ret_addr = addr;
	return NULL;
}

void config_set_advertise(struct config_parse *p, struct config_draft *d, const char *value)
{
	struct config_router *r = &d->router;
	char word[TEXT_WORD];

	while (text_word(&value, word)) {
		struct vrrp_addr addr, *grown;
		const char *why = list_address(word, r->advertise, r->advertise_count,
					       VRRP_MAX_ADDRESSES, &d->advertise_family, &addr);

		if (why) {
			config_error_value(p, d, word, why);
			continue;
		}
		grown = config_grow(p, r->advertise, r->advertise_count, sizeof(*grown));
		if (!grown)
			return;
		r->advertise = grown;
		r->advertise[r->advertise_count++] = addr;
	}
}

void config_set_peers(struct config_parse *p, struct config_draft *d, const char *value)
{
	struct config_router *r = &d->router;
	char word[TEXT_WORD];

	while (text_word(&value, word)) {
		struct vrrp_addr addr, *grown;
		const char *why = list_address(word, r->peers, r->peer_count, VRRP_MAX_PEERS,
					       &d->peer_family, &addr);

		if (why) {
			config_error_value(p, d, word, why);
			continue;
		}
		grown = config_grow(p, r->peers, r->peer_count, sizeof(*grown));
		if (!grown)
			return;
		r->peers = grown;
		r->peers[r->peer_count++] = addr;
	}
}

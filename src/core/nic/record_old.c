// SPDX-License-Identifier: GPL-2.0-only
/*
 * TO BE DELETED IN THE NEXT RELEASE: the text format that records had before they became JSON. An
 * upgrade or a reload adopts a record that the old version wrote, so this release reads it, and
 * writes it anew at once (agent/takeover.c). With this file go record_parse_old() and
 * RECORD_OLD_HEADER in record_internal.h, their only use in record_parse.c, old_format in
 * record.h and its only use in takeover.c, and the tests and samples named "old".
 *
 * Strict: what it does not know in full it refuses, for a record that is half understood restores
 * half a NIC. Depends on core/. Pure but for the memory it takes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/nic/record_internal.h"

#define FIRST_LINE RECORD_OLD_HEADER " 1"
#define NO_DEVICE  "-"

struct parser {
	struct record record;
	const char *name;
	char *rest; /* of the line, behind the tokens taken */
	unsigned int line;
	bool router, interface, mac, placed_mac, end;
	char *why;
	int error;
};

static void fail(struct parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void fail(struct parser *parser, const char *format, ...)
{
	va_list args;
	int at;

	if (parser->error)
		return;
	parser->error = -EBADMSG;
	at = snprintf(parser->why, RECORD_ERROR, "line %u: ", parser->line);
	va_start(args, format);
	vsnprintf(parser->why + at, (size_t)(RECORD_ERROR - at), format, args);
	va_end(args);
}

/* The next word, or NULL at the end of the line. One space between two, none at the ends. */
static char *word(struct parser *parser)
{
	char *start = parser->rest, *space;

	if (!start)
		return NULL;
	space = strchr(start, ' ');
	if (space)
		*space = '\0';
	parser->rest = space ? space + 1 : NULL;
	return start;
}

static const char *need(struct parser *parser, const char *what)
{
	const char *text = word(parser);

	if (text && text[0])
		return text;
	fail(parser, "%s is missing", what);
	return "";
}

static uint32_t number(struct parser *parser, const char *what, uint32_t max)
{
	const char *text = need(parser, what);
	unsigned long long value;
	char *end;

	if (parser->error)
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || value > max) {
		fail(parser, "%s is no number from 0 to %u", what, max);
		return 0;
	}
	return (uint32_t)value;
}

static void mac(struct parser *parser, bool *seen, uint8_t ret_mac[6])
{
	if (*seen)
		fail(parser, "a second MAC");
	*seen = true;
	if (!mac_parse(need(parser, "MAC"), ret_mac))
		fail(parser, "not a MAC");
}

static void device(struct parser *parser, bool optional, char dev[CONFIG_IFNAME])
{
	const char *text = need(parser, "interface");
	bool none = strcmp(text, NO_DEVICE) == 0;

	if (strlen(text) >= CONFIG_IFNAME)
		fail(parser, "interface name is too long");
	else if (none && !optional)
		fail(parser, "interface is missing");
	else if (!none)
		memcpy(dev, text, strlen(text) + 1);
}

static void plain_address(struct parser *parser, uint8_t family, struct vrrp_addr *ret_addr)
{
	uint8_t found;

	if (!address_parse(need(parser, "address"), ret_addr, &found) || found != family)
		fail(parser, "not an IPv%u address", family);
}

static void prefix(struct parser *parser, struct vrrp_addr *ret_addr, uint8_t *ret_family,
		   uint8_t *ret_plen)
{
	char *text = word(parser), *slash = text ? strchr(text, '/') : NULL;
	char *end = NULL;
	long plen;

	if (!slash) {
		fail(parser, "not ADDRESS/LENGTH");
		return;
	}
	*slash = '\0';
	plen = strtol(slash + 1, &end, 10);
	if (!address_parse(text, ret_addr, ret_family) || slash[1] < '0' || slash[1] > '9' ||
	    *end || plen > (*ret_family == 6 ? 128 : 32)) {
		fail(parser, "not ADDRESS/LENGTH");
		return;
	}
	*ret_plen = (uint8_t)plen;
}

static void extra(struct parser *parser, struct plan_route *route)
{
	const char *text = need(parser, "extra");
	size_t length = strlen(text) / 2;

	if (parser->error)
		return;
	if (strlen(text) % 2 || length > sizeof(route->extra) ||
	    strspn(text, "0123456789abcdef") != strlen(text)) {
		fail(parser, "extra is not hexadecimal");
		return;
	}
	for (size_t i = 0; i < length; i++) {
		const char byte[3] = {text[2 * i], text[2 * i + 1], '\0'};

		route->extra[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	route->extra_len = (uint16_t)length;
}

static void address_line(struct parser *parser, struct plan_address **list, unsigned int *count)
{
	struct plan_address out = {0}, *longer;
	const char *key;

	device(parser, false, out.dev);
	prefix(parser, &out.addr, &out.family, &out.plen);
	while (!parser->error && (key = word(parser))) {
		if (strcmp(key, "scope") == 0) {
			out.scope = (uint8_t)number(parser, key, UINT8_MAX);
		} else if (strcmp(key, "flags") == 0) {
			out.flags = number(parser, key, UINT32_MAX);
		} else if (strcmp(key, "broadcast") == 0) {
			plain_address(parser, out.family, &out.broadcast);
			out.has_broadcast = true;
		} else if (strcmp(key, "label") == 0) {
			const char *label = need(parser, key);

			if (strlen(label) >= sizeof(out.label))
				fail(parser, "label is too long");
			else
				memcpy(out.label, label, strlen(label) + 1);
		} else if (strcmp(key, "valid") == 0) {
			out.valid_s = number(parser, key, UINT32_MAX);
		} else if (strcmp(key, "preferred") == 0) {
			out.preferred_s = number(parser, key, UINT32_MAX);
		} else {
			fail(parser, "unknown word '%.32s'", key);
		}
	}
	if (parser->error)
		return;
	longer = realloc(*list, (*count + 1) * sizeof(*longer));
	if (!longer) {
		parser->error = -ENOMEM;
		return;
	}
	*list = longer;
	longer[(*count)++] = out;
}

static void route_line(struct parser *parser, struct plan_route **list, unsigned int *count)
{
	struct plan_route out = {0}, *longer;
	const char *key;

	device(parser, true, out.dev);
	prefix(parser, &out.addr, &out.family, &out.plen);
	while (!parser->error && (key = word(parser))) {
		if (strcmp(key, "via") == 0) {
			plain_address(parser, out.family, &out.via);
			out.has_via = true;
		} else if (strcmp(key, "src") == 0) {
			plain_address(parser, out.family, &out.src);
			out.has_src = true;
		} else if (strcmp(key, "metric") == 0) {
			out.metric = number(parser, key, UINT32_MAX);
		} else if (strcmp(key, "protocol") == 0) {
			out.protocol = (uint8_t)number(parser, key, UINT8_MAX);
		} else if (strcmp(key, "scope") == 0) {
			out.scope = (uint8_t)number(parser, key, UINT8_MAX);
		} else if (strcmp(key, "tos") == 0) {
			out.tos = (uint8_t)number(parser, key, UINT8_MAX);
		} else if (strcmp(key, "onlink") == 0) {
			out.onlink = true;
		} else if (strcmp(key, "extra") == 0) {
			extra(parser, &out);
		} else {
			fail(parser, "unknown word '%.32s'", key);
		}
	}
	if (parser->error)
		return;
	longer = realloc(*list, (*count + 1) * sizeof(*longer));
	if (!longer) {
		parser->error = -ENOMEM;
		return;
	}
	*list = longer;
	longer[(*count)++] = out;
}

static void interface_line(struct parser *parser)
{
	if (parser->interface)
		fail(parser, "a second interface");
	parser->interface = true;
	device(parser, false, parser->record.ifname);
	if (strcmp(need(parser, "index"), "index") != 0)
		fail(parser, "index is missing");
	parser->record.ifindex = (int)number(parser, "index", INT32_MAX);
}

static void router_line(struct parser *parser)
{
	if (parser->router)
		fail(parser, "a second router");
	parser->router = true;
	if (strcmp(need(parser, "router"), parser->name) != 0)
		fail(parser, "a record of another router");
}

static void passing_line(struct parser *parser)
{
	const char *what = word(parser);

	parser->record.passing = true;
	if (!what)
		return;
	if (strcmp(what, "link-down") != 0)
		fail(parser, "unknown word '%.32s'", what);
	parser->record.link_down = true;
}

static void parse_line(struct parser *parser)
{
	struct record *record = &parser->record;
	struct plan_original *original = &record->original;
	const char *key;

	if (parser->end) {
		fail(parser, "text behind the end");
		return;
	}
	if (parser->line == 1) {
		if (strcmp(parser->rest, FIRST_LINE) != 0)
			fail(parser, "not '%s'", FIRST_LINE);
		return;
	}
	if (parser->rest[0] == '#')
		return;
	key = word(parser);
	if (strcmp(key, "router") == 0)
		router_line(parser);
	else if (strcmp(key, "interface") == 0)
		interface_line(parser);
	else if (strcmp(key, "mac") == 0)
		mac(parser, &parser->mac, original->mac);
	else if (strcmp(key, "placed-mac") == 0)
		mac(parser, &parser->placed_mac, original->placed_mac);
	else if (strcmp(key, "address") == 0)
		address_line(parser, &original->addresses, &original->address_count);
	else if (strcmp(key, "route") == 0)
		route_line(parser, &original->routes, &original->route_count);
	else if (strcmp(key, "placed-address") == 0)
		address_line(parser, &original->placed_addresses, &original->placed_address_count);
	else if (strcmp(key, "placed-route") == 0)
		route_line(parser, &original->placed_routes, &original->placed_route_count);
	else if (strcmp(key, "passing") == 0)
		passing_line(parser);
	else if (strcmp(key, "passing-address") == 0)
		address_line(parser, &record->before.addresses, &record->before.address_count);
	else if (strcmp(key, "passing-route") == 0)
		route_line(parser, &record->before.routes, &record->before.route_count);
	else if (strcmp(key, "end") == 0)
		parser->end = true;
	else
		fail(parser, "unknown word '%.32s'", key);
	if (parser->rest && !parser->error)
		fail(parser, "text behind the last word");
}

int record_parse_old(const char *name, char *text, struct record *ret_record,
		     char why[RECORD_ERROR])
{
	struct parser parser = {.name = name, .why = why};
	char *at = text;

	while (!parser.error && *at) {
		char *newline = strchr(at, '\n');

		parser.line++;
		if (!newline) {
			fail(&parser, "cut short");
			break;
		}
		*newline = '\0';
		parser.rest = at;
		parse_line(&parser);
		at = newline + 1;
	}
	if (!parser.error && !parser.end)
		fail(&parser, "cut short behind it");
	if (!parser.error && (!parser.router || !parser.interface || !parser.mac))
		fail(&parser, "router, interface or mac is missing");
	if (!parser.error && !parser.record.passing &&
	    (parser.record.before.address_count || parser.record.before.route_count))
		fail(&parser, "passing is missing");
	if (parser.error) {
		record_free(&parser.record);
		return parser.error;
	}
	parser.record.original.valid = true;
	parser.record.old_format = true;
	*ret_record = parser.record;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the JSON text of a record into a struct record. The reader refuses a record with anything
 * in it that it does not know: a record that is understood in part would restore a NIC in part.
 * Depends on core/ and json-c. Allocates memory; otherwise pure.
 *
 * json-c parses the text. What json-c lets pass, although it is no JSON or has two meanings, is
 * refused by check_text(). Each member is removed from the tree when it is read, so what is left of
 * an object at its end is a member that this reader does not know.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/nic/record_internal.h"

#define DEPTH       4  /* the record, a list, a row of it, a member of the row */
#define MEMBERS_MAX 24 /* of one object */
#define TEXT_MAX    (2 * PLAN_ROUTE_EXTRA + 1)

struct parser {
	const char *name;
	char place[48]; /* where in the record: "line 7", "routes[2]"; empty: at its top */
	char *why;
	uint32_t version;
	int error;
};

static void fail(struct parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void fail(struct parser *parser, const char *format, ...)
{
	va_list args;
	int at = 0;

	if (parser->error)
		return;
	parser->error = -EBADMSG;
	if (parser->place[0])
		at = snprintf(parser->why, RECORD_ERROR, "%s: ", parser->place);
	va_start(args, format);
	vsnprintf(parser->why + at, (size_t)(RECORD_ERROR - at), format, args);
	va_end(args);
}

static void fail_at_line(struct parser *parser, unsigned int line, const char *what)
{
	snprintf(parser->place, sizeof(parser->place), "line %u", line);
	fail(parser, "%s", what);
}

/* ---- the text ---- */

/* The names of one object's members, as they stand in the text. */
struct names {
	const char *at[MEMBERS_MAX];
	size_t length[MEMBERS_MAX];
	unsigned int count;
};

/* What is wrong with a name beside those before it, or NULL. Two members of one name: json-c keeps
 * the last one. A name with an escape: another spelling of a name, and json-c ends it at \u0000. */
static const char *add_name(struct names *names, const char *name, size_t length)
{
	if (memchr(name, '\\', length))
		return "an escape in the name of a member";
	for (unsigned int i = 0; i < names->count; i++) {
		if (names->length[i] == length && memcmp(names->at[i], name, length) == 0)
			return "a second member of this name";
	}
	if (names->count == MEMBERS_MAX)
		return "too many members";
	names->at[names->count] = name;
	names->length[names->count++] = length;
	return NULL;
}

/* Go through a text that json-c has accepted, so that braces and quotes are in pairs. */
static void check_text(struct parser *parser, const char *text)
{
	struct names names[DEPTH + 1] = {0};
	unsigned int depth = 0, line = 1;
	const char *string = text, *what = NULL;
	size_t length = 0;

	for (const char *at = text; *at && !what; at++) {
		switch (*at) {
		case '\n':
			line++;
			break;
		case '{':
		case '[':
			if (++depth > DEPTH)
				what = "too deep";
			else
				names[depth].count = 0;
			break;
		case '}':
		case ']':
			depth--;
			break;
		case '"':
			string = at + 1;
			for (at++; *at && *at != '"' && !what; at++) {
				if (*at == '\\' && at[1])
					at++;
				else if ((unsigned char)*at < ' ')
					what = "a control character in a string";
			}
			length = (size_t)(at - string);
			if (!*at)
				at--;
			break;
		case ':':
			what = add_name(&names[depth], string, length);
			break;
		case '\'':
			what = "a single quote";
			break;
		case '-':
			what = "a number below 0";
			break;
		}
	}
	if (what)
		fail_at_line(parser, line, what);
}

static unsigned int line_of(const char *text, size_t offset)
{
	unsigned int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

/* The tree of the text; json_object_put() it. NULL: failed. Not in json-c's strict mode: that of
 * Debian 13 refuses names that are not ASCII, and without its record a NIC is not put back. */
static struct json_object *parse_text(struct parser *parser, const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
	enum json_tokener_error error;
	struct json_object *root;
	size_t end;

	if (!tokener) {
		parser->error = -ENOMEM;
		return NULL;
	}
	root = json_tokener_parse_ex(tokener, text, (int)length);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_continue || (!error && text[length - 1] != '\n'))
		fail_at_line(parser, line_of(text, length), "cut short");
	else if (error)
		fail_at_line(parser, line_of(text, end), json_tokener_error_desc(error));
	else if (end != length)
		fail_at_line(parser, line_of(text, end), "text behind the end");
	else if (!json_object_is_type(root, json_type_object))
		fail_at_line(parser, 1, "no object");
	else
		check_text(parser, text);
	if (parser->error) {
		json_object_put(root);
		return NULL;
	}
	return root;
}

/* ---- members ---- */

/* Still in the tree. NULL: it is not there, or failed. */
static struct json_object *find(struct parser *parser, struct json_object *object, const char *key,
				enum json_type type, bool optional)
{
	struct json_object *value;

	if (parser->error)
		return NULL;
	if (!json_object_object_get_ex(object, key, &value)) {
		if (!optional)
			fail(parser, "%s is missing", key);
		return NULL;
	}
	if (!json_object_is_type(value, type)) {
		fail(parser, "%s is no %s", key, json_type_to_name(type));
		return NULL;
	}
	return value;
}

/* Every member has been read: none must be left. */
static void finish(struct parser *parser, struct json_object *object)
{
	struct json_object_iterator at = json_object_iter_begin(object);
	struct json_object_iterator end = json_object_iter_end(object);

	if (!json_object_iter_equal(&at, &end))
		fail(parser, "unknown member '%.32s'", json_object_iter_peek_name(&at));
}

static uint32_t number(struct parser *parser, struct json_object *object, const char *key,
		       uint32_t max)
{
	struct json_object *value = NULL;
	int64_t found;

	if (parser->error)
		return 0;
	if (!json_object_object_get_ex(object, key, &value)) {
		fail(parser, "%s is missing", key);
		return 0;
	}
	found = json_object_get_int64(value);
	if (!json_object_is_type(value, json_type_int) || found < 0 || found > max) {
		fail(parser, "%s is no number from 0 to %u", key, max);
		return 0;
	}
	json_object_object_del(object, key);
	return (uint32_t)found;
}

/* 0: it is not there, or failed. */
static uint32_t optional_number(struct parser *parser, struct json_object *object, const char *key,
				uint32_t max)
{
	return find(parser, object, key, json_type_int, true) ? number(parser, object, key, max)
							      : 0;
}

static bool boolean(struct parser *parser, struct json_object *object, const char *key,
		    bool optional)
{
	struct json_object *value = find(parser, object, key, json_type_boolean, optional);
	bool found = value && json_object_get_boolean(value);

	if (value)
		json_object_object_del(object, key);
	return found;
}

/* Never empty, and with its NUL at most `size` long. False: it is not there, or failed; buf is
 * empty. */
static bool string(struct parser *parser, struct json_object *object, const char *key, char *buf,
		   size_t size, bool optional)
{
	struct json_object *value = find(parser, object, key, json_type_string, optional);
	const char *text;
	size_t length;

	buf[0] = '\0';
	if (!value)
		return false;
	text = json_object_get_string(value);
	length = (size_t)json_object_get_string_len(value);
	if (!length)
		fail(parser, "%s is empty", key);
	else if (strlen(text) != length)
		fail(parser, "%s has a NUL", key);
	else if (length >= size)
		fail(parser, "%s is too long", key);
	if (parser->error)
		return false;
	memcpy(buf, text, length + 1);
	json_object_object_del(object, key);
	return true;
}

static void mac(struct parser *parser, struct json_object *object, const char *key,
		uint8_t ret_mac[6])
{
	char text[TEXT_MAX];

	if (string(parser, object, key, text, sizeof(text), false) && !mac_parse(text, ret_mac))
		fail(parser, "%s is no MAC", key);
}

/* Is it there? It must be of this family. */
static bool plain_address(struct parser *parser, struct json_object *object, const char *key,
			  uint8_t family, struct vrrp_addr *ret_addr)
{
	char text[TEXT_MAX];
	uint8_t found;

	if (!string(parser, object, key, text, sizeof(text), true))
		return false;
	if (!address_parse(text, ret_addr, &found) || found != family)
		fail(parser, "%s is no IPv%u address", key, family);
	return true;
}

static void prefix(struct parser *parser, struct json_object *object, const char *key,
		   struct vrrp_addr *ret_addr, uint8_t *ret_family, uint8_t *ret_plen)
{
	char text[TEXT_MAX], *slash, *end = NULL;
	long plen = -1;

	if (!string(parser, object, key, text, sizeof(text), false))
		return;
	slash = strchr(text, '/');
	if (slash) {
		*slash = '\0';
		plen = strtol(slash + 1, &end, 10);
	}
	if (!slash || !address_parse(text, ret_addr, ret_family) || slash[1] < '0' ||
	    slash[1] > '9' || *end || plen > (*ret_family == 6 ? 128 : 32)) {
		fail(parser, "%s is not ADDRESS/LENGTH", key);
		return;
	}
	*ret_plen = (uint8_t)plen;
}

static void extra(struct parser *parser, struct json_object *object, struct plan_route *route)
{
	char text[TEXT_MAX];
	size_t length;

	if (!string(parser, object, "extra", text, sizeof(text), true))
		return;
	length = strlen(text) / 2;
	if (strlen(text) % 2 || strspn(text, "0123456789abcdef") != strlen(text)) {
		fail(parser, "extra is not hexadecimal");
		return;
	}
	for (size_t i = 0; i < length; i++) {
		const char byte[3] = {text[2 * i], text[2 * i + 1], '\0'};

		route->extra[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	route->extra_len = (uint16_t)length;
}

/* ---- lists ---- */

static void address_row(struct parser *parser, struct json_object *row, struct plan_address *out)
{
	string(parser, row, "dev", out->dev, sizeof(out->dev), false);
	prefix(parser, row, "address", &out->addr, &out->family, &out->plen);
	out->scope = (uint8_t)number(parser, row, "scope", UINT8_MAX);
	out->flags = number(parser, row, "flags", UINT32_MAX);
	out->has_broadcast = plain_address(parser, row, "broadcast", out->family, &out->broadcast);
	out->has_peer = plain_address(parser, row, "peer", out->family, &out->peer);
	string(parser, row, "label", out->label, sizeof(out->label), true);
	out->metric = optional_number(parser, row, "metric", UINT32_MAX);
	out->valid_s = number(parser, row, "valid", UINT32_MAX);
	out->preferred_s = number(parser, row, "preferred", UINT32_MAX);
	finish(parser, row);
}

static uint8_t refusal(struct parser *parser, struct json_object *row)
{
	uint32_t found = optional_number(parser, row, "refusal", CONFIG_REFUSAL_PROHIBIT);

	if (found && found < CONFIG_REFUSAL_BLACKHOLE)
		fail(parser, "refusal is %u", found);
	return (uint8_t)found;
}

static void route_row(struct parser *parser, struct json_object *row, struct plan_route *out)
{
	string(parser, row, "dev", out->dev, sizeof(out->dev), true);
	prefix(parser, row, "destination", &out->addr, &out->family, &out->plen);
	out->has_via = plain_address(parser, row, "via", out->family, &out->via);
	out->has_src = plain_address(parser, row, "src", out->family, &out->src);
	out->metric = number(parser, row, "metric", UINT32_MAX);
	out->table = optional_number(parser, row, "table", UINT32_MAX);
	out->protocol = (uint8_t)number(parser, row, "protocol", UINT8_MAX);
	out->scope = (uint8_t)number(parser, row, "scope", UINT8_MAX);
	out->tos = (uint8_t)number(parser, row, "tos", UINT8_MAX);
	out->onlink = boolean(parser, row, "onlink", true);
	if (parser->version >= RECORD_VERSION_RULES)
		out->refusal = refusal(parser, row);
	extra(parser, row, out);
	finish(parser, row);
}

static void optional_prefix(struct parser *parser, struct json_object *row, const char *key,
			    uint8_t family, struct vrrp_addr *ret_addr, uint8_t *ret_plen)
{
	uint8_t found = family;

	if (find(parser, row, key, json_type_string, true))
		prefix(parser, row, key, ret_addr, &found, ret_plen);
	if (found != family)
		fail(parser, "%s is not of the family of from", key);
}

static void ports(struct parser *parser, struct json_object *row, const char *first,
		  const char *last, struct config_ports *out)
{
	out->first = (uint16_t)optional_number(parser, row, first, UINT16_MAX);
	out->last = out->first ? (uint16_t)number(parser, row, last, UINT16_MAX) : 0;
}

static void rule_row(struct parser *parser, struct json_object *row, struct config_rule *out)
{
	out->priority = number(parser, row, "priority", UINT32_MAX);
	out->inverted = boolean(parser, row, "not", true);
	prefix(parser, row, "from", &out->from, &out->family, &out->from_plen);
	optional_prefix(parser, row, "to", out->family, &out->to, &out->to_plen);
	string(parser, row, "iif", out->iif, sizeof(out->iif), true);
	string(parser, row, "oif", out->oif, sizeof(out->oif), true);
	out->mark = optional_number(parser, row, "mark", UINT32_MAX);
	out->mask = optional_number(parser, row, "mask", UINT32_MAX);
	out->tos = (uint8_t)optional_number(parser, row, "tos", UINT8_MAX);
	out->ip_proto = (uint8_t)optional_number(parser, row, "ip_protocol", UINT8_MAX);
	ports(parser, row, "sport", "sport_last", &out->sport);
	ports(parser, row, "dport", "dport_last", &out->dport);
	out->refusal = refusal(parser, row);
	out->table = out->refusal ? 0 : number(parser, row, "table", UINT32_MAX);
	finish(parser, row);
}

/* The rows of a list, and room for `size` bytes each. NULL: the list is empty, or failed. */
static void *begin_list(struct parser *parser, struct json_object *root, const char *key,
			size_t size, struct json_object **ret_list, unsigned int *ret_count)
{
	struct json_object *list = find(parser, root, key, json_type_array, false);
	size_t count = list ? json_object_array_length(list) : 0;
	void *room = NULL;

	if (count) {
		room = calloc(count, size);
		if (!room)
			parser->error = -ENOMEM;
	}
	*ret_list = list;
	*ret_count = room ? (unsigned int)count : 0;
	return room;
}

/* The row, or NULL: failed. */
static struct json_object *row_of(struct parser *parser, struct json_object *list, const char *key,
				  unsigned int i)
{
	struct json_object *row = json_object_array_get_idx(list, i);

	if (parser->error)
		return NULL;
	snprintf(parser->place, sizeof(parser->place), "%s[%u]", key, i);
	if (json_object_is_type(row, json_type_object))
		return row;
	fail(parser, "no object");
	return NULL;
}

static void end_list(struct parser *parser, struct json_object *root, const char *key)
{
	if (parser->error)
		return;
	parser->place[0] = '\0';
	json_object_object_del(root, key);
}

static void addresses(struct parser *parser, struct json_object *root, const char *key,
		      struct plan_address **ret_rows, unsigned int *ret_count)
{
	struct json_object *list, *row;

	*ret_rows = begin_list(parser, root, key, sizeof(**ret_rows), &list, ret_count);
	for (unsigned int i = 0; i < *ret_count && (row = row_of(parser, list, key, i)); i++)
		address_row(parser, row, &(*ret_rows)[i]);
	end_list(parser, root, key);
}

static void routes(struct parser *parser, struct json_object *root, const char *key,
		   struct plan_route **ret_rows, unsigned int *ret_count)
{
	struct json_object *list, *row;

	*ret_rows = begin_list(parser, root, key, sizeof(**ret_rows), &list, ret_count);
	for (unsigned int i = 0; i < *ret_count && (row = row_of(parser, list, key, i)); i++)
		route_row(parser, row, &(*ret_rows)[i]);
	end_list(parser, root, key);
}

static void rules(struct parser *parser, struct json_object *root, const char *key,
		  struct config_rule **ret_rows, unsigned int *ret_count)
{
	struct json_object *list, *row;

	*ret_rows = begin_list(parser, root, key, sizeof(**ret_rows), &list, ret_count);
	for (unsigned int i = 0; i < *ret_count && (row = row_of(parser, list, key, i)); i++)
		rule_row(parser, row, &(*ret_rows)[i]);
	end_list(parser, root, key);
}

/* ---- the record ---- */

/* Before anything else: of another version, nothing else can be judged. */
static void version(struct parser *parser, struct json_object *root)
{
	char text[TEXT_MAX];
	uint32_t found;

	if (string(parser, root, "format", text, sizeof(text), false) &&
	    strcmp(text, RECORD_FORMAT) != 0)
		fail(parser, "format is not '%s'", RECORD_FORMAT);
	found = number(parser, root, "version", UINT32_MAX);
	if (found < RECORD_VERSION || found > RECORD_VERSION_RULES)
		fail(parser, "version is %u, not %d or %d", found, RECORD_VERSION,
		     RECORD_VERSION_RULES);
	parser->version = found;
}

static void router(struct parser *parser, struct json_object *root)
{
	char text[TEXT_MAX];

	if (string(parser, root, "router", text, sizeof(text), false) &&
	    strcmp(text, parser->name) != 0)
		fail(parser, "a record of another router");
}

/* What it says is for people. */
static void about(struct parser *parser, struct json_object *root)
{
	if (find(parser, root, "about", json_type_string, false))
		json_object_object_del(root, "about");
}

static void whole_record(struct parser *parser, struct json_object *root, struct record *record)
{
	struct plan_original *original = &record->original;
	struct plan_actual *before = &record->before;

	version(parser, root);
	about(parser, root);
	router(parser, root);
	string(parser, root, "interface", record->ifname, sizeof(record->ifname), false);
	record->ifindex = (int)number(parser, root, "index", INT32_MAX);
	mac(parser, root, "mac", original->mac);
	addresses(parser, root, "addresses", &original->addresses, &original->address_count);
	routes(parser, root, "routes", &original->routes, &original->route_count);
	mac(parser, root, "placed_mac", original->placed_mac);
	addresses(parser, root, "placed_addresses", &original->placed_addresses,
		  &original->placed_address_count);
	routes(parser, root, "placed_routes", &original->placed_routes,
	       &original->placed_route_count);
	if (parser->version >= RECORD_VERSION_RULES)
		rules(parser, root, "placed_rules", &original->placed_rules,
		      &original->placed_rule_count);
	record->passing = boolean(parser, root, "passing", false);
	record->link_down = boolean(parser, root, "link_down", false);
	addresses(parser, root, "passing_addresses", &before->addresses, &before->address_count);
	routes(parser, root, "passing_routes", &before->routes, &before->route_count);
	finish(parser, root);
	if (!record->passing && (record->link_down || before->address_count || before->route_count))
		fail(parser, "passing is false, and what it is about is there");
}

int record_parse(const char *name, char *text, size_t length, struct record *ret_record,
		 char why[RECORD_ERROR])
{
	struct parser parser = {.name = name, .why = why};
	struct record record = {0};
	struct json_object *root;

	if (strlen(text) != length) {
		fail_at_line(&parser, line_of(text, strlen(text)), "a NUL byte");
		return parser.error;
	}
	if (strncmp(text, RECORD_OLD_HEADER, strlen(RECORD_OLD_HEADER)) == 0)
		return record_parse_old(name, text, ret_record, why);
	root = parse_text(&parser, text, length);
	if (!root)
		return parser.error;
	whole_record(&parser, root, &record);
	json_object_put(root);
	if (parser.error) {
		record_free(&record);
		return parser.error;
	}
	record.original.valid = true;
	*ret_record = record;
	return 0;
}

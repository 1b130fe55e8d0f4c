// SPDX-License-Identifier: GPL-2.0-only
/*
 * A record as JSON. record_parse.c reads its text. Depends on core/ and json-c.
 */
#include "core/nic/record.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/nic/record_internal.h"

struct writer {
	FILE *out;
	unsigned int members;
	bool failed; /* out of memory */
};

/* Takes value, which is NULL where there was no memory for it. */
static void print(struct writer *w, struct json_object *value)
{
	const int flags = JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text = value ? json_object_to_json_string_ext(value, flags) : NULL;

	if (text)
		fputs(text, w->out);
	else
		w->failed = true;
	json_object_put(value);
}

static void begin_member(struct writer *w, const char *key)
{
	fprintf(w->out, "%s\n  \"%s\": ", w->members++ ? "," : "{", key);
}

static void write_member(struct writer *w, const char *key, struct json_object *value)
{
	begin_member(w, key);
	print(w, value);
}

static void write_text(struct writer *w, const char *key, const char *text)
{
	write_member(w, key, json_object_new_string(text));
}

static void write_mac(struct writer *w, const char *key, const uint8_t mac[6])
{
	char text[MAC_TEXT];

	write_text(w, key, mac_format(mac, text));
}

/* Takes value, as print() does. */
static void add(struct writer *w, struct json_object *row, const char *key,
		struct json_object *value)
{
	if (value && !json_object_object_add(row, key, value))
		return;
	json_object_put(value);
	w->failed = true;
}

static void add_text(struct writer *w, struct json_object *row, const char *key, const char *text)
{
	add(w, row, key, json_object_new_string(text));
}

static void add_number(struct writer *w, struct json_object *row, const char *key, uint32_t number)
{
	add(w, row, key, json_object_new_int64(number));
}

static void add_address(struct writer *w, struct json_object *row, const char *key, uint8_t family,
			const struct vrrp_addr *addr)
{
	char text[ADDRESS_TEXT];

	add_text(w, row, key, address_format(family, addr, text));
}

static void add_prefix(struct writer *w, struct json_object *row, const char *key, uint8_t family,
		       const struct vrrp_addr *addr, uint8_t plen)
{
	char address[ADDRESS_TEXT], text[ADDRESS_TEXT + 4];

	snprintf(text, sizeof(text), "%s/%u", address_format(family, addr, address), plen);
	add_text(w, row, key, text);
}

static void add_extra(struct writer *w, struct json_object *row, const struct plan_route *route)
{
	char text[2 * PLAN_ROUTE_EXTRA + 1];

	for (unsigned int i = 0; i < route->extra_len; i++)
		snprintf(text + 2 * (size_t)i, 3, "%02x", route->extra[i]);
	add_text(w, row, "extra", text);
}

static void add_address_row(struct writer *w, struct json_object *row, const void *item)
{
	const struct plan_address *address = item;

	add_text(w, row, "dev", address->dev);
	add_prefix(w, row, "address", address->family, &address->addr, address->plen);
	add_number(w, row, "scope", address->scope);
	add_number(w, row, "flags", address->flags);
	if (address->has_broadcast)
		add_address(w, row, "broadcast", address->family, &address->broadcast);
	if (address->has_peer)
		add_address(w, row, "peer", address->family, &address->peer);
	if (address->label[0])
		add_text(w, row, "label", address->label);
	if (address->metric)
		add_number(w, row, "metric", address->metric);
	add_number(w, row, "valid", address->valid_s);
	add_number(w, row, "preferred", address->preferred_s);
}

static void add_route_row(struct writer *w, struct json_object *row, const void *item)
{
	const struct plan_route *route = item;

	if (route->dev[0]) /* a route with several next hops has no device of its own */
		add_text(w, row, "dev", route->dev);
	add_prefix(w, row, "destination", route->family, &route->addr, route->plen);
	if (route->has_via)
		add_address(w, row, "via", route->family, &route->via);
	if (route->has_src)
		add_address(w, row, "src", route->family, &route->src);
	add_number(w, row, "metric", route->metric);
	if (route->table)
		add_number(w, row, "table", route->table);
	add_number(w, row, "protocol", route->protocol);
	add_number(w, row, "scope", route->scope);
	add_number(w, row, "tos", route->tos);
	if (route->onlink)
		add(w, row, "onlink", json_object_new_boolean(true));
	if (route->refusal)
		add_number(w, row, "refusal", route->refusal);
	if (route->extra_len)
		add_extra(w, row, route);
}

static void add_ports(struct writer *w, struct json_object *row, const char *first,
		      const char *last, const struct config_ports *ports)
{
	if (!ports->first)
		return;
	add_number(w, row, first, ports->first);
	add_number(w, row, last, ports->last);
}

static void add_rule_row(struct writer *w, struct json_object *row, const void *item)
{
	const struct config_rule *rule = item;

	add_number(w, row, "priority", rule->priority);
	if (rule->inverted)
		add(w, row, "not", json_object_new_boolean(true));
	add_prefix(w, row, "from", rule->family, &rule->from, rule->from_plen);
	if (rule->to_plen)
		add_prefix(w, row, "to", rule->family, &rule->to, rule->to_plen);
	if (rule->iif[0])
		add_text(w, row, "iif", rule->iif);
	if (rule->oif[0])
		add_text(w, row, "oif", rule->oif);
	if (rule->mask) {
		add_number(w, row, "mark", rule->mark);
		add_number(w, row, "mask", rule->mask);
	}
	if (rule->tos)
		add_number(w, row, "tos", rule->tos);
	if (rule->ip_proto)
		add_number(w, row, "ip_protocol", rule->ip_proto);
	add_ports(w, row, "sport", "sport_last", &rule->sport);
	add_ports(w, row, "dport", "dport_last", &rule->dport);
	if (rule->refusal)
		add_number(w, row, "refusal", rule->refusal);
	else
		add_number(w, row, "table", rule->table);
}

/* `count` items of `size` bytes. Each is an object of its own while it is written, and a line of
 * its own: a tree of a thousand routes would take twenty times the memory of its text. */
static void write_list(struct writer *w, const char *key, const void *list, unsigned int count,
		       size_t size,
		       void (*add_row)(struct writer *w, struct json_object *row, const void *item))
{
	begin_member(w, key);
	for (unsigned int i = 0; i < count; i++) {
		struct json_object *row = json_object_new_object();

		fputs(i ? ",\n    " : "[\n    ", w->out);
		if (row)
			add_row(w, row, (const char *)list + i * size);
		print(w, row);
	}
	fputs(count ? "\n  ]" : "[]", w->out);
}

static void write_addresses(struct writer *w, const char *key, const struct plan_address *list,
			    unsigned int count)
{
	write_list(w, key, list, count, sizeof(*list), add_address_row);
}

static void write_routes(struct writer *w, const char *key, const struct plan_route *list,
			 unsigned int count)
{
	write_list(w, key, list, count, sizeof(*list), add_route_row);
}

static void write_about(struct writer *w, const char *ifname)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "What %s carried before vrrp-xdp changed it. A crashed run is repaired from this "
		 "when vrrp-xdp starts again; a router that stops removes it.",
		 ifname);
	write_text(w, "about", text);
}

static bool has_refusal(const struct plan_route *list, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (list[i].refusal)
			return true;
	return false;
}

static int version_of(const struct record *record)
{
	const struct plan_original *original = &record->original;
	bool rules = original->placed_rule_count ||
		     has_refusal(original->routes, original->route_count) ||
		     has_refusal(original->placed_routes, original->placed_route_count);

	return rules ? RECORD_VERSION_RULES : RECORD_VERSION;
}

static void write_record(struct writer *w, const char *name, const struct record *record)
{
	const struct plan_original *original = &record->original;
	const struct plan_actual *before = &record->before;

	write_text(w, "format", RECORD_FORMAT);
	write_member(w, "version", json_object_new_int(version_of(record)));
	write_about(w, record->ifname);
	write_text(w, "router", name);
	write_text(w, "interface", record->ifname);
	write_member(w, "index", json_object_new_int(record->ifindex));
	write_mac(w, "mac", original->mac);
	write_addresses(w, "addresses", original->addresses, original->address_count);
	write_routes(w, "routes", original->routes, original->route_count);
	write_mac(w, "placed_mac", original->placed_mac);
	write_addresses(w, "placed_addresses", original->placed_addresses,
			original->placed_address_count);
	write_routes(w, "placed_routes", original->placed_routes, original->placed_route_count);
	if (version_of(record) >= RECORD_VERSION_RULES)
		write_list(w, "placed_rules", original->placed_rules, original->placed_rule_count,
			   sizeof(*original->placed_rules), add_rule_row);
	write_member(w, "passing", json_object_new_boolean(record->passing));
	write_member(w, "link_down", json_object_new_boolean(record->passing && record->link_down));
	write_addresses(w, "passing_addresses", before->addresses,
			record->passing ? before->address_count : 0);
	write_routes(w, "passing_routes", before->routes,
		     record->passing ? before->route_count : 0);
	fputs("\n}\n", w->out);
}

char *record_format(const char *name, const struct record *record, size_t *ret_length)
{
	char *text = NULL;
	struct writer w = {.out = open_memstream(&text, ret_length)};

	if (!w.out)
		return NULL;
	write_record(&w, name, record);
	w.failed |= ferror(w.out) != 0;
	if (fclose(w.out) != 0 || w.failed) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- the file ---- */

void record_free(struct record *record)
{
	plan_original_free(&record->original);
	plan_actual_free(&record->before);
	*record = (struct record){0};
}

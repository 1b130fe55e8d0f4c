/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys about routing: gateways, which are default routes, routes, and rules. They are written
 * as ip-route(8) and ip-rule(8) have them. config_check.c judges what only other keys can tell.
 */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "core/address.h"
#include "core/config/config_internal.h"
#include "core/config/rule.h"

/* ---- gateways ---- */

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
	if (route->plen != 0 || !route->has_via || route->has_src || route->metric ||
	    route->dev[0] || route->table || route->has_scope || route->onlink || route->mtu)
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
	.read = config_read_words,
	.read_word = read_gateway,
	.print = print_gateway,
	.is_set = is_gateway,
};

/* ---- routes ---- */

/* An address of the route's family, which is decided by it if the destination is "default". */
static const char *read_address(const char *word, uint8_t *family, struct vrrp_addr *ret_addr)
{
	struct vrrp_addr addr;
	uint8_t its;
	const char *why = text_address(word, &addr, &its);

	if (!why && *family && its != *family)
		why = "is not of the route's family";
	if (why)
		return why;
	*family = its;
	*ret_addr = addr;
	return NULL;
}

static const char *read_route_option(void *element, const char *option, const char *word)
{
	struct config_route *route = element;
	const char *why;

	if (strcmp(option, "dev") == 0)
		return text_ifname(word, route->dev);
	if (strcmp(option, "metric") == 0)
		return text_uint(word, 1, UINT32_MAX, &route->metric);
	if (strcmp(option, "table") == 0)
		return text_table(word, &route->table);
	if (strcmp(option, "mtu") == 0)
		return text_uint(word, 68, 65520, &route->mtu);
	if (strcmp(option, "onlink") == 0) {
		route->onlink = true;
		return NULL;
	}
	if (strcmp(option, "scope") == 0) {
		route->has_scope = true;
		return text_scope(word, &route->scope);
	}
	if (strcmp(option, "via") == 0) {
		why = read_address(word, &route->family, &route->via);
		route->has_via = !why;
	} else {
		why = read_address(word, &route->family, &route->src);
		route->has_src = !why;
	}
	return why;
}

static const struct config_options route_options = {
	.names = {"via", "dev", "src", "metric", "table", "scope", "mtu", "onlink"},
	.alone = 1U << 7,
	.unknown = "is not an option of a route",
	.read = read_route_option,
};

/* The next hop that is being read, and the family of its route. */
struct hop_reader {
	struct config_hop hop;
	uint8_t *family;
};

static const char *read_hop_option(void *element, const char *option, const char *word)
{
	struct hop_reader *reader = element;
	const char *why = NULL;
	uint32_t weight;

	if (strcmp(option, "dev") == 0)
		return text_ifname(word, reader->hop.dev);
	if (strcmp(option, "weight") == 0) {
		why = text_uint(word, 1, 256, &weight);
		if (!why)
			reader->hop.weight = (uint16_t)weight;
	} else if (strcmp(option, "onlink") == 0) {
		reader->hop.onlink = true;
	} else {
		why = read_address(word, reader->family, &reader->hop.via);
		reader->hop.has_via = !why;
	}
	return why;
}

static const struct config_options hop_options = {
	.names = {"via", "dev", "weight", "onlink"},
	.alone = 1U << 3,
	.unknown = "is not an option of a next hop",
	.read = read_hop_option,
};

/* Copies the text up to the word "nexthop", and moves *value behind that word. Returns whether it
 * is there; otherwise everything is copied. */
static bool up_to_hop(const char **value, char *ret_text, size_t size)
{
	const char *start = *value, *at = start, *before = start;
	char word[TEXT_WORD];
	bool found = false;
	size_t length;

	while (!found && text_word(&at, word)) {
		found = strcmp(word, "nexthop") == 0;
		if (!found)
			before = at;
	}
	*value = at;
	length = (size_t)(before - start);
	if (length >= size)
		length = size - 1;
	memcpy(ret_text, start, length);
	ret_text[length] = '\0';
	return found;
}

/* All next hops: *value is behind the first "nexthop". */
static const char *read_hops(struct config_route *route, const char *value, char word[TEXT_WORD])
{
	bool more = true;

	while (more) {
		struct hop_reader reader = {.hop = {.weight = 1}, .family = &route->family};
		char text[4 * TEXT_WORD];
		const char *why;

		more = up_to_hop(&value, text, sizeof(text));
		why = config_read_options(&hop_options, &reader, text, word);
		if (why)
			return why;
		snprintf(word, TEXT_WORD, "nexthop");
		if (!reader.hop.has_via && !reader.hop.dev[0])
			return "has neither via nor dev";
		if (reader.hop.onlink && !reader.hop.has_via)
			return "is onlink without via";
		if (route->hop_count == CONFIG_MAX_HOPS)
			return "is one too many";
		route->hops[route->hop_count++] = reader.hop;
	}
	if (route->hop_count == 1)
		return "stands alone: a single next hop is given by via and dev";
	if (route->has_via || route->dev[0] || route->onlink)
		return "stands beside via, dev or onlink of the route";
	return NULL;
}

/* What no option can tell by itself. Returns NULL, or the reason and `word`, which is refused. */
static const char *judge_route(const struct config_route *route, char word[TEXT_WORD])
{
	bool hop_via = route->has_via;

	for (unsigned int i = 0; i < route->hop_count; i++)
		hop_via |= route->hops[i].has_via;
	if (route->refusal && (hop_via || route->hop_count || route->dev[0] || route->has_src ||
			       route->onlink || route->mtu || route->has_scope)) {
		snprintf(word, TEXT_WORD, "%s", refusal_name(route->refusal));
		return "forwards nothing, so it takes only metric and table";
	}
	if (route->onlink && !route->has_via) {
		snprintf(word, TEXT_WORD, "onlink");
		return "is for a route that has via";
	}
	if (route->has_scope && hop_via && route->scope >= RT_SCOPE_LINK) {
		snprintf(word, TEXT_WORD, "scope");
		return "is that of a route without via";
	}
	if (route->family == 6 && route->has_scope) {
		snprintf(word, TEXT_WORD, "scope");
		return "is only for IPv4 routes";
	}
	if (route->family == 6 && route->mtu && route->mtu < 1280) {
		snprintf(word, TEXT_WORD, "mtu");
		return "is at least 1280 with IPv6";
	}
	return NULL;
}

static const char *read_route(struct config_parse *p, const char *value)
{
	struct config_route route = {0};
	char word[TEXT_WORD], options[4 * TEXT_WORD];
	enum config_refusal refusal;
	const char *why;
	bool hops;

	if (!text_word(&value, word))
		return NULL;
	refusal = refusal_named(word);
	if (refusal && !text_word(&value, word))
		return "has no destination";
	why = text_destination(word, &route);
	route.refusal = (uint8_t)refusal;
	if (!why && p->draft->router.route_count == p->row->max)
		why = "is one too many";
	hops = up_to_hop(&value, options, sizeof(options));
	if (!why)
		why = config_read_options(&route_options, &route, options, word);
	if (!why && hops)
		why = read_hops(&route, value, word);
	if (!why)
		why = judge_route(&route, word);
	if (why)
		config_error_value(p, word, why);
	else
		config_append(p, &route);
	return NULL;
}

static void print_hop(FILE *out, uint8_t family, const struct config_hop *hop)
{
	char text[ADDRESS_TEXT];

	fprintf(out, " nexthop");
	if (hop->has_via)
		fprintf(out, " via %s", address_format(family, &hop->via, text));
	if (hop->dev[0])
		fprintf(out, " dev %s", hop->dev);
	if (hop->weight > 1)
		fprintf(out, " weight %u", hop->weight);
	if (hop->onlink)
		fprintf(out, " onlink");
}

static void print_route(FILE *out, const struct config_item *item)
{
	const struct config_route *route = item->member;
	char text[ADDRESS_TEXT], number[TEXT_NUMBER];

	fprintf(out, "%s%s%s/%u", refusal_name(route->refusal), route->refusal ? " " : "",
		address_format(route->family, &route->addr, text), route->plen);
	if (route->has_via)
		fprintf(out, " via %s", address_format(route->family, &route->via, text));
	if (route->dev[0])
		fprintf(out, " dev %s", route->dev);
	if (route->has_src)
		fprintf(out, " src %s", address_format(route->family, &route->src, text));
	if (route->metric)
		fprintf(out, " metric %u", route->metric);
	if (route->table)
		fprintf(out, " table %s", text_table_format(route->table, number));
	if (route->has_scope)
		fprintf(out, " scope %s", text_scope_format(route->scope, number));
	if (route->mtu)
		fprintf(out, " mtu %u", route->mtu);
	if (route->onlink)
		fprintf(out, " onlink");
	for (unsigned int i = 0; i < route->hop_count; i++)
		print_hop(out, route->family, &route->hops[i]);
}

const struct config_type config_routes = {
	.read = read_route,
	.print = print_route,
	.is_set = is_no_gateway,
};

/* ---- rules ---- */

/* "all", or a prefix as a route has it. */
static const char *read_selector(struct config_rule *rule, const char *word,
				 struct vrrp_addr *ret_addr, uint8_t *ret_plen)
{
	struct config_route net = {0};
	const char *why;

	if (strcmp(word, "all") == 0)
		return NULL;
	why = text_destination(word, &net);
	if (why)
		return why;
	if (net.family == 0)
		return "is neither all nor a prefix";
	if (rule->family && net.family != rule->family)
		return "is not of the rule's family";
	rule->family = net.family;
	*ret_addr = net.addr;
	*ret_plen = net.plen;
	return NULL;
}

/* Splits "FIRST" or "FIRST<separator>SECOND". *ret_second is NULL if there is none. */
static void split(const char *word, char separator, char ret_first[TEXT_WORD],
		  const char **ret_second)
{
	char *at;

	snprintf(ret_first, TEXT_WORD, "%s", word);
	at = strchr(ret_first, separator);
	*ret_second = at ? word + (at - ret_first) + 1 : NULL;
	if (at)
		*at = '\0';
}

static const char *read_mark(const char *word, struct config_rule *rule)
{
	char first[TEXT_WORD];
	const char *second, *why;
	uint32_t mark, mask = UINT32_MAX;

	split(word, '/', first, &second);
	why = text_bits(first, UINT32_MAX, &mark);
	if (!why && second)
		why = text_bits(second, UINT32_MAX, &mask);
	if (!why && (!mask || mark & ~mask))
		why = "has a mask that the mark does not fit";
	if (why)
		return why;
	rule->mark = mark;
	rule->mask = mask;
	return NULL;
}

static const char *read_ports(const char *word, struct config_ports *ret_ports)
{
	char text[TEXT_WORD];
	const char *second, *why;
	uint32_t first, last;

	split(word, '-', text, &second);
	why = text_uint(text, 1, UINT16_MAX, &first);
	last = first;
	if (!why && second)
		why = text_uint(second, 1, UINT16_MAX, &last);
	if (!why && last < first)
		why = "is a range that ends before it begins";
	if (!why)
		*ret_ports = (struct config_ports){(uint16_t)first, (uint16_t)last};
	return why;
}

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {{"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"ipv6-icmp", 58}, {"sctp", 132}};

static const char *read_protocol(const char *word, uint8_t *ret_protocol)
{
	uint32_t number = 0;
	const char *why;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strcmp(protocols[i].name, word) == 0)
			number = protocols[i].number;
	}
	why = number ? NULL : text_uint(word, 1, UINT8_MAX, &number);
	if (!why)
		*ret_protocol = (uint8_t)number;
	return why;
}

/* The two lowest bits are those of explicit congestion notification: the kernel refuses them. */
static const char *read_tos(const char *word, struct config_rule *rule)
{
	uint32_t tos;
	const char *why = text_bits(word, UINT8_MAX, &tos);

	if (!why && rule->tos)
		why = "sets the same thing again";
	if (!why && (!tos || tos & 3))
		why = "is not a multiple of 4";
	if (!why)
		rule->tos = (uint8_t)tos;
	return why;
}

static const char *read_action(struct config_rule *rule, const char *option, const char *word)
{
	if (rule->table || rule->refusal)
		return "gives a second action";
	if (!word) {
		rule->refusal = (uint8_t)refusal_named(option);
		return NULL;
	}
	return text_table(word, &rule->table);
}

static const char *read_rule_option(void *element, const char *option, const char *word)
{
	struct config_rule *rule = element;

	if (strcmp(option, "not") == 0) {
		rule->inverted = true;
		return NULL;
	}
	if (strcmp(option, "table") == 0 || refusal_named(option))
		return read_action(rule, option, word);
	if (strcmp(option, "from") == 0)
		return read_selector(rule, word, &rule->from, &rule->from_plen);
	if (strcmp(option, "to") == 0)
		return read_selector(rule, word, &rule->to, &rule->to_plen);
	if (strcmp(option, "iif") == 0)
		return text_ifname(word, rule->iif);
	if (strcmp(option, "oif") == 0)
		return text_ifname(word, rule->oif);
	if (strcmp(option, "fwmark") == 0)
		return read_mark(word, rule);
	if (strcmp(option, "ipproto") == 0)
		return read_protocol(word, &rule->ip_proto);
	if (strcmp(option, "sport") == 0)
		return read_ports(word, &rule->sport);
	if (strcmp(option, "dport") == 0)
		return read_ports(word, &rule->dport);
	if (strcmp(option, "priority") == 0)
		return text_uint(word, 1, UINT32_MAX, &rule->priority);
	return read_tos(word, rule);
}

static const struct config_options rule_options = {
	.names = {"not", "blackhole", "unreachable", "prohibit", "from", "to", "iif", "oif",
		  "fwmark", "tos", "dsfield", "ipproto", "sport", "dport", "priority", "table"},
	.alone = 0xf,
	.unknown = "is not an option of a rule",
	.read = read_rule_option,
};

static const char *read_rule(struct config_parse *p, const char *value)
{
	struct config_rule rule = {.priority = CONFIG_RULE_PRIORITY};
	char word[TEXT_WORD];
	const char *why = config_read_options(&rule_options, &rule, value, word);

	if (why) {
		config_error_value(p, word, why);
		return NULL;
	}
	if (!rule.table && !rule.refusal)
		return "has no action: table, blackhole, unreachable or prohibit";
	if (p->draft->router.rule_count == p->row->max)
		return "is one too many";
	config_append(p, &rule);
	return NULL;
}

static void print_ports(FILE *out, const char *name, const struct config_ports *ports)
{
	if (ports->first && ports->last != ports->first)
		fprintf(out, " %s %u-%u", name, ports->first, ports->last);
	else if (ports->first)
		fprintf(out, " %s %u", name, ports->first);
}

static void print_selector(FILE *out, const char *name, uint8_t family,
			   const struct vrrp_addr *addr, uint8_t plen)
{
	char text[ADDRESS_TEXT];

	fprintf(out, " %s %s/%u", name, address_format(family, addr, text), plen);
}

static void print_protocol(FILE *out, uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].number == protocol) {
			fprintf(out, " ipproto %s", protocols[i].name);
			return;
		}
	}
	fprintf(out, " ipproto %u", protocol);
}

/* `from` is always there: a rule of no other selector has a family, too. */
static void print_rule(FILE *out, const struct config_item *item)
{
	const struct config_rule *rule = item->member;
	char number[TEXT_NUMBER];

	fprintf(out, "%spriority %u", rule->inverted ? "not " : "", rule->priority);
	print_selector(out, "from", rule->family, &rule->from, rule->from_plen);
	if (rule->to_plen)
		print_selector(out, "to", rule->family, &rule->to, rule->to_plen);
	if (rule->iif[0])
		fprintf(out, " iif %s", rule->iif);
	if (rule->oif[0])
		fprintf(out, " oif %s", rule->oif);
	if (rule->mask)
		fprintf(out, " fwmark 0x%x/0x%x", rule->mark, rule->mask);
	if (rule->tos)
		fprintf(out, " tos 0x%02x", rule->tos);
	if (rule->ip_proto)
		print_protocol(out, rule->ip_proto);
	print_ports(out, "sport", &rule->sport);
	print_ports(out, "dport", &rule->dport);
	if (rule->refusal)
		fprintf(out, " %s", refusal_name(rule->refusal));
	else
		fprintf(out, " table %s", text_table_format(rule->table, number));
}

const struct config_type config_rules = {
	.read = read_rule,
	.print = print_rule,
};

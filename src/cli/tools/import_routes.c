/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of one vrrp_instance, the addresses, routes and rules that it carries. Their words are those of
 * ip(8), for keepalived as for us; what is converted here is what differs. What would become
 * another address, route or rule without a word that we do not have is dropped; what stays the same
 * is kept without it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/tools/import_internal.h"
#include "core/config/config.h"
#include "core/config/config_text.h"

/* A value of ours as it grows. What does not fit is longer than a line: import_key() says so. */
struct value {
	char text[TEXT_LINE + 2];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct value *value, const char *format, ...)
{
	size_t room = sizeof(value->text) - value->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(value->text + value->length, room, format, args);
	va_end(args);
	value->length += (size_t)length < room ? (size_t)length : room - 1;
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t n = 0; n < count; n++) {
		if (!strcmp(words[n], word))
			return true;
	}
	return false;
}

#define ONE_OF(word, ...)                                   \
	is_one_of(word, (const char *const[]){__VA_ARGS__}, \
		  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static bool is_ipv6(const char *address)
{
	return strchr(address, ':') != NULL;
}

static bool is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

/* keepalived also takes the names of /etc/iproute2, which only the host knows. */
static bool is_scope(const char *word)
{
	return is_number(word) || ONE_OF(word, "global", "site", "link", "host");
}

static bool is_table(const char *word)
{
	return is_number(word) || ONE_OF(word, "main", "default", "local");
}

/* ---- addresses ---- */

struct address {
	const char *device, *label, *peer, *scope, *use;
	bool noprefixroute;
	struct import_words lost;
};

/* Does the label begin with the interface's name, as ours must? */
static bool is_label(struct import_instance *i, const struct address *address, const char *label)
{
	const struct import_node *interface = import_child(i->node, "interface");
	const char *device = address->device ? address->device
			     : i->public     ? i->public
			     : interface     ? import_value(interface)
					     : "";

	return *device && strlen(label) < CONFIG_IFNAME && !strpbrk(label, ";#/") &&
	       !strncmp(label, device, strlen(device));
}

/* How many words an option of an address has. */
static unsigned int option_length(const char *word)
{
	return ONE_OF(word, "brd", "broadcast", "scope", "label", "peer", "dev", "preferred_lft",
		      "valid_lft", "track_group")
		       ? 2
		       : 1;
}

/* "preferred_lft 0" and "preferred_lft forever"; both have the same default. NULL: another one. */
static const char *use_of(bool ipv6, const char *lifetime)
{
	if (!strcmp(lifetime, "0"))
		return " deprecated";
	if (strcmp(lifetime, "forever") != 0)
		return NULL;
	return ipv6 ? " preferred" : "";
}

static void read_option(const struct import_node *node, unsigned int w, struct address *address)
{
	const char *word = import_word(node, w), *next = import_word(node, w + 1);
	bool ipv6 = is_ipv6(import_word(node, 0));

	if (!strcmp(word, "no_track"))
		return;
	if (!strcmp(word, "dev") && *next)
		address->device = next;
	else if (!strcmp(word, "label") && *next && !ipv6)
		address->label = next;
	else if (!strcmp(word, "peer") && *next && is_ipv6(next) == ipv6)
		address->peer = next;
	else if (!strcmp(word, "noprefixroute"))
		address->noprefixroute = true;
	else if (!strcmp(word, "scope") && (is_scope(next) || ipv6))
		/* The kernel takes that of an IPv6 address from the address itself. */
		address->scope = ipv6 ? NULL : next;
	else if (!strcmp(word, "preferred_lft") && use_of(ipv6, next))
		address->use = use_of(ipv6, next);
	else
		import_add_words(&address->lost, node, w, option_length(word));
}

static void read_address(struct import_instance *i, const struct import_node *node,
			 struct address *ret_address)
{
	struct address address = {.use = ""};

	for (unsigned int w = 1; w < node->word_count; w += option_length(import_word(node, w)))
		read_option(node, w, &address);
	for (unsigned int w = 1; w < node->word_count && address.label; w++) {
		if (import_word(node, w) != address.label || is_label(i, &address, address.label))
			continue;
		import_add_words(&address.lost, node, w - 1, 2);
		address.label = NULL;
	}
	if (address.device && i->public && !strcmp(address.device, i->public))
		address.device = NULL;
	*ret_address = address;
}

static void put_pair(struct value *value, const char *name, const char *word)
{
	if (word)
		put(value, " %s %s", name, word);
}

static void address(struct import_instance *i, const struct import_node *node, bool advertised)
{
	const char *text = import_word(node, 0), *slash;
	struct value value = {.length = 0};
	struct address address;

	read_address(i, node, &address);
	/* With a peer, the length is that of the peer's network. */
	slash = strchr(address.peer ? address.peer : text, '/');
	put(&value, "%.*s%s", (int)strcspn(text, "/"), text,
	    slash           ? slash
	    : is_ipv6(text) ? "/128"
			    : "/32");
	put_pair(&value, "dev", address.device);
	put_pair(&value, "label", address.label);
	if (address.peer)
		put(&value, " peer %.*s", (int)strcspn(address.peer, "/"), address.peer);
	if (address.scope && strcmp(address.scope, "global") != 0)
		put_pair(&value, "scope", address.scope);
	put(&value, "%s%s", address.noprefixroute ? " noprefixroute" : "", address.use);
	import_key(i->out, i->router, node, "address = %s", value.text);
	/* What does not fit into an advert is not advertised, as with keepalived. */
	if (advertised && i->excluded &&
	    i->advertised++ < (i->ipv6 ? CONFIG_MAX_ADVERTISE6 : VRRP_MAX_ADDRESSES))
		import_key(i->out, i->router, node, "advertise = %.*s", (int)strcspn(text, "/"),
			   text);
	if (address.lost.length)
		import_without(i->out, i->router, node, "%s", address.lost.text);
}

/* keepalived takes the family of an instance from its first address. */
static void one_address(struct import_instance *i, const struct import_node *node)
{
	if (is_ipv6(import_word(node, 0)) != i->ipv6)
		import_other(i, node,
			     "keepalived ignores an address of another family than the first one; "
			     "here `address` can have it");
	else
		address(i, node, true);
}

static void one_excluded(struct import_instance *i, const struct import_node *node)
{
	address(i, node, false);
}

void import_virtual_ipaddress(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_address);
}

void import_virtual_ipaddress_excluded(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_excluded);
}

/* ---- routes ---- */

/* What a route of ours can say. A list of several next hops is the second half of a line. */
struct route {
	const char *type, *destination, *via, * or, *dev, *src, *metric, *table, *scope, *mtu;
	bool onlink, ipv6;
	unsigned int scope_at; /* the word */
	struct value hops;
	unsigned int hop_count;
	struct import_words lost; /* what makes it another route */
	struct import_words left; /* what leaves it the same route */
};

/* The member for a keyword with a value; NULL: there is none. */
static const char **member_of(struct route *route, const char *word)
{
	if (ONE_OF(word, "via", "gw"))
		return &route->via;
	if (ONE_OF(word, "dev", "oif"))
		return &route->dev;
	if (!strcmp(word, "or"))
		return &route->or ;
	if (!strcmp(word, "src"))
		return &route->src;
	if (ONE_OF(word, "metric", "preference", "priority"))
		return &route->metric;
	if (!strcmp(word, "table"))
		return &route->table;
	if (!strcmp(word, "mtu"))
		return &route->mtu;
	return !strcmp(word, "scope") ? &route->scope : NULL;
}

/* Words with a value that tell the kernel how to use a route, and not which one. */
static bool is_tuning(const char *word)
{
	return ONE_OF(word, "proto", "protocol", "pref", "advmss", "congctl", "cwnd", "expires",
		      "features", "hoplimit", "initcwnd", "initrwnd", "quickack", "realms",
		      "reordering", "rtt", "rttvar", "rto_min", "ssthresh", "window",
		      "fastopen_no_cookie");
}

/* The value of the word at *w, which becomes the last word of it: the family of an address may come
 * before the address. */
static const char *value_of(const struct import_node *node, unsigned int *w)
{
	if (ONE_OF(import_word(node, *w + 1), "inet", "inet6"))
		++*w;
	return import_word(node, ++*w);
}

/* The words of one next hop, from w on. Returns the word behind it. */
static unsigned int read_hop(const struct import_node *node, unsigned int w, struct route *route)
{
	put(&route->hops, " nexthop");
	route->hop_count++;
	for (; w < node->word_count && strcmp(import_word(node, w), "nexthop") != 0; w++) {
		const char *word = import_word(node, w);

		if (!strcmp(word, "onlink"))
			put(&route->hops, " onlink");
		else if (ONE_OF(word, "via", "dev", "weight"))
			put(&route->hops, " %s %s", word, value_of(node, &w));
		else
			import_add_words(&route->lost, node, w, 1);
	}
	return w;
}

static void read_words(const struct import_node *node, struct route *route)
{
	for (unsigned int w = 0; w < node->word_count; w++) {
		const char *word = import_word(node, w);
		const char **member = member_of(route, word);

		if (ONE_OF(word, "to", "no_track", "unicast"))
			continue;
		if (!strcmp(word, "nexthop")) {
			w = read_hop(node, w + 1, route) - 1;
		} else if (member == &route->mtu && !strcmp(import_word(node, w + 1), "lock")) {
			import_add_words(&route->left, node, ++w, 1);
			route->mtu = import_word(node, ++w);
		} else if (member && !*member) {
			if (member == &route->scope)
				route->scope_at = w;
			*member = value_of(node, &w);
		} else if (member) {
			import_add_words(&route->lost, node, w++, 2);
		} else if (!strcmp(word, "onlink")) {
			route->onlink = true;
		} else if (is_tuning(word)) {
			import_add_words(&route->left, node, w++, 2);
		} else if (ONE_OF(word, "blackhole", "unreachable", "prohibit") && !route->type) {
			route->type = word;
		} else if (!route->destination &&
			   (strpbrk(word, ".:") || !strcmp(word, "default"))) {
			route->destination = word;
		} else {
			import_add_words(&route->lost, node, w, 1);
		}
	}
}

/* What the kernel chooses by itself for a route that is reached directly, or by others. */
static const char *default_scope(const struct route *route)
{
	return route->via || route->hop_count ? "global" : "link";
}

static void read_route(const struct import_node *node, struct route *ret_route)
{
	struct route route = {0};

	read_words(node, &route);
	route.ipv6 = (route.destination && is_ipv6(route.destination)) ||
		     (route.via && is_ipv6(route.via)) || is_ipv6(route.hops.text);
	if (route.or &&route.via && !route.hop_count) {
		for (int n = 0; n < 2; n++) {
			put(&route.hops, " nexthop via %s", n ? route.or : route.via);
			put_pair(&route.hops, "dev", route.dev);
		}
		route.hop_count = 2;
		route.via = route.dev = route.or = NULL;
	}
	if (route.scope && (route.ipv6 || !strcmp(route.scope, default_scope(&route))))
		route.scope = NULL;
	if (route.scope && (!is_scope(route.scope) || route.via || route.hop_count || route.type)) {
		import_add_words(&route.left, node, route.scope_at, 2);
		route.scope = NULL;
	}
	*ret_route = route;
}

static bool is_default(const char *destination)
{
	return ONE_OF(destination, "default", "0.0.0.0/0", "::/0");
}

/* Is it what `gateway` says? */
static bool is_gateway(const struct route *route)
{
	return is_default(route->destination) && route->via && !route->dev && !route->src &&
	       !route->metric && !route->table && !route->scope && !route->mtu && !route->onlink &&
	       !route->hop_count && !route->type;
}

static void put_route(struct value *value, const struct route *route)
{
	put(value, "%s%s%s", route->type ? route->type : "", route->type ? " " : "",
	    is_default(route->destination) ? "default" : route->destination);
	put_pair(value, "via", route->via);
	put_pair(value, "dev", route->dev);
	put_pair(value, "src", route->src);
	put_pair(value, "metric", route->metric);
	put_pair(value, "table", route->table);
	put_pair(value, "scope", route->scope);
	put_pair(value, "mtu", route->mtu);
	put(value, "%s", route->onlink ? " onlink" : "");
	/* A single next hop is the route's own. */
	put(value, "%s",
	    route->hop_count == 1 ? route->hops.text + strlen(" nexthop") : route->hops.text);
}

static void one_route(struct import_instance *i, const struct import_node *node)
{
	struct value value = {.length = 0};
	struct route route;

	read_route(node, &route);
	if (route.lost.length || !route.destination || route.or) {
		import_note(i->out, i->router, node, "a route has no such option here: %s",
			    route.lost.length ? route.lost.text : "no destination");
		return;
	}
	if (route.table && !is_table(route.table)) {
		import_why(i, node, "give the number of the table, which is in rt_tables");
		return;
	}
	put_route(&value, &route);
	if (is_gateway(&route))
		import_key(i->out, i->router, node, "gateway = %s", route.via);
	else
		import_key(i->out, i->router, node, "route = %s", value.text);
	if (route.left.length)
		import_without(i->out, i->router, node, "%s", route.left.text);
}

void import_virtual_routes(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_route);
}

/* ---- rules ---- */

/* Our word for an option of a rule that has a value; NULL: there is none. */
static const char *rule_option(const char *word)
{
	static const char *const words[][2] = {
		{"from", "from"},         {"to", "to"},          {"iif", "iif"},
		{"dev", "iif"},           {"oif", "oif"},        {"fwmark", "fwmark"},
		{"tos", "tos"},           {"dsfield", "tos"},    {"ipproto", "ipproto"},
		{"ip-proto", "ipproto"},  {"sport", "sport"},    {"dport", "dport"},
		{"priority", "priority"}, {"order", "priority"}, {"preference", "priority"},
		{"pref", "priority"},     {"table", "table"},    {"lookup", "table"},
	};

	for (size_t n = 0; n < sizeof(words) / sizeof(words[0]); n++) {
		if (!strcmp(words[n][0], word))
			return words[n][1];
	}
	return NULL;
}

static void one_rule(struct import_instance *i, const struct import_node *node)
{
	struct import_words lost = {.length = 0};
	struct value value = {.length = 0};
	bool table = true, priority = false;

	for (unsigned int w = 0; w < node->word_count; w++) {
		const char *word = import_word(node, w), *ours = rule_option(word);

		if (ONE_OF(word, "no_track", "inet", "inet6", "type"))
			continue;
		if (ONE_OF(word, "not", "blackhole", "unreachable", "prohibit")) {
			put(&value, " %s", word);
		} else if (ours) {
			word = import_word(node, ++w);
			table &= strcmp(ours, "table") != 0 || is_table(word);
			priority |= !strcmp(ours, "priority");
			put_pair(&value, ours, word);
		} else {
			import_add_words(&lost, node, w, 1);
		}
	}
	if (lost.length) {
		import_note(i->out, i->router, node, "a rule has no such option here: %s",
			    lost.text);
		return;
	}
	if (!table) {
		import_why(i, node, "give the number of the table, which is in rt_tables");
		return;
	}
	import_key(i->out, i->router, node, "rule =%s", value.text);
	if (!priority)
		import_other(i, node,
			     "a rule without a priority has 16384 here; keepalived counts down "
			     "from there");
}

void import_virtual_rules(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_rule);
}

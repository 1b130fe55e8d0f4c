// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of plan_model.h. Depends on core/nic/plan.h and core/address.h; says in its own words
 * what routes and addresses are alike, so that a mistake of the plan's is not made twice.
 */
#include "plan_model.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/address.h"

#define MAX 32

/* ---- text in ---- */

static const char *const names[] = {"eth0", "eth1", "eth2", "eth9"};

static int index_of(const char *name)
{
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i + 2;
	fail_msg("no interface %s in the model", name);
	return 0;
}

static void prefix(const char *text, struct vrrp_addr *addr, uint8_t *family, uint8_t *plen)
{
	char copy[64], *slash;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	if (!address_parse(copy, addr, family))
		fail_msg("not a prefix: %s", text);
	*plen = slash ? (uint8_t)atoi(slash + 1) : *family == 6 ? 128 : 32;
}

static void address(const char *text, struct vrrp_addr *addr)
{
	uint8_t family;

	if (!address_parse(text, addr, &family))
		fail_msg("not an address: %s", text);
}

struct words {
	char *word[16];
	unsigned int count;
};

static void split(char *line, struct words *words)
{
	char *save;

	words->count = 0;
	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
		words->word[words->count++] = w;
}

/* The word behind `key`, or NULL. */
static const char *after(const struct words *words, const char *key)
{
	for (unsigned int i = 0; i + 1 < words->count; i++)
		if (strcmp(words->word[i], key) == 0)
			return words->word[i + 1];
	return NULL;
}

static bool has(const struct words *words, const char *key)
{
	for (unsigned int i = 0; i < words->count; i++)
		if (strcmp(words->word[i], key) == 0)
			return true;
	return false;
}

static uint32_t number(const struct words *words, const char *key, uint32_t otherwise)
{
	const char *text = after(words, key);

	return text ? (uint32_t)strtoul(text, NULL, 10) : otherwise;
}

static void copy_name(const struct words *words, const char *key, char name[CONFIG_IFNAME])
{
	const char *text = after(words, key);

	if (text)
		snprintf(name, CONFIG_IFNAME, "%s", text);
}

static void add_rule(struct config_rule *rule, const struct words *w)
{
	prefix(w->word[1], &rule->from, &rule->family, &rule->from_plen);
	copy_name(w, "iif", rule->iif);
	rule->table = number(w, "table", 0);
	rule->priority = number(w, "priority", 1000);
	rule->refusal = has(w, "blackhole") ? CONFIG_REFUSAL_BLACKHOLE : CONFIG_REFUSAL_NONE;
}

/* The list with room for so many and no more, so that the sanitizer sees who reads beyond its end.
 */
static void *room(void *list, unsigned int count, size_t size)
{
	list = realloc(list, (count ? count : 1) * size);
	assert_non_null(list);
	return list;
}

/* Returns how many there are: VIA,IF,WEIGHT each, the last words of the line. */
static unsigned int hops_of(const struct words *w, struct config_hop hops[CONFIG_MAX_HOPS])
{
	unsigned int at = 0, count = 0;

	while (at < w->count && strcmp(w->word[at], "hops") != 0)
		at++;
	for (at++; at < w->count; at++) {
		char via[64];
		unsigned int weight;

		hops[count] = (struct config_hop){.has_via = true};
		if (sscanf(w->word[at], "%63[^,],%15[^,],%u", via, hops[count].dev, &weight) != 3)
			fail_msg("not a next hop: %s", w->word[at]);
		address(via, &hops[count].via);
		hops[count++].weight = (uint16_t)weight;
	}
	return count;
}

static void add_prefix(struct config_prefix *list, unsigned int *count, const struct words *w)
{
	struct config_prefix *p = &list[(*count)++];
	const char *dev = after(w, "dev");

	prefix(w->word[1], &p->addr, &p->family, &p->plen);
	if (dev)
		snprintf(p->dev, sizeof(p->dev), "%s", dev);
	copy_name(w, "label", p->label);
	p->metric = number(w, "metric", 0);
	p->scope = (uint8_t)number(w, "scope", 0);
	p->noprefixroute = has(w, "noprefixroute");
	p->has_peer = after(w, "peer");
	if (p->has_peer)
		address(after(w, "peer"), &p->peer);
	p->use = has(w, "deprecated")  ? CONFIG_USE_DEPRECATED
		 : has(w, "preferred") ? CONFIG_USE_PREFERRED
				       : CONFIG_USE_DEFAULT;
}

static void take_dev(const struct words *w, struct config_route *route)
{
	const char *dev = after(w, "dev");

	if (dev)
		snprintf(route->dev, sizeof(route->dev), "%s", dev);
}

static void add_gateway(struct config_route *list, unsigned int *count, const struct words *w)
{
	struct config_route *r = &list[(*count)++];

	if (!address_parse(w->word[1], &r->via, &r->family))
		fail_msg("not a gateway: %s", w->word[1]);
	r->has_via = true;
	take_dev(w, r);
}

static void add_config_route(struct config_route *list, unsigned int *count, const struct words *w)
{
	struct config_route *r = &list[(*count)++];
	const char *text;

	prefix(w->word[1], &r->addr, &r->family, &r->plen);
	text = after(w, "via");
	r->has_via = text;
	if (text)
		address(text, &r->via);
	text = after(w, "src");
	r->has_src = text;
	if (text)
		address(text, &r->src);
	r->metric = number(w, "metric", 0);
	r->table = number(w, "table", 0);
	r->mtu = number(w, "mtu", 0);
	r->refusal = has(w, "blackhole") ? CONFIG_REFUSAL_BLACKHOLE : CONFIG_REFUSAL_NONE;
	r->hop_count = hops_of(w, r->hops);
	take_dev(w, r);
}

static void config_line(struct config_router *router, char *line)
{
	struct words w;

	split(line, &w);
	if (w.count < 2)
		fail_msg("a statement without a value");
	if (strcmp(w.word[0], "public") == 0) {
		snprintf(router->public, sizeof(router->public), "%s", w.word[1]);
	} else if (strcmp(w.word[0], "priority") == 0) {
		router->priority = (uint8_t)atoi(w.word[1]);
	} else if (strcmp(w.word[0], "mac") == 0) {
		router->mac.kind = CONFIG_MAC_FIXED;
		mac_parse(w.word[1], router->mac.mac);
	} else if (strcmp(w.word[0], "standby-mac") == 0) {
		router->has_standby_mac = true;
		mac_parse(w.word[1], router->standby_mac);
	} else if (strcmp(w.word[0], "address") == 0) {
		add_prefix(router->addresses, &router->address_count, &w);
	} else if (strcmp(w.word[0], "standby-address") == 0) {
		add_prefix(router->standby_addresses, &router->standby_address_count, &w);
	} else if (strcmp(w.word[0], "gateway") == 0) {
		add_gateway(router->routes, &router->route_count, &w);
	} else if (strcmp(w.word[0], "standby-gateway") == 0) {
		add_gateway(router->standby_routes, &router->standby_route_count, &w);
	} else if (strcmp(w.word[0], "rule") == 0) {
		add_rule(&router->rules[router->rule_count++], &w);
	} else if (strcmp(w.word[0], "route") == 0) {
		add_config_route(router->routes, &router->route_count, &w);
	} else {
		fail_msg("unknown statement %s", w.word[0]);
	}
}

struct config_router *model_router(const char *text)
{
	struct config_router *router = calloc(1, sizeof(*router));
	char *copy = strdup(text), *save;

	router->addresses = calloc(MAX, sizeof(*router->addresses));
	router->routes = calloc(MAX, sizeof(*router->routes));
	router->rules = calloc(MAX, sizeof(*router->rules));
	router->standby_addresses = calloc(MAX, sizeof(*router->standby_addresses));
	router->standby_routes = calloc(MAX, sizeof(*router->standby_routes));
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		config_line(router, line);
	free(copy);
	router->addresses =
		room(router->addresses, router->address_count, sizeof(*router->addresses));
	router->routes = room(router->routes, router->route_count, sizeof(*router->routes));
	router->rules = room(router->rules, router->rule_count, sizeof(*router->rules));
	router->standby_addresses = room(router->standby_addresses, router->standby_address_count,
					 sizeof(*router->standby_addresses));
	router->standby_routes = room(router->standby_routes, router->standby_route_count,
				      sizeof(*router->standby_routes));
	return router;
}

void model_router_free(struct config_router *router)
{
	if (!router)
		return;
	free(router->addresses);
	free(router->routes);
	free(router->rules);
	free(router->standby_addresses);
	free(router->standby_routes);
	free(router);
}

/* As a kernel writes it: without the flags of nested attributes. */
static void put_extra(const struct words *w, struct plan_route *r)
{
	struct config_hop hops[CONFIG_MAX_HOPS];
	unsigned int count = hops_of(w, hops);
	uint8_t *at = r->extra;

	if (after(w, "mtu")) {
		const uint32_t mtu = number(w, "mtu", 0);

		memcpy(at, (uint16_t[]){12, RTA_METRICS, 8, RTAX_MTU}, 8);
		memcpy(at + 8, &mtu, 4);
		at += 12;
	}
	if (count) {
		memcpy(at, (uint16_t[]){(uint16_t)(4 + 16 * count), RTA_MULTIPATH}, 4);
		at += 4;
		r->ifindex = 0;
	}
	for (unsigned int i = 0; i < count; i++, at += 16) {
		const struct rtnexthop hop = {.rtnh_len = 16,
					      .rtnh_hops = (uint8_t)(hops[i].weight - 1),
					      .rtnh_ifindex = index_of(hops[i].dev)};

		memcpy(at, &hop, 8);
		memcpy(at + 8, (uint16_t[]){8, RTA_GATEWAY}, 4);
		memcpy(at + 12, hops[i].via.b, 4);
	}
	r->extra_len = (uint16_t)(at - r->extra);
}

static void state_line(struct plan_actual *actual, char *line)
{
	struct words w;
	const char *text;

	split(line, &w);
	if (w.count < 3)
		fail_msg("a line that is too short");
	if (strcmp(w.word[0], "link") == 0) {
		struct plan_link *link = &actual->links[actual->link_count++];

		link->ifindex = index_of(w.word[1]);
		snprintf(link->name, sizeof(link->name), "%s", w.word[1]);
		mac_parse(w.word[2], link->mac);
		text = after(&w, "perm");
		if (text)
			mac_parse(text, link->permanent_mac);
		link->up = link->carrier = !has(&w, "down");
		text = after(&w, "table");
		link->table = text ? (uint32_t)atoi(text) : 0;
	} else if (strcmp(w.word[0], "addr") == 0) {
		struct plan_address *a = &actual->addresses[actual->address_count++];

		a->ifindex = index_of(w.word[1]);
		prefix(w.word[2], &a->addr, &a->family, &a->plen);
		a->secondary = has(&w, "secondary");
		a->flags = has(&w, "dadfailed") ? IFA_F_DADFAILED : 0;
		a->flags |= has(&w, "made") ? IFA_F_MANAGETEMPADDR : 0;
		a->flags |= has(&w, "noprefixroute") ? IFA_F_NOPREFIXROUTE : 0;
		a->valid_s = PLAN_FOREVER;
		a->preferred_s = has(&w, "deprecated") ? 0 : PLAN_FOREVER;
		a->metric = number(&w, "metric", 0);
		a->scope = (uint8_t)number(&w, "scope", 0);
		copy_name(&w, "label", a->label);
		a->has_peer = after(&w, "peer");
		if (a->has_peer)
			address(after(&w, "peer"), &a->peer);
	} else if (strcmp(w.word[0], "route") == 0) {
		struct plan_route *r = &actual->routes[actual->route_count++];

		r->ifindex = strcmp(w.word[1], "-") ? index_of(w.word[1]) : 0;
		text = after(&w, "via");
		r->has_via = text;
		if (text)
			address(text, &r->via);
		r->family = text && strchr(text, ':') ? 6 : 4;
		if (strcmp(w.word[2], "default") != 0)
			prefix(w.word[2], &r->addr, &r->family, &r->plen);
		text = after(&w, "src");
		r->has_src = text;
		if (text)
			address(text, &r->src);
		text = after(&w, "metric");
		r->metric = text ? (uint32_t)atoi(text) : r->family == 6 ? 1024 : 0;
		text = after(&w, "proto");
		r->protocol = text ? (uint8_t)atoi(text) : 3;
		text = after(&w, "table");
		r->table = text ? (uint32_t)atoi(text) : 0;
		r->onlink = has(&w, "onlink");
		r->refusal = has(&w, "blackhole") ? CONFIG_REFUSAL_BLACKHOLE : CONFIG_REFUSAL_NONE;
		put_extra(&w, r);
		r->scope = r->family == 4 && !r->has_via && !r->refusal && r->ifindex
				   ? RT_SCOPE_LINK
				   : RT_SCOPE_UNIVERSE;
	} else if (strcmp(w.word[0], "rule") == 0) {
		struct plan_rule *r = &actual->rules[actual->rule_count++];

		add_rule(&r->rule, &w);
		r->protocol = (uint8_t)number(&w, "proto", 3);
		r->other = has(&w, "other");
	} else {
		fail_msg("unknown line %s", w.word[0]);
	}
}

void model_parse(const char *text, struct plan_actual *ret_actual)
{
	char *copy = strdup(text), *save;

	*ret_actual = (struct plan_actual){
		.links = calloc(MAX, sizeof(*ret_actual->links)),
		.addresses = calloc(MAX, sizeof(*ret_actual->addresses)),
		.routes = calloc(MAX, sizeof(*ret_actual->routes)),
		.rules = calloc(MAX, sizeof(*ret_actual->rules)),
	};
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		state_line(ret_actual, line);
	free(copy);
	ret_actual->links =
		room(ret_actual->links, ret_actual->link_count, sizeof(*ret_actual->links));
	ret_actual->addresses = room(ret_actual->addresses, ret_actual->address_count,
				     sizeof(*ret_actual->addresses));
	ret_actual->routes =
		room(ret_actual->routes, ret_actual->route_count, sizeof(*ret_actual->routes));
	ret_actual->rules =
		room(ret_actual->rules, ret_actual->rule_count, sizeof(*ret_actual->rules));
}

/* ---- text out ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void route_line(const struct plan_route *r, char *line, size_t size)
{
	char a[ADDRESS_TEXT];
	size_t at =
		(size_t)snprintf(line, size, "route %s ", r->ifindex ? names[r->ifindex - 2] : "-");

	if (r->plen)
		at += (size_t)snprintf(line + at, size - at, "%s/%u",
				       address_format(r->family, &r->addr, a), r->plen);
	else
		at += (size_t)snprintf(line + at, size - at, "default%s",
				       r->family == 6 ? "6" : "");
	if (r->has_via)
		at += (size_t)snprintf(line + at, size - at, " via %s",
				       address_format(r->family, &r->via, a));
	if (r->has_src)
		at += (size_t)snprintf(line + at, size - at, " src %s",
				       address_format(r->family, &r->src, a));
	if (r->metric && !(r->family == 6 && r->metric == 1024))
		at += (size_t)snprintf(line + at, size - at, " metric %u", r->metric);
	at += (size_t)snprintf(line + at, size - at, " proto %u", r->protocol);
	if (r->table)
		at += (size_t)snprintf(line + at, size - at, " table %u", r->table);
	if (r->onlink)
		at += (size_t)snprintf(line + at, size - at, " onlink");
	if (r->refusal)
		at += (size_t)snprintf(line + at, size - at, " refusal %u", r->refusal);
	if (r->extra_len)
		at += (size_t)snprintf(line + at, size - at, " extra ");
	/* The two highest bits of a type say nothing about it. */
	for (unsigned int i = 0; i < r->extra_len; i++)
		at += (size_t)snprintf(line + at, size - at, "%02x",
				       i % 4 == 3 ? r->extra[i] & 0x3f : r->extra[i]);
}

static void rule_line(const struct plan_rule *r, char *line, size_t size)
{
	char a[ADDRESS_TEXT];

	snprintf(line, size, "rule %s/%u iif %s table %u priority %u refusal %u proto %u%s",
		 address_format(r->rule.family, &r->rule.from, a), r->rule.from_plen, r->rule.iif,
		 r->rule.table, r->rule.priority, r->rule.refusal, r->protocol,
		 r->other ? " other" : "");
}

char *model_text(const struct plan_actual *actual)
{
	char *lines[4 * MAX], a[ADDRESS_TEXT], mac[MAC_TEXT], *out;
	unsigned int count = 0;
	size_t length = 1;

	for (unsigned int i = 0; i < actual->link_count; i++) {
		const struct plan_link *link = &actual->links[i];

		lines[count] = calloc(1, 256);
		snprintf(lines[count++], 256, "link %s %s%s", link->name,
			 mac_format(link->mac, mac), link->up ? "" : " down");
	}
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *x = &actual->addresses[i];
		int at;

		lines[count] = calloc(1, 256);
		at = snprintf(lines[count], 256, "addr %s %s/%u%s%s%s%s%s", names[x->ifindex - 2],
			      address_format(x->family, &x->addr, a), x->plen,
			      x->secondary ? " secondary" : "",
			      x->flags & IFA_F_DADFAILED ? " dadfailed" : "",
			      x->flags & IFA_F_MANAGETEMPADDR ? " made" : "",
			      x->flags & IFA_F_NOPREFIXROUTE ? " noprefixroute" : "",
			      x->preferred_s ? "" : " deprecated");
		if (x->metric)
			at += snprintf(lines[count] + at, 256 - (size_t)at, " metric %u",
				       x->metric);
		if (x->label[0])
			at += snprintf(lines[count] + at, 256 - (size_t)at, " label %s", x->label);
		if (x->has_peer)
			at += snprintf(lines[count] + at, 256 - (size_t)at, " peer %s",
				       address_format(x->family, &x->peer, a));
		if (x->scope)
			snprintf(lines[count] + at, 256 - (size_t)at, " scope %u", x->scope);
		count++;
	}
	for (unsigned int i = 0; i < actual->route_count; i++) {
		lines[count] = calloc(1, 1024);
		route_line(&actual->routes[i], lines[count++], 1024);
	}
	for (unsigned int i = 0; i < actual->rule_count; i++) {
		lines[count] = calloc(1, 256);
		rule_line(&actual->rules[i], lines[count++], 256);
	}
	qsort(lines, count, sizeof(lines[0]), compare);
	for (unsigned int i = 0; i < count; i++)
		length += strlen(lines[i]) + 1;
	out = calloc(1, length);
	for (unsigned int i = 0; i < count; i++) {
		strcat(out, lines[i]);
		strcat(out, "\n");
		free(lines[i]);
	}
	return out;
}

/* ---- the kernel ---- */

static struct plan_link *link_of(struct plan_actual *actual, int ifindex)
{
	for (unsigned int i = 0; i < actual->link_count; i++)
		if (actual->links[i].ifindex == ifindex)
			return &actual->links[i];
	fail_msg("an op for interface %d, which is not there", ifindex);
	return NULL;
}

static bool in_prefix(const struct vrrp_addr *net, unsigned int plen, const struct vrrp_addr *addr)
{
	for (unsigned int bit = 0; bit < plen; bit++)
		if ((net->b[bit / 8] ^ addr->b[bit / 8]) >> (7 - bit % 8) & 1)
			return false;
	return true;
}

static bool alike(const struct plan_address *a, const struct plan_address *b)
{
	return a->ifindex == b->ifindex && a->family == b->family &&
	       in_prefix(&a->addr, 128, &b->addr);
}

static bool one_subnet(const struct plan_address *a, const struct plan_address *b)
{
	return a->ifindex == b->ifindex && a->family == 4 && b->family == 4 && a->plen == b->plen &&
	       in_prefix(&a->addr, a->plen, &b->addr);
}

static void drop_route(struct plan_actual *actual, unsigned int at)
{
	actual->routes[at] = actual->routes[--actual->route_count];
}

static void drop_address(struct plan_actual *actual, unsigned int at)
{
	const struct plan_address gone = actual->addresses[at];
	bool last = true, local = false;

	memmove(&actual->addresses[at], &actual->addresses[at + 1],
		(actual->address_count - at - 1) * sizeof(gone));
	actual->address_count--;
	for (unsigned int i = 0; i < actual->address_count; i++) {
		last &= actual->addresses[i].family != 4 ||
			actual->addresses[i].ifindex != gone.ifindex;
		local |= alike(&actual->addresses[i], &gone);
	}
	for (unsigned int i = actual->route_count; i-- > 0;) {
		struct plan_route *r = &actual->routes[i];
		bool sourced = !local && r->has_src && r->family == gone.family &&
			       in_prefix(&r->src, 128, &gone.addr);

		if ((last && gone.family == 4 && r->family == 4 && r->ifindex == gone.ifindex) ||
		    (sourced && r->family == 4))
			drop_route(actual, i);
		else if (sourced)
			r->has_src = false;
	}
}

static void add_address(struct plan_actual *actual, const struct plan_address *address)
{
	struct plan_address new = *address;

	new.secondary = false;
	new.flags &= IFA_F_NOPREFIXROUTE;
	for (unsigned int i = 0; i < actual->address_count; i++) {
		struct plan_address *have = &actual->addresses[i];

		if (alike(have, address) && have->plen == address->plen) {
			if (have->family == 6) {
				have->preferred_s = address->preferred_s;
				have->metric = address->metric;
				have->flags = new.flags;
				if (address->has_peer) {
					have->has_peer = true;
					have->peer = address->peer;
				}
			}
			return;
		}
		if (alike(have, address) && address->family == 6)
			fail_msg("an IPv6 address with a second prefix length");
		new.secondary |= one_subnet(have, address);
		if (one_subnet(have, address) && have->scope != address->scope)
			fail_msg("an IPv4 address with another scope than its network");
	}
	actual->addresses =
		room(actual->addresses, actual->address_count + 1, sizeof(*actual->addresses));
	actual->addresses[actual->address_count++] = new;
}

static void delete_address(struct plan_actual *actual, const struct plan_address *address,
			   bool promote)
{
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address gone = actual->addresses[i];

		if (!alike(&gone, address) || gone.plen != address->plen)
			continue;
		drop_address(actual, i);
		if (gone.secondary)
			return;
		for (unsigned int j = 0; j < actual->address_count;) {
			if (!one_subnet(&gone, &actual->addresses[j])) {
				j++;
			} else if (promote) {
				actual->addresses[j].secondary = false;
				return;
			} else {
				drop_address(actual, j);
			}
		}
		return;
	}
}

static bool one_key(const struct plan_route *a, const struct plan_route *b)
{
	return a->family == b->family && a->table == b->table && a->plen == b->plen &&
	       a->metric == b->metric && in_prefix(&a->addr, 128, &b->addr);
}

static void replace_route(struct plan_actual *actual, const struct plan_route *route)
{
	bool reachable = !route->has_via || route->onlink || address_is_link_local6(&route->via);

	assert_true(!route->ifindex || link_of(actual, route->ifindex)->up);
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *a = &actual->addresses[i];

		reachable |= a->family == route->family && a->ifindex == route->ifindex &&
			     in_prefix(&a->addr, a->plen, &route->via);
	}
	for (unsigned int i = 0; i < actual->route_count; i++) {
		const struct plan_route *r = &actual->routes[i];

		reachable |= r->family == route->family && r->ifindex == route->ifindex &&
			     !r->has_via && r->plen && in_prefix(&r->addr, r->plen, &route->via);
	}
	if (!reachable)
		fail_msg("a route by a gateway that is no neighbour");
	for (unsigned int i = actual->route_count; i-- > 0;)
		if (one_key(&actual->routes[i], route))
			drop_route(actual, i);
	actual->routes = room(actual->routes, actual->route_count + 1, sizeof(*actual->routes));
	actual->routes[actual->route_count++] = *route;
}

static void delete_route(struct plan_actual *actual, const struct plan_route *route)
{
	for (unsigned int i = actual->route_count; i-- > 0;) {
		const struct plan_route *have = &actual->routes[i];

		if (one_key(have, route) && have->ifindex == route->ifindex &&
		    have->has_via == route->has_via && in_prefix(&have->via, 128, &route->via))
			drop_route(actual, i);
	}
}

/* Only one of ours: the protocol belongs to the request. */
static void delete_rule(struct plan_actual *actual, const struct config_rule *rule)
{
	for (unsigned int i = actual->rule_count; i-- > 0;) {
		const struct plan_rule *have = &actual->rules[i];

		if (have->protocol == 112 && !have->other && have->rule.table == rule->table &&
		    have->rule.priority == rule->priority && have->rule.refusal == rule->refusal &&
		    in_prefix(&have->rule.from, 128, &rule->from) &&
		    !strcmp(have->rule.iif, rule->iif))
			actual->rules[i] = actual->rules[--actual->rule_count];
	}
}

void model_apply(struct plan_actual *actual, const struct plan_op *op, bool promote_secondaries)
{
	struct plan_link *link = op->ifindex ? link_of(actual, op->ifindex) : NULL;

	switch (op->kind) {
	case PLAN_LINK_UP:
		link->up = true;
		return;
	case PLAN_LINK_DOWN:
		fail_msg("the plan took a link down");
		return;
	case PLAN_SET_MAC:
		memcpy(link->mac, op->mac, 6);
		return;
	case PLAN_ADDRESS_ADD:
		add_address(actual, &op->address);
		return;
	case PLAN_ADDRESS_DEL:
		delete_address(actual, &op->address, promote_secondaries);
		return;
	case PLAN_ROUTE_REPLACE:
		replace_route(actual, &op->route);
		return;
	case PLAN_ROUTE_DEL:
		delete_route(actual, &op->route);
		return;
	case PLAN_RULE_ADD:
		actual->rules = room(actual->rules, actual->rule_count + 1, sizeof(*actual->rules));
		actual->rules[actual->rule_count++] =
			(struct plan_rule){.rule = op->rule, .protocol = 112};
		return;
	case PLAN_RULE_DEL:
		delete_rule(actual, &op->rule);
		return;
	case PLAN_ANNOUNCE:
		return;
	}
}

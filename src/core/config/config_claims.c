/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only one router may have: a name, a VRID on an interface, an address, a MAC, a device. Each
 * router claims what its keys say, and the second claim to the same thing is an error at its line.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/config/config_internal.h"

/* Something that only one may have. Equal (kind, text) of two claims is an error. */
enum claim_kind {
	CLAIM_NAME,
	CLAIM_VRID,
	CLAIM_ADDRESS,
	CLAIM_MAC,
	CLAIM_MACVLAN,     /* its name */
	CLAIM_MACVLAN_MAC, /* its MAC, on the interface that it is on */
	CLAIM_ROUTE,       /* of one router: its number is in the text */
};

struct claim {
	enum claim_kind kind;
	enum config_key key;
	unsigned int line, order;
	const struct config_draft *owner;
	char text[96];
};

__attribute__((format(printf, 6, 7))) static void
claim(struct config_parse *p, enum claim_kind kind, const struct config_draft *owner,
      enum config_key key, unsigned int line, const char *format, ...)
{
	struct claim *c;
	va_list args;

	if (p->status != 0 || !config_grow(p, &p->claims, p->claim_count, sizeof(*c)))
		return;
	c = &p->claims[p->claim_count];
	*c = (struct claim){
		.kind = kind, .key = key, .line = line, .order = p->claim_count++, .owner = owner};
	va_start(args, format);
	vsnprintf(c->text, sizeof(c->text), format, args);
	va_end(args);
}

/* A link-local address may be on every interface once, any other one on the host once. */
static void claim_prefixes(struct config_parse *p, const struct config_draft *draft,
			   enum config_key key, const struct config_prefix *list,
			   unsigned int count)
{
	char addr[ADDRESS_TEXT];

	for (unsigned int i = 0; i < count; i++) {
		const struct config_prefix *prefix = &list[i];
		bool local = prefix->family == 6 && address_is_link_local6(&prefix->addr);

		claim(p, CLAIM_ADDRESS, draft, key, draft->given.lines[key][i], "%s%s%s",
		      address_format(prefix->family, &prefix->addr, addr), local ? " on " : "",
		      !local           ? ""
		      : prefix->dev[0] ? prefix->dev
				       : draft->router.public);
	}
}

static void claim_routes(struct config_parse *p, const struct config_draft *draft,
			 unsigned int number)
{
	const struct config_router *r = &draft->router;
	char addr[ADDRESS_TEXT];

	for (int i = 0; i < 2; i++) {
		if (draft->gateway[i].given)
			claim(p, CLAIM_ROUTE, draft, KEY_GATEWAY, draft->gateway[i].line,
			      "%u %s/0 metric 0", number, i == 0 ? "0.0.0.0" : "::");
	}
	for (unsigned int i = 0; i < r->route_count; i++) {
		const struct config_route *route = &r->routes[i];

		if (route->family != 0)
			claim(p, CLAIM_ROUTE, draft, KEY_ROUTE, draft->given.lines[KEY_ROUTE][i],
			      "%u %s/%u metric %u%s%.0u", number,
			      address_format(route->family, &route->addr, addr), route->plen,
			      route->metric, route->table ? " table " : "", route->table);
	}
}

static void claim_router(struct config_parse *p, const struct config_draft *draft,
			 unsigned int number)
{
	const struct config_router *r = &draft->router;
	enum config_key mac_key = r->mac.kind != CONFIG_MAC_KEEP ? KEY_MAC : KEY_STANDBY_MAC;

	if (r->name[0])
		claim(p, CLAIM_NAME, draft, KEY_COUNT, r->line, "%s", r->name);
	for (unsigned int i = 0; r->vrid && r->family && i < r->heartbeat_count; i++)
		claim(p, CLAIM_VRID, draft, KEY_VRID, draft->given.line[KEY_VRID],
		      "%u on %s over %s", r->vrid, r->heartbeat[i],
		      r->family == 4 ? "IPv4" : "IPv6");
	claim_prefixes(p, draft, KEY_ADDRESS, r->addresses, r->address_count);
	claim_prefixes(p, draft, KEY_STANDBY_ADDRESS, r->standby_addresses,
		       r->standby_address_count);
	claim_routes(p, draft, number);
	if (r->macvlan[0] && r->vrid && r->mac.kind != CONFIG_MAC_KEEP) {
		char mac[MAC_TEXT];

		claim(p, CLAIM_MACVLAN, draft, KEY_MAC_DEVICE, draft->given.line[KEY_MAC_DEVICE],
		      "%s", r->macvlan);
		claim(p, CLAIM_MACVLAN_MAC, draft, KEY_MAC, draft->given.line[KEY_MAC], "%s on %s",
		      mac_format(r->mac.mac, mac), r->nic);
	} else if (!r->macvlan[0] && r->public[0] && (mac_key == KEY_MAC || r->has_standby_mac))
		claim(p, CLAIM_MAC, draft, mac_key, draft->given.line[mac_key], "%s", r->public);
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (order != 0)
		return order;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void report_claim(struct config_parse *p, const struct claim *first,
			 const struct claim *again)
{
	if (!p->file) {
		config_error(p, again->line, "%s: given twice", again->text);
		return;
	}
	switch (again->kind) {
	case CLAIM_NAME:
		config_error(p, again->line,
			     "[vrrp %s]: this section was given already, at line %u", again->text,
			     first->line);
		break;
	case CLAIM_VRID:
	case CLAIM_MACVLAN_MAC:
		config_refuse_at(p, again->line, again->key, "%s is taken by [vrrp %s] at line %u",
				 again->text, first->owner->router.name, first->line);
		break;
	case CLAIM_ADDRESS:
		config_refuse_at(p, again->line, again->key,
				 "%s is given already, as %s of [vrrp %s] at line %u", again->text,
				 config_rows[first->key].name, first->owner->router.name,
				 first->line);
		break;
	case CLAIM_MAC:
		config_refuse_at(p, again->line, again->key,
				 "one router of %s may set its MAC, and [vrrp %s] does at line %u "
				 "(accepted here: mac = keep)",
				 again->text, first->owner->router.name, first->line);
		break;
	case CLAIM_MACVLAN:
		config_refuse_at(
			p, again->line, again->key,
			"%s is the device of [vrrp %s] at line %u: give one of them another name "
			"(mac-device = macvlan NAME)",
			again->text, first->owner->router.name, first->line);
		break;
	case CLAIM_ROUTE:
		config_refuse_at(p, again->line, again->key,
				 "a route to there with this metric is given already, at line %u",
				 first->line);
		break;
	}
}

void config_check_claims(struct config_parse *p)
{
	const struct claim *first = NULL;

	for (unsigned int i = 0; i < p->draft_count; i++)
		claim_router(p, p->drafts[i], i);
	if (p->claim_count > 0)
		qsort(p->claims, p->claim_count, sizeof(p->claims[0]), compare_claims);
	for (unsigned int i = 0; i < p->claim_count && p->status == 0; i++) {
		const struct claim *c = &p->claims[i];

		if (first && c->kind == first->kind && strcmp(c->text, first->text) == 0)
			report_claim(p, first, c);
		else
			first = c;
	}
	free(p->claims);
	p->claims = NULL;
}

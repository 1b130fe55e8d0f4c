// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ops of a plan as text. Depends on core/. Never translates: one op, one line, in the words of
 * ip(8).
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/address.h"
#include "core/nic/plan_internal.h"

#define ROUTE_TEXT 256

static bool has_onlink_hop(const struct plan_route *route)
{
	bool found = false;

	for (unsigned int i = 0; i < extra_hops(route); i++) {
		struct plan_route one;

		extra_hop(route, i, &one);
		found |= one.onlink;
	}
	return found;
}

static const char *route_text(const struct plan_route *route, char buf[ROUTE_TEXT])
{
	char dst[ADDRESS_TEXT + 4], addr[ADDRESS_TEXT];
	int at;

	if (route->plen == 0)
		snprintf(dst, sizeof(dst), "default");
	else
		snprintf(dst, sizeof(dst), "%s/%u",
			 address_format(route->family, &route->addr, addr), route->plen);
	at = snprintf(buf, ROUTE_TEXT, "%s%s%s", refusal_name(route->refusal),
		      route->refusal ? " " : "", dst);
	if (route->has_via)
		at += snprintf(buf + at, ROUTE_TEXT - at, " via %s",
			       address_format(route->family, &route->via, addr));
	if (route->has_src)
		at += snprintf(buf + at, ROUTE_TEXT - at, " src %s",
			       address_format(route->family, &route->src, addr));
	if (extra_hops(route))
		at += snprintf(buf + at, ROUTE_TEXT - at, " by %u next hops", extra_hops(route));
	if (route->metric)
		at += snprintf(buf + at, ROUTE_TEXT - at, " metric %" PRIu32, route->metric);
	if (route->table)
		at += snprintf(buf + at, ROUTE_TEXT - at, " table %" PRIu32, route->table);
	if (extra_mtu(route))
		at += snprintf(buf + at, ROUTE_TEXT - at, " mtu %" PRIu32, extra_mtu(route));
	if (route->onlink || has_onlink_hop(route))
		snprintf(buf + at, ROUTE_TEXT - at, " onlink");
	return buf;
}

/* The selectors that most rules have; the priority tells the others apart. */
static const char *rule_text(const struct config_rule *rule, char buf[ROUTE_TEXT])
{
	char addr[ADDRESS_TEXT];
	int at = snprintf(buf, ROUTE_TEXT, "priority %" PRIu32 "%s from %s/%u", rule->priority,
			  rule->inverted ? " not" : "",
			  address_format(rule->family, &rule->from, addr), rule->from_plen);

	if (rule->to_plen)
		at += snprintf(buf + at, ROUTE_TEXT - at, " to %s/%u",
			       address_format(rule->family, &rule->to, addr), rule->to_plen);
	if (rule->iif[0])
		at += snprintf(buf + at, ROUTE_TEXT - at, " iif %s", rule->iif);
	if (rule->oif[0])
		at += snprintf(buf + at, ROUTE_TEXT - at, " oif %s", rule->oif);
	if (rule->mask)
		at += snprintf(buf + at, ROUTE_TEXT - at, " fwmark 0x%" PRIx32 "/0x%" PRIx32,
			       rule->mark, rule->mask);
	if (rule->refusal)
		snprintf(buf + at, ROUTE_TEXT - at, " %s", refusal_name(rule->refusal));
	else
		snprintf(buf + at, ROUTE_TEXT - at, " table %" PRIu32, rule->table);
	return buf;
}

int plan_format(const struct plan_op *op, const struct plan_actual *actual, char *buf, size_t size)
{
	const struct plan_link *link = plan_link_by_index(actual, op->ifindex);
	char number[24], route[ROUTE_TEXT], addr[ADDRESS_TEXT], mac[MAC_TEXT];
	const char *name = number;

	if (link)
		name = link->name;
	else
		snprintf(number, sizeof(number), "interface %d", op->ifindex);
	switch (op->kind) {
	case PLAN_LINK_UP:
		return snprintf(buf, size, "%s: link up", name);
	case PLAN_LINK_DOWN:
		return snprintf(buf, size, "%s: link down", name);
	case PLAN_SET_MAC:
		return snprintf(buf, size, "%s: MAC %s", name, mac_format(op->mac, mac));
	case PLAN_ADDRESS_ADD:
	case PLAN_ADDRESS_DEL:
		return snprintf(buf, size, "%s: address %s/%u %s", name,
				address_format(op->address.family, &op->address.addr, addr),
				op->address.plen,
				op->kind == PLAN_ADDRESS_ADD ? "added" : "removed");
	case PLAN_ROUTE_REPLACE:
	case PLAN_ROUTE_DEL:
		return snprintf(buf, size, "%s%sroute %s %s", op->ifindex ? name : "",
				op->ifindex ? ": " : "", route_text(&op->route, route),
				op->kind == PLAN_ROUTE_REPLACE ? "set" : "removed");
	case PLAN_RULE_ADD:
	case PLAN_RULE_DEL:
		return snprintf(buf, size, "rule %s %s", rule_text(&op->rule, route),
				op->kind == PLAN_RULE_ADD ? "set" : "removed");
	case PLAN_ANNOUNCE:
		return snprintf(buf, size, "%s: shared addresses announced", name);
	}
	return snprintf(buf, size, "%s: nothing", name);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares rules, member by member (a struct has padding), and names refusals.
 */
#include "core/config/rule.h"

#include <string.h>

static const struct {
	const char *name;
	enum config_refusal refusal;
} refusals[] = {{"blackhole", CONFIG_REFUSAL_BLACKHOLE},
		{"unreachable", CONFIG_REFUSAL_UNREACHABLE},
		{"prohibit", CONFIG_REFUSAL_PROHIBIT}};

enum config_refusal refusal_named(const char *word)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (strcmp(refusals[i].name, word) == 0)
			return refusals[i].refusal;
	}
	return CONFIG_REFUSAL_NONE;
}

const char *refusal_name(uint8_t refusal)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].refusal == refusal)
			return refusals[i].name;
	}
	return "";
}

static bool same_addr(const struct vrrp_addr *a, const struct vrrp_addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static bool same_ports(const struct config_ports *a, const struct config_ports *b)
{
	return a->first == b->first && a->last == b->last;
}

bool rule_same(const struct config_rule *a, const struct config_rule *b)
{
	return a->family == b->family && a->priority == b->priority && a->refusal == b->refusal &&
	       a->table == b->table && a->inverted == b->inverted && a->from_plen == b->from_plen &&
	       same_addr(&a->from, &b->from) && a->to_plen == b->to_plen &&
	       same_addr(&a->to, &b->to) && a->tos == b->tos && a->ip_proto == b->ip_proto &&
	       a->mark == b->mark && a->mask == b->mask && same_ports(&a->sport, &b->sport) &&
	       same_ports(&a->dport, &b->dport) && strcmp(a->iif, b->iif) == 0 &&
	       strcmp(a->oif, b->oif) == 0;
}

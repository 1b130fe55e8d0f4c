/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares rules, member by member: a struct has padding.
 */
#include "core/config/rule.h"

#include <string.h>

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

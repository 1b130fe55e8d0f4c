// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of the policy database, as rtnetlink has them: read from a dump, and written as a request.
 * Depends on libmnl and core/'s types. Never decides whose a rule is.
 */
#include <linux/fib_rules.h>
#include <string.h>

#include "sys/net/rtnl_internal.h"

/* Of Linux 6.15, which dumps them with each port: which bits of the port count. */
#define SPORT_MASK 28
#define DPORT_MASK 29
_Static_assert(FRA_DPORT_RANGE == 24, "these are the numbers of <linux/fib_rules.h>");

static bool is_kept_action(uint8_t action)
{
	_Static_assert((int)CONFIG_REFUSAL_BLACKHOLE == FR_ACT_BLACKHOLE &&
			       (int)CONFIG_REFUSAL_UNREACHABLE == FR_ACT_UNREACHABLE &&
			       (int)CONFIG_REFUSAL_PROHIBIT == FR_ACT_PROHIBIT,
		       "a refusal is the action of its rule");
	return action == FR_ACT_TO_TBL || action == FR_ACT_BLACKHOLE ||
	       action == FR_ACT_UNREACHABLE || action == FR_ACT_PROHIBIT;
}

static bool is_masked(const struct nlattr *attr)
{
	return attr && (mnl_attr_get_payload_len(attr) < sizeof(uint16_t) ||
			mnl_attr_get_u16(attr) != UINT16_MAX);
}

/* Does the rule have anything that struct config_rule cannot say? The kernel dumps some attributes
 * of every rule, with a value that stands for none. */
static bool has_more(const struct fib_rule_hdr *header,
		     const struct nlattr *const table[RTNL_ATTRIBUTES])
{
	static const uint16_t known[] = {FRA_DST,
					 FRA_SRC,
					 FRA_IIFNAME,
					 FRA_OIFNAME,
					 FRA_PRIORITY,
					 FRA_FWMARK,
					 FRA_FWMASK,
					 FRA_TABLE,
					 FRA_PROTOCOL,
					 FRA_IP_PROTO,
					 FRA_SPORT_RANGE,
					 FRA_DPORT_RANGE,
					 FRA_PAD,
					 FRA_SUPPRESS_PREFIXLEN,
					 FRA_SUPPRESS_IFGROUP,
					 SPORT_MASK,
					 DPORT_MASK};

	for (uint16_t type = 0; type < RTNL_ATTRIBUTES; type++) {
		bool found = !table[type];

		for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found |= known[i] == type;
		if (!found)
			return true;
	}
	return !is_kept_action(header->action) || is_masked(table[SPORT_MASK]) ||
	       is_masked(table[DPORT_MASK]) ||
	       header->flags & ~(uint32_t)(FIB_RULE_INVERT | FIB_RULE_IIF_DETACHED |
					   FIB_RULE_OIF_DETACHED) ||
	       rtnl_u32(table[FRA_SUPPRESS_PREFIXLEN], UINT32_MAX) != UINT32_MAX ||
	       rtnl_u32(table[FRA_SUPPRESS_IFGROUP], UINT32_MAX) != UINT32_MAX;
}

static void get_ports(const struct nlattr *attr, struct config_ports *ret_ports)
{
	struct fib_rule_port_range range;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(range))
		return;
	memcpy(&range, mnl_attr_get_payload(attr), sizeof(range));
	*ret_ports = (struct config_ports){range.start, range.end};
}

static uint8_t get_u8(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 1 ? mnl_attr_get_u8(attr) : 0;
}

bool rtnl_read_rule(const struct nlmsghdr *nlh, struct plan_rule *ret_rule)
{
	const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[RTNL_ATTRIBUTES];
	struct plan_rule out = {0};
	struct config_rule *rule = &out.rule;

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*header)) ||
	    !rtnl_is_prefix(header->family, header->src_len) ||
	    !rtnl_is_prefix(header->family, header->dst_len))
		return false;
	rtnl_attributes(nlh, sizeof(*header), table);
	out.other = has_more(header, table);
	out.protocol = get_u8(table[FRA_PROTOCOL]);
	rule->family = header->family == AF_INET6 ? 6 : 4;
	rule->refusal = header->action == FR_ACT_TO_TBL ? CONFIG_REFUSAL_NONE : header->action;
	rule->inverted = header->flags & FIB_RULE_INVERT;
	if (rtnl_get_addr(table[FRA_SRC], rule->family, &rule->from))
		rule->from_plen = header->src_len;
	if (rtnl_get_addr(table[FRA_DST], rule->family, &rule->to))
		rule->to_plen = header->dst_len;
	rule->tos = header->tos;
	rule->ip_proto = get_u8(table[FRA_IP_PROTO]);
	rule->mark = rtnl_u32(table[FRA_FWMARK], 0);
	rule->mask = rtnl_u32(table[FRA_FWMASK], 0);
	rule->priority = rtnl_u32(table[FRA_PRIORITY], 0);
	if (!rule->refusal)
		rule->table = rtnl_u32(table[FRA_TABLE], header->table);
	get_ports(table[FRA_SPORT_RANGE], &rule->sport);
	get_ports(table[FRA_DPORT_RANGE], &rule->dport);
	rtnl_text(table[FRA_IIFNAME], rule->iif, sizeof(rule->iif));
	rtnl_text(table[FRA_OIFNAME], rule->oif, sizeof(rule->oif));
	*ret_rule = out;
	return true;
}

static void put_ports(struct nlmsghdr *nlh, uint16_t type, const struct config_ports *ports)
{
	const struct fib_rule_port_range range = {.start = ports->first, .end = ports->last};

	if (ports->first)
		mnl_attr_put(nlh, type, sizeof(range), &range);
}

void rtnl_put_rule(struct nlmsghdr *nlh, const struct plan_op *op)
{
	const struct config_rule *rule = &op->rule;
	struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	size_t length = rtnl_addr_len(rule->family);

	nlh->nlmsg_type = op->kind == PLAN_RULE_DEL ? RTM_DELRULE : RTM_NEWRULE;
	if (op->kind == PLAN_RULE_ADD)
		nlh->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	header->family = (uint8_t)rtnl_family(rule->family);
	header->src_len = rule->from_plen;
	header->dst_len = rule->to_plen;
	header->tos = rule->tos;
	header->action = rule->refusal ? rule->refusal : FR_ACT_TO_TBL;
	header->flags = rule->inverted ? FIB_RULE_INVERT : 0;
	if (rule->from_plen)
		mnl_attr_put(nlh, FRA_SRC, length, rule->from.b);
	if (rule->to_plen)
		mnl_attr_put(nlh, FRA_DST, length, rule->to.b);
	mnl_attr_put_u32(nlh, FRA_PRIORITY, rule->priority);
	/* The kernel then removes no rule of another program, and adds ours beside it. */
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, PLAN_ROUTE_PROTOCOL);
	if (rule->table)
		mnl_attr_put_u32(nlh, FRA_TABLE, rule->table);
	if (rule->mask) {
		mnl_attr_put_u32(nlh, FRA_FWMARK, rule->mark);
		mnl_attr_put_u32(nlh, FRA_FWMASK, rule->mask);
	}
	if (rule->iif[0])
		mnl_attr_put_strz(nlh, FRA_IIFNAME, rule->iif);
	if (rule->oif[0])
		mnl_attr_put_strz(nlh, FRA_OIFNAME, rule->oif);
	if (rule->ip_proto)
		mnl_attr_put_u8(nlh, FRA_IP_PROTO, rule->ip_proto);
	put_ports(nlh, FRA_SPORT_RANGE, &rule->sport);
	put_ports(nlh, FRA_DPORT_RANGE, &rule->dport);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rtnl makes of messages that no kernel sends: cut short, with prefixes longer than addresses,
 * with more ACKs than requests. No socket: messages are put into a heap block of exactly their size
 * (libmnl looks at multiples of four), so that the sanitizer sees a read beyond it.
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/net/rtnl_internal.h"
#include "table.h"

#define SEQ 7

static char scratch[4096];

static struct nlmsghdr *message(uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(memset(scratch, 0, sizeof(scratch)));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = SEQ;
	return nlh;
}

/* The scratch message, copies times, as rtnl would have received it. rtnl_free() it. */
static struct rtnl *received(int copies, size_t *ret_length)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)scratch;
	size_t each = MNL_ALIGN(nlh->nlmsg_len);
	struct rtnl *rtnl = calloc(1, sizeof(*rtnl));

	assert_non_null(rtnl);
	rtnl->seq = SEQ;
	rtnl->buffer = calloc(copies, each);
	assert_non_null(rtnl->buffer);
	for (int i = 0; i < copies; i++)
		memcpy(rtnl->buffer + i * each, scratch, nlh->nlmsg_len);
	*ret_length = copies * each;
	return rtnl;
}

static void rtnl_free(struct rtnl *rtnl)
{
	free(rtnl->buffer);
	free(rtnl);
}

/* What a dump's answer with the scratch message brings. */
static int keep(struct rtnl_dump *dump)
{
	bool interrupted = false;
	size_t length;
	struct rtnl *rtnl = received(1, &length);
	int err = rtnl_take_answers(rtnl, length, NLM_F_DUMP, rtnl_keep, dump, &interrupted);

	assert_false(interrupted);
	rtnl_free(rtnl);
	return err;
}

struct error_row {
	const char *desc;
	uint16_t type, flags;
	size_t payload; /* of a struct nlmsgerr that says -EPERM, or an int */
	int expect;
};

static const struct error_row error_rows[] = {
	{"an error", NLMSG_ERROR, 0, sizeof(struct nlmsgerr), -EPERM},
	{"an error without the request that it is about", NLMSG_ERROR, 0, 4, -EPROTO},
	{"an error with texts, cut before them", NLMSG_ERROR, NLM_F_ACK_TLVS, 4, -EPROTO},
	{"an error without a number", NLMSG_ERROR, 0, 0, -EPROTO},
	{"the end of a dump with an error", NLMSG_DONE, 0, 4, -EPERM},
	{"the end of a dump without a number", NLMSG_DONE, 0, 0, 0},
};

static void test_error(void **state)
{
	const struct error_row *row = *state;
	struct nlmsgerr error = {.error = -EPERM, .msg.nlmsg_len = sizeof(error.msg)};
	struct nlmsghdr *nlh = message(row->type, row->flags);
	struct rtnl_dump dump = {0};

	memcpy(mnl_nlmsg_put_extra_header(nlh, row->payload), &error, row->payload);
	assert_int_equal(keep(&dump), row->expect);
}

/* The first of two messages claims to be longer than what was received. */
static void test_length(void **state)
{
	static const uint32_t lengths[] = {37, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};

	(void)state;
	for (unsigned int i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const struct plan_op op = {.kind = PLAN_LINK_UP};
		bool interrupted = false;
		int error = 1;
		struct rtnl *rtnl;
		size_t length;

		message(NLMSG_DONE, 0)->nlmsg_len += 2;
		rtnl = received(2, &length);
		((struct nlmsghdr *)rtnl->buffer)->nlmsg_len = lengths[i];
		assert_int_equal(rtnl_take_answers(rtnl, length - 4, 0, NULL, NULL, &interrupted),
				 RTNL_MORE);
		assert_int_equal(rtnl_take_acks(rtnl, length - 4, &op, SEQ, 1, &error), 0);
		rtnl_take_changes(rtnl, length - 4, NULL, NULL);
		rtnl_free(rtnl);
	}
}

struct prefix_row {
	const char *desc;
	uint8_t family, length;
	unsigned int kept;
};

static const struct prefix_row prefix_rows[] = {
	{"IPv4, 32 bits", AF_INET, 32, 1},    {"IPv4, 33 bits", AF_INET, 33, 0},
	{"IPv6, 128 bits", AF_INET6, 128, 1}, {"IPv6, 129 bits", AF_INET6, 129, 0},
	{"IPv6, 255 bits", AF_INET6, 255, 0}, {"another family", AF_BRIDGE, 24, 0},
};

static void test_address(void **state)
{
	const struct prefix_row *row = *state;
	struct nlmsghdr *nlh = message(RTM_NEWADDR, 0);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	const uint8_t addr[16] = {10};
	struct rtnl_dump dump = {0};

	ifa->ifa_family = row->family;
	ifa->ifa_prefixlen = row->length;
	mnl_attr_put(nlh, IFA_ADDRESS, row->family == AF_INET6 ? 16 : 4, addr);
	assert_int_equal(keep(&dump), RTNL_MORE);
	assert_int_equal(dump.actual.address_count, row->kept);
	plan_actual_free(&dump.actual);
}

static void test_route(void **state)
{
	const struct prefix_row *row = *state;
	struct nlmsghdr *nlh = message(RTM_NEWROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	struct rtnl_dump dump = {0};

	rtm->rtm_family = row->family;
	rtm->rtm_dst_len = row->length;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_type = RTN_UNICAST;
	assert_int_equal(keep(&dump), RTNL_MORE);
	assert_int_equal(dump.actual.route_count, row->kept);
	plan_actual_free(&dump.actual);
}

static void test_rule(void **state)
{
	const struct prefix_row *row = *state;
	struct rtnl_dump dump = {0};

	for (int to = 0; to < 2; to++) {
		struct nlmsghdr *nlh = message(RTM_NEWRULE, 0);
		struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

		header->family = row->family;
		header->action = FR_ACT_TO_TBL;
		*(to ? &header->dst_len : &header->src_len) = row->length;
		assert_int_equal(keep(&dump), RTNL_MORE);
	}
	assert_int_equal(dump.actual.rule_count, 2 * row->kept);
	plan_actual_free(&dump.actual);
}

/* Attributes that are too short are none. */
static void test_rule_cut_short(void **state)
{
	static const uint16_t types[] = {FRA_SRC,      FRA_DST,         FRA_IIFNAME,
					 FRA_PRIORITY, FRA_FWMARK,      FRA_FWMASK,
					 FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE,
					 FRA_PROTOCOL, FRA_TABLE};
	static const struct config_rule none = {.family = 4};

	(void)state;
	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct nlmsghdr *nlh = message(RTM_NEWRULE, 0);
		struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
		struct rtnl_dump dump = {0};

		header->family = AF_INET;
		header->action = FR_ACT_TO_TBL;
		header->src_len = header->dst_len = 32;
		mnl_attr_put(nlh, types[i], 0, NULL);
		assert_int_equal(keep(&dump), RTNL_MORE);
		assert_int_equal(dump.actual.rule_count, 1);
		assert_memory_equal(&dump.actual.rules[0].rule, &none, sizeof(none));
		plan_actual_free(&dump.actual);
	}
}

struct table_row {
	const char *desc;
	uint8_t of_header;
	uint32_t of_attribute, dumped, kept; /* 0: none; the main table; none */
};

static const struct table_row table_rows[] = {
	{"of the main table", RT_TABLE_MAIN, 0, 0, 1},
	{"of the main table, by its attribute", RT_TABLE_MAIN, RT_TABLE_MAIN, 0, 1},
	{"of a VRF, which nobody asked for", 10, 10, 0, 0},
	{"of a VRF", 10, 10, 10, 1},
	{"of the main table, which nobody asked for", RT_TABLE_MAIN, 0, 10, 0},
	{"of a table with a large number", RT_TABLE_COMPAT, 1000, 1000, 1},
	{"of no table", RT_TABLE_UNSPEC, 0, 0, 0},
};

static void test_table(void **state)
{
	const struct table_row *row = *state;
	struct nlmsghdr *nlh = message(RTM_NEWROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	struct rtnl_dump dump = {.table = row->dumped};

	rtm->rtm_family = AF_INET;
	rtm->rtm_table = row->of_header;
	rtm->rtm_type = RTN_UNICAST;
	if (row->of_attribute)
		mnl_attr_put_u32(nlh, RTA_TABLE, row->of_attribute);
	assert_int_equal(keep(&dump), RTNL_MORE);
	assert_int_equal(dump.actual.route_count, row->kept);
	plan_actual_free(&dump.actual);
}

struct link_row {
	const char *desc, *kind, *member_of; /* kinds; NULL: none */
	uint32_t of_data, table;
	bool port, lag;
};

static const struct link_row link_rows[] = {
	{"link: no master", NULL, NULL, 0, 0, false, false},
	{"link: of a bridge", NULL, "bridge", 10, 0, true, false},
	{"link: of a bond", NULL, "bond", 10, 0, true, true},
	{"link: of a team", NULL, "team", 10, 0, true, true},
	{"link: of a VRF", NULL, "vrf", 10, 10, false, false},
	{"link: a VLAN of a VRF", "vlan", "vrf", 1000, 1000, false, false},
	{"link: of a VRF with the main table", NULL, "vrf", RT_TABLE_MAIN, 0, false, false},
	{"link: a VRF", "vrf", NULL, 10, 10, false, false},
	{"link: a bridge", "bridge", NULL, 10, 0, false, false},
};

static void test_link(void **state)
{
	const struct link_row *row = *state;
	struct nlmsghdr *nlh = message(RTM_NEWLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct rtnl_dump dump = {0};
	struct nlattr *info, *data;

	ifi->ifi_index = 2;
	if (row->member_of)
		mnl_attr_put_u32(nlh, IFLA_MASTER, 3);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	if (row->kind)
		mnl_attr_put_strz(nlh, IFLA_INFO_KIND, row->kind);
	if (row->member_of)
		mnl_attr_put_strz(nlh, IFLA_INFO_SLAVE_KIND, row->member_of);
	data = mnl_attr_nest_start(nlh, row->member_of ? IFLA_INFO_SLAVE_DATA : IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_VRF_TABLE, row->of_data);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	assert_int_equal(keep(&dump), RTNL_MORE);
	assert_int_equal(dump.actual.link_count, 1);
	assert_int_equal(dump.actual.links[0].table, row->table);
	assert_int_equal(dump.actual.links[0].port, row->port);
	assert_int_equal(dump.actual.links[0].lag, row->lag);
	plan_actual_free(&dump.actual);
}

/* Answers of others do not count; an ACK cut short is none. */
static void test_acks(void **state)
{
	const struct plan_op op = {.kind = PLAN_LINK_UP};
	struct nlmsghdr *nlh = message(NLMSG_ERROR, NLM_F_ACK_TLVS);
	struct nlmsgerr error = {.error = -EBUSY};
	int errors[1] = {1};
	struct rtnl *rtnl;
	size_t length;

	(void)state;
	memcpy(mnl_nlmsg_put_extra_header(nlh, 4), &error, 4);
	rtnl = received(1, &length);
	assert_int_equal(rtnl_take_acks(rtnl, length, &op, SEQ, 1, errors), 0);
	assert_int_equal(errors[0], 1);
	rtnl_free(rtnl);

	nlh = message(NLMSG_ERROR, 0);
	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(error)), &error, sizeof(error));
	rtnl = received(3, &length);
	assert_int_equal(rtnl_take_acks(rtnl, length, &op, SEQ + 1, 1, errors), 0);
	assert_int_equal(errors[0], 1);
	assert_int_equal(rtnl_take_acks(rtnl, length, &op, SEQ, 1, errors), 3);
	assert_int_equal(errors[0], -EBUSY);
	rtnl_free(rtnl);
}

int main(void)
{
	table_rows(NULL, error_rows, desc, test_error);
	for (size_t i = 0; i < COUNT(prefix_rows); i++) {
		const struct prefix_row *row = &prefix_rows[i];

		table_add("address", row->desc, test_address, row);
		table_add("route", row->desc, test_route, row);
		table_add("rule", row->desc, test_rule, row);
	}
	table_rows(NULL, table_rows, desc, test_table);
	table_rows(NULL, link_rows, desc, test_link);
	table_add(NULL, "longer than what there is", test_length, NULL);
	table_add(NULL, "a rule cut short", test_rule_cut_short, NULL);
	table_add(NULL, "ACKs", test_acks, NULL);
	return table_run("netlink");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nft and iptables print -> chains that drop, and what their rules let in. Links the parser;
 * no program is run.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/firewall.h"
#include "table.h"

#define CHAIN(family, hook, policy)                                                             \
	"{\"chain\":{\"family\":\"" family "\",\"table\":\"t\",\"name\":\"c\",\"hook\":\"" hook \
	"\",\"policy\":\"" policy "\"}}"
#define RULE_IN(chain, expr)                                                                      \
	",{\"rule\":{\"family\":\"inet\",\"table\":\"t\",\"chain\":\"" chain "\",\"expr\":[" expr \
	"]}}"
#define RULE(expr) RULE_IN("c", expr)
#define META(key, to) \
	"{\"match\":{\"op\":\"==\",\"left\":{\"meta\":{\"key\":\"" key "\"}},\"right\":" to "}},"
#define FIELD(p, f, to)                                                                          \
	"{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"" p "\",\"field\":\"" f \
	"\"}},\"right\":" to "}},"
#define CT(to) "{\"match\":{\"op\":\"in\",\"left\":{\"ct\":{\"key\":\"state\"}},\"right\":" to "}},"
#define ACCEPT "{\"accept\":null}"
#define INPUT  CHAIN("inet", "input", "drop")

struct row {
	const char *what;
	const char *list;
	unsigned int chains;
	bool vrrp, nd, arp;
};

static const struct row rows[] = {
	{"nothing", "", 0, false, false, false},
	{"a policy that accepts", CHAIN("inet", "input", "accept"), 0, false, false, false},
	{"one that drops", INPUT, 1, false, false, false},
	{"what leaves is not looked at", CHAIN("inet", "output", "drop"), 0, false, false, false},
	{"but of ARP", CHAIN("arp", "output", "drop"), 1, false, false, false},
	{"bridges are not ours", CHAIN("bridge", "input", "drop"), 0, false, false, false},
	{"dropped by a last rule", CHAIN("inet", "input", "accept") RULE("{\"drop\":null}"), 1,
	 false, false, false},
	{"rejected by it", CHAIN("inet", "input", "accept") RULE("{\"reject\":null}"), 1, false,
	 false, false},
	{"a rule that drops something",
	 CHAIN("inet", "input", "accept") RULE(META("l4proto", "\"tcp\"") "{\"drop\":null}"), 0,
	 false, false, false},
	{"VRRP by name", INPUT RULE(META("l4proto", "\"vrrp\"") ACCEPT), 1, true, false, true},
	{"by number", INPUT RULE(META("l4proto", "112") ACCEPT), 1, true, false, true},
	{"in a set", INPUT RULE(META("l4proto", "{\"set\":[\"tcp\",112]}") ACCEPT), 1, true, false,
	 true},
	{"in a set that is named", INPUT RULE(META("l4proto", "\"@some\"") ACCEPT), 1, true, true,
	 true},
	{"by a field of IPv4", INPUT RULE(FIELD("ip", "protocol", "\"vrrp\"") ACCEPT), 1, true,
	 false, true},
	{"its group", INPUT RULE(FIELD("ip", "daddr", "\"224.0.0.18\"") ACCEPT), 1, true, true,
	 true},
	{"everything on an interface", INPUT RULE(META("iifname", "\"eth1\"") ACCEPT), 1, true,
	 true, true},
	{"everything on lo", INPUT RULE(META("iifname", "\"lo\"") ACCEPT), 1, false, false, true},
	{"what belongs to a connection", INPUT RULE(CT("[\"established\",\"related\"]") ACCEPT), 1,
	 false, false, true},
	{"a port", INPUT RULE(FIELD("tcp", "dport", "22") ACCEPT), 1, false, false, true},
	{"another protocol", INPUT RULE(META("l4proto", "\"udp\"") ACCEPT), 1, false, false, true},
	{"icmpv6 by name", INPUT RULE(META("l4proto", "\"ipv6-icmp\"") ACCEPT), 1, false, true,
	 true},
	{"solicitations",
	 INPUT RULE(FIELD("icmpv6", "type", "{\"set\":[\"echo-request\",\"nd-neighbor-solicit\"]}")
			    ACCEPT),
	 1, false, true, true},
	{"pings", INPUT RULE(FIELD("icmpv6", "type", "\"echo-request\"") ACCEPT), 1, false, false,
	 true},
	{"in a chain that is jumped to", INPUT RULE_IN("other", META("l4proto", "112") ACCEPT), 1,
	 true, false, true},
};

static struct doctor_facts *parse(const char *list)
{
	struct doctor_facts *facts = calloc(1, sizeof(*facts));
	char *json;

	assert_non_null(facts);
	assert_true(asprintf(&json, "{\"nftables\":[{\"metainfo\":{}}%s%s]}", *list ? "," : "",
			     list) > 0);
	assert_int_equal(firewall_parse_nft(json, facts), 0);
	free(json);
	return facts;
}

static void test_nft(void **state)
{
	const struct row *row = *state;
	struct doctor_facts *facts = parse(row->list);
	const struct doctor_chain *chain = &facts->chains[0];

	assert_int_equal(facts->chain_count, row->chains);
	if (row->chains) {
		assert_string_equal(chain->table, "t");
		assert_string_equal(chain->name, "c");
		assert_int_equal(chain->accepts_vrrp, row->vrrp);
		assert_int_equal(chain->accepts_nd, row->nd);
		assert_int_equal(chain->accepts_arp, row->arp);
	}
	free(facts);
}

static void test_nonsense(void **state)
{
	static const char *const texts[] = {"", "{", "[]", "{}", "{\"nftables\":1}", "null"};
	struct doctor_facts *facts = calloc(1, sizeof(*facts));

	(void)state;
	assert_non_null(facts);
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(firewall_parse_nft(texts[i], facts), -EINVAL);
	free(facts);
}

/* There is room for some; who has more is still told of those. */
static void test_many(void **state)
{
	size_t room = 100 * sizeof(INPUT) + 1;
	char *list = calloc(1, room);
	struct doctor_facts *facts;

	(void)state;
	assert_non_null(list);
	for (int i = 0; i < 100; i++) {
		strcat(list, i ? "," : "");
		strcat(list, INPUT);
	}
	facts = parse(list);
	assert_int_equal(facts->chain_count, DOCTOR_MAX_CHAINS);
	free(facts);
	free(list);
}

struct legacy {
	const char *what, *text;
	bool drops, vrrp, nd;
};

static const struct legacy legacies[] = {
	{"open", "-P INPUT ACCEPT\n-P FORWARD DROP\n", false, false, false},
	{"closed", "-P INPUT DROP\n", true, false, false},
	{"as a distribution leaves it",
	 "-P INPUT ACCEPT\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n"
	 "-A INPUT -p icmp -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n"
	 "-A INPUT -j REJECT --reject-with icmp-host-prohibited\n",
	 true, false, false},
	{"VRRP by name", "-P INPUT DROP\n-A INPUT -p vrrp -j ACCEPT\n", true, true, false},
	{"VRRP by number", "-P INPUT DROP\n-A INPUT -i eth1 -p 112 -j ACCEPT\n", true, true, false},
	{"icmpv6", "-P INPUT DROP\n-A INPUT -p ipv6-icmp -j ACCEPT\n", true, false, true},
	{"an interface", "-P INPUT DROP\n-A INPUT -i eth1 -j ACCEPT\n", true, true, true},
	{"one drop among others", "-P INPUT ACCEPT\n-A INPUT -s 192.0.2.1/32 -j DROP\n", false,
	 false, false},
};

static void test_legacy(void **state)
{
	const struct legacy *row = *state;
	struct doctor_facts *facts = calloc(1, sizeof(*facts));
	char *text = strdup(row->text);

	assert_non_null(facts);
	firewall_parse_iptables("ip", text, facts);
	assert_int_equal(facts->chain_count, row->drops);
	if (row->drops) {
		assert_true(facts->chains[0].legacy);
		assert_int_equal(facts->chains[0].accepts_vrrp, row->vrrp);
		assert_int_equal(facts->chains[0].accepts_nd, row->nd);
	}
	free(text);
	free(facts);
}

int main(void)
{
	table_test(test_nonsense);
	table_test(test_many);
	table_rows(NULL, rows, what, test_nft);
	table_rows(NULL, legacies, what, test_legacy);
	return table_run("firewall");
}

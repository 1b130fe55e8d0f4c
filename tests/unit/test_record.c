/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of a takeover's record, without a file: what is read, written and read again is the
 * same; what is refused, with its place. (tests/sys/test_takeover.c: the file, and what is
 * damaged.)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#include "core/nic/record_internal.h"
#include "golden.h"

#define RECORD "record/full.json" /* below tests/unit */
#define RULES  "record/rules.json"

/* ---- JSON ---- */

/* A record with everything in it, of which the first `from` becomes `to`; in both, ' is " (and ` is
 * '). */
struct row {
	const char *desc;
	const char *from, *to;
	const char *why; /* NULL: accepted; "line N: ": and then words of json-c */
};

#define EMPTY                                                                                  \
	"{'format': 'vrrp-xdp takeover', 'version': 2, 'about': '', 'router': 'web',"          \
	" 'interface': 'eth0', 'index': 3, 'mac': '02:00:00:00:00:01', 'addresses': [],"       \
	" 'routes': [], 'placed_mac': '00:00:00:00:00:00', 'placed_addresses': [],"            \
	" 'placed_routes': [], 'passing': false, 'link_down': false, 'passing_addresses': []," \
	" 'passing_routes': []"
#define ALL NULL /* instead of all of it */
#define REFUSED(refusal)                                                                    \
	"{'destination': '10.0.0.0/8', 'metric': 0, 'protocol': 112, 'scope': 0, 'tos': 0," \
	" 'refusal': " refusal "}"

static const struct row rows[] = {
	{"everything", "", "", NULL},
	{"nothing but what must be there", ALL, EMPTY "}\n", NULL},
	{"blanks and empty lines", "{", "\n\t {\r\n", NULL},
	{"blanks at the end", "\n}\n", "\n} \n\n", NULL},
	{"another order", ALL,
	 "{'passing_routes': [], 'version': 2, 'about': '', 'router': 'web', 'interface': 'eth0',"
	 " 'index': 3, 'mac': '02:00:00:00:00:01', 'addresses': [], 'placed_mac':"
	 " '00:00:00:00:00:00', 'routes': [], 'placed_addresses': [], 'placed_routes': [],"
	 " 'link_down': false, 'passing': false, 'passing_addresses': [], 'format':"
	 " 'vrrp-xdp takeover'}\n",
	 NULL},
	{"other words about it", "'What eth0", "'\\u00dcber eth0", NULL},
	{"a slash with an escape", "192.0.2.5/24", "192.0.2.5\\/24", NULL},
	{"a label with a blank and a quote", "eth0:web", "eth0: \\\"w", NULL},
	{"a name that is no UTF-8", "'interface': 'eth0'", "'interface': '\xff'", NULL},

	/* the text */
	{"nothing", ALL, "", "line 1: cut short"},
	{"a line", ALL, "nonsense\n", "line 1: "},
	{"a list", ALL, "[]\n", "line 1: no object"},
	{"null", ALL, "null\n", "line 1: no object"},
	{"cut short in a list", ALL, "{'addresses': [\n", "line 2: cut short"},
	{"no newline at the end", "\n}\n", "\n}", "line 31: cut short"},
	{"text behind the end", "\n}\n", "\n}\nmore\n", "line 32: "},
	{"a record behind the end", "\n}\n", "\n}\n{}\n", "line 32: "},
	{"a comma too many", "300 }", "300, }", NULL},
	{"a comment", "{", "{ /* ours */", NULL},
	{"too deep", "'dev': 'eth0'", "'dev': [[1]]", "line 10: "},
	{"a name in single quotes", "'router'", "`router`", "line 5: a single quote"},
	{"a tab in a string", "'router': 'web", "'router': 'w\teb", "line 5: "},
	{"a newline in a word", "'passing': t", "'passing': t\n", "line 23: "},
	{"a newline in a string", "'router': 'web", "'router': 'w\neb", "line 5: "},
	{"a name with an escape", "'router'", "'rout\\u0065r'",
	 "line 5: an escape in the name of a member"},
	{"a name with a NUL", "'router'", "'router\\u0000'",
	 "line 5: an escape in the name of a member"},
	{"a member twice", "'index': 3", "'index': 3,\n  'index': 3",
	 "line 8: a second member of this name"},
	{"a member of a row twice", "'scope': 253", "'scope': 253, 'scope': 253",
	 "line 10: a second member of this name"},
	{"a list twice", "'routes': [", "'addresses': [], 'routes': [",
	 "line 12: a second member of this name"},
	{"many members", ALL,
	 "{'a':1,'b':1,'c':1,'d':1,'e':1,'f':1,'g':1,'h':1,'i':1,'j':1,'k':1,'l':1,'m':1,'n':1,"
	 "'o':1,'p':1,'q':1,'r':1,'s':1,'t':1,'u':1,'v':1,'w':1,'x':1,'y':1}\n",
	 "line 1: too many members"},

	/* its members */
	{"another format", "'vrrp-xdp takeover'", "'history'", "format is not 'vrrp-xdp takeover'"},
	{"no format", "'format'", "'kind'", "format is missing"},
	{"a version to come", "'version': 2", "'version': 4", "version is 4, not 2 or 3"},
	{"the version before", "'version': 2", "'version': 1", "version is 1, not 2 or 3"},
	{"a version that has rules", "'version': 2", "'version': 3", "placed_rules is missing"},
	{"rules in a version that has none", "'placed_mac'", "'placed_rules': [], 'placed_mac'",
	 "unknown member 'placed_rules'"},
	{"a refusal in a version that has none", "'tos': 16", "'refusal': 6, 'tos': 16",
	 "routes[0]: unknown member 'refusal'"},
	{"a version in quotes", "'version': 2", "'version': '2'",
	 "version is no number from 0 to 4294967295"},
	{"another router", "'router': 'web'", "'router': 'other'", "a record of another router"},
	{"no router", "  'router': 'web',\n", "", "router is missing"},
	{"no words about it", "'about': 'W", "'about_': 'W", "about is missing"},
	{"a number about it", ALL, "{'format': 'vrrp-xdp takeover', 'version': 2, 'about': 7}\n",
	 "about is no string"},
	{"the router's interface is none", "'interface': 'eth0'", "'interface': ''",
	 "interface is empty"},
	{"the router's interface is null", "'interface': 'eth0'", "'interface': null",
	 "interface is no string"},
	{"an interface with a long name", "'interface': 'eth0'", "'interface': 'a234567890123456'",
	 "interface is too long"},
	{"an interface with a NUL", "'interface': 'eth0'", "'interface': 'eth0\\u0000'",
	 "interface has a NUL"},
	{"no index", "'index': 3", "'indes': 3", "index is missing"},
	{"an index that is too large", "'index': 3", "'index': 2147483648",
	 "index is no number from 0 to 2147483647"},
	{"an index below 0", "'index': 3", "'index': -3", "line 7: a number below 0"},
	{"an index of minus 0", "'index': 3", "'index': -0", "line 7: a number below 0"},
	{"an index beyond 64 bits", "'index': 3", "'index': 18446744073709551619",
	 "index is no number from 0 to 2147483647"},
	{"an index with a fraction", "'index': 3", "'index': 3.0",
	 "index is no number from 0 to 2147483647"},
	{"an index that is none", "'index': 3", "'index': NaN",
	 "index is no number from 0 to 2147483647"},
	{"an index that is true", "'index': 3", "'index': true",
	 "index is no number from 0 to 2147483647"},
	{"no MAC", "  'mac': '02:00:00:00:00:01',\n", "", "mac is missing"},
	{"half a MAC", "'mac': '02:00:00:00:00:01'", "'mac': '02:00'", "mac is no MAC"},
	{"no MAC that was placed", "'placed_mac'", "'placed_mak'", "placed_mac is missing"},
	{"a word that is unknown", "'link_down'", "'colour': 7, 'link_down'",
	 "unknown member 'colour'"},
	{"no passing", "'passing'", "'pass'", "passing is missing"},
	{"a number for passing", "'passing': true", "'passing': 1", "passing is no boolean"},
	{"no link_down", "'link_down'", "'link_up'", "link_down is missing"},
	{"nothing passing, and the link down", "'passing': true", "'passing': false",
	 "passing is false, and what it is about is there"},
	{"nothing passing, and an address", ALL,
	 "{'format': 'vrrp-xdp takeover', 'version': 2, 'about': '', 'router': 'web',"
	 " 'interface': 'eth0', 'index': 3, 'mac': '02:00:00:00:00:01', 'addresses': [],"
	 " 'routes': [], 'placed_mac': '00:00:00:00:00:00', 'placed_addresses': [],"
	 " 'placed_routes': [], 'passing': false, 'link_down': false, 'passing_addresses':"
	 " [{'dev': 'eth0', 'address': '192.0.2.6/24', 'scope': 0, 'flags': 0, 'valid': 0,"
	 " 'preferred': 0}], 'passing_routes': []}\n",
	 "passing is false, and what it is about is there"},
	{"nothing passing, and a route", ALL,
	 "{'format': 'vrrp-xdp takeover', 'version': 2, 'about': '', 'router': 'web',"
	 " 'interface': 'eth0', 'index': 3, 'mac': '02:00:00:00:00:01', 'addresses': [],"
	 " 'routes': [], 'placed_mac': '00:00:00:00:00:00', 'placed_addresses': [],"
	 " 'placed_routes': [], 'passing': false, 'link_down': false, 'passing_addresses': [],"
	 " 'passing_routes': [{'dev': 'eth0', 'destination': '192.0.2.0/24', 'metric': 0,"
	 " 'protocol': 2, 'scope': 253, 'tos': 0}]}\n",
	 "passing is false, and what it is about is there"},

	/* its lists */
	{"no list", "'addresses': [", "'adresses': [", "addresses is missing"},
	{"null for a list", ALL,
	 "{'format': 'vrrp-xdp takeover', 'version': 2, 'about': '', 'router': 'web',"
	 " 'interface': 'eth0', 'index': 3, 'mac': '02:00:00:00:00:01', 'addresses': null}\n",
	 "addresses is no array"},
	{"a number in a list", "'addresses': [", "'addresses': [ 7,", "addresses[0]: no object"},
	{"null in a list", "'routes': [", "'routes': [ null,", "routes[0]: no object"},
	{"an address on no interface", "'dev': 'eth0', 'address'", "'address'",
	 "addresses[0]: dev is missing"},
	{"an address without a length", "192.0.2.5/24", "192.0.2.5",
	 "addresses[0]: address is not ADDRESS/LENGTH"},
	{"an address with an empty length", "192.0.2.5/24", "192.0.2.5/",
	 "addresses[0]: address is not ADDRESS/LENGTH"},
	{"an address with a long length", "192.0.2.5/24", "192.0.2.5/33",
	 "addresses[0]: address is not ADDRESS/LENGTH"},
	{"an address with a length below 0", "192.0.2.5/24", "192.0.2.5/-1",
	 "addresses[0]: address is not ADDRESS/LENGTH"},
	{"an address with the longest length", "192.0.2.5/24", "192.0.2.5/32", NULL},
	{"an address with a length that begins with 9", "192.0.2.5/24", "192.0.2.5/9", NULL},
	{"text behind an address", "192.0.2.5/24", "192.0.2.5/24 ",
	 "addresses[0]: address is not ADDRESS/LENGTH"},
	{"no address", "192.0.2.5/24", "192.0.2/24", "addresses[0]: address is not ADDRESS/LENGTH"},
	{"a broadcast of the other family", "192.0.2.255", "2001:db8::1",
	 "addresses[0]: broadcast is no IPv4 address"},
	{"an address with a large scope", "'scope': 253", "'scope': 256",
	 "addresses[0]: scope is no number from 0 to 255"},
	{"an address without a scope", "'scope': 253, ", "", "addresses[0]: scope is missing"},
	{"an address without flags", "'flags': 128, ", "", "addresses[0]: flags is missing"},
	{"an address with large flags", "'flags': 128", "'flags': 4294967296",
	 "addresses[0]: flags is no number from 0 to 4294967295"},
	{"an address without a lifetime", "'valid': 600, ", "", "addresses[0]: valid is missing"},
	{"an address without the other one", ", 'preferred': 300", "",
	 "addresses[0]: preferred is missing"},
	{"an address with a long label", "eth0:web", "eth0:67890123456",
	 "addresses[0]: label is too long"},
	{"an address with an empty label", "eth0:web", "", "addresses[0]: label is empty"},
	{"an address without a metric", "'metric': 77, ", "", NULL},
	{"an address with a metric in quotes", "'metric': 77", "'metric': '77'",
	 "addresses[0]: metric is no int"},
	{"an address with a large metric", "'metric': 77", "'metric': 4294967296",
	 "addresses[0]: metric is no number from 0 to 4294967295"},
	{"an address without a peer", "'peer': '192.0.2.129', ", "", NULL},
	{"a peer of the other family", "192.0.2.129", "2001:db8::1",
	 "passing_addresses[0]: peer is no IPv4 address"},
	{"an address with an unknown word", "'valid': 600", "'colour': 7, 'valid': 600",
	 "addresses[0]: unknown member 'colour'"},
	{"a route of several next hops on an empty interface", "{ 'destination'",
	 "{ 'dev': '', 'destination'", "routes[1]: dev is empty"},
	{"a route to nowhere", "'destination': '10.0.0.0/8', ", "",
	 "routes[1]: destination is missing"},
	{"a next hop of the other family", "'via': '192.0.2.1'", "'via': 'fe80::1'",
	 "routes[0]: via is no IPv4 address"},
	{"a source that is a prefix", "'src': '192.0.2.5'", "'src': '192.0.2.5/32'",
	 "routes[0]: src is no IPv4 address"},
	{"a route without a metric", "'metric': 7, ", "", "routes[0]: metric is missing"},
	{"a route of the main table or of its device's", ", 'table': 4294967295", "", NULL},
	{"a route with a large table", "4294967295", "4294967296",
	 "routes[1]: table is no number from 0 to 4294967295"},
	{"a route without a protocol", "'protocol': 3, ", "", "routes[0]: protocol is missing"},
	{"a route without a TOS", "'tos': 16, ", "", "routes[0]: tos is missing"},
	{"a route with a large TOS", "'tos': 16", "'tos': 256",
	 "routes[0]: tos is no number from 0 to 255"},
	{"a route with a number for onlink", "'onlink': true", "'onlink': 1",
	 "routes[0]: onlink is no boolean"},
	{"a route that is not onlink", "'onlink': true", "'onlink': false", NULL},
	{"extra that is not hexadecimal", "0800010000000000", "080001000000000g",
	 "routes[1]: extra is not hexadecimal"},
	{"extra with an odd digit", "0800010000000000", "080001000000000",
	 "routes[1]: extra is not hexadecimal"},
	{"an address that was placed", "2001:db8::93/64", "2001:db8::93/129",
	 "placed_addresses[0]: address is not ADDRESS/LENGTH"},
	{"a route that was placed", "fe80::1", "192.0.2.1",
	 "placed_routes[0]: via is no IPv6 address"},
	{"an address of the plan under way", "192.0.2.6/24", "192.0.2.6",
	 "passing_addresses[0]: address is not ADDRESS/LENGTH"},
	{"a route of the plan under way", "192.0.2.0/24", "192.0.2.0",
	 "passing_routes[0]: destination is not ADDRESS/LENGTH"},
};

/* The same with a record that has rules, and routes that refuse. */
static const struct row rule_rows[] = {
	{"rules: everything", "", "", NULL},
	{"rules: in a version that has none", "'version': 3", "'version': 2",
	 "routes[0]: unknown member 'refusal'"},
	{"rules: a refusal that is none", "'refusal': 6", "'refusal': 5",
	 "routes[0]: refusal is 5"},
	{"rules: another refusal that is none", "'refusal': 6", "'refusal': 9",
	 "routes[0]: refusal is no number from 0 to 8"},
	{"rules: no list", "'placed_rules'", "'placed_rulez'", "placed_rules is missing"},
	{"rules: a number in the list", "'placed_rules': [", "'placed_rules': [ 7,",
	 "placed_rules[0]: no object"},
	{"rules: no priority", "'priority': 16384, ", "", "placed_rules[0]: priority is missing"},
	{"rules: without from", "'from': '192.0.2.93/32', ", "",
	 "placed_rules[0]: from is missing"},
	{"rules: two families", "'to': '10.9.0.0/16'", "'to': '2001:db8::/32'",
	 "placed_rules[1]: to is not of the family of from"},
	{"rules: neither table nor refusal", ", 'table': 100 }", " }",
	 "placed_rules[0]: table is missing"},
	{"rules: both", "'refusal': 7", "'refusal': 7, 'table': 1",
	 "placed_rules[2]: unknown member 'table'"},
	{"rules: a long name", "'iif': 'x'", "'iif': 'a234567890123456'",
	 "placed_rules[1]: iif is too long"},
	{"rules: a port without its end", "'sport_last': 80, ", "",
	 "placed_rules[1]: sport_last is missing"},
	{"rules: an end without its port", "'dport': 8000, ", "",
	 "placed_rules[1]: unknown member 'dport_last'"},
	{"rules: a large port", "8080", "65536",
	 "placed_rules[1]: dport_last is no number from 0 to 65535"},
	{"rules: something unknown", "'tos': 16", "'colour': 7, 'tos': 16",
	 "placed_rules[1]: unknown member 'colour'"},
};

static char *sample(const char *name)
{
	char path[PATH_MAX];

	golden_path(name, path);
	return golden_read(path);
}

static char *whole(void)
{
	return sample(RECORD);
}

static char *quoted(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *at = copy; *at; at++)
		*at = (char)(*at == '\'' ? '"' : *at == '`' ? '\'' : *at);
	return copy;
}

/* free() it. */
static char *replaced(const char *text, const char *from, const char *to)
{
	char *result = strdup("");

	for (const char *at; result && (at = strstr(text, from)); text = at + strlen(from)) {
		char *longer = NULL;

		assert_true(asprintf(&longer, "%s%.*s%s", result, (int)(at - text), text, to) >= 0);
		free(result);
		result = longer;
	}
	assert_non_null(result);
	result = realloc(result, strlen(result) + strlen(text) + 1);
	assert_non_null(result);
	return strcat(result, text);
}

/* free() it. */
static char *damaged(const struct row *row)
{
	char *all, *from, *to, *at, *text = NULL;
	const char *name;
	int length;

	if (!row->from)
		return quoted(row->to);
	name = row >= rule_rows && row < rule_rows + COUNT(rule_rows) ? RULES : RECORD;
	all = sample(name);
	from = quoted(row->from);
	to = quoted(row->to);
	at = strstr(all, from);
	if (!at)
		fail_msg("%s is not in %s", from, name);
	length = asprintf(&text, "%.*s%s%s", (int)(at - all), all, to, at + strlen(from));
	assert_true(length >= 0);
	free(all);
	free(from);
	free(to);
	return text;
}

static int parse(const char *text, struct record *ret_record, char why[RECORD_ERROR])
{
	char *copy = strdup(text);
	int err;

	assert_non_null(copy);
	why[0] = '\0';
	err = record_parse("web", copy, strlen(copy), ret_record, why);
	free(copy);
	return err;
}

/* What is read from the text is written, and that is read as the same. The written text: free() it.
 */
static char *round_trip(const char *text)
{
	struct record record = {0}, again = {0};
	char why[RECORD_ERROR], *first, *second;
	size_t length;

	if (parse(text, &record, why))
		fail_msg("%s", why);
	assert_true(record.original.valid);
	first = record_format("web", &record, &length);
	assert_non_null(first);
	assert_int_equal(strlen(first), length);
	if (parse(first, &again, why))
		fail_msg("%s", why);
	assert_false(again.old_format);
	assert_true(again.original.valid);
	second = record_format("web", &again, &length);
	assert_non_null(second);
	assert_string_equal(first, second);
	record_free(&record);
	record_free(&again);
	free(second);
	return first;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct record record = {0};
	char why[RECORD_ERROR], *text = damaged(row);

	if (row->why) {
		assert_int_equal(parse(text, &record, why), -EBADMSG);
		if (row->why[strlen(row->why) - 1] == ' ')
			why[strlen(row->why)] = '\0';
		assert_string_equal(why, row->why);
		assert_null(record.original.addresses);
	} else {
		free(round_trip(text));
	}
	free(text);
}

/* The samples that the rows damage are what is written. */
static void test_written_as_the_sample(void **state)
{
	static const char *const names[] = {RECORD, RULES};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char *text = sample(names[i]), *written = round_trip(text);

		golden_check(names[i], written);
		free(text);
		free(written);
	}
}

/* An older agent reads whatever it can: a record without rules and refusals is of its version. */
static void test_lowest_version(void **state)
{
	static const struct {
		const char *list, *rows; /* one of those that are empty */
		bool rules;
	} table[] = {
		{"'placed_rules'", "", false},
		{"'placed_rules'", "{'priority': 1, 'from': '::/0', 'table': 7}", true},
		{"'routes'", REFUSED("0"), false},
		{"'routes'", REFUSED("7"), true},
		{"'routes'", REFUSED("0") ", " REFUSED("7"), true},
		{"'placed_routes'", REFUSED("0"), false},
		{"'placed_routes'", REFUSED("7"), true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		char from[32], to[512], *filled, *text, *at, *written;

		snprintf(from, sizeof(from), "%s: []", table[i].list);
		snprintf(to, sizeof(to), "%s: [%s]", table[i].list, table[i].rows);
		filled = replaced(EMPTY ", 'placed_rules': []}\n", from, to);
		text = quoted(filled);
		free(filled);
		at = strstr(text, "\"version\": 2");
		at[strlen("\"version\": ")] = '3';
		written = round_trip(text);
		assert_non_null(
			strstr(written, table[i].rules ? "\"version\": 3," : "\"version\": 2,"));
		assert_int_equal(strstr(written, "placed_rules") != NULL, table[i].rules);
		free(text);
		free(written);
	}
}

/* A part of a record is none, wherever it ends. */
static void test_cut_short(void **state)
{
	char *text = whole();

	(void)state;
	for (size_t length = strlen(text); length-- > 0;) {
		struct record record = {0};
		char why[RECORD_ERROR];

		text[length] = '\0';
		if (parse(text, &record, why) != -EBADMSG)
			fail_msg("%zu bytes are taken for a record", length);
		assert_non_null(strstr(why, "cut short"));
	}
	free(text);
}

#define NO_MAC 0xff /* all zero */

/* The NIC of the sample, index 3, as it is called and what it carries later. */
struct follow_row {
	const char *desc;
	int ifindex;            /* 0: 3 */
	const char *name;       /* NULL: wan0 */
	uint8_t mac_end;        /* of 00:00:5e:00:01:.., or NO_MAC */
	const char *address;    /* NULL: none */
	const char *also_there; /* another interface; NULL: there is none */
	bool elsewhere;         /* that one has the address */
	const char *from, *to;  /* what else the sample says; ' is " */
	bool follows;
};

static const struct follow_row follow_rows[] = {
	{.desc = "renamed, with the placed MAC", .mac_end = 0x37, .follows = true},
	{.desc = "renamed, with a placed address", .address = "2001:db8::93", .follows = true},
	{.desc = "another NIC has its name",
	 .mac_end = 0x37,
	 .also_there = "eth0",
	 .follows = true},
	{.desc = "nothing that was placed", .address = "2001:db8::94"},
	{.desc = "not renamed", .name = "eth0", .mac_end = 0x37, .address = "2001:db8::93"},
	{.desc = "another NIC, which has taken over",
	 .ifindex = 4,
	 .mac_end = 0x37,
	 .address = "2001:db8::93"},
	{.desc = "no placed MAC is not the MAC of a NIC that has none",
	 .mac_end = NO_MAC,
	 .from = "'placed_mac': '00:00:5e:00:01:37'",
	 .to = "'placed_mac': '00:00:00:00:00:00'"},
	{.desc = "another NIC has the placed address",
	 .address = "2001:db8::93",
	 .also_there = "eth1",
	 .elsewhere = true},
	{.desc = "an IPv6 address with the bytes of the placed IPv4 one",
	 .address = "2001:db8::",
	 .from = "2001:db8::93/64",
	 .to = "32.1.13.184/24"},
	{.desc = "an address that was placed on another interface",
	 .address = "2001:db8::93",
	 .from = "'dev': 'eth0', 'address': '2001:db8::93/64'",
	 .to = "'dev': 'eth1', 'address': '2001:db8::93/64'"},
};

static char *sample_of(const struct follow_row *row)
{
	char *text = whole(), *from, *to, *other;

	if (!row->from)
		return text;
	from = quoted(row->from);
	to = quoted(row->to);
	assert_non_null(strstr(text, from));
	other = replaced(text, from, to);
	free(text);
	free(from);
	free(to);
	return other;
}

static void test_follow(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(follow_rows); i++) {
		const struct follow_row *row = &follow_rows[i];
		int ifindex = row->ifindex ? row->ifindex : 3;
		struct plan_link links[2] = {{.ifindex = ifindex,
					      .mac = {0, 0, 0x5e, 0, 1, row->mac_end}},
					     {.ifindex = 9}};
		struct plan_address address = {.ifindex = row->elsewhere ? 9 : ifindex,
					       .family = 6};
		const struct plan_actual actual = {.links = links,
						   .link_count = row->also_there ? 2 : 1,
						   .addresses = &address,
						   .address_count = row->address ? 1 : 0};
		char *text = sample_of(row), *about = replaced(text, "What eth0", "What wan0");
		char *renamed = replaced(about, "\"eth0\"", "\"wan0\"");
		struct record record = {0};
		char why[RECORD_ERROR], *written;
		size_t length;

		if (row->mac_end == NO_MAC)
			memset(links[0].mac, 0, sizeof(links[0].mac));
		snprintf(links[0].name, sizeof(links[0].name), "%s",
			 row->name ? row->name : "wan0");
		if (row->also_there)
			snprintf(links[1].name, sizeof(links[1].name), "%s", row->also_there);
		if (row->address)
			inet_pton(AF_INET6, row->address, address.addr.b);
		assert_int_equal(parse(text, &record, why), 0);
		if (record_follow(&record, &actual) != row->follows)
			fail_msg("%s", row->desc);
		written = record_format("web", &record, &length);
		assert_string_equal(written, row->follows ? renamed : text);
		record_free(&record);
		free(written);
		free(text);
		free(about);
		free(renamed);
	}
}

static void test_nul(void **state)
{
	char *text = whole(), why[RECORD_ERROR] = "";
	size_t length = strlen(text);
	struct record record = {0};

	(void)state;
	*strchr(text, ',') = '\0';
	assert_int_equal(record_parse("web", text, length, &record, why), -EBADMSG);
	assert_string_equal(why, "line 2: a NUL byte");
	free(text);
}

/* ---- the old format: delete in the next release ---- */

#define FIRST  "vrrp-xdp takeover 1\n"
#define HEAD   FIRST "router web\ninterface eth0 index 3\nmac 02:00:00:00:00:01\n"
#define HEX32  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEX256 HEX32 HEX32 HEX32 HEX32 HEX32 HEX32 HEX32 HEX32
#define FLAT   " scope 0 flags 0 valid 4294967295 preferred 4294967295\n"

struct old_row {
	const char *desc;
	const char *text;
	const char *why; /* NULL: accepted */
};

static const struct old_row old_rows[] = {
	{"old: nothing but what must be there", HEAD "end\n", NULL},
	{"old: addresses and routes of every kind",
	 HEAD "address eth0 192.0.2.5/24 scope 253 flags 128 broadcast 192.0.2.255 label eth0:web"
	      " valid 600 preferred 300\n"
	      "route eth0 0.0.0.0/0 via 192.0.2.1 src 192.0.2.5 metric 7 protocol 3 scope 0 tos 16"
	      " onlink\n"
	      "route - 10.0.0.0/8 metric 0 protocol 3 scope 0 tos 0 extra 0800010000000000\n"
	      "placed-mac 00:00:5e:00:01:37\n"
	      "placed-address eth0 2001:db8::93/64" FLAT
	      "placed-route eth0 ::/0 via fe80::1 metric 1024 protocol 112 scope 0 tos 0\n"
	      "passing link-down\n"
	      "passing-address eth1 192.0.2.6/24" FLAT
	      "passing-route eth0 192.0.2.0/24 metric 0 protocol 2 scope 253 tos 0\n"
	      "end\n",
	 NULL},
	{"old: the router's interface is none",
	 "vrrp-xdp takeover 1\nrouter web\ninterface - index 3\nmac 02:00:00:00:00:01\nend\n",
	 "line 3: interface is missing"},
	{"old: an address on no interface", HEAD "address - 192.0.2.5/24\nend\n",
	 "line 5: interface is missing"},
	{"old: another version", "vrrp-xdp takeover 2\nend\n", "line 1: not 'vrrp-xdp takeover 1'"},
	{"old: cut short", HEAD, "line 4: cut short behind it"},
	{"old: cut short in a line", HEAD "en", "line 5: cut short"},
	{"old: text behind the end", HEAD "end\nmore\n", "line 6: text behind the end"},
	{"old: JSON behind the end", HEAD "end\n{}\n", "line 6: text behind the end"},
	{"old: a second MAC", HEAD "mac 02:00:00:00:00:01\nend\n", "line 5: a second MAC"},
	{"old: an address on nothing", HEAD "address\nend\n", "line 5: interface is missing"},
	{"old: an interface with a long name", HEAD "address a234567890123456 192.0.2.5/24\nend\n",
	 "line 5: interface name is too long"},
	{"old: addresses of the longest length",
	 HEAD "address eth0 192.0.2.5/32" FLAT "address eth0 2001:db8::93/128" FLAT "end\n", NULL},
	{"old: an address of a longer one", HEAD "address eth0 192.0.2.5/33" FLAT "end\n",
	 "line 5: not ADDRESS/LENGTH"},
	{"old: an index of one digit",
	 "vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 9\nmac 02:00:00:00:00:01\nend\n",
	 NULL},
	{"old: an index with a sign",
	 "vrrp-xdp takeover 1\nrouter web\ninterface eth0 index +3\nend\n",
	 "line 3: index is no number from 0 to 2147483647"},
	{"old: an index with a letter behind it",
	 "vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 3x\nend\n",
	 "line 3: index is no number from 0 to 2147483647"},
	{"old: an unknown word", HEAD "colour 7\nend\n", "line 5: unknown word 'colour'"},

	{"old: a comment", HEAD "# ours\nend\n", NULL},
	{"old: a second interface", HEAD "interface eth0 index 3\nend\n",
	 "line 5: a second interface"},
	{"old: another word for the index", FIRST "router web\ninterface eth0 number 3\nend\n",
	 "line 3: index is missing"},
	{"old: an index that is empty", FIRST "router web\ninterface eth0 index \nend\n",
	 "line 3: index is missing"},
	{"old: the largest index",
	 FIRST "router web\ninterface eth0 index 2147483647\nmac 02:00:00:00:00:01\nend\n", NULL},
	{"old: an index that is too large",
	 FIRST "router web\ninterface eth0 index 2147483648\nend\n",
	 "line 3: index is no number from 0 to 2147483647"},
	{"old: flags beyond 64 bits",
	 HEAD "address eth0 192.0.2.5/24 flags 18446744073709551616\nend\n",
	 "line 5: flags is no number from 0 to 4294967295"},
	{"old: a second router", HEAD "router web\nend\n", "line 5: a second router"},
	{"old: another router", FIRST "router other\nend\n", "line 2: a record of another router"},
	{"old: no router", FIRST "interface eth0 index 3\nmac 02:00:00:00:00:01\nend\n",
	 "line 4: router, interface or mac is missing"},
	{"old: no interface", FIRST "router web\nmac 02:00:00:00:00:01\nend\n",
	 "line 4: router, interface or mac is missing"},
	{"old: no MAC", FIRST "router web\ninterface eth0 index 3\nend\n",
	 "line 4: router, interface or mac is missing"},
	{"old: a MAC that is none", FIRST "router web\ninterface eth0 index 3\nmac 02:00\nend\n",
	 "line 4: not a MAC"},
	{"old: a second MAC that was placed",
	 HEAD "placed-mac 00:00:5e:00:01:37\nplaced-mac 00:00:5e:00:01:37\nend\n",
	 "line 6: a second MAC"},
	{"old: text behind a MAC", HEAD "placed-mac 00:00:5e:00:01:37 more\nend\n",
	 "line 5: text behind the last word"},
	{"old: a blank at the end of a line", HEAD "placed-mac 00:00:5e:00:01:37 \nend\n",
	 "line 5: text behind the last word"},
	{"old: a name as long as one can be",
	 HEAD "address a23456789012345 192.0.2.5/24" FLAT "end\n", NULL},
	{"old: no address", HEAD "address eth0\nend\n", "line 5: not ADDRESS/LENGTH"},
	{"old: an address without a length", HEAD "address eth0 192.0.2.5\nend\n",
	 "line 5: not ADDRESS/LENGTH"},
	{"old: an address that is none", HEAD "address eth0 192.0.2/24\nend\n",
	 "line 5: not ADDRESS/LENGTH"},
	{"old: an address with an empty length", HEAD "address eth0 192.0.2.5/\nend\n",
	 "line 5: not ADDRESS/LENGTH"},
	{"old: an address with a sign before its length", HEAD "address eth0 192.0.2.5/+24\nend\n",
	 "line 5: not ADDRESS/LENGTH"},
	{"old: an address with a letter behind its length",
	 HEAD "address eth0 192.0.2.5/24x\nend\n", "line 5: not ADDRESS/LENGTH"},
	{"old: an IPv6 address with a long length", HEAD "address eth0 2001:db8::93/129\nend\n",
	 "line 5: not ADDRESS/LENGTH"},
	{"old: an address with a length that begins with 9",
	 HEAD "address eth0 192.0.2.5/9" FLAT "end\n", NULL},
	{"old: an address with a length of 0", HEAD "address eth0 192.0.2.5/0" FLAT "end\n", NULL},
	{"old: a broadcast that is none", HEAD "address eth0 192.0.2.5/24 broadcast all\nend\n",
	 "line 5: not an IPv4 address"},
	{"old: a broadcast of the other family",
	 HEAD "address eth0 192.0.2.5/24 broadcast 2001:db8::1\nend\n",
	 "line 5: not an IPv4 address"},
	{"old: a label as long as one can be",
	 HEAD "address eth0 192.0.2.5/24 label eth0:6789012345" FLAT "end\n", NULL},
	{"old: a label that is too long",
	 HEAD "address eth0 192.0.2.5/24 label eth0:67890123456" FLAT "end\n",
	 "line 5: label is too long"},
	{"old: an address without any word behind it", HEAD "address eth0 192.0.2.5/24\nend\n",
	 NULL},
	{"old: an address with an unknown word", HEAD "address eth0 192.0.2.5/24 metric 7\nend\n",
	 "line 5: unknown word 'metric'"},
	{"old: a route with an unknown word", HEAD "route eth0 10.0.0.0/8 table 7\nend\n",
	 "line 5: unknown word 'table'"},
	{"old: a gateway of the other family", HEAD "route eth0 ::/0 via 192.0.2.1\nend\n",
	 "line 5: not an IPv6 address"},
	{"old: extra with an odd digit", HEAD "route - 10.0.0.0/8 extra 080\nend\n",
	 "line 5: extra is not hexadecimal"},
	{"old: extra that is not hexadecimal", HEAD "route - 10.0.0.0/8 extra 080g\nend\n",
	 "line 5: extra is not hexadecimal"},
	{"old: no extra", HEAD "route - 10.0.0.0/8 extra\nend\n", "line 5: extra is missing"},
	{"old: as much extra as a route can have",
	 HEAD "route - 10.0.0.0/8 extra " HEX256 "\nend\n", NULL},
	{"old: more extra than a route can have",
	 HEAD "route - 10.0.0.0/8 extra " HEX256 "00\nend\n", "line 5: extra is not hexadecimal"},
	{"old: passing, and an unknown word", HEAD "passing link-up\nend\n",
	 "line 5: unknown word 'link-up'"},
	{"old: passing, and nothing of it", HEAD "passing\nend\n", NULL},
	{"old: nothing passing, and an address",
	 HEAD "passing-address eth0 192.0.2.6/24" FLAT "end\n", "line 6: passing is missing"},
	{"old: nothing passing, and a route", HEAD "passing-route eth0 192.0.2.0/24\nend\n",
	 "line 6: passing is missing"},
};

static void test_old_row(void **state)
{
	const struct old_row *row = *state;
	struct record record = {0};
	char why[RECORD_ERROR];

	if (!row->why) {
		assert_int_equal(parse(row->text, &record, why), 0);
		assert_true(record.old_format);
		record_free(&record);
		assert_string_equal(record.ifname, "");
		free(round_trip(row->text));
		return;
	}
	assert_int_equal(parse(row->text, &record, why), -EBADMSG);
	assert_string_equal(why, row->why);
}

/* Written by vrrp-xdp of 4d4b703: of a backup, and of a master that was killed on its way. */
static void test_old_samples(void **state)
{
	static const char *const names[] = {"old-takeover", "old-passing"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char name[64], path[PATH_MAX], *text, *written;

		snprintf(name, sizeof(name), "record/%s.txt", names[i]);
		golden_path(name, path);
		text = golden_read(path);
		written = round_trip(text);
		snprintf(name, sizeof(name), "record/%s.json", names[i]);
		golden_check(name, written);
		free(written);
		for (size_t length = strlen(text); length-- > 0;) {
			struct record record = {0};
			char why[RECORD_ERROR];

			text[length] = '\0';
			if (parse(text, &record, why) != -EBADMSG)
				fail_msg("%zu bytes are taken for a record", length);
		}
		free(text);
	}
}

#define ROWS     COUNT(rows)
#define OLD_ROWS COUNT(old_rows)
#define ALL_ROWS (ROWS + COUNT(rule_rows))

int main(void)
{
	table_test(test_written_as_the_sample);
	table_test(test_lowest_version);
	table_test(test_cut_short);
	table_test(test_nul);
	table_test(test_follow);
	table_test(test_old_samples);
	for (size_t i = 0; i < ALL_ROWS; i++) {
		const struct row *row = i < ROWS ? &rows[i] : &rule_rows[i - ROWS];

		table_add(NULL, row->desc, test_row, row);
	}
	table_rows(NULL, old_rows, desc, test_old_row);
	return table_run("record");
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which interfaces the fence covers: a table of hosts. A host is a list of words, one for each of
 * its interfaces: NAME, then ">NAME" for its parent and "<NAME" for its master, "!" if it is no
 * Ethernet, "v" if its master is a VRF and "b" if it is a bond, "~" if it has a MAC of its own.
 * What is expected of each: o (other), l (with the lease), b (below, with the lease and never from
 * its own MAC), - (not covered). Needs no root.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nic/cover.h"
#include "table.h"

#define MAX_LINKS 16

#define HEAD(public) "[vrrp web]\nvrid = 55\nheartbeat = eth1\npublic = " public "\n"
#define ETH0         HEAD("eth0") "address = 42.51.67.93/24\n"
#define SECOND       "[vrrp db]\nvrid = 56\nheartbeat = eth1\npublic = eth4\naddress = 10.9.9.1/24\n"

struct row {
	const char *desc, *config, *host, *covers;
};

static const struct row rows[] = {
	{"public, heartbeat, another one, the loopback", ETH0, "eth0 eth1 eth2 lo!", "-lo-"},
	{"no fence wanted", ETH0 "fence = no\n", "eth0 eth1 eth2", "---"},
	{"a second router without a fence", ETH0 SECOND "fence = no\n", "eth0 eth1 eth2 eth4",
	 "-lol"},
	{"two public ones", ETH0 SECOND, "eth0 eth1 eth2 eth4", "-lo-"},
	{"an address of its own interface",
	 HEAD("eth0") "address = 42.51.67.93/24\naddress = 10.9.9.1/24 dev eth3\n",
	 "eth0 eth1 eth3", "-l-"},
	{"tracked", ETH0 "track-interface = eth5\n", "eth0 eth5 eth6", "-lo"},
	{"the public one is absent", ETH0, "eth1 eth2", "lo"},
	{"a bridge of guests: its ports speak by the bridge", ETH0, "eth0 br7 eth2<br7 tap0<br7",
	 "-o--"},
	{"the public one is a bridge", HEAD("br0") "address = 42.51.67.93/24\n",
	 "br0 eth0<br0 tap0<br0 eth2", "---o"},
	{"the public one is a VLAN: its parent, and not the other VLAN",
	 HEAD("eth0.10") "address = 42.51.67.93/24\n", "eth0 eth0.10>eth0 eth0.20>eth0 eth2",
	 "l-oo"},
	{"the public one is the parent of VLANs", ETH0, "eth0 eth0.10>eth0 eth2 eth2.10>eth2",
	 "-ooo"},
	{"a bridge over a VLAN", HEAD("br10") "address = 42.51.67.93/24\n",
	 "eth0 eth0.10>eth0<br10 br10 br20 eth0.20>eth0<br20", "l--o-"},
	{"a VLAN of a bond", HEAD("bond0.5") "address = 42.51.67.93/24\n",
	 "eth0<bond0b eth2<bond0b bond0 bond0.5>bond0 eth3", "lll-o"},
	{"the public one is a bond: its members send its probes",
	 HEAD("bond0") "address = 42.51.67.93/24\n", "eth0<bond0b eth2<bond0b bond0 eth3", "ll-o"},
	{"a bond beside the public one", ETH0, "eth0 eth2<bond0b bond0", "-oo"},
	{"the public one is a bridge over a bond", HEAD("br0") "address = 42.51.67.93/24\n",
	 "br0 bond0<br0 eth0<bond0b tap0<br0 eth2", "--l-o"},
	{"a macvlan over the public one, and one beside it", ETH0, "eth0 mv0>eth0 eth2 mv2>eth2",
	 "-ooo"},
	{"the public one is a macvlan", HEAD("mv0") "address = 42.51.67.93/24\n",
	 "eth0 mv0>eth0 eth2", "l-o"},
	{"below a macvlan that has its own MAC", HEAD("mv0") "address = 42.51.67.93/24\n",
	 "eth0~ mv0>eth0~ eth2~", "b-o"},
	{"the macvlan comes first, and has the MAC of its parent",
	 HEAD("mv0") "address = 42.51.67.93/24\n", "mv0>eth0 eth0 eth2~", "-lo"},
	{"the macvlan comes first, and has its own MAC", HEAD("mv0") "address = 42.51.67.93/24\n",
	 "mv0>eth0~ eth0~ eth2~", "-bo"},
	{"also with a VLAN between them", HEAD("mv0") "address = 42.51.67.93/24\n",
	 "eth0~ eth0.5>eth0~ mv0>eth0.5~ eth1~ eth2~", "bb-lo"},
	{"the heartbeat is below it", HEAD("mv1") "address = 42.51.67.93/24\n", "eth1~ mv1>eth1~",
	 "b-"},
	{"the interface below has an address of the router, too",
	 HEAD("mv0") "address = 42.51.67.93/24\naddress = 10.9.9.1/24 dev eth0\n",
	 "eth0~ mv0>eth0~", "--"},
	{"members of the bond below it", HEAD("mv0") "address = 42.51.67.93/24\n",
	 "bond0~ eth0<bond0b mv0>bond0~", "bl-"},
	{"macvlans of others above the public one", ETH0, "eth0~ mv0>eth0~ eth2~", "-oo"},
	{"members of a VRF speak for themselves", ETH0, "eth0 red! eth2<redv", "--o"},
	{"above a bridge above the public one", ETH0, "eth0<br0 br0 br0.7>br0 eth2", "-loo"},
};

static struct plan_link *named(struct plan_actual *actual, const char *name)
{
	for (unsigned int i = 0; i < actual->link_count; i++) {
		if (!strcmp(actual->links[i].name, name))
			return &actual->links[i];
	}
	fail_msg("no such interface in the row: %s", name);
	return NULL;
}

/* Twice: first the names, then what they refer to. */
static void read_host(const char *text, struct plan_actual *actual, bool again)
{
	char copy[256], *place, *words = copy;
	unsigned int at = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *word; (word = strtok_r(words, " ", &place)); words = NULL, at++) {
		struct plan_link *link = &actual->links[at];
		char *master = strchr(word, '<'), *parent = strchr(word, '>');
		size_t last = strlen(word) - 1;
		bool own = word[last] == '~';
		bool of_vrf = master && word[strlen(word) - 1] == 'v';
		bool of_bond = master && word[strlen(word) - 1] == 'b';

		assert_true(at < MAX_LINKS);
		link->ethernet = !strchr(word, '!');
		link->ifindex = 10 + (int)at;
		if (own)
			word[last] = '\0';
		link->mac[5] = own ? (uint8_t)(1 + at) : 0;
		if (of_vrf || of_bond)
			word[strlen(word) - 1] = '\0';
		if (master)
			*master++ = '\0';
		if (parent)
			*parent++ = '\0';
		snprintf(link->name, sizeof(link->name), "%.*s", (int)strcspn(word, "!"), word);
		if (!again)
			continue;
		link->master = master ? named(actual, master)->ifindex : 0;
		link->parent = parent ? named(actual, parent)->ifindex : 0;
		link->port = master && !of_vrf;
		link->lag = of_bond;
	}
	actual->link_count = at;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	/* No more than there are: the sanitizer sees who reads beyond the end. */
	struct plan_link *links = calloc(strlen(row->covers), sizeof(*links));
	struct plan_actual actual = {.links = links};
	struct config_errors errors = {0};
	struct config *config;
	enum cover *covers;

	if (config_parse("row", row->config, strlen(row->config), &config, &errors))
		fail_msg("%s", errors.text);
	read_host(row->host, &actual, false);
	read_host(row->host, &actual, true);
	assert_int_equal(actual.link_count, strlen(row->covers));
	assert_int_equal(cover_links(config, &actual, &covers), 0);
	for (unsigned int i = 0; i < actual.link_count; i++) {
		if ("-lob"[covers[i]] != row->covers[i])
			fail_msg("%s: %c, must be %c", links[i].name, "-lob"[covers[i]],
				 row -> covers[i]);
	}
	free(links);
	free(covers);
	config_free(config);
}

static void test_address(void **state)
{
	static const struct {
		struct config_prefix address;
		bool guarded;
	} addresses[] = {
		{{.family = 4, .addr = {{169, 254, 1, 1}}}, true},
		{{.family = 6, .addr = {{0x20, 0x01, 0x0d, 0xb8}}}, true},
		{{.family = 6, .addr = {{0xfe, 0x80, [15] = 1}}}, false},
		{{.family = 6, .addr = {{0xfe, 0xbf, [15] = 1}}}, false},
		{{.family = 6, .addr = {{0xfe, 0xc0, [15] = 1}}}, true},
		{{.family = 4, .addr = {{0xfe, 0x80, 1, 1}}}, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++)
		assert_int_equal(cover_address(&addresses[i].address), addresses[i].guarded);
}

int main(void)
{
	table_rows(NULL, rows, desc, test_row);
	table_add(NULL, "link-local addresses are an interface's own", test_address, NULL);
	return table_run("cover");
}

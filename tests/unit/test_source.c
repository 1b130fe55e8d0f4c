/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which own address adverts leave from, by what the interface carries. Links core/vrrp/source and
 * the configuration.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/vrrp/source.h"
#include "table.h"
#include "vrrp_timers.h"

#define IFINDEX 7

static const struct row {
	const char *what;
	const char *keys;    /* beside vrid, heartbeat = eth1 and the address */
	const char *carried; /* ADDR[/s: secondary][/x: of another interface][/d: duplicate] */
	const char *source;  /* NULL: none */
} rows[] = {
	{"the first address", "address = 192.168.1.50/24", "192.168.1.93 192.168.1.94/s",
	 "192.168.1.93"},
	{"of this interface", "address = 192.168.1.50/24", "192.168.1.93/x 192.168.1.94",
	 "192.168.1.94"},
	{"a primary one before a secondary one", "address = 192.168.1.50/24",
	 "192.168.1.94/s 10.0.0.1", "10.0.0.1"},
	{"never a shared one", "address = 192.168.1.50/24", "192.168.1.50 10.0.0.1", "10.0.0.1"},
	{"secondary behind the shared one", "address = 192.168.1.50/24",
	 "192.168.1.50 192.168.1.93/s 192.168.1.94/s", "192.168.1.93"},
	{"the shared one is secondary", "address = 192.168.1.50/24", "192.168.1.93 192.168.1.50/s",
	 "192.168.1.93"},
	{"nothing but the shared one", "address = 192.168.1.50/24", "192.168.1.50", NULL},
	{"nothing at all", "address = 192.168.1.50/24", "", NULL},
	{"as configured, whatever is carried", "address = 192.168.1.50/24\nsource = 192.168.1.94",
	 "192.168.1.93", "192.168.1.94"},
	{"the standby address of the public interface, also while it is not there",
	 "public = eth1\naddress = 192.168.1.50/24\nstandby-address = 192.168.1.94/24",
	 "192.168.1.93", "192.168.1.94"},
	{"IPv6: link-local, not the first one", "address = 2001:db8::1/64", "2001:db8::2 fe80::3",
	 "fe80::3"},
	{"IPv6: not a duplicate", "address = 2001:db8::1/64", "fe80::2/d fe80::3", "fe80::3"},
	{"IPv6: not a shared link-local one", "address = fe80::1/64\naddress = 2001:db8::1/64",
	 "fe80::1 fe80::3", "fe80::3"},
	{"IPv6: peers beyond the link", "address = 2001:db8::1/64\npeers = 2001:db8:1::9",
	 "fe80::2 2001:db8::2", "2001:db8::2"},
	{"IPv6: peers on the link", "address = 2001:db8::1/64\npeers = fe80::9",
	 "2001:db8::2 fe80::2", "fe80::2"},
	{"the owner: its own address, whichever is the primary one",
	 "priority = 255\npublic = eth1\naddress = 192.168.1.50/24", "192.168.1.93 192.168.1.50/s",
	 "192.168.1.50"},
	{"the owner: not if another interface carries it",
	 "priority = 255\npublic = eth1\naddress = 192.168.1.50/24", "192.168.1.93 192.168.1.50/x",
	 "192.168.1.93"},
	{"the owner: not if it owns it on another interface",
	 "priority = 255\npublic = eth2\naddress = 192.168.1.50/24", "192.168.1.93 192.168.1.50",
	 "192.168.1.93"},
	{"the owner, IPv6: link-local",
	 "priority = 255\npublic = eth1\naddress = fe80::1/64\naddress = 2001:db8::1/64",
	 "2001:db8::1 fe80::3 fe80::1", "fe80::1"},
	{"another family", "address = 2001:db8::1/64", "192.168.1.93", NULL},
};

static struct plan_address carried_address(char *word)
{
	struct plan_address address = {.ifindex = IFINDEX};
	char *mark = strchr(word, '/');

	if (mark) {
		address.ifindex += mark[1] == 'x';
		address.secondary = mark[1] == 's';
		address.flags = mark[1] == 'd' ? IFA_F_DADFAILED : 0;
		*mark = '\0';
	}
	assert_true(address_parse(word, &address.addr, &address.family));
	return address;
}

static struct config *parsed(const char *keys)
{
	struct config_errors errors;
	struct config *config;
	char text[512];

	snprintf(text, sizeof(text), "[vrrp web]\nvrid = 55\nheartbeat = eth1\n%s\n", keys);
	if (config_parse("source.conf", text, strlen(text), &config, &errors))
		fail_msg("%s", errors.text ? errors.text : "no memory");
	return config;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct plan_actual actual = {0};
	struct config *config = parsed(row->keys);
	struct vrrp_addr source = {{0}};
	char carried[256], text[ADDRESS_TEXT], *save = NULL;
	int err;

	snprintf(carried, sizeof(carried), "%s", row->carried);
	for (char *word = strtok_r(carried, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		/* Exactly as many as there are: the sanitizer sees a read behind them. */
		actual.addresses = realloc(actual.addresses,
					   (actual.address_count + 1) * sizeof(*actual.addresses));
		assert_non_null(actual.addresses);
		actual.addresses[actual.address_count++] = carried_address(word);
	}
	err = source_pick(config, &config->routers[0], &actual, IFINDEX, "eth1", &source);
	if (row->source) {
		assert_int_equal(err, 0);
		assert_string_equal(address_format(config->routers[0].family, &source, text),
				    row->source);
	} else {
		assert_int_equal(err, -EADDRNOTAVAIL);
		assert_true(vrrp_addr_is_zero(&source));
	}
	free(actual.addresses);
	config_free(config);
}

int main(void)
{
	table_rows(NULL, rows, what, test_row);
	return table_run("source_pick");
}

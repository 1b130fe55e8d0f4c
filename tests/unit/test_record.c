/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of a takeover's record, without a file: what is read, written and read again is the
 * same; what is refused, with its line. (tests/sys/test_takeover.c: the file, and what is damaged.)
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/record_internal.h"

#define HEAD "vrrp-xdp takeover 1\nrouter web\ninterface eth0 index 3\nmac 02:00:00:00:00:01\n"
#define FLAT " scope 0 flags 0 valid 4294967295 preferred 4294967295\n"

struct row {
	const char *desc;
	const char *text;
	const char *why; /* NULL: accepted */
};

static const struct row rows[] = {
	{"nothing but what must be there", HEAD "end\n", NULL},
	{"addresses and routes of every kind",
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
	{"the router's interface is none",
	 "vrrp-xdp takeover 1\nrouter web\ninterface - index 3\nmac 02:00:00:00:00:01\nend\n",
	 "line 3: interface is missing"},
	{"an address on no interface", HEAD "address - 192.0.2.5/24\nend\n",
	 "line 5: interface is missing"},
};

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

static void test_row(void **state)
{
	const struct row *row = *state;
	struct record record = {0}, again = {0};
	char why[RECORD_ERROR], *first, *second;
	size_t length;

	if (row->why) {
		assert_int_equal(parse(row->text, &record, why), -EBADMSG);
		assert_string_equal(why, row->why);
		return;
	}
	if (parse(row->text, &record, why))
		fail_msg("%s", why);
	first = record_format("web", &record, &length);
	assert_non_null(first);
	if (parse(first, &again, why))
		fail_msg("%s", why);
	second = record_format("web", &again, &length);
	assert_non_null(second);
	assert_string_equal(first, second);
	record_free(&record);
	record_free(&again);
	free(first);
	free(second);
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int main(void)
{
	struct CMUnitTest tests[ROWS];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] =
			(struct CMUnitTest){rows[i].desc, test_row, NULL, NULL, (void *)&rows[i]};
	return _cmocka_run_group_tests("record", tests, ROWS, NULL, NULL);
}

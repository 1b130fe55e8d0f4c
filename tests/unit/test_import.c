/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keepalived.conf -> configuration. In tables what one statement becomes; a whole file against a
 * golden in import/; and of every result: our own checks take it. Links the importer and the
 * parser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import.h"
#include "core/config/config.h"
#include "unit/golden.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINES_MAX    512

/* Splits text in place. */
static unsigned int split(char *text, struct import_line lines[LINES_MAX])
{
	unsigned int count = 0;

	for (char *next; text && *text && count < LINES_MAX; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		lines[count] = (struct import_line){.number = count + 1, .text = text};
		count++;
	}
	return count;
}

/* The result, which passes whenever it has a router. */
static struct import_result convert(const char *text, const char *id)
{
	static struct import_line lines[LINES_MAX];
	char *copy = strdup(text);
	struct import_result result;
	struct config_errors errors;
	struct config *config;

	assert_non_null(copy);
	assert_int_equal(import_keepalived(lines, split(copy, lines), id, &result), 0);
	if (result.router_count) {
		if (config_parse("import", result.text, strlen(result.text), &config, &errors))
			fail_msg("%s%s", errors.text, result.text);
		assert_int_equal(config->router_count, result.router_count);
		config_free(config);
	}
	free(copy);
	return result;
}

/* ---- one statement ---- */

#define BARE "interface eth1\nvirtual_router_id 55\n"
#define VIP  "virtual_ipaddress {\n10.0.0.1/24\n}\n"
#define BASE BARE VIP

struct row {
	const char *what;
	const char *body;   /* of one instance */
	const char *key;    /* a whole line of it; NULL: no key */
	const char *reason; /* a part of a note; NULL: there is no note */
};

static const struct row rows[] = {
	{"least", BASE, "heartbeat = eth1", NULL},
	{"version 2 is keepalived's default", BASE, "version = 2", NULL},
	{"version", BASE "version 3\n", "version = 3", NULL},
	{"IPv6 has version 3", BARE "virtual_ipaddress {\nfe80::1\n2001:db8::1/64\n}\n",
	 "version = 3", NULL},
	{"a host's length", BARE "virtual_ipaddress {\n10.0.0.1\n}\n", "address = 10.0.0.1/32",
	 NULL},
	{"IPv6 host's length", BARE "virtual_ipaddress {\nfe80::1\n}\n", "address = fe80::1/128",
	 NULL},
	{"state MASTER", BASE "state MASTER\n", NULL, "listens first"},
	{"state MASTER of an owner", BASE "state MASTER\npriority 255\n", "priority = 255", NULL},
	{"state BACKUP", BASE "state BACKUP\n", NULL, NULL},
	{"nopreempt", BASE "nopreempt\n", "preempt = no", NULL},
	{"nopreempt beside MASTER", BASE "nopreempt\nstate MASTER\n", NULL, "ignores it"},
	{"nopreempt of an owner", BASE "nopreempt\npriority 255\n", NULL, "always preempts"},
	{"preempt_delay", BASE "preempt_delay 300\n", "preempt-delay = 300s", NULL},
	{"advert_int", BASE "version 3\nadvert_int 0.92\n", "interval = 0.92s", NULL},
	{"advert_int that version 2 cannot", BASE "advert_int 0.5\n", NULL, "whole seconds"},
	{"priority out of range", BASE "priority 300\n", NULL, "out of range"},
	{"accept", BASE "accept\n", "accept = yes", NULL},
	{"no_accept", BASE "no_accept\n", "accept = no", NULL},
	{"strict_mode", BASE "strict_mode\n", "accept = no", NULL},
	{"strict_mode, and accept", BASE "strict_mode on\naccept\n", "accept = yes", NULL},
	{"strict_mode off", BASE "strict_mode off\n", NULL, NULL},
	{"source", BASE "mcast_src_ip 10.0.0.7\n", "source = 10.0.0.7", NULL},
	{"peers", BASE "unicast_peer {\n10.0.0.7\n10.0.0.8\n}\n", "peers = 10.0.0.8",
	 "min-ttl = 1"},
	{"their lowest TTL", BASE "unicast_peer {\n10.0.0.7 min_ttl 250\n10.0.0.8 min_ttl 64\n}\n",
	 "min-ttl = 64", NULL},
	{"their highest TTL", BASE "unicast_peer {\n10.0.0.7 min_ttl 2 max_ttl 64\n}\n",
	 "min-ttl = 2", "without: max_ttl 64"},
	{"password", BASE "authentication {\nauth_type PASS\nauth_pass abc\n}\n", "auth = pass:abc",
	 NULL},
	{"long password", BASE "authentication {\nauth_type PASS\nauth_pass 1234567890\n}\n",
	 "auth = pass:12345678", "first 8"},
	{"password of version 3",
	 BASE "version 3\nauthentication {\nauth_type PASS\nauth_pass a\n}\n", NULL,
	 "no passwords"},
	{"AH", BASE "authentication {\nauth_type AH\nauth_pass a\n}\n", NULL, "RFC 3768"},
	{"signatures", BASE "authentication {\nauth_hmac_key 1 0123\n}\n", NULL,
	 "hmac-key = ID:FILE"},
	{"device", BARE "virtual_ipaddress {\n10.0.0.1/24 dev eth0\n10.0.0.2/24\n}\n",
	 "address = 10.0.0.1/24 dev eth0", NULL},
	{"one device of all", BARE "virtual_ipaddress {\n10.0.0.1/24 dev eth0\n}\n",
	 "public = eth0", NULL},
	{"which is not named again", BARE "virtual_ipaddress {\n10.0.0.1/24 dev eth0\n}\n",
	 "address = 10.0.0.1/24", NULL},
	{"label", BARE "virtual_ipaddress {\n10.0.0.1/24 label eth1:1\n}\n",
	 "address = 10.0.0.1/24", "without: label eth1:1"},
	{"the same again", BARE "virtual_ipaddress {\n10.0.0.1/24\n10.0.0.1/24\n}\n",
	 "address = 10.0.0.1/24", "is given already, as address of [vrrp web]\n"},
	{"on one line", BARE "virtual_ipaddress { 10.0.0.1/24 }\n", "address = 10.0.0.1/24", NULL},
	{"brace on its own line", BARE "virtual_ipaddress\n{\n10.0.0.1/24\n}\n",
	 "address = 10.0.0.1/24", NULL},
	{"brace at the word", BARE "virtual_ipaddress{\n10.0.0.1/24\n}\n", "address = 10.0.0.1/24",
	 NULL},
	{"excluded", BASE "virtual_ipaddress_excluded {\n10.0.0.2/24\n}\n", "advertise = 10.0.0.1",
	 NULL},
	{"no address", BARE, NULL, "address: missing"},
	{"no interface", VIP "virtual_router_id 55\n", NULL, "heartbeat: missing"},
	{"gateway", BASE "virtual_routes {\n0.0.0.0/0 gw 10.0.0.254\n}\n", "gateway = 10.0.0.254",
	 NULL},
	{"default route", BASE "virtual_routes {\ndefault via 10.0.0.254 dev eth0\n}\n",
	 "route = default via 10.0.0.254 dev eth0", NULL},
	{"route", BASE "virtual_routes {\nsrc 10.0.0.1 to 10.1.0.0/16 via 10.0.0.2 metric 5\n}\n",
	 "route = 10.1.0.0/16 via 10.0.0.2 src 10.0.0.1 metric 5", NULL},
	{"route that is not tracked",
	 BASE "virtual_routes {\n10.1.0.0/16 via 10.0.0.2 no_track\n}\n",
	 "route = 10.1.0.0/16 via 10.0.0.2", "without: no_track"},
	{"several next hops", BASE "virtual_routes {\n10.1.0.0/16 via 10.0.0.2 or 10.0.0.3\n}\n",
	 NULL, "without: or"},
	{"another table", BASE "virtual_routes {\n10.1.0.0/16 via 10.0.0.2 table 9\n}\n", NULL,
	 "without: table"},
	{"a black hole", BASE "virtual_routes {\nblackhole 10.1.0.0/16\n}\n", NULL,
	 "without: blackhole"},
	{"rules", BASE "virtual_rules {\nfrom 10.0.0.0/8 table 2\n}\n", NULL, "policy rules"},
	{"use_vmac", BASE "use_vmac\n", "mac = virtual", "no macvlan"},
	{"use_vmac with a MAC", BASE "use_vmac v55 00:9f:a4:4c:3b:37\n", "mac = 00:9f:a4:4c:3b:37",
	 "no macvlan"},
	{"tracked interface", BASE "track_interface {\neth2 weight -5\n}\n",
	 "track-interface = eth2 weight -5", NULL},
	{"tracked the other way round", BASE "track_interface {\neth2 weight 5 reverse\n}\n", NULL,
	 "reversed"},
	{"tracked script", BASE "track_script {\nplain weight 7\n}\n",
	 "track-script = /bin/true every 2s timeout 1s weight 7 rise 1 fall 3", NULL},
	{"with arguments", BASE "track_script {\narguments\n}\n", NULL,
	 "track-script = /PATH every 1s timeout 1s weight -4 rise 1 fall 1"},
	{"that is not there", BASE "track_script {\nnobody\n}\n", NULL, "no vrrp_script"},
	{"program", BASE "notify_master /bin/true\n", "notify-master = /bin/true", NULL},
	{"program, for all", BASE "notify /bin/true\n", "notify = /bin/true", "STATE NAME"},
	{"program as a user", BASE "notify_fault /bin/true nobody\n", "notify-fault = /bin/true",
	 "as root"},
	{"program with arguments", BASE "notify_backup \"/bin/true web\"\n", NULL,
	 "notify-backup = /PATH"},
	{"program without a path", BASE "notify_backup true\n", NULL, "absolute path"},
	{"at the end", BASE "notify_stop /bin/true\n", NULL, "STOP"},
	{"repeat", BASE "garp_master_repeat 3\n", "garp-count = 3", NULL},
	{"refresh", BASE "garp_master_refresh 60\n", "garp-refresh = 60s", NULL},
	{"three intervals", BASE "down_timer_adverts 3\n", NULL, NULL},
	{"more than three", BASE "down_timer_adverts 5\n", NULL, "the lease"},
	{"said twice", BASE "priority 7\npriority 9\n", "priority = 9", "the last one counts"},
	{"not known", BASE "frobnicate 7\n", NULL, "not known here"},
	{"implied", BASE "check_unicast_src\nnative_ipv6\npreempt\n", NULL, NULL},
	{"comments", BASE "priority 7 # as ! ever\n!nopreempt\n  # no_accept\n", "priority = 7",
	 NULL},
	{"a comment in a word", BASE "priority 7#8\n", "priority = 7", NULL},
	{"quotes", BASE "notify_master '/bin/true'\n", "notify-master = /bin/true", NULL},
	{"for this host", BASE "@here priority 7\n", "priority = 7", NULL},
	{"for another", BASE "@there priority 7\n", NULL, "for another host"},
	{"for all but this one", BASE "@^here priority 7\n", NULL, "for another host"},
	{"for all but another", BASE "@^there\tpriority 7\n", "priority = 7", NULL},
	{"one of several", BASE "unicast_peer {\n@there 10.0.0.7\n@here 10.0.0.8 min_ttl 9\n}\n",
	 "peers = 10.0.0.8", "for another host"},
	{"parameter", BASE "$N=7\npriority $N\n", "priority = 7", NULL},
	{"in braces", BASE "$N=7\npriority ${N}0\n", "priority = 70", NULL},
	{"in another", BASE "$A=${B}0\n$B=7\npriority $A\n", "priority = 70", NULL},
	{"of several lines", BASE "$A= \\\npriority 7 \\\nnopreempt\n$A\n", "preempt = no", NULL},
	{"with a condition", BASE "$A=@there\n$A priority 7\n", NULL, "for another host"},
	{"in itself", BASE "$A=x${A}x\npriority ${A}\n", NULL, "too much text"},
	{"that is not there", BASE "priority $N\n", NULL, "not a whole number"},
	{"a key of ours", BASE "priority \"7 ; accept = no\"\n", NULL, "would begin a comment"},
};

#define SCRIPTS                                                                     \
	"vrrp_script plain {\nscript /bin/true\ninterval 2\ntimeout 1\nfall 3\n}\n" \
	"vrrp_script arguments {\nscript \"killall -0 sshd\"\nweight -4\n}\n"

static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	for (const char *at = text; (at = strstr(at, line)) != NULL; at++) {
		if ((at == text || at[-1] == '\n') && (!at[length] || at[length] == '\n'))
			return true;
	}
	return false;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	char text[2048];
	struct import_result result;

	snprintf(text, sizeof(text), "%svrrp_instance web {\n%s}\n",
		 strstr(row->body, "track_script") ? SCRIPTS : "", row->body);
	result = convert(text, "here");
	if (row->key && !has_line(result.text, row->key))
		fail_msg("no \"%s\" in:\n%s", row->key, result.text);
	if (row->reason && !strstr(result.text, row->reason))
		fail_msg("no \"%s\" in:\n%s", row->reason, result.text);
	if (!row->reason && result.note_count > (strstr(row->body, "track_script") ? 1 : 0))
		fail_msg("a note in:\n%s", result.text);
	for (unsigned int i = 0; i < result.note_count; i++) {
		assert_true(result.notes[i].first > 0 &&
			    result.notes[i].last >= result.notes[i].first);
		assert_true(*result.notes[i].text && *result.notes[i].reason);
	}
	import_free(&result);
}

/* ---- whole files ---- */

struct whole {
	const char *what, *text;
	unsigned int routers;
	const char *part;
};

static const struct whole wholes[] = {
	{"nothing", "", 0, ""},
	{"a name that is none of ours", "vrrp_instance \"a b/c\" {\n" BASE "}\n", 1,
	 "[vrrp a-b-c]\n"},
	{"no name", "vrrp_instance {\n" BASE "}\n", 1, "[vrrp router]\n"},
	{"the same name twice", "vrrp_instance a {\n" BASE "}\nvrrp_instance a {\n" BASE "}\n", 1,
	 "the section is there already"},
	{"the same VRID twice",
	 "vrrp_instance a {\n" BASE "}\nvrrp_instance b {\n" BARE
	 "virtual_ipaddress {\n10.0.0.2/24\n}\n}\n",
	 1, "is taken by [vrrp a]"},
	{"two MACs for one NIC",
	 "vrrp_instance a {\n" BASE "use_vmac\n}\nvrrp_instance b {\ninterface eth1\n"
	 "virtual_router_id 56\nuse_vmac\nvirtual_ipaddress {\n10.0.0.2/24\n}\n}\n",
	 2, "one router of eth1 may set its MAC"},
	{"defaults of all",
	 "global_defs {\nvrrp_version 3\ndefault_interface eth7\nvrrp_min_garp\n"
	 "vrrp_strict\n}\nvrrp_instance a {\nvirtual_router_id 5\n" VIP "}\n",
	 1, "heartbeat = eth7\ngarp-count = 1\naccept = no\n"},
	{"strict, but it accepts",
	 "global_defs {\nvrrp_strict\n}\nvrrp_instance a {\naccept\n" BASE "}\n", 1,
	 "accept = yes"},
	{"the agent's", "global_defs {\nvrrp_rt_priority 50\n}\nvrrp_instance a {\n" BASE "}\n", 1,
	 "[agent]\nrealtime = 50\n\n[vrrp a]\n"},
	{"no good for the agent",
	 "global_defs {\nvrrp_rt_priority 500\n}\nvrrp_instance a {\n" BASE "}\n", 1,
	 "# line 2: vrrp_rt_priority 500: realtime: \"500\" is out of range"},
	{"a script that nobody tracks", "vrrp_script a {\nscript /bin/a\n}\n", 0,
	 "# line 1-3: vrrp_script a { }: no virtual router tracks it"},
	{"never closed", "vrrp_instance a {\n" BASE, 0, "never closed"},
	{"closed twice", "vrrp_instance a {\n" BASE "}\n}\n", 1, "no block to be closed"},
	{"braces of nobody", "{\nvrrp_instance a {\n" BASE "}\n}\n", 0, "belongs to nothing"},
	{"an include that was not read", "include conf.d/*\n", 0,
	 "# line 1: include conf.d/*: the file could not be read"},
	{"a control character", "vrrp_instance a {\n" BASE "notify_master \"/bin/\x1b[31m\"\n}\n",
	 1, "notify_master /bin/?[31m"},
	{"a password that is not told",
	 "vrrp_instance a {\nversion 3\n" BASE
	 "authentication {\nauth_type PASS\nauth_pass hush\n}\n}\n",
	 1, "auth_pass ...: "},
};

static void test_whole(void **state)
{
	const struct whole *row = *state;
	struct import_result result = convert(row->text, "here");

	assert_int_equal(result.router_count, row->routers);
	if (!strstr(result.text, row->part))
		fail_msg("no \"%s\" in:\n%s", row->part, result.text);
	assert_null(strstr(result.text, "hush"));
	import_free(&result);
}

/* More errors than our checks tell of at once. */
static void test_many(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct import_result result;

	(void)state;
	assert_non_null(out);
	fprintf(out, "vrrp_instance a {\n" BARE "virtual_ipaddress {\n");
	for (int i = 0; i < 200; i++)
		fprintf(out, "10.0.0.%d/24\n", 1 + i % 40);
	fprintf(out, "}\n}\n");
	fclose(out);
	result = convert(text, "here");
	assert_int_equal(result.router_count, 1);
	assert_int_equal(result.note_count, 160);
	for (unsigned int i = 0; i < result.note_count; i++)
		assert_non_null(strstr(result.notes[i].reason, "is given already"));
	import_free(&result);
	free(text);
}

static void test_golden(void **state)
{
	char path[PATH_MAX], *text;
	struct import_result result;

	(void)state;
	golden_path("import/all.conf", path);
	text = golden_read(path);
	result = convert(text, "lab");
	golden_check("import/all.txt", result.text);
	import_free(&result);
	free(text);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(rows) + COUNT(wholes) + 2] = {cmocka_unit_test(test_many),
								    cmocka_unit_test(test_golden)};
	size_t at = 2;

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[at++] = (struct CMUnitTest){.name = rows[i].what,
						  .test_func = test_row,
						  .initial_state = (void *)&rows[i]};
	for (size_t i = 0; i < COUNT(wholes); i++)
		tests[at++] = (struct CMUnitTest){.name = wholes[i].what,
						  .test_func = test_whole,
						  .initial_state = (void *)&wholes[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

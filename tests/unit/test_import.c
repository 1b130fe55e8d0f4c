/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keepalived.conf -> configuration. In tables what one statement becomes, what is said of lines of
 * included files, and what is refused as too much; and of every result: our own checks take it.
 * Whole files are in test_import_corpus.c. Links the importer and the parser.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import.h"
#include "core/config/config.h"
#include "table.h"
#include "unit/imported.h"

static const struct import_host host = {.config_id = "here", .directory = "/"};

/* ---- one statement ---- */

#define BARE "interface eth1\nvirtual_router_id 55\n"
#define VIP  "virtual_ipaddress {\n10.0.0.1/24\n}\n"
#define BASE BARE VIP

#define TEN            "0123456789"
#define LONG           TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define HMAC(lines)    "auth_hmac {\n" lines "\n}\n"
#define PASSWORD(word) "authentication {\nauth_type PASS\nauth_pass " word "\n}\n"

struct row {
	const char *what;
	const char *body;   /* of one instance */
	const char *key;    /* a whole line of it; NULL: no key */
	const char *reason; /* a part of a note; NULL: there is no note */
};

/* Eight next hops, 520 characters. */
#define HOP  " nexthop via 203.0.113.131 dev enp175s0f0.4094 weight 256 onlink"
#define FOUR HOP HOP HOP HOP
#define HOPS FOUR FOUR

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
	{"state MASTER", BASE "state MASTER\npriority 100\n", NULL, "listens first"},
	{"state MASTER without a priority", BASE "state MASTER\nnopreempt\n", "priority = 255",
	 "as the owner"},
	{"state MASTER of an owner", BASE "state MASTER\npriority 255\n", "priority = 255", NULL},
	{"state BACKUP", BASE "state BACKUP\n", NULL, NULL},
	{"nopreempt", BASE "nopreempt\n", "preempt = no", NULL},
	{"nopreempt, and preempt", BASE "nopreempt\npreempt\n", NULL,
	 "nopreempt: nothing lost: given again below"},
	{"preempt, and nopreempt", BASE "preempt\nnopreempt\n", "preempt = no", NULL},
	{"nopreempt beside MASTER", BASE "nopreempt\nstate MASTER\npriority 100\n", NULL,
	 "ignores it"},
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
	 "min-ttl = 2", "kept without max_ttl 64"},
	{"password", BASE "authentication {\nauth_type PASS\nauth_pass abc\n}\n", "auth = pass:abc",
	 NULL},
	{"password in quotes", BASE PASSWORD("\"a\\b#'\""), "auth = pass:a\\b#'", NULL},
	{"password in quotes that are none", BASE PASSWORD("'ab'"), "auth = pass:'ab'", NULL},
	{"password with a quote in it", BASE PASSWORD("a'b\"c\""), "auth = pass:a'b", NULL},
	{"password behind a comment", BASE PASSWORD("a#b"), "auth = pass:a", NULL},
	{"password that releases read in two ways", BASE PASSWORD("a\\#b"), NULL,
	 "releases of keepalived do not agree"},
	{"long password", BASE "authentication {\nauth_type PASS\nauth_pass 1234567890\n}\n",
	 "auth = pass:12345678", "first 8"},
	{"password of version 3",
	 BASE "version 3\nauthentication {\nauth_type PASS\nauth_pass a\n}\n", NULL,
	 "no passwords"},
	{"password without a type", BASE "authentication {\nauth_pass a\n}\n", NULL,
	 "auth_pass ...: nothing lost: without auth_type, keepalived sends no password"},
	{"password of a type that is none",
	 BASE "authentication {\nauth_type pass\nauth_pass a\n}\n", NULL,
	 "auth_type pass: nothing lost: keepalived does not know this type"},
	{"AH", BASE "authentication {\nauth_type AH\nauth_pass a\n}\n", NULL, "RFC 3768"},
	{"a key in a file", BASE HMAC("key 7 file:/etc/keys/7"), "hmac-key = 7:/etc/keys/7", NULL},
	{"a key of its own", BASE HMAC("key 7 hex:hush"), NULL,
	 "key ...: dropped: keys are in files"},
	{"the key that signs", BASE HMAC("key 7 file:/7\nkey 8 file:/8\nactive_key 8"),
	 "hmac-active = 8", NULL},
	{"whom to believe", BASE HMAC("key 7 file:/7\nmode permissive"), "hmac-mode = permissive",
	 NULL},
	{"how old a signature may be", BASE HMAC("key 7 file:/7\ntime_window 30\nanti_replay time"),
	 "hmac-window = 30s", NULL},
	{"as old as one likes", BASE HMAC("key 7 file:/7\nanti_replay monotonic"), NULL,
	 "older than hmac-window"},
	{"what is no part of them", BASE HMAC("key 7 file:/7\nfrobnicate"), NULL, "not known"},
	{"signatures", BASE "authentication {\nauth_hmac_key 1 0123\n}\n", NULL,
	 "hmac-key = ID:FILE"},
	{"device", BARE "virtual_ipaddress {\n10.0.0.1/24 dev eth0\n10.0.0.2/24\n}\n",
	 "address = 10.0.0.1/24 dev eth0", NULL},
	{"one device of all", BARE "virtual_ipaddress {\n10.0.0.1/24 dev eth0\n}\n",
	 "public = eth0", NULL},
	{"which is not named again", BARE "virtual_ipaddress {\n10.0.0.1/24 dev eth0\n}\n",
	 "address = 10.0.0.1/24", NULL},
	{"label", BARE "virtual_ipaddress {\n10.0.0.1/24 label eth1:1\n}\n",
	 "address = 10.0.0.1/24 label eth1:1", NULL},
	{"a label of another interface",
	 BARE "virtual_ipaddress {\n10.0.0.1/24 dev eth1 label eth0:1\n}\n",
	 "address = 10.0.0.1/24", "kept without label eth0:1"},
	{"a label of an interface that is named behind it",
	 BARE "virtual_ipaddress {\n10.0.0.1/24 label eth0:1 dev eth0\n10.0.0.2/24\n}\n",
	 "address = 10.0.0.1/24 dev eth0 label eth0:1", NULL},
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
	 "route = 10.1.0.0/16 via 10.0.0.2", NULL},
	{"several next hops", BASE "virtual_routes {\n10.1.0.0/16 via 10.0.0.2 or 10.0.0.3\n}\n",
	 "route = 10.1.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.3", NULL},
	{"next hops that take half a line", BASE "virtual_routes {\n10.1.0.0/16" HOPS "\n}\n",
	 "route = 10.1.0.0/16" HOPS "\n", NULL},
	{"next hops that take more than a line",
	 BASE "virtual_routes {\n10.1.0.0/16" HOPS HOPS "\n}\n", NULL,
	 "longer than a line of a configuration can be"},
	{"another table", BASE "virtual_routes {\n10.1.0.0/16 via 10.0.0.2 table 9\n}\n",
	 "route = 10.1.0.0/16 via 10.0.0.2 table 9", NULL},
	{"a table with a name", BASE "virtual_routes {\n10.1.0.0/16 via 10.0.0.2 table up\n}\n",
	 NULL, "give the number of the table"},
	{"a black hole", BASE "virtual_routes {\nblackhole 10.1.0.0/16\n}\n",
	 "route = blackhole 10.1.0.0/16", NULL},
	{"a type that we have not", BASE "virtual_routes {\nthrow 10.1.0.0/16\n}\n", NULL,
	 "no such option here: throw\n"},
	{"rules", BASE "virtual_rules {\nfrom 10.0.0.0/8 table 2 pref 7\n}\n",
	 "rule = from 10.0.0.0/8 table 2 priority 7", NULL},
	{"a rule that does something else",
	 BASE "virtual_rules {\nfrom 10.0.0.0/8 goto 7 pref 6\n}\n", NULL,
	 "no such option here: goto, 7\n"},
	{"use_vmac", BASE "use_vmac\n", "mac-device = macvlan", NULL},
	{"use_vmac with a MAC", BASE "use_vmac v55 00:9f:a4:4c:3b:37\n", "mac-device = macvlan v55",
	 NULL},
	{"use_vmac with five octets", BASE "use_vmac v55 00:9f:a4:4c:3b\n",
	 "mac-device = macvlan v55", NULL},
	{"use_vmac, and a route by the device",
	 BASE "use_vmac v55\nvirtual_routes {\n10.1.0.0/16 via 10.0.0.2 dev v55\n}\n",
	 "route = 10.1.0.0/16 via 10.0.0.2 dev v55", NULL},
	{"use_vmac, and addresses on another interface",
	 BARE "use_vmac\nvirtual_ipaddress {\n10.0.0.1/24 dev eth0\n}\n", "public = eth0",
	 "its own MAC in keepalived, too"},
	{"use_vmac and use_vmac_addr",
	 BARE "use_vmac\nuse_vmac_addr\nvirtual_ipaddress {\n10.0.0.1/24 dev eth0\n}\n",
	 "mac-device = macvlan", NULL},
	{"use_vmac_addr", BARE "use_vmac_addr\nvirtual_ipaddress {\n10.0.0.1/24 dev eth0\n}\n",
	 "mac-device = macvlan", NULL},
	{"use_vmac_addr, and several interfaces",
	 BARE
	 "use_vmac\nuse_vmac_addr\nvirtual_ipaddress {\n10.0.0.1/24\n10.2.0.1/24 dev eth0\n}\n",
	 "address = 10.2.0.1/24 dev eth0", "a router has one macvlan"},
	{"tracked interface", BASE "track_interface {\neth2 weight -5\n}\n",
	 "track-interface = eth2 weight -5", NULL},
	{"tracked the other way round", BASE "track_interface {\neth2 weight 5 reverse\n}\n", NULL,
	 "reversed"},
	{"that asks by a signal", BASE "notify_fault \"/usr/bin/killall -0 mysqld\"\n",
	 "notify-fault = \"/usr/bin/killall -0 mysqld\"", "nothing lost: of a process that is not"},
	{"that asks by a signal, in a shell", BASE "notify_fault \"sh -c 'pkill -0 named || x'\"\n",
	 "notify-fault = \"/usr/bin/env sh -c 'pkill -0 named || x'\"", "CAP_KILL"},
	{"that sends one", BASE "notify_fault \"killall -HUP mysqld\"\n",
	 "notify-fault = \"/usr/bin/env killall -HUP mysqld\"", NULL},
	{"tracked script", BASE "track_script {\nplain weight 7\n}\n",
	 "track-script = /bin/true every 2s timeout 1s weight 7 rise 1 fall 3", NULL},
	{"with arguments", BASE "track_script {\narguments\n}\n",
	 "track-script = \"/usr/bin/env pgrep -x sshd\" every 1s timeout 1s weight -4 rise 1 "
	 "fall 1",
	 NULL},
	{"of a shell", BASE "track_script {\nshell\n}\n",
	 "track-script = \"/bin/sh -c </dev/tcp/127.0.0.1/80\" every 1s timeout 1s rise 1 fall 1",
	 NULL},
	{"that is not there", BASE "track_script {\nnobody\n}\n", NULL, "no vrrp_script"},
	{"program", BASE "notify_master /bin/true\n", "notify-master = /bin/true", NULL},
	{"program, for all", BASE "notify /bin/true\n",
	 "notify = \"/bin/sh -c 'exec /bin/true INSTANCE web $0 $VRRP_PRIORITY'\"", NULL},
	{"with arguments of its own", BASE "notify \"/bin/true -v\"\n",
	 "notify = \"/bin/sh -c 'exec /bin/true -v INSTANCE web $0 $VRRP_PRIORITY'\"", NULL},
	{"with words that a shell would read", BASE "notify \"/bin/true 'a b' '$x' y=z\"\n",
	 "notify = \"/bin/sh -c 'exec /bin/true \\\"a b\\\" \\\"\\\\$x\\\" \\\"y=z\\\" INSTANCE "
	 "web "
	 "$0 $VRRP_PRIORITY'\"",
	 NULL},
	{"a long one", BASE "notify \"/bin/true " LONG " " LONG " " LONG "\"\n",
	 "notify = \"/bin/sh -c 'exec /bin/true " LONG " " LONG " " LONG
	 " INSTANCE web $0 $VRRP_PRIORITY'\"",
	 NULL},
	{"one that is too long",
	 BASE "notify \"/bin/true " LONG LONG LONG LONG LONG LONG LONG LONG LONG "\"\n", NULL,
	 ": dropped: the command is too long\n\n"},
	{"with a word that no line can have", BASE "notify \"/bin/true 'a\\nb'\"\n", NULL,
	 "dropped: a control character"},
	{"program as a user", BASE "notify_fault /bin/true nobody\n", "notify-fault = /bin/true",
	 "kept without its user: script-user is for"},
	{"program as root", BASE "notify_fault /bin/true root root\n", "notify-fault = /bin/true",
	 NULL},
	{"program as root of another group", BASE "notify_fault /bin/true root :adm\n",
	 "notify-fault = /bin/true", "kept without its user"},
	{"program with arguments", BASE "notify_backup \"/bin/true web\"\n",
	 "notify-backup = \"/bin/true web\"", NULL},
	{"program with quotes", BASE "notify_backup \"/bin/sh -c 'a ; b \\\\\\\\c'\"\n",
	 "notify-backup = \"/bin/sh -c 'a ; b \\\\c'\"", NULL},
	{"program with escapes",
	 BASE "notify_backup \"/bin/a '\\x41\\102' \\\"b c\\\" d\\\\ e \\.f\"\n",
	 "notify-backup = \"/bin/a AB 'b c' 'd e' .f\"", NULL},
	{"program with escapes that are escaped",
	 BASE "notify_backup \"/bin/a '\\\\x41' \\\\\\\\d\"\n",
	 "notify-backup = \"/bin/a A '\\\\d'\"", NULL},
	{"program in other quotes", BASE "notify_backup '/bin/a \"b c\"'\n",
	 "notify-backup = \"/bin/a 'b c'\"", NULL},
	{"a quote in a word", BASE "notify_backup \"/bin/a it''s #x !y\" # comment\n",
	 "notify-backup = \"/bin/a its #x !y\"", NULL},
	{"a program that is quoted without need", BASE "notify_backup \"'/bin/a'\"\n",
	 "notify-backup = /bin/a", NULL},
	{"a quote that does not end", BASE "notify_backup \"/bin/a 'b\"\n", NULL,
	 "dropped: a quote does not end"},
	{"a line whose quote does not end", BASE "notify_backup \"/bin/a\n", NULL,
	 "dropped: a quote does not end"},
	{"no program", BASE "notify_backup \"\"\n", NULL, "dropped: there is no program"},
	{"program without a path", BASE "notify_backup \"pgrep -x web\"\n",
	 "notify-backup = \"/usr/bin/env pgrep -x web\"", NULL},
	{"at the end", BASE "notify_stop /bin/false\n",
	 "notify = \"/bin/sh -c '[ $0 != STOP ] || /bin/false'\"", NULL},
	{"at the end, and ever", BASE "notify_stop \"/bin/false -q\"\nnotify /bin/true\n",
	 "notify = \"/bin/sh -c '[ $0 != STOP ] || /bin/false -q; exec /bin/true INSTANCE web $0 "
	 "$VRRP_PRIORITY'\"",
	 NULL},
	{"at the end, with more than a shell should read", BASE "notify_stop \"/bin/false '*'\"\n",
	 "notify = \"/bin/sh -c '[ $0 != STOP ] || /bin/false \\\"*\\\"'\"", NULL},
	{"repeat", BASE "garp_master_repeat 3\n", "garp-count = 3", NULL},
	{"refresh", BASE "garp_master_refresh 60\n", "garp-refresh = 60s", NULL},
	{"three intervals", BASE "down_timer_adverts 3\n", NULL, NULL},
	{"more than three", BASE "down_timer_adverts 5\n", NULL, "the lease"},
	{"state said twice", BASE "state BACKUP\nstate MASTER\nnopreempt\n", "preempt = no",
	 "state MASTER: nothing lost: given before"},
	{"version said twice", BASE "version 3\nversion 2\n", "version = 3", NULL},
	{"a program said twice", BASE "notify_master /bin/true\nnotify_master /bin/false\n",
	 "notify-master = /bin/true", "/bin/false: nothing lost: given before"},
	{"accept, and not", BASE "accept\nno_accept\n", "accept = no",
	 "accept: nothing lost: given again"},
	{"not, and accept", BASE "no_accept\naccept\n", "accept = yes",
	 "no_accept: nothing lost: given again"},
	{"two sources", BASE "mcast_src_ip 10.0.0.7\nunicast_src_ip 10.0.0.8\n",
	 "source = 10.0.0.8", "mcast_src_ip 10.0.0.7: nothing lost: given again"},
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
	{"with a comment", BARE "$A=10.0.0.1 # as ever\nvirtual_ipaddress {\n${A}/24\n}\n",
	 "address = 10.0.0.1/24", NULL},
	{"of several lines with comments", BASE "$A=\\\npriority 7 # as ever \\\nnopreempt\n$A\n",
	 "preempt = no", NULL},
	{"that has a hash", BASE PASSWORD("a${_HASH}b${_BANG}"), "auth = pass:a#b!", NULL},
	{"of the environment", BASE "priority ${_ENV PRIO}\n", NULL, "environment is not known"},
	{"at random", BASE "priority ${_RANDOM 1 9}\n", NULL, "another number each time"},
	{"a sequence of addresses",
	 BARE "virtual_ipaddress {\n~SEQ(N, 2, 9) 10.0.0.$N\n10.0.0.1/24\n}\n",
	 "address = 10.0.0.1/24", "dropped: sequences are not expanded"},
	{"in itself", BASE "$A=x${A}x\npriority ${A}\n", NULL, "too much text"},
	{"that is not there", BASE "priority $N\n", NULL, "not a whole number"},
	{"a key of ours", BASE "priority \"7 ; accept = no\"\n", NULL, "would begin a comment"},
};

#define SCRIPTS                                                                     \
	"vrrp_script plain {\nscript /bin/true\ninterval 2\ntimeout 1\nfall 3\n}\n" \
	"vrrp_script arguments {\nscript \"pgrep -x sshd\"\nweight -4\n}\n"         \
	"vrrp_script shell {\nscript \"</dev/tcp/127.0.0.1/80\"\n}\n"

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
	if (!row->reason && result.note_count > (strstr(row->body, "track_script") ? 2 : 0))
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
	 "this section was given already"},
	{"the same VRID twice",
	 "vrrp_instance a {\n" BASE "}\nvrrp_instance b {\n" BARE
	 "virtual_ipaddress {\n10.0.0.2/24\n}\n}\n",
	 1, "is taken by [vrrp a]"},
	{"two MACs on one NIC",
	 "vrrp_instance a {\n" BASE "use_vmac\n}\nvrrp_instance b {\ninterface eth1\n"
	 "virtual_router_id 56\nuse_vmac\nvirtual_ipaddress {\n10.0.0.2/24\n}\n}\n",
	 2, "mac-device = macvlan\naddress = 10.0.0.2/24\n"},
	{"defaults of all",
	 "global_defs {\nvrrp_version 3\ndefault_interface eth7\nvrrp_min_garp\n"
	 "vrrp_strict\n}\nvrrp_instance a {\nvirtual_router_id 5\n" VIP "}\n",
	 1, "heartbeat = eth7\ngarp-count = 1\ngarp-delay = 0s\naccept = no\n"},
	{"one announcement, but for what is said of them",
	 "global_defs {\nvrrp_min_garp\nvrrp_garp_master_repeat 3\nvrrp_garp_master_delay "
	 "4\n}\nvrrp_instance a {\n" BASE "}\n",
	 1, "garp-count = 3\ngarp-delay = 4s\n\n"},
	{"a user and a group",
	 "global_defs {\nscript_user nobody :adm\nset_supplementary_groups\n}\n"
	 "vrrp_instance a {\n" BASE "notify_fault /bin/true nobody adm\n}\n",
	 1, "script-user = nobody:adm\n\n"},
	{"a user who asks by a signal",
	 "global_defs {\nscript_user nobody\n}\nvrrp_instance a {\n" BASE
	 "notify_fault \"killall -0 x\"\n}\n",
	 1, "script-user = nobody\n\n"},
	{"root, who is the usual one",
	 "global_defs {\nscript_user root root\n}\nvrrp_instance a {\n" BASE
	 "notify_fault /bin/true root\n}\n",
	 1, "notify-fault = /bin/true\n\n"},
	{"a user's own group",
	 "global_defs {\nscript_user nobody :\n}\nvrrp_instance a {\n" BASE
	 "notify_fault /bin/true nobody\n}\n",
	 1, "script-user = nobody\n\n"},
	{"strict, but it accepts",
	 "global_defs {\nvrrp_strict\n}\nvrrp_instance a {\naccept\n" BASE "}\n", 1,
	 "accept = yes"},
	{"the agent's", "global_defs {\nvrrp_rt_priority 50\n}\nvrrp_instance a {\n" BASE "}\n", 1,
	 "[agent]\nrealtime = 50\n\n[vrrp a]\n"},
	{"no good for the agent",
	 "global_defs {\nvrrp_rt_priority 500\n}\nvrrp_instance a {\n" BASE "}\n", 1,
	 "# line 2: vrrp_rt_priority 500: dropped: realtime: \"500\" is out of range"},
	{"a script that nobody tracks", "vrrp_script a {\nscript /bin/a\n}\n", 0,
	 "# line 1-3: vrrp_script a { }: nothing lost: no virtual router tracks it"},
	{"a group on one line",
	 "vrrp_sync_group g {\ngroup { b a }\nnotify_master /bin/true\n}\nvrrp_instance a {\n" BASE
	 "track_interface {\neth2 weight 5\n}\n}\n",
	 1, "eth2 weight 5: nothing lost: in a sync group keepalived ignores"},
	{"what has a weight, in a group",
	 "vrrp_sync_group g {\ngroup {\na\n}\n}\nvrrp_instance a {\n" BASE
	 "track_interface {\neth2 weight 5\n}\n}\n",
	 1, "eth2 weight 5: nothing lost: in a sync group keepalived ignores"},
	{"what has a weight, in a group that says so",
	 "vrrp_sync_group g {\ngroup {\na\n}\nsync_group_tracking_weight\n}\nvrrp_instance a "
	 "{\n" BASE "track_interface {\neth2 weight 5\n}\n}\n",
	 1, "track-interface = eth2 weight 5\n"},
	{"what has a weight, of a group",
	 "vrrp_sync_group g {\ngroup {\na\n}\ntrack_interface {\neth2 weight 5\n}\n}\n"
	 "vrrp_instance a {\n" BASE "}\n",
	 1, "track-interface = eth2 weight 5\n"},
	{"never closed", "vrrp_instance a {\n" BASE, 0, "never closed"},
	{"closed twice", "vrrp_instance a {\n" BASE "}\n}\n", 1, "no block to be closed"},
	{"braces of nobody", "{\nvrrp_instance a {\n" BASE "}\n}\n", 0, "belongs to nothing"},
	{"an include that was not read", "include conf.d/*\n", 0,
	 "# line 1: include conf.d/*: dropped: the file could not be read"},
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

/* Programs run as keepalived's own user where there is one, unless the file says another one. */
static void test_user_of_host(void **state)
{
	static const struct {
		const char *text;
		const char *key; /* NULL: no script-user */
	} users[] = {
		{"vrrp_instance a {\n" BASE "notify_fault /bin/true\n}\n",
		 "script-user = keepalived_script"},
		{"vrrp_script s {\nscript /bin/true\nuser keepalived_script\n}\nvrrp_instance a "
		 "{\n" BASE "track_script {\ns\n}\n}\n",
		 "script-user = keepalived_script"},
		{"global_defs {\nscript_user nobody\n}\nvrrp_instance a {\n" BASE
		 "notify_fault /bin/true\n}\n",
		 "script-user = nobody"},
		{"vrrp_instance notify {\n" BASE "}\n", NULL},
	};
	struct import_host with = host;

	(void)state;
	with.script_user = "keepalived_script";
	for (size_t i = 0; i < COUNT(users); i++) {
		struct import_result result = convert_on(users[i].text, &with);

		if (users[i].key ? !has_line(result.text, users[i].key)
				 : !!strstr(result.text, "script-user"))
			fail_msg("%s:\n%s", users[i].key, result.text);
		assert_int_equal(result.part_count, 0);
		import_free(&result);
	}
}

/* ---- lines of other files ---- */

struct hidden {
	const char *what, *body; /* of one instance, with SECRET in it */
	const char *part;        /* of the result */
};

#define INSTANCE(body) "vrrp_instance web {\n" BARE body "}\n"
#define SCRIPT(lines)  "vrrp_script s {\n" lines "}\n" INSTANCE(VIP "track_script {\ns\n}\n")

static const struct hidden hiddens[] = {
	{"no keyword", ">root:SECRET:19700:0:99999:7:::\n" INSTANCE(VIP),
	 "# part:1: ...: dropped: a keyword that is not known here\n"},
	{"a keyword that has no equivalent", ">static_routes SECRET\n" INSTANCE(VIP),
	 "# part:1: static_routes ...: dropped: put addresses"},
	{"a keyword alone", INSTANCE(VIP ">smtp_alert\n"),
	 "smtp_alert: dropped: vrrp-xdp sends no mail"},
	{"something that begins like a keyword", ">virtual_serverSECRET\n" INSTANCE(VIP),
	 "# part:1: virtual_server*: dropped: vrrp-xdp does not"},
	{"a block", ">vrrp_script SECRET {\n>}\n" INSTANCE(VIP),
	 "# part:1-2: vrrp_script ... { }: nothing lost: no virtual router"},
	{"a block with such lines in it", "frob SECRET {\n>user SECRET\n}\n" INSTANCE(VIP),
	 "# line 1-3: ... { }: dropped: a keyword"},
	{"a block that is never closed", INSTANCE(VIP) ">SECRET {\n",
	 "# part:8: ... { }: dropped: "},
	{"closed too often", INSTANCE(VIP) ">} SECRET\n",
	 "# part:8: ...: dropped: there is no block"},
	{"for another host", ">@there SECRET\n" INSTANCE(VIP),
	 "# part:1: ...: dropped: it is for another host"},
	{"too much of it", ">$A=x${A}SECRET\n>${A}\n" INSTANCE(VIP),
	 "# part:2: ...: dropped: its parameters"},
	{"a value", INSTANCE(VIP ">priority SECRET\n"),
	 "# part:7: priority ...: dropped: priority: this value is refused\n"},
	{"a value by its parameter", ">$A=SECRET\n" INSTANCE(VIP "priority $A\n"),
	 "# line 8: priority ...: dropped: priority: this value is refused\n"},
	{"a value that goes on in another file", "$A=\\\n>SECRET\n" INSTANCE(VIP "priority $A\n"),
	 "# part:2: ...: dropped: a keyword that is not known here\n"},
	{"an address", INSTANCE("virtual_ipaddress {\n10.0.0.1/24\n>SECRET\n}\n"),
	 "# part:6: ...: dropped: address: this value is refused\n"},
	{"what is behind an address",
	 INSTANCE("virtual_ipaddress {\n>10.0.0.1/24 label SECRET\n}\n"),
	 "address = 10.0.0.1/24\n# part:5: ...: kept without ... ...\n"},
	{"its device", INSTANCE("virtual_ipaddress {\n>10.0.0.1/24 dev SECRET-AND-MORE-OF-IT\n}\n"),
	 "# line 1-7: vrrp_instance ... { }: dropped: public: this value is refused\n"},
	{"a route", INSTANCE(VIP "virtual_routes {\n>10.1.0.0/16 via SECRET\n}\n"),
	 "# part:8: ...: dropped: route: this value is refused\n"},
	{"no route", INSTANCE(VIP "virtual_routes {\n>SECRET\n}\n"), "no such option here: ...\n"},
	{"no rule", INSTANCE(VIP "virtual_rules {\n>SECRET\n}\n"), "no such option here: ...\n"},
	{"what is behind a route", INSTANCE(VIP "virtual_routes {\n>10.1.0.0/16 SECRET\n}\n"),
	 "no such option here: ...\n"},
	{"what is behind a peer", INSTANCE(VIP "unicast_peer {\n>10.0.0.7 SECRET 7\n}\n"),
	 "# part:8: ...: kept without ... ...\n"},
	{"what is behind an interface", INSTANCE(VIP "track_interface {\n>eth2 SECRET\n}\n"),
	 "# part:8: ...: kept without ...\n"},
	{"a script that is not there", INSTANCE(VIP "track_script {\n>SECRET\n}\n"),
	 "# part:8: ...: dropped: there is no vrrp_script"},
	{"a script with a quote", SCRIPT(">script \"/a 'SECRET\"\n"),
	 "# line 11: s: dropped: a quote does not end\n"},
	{"a script's interval", SCRIPT("script /bin/true\n>interval SECRET\n"),
	 "# line 1-4: vrrp_script ... { }: dropped: track-script: this value is refused\n"},
	{"a program", INSTANCE(VIP ">notify_master \"/a 'SECRET\"\n"),
	 "# part:7: notify_master ...: dropped: a quote does not end\n"},
	{"a default of all",
	 "global_defs {\n>default_interface SECRET-AND-MORE-OF-IT\n}\n"
	 "vrrp_instance web {\nvirtual_router_id 55\n" VIP "}\n",
	 "# part:2: default_interface ...: dropped: heartbeat: this value is refused\n"},
	{"a name that is taken",
	 INSTANCE(VIP) ">vrrp_instance web {\n>interface eth1\n>virtual_router_id "
		       "56\n>virtual_ipaddress {\n>10.0.0.2/24\n>}\n>SECRET\n>}\n",
	 "# part:8-15: vrrp_instance ... { }: dropped: this section was given already"},
	{"what a section lacks", ">vrrp_instance web {\n>interface eth1\n>SECRET\n>}\n",
	 "# part:1-4: vrrp_instance ... { }: dropped: vrid: missing"},
};

/* Comments tell where it is, and never what it is. */
static void test_hidden(void **state)
{
	const struct hidden *row = *state;
	struct import_result result = convert(row->body, "here");

	if (!strstr(result.text, row->part))
		fail_msg("no \"%s\" in:\n%s", row->part, result.text);
	if (strstr(result.text, "SECRET"))
		fail_msg("it is told:\n%s", result.text);
	for (unsigned int i = 0; i < result.note_count; i++) {
		assert_null(strstr(result.notes[i].text, "SECRET"));
		assert_null(strstr(result.notes[i].reason, "SECRET"));
	}
	import_free(&result);
}

/* A line that the loader gives up on. */
static void test_unread(void **state)
{
	struct import_line line = {.number = 7,
				   .text = "include x",
				   .why = "x is not read: a test"};
	struct import_result result;
	struct import_fault fault;

	(void)state;
	assert_int_equal(import_keepalived(&line, 1, &host, &result, &fault), 0);
	assert_string_equal(result.text, "# line 7: include x: dropped: x is not read: a test\n\n");
	import_free(&result);
}

/* ---- bounds ---- */

struct bound {
	const char *what;
	const char *head, *part, *tail; /* the part is repeated */
	unsigned int times, line;       /* that is refused */
	const char *why;                /* NULL: nothing is refused */
};

static const struct bound bounds[] = {
	{"blocks in each other", "", "a {\n", "", 32, 0, NULL},
	{"too many", "", "a {\n", "", 33, 33, "more than 32 blocks in each other"},
	{"too many without names", "\n", "{ ", "\n", 33, 2, "more than 32 blocks in each other"},
	{"too many in one line", "", "a{ ", "\n", 33, 1, "more than 32 blocks in each other"},
	{"blocks behind each other", "", "a { }\n", "", 1000, 0, NULL},
	{"a long line", "", "abcdefgh", "\n", 512, 0, NULL},
	{"too long", "", "abcdefgh", "i\n", 512, 1, "longer than 4096 bytes"},
	{"a long line by parameters", "$A=", "abcdefgh", "\n${A}${A}\n", 256, 0, NULL},
	{"too long by parameters", "$A=", "abcdefgh", "\n${A}${A}x\n", 256, 2,
	 "longer than 4096 bytes"},
	{"a value", "$A=\\\n", "abcdefg\\\n", "\n", 2047, 0, NULL},
	{"too long a value", "$A=\\\n", "abcdefg\\\n", "\n", 2049, 2050,
	 "the value of a parameter is longer than 16384 bytes"},
	{"much by parameters", "$A=x${A}\n", "${A}\n", "", 3000, 0, NULL},
	{"too much by parameters", "$A=x${A}\n", "${A}\n", "", 10000, 3198,
	 "parameters lead to more than 2097152 bytes in all"},
	{"statements", "", "a\n", "", 65536, 0, NULL},
	{"too many statements", "\n", "a\n", "", 65537, 65538,
	 "too many statements up to here: import the file in parts"},
};

static void test_bound(void **state)
{
	const struct bound *row = *state;
	struct import_result result = {0};
	struct import_fault fault;
	struct import_line *lines;
	unsigned int count;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err;

	assert_non_null(out);
	fputs(row->head, out);
	for (unsigned int i = 0; i < row->times; i++)
		fputs(row->part, out);
	fputs(row->tail, out);
	fclose(out);
	lines = split(text, &count);
	err = import_keepalived(lines, count, &host, &result, &fault);
	assert_int_equal(err, row->why ? -E2BIG : 0);
	if (row->why) {
		assert_string_equal(fault.why, row->why);
		assert_int_equal(fault.line->number, row->line);
	} else {
		import_free(&result);
	}
	free(lines);
	free(text);
}

/* What nobody can want: more values that are refused than all rounds of our checks name. */
static void test_too_many_refused(void **state)
{
	struct import_result result;
	struct import_fault fault;
	struct import_line *lines;
	unsigned int count;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	fprintf(out, "vrrp_instance a {\n" BARE "virtual_ipaddress {\n10.0.0.1/24\n");
	for (int i = 0; i < 10000; i++)
		fprintf(out, "nonsense\n");
	fprintf(out, "}\n}\n");
	fclose(out);
	lines = split(text, &count);
	assert_int_equal(import_keepalived(lines, count, &host, &result, &fault), -E2BIG);
	assert_string_equal(fault.why, "too many values are refused, this one and later ones");
	assert_int_equal(fault.line->number, 9906);
	free(lines);
	free(text);
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

/* ---- more addresses than an advert has room for: nothing is lost ---- */

static unsigned int count_lines(const char *text, const char *key)
{
	unsigned int count = 0;

	for (const char *at = text; (at = strstr(at, key)) != NULL; at++)
		count += at != text && at[-1] == '\n';
	return count;
}

static const struct {
	const char *format; /* of an address */
	unsigned int advertised, excluded, advertise;
} crowds[] = {
	{"10.0.%u.%u/24\n", 300, 700, 255},
	{"10.0.%u.%u/24\n", 20, 980, 20},
	{"10.0.%u.%u/24\n", 300, 0, 0},
	{"2001:db8::%x:%x/64\n", 100, 700, 89},
};

static void test_crowds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(crowds); i++) {
		unsigned int last = crowds[i].advertised + crowds[i].excluded;
		struct import_result result;
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		fputs("vrrp_instance web {\n" BARE "virtual_ipaddress {\n", out);
		for (unsigned int n = 0; n < last; n++) {
			if (n == crowds[i].advertised)
				fputs("}\nvirtual_ipaddress_excluded {\n", out);
			fprintf(out, crowds[i].format, n / 256, n % 256);
		}
		fputs("}\n}\n", out);
		fclose(out);
		result = convert(text, "here");
		if (result.note_count)
			fail_msg("%s", result.notes[0].reason);
		assert_int_equal(count_lines(result.text, "address = "), last);
		assert_int_equal(count_lines(result.text, "advertise = "), crowds[i].advertise);
		import_free(&result);
		free(text);
	}
}

int main(void)
{
	table_test(test_many);
	table_test(test_unread);
	table_test(test_too_many_refused);
	table_test(test_user_of_host);
	table_test(test_crowds);
	table_rows(NULL, rows, what, test_row);
	table_rows(NULL, wholes, what, test_whole);
	table_rows(NULL, hiddens, what, test_hidden);
	table_rows(NULL, bounds, what, test_bound);
	return table_run("import");
}

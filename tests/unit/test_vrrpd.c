/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vrrpd's command line: a row is a line as a shell would split it (by single blanks, "~" stands for
 * a blank within an argument), and either what differs from the defaults, or the errors.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config.h"
#include "table.h"

#define MAX_ARGS (CONFIG_MAX_ADDRESSES + 50)

struct accepted_row {
	const char *description;
	const char *line;
	const char *head;     /* name, VRID, heartbeat, priority */
	const char *interval; /* as formatted */
	const char *tail;     /* from `preempt-delay` on; a key at its default is left out */
};

#define DEFAULT_TIME "interval = 1s\npreempt = yes\n"

static const struct accepted_row accepted[] = {
	{"the seed's first scheme: heartbeat and public on eth0, options behind the address",
	 "-i eth0 42.51.67.93/24 -v 55 -n -U /root/Master.sh -D /root/Backup.sh",
	 "[vrrp vrrp-55]\nvrid = 55\nheartbeat = eth0\npriority = 100\n", DEFAULT_TIME,
	 "public = eth0\naddress = 42.51.67.93/24\nmac = 00:00:5e:00:01:37\nvirtual\n"
	 "advertise = 42.51.67.93\nauth = none\nnotify-master = /root/Master.sh\n"
	 "notify-backup = /root/Backup.sh\n"},
	{"the seed's second scheme: heartbeat on eth1, scripts change eth0",
	 "-i eth1 10.51.67.93/24 -v 55 -U /root/Master.sh -D /root/Backup.sh",
	 "[vrrp vrrp-55]\nvrid = 55\nheartbeat = eth1\npriority = 100\n", DEFAULT_TIME,
	 "public = eth1\naddress = 10.51.67.93/24\nmac = keep\nadvertise = 10.51.67.93\n"
	 "auth = none\nnotify-master = /root/Master.sh\nnotify-backup = /root/Backup.sh\n"},
	{"an address without length is a host", "-i eth0 -v 1 10.0.0.1",
	 "[vrrp vrrp-1]\nvrid = 1\nheartbeat = eth0\npriority = 100\n", DEFAULT_TIME,
	 "public = eth0\naddress = 10.0.0.1/32\nmac = keep\nadvertise = 10.0.0.1\nauth = none\n"},
	{"several addresses, among the options", "10.0.0.1/24 -i eth0 10.0.0.2 -v 255 10.0.0.3/8",
	 "[vrrp vrrp-255]\nvrid = 255\nheartbeat = eth0\npriority = 100\n", DEFAULT_TIME,
	 "public = eth0\naddress = 10.0.0.1/24\naddress = 10.0.0.2/32\naddress = 10.0.0.3/8\n"
	 "mac = keep\nadvertise = 10.0.0.1\nadvertise = 10.0.0.2\nadvertise = 10.0.0.3\n"
	 "auth = none\n"},
	{"priority, interval, no preemption", "-i eth0 -v 7 -p 200 -d 255 -s 10.0.0.1/24",
	 "[vrrp vrrp-7]\nvrid = 7\nheartbeat = eth0\npriority = 200\n",
	 "interval = 255s\npreempt = no\n",
	 "public = eth0\naddress = 10.0.0.1/24\nmac = keep\nadvertise = 10.0.0.1\nauth = none\n"},
	{"values behind their letters, flags together", "-ieth0 -v7 -p9 -d2 -sn 10.0.0.1/24",
	 "[vrrp vrrp-7]\nvrid = 7\nheartbeat = eth0\npriority = 9\n",
	 "interval = 2s\npreempt = no\n",
	 "public = eth0\naddress = 10.0.0.1/24\nmac = 00:00:5e:00:01:07\nvirtual\n"
	 "advertise = 10.0.0.1\nauth = none\n"},
	{"a flag with a value at the end of a group", "-nsv 7 -i eth0 10.0.0.1/24",
	 "[vrrp vrrp-7]\nvrid = 7\nheartbeat = eth0\npriority = 100\n",
	 "interval = 1s\npreempt = no\n",
	 "public = eth0\naddress = 10.0.0.1/24\nmac = 00:00:5e:00:01:07\nvirtual\n"
	 "advertise = 10.0.0.1\nauth = none\n"},
	{"a password of eight characters", "-i eth0 -v 71 -p 105 -a pw/pw123456 192.0.2.71",
	 "[vrrp vrrp-71]\nvrid = 71\nheartbeat = eth0\npriority = 105\n", DEFAULT_TIME,
	 "public = eth0\naddress = 192.0.2.71/32\nmac = keep\nadvertise = 192.0.2.71\n"
	 "auth = pass:pw123456\n"},
	{"a password that looks like a hexadecimal key is its own text",
	 "-i eth0 -v 1 -a pw/0x1234 10.0.0.1",
	 "[vrrp vrrp-1]\nvrid = 1\nheartbeat = eth0\npriority = 100\n", DEFAULT_TIME,
	 "public = eth0\naddress = 10.0.0.1/32\nmac = keep\nadvertise = 10.0.0.1\n"
	 "auth = pass:0x1234\n"},
	{"no authentication, said aloud", "-i eth0 -v 1 -a none 10.0.0.1",
	 "[vrrp vrrp-1]\nvrid = 1\nheartbeat = eth0\npriority = 100\n", DEFAULT_TIME,
	 "public = eth0\naddress = 10.0.0.1/32\nmac = keep\nadvertise = 10.0.0.1\nauth = none\n"},
	{"behind -- there are addresses alone", "-i eth0 -v 1 -- 10.0.0.1",
	 "[vrrp vrrp-1]\nvrid = 1\nheartbeat = eth0\npriority = 100\n", DEFAULT_TIME,
	 "public = eth0\naddress = 10.0.0.1/32\nmac = keep\nadvertise = 10.0.0.1\nauth = none\n"},
	{"scripts may be relative, and may have a blank in their name",
	 "-i eth0 -v 1 10.0.0.1 -U Master.sh -D ./my~scripts/Backup.sh",
	 "[vrrp vrrp-1]\nvrid = 1\nheartbeat = eth0\npriority = 100\n", DEFAULT_TIME,
	 "public = eth0\naddress = 10.0.0.1/32\nmac = keep\nadvertise = 10.0.0.1\nauth = none\n"
	 "notify-master = Master.sh\nnotify-backup = \"'./my scripts/Backup.sh'\"\n"},
	{"an owner", "-i eth0 -v 1 -p 255 10.0.0.1",
	 "[vrrp vrrp-1]\nvrid = 1\nheartbeat = eth0\npriority = 255\n", DEFAULT_TIME,
	 "public = eth0\naddress = 10.0.0.1/32\nmac = keep\nadvertise = 10.0.0.1\nauth = none\n"},
};

struct refused_row {
	const char *description;
	const char *line;
	const char *errors;
};

#define OK           "-i eth0 -v 1 10.0.0.1"
#define ADDR_ACCEPTS " (accepted: an IPv4 address, with or without /LEN)\n"
#define IN_FILE      "in a configuration file (run -c FILE) the key "

static const struct refused_row refused[] = {
	{"nothing at all", "",
	 "vrrp-xdp: -v: missing (accepted: 1 to 255)\n"
	 "vrrp-xdp: -i: missing (accepted: an interface)\n"
	 "vrrp-xdp: ADDR/LEN: missing" ADDR_ACCEPTS},
	{"no -v", "-i eth0 10.0.0.1", "vrrp-xdp: -v: missing (accepted: 1 to 255)\n"},
	{"no -i", "-v 1 10.0.0.1", "vrrp-xdp: -i: missing (accepted: an interface)\n"},
	{"no address", "-i eth0 -v 1", "vrrp-xdp: ADDR/LEN: missing" ADDR_ACCEPTS},
	{"-v 300", "-i eth0 -v 300 10.0.0.1",
	 "vrrp-xdp: -v: \"300\" is out of range (accepted: 1 to 255)\n"},
	{"-v 0", "-i eth0 -v 0 10.0.0.1",
	 "vrrp-xdp: -v: \"0\" is out of range (accepted: 1 to 255)\n"},
	{"-v 5x", "-i eth0 -v 5x 10.0.0.1",
	 "vrrp-xdp: -v: \"5x\" is not a whole number (accepted: 1 to 255)\n"},
	{"-p 0", OK " -p 0", "vrrp-xdp: -p: \"0\" is out of range (accepted: 1 to 255)\n"},
	{"-p 256", OK " -p 256", "vrrp-xdp: -p: \"256\" is out of range (accepted: 1 to 255)\n"},
	{"-d 0", OK " -d 0",
	 "vrrp-xdp: -d: \"0\" is out of range (accepted: whole seconds, 1 to 255)\n"},
	{"-d 0.4", OK " -d 0.4",
	 "vrrp-xdp: -d: \"0.4\" is not a whole number (accepted: whole seconds, 1 to 255)\n"},
	{"-d 1s", OK " -d 1s",
	 "vrrp-xdp: -d: \"1s\" is not a whole number (accepted: whole seconds, 1 to 255)\n"},
	{"-d 256", OK " -d 256",
	 "vrrp-xdp: -d: \"256\" is out of range (accepted: whole seconds, 1 to 255)\n"},
	{"a flag's value missing at the end", "-i eth0 10.0.0.1 -v",
	 "vrrp-xdp: -v: needs a value\n"},
	{"a flag's value missing before the next flag", "-i -v 1 10.0.0.1",
	 "vrrp-xdp: -i: needs a value\n"},
	{"an empty value", "-i  -v 1 10.0.0.1",
	 "vrrp-xdp: -i: no value (accepted: an interface)\n"},
	{"an empty address", "-i eth0 -v 1 ", "vrrp-xdp: ADDR/LEN: no value" ADDR_ACCEPTS},
	{"an unknown flag", OK " -q", "vrrp-xdp: -q: unknown flag; see --help\n"},
	{"an unknown long option", OK " --quiet",
	 "vrrp-xdp: --quiet: unknown option; see --help\n"},
	{"a dash alone", OK " -", "vrrp-xdp: -: unknown option; see --help\n"},
	{"-f has no meaning", OK " -f /var/run",
	 "vrrp-xdp: -f: has no meaning here: there is no pid file; the run directory is --run-dir "
	 "DIR\n"},
	{"-M has no meaning", OK " -M 2",
	 "vrrp-xdp: -M: has no meaning here: links are watched always; more of them: " IN_FILE
	 "track-interface\n"},
	{"-I has no meaning", OK " -I 10.0.0.1",
	 "vrrp-xdp: -I: has no meaning here: neighbours learn by gratuitous ARP; " IN_FILE
	 "garp-count (and garp-refresh)\n"},
	{"-O has no meaning", OK " -O 10.0.0.254",
	 "vrrp-xdp: -O: has no meaning here: neighbours learn by gratuitous ARP; " IN_FILE
	 "garp-count (and garp-refresh)\n"},
	{"-z has no meaning", OK " -z 20",
	 "vrrp-xdp: -z: has no meaning here: no signal changes the priority; set it once, with -p "
	 "or " IN_FILE "priority\n"},
	{"-x has no meaning", OK " -x 20",
	 "vrrp-xdp: -x: has no meaning here: no signal changes the priority; set it once, with -p "
	 "or " IN_FILE "priority\n"},
	{"-b has no meaning", OK " -b",
	 "vrrp-xdp: -b: has no meaning here: the agent always stays in the foreground; leave it "
	 "out\n"},
	{"-h has no meaning", OK " -h", "vrrp-xdp: -h: has no meaning here: use --help\n"},
	{"-V has no meaning", OK " -V", "vrrp-xdp: -V: has no meaning here: use --version\n"},
	{"-v twice", OK " -v 2", "vrrp-xdp: -v: given twice\n"},
	{"-i twice", OK " -i eth1", "vrrp-xdp: -i: given twice\n"},
	{"-s twice would switch back in vrrpd", OK " -s -s", "vrrp-xdp: -s: given twice\n"},
	{"an address twice", OK " 10.0.0.1/24", "vrrp-xdp: 10.0.0.1: given twice\n"},
	{"an address of IPv6", "-i eth0 -v 1 2001:db8::1",
	 "vrrp-xdp: ADDR/LEN: \"2001:db8::1\" is not IPv4, and version 2 carries nothing "
	 "else" ADDR_ACCEPTS},
	{"an address with a bad length", "-i eth0 -v 1 10.0.0.1/33",
	 "vrrp-xdp: ADDR/LEN: \"10.0.0.1/33\" has a prefix length that is not 1 to "
	 "32" ADDR_ACCEPTS},
	{"a netmask", "-i eth0 -v 1 10.0.0.1/255.255.255.0",
	 "vrrp-xdp: ADDR/LEN: \"10.0.0.1/255.255.255.0\" has a prefix length that is not 1 to "
	 "32" ADDR_ACCEPTS},
	{"a word that is no address", "start -i eth0 -v 1 10.0.0.1",
	 "vrrp-xdp: ADDR/LEN: \"start\" is not an IPv4 or IPv6 address" ADDR_ACCEPTS},
	{"dev is of files alone", OK " dev eth1",
	 "vrrp-xdp: ADDR/LEN: \"dev\" is not an IPv4 or IPv6 address" ADDR_ACCEPTS
	 "vrrp-xdp: ADDR/LEN: \"eth1\" is not an IPv4 or IPv6 address" ADDR_ACCEPTS},
	{"behind -- a flag is an address, and a bad one", "-i eth0 -v 1 10.0.0.1 -- -n",
	 "vrrp-xdp: ADDR/LEN: \"-n\" is not an IPv4 or IPv6 address" ADDR_ACCEPTS},
	{"two addresses in one argument", "-i eth0 -v 1 10.0.0.1~10.0.0.2",
	 "vrrp-xdp: ADDR/LEN: \"10.0.0.1 10.0.0.2\" has a blank" ADDR_ACCEPTS},
	{"two interfaces in one argument", "-i eth0~eth1 -v 1 10.0.0.1",
	 "vrrp-xdp: -i: \"eth0 eth1\" has a blank (accepted: an interface)\n"},
	{"an interface name that is too long", "-i sixteencharacter -v 1 10.0.0.1",
	 "vrrp-xdp: -i: \"sixteencharacter\" is longer than an interface name can be (accepted: an "
	 "interface)\n"},
	{"a password of nine characters", OK " -a pw/ninechars",
	 "vrrp-xdp: -a: \"pw/...\" has more than 8 characters (accepted: none, or a password of 1 "
	 "to 8 characters: pw/TEXT)\n"},
	{"an empty password", OK " -a pw/",
	 "vrrp-xdp: -a: \"pw/...\" has no password (accepted: none, or a password of 1 to 8 "
	 "characters: pw/TEXT)\n"},
	{"the authentication header", OK " -a ah/0x1234",
	 "vrrp-xdp: -a: \"ah\" is not supported: RFC 3768 removed it (accepted: none, or a "
	 "password "
	 "of 1 to 8 characters: pw/TEXT)\n"},
	{"the file's form of a password", OK " -a pass:secret",
	 "vrrp-xdp: -a: \"pass:secret\" is not known (accepted: none, or a password of 1 to 8 "
	 "characters: pw/TEXT)\n"},
	{"an owner that does not preempt", OK " -p 255 -s",
	 "vrrp-xdp: -s: the owner (priority 255) always preempts\n"},
	{"a script's name of two lines", OK " -U /a\nauth~=~none",
	 "vrrp-xdp: -U: \"/a?auth = none\" has a control character (accepted: a program)\n"},
	{"a script's name with an escape sequence", OK " -D /\x1b[2J",
	 "vrrp-xdp: -D: \"/?[2J\" has a control character (accepted: a program)\n"},
	{"an escape sequence is not echoed", OK " -p \x1b[2J",
	 "vrrp-xdp: -p: \"?[2J\" is not a whole number (accepted: 1 to 255)\n"},
	{"several mistakes at once", "-i eth0 -v 300 -p 0 -q",
	 "vrrp-xdp: -v: \"300\" is out of range (accepted: 1 to 255)\n"
	 "vrrp-xdp: -p: \"0\" is out of range (accepted: 1 to 255)\n"
	 "vrrp-xdp: -q: unknown flag; see --help\n"
	 "vrrp-xdp: ADDR/LEN: missing" ADDR_ACCEPTS},
};

/* Every argument in memory of its own and of its own length, for the sanitizer. */
static int split(const char *line, char *argv[MAX_ARGS + 1])
{
	int argc = 0;

	argv[argc++] = strdup("vrrp-xdp");
	while (line) {
		const char *blank = strchr(line, ' ');
		char *arg = blank ? strndup(line, (size_t)(blank - line)) : strdup(line);

		assert_non_null(arg);
		assert_true(argc < MAX_ARGS);
		for (char *tilde = arg; (tilde = strchr(tilde, '~'));)
			*tilde = ' ';
		argv[argc++] = arg;
		line = blank ? blank + 1 : NULL;
	}
	argv[argc] = NULL;
	return argc;
}

static void join_free(int argc, char *argv[])
{
	for (int i = 0; i < argc; i++)
		free(argv[i]);
}

static int parse(const char *line, struct config **ret_config, struct config_errors *errors)
{
	char *argv[MAX_ARGS + 1];
	int argc = *line ? split(line, argv) : split("vrrp-xdp", argv) - 1;
	int ret = config_vrrpd(argc, argv, ret_config, errors);

	join_free(*line ? argc : argc + 1, argv);
	return ret;
}

static void test_accepted(void **state)
{
	const struct accepted_row *row = *state;
	struct config_errors errors;
	struct config *config = NULL;
	const struct config_router *r;
	char *text, *at;
	const char *line;
	size_t length;

	if (parse(row->line, &config, &errors) != 0)
		fail_msg("%s", errors.text);
	assert_null(errors.text);
	assert_int_equal(config->router_count, 1);
	r = &config->routers[0];
	assert_true(r->vrrpd);
	assert_int_equal(r->version, 2);
	assert_int_equal(r->family, 4);
	assert_int_equal(r->line, 0);

	text = config_format(config);
	assert_non_null(text);
	at = strstr(text, row->head);
	assert_non_null(at);
	assert_non_null(strstr(at, "\nversion = 2\n"));
	assert_non_null(strstr(at, row->interval));

	/* Each expected line, in order; a fixed MAC cannot be told from a virtual one but by its
	 * kind, which is the line "virtual" of the table. */
	for (line = row->tail; *line; line += length) {
		char wanted[128] = "\n";

		length = (size_t)(strchr(line, '\n') - line) + 1;
		assert_true(length < sizeof(wanted) - 1);
		if (strncmp(line, "virtual\n", length) == 0) {
			assert_int_equal(r->mac.kind, CONFIG_MAC_VIRTUAL);
			continue;
		}
		if (strncmp(line, "mac = 00", 8) == 0) {
			uint8_t mac[6];

			assert_int_equal(sscanf(line, "mac = %hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
						&mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
						&mac[5]),
					 6);
			assert_memory_equal(r->mac.mac, mac, 6);
			memcpy(wanted + 1, "mac = virtual\n", 15);
		} else {
			memcpy(wanted + 1, line, length);
		}
		at = strstr(at, wanted);
		if (!at)
			fail_msg("expected%sin %s", wanted, text);
	}
	assert_int_equal(strstr(row->tail, "notify-master") != NULL,
			 r->notify[CONFIG_NOTIFY_MASTER] != NULL);
	assert_null(r->notify[CONFIG_NOTIFY_ANY]);
	assert_null(r->notify[CONFIG_NOTIFY_FAULT]);
	free(text);
	config_free(config);
}

static void test_refused(void **state)
{
	const struct refused_row *row = *state;
	struct config_errors errors;
	struct config *config = NULL;
	unsigned int lines = 0;

	assert_int_equal(parse(row->line, &config, &errors), -EINVAL);
	assert_null(config);
	assert_string_equal(errors.text, row->errors);
	for (const char *p = row->errors; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(errors.count, lines);
	free(errors.text);
}

/* A command line may have as many addresses as a file. */
static void test_many_addresses(void **state)
{
	struct config_errors errors;
	struct config *config = NULL;
	char line[CONFIG_MAX_ADDRESSES * 12 + 64];
	size_t length = (size_t)sprintf(line, "-i eth0 -v 1");

	(void)state;
	for (int i = 0; i < CONFIG_MAX_ADDRESSES; i++)
		length += (size_t)sprintf(line + length, " 10.0.%d.%d", i / 256, i % 256);
	assert_int_equal(parse(line, &config, &errors), 0);
	assert_int_equal(config->routers[0].address_count, CONFIG_MAX_ADDRESSES);
	assert_int_equal(config->routers[0].advertise_count, 255);
	config_free(config);

	sprintf(line + length, " 10.0.9.0");
	assert_int_equal(parse(line, &config, &errors), -EINVAL);
	assert_string_equal(errors.text,
			    "vrrp-xdp: ADDR/LEN: \"10.0.9.0\" is one too many" ADDR_ACCEPTS);
	free(errors.text);
}

/* Arguments at random: whatever they are, a result or errors. */
static void test_random(void **state)
{
	static const char *const words[] = {
		"-i",
		"-v",
		"-p",
		"-d",
		"-s",
		"-n",
		"-a",
		"-U",
		"-D",
		"-M",
		"-f",
		"-z",
		"-x",
		"-h",
		"-b",
		"--",
		"-",
		"",
		"eth0",
		"55",
		"1",
		"0",
		"300",
		"none",
		"pw/x",
		"10.0.0.1/24",
		"10.0.0.2",
		"::1",
		"/root/Master.sh",
		"-nsv",
		"-ieth1",
		"\x1b",
		"\xff",
		"dev",
		" ",
	};
	uint32_t seed = 0x3768;
	unsigned int good = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char *argv[16] = {strdup("vrrp-xdp"), strdup("-i"), strdup("eth0"),
				  strdup("-v"),       strdup("1"),  strdup("10.0.0.9")};
		struct config_errors errors;
		struct config *config = NULL;
		int argc = 6, ret;

		/* Half of the rounds start from a line that is good so far. */
		if (round & 1) {
			join_free(5, argv + 1);
			argc = 1;
		}
		for (seed = seed * 1664525 + 1013904223; argc < 6 + (int)(seed >> 16) % 6;) {
			seed = seed * 1664525 + 1013904223;
			argv[argc++] =
				strdup(words[(seed >> 16) % (sizeof(words) / sizeof(words[0]))]);
			if (argc == 15)
				break;
		}
		argv[argc] = NULL;
		ret = config_vrrpd(argc, argv, &config, &errors);
		if (ret == 0) {
			good++;
			assert_non_null(config);
			assert_null(errors.text);
		} else {
			assert_int_equal(ret, -EINVAL);
			assert_null(config);
			assert_non_null(errors.text);
			assert_memory_equal(errors.text, "vrrp-xdp: ", 10);
		}
		config_free(config);
		free(errors.text);
		join_free(argc, argv);
	}
	assert_in_range(good, 100, 19000);
}

/* For who changes over: what has no meaning is told of, everything else is as strict. */
static void test_import(void **state)
{
	static char line[] = "vrrpd -i eth1 -f /run/x -v 55 -bs -M 10.0.0.1";
	static char wrong[] = "vrrpd -f /run/x -v 300 10.0.0.1";
	char *argv[16], *rest = NULL, *notes = NULL;
	struct config_errors errors;
	struct config *config = NULL;
	int argc = 0;

	(void)state;
	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	argv[argc] = NULL;
	/* -M takes the address for its value, as with vrrpd. */
	assert_int_equal(config_vrrpd_import(argc, argv, &config, &errors, &notes), -EINVAL);
	assert_null(notes);
	free(errors.text);
	argv[argc++] = (char *)"10.0.0.2";
	argv[argc] = NULL;
	assert_int_equal(config_vrrpd_import(argc, argv, &config, &errors, &notes), 0);
	assert_int_equal(config->routers[0].vrid, 55);
	assert_false(config->routers[0].preempt);
	assert_non_null(strstr(notes, "-f /run/x: "));
	assert_non_null(strstr(notes, "\n-b: "));
	assert_non_null(strstr(notes, "\n-M 10.0.0.1: "));
	assert_int_equal(config_vrrpd(argc, argv, &config, &errors), -EINVAL);
	free(errors.text);
	config_free(config);
	free(notes);

	notes = NULL;
	config = NULL;
	argc = 0;
	for (char *word = strtok_r(wrong, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	argv[argc] = NULL;
	assert_int_equal(config_vrrpd_import(argc, argv, &config, &errors, &notes), -EINVAL);
	assert_non_null(strstr(errors.text, "-v: "));
	assert_null(strstr(errors.text, "-f"));
	assert_null(config);
	assert_null(notes);
	free(errors.text);
}

int main(void)
{
	table_rows(NULL, accepted, description, test_accepted);
	table_rows(NULL, refused, description, test_refused);
	table_add(NULL, "as many addresses as there may be, and one more", test_many_addresses,
		  NULL);
	table_add(NULL, "20000 random lines, fixed seed", test_random, NULL);
	table_add(NULL, "import", test_import, NULL);
	return table_run("vrrpd");
}

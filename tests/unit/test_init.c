/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers -> two files, and what is wrong with an answer. Links init and the configuration's
 * parser.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/init.h"
#include "core/config/config.h"
#include "table.h"

static const struct init_answers least = {{
	[INIT_VRID] = "55",
	[INIT_HEARTBEAT] = "eth1",
	[INIT_ADDRESS] = "42.51.67.93/24",
}};

static const struct init_answers usual = {{
	[INIT_NAME] = "web",
	[INIT_VRID] = "55",
	[INIT_HEARTBEAT] = "eth1 eth2",
	[INIT_PUBLIC] = "eth0",
	[INIT_ADDRESS] = "42.51.67.93/24 2001:db8::93/64",
	[INIT_GATEWAY] = "42.51.67.1",
	[INIT_MAC] = "00:9f:a4:4c:3b:37",
	[INIT_STANDBY_ADDRESS] = "192.168.1.93/24",
	[INIT_PEER_STANDBY_ADDRESS] = "192.168.1.94/24",
	[INIT_STANDBY_GATEWAY] = "192.168.1.1",
	[INIT_WITNESS] = "owner",
}};

static const char own[] =
	"# Made by vrrp-xdp init for this server: vrrp-xdp.conf(5) has every key.\n"
	"[vrrp web]\n"
	"vrid            = 55\n"
	"heartbeat       = eth1 eth2\n"
	"public          = eth0\n"
	"address         = 42.51.67.93/24 2001:db8::93/64\n"
	"gateway         = 42.51.67.1\n"
	"mac             = 00:9f:a4:4c:3b:37\n"
	"interval        = 100ms\n"
	"priority        = 150\n"
	"standby-address = 192.168.1.93/24\n"
	"standby-gateway = 192.168.1.1\n"
	"witness         = owner\n";

static struct config *parse(const struct init_answers *answers, enum init_host host)
{
	char *text = init_text(answers, host);
	struct config_errors errors;
	struct config *config = NULL;

	assert_non_null(text);
	if (config_parse("init", text, strlen(text), &config, &errors))
		fail_msg("%s%s", errors.text, text);
	free(text);
	return config;
}

static void test_texts(void **state)
{
	struct config *mine = parse(&usual, INIT_OWN), *others = parse(&usual, INIT_PEER);
	char *text = init_text(&usual, INIT_OWN), *error = NULL;

	(void)state;
	assert_string_equal(text, own);
	assert_int_equal(init_check(&usual, INIT_COUNT, &error), 0);
	assert_int_equal(mine->routers[0].priority, 150);
	assert_int_equal(others->routers[0].priority, 100);
	assert_int_equal(mine->routers[0].standby_addresses[0].addr.b[3], 93);
	assert_int_equal(others->routers[0].standby_addresses[0].addr.b[3], 94);
	assert_int_equal(others->routers[0].vrid, 55);
	assert_int_equal(others->routers[0].witness, CONFIG_WITNESS_OWNER);
	config_free(mine);
	config_free(others);
	free(text);
}

static void test_least(void **state)
{
	struct config *mine = parse(&least, INIT_OWN), *others = parse(&least, INIT_PEER);
	char *error = NULL;

	(void)state;
	assert_int_equal(init_check(&least, INIT_COUNT, &error), 0);
	assert_string_equal(mine->routers[0].name, "web");
	assert_string_equal(mine->routers[0].public, "eth1");
	assert_true(mine->routers[0].priority > others->routers[0].priority);
	assert_false(init_is_secret(&least));
	config_free(mine);
	config_free(others);
}

struct row {
	const char *what;
	enum init_item item;
	const char *answer;
	const char *error; /* the flag, and a part of what is wrong; NULL: it is good */
};

static const struct row rows[] = {
	{"a VRID", INIT_VRID, "7", NULL},
	{"too large", INIT_VRID, "256", "--vrid: \"256\" is out of range"},
	{"none", INIT_VRID, "", "--vrid: is needed"},
	{"a name with a blank", INIT_NAME, "a b", "--name: "},
	{"two interfaces", INIT_HEARTBEAT, "eth1 eth2", NULL},
	{"five", INIT_HEARTBEAT, "a b c d e", "--heartbeat: \"e\" is one too many"},
	{"no length", INIT_ADDRESS, "42.51.67.93",
	 "--address: \"42.51.67.93\" has no prefix length"},
	{"a gateway of each family", INIT_GATEWAY, "42.51.67.1 2001:db8::1", NULL},
	{"two of one", INIT_GATEWAY, "42.51.67.1 42.51.67.2",
	 "--gateway: \"42.51.67.2\" is a second"},
	{"the shared address as gateway", INIT_GATEWAY, "42.51.67.93", "--gateway: is one of"},
	{"a multicast MAC", INIT_MAC, "01:00:5e:00:00:12", "--mac: "},
	{"an interval without a unit", INIT_INTERVAL, "100", "--interval: "},
	{"the same priority", INIT_PEER_PRIORITY, "150", "--peer-priority: must differ"},
	{"the shared address as standby", INIT_STANDBY_ADDRESS, "42.51.67.93/24",
	 "--standby-address: "},
	{"the peer's", INIT_PEER_STANDBY_ADDRESS, "42.51.67.93/24", "--peer-standby-address: "},
	{"the same standby address", INIT_PEER_STANDBY_ADDRESS, "192.168.1.93/24",
	 "must differ from"},
	{"a line more", INIT_NAME, "a]\n[vrrp b", "--name: has a control character"},
	{"a comment", INIT_MAC, "keep ; really", "--mac: has a ';'"},
	{"a comment of another kind", INIT_MAC, "keep # really", "--mac: "},
	{"a password with version 3", INIT_AUTH, "pass:hush",
	 "--auth: a password needs version = 2"},
	{"version 2 with milliseconds", INIT_VERSION, "2", NULL /* the interval's fault */},
	{"a witness that is not known", INIT_WITNESS, "nobody", "--witness: \"nobody\""},
};

/* Asked one by one, and all at once. */
static void test_row(void **state)
{
	const struct row *row = *state;
	struct init_answers answers = usual;
	char *error = NULL;

	answers.given[row->item] = row->answer;
	assert_int_equal(init_check(&answers, row->item, &error), row->error ? -EINVAL : 0);
	if (row->error) {
		assert_non_null(strstr(error, row->error));
		assert_true(!strncmp(error, init_questions[row->item].flag,
				     strlen(init_questions[row->item].flag)));
		assert_null(strstr(error, "hush"));
		free(error);
		error = NULL;
		assert_int_equal(init_check(&answers, INIT_COUNT, &error), -EINVAL);
		assert_non_null(strstr(error, row->error));
	}
	free(error);
}

/* On a terminal an answer is judged before the next question: what is still to come is no fault. */
static void test_in_order(void **state)
{
	struct init_answers answers = {{0}};
	char *error = NULL;

	(void)state;
	for (enum init_item item = INIT_NAME; item < INIT_COUNT; item++) {
		if (!init_questions[item].ask)
			continue;
		answers.given[item] = usual.given[item];
		if (init_check(&answers, item, &error))
			fail_msg("%s", error);
	}
	assert_int_equal(init_check(&answers, INIT_COUNT, &error), 0);
}

static void test_secret(void **state)
{
	struct init_answers answers = least;
	char *error = NULL;

	(void)state;
	answers.given[INIT_VERSION] = "2";
	answers.given[INIT_INTERVAL] = "1s";
	answers.given[INIT_AUTH] = "pass:hush";
	assert_int_equal(init_check(&answers, INIT_COUNT, &error), 0);
	assert_true(init_is_secret(&answers));
}

int main(void)
{
	table_test(test_texts);
	table_test(test_least);
	table_test(test_in_order);
	table_test(test_secret);
	table_rows(NULL, rows, what, test_row);
	return table_run("init");
}

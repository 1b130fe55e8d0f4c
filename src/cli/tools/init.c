/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of questions, a template, and our own checks as the judge of every answer.
 */
#include "cli/tools/init.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config.h"

#define FILE_NAME "init" /* in the errors of config_parse(), which nobody sees */
#define LINES_MAX 64     /* of one file; INIT_COUNT and some comments */

/* clang-format off */
const struct init_question init_questions[INIT_COUNT] = {
	[INIT_NAME] = {"--name", NULL, "name of the virtual router", "web", false, false, INIT_BOTH},
	[INIT_VRID] = {"--vrid", "vrid", "its number (VRID), the same on both servers, 1 to 255", NULL,
		true, false, INIT_BOTH},
	[INIT_HEARTBEAT] = {"--heartbeat", "heartbeat",
		"private interface that the servers hear each other on; better two", NULL,
		true, true, INIT_BOTH},
	[INIT_PUBLIC] = {"--public", "public", "interface that carries the shared address", NULL,
		false, false, INIT_BOTH},
	[INIT_ADDRESS] = {"--address", "address", "shared address, ADDRESS/LENGTH", NULL,
		true, true, INIT_BOTH},
	[INIT_GATEWAY] = {"--gateway", "gateway", "default gateway of the master", NULL,
		false, true, INIT_BOTH},
	[INIT_MAC] = {"--mac", "mac", "MAC that moves along: keep (none), virtual, or one of yours",
		"keep", false, false, INIT_BOTH},
	[INIT_INTERVAL] = {"--interval", "interval",
		"between two adverts; a takeover takes 3 to 4 of them", "100ms", false, false, INIT_BOTH},
	[INIT_PRIORITY] = {"--priority", "priority",
		"priority of this server; the higher one is preferred", "150", false, false, INIT_OWN},
	[INIT_PEER_PRIORITY] = {"--peer-priority", "priority", "priority of the other server", "100",
		false, false, INIT_PEER},
	[INIT_STANDBY_ADDRESS] = {"--standby-address", "standby-address",
		"address of this server there while it is backup", NULL, false, true, INIT_OWN},
	[INIT_PEER_STANDBY_ADDRESS] = {"--peer-standby-address", "standby-address",
		"address of the other server there while that is backup", NULL, false, true, INIT_PEER},
	[INIT_STANDBY_GATEWAY] = {"--standby-gateway", "standby-gateway", "gateway of a backup", NULL,
		false, true, INIT_BOTH},
	[INIT_WITNESS] = {"--witness", "witness", NULL, NULL, false, false, INIT_BOTH},
	[INIT_PREEMPT] = {"--preempt", "preempt", NULL, NULL, false, false, INIT_BOTH},
	[INIT_VERSION] = {"--vrrp-version", "version", NULL, NULL, false, false, INIT_BOTH},
	[INIT_AUTH] = {"--auth", "auth", NULL, NULL, false, false, INIT_BOTH},
	[INIT_HMAC_KEY] = {"--hmac-key", "hmac-key", NULL, NULL, false, true, INIT_BOTH},
};
/* clang-format on */

static const char *answer(const struct init_answers *answers, enum init_item item)
{
	const char *given = answers->given[item];

	return given && *given ? given : NULL;
}

/* What stands for an answer that is still to come, while others are judged. */
static const char *stand_in(enum init_item item)
{
	switch ((int)item) {
	case INIT_VRID:
		return "1";
	case INIT_HEARTBEAT:
		return "heartbeat0";
	case INIT_ADDRESS:
		return "192.0.2.1/24";
	default:
		return NULL;
	}
}

/* by_line[n]: what line n of the text, from 1, is about. NULL: they are not wanted, nor are
 * stand-ins.
 */
static char *render(const struct init_answers *answers, enum init_host host,
		    enum init_item by_line[LINES_MAX])
{
	const char *name = answer(answers, INIT_NAME);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int line = 1;
	bool failed;

	if (!out)
		return NULL;
	fprintf(out, "# Made by vrrp-xdp init for %s server: vrrp-xdp.conf(5) has every key.\n",
		host == INIT_OWN ? "this" : "the other");
	line++;
	if (by_line)
		by_line[line] = INIT_NAME;
	fprintf(out, "[vrrp %s]\n", name ? name : init_questions[INIT_NAME].fallback);
	line++;
	for (enum init_item item = INIT_NAME + 1; item < INIT_COUNT; item++) {
		const struct init_question *question = &init_questions[item];
		const char *value = answer(answers, item);

		if (!value)
			value = question->fallback;
		if (!value && by_line)
			value = stand_in(item);
		if (!value || !(question->host & host))
			continue;
		fprintf(out, "%-15s = %s\n", question->key, value);
		if (by_line)
			by_line[line] = item;
		line++;
	}
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}

char *init_text(const struct init_answers *answers, enum init_host host)
{
	return render(answers, host, NULL);
}

bool init_is_secret(const struct init_answers *answers)
{
	const char *auth = answer(answers, INIT_AUTH);

	return auth && strcmp(auth, "none") != 0;
}

/* ---- judging ---- */

/* A line must stay a line, and a value be all of it. */
static const char *bad_text(const char *value)
{
	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "has a control character";
	}
	return strchr(value, ';') ? "has a ';', which would begin a comment" : NULL;
}

static void check_texts(const struct init_answers *answers, enum init_item item, FILE *errors)
{
	for (enum init_item i = INIT_NAME; i < INIT_COUNT; i++) {
		const char *value = answer(answers, i), *why = value ? bad_text(value) : NULL;

		if (why && (item == INIT_COUNT || item == i))
			fprintf(errors, "%s: %s\n", init_questions[i].flag, why);
	}
}

/* Of the errors of config_parse() those that are about this item. Their key is named as a flag. */
static void pick(const char *text, const enum init_item by_line[LINES_MAX], enum init_item item,
		 FILE *errors)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		unsigned int line = 0;
		int head = 0;

		if (sscanf(text, FILE_NAME ":%u: %n", &line, &head) == 1 && head &&
		    line < LINES_MAX && by_line[line] != INIT_COUNT &&
		    (item == INIT_COUNT || by_line[line] == item)) {
			const struct init_question *question = &init_questions[by_line[line]];
			size_t key = question->key ? strlen(question->key) : 0;

			if (key && !strncmp(text + head, question->key, key) &&
			    text[head + (int)key] == ':')
				head += (int)key + 2;
			fprintf(errors, "%s: %.*s\n", question->flag, (int)length - head,
				text + head);
		}
		text += length + (text[length] == '\n');
	}
}

static int check_host(const struct init_answers *answers, enum init_host host, enum init_item item,
		      FILE *errors)
{
	enum init_item by_line[LINES_MAX];
	struct config_errors found = {0};
	struct config *config;
	char *text;
	int err;

	for (int i = 0; i < LINES_MAX; i++)
		by_line[i] = INIT_COUNT;
	text = render(answers, host, by_line);
	if (!text)
		return -ENOMEM;
	err = config_parse(FILE_NAME, text, strlen(text), &config, &found);
	free(text);
	if (!err)
		config_free(config);
	else if (err == -EINVAL)
		pick(found.text, by_line, item, errors);
	free(found.text);
	return err == -EINVAL ? 0 : err;
}

static bool same(const struct init_answers *answers, enum init_item a, enum init_item b)
{
	const char *x = answer(answers, a), *y = answer(answers, b);

	x = x ? x : init_questions[a].fallback;
	y = y ? y : init_questions[b].fallback;
	return x && y && !strcmp(x, y);
}

static void check_pair(const struct init_answers *answers, enum init_item item, FILE *errors)
{
	static const enum init_item pairs[][2] = {
		{INIT_PRIORITY, INIT_PEER_PRIORITY},
		{INIT_STANDBY_ADDRESS, INIT_PEER_STANDBY_ADDRESS},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if ((item == INIT_COUNT || item == pairs[i][1]) &&
		    same(answers, pairs[i][0], pairs[i][1]))
			fprintf(errors, "%s: must differ from %s\n",
				init_questions[pairs[i][1]].flag, init_questions[pairs[i][0]].flag);
	}
}

static void check_needed(const struct init_answers *answers, enum init_item item, FILE *errors)
{
	for (enum init_item i = INIT_NAME; i < INIT_COUNT; i++) {
		if (init_questions[i].needed && !answer(answers, i) &&
		    (item == INIT_COUNT || item == i))
			fprintf(errors, "%s: is needed: %s\n", init_questions[i].flag,
				init_questions[i].ask);
	}
}

int init_check(const struct init_answers *answers, enum init_item item, char **ret_error)
{
	char *text = NULL;
	size_t size;
	FILE *errors = open_memstream(&text, &size);
	int err = 0;

	if (!errors)
		return -ENOMEM;
	check_needed(answers, item, errors);
	check_texts(answers, item, errors);
	/* Texts that are not what they seem are not looked into. */
	if (fflush(errors) == 0 && size == 0) {
		enum init_host host = item == INIT_COUNT ? INIT_BOTH : init_questions[item].host;

		if (host & INIT_OWN)
			err = check_host(answers, INIT_OWN, item, errors);
		/* What is in both files is wrong in both in the same way. */
		if (!err && (host == INIT_PEER || (item == INIT_COUNT && !fflush(errors) && !size)))
			err = check_host(answers, INIT_PEER, item, errors);
		check_pair(answers, item, errors);
	}
	if (fclose(errors) != 0)
		err = -ENOMEM;
	if (!err && !size) {
		free(text);
		return 0;
	}
	if (err)
		free(text);
	else
		*ret_error = text;
	return err ? err : -EINVAL;
}

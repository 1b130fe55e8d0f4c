/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * import: what others are configured with, as a configuration of ours.
 */
#include <errno.h>
#include <json-c/json.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/config_load.h"
#include "cli/show/report.h"
#include "cli/tools/import_load.h"
#include "cli/tools/import_running.h"
#include "core/config/config.h"

#define WORDS_MAX   512
#define SCRIPT_USER "keepalived_script"

static void print_json(const char *text, struct json_object *notes)
{
	struct json_object *object = json_object_new_object();

	report_add_number(object, "schema", 1);
	report_add_text(object, "configuration", text);
	json_object_object_add(object, "notes", notes);
	report_print_json(object, stdout);
}

static int none(const char *what)
{
	fprintf(stderr,
		"%s: no virtual router in it that could run here: each needs vrid, heartbeat and "
		"address\n",
		what);
	return CLI_USAGE;
}

/* ---- keepalived ---- */

static const char *loss_name(enum import_loss loss)
{
	switch (loss) {
	case IMPORT_DROPPED:
		return "all";
	case IMPORT_PART:
		return "part";
	case IMPORT_NOTHING:
		return "nothing";
	}
	return NULL;
}

static struct json_object *notes_json(const struct import_result *result)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int i = 0; i < result->note_count; i++) {
		const struct import_note *from = &result->notes[i];
		struct json_object *note = json_object_new_object();

		report_add_text(note, "file", from->file);
		report_add_number(note, "line", from->first);
		report_add_number(note, "last_line", from->last);
		report_add_text(note, "text", from->text);
		report_add_text(note, "lost", loss_name(from->loss));
		report_add_text(note, "reason", from->reason);
		json_object_array_add(array, note);
	}
	return array;
}

/* As keepalived has it: the first part of the host's name. */
static void default_id(char id[256])
{
	if (gethostname(id, 255))
		id[0] = '\0';
	id[255] = '\0';
	id[strcspn(id, ".")] = '\0';
}

/* A line on standard error, with a place that may be named in a hostile file: no escape sequence
 * gets to the terminal. */
static void complain(const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, stderr);
	fputc('\n', stderr);
}

static void complain_at(const struct import_fault *fault, const char *path)
{
	const char *file = fault->line->file ? fault->line->file : path;
	char *text;

	if (asprintf(&text, "%s:%u: %s", file, fault->line->number, fault->why) < 0)
		return;
	complain(text);
	free(text);
}

static void print_text(const struct import_result *result, const char *path)
{
	unsigned int lost = result->dropped_count + result->part_count;

	printf("# Made by vrrp-xdp import from %s. Then: vrrp-xdp check -c FILE\n", path);
	if (lost)
		printf("# Lost: %u dropped, %u kept without a part. Comments name them, with what "
		       "to "
		       "use instead.\n\n",
		       result->dropped_count, result->part_count);
	else
		printf("# Nothing is lost.%s\n\n",
		       result->note_count ? " Comments tell what is done otherwise here." : "");
	fputs(result->text, stdout);
}

/* As keepalived has it: that user, where there is one. To be asked before root's rights are given
 * up. */
static const char *script_user(void)
{
	return getpwnam(SCRIPT_USER) ? SCRIPT_USER : NULL;
}

/* Is there a virtual server, which keepalived is to go on with? */
static bool balances(const struct import_result *result)
{
	static const char keyword[] = "virtual_server";

	for (unsigned int i = 0; i < result->note_count; i++) {
		if (!strncmp(result->notes[i].text, keyword, strlen(keyword)))
			return true;
	}
	return false;
}

static void offer_capabilities(const char *names)
{
	fprintf(stderr,
		"The programs need more than the unit allows by itself. Give it, by `systemctl "
		"edit vrrp-xdp`\nbefore the last of them:\n"
		"  [Service]\n  CapabilityBoundingSet=%s\n",
		names);
}

/* What is left to do on this host, where keepalived runs. On standard error, since the
 * configuration is likely to go to a file. options: of this command, as they were typed. */
static void offer_move(const struct import_running *running, const char *options,
		       const struct import_result *result)
{
	fprintf(stderr,
		"keepalived runs here (process %d). The move, first on the host that is backup:\n"
		"  (umask 077; vrrp-xdp import%s > " CLI_CONFIG_DEFAULT ")\n"
		"  vrrp-xdp check\n",
		running->pid, options);
	if (balances(result))
		fprintf(stderr,
			"  systemctl restart keepalived && systemctl enable --now vrrp-xdp\n"
			"It balances servers, too. So that it does that and nothing else, give it "
			"-C before the\nlast of them: DAEMON_ARGS in /etc/default/keepalived, or "
			"KEEPALIVED_OPTIONS in\n/etc/sysconfig/keepalived.\n");
	else
		fprintf(stderr, "  systemctl disable --now keepalived && systemctl enable --now "
				"vrrp-xdp\n");
	if (strstr(result->text, "\nscript-user = "))
		offer_capabilities("CAP_SETUID CAP_SETGID CAP_KILL");
	else if (strstr(result->text, "CAP_KILL"))
		offer_capabilities("CAP_KILL");
}

/* running: whose configuration it is; NULL: of none that runs here. */
static int keepalived(const struct cli *cli, const struct import_rules *rules,
		      const char *config_id, const struct import_running *running,
		      const char *options)
{
	struct import_host host = {.config_id = config_id, .script_user = script_user()};
	const char *path = rules->path;
	struct import_result result;
	struct import_fault fault;
	struct import_text text;
	char *why;
	int err = import_load(rules, &text, &why), code = CLI_OK;

	if (err) {
		if (why)
			complain(why);
		else
			fprintf(stderr, "%s: cannot be read: %s%s\n", path, strerror(-err),
				err == -ENOENT ? " (or: vrrp-xdp import 'vrrpd -i eth1 …')" : "");
		free(why);
		return CLI_USAGE;
	}
	host.directory = text.directory;
	err = import_keepalived(text.lines, text.count, &host, &result, &fault);
	if (err == -E2BIG) {
		complain_at(&fault, path);
		code = CLI_USAGE;
	} else if (err) {
		fprintf(stderr, "vrrp-xdp: %s\n", strerror(-err));
		code = CLI_FAILED;
	} else {
		if (cli->json)
			print_json(result.text, notes_json(&result));
		else
			print_text(&result, path);
		if (!result.router_count)
			code = none(path);
		else if (result.dropped_count + result.part_count)
			code = CLI_LOST;
		if (result.router_count && running)
			offer_move(running, options, &result);
		import_free(&result);
	}
	import_unload(&text);
	return code;
}

/* The configuration of the keepalived that runs here, unless a path or an ID says otherwise. */
static int of_running(const struct cli *cli, bool anywhere, const char *config_id)
{
	struct import_running running;
	struct import_rules rules = {.path = running.path, .anywhere = anywhere};
	char id[256], options[300];

	if (import_running(&running))
		return cli_usage(&cmd_import, "name a file, because no keepalived is running here");
	snprintf(options, sizeof(options), "%s%s%s", config_id ? " -i " : "",
		 config_id ? config_id : "", anywhere ? " --include" : "");
	default_id(id);
	if (!config_id)
		config_id = *running.config_id ? running.config_id : id;
	return keepalived(cli, &rules, config_id, &running, options);
}

/* ---- vrrpd ---- */

/* Words as a shell would split them: blanks, quotes, backslashes. In place. The number of words;
 * -1: too many, or a quote that does not end. */
static int split(char *text, char *words[WORDS_MAX + 1])
{
	char *in = text, *out = text, quote = '\0';
	int count = 0;
	bool within = false;

	for (; *in; in++) {
		bool blank = strchr(" \t\r\n", *in) != NULL;

		if (!quote && blank) {
			if (within)
				*out++ = '\0';
			within = false;
			continue;
		}
		if (!within) {
			if (count == WORDS_MAX)
				return -1;
			words[count++] = out;
			within = true;
		}
		if (quote ? *in == quote : *in == '"' || *in == '\'')
			quote = quote ? '\0' : *in;
		else if (*in == '\\' && quote != '\'' && in[1])
			*out++ = *++in;
		else
			*out++ = *in;
	}
	*out = '\0';
	words[count] = NULL;
	return quote ? -1 : count;
}

static struct json_object *flags_json(const char *notes)
{
	struct json_object *array = json_object_new_array();

	while (*notes) {
		size_t length = strcspn(notes, "\n"), flag = strcspn(notes, ":");
		struct json_object *note = json_object_new_object();

		flag = flag < length ? flag : length;
		json_object_object_add(note, "text", json_object_new_string_len(notes, (int)flag));
		notes += flag + strspn(notes + flag, ": ");
		length = strcspn(notes, "\n");
		json_object_object_add(note, "reason",
				       json_object_new_string_len(notes, (int)length));
		json_object_array_add(array, note);
		notes += length + (notes[length] == '\n');
	}
	return array;
}

static void print_flags(const char *notes)
{
	bool begins = true;

	for (; *notes; notes++) {
		if (begins)
			printf("# ");
		begins = *notes == '\n';
		putchar((unsigned char)*notes < ' ' && !begins ? '?' : *notes);
	}
}

/* What vrrpd takes as a path, our file may not: then its key is told of. */
static int checked(const char *text)
{
	struct config_errors errors;
	struct config *config;
	int err = config_parse("import", text, strlen(text), &config, &errors);

	if (err)
		return config_load_errors(err, &errors);
	config_free(config);
	return CLI_OK;
}

static int vrrpd(const struct cli *cli, int argc, char **argv)
{
	struct config_errors errors;
	struct config *config;
	char *notes, *text;
	int code, err = config_vrrpd_import(argc, argv, &config, &errors, &notes);

	if (err)
		return config_load_errors(err, &errors);
	text = config_load_absolute_hooks(config) ? NULL : config_format(config);
	config_free(config);
	if (!text) {
		free(notes);
		fprintf(stderr, "vrrp-xdp: no memory\n");
		return CLI_FAILED;
	}
	code = checked(text);
	if (!code && cli->json) {
		print_json(text, flags_json(notes));
	} else if (!code) {
		printf("# Made by vrrp-xdp import from vrrpd's command line.\n");
		print_flags(notes);
		printf("\n%s", text);
	}
	if (!code && *notes)
		code = CLI_LOST;
	free(notes);
	free(text);
	return code;
}

/* "vrrpd", also with a path before it. */
static bool is_vrrpd(const char *word)
{
	const char *slash = strrchr(word, '/');

	return strcmp(slash ? slash + 1 : word, "vrrpd") == 0;
}

static int run_import(const struct cli *cli, int argc, char **argv)
{
	static const char option[] = "--config-id";
	struct import_rules rules = {.path = NULL};
	char id[256], *words[WORDS_MAX + 1];
	const char *config_id = NULL;
	int count;

	if (argc > 1 && is_vrrpd(argv[1]))
		return vrrpd(cli, argc - 1, argv + 1);
	if (argc == 2 && strpbrk(argv[1], " \t")) {
		char *copy = strdup(argv[1]);

		count = copy ? split(copy, words) : 0;
		if (count < 0) {
			free(copy);
			return cli_usage(&cmd_import, "a quote does not end");
		}
		if (count > 0 && is_vrrpd(words[0])) {
			int code = vrrpd(cli, count, words);

			free(copy);
			return code;
		}
		free(copy); /* a file's name, with a blank in it */
	}
	for (int i = 1; i < argc; i++) {
		if (cli_value(option, "-i", argc, argv, &i, &config_id)) {
			if (!*config_id)
				return cli_usage(&cmd_import, "%s takes a name", option);
		} else if (!strcmp(argv[i], "--include")) {
			rules.anywhere = true;
		} else if (argv[i][0] == '-' && argv[i][1]) {
			return cli_usage(&cmd_import, "unknown option '%s'", argv[i]);
		} else if (rules.path) {
			return cli_usage(&cmd_import, "name only one file");
		} else {
			rules.path = argv[i];
		}
	}
	if (!rules.path)
		return of_running(cli, rules.anywhere, config_id);
	default_id(id);
	return keepalived(cli, &rules, config_id ? config_id : id, NULL, NULL);
}

const struct cli_command cmd_import = {
	.name = "import",
	.arguments = "[FILE] [-i ID] [--include] | 'vrrpd …'",
	.summary = "translate the configuration of keepalived or vrrpd",
	.details = "Prints a configuration that `check` accepts. A line that cannot be translated\n"
		   "becomes a comment, which says what is lost and what to use instead.\n"
		   "Exit status: 0 nothing is lost, 3 something is lost, 2 no configuration.\n"
		   "Without FILE it reads the configuration of the keepalived that runs on this\n"
		   "host, and prints the commands for the move as well. FILE - is standard input.\n"
		   "Included files are read with the rights of the owner of FILE.\n"
		   "\n"
		   "  -i, --config-id ID   use the lines for this host, which begin with @ID\n"
		   "                       (default: the name of the host, as in keepalived)\n"
		   "  --include            also read included files outside of FILE's directory\n"
		   "\n"
		   "examples:\n"
		   "  vrrp-xdp import /etc/keepalived/keepalived.conf > new.conf\n"
		   "  vrrp-xdp check -c new.conf\n"
		   "  vrrp-xdp import 'vrrpd -i eth1 -v 55 -n 10.51.67.93'\n",
	.run = run_import,
};

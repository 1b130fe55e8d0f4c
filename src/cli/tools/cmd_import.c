/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * import: what others are configured with, as a configuration of ours.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/config_load.h"
#include "cli/show/report.h"
#include "cli/tools/import_load.h"
#include "core/config/config.h"

#define WORDS_MAX 512

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

static int keepalived(const struct cli *cli, const char *path, const char *config_id)
{
	struct import_result result;
	struct import_fault fault;
	struct import_text text;
	char *why;
	int err = import_load(path, &text, &why), code = CLI_OK;

	if (err) {
		if (why)
			complain(why);
		else
			fprintf(stderr, "%s: cannot be read: %s%s\n", path, strerror(-err),
				err == -ENOENT ? " (or: vrrp-xdp import 'vrrpd -i eth1 …')" : "");
		free(why);
		return CLI_USAGE;
	}
	err = import_keepalived(text.lines, text.count, config_id, &result, &fault);
	if (err == -E2BIG) {
		complain_at(&fault, path);
		code = CLI_USAGE;
	} else if (err) {
		fprintf(stderr, "vrrp-xdp: %s\n", strerror(-err));
		code = CLI_FAILED;
	} else {
		if (cli->json) {
			print_json(result.text, notes_json(&result));
		} else {
			printf("# Made by vrrp-xdp import from %s. Then: vrrp-xdp check -c FILE\n",
			       path);
			printf("# Each line without an equivalent is a comment with its reason: "
			       "%u of them.\n\n%s",
			       result.note_count, result.text);
		}
		code = result.router_count ? CLI_OK : none(path);
		import_free(&result);
	}
	import_unload(&text);
	return code;
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
	char id[256], *words[WORDS_MAX + 1];
	const char *path = NULL, *config_id = id;
	int count;

	default_id(id);
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
		} else if (argv[i][0] == '-' && argv[i][1]) {
			return cli_usage(&cmd_import, "unknown option '%s'", argv[i]);
		} else if (path) {
			return cli_usage(&cmd_import, "one file at a time");
		} else {
			path = argv[i];
		}
	}
	if (!path)
		return cli_usage(&cmd_import, "which file?");
	return keepalived(cli, path, config_id);
}

const struct cli_command cmd_import = {
	.name = "import",
	.arguments = "FILE [-i ID] | 'vrrpd …'",
	.summary = "a keepalived.conf, or vrrpd's flags, as a configuration",
	.details =
		"Prints a configuration that `check` accepts. Each line without an equivalent is\n"
		"a comment with its number and the reason. Files that are included are read\n"
		"with the rights of FILE's owner. FILE -: standard input.\n"
		"\n  -i, --config-id ID   which lines that begin with @ID are for this host;\n"
		"                       default, as keepalived's: the host's name\n"
		"\nexamples:\n"
		"  vrrp-xdp import /etc/keepalived/keepalived.conf > new.conf\n"
		"  vrrp-xdp check -c new.conf\n"
		"  vrrp-xdp import 'vrrpd -i eth1 -v 55 -n 10.51.67.93'\n",
	.run = run_import,
};

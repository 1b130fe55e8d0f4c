/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words behind a subcommand: the common options, an option with its value, and what is said
 * where a word is wrong.
 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "sys/host/rundir.h"

int cli_usage(const struct cli_command *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "vrrp-xdp %s: ", command->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; usage: vrrp-xdp %s %s (--help says more)\n", command->name,
		command->arguments);
	return CLI_USAGE;
}

bool cli_value(const char *name, const char *letter, int argc, char **argv, int *at,
	       const char **ret_value)
{
	size_t length = strlen(name);
	const char *word = argv[*at];

	if (!strncmp(word, name, length) && word[length] == '=') {
		*ret_value = word + length + 1;
		return true;
	}
	if (strcmp(word, name) != 0 && (!letter || strcmp(word, letter) != 0))
		return false;
	*ret_value = *at + 1 < argc ? argv[++*at] : "";
	return true;
}

static const struct {
	const char *name;
	size_t where; /* in struct cli */
} directories[] = {
	{"--run-dir", offsetof(struct cli, run_dir)},
	{"--state-dir", offsetof(struct cli, state_dir)},
	{"--bpffs", offsetof(struct cli, bpffs)},
};

static void print_command_help(const struct cli_command *command)
{
	printf("usage: vrrp-xdp %s %s\n%s\n", command->name, command->arguments, command->summary);
	if (command->details)
		printf("\n%s", command->details);
	printf("\ncommon options: --json  --run-dir DIR  --state-dir DIR  --bpffs DIR  --help\n");
}

/* 0: something else is there; -1: taken; else the exit code. */
static int take_directory(struct cli *cli, const struct cli_command *command, int argc, char **argv,
			  int *at)
{
	for (unsigned int i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		const char *value;

		if (!cli_value(directories[i].name, NULL, argc, argv, at, &value))
			continue;
		if (value[0] != '/')
			return cli_usage(command, "%s takes an absolute path", directories[i].name);
		*(const char **)((char *)cli + directories[i].where) = value;
		return -1;
	}
	return 0;
}

int cli_take_common(struct cli *cli, const struct cli_command *command, int *argc, char **argv)
{
	int kept = 1, taken;

	for (int i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], "--")) {
			while (i < *argc)
				argv[kept++] = argv[i++];
			break;
		}
		if (!strcmp(argv[i], "--json")) {
			cli->json = true;
			continue;
		}
		if (!strcmp(argv[i], "--help")) {
			print_command_help(command);
			return CLI_OK;
		}
		if (!strcmp(argv[i], "--version")) {
			printf("vrrp-xdp %s\n", VRRP_VERSION);
			return CLI_OK;
		}
		taken = take_directory(cli, command, *argc, argv, &i);
		if (taken > 0)
			return taken;
		if (!taken)
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	*argc = kept;
	/* Who moves the one means a vrrp-xdp of its own. */
	if (!cli->state_dir)
		cli->state_dir =
			strcmp(cli->run_dir, RUNDIR_DEFAULT) ? cli->run_dir : CLI_STATE_DEFAULT;
	return -1;
}

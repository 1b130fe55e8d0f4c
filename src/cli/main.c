/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of subcommands, the common options, the exit codes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/nearest.h"
#include "sys/bpf/bpffs.h"
#include "sys/host/log.h"
#include "sys/host/rundir.h"

static const struct cli_command *const commands[] = {
	&cmd_attach,  &cmd_detach,  &cmd_run,    &cmd_check,   &cmd_status,
	&cmd_history, &cmd_monitor, &cmd_top,    &cmd_metrics, &cmd_resign,
	&cmd_resume,  &cmd_doctor,  &cmd_import, &cmd_init,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fprintf(out, "vrrp-xdp %s: two servers, one public IP: VRRP received in XDP\n\n",
		VRRP_VERSION);
	for (unsigned int i = 0; i < COMMANDS; i++)
		fprintf(out, "  vrrp-xdp %-9s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out, "\ncommon options, anywhere after the subcommand: --help (with an example)\n"
		     "  --json --version\n"
		     "  --run-dir DIR    locks and records (" RUNDIR_DEFAULT ")\n"
		     "  --state-dir DIR  past transitions (" CLI_STATE_DEFAULT ")\n"
		     "  --bpffs DIR      pinned maps and links (" BPFFS_DEFAULT ")\n"
		     "exit status: 0 done, 1 it failed, 2 usage or configuration\n");
}

static void print_command_help(const struct cli_command *command)
{
	printf("usage: vrrp-xdp %s %s\n%s\n", command->name, command->arguments, command->summary);
	if (command->details)
		printf("\n%s", command->details);
	printf("\ncommon options: --json  --run-dir DIR  --state-dir DIR  --bpffs DIR  --help\n");
}

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

static char **command_line;

int cli_restart(void)
{
	/* Its own name first: an upgrade has put another file there. */
	execvp(command_line[0], command_line);
	execv("/proc/self/exe", command_line);
	log_err("cannot restart: %s", strerror(errno));
	return CLI_FAILED;
}

/* A copy: subcommands move words about in argv. */
static void keep_command_line(int argc, char **argv)
{
	command_line = calloc((size_t)argc + 1, sizeof(*command_line));
	for (int i = 0; command_line && i < argc; i++)
		command_line[i] = argv[i];
}

static const struct {
	const char *name;
	size_t where; /* in struct cli */
} directories[] = {
	{"--run-dir", offsetof(struct cli, run_dir)},
	{"--state-dir", offsetof(struct cli, state_dir)},
	{"--bpffs", offsetof(struct cli, bpffs)},
};

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

/* Takes the common options out of argv. -1: go on; else the exit code. */
static int take_common(struct cli *cli, const struct cli_command *command, int *argc, char **argv)
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

static int unknown_command(const char *name)
{
	struct nearest nearest = {.word = name};

	for (unsigned int i = 0; i < COMMANDS; i++)
		nearest_offer(&nearest, commands[i]->name);
	fprintf(stderr, "vrrp-xdp: unknown subcommand '%s'; ", name);
	if (nearest_found(&nearest)) {
		fprintf(stderr, "the nearest is: vrrp-xdp %s", nearest_found(&nearest));
	} else {
		fprintf(stderr, "there are:");
		for (unsigned int i = 0; i < COMMANDS; i++)
			fprintf(stderr, " %s", commands[i]->name);
	}
	fprintf(stderr, " (vrrp-xdp --help)\n");
	return CLI_USAGE;
}

int main(int argc, char **argv)
{
	struct cli cli = {.run_dir = RUNDIR_DEFAULT, .bpffs = BPFFS_DEFAULT};

	log_open(6, JOURNAL_SOCKET);
	keep_command_line(argc, argv);
	if (!command_line)
		return CLI_FAILED;
	if (argc < 2) {
		print_help(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return CLI_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("vrrp-xdp %s\n", VRRP_VERSION);
		return CLI_OK;
	}
	for (unsigned int i = 0; i < COMMANDS; i++) {
		int left = argc - 1, code;

		if (strcmp(argv[1], commands[i]->name))
			continue;
		code = take_common(&cli, commands[i], &left, argv + 1);
		if (code < 0)
			code = commands[i]->run(&cli, left, argv + 1);
		/* A full disk or a closed pipe is no success. */
		if (fflush(stdout) || ferror(stdout)) {
			fprintf(stderr, "vrrp-xdp: cannot write to standard output\n");
			code = code ? code : CLI_FAILED;
		}
		return code;
	}
	return unknown_command(argv[1]);
}

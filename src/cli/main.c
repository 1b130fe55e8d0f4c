/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of subcommands, and the program itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	fprintf(out, "vrrp-xdp %s: one public IP for two servers, by VRRP and XDP\n\n",
		VRRP_VERSION);
	for (unsigned int i = 0; i < COMMANDS; i++)
		fprintf(out, "  vrrp-xdp %-9s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out,
		"\nvrrp-xdp --version prints the version. Common options, after the subcommand:\n"
		"  --help           explain the subcommand, with an example\n"
		"  --json           print JSON\n"
		"  --run-dir DIR    locks and records (" RUNDIR_DEFAULT ")\n"
		"  --state-dir DIR  the history (" CLI_STATE_DEFAULT ")\n"
		"  --bpffs DIR      pinned maps and links (" BPFFS_DEFAULT ")\n"
		"exit status: 0 success, 1 failure, 2 wrong usage, 3 import lost something\n");
}

/* A copy: subcommands move words about in argv. NULL: no memory. */
static char **copy_words(int argc, char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(*copy));

	for (int i = 0; copy && i < argc; i++)
		copy[i] = argv[i];
	return copy;
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
		cli.command_line = copy_words(argc, argv);
		if (!cli.command_line)
			return CLI_FAILED;
		code = cli_take_common(&cli, commands[i], &left, argv + 1);
		if (code < 0)
			code = commands[i]->run(&cli, left, argv + 1);
		/* A full disk or a closed pipe is no success. */
		if (fflush(stdout) || ferror(stdout)) {
			fprintf(stderr, "vrrp-xdp: cannot write to standard output\n");
			code = code ? code : CLI_FAILED;
		}
		free(cli.command_line);
		return code;
	}
	return unknown_command(argv[1]);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all subcommands share: common options, the table's row, output helpers.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#define CLI_CONFIG_DEFAULT "/etc/vrrp-xdp/vrrp-xdp.conf"
#define CLI_STATE_DEFAULT  "/var/lib/vrrp-xdp"

struct cli {
	const char *run_dir;
	const char *state_dir;
	const char *bpffs;
	bool json;
	char **command_line; /* as the program was started */
};

/* Subcommands return an exit code: 0 done, 1 it failed, 2 usage or configuration. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli_command {
	const char *name;
	const char *arguments; /* for usage */
	const char *summary;   /* one line */
	const char *details;   /* options and an example, or NULL */
	/* argv[0] is the subcommand's name; common options are taken out already. */
	int (*run)(const struct cli *cli, int argc, char **argv);
};

/* "vrrp-xdp SUBCOMMAND: message" and how to get help, on standard error. Returns CLI_USAGE. */
int cli_usage(const struct cli_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* --NAME VALUE or --NAME=VALUE (-L VALUE; letter NULL: no such form) at argv[*at], which moves to
 * the last word of it. *ret_value is "" where there is none. false: something else is there. */
bool cli_value(const char *name, const char *letter, int argc, char **argv, int *at,
	       const char **ret_value);

/* Takes the common options out of argv. -1: go on; else the exit code. */
int cli_take_common(struct cli *cli, const struct cli_command *command, int *argc, char **argv);

extern const struct cli_command cmd_attach, cmd_detach, cmd_run, cmd_check, cmd_status, cmd_monitor,
	cmd_resign, cmd_resume, cmd_history, cmd_metrics, cmd_top, cmd_doctor, cmd_import, cmd_init;

#endif

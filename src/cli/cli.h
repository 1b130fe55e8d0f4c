/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all subcommands share: the common options, the row of the table of subcommands, and helpers
 * for options and output.
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

/* The exit codes of subcommands: 0 if it succeeded, 1 if it failed, 2 for an error in the usage or
 * in the configuration, 3 (import) if something was lost, which is named. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_LOST = 3 };

struct cli_command {
	const char *name;
	const char *arguments; /* for usage */
	const char *summary;   /* one line */
	const char *details;   /* options and an example, or NULL */
	/* argv[0] is the subcommand's name; the common options were taken out. */
	int (*run)(const struct cli *cli, int argc, char **argv);
};

/* Print "vrrp-xdp SUBCOMMAND: message", and how to get help, to standard error. Returns
 * CLI_USAGE. */
int cli_usage(const struct cli_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Take the option --NAME VALUE or --NAME=VALUE, or -L VALUE unless letter is NULL, at argv[*at].
 * *at moves to the last word of the option. *ret_value is "" if there is no value. Returns false if
 * something else is at argv[*at]. */
bool cli_value(const char *name, const char *letter, int argc, char **argv, int *at,
	       const char **ret_value);

/* Takes the common options out of argv. Returns -1 if the subcommand is to run, or else the exit
 * code. */
int cli_take_common(struct cli *cli, const struct cli_command *command, int *argc, char **argv);

extern const struct cli_command cmd_attach, cmd_detach, cmd_run, cmd_check, cmd_status, cmd_monitor,
	cmd_resign, cmd_resume, cmd_history, cmd_metrics, cmd_top, cmd_doctor, cmd_import, cmd_init;

#endif

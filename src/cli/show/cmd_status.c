/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * status: what the maps hold, with or without an agent.
 */
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show/look.h"
#include "cli/show/report.h"

#define COLUMNS 80

static unsigned int columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < COLUMNS)
		return COLUMNS;
	return size.ws_col;
}

static int run_status(const struct cli *cli, int argc, char **argv)
{
	const struct snapshot_router *router = NULL;
	struct snapshot snapshot;
	const char *only;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return cli_usage(&cmd_status,
				 argc > 2 ? "give one name at most" : "unknown option '%s'",
				 argv[1]);
	only = argv[1];
	if (look_take(cli, &snapshot))
		return CLI_FAILED;
	if (only)
		router = snapshot_router(&snapshot, only);
	if (cli->json)
		report_print_json(report_json(&snapshot, only), stdout);
	else if (router)
		report_full(&snapshot, router, stdout);
	else if (!only)
		report_table(&snapshot, columns(), stdout);
	if (only && !router)
		look_no_router(&snapshot, only);
	snapshot_free(&snapshot);
	return only && !router ? CLI_FAILED : CLI_OK;
}

const struct cli_command cmd_status = {
	.name = "status",
	.arguments = "[NAME]",
	.summary = "show the state of all virtual routers, or of one",
	.details =
		"With NAME it shows all details of that virtual router. It works with and without\n"
		"a running agent.\n"
		"\n"
		"examples:\n"
		"  vrrp-xdp status\n"
		"  vrrp-xdp status web\n"
		"  vrrp-xdp status --json | jq '.instances[].state'\n",
	.run = run_status,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resign, resume: hand a virtual router to another host, and take part again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/control.h"
#include "cli/cli.h"
#include "cli/show/look.h"
#include "sys/host/log.h"

#define PATIENCE_MS 5000

/* The agent's own words; of a name that it does not know, what may have been meant. */
static int refused(const struct cli *cli, const char *name, const char *answer)
{
	struct snapshot snapshot;

	if (look_take(cli, &snapshot)) {
		log_err("%s", answer);
		return CLI_FAILED;
	}
	if (snapshot_router(&snapshot, name))
		log_err("%s", answer);
	else
		look_no_router(&snapshot, name);
	snapshot_free(&snapshot);
	return CLI_FAILED;
}

static int ask(const struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	char request[CONTROL_LINE], answer[CONTROL_LINE];
	int err, length;

	if (argc != 2 || argv[1][0] == '-')
		return cli_usage(command, "the name of one virtual router");
	length = snprintf(request, sizeof(request), "%s %s", command->name, argv[1]);
	if (length < 0 || length >= (int)sizeof(request))
		return cli_usage(command, "no name is that long");
	err = control_ask(cli->run_dir, request, PATIENCE_MS, answer);
	if (err) {
		log_err("%s: %s%s", cli->run_dir, strerror(-err),
			err == -ENOENT || err == -ECONNREFUSED ? ": no agent runs"
			: err == -EACCES || err == -EPERM      ? ": run as root"
							       : "");
		return CLI_FAILED;
	}
	if (strcmp(answer, "ok"))
		return refused(cli, argv[1], answer);
	if (cli->json)
		printf("{\"name\":\"%s\",\"%s\":true}\n", argv[1], command->name);
	return CLI_OK;
}

static int run_resign(const struct cli *cli, int argc, char **argv)
{
	return ask(cli, &cmd_resign, argc, argv);
}

static int run_resume(const struct cli *cli, int argc, char **argv)
{
	return ask(cli, &cmd_resume, argc, argv);
}

const struct cli_command cmd_resign = {
	.name = "resign",
	.arguments = "NAME",
	.summary = "stop being, or becoming, the master of one",
	.details =
		"The agent says so on the wire and gives the address up; another host takes over.\n"
		"It stays out until `vrrp-xdp resume NAME`, or until the agent is restarted.\n"
		"\nexample:\n"
		"  vrrp-xdp resign web\n",
	.run = run_resign,
};

const struct cli_command cmd_resume = {
	.name = "resume",
	.arguments = "NAME",
	.summary = "take part again",
	.details = "As after a start: as backup, that preempts if it may.\n"
		   "\nexample:\n"
		   "  vrrp-xdp resume web\n",
	.run = run_resume,
};

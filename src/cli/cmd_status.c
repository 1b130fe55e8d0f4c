/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * status: what the maps hold, with or without an agent.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/loop.h"
#include "cli/cli.h"
#include "cli/report.h"
#include "sys/bpffs.h"
#include "sys/log.h"
#include "sys/rundir.h"

static int run_status(const struct cli *cli, int argc, char **argv)
{
	char version[32] = "";
	struct report report = {.bpffs = cli->bpffs, .agent_version = version};
	int code = CLI_OK, err;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return cli_usage(&cmd_status, argc > 2 ? "one name at most" : "unknown option '%s'",
				 argv[1]);
	report.only = argc == 2 ? argv[1] : NULL;
	err = view_open(cli->bpffs, &report.view);
	if (err && err != -ENOENT) {
		log_err("%s: %s%s", cli->bpffs, strerror(-err),
			err == -EPERM || err == -EACCES ? ": run as root"
			: err == -EPROTO
				? ": maps of another version: restart the agent, or detach "
				  "--all"
				: "");
		return CLI_FAILED;
	}
	report.agent = rundir_agent(cli->run_dir, version);
	report.now_ns = (uint64_t)loop_now().ns;
	if (cli->json) {
		struct json_object *object = report_json(&report), *instances;

		if (report.only && (!json_object_object_get_ex(object, "instances", &instances) ||
				    !json_object_array_length(instances)))
			code = CLI_FAILED;
		printf("%s\n",
		       json_object_to_json_string_ext(object,
						      JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
	} else if (!report_text(&report, stdout)) {
		code = CLI_FAILED;
	}
	if (code)
		log_err("%s: no virtual router of that name runs here", report.only);
	view_close(report.view);
	return code;
}

const struct cli_command cmd_status = {
	.name = "status",
	.arguments = "[NAME]",
	.summary = "state of all virtual routers, or all of one",
	.details = "Reads the pinned maps; works with and without a running agent.\n"
		   "  vrrp-xdp status --json | jq '.instances[].state'\n",
	.run = run_status,
};

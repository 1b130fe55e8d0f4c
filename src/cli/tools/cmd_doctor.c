/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * doctor: looks at the host, and says what may bite.
 */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/show/report.h"
#include "cli/tools/doctor_facts.h"
#include "sys/host/log.h"

static int run_doctor(const struct cli *cli, int argc, char **argv)
{
	struct doctor_request request = {.config = CLI_CONFIG_DEFAULT, .root = "", .ifnames = argv};
	struct doctor_report report;
	struct doctor_facts *facts;
	int code;

	for (int i = 1; i < argc; i++) {
		if (cli_value("--config", "-c", argc, argv, &i, &request.config)) {
			if (!*request.config)
				return cli_usage(&cmd_doctor, "-c takes a file");
		} else if (cli_value("--root", NULL, argc, argv, &i, &request.root)) {
			if (*request.root != '/')
				return cli_usage(&cmd_doctor, "--root takes an absolute path");
		} else if (argv[i][0] == '-') {
			return cli_usage(&cmd_doctor, "unknown option '%s'", argv[i]);
		} else if (request.ifname_count == DOCTOR_MAX_NICS) {
			return cli_usage(&cmd_doctor, "name %d interfaces at most",
					 DOCTOR_MAX_NICS);
		} else {
			argv[request.ifname_count++] = argv[i];
		}
	}
	facts = doctor_look(cli, &request);
	if (!facts || doctor_judge(facts, &report)) {
		log_err("out of memory");
		doctor_forget(facts);
		return CLI_FAILED;
	}
	if (cli->json)
		report_print_json(report_doctor_json(&report), stdout);
	else
		report_doctor(&report, stdout);
	code = report.levels[DOCTOR_FAIL] ? CLI_FAILED : CLI_OK;
	doctor_free(&report);
	doctor_forget(facts);
	return code;
}

const struct cli_command cmd_doctor = {
	.name = "doctor",
	.arguments = "[IFACE…] [-c FILE] [--root DIR]",
	.summary = "find problems on this host and say how to solve them",
	.details =
		"Checks the kernel, the agent, its files and the firewall. For each interface it\n"
		"checks XDP, MTU, offloads, network managers, the shared MAC and the peer.\n"
		"It changes nothing, and does not disturb a running agent.\n"
		"\n"
		"  IFACE…              only these (default: all configured or attached)\n"
		"  -c, --config FILE   the configuration\n"
		"                      (default: " CLI_CONFIG_DEFAULT ")\n"
		"  --root DIR          where to look for etc and run of network managers\n"
		"\n"
		"exit status: 0 no check fails, 1 a check fails\n"
		"\n"
		"examples:\n"
		"  vrrp-xdp doctor\n"
		"  vrrp-xdp doctor eth1 --json | jq '.findings[] | select(.level != \"ok\")'\n",
	.run = run_doctor,
};

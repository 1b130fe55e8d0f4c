/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run, check: a configuration from a file or from vrrpd's own flags; the agent.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/keeper.h"
#include "agent/mend.h"
#include "cli/cli.h"
#include "cli/config_load.h"
#include "cli/programs.h"
#include "core/config/config.h"
#include "sys/host/keyring.h"
#include "sys/host/libc.h"
#include "sys/host/log.h"
#include "sys/net/ask_nic.h"

/* -c FILE, --config FILE; *ret_path stays where there is none. false: something else is there. */
static bool take_config(int argc, char **argv, const char **ret_path, bool *ret_replace)
{
	for (int i = 1; i < argc; i++) {
		if ((!strcmp(argv[i], "-c") || !strcmp(argv[i], "--config")) && i + 1 < argc)
			*ret_path = argv[++i];
		else if (!strncmp(argv[i], "--config=", 9) && argv[i][9])
			*ret_path = argv[i] + 9;
		else if (ret_replace && !strcmp(argv[i], "--replace"))
			*ret_replace = true;
		else
			return false;
	}
	return true;
}

static bool mentions_config(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-c") || !strncmp(argv[i], "--config", 8))
			return true;
	}
	return false;
}

/* vrrpd's flags; --replace is ours and taken out. */
static int load_vrrpd(int argc, char **argv, bool *ret_replace, struct config **ret_config,
		      struct keyring **ret_keyring)
{
	struct config_errors errors = {0};
	int kept = 1, err;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--replace"))
			*ret_replace = true;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	err = config_vrrpd(kept, argv, ret_config, &errors);
	if (err)
		return config_load_errors(err, &errors);
	err = config_load_absolute_hooks(*ret_config);
	if (err)
		log_err("cannot find out the working directory: %s", strerror(-err));
	else /* no flag names a key */
		err = keyring_open(*ret_config, "", ret_keyring, &errors);
	if (err) {
		config_free(*ret_config);
		return CLI_FAILED;
	}
	return CLI_OK;
}

/* An interface that is not there may come later; one that can never be a heartbeat is an error of
 * the configuration. */
static int check_heartbeats(const struct config *config)
{
	int refused = 0;

	for (unsigned int r = 0; r < config->router_count; r++) {
		const struct config_router *router = &config->routers[r];

		for (unsigned int i = 0; i < router->heartbeat_count; i++) {
			if (link_type_check(router->heartbeat[i]) != -EPROTONOSUPPORT)
				continue;
			log_err("%s: heartbeat %s: " LINK_TYPE_REFUSED, router->name,
				router->heartbeat[i]);
			refused++;
		}
	}
	return refused;
}

static bool is_unfit(const struct config *config)
{
	return programs_unfit(config) || programs_forbidden(config) || check_heartbeats(config);
}

static bool recheck(void *context, struct config **ret_config)
{
	const char *path = context;
	struct keyring *keyring;
	struct config *config;
	bool fit;

	if (config_load_file(path, &config, &keyring))
		return false;
	fit = !is_unfit(config);
	keyring_close(keyring);
	if (fit)
		*ret_config = config;
	else
		config_free(config);
	return fit;
}

/* Run this very command anew, in this process: the program as it is on the disk now. Returns only
 * when that failed: an exit code. */
static int restart(const struct cli *cli)
{
	/* Its own name first: an upgrade has put another file there. */
	execvp(cli->command_line[0], cli->command_line);
	execv("/proc/self/exe", cli->command_line);
	log_err("cannot restart: %s", strerror(errno));
	return CLI_FAILED;
}

static int run_run(const struct cli *cli, int argc, char **argv)
{
	struct agent_options options = {.run_dir = cli->run_dir, .bpffs = cli->bpffs};
	const char *path = CLI_CONFIG_DEFAULT;
	bool has_file = take_config(argc, argv, &path, &options.replace);
	struct keyring *keyring = NULL;
	struct config *config;
	int code, err;

	if (!has_file && mentions_config(argc, argv))
		return cli_usage(&cmd_run, "use either -c FILE or the options of vrrpd, not both");
	log_open(LOG_INFO, JOURNAL_SOCKET);
	libc_heap_starts();
	options.keeper = keeper_open(cli->state_dir);
	if (has_file) {
		code = config_load_file(path, &config, &keyring);
		options.recheck = recheck;
		options.context = (void *)(uintptr_t)path;
	} else {
		code = load_vrrpd(argc, argv, &options.replace, &config, &keyring);
	}
	if (!code) {
		log_open(config->log_level, JOURNAL_SOCKET);
		programs_warn_open(config);
		if (is_unfit(config)) {
			keyring_close(keyring);
			config_free(config);
			code = CLI_USAGE;
		}
	}
	if (code) {
		keeper_close(options.keeper, true);
		/* The NICs of a run that died do not wait until somebody has mended the file. */
		if (has_file)
			mend_host(cli->run_dir, cli->bpffs);
		return code;
	}
	options.keyring = keyring;
	err = agent_run(config, &options);
	keyring_close(keyring);
	config_free(config);
	if (err == AGENT_RESTART)
		return restart(cli);
	return err ? CLI_FAILED : CLI_OK;
}

static int run_check(const struct cli *cli, int argc, char **argv)
{
	const char *path = CLI_CONFIG_DEFAULT;
	struct keyring *keyring;
	struct config *config;
	char *text;
	int code;

	if (!take_config(argc, argv, &path, NULL))
		return cli_usage(&cmd_check, "unexpected argument; name the file with -c FILE");
	code = config_load_file(path, &config, &keyring);
	if (code)
		return code;
	keyring_close(keyring);
	/* For a file that is checked, maybe on another host or before its scripts are there, what
	 * is missing is a warning. `run` refuses a hook that is missing; a tracked script fails
	 * until it comes. */
	programs_unfit(config);
	programs_warn_missing(config);
	programs_warn_open(config);
	if (check_heartbeats(config)) {
		config_free(config);
		return CLI_USAGE;
	}
	if (cli->json) {
		printf("{\"schema\":1,\"ok\":true,\"routers\":%u}\n", config->router_count);
	} else {
		text = config_format(config);
		if (text)
			fputs(text, stdout);
		code = text ? CLI_OK : CLI_FAILED;
		free(text);
	}
	config_free(config);
	return code;
}

const struct cli_command cmd_run = {
	.name = "run",
	.arguments = "[-c FILE] | -i IF -v VRID …",
	.summary = "run the agent in the foreground",
	.details = "  -c, --config FILE   the configuration\n"
		   "                      (default: " CLI_CONFIG_DEFAULT ")\n"
		   "  --replace           remove other XDP programs from the heartbeat interfaces\n"
		   "\n"
		   "vrrpd's options work as well (VRRP version 2, an advert each second):\n"
		   "  -i IF -v VRID [-p PRIORITY] [-d SECONDS] [-s] [-n] [-a none|pw/PASSWORD]\n"
		   "  [-U UP_SCRIPT] [-D DOWN_SCRIPT] ADDRESS[/LEN]…\n"
		   "\n"
		   "example:\n"
		   "  vrrp-xdp run -i eth1 10.51.67.93/24 -v 55 \\\n"
		   "               -U /root/Master.sh -D /root/Backup.sh\n",
	.run = run_run,
};

const struct cli_command cmd_check = {
	.name = "check",
	.arguments = "[-c FILE]",
	.summary = "check a configuration and print it with its defaults",
	.details = "  -c, --config FILE   the configuration\n"
		   "                      (default: " CLI_CONFIG_DEFAULT ")\n"
		   "\n"
		   "Prints all errors with their lines, and changes nothing.\n"
		   "\n"
		   "example:\n"
		   "  vrrp-xdp check -c new.conf && cp new.conf " CLI_CONFIG_DEFAULT "\n",
	.run = run_check,
};

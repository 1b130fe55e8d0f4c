/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attach, detach: the XDP program on a NIC, with or without an agent.
 */
#include <errno.h>
#include <json-c/json.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "agent/mend.h"
#include "cli/cli.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/datapath.h"
#include "sys/host/log.h"
#include "sys/host/rundir.h"

static int parse_mode(const char *text, enum config_mode *ret_mode)
{
	static const char *const names[] = {
		[CONFIG_MODE_AUTO] = "auto",
		[CONFIG_MODE_NATIVE] = "native",
		[CONFIG_MODE_GENERIC] = "generic",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*ret_mode = (enum config_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

static void say(const struct cli *cli, const char *what, const char *ifname, const char *mode)
{
	if (cli->json) {
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "interface", json_object_new_string(ifname));
		json_object_object_add(object, what, json_object_new_boolean(1));
		if (mode)
			json_object_object_add(object, "mode", json_object_new_string(mode));
		printf("%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
		json_object_put(object);
	} else if (mode) {
		printf("%s: %s, %s XDP\n", ifname, what, mode);
	} else {
		printf("%s: %s\n", ifname, what);
	}
}

static int run_attach(const struct cli *cli, int argc, char **argv)
{
	struct xdp_request request = {.bpffs = cli->bpffs};
	struct datapath *datapath;
	bool generic;
	int err;

	for (int i = 1; i < argc; i++) {
		const char *mode = NULL;

		if (!strcmp(argv[i], "--replace")) {
			request.replace = true;
		} else if (!strcmp(argv[i], "--mode")) {
			mode = i + 1 < argc ? argv[++i] : "";
		} else if (!strncmp(argv[i], "--mode=", 7)) {
			mode = argv[i] + 7;
		} else if (argv[i][0] == '-') {
			return cli_usage(&cmd_attach, "unknown option '%s'", argv[i]);
		} else if (request.ifname) {
			return cli_usage(&cmd_attach, "name only one interface");
		} else {
			request.ifname = argv[i];
		}
		if (mode && !strcmp(mode, "socket"))
			return cli_usage(&cmd_attach,
					 "a packet socket would end with this command; for `run`, "
					 "set [agent] mode = socket");
		if (mode && parse_mode(mode, &request.mode))
			return cli_usage(&cmd_attach, "--mode must be auto, native or generic");
	}
	if (!request.ifname)
		return cli_usage(&cmd_attach, "name an interface");
	request.ifindex = (int)if_nametoindex(request.ifname);
	if (!request.ifindex) {
		log_err("%s: no such interface (ip link lists them)", request.ifname);
		return CLI_FAILED;
	}
	if (bpffs_prepare(cli->bpffs) || datapath_open(cli->bpffs, false, &datapath))
		return CLI_FAILED;
	err = datapath_load(datapath);
	if (!err && !bpffs_locked(cli->bpffs)) /* a running agent has its own program and maps */
		datapath_renew_links(datapath);
	if (!err)
		err = datapath_attach(datapath, &request, &generic);
	datapath_close(datapath);
	if (err) {
		datapath_forget_unused(cli->bpffs);
		return CLI_FAILED;
	}
	say(cli, "attached", request.ifname, generic ? "generic" : "native");
	return CLI_OK;
}

static int detach_one(const struct cli *cli, int ifindex, const char *ifname)
{
	int err;

	if (datapath_in_use(cli->bpffs, ifindex)) {
		log_err("%s: the running agent (pid %d) listens on it; stop the agent first",
			ifname ? ifname : "(gone)", (int)rundir_agent(cli->run_dir, NULL));
		return CLI_FAILED;
	}
	err = datapath_detach(cli->bpffs, ifindex, ifname);
	datapath_forget_unused(cli->bpffs);
	if (err == -ENOENT)
		log_err("%s: not attached", ifname ? ifname : "(gone)");
	if (err)
		return CLI_FAILED;
	say(cli, "detached", ifname ? ifname : "(gone)", NULL);
	return CLI_OK;
}

static int detach_all(const struct cli *cli)
{
	int ifindexes[VRRP_MAX_PORTS], code = CLI_OK;
	int count = bpffs_links(cli->bpffs, ifindexes, VRRP_MAX_PORTS);

	for (int i = 0; i < count; i++) {
		char ifname[IF_NAMESIZE];
		int one = detach_one(cli, ifindexes[i],
				     if_indextoname((unsigned int)ifindexes[i], ifname));

		code = one ? one : code;
	}
	/* What has no NIC: maps of an interrupted start, the fences of an agent that was killed. */
	if (!code)
		datapath_forget_unused(cli->bpffs);
	return code;
}

static int run_detach(const struct cli *cli, int argc, char **argv)
{
	int ifindex, links[VRRP_MAX_PORTS];

	if (argc != 2)
		return cli_usage(&cmd_detach, "name an interface, or use --all");
	if (argv[1][0] == '-' && strcmp(argv[1], "--all"))
		return cli_usage(&cmd_detach, "unknown option '%s'", argv[1]);
	if (bpffs_exists(cli->bpffs) == -EACCES) {
		log_err("%s: %s: run as root", cli->bpffs, strerror(EACCES));
		return CLI_FAILED;
	}
	if (mend_host(cli->run_dir, cli->bpffs))
		return CLI_FAILED;
	if (!strcmp(argv[1], "--all"))
		return detach_all(cli);
	ifindex = (int)if_nametoindex(argv[1]);
	if (!ifindex) {
		int count = bpffs_links(cli->bpffs, links, VRRP_MAX_PORTS);

		log_err("%s: no such interface%s", argv[1],
			count ? " (detach --all removes what is left of an interface that is gone)"
			      : "");
		return CLI_FAILED;
	}
	return detach_one(cli, ifindex, argv[1]);
}

const struct cli_command cmd_attach = {
	.name = "attach",
	.arguments = "IFACE [--mode MODE] [--replace]",
	.summary = "load the XDP program and observe an interface",
	.details =
		"  --mode auto|native|generic   how to attach the program (default: auto, which\n"
		"                               is native if the driver can, else generic)\n"
		"  --replace                    remove another XDP program from the interface\n"
		"\n"
		"Records every VRRP router that it hears there. Needs no configuration.\n"
		"\n"
		"examples:\n"
		"  vrrp-xdp attach eth1\n"
		"  vrrp-xdp monitor eth1\n"
		"  bpftool map dump pinned /sys/fs/bpf/vrrp-xdp/neighbors\n",
	.run = run_attach,
};

const struct cli_command cmd_detach = {
	.name = "detach",
	.arguments = "IFACE | --all",
	.summary = "remove the XDP program from an interface",
	.details =
		"  --all   detach all interfaces, and remove the maps\n"
		"\n"
		"If a killed agent has left its changes on the interface, they are undone first.\n"
		"If that is not possible, nothing is detached, and the command says what to do.\n"
		"An interface that the running agent uses is refused. Stop the agent first.\n"
		"\n"
		"example:\n"
		"  vrrp-xdp detach --all\n",
	.run = run_detach,
};

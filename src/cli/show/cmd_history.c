/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * history: past transitions, of this agent and of those before it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show/look.h"
#include "cli/show/report.h"
#include "core/nearest.h"
#include "sys/bpf/view.h"
#include "sys/host/log.h"

#define SHOWN 64

struct request {
	const char *name; /* NULL: of all */
	const char *svg;  /* a file, "-" for standard output, or NULL */
	unsigned int shown;
	unsigned int number; /* to be drawn; 0: the newest takeover */
};

/* The newest first. Returns the number of them. */
static unsigned int choose(const struct snapshot *snapshot, const char *name,
			   const struct history_record *chosen[HISTORY_MAX])
{
	unsigned int count = 0;

	for (unsigned int i = snapshot->history_count; i-- > 0;) {
		if (!name || !strcmp(snapshot->history[i].name, name))
			chosen[count++] = &snapshot->history[i];
	}
	return count;
}

static int no_such_name(const struct snapshot *snapshot, const char *name)
{
	struct nearest nearest = {.word = name};

	for (unsigned int i = 0; i < snapshot->history_count; i++)
		nearest_offer(&nearest, snapshot->history[i].name);
	if (nearest_found(&nearest))
		log_err("%s: the history has no virtual router of that name; the nearest is %s",
			name, nearest_found(&nearest));
	else
		log_err("%s: the history has no virtual router of that name; vrrp-xdp history "
			"lists all",
			name);
	return CLI_FAILED;
}

static int draw(const struct request *request, const struct history_record *const *records,
		unsigned int count)
{
	unsigned int index = request->number ? request->number - 1 : 0;
	bool to_file = strcmp(request->svg, "-") != 0;
	char host[HOST_NAME_MAX + 1] = "";
	FILE *out = stdout;
	int err = 0;

	if (index >= count) {
		log_err("the history has no change with number %u; vrrp-xdp history lists the "
			"numbers",
			index + 1);
		return CLI_FAILED;
	}
	if (!request->number) {
		while (index < count && records[index]->to != VRRP_STATE_MASTER)
			index++;
		index = index < count ? index : 0;
	}
	gethostname(host, HOST_NAME_MAX);
	if (to_file)
		out = fopen(request->svg, "we");
	if (out) {
		report_svg(records, count, index, host, out);
		if (fflush(out) || ferror(out))
			err = -errno;
		if (to_file && fclose(out) && !err)
			err = -errno;
	} else {
		err = -errno;
	}
	if (err)
		log_err("%s: %s", request->svg, strerror(-err));
	return err ? CLI_FAILED : CLI_OK;
}

static int show(const struct cli *cli, const struct request *request,
		const struct snapshot *snapshot)
{
	const struct history_record *chosen[HISTORY_MAX];
	unsigned int count = choose(snapshot, request->name, chosen);

	if (!count && request->name && snapshot->history_count)
		return no_such_name(snapshot, request->name);
	if (!count && request->svg) {
		log_err("the history is empty: there is nothing to draw");
		return CLI_FAILED;
	}
	if (request->svg)
		return draw(request, chosen, count);
	count = count < request->shown ? count : request->shown;
	if (cli->json)
		report_print_json(report_history_json(chosen, count), stdout);
	else
		report_history(chosen, count, stdout);
	if (!cli->json && !count)
		printf("no transition is known yet\n");
	return CLI_OK;
}

/* The file alone may be read by others than root. */
static int look(const struct cli *cli, struct snapshot *ret_snapshot)
{
	struct snapshot_request request = look_request(cli);
	struct view *view = NULL;
	int err = view_open(cli->bpffs, cli->run_dir, &view), taken;

	taken = snapshot_take(&request, view, ret_snapshot);
	view_close(view);
	if (!taken && (!err || err == -ENOENT || ret_snapshot->history_count))
		return 0;
	log_err("%s: %s%s", cli->bpffs, strerror(taken ? -taken : -err),
		err == -EPERM || err == -EACCES ? ": run as root" : "");
	snapshot_free(ret_snapshot);
	return taken ? taken : err;
}

/* 1 to HISTORY_MAX; 0: it is none. */
static unsigned int number(const char *text)
{
	char *end;
	unsigned long value = text ? strtoul(text, &end, 10) : 0;

	return !text || *text < '0' || *text > '9' || *end || value > HISTORY_MAX
		       ? 0
		       : (unsigned int)value;
}

static int run_history(const struct cli *cli, int argc, char **argv)
{
	struct request request = {.shown = SHOWN};
	struct snapshot snapshot;
	int code;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-n")) {
			request.shown = number(argv[++i]);
			if (!request.shown)
				return cli_usage(&cmd_history, "-n takes 1 to %d", HISTORY_MAX);
		} else if (!strcmp(argv[i], "--number")) {
			request.number = number(argv[++i]);
			if (!request.number)
				return cli_usage(&cmd_history, "--number takes 1 to %d",
						 HISTORY_MAX);
		} else if (!strcmp(argv[i], "--svg")) {
			request.svg = argv[++i];
			if (!request.svg)
				return cli_usage(&cmd_history, "--svg takes a file, or -");
		} else if (argv[i][0] == '-') {
			return cli_usage(&cmd_history, "unknown option '%s'", argv[i]);
		} else if (request.name) {
			return cli_usage(&cmd_history, "give one name at most");
		} else {
			request.name = argv[i];
		}
	}
	if (request.svg && cli->json)
		return cli_usage(&cmd_history, "use either --svg or --json, not both");
	if (request.number && !request.svg)
		return cli_usage(&cmd_history, "--number needs --svg");
	if (look(cli, &snapshot))
		return CLI_FAILED;
	code = show(cli, &request, &snapshot);
	snapshot_free(&snapshot);
	return code;
}

const struct cli_command cmd_history = {
	.name = "history",
	.arguments = "[NAME] [-n COUNT] [--svg FILE [--number N]]",
	.summary = "list past changes of state with causes and times",
	.details =
		"Lists the newest first, and includes those of earlier agents. For a takeover it\n"
		"shows when the last advert arrived, and when the host became master and\n"
		"announced the address.\n"
		"  -n COUNT     how many changes to list, 1 to 256 (default: 64)\n"
		"  --svg FILE   draw the newest takeover as a timeline\n"
		"  --number N   draw this takeover instead; N is its number in the list\n"
		"\n"
		"examples:\n"
		"  vrrp-xdp history web -n 5\n"
		"  vrrp-xdp history web --svg failover.svg\n",
	.run = run_history,
};

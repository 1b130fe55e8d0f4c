/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a subcommand comes to what it shows.
 */
#include "cli/show/look.h"

#include <errno.h>
#include <string.h>

#include "core/nearest.h"
#include "sys/bpf/view.h"
#include "sys/host/log.h"

int look_open(const struct cli *cli, struct view **ret_view)
{
	struct view *view = NULL;
	int err = view_open(cli->bpffs, cli->run_dir, &view);
	const char *advice = "";

	if (err == -EPERM || err == -EACCES)
		advice = ": run as root";
	else if (err == -EPROTO)
		advice = ": maps of another version: restart the agent, or detach --all";
	if (err && err != -ENOENT) {
		log_err("%s: %s%s", cli->bpffs, strerror(-err), advice);
		return err;
	}
	*ret_view = view;
	return 0;
}

struct snapshot_request look_request(const struct cli *cli)
{
	return (struct snapshot_request){
		.bpffs = cli->bpffs,
		.run_dir = cli->run_dir,
		.state_dir = cli->state_dir,
	};
}

int look_take(const struct cli *cli, struct snapshot *ret_snapshot)
{
	struct snapshot_request request = look_request(cli);
	struct view *view;
	int err = look_open(cli, &view);

	if (err)
		return err;
	err = snapshot_take(&request, view, ret_snapshot);
	view_close(view);
	if (err) {
		log_err("out of memory");
		snapshot_free(ret_snapshot);
	}
	return err;
}

void look_no_router(const struct snapshot *snapshot, const char *name)
{
	struct nearest nearest = {.word = name};

	for (unsigned int i = 0; i < snapshot->router_count; i++)
		nearest_offer(&nearest, snapshot->routers[i].instance.report.name);
	if (!snapshot->agent)
		log_err("%s: no agent is running (vrrp-xdp history shows what happened before)",
			name);
	else if (nearest_found(&nearest))
		log_err("%s: no virtual router of that name; the nearest is %s", name,
			nearest_found(&nearest));
	else
		log_err("%s: no virtual router of that name; vrrp-xdp status lists them", name);
}

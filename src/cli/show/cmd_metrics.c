/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * metrics: for Prometheus and those who read its formats; once, or over HTTP.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/show/look.h"
#include "cli/show/report_metrics.h"
#include "cli/show/serve.h"
#include "sys/host/log.h"

#define IDLE_MS (10 * 60 * 1000) /* longer than anybody waits between two readings */

static enum http_status serve_metrics(void *context, const struct http_request *request,
				      const char **ret_type, FILE *out)
{
	struct snapshot snapshot;

	if (look_take(context, &snapshot))
		return HTTP_FAILED;
	*ret_type = request->open_metrics
			    ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
			    : "text/plain; version=0.0.4; charset=utf-8";
	report_metrics(&snapshot, request->open_metrics ? METRICS_OPEN : METRICS_PROMETHEUS, out);
	snapshot_free(&snapshot);
	return HTTP_OK;
}

static int serve_http(const struct cli *cli)
{
	int fd = serve_passed_fd(), err;

	if (fd < 0) {
		log_err("--http: systemd passed no socket; run systemctl enable --now "
			"vrrp-xdp-metrics.socket");
		return CLI_FAILED;
	}
	err = serve(fd, IDLE_MS, serve_metrics, (void *)(uintptr_t)cli);
	if (err)
		log_err("--http: %s", strerror(-err));
	return err ? CLI_FAILED : CLI_OK;
}

static int run_metrics(const struct cli *cli, int argc, char **argv)
{
	enum metrics_form form = METRICS_OPEN;
	struct snapshot snapshot;
	bool http = false;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--http"))
			http = true;
		else if (!strcmp(argv[i], "--prometheus"))
			form = METRICS_PROMETHEUS;
		else
			return cli_usage(&cmd_metrics,
					 argv[i][0] == '-' ? "unknown option '%s'"
							   : "unexpected argument '%s'",
					 argv[i]);
	}
	if (cli->json)
		return cli_usage(&cmd_metrics, "there is no --json here; use status --json");
	if (http && form == METRICS_PROMETHEUS)
		return cli_usage(&cmd_metrics, "--http and --prometheus exclude each other; over "
					       "HTTP the reader chooses the format");
	if (http)
		return serve_http(cli);
	if (look_take(cli, &snapshot))
		return CLI_FAILED;
	report_metrics(&snapshot, form, stdout);
	snapshot_free(&snapshot);
	return CLI_OK;
}

const struct cli_command cmd_metrics = {
	.name = "metrics",
	.arguments = "[--prometheus | --http]",
	.summary = "print metrics for Prometheus (OpenMetrics)",
	.details = "  --prometheus   use the older text format, for a textfile collector\n"
		   "  --http         answer GET /metrics on the socket that systemd passes\n"
		   "\n"
		   "examples:\n"
		   "  vrrp-xdp metrics | grep router_state\n"
		   "  systemctl enable --now vrrp-xdp-metrics.socket\n",
	.run = run_metrics,
};

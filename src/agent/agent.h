/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent: all rooms opened in order, the loop, all closed in reverse.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>

#include "core/config.h"

struct agent_options {
	const char *run_dir;
	const char *bpffs;
	bool replace; /* XDP programs of others on the heartbeat NICs */
};

/* Run until SIGTERM or SIGINT. Errors are logged. 0 or negative errno. */
int agent_run(const struct config *config, const struct agent_options *options);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent: opens everything in order, runs the loop, and closes everything in reverse order.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>

#include "agent/keeper.h"
#include "core/config/config.h"
#include "sys/host/keyring.h"

struct agent_options {
	const char *run_dir;
	struct keeper *keeper; /* writes transitions to disk; may be NULL; agent_run() closes it */
	const char *bpffs;
	const struct keyring *keyring; /* the keys of the configuration */
	bool replace;                  /* replace XDP programs of others on the heartbeat NICs */
	/* Called on SIGHUP: reads the configuration as a start would. Returns true if a start could
	 * use it, and *ret_config, which the agent frees. Errors are logged. The function is NULL
	 * if there is no file to read again. */
	bool (*recheck)(void *context, struct config **ret_config);
	void *context;
};

/* The caller is to start the agent again, by the same command. What the agent holds was kept. */
#define AGENT_RESTART 1

/* Run until SIGTERM or SIGINT. Errors are logged. Returns 0, AGENT_RESTART or a negative errno. */
int agent_run(const struct config *config, const struct agent_options *options);

#endif

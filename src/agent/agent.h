/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent: all rooms opened in order, the loop, all closed in reverse.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>

#include "agent/keeper.h"
#include "core/config/config.h"
#include "sys/host/keyring.h"

struct agent_options {
	const char *run_dir;
	struct keeper *keeper; /* who writes transitions down, or NULL. Owned by agent_run() */
	const char *bpffs;
	const struct keyring *keyring; /* of the configuration */
	bool replace;                  /* XDP programs of others on the heartbeat NICs */
	/* SIGHUP: is the configuration, as it is now, fit for a restart? It says itself what is
	 * wrong. NULL: there is no file to read again. */
	bool (*recheck)(void *context);
	void *context;
};

/* The agent wants to be started again, by the same command: what it holds was kept for that. */
#define AGENT_RESTART 1

/* Run until SIGTERM or SIGINT. Errors are logged. 0, AGENT_RESTART or negative errno. */
int agent_run(const struct config *config, const struct agent_options *options);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds a keepalived that runs on this host, in this network namespace, and what it was started
 * with.
 */
#ifndef CLI_TOOLS_IMPORT_RUNNING_H
#define CLI_TOOLS_IMPORT_RUNNING_H

#include <limits.h>
#include <sys/types.h>

struct import_running {
	pid_t pid;
	char path[PATH_MAX]; /* of its configuration */
	char config_id[256]; /* ""; it was given none */
};

/* Returns 0 and *ret_running; -ENOENT if none runs here, or none can be seen. Only processes of
 * root count, as the names of others are what their users like. Of several the first one counts. */
int import_running(struct import_running *ret_running);

#endif

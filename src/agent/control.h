/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket, RUN_DIR/control. A connection has one request and one answer, a line each.
 * Only root and the agent's own user may use it; the directory's mode and SO_PEERCRED see to that.
 * Never blocks.
 */
#ifndef AGENT_CONTROL_H
#define AGENT_CONTROL_H

#include <stddef.h>

#include "agent/loop.h"

#define CONTROL_LINE 256

struct control;

/* Called for a request: `length` bytes (below CONTROL_LINE), exactly as they were sent, so check
 * them (core/request.h). Write the line of the answer ("ok", "error: …"). */
typedef void (*control_fn)(void *context, const char *request, size_t length,
			   char answer[CONTROL_LINE]);

/* The run directory must be ours (sys/host/rundir.h). A socket that a crashed agent left there is
 * replaced. */
int control_open(const char *run_dir, struct loop *loop, control_fn fn, void *context,
		 struct control **ret_control);
void control_close(struct control *control);

/* The other end, for the CLI: send a request, and wait for the answer, timeout_ms at most. Returns
 * 0, -ENOENT or -ECONNREFUSED if no agent runs, or another negative errno. */
int control_ask(const char *run_dir, const char *request, int timeout_ms,
		char ret_answer[CONTROL_LINE]);

#endif

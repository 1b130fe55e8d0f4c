/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: RUN_DIR/control, one request and one answer a connection, both a line. For
 * root (and the agent's own user) alone, by the directory's mode and by SO_PEERCRED. Never blocks.
 */
#ifndef AGENT_CONTROL_H
#define AGENT_CONTROL_H

#include <stddef.h>

#include "agent/loop.h"

#define CONTROL_LINE 256

struct control;

/* A request: `length` bytes (below CONTROL_LINE) as they were sent, whatever they are;
 * core/request.h reads them. Write the answer's line ("ok", "error: …"). */
typedef void (*control_fn)(void *context, const char *request, size_t length,
			   char answer[CONTROL_LINE]);

/* The run directory must be ours (sys/host/rundir.h): a socket that a crashed agent left is
 * replaced. */
int control_open(const char *run_dir, struct loop *loop, control_fn fn, void *context,
		 struct control **ret_control);
void control_close(struct control *control);

/* The other end, for the CLI: send request, wait up to timeout_ms for the answer. -ENOENT,
 * -ECONNREFUSED: no agent runs. Negative errno. */
int control_ask(const char *run_dir, const char *request, int timeout_ms,
		char ret_answer[CONTROL_LINE]);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket, RUN_DIR/control. A connection has one request and one answer, a line each. If
 * the answer is that something takes its time, a second one says what became of it.
 * Only root and the agent's own user may use it; the directory's mode and SO_PEERCRED see to that.
 * Never blocks.
 */
#ifndef AGENT_CONTROL_H
#define AGENT_CONTROL_H

#include <stddef.h>

#include "agent/loop.h"
#include "core/ending.h"

#define CONTROL_LINE 256

/* Answers of `resign`. A MASTER hands over: this one says for how many milliseconds at most, and
 * one of the next three follows it, or "ok" if it had to wait for before-backup alone. */
#define CONTROL_WAITS "waits "
#define CONTROL_TAKEN "taken " /* ADDRESS PRIORITY MILLISECONDS: another router has taken over */
#define CONTROL_STAYS "stays " /* MILLISECONDS: nobody has, and it is still MASTER */
#define CONTROL_ENDED "ended " /* and why it came to nothing, in words */

struct control;

/* Called for a request: `length` bytes (below CONTROL_LINE), exactly as they were sent, so check
 * them (core/request.h). Write the line of the answer ("ok", "error: …"). Returns NULL, or a
 * subject of which control_tell() will tell more. */
typedef const void *(*control_fn)(void *context, const char *request, size_t length,
				  char answer[CONTROL_LINE]);

/* The run directory must be ours (sys/host/rundir.h). The socket is the one of the process before a
 * restart, if that has passed it on; one that a crashed agent left there is replaced. */
int control_open(const char *run_dir, struct loop *loop, control_fn fn, void *context,
		 struct control **ret_control);

/* Does nothing if control is NULL. If the agent restarts, the socket is passed on, so that a
 * request waits for the next process instead of failing. */
void control_close(struct control *control, enum ending ending);

/* The subject that a connection waits for, of one connection after the other: start with *cursor 0.
 * Returns NULL behind the last one, and if control is NULL: the socket could not be opened. */
const void *control_awaited(const struct control *control, unsigned int *cursor);

/* Send this line to all that wait for more about this subject, and hang up on them. */
void control_tell(struct control *control, const void *subject, const char *line);

/* The other end, for the CLI: send a request, and wait for the answer, timeout_ms at most. Returns
 * 0, -ENOENT or -ECONNREFUSED if no agent runs, -ECONNRESET if the agent has hung up, or another
 * negative errno. The caller closes *ret_fd, which is the connection. */
int control_ask(const char *run_dir, const char *request, int timeout_ms,
		char ret_answer[CONTROL_LINE], int *ret_fd);

/* Wait for the next answer, timeout_ms at most. -ECONNRESET: the agent has hung up instead. */
int control_next(int fd, int timeout_ms, char ret_answer[CONTROL_LINE]);

#endif

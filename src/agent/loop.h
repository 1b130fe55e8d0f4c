/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * epoll, one timerfd, one signalfd, and the only reader of the clock.
 */
#ifndef AGENT_LOOP_H
#define AGENT_LOOP_H

#include <stdint.h>

#include "core/monotime.h"

struct loop;

/* fd is readable. Must read or close it; must not block. */
typedef void (*loop_fd_fn)(void *context);

int loop_open(struct loop **ret_loop);
void loop_close(struct loop *loop);

/* Watch fd for reading; -errno. fd is not owned. */
int loop_add(struct loop *loop, int fd, loop_fd_fn fn, void *context);
/* Stop watching, before fd is closed. Safe from within a callback. */
void loop_remove(struct loop *loop, int fd);

/* CLOCK_MONOTONIC, read now. */
struct monotime loop_now(void);

#endif

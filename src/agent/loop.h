/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop: epoll, timerfds and one signalfd. Only loop.c reads the clocks.
 */
#ifndef AGENT_LOOP_H
#define AGENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"
#include "core/stamp.h"

struct loop;

/* Called when fd is readable. It must read or close fd, and must not block. */
typedef void (*loop_fd_fn)(void *context);

/* SIGTERM, SIGINT or SIGHUP arrived (they are blocked and read from a signalfd). */
typedef void (*loop_signal_fn)(void *context, int signal);

/* Called in every wake-up, after all readable descriptors were served: act, then loop_arm(). */
typedef void (*loop_wake_fn)(void *context);

int loop_open(struct loop **ret_loop);
void loop_close(struct loop *loop);

/* Watch fd for reading. The caller still owns fd. Returns 0 or a negative errno. */
int loop_add(struct loop *loop, int fd, loop_fd_fn fn, void *context);
/* Stop watching fd; call it before fd is closed. A callback may call it. */
void loop_remove(struct loop *loop, int fd);

/* Wake up at `at`; if `at` is never, do not wake up by time. This replaces the time that was set
 * before. If `at` has passed, wake up at once. */
void loop_arm(struct loop *loop, struct monotime at);

/* Did this wake-up come by a descriptor other than the timer? True also for the first wake-up. */
bool loop_served(const struct loop *loop);

/* Set `fair` if the process runs at real-time priority, so that the scheduler takes nothing away
 * from it. Then, after 20 ms without a pause, the loop sleeps 2 ms before it goes on: where
 * descriptors are always readable (a flood in packet sockets), everything else on the CPU still
 * gets its part. */
void loop_be_fair(struct loop *loop, bool fair);

/* Run until loop_stop() is called. Returns 0 or a negative errno. */
int loop_run(struct loop *loop, loop_wake_fn wake, loop_signal_fn on_signal, void *context);
void loop_stop(struct loop *loop);

/* CLOCK_MONOTONIC, read now. */
struct monotime loop_now(void);

/* What to add to a monotonic time to get the wall clock's time (nanoseconds since 1970), as the
 * wall clock is set now. */
int64_t loop_wall_offset_ns(void);

/* Read both clocks; also says how exactly they were read together. */
struct clocks loop_clocks(void);

/* Call fn whenever CLOCK_REALTIME was set, and each time this period has passed on it. A loop can
 * have one such fn. Returns 0 or a negative errno. */
int loop_watch_clock(struct loop *loop, int64_t period_ns, loop_fd_fn fn, void *context);

#endif

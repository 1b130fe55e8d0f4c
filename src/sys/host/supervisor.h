/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * systemd's notification socket (sd_notify(3)) and watchdog. If there is none, nothing is sent.
 * Never blocks: a service manager that does not read misses a message, but no advert waits for it.
 */
#ifndef SYS_HOST_SUPERVISOR_H
#define SYS_HOST_SUPERVISOR_H

#include <stdint.h>

struct supervisor {
	int fd;              /* -1: nobody wants to know */
	int64_t watchdog_ns; /* a loop that says nothing for so long is killed; 0: never */
};

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, which stay set: a restart in place reads
 * them again. If one of them is wrong, that is logged, and the agent does without it. */
void supervisor_open(struct supervisor *supervisor);
void supervisor_close(struct supervisor *supervisor);

/* Send assignments as sd_notify(3) knows them, separated by newlines. Returns 0, also if nobody
 * wants to know; -EAGAIN if there is no room now; or another negative errno if the message is
 * lost. */
int supervisor_say(const struct supervisor *supervisor, const char *text);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * systemd's notification socket (sd_notify(3)) and watchdog. Says nothing where there is none.
 * Never blocks: a service manager that does not read misses a word, and no advert waits for it.
 */
#ifndef SYS_HOST_SUPERVISOR_H
#define SYS_HOST_SUPERVISOR_H

#include <stdint.h>

struct supervisor {
	int fd;              /* -1: nobody wants to know */
	int64_t watchdog_ns; /* a loop that says nothing for so long is killed; 0: never */
};

/* By $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, which stay: a restart in place reads them
 * again. What is wrong with them is logged, and done without. */
void supervisor_open(struct supervisor *supervisor);
void supervisor_close(struct supervisor *supervisor);

/* Assignments as sd_notify(3) knows them, separated by newlines. 0, also where nobody wants to
 * know; -EAGAIN: there is no room now; another negative errno: it is lost. */
int supervisor_say(const struct supervisor *supervisor, const char *text);

#endif

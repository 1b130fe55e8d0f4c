/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Child programs. A child has its own session (so that a time limit reaches its children), default
 * signals, SCHED_OTHER, no locked memory, and stdin from /dev/null. It inherits no descriptor of
 * ours but standard output and error, and no variables that a service manager means for its service
 * alone. The parent never waits, neither for a child's end nor for its beginning.
 */
#ifndef SYS_HOST_SPAWN_H
#define SYS_HOST_SPAWN_H

#include <sys/types.h>

#include "sys/host/user.h"

struct spawn {
	pid_t pid;    /* -1: none */
	int pidfd;    /* readable once the child has ended; -1: none */
	int error_fd; /* how the child tells that it could not become the program; -1: none */
};

#define SPAWN_NONE ((struct spawn){-1, -1, -1})

/* Start argv[0] (a path) with argv and envp, an array that may be written to, as this user; NULL:
 * as the agent. A file that is neither a binary nor begins with "#!" is run by /bin/sh. Returns 0
 * and *ret_child, -ENOENT if the program is missing, -EACCES if it is not executable, or another
 * negative errno if no process can be made. */
int spawn_start(char *const argv[], char *const envp[], const struct user *user,
		struct spawn *ret_child);

/* Reap the child after its pidfd became readable. Returns 0 and *ret_status as of waitpid(2), or
 * -EAGAIN if the child still runs. Any other negative errno says why the program never ran (-ENOENT
 * if its interpreter is missing, -EPERM if the child could not become the user). Unless it returns
 * -EAGAIN, it closes the descriptors and sets *child to SPAWN_NONE. */
int spawn_reap(struct spawn *child, int *ret_status);

/* How a child has ended, in words; err and status are those of spawn_reap(), or err is that of
 * spawn_start(). Returns `text`, or NULL if it ended with exit status 0. */
#define SPAWN_FAILURE 80
const char *spawn_failure(int err, int status, char text[SPAWN_FAILURE]);

/* Send a signal to the child's whole process group. */
void spawn_kill(const struct spawn *child, int signal);

/* Stop looking after the child: closes the descriptors, and leaves the child alone. */
void spawn_forget(struct spawn *child);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Child programs: own session (so that a time limit reaches their children), default signals,
 * SCHED_OTHER, no locked memory, stdin from /dev/null, no descriptor of ours inherited but standard
 * output and error, and not the variables that a service manager means for its service alone. Never
 * waits: neither for a child's end nor for its beginning.
 */
#ifndef SYS_HOST_SPAWN_H
#define SYS_HOST_SPAWN_H

#include <sys/types.h>

struct spawn {
	pid_t pid;    /* -1: none */
	int pidfd;    /* readable once the child has ended; -1: none */
	int error_fd; /* how the child tells that it could not become the program; -1: none */
};

#define SPAWN_NONE ((struct spawn){-1, -1, -1})

/* Start argv[0] (a path) with argv and envp, an array that may be written to. 0 and *ret_child, or
 * a negative errno: the program is missing (-ENOENT), not executable (-EACCES), or no process can
 * be made. A file that is neither a binary nor begins with "#!" is run by /bin/sh. */
int spawn_start(char *const argv[], char *const envp[], struct spawn *ret_child);

/* After pidfd became readable: reap. 0 and *ret_status as of waitpid(2); -EAGAIN: it still runs.
 * Another negative errno: why the program never ran (-ENOENT: its interpreter is missing). But for
 * -EAGAIN, closes the descriptors and sets *child to SPAWN_NONE. */
int spawn_reap(struct spawn *child, int *ret_status);

/* signal to the child's whole process group. */
void spawn_kill(const struct spawn *child, int signal);

/* No longer look after it: closes the descriptors, leaves the child alone. */
void spawn_forget(struct spawn *child);

#endif

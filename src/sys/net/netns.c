/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Knows /proc and setns(2), nothing of interfaces.
 */
#include "sys/net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/log.h"

#define OURS "/proc/thread-self/ns/net"

static void path_of(pid_t pid, char path[64])
{
	snprintf(path, 64, "/proc/%d/ns/net", (int)pid);
}

bool netns_is_ours(pid_t pid)
{
	struct stat ours, theirs;
	char path[64];

	path_of(pid, path);
	return !stat(path, &theirs) && !stat(OURS, &ours) && theirs.st_dev == ours.st_dev &&
	       theirs.st_ino == ours.st_ino;
}

int netns_visit(pid_t pid)
{
	int home, there;
	char path[64];

	if (pid <= 0 || netns_is_ours(pid))
		return -1;
	path_of(pid, path);
	home = open(OURS, O_RDONLY | O_CLOEXEC);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (home >= 0 && (there < 0 || setns(there, CLONE_NEWNET))) {
		close(home);
		home = -1;
	}
	if (there >= 0)
		close(there);
	return home;
}

void netns_return(int home)
{
	if (home < 0)
		return;
	if (setns(home, CLONE_NEWNET))
		log_err("cannot return to our own network namespace: %s", strerror(errno));
	close(home);
}

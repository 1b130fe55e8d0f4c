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

static int open_namespace(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool is_same(int a, int b)
{
	struct stat one, other;

	return !fstat(a, &one) && !fstat(b, &other) && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

int netns_visit(pid_t pid)
{
	int home, there;
	char path[64];

	if (pid <= 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	home = open_namespace("/proc/thread-self/ns/net");
	there = open_namespace(path);
	if (home >= 0 && (there < 0 || is_same(home, there) || setns(there, CLONE_NEWNET))) {
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

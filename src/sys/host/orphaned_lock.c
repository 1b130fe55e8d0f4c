/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys/host/orphaned_lock.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#define PATIENCE_MS 2000
#define PAUSE_MS    10

static bool is_alive(pid_t process)
{
	return process && (!kill(process, 0) || errno != ESRCH);
}

int orphaned_lock(orphaned_lock_fn take, const char *dir, pid_t *ret_holder)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	int lock = take(dir, ret_holder);

	for (int i = 0; i < PATIENCE_MS / PAUSE_MS; i++) {
		if (lock != -EWOULDBLOCK || is_alive(*ret_holder))
			break;
		nanosleep(&pause, NULL);
		lock = take(dir, ret_holder);
		if (lock >= 0)
			nanosleep(&pause, NULL);
	}
	return lock;
}

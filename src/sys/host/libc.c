/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls by their numbers. Depends on libc only.
 */
#include "sys/host/libc.h"

#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Since Linux 5.0 a new system call has one number everywhere, but for alpha and MIPS, whose
 * headers are as new as the kernels that need them. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

int libc_open_tree(int dir, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags);
}

int libc_move_mount(int from, const char *from_path, int to, const char *to_path,
		    unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

void libc_close_range(unsigned int first, unsigned int last)
{
	struct rlimit limit;

	if (!syscall(SYS_close_range, first, last, 0) || getrlimit(RLIMIT_NOFILE, &limit))
		return;
	for (unsigned int fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		close((int)fd);
}

int libc_schedule(pid_t pid, int policy, int priority)
{
	const struct sched_param param = {.sched_priority = priority};

	return (int)syscall(SYS_sched_setscheduler, pid, policy, &param);
}

int libc_scheduler(pid_t pid)
{
	return (int)syscall(SYS_sched_getscheduler, pid);
}

int libc_priority(pid_t pid)
{
	struct sched_param param = {0};

	return syscall(SYS_sched_getparam, pid, &param) ? -1 : param.sched_priority;
}

void libc_trim_heap(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

#define LARGE_BYTES (32 * 1024)
#define HUGE_BYTES  (256 * 1024)

void libc_heap_starts(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
#endif
}

void libc_heap_runs(void)
{
	libc_trim_heap();
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, HUGE_BYTES);
#endif
}

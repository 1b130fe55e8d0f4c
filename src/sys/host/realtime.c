/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_setscheduler(2), setrlimit(2) and SIGXCPU. Depends on libc only.
 */
#include "sys/host/realtime.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

#define LEAST_ROOM_US 10000 /* below the hard limit; the kernel counts in ticks */

static volatile sig_atomic_t exceeded;
static rlim_t host_limit = RLIM_INFINITY; /* the soft one, as the host gave it */

static int schedule(int policy, int priority)
{
	const struct sched_param param = {.sched_priority = priority};

	/* The flag stays: to clear it would need a privilege. */
	return sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &param) ? -errno : 0;
}

/* Not later, from the loop: the loop may be what does not come back. */
static void on_limit(int signal)
{
	int saved = errno;

	(void)signal;
	schedule(SCHED_OTHER, 0);
	exceeded = 1;
	errno = saved;
}

rlim_t realtime_soft_limit(rlim_t soft, rlim_t hard)
{
	rlim_t limit = soft < REALTIME_LIMIT_US ? soft : REALTIME_LIMIT_US, room;

	if (hard == RLIM_INFINITY)
		return limit;
	room = hard / 4 > LEAST_ROOM_US ? hard / 4 : LEAST_ROOM_US;
	if (hard <= room)
		return hard;
	return limit < hard - room ? limit : hard - room;
}

static void limit_cpu(void)
{
	struct sigaction action = {.sa_handler = on_limit, .sa_flags = SA_RESTART};
	struct rlimit rttime;

	sigaction(SIGXCPU, &action, NULL);
	if (getrlimit(RLIMIT_RTTIME, &rttime))
		return;
	host_limit = rttime.rlim_cur;
	rttime.rlim_cur = realtime_soft_limit(rttime.rlim_cur, rttime.rlim_max);
	setrlimit(RLIMIT_RTTIME, &rttime);
}

int realtime_enter(int priority)
{
	int err;

	limit_cpu();
	err = priority ? schedule(SCHED_FIFO, priority) : 0;
	if (err || !priority)
		schedule(SCHED_OTHER, 0);
	return err;
}

int realtime_priority(void)
{
	struct sched_param param = {0};

	return sched_getparam(0, &param) ? 0 : param.sched_priority;
}

bool realtime_take_excess(void)
{
	bool was = exceeded;

	exceeded = 0;
	return was;
}

void realtime_lift(void)
{
	struct rlimit rttime;

	if (getrlimit(RLIMIT_RTTIME, &rttime))
		return;
	rttime.rlim_cur = host_limit;
	setrlimit(RLIMIT_RTTIME, &rttime);
}

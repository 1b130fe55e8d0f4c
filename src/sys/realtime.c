/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_setscheduler(2), setrlimit(2) and SIGXCPU. Depends on libc only.
 */
#include "sys/realtime.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

static volatile sig_atomic_t entered; /* the priority */
static volatile sig_atomic_t exceeded;

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
	if (!schedule(SCHED_OTHER, 0))
		entered = 0;
	exceeded = 1;
	errno = saved;
}

/* Limits below the host's own stay as they are, and nobody's hard limit is touched. */
static void set_limit(rlim_t limit)
{
	struct rlimit rttime;

	if (getrlimit(RLIMIT_RTTIME, &rttime))
		return;
	if (rttime.rlim_max != RLIM_INFINITY && (limit == RLIM_INFINITY || limit > rttime.rlim_max))
		limit = rttime.rlim_max;
	rttime.rlim_cur = limit;
	setrlimit(RLIMIT_RTTIME, &rttime);
}

int realtime_enter(int priority)
{
	struct sigaction action = {.sa_handler = on_limit, .sa_flags = SA_RESTART};
	struct rlimit before;
	int err;

	sigaction(SIGXCPU, &action, NULL);
	if (getrlimit(RLIMIT_RTTIME, &before) || before.rlim_cur > REALTIME_LIMIT_US)
		set_limit(REALTIME_LIMIT_US);
	err = schedule(SCHED_FIFO, priority);
	if (!err)
		entered = priority;
	return err;
}

int realtime_priority(void)
{
	return entered;
}

bool realtime_take_excess(void)
{
	bool was = exceeded;

	exceeded = 0;
	return was;
}

void realtime_lift(void)
{
	set_limit(RLIM_INFINITY);
}

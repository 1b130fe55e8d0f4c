/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_setscheduler(2), setrlimit(2) and SIGXCPU, and why the first may be refused. Depends on
 * libc, sys/host/libc, sys/host/permission and sys/host/slurp.
 */
#include "sys/host/realtime.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/host/libc.h"
#include "sys/host/permission.h"
#include "sys/host/slurp.h"

#define LEAST_ROOM_US 10000 /* below the hard limit; the kernel counts in ticks */

static volatile sig_atomic_t exceeded;
static rlim_t host_limit = RLIM_INFINITY; /* the soft one, as the host gave it */

static int schedule(int policy, int priority)
{
	/* The flag stays: to clear it would need a privilege. */
	return libc_schedule(0, policy | SCHED_RESET_ON_FORK, priority) ? -errno : 0;
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
	int priority = libc_priority(0);

	return priority < 0 ? 0 : priority;
}

void realtime_follow(void)
{
	int priority = libc_priority(getpid());

	if (priority > 0)
		schedule(SCHED_FIFO, priority);
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

/* ---- why it was refused ---- */

/* Is our group of the controller "cpu" (cgroup version 1) one whose processes may run real-time for
 * no time at all? */
static bool group_is_empty(void)
{
	char text[4096], share[32], *line, *rest = text;

	slurp_text(text, sizeof(text), "/proc/self/cgroup");
	while ((line = strsep(&rest, "\n"))) {
		char *controllers = strchr(line, ':'), *group, *name;

		group = controllers ? strchr(++controllers, ':') : NULL;
		if (!group)
			continue;
		*group++ = '\0';
		while ((name = strsep(&controllers, ","))) {
			if (!strcmp(name, "cpu"))
				return slurp_text(share, sizeof(share),
						  "/sys/fs/cgroup/cpu%s/cpu.rt_runtime_us",
						  group) > 0 &&
				       strtol(share, NULL, 10) == 0;
		}
	}
	return false;
}

static bool calls_are_filtered(void)
{
	char text[4096];
	const char *seccomp;

	slurp_text(text, sizeof(text), "/proc/self/status");
	seccomp = strstr(text, "\nSeccomp:");
	return seccomp && strtol(seccomp + strlen("\nSeccomp:"), NULL, 10) != 0;
}

void realtime_look(struct realtime_facts *ret_facts)
{
	struct permission_facts permission;
	struct rlimit rtprio;

	permission_look(&permission);
	*ret_facts = (struct realtime_facts){
		.capable = !permission_missing(permission.caps, PERMISSION_SYS_NICE),
		.user_namespace = permission.user_namespace,
		.limit = getrlimit(RLIMIT_RTPRIO, &rtprio) ? 0 : rtprio.rlim_cur,
		.filtered = calls_are_filtered(),
		.group_empty = group_is_empty(),
	};
}

const char *realtime_explain(const struct realtime_facts *facts, int err, int priority,
			     char text[REALTIME_TEXT])
{
	bool limited = facts->limit < (rlim_t)priority;

	if (err == -ENOSYS) {
		snprintf(text, REALTIME_TEXT,
			 "a filter of system calls or a sandbox hides sched_setscheduler(2): "
			 "seccomp of a container");
	} else if (err != -EPERM) {
		snprintf(text, REALTIME_TEXT, "of sched_setscheduler(2), priority %d", priority);
	} else if (limited && !facts->capable) {
		snprintf(text, REALTIME_TEXT,
			 "this process has no CAP_SYS_NICE, and its RLIMIT_RTPRIO is below %d: "
			 "LimitRTPRIO=%d in a unit, --ulimit rtprio=%d for a container",
			 priority, priority, priority);
	} else if (limited && facts->user_namespace) {
		snprintf(text, REALTIME_TEXT,
			 "CAP_SYS_NICE does not count in a user namespace, as of a rootless "
			 "container, and RLIMIT_RTPRIO is below %d: raise that outside of it",
			 priority);
	} else if (facts->group_empty) {
		snprintf(text, REALTIME_TEXT,
			 "its control group may run real-time for no time at all: write to its "
			 "cpu.rt_runtime_us, and to those above it, or move the process out");
	} else if (facts->filtered) {
		snprintf(text, REALTIME_TEXT,
			 "a filter of system calls may forbid it: RestrictRealtime= or "
			 "SystemCallFilter= of a unit, seccomp of a container");
	} else {
		snprintf(text, REALTIME_TEXT,
			 "a control group without real-time share, where the kernel has "
			 "CONFIG_RT_GROUP_SCHED, or a security module may forbid it");
	}
	return text;
}

const char *realtime_why(int err, int priority, char text[REALTIME_TEXT])
{
	struct realtime_facts facts;

	realtime_look(&facts);
	return realtime_explain(&facts, err, priority, text);
}

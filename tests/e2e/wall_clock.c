// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded by clocks.py: CLOCK_REALTIME of one process is off by what a file says, in ns, as text.
 * The kernel tells only of steps of the true clock, so a timer that waits for steps expires soon
 * instead.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS      1000000000LL
#define SOON_NS 200000000LL

static long long off_ns(void)
{
	const char *path = getenv("WALL_CLOCK_OFF");
	char text[32] = "";
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t length;

	if (fd < 0)
		return 0;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	return length > 0 ? atoll(text) : 0;
}

static void shift(struct timespec *time, long long ns)
{
	long long at = time->tv_sec * NS + time->tv_nsec + ns;

	time->tv_sec = at / NS;
	time->tv_nsec = at % NS;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	static int (*next)(clockid_t, struct timespec *);
	int err;

	if (!next)
		next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	err = next(clock, ret);
	if (!err && clock == CLOCK_REALTIME)
		shift(ret, off_ns());
	return err;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *spec, struct itimerspec *old)
{
	static int (*next)(int, int, const struct itimerspec *, struct itimerspec *);
	struct itimerspec shifted = *spec;

	if (!next)
		next = (int (*)(int, int, const struct itimerspec *,
				struct itimerspec *))dlsym(RTLD_NEXT, "timerfd_settime");
	if (flags & TFD_TIMER_CANCEL_ON_SET) {
		clock_gettime(CLOCK_REALTIME, &shifted.it_value);
		shift(&shifted.it_value, SOON_NS - off_ns());
	}
	return next(fd, flags, &shifted, old);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop. Knows descriptors and time; never what they mean.
 */
#include "agent/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_WAIT 32
#define BUSY_NS         20000000LL /* without a pause, at real-time priority */
#define REST_NS         2000000LL  /* and so long is the pause then */

struct watch {
	int fd; /* -1: removed while events may still name it */
	loop_fd_fn fn;
	void *context;
	struct watch *next;
};

struct loop {
	int epoll_fd, timer_fd, signal_fd, clock_fd; /* clock_fd -1: not watched */
	int64_t clock_period_ns;
	loop_fd_fn clock_fn;
	void *clock_context;
	struct watch *watches;
	struct monotime armed;
	bool served, fair, stop;
	struct monotime busy_since; /* the last pause ended */
};

static int64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

struct monotime loop_now(void)
{
	return (struct monotime){read_clock(CLOCK_MONOTONIC)};
}

struct clocks loop_clocks(void)
{
	struct clocks best = {.least_ns = INT64_MIN, .most_ns = INT64_MAX};

	/* One that was interrupted in between is wide; another try is cheap. */
	for (int i = 0; i < 3; i++) {
		int64_t before = read_clock(CLOCK_MONOTONIC), real = read_clock(CLOCK_REALTIME),
			after = read_clock(CLOCK_MONOTONIC);

		best.now = (struct monotime){after};
		/* Both are rounded down to a nanosecond. */
		if (i && after - before + 2 >= best.most_ns - best.least_ns)
			continue;
		best.least_ns = real - after - 1;
		best.most_ns = real - before + 1;
	}
	return best;
}

int64_t loop_wall_offset_ns(void)
{
	struct clocks clocks = loop_clocks();

	return clocks.least_ns + (clocks.most_ns - clocks.least_ns) / 2;
}

static int watch_fd(struct loop *loop, int fd, void *tag)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = tag};

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int loop_open(struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	sigset_t signals;
	int err;

	if (!loop)
		return -ENOMEM;
	loop->armed = MONOTIME_NEVER;
	loop->epoll_fd = loop->timer_fd = loop->signal_fd = loop->clock_fd = -1;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	loop->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->epoll_fd < 0 || loop->timer_fd < 0 || loop->signal_fd < 0) {
		err = -errno;
		goto fail;
	}
	err = watch_fd(loop, loop->timer_fd, &loop->timer_fd);
	if (!err)
		err = watch_fd(loop, loop->signal_fd, &loop->signal_fd);
	if (err)
		goto fail;
	*ret_loop = loop;
	return 0;
fail:
	loop_close(loop);
	return err;
}

void loop_close(struct loop *loop)
{
	if (!loop)
		return;
	while (loop->watches) {
		struct watch *watch = loop->watches;

		loop->watches = watch->next;
		free(watch);
	}
	if (loop->clock_fd >= 0)
		close(loop->clock_fd);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	free(loop);
}

int loop_add(struct loop *loop, int fd, loop_fd_fn fn, void *context)
{
	struct watch *watch = malloc(sizeof(*watch));
	int err;

	if (!watch)
		return -ENOMEM;
	*watch = (struct watch){.fd = fd, .fn = fn, .context = context, .next = loop->watches};
	err = watch_fd(loop, fd, watch);
	if (err) {
		free(watch);
		return err;
	}
	loop->watches = watch;
	return 0;
}

void loop_remove(struct loop *loop, int fd)
{
	for (struct watch *watch = loop->watches; watch; watch = watch->next) {
		if (watch->fd != fd)
			continue;
		epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		watch->fd = -1;
		return;
	}
}

static void forget_removed(struct loop *loop)
{
	struct watch **at = &loop->watches;

	while (*at) {
		struct watch *watch = *at;

		if (watch->fd < 0) {
			*at = watch->next;
			free(watch);
		} else {
			at = &watch->next;
		}
	}
}

void loop_arm(struct loop *loop, struct monotime at)
{
	struct itimerspec spec = {0};

	if (at.ns == loop->armed.ns)
		return;
	if (!monotime_is_never(at)) {
		/* Zero would disarm. */
		int64_t ns = at.ns > 0 ? at.ns : 1;

		spec.it_value.tv_sec = ns / 1000000000;
		spec.it_value.tv_nsec = ns % 1000000000;
	}
	timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
	loop->armed = at;
}

/* Armed before anybody reads the clock: what is set after that is told. */
static int arm_clock(struct loop *loop)
{
	int64_t at_ns = read_clock(CLOCK_REALTIME) + loop->clock_period_ns;
	struct itimerspec spec = {
		.it_value = {.tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000}};

	return timerfd_settime(loop->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec,
			       NULL)
		       ? -errno
		       : 0;
}

/* It has expired, or (ECANCELED) the clock was set: one as good as the other. */
static void serve_clock(void *context)
{
	struct loop *loop = context;
	uint64_t expirations;

	if (read(loop->clock_fd, &expirations, sizeof(expirations)) < 0 && errno == EAGAIN)
		return;
	arm_clock(loop);
	loop->clock_fn(loop->clock_context);
}

int loop_watch_clock(struct loop *loop, int64_t period_ns, loop_fd_fn fn, void *context)
{
	int err;

	loop->clock_period_ns = period_ns;
	loop->clock_fn = fn;
	loop->clock_context = context;
	loop->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->clock_fd < 0)
		return -errno;
	err = arm_clock(loop);
	return err ? err : loop_add(loop, loop->clock_fd, serve_clock, loop);
}

void loop_stop(struct loop *loop)
{
	loop->stop = true;
}

static void serve_timer(struct loop *loop)
{
	uint64_t expirations;

	if (read(loop->timer_fd, &expirations, sizeof(expirations)) > 0)
		loop->armed = MONOTIME_NEVER;
}

static void serve_signals(struct loop *loop, loop_signal_fn on_signal, void *context)
{
	struct signalfd_siginfo info;

	while (read(loop->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		on_signal(context, (int)info.ssi_signo);
}

bool loop_served(const struct loop *loop)
{
	return loop->served;
}

void loop_be_fair(struct loop *loop, bool fair)
{
	loop->fair = fair;
	loop->busy_since = loop_now();
}

/* Not over the moment for which the timer is armed. */
static void rest(struct loop *loop)
{
	struct monotime now = loop_now(), until = monotime_add(now, REST_NS);
	struct timespec pause = {0};

	if (monotime_before(now, loop->armed))
		until = monotime_min(until, loop->armed);
	pause.tv_nsec = monotime_diff(until, now);
	nanosleep(&pause, NULL);
	loop->busy_since = loop_now();
}

/* As epoll_wait(2). A fair loop asks first without waiting: only so it knows whether it slept. */
static int wait_for_events(struct loop *loop, struct epoll_event events[EVENTS_PER_WAIT])
{
	int count = loop->fair ? epoll_wait(loop->epoll_fd, events, EVENTS_PER_WAIT, 0) : 0;

	if (count != 0) {
		if (monotime_diff(loop_now(), loop->busy_since) > BUSY_NS)
			rest(loop);
		return count;
	}
	count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_WAIT, -1);
	if (loop->fair)
		loop->busy_since = loop_now();
	return count;
}

int loop_run(struct loop *loop, loop_wake_fn wake, loop_signal_fn on_signal, void *context)
{
	loop->stop = false;
	loop->served = true;
	wake(context);
	while (!loop->stop) {
		struct epoll_event events[EVENTS_PER_WAIT];
		int count = wait_for_events(loop, events);

		if (count < 0 && errno != EINTR)
			return -errno;
		loop->served = false;
		for (int i = 0; i < count; i++) {
			void *tag = events[i].data.ptr;

			loop->served |= tag != &loop->timer_fd;
			if (tag == &loop->timer_fd) {
				serve_timer(loop);
			} else if (tag == &loop->signal_fd) {
				serve_signals(loop, on_signal, context);
			} else {
				struct watch *watch = tag;

				if (watch->fd >= 0)
					watch->fn(watch->context);
			}
		}
		forget_removed(loop);
		wake(context);
	}
	return 0;
}

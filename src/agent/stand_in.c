/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loop holds a mutex all the time, but for the waits that it announces. The thread sleeps by a
 * timer that runs only then.
 */
#include "agent/stand_in.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent/loop.h"
#include "sys/host/log.h"
#include "sys/host/realtime.h"
#include "sys/host/thread.h"

/* A host that is held up for so long is not well. Its lease ends, and the other one takes over. */
#define MOST_NS (10 * NS_PER_S)

#define TELL_NS (60 * NS_PER_S) /* between two messages */

static struct {
	stand_in_fn fn;
	void *context;
	int64_t patience_ns;
	pthread_t thread;
	pthread_mutex_t mutex;
	int timer_fd;
	bool runs, ends;
	unsigned int depth;     /* of the loop's waits */
	struct monotime begun;  /* the wait that is going on */
	struct monotime looked; /* the first wait since the loop has looked; 0: none yet */
	unsigned int sent;      /* in this wait */
	struct monotime acted;  /* the last time in the loop's own thread */
	struct monotime told_at;
} here = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void arm(int flags, int64_t ns)
{
	const struct itimerspec spec = {
		.it_value = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S}};

	timerfd_settime(here.timer_fd, flags, &spec, NULL);
}

/* In a wait of the loop. */
static void act(void)
{
	struct monotime now = loop_now(), next;

	if (monotime_diff(now, here.looked) >= MOST_NS)
		return;
	next = here.fn(here.context, now, &here.sent);
	next = monotime_max(next, monotime_add(loop_now(), here.patience_ns));
	if (!monotime_is_never(next))
		arm(TFD_TIMER_ABSTIME, next.ns);
}

static void *run(void *context)
{
	bool ends = false;

	(void)context;
	realtime_follow();
	while (!ends) {
		uint64_t expirations;

		if (read(here.timer_fd, &expirations, sizeof(expirations)) < 0 && errno != EINTR)
			break;
		/* If the wait has ended meanwhile, this one lasts until the next. */
		pthread_mutex_lock(&here.mutex);
		ends = here.ends;
		if (!ends && monotime_diff(loop_now(), here.begun) >= here.patience_ns)
			act();
		pthread_mutex_unlock(&here.mutex);
	}
	return NULL;
}

static int start(void)
{
	sigset_t all, before;
	int err;

	/* The loop's thread takes the signals. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = thread_start(&here.thread, THREAD_STACK_BYTES, run, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

int stand_in_open(stand_in_fn fn, void *context, int64_t patience_ns)
{
	int err;

	here.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (here.timer_fd < 0)
		return -errno;
	here.fn = fn;
	here.context = context;
	here.patience_ns = patience_ns;
	here.told_at = MONOTIME_NEVER;
	here.ends = false;
	here.depth = 0;
	here.looked = here.acted = (struct monotime){0};
	pthread_mutex_lock(&here.mutex);
	err = start();
	here.runs = !err;
	if (err) {
		pthread_mutex_unlock(&here.mutex);
		close(here.timer_fd);
	}
	return err;
}

void stand_in_close(void)
{
	if (!here.runs)
		return;
	here.runs = false;
	here.ends = true;
	arm(0, 1);
	pthread_mutex_unlock(&here.mutex);
	pthread_join(here.thread, NULL);
	close(here.timer_fd);
}

void stand_in_looked(void)
{
	here.looked = (struct monotime){0};
}

void stand_in_now(void)
{
	struct monotime now = loop_now();
	unsigned int sent = 0;

	if (!here.runs || here.depth || monotime_diff(now, here.acted) < here.patience_ns)
		return;
	if (!here.looked.ns)
		here.looked = now;
	if (monotime_diff(now, here.looked) >= MOST_NS)
		return;
	here.fn(here.context, now, &sent);
	here.acted = loop_now();
}

void stand_in_begin(void)
{
	if (!here.runs || here.depth++)
		return;
	here.begun = loop_now();
	if (!here.looked.ns)
		here.looked = here.begun;
	here.sent = 0;
	arm(0, here.patience_ns);
	pthread_mutex_unlock(&here.mutex);
}

static void tell(struct monotime now)
{
	if (!monotime_is_never(here.told_at) &&
	    monotime_before(now, monotime_add(here.told_at, TELL_NS)))
		return;
	here.told_at = now;
	log_info("waited %lld ms for the kernel to change interfaces; adverts sent meanwhile: %u",
		 (long long)(monotime_diff(now, here.begun) / NS_PER_MS), here.sent);
}

void stand_in_end(void)
{
	if (!here.runs || --here.depth)
		return;
	pthread_mutex_lock(&here.mutex);
	arm(0, 0);
	if (here.sent)
		tell(loop_now());
}

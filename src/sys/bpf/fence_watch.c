/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread of the watch, and the two descriptors between it and the loop. They share nothing else
 * that changes.
 */
#include "sys/bpf/fence_watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sys/bpf/fence_internal.h"

#define EVERY_MS    500
#define STACK_BYTES 131072 /* it may count as locked, all of it */

struct fence_watch {
	char bpffs[PATH_MAX];
	uint32_t programs[VRRP_FENCE_SIDES];
	int tell_fd, stop_fd;
	pthread_t thread;
};

/* What cannot be asked now is asked again the next time. */
static bool all_stand(const struct fence_watch *watch)
{
	int ifindexes[FENCE_MAX_INTERFACES], count = fence_interfaces(watch->bpffs, ifindexes);
	enum fence_standing standing;
	enum fence_hook hook;

	for (int i = 0; i < count; i++) {
		if (!fence_look_hooks(ifindexes[i], watch->programs, &hook, &standing) &&
		    standing != FENCE_FIRST)
			return false;
	}
	return true;
}

static void *run(void *context)
{
	const struct fence_watch *watch = context;
	struct pollfd stop = {.fd = watch->stop_fd, .events = POLLIN};
	bool stood = true;

	do {
		bool stands = all_stand(watch);
		uint64_t one = 1;

		/* A full counter has been told, too. */
		if ((!stands || !stood) && write(watch->tell_fd, &one, sizeof(one)) < 0)
			continue;
		stood = stands;
	} while (poll(&stop, 1, EVERY_MS) <= 0);
	return NULL;
}

static int start(struct fence_watch *watch)
{
	pthread_attr_t attributes;
	int err;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	err = -pthread_create(&watch->thread, &attributes, run, watch);
	pthread_attr_destroy(&attributes);
	return err;
}

static void release(struct fence_watch *watch)
{
	if (watch->tell_fd >= 0)
		close(watch->tell_fd);
	if (watch->stop_fd >= 0)
		close(watch->stop_fd);
	free(watch);
}

int fence_watch_open(const struct fence *fence, const char *bpffs, struct fence_watch **ret_watch)
{
	struct fence_watch *watch = calloc(1, sizeof(*watch));
	int err;

	if (!watch)
		return -ENOMEM;
	snprintf(watch->bpffs, sizeof(watch->bpffs), "%s", bpffs);
	fence_programs(fence, watch->programs);
	watch->tell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	watch->stop_fd = eventfd(0, EFD_CLOEXEC);
	err = watch->tell_fd < 0 || watch->stop_fd < 0 ? -errno : start(watch);
	if (err) {
		release(watch);
		return err;
	}
	*ret_watch = watch;
	return 0;
}

int fence_watch_fd(const struct fence_watch *watch)
{
	return watch->tell_fd;
}

void fence_watch_read(struct fence_watch *watch)
{
	uint64_t times;

	if (read(watch->tell_fd, &times, sizeof(times)) < 0)
		return; /* it was not readable */
}

void fence_watch_close(struct fence_watch *watch)
{
	uint64_t one = 1;

	if (!watch)
		return;
	if (write(watch->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(watch->thread, NULL);
	release(watch);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread of the watch, and the pipe and the descriptor between it and the loop. They share
 * nothing else that changes.
 */
#include "sys/bpf/fence_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sys/bpf/fence_internal.h"
#include "sys/host/thread.h"

#define EVERY_MS 900 /* each look wakes a host on which nothing happens */

struct fence_watch {
	struct fence_ids ids;
	int tell[2]; /* a pipe: what the thread writes, the loop reads */
	int stop_fd;
	pthread_t thread;
};

struct list {
	int ifindexes[FENCE_MAX_INTERFACES];
	int count;
};

_Static_assert(2 * FENCE_MAX_INTERFACES * sizeof(int) <= PIPE_BUF, "one look is one write");

/* What cannot be asked now is asked again the next time. */
static void look(const struct fence_watch *watch, struct list *ret_fallen)
{
	int ifindexes[FENCE_MAX_INTERFACES], count = fence_interfaces(watch->ids.bpffs, ifindexes);
	enum fence_standing standing;

	ret_fallen->count = 0;
	for (int i = 0; i < count; i++) {
		if (!fence_look_by(&watch->ids, ifindexes[i], &standing) && standing != FENCE_FIRST)
			ret_fallen->ifindexes[ret_fallen->count++] = ifindexes[i];
	}
}

/* In one write, so that whoever is woken by it finds the whole look. A full pipe has been told,
 * too: the same again with the next look. */
static bool tell(const struct fence_watch *watch, struct list *before, struct list *fallen)
{
	const struct iovec lists[] = {
		{before->ifindexes, (size_t)before->count * sizeof(before->ifindexes[0])},
		{fallen->ifindexes, (size_t)fallen->count * sizeof(fallen->ifindexes[0])},
	};

	return writev(watch->tell[1], lists, 2) >= 0;
}

static void *run(void *context)
{
	const struct fence_watch *watch = context;
	struct pollfd stop = {.fd = watch->stop_fd, .events = POLLIN};
	struct list fallen, before = {.count = 0};

	do {
		look(watch, &fallen);
		if (tell(watch, &before, &fallen))
			before = fallen;
	} while (poll(&stop, 1, EVERY_MS) <= 0);
	return NULL;
}

static void release(struct fence_watch *watch)
{
	for (int end = 0; end < 2; end++) {
		if (watch->tell[end] >= 0)
			close(watch->tell[end]);
	}
	if (watch->stop_fd >= 0)
		close(watch->stop_fd);
	free(watch);
}

int fence_watch_open(const struct fence *fence, struct fence_watch **ret_watch)
{
	struct fence_watch *watch = calloc(1, sizeof(*watch));
	int err;

	if (!watch)
		return -ENOMEM;
	fence_ids(fence, &watch->ids);
	watch->tell[0] = watch->tell[1] = -1;
	watch->stop_fd = eventfd(0, EFD_CLOEXEC);
	err = watch->stop_fd < 0 || pipe2(watch->tell, O_CLOEXEC | O_NONBLOCK)
		      ? -errno
		      : thread_start(&watch->thread, THREAD_STACK_BYTES, run, watch);
	if (err) {
		release(watch);
		return err;
	}
	*ret_watch = watch;
	return 0;
}

int fence_watch_fd(const struct fence_watch *watch)
{
	return watch->tell[0];
}

int fence_watch_read(struct fence_watch *watch, int ret_ifindexes[FENCE_MAX_INTERFACES])
{
	ssize_t size = read(watch->tell[0], ret_ifindexes,
			    FENCE_MAX_INTERFACES * sizeof(ret_ifindexes[0]));

	return size < 0 ? 0 : (int)((size_t)size / sizeof(ret_ifindexes[0]));
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

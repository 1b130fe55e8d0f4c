/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One slot, handed to and fro: whoever `state` names may touch the attachment.
 */
#include "agent/attacher.h"

#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "sys/host/thread.h"
#include "sys/net/nic_lock.h"

#define STACK_BYTES 262144

enum state { IDLE, ASKED, DONE, ENDING };

struct attacher {
	struct fence *fence;
	pthread_t thread;
	sem_t asked;
	atomic_int state;
	struct attachment attachment;
};

static void attach(struct attacher *attacher)
{
	struct attachment *one = &attacher->attachment;
	char name[IF_NAMESIZE];
	pid_t holder;
	/* Without tcx, two agents' programs have one place. */
	enum fence_hook want = nic_locked(one->ifindex, &holder) ? FENCE_TCX : FENCE_NONE;

	one->err = -ENODEV;
	if (!if_indextoname((unsigned int)one->ifindex, name))
		return; /* containers come and go: that is no error to be logged */
	one->err = fence_attach_other(attacher->fence, one->ifindex, one->name, one->leased, want,
				      &one->hook);
}

static void *run(void *context)
{
	struct attacher *attacher = context;

	for (;;) {
		while (sem_wait(&attacher->asked))
			;
		if (atomic_load(&attacher->state) == ENDING)
			return NULL;
		attach(attacher);
		atomic_store(&attacher->state, DONE);
	}
}

int attacher_open(struct fence *fence, struct attacher **ret_attacher)
{
	struct attacher *attacher = calloc(1, sizeof(*attacher));
	int err;

	if (!attacher)
		return -ENOMEM;
	attacher->fence = fence;
	sem_init(&attacher->asked, 0, 0);
	err = thread_start(&attacher->thread, STACK_BYTES, run, attacher);
	if (err) {
		sem_destroy(&attacher->asked);
		free(attacher);
		return err;
	}
	*ret_attacher = attacher;
	return 0;
}

void attacher_ask(struct attacher *attacher, const struct attachment *attachment)
{
	attacher->attachment = *attachment;
	atomic_store(&attacher->state, ASKED);
	sem_post(&attacher->asked);
}

bool attacher_busy(const struct attacher *attacher)
{
	return atomic_load(&attacher->state) != IDLE;
}

bool attacher_take(struct attacher *attacher, struct attachment *ret_attachment)
{
	if (atomic_load(&attacher->state) != DONE)
		return false;
	*ret_attachment = attacher->attachment;
	atomic_store(&attacher->state, IDLE);
	return true;
}

void attacher_close(struct attacher *attacher)
{
	struct attachment unwanted;

	if (!attacher)
		return;
	while (attacher_busy(attacher) && !attacher_take(attacher, &unwanted))
		sched_yield();
	atomic_store(&attacher->state, ENDING);
	sem_post(&attacher->asked);
	pthread_join(attacher->thread, NULL);
	sem_destroy(&attacher->asked);
	free(attacher);
}

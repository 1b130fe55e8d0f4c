/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A question is a number, an answer the same number. The thread sleeps on the number asked.
 */
#include "sys/host/responder.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/host/thread.h"

#define END UINT32_MAX

struct responder {
	_Atomic uint32_t asked, answered;
	pthread_t thread;
};

static void *run(void *context)
{
	struct responder *responder = context;
	uint32_t asked;

	do {
		asked = atomic_load(&responder->asked);
		atomic_store(&responder->answered, asked);
		/* It returns at once if another question was asked meanwhile. */
		if (asked != END)
			syscall(SYS_futex, &responder->asked, FUTEX_WAIT_PRIVATE, asked, NULL, NULL,
				0);
	} while (asked != END);
	return NULL;
}

static void ask(struct responder *responder, uint32_t number)
{
	atomic_store(&responder->asked, number);
	syscall(SYS_futex, &responder->asked, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* The thread has its CPU before it is asked anything. Not by an attribute, which musl has not. */
static int start(struct responder *responder, const cpu_set_t *cpus)
{
	const struct sched_param highest = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
	pthread_attr_t attributes;
	int err;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &highest);
	err = pthread_create(&responder->thread, &attributes, run, responder);
	pthread_attr_destroy(&attributes);
	if (err)
		return -err;
	err = pthread_setaffinity_np(responder->thread, sizeof(*cpus), cpus);
	if (err) {
		ask(responder, END);
		pthread_join(responder->thread, NULL);
		return -err;
	}
	/* The first question is whether the thread has come to run there at all. */
	ask(responder, 1);
	return 0;
}

int responder_open(int cpu, struct responder **ret_responder)
{
	struct responder *responder;
	cpu_set_t cpus;
	int err;

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return -EINVAL;
	responder = calloc(1, sizeof(*responder));
	if (!responder)
		return -ENOMEM;
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	err = start(responder, &cpus);
	if (err) {
		free(responder);
		return err;
	}
	*ret_responder = responder;
	return 0;
}

void responder_close(struct responder *responder)
{
	if (!responder)
		return;
	ask(responder, END);
	pthread_join(responder->thread, NULL);
	free(responder);
}

void responder_ask(struct responder *responder)
{
	uint32_t asked = atomic_load(&responder->asked);

	if (responder_answered(responder))
		ask(responder, asked + 1 == END ? 0 : asked + 1);
}

bool responder_answered(const struct responder *responder)
{
	return atomic_load(&responder->answered) == atomic_load(&responder->asked);
}

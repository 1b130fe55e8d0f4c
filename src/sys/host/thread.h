/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread with a small stack. Where memory is locked, all of the stack may count as locked.
 */
#ifndef SYS_HOST_THREAD_H
#define SYS_HOST_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* Enough for most. No architecture demands more: glibc refuses less than this on arm64. */
#define THREAD_STACK_BYTES 131072

/* Returns 0 or a negative errno. */
static inline int thread_start(pthread_t *ret_thread, size_t stack_bytes, void *(*run)(void *),
			       void *context)
{
	pthread_attr_t attributes;
	int err;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, stack_bytes);
	err = pthread_create(ret_thread, &attributes, run, context);
	pthread_attr_destroy(&attributes);
	return -err;
}

#endif

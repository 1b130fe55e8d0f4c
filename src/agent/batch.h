/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that leave together: they are collected from all routers, and sent by one sendmmsg(2).
 */
#ifndef AGENT_BATCH_H
#define AGENT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/net/send.h"

#define BATCH_FRAMES 256
#define BATCH_BYTES  (64 * 1024)

/* Called for each frame after it was sent (error: 0) or could not be sent (negative errno). */
typedef void (*batch_done_fn)(void *context, unsigned int tag, int error);

struct batch {
	struct sender *sender;
	unsigned int count;
	size_t used;
	bool queued; /* the frames leave through the queues, where the fence judges them */
	struct send_frame frames[BATCH_FRAMES];
	struct {
		batch_done_fn fn; /* NULL: nobody wants to know */
		void *context;
		unsigned int tag;
	} owner[BATCH_FRAMES];
	uint8_t bytes[BATCH_BYTES];
};

/* The frames from now on leave through the queues, or past them. Those that were added before leave
 * first, as they were to. */
void batch_route(struct batch *batch, bool queued);

/* Returns room for one frame of at most max bytes. If the batch is too full, it is sent first. */
uint8_t *batch_room(struct batch *batch, size_t max);

/* The room that was given last holds a frame of `length` bytes for this interface now. */
void batch_add(struct batch *batch, int ifindex, size_t length, batch_done_fn fn, void *context,
	       unsigned int tag);

/* Send all frames, and call the function of each. */
void batch_flush(struct batch *batch);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One arena, one system call.
 */
#include "agent/batch.h"

void batch_route(struct batch *batch, bool queued)
{
	batch_flush(batch);
	batch->queued = queued;
}

uint8_t *batch_room(struct batch *batch, size_t max)
{
	if (batch->count == BATCH_FRAMES || batch->used + max > sizeof(batch->bytes))
		batch_flush(batch);
	return batch->bytes + batch->used;
}

void batch_add(struct batch *batch, int ifindex, size_t length, batch_done_fn fn, void *context,
	       unsigned int tag)
{
	unsigned int i = batch->count++;

	batch->frames[i] = (struct send_frame){.ifindex = ifindex,
					       .length = (uint16_t)length,
					       .data = batch->bytes + batch->used};
	batch->owner[i].fn = fn;
	batch->owner[i].context = context;
	batch->owner[i].tag = tag;
	batch->used += length;
}

void batch_flush(struct batch *batch)
{
	unsigned int count = batch->count;

	if (!count)
		return;
	if (batch->queued)
		send_frames_queued(batch->sender, batch->frames, count);
	else
		send_frames(batch->sender, batch->frames, count);
	batch->count = 0;
	batch->used = 0;
	for (unsigned int i = 0; i < count; i++) {
		if (batch->owner[i].fn)
			batch->owner[i].fn(batch->owner[i].context, batch->owner[i].tag,
					   batch->frames[i].error);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often each change was made, and when it may be made again. Depends on its own header alone.
 */
#include "core/nic/repairs.h"

#include <stdlib.h>

#define FIRST_NS (100 * NS_PER_MS)
#define MOST_NS  (300 * NS_PER_S)
#define CALM_NS  (10 * NS_PER_S)

static struct repair *find(const struct repairs *repairs, uint32_t id)
{
	for (unsigned int i = 0; i < repairs->count; i++)
		if (repairs->list[i].id == id)
			return &repairs->list[i];
	return NULL;
}

static int64_t pause_ns(const struct repair *repair)
{
	int64_t pause = FIRST_NS;

	if (repair->times < REPAIRS_FREE)
		return 0;
	for (unsigned int i = REPAIRS_FREE; i < repair->times && pause < MOST_NS; i++)
		pause *= 2;
	return pause < MOST_NS ? pause : MOST_NS;
}

static bool has_lasted(const struct repair *repair, struct monotime now)
{
	return monotime_diff(now, repair->at) >= 2 * pause_ns(repair) + CALM_NS;
}

/* Room for one more: that of a change that has lasted, or new room. */
static struct repair *add(struct repairs *repairs, struct monotime now)
{
	unsigned int room = repairs->room ? 2 * repairs->room : 8;
	struct repair *longer;

	for (unsigned int i = 0; i < repairs->count; i++)
		if (has_lasted(&repairs->list[i], now))
			return &repairs->list[i];
	if (repairs->count < repairs->room)
		return &repairs->list[repairs->count++];
	longer = realloc(repairs->list, room * sizeof(*longer));
	if (!longer)
		return NULL;
	repairs->list = longer;
	repairs->room = room;
	return &repairs->list[repairs->count++];
}

unsigned int repairs_made(struct repairs *repairs, uint32_t id, struct monotime now)
{
	struct repair *repair = find(repairs, id);

	if (repair && !has_lasted(repair, now)) {
		repair->times++;
		repair->at = now;
		return repair->times;
	}
	if (!repair)
		repair = add(repairs, now);
	if (repair)
		*repair = (struct repair){.id = id, .times = 1, .at = now};
	return 1;
}

int64_t repairs_pause_ns(const struct repairs *repairs, uint32_t id)
{
	const struct repair *repair = find(repairs, id);

	return repair ? pause_ns(repair) : 0;
}

struct monotime repairs_at(const struct repairs *repairs, uint32_t id)
{
	const struct repair *repair = find(repairs, id);
	int64_t pause = repair ? pause_ns(repair) : 0;

	return pause ? monotime_add(repair->at, pause) : (struct monotime){0};
}

void repairs_forget(struct repairs *repairs)
{
	repairs->count = 0;
}

void repairs_free(struct repairs *repairs)
{
	free(repairs->list);
	*repairs = (struct repairs){0};
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables' arithmetic. Depends on its own header alone.
 */
#include "core/deadline.h"

#include <stddef.h>

/* When the row must be served in this phase. Never if the row does not count in this phase. */
static struct monotime deadline_at(const struct deadline *row, const void *owner, enum phase phase)
{
	return row->phases & 1U << phase ? row->at(owner) : MONOTIME_NEVER;
}

bool deadline_serve(const struct deadline *row, void *owner, enum phase phase, struct monotime now)
{
	struct monotime at = deadline_at(row, owner, phase);

	if (monotime_before(now, at))
		return false;
	row->serve(owner, now);
	return deadline_at(row, owner, phase).ns != at.ns;
}

struct soonest soonest_begin(struct monotime now)
{
	return (struct soonest){.at = MONOTIME_NEVER, .later = MONOTIME_NEVER, .now = now};
}

void soonest_offer(struct soonest *soonest, const struct deadline *row, const void *owner,
		   enum phase phase)
{
	struct monotime at = deadline_at(row, owner, phase);

	if (monotime_before(soonest->now, at))
		soonest->later = monotime_min(soonest->later, at);
	if (!monotime_before(at, soonest->at))
		return;
	soonest->at = at;
	soonest->row = row;
	soonest->owner = owner;
}

static bool is_told(struct progress *progress, const struct deadline *row)
{
	for (unsigned int i = 0; i < PROGRESS_NAMES; i++) {
		if (progress->told[i] == row)
			return true;
		if (!progress->told[i]) {
			progress->told[i] = row;
			return false;
		}
	}
	return true;
}

struct monotime progress_next(struct progress *progress, const struct soonest *soonest, bool worked,
			      const struct deadline **ret_tell)
{
	*ret_tell = NULL;
	if (worked || monotime_before(soonest->now, soonest->at)) {
		progress->in_row = 0;
		return soonest->at;
	}
	progress->idle++;
	if (++progress->in_row < PROGRESS_PATIENCE)
		return soonest->at;
	if (!is_told(progress, soonest->row))
		*ret_tell = soonest->row;
	return monotime_min(soonest->later, monotime_add(soonest->now, PROGRESS_SLEEP_NS));
}

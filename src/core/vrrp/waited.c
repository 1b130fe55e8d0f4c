/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hook is waited for, and when. Depends on its own header alone. Starts no program.
 */
#include "core/vrrp/waited.h"

bool waited_enter(struct waited *waited, bool master, bool has_hook)
{
	bool ends = waited->runs == WAITED_MASTER;

	waited->ready = master && !has_hook;
	if (ends)
		waited->runs = WAITED_NONE;
	return ends;
}

bool waited_start(struct waited *waited)
{
	if (waited->runs != WAITED_NONE)
		return false;
	waited->runs = WAITED_MASTER;
	return true;
}

enum waited_order waited_order(struct waited *waited, bool stops, bool at_once, bool has_hook)
{
	if (waited->runs == WAITED_BACKUP) {
		if (at_once && (stops || !waited->stops)) {
			waited->runs = WAITED_NONE;
			return WAITED_OBEY_ALONE;
		}
		waited->stops |= stops;
		return WAITED_KEEP;
	}
	if (at_once || !has_hook)
		return WAITED_OBEY;
	waited->runs = WAITED_BACKUP;
	waited->stops = stops;
	return WAITED_RUN;
}

bool waited_ended(struct waited *waited, bool master)
{
	if (waited->runs != (master ? WAITED_MASTER : WAITED_BACKUP))
		return false;
	waited->runs = WAITED_NONE;
	waited->ready |= master;
	return true;
}

bool waited_lost(struct waited *waited, bool master)
{
	if (waited->runs != WAITED_BACKUP || master)
		return false;
	waited->runs = WAITED_NONE;
	return true;
}

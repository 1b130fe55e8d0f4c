/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of hooks: at most one runs, and at most one waits. Depends on its own header. Starts no
 * program.
 */
#include "core/vrrp/hooks.h"

void hooks_enter(struct hooks *hooks, enum vrrp_state state)
{
	/* No hook has seen the state that waits, so it may be dropped: either a newer state
	 * replaces it, or the router is back in the state that the last hook was called for. */
	hooks->has_pending = !(hooks->has_last && hooks->last == state);
	if (hooks->has_pending)
		hooks->pending = state;
}

void hooks_adopt(struct hooks *hooks, enum vrrp_state state)
{
	hooks->has_last = true;
	hooks->last = state;
}

void hooks_forget(struct hooks *hooks)
{
	hooks->has_pending = hooks->has_last = false;
}

bool hooks_next(struct hooks *hooks, enum vrrp_state *ret_state)
{
	if (hooks->running || !hooks->has_pending)
		return false;
	hooks->running = true;
	hooks->has_pending = false;
	hooks->has_last = true;
	hooks->last = hooks->pending;
	*ret_state = hooks->last;
	return true;
}

void hooks_done(struct hooks *hooks)
{
	hooks->running = false;
}

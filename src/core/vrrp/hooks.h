/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hook of one router runs next. Hooks run one at a time and in order. If the state changes
 * several times while one runs, only the latest state counts. Pure.
 */
#ifndef CORE_VRRP_HOOKS_H
#define CORE_VRRP_HOOKS_H

#include <stdbool.h>

#include "vrrp_abi.h"

struct hooks {
	bool running;            /* a hook runs now */
	bool has_last;           /* last is valid */
	bool has_pending;        /* pending is valid */
	enum vrrp_state last;    /* the state whose hook runs, or ran last */
	enum vrrp_state pending; /* the state whose hook is to run next */
};

/* The router entered `state`. A hook that is pending and has not started yet is dropped. The hook
 * of `state` takes its place, unless it is the one that runs or ran last: then none is needed. */
void hooks_enter(struct hooks *hooks, enum vrrp_state state);

/* The hook of `state` has run already, in the process before this one. */
void hooks_adopt(struct hooks *hooks, enum vrrp_state state);

/* The hook before-master begins: what waits is dropped, and none of the states is the one that the
 * last hook was called for. So whatever state follows, its hook runs. */
void hooks_forget(struct hooks *hooks);

/* May a hook start now? If so: true and *ret_state, and from here on it counts as running. */
bool hooks_next(struct hooks *hooks, enum vrrp_state *ret_state);

/* The hook that was running has ended, by itself or by its time limit. */
void hooks_done(struct hooks *hooks);

#endif

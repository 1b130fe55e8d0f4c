/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hook of one router runs next: one at a time, in order, the latest state wins. Pure.
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

/* The router entered `state`. A pending one that did not start yet is replaced; entering the state
 * whose hook ran last with nothing between that any hook saw needs none. */
void hooks_enter(struct hooks *hooks, enum vrrp_state state);

/* The hook of `state` ran, in a process before this one. */
void hooks_adopt(struct hooks *hooks, enum vrrp_state state);

/* May one start now? Then true, *ret_state, and it counts as running. */
bool hooks_next(struct hooks *hooks, enum vrrp_state *ret_state);

/* The running one ended (by itself or by the time limit). */
void hooks_done(struct hooks *hooks);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence of a start, while the agent loads the XDP program: a thread loads the programs of the
 * fence and attaches them to the public interfaces. That is one wait instead of two, since the
 * kernel takes long for both: it checks the programs, and each attachment waits for a grace period.
 * If this fails, the start goes on: agent/guards attaches the fence later, and logs its errors.
 */
#ifndef AGENT_EARLY_FENCE_H
#define AGENT_EARLY_FENCE_H

#include "agent/ports.h"
#include "core/config/config.h"
#include "sys/bpf/fence.h"

struct early_fence;

/* The maps must be pinned in bpffs. Returns NULL if no router wants a fence, or if there can be no
 * thread: then call fence_open(). */
struct early_fence *early_fence_begin(const struct config *config, const char *bpffs);

/* Wait for the end of it, and note which of the ports are fenced. Returns what fence_open() has
 * returned, with its *ret_fence. */
int early_fence_end(struct early_fence *early, struct ports *ports, struct fence **ret_fence);

#endif

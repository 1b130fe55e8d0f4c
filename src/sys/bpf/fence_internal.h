/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files of the fence. For sys/bpf/fence*.c only.
 */
#ifndef SYS_BPF_FENCE_INTERNAL_H
#define SYS_BPF_FENCE_INTERNAL_H

#include "sys/bpf/fence.h"

enum fence_map { FENCE_GUARDED, FENCE_FENCED, FENCE_LEASES, FENCE_MAPS };

/* Descriptors; -1: closed. */
struct fence_loaded {
	int program[VRRP_FENCE_SIDES];
	int map[FENCE_MAPS];
};

/* Adopt what this very build has pinned before, or load and pin it, with whatever maps are there.
 * Errors are logged. */
int fence_load(const char *bpffs, struct fence_loaded *ret_loaded);
void fence_unload(struct fence_loaded *loaded);

struct fence_programs {
	const char *bpffs;
	int fd[VRRP_FENCE_SIDES];
};

int fence_hook_attach(const struct fence_programs *programs, int ifindex, const char *ifname,
		      enum fence_hook want, enum fence_hook *ret_hook);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files of the fence. For sys/bpf/fence*.c only.
 */
#ifndef SYS_BPF_FENCE_INTERNAL_H
#define SYS_BPF_FENCE_INTERNAL_H

#include <limits.h>

#include "sys/bpf/fence.h"

struct fence_programs {
	char bpffs[PATH_MAX];
	int fd[VRRP_FENCE_SIDES];
};

int fence_hook_attach(const struct fence_programs *programs, int ifindex, const char *ifname,
		      enum fence_hook want, enum fence_hook *ret_hook);

#endif

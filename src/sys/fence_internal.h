/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the two files of the fence. For sys/fence*.c only.
 */
#ifndef SYS_FENCE_INTERNAL_H
#define SYS_FENCE_INTERNAL_H

#include "sys/fence.h"

struct fence_programs {
	const char *bpffs;
	int fd[VRRP_FENCE_SIDES];
};

int fence_hook_attach(const struct fence_programs *programs, int ifindex, const char *ifname,
		      enum fence_hook want, enum fence_hook *ret_hook);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the fence share. For sys/bpf/fence*.c only.
 */
#ifndef SYS_BPF_FENCE_INTERNAL_H
#define SYS_BPF_FENCE_INTERNAL_H

#include <limits.h>
#include <stdbool.h>

#include "sys/bpf/fence.h"

struct fence_programs {
	char bpffs[PATH_MAX];
	int fd[VRRP_FENCE_SIDES];
	uint32_t id[VRRP_FENCE_SIDES];
};

/* Which programs of the fence an interface has. */
enum fence_place { FENCE_PUBLIC, FENCE_OTHER, FENCE_LEASED, FENCE_PLACES };

enum fence_map { FENCE_GUARDED, FENCE_FENCED, FENCE_LEASES, FENCE_MAPS };

#define FENCE_PROGRAMS 5

struct fence {
	struct fence_programs places[FENCE_PLACES]; /* borrow from fds */
	int fds[FENCE_PROGRAMS];
	int maps[FENCE_MAPS];
};

/* Do what fence_attach() does, on a NIC that is known to be an Ethernet. If it fails, why[] says so
 * in words; with `keep`, what could be attached stays, and so do the pins that name the NIC. If the
 * fence is attached, but programs of others that run before it cannot be passed, why[] says that;
 * else why[] is empty. */
int fence_hook_attach(const struct fence_programs *programs, int ifindex, enum fence_hook want,
		      bool keep, enum fence_hook *ret_hook, char why[FENCE_WHY]);

/* Write the numbers of the programs that the pins of a NIC name to ret_programs. 0 means that no
 * program is named. */
void fence_hook_programs(const char *bpffs, int ifindex, uint32_t ret_programs[VRRP_FENCE_SIDES]);

/* The numbers of the loaded programs, for a thread that may outlive the fence. */
struct fence_ids {
	char bpffs[PATH_MAX];
	uint32_t at[FENCE_PLACES][VRRP_FENCE_SIDES];
};

void fence_ids(const struct fence *fence, struct fence_ids *ret_ids);

/* Does what fence_look() does, by these numbers. */
int fence_look_by(const struct fence_ids *ids, int ifindex, enum fence_standing *ret_standing);

/* ---- fence_look.c ---- */

/* The name of the program in a link that lets nothing pass. */
#define FENCE_PROGRAM_SHUT "vrrp_fence_shut"

/* Says how the program stands in the tcx hook. Returns 0, -ENODEV if there is no such NIC, or
 * -EPERM. */
int fence_look_tcx(int ifindex, enum vrrp_fence_side side, uint32_t program,
		   enum fence_standing *ret_standing);

/* Our filters have this handle ("vrrp"), or the same with the last bit turned. The kernel puts a
 * filter with a new handle before those of its priority, but leaves one that is replaced in its
 * place. */
#define FENCE_FILTER_HANDLE 0x76727270
#define FENCE_FILTERS       4

struct fence_filter {
	uint32_t priority, handle, program;
};

/* The filters of a clsact qdisc in one direction. */
struct fence_filters {
	unsigned int all;   /* messages of the dump, of anybody's filters; 0: there is none */
	unsigned int count; /* how many of ours, in order */
	uint32_t before;    /* the priority of the first one of others before ours; 0: none */
	struct fence_filter ours[FENCE_FILTERS];
};

/* Reads these filters; without a qdisc there are none. Returns 0 or a negative errno. */
int fence_look_filters(int ifindex, enum vrrp_fence_side side, struct fence_filters *ret_filters);

/* Reads the kind of the qdisc in clsact's place, which is empty if there is none. Returns 0 or a
 * negative errno. */
#define FENCE_QDISC_KIND 16
int fence_look_qdisc(int ifindex, char ret_kind[FENCE_QDISC_KIND]);

/* Looks at both directions. If a program's number is 0, any filter with a handle of ours counts.
 * *ret_hook is FENCE_NONE if the directions differ, or if one is missing. Returns 0, -ENODEV if
 * there is no such NIC, -EPERM, or another negative errno. */
int fence_look_hooks(int ifindex, const uint32_t programs[VRRP_FENCE_SIDES],
		     enum fence_hook *ret_hook, enum fence_standing *ret_standing);

#endif

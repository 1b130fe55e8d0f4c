/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files of the fence. For sys/bpf/fence*.c only.
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

/* As fence_attach(), on a NIC that is an Ethernet. keep: where it fails, what could be attached
 * stays, and so do the pins that name the NIC. Where it fails, why[] says it in words. Where the
 * fence is attached, and programs of others that run before it cannot be passed, why[] says that;
 * else why[] is empty. */
int fence_hook_attach(const struct fence_programs *programs, int ifindex, enum fence_hook want,
		      bool keep, enum fence_hook *ret_hook, char why[FENCE_WHY]);

/* The numbers of the programs that the pins of a NIC name; 0: none is named. */
void fence_hook_programs(const char *bpffs, int ifindex, uint32_t ret_programs[VRRP_FENCE_SIDES]);

/* What hangs on an interface. */
enum fence_place { FENCE_PUBLIC, FENCE_OTHER, FENCE_LEASED, FENCE_PLACES };

/* The numbers of the loaded programs; for a thread that may outlive the fence. */
struct fence_ids {
	char bpffs[PATH_MAX];
	uint32_t at[FENCE_PLACES][VRRP_FENCE_SIDES];
};

void fence_ids(const struct fence *fence, struct fence_ids *ret_ids);

/* fence_look() by these. */
int fence_look_by(const struct fence_ids *ids, int ifindex, enum fence_standing *ret_standing);

/* ---- fence_look.c ---- */

/* The program's name of a link that lets nothing pass. */
#define FENCE_PROGRAM_SHUT "vrrp_fence_shut"

/* How the program stands in the tcx hook. 0; -ENODEV; -EPERM. */
int fence_look_tcx(int ifindex, enum vrrp_fence_side side, uint32_t program,
		   enum fence_standing *ret_standing);

/* Filters of ours have this handle ("vrrp"), or this one with the last bit turned: the kernel puts
 * a filter with a new handle before those of its priority, and leaves one that is replaced in its
 * place. */
#define FENCE_FILTER_HANDLE 0x76727270
#define FENCE_FILTERS       4

struct fence_filter {
	uint32_t priority, handle, program;
};

/* Those of a clsact qdisc, one direction. */
struct fence_filters {
	unsigned int all;   /* messages of the dump, of anybody's filters; 0: there is none */
	unsigned int count; /* how many of ours, in order */
	uint32_t before;    /* the priority of the first one of others before ours; 0: none */
	struct fence_filter ours[FENCE_FILTERS];
};

/* Negative errno. No qdisc: no filters. */
int fence_look_filters(int ifindex, enum vrrp_fence_side side, struct fence_filters *ret_filters);

/* The kind of the qdisc in clsact's place; empty: there is none. Negative errno. */
#define FENCE_QDISC_KIND 16
int fence_look_qdisc(int ifindex, char ret_kind[FENCE_QDISC_KIND]);

/* Both directions. A program of 0: whatever has a filter's handle of ours. *ret_hook: FENCE_NONE
 * where the directions differ, or one is missing. 0; -ENODEV; -EPERM; other negative errno. */
int fence_look_hooks(int ifindex, const uint32_t programs[VRRP_FENCE_SIDES],
		     enum fence_hook *ret_hook, enum fence_standing *ret_standing);

#endif

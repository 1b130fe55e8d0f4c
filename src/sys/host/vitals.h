/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the running agent tells of itself, for status and metrics: a file of the run directory,
 * mapped. One writer, the agent; a reader never waits for it.
 */
#ifndef SYS_HOST_VITALS_H
#define SYS_HOST_VITALS_H

#include <stdint.h>

struct vitals {
	uint32_t version;       /* of this struct */
	int32_t pid;            /* of the agent that writes */
	uint32_t realtime;      /* the agent's real-time priority now, 0: normal */
	uint32_t realtime_lost; /* 1: it had one, and exceeded the limit of sys/host/realtime.h */
	uint64_t idle_wakeups;  /* core/deadline.h, struct progress */
	uint64_t
		fence_repairs; /* how often a fence was put right that somebody removed or passed */
	uint64_t fence_flaws;  /* NICs whose fence cannot be put right now */
};

/* The file, all zero; where none can be made, memory that nobody else sees (logged). NULL: there is
 * no memory. */
struct vitals *vitals_open(const char *run_dir);

/* The run directory was made anew: so is the file. */
void vitals_renew(struct vitals *vitals, const char *run_dir);

/* Unmap it and remove the file. */
void vitals_close(struct vitals *vitals, const char *run_dir);

/* A copy of what the agent `pid` keeps. 0; -ENOENT: it keeps none; -EPROTO: one of another version,
 * or another agent, wrote it. */
int vitals_read(const char *run_dir, int32_t pid, struct vitals *ret_vitals);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the running agent tells of itself, for status and metrics: a mapped file of the run
 * directory. The agent is the only writer; a reader never waits for it.
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

/* Map the file, or make it; all of it but version and pid is set to zero. If no file can be made,
 * that is logged, and the memory is seen by nobody else. Returns NULL if there is no memory. */
struct vitals *vitals_open(const char *run_dir);

/* The run directory was made anew: make the file anew, too. */
void vitals_renew(struct vitals *vitals, const char *run_dir);

/* Unmap it and remove the file. */
void vitals_close(struct vitals *vitals, const char *run_dir);

/* Copy the vitals of the agent `pid`. Returns 0, -ENOENT if the agent has none, -EPROTO if an agent
 * of another version, or another agent, wrote them, or another negative errno. */
int vitals_read(const char *run_dir, int32_t pid, struct vitals *ret_vitals);

#endif

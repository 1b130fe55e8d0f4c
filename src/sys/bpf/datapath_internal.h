/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files of the datapath. For sys/bpf/datapath*.c only.
 */
#ifndef SYS_BPF_DATAPATH_INTERNAL_H
#define SYS_BPF_DATAPATH_INTERNAL_H

#include <limits.h>
#include <stddef.h>

#include "sys/bpf/datapath.h"

/* Every map that outlives the program, pinned by its name; those that the agent writes to directly
 * are mapped. */
enum map_id {
	MAP_LISTENERS,
	MAP_INSTANCES,
	MAP_PATHS,
	MAP_VERDICTS,
	MAP_NEIGHBORS,
	MAP_EVENTS,
	MAP_LEASES,
	MAP_HISTORY,
	MAP_MONITORS,
	MAP_HMAC_KEYS,
	MAP_HMAC_MARKS,
	MAP_HMAC_CLOCK,
	MAP_COUNT,
	FILE_HMAC = MAP_COUNT, /* stands for two of them where there are files instead */
	AREA_COUNT
};

struct datapath {
	char bpffs[PATH_MAX];
	int program_fd; /* -1 also where packet sockets are all that is wanted */
	int map_fd[MAP_COUNT];
	void *memory[AREA_COUNT];
	size_t length[AREA_COUNT]; /* of it */
	struct ring_buffer *ring;
	datapath_event_fn event_fn;
	void *event_context;
};

/* Our program into the dispatcher of a NIC, for which xdp_attach() said -EMLINK. Negative errno,
 * logged. */
int datapath_join(const struct datapath *datapath, const struct xdp_request *request);

/* Does a program, of this build or another, use our maps? */
bool datapath_fits(const struct datapath *datapath, int program);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the datapath share. For sys/bpf/datapath*.c only.
 */
#ifndef SYS_BPF_DATAPATH_INTERNAL_H
#define SYS_BPF_DATAPATH_INTERNAL_H

#include <limits.h>

#include "sys/bpf/datapath.h"

struct datapath {
	char bpffs[PATH_MAX];
	int program_fd; /* -1 also where packet sockets are all that is wanted */
	struct store *store;
	struct ring_buffer *ring;
	datapath_event_fn event_fn;
	void *event_context;
};

/* Put our program into the dispatcher of a NIC for which xdp_attach() returned -EMLINK. Returns 0,
 * or a negative errno, which is logged. */
int datapath_join(const struct datapath *datapath, const struct xdp_request *request);

/* Does a program, of this build or another, use our maps? */
bool datapath_fits(const struct datapath *datapath, int program);

#endif

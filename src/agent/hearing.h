/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How this host can hear: by the XDP program, or by packet sockets where that is wanted or all
 * there is; and where the memory lies that both judge on.
 */
#ifndef AGENT_HEARING_H
#define AGENT_HEARING_H

#include "core/config/config.h"
#include "sys/bpf/datapath.h"
#include "sys/net/receiver.h"

struct hearing {
	struct datapath *datapath;
	struct receiver *receiver;
	int bpffs_lock; /* -1: there are files in the run directory instead of maps */
};

/* The lock on bpffs, and all that is in it. Without maps, and mode = auto or socket: files in the
 * run directory, which must be prepared. Whatever is gone without is said. Logged; negative errno;
 * what is in *hearing then, is open all the same. */
int hearing_open(struct hearing *hearing, enum config_mode mode, const char *bpffs,
		 const char *run_dir);

#endif

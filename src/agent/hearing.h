/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How this host can hear adverts: by the XDP program, or by packet sockets if that is wanted or if
 * nothing else works. Opens the memory that both of them judge in.
 */
#ifndef AGENT_HEARING_H
#define AGENT_HEARING_H

#include "core/config/config.h"
#include "core/ending.h"
#include "sys/bpf/datapath.h"
#include "sys/net/receiver.h"

struct hearing {
	struct datapath *datapath;
	struct receiver *receiver;
	int bpffs_lock; /* -1: there are files in the run directory instead of maps */
};

/* Take the lock on bpffs and open what is in it. If there are no maps, and mode is auto or socket,
 * files in the run directory take their place; the run directory must be prepared. What is missing
 * is logged. Returns 0 or a negative errno, which is logged. After an error, too, the caller must
 * close what *hearing names. */
int hearing_open(struct hearing *hearing, enum config_mode mode, const char *bpffs,
		 const char *run_dir);

/* Load the XDP program, unless mode is socket or there are no maps. In mode auto it may be missing,
 * which is logged. Returns 0 or a negative errno, which is logged. */
int hearing_load(struct datapath *datapath, enum config_mode mode);

/* Release the lock on bpffs, unless it is -1. Before a restart it is passed on: hearing_open() of
 * the next process goes on with it. */
void hearing_close_lock(int lock, enum ending ending);

#endif

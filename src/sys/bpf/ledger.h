/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What packet sockets heard, for its readers (status, monitor): a mapped file of the run directory.
 * It is no BPF map, because the kernel counts in those at the same time, and because a host without
 * packet sockets should not pay for it. The agent is the only writer; a reader may see an entry
 * while it changes.
 */
#ifndef SYS_BPF_LEDGER_H
#define SYS_BPF_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vrrp_abi.h"

#define LEDGER_HEARD 512 /* a reader that comes more seldom misses some */

struct ledger_port {
	__u32 ifindex; /* 0: free */
	__u32 zero;
	__u64 lost; /* frames that the socket had no room for */
};

struct ledger_heard {
	__u64 seq; /* from 1; 0: being written, or never used */
	struct vrrp_event event;
};

struct ledger {
	__u32 abi; /* VRRP_ABI_VERSION */
	__u32 zero;
	__u64 seq; /* of the newest entry of heard[] */
	struct ledger_port ports[VRRP_MAX_PORTS];
	/* The index is as in `verdicts`: instances, then ports. */
	struct vrrp_counters counters[VRRP_MAX_SLOTS + VRRP_MAX_PORTS];
	struct ledger_heard heard[LEDGER_HEARD]; /* entry seq % LEDGER_HEARD */
};

/* Map the file as an earlier agent left it, or make a new one. Returns 0 or a negative errno. */
int ledger_open(const char *run_dir, struct ledger **ret_ledger);

/* Returns a ledger that nobody else sees, or NULL if there is no memory. */
struct ledger *ledger_private(void);

/* Map the file for reading. ret_inode may be NULL. Returns 0, -ENOENT if no packet socket hears
 * anything, -EPROTO if the file is of another version, or another negative errno. */
int ledger_view(const char *run_dir, const struct ledger **ret_ledger, ino_t *ret_inode);
void ledger_close(const struct ledger *ledger);

/* The run directory was made anew: make the file anew, too, with all that is in the ledger. Returns
 * 0 or a negative errno. */
int ledger_renew(struct ledger *ledger, const char *run_dir);

/* Returns the inode of the file that is there now, or 0 if there is none. */
ino_t ledger_inode(const char *run_dir);
void ledger_remove(const char *run_dir);

/* Add an entry to heard[]. */
void ledger_tell(struct ledger *ledger, const struct vrrp_event *event);

/* Read the next entry after *seq that is still there, and set *seq to its number. Returns false if
 * there are no more. */
bool ledger_told(const struct ledger *ledger, uint64_t *seq, struct vrrp_event *ret_event);

#endif

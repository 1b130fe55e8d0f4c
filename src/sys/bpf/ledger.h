/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What packet sockets heard, for who looks (status, monitor): a file of the run directory, mapped.
 * No BPF map holds it: the kernel counts there at the same time, and where there are no packet
 * sockets, nobody pays for it. One writer, the agent; a reader may see an entry as it changes.
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
	/* As of `verdicts`: instances, then ports. */
	struct vrrp_counters counters[VRRP_MAX_SLOTS + VRRP_MAX_PORTS];
	struct ledger_heard heard[LEDGER_HEARD]; /* entry seq % LEDGER_HEARD */
};

/* The file as an agent before left it, or a new one. Negative errno. */
int ledger_open(const char *run_dir, struct ledger **ret_ledger);

/* One that nobody else sees; NULL: no memory. */
struct ledger *ledger_private(void);

/* To look. -ENOENT: no packet socket hears anything. -EPROTO: of another version. */
int ledger_view(const char *run_dir, const struct ledger **ret_ledger, ino_t *ret_inode);
void ledger_close(const struct ledger *ledger);

/* Its directory was made anew: so is the file, with all that is in it. Negative errno. */
int ledger_renew(struct ledger *ledger, const char *run_dir);

/* The inode of the file that is there now; 0: none. */
ino_t ledger_inode(const char *run_dir);
void ledger_remove(const char *run_dir);

/* One more entry of heard[]. */
void ledger_tell(struct ledger *ledger, const struct vrrp_event *event);

/* The next entry after *seq that is still there, and its number to *seq. false: no more. */
bool ledger_told(const struct ledger *ledger, uint64_t *seq, struct vrrp_event *ret_event);

#endif

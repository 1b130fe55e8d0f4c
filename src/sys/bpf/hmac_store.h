/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys, marks and the clock of the authentication trailer: in the maps that the XDP program reads,
 * or, where the kernel has no maps for us, here and in a file of the run directory. For who writes
 * them (the agent) and for packet sockets. `status` reads through sys/bpf/view.h.
 */
#ifndef SYS_BPF_HMAC_STORE_H
#define SYS_BPF_HMAC_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "vrrp_abi.h"

#define HMAC_FILE_KEYS  1024
#define HMAC_FILE_MARKS 1024

/* What others may see where there are no maps: IDs of keys, never a key. */
struct hmac_file {
	struct hmac_file_key {
		struct vrrp_hmac_key_id id;
		__u32 used;
		__u32 zero;
	} keys[HMAC_FILE_KEYS];
	struct hmac_file_mark {
		struct vrrp_hmac_source source;
		struct vrrp_hmac_mark mark; /* stamp_ns 0: free */
	} marks[HMAC_FILE_MARKS];
};

struct hmac_store_deps {
	int keys, marks; /* maps, or -1: in `file` */
	struct vrrp_hmac_clock *clock;
	struct hmac_file *file; /* NULL where there are maps */
};

struct hmac_store;

/* The deps must outlive it. -ENOMEM. */
int hmac_store_open(const struct hmac_store_deps *deps, struct hmac_store **ret_store);

/* Maps and file stay, what is here is wiped. NULL is allowed. */
void hmac_store_close(struct hmac_store *store);

/* ---- for the agent ---- */

/* From now on adverts of this slot may be signed with this key, too. Negative errno. */
int hmac_store_add(struct hmac_store *store, unsigned int slot, uint8_t id,
		   const struct vrrp_hmac_key *key);

/* Take the keys away for which `unwanted` says so. */
typedef bool (*hmac_store_fn)(void *context, unsigned int slot, uint8_t id);
void hmac_store_remove(struct hmac_store *store, hmac_store_fn unwanted, void *context);

/* What the XDP program takes for the time: CLOCK_REALTIME - CLOCK_MONOTONIC, read at read_ns of the
 * latter. */
void hmac_store_set_clock(struct hmac_store *store, int64_t offset_ns, uint64_t read_ns);

/* Forget sources that were last accepted before `before_ns`. Returns how many are left. */
unsigned int hmac_store_sweep(struct hmac_store *store, uint64_t before_ns);

/* ---- for packet sockets ---- */

bool hmac_store_key(const struct hmac_store *store, unsigned int slot, uint8_t id,
		    struct vrrp_hmac_key *ret_key);
bool hmac_store_mark(const struct hmac_store *store, const struct vrrp_hmac_source *source,
		     struct vrrp_hmac_mark *ret_mark);
const struct vrrp_hmac_clock *hmac_store_clock(const struct hmac_store *store);

/* The source's mark from now on. Negative errno: there is no room for one. */
int hmac_store_remember(struct hmac_store *store, const struct vrrp_hmac_source *source,
			const struct vrrp_hmac_mark *mark);

#endif

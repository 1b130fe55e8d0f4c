/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds everything that the agent, the XDP program and the readers share: in pinned BPF maps or, if
 * the kernel has none for us, in files of the run directory. Users of a store need not know which.
 * The store decides nothing.
 *
 * There are no files for the maps that only the XDP program can use (listeners, verdicts, events,
 * monitors). These hold nothing then.
 */
#ifndef SYS_BPF_STORE_H
#define SYS_BPF_STORE_H

#include <stdbool.h>

#include "sys/bpf/loader.h"
#include "sys/bpf/table.h"

enum store_map {
	STORE_LISTENERS,
	STORE_INSTANCES,
	STORE_PATHS,
	STORE_TIMINGS,
	STORE_PEERS,
	STORE_VERDICTS,
	STORE_NEIGHBORS,
	STORE_REFUSED_PEERS,
	STORE_EVENTS,
	STORE_LEASES,
	STORE_HISTORY,
	STORE_MONITORS,
	STORE_HMAC_KEYS,
	STORE_HMAC_MARKS,
	STORE_HMAC_CLOCK,
	STORE_COUNT,
	STORE_GUARDED = STORE_COUNT, /* the fence's; only to look, and not in every store */
	STORE_VIEWED
};

/* The names by which they are pinned. */
extern const struct loader_map store_maps[STORE_VIEWED];

struct store;

/* ---- for the writer, sys/bpf/datapath ---- */

/* Make a store of the maps that loader_open_maps() has opened. It owns their descriptors from now
 * on, also after a failure. Returns 0, or a negative errno, which is logged. The paths and the
 * peers must be entered before they are used. */
int store_open_maps(const int maps[STORE_COUNT], struct store **ret_store);

/* Make a store of files, as an earlier agent left them, or of new ones. A file that cannot be made
 * is replaced by memory that nobody else sees, which is logged. Returns 0 or -ENOMEM. */
int store_open_files(const char *run_dir, struct store **ret_store);
void store_remove_files(const char *run_dir);

/* The run directory was made anew: make the files anew, too, with all that is in them. */
void store_renew(struct store *store);

/* Bring the first `paths` paths of the first `slots` slots into memory, and their timings. Their
 * addresses stay the same. Does nothing for a store of files. Returns 0 or a negative errno. */
int store_enter_paths(struct store *store, unsigned int slots, unsigned int paths);

/* The same for the unicast peers of the first `slots` slots. */
int store_enter_peers(struct store *store, unsigned int slots);

/* Give memory back: only the first `slots` slots will be used, of each only the first `paths`
 * paths, and only the first `leases` leases. */
void store_trim(struct store *store, unsigned int slots, unsigned int paths, unsigned int leases);

/* This process is going to write timings: the XDP program does not hear everything. Without this
 * call store_trim() gives all their memory back. Returns 0 or a negative errno. */
int store_keep_timings(struct store *store);

/* ---- for the reader, sys/bpf/view ---- */

/* Open the maps or files for reading. Both names must outlive the store. Returns 0, -ENOENT if
 * there are neither, -EPROTO if they are of another version, -EPERM or -EACCES if the caller is not
 * root, or another negative errno. Not logged. */
int store_view(const char *bpffs, const char *run_dir, struct store **ret_store);

/* Would store_view() open the same maps or files again? */
bool store_is_current(const struct store *store);

/* ---- for both ---- */

void store_close(struct store *store);

/* The array of one of these maps: instances, paths, leases, history, hmac_clock. Valid until
 * store_close(). */
void *store_array(const struct store *store, enum store_map map);

/* The table of any other map. Valid until store_close(). */
struct table *store_table(struct store *store, enum store_map map);

/* Returns the descriptor of a map, or -1 if there is none. */
int store_fd(const struct store *store, enum store_map map);

#endif

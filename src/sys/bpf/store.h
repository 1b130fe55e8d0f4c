/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where everything lies that the agent, the XDP program and who looks at them share: in pinned BPF
 * maps or, where the kernel has none for us, in files of the run directory. Users of a store need
 * not know which. Decides nothing.
 *
 * Of the maps that only the XDP program can use (listeners, verdicts, events, monitors), there is
 * no file. They hold nothing then.
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
	STORE_VERDICTS,
	STORE_NEIGHBORS,
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

/* By what names they are pinned. */
extern const struct loader_map store_maps[STORE_VIEWED];

struct store;

/* ---- for who writes: sys/bpf/datapath ---- */

/* Of the maps that loader_open() has opened: their descriptors are the store's from now on, also
 * after a failure. Logged; negative errno. */
int store_open_maps(const int maps[STORE_COUNT], struct store **ret_store);

/* Of files, as an agent before this one left them, or new ones. One that cannot be made is memory
 * that nobody else sees. Logged; -ENOMEM. */
int store_open_files(const char *run_dir, struct store **ret_store);
void store_remove_files(const char *run_dir);

/* The run directory was made anew: so are the files, with all that is in them. */
void store_renew(struct store *store);

/* Only the first slots will be used, and only the first paths of each: give the memory of the
 * others back. */
void store_trim(struct store *store, unsigned int slots, unsigned int paths);

/* ---- for who looks: sys/bpf/view ---- */

/* Not logged. -ENOENT: there is neither. -EPROTO: maps or files of another version. -EPERM,
 * -EACCES: not root. Both names must outlive it. */
int store_view(const char *bpffs, const char *run_dir, struct store **ret_store);

/* Would store_view() open the same maps or files again? */
bool store_is_current(const struct store *store);

/* ---- for both ---- */

void store_close(struct store *store);

/* The array: instances, paths, leases, history, hmac_clock. Valid until store_close(). */
void *store_array(const struct store *store, enum store_map map);

/* Any other map. Valid until store_close(). */
struct table *store_table(struct store *store, enum store_map map);

/* The descriptor of a map; -1: there is none. */
int store_fd(const struct store *store, enum store_map map);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lies in a bpffs directory, held by descriptors of this process. A pin that somebody removes,
 * or the whole bpffs unmounted, then takes no program off an interface, and is put back.
 */
#ifndef SYS_BPF_PINS_H
#define SYS_BPF_PINS_H

#include <stdbool.h>

struct pins;

/* Hold all that is pinned in dir, which is ours (bpffs_prepare(), bpffs_lock()). */
int pins_open(const char *dir, struct pins **ret_pins);
void pins_close(struct pins *pins);

/* Forget what is held of "PREFIX_IFINDEX_...", and hold what is pinned there now: the caller has
 * pinned other objects. */
void pins_renewed(struct pins *pins, const char *prefix, int ifindex);

/* Are programs on this interface still ours to keep? What was on another one goes with its pin. */
typedef bool (*pins_wanted_fn)(void *context, int ifindex);

/* Is all still there? Costs one stat(2) while the directory is unchanged, unless thorough (two
 * changes in one tick of the kernel's clock look like one). What is missing is pinned again, in a
 * directory and a bpffs made anew where these are gone, too; what was added is held from now on.
 * Logged. 0, or negative errno: something is missing and cannot be put back. *ret_anew: the
 * directory is another one. */
int pins_check(struct pins *pins, bool thorough, pins_wanted_fn wanted, void *context,
	       bool *ret_anew);

#endif

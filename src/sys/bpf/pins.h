/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds the contents of a bpffs directory by descriptors of this process. Then no program leaves
 * its interface if somebody removes a pin or unmounts the whole bpffs, and the pin is put back.
 */
#ifndef SYS_BPF_PINS_H
#define SYS_BPF_PINS_H

#include <stdbool.h>

struct pins;

/* Hold all that is pinned in dir, which must be ours (bpffs_prepare(), bpffs_lock()). Returns 0 or
 * a negative errno. */
int pins_open(const char *dir, struct pins **ret_pins);
void pins_close(struct pins *pins);

/* Are programs on this interface still ours to keep? `fence` asks for the fence, else for the XDP
 * program. If not, they go with their pins. */
typedef bool (*pins_wanted_fn)(void *context, int ifindex, bool fence);

/* Is everything still pinned? Costs one stat(2) while the directory is unchanged, but for the look
 * after a change: two in one tick of the kernel's clock look like one. Missing objects are pinned
 * again, in a new directory and a new bpffs if these are gone, too. Objects that were added are
 * held from now on. *ret_changed: it may not be as it was at the last look. Returns 0, or a
 * negative errno if something is missing and cannot be put back. Repairs and errors are logged. */
int pins_check(struct pins *pins, pins_wanted_fn wanted, void *context, bool *ret_changed);

/* Is anything held of the fence of this interface that is not pinned now? The next check puts it
 * back or lets it go; until then it stays on its hook, which takes the program no second time. */
bool pins_miss_fence(const struct pins *pins, int ifindex);

#endif

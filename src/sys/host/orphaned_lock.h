/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks that a dead process may have left to its child. A killed agent may have started a child
 * that has not reached its program yet: until then that child holds what the agent had open.
 */
#ifndef SYS_HOST_ORPHANED_LOCK_H
#define SYS_HOST_ORPHANED_LOCK_H

#include <sys/types.h>

/* Takes a lock of the directory dir. Returns a descriptor or a negative errno. -EWOULDBLOCK and
 * *ret_holder: it is taken, by that process, or 0 if that is unknown. */
typedef int (*orphaned_lock_fn)(const char *dir, pid_t *ret_holder);

/* Call `take`, and as long as the holder is a process that is gone or unknown, call it again, for
 * two seconds at most. After a wait that helped it sleeps once more, so that the child has let its
 * other locks go, too. Returns what `take` has returned last. */
int orphaned_lock(orphaned_lock_fn take, const char *dir, pid_t *ret_holder);

#endif

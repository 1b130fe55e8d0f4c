/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network namespace of another process. Interfaces have names and numbers of their own in each
 * one, so what an agent tells of its interfaces can be understood in its namespace alone.
 */
#ifndef SYS_NET_NETNS_H
#define SYS_NET_NETNS_H

#include <stdbool.h>
#include <sys/types.h>

/* Is this process in the network namespace of the calling thread? False also if that cannot be
 * told.
 */
bool netns_is_ours(pid_t pid);

/* Move the calling thread into the network namespace of the process `pid` (0: none). Returns a
 * descriptor of the namespace that was left, for netns_return(). Returns -1 if nothing was changed:
 * the process is in our namespace, or has ended, or we may not enter its namespace. */
int netns_visit(pid_t pid);

/* Move the calling thread back, and close the descriptor. -1: do nothing. If that fails, it is
 * logged, and the thread stays where it is. */
void netns_return(int home);

#endif

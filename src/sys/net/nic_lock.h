/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allows one agent for each interface, whatever directories the agents were given. The lock is a
 * listening socket with an abstract name. Such names belong to a network namespace, as interfaces
 * do, and end with their process. Anybody may take such a name, so only root's sockets count.
 */
#ifndef SYS_NET_NIC_LOCK_H
#define SYS_NET_NIC_LOCK_H

#include <sys/types.h>

/* Lock an interface, in the network namespace that we are in, or go on with the lock that was
 * passed on. Returns the descriptor that holds the lock, or a negative errno. -EWOULDBLOCK and
 * *ret_holder mean that another agent has the lock; *ret_holder is 0 if that agent is of another
 * pid namespace. -EADDRINUSE means that the name is taken by somebody whose claim does not count,
 * and that there is no lock. */
int nic_lock(int ifindex, pid_t *ret_holder);

/* Pass the lock on by sys/host/pass.h: the next process gets it by nic_lock(). */
void nic_lock_pass_on(int ifindex, int fd);

/* Forget the processes that have asked since the last call, so that others can ask. Call it now and
 * then. The work is bounded. */
void nic_lock_tidy(int fd);

/* Does an agent other than this process hold the lock? Returns 1 and *ret_holder, or 0. */
int nic_locked(int ifindex, pid_t *ret_holder);

#endif

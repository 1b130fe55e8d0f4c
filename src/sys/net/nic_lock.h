/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One agent per interface, whatever directories it was given. The lock is a listening socket with
 * an abstract name: such names belong to a network namespace, as interfaces do, and end with their
 * process. Anybody may take one, so only root's counts.
 */
#ifndef SYS_NET_NIC_LOCK_H
#define SYS_NET_NIC_LOCK_H

#include <sys/types.h>

/* Lock an interface, in the network namespace that we are in. The descriptor that holds it;
 * -EWOULDBLOCK and *ret_holder (0: of another pid namespace): another agent has it; -EADDRINUSE:
 * the name is taken by somebody whose claim does not count, and there is no lock; other negative
 * errno.
 */
int nic_lock(int ifindex, pid_t *ret_holder);

/* Forget who has asked since the last time, so that the next one can; now and then. Bounded. */
void nic_lock_tidy(int fd);

/* Does an agent other than this process hold it? 1 and *ret_holder, or 0. */
int nic_locked(int ifindex, pid_t *ret_holder);

#endif

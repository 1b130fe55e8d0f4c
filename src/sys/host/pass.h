/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets that outlive this process's next execve(2), each under a name: who comes after it takes
 * those that it still wants. What waits in them is not lost, and nobody waits for them to close,
 * which takes a packet socket some 15 ms (the kernel lets all CPUs leave it first).
 *
 * The list is in the environment. Each socket is listed with its cookie, which no other one has: a
 * list that is old, or somebody else's, leads to nothing.
 */
#ifndef SYS_HOST_PASS_H
#define SYS_HOST_PASS_H

#define PASS_NAME 32 /* with its NUL; no "=" and no space */

/* Owns the socket from now on; where it cannot be passed on, it is closed. */
void pass_on(const char *name, int fd);

/* The first socket of that name and address family, closed on the next execve(2) again; the caller
 * owns it. -ENOENT: there is none. */
int pass_take(const char *name, int domain);

/* Close what nobody took, aside: by a thread that waits in this one's place. */
void pass_close_rest(void);

#endif

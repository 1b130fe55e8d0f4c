/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets that outlive this process's next execve(2), each under a name. The program that follows
 * takes those that it still wants. The data that waits in them is not lost. Nobody waits for them
 * to close, which takes a packet socket some 15 ms (the kernel lets all CPUs leave it first).
 *
 * The list is in the environment. Each socket is listed with its cookie, which no other socket has.
 * So a list that is old, or somebody else's, leads to nothing.
 */
#ifndef SYS_HOST_PASS_H
#define SYS_HOST_PASS_H

#define PASS_NAME 32 /* with its NUL; no "=" and no space */

/* Pass a socket on. It belongs to this module from now on; if it cannot be passed on, it is
 * closed. */
void pass_on(const char *name, int fd);

/* Take the first socket of that name and address family. It is closed on the next execve(2) again,
 * and the caller owns it. Returns its descriptor, or -ENOENT if there is none. */
int pass_take(const char *name, int domain);

/* Close the sockets that nobody took. A thread of its own does so and waits in this one's place. */
void pass_close_rest(void);

#endif

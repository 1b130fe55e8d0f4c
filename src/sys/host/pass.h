/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors that outlive this process's next execve(2), each under a name: sockets, and files
 * that are locked. The program that follows takes those that it still wants. The data that waits in
 * a socket is not lost, and nobody else can take a lock meanwhile. Nobody waits for sockets to
 * close, which takes a packet socket some 15 ms (the kernel lets all CPUs leave it first).
 *
 * The list is in the environment. Each socket is listed with its cookie, which no other socket has,
 * and each file with its inode. So a list that is old, or somebody else's, leads to nothing.
 */
#ifndef SYS_HOST_PASS_H
#define SYS_HOST_PASS_H

#define PASS_NAME 32 /* with its NUL; no "=" and no space */

#define PASS_FILE 0 /* in place of an address family: no socket */

/* Pass a descriptor on. It belongs to this module from now on; if it cannot be passed on, it is
 * closed. */
void pass_on(const char *name, int fd);

/* Take the first descriptor of that name and address family. It is closed on the next execve(2)
 * again, and the caller owns it. Returns -ENOENT if there is none. */
int pass_take(const char *name, int domain);

/* Close what nobody took. A thread of its own does so and waits in this one's place. */
void pass_close_rest(void);

/* The same without that thread. Whoever is not the next program after all must let go of the locks
 * before it looks whether somebody else has them. */
void pass_close_rest_now(void);

#endif

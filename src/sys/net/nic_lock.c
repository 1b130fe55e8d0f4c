/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Abstract sockets as locks. Depends on libc only. Nothing is ever said on them: what counts
 * is who listens.
 */
#include "sys/net/nic_lock.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/host/pass.h"

#define QUEUE 64 /* of who asked */

static socklen_t name_of(int ifindex, struct sockaddr_un *ret_address)
{
	int length;

	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	/* Behind the NUL that makes it abstract. */
	length = snprintf(ret_address->sun_path + 1, sizeof(ret_address->sun_path) - 1,
			  "vrrp-xdp/nic/%d", ifindex);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

int nic_locked(int ifindex, pid_t *ret_holder)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), held = 0;
	struct sockaddr_un address;
	socklen_t length = name_of(ifindex, &address), size = sizeof(struct ucred);
	struct ucred peer;

	if (fd < 0)
		return 0;
	/* Who is not root, or fills his queue to hide, is not believed: he could keep every agent
	 * from starting. */
	if (!connect(fd, (struct sockaddr *)&address, length) &&
	    !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) &&
	    (peer.uid == 0 || peer.uid == geteuid()) && peer.pid != getpid()) {
		*ret_holder = peer.pid;
		held = 1;
	}
	close(fd);
	return held;
}

static void pass_name(int ifindex, char name[PASS_NAME])
{
	snprintf(name, PASS_NAME, "nic-%d", ifindex);
}

int nic_lock(int ifindex, pid_t *ret_holder)
{
	struct sockaddr_un address;
	socklen_t length = name_of(ifindex, &address);
	char name[PASS_NAME];
	int fd, err = 0;

	pass_name(ifindex, name);
	fd = pass_take(name, AF_UNIX);
	if (fd >= 0)
		return fd;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, QUEUE))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	if (err == -EADDRINUSE && nic_locked(ifindex, ret_holder))
		return -EWOULDBLOCK;
	return err;
}

void nic_lock_pass_on(int ifindex, int fd)
{
	char name[PASS_NAME];

	pass_name(ifindex, name);
	pass_on(name, fd);
}

void nic_lock_tidy(int fd)
{
	for (int i = 0; i <= QUEUE; i++) {
		int asked = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (asked < 0)
			return;
		close(asked);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Datagrams to the service manager. By hand, and not by libsystemd, whose sd_notify(3) waits for
 * room in the queue: this is the loop that everything else is timed by. Depends on the log alone.
 */
#include "sys/host/supervisor.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/monotime.h"
#include "sys/host/log.h"

/* A path, or "@" and an abstract name. 0: neither. */
static socklen_t read_address(const char *text, struct sockaddr_un *ret_address)
{
	size_t length = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || length < 2 ||
	    length >= sizeof(ret_address->sun_path))
		return 0;
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret_address->sun_path, text, length);
	if (text[0] == '@')
		ret_address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (text[0] == '/'));
}

static int64_t read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long value;
	char *end;

	if (!usec || (pid && atoll(pid) != getpid()))
		return 0;
	errno = 0;
	value = strtoll(usec, &end, 10);
	if (errno || end == usec || *end || value <= 0 || value > INT64_MAX / NS_PER_US) {
		log_warn("WATCHDOG_USEC is not a number of microseconds; there is no watchdog");
		return 0;
	}
	return value * NS_PER_US;
}

void supervisor_open(struct supervisor *supervisor)
{
	const char *text = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t length;

	*supervisor = (struct supervisor){.fd = -1};
	if (!text)
		return;
	length = read_address(text, &address);
	if (!length) {
		log_warn("NOTIFY_SOCKET is not the path of a socket; the service manager is told "
			 "nothing");
		return;
	}
	supervisor->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (supervisor->fd >= 0 && connect(supervisor->fd, (struct sockaddr *)&address, length)) {
		log_warn("NOTIFY_SOCKET: %s; the service manager is told nothing", strerror(errno));
		close(supervisor->fd);
		supervisor->fd = -1;
	}
	if (supervisor->fd >= 0)
		supervisor->watchdog_ns = read_watchdog();
}

void supervisor_close(struct supervisor *supervisor)
{
	if (supervisor->fd >= 0)
		close(supervisor->fd);
	*supervisor = (struct supervisor){.fd = -1};
}

int supervisor_say(const struct supervisor *supervisor, const char *text)
{
	if (supervisor->fd < 0 ||
	    send(supervisor->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return -errno;
}

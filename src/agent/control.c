/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket. Knows lines; never what they mean.
 */
#include "agent/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/host/log.h"
#include "sys/host/own_dir.h"
#include "sys/host/pass.h"

#define CONTROL_NAME    "control"
#define REQUEST_NAME    "request" /* of a connection that is passed on */
#define MAX_SILENT      8         /* that have asked nothing yet */
#define MAX_WAITING     256 /* that await another answer: a `resign` for each of many routers */
#define MAX_CONNECTIONS (MAX_SILENT + MAX_WAITING)

struct connection {
	struct control *control;
	int fd;               /* -1: free */
	unsigned long number; /* by age */
	const void *subject;  /* of which it awaits more; NULL: it has asked nothing yet */
};

struct control {
	struct loop *loop;
	int dir_fd, fd;
	control_fn fn;
	void *context;
	struct connection connections[MAX_CONNECTIONS];
	unsigned int waiting; /* so many of them have a subject */
	unsigned long accepted;
};

/* By way of an open directory: a socket's own path has room for 107 bytes, a run directory's may be
 * longer. */
static void address_of(int dir_fd, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(ret_address->sun_path, sizeof(ret_address->sun_path),
		 "/proc/self/fd/%d/" CONTROL_NAME, dir_fd);
}

static bool permitted(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static void hang_up(struct connection *connection)
{
	loop_remove(connection->control->loop, connection->fd);
	close(connection->fd);
	connection->fd = -1;
	connection->control->waiting -= connection->subject != NULL;
	connection->subject = NULL;
}

/* Who does not read its answer does not get it. */
static void answer_with(const struct connection *connection, const char *line)
{
	if (send(connection->fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("control: answer not delivered: %s", strerror(errno));
}

static void on_request(void *context)
{
	struct connection *connection = context;
	struct control *control = connection->control;
	char request[CONTROL_LINE], answer[CONTROL_LINE] = "";
	ssize_t length = recv(connection->fd, request, sizeof(request) - 1, MSG_DONTWAIT);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Who waits for more has nothing more to say, but may hang up. */
	if (length > 0 && !connection->subject) {
		connection->subject =
			control->fn(control->context, request, (size_t)length, answer);
		control->waiting += connection->subject != NULL;
		answer_with(connection, answer);
		if (connection->subject)
			return;
	}
	hang_up(connection);
}

/* The one of two that makes room: who awaits an answer stays rather than who has said nothing. */
static bool goes_before(const struct connection *one, const struct connection *other)
{
	if (!one->subject != !other->subject)
		return !one->subject;
	return one->number < other->number;
}

/* A place for one more connection. One that says nothing has no claim to its place: of those, the
 * one that has been silent for longest makes room. */
static struct connection *make_room(struct control *control)
{
	for (;;) {
		struct connection *oldest = &control->connections[0], *vacant = NULL;
		unsigned int silent = 0;

		for (int i = 0; i < MAX_CONNECTIONS; i++) {
			struct connection *connection = &control->connections[i];

			if (connection->fd < 0) {
				vacant = connection;
				continue;
			}
			silent += !connection->subject;
			if (oldest->fd < 0 || goes_before(connection, oldest))
				oldest = connection;
		}
		if (vacant && silent < MAX_SILENT)
			return vacant;
		if (!oldest->subject) {
			on_request(oldest); /* it may have spoken in this moment */
			if (oldest->subject)
				continue;
		}
		if (oldest->fd >= 0)
			hang_up(oldest);
		return oldest;
	}
}

static void listen_to(struct control *control, int fd)
{
	struct connection *connection = make_room(control);

	if (loop_add(control->loop, fd, on_request, connection)) {
		close(fd);
		return;
	}
	connection->fd = fd;
	connection->number = control->accepted++;
}

static void on_connect(void *context)
{
	struct control *control = context;
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0 && permitted(fd))
		listen_to(control, fd);
	else if (fd >= 0)
		close(fd);
}

/* Nobody else may connect, not even before a chmod. */
static int bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	int err = bind(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;

	umask(mask);
	return err;
}

static int listen_anew(int dir_fd, int *ret_fd)
{
	struct sockaddr_un address;
	int fd, err;

	address_of(dir_fd, &address);
	unlinkat(dir_fd, CONTROL_NAME, 0);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = bind_private(fd, &address);
	if (!err && listen(fd, MAX_SILENT))
		err = -errno;
	if (err)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}

/* The socket of the process before a restart, in which requests may wait; -1: there is none, or it
 * can be reached no more. */
static int take_over(int dir_fd)
{
	int fd = pass_take(CONTROL_NAME, AF_UNIX);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstatat(dir_fd, CONTROL_NAME, &st, AT_SYMLINK_NOFOLLOW) && S_ISSOCK(st.st_mode))
		return fd;
	close(fd);
	return -1;
}

int control_open(const char *run_dir, struct loop *loop, control_fn fn, void *context,
		 struct control **ret_control)
{
	struct control *control = calloc(1, sizeof(*control));
	int fd, err = 0;

	if (!control)
		return -ENOMEM;
	control->loop = loop;
	control->fn = fn;
	control->context = context;
	control->fd = -1;
	for (int i = 0; i < MAX_CONNECTIONS; i++)
		control->connections[i] = (struct connection){.control = control, .fd = -1};
	control->dir_fd = own_dir_open(run_dir);
	if (control->dir_fd < 0) {
		err = control->dir_fd;
		goto fail;
	}
	control->fd = take_over(control->dir_fd);
	if (control->fd < 0)
		err = listen_anew(control->dir_fd, &control->fd);
	if (!err)
		err = loop_add(loop, control->fd, on_connect, control);
	if (err)
		goto fail;
	while ((fd = pass_take(REQUEST_NAME, AF_UNIX)) >= 0)
		listen_to(control, fd);
	*ret_control = control;
	return 0;
fail:
	if (control->fd >= 0)
		close(control->fd);
	if (control->dir_fd >= 0)
		close(control->dir_fd);
	free(control);
	return err;
}

void control_close(struct control *control, enum ending ending)
{
	bool restarts = ending == ENDING_RESTART;

	if (!control)
		return;
	for (int i = 0; i < MAX_CONNECTIONS; i++) {
		struct connection *connection = &control->connections[i];

		if (connection->fd < 0)
			continue;
		if (!restarts || connection->subject) {
			hang_up(connection);
			continue;
		}
		loop_remove(control->loop, connection->fd);
		pass_on(REQUEST_NAME, connection->fd);
	}
	loop_remove(control->loop, control->fd);
	if (restarts) {
		pass_on(CONTROL_NAME, control->fd);
	} else {
		close(control->fd);
		unlinkat(control->dir_fd, CONTROL_NAME, 0);
	}
	close(control->dir_fd);
	free(control);
}

const void *control_awaited(const struct control *control, unsigned int *cursor)
{
	if (!control || !control->waiting)
		return NULL;
	while (*cursor < MAX_CONNECTIONS) {
		const struct connection *connection = &control->connections[(*cursor)++];

		if (connection->subject)
			return connection->subject;
	}
	return NULL;
}

void control_tell(struct control *control, const void *subject, const char *line)
{
	for (int i = 0; i < MAX_CONNECTIONS; i++) {
		struct connection *connection = &control->connections[i];

		if (connection->fd < 0 || connection->subject != subject)
			continue;
		answer_with(connection, line);
		hang_up(connection);
	}
}

int control_next(int fd, int timeout_ms, char ret_answer[CONTROL_LINE])
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	ssize_t length;

	if (poll(&wait, 1, timeout_ms) <= 0)
		return -ETIMEDOUT;
	length = recv(fd, ret_answer, CONTROL_LINE - 1, 0);
	if (length <= 0)
		return length ? -errno : -ECONNRESET; /* hung up on us without an answer */
	ret_answer[length] = '\0';
	return 0;
}

int control_ask(const char *run_dir, const char *request, int timeout_ms,
		char ret_answer[CONTROL_LINE], int *ret_fd)
{
	int dir_fd = own_dir_open(run_dir), fd = -1, err = 0;
	struct sockaddr_un address;

	if (dir_fd < 0)
		return dir_fd;
	address_of(dir_fd, &address);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		err = errno == EPIPE ? -ECONNRESET : -errno;
	else
		err = control_next(fd, timeout_ms, ret_answer);
	close(dir_fd);
	if (!err)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	return err;
}

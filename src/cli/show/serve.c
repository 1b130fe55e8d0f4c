/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets for HTTP. Knows connections; never what is asked.
 */
#include "cli/show/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/loop.h"

#define FIRST_FD    3
#define PATIENCE_MS 3000 /* for a whole request, and for a whole answer */

int serve_passed_fd(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	if (!pid || !count || strtol(pid, NULL, 10) != getpid() || strtol(count, NULL, 10) < 1)
		return -ENOENT;
	fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC);
	return FIRST_FD;
}

/* Until then, in ms; never negative. */
static int left_ms(struct monotime until)
{
	int64_t left = monotime_diff(until, loop_now());

	return left > 0 ? (int)(left / 1000000) + 1 : 0;
}

/* A request, or the reason why it is none. false: the other side is gone, or too slow. */
static bool receive(int fd, struct http_request *ret_request, enum http_status *ret_status)
{
	struct monotime until = monotime_add(loop_now(), PATIENCE_MS * 1000000LL);
	char text[HTTP_REQUEST_MAX];
	size_t length = 0;

	do {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (poll(&pfd, 1, left_ms(until)) <= 0)
			return false;
		got = recv(fd, text + length, sizeof(text) - length, MSG_DONTWAIT);
		if (got <= 0)
			return false;
		length += (size_t)got;
		*ret_status = http_parse(text, length, ret_request);
	} while (*ret_status == HTTP_MORE);
	return true;
}

static void answer(int fd, const char *text, size_t length)
{
	struct monotime until = monotime_add(loop_now(), PATIENCE_MS * 1000000LL);

	while (length) {
		struct pollfd pfd = {.fd = fd, .events = POLLOUT};
		ssize_t sent;

		if (poll(&pfd, 1, left_ms(until)) <= 0)
			return;
		sent = send(fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			return;
		text += sent > 0 ? sent : 0;
		length -= sent > 0 ? (size_t)sent : 0;
	}
}

/* Our FIN first, then what the other side still sends is read away: a reset would take the answer
 * along. */
static void hang_up(int fd)
{
	struct monotime until = monotime_add(loop_now(), PATIENCE_MS * 1000000LL);
	char rest[1024];

	shutdown(fd, SHUT_WR);
	for (;;) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};

		if (poll(&pfd, 1, left_ms(until)) <= 0 ||
		    recv(fd, rest, sizeof(rest), MSG_DONTWAIT) <= 0)
			return;
	}
}

static void serve_one(int fd, serve_fn fn, void *context)
{
	const char *type = "text/plain; charset=utf-8";
	struct http_request request = {0};
	char *body = NULL, *text = NULL;
	size_t body_length = 0, length = 0;
	enum http_status status;
	FILE *out;

	if (!receive(fd, &request, &status))
		return;
	out = open_memstream(&body, &body_length);
	if (!out)
		return;
	if (status == HTTP_OK)
		status = fn(context, &request, &type, out);
	if (status != HTTP_OK)
		fprintf(out, "%d %s\n", (int)status, http_reason(status));
	fclose(out);
	out = open_memstream(&text, &length);
	if (out) {
		http_head(status, type, body_length, out);
		if (!request.head)
			fwrite(body, 1, body_length, out);
		fclose(out);
		answer(fd, text, length);
		hang_up(fd);
	}
	free(body);
	free(text);
}

static bool listens(int fd)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) && value;
}

int serve(int fd, int idle_ms, serve_fn fn, void *context)
{
	signal(SIGPIPE, SIG_IGN);
	if (!listens(fd)) {
		serve_one(fd, fn, context);
		return 0;
	}
	for (;;) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		int got = poll(&pfd, 1, idle_ms), connection;

		if (!got)
			return 0;
		if (got < 0)
			return -errno;
		connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (connection >= 0) {
			serve_one(connection, fn, context);
			close(connection);
		} else if (errno != ECONNABORTED && errno != EAGAIN && errno != EINTR) {
			return -errno;
		}
	}
}

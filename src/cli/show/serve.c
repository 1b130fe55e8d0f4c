/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets for HTTP. Knows connections; never what is asked. Every connection has a place in a table
 * of fixed size and a state of its own, and only poll() waits, for all of them at once: one that
 * says nothing, or takes nothing, costs its place and delays nobody.
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

#define FIRST_FD        3
#define PATIENCE        (3 * NS_PER_S) /* for a whole request; for an answer; for the end */
#define CONNECTIONS_MAX 64
#define ANSWERS_MAX     (16 * 1024 * 1024) /* bytes that wait for their readers */

enum phase {
	READING, /* the request */
	WRITING, /* the answer */
	ENDING,  /* our FIN is sent; what still comes is read away: a reset would take the answer
		    along */
};

struct connection {
	int fd; /* -1: none */
	enum phase phase;
	struct monotime until;    /* when it is given up in this phase */
	struct monotime progress; /* when the other side last sent or took anything */
	char *text;               /* the request so far; the answer */
	size_t length, sent;      /* of text */
};

struct server {
	serve_fn fn;
	void *context;
	struct connection connections[CONNECTIONS_MAX];
};

int serve_passed_fd(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	if (!pid || !count || strtol(pid, NULL, 10) != getpid() || strtol(count, NULL, 10) < 1)
		return -ENOENT;
	fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC);
	return FIRST_FD;
}

static void hang_up(struct connection *c)
{
	close(c->fd);
	free(c->text);
	*c = (struct connection){.fd = -1};
}

static void enter(struct connection *c, enum phase phase)
{
	c->phase = phase;
	c->progress = loop_now();
	c->until = monotime_add(c->progress, PATIENCE);
}

/* Of those that are writing, or of all: the one whose other side has done nothing for longest.
 * NULL: there is none. */
static struct connection *most_silent(struct server *server, bool writing)
{
	struct connection *found = NULL;

	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *c = &server->connections[i];

		if (c->fd >= 0 && (!writing || c->phase == WRITING) &&
		    (!found || monotime_before(c->progress, found->progress)))
			found = c;
	}
	return found;
}

/* ---- the answer ---- */

/* Head and body as one text. NULL: no memory. */
static char *compose(struct server *server, enum http_status status,
		     const struct http_request *request, size_t *ret_length)
{
	const char *type = "text/plain; charset=utf-8";
	char *head = NULL, *text = NULL, *grown = NULL;
	size_t head_length = 0, length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	if (status == HTTP_OK)
		status = server->fn(server->context, request, &type, out);
	if (status != HTTP_OK)
		fprintf(out, "%d %s\n", (int)status, http_reason(status));
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	out = open_memstream(&head, &head_length);
	if (out) {
		http_head(status, type, length, out);
		fclose(out);
		length = request->head ? 0 : length;
		grown = realloc(text, head_length + length);
	}
	if (grown) {
		memmove(grown + head_length, grown, length);
		memcpy(grown, head, head_length);
		*ret_length = head_length + length;
	} else {
		free(text);
	}
	free(head);
	return grown;
}

/* Others' answers make room for one of this length: those that are not read. */
static void limit_answers(struct server *server, size_t length)
{
	for (;;) {
		size_t waiting = length;

		for (int i = 0; i < CONNECTIONS_MAX; i++) {
			const struct connection *c = &server->connections[i];

			waiting += c->phase == WRITING ? c->length : 0;
		}
		if (waiting <= ANSWERS_MAX || waiting == length)
			return;
		hang_up(most_silent(server, true));
	}
}

/* ---- one step of a connection, which blocks nobody ---- */

static void take_leave(struct connection *c)
{
	char rest[1024];
	ssize_t got = recv(c->fd, rest, sizeof(rest), MSG_DONTWAIT);

	if (!got || (got < 0 && errno != EAGAIN))
		hang_up(c);
}

static void send_answer(struct connection *c)
{
	ssize_t sent =
		send(c->fd, c->text + c->sent, c->length - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN)
			hang_up(c);
		return;
	}
	c->progress = loop_now();
	c->sent += (size_t)sent;
	if (c->sent < c->length)
		return;
	shutdown(c->fd, SHUT_WR);
	free(c->text);
	c->text = NULL;
	enter(c, ENDING);
}

static void receive(struct server *server, struct connection *c)
{
	ssize_t got = recv(c->fd, c->text + c->length, HTTP_REQUEST_MAX - c->length, MSG_DONTWAIT);
	struct http_request request = {0};
	enum http_status status;
	size_t length = 0;
	char *text;

	if (got <= 0) {
		if (!got || errno != EAGAIN)
			hang_up(c);
		return;
	}
	c->progress = loop_now();
	c->length += (size_t)got;
	status = http_parse(c->text, c->length, &request);
	if (status == HTTP_MORE)
		return;
	text = compose(server, status, &request, &length);
	if (!text) {
		hang_up(c);
		return;
	}
	limit_answers(server, length);
	free(c->text);
	c->text = text;
	c->length = length;
	enter(c, WRITING);
	send_answer(c);
}

static void step(struct server *server, struct connection *c)
{
	switch (c->phase) {
	case READING:
		receive(server, c);
		break;
	case WRITING:
		send_answer(c);
		break;
	case ENDING:
		take_leave(c);
		break;
	}
}

/* ---- all of them ---- */

/* Where the table is full, the most silent one makes room. What was sent already is read at once,
 * so that a request that is there is answered however many connections follow it. */
static void add(struct server *server, int fd)
{
	struct connection *c = NULL;

	for (int i = 0; i < CONNECTIONS_MAX && !c; i++) {
		if (server->connections[i].fd < 0)
			c = &server->connections[i];
	}
	if (!c) {
		c = most_silent(server, false);
		hang_up(c);
	}
	c->fd = fd;
	c->text = malloc(HTTP_REQUEST_MAX);
	if (!c->text) {
		hang_up(c);
		return;
	}
	enter(c, READING);
	receive(server, c);
}

static int accept_one(struct server *server, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		add(server, fd);
	else if (errno != ECONNABORTED && errno != EAGAIN && errno != EINTR)
		return -errno;
	return 0;
}

/* Until then, in ms; never negative. */
static int left_ms(struct monotime until)
{
	int64_t left = monotime_diff(until, loop_now());

	return left > 0 ? (int)(left / NS_PER_MS) + 1 : 0;
}

/* Wait until something can be done, at most until then, and do it. */
static int turn(struct server *server, int listener, struct monotime until)
{
	struct pollfd fds[CONNECTIONS_MAX + 1];
	struct monotime now;

	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		const struct connection *c = &server->connections[i];

		fds[i] = (struct pollfd){.fd = c->fd,
					 .events = c->phase == WRITING ? POLLOUT : POLLIN};
		if (c->fd >= 0)
			until = monotime_min(until, c->until);
	}
	fds[CONNECTIONS_MAX] = (struct pollfd){.fd = listener, .events = POLLIN};
	if (poll(fds, CONNECTIONS_MAX + 1, left_ms(until)) < 0)
		return errno == EINTR ? 0 : -errno;
	/* Read before the answers: the time that they take is nobody's silence. */
	now = loop_now();
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *c = &server->connections[i];

		/* An earlier one's answer may have taken its place. */
		if (fds[i].revents && c->fd >= 0)
			step(server, c);
		if (c->fd >= 0 && !monotime_before(now, c->until))
			hang_up(c);
	}
	return fds[CONNECTIONS_MAX].revents ? accept_one(server, listener) : 0;
}

static bool listens(int fd)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) && value;
}

int serve(int fd, int idle_ms, serve_fn fn, void *context)
{
	struct server server = {.fn = fn, .context = context};
	struct monotime idle = monotime_add(loop_now(), idle_ms * NS_PER_MS);
	bool single = !listens(fd);
	int err = 0;

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		server.connections[i].fd = -1;
	if (single)
		add(&server, fd);
	while (!err) {
		if (most_silent(&server, false))
			idle = monotime_add(loop_now(), idle_ms * NS_PER_MS);
		else if (single || !left_ms(idle))
			break;
		err = turn(&server, single ? -1 : fd, idle);
	}
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		if (server.connections[i].fd >= 0)
			hang_up(&server.connections[i]);
	}
	return err;
}

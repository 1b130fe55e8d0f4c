/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The server of the metrics, in a child, on Unix sockets: who is dropped where there is no room for
 * all, and who is not. Links cli/show/serve, cli/show/http and agent/loop, for its clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/show/serve.h"

#define PLACES     64
#define BIG        (6 * 1024 * 1024) /* two fit into the server's memory, three do not */
#define IDLE_MS    300
#define TIMEOUT_MS 20000

#define ASK     "GET /metrics HTTP/1.1\r\n\r\n"
#define ASK_BIG "GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text\r\n\r\n"

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_length;
static pid_t server;

static enum http_status answer(void *context, const struct http_request *request,
			       const char **ret_type, FILE *out)
{
	(void)context;
	(void)ret_type;
	for (int i = 0; request->open_metrics && i < BIG / 8; i++)
		fputs("1234567\n", out);
	fputs("end\n", out);
	return HTTP_OK;
}

/* The kernel gives it a name of its own. */
static int start(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	address_length = sizeof(sa_family_t);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, address_length) || listen(fd, 128))
		return -1;
	address_length = sizeof(address);
	if (getsockname(fd, (struct sockaddr *)&address, &address_length))
		return -1;
	server = fork();
	if (server == 0)
		_exit(serve(fd, IDLE_MS, answer, NULL) ? 1 : 0);
	close(fd);
	return server > 0 ? 0 : -1;
}

/* Once nobody has come for a while, it ends by itself. */
static int stop(void **state)
{
	int status = -1;

	(void)state;
	return waitpid(server, &status, 0) == server && WIFEXITED(status) && !WEXITSTATUS(status)
		       ? 0
		       : -1;
}

static int ask(const char *request)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, address_length), 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	return fd;
}

static void wait_for(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&pfd, 1, TIMEOUT_MS), 1);
}

/* Up to `most` bytes, or to the end; whether the last ones of them are those of a whole answer. */
static bool read_some(int fd, size_t most)
{
	static char buffer[65536 + 4];
	bool whole = false;

	for (size_t length = 0; length < most;) {
		ssize_t got;

		wait_for(fd);
		got = recv(fd, buffer, sizeof(buffer), 0);
		if (got <= 0)
			break;
		length += (size_t)got;
		whole = got >= 4 && !memcmp(buffer + got - 4, "end\n", 4);
	}
	return whole;
}

static bool is_whole(int fd)
{
	return read_some(fd, SIZE_MAX);
}

static bool is_open(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

/* An answer that nobody takes is dropped where another one needs the memory. */
static void test_unread_answers(void **state)
{
	int silent[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		silent[i] = ask(ASK_BIG);
		wait_for(silent[i]);
	}
	assert_false(is_whole(silent[0]));
	assert_true(is_whole(silent[2]));
	assert_true(is_whole(silent[1]));
	for (int i = 0; i < 3; i++)
		close(silent[i]);
}

/* One that is being read is not, though it is older. */
static void test_slow_reader(void **state)
{
	int slow, silent, third;

	(void)state;
	slow = ask(ASK_BIG);
	wait_for(slow);
	silent = ask(ASK_BIG);
	wait_for(silent);
	assert_false(read_some(slow, 1024 * 1024));
	third = ask(ASK_BIG);
	wait_for(third);
	assert_true(is_whole(slow));
	assert_false(is_whole(silent));
	assert_true(is_whole(third));
	close(slow);
	close(silent);
	close(third);
}

/* Of more connections than there are places, the most silent one goes, and nobody waits. */
static void test_silent_connections(void **state)
{
	int silent[PLACES], fd;

	(void)state;
	for (int i = 0; i < PLACES; i++)
		silent[i] = ask("");
	fd = ask("GET /metrics HT");
	/* The server has come to it when the first one is gone. */
	wait_for(silent[0]);
	assert_false(is_open(silent[0]));
	for (int i = 1; i < PLACES; i++)
		assert_true(is_open(silent[i]));
	assert_int_equal(send(fd, "TP/1.1\r\n\r\n", 10, MSG_NOSIGNAL), 10);
	assert_true(is_whole(fd));
	close(fd);
	fd = ask(ASK);
	assert_true(is_whole(fd));
	close(fd);
	assert_true(is_open(silent[PLACES - 1]));
	for (int i = 0; i < PLACES; i++)
		close(silent[i]);
}

/* Of a socket that systemd has accepted already, that one connection is served. */
static void test_one_connection(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(send(fds[0], ASK, strlen(ASK), 0), strlen(ASK));
	assert_int_equal(shutdown(fds[0], SHUT_WR), 0);
	assert_int_equal(serve(fds[1], IDLE_MS, answer, NULL), 0);
	assert_true(is_whole(fds[0]));
	close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unread_answers, start, stop),
		cmocka_unit_test_setup_teardown(test_slow_reader, start, stop),
		cmocka_unit_test_setup_teardown(test_silent_connections, start, stop),
		cmocka_unit_test(test_one_connection),
	};

	return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}

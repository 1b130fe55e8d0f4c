/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors from one program to the next: this one starts itself again for that. Links
 * sys/host/pass alone. Every wait has an end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/host/pass.h"

#define LIST     "VRRP_XDP_SOCKETS"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIMIT_MS 10000

/* ---- helpers ---- */

static void make_pair(int ret_fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds), 0);
}

/* Has the other end of the pair been closed? */
static bool ends(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return poll(&pfd, 1, LIMIT_MS) == 1 && pfd.revents & POLLHUP;
}

static int forget_list(void **state)
{
	(void)state;
	unsetenv(LIST);
	return 0;
}

/* ---- the next program: what it finds is its exit status ---- */

/* Another process asks: the lock is this one's still. */
static bool has_lock(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int status;
	pid_t child = fork();

	if (!child)
		_exit(fcntl(fd, F_GETLK, &lock) || lock.l_type != F_WRLCK ||
		      lock.l_pid != getppid());
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

static int next_program(void)
{
	int fd = pass_take("letter", AF_UNIX);
	char text[8] = "";

	if (fd < 0)
		return 1;
	if (read(fd, text, sizeof(text) - 1) != 5 || strcmp(text, "hello") != 0)
		return 2;
	if (fcntl(fd, F_GETFD) != FD_CLOEXEC)
		return 3;
	if (pass_take("letter", AF_UNIX) != -ENOENT)
		return 4;
	if (pass_take("other", AF_UNIX) < 0)
		return 5;
	if (!has_lock(pass_take("lock", PASS_FILE)))
		return 6;
	return getenv(LIST) ? 7 : 0;
}

static void test_exec(void **state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int letter[2], other[2], file, status;
	pid_t child;

	(void)state;
	make_pair(letter);
	make_pair(other);
	assert_int_equal(write(letter[0], "hello", 5), 5);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		pass_on("letter", letter[1]);
		pass_on("other", other[1]);
		file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (file < 0 || fcntl(file, F_SETLK, &lock))
			_exit(98);
		pass_on("lock", file);
		execl("/proc/self/exe", "test_pass", "next", (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	for (int i = 0; i < 2; i++) {
		close(letter[i]);
		close(other[i]);
	}
}

/* ---- what is not taken ---- */

static void test_other_family(void **state)
{
	int fds[2];

	(void)state;
	make_pair(fds);
	pass_on("letter", fds[1]);
	assert_int_equal(pass_take("letter", AF_INET), -ENOENT);
	assert_int_equal(pass_take("other", AF_UNIX), -ENOENT);
	assert_int_equal(pass_take("letter", AF_UNIX), fds[1]);
	close(fds[0]);
	close(fds[1]);
}

static void test_same_name(void **state)
{
	int fds[2];

	(void)state;
	make_pair(fds);
	pass_on("letter", fds[1]);
	pass_on("letter", fds[0]);
	assert_int_equal(pass_take("letter", AF_UNIX), fds[1]);
	assert_int_equal(pass_take("letter", AF_UNIX), fds[0]);
	assert_int_equal(pass_take("letter", AF_UNIX), -ENOENT);
	close(fds[0]);
	close(fds[1]);
}

/* Another socket has the number by now: neither taken nor closed. */
static void test_stale(void **state)
{
	int fds[2], others[2];

	(void)state;
	make_pair(fds);
	make_pair(others);
	pass_on("letter", fds[1]);
	assert_int_equal(dup3(others[1], fds[1], O_CLOEXEC), fds[1]);
	assert_int_equal(pass_take("letter", AF_UNIX), -ENOENT);
	assert_null(getenv(LIST));
	make_pair(fds);
	pass_on("letter", fds[1]);
	assert_int_equal(dup3(others[1], fds[1], O_CLOEXEC), fds[1]);
	pass_close_rest();
	assert_int_equal(fcntl(fds[1], F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(others[0], "x", 1), 1);
	close(fds[0]);
	close(fds[1]);
	close(others[0]);
	close(others[1]);
}

static const char *const lists[] = {
	"",
	" ",
	"x",
	"=3/1 ",
	"letter=",
	"letter=2/ffffffffffffffff ",
	"letter",
	"letter=9999/1 ",
	"letter=-1/1 letter=2/1 ",
	"letter=1/zz ",
	"a-name-that-is-longer-than-any-name-may-be=2/1 ",
};

static void test_foreign_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		setenv(LIST, lists[i], 1);
		if (pass_take("letter", AF_UNIX) != -ENOENT || getenv(LIST))
			fail_msg("'%s'", lists[i]);
		setenv(LIST, lists[i], 1);
		pass_close_rest();
		if (getenv(LIST) || fcntl(STDERR_FILENO, F_GETFD) < 0)
			fail_msg("'%s'", lists[i]);
	}
}

/* A file is no socket, and another file with its number is not the one that was passed. */
static void test_file(void **state)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), other;

	(void)state;
	assert_true(file >= 0);
	pass_on("lock", file);
	assert_int_equal(pass_take("lock", AF_UNIX), -ENOENT);
	assert_int_equal(pass_take("lock", PASS_FILE), file);
	assert_int_equal(fcntl(file, F_GETFD), FD_CLOEXEC);
	pass_on("lock", file);
	other = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(dup2(other, file), file);
	assert_int_equal(pass_take("lock", PASS_FILE), -ENOENT);
	close(file);
	close(other);
}

static void test_nothing(void **state)
{
	int fds[2];

	(void)state;
	make_pair(fds);
	close(fds[0]);
	close(fds[1]);
	pass_on("letter", fds[1]);
	assert_null(getenv(LIST));
}

static void test_rest(void **state)
{
	int taken[2], left[2];

	(void)state;
	make_pair(taken);
	make_pair(left);
	pass_on("letter", left[1]);
	pass_on("letter", taken[1]);
	pass_on("other", left[0]);
	left[1] = pass_take("letter", AF_UNIX);
	assert_int_equal(pass_take("other", AF_UNIX), left[0]);
	pass_close_rest();
	assert_true(ends(taken[0]));
	assert_null(getenv(LIST));
	assert_int_equal(write(left[0], "x", 1), 1);
	pass_close_rest();
	close(taken[0]);
	close(left[0]);
	close(left[1]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_exec, forget_list),
		cmocka_unit_test_setup(test_other_family, forget_list),
		cmocka_unit_test_setup(test_same_name, forget_list),
		cmocka_unit_test_setup(test_stale, forget_list),
		cmocka_unit_test_setup(test_foreign_list, forget_list),
		cmocka_unit_test_setup(test_file, forget_list),
		cmocka_unit_test_setup(test_nothing, forget_list),
		cmocka_unit_test_setup(test_rest, forget_list),
	};

	if (argc == 2 && !strcmp(argv[1], "next"))
		return next_program();
	return cmocka_run_group_tests_name("pass", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files and processes that the kernel tells of. Links sys/host/file_watch and sys/host/processes
 * alone. Every wait has an end; what is started here is ended here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/host/file_watch.h"
#include "sys/host/processes.h"

#define LIMIT_MS 10000

/* ---- files ---- */

static char dir[] = "/tmp/test-watched-XXXXXX";
static char path[96], other[96];

static void write_file(const char *where, const char *text)
{
	int fd = open(where, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Reads until the file holds this; NULL: until it is not there. */
static void wait_text(struct file_watch *watch, const char *text)
{
	struct pollfd pfd = {.fd = file_watch_fd(watch), .events = POLLIN};

	for (;;) {
		int err;
		const char *is = file_watch_text(watch, 0, &err);

		if (text ? is && !strcmp(is, text) : !is && err == -ENOENT)
			return;
		if (poll(&pfd, 1, LIMIT_MS) != 1)
			fail_msg("%s and not %s", is ? is : strerror(-err), text ? text : "gone");
		file_watch_read(watch);
	}
}

static struct file_watch *watch_path(void)
{
	struct file_watch *watch;

	assert_int_equal(file_watch_open(1, &watch), 0);
	file_watch_add(watch, path);
	return watch;
}

static void test_file(void **state)
{
	struct file_watch *watch;
	int err;

	(void)state;
	snprintf(path, sizeof(path), "%s/a", dir);
	snprintf(other, sizeof(other), "%s/b", dir);
	write_file(path, "1");
	watch = watch_path();
	assert_string_equal(file_watch_text(watch, 0, &err), "1");
	write_file(path, "22");
	wait_text(watch, "22");
	write_file(other, "3");
	assert_int_equal(rename(other, path), 0);
	wait_text(watch, "3");
	unlink(path);
	wait_text(watch, NULL);
	write_file(path, "4");
	wait_text(watch, "4");
	unlink(path);
	mkdir(path, 0755);
	file_watch_read(watch);
	assert_null(file_watch_text(watch, 0, &err));
	assert_int_equal(err, -EINVAL);
	rmdir(path);
	file_watch_close(watch);
}

/* Another file of the directory is nobody's news. */
static void test_other_file(void **state)
{
	struct file_watch *watch;

	(void)state;
	snprintf(path, sizeof(path), "%s/a", dir);
	snprintf(other, sizeof(other), "%s/b", dir);
	watch = watch_path();
	write_file(other, "1");
	assert_false(file_watch_read(watch));
	write_file(path, "1");
	assert_true(file_watch_read(watch));
	unlink(path);
	unlink(other);
	file_watch_close(watch);
}

/* Directories on the way come, go, and come again. */
static void test_directories(void **state)
{
	struct file_watch *watch;
	char one[64], two[80];

	(void)state;
	snprintf(one, sizeof(one), "%s/x", dir);
	snprintf(two, sizeof(two), "%s/y", one);
	snprintf(path, sizeof(path), "%s/a", two);
	watch = watch_path();
	for (int i = 0; i < 2; i++) {
		mkdir(one, 0755);
		file_watch_read(watch);
		mkdir(two, 0755);
		write_file(path, "5");
		wait_text(watch, "5");
		unlink(path);
		rmdir(two);
		wait_text(watch, NULL);
		rmdir(one);
	}
	file_watch_close(watch);
}

/* ---- processes ---- */

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void test_names(void **state)
{
	char name[PROCESS_NAME], own[PROCESS_NAME];
	struct process_walk *walk;
	bool found = false;
	pid_t pid, child = start_child();

	(void)state;
	prctl(PR_SET_NAME, "a) S (b");
	assert_true(process_name(getpid(), own));
	assert_string_equal(own, "a) S (b");
	walk = process_walk_begin();
	assert_non_null(walk);
	while ((pid = process_walk_next(walk)))
		found |= pid == child;
	process_walk_end(walk);
	assert_true(found);
	assert_true(process_name(child, name));
	kill(child, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	assert_false(process_name(child, name)); /* a zombie does not run */
	waitpid(child, NULL, 0);
	assert_false(process_name(child, name));
}

static void test_end(void **state)
{
	pid_t child = start_child();
	int fd = process_open(child);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	kill(child, SIGKILL);
	assert_int_equal(poll(&pfd, 1, LIMIT_MS), 1);
	waitpid(child, NULL, 0);
	close(fd);
	assert_int_equal(process_open(child), -ESRCH);
}

static void note(void *context, pid_t pid)
{
	pid_t *wanted = context;

	if (*wanted == pid)
		*wanted = 0;
}

/* Not in a network namespace of one's own, nor without privileges. */
static void test_events(void **state)
{
	int fd = process_events_open();
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	pid_t child, wanted;

	(void)state;
	if (fd < 0) {
		assert_true(fd == -EPROTONOSUPPORT || fd == -EPERM || fd == -ECONNREFUSED);
		skip();
	}
	wanted = child = fork();
	if (!child) {
		execl("/bin/sleep", "sleep", "60", NULL);
		_exit(1);
	}
	while (wanted) {
		assert_int_equal(poll(&pfd, 1, LIMIT_MS), 1);
		process_events_read(fd, note, &wanted);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),        cmocka_unit_test(test_other_file),
		cmocka_unit_test(test_directories), cmocka_unit_test(test_names),
		cmocka_unit_test(test_end),         cmocka_unit_test(test_events),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	failed = cmocka_run_group_tests_name("watched", tests, NULL, NULL);
	rmdir(dir);
	return failed;
}

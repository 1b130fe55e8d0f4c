/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose a directory is, and the locks that lie in one. Links sys/host/own_dir, sys/host/rundir,
 * sys/net/nic_lock and sys/host/log. Root: it plays other users. Everything lies in one directory
 * below /tmp.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/host/own_dir.h"
#include "sys/host/rundir.h"
#include "sys/net/nic_lock.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define NOBODY        65534
#define RACE_TURNS    3000
#define ANOTHERS_NAME "vrrp-xdp/nic/7"

static char top[] = "/tmp/test-own-dir-XXXXXX";

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A shell command in the test's directory. */
static void run(const char *format, ...)
{
	char command[1024];
	int length = snprintf(command, sizeof(command), "cd %s && ", top);
	va_list args;

	va_start(args, format);
	vsnprintf(command + length, sizeof(command) - (size_t)length, format, args);
	va_end(args);
	if (system(command) != 0)
		fail_msg("%s", command);
}

static const char *below(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

/* ---- whose it is ---- */

struct place {
	const char *description, *make, *path;
	int opened, checked; /* 0, or the error */
};

static const struct place places[] = {
	{"ours", "mkdir -m 0700 d", "d", 0, 0},
	{"others may read", "mkdir -m 0755 d", "d", 0, 0},
	{"a slash at the end", "mkdir -m 0700 d", "d/", 0, 0},
	{"missing", "true", "d", -ENOENT, -ENOENT},
	{"a file", "touch d", "d", -ENOTDIR, -ENOTDIR},
	{"a symbolic link", "mkdir -m 0700 e && ln -s e d", "d", -ELOOP, -ELOOP},
	{"a symbolic link and a slash", "mkdir -m 0700 e && ln -s e d", "d/", -ELOOP, -ELOOP},
	{"a dangling link", "ln -s nowhere d", "d", -ELOOP, -ELOOP},
	{"another user's", "mkdir -m 0700 d && chown 65534 d", "d", -EPERM, -EPERM},
	{"everyone may write", "mkdir d && chmod 0777 d", "d", -EPERM, -EPERM},
	{"sticky, yet everyone may write", "mkdir d && chmod 1777 d", "d", -EPERM, -EPERM},
	{"a group may write", "mkdir d && chgrp 65534 d && chmod 0770 d", "d", -EPERM, -EPERM},
	{"root's group may write", "mkdir d && chmod 0770 d", "d", 0, 0},
	{"below a link of root's", "mkdir -p -m 0700 e/d && ln -s e l", "l/d", 0, 0},
	{"below everyone's", "mkdir -p u/d && chmod 0777 u && chmod 0700 u/d", "u/d", 0, -EPERM},
	{"below a sticky one", "mkdir -p u/d && chmod 1777 u && chmod 0700 u/d", "u/d", 0, 0},
	{"below another user's", "mkdir -p u/d && chown 65534 u", "u/d", 0, -EPERM},
	{"below another's sticky one", "mkdir -p u/d && chown 65534 u && chmod 1777 u", "u/d", 0,
	 -EPERM},
	{"far below everyone's", "mkdir -p u/a/b/d && chmod 0777 u", "u/a/b/d", 0, -EPERM},
	/* What counts is where it lies, not by which names it is found. */
	{"a link into everyone's", "mkdir -p u/a/d && chmod 0777 u && ln -s u/a l", "l/d", 0,
	 -EPERM},
};

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		const struct place *p = &places[i];
		int opened, checked;

		run("rm -rf ./* && umask 022 && %s", p->make);
		opened = own_dir_open(below(p->path));
		checked = own_dir_check(below(p->path), "--run-dir");
		if ((opened < 0 ? opened : 0) != p->opened ||
		    (checked < 0 ? checked : 0) != p->checked)
			fail_msg("%s: open %d, not %d; check %d, not %d", p->description, opened,
				 p->opened, checked, p->checked);
		if (opened >= 0)
			close(opened);
		if (checked >= 0)
			close(checked);
	}
}

static void test_made_with_its_parents(void **state)
{
	char failed[PATH_MAX];
	struct stat st;

	(void)state;
	run("rm -rf ./*");
	assert_int_equal(own_dir_make(below("a/b/c"), 0755, failed), 0);
	assert_int_equal(stat(below("a/b/c"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(below("a/b"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	run("touch f");
	assert_int_equal(own_dir_make(below("f/g"), 0755, failed), -ENOTDIR);
	assert_string_equal(failed, below("f/g"));
}

/* ---- races ---- */

/* Another process swaps the name between our directory and another's, or a link to it, all the
 * time: whatever we open, we never write into the other one. */
static void race(const char *make_other)
{
	unsigned int opened = 0, refused = 0;
	char name[64];
	pid_t swapper;
	int status;

	run("rm -rf ./* && mkdir -m 0700 d && %s", make_other);
	swapper = fork();
	assert_true(swapper >= 0);
	if (swapper == 0) {
		char from[PATH_MAX];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(from, sizeof(from), "%s", below("d"));
		for (;;)
			renameat2(AT_FDCWD, from, AT_FDCWD, below("other"), RENAME_EXCHANGE);
	}
	for (int turn = 0; turn < RACE_TURNS || !opened || !refused; turn++) {
		int dir = own_dir_open(below("d")), fd;

		assert_true(turn < 100 * RACE_TURNS);
		if (dir < 0) {
			refused++;
			continue;
		}
		opened++;
		snprintf(name, sizeof(name), "file-%d", turn % 16);
		fd = openat(dir, name, O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		close(fd);
		close(dir);
	}
	kill(swapper, SIGKILL);
	assert_int_equal(waitpid(swapper, &status, 0), swapper);
	run("test -z \"$(find . -type d -user 65534 -exec ls -A '{}' ';')\"");
}

static void test_race_with_a_link(void **state)
{
	(void)state;
	race("mkdir -m 0777 evil && chown 65534 evil && ln -s evil other");
}

static void test_race_with_a_directory(void **state)
{
	(void)state;
	race("mkdir -m 0777 other && chown 65534 other");
}

/* ---- the run directory's lock ---- */

static void hold_until_killed(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* A child that locks dir, and says so on a pipe. */
static pid_t locker(const char *dir, int expect)
{
	int fds[2];
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		pid_t holder = 0;
		int lock = rundir_lock(dir, &holder);

		c = (lock < 0 ? lock : 0) == expect ? 'y' : 'n';
		if (write(fds[1], &c, 1) != 1)
			_exit(1);
		hold_until_killed();
	}
	assert_int_equal(read(fds[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	close(fds[0]);
	close(fds[1]);
	return pid;
}

static void reap(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void test_lock_names_its_holder(void **state)
{
	char version[32] = "";
	pid_t holder = 0, child;
	int lock;

	(void)state;
	run("rm -rf ./*");
	assert_int_equal(rundir_prepare(below("r")), 0);
	child = locker(below("r"), 0);
	assert_int_equal(rundir_lock(below("r"), &holder), -EWOULDBLOCK);
	assert_int_equal(holder, child);
	assert_int_equal(rundir_agent(below("r"), version), child);
	assert_true(version[0]);
	reap(child);
	assert_int_equal(rundir_agent(below("r"), version), 0);

	lock = rundir_lock(below("r"), &holder);
	assert_true(lock >= 0);
	assert_true(rundir_holds(below("r"), lock));
	run("mv r/agent.lock r/away && touch r/agent.lock");
	assert_false(rundir_holds(below("r"), lock));
	run("rm -rf r");
	assert_false(rundir_holds(below("r"), lock));
	close(lock);
}

static void test_lock_follows_no_link(void **state)
{
	pid_t holder;

	(void)state;
	run("rm -rf ./* && mkdir -m 0700 r && echo precious > file && ln -s ../file r/agent.lock");
	assert_int_equal(rundir_lock(below("r"), &holder), -ELOOP);
	run("test \"$(cat file)\" = precious");
	/* Neither does a pipe hold it up. */
	run("rm r/agent.lock && mkfifo r/agent.lock");
	(void)rundir_lock(below("r"), &holder);
}

/* ---- one agent per interface ---- */

static void test_nic_lock(void **state)
{
	pid_t holder = 0, child;
	int fds[2], lock;
	char c;

	(void)state;
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(nic_locked(7, &holder), 0);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		c = nic_lock(7, &holder) >= 0 ? 'y' : 'n';
		if (write(fds[1], &c, 1) != 1)
			_exit(1);
		hold_until_killed();
	}
	assert_int_equal(read(fds[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	assert_int_equal(nic_lock(7, &holder), -EWOULDBLOCK);
	assert_int_equal(holder, child);
	assert_int_equal(nic_locked(7, &holder), 1);

	/* Another interface, or the same number in another network namespace, is another lock. */
	lock = nic_lock(8, &holder);
	assert_true(lock >= 0);
	assert_int_equal(nic_locked(8, &holder), 0); /* our own */
	close(lock);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	lock = nic_lock(7, &holder);
	assert_true(lock >= 0);
	close(lock);
	reap(child);
	close(fds[0]);
	close(fds[1]);
}

/* Everyone may take the name: who is not root is no agent, however he hides. */
static void test_nic_lock_of_a_nobody(void **state)
{
	pid_t holder = 0, child;
	int fds[2], lock;
	char c;

	(void)state;
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	for (int full = 0; full <= 1; full++) {
		assert_int_equal(pipe(fds), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct sockaddr_un address = {.sun_family = AF_UNIX};
			socklen_t length =
				offsetof(struct sockaddr_un, sun_path) + sizeof(ANOTHERS_NAME);
			int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

			memcpy(address.sun_path + 1, ANOTHERS_NAME, sizeof(ANOTHERS_NAME) - 1);
			c = !setuid(NOBODY) && !bind(fd, (struct sockaddr *)&address, length) &&
					    !listen(fd, 1)
				    ? 'y'
				    : 'n';
			for (int i = 0; full && i < 4; i++) {
				int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

				(void)connect(client, (struct sockaddr *)&address, length);
			}
			if (write(fds[1], &c, 1) != 1)
				_exit(1);
			hold_until_killed();
		}
		assert_int_equal(read(fds[0], &c, 1), 1);
		assert_int_equal(c, 'y');
		assert_int_equal(nic_locked(7, &holder), 0);
		assert_int_equal(nic_lock(7, &holder), -EADDRINUSE);
		reap(child);
		close(fds[0]);
		close(fds[1]);
	}
	lock = nic_lock(7, &holder);
	assert_true(lock >= 0);
	close(lock);
}

/* Who asks and goes away stays in the queue until it is tidied up. */
static void test_nic_lock_is_asked_often(void **state)
{
	pid_t holder = 0, child;
	int lock;

	(void)state;
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	lock = nic_lock(9, &holder);
	assert_true(lock >= 0);
	for (int round = 0; round < 3; round++) {
		int status;

		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			int believed = 0;

			for (int i = 0; i < 200; i++)
				believed += nic_locked(9, &holder);
			_exit(believed > 0 && holder == getppid() ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		nic_lock_tidy(lock);
	}
	close(lock);
}

static int make_top(void **state)
{
	(void)state;
	return mkdtemp(top) ? 0 : -1;
}

static int remove_top(void **state)
{
	char command[PATH_MAX];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_made_with_its_parents),
		cmocka_unit_test(test_race_with_a_link),
		cmocka_unit_test(test_race_with_a_directory),
		cmocka_unit_test(test_lock_names_its_holder),
		cmocka_unit_test(test_lock_follows_no_link),
		cmocka_unit_test(test_nic_lock),
		cmocka_unit_test(test_nic_lock_of_a_nobody),
		cmocka_unit_test(test_nic_lock_is_asked_often),
	};

	return cmocka_run_group_tests_name("own_dir", tests, make_top, remove_top);
}

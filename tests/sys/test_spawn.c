/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Child programs, real ones. Links sys/host/spawn alone. Root, for a real-time parent. Every wait
 * has an end; what is started here is ended here.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys/host/spawn.h"
#include "table.h"

#define LIMIT_MS 10000

static char dir[] = "/tmp/test-spawn-XXXXXX";
static char out_path[64], out_variable[80];

/* ---- helpers ---- */

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void read_out(char *buf, size_t size)
{
	int fd = open(out_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (n > 0 && buf[n - 1] == '\n')
		buf[n - 1] = '\0';
	if (fd >= 0)
		close(fd);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Literals are constant; execve(2) is declared as if it wrote to them. */
static int start_as(const struct user *user, const char *argv[], const char *envp[],
		    struct spawn *ret_child)
{
	return spawn_start((char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)envp, user,
			   ret_child);
}

static int start(const char *argv[], const char *envp[], struct spawn *ret_child)
{
	return start_as(NULL, argv, envp, ret_child);
}

static int reap_in_time(struct spawn *child, int *ret_status)
{
	struct pollfd pfd = {.fd = child->pidfd, .events = POLLIN};
	int err;

	if (poll(&pfd, 1, LIMIT_MS) != 1) {
		spawn_kill(child, SIGKILL);
		fail_msg("the child did not end within %d ms", LIMIT_MS);
	}
	err = spawn_reap(child, ret_status);
	assert_int_equal(child->pid, -1);
	assert_int_equal(child->pidfd, -1);
	assert_int_equal(child->error_fd, -1);
	return err;
}

static unsigned int open_descriptors(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(fds);
	while (readdir(fds))
		n++;
	closedir(fds);
	return n;
}

/* As the agent's loop is: real-time, signals blocked and ignored, descriptors that nobody marked.
 */
struct parent {
	int fds[4];
	sigset_t old;
};

static struct parent become_agent(void)
{
	struct sched_param fifo = {.sched_priority = 10};
	struct parent parent;
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &parent.old);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(sched_setscheduler(0, SCHED_FIFO, &fifo), 0);
	for (size_t i = 0; i < COUNT(parent.fds); i++) {
		parent.fds[i] = open("/dev/zero", O_RDONLY);
		assert_true(parent.fds[i] >= 0);
	}
	return parent;
}

static void become_test(const struct parent *parent)
{
	struct sched_param other = {0};

	for (size_t i = 0; i < COUNT(parent->fds); i++)
		close(parent->fds[i]);
	sched_setscheduler(0, SCHED_OTHER, &other);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &parent->old, NULL);
}

/* ---- what a child finds ---- */

/* glibc keeps 32 and 33 for itself, and signal(2) refuses them: whoever ignores them, as the
 * children of GNU make do, leaves that to all below. */
#define GLIBC_SIGNALS (UINT64_C(3) << (32 - 1))

struct row {
	const char *what;
	const char *script; /* of sh -c, which knows $OUT */
	const char *out;
	uint64_t besides; /* not 0: out is a mask of signals, and these do not count */
};

/* Where the script ends in exec, the program that looks at itself is the child: a shell opens
 * descriptors, and blocks signals, for reasons of its own. ls sees its own look, at 3. */
static const struct row rows[] = {
	{"arguments arrive", "echo \"$0 $1 $2\" > $OUT", "zero MASTER web", 0},
	{"the environment is the one given", "echo \"$VRRP_STATE ${HOME-none}\" > $OUT",
	 "MASTER none", 0},
	{"what a service manager says to its service is not for it",
	 "echo \"${NOTIFY_SOCKET-none} ${WATCHDOG_USEC-none} ${WATCHDOG_PID-none} $LAST\" > $OUT",
	 "none none none kept", 0},
	{"standard input is /dev/null", "exec readlink /proc/self/fd/0 > $OUT", "/dev/null", 0},
	{"no other descriptor is inherited", "exec ls -m /proc/self/fd > $OUT", "0, 1, 2, 3", 0},
	{"it leads its own session",
	 "set -- $(cat /proc/$$/stat); [ $5 = $$ ] && [ $6 = $$ ] && echo own > $OUT", "own", 0},
	{"its policy is SCHED_OTHER", "set -- $(cat /proc/$$/stat); echo \"${40} ${41}\" > $OUT",
	 "0 0", 0},
	{"it locks no memory", "exec sed -n 's/VmLck:[ \t]*//p' /proc/self/status > $OUT", "0 kB",
	 0},
	{"no signal is blocked", "exec sed -n 's/SigBlk:[ \t]*//p' /proc/self/status > $OUT",
	 "0000000000000000", GLIBC_SIGNALS},
	{"no signal is ignored", "exec sed -n 's/SigIgn:[ \t]*//p' /proc/self/status > $OUT",
	 "0000000000000000", GLIBC_SIGNALS},
	{"standard error is ours", "[ -e /proc/$$/fd/2 ] && echo there > $OUT", "there", 0},
};

static void test_row(void **state)
{
	const struct row *r = *state;
	const char *argv[] = {"/bin/sh", "-c", r->script, "zero", "MASTER", "web", NULL};
	const char *envp[] = {"PATH=/usr/bin:/bin", "VRRP_STATE=MASTER",
			      out_variable,         "NOTIFY_SOCKET=/run/x",
			      "WATCHDOG_USEC=1",    "WATCHDOG_PID=1",
			      "LAST=kept",          NULL};
	struct parent parent = become_agent();
	unsigned int before = open_descriptors();
	struct spawn child = SPAWN_NONE;
	int status = -1, err = start(argv, envp, &child);
	char out[256];

	if (!err)
		err = reap_in_time(&child, &status);
	assert_int_equal(open_descriptors(), before);
	become_test(&parent);
	assert_int_equal(err, 0);
	assert_int_equal(status, 0);
	read_out(out, sizeof(out));
	if (r->besides) {
		assert_int_equal(strlen(out), 16);
		snprintf(out, sizeof(out), "%016" PRIx64,
			 (uint64_t)strtoull(out, NULL, 16) & ~r->besides);
	}
	assert_string_equal(out, r->out);
}

/* As another user: his groups, no capability, no way to more. */
static void test_user(void **state)
{
	static const struct user user = {.uid = 65534,
					 .gid = 12345,
					 .groups = {100, 12345},
					 .group_count = 2};
	const char *argv[] = {"/bin/sh", "-c",
			      "grep -E '^(Uid|Gid|Groups|Cap(Inh|Prm|Eff|Amb)|NoNewPrivs):' "
			      "/proc/self/status | tr -s '\\t \\n' ' ' > $OUT",
			      NULL};
	const char *envp[] = {"PATH=/usr/bin:/bin", out_variable, NULL};
	struct spawn child = SPAWN_NONE;
	char out[512];
	int status;

	(void)state;
	write_file(out_path, "", 0666);
	assert_int_equal(chmod(dir, 0711), 0);
	assert_int_equal(start_as(&user, argv, envp, &child), 0);
	assert_int_equal(reap_in_time(&child, &status), 0);
	assert_int_equal(status, 0);
	read_out(out, sizeof(out));
	assert_string_equal(out, "Uid: 65534 65534 65534 65534 Gid: 12345 12345 12345 12345 "
				 "Groups: 100 12345 CapInh: 0000000000000000 "
				 "CapPrm: 0000000000000000 CapEff: 0000000000000000 "
				 "CapAmb: 0000000000000000 NoNewPrivs: 1 ");
}

static void test_find_user(void **state)
{
	struct user user = {.uid = 7};

	(void)state;
	assert_int_equal(user_find("no-such-user", "", &user), -ENOENT);
	assert_int_equal(user_find("nobody", "no-such-group", &user), -ESRCH);
	assert_int_equal(user.uid, 7);
	assert_int_equal(user_find("nobody", "", &user), 0);
	assert_int_equal(user.uid, 65534);
	assert_int_equal(user.groups[0], user.gid);
	assert_int_equal(user_find("nobody", "root", &user), 0);
	assert_int_equal(user.gid, 0);
}

/* ---- how it ends, or never begins ---- */

struct end {
	const char *what;
	const char *text; /* of the file; NULL: there is none */
	mode_t mode;
	int start_error, reap_error;
	int exit_status, signal;
	const char *out;
};

static const struct end ends[] = {
	{"exit status 0", "#!/bin/sh\nexit 0\n", 0755, 0, 0, 0, 0, ""},
	{"exit status 7", "#!/bin/sh\nexit 7\n", 0755, 0, 0, 7, 0, ""},
	{"exit status 127 of its own", "#!/bin/sh\nexit 127\n", 0755, 0, 0, 127, 0, ""},
	{"killed by a signal", "#!/bin/sh\nkill -9 $$\n", 0755, 0, 0, 0, SIGKILL, ""},
	{"a script without #! is run by the shell", "echo \"plain $1 $2\" > $OUT\n", 0755, 0, 0, 0,
	 0, "plain BACKUP web"},
	{"an empty script", "", 0755, 0, 0, 0, 0, ""},
	{"no such file", NULL, 0, -ENOENT, 0, 0, 0, ""},
	{"not executable", "#!/bin/sh\n", 0644, -EACCES, 0, 0, 0, ""},
	{"its interpreter is missing", "#!/nonexistent/sh\n", 0755, 0, -ENOENT, 0, 0, ""},
	{"its interpreter is not executable", "#!/etc/passwd\n", 0755, 0, -EACCES, 0, 0, ""},
};

static void test_end(void **state)
{
	const struct end *e = *state;
	char path[64], out[256];
	const char *argv[] = {path, "BACKUP", "web", NULL};
	const char *envp[] = {"PATH=/usr/bin:/bin", out_variable, NULL};
	struct spawn child = SPAWN_NONE;
	unsigned int before = open_descriptors();
	int status = -1, err;

	snprintf(path, sizeof(path), "%s/program", dir);
	unlink(path);
	if (e->text)
		write_file(path, e->text, e->mode);
	err = start(argv, envp, &child);
	assert_int_equal(err, e->start_error);
	if (err) {
		assert_int_equal(child.pid, -1);
	} else {
		err = reap_in_time(&child, &status);
		assert_int_equal(err, e->reap_error);
		if (err)
			assert_int_equal(status, -1);
		else if (e->signal)
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == e->signal);
		else
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == e->exit_status);
	}
	assert_int_equal(open_descriptors(), before);
	read_out(out, sizeof(out));
	assert_string_equal(out, e->out);
}

static void test_directory(void **state)
{
	const char *argv[] = {dir, NULL}, *envp[] = {NULL};
	struct spawn child = SPAWN_NONE;

	(void)state;
	assert_int_equal(start(argv, envp, &child), -EACCES);
}

static void test_none(void **state)
{
	struct spawn child = SPAWN_NONE;
	int status = -1;

	(void)state;
	spawn_kill(&child, SIGKILL); /* not kill(1), not kill(-1) */
	spawn_forget(&child);
	assert_int_equal(spawn_reap(&child, &status), -ECHILD);
	assert_int_equal(status, -1);
}

/* Ended, though maybe not yet reaped by whoever inherited it. */
static bool has_ended(pid_t pid)
{
	char path[32], text[256] = "";
	const char *after;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	after = n > 0 ? strrchr(text, ')') : NULL;
	return !after || after[2] == 'Z' || after[2] == 'X';
}

static void test_group(void **state)
{
	const char *argv[] = {"/bin/sh", "-c",
			      "sleep 60 & echo $! > $OUT.new; mv $OUT.new $OUT; wait", NULL};
	const char *envp[] = {"PATH=/usr/bin:/bin", out_variable, NULL};
	struct timespec pause = {0, 2000000};
	struct spawn child = SPAWN_NONE;
	int64_t end = now_ms() + LIMIT_MS;
	int status = -1;
	pid_t grandchild;
	char out[32];

	(void)state;
	assert_int_equal(start(argv, envp, &child), 0);
	assert_int_equal(spawn_reap(&child, &status), -EAGAIN);
	assert_true(child.pid > 0 && child.pidfd >= 0);
	for (read_out(out, sizeof(out)); !out[0]; read_out(out, sizeof(out))) {
		if (now_ms() > end)
			fail_msg("the child did not begin");
		nanosleep(&pause, NULL);
	}
	grandchild = atoi(out);
	assert_true(grandchild > 1);
	assert_false(has_ended(grandchild));

	spawn_kill(&child, SIGTERM);
	assert_int_equal(reap_in_time(&child, &status), 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	while (!has_ended(grandchild)) {
		if (now_ms() > end) {
			kill(grandchild, SIGKILL);
			fail_msg("the grandchild outlived the group's signal");
		}
		nanosleep(&pause, NULL);
	}
}

/* A signal right after the start, before the child has its session, is not lost. */
static void test_kill_early(void **state)
{
	const char *argv[] = {"/bin/sleep", "60", NULL}, *envp[] = {NULL};

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct spawn child = SPAWN_NONE;
		int status = -1;

		assert_int_equal(start(argv, envp, &child), 0);
		spawn_kill(&child, SIGTERM);
		assert_int_equal(reap_in_time(&child, &status), 0);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	}
}

/* ---- the list ---- */

static int forget_out(void **state)
{
	(void)state;
	unlink(out_path);
	return 0;
}

int main(void)
{
	int failed, zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	char path[64];

	/* Something else than what a child is to find. */
	if (dup2(zero, STDIN_FILENO) < 0 || !mkdtemp(dir))
		return 1;
	close(zero);
	snprintf(out_path, sizeof(out_path), "%s/out", dir);
	snprintf(out_variable, sizeof(out_variable), "OUT=%s", out_path);

	table_setup = forget_out;
	table_rows("child", rows, what, test_row);
	table_rows("end", ends, what, test_end);
	table_add("child", "runs as another user", test_user, NULL);
	table_add("user", "is looked up", test_find_user, NULL);
	table_add("end", "a directory", test_directory, NULL);
	table_add("end", "no child at all", test_none, NULL);
	table_add("kill", "the whole group", test_group, NULL);
	table_add("kill", "right after the start", test_kill_early, NULL);

	failed = table_run("spawn");
	unlink(out_path);
	snprintf(path, sizeof(path), "%s/program", dir);
	unlink(path);
	rmdir(dir);
	return failed ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork, execve and a pidfd. Depends on libc and sys/host/user.h. The parent may be the real-time
 * loop, so it never waits for the child: not as with vfork(2) or a blocking pipe, where a cold disk
 * or a busy CPU would stop it for as long as the child takes to become the program.
 */
#include "sys/host/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/host/libc.h"

#define SHELL        "/bin/sh"
#define SHELL_ARGS   16 /* that a program without "#!" may have */
#define ERROR_FD     3  /* in the child: the first one behind the standard ones */
#define NEVER_RAN    127
#define LOWEST_CLOSE (ERROR_FD + 1)

/* Between fork and exec: calls that are safe in a copy of any process, and no allocation. */
static void reset_child(int error_fd)
{
	struct rlimit rttime;
	sigset_t none;
	int null;

	/* First of all: nothing of this has a claim to the loop's priority. */
	libc_schedule(0, SCHED_OTHER, 0);
	munlockall();
	/* The loop's limit (sys/host/realtime.h) would kill a program that is meant to run
	 * real-time. */
	if (!getrlimit(RLIMIT_RTTIME, &rttime)) {
		rttime.rlim_cur = rttime.rlim_max;
		setrlimit(RLIMIT_RTTIME, &rttime);
	}
	setsid();
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	if (error_fd != ERROR_FD)
		dup3(error_fd, ERROR_FD, O_CLOEXEC);
	null = open("/dev/null", O_RDWR);
	if (dup2(null, STDIN_FILENO) < 0)
		close(STDIN_FILENO);
	/* A daemon may have been started without these. */
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			dup2(null, fd);
	}
	libc_close_range(LOWEST_CLOSE, ~0U);
	/* Last: from here on a signal ends the child, by its default. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What a service manager tells its service, and means for no other process. In place: the array is
 * this process's own copy, and none is allocated here. */
static void forget_service(char **envp)
{
	static const char *const names[] = {"NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID="};
	char **kept = envp;

	for (char **at = envp; *at; at++) {
		bool keep = true;

		for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			keep &= strncmp(*at, names[i], strlen(names[i])) != 0;
		if (keep)
			*kept++ = *at;
	}
	*kept = NULL;
}

/* As a shell, and system(3), would: what the kernel does not know how to run is a shell script. */
static void exec_shell(char *const argv[], char *const envp[])
{
	char *args[SHELL_ARGS + 2] = {(char *)(unsigned long)SHELL};
	int n = 0;

	for (; argv[n]; n++) {
		if (n == SHELL_ARGS) {
			errno = E2BIG;
			return;
		}
		args[n + 1] = argv[n];
	}
	execve(SHELL, args, envp);
}

static void __attribute__((noreturn))
run_child(char *const argv[], char *const envp[], const struct user *user, int error_fd)
{
	int err;

	reset_child(error_fd);
	forget_service((char **)(unsigned long)envp);
	err = user ? -user_become(user) : 0;
	if (!err) {
		execve(argv[0], argv, envp);
		if (errno == ENOEXEC)
			exec_shell(argv, envp);
		err = errno;
	}
	if (write(ERROR_FD, &err, sizeof(err)) < 0)
		_exit(NEVER_RAN);
	_exit(NEVER_RAN);
}

/* What can be told without trying. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int spawn_start(char *const argv[], char *const envp[], const struct user *user,
		struct spawn *ret_child)
{
	struct spawn child = SPAWN_NONE;
	sigset_t all, old;
	/* What another user may execute, this process need not be able to. */
	int fds[2], err = user ? 0 : executable(argv[0]);

	if (err)
		return err;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	/* No handler of ours may run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	child.pid = fork();
	err = -errno;
	if (child.pid == 0)
		run_child(argv, envp, user, fds[1]);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(fds[1]);
	child.error_fd = fds[0];
	if (child.pid < 0) {
		close(fds[0]);
		return err;
	}
	/* The child is ours to reap, so its number cannot be anyone else's yet. */
	child.pidfd = (int)syscall(SYS_pidfd_open, child.pid, 0);
	if (child.pidfd < 0) {
		err = -errno;
		kill(child.pid, SIGKILL);
		waitpid(child.pid, NULL, 0);
		close(fds[0]);
		return err;
	}
	fcntl(child.pidfd, F_SETFD, FD_CLOEXEC);
	*ret_child = child;
	return 0;
}

int spawn_reap(struct spawn *child, int *ret_status)
{
	int status, never_ran = 0;
	pid_t pid;

	if (child->pid < 0)
		return -ECHILD;
	do
		pid = waitpid(child->pid, &status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return -EAGAIN;
	if (pid < 0)
		never_ran = errno;
	else if (read(child->error_fd, &never_ran, sizeof(never_ran)) != sizeof(never_ran))
		never_ran = 0;
	spawn_forget(child);
	if (never_ran)
		return -never_ran;
	*ret_status = status;
	return 0;
}

const char *spawn_failure(int err, int status, char text[SPAWN_FAILURE])
{
	if (err)
		snprintf(text, SPAWN_FAILURE, "cannot be run: %s", strerror(-err));
	else if (WIFSIGNALED(status))
		snprintf(text, SPAWN_FAILURE, "killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(text, SPAWN_FAILURE, "exit status %d", WEXITSTATUS(status));
	else
		return NULL;
	return text;
}

void spawn_kill(const struct spawn *child, int signal)
{
	if (child->pid < 0)
		return;
	/* Until the child has its own session, its group does not exist. */
	if (kill(-child->pid, signal) < 0 && errno == ESRCH)
		kill(child->pid, signal);
}

void spawn_forget(struct spawn *child)
{
	if (child->pidfd >= 0)
		close(child->pidfd);
	if (child->error_fd >= 0)
		close(child->error_fd);
	*child = SPAWN_NONE;
}

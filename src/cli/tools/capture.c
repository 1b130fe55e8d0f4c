/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A child, a pipe and a time limit.
 */
#include "cli/tools/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int find(const char *name, char path[PATH_MAX])
{
	static const char *const directories[] = {"/usr/sbin", "/sbin", "/usr/bin", "/bin",
						  "/usr/local/sbin"};

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		snprintf(path, PATH_MAX, "%s/%s", directories[i], name);
		if (!access(path, X_OK))
			return 0;
	}
	return -ENOENT;
}

static void become(const char *path, const char *const argv[], int out)
{
	static const char *const environment[] = {"LC_ALL=C", "PATH=/usr/sbin:/sbin:/usr/bin:/bin",
						  NULL};
	int null = open("/dev/null", O_RDWR);

	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0 &&
	    dup2(out, STDOUT_FILENO) >= 0)
		/* It takes them without const, and changes nothing. */
		execve(path, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
	_exit(127);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int read_all(int fd, int timeout_ms, size_t limit, char **ret_text)
{
	long until = now_ms() + timeout_ms;
	size_t length = 0, room = 0;
	char *text = NULL;
	int err = 0;

	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		long left = until - now_ms();
		ssize_t got;

		if (length + 1 >= room) {
			char *bigger;

			room = room ? 2 * room : 65536;
			err = room > 2 * limit ? -EFBIG : 0;
			bigger = err ? NULL : realloc(text, room);
			if (!bigger) {
				err = err ? err : -ENOMEM;
				break;
			}
			text = bigger;
		}
		if (left <= 0 || poll(&ready, 1, (int)left) == 0) {
			err = -ETIMEDOUT;
			break;
		}
		got = read(fd, text + length, room - length - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			err = got ? -errno : 0;
			break;
		}
		length += (size_t)got;
	}
	if (err) {
		free(text);
		return err;
	}
	text[length] = '\0';
	*ret_text = text;
	return 0;
}

int capture_run(const char *const argv[], int timeout_ms, size_t limit, char **ret_text)
{
	char path[PATH_MAX], *text = NULL;
	int ends[2], status = 0, err = find(argv[0], path);
	pid_t child;

	if (err)
		return err;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	child = fork();
	if (child == 0)
		become(path, argv, ends[1]);
	err = child < 0 ? -errno : 0;
	close(ends[1]);
	if (!err)
		err = read_all(ends[0], timeout_ms, limit, &text);
	close(ends[0]);
	if (child > 0) {
		if (err)
			kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	if (!err && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		err = -EIO;
	if (err)
		free(text);
	else
		*ret_text = text;
	return err;
}

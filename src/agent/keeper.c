/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both ends: the agent's, which sends records, and the keeper's, which collects and saves them.
 */
#include "agent/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/history.h"
#include "sys/host/history.h"
#include "sys/host/libc.h"
#include "sys/host/log.h"

#define ROOM_BYTES   (1024 * 1024) /* a failover of all routers at once, while the disk is slow */
#define QUIET_MS     100           /* a burst is written once */
#define LAST_WORD_MS 1000

/* A restarted agent is the same process with another program: its keeper is its child still, and so
 * is the one before that, where it has not ended yet. Their process numbers go along. */
#define FORMER  "VRRP_XDP_KEEPER"
#define FORMERS 16 /* of restarts that follow each other faster than a keeper ends */

struct keeper {
	int fd; /* -1: it is gone */
	pid_t pid;
	pid_t former[FORMERS]; /* of agents before a restart, on their way to the end; 0: none */
	uint64_t seen;         /* of the map */
};

/* ---- the keeper's end ---- */

/* The first record, and what follows it closely. 0: the agent is gone. */
static unsigned int collect(int fd, struct history_record records[HISTORY_MAX])
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	unsigned int count = 0;

	do {
		if (recv(fd, &records[count], sizeof(*records), 0) != (ssize_t)sizeof(*records))
			break;
		count++;
	} while (count < HISTORY_MAX && poll(&pfd, 1, QUIET_MS) > 0);
	return count;
}

static void keep(const char *dir, int fd)
{
	static struct history_record records[HISTORY_MAX];
	unsigned int count;
	bool said = false;
	int err;

	while ((count = collect(fd, records))) {
		err = history_save(dir, records, count);
		if (err == -ENOENT && !said && !history_prepare(dir))
			err = history_save(dir, records, count);
		if (err && !said)
			log_warn("%s: cannot write the history: %s; `vrrp-xdp history` shows "
				 "changes only while the agent runs",
				 dir, strerror(-err));
		said = err != 0;
	}
}

static void become_keeper(const char *dir, int fd)
{
	sigset_t signals;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* ^C is for the agent; the keeper ends with it, and not before. */
	sigfillset(&signals);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	prctl(PR_SET_NAME, "vrrp-history");
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	/* What the agent was passed on is the agent's to close. */
	libc_close_range(STDERR_FILENO + 1, (unsigned int)fd - 1);
	libc_close_range((unsigned int)fd + 1, ~0U);
	if (!chdir("/"))
		keep(dir, fd);
}

/* ---- the agent's end ---- */

static void take_formers(struct keeper *keeper)
{
	const char *text = getenv(FORMER);
	char *end = NULL;

	for (int i = 0; text && i < FORMERS; i++, text = end) {
		long pid = strtol(text, &end, 10);

		if (end == text)
			break;
		if (pid > 1 && pid <= INT_MAX)
			keeper->former[i] = (pid_t)pid;
	}
	unsetenv(FORMER); /* hooks inherit what is left */
}

/* The oldest one is forgotten where there are too many. */
static void leave_to_next(const struct keeper *keeper)
{
	char text[(FORMERS + 1) * sizeof("2147483647")];
	int length = snprintf(text, sizeof(text), "%d", (int)keeper->pid);

	for (int i = 0; i < FORMERS; i++) {
		if (keeper->former[i])
			length += snprintf(text + length, sizeof(text) - (size_t)length, " %d",
					   (int)keeper->former[i]);
	}
	setenv(FORMER, text, 1);
}

/* Without a wait. */
static void reap(struct keeper *keeper)
{
	for (int i = 0; i < FORMERS; i++) {
		if (keeper->former[i] && waitpid(keeper->former[i], NULL, WNOHANG))
			keeper->former[i] = 0;
	}
}

static void give_up(struct keeper *keeper)
{
	log_warn("the process that writes the history has ended: %s; `vrrp-xdp history` shows new "
		 "changes only while the agent runs",
		 strerror(errno));
	close(keeper->fd);
	keeper->fd = -1;
}

struct keeper *keeper_open(const char *dir)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));
	int fds[2] = {-1, -1}, room = ROOM_BYTES;
	pid_t child = -1;

	if (keeper && !socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		if (setsockopt(fds[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
			setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
		child = fork();
	}
	if (!child) {
		close(fds[0]);
		become_keeper(dir, fds[1]);
		_exit(0);
	}
	if (child < 0) {
		log_warn("the history is not written: %s", strerror(errno));
		if (fds[0] >= 0) {
			close(fds[0]);
			close(fds[1]);
		}
		free(keeper);
		return NULL;
	}
	close(fds[1]);
	keeper->fd = fds[0];
	keeper->pid = child;
	take_formers(keeper);
	return keeper;
}

void keeper_follow(struct keeper *keeper, const struct vrrp_history *ring)
{
	struct vrrp_history entry;
	uint64_t seen;

	if (!keeper || keeper->fd < 0)
		return;
	reap(keeper);
	for (seen = keeper->seen; history_next(ring, &seen, &entry); keeper->seen = seen) {
		struct history_record record = history_from_map(&entry);

		if (send(keeper->fd, &record, sizeof(record), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			continue;
		if (errno != EAGAIN && errno != ENOBUFS)
			give_up(keeper);
		return;
	}
}

void keeper_close(struct keeper *keeper, bool wait)
{
	struct pollfd pfd;

	if (!keeper)
		return;
	pfd = (struct pollfd){.fd = keeper->fd, .events = POLLIN};
	shutdown(keeper->fd, SHUT_WR);
	reap(keeper);
	/* Its end of the socket goes with it. */
	if (wait && (keeper->fd < 0 || poll(&pfd, 1, LAST_WORD_MS) > 0))
		waitpid(keeper->pid, NULL, 0);
	else if (!wait)
		leave_to_next(keeper);
	if (keeper->fd >= 0)
		close(keeper->fd);
	free(keeper);
}

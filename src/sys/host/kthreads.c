/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The children of kthreadd, in the order in which they were made: what is new is at the end of the
 * list. Decides nothing.
 */
#include "sys/host/kthreads.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/host/slurp.h"

#define KTHREADD     2
#define LIST_BYTES   65536
#define MAX_PIDS     8192
#define NAMES_A_CALL 64 /* a name takes some microseconds */

struct kthreads {
	int list_fd; /* -1: there is no list */
	char text[LIST_BYTES];
	pid_t told[MAX_PIDS]; /* of the last list, those that were told, in its order */
	unsigned int told_count;
};

static int read_name(pid_t pid, char name[KTHREAD_NAME])
{
	int length = slurp_text(name, KTHREAD_NAME, "/proc/%d/comm", (int)pid);

	if (length <= 0)
		return length ? length : -ESRCH;
	name[strcspn(name, "\n")] = '\0';
	return 0;
}

struct kthreads *kthreads_open(void)
{
	struct kthreads *kthreads = calloc(1, sizeof(*kthreads));
	char name[KTHREAD_NAME], path[48];

	if (!kthreads)
		return NULL;
	kthreads->list_fd = -1;
	/* Where process numbers are a container's own, number 2 is anybody. */
	if (read_name(KTHREADD, name) || strcmp(name, "kthreadd"))
		return kthreads;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", KTHREADD, KTHREADD);
	kthreads->list_fd = open(path, O_RDONLY | O_CLOEXEC);
	return kthreads;
}

void kthreads_close(struct kthreads *kthreads)
{
	if (!kthreads)
		return;
	if (kthreads->list_fd >= 0)
		close(kthreads->list_fd);
	free(kthreads);
}

/* The whole list, as text; its length, 0: there is none. */
static size_t read_list(struct kthreads *kthreads)
{
	size_t have = 0;
	ssize_t got = 1;

	while (kthreads->list_fd >= 0 && got > 0 && have < LIST_BYTES - 1) {
		got = pread(kthreads->list_fd, kthreads->text + have, LIST_BYTES - 1 - have,
			    (off_t)have);
		if (got > 0)
			have += (size_t)got;
	}
	kthreads->text[have] = '\0';
	return have;
}

/* Old threads keep their order in the list, and new ones follow them: the first that was not told
 * begins the new ones. */
bool kthreads_find(struct kthreads *kthreads, kthreads_fn fn, void *context)
{
	unsigned int old = 0, old_count = kthreads->told_count, count = 0, names = 0;
	const char *at = kthreads->text;

	if (!read_list(kthreads))
		return false;
	for (char *end; count < MAX_PIDS; at = end) {
		pid_t pid = (pid_t)strtol(at, &end, 10);
		char name[KTHREAD_NAME];

		if (end == at)
			break;
		while (old < old_count && kthreads->told[old] != pid)
			old++;
		if (old == old_count && ++names > NAMES_A_CALL)
			break;
		if (old == old_count && !read_name(pid, name))
			fn(context, pid, name);
		if (old < old_count)
			old++;
		/* In place: the old list has been read as far as this, or to its end. */
		kthreads->told[count++] = pid;
	}
	kthreads->told_count = count;
	return names > NAMES_A_CALL;
}

int kthread_open(pid_t pid, struct kthread *ret_kthread)
{
	struct kthread kthread;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	kthread.stat_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (kthread.stat_fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	kthread.sched_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (kthread.sched_fd < 0) {
		int err = -errno;

		close(kthread.stat_fd);
		return err;
	}
	*ret_kthread = kthread;
	return 0;
}

void kthread_close(struct kthread *kthread)
{
	close(kthread->stat_fd);
	close(kthread->sched_fd);
	kthread->stat_fd = kthread->sched_fd = -1;
}

static int read_text(int fd, char *text, size_t size)
{
	ssize_t length = pread(fd, text, size - 1, 0);

	if (length < 0)
		return -errno;
	if (length == 0)
		return -ESRCH;
	text[length] = '\0';
	return 0;
}

int kthread_look(const struct kthread *kthread, struct starved_look *ret_look)
{
	struct starved_look look;
	char text[512];
	const char *state;
	int err = read_text(kthread->stat_fd, text, sizeof(text));

	if (err)
		return err;
	/* "PID (NAME) STATE ...", and a name may hold anything. */
	state = strrchr(text, ')');
	if (!state || state[1] != ' ')
		return -EIO;
	look.runnable = state[2] == 'R';
	/* "RAN WAITED TIMES", in ns. */
	err = read_text(kthread->sched_fd, text, sizeof(text));
	if (err)
		return err;
	if (sscanf(text, "%" SCNu64 " %*u %" SCNu64, &look.ran_ns, &look.runs) != 2)
		return -EIO;
	*ret_look = look;
	return 0;
}

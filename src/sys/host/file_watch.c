/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys/host/file_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT  32
#define TRIES 8 /* directories that come and go while a watch is set */

/* A file that is only created is empty as yet. */
#define EVENTS                                                                                   \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | \
	 IN_MOVE_SELF | IN_ONLYDIR)

struct file {
	const char *path;
	const char *name; /* its last part */
	int wd;           /* of the directory that is watched for it */
	bool direct;      /* which is its own one */
	bool dirty;
	int err;
	char text[TEXT];
};

struct file_watch {
	int fd;
	unsigned int count;
	struct file files[];
};

static void read_file(struct file *file)
{
	int fd = open(file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t length = -1;

	file->err = fd < 0 ? -errno : 0;
	if (fd < 0)
		return;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		file->err = -EINVAL;
	} else {
		length = read(fd, file->text, TEXT - 1);
		file->err = length < 0 ? -errno : 0;
	}
	file->text[length > 0 ? length : 0] = '\0';
	close(fd);
}

/* Watch the nearest directory above the file that is there. Returns whether it is the nearest one
 * still, now that it is watched. */
static bool watch_nearest(const struct file_watch *watch, struct file *file)
{
	char dir[PATH_MAX], nearer[PATH_MAX] = "";
	struct stat st;

	snprintf(dir, sizeof(dir), "%s", file->path);
	do {
		char *slash = strrchr(dir, '/');

		snprintf(nearer, sizeof(nearer), "%s", dir);
		slash[slash == dir] = '\0';
		file->wd = inotify_add_watch(watch->fd, dir, EVENTS);
	} while (file->wd < 0 && dir[1]);
	file->direct = !strcmp(nearer, file->path);
	return file->direct || stat(nearer, &st) != 0;
}

static void look(const struct file_watch *watch, struct file *file)
{
	for (int i = 0; i < TRIES && !watch_nearest(watch, file); i++)
		;
	read_file(file);
}

int file_watch_open(unsigned int count, struct file_watch **ret_watch)
{
	struct file_watch *watch = calloc(1, sizeof(*watch) + count * sizeof(watch->files[0]));
	int err;

	if (!watch)
		return -ENOMEM;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0) {
		err = -errno;
		free(watch);
		return err;
	}
	*ret_watch = watch;
	return 0;
}

void file_watch_close(struct file_watch *watch)
{
	if (!watch)
		return;
	close(watch->fd);
	free(watch);
}

void file_watch_add(struct file_watch *watch, const char *path)
{
	struct file *file = &watch->files[watch->count++];

	file->path = path;
	file->name = strrchr(path, '/') + 1;
	look(watch, file);
}

int file_watch_fd(const struct file_watch *watch)
{
	return watch->fd;
}

static void mark(struct file_watch *watch, const struct inotify_event *event)
{
	for (unsigned int i = 0; i < watch->count; i++) {
		struct file *file = &watch->files[i];
		bool concerns = event->wd == file->wd &&
				(!file->direct || !event->len || !strcmp(event->name, file->name));

		file->dirty |= concerns || event->mask & IN_Q_OVERFLOW;
	}
}

bool file_watch_read(struct file_watch *watch)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t length = read(watch->fd, events, sizeof(events));
	bool any = false;

	for (const char *at = events; at < events + length;) {
		const struct inotify_event *event = (const void *)at;

		mark(watch, event);
		at += sizeof(*event) + event->len;
	}
	for (unsigned int i = 0; i < watch->count; i++) {
		if (!watch->files[i].dirty)
			continue;
		watch->files[i].dirty = false;
		look(watch, &watch->files[i]);
		any = true;
	}
	return any;
}

const char *file_watch_text(const struct file_watch *watch, unsigned int i, int *ret_err)
{
	const struct file *file = &watch->files[i];

	*ret_err = file->err;
	return file->err ? NULL : file->text;
}

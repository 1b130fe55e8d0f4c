/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks a path name by name, as the kernel does, and looks at each directory before a name is
 * looked up in it. What was looked at stays open and is what the next name is looked up in, so a
 * swap in between changes nothing. Depends on the file system alone.
 */
#include "sys/host/own_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* symbolic links on the way, as in path_resolution(7) */
#define OTHERS    (S_IWGRP | S_IWOTH)

struct walk {
	int at;               /* the directory that was reached */
	char where[PATH_MAX]; /* its path, without symbolic links; "" is the root */
	char rest[PATH_MAX];  /* what is still to be looked up, from `at` on */
	unsigned int links;
};

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static int fault(struct own_path_fault *ret_fault, enum own_path_why why, const struct stat *st,
		 const char *directory, const char *name)
{
	ret_fault->why = why;
	ret_fault->owner = st->st_uid;
	ret_fault->mode = st->st_mode & 07777;
	snprintf(ret_fault->place, sizeof(ret_fault->place), "%s%s%s", directory,
		 name || !*directory ? "/" : "", name ? name : "");
	return -EPERM;
}

static int start_at_root(struct walk *w)
{
	if (w->at >= 0)
		close(w->at);
	w->at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	w->where[0] = '\0';
	return w->at < 0 ? -errno : 0;
}

/* Cut the first name off w->rest. false: there is none. */
static bool next_name(struct walk *w, char name[NAME_MAX + 1], int *ret_err)
{
	size_t skipped = strspn(w->rest, "/"), length = strcspn(w->rest + skipped, "/");

	if (length > NAME_MAX)
		*ret_err = -ENAMETOOLONG;
	if (!length || length > NAME_MAX)
		return false;
	memcpy(name, w->rest + skipped, length);
	name[length] = '\0';
	memmove(w->rest, w->rest + skipped + length, strlen(w->rest + skipped + length) + 1);
	return true;
}

/* The target of a symbolic link comes before what is still to be looked up. */
static int follow(struct walk *w, int link)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(link, "", target, sizeof(target));
	size_t rest = strlen(w->rest);

	if (length < 0)
		return -errno;
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	if ((size_t)length + rest >= sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + length, w->rest, rest + 1);
	memcpy(w->rest, target, (size_t)length);
	return length && target[0] == '/' ? start_at_root(w) : 0;
}

/* `next` becomes the directory that was reached. */
static int enter(struct walk *w, int next, const char *name)
{
	size_t length = strlen(w->where);
	char *slash = strrchr(w->where, '/');

	if (!strcmp(name, "..")) {
		if (slash)
			*slash = '\0';
	} else if (strcmp(name, ".") != 0) {
		if (length + 1 + strlen(name) >= sizeof(w->where)) {
			close(next);
			return -ENAMETOOLONG;
		}
		snprintf(w->where + length, sizeof(w->where) - length, "/%s", name);
	}
	close(w->at);
	w->at = next;
	return 0;
}

/* Look up one name. 1: it is the file, and still to be opened. */
static int step(struct walk *w, const char *name, struct own_path_fault *ret_fault)
{
	struct stat here, entry;
	int next, err;

	if (fstat(w->at, &here))
		return -errno;
	if (S_ISDIR(here.st_mode)) {
		if (!is_ours(&here))
			return fault(ret_fault, OWN_PATH_OWNER, &here, w->where, NULL);
		if (here.st_mode & OTHERS && !(here.st_mode & S_ISVTX))
			return fault(ret_fault, OWN_PATH_WRITABLE, &here, w->where, NULL);
	}
	next = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0)
		return -errno;
	if (fstat(next, &entry)) {
		err = -errno;
	} else if (here.st_mode & OTHERS && !is_ours(&entry)) {
		/* The sticky bit protects each entry from all but its owner. */
		err = fault(ret_fault, OWN_PATH_ENTRY, &entry, w->where, name);
	} else if (S_ISLNK(entry.st_mode)) {
		err = follow(w, next);
	} else if (w->rest[strspn(w->rest, "/")]) {
		return enter(w, next, name);
	} else {
		err = 1;
	}
	close(next);
	return err;
}

int own_path_open(const char *path, struct own_path_fault *ret_fault)
{
	struct walk w = {.at = -1};
	char name[NAME_MAX + 1];
	int err, fd = -1;

	if (path[0] != '/')
		return -EINVAL;
	if (strlen(path) >= sizeof(w.rest))
		return -ENAMETOOLONG;
	memcpy(w.rest, path, strlen(path) + 1);
	err = start_at_root(&w);
	while (!err) {
		if (!next_name(&w, name, &err)) {
			err = err ? err : -EISDIR;
			break;
		}
		err = step(&w, name, ret_fault);
	}
	if (err == 1) {
		/* Nobody else can have swapped it since. */
		fd = openat(w.at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		err = fd < 0 ? -errno : fd;
	}
	if (w.at >= 0)
		close(w.at);
	return err;
}

void own_path_explain(const struct own_path_fault *fault, FILE *out)
{
	const char *place = fault->place;

	switch (fault->why) {
	case OWN_PATH_OWNER:
		fprintf(out, "%s belongs to user %u, who can put another file there: chown root %s",
			place, fault->owner, place);
		break;
	case OWN_PATH_WRITABLE:
		fprintf(out, "%s can be written to by others (mode %04o): chmod go-w %s", place,
			fault->mode, place);
		break;
	case OWN_PATH_ENTRY:
		fprintf(out,
			"%s belongs to user %u, who can put another there: remove it, and name a "
			"file in a directory of root's",
			place, fault->owner);
		break;
	}
}

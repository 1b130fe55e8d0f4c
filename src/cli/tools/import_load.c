/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading files and splitting them. Knows of keepalived's syntax what includes another file, and
 * nothing else: that is looked for before conditions and parameters, by keepalived as well.
 */
#include "cli/tools/import_load.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/slurp.h"

#define DEPTH_MAX     16                /* files that include files */
#define FILES_MAX     1000              /* in all */
#define TEXT_MAX      (2 * 1024 * 1024) /* bytes in all */
#define WILDCARDS_MAX 2                 /* directories with wildcards: more take long to search */
#define NO_GROUP      65534             /* nobody's */
#define NOT_BELOW     "it is not below the file's own directory (--include reads it all the same)"

struct loader {
	struct import_text text;
	unsigned int files;
	size_t bytes;
	uid_t owner;       /* of the file itself */
	bool as_owner;     /* root's rights were given up */
	const char *path;  /* of the file itself */
	const char *below; /* the directory whose files are included, resolved; NULL: any */
	char *why;         /* of a failure; NULL: errno says it */
};

static void *grow(void *array, unsigned int count, size_t size)
{
	/* Doubled at powers of two. */
	return count & (count - 1) ? array : realloc(array, (count ? 2 * count : 1) * size);
}

/* The text is freed with all others, also on failure. */
static int own(struct loader *l, char *text)
{
	char **grown = text ? grow(l->text.owned, l->text.owned_count, sizeof(*grown)) : NULL;

	if (!grown) {
		free(text);
		return -ENOMEM;
	}
	l->text.owned = grown;
	grown[l->text.owned_count++] = text;
	return 0;
}

static int add_line(struct loader *l, const struct import_line *line)
{
	struct import_line *grown = grow(l->text.lines, l->text.count, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	l->text.lines = grown;
	grown[l->text.count++] = *line;
	return 0;
}

__attribute__((format(printf, 3, 4))) static int fail(struct loader *l, int err, const char *format,
						      ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(&l->why, format, args) < 0) {
		l->why = NULL;
		err = -ENOMEM;
	}
	va_end(args);
	return err;
}

/* ---- one file ---- */

/* Is an absolute path without links that directory, or in it? */
static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) &&
	       (directory[length - 1] == '/' || path[length] == '/' || !path[length]);
}

/* Open a regular file for reading. The type is looked at before the file is opened: opening a FIFO
 * waits, and opening a device can do anything. O_NONBLOCK is for files of /proc that wait for news.
 * below: the directory that it must be in, wherever links lead; NULL: any. The descriptor and
 * *ret_stat; -EINVAL: not a regular file; -EXDEV: it is elsewhere; another negative errno. */
static int open_regular(const char *path, const char *below, struct stat *ret_stat)
{
	int at = open(path, O_PATH | O_CLOEXEC), fd = -1;
	char again[64], real[PATH_MAX];
	ssize_t length;

	if (at < 0)
		return -errno;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", at);
	length = below ? readlink(again, real, sizeof(real) - 1) : 0;
	real[length < 0 ? 0 : length] = '\0';
	if (fstat(at, ret_stat)) {
		fd = -errno;
	} else if (below && !is_below(real, below)) {
		fd = -EXDEV;
	} else if (!S_ISREG(ret_stat->st_mode)) {
		fd = S_ISDIR(ret_stat->st_mode) ? -EISDIR : -EINVAL;
	} else {
		fd = open(again, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	close(at);
	return fd;
}

/* The file itself. A user who can put a symbolic link here must not choose which of root's files is
 * shown: as with fs.protected_symlinks, the link is ours, root's, or whose the file is. */
static int open_first(struct loader *l)
{
	struct stat st = {0}, link;
	int fd;

	if (!strcmp(l->path, "-")) {
		l->owner = fstat(STDIN_FILENO, &st) ? geteuid() : st.st_uid;
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : fd;
	}
	fd = open_regular(l->path, NULL, &st);
	if (fd == -EINVAL)
		return fail(l, fd, "%s: not a regular file (FILE -: standard input)", l->path);
	if (fd < 0)
		return fd;
	l->owner = st.st_uid;
	if (!lstat(l->path, &link) && S_ISLNK(link.st_mode) && link.st_uid != 0 &&
	    link.st_uid != geteuid() && link.st_uid != st.st_uid) {
		close(fd);
		return fail(l, -EPERM,
			    "%s: a symbolic link of user %u to a file of user %u: name the file",
			    l->path, link.st_uid, st.st_uid);
	}
	return fd;
}

static int load(struct loader *l, int fd, const char *path, unsigned int depth);

/* ---- includes ---- */

/* What "include PATTERN" names, relative to the file that says it. false: it is no include. */
static bool included(const char *line, const char *path, char pattern[PATH_MAX])
{
	static const char *const words[] = {"include",  "includer", "includem",
					    "includew", "includeb", "includea"};
	const char *slash = strrchr(path, '/');
	char word[16], name[PATH_MAX / 2];

	if (strlen(line) >= sizeof(name) || sscanf(line, " %15s %2047s", word, name) != 2)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		snprintf(pattern, PATH_MAX, "%.*s%s",
			 name[0] == '/' || !slash ? 0 : (int)(slash - path + 1), path, name);
		return true;
	}
	return false;
}

/* For good, and before the first include. Groups are left out: which ones the owner is in, the file
 * does not tell. */
static int become_owner(struct loader *l)
{
	if (l->as_owner || geteuid() != 0 || l->owner == 0)
		return 0;
	if (setgroups(0, NULL) || setresgid(NO_GROUP, NO_GROUP, NO_GROUP) ||
	    setresuid(l->owner, l->owner, l->owner))
		return fail(l, -EPERM,
			    "%s: belongs to user %u, whose rights cannot be taken to read what it "
			    "includes: %s",
			    l->path, l->owner, strerror(errno));
	l->as_owner = true;
	return 0;
}

/* The line stays, with the reason. */
static int keep_line(struct loader *l, const struct import_line *line, const char *path,
		     const char *reason)
{
	struct import_line kept = *line;
	char *why = NULL, user[64] = "";
	int err;

	if (l->as_owner)
		snprintf(user, sizeof(user), ", with the rights of user %u, whose file includes it",
			 l->owner);
	if (asprintf(&why, "%s is not read: %s%s", path, reason, user) < 0)
		return -ENOMEM;
	kept.why = why;
	err = own(l, why);
	return err ? err : add_line(l, &kept);
}

/* Could the pattern name something below the directory? What is before its first wildcard says so.
 * A directory that is not there holds nothing, wherever it would be. */
static bool is_pattern_below(const char *pattern, const char *directory)
{
	char head[PATH_MAX], *slash, *real;
	bool below;

	snprintf(head, sizeof(head), "%.*s", (int)strcspn(pattern, "*?["), pattern);
	slash = strrchr(head, '/');
	if (slash)
		slash[slash == head] = '\0';
	real = realpath(slash ? head : ".", NULL);
	below = !real || is_below(real, directory);
	free(real);
	return below;
}

static unsigned int count_wildcards(const char *pattern)
{
	unsigned int count = 0;
	size_t length;

	for (; *pattern; pattern += length + (pattern[length] == '/')) {
		length = strcspn(pattern, "/");
		count += strcspn(pattern, "*?[") < length;
	}
	return count;
}

static int include(struct loader *l, const struct import_line *line, const char *pattern,
		   unsigned int depth)
{
	const char *place = line->file ? line->file : l->path;
	glob_t found = {0};
	int err = become_owner(l);

	if (err)
		return err;
	if (l->below && !is_pattern_below(pattern, l->below))
		return keep_line(l, line, pattern, NOT_BELOW);
	if (strchr(pattern, '{'))
		return keep_line(l, line, pattern, "braces are not expanded");
	if (count_wildcards(pattern) > WILDCARDS_MAX)
		return keep_line(l, line, pattern, "wildcards in too many parts of the path");
	if (glob(pattern, 0, NULL, &found) != 0) {
		globfree(&found);
		return keep_line(l, line, pattern, "no such file");
	}
	for (size_t i = 0; i < found.gl_pathc && !err; i++) {
		struct stat st;
		int fd;

		if (depth == DEPTH_MAX || ++l->files > FILES_MAX) {
			err = fail(l, -E2BIG,
				   "%s:%u: files that include each other, or more than %d of them",
				   place, line->number, FILES_MAX);
			break;
		}
		fd = open_regular(found.gl_pathv[i], l->below, &st);
		err = fd < 0 ? fd : load(l, fd, found.gl_pathv[i], depth + 1);
		if (err == -EFBIG)
			err = fail(l, -E2BIG, "%s:%u: more than %d bytes in all", place,
				   line->number, TEXT_MAX);
		if (err && !l->why && err != -ENOMEM)
			err = keep_line(l, line, found.gl_pathv[i],
					err == -EINVAL  ? "not a regular file"
					: err == -EXDEV ? NOT_BELOW
							: strerror(-err));
	}
	globfree(&found);
	return err;
}

/* ---- all of them ---- */

/* Takes fd. */
static int load(struct loader *l, int fd, const char *path, unsigned int depth)
{
	struct import_line line = {0};
	char *text = NULL, *name, pattern[PATH_MAX], *next;
	size_t length = 0;
	int err = slurp_fd(fd, TEXT_MAX - l->bytes, &text, &length);

	close(fd);
	if (err)
		return err;
	l->bytes += length;
	/* NUL bytes would hide what is behind them. */
	for (size_t i = 0; i < length; i++)
		text[i] = text[i] ? text[i] : '?';
	err = own(l, text);
	/* A byte-order mark is no part of the first line. */
	if (!err && !strncmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	if (!err && depth) {
		name = strdup(path);
		err = own(l, name);
		line.file = name;
	}
	for (char *at = text; !err && at; at = next) {
		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		else if (!*at)
			break;
		line.number++;
		line.text = at;
		err = included(at, path, pattern) ? include(l, &line, pattern, depth)
						  : add_line(l, &line);
	}
	return err;
}

/* The directory of the file. NULL: it cannot be told. */
static char *directory_of(const char *path)
{
	const char *slash = strcmp(path, "-") != 0 ? strrchr(path, '/') : NULL;
	char *named =
		slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	char *real = named ? realpath(named, NULL) : NULL;

	free(named);
	return real;
}

int import_load(const struct import_rules *rules, struct import_text *ret_text, char **ret_why)
{
	struct loader l = {.path = rules->path};
	int fd = open_first(&l), err;

	err = fd < 0 ? fd : own(&l, directory_of(l.path));
	if (!err) {
		l.text.directory = l.text.owned[0];
		l.below = rules->anywhere ? NULL : l.text.owned[0];
		err = load(&l, fd, l.path, 0);
	} else if (fd >= 0) {
		close(fd);
	}
	if (err)
		import_unload(&l.text);
	if (err)
		*ret_why = l.why;
	else
		*ret_text = l.text;
	return err;
}

void import_unload(struct import_text *text)
{
	for (unsigned int i = 0; i < text->owned_count; i++)
		free(text->owned[i]);
	free(text->owned);
	free(text->lines);
	*text = (struct import_text){0};
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The writer of files: what goes wrong leaves the old file, and nothing beside it. Links
 * sys/host/new_file alone. Root: it mounts a tmpfs that is soon full. Everything lies in one
 * directory below /tmp.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/host/new_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROOM         (64 * 1024) /* of the tmpfs, and what a file may be long */
#define KILLS        200

static char top[] = "/tmp/test-new-file-XXXXXX";
static int dir = -1;
static char big[2 * ROOM];

static void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

/* What the file has, and nothing else is in the directory but it and `beside`. */
static void assert_file(const char *desc, const char *text, const char *beside)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "test \"$(ls -A | tr '\\n' ' ')\" = '%sfile '", beside);
	if (system(command) != 0)
		fail_msg("%s: left behind: %s", desc, (system("ls -lA"), ""));
	snprintf(command, sizeof(command), "test \"$(cat file)\" = '%s'", text);
	if (system(command) != 0)
		fail_msg("%s: the file has not '%s'", desc, text);
}

/* ---- one after another ---- */

enum limit { NO_LIMIT, FULL_DISK, FILE_SIZE };

struct row {
	const char *desc;
	const char *make; /* beforehand */
	const char *name;
	enum limit limit;
	int err;
	const char *check; /* afterwards */
};

static const struct row rows[] = {
	{"a new file", "true", "file", NO_LIMIT, 0, "test \"$(cat file)\" = new"},
	{"an old file", "echo old > file", "file", NO_LIMIT, 0, "test \"$(cat file)\" = new"},
	{"its mode is the one that was asked for", "touch file && chmod 0644 file", "file",
	 NO_LIMIT, 0, "test $(stat -c %a file) = 640"},
	{"a draft that a crash left", "echo old > file && echo half > .file", "file", NO_LIMIT, 0,
	 "test \"$(cat file)\" = new"},
	{"a draft that a crash left, open to others", "echo half > .file && chmod 0666 .file",
	 "file", NO_LIMIT, 0, "test $(stat -c %a file) = 640"},
	{"a link in the draft's place", "echo victim > victim && ln -s victim .file", "file",
	 NO_LIMIT, 0, "test \"$(cat victim)\" = victim && test ! -L file && rm victim"},
	{"a hard link in the draft's place", "echo victim > victim && ln victim .file", "file",
	 NO_LIMIT, 0, "test \"$(cat victim)\" = victim && rm victim"},
	{"a dangling link in the draft's place", "ln -s victim .file", "file", NO_LIMIT, 0,
	 "test ! -e victim"},
	{"a pipe in the draft's place", "mkfifo .file", "file", NO_LIMIT, 0,
	 "test \"$(cat file)\" = new"},
	{"a directory in the draft's place", "echo old > file && mkdir .file", "file", NO_LIMIT,
	 -EISDIR, "rmdir .file && test \"$(cat file)\" = old"},
	{"a link in the file's place", "echo victim > victim && ln -s victim file", "file",
	 NO_LIMIT, 0, "test \"$(cat victim)\" = victim && test ! -L file && rm victim"},
	{"a directory in the file's place", "mkdir file", "file", NO_LIMIT, -EISDIR,
	 "rmdir file && echo old > file"},
	{"a name with a slash", "echo old > file && mkdir d", "d/file", NO_LIMIT, -EINVAL,
	 "rmdir d"},
	{"no name", "echo old > file", "", NO_LIMIT, -EINVAL, "true"},
	{"a full disk", "echo old > file", "file", FULL_DISK, -ENOSPC,
	 "test \"$(cat file)\" = old"},
	{"a full disk, and a draft", "echo old > file && echo half > .file", "file", FULL_DISK,
	 -ENOSPC, "test \"$(cat file)\" = old"},
	{"a short write, and an error at the next one", "echo old > file", "file", FILE_SIZE,
	 -EFBIG, "test \"$(cat file)\" = old"},
};

static int replace_under(enum limit limit, const char *name)
{
	struct rlimit was, limited;
	int err;

	if (limit == NO_LIMIT || limit == FULL_DISK)
		return new_file_replace(dir, name, 0640, limit ? big : "new\n",
					limit ? sizeof(big) : 4);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	limited = was;
	limited.rlim_cur = ROOM / 2 + 100;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limited), 0);
	err = new_file_replace(dir, name, 0640, big, sizeof(big));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	return err;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		int err;

		run("find . -mindepth 1 -delete");
		run(row->make);
		err = replace_under(row->limit, row->name);
		if (err != row->err)
			fail_msg("%s: %d, not %d", row->desc, err, row->err);
		if (system(row->check) != 0)
			fail_msg("%s: not %s", row->desc, row->check);
		if (system("test \"$(ls -A)\" = file") != 0)
			fail_msg("%s: something is left behind", row->desc);
	}
}

static void test_name_too_long(void **state)
{
	char name[NAME_MAX + 1];

	(void)state;
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	assert_int_equal(new_file_replace(dir, name, 0600, "", 0), -ENAMETOOLONG);
	name[NAME_MAX - 1] = '\0';
	assert_int_equal(new_file_replace(dir, name, 0600, "", 0), 0);
	assert_int_equal(unlinkat(dir, name, 0), 0);
}

/* ---- in steps ---- */

static void test_steps(void **state)
{
	struct new_file file;
	char text[16] = "";
	int fd = -1;

	(void)state;
	run("find . -mindepth 1 -delete; echo old > file");
	assert_int_equal(new_file_begin(&file, dir, "file", 0600), 0);
	assert_int_equal(new_file_append(&file, "ne", 2), 0);
	assert_file("not committed", "old", ".file ");
	new_file_abort(&file);
	assert_file("aborted", "old", "");
	assert_int_equal(new_file_begin(&file, dir, "file", 0600), 0);
	assert_int_equal(new_file_append(&file, "ne", 2), 0);
	assert_int_equal(new_file_append(&file, "w\n", 2), 0);
	assert_int_equal(new_file_commit(&file, "file", 0, &fd), 0);
	assert_file("committed", "new", "");
	/* The descriptor is that of the file. */
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 4);
	assert_string_equal(text, "new\n");
	close(fd);
	run("echo half > .file");
	new_file_clear(dir, "file");
	new_file_clear(dir, "file");
	assert_file("cleared", "new", "");
}

/* ---- crashes ---- */

/* A child that replaces the file all the time is killed at any moment: there is always one of its
 * two texts, whole, and the next one who writes is not held up by what it left. */
static void test_killed(void **state)
{
	static char read_back[ROOM];
	unsigned int seen[2] = {0}, drafts = 0;

	(void)state;
	run("find . -mindepth 1 -delete");
	assert_int_equal(new_file_replace(dir, "file", 0600, big + 1, ROOM / 4), 0);
	for (int i = 0; i < KILLS; i++) {
		ssize_t length;
		int fd, status;
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (size_t turn = 0;; turn++)
				new_file_replace(dir, "file", 0600, turn % 2 ? big : big + 1,
						 ROOM / 4 - turn % 2);
		}
		usleep((useconds_t)(i * 37 % 2000));
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		fd = openat(dir, "file", O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		length = read(fd, read_back, sizeof(read_back));
		close(fd);
		assert_true(length == ROOM / 4 || length == ROOM / 4 - 1);
		seen[length == ROOM / 4]++;
		assert_memory_equal(read_back, length == ROOM / 4 ? big + 1 : big, ROOM / 4 - 1);
		drafts += faccessat(dir, ".file", F_OK, 0) == 0;
		assert_int_equal(new_file_replace(dir, "file", 0600, big + 1, ROOM / 4), 0);
		assert_int_not_equal(faccessat(dir, ".file", F_OK, 0), 0);
	}
	/* Otherwise this test would prove nothing. */
	assert_true(seen[0] && seen[1] && drafts);
}

/* ---- by a path ---- */

struct path_row {
	const char *desc, *make, *path;
	bool replace;
	int err;
	const char *check;
};

static const struct path_row path_rows[] = {
	{"a new file", "true", "file", false, 0, "test \"$(cat file)\" = new"},
	{"its mode", "umask 077", "file", false, 0, "test $(stat -c %a file) = 644"},
	{"an old file", "echo old > file", "file", false, -EEXIST, "test \"$(cat file)\" = old"},
	{"an old file to be replaced", "echo old > file", "file", true, 0,
	 "test \"$(cat file)\" = new"},
	{"a link", "echo old > x && ln -s x file", "file", false, -EEXIST,
	 "test \"$(cat x)\" = old && rm x"},
	{"a dangling link", "ln -s x file", "file", false, -EEXIST, "test ! -e x"},
	{"a link to be replaced", "echo old > x && ln -s x file", "file", true, 0,
	 "test \"$(cat x)\" = old && rm x && test ! -L file"},
	{"a directory that is missing", "true", "d/file", false, 0,
	 "test \"$(cat d/file)\" = new && mv d/file file && rmdir d"},
	{"two directories that are missing", "touch file", "d/d/file", false, -ENOENT, "true"},
	{"a directory behind a link", "mkdir d && ln -s d l", "l/file", false, 0,
	 "mv d/file file && rm l && rmdir d"},
	{"a file for a directory", "touch file", "file/x", false, -ENOTDIR, "true"},
	{"a slash at the end", "mkdir file", "file/", true, -ENOTDIR, "true"},
	{"a slash at the end, nothing replaced", "mkdir file", "file/", false, -EEXIST, "true"},
	{"a directory in its place", "mkdir file", "file", true, -EISDIR, "true"},
	/* What another user may lay there is not removed, as he may not remove what is ours. */
	{"a draft of that name", "echo mine > .file", "file", true, 0,
	 "test \"$(cat .file)\" = mine && rm .file"},
};

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(path_rows); i++) {
		const struct path_row *row = &path_rows[i];
		int err;

		run("find . -mindepth 1 -delete");
		run(row->make);
		err = new_file_write(row->path, "new\n", 0644, row->replace);
		if (err != row->err)
			fail_msg("%s: %d, not %d", row->desc, err, row->err);
		if (system(row->check) != 0)
			fail_msg("%s: not %s", row->desc, row->check);
		if (system("test \"$(ls -A)\" = file") != 0)
			fail_msg("%s: something is left behind", row->desc);
	}
	run("find . -mindepth 1 -delete; yes > ballast 2> /dev/null; true");
	assert_int_equal(new_file_write("new", "new\n", 0644, true), -ENOSPC);
	run("test \"$(ls -A)\" = ballast");
}

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i % 23);
	/* Otherwise a file that grows too long would end us. */
	signal(SIGXFSZ, SIG_IGN);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(top) || mount("tmpfs", top, "tmpfs", 0, "size=64k,mode=0700") || chdir(top))
		return -1;
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(dir);
	return chdir("/") || umount(top) || rmdir(top) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),  cmocka_unit_test(test_name_too_long),
		cmocka_unit_test(test_steps), cmocka_unit_test(test_killed),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests_name("new_file", tests, set_up, tear_down);
}

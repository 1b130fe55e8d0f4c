/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of what sockets heard: made, adopted, looked at, and what a reader finds in it. Links
 * sys/bpf/ledger, sys/host/rundir and sys/host/log; files lie in a directory of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/bpf/ledger.h"

static char dir[] = "/tmp/vrrp-xdp-test-XXXXXX";
static struct ledger *ledger;

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void open_it(void)
{
	assert_int_equal(ledger_open(dir, &ledger), 0);
}

static int close_it(void **state)
{
	(void)state;
	ledger_close(ledger);
	ledger = NULL;
	ledger_remove(dir);
	return 0;
}

static unsigned int files(void)
{
	DIR *d = opendir(dir);
	unsigned int count = 0;
	struct dirent *entry;

	assert_non_null(d);
	while ((entry = readdir(d)))
		count += entry->d_name[0] != '.';
	closedir(d);
	return count;
}

/* ---- the file ---- */

static void test_new(void **state)
{
	const struct ledger *view;
	struct stat st;
	ino_t inode = 0;

	(void)state;
	assert_int_equal(ledger_view(dir, &view, &inode), -ENOENT);
	assert_int_equal(ledger_inode(dir), 0);
	open_it();
	assert_int_equal(ledger->abi, VRRP_ABI_VERSION);
	assert_int_equal(ledger->counters[VRRP_MAX_SLOTS].verdict[VRRP_VERDICT_VALID], 0);
	ledger->counters[3].verdict[VRRP_VERDICT_VALID] = 9;
	assert_int_equal(stat(path_of("ledger"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, sizeof(struct ledger));
	/* All there: what is not allocated now may find no room later. */
	assert_true((size_t)st.st_blocks * 512 >= sizeof(struct ledger));
	assert_int_equal(files(), 1);

	assert_int_equal(ledger_view(dir, &view, &inode), 0);
	assert_int_equal(inode, st.st_ino);
	assert_int_equal(ledger_inode(dir), inode);
	assert_int_equal(view->counters[3].verdict[VRRP_VERDICT_VALID], 9);
	ledger_close(view);
}

static void test_adopted(void **state)
{
	(void)state;
	open_it();
	ledger->counters[3].verdict[VRRP_VERDICT_VALID] = 9;
	ledger_close(ledger);
	open_it();
	assert_int_equal(ledger->counters[3].verdict[VRRP_VERDICT_VALID], 9);
}

static void test_of_another_version(void **state)
{
	const struct ledger *view;

	(void)state;
	open_it();
	ledger->abi = VRRP_ABI_VERSION + 1;
	ledger->counters[3].verdict[VRRP_VERDICT_VALID] = 9;
	assert_int_equal(ledger_view(dir, &view, NULL), -EPROTO);
	ledger->abi = 0; /* it is just being made */
	assert_int_equal(ledger_view(dir, &view, NULL), -ENOENT);
	ledger_close(ledger);
	open_it();
	assert_int_equal(ledger->abi, VRRP_ABI_VERSION);
	assert_int_equal(ledger->counters[3].verdict[VRRP_VERDICT_VALID], 0);
}

static void test_of_another_size(void **state)
{
	const struct ledger *view;
	int fd = open(path_of("ledger"), O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_int_equal(write(fd, "short", 5), 5);
	close(fd);
	assert_int_equal(ledger_view(dir, &view, NULL), -EPROTO);
	open_it();
	assert_int_equal(ledger->abi, VRRP_ABI_VERSION);
	assert_int_equal(files(), 1);
}

/* Somebody removed it: made again, it holds what it held, and is the one that is written to. */
static void test_renewed(void **state)
{
	const struct ledger *view;
	ino_t inode = 0;

	(void)state;
	open_it();
	ledger->counters[3].verdict[VRRP_VERDICT_VALID] = 9;
	ledger_remove(dir);
	assert_int_equal(ledger_renew(ledger, dir), 0);
	assert_int_not_equal(ledger_inode(dir), 0);
	assert_int_equal(ledger_view(dir, &view, &inode), 0);
	assert_int_equal(view->counters[3].verdict[VRRP_VERDICT_VALID], 9);
	ledger->counters[3].verdict[VRRP_VERDICT_VALID] = 10;
	assert_int_equal(view->counters[3].verdict[VRRP_VERDICT_VALID], 10);
	ledger_close(view);
	assert_int_equal(files(), 1);
}

/* Never through a link that somebody put there. */
static void test_link(void **state)
{
	int fd = open(path_of("victim"), O_WRONLY | O_CREAT, 0600);
	char target[PATH_MAX];
	const struct ledger *view;
	struct stat st;

	(void)state;
	close(fd);
	strcpy(target, path_of("victim"));
	assert_int_equal(symlink(target, path_of("ledger")), 0);
	assert_int_equal(ledger_view(dir, &view, NULL), -ELOOP);
	open_it();
	assert_int_equal(lstat(path_of("ledger"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(stat(path_of("victim"), &st), 0);
	assert_int_equal(st.st_size, 0);
	unlink(path_of("victim"));
}

/* No room: an error now, and nothing is left behind. */
static void test_no_room(void **state)
{
	struct rlimit before, small;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = sizeof(struct ledger) / 2;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(ledger_open(dir, &ledger), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(files(), 0);
}

/* ---- what was heard ---- */

static void tell(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct vrrp_event event = {.gap_ns = ledger->seq + 1};

		ledger_tell(ledger, &event);
	}
}

static void test_told_in_order(void **state)
{
	struct vrrp_event event;
	uint64_t seq = 0;

	(void)state;
	open_it();
	assert_false(ledger_told(ledger, &seq, &event));
	for (uint64_t i = 1; i <= 3 * LEDGER_HEARD; i++) {
		tell(1);
		assert_true(ledger_told(ledger, &seq, &event));
		assert_int_equal(event.gap_ns, i);
		assert_int_equal(seq, i);
		assert_false(ledger_told(ledger, &seq, &event));
	}
}

static void test_told_late(void **state)
{
	struct vrrp_event event;
	uint64_t seq = 0, first = LEDGER_HEARD + 101;

	(void)state;
	open_it();
	tell(2 * LEDGER_HEARD + 100);
	for (uint64_t i = first; i < first + LEDGER_HEARD; i++) {
		assert_true(ledger_told(ledger, &seq, &event));
		assert_int_equal(event.gap_ns, i);
	}
	assert_false(ledger_told(ledger, &seq, &event));
}

/* One that is being written is left out. */
static void test_told_while_written(void **state)
{
	struct vrrp_event event;
	uint64_t seq = 0;

	(void)state;
	open_it();
	tell(3);
	ledger->heard[2].seq = 0;
	assert_true(ledger_told(ledger, &seq, &event));
	assert_int_equal(event.gap_ns, 1);
	assert_true(ledger_told(ledger, &seq, &event));
	assert_int_equal(event.gap_ns, 3);
}

static int enter(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_new, close_it),
		cmocka_unit_test_teardown(test_adopted, close_it),
		cmocka_unit_test_teardown(test_of_another_version, close_it),
		cmocka_unit_test_teardown(test_of_another_size, close_it),
		cmocka_unit_test_teardown(test_renewed, close_it),
		cmocka_unit_test_teardown(test_link, close_it),
		cmocka_unit_test_teardown(test_no_room, close_it),
		cmocka_unit_test_teardown(test_told_in_order, close_it),
		cmocka_unit_test_teardown(test_told_late, close_it),
		cmocka_unit_test_teardown(test_told_while_written, close_it),
	};

	return cmocka_run_group_tests_name("ledger", tests, enter, leave);
}

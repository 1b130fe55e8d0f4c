/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A store of files: who writes and who looks see the same, also after somebody removed the files.
 * Stores of maps are tested where there are maps (tests/e2e). Files lie in a directory of our own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/bpf/store.h"
#include "vrrp_abi.h"

static char dir[] = "/tmp/vrrp-xdp-test-XXXXXX";
static char no_bpffs[PATH_MAX];
static struct store *store, *view;

static int close_all(void **state)
{
	(void)state;
	store_close(view);
	store_close(store);
	view = store = NULL;
	store_remove_files(dir);
	return 0;
}

static void look(void)
{
	store_close(view);
	view = NULL;
	assert_int_equal(store_view(no_bpffs, dir, &view), 0);
}

static void write_all(uint64_t number)
{
	struct vrrp_neighbor_key speaker = {.ifindex = 1, .family = 4, .vrid = 55};
	struct vrrp_neighbor neighbor = {.adverts = number};
	struct vrrp_hmac_key_id id = {.slot = 3, .id = 9};
	struct vrrp_hmac_key key = {.inner = {(uint32_t)number}};
	struct vrrp_history *history = store_array(store, STORE_HISTORY);
	struct vrrp_lease *leases = store_array(store, STORE_LEASES);

	leases[VRRP_MAX_SLOTS - 1].until_ns = number;
	history[VRRP_MAX_HISTORY - 1].seq = number;
	assert_int_equal(table_put(store_table(store, STORE_NEIGHBORS), &speaker, &neighbor), 0);
	assert_int_equal(table_put(store_table(store, STORE_HMAC_KEYS), &id, &key), 0);
}

static void check_all(uint64_t number)
{
	struct vrrp_neighbor_key speaker = {.ifindex = 1, .family = 4, .vrid = 55};
	struct vrrp_history *history = store_array(view, STORE_HISTORY);
	struct vrrp_lease *leases = store_array(view, STORE_LEASES);
	struct vrrp_hmac_key_id id = {0};
	struct vrrp_neighbor neighbor;

	assert_int_equal(leases[VRRP_MAX_SLOTS - 1].until_ns, number);
	assert_int_equal(history[VRRP_MAX_HISTORY - 1].seq, number);
	assert_int_equal(table_get(store_table(view, STORE_NEIGHBORS), &speaker, &neighbor), 0);
	assert_int_equal(neighbor.adverts, number);
	assert_int_equal(table_next(store_table(view, STORE_HMAC_KEYS), NULL, &id), 0);
	assert_int_equal(id.id, 9);
}

static void test_shared(void **state)
{
	(void)state;
	assert_int_equal(store_view(no_bpffs, dir, &view), -ENOENT);
	assert_int_equal(store_open_files(dir, &store), 0);
	write_all(7);
	look();
	check_all(7);
	write_all(8);
	check_all(8);
	assert_true(store_is_current(view));
	store_close(store); /* and opened again, as a start after this one does */
	assert_int_equal(store_open_files(dir, &store), 0);
	assert_true(store_is_current(view));
	assert_int_equal(((struct vrrp_lease *)store_array(store, STORE_LEASES))[VRRP_MAX_SLOTS - 1]
				 .until_ns,
			 8);
}

/* Only the XDP program can use them: nothing is there, and that is no error. */
static void test_maps_only(void **state)
{
	static const enum store_map without[] = {STORE_LISTENERS, STORE_VERDICTS, STORE_EVENTS,
						 STORE_MONITORS, STORE_GUARDED};
	uint8_t bytes[4096] = {0};

	(void)state;
	assert_int_equal(store_open_files(dir, &store), 0);
	look();
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		assert_int_equal(store_fd(view, without[i]), -1);
		assert_int_equal(table_next(store_table(view, without[i]), NULL, bytes), -ENOENT);
		assert_int_equal(table_get(store_table(view, without[i]), bytes, bytes), -ENOENT);
	}
}

static void test_renewed(void **state)
{
	(void)state;
	assert_int_equal(store_open_files(dir, &store), 0);
	write_all(7);
	look();
	store_remove_files(dir);
	assert_false(store_is_current(view));
	store_renew(store);
	look();
	check_all(7);
	write_all(8);
	check_all(8);
}

/* A directory in which no file can be made: all goes on, and nobody sees it. */
static void test_no_directory(void **state)
{
	(void)state;
	assert_int_equal(store_open_files(no_bpffs, &store), 0);
	write_all(7);
	assert_int_equal(store_view(no_bpffs, dir, &view), -ENOENT);
}

static int enter(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(no_bpffs, sizeof(no_bpffs), "%s/none", dir);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_shared, close_all),
		cmocka_unit_test_teardown(test_maps_only, close_all),
		cmocka_unit_test_teardown(test_renewed, close_all),
		cmocka_unit_test_teardown(test_no_directory, close_all),
	};

	return cmocka_run_group_tests_name("store", tests, enter, leave);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables in memory: what a BPF map would do, they do, too. Links sys/bpf/table alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sys/bpf/table.h"
#include "vrrp_abi.h"

#define ENTRIES 128

static const struct table_shape full = {8, 16, ENTRIES, .forgets = false};
static const struct table_shape forgets = {8, 16, ENTRIES, .forgets = true};
static const struct table_shape secret = {8, 16, ENTRIES, .secret = true};

struct value {
	uint64_t number, other;
};

static void *memory;
static struct table table;

static void open_it(const struct table_shape *shape)
{
	if (!memory)
		memory = calloc(1, table_bytes(shape));
	assert_non_null(memory);
	assert_int_equal(table_of_memory(shape, memory, true, &table), 0);
}

static int close_it(void **state)
{
	(void)state;
	table_close(&table);
	free(memory);
	memory = NULL;
	return 0;
}

static int put(uint64_t key, uint64_t number)
{
	struct value value = {.number = number, .other = ~number};

	return table_put(&table, &key, &value);
}

/* 0: it is not there. */
static uint64_t get(uint64_t key)
{
	struct value value;
	int err = table_get(&table, &key, &value);

	if (err) {
		assert_int_equal(err, -ENOENT);
		return 0;
	}
	assert_int_equal(value.other, ~value.number);
	return value.number;
}

static unsigned int count(const struct table *counted)
{
	unsigned int found = 0;
	uint64_t key;

	for (int err = table_next(counted, NULL, &key); !err; err = table_next(counted, &key, &key))
		found++;
	return found;
}

static void test_values(void **state)
{
	uint64_t key = 2, gone = 1;

	(void)state;
	open_it(&full);
	assert_int_equal(count(&table), 0);
	assert_int_equal(get(1), 0);
	assert_int_equal(table_delete(&table, &key), -ENOENT);
	assert_int_equal(put(1, 10), 0);
	assert_int_equal(put(2, 20), 0);
	assert_int_equal(put(1, 11), 0);
	assert_int_equal(get(1), 11);
	assert_int_equal(get(2), 20);
	assert_int_equal(count(&table), 2);
	assert_int_equal(table_delete(&table, &gone), 0);
	assert_int_equal(get(1), 0);
	assert_int_equal(table_next(&table, NULL, &key), 0);
	assert_int_equal(key, 2);
	assert_int_equal(table_next(&table, &key, &key), -ENOENT);
	assert_int_equal(table_next(&table, &gone, &key), -ENOENT);
}

/* Each key has its place until the last one; a deleted one makes room for another, and hides none.
 */
static void test_full(void **state)
{
	(void)state;
	open_it(&full);
	for (uint64_t round = 1; round <= 3; round++) {
		for (uint64_t i = 0; i < ENTRIES; i++)
			assert_int_equal(put(round * 1000 + i, round + i), 0);
		assert_int_equal(put(7, 7), -E2BIG);
		assert_int_equal(put(round * 1000, round), 0);
		assert_int_equal(count(&table), ENTRIES);
		for (uint64_t i = 0; i < ENTRIES; i++) {
			uint64_t key = round * 1000 + i;

			assert_int_equal(get(key), round + i);
			assert_int_equal(table_delete(&table, &key), 0);
		}
		assert_int_equal(count(&table), 0);
	}
}

/* A flood of keys pushes out those that were put longest ago, and nobody else. */
static void test_forgets(void **state)
{
	const uint64_t many = 20 * ENTRIES;

	(void)state;
	open_it(&forgets);
	for (uint64_t i = 1; i <= many; i++) {
		assert_int_equal(get(i), 0);
		assert_int_equal(put(i, i), 0);
		assert_int_equal(get(0), i - 1); /* is put all the time */
		assert_int_equal(put(0, i), 0);
	}
	assert_int_equal(count(&table), ENTRIES);
	assert_int_equal(get(many), many);
}

static void test_adopted(void **state)
{
	uint64_t key = 5;
	struct table view;
	struct value value;

	(void)state;
	open_it(&full);
	put(5, 55);
	table_close(&table);
	assert_int_equal(table_get(&table, &key, &value), -ENOENT);
	open_it(&full);
	assert_int_equal(get(5), 55);
	assert_int_equal(table_of_memory(&full, memory, false, &view), 0);
	assert_int_equal(table_get(&view, &key, &value), 0);
	assert_int_equal(value.number, 55);
}

static void test_of_another_version(void **state)
{
	struct table view;
	uint32_t *abi;

	(void)state;
	open_it(&full);
	put(5, 55);
	abi = memory;
	*abi = VRRP_ABI_VERSION + 1;
	assert_int_equal(table_of_memory(&full, memory, false, &view), -EPROTO);
	*abi = 0; /* it is just being made */
	assert_int_equal(table_of_memory(&full, memory, false, &view), -ENOENT);
	open_it(&full);
	assert_int_equal(get(5), 0);
}

/* Others see which keys there are; the values are in no memory that is shared. */
static void test_secret(void **state)
{
	const uint64_t needle = 0x5ec4e75ec4e75ec4;
	struct value value;
	uint64_t key = 5;
	struct table view;

	(void)state;
	open_it(&secret);
	assert_int_equal(put(5, needle), 0);
	assert_int_equal(get(5), needle);
	assert_null(memmem(memory, table_bytes(&secret), &needle, sizeof(needle)));
	assert_int_equal(table_of_memory(&secret, memory, false, &view), 0);
	assert_int_equal(count(&view), 1);
	assert_int_equal(table_get(&view, &key, &value), -EACCES);
	table_close(&table);
	open_it(&secret);
	assert_int_equal(count(&table), 0); /* their values ended with who had them */
}

static void test_nowhere(void **state)
{
	uint64_t key = 1;
	struct value value = {0};

	(void)state;
	table = TABLE_NONE;
	assert_int_equal(table_get(&table, &key, &value), -ENOENT);
	assert_int_equal(table_put(&table, &key, &value), -ENOENT);
	assert_int_equal(table_delete(&table, &key), -ENOENT);
	assert_int_equal(table_next(&table, NULL, &key), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_values, close_it),
		cmocka_unit_test_teardown(test_full, close_it),
		cmocka_unit_test_teardown(test_forgets, close_it),
		cmocka_unit_test_teardown(test_adopted, close_it),
		cmocka_unit_test_teardown(test_of_another_version, close_it),
		cmocka_unit_test_teardown(test_secret, close_it),
		cmocka_unit_test_teardown(test_nowhere, close_it),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}

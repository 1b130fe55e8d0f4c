/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table in memory: a head, then entries, each followed by its key and its value. The entry of a
 * key is the one that its hash names, or one of those that follow. There is one writer; a reader
 * may see a value while it changes. Depends on libbpf's low-level calls.
 */
#include "sys/bpf/table.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/fnv.h"
#include "vrrp_abi.h"

struct head {
	uint32_t abi; /* VRRP_ABI_VERSION; 0: not yet a table */
	uint32_t zero;
	uint64_t puts; /* how many so far */
};

enum state { NEVER_USED, USED, DELETED };

struct entry {
	uint32_t state;
	uint32_t zero;
	uint64_t put; /* head.puts, when its value was put last */
};

/* A table that forgets looks at no more than this many entries before it replaces one: a flood of
 * new keys must not cost the time of a walk through the whole table. */
#define FORGETS_WITHIN 8

static size_t entry_size(const struct table_shape *shape)
{
	return sizeof(struct entry) + shape->key_size + (shape->secret ? 0 : shape->value_size);
}

size_t table_bytes(const struct table_shape *shape)
{
	return sizeof(struct head) + shape->entries * entry_size(shape);
}

static struct head *head_of(const struct table *table)
{
	return (struct head *)(void *)table->memory;
}

static struct entry *entry_at(const struct table *table, uint32_t place)
{
	uint8_t *entries = table->memory + sizeof(struct head);

	return (struct entry *)(void *)(entries + place * entry_size(table->shape));
}

static void *value_at(const struct table *table, uint32_t place)
{
	if (table->shape->secret)
		return table->secrets + (size_t)place * table->shape->value_size;
	return (uint8_t *)(entry_at(table, place) + 1) + table->shape->key_size;
}

static uint32_t state_of(const struct entry *entry)
{
	return __atomic_load_n(&entry->state, __ATOMIC_ACQUIRE);
}

static void set_state(struct entry *entry, enum state state)
{
	__atomic_store_n(&entry->state, (uint32_t)state, __ATOMIC_RELEASE);
}

/* ---- life ---- */

/* This memory is neither in core dumps nor in the memory of a child. */
static uint8_t *map_secrets(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	(void)madvise(memory, size, MADV_DONTDUMP);
	(void)madvise(memory, size, MADV_DONTFORK);
	return memory;
}

static size_t secrets_size(const struct table_shape *shape)
{
	return (size_t)shape->entries * shape->value_size;
}

int table_of_memory(const struct table_shape *shape, void *memory, bool write,
		    struct table *ret_table)
{
	struct table table = {.map = -1, .shape = shape, .memory = memory};
	uint32_t abi = __atomic_load_n(&head_of(&table)->abi, __ATOMIC_ACQUIRE);

	if (!write && abi != VRRP_ABI_VERSION)
		return abi ? -EPROTO : -ENOENT;
	if (write && shape->secret) {
		table.secrets = map_secrets(secrets_size(shape));
		if (!table.secrets)
			return -ENOMEM;
	}
	if (write && (abi != VRRP_ABI_VERSION || shape->secret)) {
		memset(memory, 0, table_bytes(shape));
		__atomic_store_n(&head_of(&table)->abi, VRRP_ABI_VERSION, __ATOMIC_RELEASE);
	}
	*ret_table = table;
	return 0;
}

void table_close(struct table *table)
{
	if (table->map >= 0)
		close(table->map);
	if (table->secrets) {
		explicit_bzero(table->secrets, secrets_size(table->shape));
		munmap(table->secrets, secrets_size(table->shape));
	}
	*table = TABLE_NONE;
}

/* ---- keys and values ---- */

/* Is entry `a` better than entry `b` for a new key? The first free entry is the best one, then the
 * one whose value was put longest ago. */
static bool is_better(const struct entry *a, const struct entry *b)
{
	return state_of(b) == USED && (state_of(a) != USED || a->put < b->put);
}

/* Finds a key. Returns false if it is not there; *ret_place is then where to put it. */
static bool find(const struct table *table, const void *key, uint32_t *ret_place)
{
	const struct table_shape *shape = table->shape;
	uint32_t first = fnv32(FNV32_BASIS, key, shape->key_size) % shape->entries;
	uint32_t within = shape->forgets ? FORGETS_WITHIN : shape->entries, best = first;

	for (uint32_t i = 0; i < within; i++) {
		uint32_t place = (first + i) % shape->entries;
		const struct entry *entry = entry_at(table, place);

		if (state_of(entry) == USED && !memcmp(entry + 1, key, shape->key_size)) {
			*ret_place = place;
			return true;
		}
		if (is_better(entry, entry_at(table, best)))
			best = place;
		if (state_of(entry) == NEVER_USED) /* no entry behind this one has the key */
			break;
	}
	*ret_place = best;
	return false;
}

int table_get(const struct table *table, const void *key, void *ret_value)
{
	uint32_t place;

	if (table->map >= 0)
		return bpf_map_lookup_elem(table->map, key, ret_value) ? -errno : 0;
	if (!table->memory || !find(table, key, &place))
		return -ENOENT;
	if (table->shape->secret && !table->secrets)
		return -EACCES;
	memcpy(ret_value, value_at(table, place), table->shape->value_size);
	return 0;
}

int table_put(struct table *table, const void *key, const void *value)
{
	struct entry *entry;
	uint32_t place;

	if (table->map >= 0)
		return bpf_map_update_elem(table->map, key, value, BPF_ANY) ? -errno : 0;
	if (!table->memory)
		return -ENOENT;
	if (!find(table, key, &place)) {
		entry = entry_at(table, place);
		if (state_of(entry) == USED && !table->shape->forgets)
			return -E2BIG;
		set_state(entry, DELETED);
		__atomic_thread_fence(__ATOMIC_RELEASE);
		memcpy(entry + 1, key, table->shape->key_size);
	}
	entry = entry_at(table, place);
	memcpy(value_at(table, place), value, table->shape->value_size);
	entry->put = ++head_of(table)->puts;
	set_state(entry, USED);
	return 0;
}

int table_delete(struct table *table, const void *key)
{
	uint32_t place;

	if (table->map >= 0)
		return bpf_map_delete_elem(table->map, key) ? -errno : 0;
	if (!table->memory || !find(table, key, &place))
		return -ENOENT;
	set_state(entry_at(table, place), DELETED);
	explicit_bzero(value_at(table, place), table->shape->value_size);
	return 0;
}

int table_next(const struct table *table, const void *key, void *ret_key)
{
	uint32_t place = 0;

	if (table->map >= 0)
		return bpf_map_get_next_key(table->map, key, ret_key) ? -errno : 0;
	if (!table->memory || (key && !find(table, key, &place)))
		return -ENOENT;
	for (place += key != NULL; place < table->shape->entries; place++) {
		if (state_of(entry_at(table, place)) != USED)
			continue;
		memcpy(ret_key, entry_at(table, place) + 1, table->shape->key_size);
		return 0;
	}
	return -ENOENT;
}

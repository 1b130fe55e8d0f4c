/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values by their keys: in a BPF map, or in plain memory if the kernel has no map for us. Users of
 * a table need not know which. A table knows no map by name; sys/bpf/store does.
 */
#ifndef SYS_BPF_TABLE_H
#define SYS_BPF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shape of a table in memory. Both sizes are multiples of 8. */
struct table_shape {
	uint32_t key_size, value_size;
	uint32_t entries;
	bool forgets; /* if full, a new key replaces one that was put long ago; else -E2BIG */
	bool secret;  /* others may see the keys, and never a value */
};

struct table {
	int map; /* -1: in memory */
	const struct table_shape *shape;
	uint8_t *memory;  /* NULL: it is nowhere, and holds nothing */
	uint8_t *secrets; /* the values of a secret one, which only this process has */
};

/* A table that is nowhere. */
#define TABLE_NONE ((struct table){.map = -1})

/* A table of a map, which table_close() closes. */
#define TABLE_OF_MAP(fd) ((struct table){.map = (fd)})

/* Returns how many bytes of memory a table needs. */
size_t table_bytes(const struct table_shape *shape);

/* Make a table of memory that may be shared with other processes, and that outlives the table. With
 * `write`, memory that is all zero becomes a table. A table that is there already goes on, unless
 * it is of another version or its values were secret. Returns 0 or -ENOMEM. Without `write`, the
 * table is only read. Returns -ENOENT then if there is no table yet, or -EPROTO if it is of another
 * version. */
int table_of_memory(const struct table_shape *shape, void *memory, bool write,
		    struct table *ret_table);

/* Wipes secrets and closes the map; the memory stays. The table is TABLE_NONE then. */
void table_close(struct table *table);

/* For a per-CPU map *ret_value has one value for each possible CPU. Returns -ENOENT if there is no
 * such key, or -EACCES if the value is a secret of another process. */
int table_get(const struct table *table, const void *key, void *ret_value);
int table_put(struct table *table, const void *key, const void *value);
int table_delete(struct table *table, const void *key);

/* Read the key after `key`, or the first one if key is NULL. Returns -ENOENT if there are no more.
 * Before a key is deleted, ask for its next one. */
int table_next(const struct table *table, const void *key, void *ret_key);

#endif

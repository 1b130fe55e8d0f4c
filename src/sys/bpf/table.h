/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values by their keys: in a BPF map, or in plain memory where the kernel has no map for us. Who
 * holds a table need not know which. Knows no map by name; sys/bpf/store does.
 */
#ifndef SYS_BPF_TABLE_H
#define SYS_BPF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a table in memory. Both sizes are multiples of 8. */
struct table_shape {
	uint32_t key_size, value_size;
	uint32_t entries;
	bool forgets; /* full: a new key takes the place of one that was put long ago; else -E2BIG
		       */
	bool secret;  /* others may see the keys, and never a value */
};

struct table {
	int map; /* -1: in memory */
	const struct table_shape *shape;
	uint8_t *memory;  /* NULL: it is nowhere, and holds nothing */
	uint8_t *secrets; /* the values of a secret one, which only this process has */
};

/* One that is nowhere. */
#define TABLE_NONE ((struct table){.map = -1})

/* One of a map, which table_close() closes. */
#define TABLE_OF_MAP(fd) ((struct table){.map = (fd)})

/* How many bytes of memory a table needs. */
size_t table_bytes(const struct table_shape *shape);

/* One of memory that may be shared with other processes, and that outlives the table. write: memory
 * that is all zero becomes a table; what is there already goes on, unless it is of another version
 * or its values were secret. Else, to look: -ENOENT: no table yet; -EPROTO: of another version.
 * -ENOMEM. */
int table_of_memory(const struct table_shape *shape, void *memory, bool write,
		    struct table *ret_table);

/* Secrets are wiped, and the map closed; the memory stays. It is TABLE_NONE then. */
void table_close(struct table *table);

/* *ret_value: of a per-CPU map it is one value for each possible CPU. -ENOENT: there is no such
 * key. -EACCES: a secret of another process. */
int table_get(const struct table *table, const void *key, void *ret_value);
int table_put(struct table *table, const void *key, const void *value);
int table_delete(struct table *table, const void *key);

/* The key after `key`, or the first one (NULL). -ENOENT: there are no more. Before a key is
 * deleted, ask for its next one. */
int table_next(const struct table *table, const void *key, void *ret_key);

#endif

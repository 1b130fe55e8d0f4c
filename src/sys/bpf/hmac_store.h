/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks over the tables of the authentication trailer, for the agent: hmac_keys and hmac_marks
 * (sys/bpf/store.h).
 */
#ifndef SYS_BPF_HMAC_STORE_H
#define SYS_BPF_HMAC_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/bpf/table.h"

/* Remove the keys for which `unwanted` returns true. Returns how many are left. */
typedef bool (*hmac_store_fn)(void *context, unsigned int slot, uint8_t id);
unsigned int hmac_store_remove(struct table *keys, hmac_store_fn unwanted, void *context);

/* Forget sources that were last accepted before `before_ns`. Returns how many are left. */
unsigned int hmac_store_sweep(struct table *marks, uint64_t before_ns);

#endif

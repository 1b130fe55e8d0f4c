/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pinned map of the fence says about a router. After cmocka.h.
 */
#ifndef TESTS_GUARDS_H
#define TESTS_GUARDS_H

#include <bpf/bpf.h>
#include <stdint.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "vrrp_abi.h"

/* How many addresses and MACs the fence of this directory guards for a slot. */
static inline int guards_of(const char *bpffs, uint16_t slot)
{
	struct vrrp_guarded_key key, *last = NULL;
	struct vrrp_guarded guard;
	int fd = bpffs_open(bpffs, "guarded"), found = 0;

	assert_true(fd >= 0);
	while (!bpf_map_get_next_key(fd, last, &key)) {
		found += key.kind != VRRP_GUARD_PORT && !bpf_map_lookup_elem(fd, &key, &guard) &&
			 guard.slot == slot;
		last = &key;
	}
	close(fd);
	return found;
}

#endif

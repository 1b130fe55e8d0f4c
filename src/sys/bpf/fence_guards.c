/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence's maps: what is guarded, for which slot, and what was dropped for it. One writer, the
 * agent; others look. Knows no program.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/bpf/fence_internal.h"
#include "vrrp_guard.h"

struct vrrp_guarded_key fence_key_address(int ifindex, uint8_t family, const struct vrrp_addr *addr)
{
	struct vrrp_guarded_key key = {.ifindex = (uint32_t)ifindex,
				       .kind = family == 6 ? VRRP_GUARD_IP6 : VRRP_GUARD_IP4};

	memcpy(key.addr.b, addr->b, family == 6 ? 16 : 4);
	return key;
}

struct vrrp_guarded_key fence_key_mac(int ifindex, const uint8_t mac[6])
{
	struct vrrp_guarded_key key = {.ifindex = (uint32_t)ifindex, .kind = VRRP_GUARD_MAC};

	memcpy(key.addr.b, mac, 6);
	return key;
}

static struct vrrp_guarded_key own_key(int ifindex, const uint8_t mac[6])
{
	struct vrrp_guarded_key key = fence_key_mac(ifindex, mac);

	key.kind = VRRP_GUARD_OWN;
	return key;
}

static struct vrrp_guarded_key port_key(uint32_t ifindex)
{
	return (struct vrrp_guarded_key){.ifindex = ifindex, .kind = VRRP_GUARD_PORT};
}

static uint64_t sieve_bit(const struct vrrp_guarded_key *key)
{
	uint64_t words[2];

	memcpy(words, key->addr.b, sizeof(words));
	return vrrp_guard_bit(words[0], words[1]);
}

static int put(int fd, const struct vrrp_guarded_key *key, const struct vrrp_guarded *value)
{
	return bpf_map_update_elem(fd, key, value, BPF_ANY) ? -errno : 0;
}

static int all_keys(int fd, struct vrrp_guarded_key **ret_keys, unsigned int *ret_count)
{
	void *keys;
	int err = bpffs_map_keys(fd, sizeof(**ret_keys), &keys, ret_count);

	if (!err)
		*ret_keys = keys;
	return err;
}

/* The whole map in one system call: with a thousand addresses, two for each key take longer than a
 * restart may. */
struct guard_list {
	struct vrrp_guarded_key *keys;
	struct vrrp_guarded *values;
	unsigned int count;
};

static void guard_list_free(struct guard_list *list)
{
	free(list->keys);
	free(list->values);
}

/* Returns 0, or a negative errno; then there is nothing to be freed. */
static int list_guards(int fd, struct guard_list *ret_list)
{
	struct guard_list list = {
		.keys = malloc(VRRP_MAX_GUARDED * sizeof(*list.keys)),
		.values = malloc(VRRP_MAX_GUARDED * sizeof(*list.values)),
		.count = VRRP_MAX_GUARDED,
	};
	uint64_t next; /* where another call would go on */
	int err = -ENOMEM;

	if (list.keys && list.values)
		err = bpf_map_lookup_batch(fd, NULL, &next, list.keys, list.values, &list.count,
					   NULL)
			      ? -errno
			      : 0;
	/* The end of the map. */
	if (err == -ENOENT)
		err = 0;
	if (err)
		guard_list_free(&list);
	else
		*ret_list = list;
	return err;
}

/* Guards of any interface count on public NICs, too: their sieves have these bits from the start,
 * and from here on the new ones. At most 64 times in the life of an agent there are new ones. */
static int spread(int fd, uint64_t sieve)
{
	struct guard_list list;
	int err = list_guards(fd, &list);

	if (err)
		return err;
	for (unsigned int i = 0; i < list.count && !err; i++) {
		struct vrrp_guarded all = list.values[i];

		if (list.keys[i].kind != VRRP_GUARD_PORT || !list.keys[i].ifindex)
			continue;
		all.sieve |= sieve;
		err = put(fd, &list.keys[i], &all);
	}
	guard_list_free(&list);
	return err;
}

static uint64_t sieve_of_any(int fd)
{
	struct vrrp_guarded_key any = port_key(0);
	struct vrrp_guarded all;

	return bpf_map_lookup_elem(fd, &any, &all) ? 0 : all.sieve;
}

int fence_guard(struct fence *fence, const struct vrrp_guarded_key *key, uint16_t slot,
		uint16_t gate, uint16_t flags)
{
	struct vrrp_guarded_key port = port_key(key->ifindex);
	struct vrrp_guarded guard, all = {0};
	uint64_t any;
	int err;

	if (!bpf_map_lookup_elem(fence->maps[FENCE_GUARDED], key, &guard)) {
		if (guard.slot == slot && guard.count == gate && guard.flags == flags)
			return 0;
		if (guard.slot != slot && guard.slot != VRRP_GUARD_NOBODY)
			return -EEXIST;
		guard.slot = slot;
		guard.count = gate;
		guard.flags = flags;
		return put(fence->maps[FENCE_GUARDED], key, &guard);
	}
	guard = (struct vrrp_guarded){.count = gate, .slot = slot, .flags = flags};
	err = put(fence->maps[FENCE_GUARDED], key, &guard);
	if (err)
		return err;
	/* The guard before the sieve: the other way round is no better, and this is undone easily.
	 */
	any = sieve_of_any(fence->maps[FENCE_GUARDED]);
	bpf_map_lookup_elem(fence->maps[FENCE_GUARDED], &port, &all);
	all.sieve |= sieve_bit(key) | any;
	all.count++;
	err = put(fence->maps[FENCE_GUARDED], &port, &all);
	if (!err && !key->ifindex && sieve_bit(key) & ~any)
		err = spread(fence->maps[FENCE_GUARDED], sieve_bit(key));
	if (err)
		bpf_map_delete_elem(fence->maps[FENCE_GUARDED], key);
	return err;
}

int fence_unguard(struct fence *fence, const struct vrrp_guarded_key *key, uint16_t slot)
{
	struct vrrp_guarded_key port = port_key(key->ifindex);
	struct vrrp_guarded guard, all;

	if (bpf_map_lookup_elem(fence->maps[FENCE_GUARDED], key, &guard))
		return -errno;
	if (guard.slot != slot)
		return -ENOENT;
	if (bpf_map_delete_elem(fence->maps[FENCE_GUARDED], key))
		return -errno;
	if (bpf_map_lookup_elem(fence->maps[FENCE_GUARDED], &port, &all))
		return -errno;
	/* Its bit may be another guard's, too: bits go with the last one. */
	if (all.count > 1) {
		all.count--;
		return put(fence->maps[FENCE_GUARDED], &port, &all);
	}
	return bpf_map_delete_elem(fence->maps[FENCE_GUARDED], &port) ? -errno : 0;
}

/* Ports anew from the guards, as a crash between two updates may have left them wrong. */
static int recount_keys(int fd, const struct vrrp_guarded_key *keys, unsigned int count)
{
	uint64_t any = 0;
	int err = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!keys[i].ifindex && vrrp_is_guard(keys[i].kind))
			any |= sieve_bit(&keys[i]);
	}
	for (unsigned int i = 0; i < count && !err; i++) {
		struct vrrp_guarded_key port = port_key(keys[i].ifindex);
		struct vrrp_guarded all = {.sieve = any};
		bool seen = false;

		for (unsigned int j = 0; j < i && !seen; j++)
			seen = keys[j].ifindex == keys[i].ifindex;
		if (seen)
			continue;
		for (unsigned int j = i; j < count; j++) {
			if (keys[j].ifindex != keys[i].ifindex || !vrrp_is_guard(keys[j].kind))
				continue;
			all.sieve |= sieve_bit(&keys[j]);
			all.count++;
		}
		if (all.count)
			err = put(fd, &port, &all);
		else
			bpf_map_delete_elem(fd, &port);
	}
	return err;
}

static int recount(int fd)
{
	struct guard_list list;
	int err = list_guards(fd, &list);

	if (err)
		return err;
	err = recount_keys(fd, list.keys, list.count);
	guard_list_free(&list);
	return err;
}

static int zero_counters(int fd, uint16_t slot)
{
	const struct vrrp_fenced zero = {0};
	uint32_t key = slot;

	return bpf_map_update_elem(fd, &key, &zero, BPF_ANY) ? -errno : 0;
}

int fence_orphan(struct fence *fence, const struct adopted *adopted)
{
	struct guard_list list;
	int err = list_guards(fence->maps[FENCE_GUARDED], &list);

	if (err)
		return err;
	for (unsigned int i = 0; i < list.count && !err; i++) {
		struct vrrp_guarded guard = list.values[i];
		uint16_t slot = guard.slot;

		if (!vrrp_is_guard(list.keys[i].kind))
			continue;
		if (slot < VRRP_MAX_SLOTS && adopted->slot[slot])
			continue;
		guard.slot = VRRP_GUARD_NOBODY;
		err = put(fence->maps[FENCE_GUARDED], &list.keys[i], &guard);
		if (!err && slot <= VRRP_GUARD_NOBODY)
			err = zero_counters(fence->maps[FENCE_FENCED], slot);
	}
	if (!err)
		err = recount_keys(fence->maps[FENCE_GUARDED], list.keys, list.count);
	guard_list_free(&list);
	return err;
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct vrrp_guarded_key));
}

int fence_keep(struct fence *fence, uint16_t slot, struct vrrp_guarded_key *keys,
	       unsigned int count)
{
	struct guard_list list;
	int err = list_guards(fence->maps[FENCE_GUARDED], &list);

	if (err)
		return err;
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (unsigned int i = 0; i < list.count && !err; i++) {
		struct vrrp_guarded guard = list.values[i];

		if (!vrrp_is_guard(list.keys[i].kind) || guard.slot != slot ||
		    bsearch(&list.keys[i], keys, count, sizeof(*keys), compare_keys))
			continue;
		guard.slot = VRRP_GUARD_NOBODY;
		err = put(fence->maps[FENCE_GUARDED], &list.keys[i], &guard);
	}
	guard_list_free(&list);
	return err;
}

/* Which guards are to go, and which of them must stay all the same. */
struct sweep {
	bool (*goes)(const struct vrrp_guarded_key *key, const struct vrrp_guarded *guard,
		     int argument);
	int argument;
	fence_needed_fn needed; /* NULL: none is */
	void *context;
};

static bool goes(const struct sweep *sweep, const struct guard_list *list, unsigned int at)
{
	return vrrp_is_guard(list->keys[at].kind) &&
	       sweep->goes(&list->keys[at], &list->values[at], sweep->argument);
}

static bool has(const uint32_t *ifindexes, unsigned int count, uint32_t ifindex)
{
	for (unsigned int i = 0; i < count; i++) {
		if (ifindexes[i] == ifindex)
			return true;
	}
	return false;
}

/* The interfaces of those guards that are needed, each once, into ret_ifindexes, which has room for
 * one of each key. Returns how many there are. */
static unsigned int list_needed(const struct sweep *sweep, const struct guard_list *list,
				uint32_t *ret_ifindexes)
{
	unsigned int found = 0;

	for (unsigned int i = 0; sweep->needed && i < list->count; i++) {
		if (goes(sweep, list, i) && sweep->needed(sweep->context, &list->keys[i]) &&
		    !has(ret_ifindexes, found, list->keys[i].ifindex))
			ret_ifindexes[found++] = list->keys[i].ifindex;
	}
	return found;
}

/* Remove the guards that the sweep names. Returns how many, or a negative errno. */
static int forget(int fd, const struct sweep *sweep)
{
	unsigned int needed_count;
	struct guard_list list;
	uint32_t *needed;
	int err = list_guards(fd, &list), forgotten = 0;

	if (err)
		return err;
	needed = calloc(list.count + 1, sizeof(*needed));
	if (!needed) {
		guard_list_free(&list);
		return -ENOMEM;
	}
	needed_count = list_needed(sweep, &list, needed);
	for (unsigned int i = 0; i < list.count; i++) {
		if (!goes(sweep, &list, i) || has(needed, needed_count, list.keys[i].ifindex))
			continue;
		if (!bpf_map_delete_elem(fd, &list.keys[i]))
			forgotten++;
	}
	guard_list_free(&list);
	free(needed);
	err = forgotten ? recount(fd) : 0;
	return err ? err : forgotten;
}

static bool is_orphan(const struct vrrp_guarded_key *key, const struct vrrp_guarded *guard,
		      int argument)
{
	(void)key;
	(void)argument;
	return guard->slot == VRRP_GUARD_NOBODY;
}

int fence_forget_orphans(struct fence *fence, fence_needed_fn needed, void *context)
{
	const struct sweep sweep = {.goes = is_orphan, .needed = needed, .context = context};

	return forget(fence->maps[FENCE_GUARDED], &sweep);
}

static bool is_of_slot(const struct vrrp_guarded_key *key, const struct vrrp_guarded *guard,
		       int slot)
{
	(void)key;
	return guard->slot == slot;
}

int fence_forget_slot(struct fence *fence, uint16_t slot)
{
	const struct sweep sweep = {.goes = is_of_slot, .argument = slot};

	return forget(fence->maps[FENCE_GUARDED], &sweep);
}

static bool is_any(const struct vrrp_guarded_key *key, const struct vrrp_guarded *guard,
		   int argument)
{
	(void)key;
	(void)guard;
	(void)argument;
	return true;
}

/* The pinned guards, or negative errno. */
static int open_guarded(const char *bpffs)
{
	struct bpf_map_info info;
	int fd = bpffs_open_map(bpffs, "guarded", sizeof(struct vrrp_guarded), &info);

	if (fd >= 0 && info.key_size != sizeof(struct vrrp_guarded_key)) {
		close(fd);
		return -EPROTO;
	}
	return fd;
}

int fence_forget_all(const char *bpffs, fence_needed_fn needed, void *context)
{
	const struct sweep sweep = {.goes = is_any, .needed = needed, .context = context};
	int fd = open_guarded(bpffs), forgotten;

	if (fd < 0)
		return fd;
	forgotten = forget(fd, &sweep);
	close(fd);
	return forgotten;
}

bool fence_is_needed(const char *bpffs, int ifindex)
{
	struct vrrp_guarded_key *keys;
	int fd = open_guarded(bpffs);
	unsigned int count;
	bool needed = false;

	if (fd < 0 || all_keys(fd, &keys, &count)) {
		if (fd >= 0)
			close(fd);
		return fd != -ENOENT && bpffs_has(bpffs, "fence_");
	}
	/* A key with ifindex 0 holds on every interface. */
	for (unsigned int i = 0; i < count && !needed; i++)
		needed = vrrp_is_guard(keys[i].kind) &&
			 (!ifindex || !keys[i].ifindex || keys[i].ifindex == (__u32)ifindex);
	free(keys);
	close(fd);
	return needed;
}

bool fence_was_here(const char *bpffs)
{
	int fd = bpffs_open(bpffs, "guarded");

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool fence_guards(const char *bpffs, int ifindex)
{
	struct vrrp_guarded_key port = port_key((uint32_t)ifindex);
	int fd = bpffs_open(bpffs, "guarded");
	struct vrrp_guarded all;
	bool found;

	if (fd < 0)
		return false;
	found = !bpf_map_lookup_elem(fd, &port, &all);
	close(fd);
	return found;
}

/* ---- what an interface below a public one has itself ---- */

int fence_put_own(struct fence *fence, int ifindex, const uint8_t mac[6])
{
	struct vrrp_guarded_key key = own_key(ifindex, mac);
	const struct vrrp_guarded value = {.slot = VRRP_GUARD_NOBODY};

	return put(fence->maps[FENCE_GUARDED], &key, &value);
}

int fence_drop_own(struct fence *fence, int ifindex, const uint8_t mac[6])
{
	struct vrrp_guarded_key key = own_key(ifindex, mac);

	return bpf_map_delete_elem(fence->maps[FENCE_GUARDED], &key) ? -errno : 0;
}

int fence_forget_own(struct fence *fence, fence_kept_fn kept, void *context)
{
	struct vrrp_guarded_key *keys;
	unsigned int count;
	int err = all_keys(fence->maps[FENCE_GUARDED], &keys, &count);

	if (err)
		return err;
	for (unsigned int i = 0; i < count; i++) {
		if (keys[i].kind == VRRP_GUARD_OWN &&
		    !kept(context, (int)keys[i].ifindex, keys[i].addr.b))
			bpf_map_delete_elem(fence->maps[FENCE_GUARDED], &keys[i]);
	}
	free(keys);
	return 0;
}

/* ---- looking ----------------------------------------------------------------------------------
 */

int fence_counters(const char *bpffs, unsigned int first, unsigned int count,
		   struct vrrp_fenced *ret_fenced)
{
	struct vrrp_fenced *found = calloc(count ? count : 1, sizeof(*found));
	int fd = found ? bpffs_open(bpffs, "fenced") : -ENOMEM, err = fd < 0 ? fd : 0;

	for (unsigned int i = 0; i < count && !err; i++) {
		uint32_t slot = first + i;

		err = bpf_map_lookup_elem(fd, &slot, &found[i]) ? -errno : 0;
	}
	if (!err)
		memcpy(ret_fenced, found, count * sizeof(*found));
	free(found);
	if (fd >= 0)
		close(fd);
	return err;
}

int64_t fence_rivals(const struct fence *fence, uint16_t slot)
{
	struct vrrp_fenced found;
	uint32_t key = slot;

	if (bpf_map_lookup_elem(fence->maps[FENCE_FENCED], &key, &found))
		return -errno;
	return (int64_t)found.rivals;
}

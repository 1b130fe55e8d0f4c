/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence's maps: guard, count. One writer, the agent. Where its programs come from is in
 * sys/bpf/loader, where they hang in fence_hook.c.
 */
#include "sys/bpf/fence.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fence.skel.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/fence_internal.h"
#include "sys/bpf/loader.h"
#include "sys/host/log.h"
#include "vrrp_guard.h"

enum map { GUARDED, FENCED, LEASES, MAPS };

static const struct loader_map maps[MAPS] = {
	[GUARDED] = {"guarded", sizeof(struct vrrp_guarded), .unused = false},
	[FENCED] = {"fenced", sizeof(struct vrrp_fenced), .unused = false},
	[LEASES] = {"leases", sizeof(struct vrrp_lease), .unused = false},
};

static const struct loader_program programs[VRRP_FENCE_SIDES] = {
	[VRRP_FENCE_IN] = {FENCE_PROGRAM_PREFIX "in", "fencing_in_"},
	[VRRP_FENCE_OUT] = {FENCE_PROGRAM_PREFIX "out", "fencing_out_"},
};

static const struct loader_object object = {
	.what = "the fence",
	.bytes = fence_bpf__elf_bytes,
	.maps = maps,
	.map_count = MAPS,
	.programs = programs,
	.program_count = VRRP_FENCE_SIDES,
};

struct fence {
	struct fence_programs programs;
	int maps[MAPS];
};

const void *fence_object(size_t *ret_size)
{
	return fence_bpf__elf_bytes(ret_size);
}

const char *fence_hook_name(enum fence_hook hook)
{
	switch (hook) {
	case FENCE_NONE:
		return "none";
	case FENCE_TCX:
		return "tcx";
	case FENCE_CLSACT:
		return "clsact";
	}
	return "none";
}

const char *fence_standing_name(enum fence_standing standing)
{
	switch (standing) {
	case FENCE_FIRST:
		return "first";
	case FENCE_BEHIND:
		return "behind";
	case FENCE_GONE:
		return "gone";
	}
	return "gone";
}

/* The numbers of the loaded programs, by which they are found among those of others. */
static int learn_ids(struct fence_programs *loaded)
{
	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		struct bpf_prog_info info = {0};
		uint32_t length = sizeof(info);

		if (bpf_obj_get_info_by_fd(loaded->fd[side], &info, &length))
			return -errno;
		loaded->id[side] = info.id;
	}
	return 0;
}

int fence_open(const char *bpffs, struct fence **ret_fence)
{
	int err = bpffs_prepare(bpffs);
	struct fence *fence;

	if (err)
		return err;
	fence = calloc(1, sizeof(*fence));
	if (!fence)
		return -ENOMEM;
	snprintf(fence->programs.bpffs, sizeof(fence->programs.bpffs), "%s", bpffs);
	err = loader_open(&object, bpffs, fence->maps, fence->programs.fd);
	if (err) {
		free(fence);
		return err;
	}
	err = learn_ids(&fence->programs);
	if (err) {
		log_err("the fence: %s", strerror(-err));
		fence_close(fence);
		return err;
	}
	*ret_fence = fence;
	return 0;
}

void fence_close(struct fence *fence)
{
	if (!fence)
		return;
	loader_close(fence->maps, MAPS);
	loader_close(fence->programs.fd, VRRP_FENCE_SIDES);
	free(fence);
}

/* The programs read an Ethernet header. */
static int check_ethernet(const char *ifname)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		err = -errno;
	else if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER &&
		 request.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK)
		err = -EPROTONOSUPPORT;
	close(fd);
	return err;
}

int fence_attach(struct fence *fence, int ifindex, const char *ifname, enum fence_hook want,
		 enum fence_hook *ret_hook)
{
	char why[FENCE_WHY];
	int err = check_ethernet(ifname);

	if (err) {
		log_err("%s: cannot be fenced: %s", ifname,
			err == -EPROTONOSUPPORT ? "it is no Ethernet interface" : strerror(-err));
		return err;
	}
	err = fence_hook_attach(&fence->programs, ifindex, want, false, ret_hook, why);
	if (err)
		log_err("%s: cannot be fenced: %s", ifname, why);
	else if (why[0])
		log_warn("%s: the fence: %s", ifname, why);
	return err;
}

void fence_programs(const struct fence *fence, uint32_t ret_programs[VRRP_FENCE_SIDES])
{
	memcpy(ret_programs, fence->programs.id, sizeof(fence->programs.id));
}

int fence_look(const struct fence *fence, int ifindex, enum fence_standing *ret_standing)
{
	enum fence_hook hook;

	return fence_look_hooks(ifindex, fence->programs.id, &hook, ret_standing);
}

int fence_repair(struct fence *fence, int ifindex, enum fence_standing *ret_standing,
		 char why[FENCE_WHY])
{
	enum fence_hook hook;
	int err = fence_hook_attach(&fence->programs, ifindex, FENCE_NONE, true, &hook, why);

	return err ? err : fence_look(fence, ifindex, ret_standing);
}

/* ---- guards ------------------------------------------------------------------------------------
 */

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

int fence_guard(struct fence *fence, const struct vrrp_guarded_key *key, uint16_t slot,
		uint16_t flags)
{
	struct vrrp_guarded_key port = port_key(key->ifindex);
	struct vrrp_guarded guard, all = {0};
	int err;

	if (!bpf_map_lookup_elem(fence->maps[GUARDED], key, &guard)) {
		if (guard.slot == slot && guard.flags == flags)
			return 0;
		if (guard.slot != slot && guard.slot != VRRP_GUARD_NOBODY)
			return -EEXIST;
		guard.slot = slot;
		guard.flags = flags;
		return put(fence->maps[GUARDED], key, &guard);
	}
	guard = (struct vrrp_guarded){.slot = slot, .flags = flags};
	err = put(fence->maps[GUARDED], key, &guard);
	if (err)
		return err;
	/* The guard before the sieve: the other way round is no better, and this is undone easily.
	 */
	bpf_map_lookup_elem(fence->maps[GUARDED], &port, &all);
	all.sieve |= sieve_bit(key);
	all.count++;
	err = put(fence->maps[GUARDED], &port, &all);
	if (err)
		bpf_map_delete_elem(fence->maps[GUARDED], key);
	return err;
}

int fence_unguard(struct fence *fence, const struct vrrp_guarded_key *key)
{
	struct vrrp_guarded_key port = port_key(key->ifindex);
	struct vrrp_guarded all;

	if (bpf_map_delete_elem(fence->maps[GUARDED], key))
		return -errno;
	if (bpf_map_lookup_elem(fence->maps[GUARDED], &port, &all))
		return -errno;
	/* Its bit may be another guard's, too: bits go with the last one. */
	if (all.count > 1) {
		all.count--;
		return put(fence->maps[GUARDED], &port, &all);
	}
	return bpf_map_delete_elem(fence->maps[GUARDED], &port) ? -errno : 0;
}

static int all_keys(int fd, struct vrrp_guarded_key **ret_keys, unsigned int *ret_count)
{
	void *keys;
	int err = bpffs_map_keys(fd, sizeof(**ret_keys), &keys, ret_count);

	if (!err)
		*ret_keys = keys;
	return err;
}

/* Ports anew from the guards, as a crash between two updates may have left them wrong. */
static int recount(int fd)
{
	struct vrrp_guarded_key *keys;
	unsigned int count;
	int err = all_keys(fd, &keys, &count);

	if (err)
		return err;
	for (unsigned int i = 0; i < count && !err; i++) {
		struct vrrp_guarded_key port = port_key(keys[i].ifindex);
		struct vrrp_guarded all = {0};
		bool seen = false;

		for (unsigned int j = 0; j < i && !seen; j++)
			seen = keys[j].ifindex == keys[i].ifindex;
		if (seen)
			continue;
		for (unsigned int j = i; j < count; j++) {
			if (keys[j].ifindex != keys[i].ifindex || keys[j].kind == VRRP_GUARD_PORT)
				continue;
			all.sieve |= sieve_bit(&keys[j]);
			all.count++;
		}
		if (all.count)
			err = put(fd, &port, &all);
		else
			bpf_map_delete_elem(fd, &port);
	}
	free(keys);
	return err;
}

static int zero_counters(int fd, uint16_t slot)
{
	int cpus = libbpf_num_possible_cpus(), err;
	struct vrrp_fenced *zero;
	uint32_t key = slot;

	if (cpus < 0)
		return cpus;
	zero = calloc((size_t)cpus, sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	err = bpf_map_update_elem(fd, &key, zero, BPF_ANY) ? -errno : 0;
	free(zero);
	return err;
}

int fence_orphan(struct fence *fence, const struct adopted *adopted)
{
	struct vrrp_guarded_key *keys;
	unsigned int count;
	int err = all_keys(fence->maps[GUARDED], &keys, &count);

	if (err)
		return err;
	for (unsigned int i = 0; i < count && !err; i++) {
		struct vrrp_guarded guard;
		uint16_t slot;

		if (keys[i].kind == VRRP_GUARD_PORT ||
		    bpf_map_lookup_elem(fence->maps[GUARDED], &keys[i], &guard))
			continue;
		slot = guard.slot;
		if (slot < VRRP_MAX_SLOTS && adopted->slot[slot])
			continue;
		guard.slot = VRRP_GUARD_NOBODY;
		err = put(fence->maps[GUARDED], &keys[i], &guard);
		if (!err && slot <= VRRP_GUARD_NOBODY)
			err = zero_counters(fence->maps[FENCED], slot);
	}
	free(keys);
	return err ? err : recount(fence->maps[GUARDED]);
}

static bool is_among(const struct vrrp_guarded_key *key, const struct vrrp_guarded_key *keys,
		     unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (!memcmp(&keys[i], key, sizeof(*key)))
			return true;
	}
	return false;
}

int fence_keep(struct fence *fence, uint16_t slot, const struct vrrp_guarded_key *keys,
	       unsigned int count)
{
	struct vrrp_guarded_key *all;
	unsigned int all_count;
	int err = all_keys(fence->maps[GUARDED], &all, &all_count);

	if (err)
		return err;
	for (unsigned int i = 0; i < all_count && !err; i++) {
		struct vrrp_guarded guard;

		if (all[i].kind == VRRP_GUARD_PORT ||
		    bpf_map_lookup_elem(fence->maps[GUARDED], &all[i], &guard) ||
		    guard.slot != slot || is_among(&all[i], keys, count))
			continue;
		guard.slot = VRRP_GUARD_NOBODY;
		err = put(fence->maps[GUARDED], &all[i], &guard);
	}
	free(all);
	return err;
}

typedef bool (*guard_filter)(const struct vrrp_guarded_key *key, const struct vrrp_guarded *guard,
			     int argument);

/* Remove the guards that the filter names. How many, or negative errno. */
static int forget(struct fence *fence, guard_filter filter, int argument)
{
	struct vrrp_guarded_key *keys;
	unsigned int count;
	int err = all_keys(fence->maps[GUARDED], &keys, &count), forgotten = 0;

	if (err)
		return err;
	for (unsigned int i = 0; i < count; i++) {
		struct vrrp_guarded guard;

		if (keys[i].kind == VRRP_GUARD_PORT ||
		    bpf_map_lookup_elem(fence->maps[GUARDED], &keys[i], &guard) ||
		    !filter(&keys[i], &guard, argument))
			continue;
		if (!bpf_map_delete_elem(fence->maps[GUARDED], &keys[i]))
			forgotten++;
	}
	free(keys);
	err = forgotten ? recount(fence->maps[GUARDED]) : 0;
	return err ? err : forgotten;
}

static bool is_orphan(const struct vrrp_guarded_key *key, const struct vrrp_guarded *guard,
		      int argument)
{
	(void)key;
	(void)argument;
	return guard->slot == VRRP_GUARD_NOBODY;
}

int fence_forget_orphans(struct fence *fence)
{
	return forget(fence, is_orphan, 0);
}

static bool is_orphan_on(const struct vrrp_guarded_key *key, const struct vrrp_guarded *guard,
			 int ifindex)
{
	return guard->slot == VRRP_GUARD_NOBODY && key->ifindex == (__u32)ifindex;
}

int fence_forget_orphans_on(struct fence *fence, int ifindex)
{
	return forget(fence, is_orphan_on, ifindex);
}

int fence_guards_on(const struct fence *fence, int ifindex, struct vrrp_guarded_key **ret_keys,
		    unsigned int *ret_count)
{
	struct vrrp_guarded_key *keys;
	unsigned int count, found = 0;
	int err = all_keys(fence->maps[GUARDED], &keys, &count);

	if (err)
		return err;
	for (unsigned int i = 0; i < count; i++) {
		if (keys[i].kind != VRRP_GUARD_PORT && keys[i].ifindex == (__u32)ifindex)
			keys[found++] = keys[i];
	}
	*ret_keys = keys;
	*ret_count = found;
	return 0;
}

int fence_guarded_interfaces(const struct fence *fence, int ret_ifindexes[FENCE_MAX_INTERFACES])
{
	struct vrrp_guarded_key *keys;
	unsigned int count;
	int err = all_keys(fence->maps[GUARDED], &keys, &count), found = 0;

	if (err)
		return err;
	for (unsigned int i = 0; i < count && found < FENCE_MAX_INTERFACES; i++) {
		if (keys[i].kind == VRRP_GUARD_PORT)
			ret_ifindexes[found++] = (int)keys[i].ifindex;
	}
	free(keys);
	return found;
}

bool fence_is_guarded(const char *bpffs, int ifindex)
{
	struct vrrp_guarded_key port = port_key((uint32_t)ifindex);
	int fd = bpffs_open(bpffs, "guarded");
	struct vrrp_guarded all;
	bool guarded = fd >= 0 && !bpf_map_lookup_elem(fd, &port, &all);

	if (fd >= 0)
		close(fd);
	return guarded;
}

static bool is_of_slot(const struct vrrp_guarded_key *key, const struct vrrp_guarded *guard,
		       int slot)
{
	(void)key;
	return guard->slot == slot;
}

int fence_forget_slot(struct fence *fence, uint16_t slot)
{
	return forget(fence, is_of_slot, slot);
}

static bool is_of(const struct vrrp_guarded_key *key, const struct vrrp_guarded *guard, int ifindex)
{
	(void)guard;
	return key->ifindex == (__u32)ifindex;
}

int fence_forget_interface(struct fence *fence, int ifindex)
{
	return forget(fence, is_of, ifindex);
}

bool fence_was_here(const char *bpffs)
{
	int fd = bpffs_open(bpffs, "guarded");

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* ---- looking ----------------------------------------------------------------------------------
 */

int fence_counters(const char *bpffs, unsigned int first, unsigned int count,
		   struct vrrp_fenced *ret_fenced)
{
	int cpus = libbpf_num_possible_cpus(), fd, err = 0;
	struct vrrp_fenced *each, *sums;

	if (cpus < 0)
		return cpus;
	fd = bpffs_open(bpffs, "fenced");
	if (fd < 0)
		return fd;
	each = calloc((size_t)cpus, sizeof(*each));
	sums = calloc(count ? count : 1, sizeof(*sums));
	if (!each || !sums)
		err = -ENOMEM;
	for (unsigned int i = 0; i < count && !err; i++) {
		uint32_t slot = first + i;

		if (bpf_map_lookup_elem(fd, &slot, each)) {
			err = -errno;
			break;
		}
		for (int cpu = 0; cpu < cpus; cpu++) {
			for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
				for (int kind = 0; kind < VRRP_FENCED_COUNT; kind++)
					sums[i].frames[side][kind] += each[cpu].frames[side][kind];
			}
			sums[i].rivals += each[cpu].rivals;
			sums[i].refused += each[cpu].refused;
		}
	}
	if (!err)
		memcpy(ret_fenced, sums, count * sizeof(*sums));
	free(each);
	free(sums);
	close(fd);
	return err;
}

int64_t fence_rivals(const struct fence *fence, uint16_t slot)
{
	int cpus = libbpf_num_possible_cpus();
	struct vrrp_fenced *each = cpus < 0 ? NULL : calloc((size_t)cpus, sizeof(*each));
	uint32_t key = slot;
	int64_t rivals = 0;

	if (!each)
		return cpus < 0 ? cpus : -ENOMEM;
	if (bpf_map_lookup_elem(fence->maps[FENCED], &key, each))
		rivals = -errno;
	for (int cpu = 0; cpu < cpus && rivals >= 0; cpu++)
		rivals += (int64_t)each[cpu].rivals;
	free(each);
	return rivals;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which NICs carry the program, and which virtual routers it listens for there.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/bpf/datapath_internal.h"
#include "sys/bpf/fence.h"
#include "sys/bpf/xdp.h"
#include "sys/host/log.h"
#include "sys/net/ask_nic.h"

/* ---- NICs ---- */

static struct vrrp_listener_key port_key(int ifindex)
{
	return (struct vrrp_listener_key){.ifindex = (uint32_t)ifindex};
}

static int listener_keys(int fd, struct vrrp_listener_key **ret_keys, unsigned int *ret_count)
{
	void *keys;
	int err = bpffs_map_keys(fd, sizeof(**ret_keys), &keys, ret_count);

	if (!err)
		*ret_keys = keys;
	return err;
}

static int add_port(int fd, int ifindex)
{
	struct vrrp_listener_key key = port_key(ifindex), *keys;
	struct vrrp_listener value;
	bool taken[VRRP_MAX_PORTS] = {0};
	unsigned int count, port;
	int err;

	if (!bpf_map_lookup_elem(fd, &key, &value))
		return 0;
	err = listener_keys(fd, &keys, &count);
	if (err)
		return err;
	for (unsigned int i = 0; i < count; i++) {
		if (keys[i].family || bpf_map_lookup_elem(fd, &keys[i], &value))
			continue;
		if (value.slot >= VRRP_MAX_SLOTS && value.slot < VRRP_MAX_SLOTS + VRRP_MAX_PORTS)
			taken[value.slot - VRRP_MAX_SLOTS] = true;
	}
	free(keys);
	for (port = 0; port < VRRP_MAX_PORTS && taken[port]; port++)
		;
	if (port == VRRP_MAX_PORTS)
		return -ENOSPC;
	value = (struct vrrp_listener){.slot = (uint16_t)(VRRP_MAX_SLOTS + port)};
	return bpf_map_update_elem(fd, &key, &value, BPF_ANY) ? -errno : 0;
}

/* Does our program in a NIC's dispatcher use other maps than those that are pinned now? Nothing
 * that it hears would be seen. */
static bool is_stale(const struct datapath *dp, const struct xdp_request *request)
{
	struct xdp_state state;
	int fd = xdp_extension(request->bpffs, request->ifindex);
	bool stale = fd >= 0 && !datapath_fits(dp, fd) &&
		     !xdp_query(request->bpffs, request->ifindex, &state) && state.ours;

	if (fd >= 0)
		close(fd);
	return stale;
}

/* Into a dispatcher, which takes more rights than a service has: one that is called there already,
 * of another build, is better than none if it uses our maps. Maps of another version were refused
 * before. */
static int join(const struct datapath *dp, const struct xdp_request *request, bool *ret_generic)
{
	struct xdp_state state;
	int err = datapath_join(dp, request);

	if (!err)
		return xdp_attach(request, dp->program_fd, ret_generic);
	if (xdp_query(request->bpffs, request->ifindex, &state) || !state.ours ||
	    is_stale(dp, request))
		return err;
	log_warn("%s: continues with the program of another version; to renew it, run as root: "
		 "vrrp-xdp attach %s",
		 request->ifname, request->ifname);
	*ret_generic = state.generic;
	return 0;
}

int datapath_attach(struct datapath *dp, const struct xdp_request *request, bool *ret_generic)
{
	int listeners = store_fd(dp->store, STORE_LISTENERS);
	struct vrrp_listener_key key = port_key(request->ifindex);
	struct vrrp_listener value;
	bool had_port = !bpf_map_lookup_elem(listeners, &key, &value);
	int err = link_type_check(request->ifname);

	if (err == -EPROTONOSUPPORT) {
		log_err("%s: " LINK_TYPE_REFUSED, request->ifname);
		return err;
	}
	err = add_port(listeners, request->ifindex);
	if (err) {
		log_err("%s: %s", request->ifname,
			err == -ENOSPC ? "64 interfaces are attached already, which is the limit"
				       : strerror(-err));
		return err;
	}
	/* The dispatcher's own programs cannot be changed in place. */
	err = is_stale(dp, request) ? -EMLINK : xdp_attach(request, dp->program_fd, ret_generic);
	if (err == -EMLINK)
		err = join(dp, request, ret_generic);
	if (err) {
		if (!had_port)
			bpf_map_delete_elem(listeners, &key);
		return err;
	}
	if (!had_port) {
		int refused = xdp_multicast(request->ifname, true);

		if (refused)
			log_warn("%s: cannot open its multicast filter: %s", request->ifname,
				 strerror(-refused));
	}
	return 0;
}

void datapath_renew_links(struct datapath *dp)
{
	int links[VRRP_MAX_PORTS], count = bpffs_links(dp->bpffs, links, VRRP_MAX_PORTS);

	for (int i = 0; dp->program_fd >= 0 && i < count; i++) {
		if (!xdp_renew(dp->bpffs, links[i], dp->program_fd))
			add_port(store_fd(dp->store, STORE_LISTENERS), links[i]);
	}
}

static int release(const char *bpffs, int ifindex, const char *ifname)
{
	struct vrrp_listener_key *keys, port = port_key(ifindex);
	int err = xdp_detach(bpffs, ifindex), fd;
	unsigned int count;

	if (err && err != -ENOENT)
		return err;
	fd = bpffs_open(bpffs, "listeners");
	if (fd < 0)
		return err;
	if (!bpf_map_delete_elem(fd, &port) && ifname)
		xdp_multicast(ifname, false);
	if (!listener_keys(fd, &keys, &count)) {
		for (unsigned int i = 0; i < count; i++) {
			if (keys[i].ifindex == (uint32_t)ifindex)
				bpf_map_delete_elem(fd, &keys[i]);
		}
		free(keys);
	}
	close(fd);
	return err;
}

int datapath_release(const char *bpffs, int ifindex, const char *ifname)
{
	int err = release(bpffs, ifindex, ifname);

	return err == -ENOENT ? 0 : err;
}

int datapath_detach(const char *bpffs, int ifindex, const char *ifname)
{
	bool fence_stays = fence_is_needed(bpffs, ifindex);
	int fence_err = fence_stays ? -ENOENT : fence_detach(bpffs, ifindex);
	int err = release(bpffs, ifindex, ifname);

	if (err == -ENOENT)
		err = fence_err;
	if (err && err != -ENOENT)
		log_err("%s: cannot detach: %s", ifname ? ifname : "(gone)", strerror(-err));
	return err;
}

void datapath_forget_unused(const char *bpffs)
{
	if (bpffs_exists(bpffs) || bpffs_has(bpffs, "link_") || bpffs_locked(bpffs) ||
	    fence_is_needed(bpffs, 0))
		return;
	fence_clear(bpffs); /* filters do not go with their pins */
	bpffs_clear(bpffs);
}

bool datapath_make_way(const char *bpffs)
{
	int links[VRRP_MAX_PORTS], count = bpffs_links(bpffs, links, VRRP_MAX_PORTS);

	if (bpffs_locked(bpffs))
		return false;
	for (int i = 0; i < count; i++) {
		char ifname[IF_NAMESIZE];

		datapath_detach(bpffs, links[i], if_indextoname((unsigned int)links[i], ifname));
	}
	datapath_forget_unused(bpffs);
	/* One for all: the kernel has files of its own in a bpffs. */
	if (bpffs_has(bpffs, "instances") || fence_was_here(bpffs)) {
		log_err("%s: what another version of vrrp-xdp has pinned cannot be removed; run as "
			"root: vrrp-xdp detach --all",
			bpffs);
		return false;
	}
	log_warn("the maps of another version of vrrp-xdp were removed: this one begins anew");
	return true;
}

bool datapath_in_use(const char *bpffs, int ifindex)
{
	struct vrrp_listener_key *keys;
	enum fence_hook hook;
	unsigned int count;
	bool used = false;
	int fd;

	if (!bpffs_locked(bpffs))
		return false;
	if (!fence_query(bpffs, ifindex, &hook) && hook != FENCE_NONE &&
	    fence_guards(bpffs, ifindex))
		return true;
	fd = bpffs_open(bpffs, "listeners");
	if (fd < 0)
		return false;
	if (!listener_keys(fd, &keys, &count)) {
		for (unsigned int i = 0; i < count; i++)
			used |= keys[i].ifindex == (uint32_t)ifindex && keys[i].family;
		free(keys);
	}
	close(fd);
	return used;
}

/* ---- listeners ---- */

static bool is_adopted(const struct table *listeners, const struct vrrp_listener_key *key,
		       const struct adopted *adopted)
{
	struct vrrp_listener value;

	if (!key->family)
		return true;
	return !table_get(listeners, key, &value) && value.slot < VRRP_MAX_SLOTS &&
	       adopted->slot[value.slot];
}

static int forget_listeners(struct datapath *dp, const struct adopted *adopted)
{
	struct table *listeners = store_table(dp->store, STORE_LISTENERS);
	struct vrrp_listener_key *keys;
	unsigned int count;
	int err = listener_keys(listeners->map, &keys, &count);

	if (err)
		return err;
	for (unsigned int i = 0; i < count; i++) {
		if (!is_adopted(listeners, &keys[i], adopted))
			table_delete(listeners, &keys[i]);
	}
	free(keys);
	return 0;
}

int datapath_reset(struct datapath *dp, unsigned int slots, const struct adopted *adopted)
{
	struct vrrp_counters *zero;
	int err = forget_listeners(dp, adopted), cpus;

	if (err)
		return err;
	cpus = libbpf_num_possible_cpus();
	if (cpus < 0)
		return cpus;
	zero = calloc((size_t)cpus, sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	for (uint32_t slot = 0; slot < slots; slot++) {
		struct vrrp_instance *instance = datapath_instance(dp, slot);

		/* Reading an idle page of the map does not make it ours; writing would. */
		if (adopted->slot[slot] || !instance->report.name[0])
			continue;
		memset(instance, 0, sizeof(*instance));
		for (unsigned int path = 0; path < VRRP_MAX_PATHS; path++) {
			memset(datapath_path(dp, slot, path), 0, sizeof(struct vrrp_path));
			memset(datapath_timing(dp, slot, path), 0, sizeof(struct vrrp_timing));
		}
		datapath_leases(dp)[slot].until_ns = 0;
		table_put(store_table(dp->store, STORE_VERDICTS), &slot, zero);
	}
	free(zero);
	return 0;
}

int datapath_listen(struct datapath *dp, int ifindex, uint8_t family, uint8_t vrid, uint16_t slot,
		    uint16_t path)
{
	struct vrrp_listener_key key = {.ifindex = (uint32_t)ifindex,
					.family = family,
					.vrid = vrid};
	struct vrrp_listener value = {.slot = slot, .path = path};

	return table_put(store_table(dp->store, STORE_LISTENERS), &key, &value);
}

int datapath_unlisten(struct datapath *dp, int ifindex, uint8_t family, uint8_t vrid)
{
	struct vrrp_listener_key key = {.ifindex = (uint32_t)ifindex,
					.family = family,
					.vrid = vrid};

	return table_delete(store_table(dp->store, STORE_LISTENERS), &key);
}

int datapath_listener(struct datapath *dp, int ifindex, uint8_t family, uint8_t vrid,
		      struct vrrp_listener *ret_listener)
{
	struct vrrp_listener_key key = {.ifindex = (uint32_t)ifindex,
					.family = family,
					.vrid = vrid};

	return table_get(store_table(dp->store, STORE_LISTENERS), &key, ret_listener);
}

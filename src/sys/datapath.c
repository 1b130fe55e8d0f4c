/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libbpf: load, pin, adopt, map, drain. Decides nothing about adverts.
 */
#include "sys/datapath.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heartbeat.skel.h"
#include "sys/bpffs.h"
#include "sys/log.h"

struct datapath {
	char bpffs[PATH_MAX];
	struct heartbeat_bpf *skel;
	struct ring_buffer *ring;
	struct vrrp_instance *instances;
	struct vrrp_path *paths;
	struct vrrp_lease *leases;
	struct vrrp_history *history;
	datapath_event_fn event_fn;
	void *event_context;
};

/* libbpf's warnings say what the verifier or the kernel refused; the rest is for debugging. */
static int libbpf_log(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[512];

	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	if (level == LIBBPF_WARN)
		log_debug("libbpf: %s", line);
	return 0;
}

static void explain_load(const char *bpffs, int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		log_err("cannot load the XDP program: %s: run as root (or with CAP_BPF, "
			"CAP_NET_ADMIN, "
			"CAP_NET_RAW and CAP_PERFMON)",
			strerror(-err));
		return;
	case EINVAL:
	case ESRCH:
		log_err("cannot load the XDP program: %s; maps of another version may be pinned in "
			"%s: stop the agent, then: vrrp-xdp detach --all",
			strerror(-err), bpffs);
		return;
	case EROFS:
		log_err("cannot pin maps in %s: %s: remount it read-write, or name another with "
			"--bpffs",
			bpffs, strerror(-err));
		return;
	default:
		log_err("cannot load the XDP program: %s (kernel 5.9 or later with "
			"CONFIG_BPF_SYSCALL is needed; --log-level debug shows more)",
			strerror(-err));
	}
}

static void *map_array(struct bpf_map *map)
{
	size_t size = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (memory == MAP_FAILED) {
		log_err("cannot map %s: %s", bpf_map__name(map), strerror(errno));
		return NULL;
	}
	return memory;
}

static void unmap_array(struct bpf_map *map, void *memory)
{
	if (memory)
		munmap(memory, (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map));
}

int datapath_open(const char *bpffs, struct datapath **ret_datapath)
{
	struct datapath *dp;
	struct bpf_map *map;
	bool was_empty;
	int err, link;

	libbpf_set_print(libbpf_log);
	err = bpffs_prepare(bpffs);
	if (err)
		return err;
	was_empty = bpffs_links(bpffs, &link, 1) == 0;
	dp = calloc(1, sizeof(*dp));
	if (!dp)
		return -ENOMEM;
	snprintf(dp->bpffs, sizeof(dp->bpffs), "%s", bpffs);
	dp->skel = heartbeat_bpf__open();
	if (!dp->skel) {
		err = -errno;
		log_err("cannot open the XDP program: %s", strerror(-err));
		goto fail;
	}
	bpf_object__for_each_map(map, dp->skel->obj)
	{
		char path[PATH_MAX];

		if (bpf_map__is_internal(map))
			continue;
		err = bpffs_path(bpffs, bpf_map__name(map), path);
		if (!err)
			err = bpf_map__set_pin_path(map, path);
		if (err)
			goto fail;
	}
	err = heartbeat_bpf__load(dp->skel);
	if (err) {
		explain_load(bpffs, err);
		goto fail;
	}
	err = -ENOMEM;
	dp->instances = map_array(dp->skel->maps.instances);
	dp->paths = map_array(dp->skel->maps.paths);
	dp->leases = map_array(dp->skel->maps.leases);
	dp->history = map_array(dp->skel->maps.history);
	if (!dp->instances || !dp->paths || !dp->leases || !dp->history)
		goto fail;
	*ret_datapath = dp;
	return 0;
fail:
	datapath_close(dp);
	if (was_empty)
		bpffs_clear(bpffs);
	return err;
}

void datapath_close(struct datapath *dp)
{
	if (!dp)
		return;
	ring_buffer__free(dp->ring);
	if (dp->skel) {
		unmap_array(dp->skel->maps.instances, dp->instances);
		unmap_array(dp->skel->maps.paths, dp->paths);
		unmap_array(dp->skel->maps.leases, dp->leases);
		unmap_array(dp->skel->maps.history, dp->history);
		heartbeat_bpf__destroy(dp->skel);
	}
	free(dp);
}

/* ---- listeners and ports ---- */

static struct vrrp_listener_key port_key(int ifindex)
{
	return (struct vrrp_listener_key){.ifindex = (uint32_t)ifindex};
}

/* Every key of `listeners`, in one allocation. A map that changes under the walk may repeat keys.
 */
static int listener_keys(int fd, struct vrrp_listener_key **ret_keys, unsigned int *ret_count)
{
	struct vrrp_listener_key *keys = NULL, *previous = NULL;
	unsigned int count = 0, room = 0;

	for (;;) {
		if (count == room) {
			unsigned int grown = room ? room * 2 : 64;
			void *bigger = realloc(keys, grown * sizeof(*keys));

			if (!bigger) {
				free(keys);
				return -ENOMEM;
			}
			keys = bigger;
			room = grown;
			previous = count ? &keys[count - 1] : NULL;
		}
		if (bpf_map_get_next_key(fd, previous, &keys[count]))
			break;
		previous = &keys[count++];
	}
	*ret_keys = keys;
	*ret_count = count;
	return 0;
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

int datapath_attach(struct datapath *dp, const struct xdp_request *request, bool *ret_generic)
{
	int listeners = bpf_map__fd(dp->skel->maps.listeners);
	struct vrrp_listener_key key = port_key(request->ifindex);
	struct vrrp_listener value;
	bool had_port = !bpf_map_lookup_elem(listeners, &key, &value);
	int err = add_port(listeners, request->ifindex);

	if (err) {
		log_err("%s: %s", request->ifname,
			err == -ENOSPC ? "64 interfaces are attached: no port left"
				       : strerror(-err));
		return err;
	}
	err = xdp_attach(request, bpf_program__fd(dp->skel->progs.vrrp_heartbeat), ret_generic);
	if (err) {
		if (!had_port)
			bpf_map_delete_elem(listeners, &key);
		return err;
	}
	if (!had_port) {
		int refused = xdp_multicast(request->ifname, true);

		if (refused)
			log_warn("%s: its multicast filter cannot be opened: %s", request->ifname,
				 strerror(-refused));
	}
	return 0;
}

static int open_pinned(const char *bpffs, const char *name)
{
	char path[PATH_MAX];
	int fd, err = bpffs_path(bpffs, name, path);

	if (err)
		return err;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int datapath_detach(const char *bpffs, int ifindex, const char *ifname, bool keep_maps)
{
	int err = xdp_detach(bpffs, ifindex), fd;

	if (err && err != -ENOENT) {
		log_err("%s: cannot detach: %s", ifname ? ifname : "(gone)", strerror(-err));
		return err;
	}
	fd = open_pinned(bpffs, "listeners");
	if (fd >= 0) {
		struct vrrp_listener_key *keys, port = port_key(ifindex);
		unsigned int count;

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
	}
	if (!keep_maps)
		datapath_forget_unused(bpffs);
	return err;
}

void datapath_forget_unused(const char *bpffs)
{
	int ifindex;

	if (!bpffs_exists(bpffs) && !bpffs_links(bpffs, &ifindex, 1))
		bpffs_clear(bpffs);
}

bool datapath_in_use(const char *bpffs, int ifindex)
{
	int lock = bpffs_lock(bpffs), fd;
	struct vrrp_listener_key *keys;
	unsigned int count;
	bool used = false;

	if (lock >= 0) { /* nobody holds it: no agent runs */
		close(lock);
		return false;
	}
	if (lock != -EWOULDBLOCK)
		return false;
	fd = open_pinned(bpffs, "listeners");
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

/* ---- the agent's side ---- */

static void discard(void *context, const struct vrrp_event *event)
{
	(void)context;
	(void)event;
}

int datapath_reset(struct datapath *dp)
{
	int fd = bpf_map__fd(dp->skel->maps.listeners);
	struct vrrp_listener_key *keys;
	struct vrrp_counters *zero;
	unsigned int count;
	int err = listener_keys(fd, &keys, &count), cpus;

	if (err)
		return err;
	for (unsigned int i = 0; i < count; i++) {
		if (keys[i].family)
			bpf_map_delete_elem(fd, &keys[i]);
	}
	free(keys);
	cpus = libbpf_num_possible_cpus();
	if (cpus < 0)
		return cpus;
	zero = calloc((size_t)cpus, sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	/* Slots are given from 0 on: the first unused one ends it, and idle pages are not touched.
	 */
	for (unsigned int slot = 0; slot < VRRP_MAX_SLOTS && dp->instances[slot].report.name[0];
	     slot++) {
		uint32_t key = slot;

		memset(&dp->instances[slot], 0, sizeof(dp->instances[slot]));
		memset(&dp->paths[slot * VRRP_MAX_PATHS], 0, VRRP_MAX_PATHS * sizeof(*dp->paths));
		dp->leases[slot].until_ns = 0;
		bpf_map_update_elem(bpf_map__fd(dp->skel->maps.verdicts), &key, zero, BPF_ANY);
	}
	free(zero);
	err = datapath_drain(dp, discard, NULL);
	return err < 0 ? err : 0;
}

int datapath_listen(struct datapath *dp, int ifindex, uint8_t family, uint8_t vrid, uint16_t slot,
		    uint16_t path)
{
	struct vrrp_listener_key key = {.ifindex = (uint32_t)ifindex,
					.family = family,
					.vrid = vrid};
	struct vrrp_listener value = {.slot = slot, .path = path};

	return bpf_map_update_elem(bpf_map__fd(dp->skel->maps.listeners), &key, &value, BPF_ANY)
		       ? -errno
		       : 0;
}

int datapath_unlisten(struct datapath *dp, int ifindex, uint8_t family, uint8_t vrid)
{
	struct vrrp_listener_key key = {.ifindex = (uint32_t)ifindex,
					.family = family,
					.vrid = vrid};

	return bpf_map_delete_elem(bpf_map__fd(dp->skel->maps.listeners), &key) ? -errno : 0;
}

struct vrrp_instance *datapath_instance(struct datapath *dp, unsigned int slot)
{
	return &dp->instances[slot];
}

struct vrrp_path *datapath_path(struct datapath *dp, unsigned int slot, unsigned int path)
{
	return &dp->paths[slot * VRRP_MAX_PATHS + path];
}

struct vrrp_lease *datapath_leases(struct datapath *dp)
{
	return dp->leases;
}

struct vrrp_history *datapath_history(struct datapath *dp)
{
	return dp->history;
}

static int on_record(void *context, void *data, size_t size)
{
	struct datapath *dp = context;

	if (size >= sizeof(struct vrrp_event))
		dp->event_fn(dp->event_context, data);
	return 0;
}

int datapath_events_fd(const struct datapath *dp)
{
	return bpf_map__fd(dp->skel->maps.events);
}

int datapath_drain(struct datapath *dp, datapath_event_fn fn, void *context)
{
	if (!dp->ring) {
		dp->ring = ring_buffer__new(datapath_events_fd(dp), on_record, dp, NULL);
		if (!dp->ring)
			return -errno;
	}
	dp->event_fn = fn;
	dp->event_context = context;
	return ring_buffer__consume(dp->ring);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence's programs and maps by libbpf: adopt, or load and pin. Knows no guard and no hook.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fence.skel.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/fence_internal.h"
#include "sys/host/log.h"
#include "vrrp_guard.h"

#define PROGRAM_MAPS 8 /* of a program, more than it has */

static const struct {
	const char *name;
	uint32_t value_size;
} maps[FENCE_MAPS] = {
	[FENCE_GUARDED] = {"guarded", sizeof(struct vrrp_guarded)},
	[FENCE_FENCED] = {"fenced", sizeof(struct vrrp_fenced)},
	[FENCE_LEASES] = {"leases", sizeof(struct vrrp_lease)},
};

static const char *const pin_prefixes[VRRP_FENCE_SIDES] = {
	[VRRP_FENCE_IN] = "fencing_in_",
	[VRRP_FENCE_OUT] = "fencing_out_",
};

const void *fence_object(size_t *ret_size)
{
	return fence_bpf__elf_bytes(ret_size);
}

static void pin_name(int side, char name[BPFFS_BUILD_NAME])
{
	size_t size;
	const void *object = fence_object(&size);

	bpffs_build_name(pin_prefixes[side], object, size, name);
}

static void set_closed(struct fence_loaded *loaded)
{
	for (int side = 0; side < VRRP_FENCE_SIDES; side++)
		loaded->program[side] = -1;
	for (int i = 0; i < FENCE_MAPS; i++)
		loaded->map[i] = -1;
}

void fence_unload(struct fence_loaded *loaded)
{
	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		if (loaded->program[side] >= 0)
			close(loaded->program[side]);
	}
	for (int i = 0; i < FENCE_MAPS; i++) {
		if (loaded->map[i] >= 0)
			close(loaded->map[i]);
	}
	set_closed(loaded);
}

/* ---- adopting ---- */

/* A map may have been pinned anew since the program was. */
static bool uses(int program, uint32_t map_id)
{
	uint32_t ids[PROGRAM_MAPS] = {0};
	struct bpf_prog_info info = {.nr_map_ids = PROGRAM_MAPS, .map_ids = (uintptr_t)ids};
	uint32_t length = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &length))
		return false;
	for (uint32_t i = 0; i < info.nr_map_ids && i < PROGRAM_MAPS; i++) {
		if (ids[i] == map_id)
			return true;
	}
	return false;
}

/* Nothing to verify again. */
static bool adopt(const char *bpffs, struct fence_loaded *loaded)
{
	char name[BPFFS_BUILD_NAME];

	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		pin_name(side, name);
		loaded->program[side] = bpffs_open(bpffs, name);
		if (loaded->program[side] < 0)
			return false;
	}
	for (int i = 0; i < FENCE_MAPS; i++) {
		struct bpf_map_info info;

		loaded->map[i] = bpffs_open_map(bpffs, maps[i].name, maps[i].value_size, &info);
		if (loaded->map[i] < 0)
			return false;
		for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
			if (!uses(loaded->program[side], info.id))
				return false;
		}
	}
	return true;
}

/* ---- loading ---- */

static int set_pins(struct fence_bpf *skel, const char *bpffs)
{
	for (int i = 0; i < FENCE_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, maps[i].name);
		char path[PATH_MAX];
		int err = map ? bpffs_path(bpffs, maps[i].name, path) : -ENOENT;

		if (!err)
			err = bpf_map__set_pin_path(map, path);
		if (err)
			return err;
	}
	return 0;
}

static int duplicate(int fd, int *ret_fd)
{
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return *ret_fd < 0 ? -errno : 0;
}

static int take_over_fds(const struct fence_bpf *skel, struct fence_loaded *loaded)
{
	int err = duplicate(bpf_program__fd(skel->progs.vrrp_fence_in),
			    &loaded->program[VRRP_FENCE_IN]);

	if (!err)
		err = duplicate(bpf_program__fd(skel->progs.vrrp_fence_out),
				&loaded->program[VRRP_FENCE_OUT]);
	for (int i = 0; i < FENCE_MAPS && !err; i++)
		err = duplicate(bpf_map__fd(bpf_object__find_map_by_name(skel->obj, maps[i].name)),
				&loaded->map[i]);
	return err;
}

/* In place of another build's; the next start does without, where it does not work. */
static void pin(const char *bpffs, const struct fence_loaded *loaded)
{
	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		char name[BPFFS_BUILD_NAME];
		int err;

		pin_name(side, name);
		err = bpffs_pin_build(bpffs, pin_prefixes[side], name, loaded->program[side]);
		if (err)
			log_debug("%s/%s: %s", bpffs, name, strerror(-err));
	}
}

static int load(const char *bpffs, struct fence_loaded *loaded)
{
	struct fence_bpf *skel = fence_bpf__open();
	int err;

	if (!skel) {
		err = -errno;
		log_err("cannot open the fence: %s", strerror(-err));
		return err;
	}
	err = set_pins(skel, bpffs);
	if (!err)
		err = fence_bpf__load(skel);
	if (err)
		log_err("cannot load the fence: %s%s", strerror(-err),
			err == -EPERM || err == -EACCES ? ": run as root"
			: err == -EINVAL ? "; maps of another version may be pinned: stop the "
					   "agent, then: vrrp-xdp detach --all"
					 : " (log-level = debug shows more)");
	if (!err)
		err = take_over_fds(skel, loaded);
	if (!err)
		pin(bpffs, loaded);
	fence_bpf__destroy(skel); /* the parsed object is larger than all else that we hold */
	malloc_trim(0);
	return err;
}

int fence_load(const char *bpffs, struct fence_loaded *ret_loaded)
{
	struct fence_loaded loaded;
	int err = 0;

	set_closed(&loaded);
	if (!adopt(bpffs, &loaded)) {
		fence_unload(&loaded);
		err = load(bpffs, &loaded);
	}
	if (err) {
		fence_unload(&loaded);
		return err;
	}
	*ret_loaded = loaded;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads BPF objects, or adopts those of an earlier run. Depends on libbpf, sys/bpf/bpffs and the
 * log. Digests of object files tell builds apart.
 */
#include "sys/bpf/loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/host/libc.h"
#include "sys/host/log.h"
#include "sys/host/permission.h"

#define PIN_NAME_SIZE 40

/* ---- errors ---- */

/* The kernel's ENOTSUPP, which no header has: it cannot translate an instruction for this CPU. */
#define KERNEL_ENOTSUPP 524

/* The last lines of libbpf and the verifier, which are shown only when a load fails. Two threads
 * may load at the same time, and libbpf has one printer for the process. */
#define SAID_LINES 4
static _Thread_local bool is_quiet;
static _Thread_local char said[SAID_LINES][256];
static _Thread_local unsigned int said_count;

static int libbpf_log(enum libbpf_print_level level, const char *format, va_list args)
{
	char *line = said[said_count % SAID_LINES];

	if (level != LIBBPF_WARN || is_quiet)
		return 0;
	vsnprintf(line, sizeof(said[0]), format, args);
	line[strcspn(line, "\n")] = '\0';
	said_count++;
	log_debug("libbpf: %s", line);
	return 0;
}

bool loader_quiet(bool quiet)
{
	bool was_quiet = is_quiet;

	libbpf_set_print(libbpf_log);
	is_quiet = quiet;
	return was_quiet;
}

static const char *advice(int err)
{
	switch (-err) {
	case EROFS:
		return ": remount it read-write, or name another directory with --bpffs";
	case ESTALE:
		return ": maps of another version are pinned there; vrrp-xdp detach --all "
		       "removes them";
	case EINVAL:
		return ": the kernel's verifier refuses it: please report what it said";
	case ENOSYS:
	case EOPNOTSUPP:
	case KERNEL_ENOTSUPP:
		return ": " LOADER_KERNEL " or later is needed";
	default:
		return "";
	}
}

static void explain(const struct loader_object *object, const char *bpffs, int err)
{
	unsigned int first = said_count > SAID_LINES ? said_count - SAID_LINES : 0;
	const uint64_t needed = PERMISSION_BPF | PERMISSION_PERFMON | PERMISSION_NET_ADMIN;
	char why[PERMISSION_TEXT];

	for (unsigned int i = first; i < said_count && err != -EPERM; i++)
		log_err("libbpf: %s", said[i % SAID_LINES]);
	if (err == -EPERM || err == -EACCES)
		log_err("cannot load %s with its maps in %s: %s: %s", object->what, bpffs,
			strerror(-err), permission_why(needed, why));
	else
		log_err("cannot load %s with its maps in %s: %s%s", object->what, bpffs,
			strerror(-err), advice(err));
}

/* ---- adopting ---- */

static uint32_t map_id(int map)
{
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);

	return bpf_obj_get_info_by_fd(map, &info, &length) ? 0 : info.id;
}

static bool is_among(uint32_t id, const uint32_t ids[LOADER_MAPS])
{
	for (unsigned int i = 0; i < LOADER_MAPS; i++) {
		if (ids[i] == id)
			return id != 0;
	}
	return false;
}

bool loader_fits(const struct loader_object *object, const int *maps, int program)
{
	uint32_t used[LOADER_MAPS] = {0};
	struct bpf_prog_info info = {.nr_map_ids = LOADER_MAPS, .map_ids = (uintptr_t)used};
	uint32_t length = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &length))
		return false;
	for (unsigned int i = 0; i < object->map_count; i++) {
		if (!object->maps[i].unused && !is_among(map_id(maps[i]), used))
			return false;
	}
	return true;
}

static void set_closed(int *fds, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		fds[i] = -1;
}

void loader_close(int *fds, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	set_closed(fds, count);
}

/* The name of the pin of a program of this very build. */
static void pin_name(const struct loader_object *object, unsigned int program,
		     char name[PIN_NAME_SIZE])
{
	snprintf(name, PIN_NAME_SIZE, "%s%s", object->programs[program].pin, object->digest);
}

/* Did this very build pin its programs, so that its maps fit? */
static bool is_pinned(const struct loader_object *object, const char *bpffs)
{
	char name[PIN_NAME_SIZE], path[PATH_MAX];

	pin_name(object, 0, name);
	return !bpffs_path(bpffs, name, path) && !access(path, F_OK);
}

static bool adopt_maps(const struct loader_object *object, const char *bpffs, bool alone, int *maps)
{
	if (!alone && !is_pinned(object, bpffs))
		return false;
	for (unsigned int i = 0; i < object->map_count; i++) {
		const struct loader_map *map = &object->maps[i];

		maps[i] = bpffs_open_map(bpffs, map->name, map->value_size, NULL);
		if (maps[i] < 0) {
			loader_close(maps, object->map_count);
			return false;
		}
	}
	return true;
}

static bool adopt_programs(const struct loader_object *object, const char *bpffs, const int *maps,
			   int *programs)
{
	for (unsigned int i = 0; i < object->program_count; i++) {
		char name[PIN_NAME_SIZE];

		pin_name(object, i, name);
		programs[i] = bpffs_open(bpffs, name);
		if (programs[i] < 0 || !loader_fits(object, maps, programs[i])) {
			loader_close(programs, object->program_count);
			return false;
		}
	}
	return true;
}

/* ---- loading ---- */

/* libbpf reports a pinned map that does not fit with the same error as the verifier reports a
 * program. So check the map before. Returns -ESTALE if it does not fit. */
static int check_pinned(const struct bpf_map *map, const char *bpffs, const char *name)
{
	struct bpf_map_info info;
	int fd = bpffs_open_map(bpffs, name, 0, &info);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	close(fd);
	return info.type == bpf_map__type(map) && info.key_size == bpf_map__key_size(map) &&
			       info.value_size == bpf_map__value_size(map) &&
			       info.max_entries == bpf_map__max_entries(map) &&
			       info.map_flags == bpf_map__map_flags(map)
		       ? 0
		       : -ESTALE;
}

static int set_pins(const struct loader_object *object, const char *bpffs,
		    struct bpf_object *opened)
{
	for (unsigned int i = 0; i < object->map_count; i++) {
		const char *name = object->maps[i].name;
		struct bpf_map *map = bpf_object__find_map_by_name(opened, name);
		char path[PATH_MAX];
		int err = map ? bpffs_path(bpffs, name, path) : -ENOENT;

		if (!err)
			err = bpf_map__set_pin_path(map, path);
		if (!err)
			err = check_pinned(map, bpffs, name);
		/* The old program has the old map until it is replaced. Then the counters begin
		 * anew, which costs less than to refuse the new version. */
		if (err == -ESTALE && object->maps[i].counts)
			err = unlink(path) ? -errno : 0;
		if (err)
			return err;
	}
	return 0;
}

int loader_open_object(const struct loader_object *object, const char *bpffs,
		       struct bpf_object **ret_object)
{
	struct bpf_object *opened;
	const void *bytes;
	size_t size;
	int err;

	loader_quiet(false);
	said_count = 0;
	bytes = object->bytes(&size);
	opened = bpf_object__open_mem(bytes, size, NULL);
	err = opened ? set_pins(object, bpffs, opened) : -errno;
	if (err) {
		explain(object, bpffs, err);
		bpf_object__close(opened);
		return err;
	}
	*ret_object = opened;
	return 0;
}

static int duplicate(int fd, int *ret_fd)
{
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return *ret_fd < 0 ? -errno : 0;
}

/* Replaces the pin of another build's program, or of one with other maps; links hold the programs
 * that they run. If the program cannot be pinned, the next start loads it again. */
static void pin_program(const struct loader_object *object, const char *bpffs, unsigned int program,
			int fd)
{
	char name[PIN_NAME_SIZE], path[PATH_MAX];

	bpffs_remove(bpffs, object->programs[program].pin);
	pin_name(object, program, name);
	if (bpffs_path(bpffs, name, path) || bpf_obj_pin(fd, path))
		log_debug("%s/%s: cannot pin: %s", bpffs, name, strerror(errno));
}

static void autoload(struct bpf_object *opened, bool wanted)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, opened) bpf_program__set_autoload(program, wanted);
}

static int load_maps(const struct loader_object *object, struct bpf_object *opened, int *maps)
{
	int err;

	autoload(opened, false);
	err = bpf_object__load(opened);
	for (unsigned int i = 0; !err && i < object->map_count; i++)
		err = duplicate(bpf_object__find_map_fd_by_name(opened, object->maps[i].name),
				&maps[i]);
	return err;
}

static int load_programs(const struct loader_object *object, struct bpf_object *opened,
			 int *programs)
{
	int err = bpf_object__load(opened);

	for (unsigned int i = 0; !err && i < object->program_count; i++) {
		const char *name = object->programs[i].name;
		struct bpf_program *program = bpf_object__find_program_by_name(opened, name);

		err = program ? duplicate(bpf_program__fd(program), &programs[i]) : -ENOENT;
	}
	return err;
}

/* What a file has between these addresses is needed no more. The kernel reads it again if it is.
 * Whole pages only: beside them lies what the process goes on to use. */
static void leave_pages(uintptr_t begin, uintptr_t end)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	begin = (begin + page - 1) & ~(page - 1);
	end &= ~(page - 1);
	if (begin < end)
		(void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}

/* Libraries by which libbpf reads an object: libelf, and for that zlib and libzstd. What is written
 * to, as by the dynamic linker, stays. */
static int leave_library(struct dl_phdr_info *info, size_t size, void *context)
{
	const char *name = strrchr(info->dlpi_name, '/');

	(void)size;
	(void)context;
	if (!name || (strncmp(name, "/libelf", 7) != 0 && strncmp(name, "/libz", 5) != 0))
		return 0;
	for (unsigned int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t begin = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
			leave_pages(begin, begin + segment->p_memsz);
	}
	return 0;
}

/* The parsed object is larger than all else that we hold. */
static void close_object(const struct loader_object *object, struct bpf_object *opened)
{
	uintptr_t bytes;
	size_t size;

	bpf_object__close(opened);
	libc_trim_heap();
	bytes = (uintptr_t)object->bytes(&size);
	leave_pages(bytes, bytes + size);
	dl_iterate_phdr(leave_library, NULL);
}

int loader_open_maps(const struct loader_object *object, const char *bpffs, bool alone,
		     int *ret_maps)
{
	struct bpf_object *opened;
	int err;

	set_closed(ret_maps, object->map_count);
	if (adopt_maps(object, bpffs, alone, ret_maps))
		return 0;
	err = loader_open_object(object, bpffs, &opened);
	if (err)
		return err;
	err = load_maps(object, opened, ret_maps);
	if (err) {
		explain(object, bpffs, err);
		loader_close(ret_maps, object->map_count);
	}
	close_object(object, opened);
	return err;
}

int loader_open_programs(const struct loader_object *object, const char *bpffs, const int *maps,
			 int *ret_programs)
{
	struct bpf_object *opened;
	int err;

	set_closed(ret_programs, object->program_count);
	if (adopt_programs(object, bpffs, maps, ret_programs))
		return 0;
	err = loader_open_object(object, bpffs, &opened);
	if (err)
		return err;
	err = load_programs(object, opened, ret_programs);
	if (err) {
		explain(object, bpffs, err);
		loader_close(ret_programs, object->program_count);
	}
	for (unsigned int i = 0; !err && i < object->program_count; i++)
		pin_program(object, bpffs, i, ret_programs[i]);
	close_object(object, opened);
	return err;
}

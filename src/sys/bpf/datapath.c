/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libbpf: load, pin, adopt, map, drain. Decides nothing about adverts.
 */
#include "sys/bpf/datapath.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heartbeat.skel.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/datapath_internal.h"
#include "sys/bpf/dispatcher.h"
#include "sys/host/log.h"
#include "sys/host/runfile.h"

static const struct {
	const char *name;
	uint32_t value_size; /* 0: not compared */
	uint32_t entries;    /* to be mapped; 0: not mapped */
} maps[AREA_COUNT] = {
	[MAP_LISTENERS] = {"listeners", sizeof(struct vrrp_listener), 0},
	[MAP_INSTANCES] = {"instances", sizeof(struct vrrp_instance), VRRP_MAX_SLOTS},
	[MAP_PATHS] = {"paths", sizeof(struct vrrp_path), VRRP_MAX_SLOTS *VRRP_MAX_PATHS},
	[MAP_VERDICTS] = {"verdicts", sizeof(struct vrrp_counters), 0},
	[MAP_NEIGHBORS] = {"neighbors", sizeof(struct vrrp_neighbor), 0},
	[MAP_EVENTS] = {"events", 0, 0},
	[MAP_LEASES] = {"leases", sizeof(struct vrrp_lease), VRRP_MAX_SLOTS},
	[MAP_HISTORY] = {"history", sizeof(struct vrrp_history), VRRP_MAX_HISTORY},
	[MAP_MONITORS] = {"monitors", 0, 0},
	[MAP_HMAC_KEYS] = {"hmac_keys", sizeof(struct vrrp_hmac_key), 0},
	[MAP_HMAC_MARKS] = {"hmac_marks", sizeof(struct vrrp_hmac_mark), 0},
	[MAP_HMAC_CLOCK] = {"hmac_clock", sizeof(struct vrrp_hmac_clock), 1},
	[FILE_HMAC] = {"hmac_marks", sizeof(struct hmac_file), 1},
};

#define PIN_PREFIX "program_"

/* What libbpf and the verifier said last: shown when a load fails, not before. */
#define SAID_LINES 4
static char said[SAID_LINES][256];
static unsigned int said_count;

static int libbpf_log(enum libbpf_print_level level, const char *format, va_list args)
{
	char *line = said[said_count % SAID_LINES];

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(said[0]), format, args);
	line[strcspn(line, "\n")] = '\0';
	said_count++;
	log_debug("libbpf: %s", line);
	return 0;
}

static void explain_load(const char *bpffs, bool was_pinned, int err)
{
	unsigned int first = said_count > SAID_LINES ? said_count - SAID_LINES : 0;
	const char *advice = "";

	switch (-err) {
	case EPERM:
	case EACCES:
		advice = ": run as root (or with CAP_BPF, CAP_NET_ADMIN, CAP_NET_RAW, CAP_PERFMON)";
		break;
	case EROFS:
		advice = ": remount it read-write, or name another directory with --bpffs";
		break;
	case EINVAL:
	case EEXIST:
		advice = was_pinned
				 ? ": maps of another version are pinned there: stop the agent, "
				   "then: vrrp-xdp detach --all"
				 : ": the kernel's verifier refuses it: please report what it said";
		break;
	case ENOSYS:
	case EOPNOTSUPP:
		advice = ": Linux 5.12 or later is needed";
		break;
	default:
		break;
	}
	for (unsigned int i = first; i < said_count && err != -EPERM; i++)
		log_err("libbpf: %s", said[i % SAID_LINES]);
	log_err("cannot load the XDP program with its maps in %s: %s%s", bpffs, strerror(-err),
		advice);
}

const void *datapath_object(size_t *ret_size)
{
	return heartbeat_bpf__elf_bytes(ret_size);
}

/* The pin of the program that this very build carries. */
static void program_pin(char name[BPFFS_BUILD_NAME])
{
	size_t size;
	const void *object = datapath_object(&size);

	bpffs_build_name(PIN_PREFIX, object, size, name);
}

/* The program and maps as an earlier start of the same build pinned them: nothing to verify again,
 * so that a restart takes milliseconds. -ENOENT: something is missing. */
static int adopt(struct datapath *dp, bool program)
{
	char name[BPFFS_BUILD_NAME];

	program_pin(name);
	if (program)
		dp->program_fd = bpffs_open(dp->bpffs, name);
	if (program && dp->program_fd < 0)
		return dp->program_fd;
	for (int i = 0; i < MAP_COUNT; i++) {
		dp->map_fd[i] = bpffs_open_map(dp->bpffs, maps[i].name, maps[i].value_size, NULL);
		if (dp->map_fd[i] < 0)
			return dp->map_fd[i];
	}
	return 0;
}

static void close_all(struct datapath *dp)
{
	for (int i = 0; i < MAP_COUNT; i++) {
		if (dp->map_fd[i] >= 0)
			close(dp->map_fd[i]);
		dp->map_fd[i] = -1;
	}
	if (dp->program_fd >= 0)
		close(dp->program_fd);
	dp->program_fd = -1;
}

static int take_over_fds(struct datapath *dp, struct heartbeat_bpf *skel, bool program)
{
	char name[BPFFS_BUILD_NAME];

	if (program) {
		dp->program_fd =
			fcntl(bpf_program__fd(skel->progs.vrrp_heartbeat), F_DUPFD_CLOEXEC, 0);
		if (dp->program_fd < 0)
			return -errno;
	}
	for (int i = 0; i < MAP_COUNT; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, maps[i].name);

		dp->map_fd[i] = map ? fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0) : -1;
		if (dp->map_fd[i] < 0)
			return map ? -errno : -ENOENT;
	}
	if (!program)
		return 0;
	program_pin(name);
	return bpffs_pin_build(dp->bpffs, PIN_PREFIX, name, dp->program_fd);
}

/* The object with its maps to be adopted from their pins, or pinned. NULL and *ret_error, logged.
 */
static struct heartbeat_bpf *open_object(const char *bpffs, int *ret_error)
{
	struct heartbeat_bpf *skel = heartbeat_bpf__open();
	int err = skel ? 0 : -errno;

	for (int i = 0; i < MAP_COUNT && !err; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, maps[i].name);
		char path[PATH_MAX];

		err = map ? bpffs_path(bpffs, maps[i].name, path) : -ENOENT;
		if (!err)
			err = bpf_map__set_pin_path(map, path);
	}
	if (!err)
		return skel;
	log_err("cannot open the XDP program: %s", strerror(-err));
	heartbeat_bpf__destroy(skel);
	*ret_error = err;
	return NULL;
}

/* The parsed object is larger than all else that we hold. */
static void close_object(struct heartbeat_bpf *skel)
{
	heartbeat_bpf__destroy(skel);
	malloc_trim(0);
}

/* Load, adopting whatever maps are pinned already, pinning what is not. program: with it, not the
 * maps alone. */
static int load(struct datapath *dp, bool program, bool was_pinned)
{
	int err;
	struct heartbeat_bpf *skel = open_object(dp->bpffs, &err);

	if (!skel)
		return err;
	bpf_program__set_autoload(skel->progs.vrrp_heartbeat, program);
	err = heartbeat_bpf__load(skel);
	if (!err)
		err = take_over_fds(dp, skel, program);
	if (err)
		explain_load(dp->bpffs, was_pinned, err);
	close_object(skel);
	return err;
}

int datapath_join(const struct datapath *dp, const struct xdp_request *request)
{
	struct xdp_state state;
	struct heartbeat_bpf *skel;
	char path[PATH_MAX];
	int err = xdp_query(request->bpffs, request->ifindex, &state);

	if (!err)
		err = bpffs_link_path(request->bpffs, request->ifindex,
				      state.ours ? state.run : request->run, path);
	if (err)
		return err;
	skel = open_object(dp->bpffs, &err);
	if (!skel)
		return err;
	err = dispatcher_add(request->ifindex, request->ifname, state.generic, skel->obj, path);
	close_object(skel);
	return err;
}

static size_t map_bytes(int map)
{
	return (size_t)maps[map].value_size * maps[map].entries;
}

static int map_memory(struct datapath *dp)
{
	for (int i = 0; i < MAP_COUNT; i++) {
		size_t length = map_bytes(i);
		void *memory;

		if (!length)
			continue;
		memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, dp->map_fd[i], 0);
		if (memory == MAP_FAILED) {
			int err = -errno;

			log_err("cannot map %s: %s", maps[i].name, strerror(-err));
			return err;
		}
		dp->memory[i] = memory;
		dp->length[i] = length;
	}
	return 0;
}

/* Of the mapped memory, but its addresses stay ours. */
static void give_back(uint8_t *memory, size_t length)
{
	if (length)
		(void)mmap(memory, length, PROT_NONE,
			   MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* The kernel enters every page of a map at once, used or not: they all count as resident. */
void datapath_trim(struct datapath *dp, unsigned int slots, unsigned int paths)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (int i = 0; i < MAP_COUNT; i++) {
		size_t array = (size_t)maps[i].value_size * VRRP_MAX_SLOTS;
		size_t used = ((size_t)maps[i].value_size * slots + page - 1) / page * page;

		/* A file's pages are entered as they are used, and it may be written anew as a
		 * whole. */
		if (dp->map_fd[i] < 0 || maps[i].entries < VRRP_MAX_SLOTS)
			continue;
		for (size_t at = 0; at < dp->length[i]; at += array) {
			size_t kept = at / array < paths ? used : 0;

			give_back((uint8_t *)dp->memory[i] + at + kept, array - kept);
		}
	}
}

static struct datapath *new_datapath(void)
{
	struct datapath *dp = calloc(1, sizeof(*dp));

	if (!dp)
		return NULL;
	dp->program_fd = -1;
	for (int i = 0; i < MAP_COUNT; i++)
		dp->map_fd[i] = -1;
	return dp;
}

static int open_pinned(const char *bpffs, bool program, struct datapath **ret_datapath)
{
	struct datapath *dp;
	bool was_empty;
	int err;

	libbpf_set_print(libbpf_log);
	err = bpffs_prepare(bpffs);
	if (err)
		return err;
	was_empty = !bpffs_has(bpffs, maps[MAP_INSTANCES].name);
	dp = new_datapath();
	if (!dp)
		return -ENOMEM;
	snprintf(dp->bpffs, sizeof(dp->bpffs), "%s", bpffs);
	err = adopt(dp, program);
	if (err) {
		close_all(dp);
		err = load(dp, program, !was_empty);
	}
	if (!err)
		err = map_memory(dp);
	if (err) {
		datapath_close(dp);
		if (was_empty)
			bpffs_clear(bpffs);
		/* Of another version: not that the kernel has no such thing. */
		return err == -EINVAL && !was_empty ? -EEXIST : err;
	}
	*ret_datapath = dp;
	return 0;
}

int datapath_open(const char *bpffs, struct datapath **ret_datapath)
{
	return open_pinned(bpffs, true, ret_datapath);
}

int datapath_open_maps(const char *bpffs, struct datapath **ret_datapath)
{
	return open_pinned(bpffs, false, ret_datapath);
}

/* ---- the same arrays where there are no maps ---- */

int datapath_open_files(const char *run_dir, struct datapath **ret_datapath)
{
	struct datapath *dp = new_datapath();

	if (!dp)
		return -ENOMEM;
	for (int i = 0; i < AREA_COUNT; i++) {
		char name[RUNFILE_MAP_NAME];
		int err;

		if (!maps[i].entries)
			continue;
		runfile_map_name(maps[i].name, name);
		err = runfile_map(run_dir, name, map_bytes(i), true, &dp->memory[i], NULL);
		if (err) {
			log_err("%s/%s: %s: status shows nothing", run_dir, name, strerror(-err));
			dp->memory[i] = runfile_private(map_bytes(i));
		}
		if (!dp->memory[i]) {
			datapath_close(dp);
			return -ENOMEM;
		}
		dp->length[i] = map_bytes(i);
	}
	*ret_datapath = dp;
	return 0;
}

void datapath_renew_files(struct datapath *dp, const char *run_dir)
{
	for (int i = 0; i < AREA_COUNT; i++) {
		char name[RUNFILE_MAP_NAME];
		int err;

		if (!dp->memory[i])
			continue;
		runfile_map_name(maps[i].name, name);
		err = runfile_renew(run_dir, name, map_bytes(i), dp->memory[i], dp->length[i]);
		if (err)
			log_err("%s/%s: %s: status shows nothing, and all goes on", run_dir, name,
				strerror(-err));
	}
}

void datapath_remove_files(const char *run_dir)
{
	for (int i = 0; i < AREA_COUNT; i++) {
		char name[RUNFILE_MAP_NAME];

		runfile_map_name(maps[i].name, name);
		if (maps[i].entries)
			runfile_remove(run_dir, name);
	}
}

bool datapath_has_program(const struct datapath *dp)
{
	return dp->program_fd >= 0;
}

bool datapath_has_maps(const struct datapath *dp)
{
	return dp->map_fd[MAP_INSTANCES] >= 0;
}

struct datapath_shared datapath_shared(const struct datapath *dp)
{
	return (struct datapath_shared){
		.neighbors = dp->map_fd[MAP_NEIGHBORS],
		.hmac = {.keys = dp->map_fd[MAP_HMAC_KEYS],
			 .marks = dp->map_fd[MAP_HMAC_MARKS],
			 .clock = dp->memory[MAP_HMAC_CLOCK],
			 .file = dp->memory[FILE_HMAC]},
	};
}

void datapath_close(struct datapath *dp)
{
	if (!dp)
		return;
	ring_buffer__free(dp->ring);
	for (int i = 0; i < AREA_COUNT; i++) {
		if (dp->memory[i])
			munmap(dp->memory[i], dp->length[i]);
	}
	close_all(dp);
	free(dp);
}

/* ---- the agent's side ---- */

struct vrrp_instance *datapath_instance(struct datapath *dp, unsigned int slot)
{
	return (struct vrrp_instance *)dp->memory[MAP_INSTANCES] + slot;
}

struct vrrp_path *datapath_path(struct datapath *dp, unsigned int slot, unsigned int path)
{
	return (struct vrrp_path *)dp->memory[MAP_PATHS] + VRRP_PATH_INDEX(slot, path);
}

struct vrrp_lease *datapath_leases(struct datapath *dp)
{
	return dp->memory[MAP_LEASES];
}

struct vrrp_history *datapath_history(struct datapath *dp)
{
	return dp->memory[MAP_HISTORY];
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
	return dp->map_fd[MAP_EVENTS];
}

int datapath_drain(struct datapath *dp, datapath_event_fn fn, void *context)
{
	if (datapath_events_fd(dp) < 0)
		return 0;
	if (!dp->ring) {
		dp->ring = ring_buffer__new(datapath_events_fd(dp), on_record, dp, NULL);
		if (!dp->ring)
			return -errno;
	}
	dp->event_fn = fn;
	dp->event_context = context;
	return ring_buffer__consume(dp->ring);
}

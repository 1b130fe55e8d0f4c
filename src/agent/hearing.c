/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/hearing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/loop.h"
#include "sys/bpf/bpffs.h"
#include "sys/host/log.h"
#include "sys/host/orphaned_lock.h"
#include "sys/host/pass.h"

#define PASSED "bpffs-lock"

/* The kernel has no such programs or maps, or this process may not have them: nothing that an
 * administrator would mend. */
static bool is_missing(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
	case ENOSYS:
	case EINVAL:
	case E2BIG:
	case EOPNOTSUPP:
		return true;
	default:
		return false;
	}
}

static int take_lock(const char *bpffs, pid_t *ret_holder)
{
	int fd = bpffs_lock(bpffs);

	if (fd == -EWOULDBLOCK)
		*ret_holder = bpffs_lock_holder(bpffs);
	return fd;
}

static int lock(struct hearing *hearing, const char *bpffs)
{
	pid_t holder = 0;
	int fd = pass_take(PASSED, PASS_FILE);

	if (fd >= 0 && !bpffs_holds(bpffs, fd)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		fd = orphaned_lock(take_lock, bpffs, &holder);
	if (fd == -EWOULDBLOCK) {
		log_err("%s: another agent uses this directory: vrrp-xdp, pid %d; choose another "
			"one with --bpffs",
			bpffs, (int)holder);
		return -EBUSY;
	}
	if (fd < 0) {
		log_err("%s: cannot lock: %s", bpffs, strerror(-fd));
		return fd;
	}
	hearing->bpffs_lock = fd;
	return 0;
}

static int open_memory(struct hearing *hearing, enum config_mode mode, const char *bpffs,
		       const char *run_dir)
{
	int err = bpffs_prepare(bpffs);

	/* Any other error is of this very directory. */
	if (err && err != -ENOSYS)
		return err;
	if (!err) {
		err = lock(hearing, bpffs);
		if (err)
			return err;
		err = datapath_open(bpffs, mode == CONFIG_MODE_SOCKET, &hearing->datapath);
	}
	if (!err) {
		/* Readers prefer files to maps, so remove those of an agent that had no maps. */
		store_remove_files(run_dir);
		return 0;
	}
	if (!is_missing(err) || (mode != CONFIG_MODE_AUTO && mode != CONFIG_MODE_SOCKET))
		return err;
	log_warn("BPF maps cannot be used on this host; packet sockets and files in %s are used "
		 "instead, and there is no fence",
		 run_dir);
	return datapath_open_files(run_dir, &hearing->datapath);
}

int hearing_load(struct datapath *datapath, enum config_mode mode)
{
	int err;

	if (mode == CONFIG_MODE_SOCKET || !datapath_has_maps(datapath))
		return 0;
	err = datapath_load(datapath);
	if (!err)
		datapath_renew_links(datapath);
	if (!err || mode != CONFIG_MODE_AUTO || !is_missing(err))
		return err;
	log_warn("the XDP program cannot be used on this host; packet sockets are used instead");
	return 0;
}

void hearing_close_lock(int lock, enum ending ending)
{
	if (lock >= 0 && ending == ENDING_RESTART)
		pass_on(PASSED, lock);
	else if (lock >= 0)
		close(lock);
}

int hearing_open(struct hearing *hearing, enum config_mode mode, const char *bpffs,
		 const char *run_dir)
{
	struct receiver_deps deps = {.run_dir = run_dir, .clocks = loop_clocks};
	int err = open_memory(hearing, mode, bpffs, run_dir);
	struct store *store;

	if (err)
		return err;
	store = datapath_store(hearing->datapath);
	deps.instances = store_array(store, STORE_INSTANCES);
	deps.paths = store_array(store, STORE_PATHS);
	deps.timings = store_array(store, STORE_TIMINGS);
	deps.peers = store_array(store, STORE_PEERS);
	deps.leases = store_array(store, STORE_LEASES);
	deps.neighbors = store_table(store, STORE_NEIGHBORS);
	deps.refused_peers = store_table(store, STORE_REFUSED_PEERS);
	deps.hmac_keys = store_table(store, STORE_HMAC_KEYS);
	deps.hmac_marks = store_table(store, STORE_HMAC_MARKS);
	deps.hmac_clock = store_array(store, STORE_HMAC_CLOCK);
	err = receiver_open(&deps, &hearing->receiver);
	if (err)
		log_err("cannot open the receiver of adverts: %s", strerror(-err));
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records first, then guards: in the order of a start. Depends on agent/strays, agent/remains and
 * the two directories. Never takes anything over.
 */
#include "agent/mend.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/interfaces.h"
#include "agent/remains.h"
#include "agent/strays.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/fence.h"
#include "sys/host/log.h"
#include "sys/host/pass.h"
#include "sys/host/rundir.h"

static bool has_records(const char *run_dir)
{
	char stray[RUNDIR_RECORD_NAME];

	return rundir_stray_record(run_dir, NULL, 0, stray);
}

/* Maps of another version cannot be read. If records told of everything that their agent changed,
 * and all of it is put back, nothing needs that agent's fence. */
static int forget_guards(const char *bpffs, struct interfaces *interfaces, bool put_back)
{
	int err = remains_forget_all(bpffs, interfaces);

	if (err != -EPROTO)
		return err;
	if (!put_back && fence_is_needed(bpffs, 0)) {
		log_err("%s: an interface has the fence of another version of vrrp-xdp, and no "
			"record tells what it guards; start and stop that version once",
			bpffs);
		return -EBUSY;
	}
	fence_clear(bpffs);
	return 0;
}

static int mend(const char *run_dir, const char *bpffs)
{
	struct interfaces interfaces = {0};
	bool had_records = has_records(run_dir), all = true;
	int err = rtnl_open(&interfaces.rtnl);

	if (err) {
		log_err("cannot open rtnetlink: %s", strerror(-err));
		return err;
	}
	if (had_records)
		all = strays_undo(NULL, &interfaces, run_dir);
	if (fence_was_here(bpffs))
		err = forget_guards(bpffs, &interfaces, had_records && all);
	else if (!all)
		err = -EIO;
	if (err == -EBUSY)
		log_err("nothing was detached, and the fence stays: without it, this host would "
			"answer for an address that another host may use now");
	interfaces_forget(&interfaces);
	rtnl_close(interfaces.rtnl);
	return err;
}

/* The lock of the agent that has these records. */
static int lock_records(const char *run_dir, int *ret_lock)
{
	pid_t holder = 0;
	int lock = rundir_lock(run_dir, &holder);

	if (lock < 0 && lock != -EWOULDBLOCK)
		log_err("%s: cannot lock: %s", run_dir, strerror(-lock));
	*ret_lock = lock;
	return lock < 0 ? lock : 0;
}

int mend_host(const char *run_dir, const char *bpffs)
{
	int run_lock = -1, maps_lock = -1, err = 0;

	/* A start after a reload that has failed: the locks of the process before are its own. */
	pass_close_rest_now();
	if (!bpffs_exists(bpffs)) {
		maps_lock = bpffs_lock(bpffs);
		if (maps_lock == -EWOULDBLOCK) /* an agent runs */
			return 0;
		if (maps_lock < 0) {
			log_err("%s: cannot lock: %s", bpffs, strerror(-maps_lock));
			return maps_lock;
		}
	}
	if (has_records(run_dir))
		err = lock_records(run_dir, &run_lock);
	if (!err && (run_lock >= 0 || fence_is_needed(bpffs, 0)))
		err = mend(run_dir, bpffs);
	if (run_lock >= 0)
		close(run_lock);
	if (maps_lock >= 0)
		close(maps_lock);
	/* An agent with other maps runs, and has these records. */
	return err == -EWOULDBLOCK ? 0 : err;
}

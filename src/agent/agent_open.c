/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the agent holds while it runs. It is opened in an order in which each part finds what it
 * needs, and adopted if an earlier run has left it. It is closed so that the NICs are as the host
 * had them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent_internal.h"
#include "agent/hearing.h"
#include "agent/remains.h"
#include "agent/since.h"
#include "agent/slots.h"
#include "agent/strays.h"
#include "sys/bpf/bpffs.h"
#include "sys/host/log.h"
#include "sys/host/orphaned_lock.h"
#include "sys/host/pass.h"
#include "sys/host/permission.h"
#include "sys/host/remarks.h"
#include "sys/host/rundir.h"

#define PASSED      "agent"
#define PASSED_LOCK "run-lock"
#define DESCRIPTORS 256 /* more than most agents have open */

/* If the table of descriptors of a process with threads must grow, the kernel makes it wait for a
 * grace period. So the table grows before there are threads. */
static void widen_descriptors(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, DESCRIPTORS - 1);

	if (fd >= 0)
		close(fd);
}

static int lock_host(struct agent *agent)
{
	pid_t holder = 0;
	int err = rundir_prepare(agent->options->run_dir);

	if (err)
		return err;
	agent->run_lock = pass_take(PASSED_LOCK, PASS_FILE);
	if (agent->run_lock >= 0 && rundir_keep_lock(agent->options->run_dir, agent->run_lock))
		return 0;
	agent->run_lock = orphaned_lock(rundir_lock, agent->options->run_dir, &holder);
	if (agent->run_lock == -EWOULDBLOCK) {
		log_err("%s: another agent runs: vrrp-xdp, pid %d", agent->options->run_dir,
			(int)holder);
		return -EBUSY;
	}
	if (agent->run_lock < 0)
		log_err("%s: cannot lock: %s%s", agent->options->run_dir,
			strerror(-agent->run_lock),
			agent->run_lock == -EPERM || agent->run_lock == -ELOOP
				? ": somebody is changing this directory; choose another one with "
				  "--run-dir"
				: "");
	return agent->run_lock < 0 ? agent->run_lock : 0;
}

/* A failure here is no error: serving an address is worth more than a command that works. */
static void open_control(struct agent *agent)
{
	const char *run_dir = agent->options->run_dir;
	int err = control_open(run_dir, agent->loop, agent_on_control, agent, &agent->control);

	if (err)
		log_err("%s/control: cannot open the control socket: %s; resign and resume will "
			"not work",
			run_dir, strerror(-err));
}

static void on_run_dir_lost(void *context)
{
	struct agent *agent = context;

	control_close(agent->control, ENDING_STOP);
	agent->control = NULL;
	open_control(agent);
	receiver_renew(agent->receiver);
	vitals_renew(agent->vitals, agent->options->run_dir);
	store_renew(datapath_store(agent->datapath));
	if (agent->remarks)
		remarks_write(agent->options->run_dir, agent->remarks);
	for (unsigned int i = 0; i < agent->opened; i++)
		runner_run_dir_lost(agent->runners[i]);
}

static int open_upkeep(struct agent *agent)
{
	struct upkeep_deps deps = {
		.run_dir = agent->options->run_dir,
		.bpffs = datapath_has_maps(agent->datapath) ? agent->options->bpffs : NULL,
		.ports = &agent->ports,
		.others = agent->others,
		.run_lock = &agent->run_lock,
		.bpffs_lock = &agent->bpffs_lock,
		.reception = agent->reception,
		.run_dir_lost = on_run_dir_lost,
		.context = agent,
	};

	return upkeep_open(&deps, &agent->upkeep);
}

static bool has_maps(const struct agent *agent)
{
	return agent->datapath && datapath_has_maps(agent->datapath);
}

static int open_hearing(struct agent *agent)
{
	const struct agent_options *options = agent->options;
	struct hearing hearing = {.bpffs_lock = -1};
	int err = hearing_open(&hearing, agent->config->mode, options->bpffs, options->run_dir);

	agent->datapath = hearing.datapath;
	agent->receiver = hearing.receiver;
	agent->bpffs_lock = hearing.bpffs_lock;
	return err;
}

int agent_open_rooms(struct agent *agent)
{
	char why[PERMISSION_TEXT];
	int err;

	/* The loop comes first: from here on a signal waits until everything is open, and then
	 * everything is closed. */
	err = loop_open(&agent->loop);
	if (err) {
		log_err("cannot create the event loop: %s", strerror(-err));
		return err;
	}
	widen_descriptors();
	err = lock_host(agent);
	if (err)
		return err;
	agent->vitals = vitals_open(agent->options->run_dir);
	if (!agent->vitals)
		return -ENOMEM;
	err = rtnl_open(&agent->rtnl);
	if (err) {
		log_err("cannot open rtnetlink: %s", strerror(-err));
		return err;
	}
	agent->reception = reception_open(&agent->ports);
	if (!agent->reception)
		return -ENOMEM;
	agent->interfaces.rtnl = agent->rtnl;
	agent->interfaces.config = agent->config;
	err = ports_init(&agent->ports, agent->config, &agent->interfaces);
	if (err) {
		log_err("the configuration names more than %d interfaces", PORTS_MAX);
		return err;
	}
	err = send_take(PASSED, &agent->sender);
	agent->reloads = !err;
	since_take(&agent->ports, agent->reloads, loop_now());
	if (err)
		err = send_open(&agent->sender);
	if (err) {
		log_err("cannot open a packet socket: %s",
			err == -EPERM ? permission_why(PERMISSION_NET_RAW, why) : strerror(-err));
		return err;
	}
	err = open_hearing(agent);
	if (err)
		return err;
	if (!agent->reloads && has_maps(agent))
		agent->early_fence = early_fence_begin(agent->config, agent->options->bpffs);
	err = hearing_load(agent->datapath, agent->config->mode);
	if (err)
		return err;
	open_control(agent);
	return 0;
}

static int end_early_fence(struct agent *agent)
{
	struct early_fence *early = agent->early_fence;

	agent->early_fence = NULL;
	return early_fence_end(early, &agent->ports, &agent->fence);
}

/* If no router insists on the fence, its absence is logged, and the agent runs without it. */
static int open_fence(struct agent *agent, const struct adopted *adopted)
{
	const struct config *config = agent->config;
	bool wanted = false, insisted = false;
	int err;

	for (unsigned int i = 0; i < config->router_count; i++) {
		wanted |= config->routers[i].fence != CONFIG_FENCE_NO;
		insisted |= config->routers[i].fence == CONFIG_FENCE_YES;
	}
	/* Open the fence also if an earlier run had one, because this run is responsible for what
	 * it guards. */
	if (!wanted && !fence_was_here(agent->options->bpffs))
		return 0;
	if (!datapath_has_maps(agent->datapath)) {
		log_warn("there is no fence, because BPF maps are not available: the address of a "
			 "frozen or killed agent stays on the wire%s",
			 insisted ? "; fence = yes" : "");
		return insisted ? -EOPNOTSUPP : 0;
	}
	err = agent->early_fence ? end_early_fence(agent)
				 : fence_open(agent->options->bpffs, &agent->fence);
	/* Guards of an earlier run that still had their slots would open with the leases of the
	 * routers that have these slots now. */
	if (err)
		return insisted || err == -ESTALE || fence_is_needed(agent->options->bpffs, 0) ? err
											       : 0;
	err = fence_orphan(agent->fence, adopted);
	if (err)
		log_err("cannot adopt the guarded addresses of an earlier run: %s", strerror(-err));
	return err;
}

static void open_others(struct agent *agent)
{
	struct others_deps deps = {
		.config = agent->config,
		.bpffs = agent->options->bpffs,
		.fence = agent->fence,
		.ports = &agent->ports,
		.interfaces = &agent->interfaces,
	};

	agent->ports.left = true; /* a NIC of an earlier run, until it is known */
	if (agent->fence && !others_open(&deps, &agent->others))
		others_update(agent->others);
	agent->ports.left = others_forget_rest(agent->others, &agent->ports, agent->options->bpffs);
}

/* The routers have attached and guarded what they need: from here on it is watched. */
static void open_fencing(struct agent *agent)
{
	const struct fencing_deps deps = {
		.fence = agent->fence,
		.bpffs = agent->options->bpffs,
		.config = agent->config,
		.ports = &agent->ports,
		.others = agent->others,
		.vitals = agent->vitals,
	};

	fencing_open(&agent->fencing, &deps);
}

/* Opens the routers that go on as MASTER, or all others. */
static int open_each(struct agent *agent, const uint16_t *slots, const uint16_t *gates,
		     const struct adopted *adopted, bool adopt)
{
	for (unsigned int i = 0; i < agent->opened; i++) {
		const struct config_router *config = &agent->config->routers[i];
		int err;

		if (adopted->slot[slots[i]] != adopt)
			continue;
		err = runner_open(config, &agent->router_deps, slots[i], gates[i], adopt,
				  &agent->runners[i]);
		if (err) {
			log_err("%s: cannot start: %s", config->name, strerror(-err));
			return err;
		}
		agent->by_slot[slots[i]] = agent->runners[i];
	}
	return 0;
}

/* A MASTER decides nothing by these threads. Where all routers go on, they are found by and by. */
static void find_threads(struct agent *agent, const uint16_t *slots, const struct adopted *adopted)
{
	bool all = true;

	for (unsigned int i = 0; i < agent->config->router_count; i++)
		all &= adopted->slot[slots[i]];
	while (!all && reception_find(agent->reception))
		;
}

int agent_open_routers(struct agent *agent)
{
	const struct config *config = agent->config;
	uint16_t *slots, *gates;
	struct adopted *adopted;
	int err;

	if (config->router_count > VRRP_MAX_SLOTS) {
		log_err("the configuration has more than %d virtual routers", VRRP_MAX_SLOTS);
		return -E2BIG;
	}
	agent->router_deps = (struct router_deps){
		.config = config,
		.run_dir = agent->options->run_dir,
		.bpffs = agent->options->bpffs,
		.loop = agent->loop,
		.datapath = agent->datapath,
		.receiver = agent->receiver,
		.rtnl = agent->rtnl,
		.sender = agent->sender,
		.ports = &agent->ports,
		.batch = &agent->batch,
	};
	agent->batch.sender = agent->sender;
	agent->ports_deps = (struct ports_deps){
		.datapath = agent->datapath,
		.receiver = agent->receiver,
		.sender = agent->sender,
		.bpffs = agent->options->bpffs,
		.mode = config->mode,
		.replace = agent->options->replace,
	};
	agent->macvlans = (struct macvlans){.config = config, .interfaces = &agent->interfaces};
	err = macvlans_make(&agent->macvlans, true);
	if (!err)
		err = ports_refresh(&agent->ports, &agent->ports_deps, true);
	if (err)
		return err;
	agent->runners = calloc(config->router_count, sizeof(*agent->runners));
	slots = calloc(config->router_count, sizeof(*slots));
	gates = calloc(config->router_count, sizeof(*gates));
	adopted = calloc(1, sizeof(*adopted));
	err = agent->runners && slots && gates && adopted
		      ? slots_choose(config, agent->datapath, &agent->ports, agent->reloads, slots,
				     gates, adopted)
		      : -ENOMEM;
	if (!err) {
		find_threads(agent, slots, adopted);
		receiver_reset(agent->receiver, adopted);
	}
	if (!err)
		err = open_fence(agent, adopted);
	if (!err)
		err = auth_open(config, agent->options->keyring, agent->datapath, adopted,
				agent->loop, &agent->auth);
	agent->router_deps.fence = agent->fence;
	agent->router_deps.fencing = &agent->fencing;
	agent->router_deps.auth = agent->auth;
	agent->router_deps.reception = agent->reception;
	agent->opened = err ? 0 : config->router_count;
	if (!err)
		err = open_each(agent, slots, gates, adopted, true);
	if (!err)
		strays_undo(config, &agent->interfaces, agent->options->run_dir);
	if (!err)
		err = open_each(agent, slots, gates, adopted, false);
	if (!err)
		err = groups_open(config, agent->runners, agent->datapath, gates, agent->loop,
				  &agent->groups);
	free(slots);
	free(gates);
	free(adopted);
	if (err)
		return err;
	if (agent->fence)
		remains_forget_orphans(agent->fence, config, &agent->interfaces, true);
	ports_forget_others(&agent->ports, agent->options->bpffs);
	open_others(agent);
	open_fencing(agent);
	refusals_open(&agent->refusals, datapath_store(agent->datapath), agent->by_slot);
	err = open_upkeep(agent);
	if (!err)
		err = loop_add(agent->loop, receiver_fd(agent->receiver), agent_on_heard, agent);
	if (!err) {
		agent->taps = taps_open(agent->datapath, &agent->ports);
		err = agent->taps ? 0 : -ENOMEM;
	}
	if (!err && datapath_has_maps(agent->datapath))
		err = loop_add(agent->loop, datapath_events_fd(agent->datapath), agent_on_heard,
			       agent);
	if (!err && fencing_fd(&agent->fencing) >= 0)
		err = loop_add(agent->loop, fencing_fd(&agent->fencing), agent_on_fences, agent);
	if (!err)
		err = loop_add(agent->loop, rtnl_monitor_fd(agent->rtnl), agent_on_rtnl, agent);
	return err;
}

static void close_datapath(struct agent *agent, bool restarts)
{
	const char *bpffs = agent->options->bpffs, *run_dir = agent->options->run_dir;
	bool maps = has_maps(agent);
	char stray[RUNDIR_RECORD_NAME];

	if (!restarts)
		ports_close(&agent->ports, bpffs);
	datapath_close(agent->datapath);
	if (restarts)
		return;
	if (maps)
		datapath_forget_unused(bpffs);
	else
		store_remove_files(run_dir);
	/* A takeover that still has a record, of this run or of an older one, was not undone. */
	if (rundir_stray_record(run_dir, NULL, 0, stray))
		log_warn("%s: the changes that takeover-%s records were not undone%s", run_dir,
			 stray,
			 maps ? "; the fence stays closed for addresses that are still on an "
				"interface"
			      : "");
}

void agent_close_rooms(struct agent *agent, enum ending ending)
{
	bool restarts = ending == ENDING_RESTART;

	if (agent->early_fence) /* a start that failed before it came to the fence */
		end_early_fence(agent);
	/* The thread would wait for the kernel's lock of all NICs; before a restart nobody waits
	 * for it. It ends with the old program. */
	if (!restarts)
		fencing_close(&agent->fencing);
	groups_close(agent->groups);
	for (unsigned int i = 0; i < agent->opened; i++)
		runner_close(agent->runners[i], ending);
	free(agent->runners);
	auth_close(agent->auth);
	reception_close(agent->reception);
	taps_close(agent->taps, ending);
	control_close(agent->control, ending);
	loop_close(agent->loop);
	upkeep_close(agent->upkeep);
	/* Whatever ended the agent, what guards an address that is still on a NIC stays. */
	if (!restarts && has_maps(agent))
		remains_forget_all(agent->options->bpffs, &agent->interfaces);
	/* The maps are removed with the last NIC only if nobody else keeps them, so release our own
	 * lock first. */
	hearing_close_lock(agent->bpffs_lock, ending);
	others_close(agent->others);
	if (!restarts && has_maps(agent))
		others_forget_rest(NULL, &agent->ports, agent->options->bpffs);
	if (agent->fence)
		fence_close(agent->fence);
	receiver_close(agent->receiver, ending);
	if (agent->datapath)
		close_datapath(agent, restarts);
	if (!restarts)
		macvlans_close(&agent->macvlans, agent->options->run_dir);
	rehearsal_close(agent->rehearsal, ending);
	if (restarts) {
		ports_pass_on(&agent->ports);
		since_pass_on(&agent->ports);
		send_pass_on(agent->sender, PASSED);
	} else
		send_close(agent->sender);
	interfaces_forget(&agent->interfaces);
	if (agent->rtnl)
		rtnl_close(agent->rtnl);
	vitals_close(agent->vitals, agent->options->run_dir);
	/* A run that was killed may have left some, or half of them. */
	if (!restarts && agent->run_lock >= 0)
		remarks_write(agent->options->run_dir, "");
	free(agent->remarks);
	if (restarts)
		pass_on(PASSED_LOCK, agent->run_lock);
	else if (agent->run_lock >= 0)
		close(agent->run_lock);
	keeper_close(agent->keeper, !restarts);
	service_close(&agent->service);
}

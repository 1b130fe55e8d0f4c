/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The beginning and the end of a runner. When it begins, the NIC is brought into the state in which
 * the router starts, whatever a dead run has left; when it ends, into the state that its ending
 * asks for.
 */
#include "agent/runner_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth.h"
#include "agent/notify.h"
#include "agent/record_file.h"
#include "agent/rehearsal.h"
#include "agent/strays.h"
#include "agent/takeover.h"
#include "agent/track.h"
#include "agent/witness.h"
#include "core/vrrp/publish.h"
#include "sys/host/log.h"

/* In our measurements, one takeover of MAC and address takes 50 to 100 us. Drivers that ask a
 * device take longer. */
#define PREPARE_NS      2000000
#define PREPARE_EACH_NS 60000 /* for each router that may be due in the same moment */
#define PREPARE_REST_NS 300000

/* A router may have hundreds of addresses: each one more takes some 20 us, and twice as long on a
 * busy host. */
#define PREPARE_ADDRESS_NS 40000

#define APART_NS 2000000LL /* between the first scripts of two routers */
#define APART    500       /* routers; the next one starts without a delay again */

/* A host may have 4,096 of these. What is rarely needed belongs behind a pointer. */
#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(struct runner) <= 1080, "resident for each router");
_Static_assert(sizeof(struct config_router) <= 512, "resident for each router");
#endif

const struct router *runner_router(const struct runner *runner)
{
	return &runner->router;
}

struct router_words runner_words(struct datapath *datapath, unsigned int slot)
{
	struct router_words words = {
		.instance = datapath_instance(datapath, slot),
		.lease = &datapath_leases(datapath)[slot],
	};

	for (unsigned int i = 0; i < VRRP_MAX_PATHS; i++)
		words.paths[i] = datapath_path(datapath, slot, i);
	return words;
}

/* The record cannot be read; this was logged. A MASTER that goes on has a NIC that is as it should
 * be, so it may make a new record. Nobody else may: the record is the only copy of what the NIC
 * carried before. Returns 0 if takeover_open() is to be tried again. */
static int set_record_aside(const struct config_router *config, const char *run_dir, bool adopt)
{
	if (!adopt) {
		log_err("%s: this record tells what %s carried before an earlier run, which did "
			"not end in order. The interface stays as it is, and the fence stays "
			"closed for it. Restore %s by hand (ip address, ip route, ip link), remove "
			"the file, and start again",
			config->name, config->public, config->public);
		return -EBADMSG;
	}
	log_err("%s: the master goes on with a new record; the old one is called " RECORD_ASIDE
		"%s now. What %s carried before is not known any more, but for what the "
		"configuration says of it",
		config->name, config->name, config->public);
	return record_set_aside(run_dir, config->name);
}

static void on_news(void *context)
{
	struct runner *runner = context;

	runner->has_news = true;
}

/* Reads the record of the takeover, and repairs the NIC for the role in which the router starts. */
static int open_takeover(struct runner *runner, bool adopt)
{
	const struct config_router *config = runner->config;
	struct interfaces *interfaces = runner->deps->ports->interfaces;
	const char *run_dir = runner->deps->run_dir;
	int err = takeover_open(config, interfaces, run_dir, &runner->takeover), retry = -1;

	if (err == -EBADMSG)
		retry = set_record_aside(config, run_dir, adopt);
	else if (err == -EXDEV)
		retry = strays_put_back(config, interfaces, run_dir);
	/* What was on that interface is gone with it. */
	if (retry == -ENODEV)
		retry = record_remove(run_dir, config->name);
	if (!retry)
		err = takeover_open(config, interfaces, run_dir, &runner->takeover);
	if (err)
		return err;
	/* The earlier run has announced the MAC and the addresses, but not what the configuration
	 * has new. */
	if (adopt) {
		takeover_adopt(runner->takeover, on_news, runner);
		takeover_mac(runner->takeover, runner->told_mac);
	} else {
		takeover_enter(runner->takeover, PLAN_BACKUP, NULL, NULL);
	}
	/* Another look tells whether the NIC still carries the addresses. */
	runner->nic_dirty = adopt;
	return 0;
}

static int find_user(struct runner *runner)
{
	struct user user;
	int found = user_of_router(runner->config, &user);

	if (found <= 0)
		return found;
	runner->user = malloc(sizeof(user));
	if (!runner->user)
		return -ENOMEM;
	*runner->user = user;
	return 0;
}

static int open_tracking(struct runner *runner)
{
	const struct router_deps *deps = runner->deps;
	int err = track_open(runner->config, runner->user, deps->ports, deps->loop,
			     runner->slot % APART * APART_NS, loop_now(), &runner->track);

	return err ? err
		   : witness_open(deps->config, runner->config, deps->ports, deps->batch,
				  &runner->witness);
}

/* The NIC is prepared only if that starts before the agent begins to wait awake for the deadline.
 * Without such a wait there is no preparation. */
static void init_router(struct runner *runner, const struct router_words *words, bool adopt)
{
	const struct config *config = runner->deps->config;
	uint32_t more = runner->config->address_count - 1;
	uint32_t prepare_ns =
		PREPARE_NS + config->router_count * PREPARE_EACH_NS + more * PREPARE_ADDRESS_NS;

	router_init(&runner->router, runner->config, words, adopt,
		    config->early_ns ? prepare_ns : 0,
		    config->early_ns + REHEARSAL_NS + PREPARE_REST_NS);
}

static int open_parts(struct runner *runner, bool adopt)
{
	const struct config_router *config = runner->config;
	const struct router_deps *deps = runner->deps;
	bool fenced;
	int err = adverts_open(&runner->adverts);

	if (!err)
		err = find_user(runner);
	if (!err)
		err = notify_open(config, runner->user, deps->loop, &runner->notify);
	if (!err)
		err = open_tracking(runner);
	/* This comes before the NIC is repaired, so that what a dead agent left there is never
	 * open. */
	if (!err && adopt)
		err = guards_adopt(&runner->guards);
	if (!err) {
		err = guards_update(&runner->guards, &fenced);
		if (config->fence != CONFIG_FENCE_YES)
			err = 0;
	}
	if (!err)
		err = open_takeover(runner, adopt);
	if (!err)
		err = auth_enter(deps->auth, config, runner->slot);
	return err;
}

static const struct adverts_calls calls = {.sent = runner_on_sent, .unsent = runner_on_unsent};

int runner_open(const struct config_router *config, const struct router_deps *deps,
		unsigned int slot, uint16_t gate, bool adopt, struct runner **ret_runner)
{
	struct runner *runner = calloc(1, sizeof(*runner));
	struct router_words words = runner_words(deps->datapath, slot);
	int err;

	if (!runner)
		return -ENOMEM;
	if (gate)
		words.gate = &datapath_leases(deps->datapath)[VRRP_GATE_SLOT(gate)];
	runner->config = config;
	runner->deps = deps;
	runner->slot = slot;
	runner->public = ports_find(deps->ports, config->public);
	runner->adverts = (struct adverts){
		.paths = &runner->paths,
		.nic = ports_find(deps->ports, config->nic),
		.instance = words.instance,
		.calls = &calls,
		.context = runner,
	};
	init_router(runner, &words, adopt);
	err = paths_open(&runner->paths, config, deps, slot, gate);
	guards_open(&runner->guards, &runner->paths, runner->public);
	asking_open(&runner->asking, &runner->paths, runner->adverts.nic);
	if (!err)
		err = open_parts(runner, adopt);
	if (err) {
		runner_close(runner, ENDING_STOP);
		return err;
	}
	runner->adverts.signing = auth_signs(deps->auth, config);
	clones_open(&runner->clones, words.instance);
	publish_rules(words.instance, datapath_peers(deps->datapath, slot), config,
		      router_interval_cs(&runner->router));
	publish_identity(words.instance, config);
	*ret_runner = runner;
	return 0;
}

enum vrrp_cause runner_cause(const struct runner *runner)
{
	return runner->change.cause;
}

bool runner_busy(const struct runner *runner)
{
	return notify_busy(runner->notify);
}

void runner_run_dir_lost(struct runner *runner)
{
	takeover_write_record(runner->takeover);
}

int runner_check_record(struct runner *runner)
{
	return takeover_check_record(runner->takeover);
}

void runner_close(struct runner *runner, enum ending ending)
{
	struct vrrp_instance *instance;
	bool undone;

	if (!runner)
		return;
	instance = runner->router.words.instance;
	if (ending == ENDING_STOP)
		paths_silence(&runner->paths);
	undone = takeover_close(runner->takeover, ending);
	if (runner->notify)
		notify_close(runner->notify);
	track_close(runner->track);
	witness_close(runner->witness);
	asking_close(&runner->asking);
	if (ending == ENDING_STOP) {
		/* Without this, the guards stay, and shut: agent_close_rooms() removes those that
		 * guard nothing. */
		if (undone)
			guards_close(&runner->guards);
		lease_clear(&runner->router.lease);
		memset(&instance->report, 0, sizeof(instance->report));
		publish_role(instance, VRRP_ROLE_IDLE, MONOTIME_NEVER);
		auth_leave(runner->deps->auth, runner->slot);
	}
	adverts_close(&runner->adverts);
	paths_close(&runner->paths);
	free(runner->user);
	free(runner->why);
	free(runner);
}

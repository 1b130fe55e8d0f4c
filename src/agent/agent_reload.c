/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reload: would the new process start, and what ends before it, that is, routers that the new
 * configuration does not have.
 */
#include "agent/agent_internal.h"

#include <errno.h>
#include <string.h>

#include "agent/record_file.h"
#include "sys/host/log.h"

static bool share_heartbeat(const struct config_router *a, const struct config_router *b)
{
	for (unsigned int i = 0; i < a->heartbeat_count; i++) {
		for (unsigned int j = 0; j < b->heartbeat_count; j++) {
			if (!strcmp(a->heartbeat[i], b->heartbeat[j]))
				return true;
		}
	}
	return false;
}

/* Is this still the same router in the other configuration? A MASTER is also another one if the new
 * process cannot adopt it, see router_adoptable(), or if its backups would hear nothing more of it.
 */
static bool goes_on(const struct runner *runner, const struct config *config)
{
	const struct router *router = runner_router(runner);
	const struct config_router *now = router->config;

	for (unsigned int i = 0; i < config->router_count; i++) {
		const struct config_router *next = &config->routers[i];

		if (strcmp(next->name, now->name) != 0)
			continue;
		return next->vrid == now->vrid && next->family == now->family &&
		       next->version == now->version &&
		       (router->fsm.state != VRRP_STATE_MASTER ||
			(!strcmp(next->public, now->public) && !strcmp(next->nic, now->nic) &&
			 share_heartbeat(next, now)));
	}
	return false;
}

/* A router that the new process will not go on with ends as at a stop. It sends priority 0, and its
 * programs are told. */
static void stop_removed(struct agent *agent, const struct config *config)
{
	/* The ring is read first, because a router that was replaced while the agent slept must not
	 * say goodbye (priority 0). */
	agent_catch_up(agent);
	for (unsigned int i = 0; i < agent->opened; i++) {
		if (!goes_on(agent->runners[i], config))
			runner_order(agent->runners[i], ROUTER_STOP_NOW, loop_now());
	}
}

/* The router of that name; hint: where it most probably is. */
static struct runner *find_runner(const struct agent *agent, const char *name, unsigned int hint)
{
	for (unsigned int i = 0; i < agent->opened; i++) {
		unsigned int at = (hint + i) % agent->opened;

		if (!strcmp(agent->config->routers[at].name, name))
			return agent->runners[at];
	}
	return NULL;
}

/* Can a start with this configuration read the records that it will find? A router that runs knows
 * what it has changed, and writes its record again if somebody has damaged it. */
static bool check_records(const struct agent *agent, const struct config *config)
{
	bool fit = true;

	for (unsigned int i = 0; i < config->router_count; i++) {
		const char *name = config->routers[i].name, *run_dir = agent->options->run_dir;
		struct runner *runner = find_runner(agent, name, i);
		char why[RECORD_ERROR] = "";
		struct record record;
		int err;

		if (runner) {
			fit &= !runner_check_record(runner);
			continue;
		}
		err = record_read(run_dir, name, &record, why);
		if (!err)
			record_free(&record);
		if (!err || err == -ENOENT)
			continue;
		log_err("%s: %s/takeover-%s cannot be read: %s", name, run_dir, name,
			why[0] ? why : strerror(-err));
		fit = false;
	}
	return fit;
}

/* The new process would know nothing of the order: before-backup has perhaps ended the services,
 * and the router would stay. */
static const struct router *find_leaving(const struct agent *agent)
{
	for (unsigned int i = 0; i < agent->opened; i++) {
		const struct router *router = runner_router(agent->runners[i]);

		if (router_is_leaving(router))
			return router;
	}
	return NULL;
}

void agent_reload(struct agent *agent)
{
	const struct router *leaves = find_leaving(agent);
	struct config *config = NULL;

	if (!agent->options->recheck) {
		log_warn("SIGHUP ignored: the agent was started without a configuration file");
	} else if (leaves) {
		log_err("SIGHUP refused: %s is about to resign; reload again when it has resigned, "
			"or after `vrrp-xdp resume %s`",
			leaves->config->name, leaves->config->name);
	} else if (!agent->options->recheck(agent->options->context, &config)) {
		log_err("SIGHUP refused: the configuration has errors; the agent keeps the old "
			"configuration");
	} else if (!upkeep_may_restart(agent->upkeep) || !check_records(agent, config) ||
		   ports_check(&agent->ports, &agent->ports_deps, config) ||
		   macvlans_check(&agent->interfaces, config)) {
		log_err("SIGHUP refused: a restart would fail; the agent continues as before");
	} else {
		log_info("restarting");
		service_reloading(&agent->service, loop_now());
		stop_removed(agent, config);
		agent->restarting = true;
	}
	config_free(config);
}

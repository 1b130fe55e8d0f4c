// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run: a world from a seed, then episodes. An episode has some faults, all of which are over at
 * one moment, then time to settle, one owner, and a quiet while. Most faults aim at the owner.
 * Never looks into an agent.
 */
#include <stddef.h>
#include <string.h>

#include "sim.h"
#include "vrrp_timers.h"

#define EPISODES 24

/* ---- what a fault does ---- */

static void crash(struct sim *sim, struct sim_host *host)
{
	sim_say(sim, host, "crashes");
	agent_kill(sim, host);
	host->on = false;
	host->lease.until_ns = 0;
	memset(&host->instance, 0, sizeof(host->instance));
	host->ring_count = 0;
	check_left(sim, host);
}

static void freeze(struct sim *sim, struct sim_host *host, int64_t span)
{
	struct sim_agent *agent = &host->agent;

	sim_say(sim, host, "is frozen for %.3f us", (double)span / 1000);
	agent->frozen_until = sim->now + span;
	if (agent->held_until < agent->frozen_until)
		agent->held_until = agent->frozen_until;
}

static void plan_fault(struct sim *sim, int64_t at, enum sim_fault fault, unsigned int host,
		       unsigned int from, unsigned int path, int64_t parameter)
{
	sim_push(sim, (struct sim_event){.at = at,
					 .kind = SIM_EV_FAULT,
					 .fault = (uint8_t)fault,
					 .host = (uint8_t)host,
					 .from = (uint8_t)from,
					 .path = (uint8_t)path,
					 .sent_at = parameter});
}

static void set_config(struct sim *sim, struct sim_host *host);

/* The agent starts anew at once, with another configuration. */
static void reload(struct sim *sim, struct sim_host *host)
{
	agent_restarts(sim, host);
	set_config(sim, host);
	sim_say(sim, host, "reloads: priority %u, every %u cs", host->config.priority,
		host->config.interval_cs);
	agent_start(sim, host);
}

/* off: something is wrong; else all is well. */
static void weigh(struct sim *sim, struct sim_host *host, bool off)
{
	host->weights = (struct router_weights){.allows = true};
	if (off) {
		host->weights.sum = (int)sim_between(sim, -60, 60);
		host->weights.pending = sim_chance(sim, 100);
		host->weights.failed = sim_chance(sim, 250);
		host->weights.gives_up = sim_chance(sim, 100);
		host->weights.allows = sim_chance(sim, 700);
	}
	sim_say(sim, host, "weights: %d%s%s%s%s", host->weights.sum,
		host->weights.pending ? ", pending" : "", host->weights.failed ? ", failed" : "",
		host->weights.gives_up ? ", gives up" : "", host->weights.allows ? "" : ", held");
	host->agent.weigh = true;
	agent_wake(sim, host, sim_between(sim, 0, sim->pause_ns));
}

void sim_fault(struct sim *sim, const struct sim_event *event)
{
	struct sim_host *host = &sim->host[event->host];
	bool on = event->sent_at != 0;

	sim->last_fault = sim->now;
	switch ((enum sim_fault)event->fault) {
	case SIM_FREEZE:
		if (host->agent.alive)
			freeze(sim, host, event->sent_at);
		break;
	case SIM_KILL:
		if (host->agent.alive)
			agent_kill(sim, host);
		break;
	case SIM_STOP:
		agent_stop(sim, host);
		break;
	case SIM_CRASH:
		if (host->on)
			crash(sim, host);
		break;
	case SIM_START:
		if (sim->row->handovers && host->agent.alive && host->agent.stop_asked)
			plan_fault(sim, sim->now + sim->interval_ns, SIM_START, event->host, 0, 0,
				   0);
		if (host->agent.alive)
			break;
		if (sim_leaves(sim, host)) {
			plan_fault(sim, host->goodbye_until, SIM_START, event->host, 0, 0, 0);
			break;
		}
		host->on = true;
		agent_start(sim, host);
		break;
	case SIM_LOSS:
		sim->loss_permille = (unsigned int)event->sent_at;
		sim_say(sim, NULL, "loss is %u permille", sim->loss_permille);
		break;
	case SIM_BLOCK:
		sim->blocked[event->from][event->host][event->path] = on;
		sim_say(sim, host, "%s %u by path %u", on ? "is cut off from" : "hears again",
			event->from, event->path);
		break;
	case SIM_CARRIER:
		host->carrier[event->path] = !on;
		sim_say(sim, host, "path %u %s", event->path, on ? "loses its carrier" : "is up");
		host->agent.ports = true;
		agent_wake(sim, host, sim_between(sim, 0, sim->pause_ns));
		break;
	case SIM_RESIGN:
		host->resigned = on;
		host->resigned_now = event->sent_at == 2;
		sim_say(sim, host, "is asked to %s", on ? "resign" : "resume");
		agent_wake(sim, host, sim_between(sim, 0, sim->pause_ns));
		break;
	case SIM_RELOAD:
		if (host->agent.alive && !sim_leaves(sim, host))
			reload(sim, host);
		break;
	case SIM_REFUSE:
		host->refuses = on;
		sim_say(sim, host, "its NIC takes %s", on ? "no address" : "addresses again");
		break;
	case SIM_WEIGH:
		weigh(sim, host, on);
		break;
	case SIM_PAUSE:
		if (host->paused_until > sim->now)
			break;
		host->paused_until = sim->now + event->sent_at;
		host->stopped_ns += event->sent_at;
		sim_say(sim, host, "is paused for %.3f us", (double)event->sent_at / 1000);
		plan_fault(sim, host->paused_until, SIM_WAKEN, event->host, 0, 0, 0);
		break;
	case SIM_WAKEN:
		sim_say(sim, host, "goes on");
		agent_wake(sim, host, 0);
		break;
	case SIM_STALL:
		if (host->stalled_until < sim->now + event->sent_at)
			host->stalled_until = sim->now + event->sent_at;
		sim_say(sim, host, "its reception stalls for %.3f us",
			(double)event->sent_at / 1000);
		break;
	case SIM_FAULTS:
		break;
	}
}

/* ---- which, when and where ---- */

static unsigned int victim(struct sim *sim)
{
	if (sim->owner >= 0 && sim_chance(sim, 750))
		return (unsigned int)sim->owner;
	return (unsigned int)sim_below(sim, sim->hosts);
}

/* Half of the spans are around the end of a lease, where they matter most. */
static int64_t some_span(struct sim *sim)
{
	if (sim_chance(sim, 500))
		return sim_between(sim, 1, 8 * sim->interval_ns);
	return sim_between(sim, 19 * sim->interval_ns / 10, 44 * sim->interval_ns / 10);
}

/* Cuts one host off from all others or one of them, on one path or all, in one direction or
 * both. */
static void cut(struct sim *sim, int64_t at, int64_t until)
{
	unsigned int host = victim(sim), first = sim->row->whole_path ? 1 : 0;
	unsigned int only = (unsigned int)sim_below(sim, sim->path_count + 1);
	unsigned int peer = (unsigned int)sim_below(sim, sim->hosts * 2);
	unsigned int direction = (unsigned int)sim_below(sim, 3);

	for (unsigned int path = first; path < sim->path_count; path++) {
		for (unsigned int other = 0; other < sim->hosts; other++) {
			if (other == host || (peer < sim->hosts && other != peer) ||
			    (only < sim->path_count && path != only))
				continue;
			if (direction != 1) {
				plan_fault(sim, at, SIM_BLOCK, host, other, path, 1);
				plan_fault(sim, until, SIM_BLOCK, host, other, path, 0);
			}
			if (direction != 0) {
				plan_fault(sim, at, SIM_BLOCK, other, host, path, 1);
				plan_fault(sim, until, SIM_BLOCK, other, host, path, 0);
			}
		}
	}
}

static void carriers(struct sim *sim, int64_t at, int64_t until)
{
	unsigned int host = victim(sim), first = sim->row->whole_path ? 1 : 0;
	unsigned int only = (unsigned int)sim_below(sim, sim->path_count + 1);

	for (unsigned int path = first; path < sim->path_count; path++) {
		if (only < sim->path_count && path != only)
			continue;
		plan_fault(sim, at, SIM_CARRIER, host, 0, path, 1);
		plan_fault(sim, until, SIM_CARRIER, host, 0, path, 0);
	}
}

static void some_fault(struct sim *sim, int64_t at, int64_t end)
{
	const struct sim_row *row = sim->row;
	int64_t until = at + some_span(sim);
	unsigned int host = victim(sim);

	if (until > end)
		until = end;
	for (;;) {
		switch ((enum sim_fault)sim_below(sim, SIM_WAKEN)) {
		case SIM_FREEZE:
			if (!row->freezes)
				break;
			plan_fault(sim, at, SIM_FREEZE, host, 0, 0, some_span(sim));
			return;
		case SIM_KILL:
			if (!row->deaths)
				break;
			plan_fault(sim, at, SIM_KILL, host, 0, 0, 0);
			plan_fault(sim, until, SIM_START, host, 0, 0, 0);
			return;
		case SIM_STOP:
			if (!row->stops)
				break;
			plan_fault(sim, at, SIM_STOP, host, 0, 0, 0);
			plan_fault(sim, until, SIM_START, host, 0, 0, 0);
			return;
		case SIM_CRASH:
			if (!row->crashes)
				break;
			plan_fault(sim, at, SIM_CRASH, host, 0, 0, 0);
			plan_fault(sim, until, SIM_START, host, 0, 0, 0);
			return;
		case SIM_START:
			break;
		case SIM_LOSS:
			if (!row->losses)
				break;
			plan_fault(sim, at, SIM_LOSS, 0, 0, 0, sim_between(sim, 50, 950));
			plan_fault(sim, until, SIM_LOSS, 0, 0, 0, 0);
			return;
		case SIM_BLOCK:
			if (!row->partitions)
				break;
			cut(sim, at, until);
			return;
		case SIM_CARRIER:
			if (!row->carriers)
				break;
			carriers(sim, at, until);
			return;
		case SIM_RESIGN:
			if (!row->orders)
				break;
			plan_fault(sim, at, SIM_RESIGN, host, 0, 0,
				   row->handovers ? sim_between(sim, 1, 2) : 1);
			plan_fault(sim, until, SIM_RESIGN, host, 0, 0, 0);
			return;
		case SIM_RELOAD:
			if (!row->reloads)
				break;
			plan_fault(sim, at, SIM_RELOAD, host, 0, 0, 0);
			return;
		case SIM_REFUSE:
			if (!row->refusals)
				break;
			plan_fault(sim, at, SIM_REFUSE, host, 0, 0, 1);
			plan_fault(sim, until, SIM_REFUSE, host, 0, 0, 0);
			return;
		case SIM_WEIGH:
			if (!row->weights)
				break;
			plan_fault(sim, at, SIM_WEIGH, host, 0, 0, 1);
			plan_fault(sim, until, SIM_WEIGH, host, 0, 0, 0);
			return;
		case SIM_PAUSE:
			if (!row->pauses)
				break;
			plan_fault(sim, at, SIM_PAUSE, host, 0, 0, some_span(sim));
			return;
		case SIM_STALL:
			if (!row->stalls)
				break;
			plan_fault(sim, at, SIM_STALL, host, 0, 0, some_span(sim));
			return;
		case SIM_WAKEN:
		case SIM_FAULTS:
			break;
		}
	}
}

/* ---- a run ---- */

static void set_config(struct sim *sim, struct sim_host *host)
{
	static const uint8_t some[] = {1, 2, 99, 100, 100, 100, 101, 150, 200, 253, 254};
	struct config_router *config = &host->config;

	config->priority = some[sim_below(sim, sizeof(some))];
	if (host == &sim->host[0] && sim_chance(sim, 100))
		config->priority = VRRP_PRIO_OWNER;
	config->preempt = sim_chance(sim, 500);
	config->preempt_delay_ms = 0;
	if (sim_chance(sim, 250))
		config->preempt_delay_ms =
			(uint32_t)(sim_between(sim, 1, 5 * sim->interval_ns) / 1000000 + 1);
	if (sim->row->delays) {
		config->preempt = true;
		config->preempt_delay_ms =
			(uint32_t)(sim_between(sim, 1, 9 * sim->interval_ns) / 1000000 + 1);
	}
	config->handover = sim->row->handovers && sim_chance(sim, 850);
	config->handover_timeout_ms = 0;
	if (config->handover && sim_chance(sim, 250))
		config->handover_timeout_ms =
			(uint32_t)(sim_between(sim, 1, 7 * sim->interval_ns) / 1000000 + 1);
	config->witness = (enum config_witness)sim_below(sim, CONFIG_WITNESS_OWNER + 1);
	for (int i = 0; sim->row->hooks && i < CONFIG_BEFORE_COUNT; i++) {
		static char path[] = "/bin/true", *command[] = {path, NULL};
		bool has = sim_chance(sim, 700);

		config->before[i] = (struct config_hook){.command = has ? command : NULL,
							 .strict = sim_chance(sim, 300)};
	}
	config->interval_cs = sim->interval_cs;
	if (sim->row->intervals && sim->version == VRRP_V3)
		config->interval_cs = (uint16_t)(sim->interval_cs / (1 + sim_below(sim, 3)));
	if (!config->interval_cs)
		config->interval_cs = 1;
}

static void make_host(struct sim *sim, unsigned int index)
{
	struct sim_host *host = &sim->host[index];
	int64_t most_ppm = sim->row->ppm ? sim->row->ppm : 500;

	host->base_ns = sim_between(sim, 1000000000LL, 1000000000000000LL);
	host->ppm = sim_between(sim, -most_ppm, most_ppm);
	host->config = (struct config_router){
		.name = "sim",
		.vrid = 55,
		.family = 4,
		.version = sim->version,
		.public = "eth0",
		.heartbeat_count = sim->path_count,
		.garp_count = 5,
		.garp_interval_ms = 200,
		.garp_tail_ms = CONFIG_GARP_TAIL_MS,
	};
	set_config(sim, host);
	host->weights.allows = true;
	for (unsigned int path = 0; path < sim->path_count; path++)
		host->carrier[path] = true;
}

static void make_world(struct sim *sim)
{
	static const uint16_t some_cs[] = {1, 1, 2, 10, 10, 50, 100};
	const struct sim_row *row = sim->row;
	int64_t skew_ns, least_ns = INT64_MAX, most_ns = 0;

	sim->version = row->version ? row->version : (sim_chance(sim, 250) ? VRRP_V2 : VRRP_V3);
	sim->interval_cs =
		row->interval_cs ? row->interval_cs : some_cs[sim_below(sim, sizeof(some_cs) / 2)];
	if (sim->version == VRRP_V2 && !row->interval_cs)
		sim->interval_cs = 100; /* whole seconds */
	sim->interval_ns = (int64_t)(sim->interval_cs * VRRP_NS_PER_CS);
	sim->hosts = (unsigned int)sim_between(sim, row->min_hosts, row->max_hosts);
	sim->path_count = (unsigned int)sim_between(sim, row->min_paths, row->max_paths);
	sim->delay_min_ns = sim_between(sim, 1000, sim->interval_ns / 100);
	sim->delay_max_ns =
		sim->delay_min_ns + sim_between(sim, 0,
						sim->interval_ns / (row->measured          ? 500
								    : sim_chance(sim, 300) ? 4
											   : 50));
	sim->duplicate_permille = (unsigned int)sim_below(sim, 2) * 50;
	sim->pause_ns = sim->interval_ns / 50 < 300000 ? sim->interval_ns / 50 : 300000;
	for (unsigned int i = 0; i < sim->hosts; i++) {
		make_host(sim, i);
		skew_ns = (int64_t)vrrp_skew_ns(sim->version, sim->host[i].config.priority,
						sim->host[i].config.interval_cs);
		least_ns = skew_ns < least_ns ? skew_ns : least_ns;
		most_ns = skew_ns > most_ns ? skew_ns : most_ns;
	}
	/* For what may change during the run, assume the worst. */
	if (row->reloads || row->weights) {
		least_ns = (int64_t)vrrp_skew_ns(sim->version, 254, sim->interval_cs);
		most_ns = (int64_t)vrrp_skew_ns(sim->version, 1, sim->interval_cs);
	}
	sim->slack_ns = least_ns;
	sim->bound_ns = 5 * sim->interval_ns + most_ns;
	sim->strict = !row->losses && !row->partitions && !row->carriers;
	sim->strict |= row->whole_path;
}

static int64_t quiet_since(const struct sim *sim)
{
	int64_t since = sim->last_fault;

	for (unsigned int i = 0; i < sim->hosts; i++) {
		const struct sim_host *host = &sim->host[i];
		const struct handover *handover = &host->agent.router.handover;

		if (host->agent.alive && handover->runs &&
		    sim_true(host, (uint64_t)handover->until.ns) > since)
			since = sim_true(host, (uint64_t)handover->until.ns);
		if (sim->host[i].agent.held_until > since)
			since = sim->host[i].agent.held_until;
		if (sim->host[i].stalled_until > since)
			since = sim->host[i].stalled_until;
		if (sim->host[i].paused_until > since)
			since = sim->host[i].paused_until;
		if (sim->host[i].agent.hook_until > since)
			since = sim->host[i].agent.hook_until;
	}
	return since;
}

static void episode(struct sim *sim)
{
	unsigned int faults = 1 + (unsigned int)sim_below(sim, 3);
	int64_t end;

	if (sim->row->measured)
		sim_run(sim, sim->now + sim->row->measured * sim->interval_ns);
	end = sim->now + sim_between(sim, 1, 9 * sim->interval_ns);
	sim->faults_on = true;
	/* The first fault starts at once, while the owner is the one that was found. The others may
	 * start at any time. */
	for (unsigned int i = 0; i < faults; i++)
		some_fault(sim, i ? sim_between(sim, sim->now, end) : sim->now, end);
	/* Start every agent that does not run. */
	for (unsigned int i = 0; i < sim->hosts; i++) {
		if (!sim->host[i].agent.alive)
			plan_fault(sim, sim_between(sim, sim->now, end), SIM_START, i, 0, 0, 0);
	}
	sim_run(sim, end);
	sim->faults_on = false;
	sim_run(sim, quiet_since(sim));
	/* A host that goes on after a freeze may have been told to leave meanwhile. */
	while (!sim->violation[0] && sim->now < quiet_since(sim) + sim->bound_ns)
		sim_run(sim, quiet_since(sim) + sim->bound_ns);
	if (sim->violation[0])
		return;

	/* From now on there may be no owner, or two, only for as long as a handover takes. */
	sim->stable = true;
	check_leases(sim);
	sim_run(sim, sim->now + sim_between(sim, 0, 2 * sim->interval_ns));
	sim->stable = false;
}

bool sim_play(struct sim *sim, const struct sim_row *row, uint64_t seed, FILE *trace,
	      struct sim_count *count)
{
	memset(sim, 0, offsetof(struct sim, queue));
	memset(&sim->queued, 0, sizeof(*sim) - offsetof(struct sim, queued));
	sim->row = row;
	vrrp_broken = row->broken;
	sim->random = seed;
	sim->trace = trace;
	sim->owner = -1;
	sim->handed_at = -1;
	sim->ownerless_since = -1;
	for (unsigned int i = 0; i < SIM_HOSTS; i++) {
		for (unsigned int j = 0; j < SIM_HOSTS; j++)
			sim->overlap_since[i][j] = -1;
	}
	make_world(sim);
	for (unsigned int i = 0; i < sim->hosts; i++)
		plan_fault(sim, sim_between(sim, 0, 2 * sim->interval_ns), SIM_START, i, 0, 0, 0);
	sim->ownerless_since = 0;
	sim_run(sim, 2 * sim->interval_ns + sim->bound_ns);
	for (unsigned int i = 0; !sim->violation[0] && i < EPISODES; i++)
		episode(sim);

	count->failovers += sim->count.failovers;
	count->resumed += sim->count.resumed;
	count->stood_in += sim->count.stood_in;
	count->events += sim->count.events;
	count->violations += sim->count.violations;
	for (unsigned int i = 0; i < SIM_EXCUSES; i++)
		count->overlaps[i] += sim->count.overlaps[i];
	if (sim->count.longest_overlap_ns > count->longest_overlap_ns)
		count->longest_overlap_ns = sim->count.longest_overlap_ns;
	return !sim->violation[0];
}

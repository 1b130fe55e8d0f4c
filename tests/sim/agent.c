// SPDX-License-Identifier: GPL-2.0-only
/*
 * The agent of one simulated host. It gives core/vrrp/router.h, the object that is shipped, its
 * events in the order of the real agent's wake-up, and plays the effects. Each phase is one call of
 * a function of router.h. Between two phases the agent may be held up, while the kernel's half of
 * the host goes on.
 */
#include <string.h>

#include "core/vrrp/broken.h"
#include "core/vrrp/publish.h"
#include "sim.h"
#include "vrrp_timers.h"

#define DRAIN_TURNS  4
#define KERNEL_HOLDS 60

struct vrrp_broken vrrp_broken;

/* ---- effects ---- */

static void play(struct sim *sim, struct sim_host *host, const struct router_effects *fx);

/* A change takes time, so its result is told in a phase of its own. */
static void change_nic(struct sim *sim, struct sim_host *host, enum router_nic nic,
		       enum bare_trial trial)
{
	struct sim_agent *agent = &host->agent;

	agent->nic_told = false;
	agent->public = (struct router_public){
		.nic = nic,
		.complete = nic == ROUTER_NIC_PREPARED && sim_chance(sim, 800),
		.bare = nic != ROUTER_NIC_STANDBY && host->refuses,
		.flapped = nic != host->nic && sim_chance(sim, 100),
		.trial = trial,
	};
	sim_say(sim, host, "its NIC: %u -> %u%s", host->nic, nic,
		agent->public.bare ? ", bare" : "");
	host->nic = nic;
}

static void run_hook(struct sim *sim, struct sim_host *host, enum config_before before)
{
	host->agent.hook = before;
	host->agent.hook_again = host->watch.opened;
	host->agent.hook_until = sim->now + 1 + sim_between(sim, 0, 5 * sim->interval_ns);
	sim_push(sim, (struct sim_event){.at = host->agent.hook_until,
					 .kind = SIM_EV_FAULT,
					 .fault = SIM_WAKEN,
					 .host = (uint8_t)sim_index(sim, host)});
}

static void send_later(struct sim_agent *agent, uint8_t priority)
{
	if (agent->batched < SIM_BATCH)
		agent->batch[agent->batched++] = priority;
}

static void play(struct sim *sim, struct sim_host *host, const struct router_effects *fx)
{
	for (unsigned int i = 0; i < fx->count; i++) {
		const struct router_effect *effect = &fx->list[i];

		switch (effect->kind) {
		case ROUTER_SEND:
			send_later(&host->agent, effect->priority);
			break;
		case ROUTER_ACQUIRE:
			change_nic(sim, host, ROUTER_NIC_MASTER, BARE_NOT_TRIED);
			break;
		case ROUTER_RELEASE:
			change_nic(sim, host, ROUTER_NIC_STANDBY, BARE_NOT_TRIED);
			break;
		case ROUTER_PREPARE:
			change_nic(sim, host, ROUTER_NIC_PREPARED, BARE_NOT_TRIED);
			break;
		case ROUTER_TRY:
			change_nic(sim, host, ROUTER_NIC_STANDBY,
				   host->refuses ? BARE_REFUSED : BARE_CARRIES);
			break;
		case ROUTER_ANNOUNCE:
			if (router_announces_unowned(&host->agent.router, host->agent.now))
				sim_violated(sim, "host %u: announces without a lease",
					     sim_index(sim, host));
			break;
		case ROUTER_RUN_HOOK:
			sim_say(sim, host, "runs hook %u", effect->before);
			run_hook(sim, host, effect->before);
			break;
		case ROUTER_END_HOOK:
			host->agent.hook_until = 0;
			break;
		case ROUTER_STAYS:
			sim_say(sim, host, "stays MASTER");
			break;
		case ROUTER_TRANSITION:
			sim_say(sim, host, "state %u -> %u (cause %u)", effect->transition.from,
				effect->transition.to, effect->transition.cause);
			break;
		case ROUTER_CONCEDE: /* changes no deadline, but may look like an heir's */
			if (!sim->row->handovers)
				break;
			sim_concede(sim, host, &host->agent.record.advert.source,
				    host->agent.record.path, effect->priority);
			break;
		case ROUTER_SAY:
			sim_say(sim, host, "says %u (%lld)", effect->saying,
				(long long)effect->number);
			break;
		}
	}
}

/* Calls one function of router.h, checks what it has changed, and plays its effects. */
#define CALL(sim, host, function, ...)                                                  \
	do {                                                                            \
		struct router_before was = router_before(&(host)->agent.router);        \
		struct router_effects fx;                                               \
                                                                                        \
		function(&(host)->agent.router, ##__VA_ARGS__, (host)->agent.now, &fx); \
		check_call(sim, host, was);                                             \
		if (router_leaves_replaced(was, &fx))                                   \
			sim_violated(sim, "host %u: says goodbye, and was replaced",    \
				     sim_index(sim, host));                             \
		play(sim, host, &fx);                                                   \
	} while (0)

/* ---- phases ---- */

static void look_at_ports(struct sim *sim, struct sim_host *host)
{
	struct router_ports ports = {.present = true, .up = true, .carrier = true, .fenced = true};

	for (unsigned int path = 0; path < sim->path_count; path++)
		ports.heard |= host->carrier[path];
	CALL(sim, host, router_ports, &ports);
}

static bool end_hook(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	if (!agent->hook_until || sim->now < agent->hook_until)
		return false;
	agent->hook_until = 0;
	/* If an order has waited for it, that is obeyed now. */
	if (agent->hook == CONFIG_BEFORE_BACKUP)
		sim->last_fault = sim->now;
	CALL(sim, host, router_hook_ended, agent->hook, sim_chance(sim, 800));
	return true;
}

/* Behind before-master, nothing may be open. It runs again if the host stays MASTER. */
static void check_hook(struct sim *sim, const struct sim_host *host)
{
	const struct sim_agent *agent = &host->agent;

	if (agent->hook_until && agent->hook == CONFIG_BEFORE_MASTER && !agent->hook_again &&
	    vrrp_before((uint64_t)agent->now.ns, host->lease.until_ns))
		sim_violated(sim, "host %u: owns before before-master has ended",
			     sim_index(sim, host));
}

/* Orders and facts come after the ring was read. If a router that has been replaced without knowing
 * it sent priority 0, the backups would doubt the master that they have. */
static void obey(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	/* What follows from it goes out before the next order comes, as in the agent. */
	if (end_hook(sim, host)) {
		agent->poked = true;
		return;
	}
	if (agent->stopping && !router_is_leaving(&agent->router))
		return;
	if (agent->stop_asked && !agent->stopping) {
		agent->stopping = true;
		CALL(sim, host, router_order, ROUTER_STOP);
		return;
	}
	if (sim_leaves(sim, host)) {
		sim_push(sim, (struct sim_event){.at = host->goodbye_until,
						 .kind = SIM_EV_FAULT,
						 .fault = SIM_WAKEN,
						 .host = (uint8_t)sim_index(sim, host)});
		return;
	}
	if (agent->resigned != host->resigned) {
		agent->resigned = host->resigned;
		CALL(sim, host, router_order,
		     !host->resigned      ? ROUTER_RESUME
		     : host->resigned_now ? ROUTER_RESIGN_NOW
					  : ROUTER_RESIGN);
	}
	if (agent->weigh) {
		agent->weigh = false;
		CALL(sim, host, router_weigh, &host->weights);
	}
	if (agent->ports) {
		agent->ports = false;
		look_at_ports(sim, host);
	}
}

static enum sim_phase wake_up(struct sim *sim, struct sim_host *host)
{
	host->agent.poked = false;
	host->agent.now = sim_clock(sim, host);
	if (VRRP_BROKEN(goodbye_unread))
		obey(sim, host);
	host->agent.turns = 0;
	router_before_drain(&host->agent.router);
	return SIM_DRAIN;
}

static enum sim_phase drain(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	struct vrrp_event record = host->ring[host->ring_first];

	if (host->ring_count) {
		agent->now = sim_clock(sim, host);
		host->ring_first = (host->ring_first + 1) % SIM_RING;
		host->ring_count--;
		agent->record = record;
		CALL(sim, host, router_advert, &record);
		return SIM_DRAIN;
	}
	if (router_drain_again(&agent->router) && ++agent->turns < DRAIN_TURNS) {
		router_before_drain(&agent->router);
		return SIM_DRAIN;
	}
	return SIM_LOOK;
}

static enum sim_phase tick(struct sim *sim, struct sim_host *host)
{
	CALL(sim, host, router_tick);
	return host->agent.router.claims ? SIM_TICK : SIM_FLUSH;
}

static void tell_nic(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	if (agent->nic_told)
		return;
	agent->nic_told = true;
	agent->now = sim_clock(sim, host);
	if (host->nic == ROUTER_NIC_MASTER && !agent->public.bare)
		CALL(sim, host, router_announce);
	CALL(sim, host, router_public, &agent->public);
}

static enum sim_phase flush(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	bool any = false;

	for (unsigned int i = 0; i < agent->batched; i++)
		any |= sim_send(sim, host, agent->batch[i]);
	agent->batched = 0;
	return any ? SIM_SENT : SIM_SETTLE;
}

static void check_nic(struct sim *sim, const struct sim_host *host)
{
	const char *wrong = router_sleeps_wrongly(&host->agent.router, host->nic, host->agent.now);

	if (wrong)
		sim_violated(sim, "host %u: %s", sim_index(sim, host), wrong);
}

static enum sim_phase arm(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	struct monotime at = router_expiry(&agent->router);
	int64_t wake_at;

	agent->phase = SIM_IDLE;
	if (monotime_before(agent->now, at) && !agent->poked)
		check_nic(sim, host);
	/* Until it has ended, a host may leave at any time: that is when the fault comes. */
	if (agent->hands_over && !router_is_leaving(&agent->router))
		sim->last_fault = sim->now;
	agent->hands_over = router_is_leaving(&agent->router);
	if (agent->stopping && !agent->hands_over) {
		host->lease.until_ns = vrrp_broken.stop_keeps_lease ? host->lease.until_ns : 0;
		host->instance.role = VRRP_ROLE_IDLE;
		agent->alive = false;
		sim_say(sim, host, "has stopped");
	} else if (host->ring_count || agent->poked) {
		agent_wake(sim, host, 0);
	} else if (!monotime_is_never(at)) {
		wake_at = at.ns <= agent->now.ns ? sim->now : sim_true(host, (uint64_t)at.ns);
		wake_at += sim_between(sim, 0, sim->row->lag_us * 1000LL);
		agent_wake(sim, host, wake_at > sim->now ? wake_at - sim->now : 0);
	}
	return SIM_IDLE;
}

static enum sim_phase run_phase(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	switch (agent->phase) {
	case SIM_IDLE:
	case SIM_WAKE:
		return wake_up(sim, host);
	case SIM_DRAIN:
		return drain(sim, host);
	case SIM_LOOK:
		agent->now = sim_clock(sim, host);
		CALL(sim, host, router_wake);
		return SIM_OBEY;
	case SIM_OBEY:
		agent->now = sim_clock(sim, host);
		obey(sim, host);
		return SIM_TICK;
	case SIM_TICK: /* with the same time */
		return tick(sim, host);
	case SIM_FLUSH:
		return flush(sim, host);
	case SIM_SENT:
		agent->now = sim_clock(sim, host);
		CALL(sim, host, router_sent);
		check_hook(sim, host);
		return SIM_SETTLE;
	case SIM_SETTLE:
		agent->now = sim_clock(sim, host);
		CALL(sim, host, router_announce_prepared);
		CALL(sim, host, router_settle);
		return SIM_SETTLED;
	case SIM_SETTLED:
		tell_nic(sim, host);
		return SIM_PREPARE;
	case SIM_PREPARE:
		agent->now = sim_clock(sim, host);
		CALL(sim, host, router_prepare);
		return SIM_PREPARED;
	case SIM_PREPARED:
		tell_nic(sim, host);
		return SIM_ARM;
	case SIM_ARM:
		return arm(sim, host);
	}
	return SIM_IDLE;
}

/* A change of its NIC takes its time. */
static bool changes_nic(const struct sim_agent *agent)
{
	return !agent->nic_told && (agent->phase == SIM_SETTLED || agent->phase == SIM_PREPARED);
}

/* How long the agent is held up between two phases: mostly not at all, now and then by another
 * program, a few times by a long freeze, and more often where the kernel changes a NIC. */
static int64_t hold_up(struct sim *sim, struct sim_agent *agent)
{
	unsigned int extra = sim->row->extra_holds + (changes_nic(agent) ? KERNEL_HOLDS : 0);
	uint64_t dice = sim_below(sim, 1024);
	int64_t pause;

	if (dice >= 16 + extra)
		return 0;
	if (dice >= 3 + extra || !sim->faults_on || !sim->row->freezes)
		return sim_between(sim, 0, sim->pause_ns);
	pause = sim_between(sim, 0, 7 * sim->interval_ns);
	sim->last_fault = sim->now;
	if (agent->held_until < sim->now + pause)
		agent->held_until = sim->now + pause;
	return pause;
}

static void go_on_at(struct sim *sim, struct sim_host *host, enum sim_event_kind kind, int64_t at)
{
	host->agent.wake_at = at;
	sim_push(sim, (struct sim_event){.at = at,
					 .kind = (uint8_t)kind,
					 .host = (uint8_t)sim_index(sim, host),
					 .token = ++host->agent.wake_token});
}

/* Meanwhile the thread of agent/stand_in.h sends. */
static void stand_in_later(struct sim *sim, const struct sim_host *host)
{
	const struct sim_agent *agent = &host->agent;
	struct monotime now = sim_clock(sim, host), at = router_stand_in_at(&agent->router, now);
	int64_t when = sim->now + sim_between(sim, 0, sim->row->lag_us * 1000LL);

	if (!changes_nic(agent) || monotime_is_never(at))
		return;
	if (monotime_before(now, at))
		when += sim_true(host, (uint64_t)at.ns) - sim->now;
	if (when < agent->wake_at)
		sim_push(sim, (struct sim_event){.at = when,
						 .kind = SIM_EV_STAND_IN,
						 .host = (uint8_t)sim_index(sim, host),
						 .token = agent->wake_token});
}

static void stand_in(struct sim *sim, struct sim_host *host)
{
	sim->tick++;
	host->agent.now = sim_clock(sim, host);
	CALL(sim, host, router_stand_in);
	if (flush(sim, host) == SIM_SENT) {
		sim->count.stood_in++;
		host->agent.now = sim_clock(sim, host);
		CALL(sim, host, router_sent);
	}
	check_leases(sim);
	stand_in_later(sim, host);
}

static void go(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;

	for (;;) {
		int64_t pause;

		sim->tick++;
		agent->phase = run_phase(sim, host);
		check_leases(sim);
		if (agent->phase == SIM_IDLE)
			return;
		pause = hold_up(sim, agent);
		if (pause) {
			sim_say(sim, host, "held up for %.3f us before phase %u",
				(double)pause / 1000, agent->phase);
			go_on_at(sim, host, SIM_EV_CONTINUE, sim->now + pause);
			stand_in_later(sim, host);
			return;
		}
	}
}

void agent_wake(struct sim *sim, struct sim_host *host, int64_t delay_ns)
{
	struct sim_agent *agent = &host->agent;
	int64_t at = sim->now + delay_ns;

	agent->poked = true;
	if (!agent->alive || agent->phase != SIM_IDLE)
		return;
	if (agent->wake_at > sim->now && agent->wake_at <= at)
		return;
	go_on_at(sim, host, SIM_EV_WAKE, at);
}

void agent_event(struct sim *sim, struct sim_host *host, const struct sim_event *event)
{
	struct sim_agent *agent = &host->agent;
	int64_t until =
		agent->frozen_until > host->paused_until ? agent->frozen_until : host->paused_until;

	if (!agent->alive || event->token != agent->wake_token)
		return;
	if (event->kind == SIM_EV_STAND_IN) {
		if (sim->now >= until)
			stand_in(sim, host);
		return;
	}
	if (sim->now < until) {
		go_on_at(sim, host, (enum sim_event_kind)event->kind, until);
		return;
	}
	agent->wake_at = 0;
	go(sim, host);
}

/* ---- life ---- */

static void begin_anew(struct sim *sim, struct sim_host *host, bool reloads)
{
	struct vrrp_judged learned = {0};

	if (reloads)
		router_recalls(&host->config, &host->instance, host->agent.now, &learned);
	memset(&host->instance, 0, sizeof(host->instance));
	host->instance.judged = learned;
	memset(host->path, 0, sizeof(host->path));
	for (unsigned int path = 0; path < sim->path_count; path++)
		host->path[path].own_source = sim_address(sim, sim_index(sim, host), path);
	host->lease.until_ns = 0;
	check_left(sim, host);
	memset(host->watch.heard, 0, sizeof(host->watch.heard));
	host->watch.worse_ns = 0;
	host->ring_count = 0;
	/* The takeover is opened, so what a dead agent left on the NIC is put back. */
	host->nic = ROUTER_NIC_STANDBY;
}

void agent_start(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	uint32_t token = agent->wake_token;
	struct router_words words = {.instance = &host->instance, .lease = &host->lease};
	bool adopt, reloads = agent->alive;

	for (unsigned int path = 0; path < sim->path_count; path++)
		words.paths[path] = &host->path[path];
	*agent = (struct sim_agent){.alive = true,
				    .wake_token = token,
				    .weigh = true,
				    .nic_told = true,
				    .held_until = sim->now}; /* it said nothing until now */
	agent->now = sim_clock(sim, host);
	adopt = router_adoptable(&host->config, &words, agent->now);
	sim_say(sim, host, adopt ? "adopts its lease" : "starts");
	if (!adopt)
		begin_anew(sim, host, reloads);
	router_init(&agent->router, &host->config, &words, adopt,
		    host->config.interval_cs * 50000LL, 20000);
	publish_rules(&host->instance, NULL, &host->config, router_interval_cs(&agent->router));
	publish_identity(&host->instance, &host->config);
	look_at_ports(sim, host);
	if (adopt)
		change_nic(sim, host, ROUTER_NIC_MASTER, BARE_NOT_TRIED);
	agent_wake(sim, host, 0);
}

void agent_restarts(struct sim *sim, struct sim_host *host)
{
	struct sim_agent *agent = &host->agent;
	struct monotime now = sim_clock(sim, host);

	if (agent->phase != SIM_IDLE || sim->now < agent->frozen_until ||
	    sim->now < host->paused_until)
		return;
	router_hasten(&agent->router, now,
		      monotime_add(now, (int64_t)(host->config.interval_cs * VRRP_NS_PER_CS)));
	stand_in(sim, host);
}

void agent_kill(struct sim *sim, struct sim_host *host)
{
	sim_say(sim, host, "its agent is killed");
	host->agent.alive = false;
	host->agent.phase = SIM_IDLE;
}

void agent_stop(struct sim *sim, struct sim_host *host)
{
	if (!host->agent.alive)
		return;
	sim_say(sim, host, "is asked to stop");
	host->agent.stop_asked = true;
	agent_wake(sim, host, 0);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The agent of one host: brings core/vrrp/router.h, the object that is shipped, its events in the
 * order of the real agent's wake-up, as tests/sim/agent.c does, and plays its effects. Each phase
 * is one call of the router and takes no time; between two of them the agent may be frozen or
 * killed, and the judge goes on.
 */
#include <string.h>

#include "core/vrrp/publish.h"
#include "search.h"

#define DRAIN_TURNS 4
#define WAKEUPS     12 /* of one agent at one instant: more, and it spins */

struct vrrp_broken vrrp_broken;

/* ---- what a call has changed, and its effects ---- */

static void tell_checks(unsigned int h, struct router_before was)
{
	const struct search_host *host = &world.host[h];
	unsigned int changes = router_changes(&host->agent.router, was);

	if (changes & ROUTER_CLAIMED) {
		if (host->agent.router.claims)
			say((int)h, "claims");
		check_claiming(h);
	}
	if (changes & ROUTER_DECIDED)
		check_decided(h);
	if (changes & ROUTER_MASTERED)
		check_mastered(h);
	if (changes & ROUTER_LEFT)
		check_left(h);
	if (changes & ROUTER_RESUMED)
		check_resumes(h);
	if (changes & ROUTER_LISTENED)
		check_listening(h, host->instance.deadline_ns);
}

/* It takes its time: what comes of it is told in a phase of its own. */
static void change_nic(struct search_host *host, enum router_nic nic, enum bare_trial trial)
{
	host->agent.nic_told = false;
	host->agent.public = (struct router_public){.nic = nic,
						    .complete = nic == ROUTER_NIC_PREPARED,
						    .trial = trial};
	host->nic = (uint8_t)nic;
}

static void send_later(unsigned int h, uint8_t priority)
{
	struct search_agent *agent = &world.host[h].agent;

	if (agent->batched < SEARCH_BATCH)
		agent->batch[agent->batched++] = priority;
	else
		violated(SEARCH_CONFUSED "no room for so many adverts of a wake-up");
}

static void announces(unsigned int h)
{
	const struct search_agent *agent = &world.host[h].agent;

	say((int)h, "announces");
	if (router_announces_unowned(&agent->router, agent->now))
		violated("host %u: announces without a lease", h);
}

static void play(unsigned int h, const struct router_effects *fx)
{
	struct search_host *host = &world.host[h];

	for (unsigned int i = 0; i < fx->count; i++) {
		const struct router_effect *effect = &fx->list[i];

		switch (effect->kind) {
		case ROUTER_SEND:
			send_later(h, effect->priority);
			break;
		case ROUTER_ACQUIRE:
			change_nic(host, ROUTER_NIC_MASTER, BARE_NOT_TRIED);
			break;
		case ROUTER_RELEASE:
			change_nic(host, ROUTER_NIC_STANDBY, BARE_NOT_TRIED);
			break;
		case ROUTER_PREPARE:
			change_nic(host, ROUTER_NIC_PREPARED, BARE_NOT_TRIED);
			break;
		case ROUTER_TRY:
			change_nic(host, ROUTER_NIC_STANDBY, BARE_CARRIES);
			break;
		case ROUTER_ANNOUNCE:
			announces(h);
			break;
		case ROUTER_TRANSITION:
			say((int)h, "state %u -> %u (cause %u)", effect->transition.from,
			    effect->transition.to, effect->transition.cause);
			break;
		case ROUTER_CONCEDE: /* changes no deadline, but may look like an heir's */
			if (row->handover)
				world_concede(h, host->agent.from, host->agent.path,
					      effect->priority);
			break;
		case ROUTER_RUN_HOOK: /* no row of the search has one */
		case ROUTER_END_HOOK:
		case ROUTER_STAYS:
		case ROUTER_SAY:
			break;
		}
	}
}

/* One call of the router, and what came of it. */
#define CALL(h, function, ...)                                                         \
	do {                                                                           \
		struct search_agent *called = &world.host[h].agent;                    \
		struct router_before was = router_before(&world.host[h].agent.router); \
		struct router_effects fx;                                              \
                                                                                       \
		function(&called->router, ##__VA_ARGS__, called->now, &fx);            \
		called->router.fx = NULL;                                              \
		tell_checks(h, was);                                                   \
		if (router_leaves_replaced(was, &fx))                                  \
			violated("host %u: says goodbye, and was replaced", h);        \
		play(h, &fx);                                                          \
	} while (0)

/* ---- phases ---- */

static void look_at_ports(unsigned int h)
{
	const struct router_ports ports = {
		.heard = true, .present = true, .up = true, .carrier = true, .fenced = true};

	CALL(h, router_ports, &ports);
}

/* A backup is silent; that there is one is known. */
static void know_peer(unsigned int h)
{
	const struct router_weights weights = {.allows = true, .peered = true};

	if (row->handover)
		CALL(h, router_weigh, &weights);
}

static bool must_obey(const struct search_agent *agent)
{
	return agent->stop_asked && !agent->stopping;
}

static void obey(unsigned int h)
{
	struct search_agent *agent = &world.host[h].agent;

	if (!must_obey(agent))
		return;
	agent->stopping = true;
	CALL(h, router_order, ROUTER_STOP);
}

static void wake_up(unsigned int h)
{
	struct search_agent *agent = &world.host[h].agent;

	agent->poked = false;
	agent->now = world_clock();
	agent->armed_at = MONOTIME_NEVER;
	agent->wakeups++;
	if (agent->wakeups > WAKEUPS)
		violated("host %u: wakes up again and again, and does nothing", h);
	if (VRRP_BROKEN(goodbye_unread))
		obey(h);
	agent->turns = 0;
	router_before_drain(&agent->router);
}

static enum search_phase drain(unsigned int h)
{
	struct search_host *host = &world.host[h];
	struct search_agent *agent = &host->agent;
	struct search_record record = host->ring[0];
	struct vrrp_event event = {.path = record.path,
				   .judgement = record.judgement,
				   .advert = {.stamp_ns = record.stamp_ns,
					      .source = world_address(record.from, record.path),
					      .interval_cs = world_interval_cs(),
					      .priority = record.priority}};

	if (host->ring_count) {
		agent->now = world_clock();
		host->ring_count--;
		memmove(&host->ring[0], &host->ring[1], host->ring_count * sizeof(record));
		memset(&host->ring[host->ring_count], 0, sizeof(record));
		agent->from = record.from;
		agent->path = record.path;
		CALL(h, router_advert, &event);
		agent->from = agent->path = 0;
		return PHASE_DRAIN;
	}
	if (router_drain_again(&agent->router) && ++agent->turns < DRAIN_TURNS) {
		router_before_drain(&agent->router);
		return PHASE_DRAIN;
	}
	return PHASE_LOOK;
}

static enum search_phase tick(unsigned int h)
{
	struct search_agent *agent = &world.host[h].agent;

	CALL(h, router_tick);
	if (agent->router.claims)
		return PHASE_TICK;
	return agent->batched ? PHASE_FLUSH : PHASE_SETTLE;
}

static enum search_phase flush(unsigned int h)
{
	struct search_agent *agent = &world.host[h].agent;

	for (unsigned int i = 0; i < agent->batched; i++)
		world_send(h, agent->batch[i]);
	agent->batched = 0;
	memset(agent->batch, 0, sizeof(agent->batch));
	return PHASE_SENT;
}

static void tell_nic(unsigned int h)
{
	struct search_agent *agent = &world.host[h].agent;

	agent->nic_told = true;
	agent->now = world_clock();
	if (world.host[h].nic == ROUTER_NIC_MASTER && !agent->public.bare)
		CALL(h, router_announce);
	CALL(h, router_public, &agent->public);
}

static void check_nic(unsigned int h)
{
	const struct search_host *host = &world.host[h];
	const char *wrong = router_sleeps_wrongly(&host->agent.router, host->nic, host->agent.now);

	if (wrong)
		violated("host %u: %s", h, wrong);
}

/* The soonest thing that a router waits for is never further away than this. */
static void check_sleep(unsigned int h, struct monotime at)
{
	int64_t longest =
		3 * world_interval() + (row->version == VRRP_V2 ? NS_PER_S : world_interval());

	if (monotime_before(monotime_add(world_clock(), longest), at))
		violated("host %u: sleeps longer than a master-down time", h);
}

static enum search_phase arm(unsigned int h)
{
	struct search_host *host = &world.host[h];
	struct search_agent *agent = &host->agent;

	if (agent->stopping && !router_is_leaving(&agent->router)) {
		host->lease.until_ns = vrrp_broken.stop_keeps_lease ? host->lease.until_ns : 0;
		host->instance.role = VRRP_ROLE_IDLE;
		agent->alive = false;
		say((int)h, "has stopped");
		return PHASE_IDLE;
	}
	agent->armed_at = router_expiry(&agent->router);
	if (monotime_before(agent->now, agent->armed_at) && !agent->poked && !host->ring_count) {
		check_nic(h);
		check_sleep(h, agent->armed_at);
	}
	return PHASE_IDLE;
}

/* A phase without anything to do is passed over. */
static enum search_phase pass_over(const struct search_agent *agent, enum search_phase phase)
{
	if (phase == PHASE_SETTLED && agent->nic_told)
		phase = PHASE_PREPARE;
	if (phase == PHASE_PREPARED && agent->nic_told)
		phase = PHASE_ARM;
	return phase;
}

static enum search_phase run_phase(unsigned int h)
{
	struct search_agent *agent = &world.host[h].agent;

	switch ((enum search_phase)agent->phase) {
	case PHASE_IDLE:
		wake_up(h);
		return PHASE_DRAIN;
	case PHASE_DRAIN:
		return drain(h);
	case PHASE_LOOK:
		agent->now = world_clock();
		CALL(h, router_wake);
		return PHASE_OBEY;
	case PHASE_OBEY:
		agent->now = world_clock();
		obey(h);
		return PHASE_TICK;
	case PHASE_TICK: /* by the same time */
		return tick(h);
	case PHASE_FLUSH:
		return flush(h);
	case PHASE_SENT:
		agent->now = world_clock();
		CALL(h, router_sent);
		return PHASE_SETTLE;
	case PHASE_SETTLE:
		agent->now = world_clock();
		CALL(h, router_announce_prepared);
		CALL(h, router_settle);
		return PHASE_SETTLED;
	case PHASE_SETTLED:
		tell_nic(h);
		return PHASE_PREPARE;
	case PHASE_PREPARE:
		agent->now = world_clock();
		CALL(h, router_prepare);
		return PHASE_PREPARED;
	case PHASE_PREPARED:
		tell_nic(h);
		return PHASE_ARM;
	case PHASE_ARM:
		return arm(h);
	}
	return PHASE_IDLE;
}

void agent_step(unsigned int h)
{
	struct search_agent *agent = &world.host[h].agent;
	static const char *const names[] = {"wakes up", "drain",   "look",     "obey",
					    "tick",     "flush",   "sent",     "settle",
					    "settled",  "prepare", "prepared", "arm"};

	say((int)h, "%s", names[agent->phase]);
	agent->phase = (uint8_t)pass_over(agent, run_phase(h));
}

/* It is frozen where it changes its NIC, as by the kernel's lock of all NICs. */
bool agent_may_stand_in(unsigned int h)
{
	const struct search_agent *agent = &world.host[h].agent;
	struct monotime now = world_clock();

	return !agent->nic_told &&
	       (agent->phase == PHASE_SETTLED || agent->phase == PHASE_PREPARED) &&
	       !monotime_before(now, router_stand_in_at(&agent->router, now));
}

void agent_stand_in(unsigned int h)
{
	struct search_agent *agent = &world.host[h].agent;

	say((int)h, "its adverts go on");
	agent->now = world_clock();
	CALL(h, router_stand_in);
	if (flush(h) == PHASE_SENT)
		CALL(h, router_sent);
}

/* ---- life ---- */

static void begin_anew(unsigned int h)
{
	struct search_host *host = &world.host[h];

	memset(&host->instance, 0, sizeof(host->instance));
	memset(host->path, 0, sizeof(host->path));
	for (unsigned int path = 0; path < world_paths(); path++)
		host->path[path].own_source = world_address(h, path);
	host->lease.until_ns = 0;
	check_left(h);
	host->ring_count = 0;
	memset(host->ring, 0, sizeof(host->ring));
	/* What a dead agent left is put back. */
	host->nic = ROUTER_NIC_STANDBY;
}

void agent_start(unsigned int h)
{
	struct search_host *host = &world.host[h];
	struct search_agent *agent = &host->agent;
	struct router_words words = {.instance = &host->instance, .lease = &host->lease};
	uint8_t wakeups = agent->wakeups;
	bool adopt;

	for (unsigned int path = 0; path < world_paths(); path++)
		words.paths[path] = &host->path[path];
	memset(agent, 0, sizeof(*agent));
	agent->alive = agent->poked = agent->nic_told = host->on = true;
	agent->wakeups = wakeups;
	agent->now = world_clock();
	agent->armed_at = MONOTIME_NEVER;
	adopt = router_adoptable(world_config(h), &words, agent->now);
	say((int)h, adopt ? "adopts its lease" : "starts");
	if (!adopt)
		begin_anew(h);
	router_init(&agent->router, world_config(h), &words, adopt, world_tick(), 20000);
	publish_rules(&host->instance, NULL, world_config(h), router_interval_cs(&agent->router));
	publish_identity(&host->instance, world_config(h));
	look_at_ports(h);
	know_peer(h);
	if (adopt)
		change_nic(host, ROUTER_NIC_MASTER, BARE_NOT_TRIED);
	check_disturbed();
}

void agent_die(unsigned int h, bool crash)
{
	struct search_host *host = &world.host[h];

	say((int)h, crash ? "crashes" : "its agent is killed");
	host->agent.alive = false;
	host->agent.phase = PHASE_IDLE;
	if (crash) {
		host->on = false;
		host->lease.until_ns = 0;
		memset(&host->instance, 0, sizeof(host->instance));
		host->ring_count = 0;
		memset(host->ring, 0, sizeof(host->ring));
		check_left(h);
	}
	check_disturbed();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two hosts with a group of two virtual routers: the very objects of core/vrrp/ that the agent
 * links, the real judge, and the shared words in plain memory. tests/sim and tests/search play one
 * router on each host; what is played here is what a group adds. wake_up() makes the calls of the
 * agent's wake-up in their order, and between any two of them a fault may strike: see struct fault.
 *
 * A row is played once for every place at which one fault may come within a second of a settled
 * pair, of every kind and of several lengths, and then with two and three faults from seeds. What
 * must hold:
 *   - Of each host, the fence is open for both routers or for neither, at every instant.
 *   - No router is open on both hosts, but for the time that an advert of a better one takes.
 *   - A host whose agent sleeps is MASTER of both or of neither.
 *   - Some host owns both, soon after the last fault.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/vrrp/broken.h"
#include "core/vrrp/group.h"
#include "core/vrrp/publish.h"
#include "core/vrrp/router_internal.h"
#include "judge.h"
#include "provers.h"

#define HOSTS   2
#define MEMBERS 2
#define FLIGHTS 64
#define RING    8
#define BATCH   12
#define FAULTS  3
#define TURNS   4 /* of a drain, and of the news of a group */

#define MS         NS_PER_MS
#define WIRE_NS    (50 * NS_PER_US) /* an advert takes so long */
#define BEGIN_NS   (1000 * NS_PER_S)
#define SETTLED_NS (BEGIN_NS + 3 * NS_PER_S) /* a pair that has just been started is settled */
#define STEPS_MOST 20000
#define RUNS       1500 /* from seeds */

enum fault_kind {
	FAULT_FREEZE,  /* the agent that is about to make a call, for a while */
	FAULT_KILL,    /* that agent; the kernel goes on; it is started again */
	FAULT_CRASH,   /* its host, which is started again */
	FAULT_CUT,     /* one router's path, in both directions, for a while */
	FAULT_DEAF,    /* one router's path, to that host */
	FAULT_CARRIER, /* one router's path has no carrier on that host, for a while */
	FAULT_STOP,    /* the host is asked to stop, and is started again */
	FAULT_RESIGN,  /* it is told to resign, and to resume */
	FAULT_KINDS
};

struct fault {
	unsigned int step; /* strikes before this call */
	enum fault_kind kind;
	unsigned int member;
	int64_t lasts_ns;
};

struct row {
	const char *name;
	uint8_t priority[HOSTS][MEMBERS];
	uint16_t interval_cs[MEMBERS];
	bool preempt, handover, crossed; /* crossed: the higher address of each is another host's */
	bool judge_forgets;              /* the judge does not shut the gate */
	unsigned int kinds;              /* 1 << enum fault_kind; 0: all */
	struct vrrp_broken broken;
	bool must_fail;
};

struct member {
	struct vrrp_instance instance;
	struct vrrp_path path;
	struct vrrp_lease lease;
	struct vrrp_event ring[RING];
	unsigned int ring_count;
	bool carrier, deaf;
	struct config_router config;
	struct router router;
	enum router_nic nic;
	uint8_t batch[BATCH];
	unsigned int batched;
	bool goodbye;
};

struct host {
	bool on, alive, running; /* running: a wake-up is under way */
	bool stops, stopping, resigns, resigned, ports;
	struct monotime now;
	int64_t wake_at, start_at;
	struct vrrp_lease gate;
	struct group group;
	const struct router *routers[MEMBERS];
	struct member member[MEMBERS];
};

struct flight {
	int64_t at;
	unsigned int from, to, member;
	uint8_t priority;
};

/* What is undone when a fault is over. */
struct mend {
	int64_t at;
	enum fault_kind kind;
	unsigned int host, member;
};

static struct {
	const struct row *row;
	int64_t now, last_fault;
	unsigned int step;
	struct host host[HOSTS];
	struct flight flight[FLIGHTS];
	unsigned int flights;
	struct mend mend[FAULTS];
	unsigned int mends;
	bool cut[MEMBERS];
	struct fault fault[FAULTS];
	unsigned int faults;
	int64_t overlap_since[MEMBERS], ownerless_since;
	uint64_t random;
	char violation[160];
} world;

static bool trace;
struct vrrp_broken vrrp_broken;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list args;

	if (!trace)
		return;
	printf("# %12.3f ms, step %u: ", (double)(world.now - BEGIN_NS) / 1e6, world.step);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

__attribute__((format(printf, 1, 2))) static void violated(const char *format, ...)
{
	va_list args;

	if (world.violation[0])
		return;
	va_start(args, format);
	vsnprintf(world.violation, sizeof(world.violation), format, args);
	va_end(args);
	say("VIOLATION: %s", world.violation);
}

static uint64_t below(uint64_t bound)
{
	uint64_t x = world.random += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return (x ^ x >> 31) % bound;
}

static int64_t interval_ns(unsigned int member)
{
	return world.row->interval_cs[member] * 10 * MS;
}

static int64_t longest_ns(void)
{
	return interval_ns(0) > interval_ns(1) ? interval_ns(0) : interval_ns(1);
}

static struct vrrp_addr address_of(unsigned int host, unsigned int member)
{
	uint8_t last = (uint8_t)(world.row->crossed && member ? HOSTS - host : host + 1);

	return (struct vrrp_addr){.b = {10, 99, (uint8_t)member, last}};
}

/* ---- what must hold ---- */

static bool is_open(unsigned int h, unsigned int m)
{
	const struct host *host = &world.host[h];

	return host->on && (uint64_t)world.now < host->gate.until_ns &&
	       (uint64_t)world.now < host->member[m].lease.until_ns;
}

static bool owns_all(unsigned int h)
{
	return is_open(h, 0) && is_open(h, 1);
}

/* A handover of one that has just been replaced, a resumed lease: all may take so long. */
static int64_t bound_ns(void)
{
	return (world.row->crossed ? 16 : 9) * longest_ns();
}

static void check(void)
{
	bool owned = false, any = false;

	for (unsigned int h = 0; h < HOSTS; h++) {
		if (is_open(h, 0) != is_open(h, 1))
			violated("host %u is open for one router alone", h);
		owned |= owns_all(h);
		any |= world.host[h].alive;
	}
	for (unsigned int m = 0; m < MEMBERS; m++) {
		if (!is_open(0, m) || !is_open(1, m))
			world.overlap_since[m] = 0;
		else if (!world.overlap_since[m])
			world.overlap_since[m] = world.now;
		else if (world.now - world.overlap_since[m] > WIRE_NS)
			violated("both hosts own router %u", m);
	}
	if (owned || !any || world.ownerless_since < world.last_fault)
		world.ownerless_since = world.now;
	else if (world.now - world.ownerless_since > bound_ns())
		violated("nobody owns both");
}

static void check_sleep(unsigned int h)
{
	const struct host *host = &world.host[h];
	const struct router *one = host->routers[0], *other = host->routers[1];

	if ((one->fsm.state == VRRP_STATE_MASTER) == (other->fsm.state == VRRP_STATE_MASTER) ||
	    router_is_leaving(one) || router_is_leaving(other) || one->life == ROUTER_STOPPED ||
	    other->life == ROUTER_STOPPED || router_is_doubtful(one, host->now) ||
	    router_is_doubtful(other, host->now) || host->member[0].ring_count ||
	    host->member[1].ring_count)
		return; /* it looks again in a millisecond */
	violated("host %u sleeps as MASTER of one router alone", h);
}

/* ---- the wire and the kernel ---- */

static void run_until(int64_t until, unsigned int held);

static void send(unsigned int h, unsigned int m, uint8_t priority)
{
	if (!world.host[h].member[m].carrier || world.cut[m])
		return;
	if (world.flights == FLIGHTS) {
		violated("the wire is full");
		return;
	}
	say("host %u sends %u of router %u", h, priority, m);
	world.flight[world.flights++] = (struct flight){world.now + WIRE_NS, h, !h, m, priority};
}

static void deliver(const struct flight *flight)
{
	struct host *host = &world.host[flight->to];
	struct member *member = &host->member[flight->member];
	struct vrrp_event record = {
		.verdict = VRRP_VERDICT_VALID,
		.advert = {.stamp_ns = (uint64_t)world.now,
			   .source = address_of(flight->from, flight->member),
			   .interval_cs = world.row->interval_cs[flight->member],
			   .family = 4,
			   .version = VRRP_V3,
			   .vrid = member->config.vrid,
			   .priority = flight->priority,
			   .address_count = 1,
			   .ttl = VRRP_TTL},
	};

	if (!host->on || !member->carrier || member->deaf || world.cut[flight->member])
		return;
	record.judgement = (uint8_t)vrrp_judge(&member->instance, &member->path, 0, &member->lease,
					       &record.advert, &record.notes);
	if (!world.row->judge_forgets)
		vrrp_judge_gate(&host->gate, record.judgement);
	member->path.source = record.advert.source;
	member->path.last_ns = record.advert.stamp_ns;
	say("host %u hears %u of router %u: judgement %u", flight->to, flight->priority,
	    flight->member, record.judgement);
	if (!(record.notes & VRRP_NOTE_BIT(NEWS)))
		return;
	if (member->ring_count == RING)
		vrrp_judge_ring_full(&member->instance, record.notes);
	else
		member->ring[member->ring_count++] = record;
	host->wake_at = world.now;
}

/* ---- faults ---- */

static void begin_stop(struct host *host)
{
	host->stops = true;
	host->wake_at = world.now;
}

static void die(unsigned int h, bool crash, int64_t lasts_ns)
{
	struct host *host = &world.host[h];

	host->alive = false;
	host->start_at = world.now + lasts_ns;
	for (unsigned int m = 0; crash && m < MEMBERS; m++) {
		host->member[m].lease.until_ns = 0;
		memset(&host->member[m].instance, 0, sizeof(host->member[m].instance));
		host->member[m].ring_count = 0;
	}
	if (crash) {
		host->on = false;
		host->gate.until_ns = 0;
	}
}

static void end_fault(const struct mend *mend)
{
	struct host *host = &world.host[mend->host];

	say("the fault is over");
	if (mend->kind == FAULT_CUT)
		world.cut[mend->member] = false;
	else if (mend->kind == FAULT_DEAF)
		host->member[mend->member].deaf = false;
	else if (mend->kind == FAULT_CARRIER)
		host->member[mend->member].carrier = true;
	else
		host->resigns = false;
	host->ports = true;
	host->wake_at = world.now;
	world.last_fault = world.now;
}

static void strike(unsigned int h, const struct fault *fault)
{
	struct host *host = &world.host[h];
	int64_t until = world.now + fault->lasts_ns;

	say("fault %u on host %u, router %u, for %.3f ms", fault->kind, h, fault->member,
	    (double)fault->lasts_ns / 1e6);
	world.last_fault = until;
	switch (fault->kind) {
	case FAULT_FREEZE:
		run_until(until, h);
		world.last_fault = world.now;
		return;
	case FAULT_KILL:
	case FAULT_CRASH:
		die(h, fault->kind == FAULT_CRASH, fault->lasts_ns);
		return;
	case FAULT_STOP:
		begin_stop(host);
		/* Until it has ended, it may leave at any time. */
		world.last_fault = until + 6 * longest_ns();
		host->start_at = world.last_fault;
		return;
	case FAULT_RESIGN:
		host->resigns = true;
		break;
	case FAULT_CUT:
		world.cut[fault->member] = true;
		break;
	case FAULT_DEAF:
		host->member[fault->member].deaf = true;
		break;
	case FAULT_CARRIER:
		host->member[fault->member].carrier = false;
		break;
	case FAULT_KINDS:
		return;
	}
	host->ports = true;
	if (world.mends < FAULTS)
		world.mend[world.mends++] = (struct mend){until, fault->kind, h, fault->member};
}

/* Before each call of an agent. Returns false if the agent has died. */
static bool step(unsigned int h)
{
	check();
	world.step++;
	for (unsigned int i = 0; i < world.faults; i++) {
		if (world.fault[i].step == world.step)
			strike(h, &world.fault[i]);
	}
	if (world.step > STEPS_MOST)
		violated("an agent spins");
	world.host[h].now = (struct monotime){world.now};
	return world.host[h].alive && !world.violation[0];
}

/* ---- one agent ---- */

static void play(unsigned int h, unsigned int m, const struct router_effects *fx)
{
	struct host *host = &world.host[h];
	struct member *member = &host->member[m];

	for (unsigned int i = 0; i < fx->count; i++) {
		const struct router_effect *effect = &fx->list[i];

		switch (effect->kind) {
		case ROUTER_SEND:
			if (effect->priority == VRRP_PRIO_STOP)
				member->goodbye = true;
			else if (member->batched < BATCH)
				member->batch[member->batched++] = effect->priority;
			break;
		case ROUTER_ACQUIRE:
			member->nic = ROUTER_NIC_MASTER;
			break;
		case ROUTER_RELEASE:
		case ROUTER_TRY:
			member->nic = ROUTER_NIC_STANDBY;
			break;
		case ROUTER_PREPARE:
			member->nic = ROUTER_NIC_PREPARED;
			break;
		case ROUTER_ANNOUNCE:
			if (!router_may_own(&member->router, host->now))
				violated("host %u announces router %u without a lease", h, m);
			break;
		case ROUTER_TRANSITION:
			say("host %u, router %u: state %u -> %u (cause %u)", h, m,
			    effect->transition.from, effect->transition.to,
			    effect->transition.cause);
			break;
		case ROUTER_CONCEDE:
		case ROUTER_RUN_HOOK:
		case ROUTER_END_HOOK:
		case ROUTER_STAYS:
		case ROUTER_SAY:
			break;
		}
	}
}

/* One call, unless the agent has died before it. */
#define CALL(h, m, function, ...)                                                                 \
	do {                                                                                      \
		struct router_effects fx;                                                         \
                                                                                                  \
		if (!step(h))                                                                     \
			return false;                                                             \
		function(&world.host[h].member[m].router, ##__VA_ARGS__, world.host[h].now, &fx); \
		play(h, m, &fx);                                                                  \
		moved |= fx.count != 0;                                                           \
	} while (0)

#define EACH(m) for (unsigned int m = 0; m < MEMBERS; m++)

/* groups_follow() of the agent. */
static bool follow(unsigned int h)
{
	bool moved = true;

	for (int turn = 0; moved && turn < TURNS; turn++) {
		const struct router_group all = group_look(&world.host[h].group, world.host[h].now);

		moved = false;
		EACH(m)
		CALL(h, m, router_group, &all);
	}
	return true;
}

static bool drain(unsigned int h)
{
	struct host *host = &world.host[h];
	bool again = true, moved = false;

	for (int turn = 0; again && turn < TURNS; turn++) {
		EACH(m)
		router_before_drain(&host->member[m].router);
		EACH(m)
		{
			struct member *member = &host->member[m];

			while (member->ring_count) {
				struct vrrp_event record = member->ring[0];

				memmove(&member->ring[0], &member->ring[1],
					--member->ring_count * sizeof(record));
				CALL(h, m, router_advert, &record);
			}
		}
		again = false;
		EACH(m)
		again |= router_drain_again(&host->member[m].router);
	}
	(void)moved;
	return true;
}

static bool obey(unsigned int h)
{
	struct host *host = &world.host[h];
	bool moved = false;

	if (host->stops && !host->stopping) {
		host->stopping = true;
		EACH(m)
		CALL(h, m, router_order, ROUTER_STOP);
	}
	if (host->resigns != host->resigned && !host->stopping) {
		host->resigned = host->resigns;
		EACH(m)
		CALL(h, m, router_order, host->resigned ? ROUTER_RESIGN : ROUTER_RESUME);
	}
	if (host->ports) {
		host->ports = false;
		EACH(m)
		{
			const struct router_ports ports = {.heard = host->member[m].carrier,
							   .present = true,
							   .up = true,
							   .carrier = true,
							   .fenced = true};

			CALL(h, m, router_ports, &ports);
		}
	}
	(void)moved;
	return true;
}

static bool tick(unsigned int h)
{
	struct host *host = &world.host[h];
	bool moved = false;

	EACH(m)
	CALL(h, m, router_tick);
	if (group_claims(&host->group)) {
		if (!follow(h))
			return false;
		EACH(m)
		{
			if (host->member[m].router.claims)
				CALL(h, m, router_tick);
		}
	}
	(void)moved;
	return follow(h);
}

static bool flush(unsigned int h)
{
	struct host *host = &world.host[h];
	bool moved = false;

	if (!step(h))
		return false;
	EACH(m)
	{
		for (unsigned int i = 0; i < host->member[m].batched; i++)
			send(h, m, host->member[m].batch[i]);
	}
	EACH(m)
	{
		if (!host->member[m].batched)
			continue;
		host->member[m].batched = 0;
		if (host->member[m].carrier)
			CALL(h, m, router_sent);
	}
	if (!step(h))
		return false;
	group_settle(&host->group, host->now);
	EACH(m)
	CALL(h, m, router_announce_prepared);
	if (!step(h))
		return false;
	EACH(m)
	{
		if (host->member[m].goodbye)
			send(h, m, VRRP_PRIO_STOP);
		host->member[m].goodbye = false;
	}
	(void)moved;
	return true;
}

static bool settle(unsigned int h)
{
	bool moved = false;

	for (int prepares = 0; prepares < 2; prepares++) {
		EACH(m)
		{
			struct member *member = &world.host[h].member[m];
			struct router_public public = {.nic = member->nic};

			if (prepares)
				CALL(h, m, router_prepare);
			else
				CALL(h, m, router_settle);
			if (public.nic == member->nic)
				continue;
			public.nic = member->nic;
			public.complete = public.nic == ROUTER_NIC_PREPARED;
			if (public.nic == ROUTER_NIC_MASTER)
				CALL(h, m, router_announce);
			CALL(h, m, router_public, &public);
		}
	}
	(void)moved;
	return true;
}

/* on_wake() of the agent. */
static bool wake_up(unsigned int h)
{
	struct host *host = &world.host[h];
	bool moved = false, leaving = false;
	int64_t at = INT64_MAX;

	if (!drain(h))
		return false;
	EACH(m)
	CALL(h, m, router_wake);
	if (!follow(h) || !obey(h) || !follow(h) || !tick(h) || !flush(h) || !settle(h))
		return false;
	EACH(m)
	{
		struct soonest soonest = soonest_begin(host->now);
		int64_t due;

		router_offer(&host->member[m].router, &soonest);
		due = soonest.at.ns;
		if (due <= world.now)
			say("router %u: %s is due", m, soonest.row->name);

		leaving |= router_is_leaving(&host->member[m].router);
		at = due < at ? due : at;
		if (host->member[m].ring_count)
			at = world.now;
	}
	if (host->stopping && !leaving) {
		say("host %u has stopped", h);
		host->alive = false;
		return false;
	}
	check_sleep(h);
	host->wake_at = host->ports || host->stops != host->stopping ? world.now : at;
	(void)moved;
	return true;
}

static bool start(unsigned int h)
{
	struct host *host = &world.host[h];
	uint64_t until_ns[MEMBERS];
	bool adopts[MEMBERS], moved = false;

	say("host %u starts", h);
	world.last_fault = world.now > world.last_fault ? world.now : world.last_fault;
	host->on = host->alive = true;
	host->stops = host->stopping = host->resigned = false;
	host->now = (struct monotime){world.now};
	host->start_at = INT64_MAX;
	host->wake_at = world.now;
	EACH(m)
	{
		struct member *member = &host->member[m];
		struct router_words words = {.instance = &member->instance,
					     .lease = &member->lease,
					     .gate = &host->gate,
					     .paths = {&member->path}};

		member->goodbye = false;
		member->batched = 0;
		adopts[m] = router_adoptable(&member->config, &words, host->now);
		until_ns[m] = adopts[m] ? member->lease.until_ns : 0;
		if (!adopts[m]) {
			memset(&member->instance, 0, sizeof(member->instance));
			memset(&member->path, 0, sizeof(member->path));
			member->lease.until_ns = 0;
			member->ring_count = 0;
			member->nic = ROUTER_NIC_STANDBY;
		}
		member->path.own_source = address_of(h, m);
		router_init(&member->router, &member->config, &words, adopts[m], MS, 20000);
		publish_rules(&member->instance, &member->config,
			      router_interval_cs(&member->router));
		publish_identity(&member->instance, &member->config);
		host->routers[m] = &member->router;
	}
	group_adopt(&host->gate, until_ns, MEMBERS);
	group_init(&host->group, host->routers, MEMBERS, &host->gate);
	EACH(m)
	{
		const struct router_ports ports = {.heard = host->member[m].carrier,
						   .present = true,
						   .up = true,
						   .carrier = true,
						   .fenced = true};

		CALL(h, m, router_ports, &ports);
	}
	(void)moved;
	return true;
}

/* ---- the world ---- */

/* Plays what happens until then; `held`: a host whose agent is frozen, or HOSTS. */
static void run_until(int64_t until, unsigned int held)
{
	while (!world.violation[0]) {
		int64_t next = until;
		unsigned int at = world.flights;

		for (unsigned int i = 0; i < world.flights; i++) {
			if (world.flight[i].at < next ||
			    (world.flight[i].at == next && at == world.flights && next < until)) {
				next = world.flight[i].at;
				at = i;
			}
		}
		for (unsigned int i = 0; i < world.mends; i++)
			next = world.mend[i].at < next ? world.mend[i].at : next;
		for (unsigned int h = 0; h < HOSTS; h++) {
			const struct host *host = &world.host[h];
			int64_t due = host->alive ? host->wake_at : host->start_at;

			if (h != held && !host->running && due < next)
				next = due;
		}
		if (next > world.now)
			world.now = next;
		check();
		if (world.now >= until)
			return;
		if (at < world.flights && world.flight[at].at <= world.now) {
			struct flight flight = world.flight[at];

			memmove(&world.flight[at], &world.flight[at + 1],
				(--world.flights - at) * sizeof(flight));
			deliver(&flight);
			continue;
		}
		for (unsigned int i = 0; i < world.mends; i++) {
			if (world.mend[i].at <= world.now) {
				struct mend mend = world.mend[i];

				world.mend[i] = world.mend[--world.mends];
				end_fault(&mend);
			}
		}
		for (unsigned int h = 0; h < HOSTS; h++) {
			struct host *host = &world.host[h];

			if (h == held || host->running ||
			    (host->alive ? host->wake_at : host->start_at) > world.now)
				continue;
			host->running = true;
			host->alive ? wake_up(h) : start(h);
			host->running = false;
		}
	}
}

static void begin(const struct row *row)
{
	memset(&world, 0, sizeof(world));
	world.row = row;
	world.now = world.last_fault = BEGIN_NS;
	vrrp_broken = row->broken;
	for (unsigned int h = 0; h < HOSTS; h++) {
		world.host[h].start_at = BEGIN_NS;
		EACH(m)
		{
			struct member *member = &world.host[h].member[m];

			member->carrier = true;
			member->config = (struct config_router){
				.name = {(char)('a' + m)},
				.group = "group",
				.group_place = m,
				.vrid = (uint8_t)(51 + m),
				.family = 4,
				.version = VRRP_V3,
				.priority = row->priority[h][m],
				.interval_cs = row->interval_cs[m],
				.preempt = row->preempt,
				.handover = row->handover,
				.heartbeat_count = 1,
				.public = "eth0",
				.garp_count = 5,
				.garp_interval_ms = 200,
			};
		}
	}
}

/* Returns how many calls were made. `from`, if it is not NULL, gets how many there were when the
 * pair was settled, and how many a second later. */
static unsigned int play_row(const struct row *row, const struct fault *faults, unsigned int count,
			     unsigned int window[2])
{
	int64_t rest = 0;

	begin(row);
	memcpy(world.fault, faults, count * sizeof(*faults));
	world.faults = count;
	for (unsigned int i = 0; i < count; i++)
		rest += faults[i].lasts_ns;
	run_until(SETTLED_NS, HOSTS);
	if (window)
		window[0] = world.step;
	run_until(SETTLED_NS + NS_PER_S, HOSTS);
	if (window)
		window[1] = world.step;
	run_until(SETTLED_NS + NS_PER_S + rest + 4 * bound_ns(), HOSTS);
	if (!world.violation[0] && owns_all(0) == owns_all(1))
		violated("in the end, no host owns both");
	return world.step;
}

static struct fault some_fault(const unsigned int window[2])
{
	struct fault fault = {
		.step = window[0] + (unsigned int)below(2 * (window[1] - window[0])),
		.kind = (enum fault_kind)below(FAULT_KINDS),
		.member = (unsigned int)below(MEMBERS),
		.lasts_ns = (int64_t)below((uint64_t)(6 * longest_ns())),
	};

	while (world.row->kinds && !(world.row->kinds & 1U << fault.kind))
		fault.kind = (enum fault_kind)below(FAULT_KINDS);
	/* A path that is cut, and another one, is a host that is cut off: two masters. */
	return fault;
}

static bool cuts(enum fault_kind kind)
{
	return kind == FAULT_CUT || kind == FAULT_DEAF || kind == FAULT_CARRIER;
}

static bool play_all(const struct row *row, unsigned int *ret_runs)
{
	static const int64_t parts[] = {1, 20, 90, 200, 310, 600}; /* of an interval, hundredths */
	unsigned int window[2];
	struct fault fault[FAULTS];

	*ret_runs = 1;
	play_row(row, fault, 0, window);
	for (fault[0].step = window[0]; fault[0].step < window[1]; fault[0].step++) {
		for (int kind = 0; kind < FAULT_KINDS; kind++) {
			for (unsigned int i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
				if (world.violation[0])
					return false;
				if (row->kinds && !(row->kinds & 1U << kind))
					continue;
				fault[0].kind = (enum fault_kind)kind;
				fault[0].member = i % MEMBERS;
				fault[0].lasts_ns = parts[i] * longest_ns() / 100;
				play_row(row, fault, 1, NULL);
				++*ret_runs;
			}
		}
	}
	for (unsigned int seed = 1; seed <= RUNS && !world.violation[0]; seed++, ++*ret_runs) {
		unsigned int count;
		uint64_t random;

		world.random = seed;
		count = 2 + (unsigned int)below(FAULTS - 1);
		for (unsigned int i = 0; i < count; i++) {
			do
				fault[i] = some_fault(window);
			while (i && cuts(fault[i].kind) && cuts(fault[0].kind));
			if (i > 1 && cuts(fault[i].kind) && cuts(fault[1].kind))
				fault[i].kind = FAULT_FREEZE;
		}
		random = world.random;
		play_row(row, fault, count, NULL);
		world.random = random;
	}
	return !world.violation[0];
}

#define BOTH(p, q) .priority = {{p, p}, {q, q}}
#define EQUAL      .interval_cs = {20, 20}

static const struct row rows[] = {
	{"the first host is better, and preempts", BOTH(200, 100), EQUAL, .preempt = true},
	{"nobody preempts, and all are equal", BOTH(100, 100), EQUAL},
	{"the routers have different intervals", BOTH(200, 100), .interval_cs = {10, 40},
	 .preempt = true},
	{"hosts hand over before they leave", BOTH(200, 100), EQUAL, .preempt = true,
	 .handover = true},
	{"hosts hand over, with different intervals", BOTH(200, 100), .interval_cs = {40, 10},
	 .preempt = true, .handover = true},
	{"each host has the higher address in another router", BOTH(100, 100), EQUAL,
	 .crossed = true},
	{"broken: a router claims without its fellow", BOTH(200, 100), EQUAL, .preempt = true,
	 .broken = {.claims_alone = true}, .must_fail = true},
	{"broken: a router stays when its fellow leaves", BOTH(200, 100), EQUAL, .preempt = true,
	 .broken = {.stays_alone = true}, .must_fail = true},
	{"broken: the gate outlives the first lease", BOTH(200, 100), .interval_cs = {10, 40},
	 .preempt = true, .broken = {.gate_outlives = true}, .must_fail = true},
	{"broken: the judge does not shut the gate", BOTH(200, 100), EQUAL, .preempt = true,
	 .judge_forgets = true, .must_fail = true},
	{"broken: two hosts that both leave try again in the same moment", BOTH(100, 100), EQUAL,
	 .crossed = true, .broken = {.ties_again = true}, .must_fail = true},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- the rows, by several processes ---- */

struct outcome {
	unsigned int runs, count;
	bool held;
	struct fault fault[FAULTS];
	char violation[sizeof(world.violation)];
};

struct board {
	unsigned int workers;
	struct outcome outcome[ROWS];
};

static int play_part(void *context, unsigned int worker)
{
	struct board *board = context;

	for (size_t r = worker; r < ROWS; r += board->workers) {
		struct outcome *outcome = &board->outcome[r];

		outcome->held = play_all(&rows[r], &outcome->runs);
		outcome->count = world.faults;
		memcpy(outcome->fault, world.fault, sizeof(outcome->fault));
		memcpy(outcome->violation, world.violation, sizeof(outcome->violation));
	}
	return 0;
}

int main(void)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int failed = 0;

	if (board == MAP_FAILED)
		return 1;
	printf("1..%zu\n", ROWS);
	fflush(stdout);
	board->workers = workers_count();
	if (workers_run(board->workers, play_part, board))
		return 1;
	for (size_t r = 0; r < ROWS; r++) {
		const struct outcome *outcome = &board->outcome[r];
		bool ok = outcome->runs && outcome->held != rows[r].must_fail;

		if (!ok && !outcome->held) {
			trace = true;
			play_row(&rows[r], outcome->fault, outcome->count, NULL);
		}
		trace = false;
		failed += !ok;
		printf("%sok %zu - %s\n# %u runs%s%s\n", ok ? "" : "not ", r + 1, rows[r].name,
		       outcome->runs, outcome->violation[0] ? ": " : "", outcome->violation);
	}
	printf("%zu passed, %u failed\n", ROWS - failed, failed);
	return failed ? 1 : 0;
}

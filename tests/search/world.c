// SPDX-License-Identifier: GPL-2.0-only
/*
 * The world that is searched: clock, wire, the kernel's half of each host, and the moves by which
 * all of that and the agents go on.
 *
 * The hosts have their turns one behind the other at each instant. What one does changes nothing
 * for another but by an advert, so any order of the two comes to the same; and an advert that
 * arrives at the instant at which it was sent does so behind the turn of its sender.
 */
#include <stdarg.h>
#include <string.h>

#include "judge.h"
#include "search.h"

#define LONGEST_FREEZE 5 /* intervals */

struct search_world world;
const struct search_row *row;
FILE *trace;
char violation[SEARCH_MESSAGE];

static struct config_router configs[SEARCH_HOSTS];

/* ---- what is said ---- */

void say(int host, const char *format, ...)
{
	va_list args;

	if (!trace)
		return;
	fprintf(trace, "#     tick %7.3f  ",
		(double)(world.now - SEARCH_BEGIN) / (double)world_tick());
	if (host >= 0)
		fprintf(trace, "host %d  ", host);
	va_start(args, format);
	vfprintf(trace, format, args);
	va_end(args);
	fputc('\n', trace);
}

void violated(const char *format, ...)
{
	va_list args;

	if (violation[0])
		return;
	va_start(args, format);
	vsnprintf(violation, sizeof(violation), format, args);
	va_end(args);
	say(-1, "VIOLATION: %s", violation);
}

/* ---- constants of the row ---- */

uint16_t world_interval_cs(void)
{
	return row->version == VRRP_V2 ? 100 : 128;
}

int64_t world_interval(void)
{
	return (int64_t)(world_interval_cs() * VRRP_NS_PER_CS);
}

int64_t world_tick(void)
{
	return world_interval() / SEARCH_TICKS;
}

int64_t world_delay(void)
{
	return (row->delay ? row->delay : 1) * world_tick();
}

unsigned int world_paths(void)
{
	return row->paths ? row->paths : 1;
}

struct vrrp_addr world_address(unsigned int host, unsigned int path)
{
	return (struct vrrp_addr){.b = {10, 99, (uint8_t)path, (uint8_t)(host + 1)}};
}

struct monotime world_clock(void)
{
	return (struct monotime){world.now};
}

const struct config_router *world_config(unsigned int host)
{
	return &configs[host];
}

/* ---- the wire ---- */

static void transmit(unsigned int from, unsigned int to, unsigned int path, uint8_t priority,
		     bool current)
{
	if (world.flights == SEARCH_FLIGHT) {
		violated(SEARCH_CONFUSED "no room for so many adverts on the wire");
		return;
	}
	world.flight[world.flights++] = (struct search_advert){
		.sent_at = world.now,
		.to = (uint8_t)to,
		.from = (uint8_t)from,
		.path = (uint8_t)path,
		.priority = priority,
		.current = current,
		.resumed = current && world.host[from].watch.mastered &&
			   world.host[from].watch.resumed,
	};
}

void world_send(unsigned int from, uint8_t priority)
{
	if (priority != VRRP_PRIO_STOP)
		check_sent(from);
	say((int)from, "sends priority %u", priority);
	for (unsigned int path = 0; path < world_paths(); path++) {
		for (unsigned int to = 0; to < row->hosts; to++) {
			if (to != from)
				transmit(from, to, path, priority, priority != VRRP_PRIO_STOP);
		}
	}
}

void world_concede(unsigned int from, unsigned int to, unsigned int path, uint8_t priority)
{
	say((int)from, "concedes to host %u", to);
	transmit(from, to, path, priority, false);
}

static void remove_advert(unsigned int index)
{
	world.flights--;
	memmove(&world.flight[index], &world.flight[index + 1],
		(world.flights - index) * sizeof(world.flight[0]));
	memset(&world.flight[world.flights], 0, sizeof(world.flight[0]));
}

/* The XDP program, behind its checks. */
static void deliver(unsigned int index)
{
	static const char *const names[] = {"not judged", "absorbed", "ignored", "news", "YIELDS"};
	struct search_advert sent = world.flight[index];
	struct search_host *host = &world.host[sent.to];
	struct vrrp_path *path = &host->path[sent.path];
	uint64_t until_ns = host->lease.until_ns;
	struct vrrp_advert advert = {
		.stamp_ns = (uint64_t)world.now,
		.source = world_address(sent.from, sent.path),
		.interval_cs = world_interval_cs(),
		.priority = sent.priority,
	};
	enum vrrp_judgement judgement;
	uint8_t notes;

	if (sent.twice)
		world.flight[index].twice = false;
	else
		remove_advert(index);
	if (!host->on)
		return;
	check_advert(sent.to, &sent);
	judgement = vrrp_judge(&host->instance, path, sent.path, &host->lease, &advert, &notes);
	if (row->yield_keeps_lease)
		host->lease.until_ns = until_ns;
	path->source = advert.source;
	if (row->handover)
		path->last_ns = advert.stamp_ns;
	say(sent.to, "hears priority %u of host %u by path %u: %s", sent.priority, sent.from,
	    sent.path, names[judgement]);
	if (!(notes & VRRP_NOTE_BIT(NEWS)))
		return;
	if (host->ring_count == SEARCH_RING) {
		vrrp_judge_ring_full(&host->instance, notes);
		say(sent.to, "has no room in its ring");
		return;
	}
	host->ring[host->ring_count++] = (struct search_record){.stamp_ns = advert.stamp_ns,
								.from = sent.from,
								.path = sent.path,
								.priority = sent.priority,
								.judgement = (uint8_t)judgement};
}

/* ---- time ---- */

static bool is_due(const struct search_host *host)
{
	const struct search_agent *agent = &host->agent;

	return agent->phase != PHASE_IDLE || agent->poked || host->ring_count ||
	       agent->armed_at.ns <= world.now;
}

/* Where something may happen at any time, each tick is an instant; else the next wake-up is. */
static void advance(void)
{
	int64_t soonest = INT64_MAX;
	bool each = world.flights != 0;

	check_instant();
	for (unsigned int h = 0; h < row->hosts; h++) {
		struct search_agent *agent = &world.host[h].agent;

		agent->wakeups = 0;
		if (!agent->alive || agent->frozen)
			each = true;
		else if (agent->armed_at.ns < soonest)
			soonest = agent->armed_at.ns;
	}
	if (each && world.grid + world_tick() < soonest)
		soonest = world.grid + world_tick();
	world.grid += (soonest - world.grid) / world_tick() * world_tick();
	world.now = soonest;
	world.turn = world.round = 0;
	check_time();
}

/* ---- moves ---- */

bool move_is_fault(struct search_move move)
{
	return move.kind >= MOVE_FREEZE;
}

struct moves {
	struct search_move *list;
	unsigned int count;
};

static void offer(struct moves *moves, enum search_move_kind kind, unsigned int argument)
{
	if (moves->count < SEARCH_MOVES)
		moves->list[moves->count++] =
			(struct search_move){(uint8_t)kind, (uint8_t)argument};
}

/* It has been sent, and the turns allow it. */
static bool may_arrive(const struct search_advert *advert)
{
	if (advert->to != world.turn)
		return false;
	if (world.round)
		return advert->sent_at == world.now;
	return advert->sent_at < world.now || advert->from < advert->to;
}

static bool is_like_one_before(unsigned int index)
{
	const struct search_advert *one = &world.flight[index];

	for (unsigned int i = 0; i < index; i++) {
		if (!memcmp(one, &world.flight[i], sizeof(*one)))
			return true;
	}
	return false;
}

static bool must_arrive(const struct search_advert *advert)
{
	return advert->to == world.turn && world.now - advert->sent_at >= world_delay();
}

/* At the end of a round: an advert of this instant to a host whose turn was before its sender's. */
static bool has_another_round(void)
{
	if (world.round)
		return false;
	for (unsigned int i = 0; i < world.flights; i++) {
		if (world.flight[i].sent_at == world.now &&
		    world.flight[i].to < world.flight[i].from)
			return true;
	}
	return false;
}

static void offer_faults(struct moves *moves, bool can_step)
{
	const struct search_host *host = &world.host[world.turn];
	const struct search_agent *agent = &host->agent;
	uint8_t kinds = row->kinds ? row->kinds : FAULT_ALL;
	/* Whenever else it dies, it would have done nothing since. */
	bool awake = agent->alive && !agent->frozen && (can_step || agent->wakeups);

	if ((kinds & FAULT_FREEZE) && can_step)
		offer(moves, MOVE_FREEZE, 0);
	if ((kinds & FAULT_KILL) && awake)
		offer(moves, MOVE_KILL, 0);
	if ((kinds & FAULT_CRASH) && awake)
		offer(moves, MOVE_CRASH, 0);
	if ((kinds & FAULT_STOP) && agent->alive && !agent->stop_asked && !world.round &&
	    (agent->phase == PHASE_IDLE || agent->frozen))
		offer(moves, MOVE_STOP, 0);
	if (agent->phase != PHASE_SENT)
		return;
	for (unsigned int i = 0; i < world.flights; i++) {
		const struct search_advert *advert = &world.flight[i];

		if (advert->from != world.turn || advert->sent_at != world.now || advert->twice)
			continue;
		if (kinds & FAULT_LOSE)
			offer(moves, MOVE_LOSE, i);
		if (kinds & FAULT_TWICE)
			offer(moves, MOVE_TWICE, i);
	}
}

unsigned int world_moves(unsigned int faults_left, struct search_move list[SEARCH_MOVES])
{
	struct moves moves = {.list = list};
	const struct search_host *host;
	const struct search_agent *agent;
	bool can_step, must_thaw, must_wait = false;

	if (world.turn == row->hosts) {
		offer(&moves, MOVE_TIME, 0);
		if (has_another_round())
			offer(&moves, MOVE_ROUND, 0);
		return moves.count;
	}
	host = &world.host[world.turn];
	agent = &host->agent;
	can_step = agent->alive && !agent->frozen && is_due(host);
	must_thaw = agent->alive && agent->frozen &&
		    world.now - agent->frozen_at >= LONGEST_FREEZE * world_interval();
	if (can_step)
		offer(&moves, MOVE_STEP, 0);
	for (unsigned int i = 0; i < world.flights; i++) {
		if (may_arrive(&world.flight[i]) && !is_like_one_before(i))
			offer(&moves, MOVE_DELIVER, i);
		must_wait |= must_arrive(&world.flight[i]);
	}
	if (agent->alive && agent->frozen && world.now > agent->frozen_at && !world.round)
		offer(&moves, MOVE_THAW, 0);
	if (agent->alive && agent->frozen && agent_may_stand_in(world.turn))
		offer(&moves, MOVE_STAND_IN, 0);
	if (!agent->alive && !world.round)
		offer(&moves, MOVE_START, 0);
	if (!can_step && !must_wait && !must_thaw)
		offer(&moves, MOVE_PASS, 0);
	if (faults_left)
		offer_faults(&moves, can_step);
	return moves.count;
}

static void make(struct search_move move)
{
	unsigned int h = world.turn;
	struct search_agent *agent = h < row->hosts ? &world.host[h].agent : NULL;
	const struct search_advert *advert = &world.flight[move.argument];

	switch ((enum search_move_kind)move.kind) {
	case MOVE_STEP:
		agent_step(h);
		break;
	case MOVE_DELIVER:
		deliver(move.argument);
		break;
	case MOVE_THAW:
		say((int)h, "goes on");
		agent->frozen = false;
		check_disturbed();
		break;
	case MOVE_STAND_IN:
		agent_stand_in(h);
		break;
	case MOVE_START:
		agent_start(h);
		break;
	case MOVE_PASS:
		world.turn++;
		break;
	case MOVE_TIME:
		advance();
		break;
	case MOVE_ROUND:
		world.turn = 0;
		world.round++;
		break;
	case MOVE_FREEZE:
		say((int)h, "is frozen");
		agent->frozen = true;
		agent->frozen_at = world.now;
		check_disturbed();
		break;
	case MOVE_KILL:
	case MOVE_CRASH:
		agent_die(h, move.kind == MOVE_CRASH);
		break;
	case MOVE_STOP:
		say((int)h, "is asked to stop");
		agent->stop_asked = agent->poked = true;
		check_disturbed();
		break;
	case MOVE_LOSE:
		say((int)h, "the advert to host %u by path %u is lost", advert->to, advert->path);
		remove_advert(move.argument);
		world.lost = true;
		check_disturbed();
		break;
	case MOVE_TWICE:
		say((int)h, "the advert to host %u by path %u will arrive twice", advert->to,
		    advert->path);
		world.flight[move.argument].twice = true;
		break;
	}
	if (h < row->hosts)
		check_host(h);
}

unsigned int world_apply(struct search_move move, unsigned int faults_left)
{
	struct search_move moves[SEARCH_MOVES] = {move};
	unsigned int made = 0;

	do {
		make(moves[0]);
		made++;
	} while (!violation[0] && moves[0].kind != MOVE_TIME &&
		 world_moves(faults_left, moves) == 1);
	return made;
}

/* ---- the first state ---- */

/* Everything as soon as it may happen, and no fault, until then. */
static void run_until(int64_t until)
{
	while (world.now < until && !violation[0]) {
		struct search_move moves[SEARCH_MOVES], move;
		unsigned int count = world_moves(0, moves), i = 0;

		while (i + 1 < count && moves[i].kind == MOVE_START)
			i++;
		move = moves[i];
		make(move);
	}
}

static void start_some(unsigned int first, unsigned int end)
{
	for (unsigned int h = first; h < end; h++) {
		world.turn = (uint8_t)h;
		agent_start(h);
	}
	world.turn = world.round = 0;
}

void world_begin(void)
{
	memset(&world, 0, sizeof(world));
	violation[0] = 0;
	vrrp_broken = row->broken;
	world.now = world.grid = world.ownerless_since = SEARCH_BEGIN;
	for (unsigned int h = 0; h < row->hosts; h++) {
		configs[h] = (struct config_router){
			.name = "search",
			.vrid = 55,
			.family = 4,
			.version = row->version == VRRP_V2 ? VRRP_V2 : VRRP_V3,
			.priority = row->priority[h],
			.interval_cs = world_interval_cs(),
			.preempt = row->preempt,
			.preempt_delay_ms =
				(uint32_t)(row->preempt_ticks * world_tick() / NS_PER_MS),
			.public = "eth0",
			.heartbeat_count = world_paths(),
			.handover = row->handover,
			.garp_count = 2,
			.garp_interval_ms = (uint32_t)(world_tick() / NS_PER_MS),
		};
	}
	if (row->root == ROOT_DEAD)
		return;
	if (row->root == ROOT_TOGETHER) {
		start_some(0, row->hosts);
		return;
	}
	start_some(0, 1);
	run_until(SEARCH_BEGIN + 8 * world_interval());
	if (row->root != ROOT_ALONE) {
		start_some(1, row->root == ROOT_ONE_OUT ? row->hosts - 1U : row->hosts);
		run_until(SEARCH_BEGIN + 16 * world_interval());
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time, the wire, the kernel of each host, faults, and what must hold.
 */
#include "groups.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/vrrp/router_internal.h"
#include "judge.h"

#define STEPS_MOST 20000

struct world world;
bool trace;
struct vrrp_broken vrrp_broken;

void say(const char *format, ...)
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

void violated(const char *format, ...)
{
	va_list args;

	if (world.violation[0])
		return;
	va_start(args, format);
	vsnprintf(world.violation, sizeof(world.violation), format, args);
	va_end(args);
	say("VIOLATION: %s", world.violation);
}

uint64_t below(uint64_t bound)
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

int64_t longest_ns(void)
{
	return interval_ns(0) > interval_ns(1) ? interval_ns(0) : interval_ns(1);
}

struct vrrp_addr address_of(unsigned int host, unsigned int member)
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

bool owns_all(unsigned int h)
{
	return is_open(h, 0) && is_open(h, 1);
}

/* A handover of one that has just been replaced, a resumed lease: all may take so long. */
int64_t bound_ns(void)
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

void check_sleep(unsigned int h)
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

void send_advert(unsigned int h, unsigned int m, uint8_t priority)
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
	if (record.judgement == VRRP_JUDGED_YIELD && !world.row->judge_forgets)
		vrrp_judge_gate(&host->gate);
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
bool step(unsigned int h)
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

/* ---- the world ---- */

/* Plays what happens until then; `held`: a host whose agent is frozen, or HOSTS. */
void run_until(int64_t until, unsigned int held)
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

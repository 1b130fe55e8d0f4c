// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks, the queue of coming events, the network, and the kernel's half of a host: adverts that
 * arrive go through the real judge. Depends on include/, bpf/judge.h and core/. Never decides for
 * an agent, and reads no clock but the world's.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "sim.h"

#define MILLION 1000000LL

/* splitmix64: every seed is as good as any other. */
static uint64_t next_random(struct sim *sim)
{
	uint64_t x = sim->random += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

uint64_t sim_below(struct sim *sim, uint64_t bound)
{
	return (uint64_t)(((unsigned __int128)next_random(sim) * bound) >> 64);
}

bool sim_chance(struct sim *sim, unsigned int permille)
{
	return permille && sim_below(sim, 1000) < permille;
}

int64_t sim_between(struct sim *sim, int64_t from, int64_t to)
{
	return from + (int64_t)sim_below(sim, (uint64_t)(to - from) + 1);
}

/* ---- clocks ---- */

static int64_t local_at(const struct sim_host *host, int64_t at)
{
	at -= host->stopped_ns;
	return host->base_ns + at + at * host->ppm / MILLION;
}

struct monotime sim_clock(const struct sim *sim, const struct sim_host *host)
{
	return (struct monotime){local_at(host, sim->now)};
}

int64_t sim_true(const struct sim_host *host, uint64_t local_ns)
{
	int64_t span = (int64_t)local_ns - host->base_ns;
	int64_t at = span - span * host->ppm / (MILLION + host->ppm) + host->stopped_ns;

	while (local_at(host, at) < (int64_t)local_ns)
		at++;
	while (local_at(host, at - 1) >= (int64_t)local_ns)
		at--;
	return at;
}

static uint8_t last_byte(const struct sim *sim, unsigned int host, unsigned int path)
{
	return (uint8_t)(sim->row->crossed && path % 2 ? SIM_HOSTS - host : host + 1);
}

struct vrrp_addr sim_address(const struct sim *sim, unsigned int host, unsigned int path)
{
	return (struct vrrp_addr){.b = {10, 99, (uint8_t)path, last_byte(sim, host, path)}};
}

unsigned int sim_host_of(const struct sim *sim, const struct vrrp_addr *address, unsigned int path)
{
	unsigned int host = 0;

	while (last_byte(sim, host, path) != address->b[3])
		host++;
	return host;
}

unsigned int sim_index(const struct sim *sim, const struct sim_host *host)
{
	return (unsigned int)(host - sim->host);
}

/* ---- what is said ---- */

void sim_say(struct sim *sim, const struct sim_host *host, const char *format, ...)
{
	va_list args;

	if (!sim->trace)
		return;
	fprintf(sim->trace, "%14.3f us  ", (double)sim->now / 1000);
	if (host)
		fprintf(sim->trace, "host %u  ", sim_index(sim, host));
	va_start(args, format);
	vfprintf(sim->trace, format, args);
	va_end(args);
	fputc('\n', sim->trace);
}

void sim_violated(struct sim *sim, const char *format, ...)
{
	va_list args;

	if (sim->violation[0])
		return; /* the first one is the cause */
	va_start(args, format);
	vsnprintf(sim->violation, sizeof(sim->violation), format, args);
	va_end(args);
	sim->count.violations++;
	sim_say(sim, NULL, "VIOLATION: %s", sim->violation);
}

/* ---- the queue: a binary heap ---- */

static bool sooner(const struct sim_event *a, const struct sim_event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void sim_push(struct sim *sim, struct sim_event event)
{
	unsigned int i = sim->queued++;

	if (i == SIM_QUEUE) {
		fprintf(stderr, "sim: the queue is full\n");
		abort();
	}
	event.order = sim->order++;
	while (i && sooner(&event, &sim->queue[(i - 1) / 2])) {
		sim->queue[i] = sim->queue[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	sim->queue[i] = event;
}

static struct sim_event pop(struct sim *sim)
{
	struct sim_event first = sim->queue[0], last = sim->queue[--sim->queued];
	unsigned int i = 0, child;

	while ((child = 2 * i + 1) < sim->queued) {
		if (child + 1 < sim->queued && sooner(&sim->queue[child + 1], &sim->queue[child]))
			child++;
		if (!sooner(&sim->queue[child], &last))
			break;
		sim->queue[i] = sim->queue[child];
		i = child;
	}
	sim->queue[i] = last;
	return first;
}

/* ---- network ---- */

static void transmit(struct sim *sim, unsigned int from, unsigned int to, unsigned int path,
		     uint8_t priority)
{
	const struct sim_watch *watch = &sim->host[from].watch;
	struct sim_event event = {
		.kind = SIM_EV_DELIVER,
		.host = (uint8_t)to,
		.from = (uint8_t)from,
		.path = (uint8_t)path,
		.priority = priority,
		.interval_cs = sim->host[from].config.interval_cs,
		.mastership = watch->mastership,
		.round = watch->rounds,
		.stale = sim->host[from].agent.held_until == sim->now,
		.sent_at = sim->now,
	};
	unsigned int copies = sim_chance(sim, sim->duplicate_permille) ? 2 : 1;

	if (sim->blocked[from][to][path])
		return;
	if (!(path == 0 && sim->row->whole_path) && sim_chance(sim, sim->loss_permille))
		return;
	while (copies--) {
		event.at = sim->now + sim_between(sim, sim->delay_min_ns, sim->delay_max_ns);
		if (priority == VRRP_PRIO_STOP && sim->row->late_goodbyes && sim_chance(sim, 300))
			event.at += sim_between(sim, 0, sim->interval_ns);
		if (priority == VRRP_PRIO_STOP && sim->host[from].goodbye_until <= event.at)
			sim->host[from].goodbye_until = event.at + 1;
		sim_push(sim, event);
	}
}

bool sim_leaves(const struct sim *sim, const struct sim_host *host)
{
	return host->config.priority == VRRP_PRIO_OWNER && sim->now < host->goodbye_until;
}

bool sim_send(struct sim *sim, struct sim_host *host, uint8_t priority)
{
	unsigned int from = sim_index(sim, host);
	bool any = false;

	for (unsigned int path = 0; path < sim->path_count; path++)
		any |= host->carrier[path];
	if (!any)
		return false;
	if (priority != VRRP_PRIO_STOP)
		check_sent(sim, host);
	sim_say(sim, host, "sends priority %u (mastership %u, advert %u)", priority,
		host->watch.mastership, host->watch.rounds);
	for (unsigned int path = 0; path < sim->path_count; path++) {
		for (unsigned int to = 0; to < sim->hosts; to++) {
			if (to != from && host->carrier[path])
				transmit(sim, from, to, path, priority);
		}
	}
	return true;
}

void sim_concede(struct sim *sim, struct sim_host *host, const struct vrrp_addr *winner,
		 unsigned int path, uint8_t priority)
{
	unsigned int to = sim_host_of(sim, winner, path);

	if (!host->carrier[path])
		return;
	sim_say(sim, host, "concedes to %u by path %u, priority %u", to, path, priority);
	transmit(sim, sim_index(sim, host), to, path, priority);
}

/* ---- the kernel of a host ---- */

static void to_ring(struct sim *sim, struct sim_host *host, const struct vrrp_event *record)
{
	if (host->ring_count == SIM_RING) {
		vrrp_judge_ring_full(&host->instance, record->notes);
		return;
	}
	host->ring[(host->ring_first + host->ring_count++) % SIM_RING] = *record;
	agent_wake(sim, host, sim_between(sim, 0, sim->row->lag_us * 1000LL));
}

/* The part of the XDP program that follows its checks. */
static void deliver(struct sim *sim, const struct sim_event *event)
{
	static const char *const names[] = {"not judged", "absorbed", "ignored", "news", "YIELDS"};
	struct sim_host *host = &sim->host[event->host];
	struct vrrp_path *path = &host->path[event->path];
	uint64_t until_ns = host->lease.until_ns;
	struct vrrp_event record = {
		.path = event->path,
		.verdict = VRRP_VERDICT_VALID,
		.advert = {.stamp_ns = (uint64_t)sim_clock(sim, host).ns,
			   .source = sim_address(sim, event->from, event->path),
			   .interval_cs = event->interval_cs,
			   .family = 4,
			   .version = sim->version,
			   .vrid = 55,
			   .priority = event->priority,
			   .address_count = 1,
			   .ttl = VRRP_TTL},
	};

	if (!host->on || !host->carrier[event->path])
		return;
	check_heard(sim, host, event);
	check_advert(sim, host, event->path, &record.advert);
	record.judgement = vrrp_judge(&host->instance, path, event->path, &host->lease,
				      &record.advert, &record.notes);
	if (sim->row->yield_keeps_lease)
		host->lease.until_ns = until_ns;
	sim_say(sim, host,
		"hears %u by path %u, priority %u, sent at %.3f: %s, deadline in %.3f us",
		event->from, event->path, event->priority, (double)event->sent_at / 1000,
		names[record.judgement],
		(double)(int64_t)(host->instance.deadline_ns - record.advert.stamp_ns) / 1000);
	path->source = record.advert.source;
	path->last_ns = record.advert.stamp_ns;
	path->adverts++;
	if (record.notes & VRRP_NOTE_BIT(NEWS))
		to_ring(sim, host, &record);
}

/* A guest that is paused, or whose reception stalls, stamps what arrives only when it goes on. */
static bool postpone(struct sim *sim, struct sim_event event)
{
	const struct sim_host *host = &sim->host[event.host];

	event.at =
		host->paused_until > host->stalled_until ? host->paused_until : host->stalled_until;
	if (sim->now >= event.at)
		return false;
	sim_push(sim, event);
	return true;
}

void sim_run(struct sim *sim, int64_t until)
{
	while (!sim->violation[0] && sim->queued && sim->queue[0].at <= until) {
		struct sim_event event = pop(sim);

		sim->now = event.at;
		sim->tick++;
		sim->count.events++;
		check_time(sim);
		if (sim->violation[0])
			return;
		switch ((enum sim_event_kind)event.kind) {
		case SIM_EV_DELIVER:
			if (!postpone(sim, event))
				deliver(sim, &event);
			break;
		case SIM_EV_WAKE:
		case SIM_EV_CONTINUE:
		case SIM_EV_STAND_IN:
			agent_event(sim, &sim->host[event.host], &event);
			break;
		case SIM_EV_FAULT:
			sim_fault(sim, &event);
			break;
		}
		check_leases(sim);
	}
	if (sim->violation[0])
		return;
	if (until > sim->now)
		sim->now = until;
	check_time(sim);
}

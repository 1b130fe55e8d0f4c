// SPDX-License-Identifier: GPL-2.0-only
/*
 * By what a state is looked up: its bytes, less what no future depends on. A field that nobody
 * names here stays a part of the key as it is, so a new one can make the search too large, but not
 * blind. That what is dropped makes no difference is tried out: explore.c plays a part of all
 * states on from their normal form, too, and must come to the same states.
 */
#include <stdlib.h>
#include <string.h>

#include "search.h"
#include "vrrp_timers.h"

#define NORMAL_NOW SEARCH_BEGIN
#define ANSWER_GAP_NS \
	(100 * NS_PER_MS) /* router.c has the same; a quarter of an interval is more */

/* ---- times: as if it were always the same time ---- */

static void shift(int64_t *time)
{
	if (*time && *time != INT64_MAX)
		*time += NORMAL_NOW - world.now;
}

static uint64_t shifted(uint64_t time)
{
	return time ? time + (uint64_t)(NORMAL_NOW - world.now) : 0;
}

/* That it has passed is all that counts. */
static void shift_until(int64_t *time, int64_t passed)
{
	if (*time <= passed)
		*time = 0;
	shift(time);
}

static uint64_t shifted_not_before(uint64_t time, int64_t least)
{
	return shifted(time && vrrp_before(time, (uint64_t)least) ? (uint64_t)least : time);
}

/* In the judge's units; the clock of the search is shifted by a multiple of them. */
static uint32_t shifted_tie(uint32_t at, int64_t passed)
{
	uint64_t time = (uint64_t)at << 20;

	return at ? (uint32_t)(shifted_not_before(time, passed - 6 * world_interval()) >> 20) : 0;
}

/* Masters change at whole ticks, but for what rounding to the judge's units has taken off. After
 * two intervals a change does not count any more. */
static uint32_t shifted_change(uint32_t at, int64_t passed)
{
	int64_t ago = world.now - ((int64_t)at << 20);
	int64_t ticks = (ago + world_tick() / 2) / world_tick();

	if (!at || ago - (world.now - passed) > 2 * world_interval())
		return 0;
	return (uint32_t)((uint64_t)(NORMAL_NOW - ticks * world_tick()) >> 20);
}

/* ---- one host ---- */

/* The time by which the agent may still act; what has passed by then has passed for good. */
static int64_t floor_of(const struct search_agent *agent)
{
	return agent->alive && agent->phase != PHASE_IDLE && agent->now.ns < world.now
		       ? agent->now.ns
		       : world.now;
}

/* What a handover took is told, and nothing else. */
static void normalise_handover(struct handover *handover)
{
	handover->began.ns = handover->took_ns = 0;
	if (!handover->runs || handover->gives)
		handover->gives_at.ns = 0;
	if (!handover->runs)
		handover->until.ns = 0;
	shift(&handover->gives_at.ns);
	shift(&handover->until.ns);
}

static void normalise_router(struct search_host *host, int64_t passed)
{
	struct search_agent *agent = &host->agent;
	struct router *router = &agent->router;
	struct vrrp_judged *judged = &host->instance.judged;
	bool prepared = router->prepared_for.ns == router_master_down(router).ns;
	int64_t deadline = (int64_t)host->instance.deadline_ns;

	if (!agent->batched && agent->phase != PHASE_SENT)
		router->sent_from.ns = 0;
	shift(&router->sent_from.ns);
	shift(&router->retry_at.ns);
	router->told_holds = 0;
	shift_until(&router->asks_until.ns, passed);
	shift_until(&router->leaves_until.ns, passed);
	shift_until(&router->widens_at.ns, passed);
	shift_until(&router->answered_at.ns, passed - ANSWER_GAP_NS);
	if (agent->phase == PHASE_IDLE)
		router->role_before = 0;
	judged->lost -= router->seen_lost;
	router->seen_lost = 0;
	shift(&router->relook_at.ns);
	shift_until(&router->yields_until.ns, passed);
	shift(&router->look_at.ns);
	if (prepared && deadline < passed)
		router->prepared_for.ns += passed - deadline;
	if (prepared)
		shift(&router->prepared_for.ns);
	else
		shift_until(&router->prepared_for.ns, passed);
	normalise_handover(&router->handover);
	shift(&router->announce.next.ns);
	shift(&router->fsm.advert_at.ns);
	shift(&router->fsm.preempt_at.ns);
	router->lease.written_ns = shifted(router->lease.written_ns);
	if (router->lease.state != LEASE_LISTENS)
		router->lease.held_ns = 0;
	router->lease.held_ns = shifted(router->lease.held_ns);
}

/* What is measured of the clocks needs a minute, and changes nothing where they do not drift: there
 * is no drift here. */
static void forget_drift(struct search_host *host)
{
	memset(&host->agent.router.drift, 0, sizeof(host->agent.router.drift));
	host->agent.router.lease.drift_ppm = 0;
	host->instance.judged.drift = 0;
}

/* The judge asks one thing of since_ns: is the snapshot older? So does the router of the paths. A
 * handover waits for an interval and a third after it. */
static uint64_t normal_since(const struct search_host *host, bool known, int64_t passed)
{
	uint64_t since = host->instance.report.since_ns, newest = 0;
	uint64_t long_ago = (uint64_t)(passed - 2 * world_interval());

	if (!row->handover)
		return known || !host->instance.judged.stamp_ns ? 0 : NORMAL_NOW;
	if (vrrp_before(long_ago, since))
		return shifted(since);
	for (unsigned int i = 0; i < SEARCH_PATHS; i++)
		newest = host->path[i].last_ns > newest ? host->path[i].last_ns : newest;
	if (known || !newest)
		return 0;
	if (newest < since || newest > long_ago)
		return shifted(long_ago);
	return shifted_not_before(newest, passed - 5 * world_interval());
}

static void normalise_instance(struct search_host *host, int64_t passed)
{
	struct vrrp_instance *instance = &host->instance;
	struct vrrp_judged *judged = &instance->judged;
	bool known = judged->stamp_ns && !vrrp_before(judged->stamp_ns, instance->report.since_ns);

	instance->report.since_ns = normal_since(host, known, passed);
	instance->report.transitions = 0;
	instance->report.master_priority = 0;
	memset(&instance->report.master, 0, sizeof(instance->report.master));
	judged->news = 0;
	judged->since = instance->role == VRRP_ROLE_MASTER && !host->agent.router.claims
				? shifted_tie(judged->since, passed)
				: shifted_change(judged->since, passed);
	/* A burst ends with its window, which is shorter than a tick. */
	if (judged->window_news < VRRP_NEWS_BURST / 2) {
		judged->window_news = 0;
		judged->window_ns = 0;
	}
	judged->window_ns = shifted(judged->window_ns);
	judged->stamp_ns = shifted_not_before(judged->stamp_ns, passed - 6 * world_interval());
	if (instance->role == VRRP_ROLE_IDLE ||
	    (instance->role == VRRP_ROLE_MASTER && !host->agent.router.claims))
		instance->deadline_ns = 0;
	instance->deadline_ns = shifted_not_before(instance->deadline_ns, passed);
	for (unsigned int i = 0; i < SEARCH_PATHS; i++) {
		if (row->paths < 2)
			memset(&host->path[i].source, 0, sizeof(host->path[i].source));
		host->path[i].silent = 0; /* is told, and nothing else */
		host->path[i].last_ns =
			shifted_not_before(host->path[i].last_ns, passed - 5 * world_interval());
	}
}

static void normalise_watch(struct search_watch *watch, int64_t passed)
{
	if (!watch->mastered && !watch->claiming)
		watch->order = 0;
	if (!watch->mastered) {
		watch->silent = watch->opened = watch->resumed = false;
		watch->sent_at = 0;
	}
	for (unsigned int i = 0; i < row->hosts; i++) {
		if (!watch->mastered)
			watch->of[i].excuse = 0;
		if (!watch->resumed)
			watch->of[i].opened_after = false;
		if (!watch->claiming)
			watch->of[i].pending = 0;
	}
	if (watch->sent_at && world.now - watch->sent_at > world_interval())
		watch->sent_at = world.now - world_interval() - 1;
	shift(&watch->sent_at);
	watch->deadline_ns = shifted_not_before(watch->deadline_ns, passed);
}

/* A new agent of it begins with nothing: all intervals are equal, so there is none to recall. */
static bool is_forgotten(const struct search_host *host)
{
	return !host->agent.alive && (int64_t)host->lease.until_ns <= world.now &&
	       !vrrp_broken.adopts_anything;
}

static void normalise_host(struct search_host *host)
{
	struct search_agent *agent = &host->agent;
	int64_t passed = floor_of(agent);
	uint8_t wakeups = agent->wakeups;

	if (!agent->alive) {
		memset(agent, 0, sizeof(*agent));
		agent->wakeups = wakeups;
		host->nic = 0;
	} else {
		normalise_router(host, passed);
		/* At the end of the instant all of them are equal. */
		if (agent->phase == PHASE_IDLE)
			agent->now.ns = 0;
		shift(&agent->now.ns);
		if (agent->armed_at.ns < world.now)
			agent->armed_at.ns = world.now;
		shift(&agent->armed_at.ns);
		if (!agent->frozen)
			agent->frozen_at = 0;
		shift(&agent->frozen_at);
	}
	if (is_forgotten(host)) {
		memset(&host->instance, 0, sizeof(host->instance));
		memset(host->path, 0, sizeof(host->path));
		memset(host->ring, 0, sizeof(host->ring));
		host->ring_count = 0;
		host->lease.until_ns = 0;
		host->watch.deadline_ns = 0;
	}
	forget_drift(host);
	normalise_instance(host, passed);
	normalise_watch(&host->watch, passed);
	host->lease.until_ns = shifted(host->lease.until_ns);
	for (unsigned int i = 0; i < host->ring_count; i++)
		host->ring[i].stamp_ns = shifted(host->ring[i].stamp_ns);
}

/* ---- all of them ---- */

static int compare_adverts(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct search_advert));
}

/* Only who was first counts. */
static void rank_claims(struct search_world *normal)
{
	uint8_t rank[SEARCH_HOSTS] = {0};

	for (unsigned int i = 0; i < row->hosts; i++) {
		for (unsigned int j = 0; j < row->hosts; j++)
			rank[i] = (uint8_t)(rank[i] + (normal->host[j].watch.order &&
						       normal->host[j].watch.order <=
							       normal->host[i].watch.order));
	}
	for (unsigned int i = 0; i < row->hosts; i++)
		normal->host[i].watch.order = normal->host[i].watch.order ? rank[i] : 0;
}

static void normalise_flight(struct search_world *normal)
{
	for (unsigned int i = 0; i < normal->flights; i++) {
		struct search_advert *advert = &normal->flight[i];

		shift(&advert->sent_at);
		if (!advert->current) {
			advert->resumed = advert->late = false;
			advert->later = 0;
		}
	}
	qsort(normal->flight, normal->flights, sizeof(normal->flight[0]), compare_adverts);
}

static void normalise_knowledge(struct search_world *normal)
{
	for (unsigned int i = 0; i < row->hosts; i++) {
		for (unsigned int j = 0; j < row->hosts; j++) {
			struct search_knows *knows = &normal->host[i].watch.of[j];

			if (i == j || !normal->host[j].watch.mastered) {
				knows->unheard = 0;
				knows->late = knows->gives = false;
			}
			if (!normal->host[j].watch.resumed)
				knows->since_resume = false;
		}
	}
}

void key_normalise(struct search_world *normal)
{
	int64_t longest = 6 * world_interval() + (int64_t)VRRP_NS_PER_S;

	memcpy(normal, &world, world_size());
	for (unsigned int h = 0; h < row->hosts; h++)
		normalise_host(&normal->host[h]);
	rank_claims(normal);
	normalise_knowledge(normal);
	normalise_flight(normal);
	if (normal->ownerless_since && world.now - normal->ownerless_since > longest)
		normal->ownerless_since = world.now - longest;
	shift(&normal->ownerless_since);
	for (unsigned int a = 0; a < SEARCH_HOSTS; a++) {
		for (unsigned int b = a + 1; b < SEARCH_HOSTS; b++)
			shift(&normal->overlap_since[a][b]);
	}
	shift(&normal->grid);
	shift(&normal->now);
}

/* ---- 128 bits ---- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

struct search_key key_of_world(void)
{
	static struct search_world normal;
	const uint64_t *words = (const uint64_t *)&normal;
	size_t count = world_size() / sizeof(*words);
	struct search_key key = {0x9e3779b97f4a7c15ULL, 0xc2b2ae3d27d4eb4fULL};

	key_normalise(&normal);
	for (size_t i = 0; i + 1 < count; i += 2) {
		key.low = mix(key.low ^ words[i] ^ 0x2d358dccaa6c78a5ULL,
			      words[i + 1] ^ 0x8bb84b93962eacc9ULL);
		key.high = mix(key.high ^ words[i + 1] ^ 0x4b33a62ed433d4a3ULL,
			       words[i] ^ 0x4d5a2da51de1aa47ULL);
	}
	if (count % 2) {
		key.low = mix(key.low ^ words[count - 1], 0xa0761d6478bd642fULL);
		key.high = mix(key.high ^ words[count - 1], 0xe7037ed1a0b428dbULL);
	}
	return key;
}

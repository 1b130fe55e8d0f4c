/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What interval_advise() predicts, beside what happens: a master whose adverts are late by a known
 * law, and a backup that is the router of the agent with the judge and the tally of the kernel. A
 * first run counts lateness and is asked for its advice; a longer one counts the promotions, all of
 * which are false, since the master never stops. Time is an argument, so hours take a second.
 */
#include "router_world.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/interval_advice.h"
#include "judge.h"
#include "table.h"
#include "tally.h"
#include "unit/draws.h"

#define YEARS(ns) ((double)(ns) / (365.25 * 86400e9))

/* Generalized Pareto, in ms, and adverts that never come. */
struct law {
	const char *what;
	double shape, scale_ms, lost;
	uint16_t learned_cs, played_cs;
	unsigned int learned, played; /* adverts */
	bool limit; /* only the upper end is compared: the prediction is on the safe side */
};

static const struct law laws[] = {
	{"exponential stalls", 0, 35, 0, 10, 10, 40000, 400000, false},
	{"heavy stalls", 0.2, 13, 0, 10, 10, 40000, 400000, false},
	{"stalls with a limit", -0.2, 90, 0, 10, 10, 40000, 400000, false},
	{"stalls at a shorter interval than was counted", 0.2, 13, 0, 20, 10, 40000, 400000, false},
	{"stalls at a longer interval than was counted", 0.2, 20, 0, 10, 20, 40000, 400000, true},
	{"lost adverts", 0, 0.1, 0.05, 10, 10, 40000, 400000, true},
	{"lost adverts at a shorter interval", 0, 0.1, 0.05, 20, 10, 40000, 400000, true},
};

static int64_t late_ns(const struct law *law)
{
	double part = uniform(),
	       late = law->shape == 0 ? -log(part) : (pow(part, -law->shape) - 1) / law->shape;

	return (int64_t)(late * law->scale_ms * 1e6);
}

/* The agent, until then. Returns how often it has become MASTER. */
static unsigned int live(struct world *world, int64_t until_ns)
{
	unsigned int promotions = 0;

	while (router_expiry(&world->router).ns <= until_ns) {
		bool backup = world->router.fsm.state == VRRP_STATE_BACKUP;

		if (world->now.ns < router_expiry(&world->router).ns)
			world->now = router_expiry(&world->router);
		world->out[0] = '\0';
		world_run(world, "tick");
		if (strchr(world->out, 'S'))
			world_run(world, "sent settle announce public:master");
		promotions += backup && world->router.fsm.state == VRRP_STATE_MASTER;
	}
	return promotions;
}

/* The kernel hears an advert of the master now, and the agent hears of what is news. */
static struct vrrp_timing timing; /* of the world's path */

static void hear(struct world *world, uint16_t interval_cs)
{
	struct vrrp_event event = {
		.verdict = VRRP_VERDICT_VALID,
		.advert = {.stamp_ns = (uint64_t)world->now.ns,
			   .source = {{10, 0, 0, 1}},
			   .interval_cs = interval_cs,
			   .family = 4,
			   .version = 3,
			   .vrid = 55,
			   .priority = 200},
	};
	struct vrrp_path *path = &world->paths[0];

	event.judgement = (uint8_t)vrrp_judge(&world->instance, path, 0, &world->lease,
					      &event.advert, &event.notes);
	vrrp_tally_path(path, &timing, &event.advert);
	if (!(event.notes & VRRP_NOTE_BIT(NEWS)))
		return;
	world->out[0] = '\0';
	world->first = 0;
	world->end = 1;
	world->ring[0] = event;
	world_run(world, "before drain wake");
	if (strstr(world->out, "M>B"))
		world_run(world, "settle public:standby");
}

/* Returns the promotions of a backup whose master sends so many adverts. */
static unsigned int play(const struct law *law, uint16_t interval_cs, unsigned int adverts,
			 struct world *ret_world)
{
	unsigned int promotions = 0;
	struct world *world = ret_world;
	int64_t sent_ns;

	world_open(world);
	timing = (struct vrrp_timing){0};
	world_run(world, "@0 ports");
	sent_ns = world->now.ns;
	hear(world, interval_cs);
	for (unsigned int i = 0; i < adverts; i++) {
		sent_ns += interval_cs * (int64_t)VRRP_NS_PER_CS + late_ns(law);
		if (law->lost > 0 && uniform() < law->lost)
			continue;
		promotions += live(world, sent_ns);
		world->now.ns = sent_ns;
		hear(world, interval_cs);
		assert_int_equal(world->router.fsm.state, VRRP_STATE_BACKUP);
	}
	return promotions;
}

static void test_law(void **state)
{
	static struct world world;
	const struct law *law = *state;
	const struct vrrp_timing *timings[] = {&timing};
	const struct vrrp_path *path = &world.paths[0];
	struct interval_advice advice;
	unsigned int promotions;
	double years;

	seed = 88172645463325252;
	play(law, law->learned_cs, law->learned, &world);
	interval_advise(timings, 1, 3, 100, law->played_cs, &advice);
	assert_int_equal(advice.state, INTERVAL_ADVICE_GIVEN);
	promotions = play(law, law->played_cs, law->played, &world);
	years = YEARS(path->last_ns - T0);
	print_message("%u false failovers; predicted %.0f, %.0f to %.0f\n", promotions,
		      advice.risk.per_year * years, advice.risk.low * years,
		      advice.risk.high * years);
	assert_true(promotions > 20);
	assert_true(promotions <= advice.risk.high * years);
	assert_true(law->limit || promotions >= advice.risk.low * years);
}

int main(void)
{
	table_rows(NULL, laws, what, test_law);
	return table_run("stalls");
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * judge.h on the host: sequences of adverts, step by step. Time is a number in the row; nothing
 * waits. Links nothing.
 */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <time.h>

#include "frames.h"
#include "judge.h"
#include "table.h"

#define MS        1000000ULL
#define T0        (1000000 * MS) /* when the first step happens */
#define MAX_STEPS 12

#define LIST          0x01 /* the advert lists other addresses than ours */
#define MARK_LIST     0x04 /* expect the note ADDRESS_LIST */
#define MARK_INTERVAL 0x08 /* expect the note INTERVAL_LEARNED */
#define ASIDE         0x10 /* the snapshot stays as it is */
#define UNTOUCHED     0xffffffffU

struct step {
	unsigned int at_ms; /* since T0 */
	uint8_t priority;
	uint16_t interval_cs; /* 0: 100 */
	uint8_t source;       /* last byte; 0: 1. We are 10.99.0.5 on both paths */
	uint8_t path;
	uint8_t flags;
	enum vrrp_judgement expect;
	unsigned int down_us; /* deadline after it - its stamp, in us; UNTOUCHED */
};

struct sequence {
	const char *desc;
	uint8_t version; /* 0: 3 */
	uint8_t own;     /* 0: 100 */
	bool no_preempt;
	enum vrrp_role role;
	struct step steps[MAX_STEPS];
};

#define ABSORB VRRP_JUDGED_ABSORB
#define IGNORE VRRP_JUDGED_IGNORE
#define NEWS   VRRP_JUDGED_NEWS
#define YIELD  VRRP_JUDGED_YIELD
#define NOT    VRRP_JUDGED_NOT
#define BACKUP VRRP_ROLE_BACKUP
#define MASTER VRRP_ROLE_MASTER

#define DOWN 3609375 /* priority 100 and 1 s */
#define SKEW 609375

static const struct sequence sequences[] = {
	{"the same master again and again is absorbed", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, .expect = ABSORB, .down_us = DOWN},
		   {2000, 200, .expect = ABSORB, .down_us = DOWN},
		   {2001, 200, .expect = ABSORB, .down_us = DOWN}}},
	{"v2: absorbed, too", .version = 2, .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, .expect = ABSORB, .down_us = DOWN}}},
	{"equal priority is accepted by a backup", .role = BACKUP,
	 .steps = {{0, 100, .expect = NEWS, .down_us = DOWN},
		   {1000, 100, .expect = ABSORB, .down_us = DOWN}}},
	{"another priority is news, once", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 150, .expect = NEWS, .down_us = DOWN},
		   {2000, 150, .expect = ABSORB, .down_us = DOWN}}},
	{"another source is news, once", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, .source = 2, .expect = NEWS, .down_us = DOWN},
		   {2000, 200, .source = 2, .expect = ABSORB, .down_us = DOWN},
		   {3000, 200, .expect = NEWS, .down_us = DOWN}}},
	{"a shorter interval is adopted: sooner, so news", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, 10, .flags = MARK_INTERVAL, .expect = NEWS, .down_us = 360937},
		   {1100, 200, 10, .flags = MARK_INTERVAL, .expect = ABSORB, .down_us = 360937}}},
	{"a longer interval is adopted, and news", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, 200, .flags = MARK_INTERVAL, .expect = NEWS, .down_us = 2 * DOWN}}},
	{"an address list other than ours is news, once", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, .flags = LIST | MARK_LIST, .expect = NEWS, .down_us = DOWN},
		   {2000, 200, .flags = LIST | MARK_LIST, .expect = ABSORB, .down_us = DOWN},
		   {3000, 200, .expect = NEWS, .down_us = DOWN}}},
	{"inferior, preempt: ignored, the timer runs on", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {500, 99, .source = 2, .expect = IGNORE, .down_us = UNTOUCHED},
		   {1000, 200, .expect = ABSORB, .down_us = DOWN}}},
	{"inferior, no preempt: accepted", .no_preempt = true, .role = BACKUP,
	 .steps = {{0, 50, .expect = NEWS, .down_us = DOWN},
		   {1000, 50, .expect = ABSORB, .down_us = DOWN}}},
	{"the owner preempts whatever the flag says", .own = 255, .no_preempt = true,
	 .role = BACKUP,
	 .steps = {{0, 254, .expect = IGNORE, .down_us = UNTOUCHED},
		   {1000, 255, .expect = NEWS, .down_us = 3003906}}},
	{"priority 0: skew, news, and the next advert is news again", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 0, .expect = NEWS, .down_us = SKEW},
		   {1200, 200, .expect = NEWS, .down_us = DOWN},
		   {2200, 200, .expect = ABSORB, .down_us = DOWN}}},
	{"while a master is known, priority 0 counts from nobody else", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 0, .source = 9, .expect = IGNORE, .down_us = UNTOUCHED},
		   {3609, 0, .source = 9, .expect = IGNORE, .down_us = UNTOUCHED},
		   {3610, 0, .source = 9, .expect = NEWS, .down_us = SKEW}}},
	{"while no master is known, priority 0 counts from anybody", .role = BACKUP,
	 .steps = {{0, 0, .source = 8, .expect = NEWS, .down_us = SKEW},
		   {100, 0, .source = 9, .expect = NEWS, .down_us = SKEW}}},
	{"priority 0 of the master before this one is late", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .expect = NEWS, .down_us = DOWN},
		   {500, 210, .source = 2, .expect = NEWS, .down_us = DOWN},
		   {600, 0, .source = 1, .expect = IGNORE, .down_us = UNTOUCHED},
		   {1500, 210, .source = 2, .expect = ABSORB, .down_us = DOWN}}},
	{"so it does not where its copies come by a path on which nobody spoke", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .path = 0, .expect = NEWS, .down_us = DOWN},
		   {1500, 0, .source = 9, .path = 1, .expect = IGNORE, .down_us = UNTOUCHED},
		   {1510, 0, .source = 9, .path = 1, .expect = IGNORE, .down_us = UNTOUCHED}}},
	{"... nor by a path on which it speaks, and is not accepted", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .path = 0, .expect = NEWS, .down_us = DOWN},
		   {500, 50, .source = 9, .path = 1, .expect = IGNORE, .down_us = UNTOUCHED},
		   {1500, 0, .source = 9, .path = 1, .expect = IGNORE, .down_us = UNTOUCHED}}},
	{"priority 0 on two paths: the first copy waits for the next advert on the other",
	 .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .path = 0, .expect = NEWS, .down_us = DOWN},
		   {1, 200, .source = 2, .path = 1, .expect = NEWS, .down_us = DOWN},
		   {500, 0, .source = 1, .path = 0, .flags = ASIDE, .expect = NEWS,
		    .down_us = 501000 + SKEW},
		   {501, 0, .source = 2, .path = 1, .expect = NEWS, .down_us = SKEW},
		   {502, 0, .source = 1, .path = 0, .expect = ABSORB, .down_us = SKEW}}},
	{"priority 0 by a slow path, when another master speaks already: its adverts count",
	 .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .path = 0, .expect = NEWS, .down_us = DOWN},
		   {100, 200, .source = 2, .path = 1, .expect = NEWS, .down_us = DOWN},
		   {200, 150, .source = 3, .path = 0, .expect = NEWS, .down_us = DOWN},
		   {300, 0, .source = 2, .path = 1, .expect = IGNORE, .down_us = UNTOUCHED},
		   {1200, 150, .source = 3, .path = 0, .expect = ABSORB, .down_us = DOWN},
		   {1800, 0, .source = 2, .path = 1, .flags = ASIDE, .expect = NEWS,
		    .down_us = 400000 + SKEW},
		   {2200, 150, .source = 3, .path = 0, .expect = ABSORB, .down_us = DOWN}}},
	{"two masters, and one of them says priority 0: the other one may be there", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, .source = 2, .expect = NEWS, .down_us = DOWN},
		   {2330, 0, .source = 2, .expect = IGNORE, .down_us = UNTOUCHED}}},
	{"... but not if it did not speak for an interval and a third since", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, .source = 2, .expect = NEWS, .down_us = DOWN},
		   {2340, 0, .source = 2, .expect = NEWS, .down_us = SKEW}}},
	{"an old advert of the master that leaves comes after one of its successor", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .expect = NEWS, .down_us = DOWN},
		   {1000, 150, .source = 2, .expect = NEWS, .down_us = DOWN},
		   {1001, 200, .source = 1, .expect = NEWS, .down_us = DOWN},
		   {1002, 0, .source = 1, .expect = IGNORE, .down_us = UNTOUCHED},
		   {2000, 150, .source = 2, .expect = NEWS, .down_us = DOWN}}},
	{"who takes over after a silent master has no other one beside it", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .expect = NEWS, .down_us = DOWN},
		   {3610, 200, .source = 2, .expect = NEWS, .down_us = DOWN},
		   {3700, 0, .source = 2, .expect = NEWS, .down_us = SKEW}}},
	{"nor has one that takes over after a goodbye", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .expect = NEWS, .down_us = DOWN},
		   {1000, 0, .source = 1, .expect = NEWS, .down_us = SKEW},
		   {1500, 200, .source = 2, .expect = NEWS, .down_us = DOWN},
		   {1600, 0, .source = 2, .expect = NEWS, .down_us = SKEW}}},
	{"priority 0 on another path, of somebody who did not speak there last", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .path = 0, .expect = NEWS, .down_us = DOWN},
		   {1, 200, .source = 2, .path = 1, .expect = NEWS, .down_us = DOWN},
		   {2, 200, .source = 1, .path = 0, .expect = ABSORB, .down_us = DOWN},
		   {500, 0, .source = 9, .path = 1, .expect = IGNORE, .down_us = UNTOUCHED}}},
	{"a MASTER is taught no interval by what it discards", .role = MASTER,
	 .steps = {{0, 50, 4000, .flags = MARK_INTERVAL, .expect = NEWS, .down_us = UNTOUCHED},
		   {10, 101, .source = 2, .expect = YIELD, .down_us = DOWN},
		   {20, 0, .source = 2, .expect = NEWS, .down_us = SKEW}}},
	{"a tie: the first path decides at once", .role = MASTER,
	 .steps = {{0, 100, .source = 9, .path = 0, .expect = YIELD, .down_us = DOWN}}},
	{"a tie on another path is open for half an interval", .role = MASTER,
	 .steps = {{0, 100, .source = 9, .path = 1, .expect = NEWS, .down_us = UNTOUCHED},
		   {498, 100, .source = 9, .path = 1, .expect = NEWS, .down_us = UNTOUCHED},
		   {502, 100, .source = 9, .path = 1, .expect = YIELD, .down_us = DOWN}}},
	{"a tie long after another one is open again", .role = MASTER,
	 .steps = {{0, 100, .source = 9, .path = 1, .expect = NEWS, .down_us = UNTOUCHED},
		   {3002, 100, .source = 9, .path = 1, .expect = NEWS, .down_us = UNTOUCHED},
		   {3504, 100, .source = 9, .path = 1, .expect = YIELD, .down_us = DOWN}}},
	{"a tie on another path: who owns nothing yields at once", .role = MASTER,
	 .steps = {{9000, 100, .source = 9, .path = 1, .expect = YIELD, .down_us = DOWN}}},
	{"a higher priority wins on any path", .role = MASTER,
	 .steps = {{0, 101, .source = 1, .path = 1, .expect = YIELD, .down_us = DOWN}}},
	{"priority 0 teaches no interval: the skew is that of the master's", .role = BACKUP,
	 .steps = {{0, 200, 10, .flags = MARK_INTERVAL, .expect = NEWS, .down_us = 360937},
		   {100, 0, 4000, .flags = MARK_INTERVAL, .expect = NEWS, .down_us = 60937},
		   {110, 0, 300, .flags = MARK_INTERVAL, .expect = ABSORB, .down_us = 60937}}},
	{"priority 0 before any master: our own interval", .role = BACKUP,
	 .steps = {{0, 0, 10, .flags = MARK_INTERVAL, .expect = NEWS, .down_us = SKEW}}},
	{"one master heard by two paths: news once a path", .role = BACKUP,
	 .steps = {{0, 200, .source = 1, .path = 0, .expect = NEWS, .down_us = DOWN},
		   {1, 200, .source = 2, .path = 1, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, .source = 1, .path = 0, .expect = ABSORB, .down_us = DOWN},
		   {1001, 200, .source = 2, .path = 1, .expect = ABSORB, .down_us = DOWN},
		   {2000, 200, .source = 1, .path = 0, .expect = ABSORB, .down_us = DOWN},
		   {3000, 200, .source = 1, .path = 0, .expect = ABSORB, .down_us = DOWN},
		   {3001, 200, .source = 3, .path = 1, .expect = NEWS, .down_us = DOWN}}},
	{"a stamp before the last one changes nothing", .role = BACKUP,
	 .steps = {{0, 200, .expect = NEWS, .down_us = DOWN},
		   {1000, 200, .expect = ABSORB, .down_us = DOWN},
		   {999, 0, .expect = ABSORB, .down_us = UNTOUCHED},
		   {2000, 200, .expect = ABSORB, .down_us = DOWN}}},
	{"MASTER yields to a higher priority", .role = MASTER,
	 .steps = {{0, 101, .expect = YIELD, .down_us = DOWN},
		   {1000, 101, .expect = ABSORB, .down_us = DOWN}}},
	{"MASTER yields to an equal priority and a higher address", .role = MASTER,
	 .steps = {{0, 100, .source = 6, .expect = YIELD, .down_us = DOWN},
		   {1000, 100, .source = 6, .expect = ABSORB, .down_us = DOWN}}},
	{"MASTER yields, and learns the interval", .role = MASTER,
	 .steps = {{0, 101, 10, .flags = MARK_INTERVAL, .expect = YIELD, .down_us = 360937},
		   {10, 0, 10, .flags = MARK_INTERVAL, .expect = NEWS, .down_us = 60937}}},
	{"v2 MASTER yields", .version = 2, .role = MASTER,
	 .steps = {{0, 254, .expect = YIELD, .down_us = DOWN}}},
	{"MASTER stays: equal priority, lower address", .role = MASTER,
	 .steps = {{0, 100, .source = 4, .expect = NEWS, .down_us = UNTOUCHED},
		   {1000, 100, .source = 4, .expect = NEWS, .down_us = UNTOUCHED}}},
	{"MASTER stays: lower priority, higher address, and each is news", .role = MASTER,
	 .steps = {{0, 99, .source = 9, .expect = NEWS, .down_us = UNTOUCHED},
		   {1, 99, .source = 9, .expect = NEWS, .down_us = UNTOUCHED}}},
	{"MASTER stays: priority 0 is news", .role = MASTER,
	 .steps = {{0, 0, .source = 9, .expect = NEWS, .down_us = UNTOUCHED}}},
	{"MASTER without preempt yields all the same", .no_preempt = true, .role = MASTER,
	 .steps = {{0, 101, .expect = YIELD, .down_us = DOWN}}},
	{"IDLE: not judged, but noted", .role = VRRP_ROLE_IDLE,
	 .steps = {{0, 200, .expect = NOT, .down_us = UNTOUCHED},
		   {1, 0, .flags = LIST | MARK_LIST, .expect = NOT, .down_us = UNTOUCHED}}},
};

static uint8_t expected_notes(const struct step *step)
{
	uint8_t notes = 0;

	switch (step->expect) {
	case VRRP_JUDGED_NOT:
		break;
	case VRRP_JUDGED_ABSORB:
		notes = 1 << VRRP_NOTE_ABSORBED;
		break;
	case VRRP_JUDGED_IGNORE:
		notes = 1 << VRRP_NOTE_IGNORED;
		break;
	case VRRP_JUDGED_NEWS:
		notes = 1 << VRRP_NOTE_NEWS;
		break;
	case VRRP_JUDGED_YIELD:
		notes = 1 << VRRP_NOTE_YIELDED | 1 << VRRP_NOTE_NEWS;
		break;
	}
	if (step->flags & MARK_LIST)
		notes |= 1 << VRRP_NOTE_ADDRESS_LIST;
	if (step->flags & MARK_INTERVAL)
		notes |= 1 << VRRP_NOTE_INTERVAL_LEARNED;
	return notes;
}

struct world {
	struct vrrp_instance instance;
	struct vrrp_path paths[2];
	struct vrrp_lease lease;
};

static struct vrrp_addr host(uint8_t last)
{
	struct vrrp_addr addr = frame_addr(4, "10.99.0.0");

	addr.b[3] = last;
	return addr;
}

static struct world world_of(const struct sequence *seq)
{
	struct world w = {};

	w.instance.rules.family = 4;
	w.instance.rules.version = seq->version ? seq->version : 3;
	w.instance.rules.priority = seq->own ? seq->own : 100;
	w.instance.rules.flags = seq->no_preempt ? 0 : VRRP_RULE_PREEMPT;
	w.instance.rules.interval_cs = 100;
	w.instance.rules.address_count = 1;
	w.instance.rules.address_digest = 7;
	w.instance.role = seq->role;
	w.instance.deadline_ns = T0 + 1 * MS;
	w.paths[0].own_source = w.paths[1].own_source = host(5);
	w.lease.until_ns = seq->role == MASTER ? T0 + 9000 * MS : 0;
	return w;
}

/* As the program does it: judge, then the path's own bookkeeping. */
static enum vrrp_judgement hear(struct world *w, const struct step *step, uint8_t *ret_notes)
{
	struct vrrp_advert advert = {
		.stamp_ns = T0 + step->at_ms * MS,
		.source = host(step->source ? step->source : 1),
		.address_digest = step->flags & LIST ? 8 : 7,
		.address_count = 1,
		.interval_cs = step->interval_cs ? step->interval_cs : 100,
		.priority = step->priority,
		.version = w->instance.rules.version,
		.family = 4,
	};
	enum vrrp_judgement judgement = vrrp_judge(&w->instance, &w->paths[step->path], step->path,
						   &w->lease, &advert, ret_notes);

	w->paths[step->path].source = advert.source;
	w->paths[step->path].last_ns = advert.stamp_ns;
	return judgement;
}

static void test_sequence(void **state)
{
	const struct sequence *seq = *state;
	struct world w = world_of(seq);
	const struct vrrp_judged *judged = &w.instance.judged;

	for (int i = 0; i < MAX_STEPS; i++) {
		const struct step *step = &seq->steps[i];
		struct world was = w;
		uint64_t stamp = T0 + step->at_ms * MS;
		uint8_t notes = 0xff;
		bool told = step->expect == NEWS || step->expect == YIELD;

		if (i && !step->down_us)
			break;
		assert_int_equal(hear(&w, step, &notes), step->expect);
		assert_int_equal(notes, expected_notes(step));
		if (step->down_us == UNTOUCHED)
			assert_int_equal(w.instance.deadline_ns, was.instance.deadline_ns);
		else
			assert_int_equal((w.instance.deadline_ns - stamp) / 1000, step->down_us);
		assert_int_equal(judged->news, was.instance.judged.news + told);
		assert_int_equal(judged->lost, 0);

		/* Role and lease: only a yield touches them. */
		assert_int_equal(w.instance.role,
				 step->expect == YIELD ? VRRP_ROLE_BACKUP : was.instance.role);
		assert_int_equal(w.lease.until_ns, step->expect == YIELD ? 0 : was.lease.until_ns);

		/* The snapshot follows what was accepted, and what a MASTER was told. */
		if (step->flags & ASIDE) {
			assert_int_equal(judged->stamp_ns, was.instance.judged.stamp_ns);
			assert_int_equal(judged->priority, was.instance.judged.priority);
		} else if (told) {
			struct vrrp_addr source = host(step->source ? step->source : 1);

			assert_memory_equal(&judged->source, &source, sizeof(source));
			assert_int_equal(judged->stamp_ns, stamp);
			assert_int_equal(judged->priority, step->priority);
			assert_int_equal(judged->path, step->path);
			assert_int_equal(judged->notes, !!(step->flags & LIST));
			if (step->priority)
				assert_int_equal(judged->interval_cs,
						 step->interval_cs ? step->interval_cs : 100);
			else
				assert_int_equal(judged->interval_cs,
						 was.instance.judged.interval_cs);
		} else if (step->expect != ABSORB) {
			assert_memory_equal(judged, &was.instance.judged, sizeof(*judged));
		}
	}
}

/* 40 different speakers within one window: 32 are told, 8 are lost, all are in the snapshot; the
 * next window tells again. */
static void test_rate_limit(void **state)
{
	struct world w = world_of(&(struct sequence){.role = BACKUP});
	unsigned int told = 0;
	uint8_t notes;

	(void)state;
	for (int i = 0; i < 40; i++) {
		struct step step = {.at_ms = 1 + i, .priority = 200, .source = 10 + i};

		assert_int_equal(hear(&w, &step, &notes), NEWS);
		if (notes & 1 << VRRP_NOTE_NEWS)
			told++;
		else
			assert_int_equal(notes, 1 << VRRP_NOTE_RATE_LIMITED);
		assert_int_equal(w.instance.judged.source.b[3], 10 + i);
		assert_int_equal(w.instance.deadline_ns, T0 + (1 + i) * MS + DOWN * 1000ULL);
	}
	assert_int_equal(told, VRRP_NEWS_BURST);
	assert_int_equal(w.instance.judged.news, 40);
	assert_int_equal(w.instance.judged.lost, 40 - VRRP_NEWS_BURST);

	hear(&w, &(struct step){.at_ms = 100, .priority = 200, .source = 9}, &notes);
	assert_int_equal(notes, 1 << VRRP_NOTE_RATE_LIMITED); /* 99 ms after the window began */
	hear(&w, &(struct step){.at_ms = 101, .priority = 200, .source = 8}, &notes);
	assert_int_equal(notes, 1 << VRRP_NOTE_NEWS);
}

/* The rate limit of a MASTER's news does not hold back a yield. */
static void test_yield_is_not_limited(void **state)
{
	struct world w = world_of(&(struct sequence){.role = MASTER});
	uint8_t notes;

	(void)state;
	for (int i = 0; i < 2 * VRRP_NEWS_BURST; i++)
		hear(&w, &(struct step){.at_ms = 1, .priority = 50}, &notes);
	assert_int_equal(notes, 1 << VRRP_NOTE_RATE_LIMITED);
	assert_int_equal(w.instance.judged.lost, VRRP_NEWS_BURST);
	/* What was lost is what the agent finds when it resynchronises. */
	assert_int_equal(w.instance.judged.priority, 50);
	assert_int_equal(hear(&w, &(struct step){.at_ms = 2, .priority = 200}, &notes), YIELD);
	assert_int_equal(notes, 1 << VRRP_NOTE_YIELDED | 1 << VRRP_NOTE_NEWS);
	assert_int_equal(w.instance.judged.lost, VRRP_NEWS_BURST);
	assert_int_equal(w.lease.until_ns, 0);
}

static void test_ring_full(void **state)
{
	struct world w = world_of(&(struct sequence){.role = BACKUP});
	uint8_t notes;

	(void)state;
	hear(&w, &(struct step){.priority = 200, .flags = LIST}, &notes);
	notes = vrrp_judge_ring_full(&w.instance, notes);
	assert_int_equal(notes, 1 << VRRP_NOTE_RING_FULL | 1 << VRRP_NOTE_ADDRESS_LIST);
	assert_int_equal(w.instance.judged.lost, 1);
	assert_int_equal(w.instance.judged.news, 1);
}

/* A deadline that the agent set later than the master's own is moved back: sooner, so news. */
static void test_sooner_is_news(void **state)
{
	struct world w = world_of(&(struct sequence){.role = BACKUP});
	uint8_t notes;

	(void)state;
	hear(&w, &(struct step){.at_ms = 0, .priority = 200}, &notes);
	w.instance.deadline_ns = T0 + 60000 * MS;
	assert_int_equal(hear(&w, &(struct step){.at_ms = 1000, .priority = 200}, &notes), NEWS);
	assert_int_equal(w.instance.deadline_ns, T0 + 1000 * MS + DOWN * 1000ULL);
}

/* What was heard before the last transition was not heard in this state: an agent that waits for a
 * first advert (a preempt delay starts with it) is told of it. */
static void test_first_after_transition(void **state)
{
	struct world w = world_of(&(struct sequence){.role = BACKUP});
	uint8_t notes;

	(void)state;
	hear(&w, &(struct step){.at_ms = 0, .priority = 200}, &notes);
	assert_int_equal(hear(&w, &(struct step){.at_ms = 1000, .priority = 200}, &notes), ABSORB);
	w.instance.report.since_ns = T0 + 1500 * MS;
	assert_int_equal(hear(&w, &(struct step){.at_ms = 2000, .priority = 200}, &notes), NEWS);
	assert_int_equal(hear(&w, &(struct step){.at_ms = 3000, .priority = 200}, &notes), ABSORB);
}

/* Frames were lost for so long up to now, which is T0. Times in us from there. */
struct blind {
	const char *desc;
	enum vrrp_role role;
	uint8_t version;
	uint16_t learned_cs; /* 0: nobody was heard yet, and ours is 100 */
	int64_t blind_us, before_us, after_us;
};

static const struct blind blinds[] = {
	{"blind: the deadline has passed", BACKUP, 3, 100, 2000000, -1000000, 1000000 + SKEW},
	{"blind: the deadline is near", BACKUP, 3, 100, 2000000, 500000, 1000000 + SKEW},
	{"blind: exactly one interval", BACKUP, 3, 100, 1000000, 500000, 1000000 + SKEW},
	{"blind: not for an interval", BACKUP, 3, 100, 999999, -1000000, -1000000},
	{"blind: the deadline is far", BACKUP, 3, 100, 2000000, 3000000, 3000000},
	{"blind: by the learned interval", BACKUP, 3, 10, 100000, 0, 100000 + SKEW / 10},
	{"blind: nobody was heard yet", BACKUP, 3, 0, 1000000, 0, 1000000 + SKEW},
	{"blind: version 2", BACKUP, 2, 200, 2000000, 0, 2000000 + SKEW},
	{"blind: a MASTER has no deadline", MASTER, 3, 100, 2000000, -1, -1},
	{"blind: nobody runs it", VRRP_ROLE_IDLE, 3, 100, 2000000, -1, -1},
};

static void test_blind(void **state)
{
	const struct blind *row = *state;
	struct world w = world_of(&(struct sequence){.version = row->version, .role = row->role});

	w.instance.judged.learned_cs = row->learned_cs;
	w.instance.deadline_ns = T0 + (uint64_t)row->before_us * 1000;
	vrrp_judge_blind(&w.instance, (uint64_t)row->blind_us * 1000, T0);
	assert_int_equal((int64_t)(w.instance.deadline_ns - T0) / 1000, row->after_us);
}

/* A CPU that was held up after it had read its advert's arrival moves no deadline back. */
static void test_held_up(void **state)
{
	static const struct {
		const char *what;
		uint64_t stamp, newest, deadline, after;
	} moves[] = {
		{"the newest advert", 2000, 2000, 4000, 6000},
		{"... also where it makes the deadline sooner", 2000, 2000, 9000, 6000},
		{"another CPU has judged a later one", 2000, 2001, 4000, 4000},
		{"... across the end of the clock", -2ULL, 1, 4000, 4000},
	};
	struct world w = world_of(&(struct sequence){.role = BACKUP});

	(void)state;
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		w.instance.judged.stamp_ns = moves[i].newest;
		w.instance.deadline_ns = moves[i].deadline;
		vrrp_judge_move(&w.instance, moves[i].stamp, 6000);
		if (w.instance.deadline_ns != moves[i].after)
			fail_msg("%s", moves[i].what);
	}
	/* A wait never shortens another one. */
	w.instance.deadline_ns = 6000;
	vrrp_judge_wait(&w.instance, 5999);
	assert_int_equal(w.instance.deadline_ns, 6000);
	vrrp_judge_wait(&w.instance, 6001);
	assert_int_equal(w.instance.deadline_ns, 6001);
}

/*
 * The agent promotes itself (role first, then a look whether the deadline moved) while a superior
 * advert is judged (deadline first, then a look at the role): never may the agent stay MASTER and
 * the advert be absorbed. Two threads meet at a line and run into each other, often.
 */
#define RACES        200000
#define RACE_SECONDS 2 /* a machine with one CPU comes less far: no matter */
#define RACE_OVER    UINT_MAX

struct race {
	struct world world;
	unsigned int round; /* written by the agent's side */
	unsigned int done;  /* written by the judge's side */
	enum vrrp_judgement judgement;
};

/* Wait until *word is `value`, or *word is RACE_OVER. */
static void race_meet(const unsigned int *word, unsigned int value)
{
	unsigned int is, spins = 0;

	while ((is = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != value && is != RACE_OVER) {
		if (++spins % 1024 == 0)
			sched_yield();
	}
}

static void *race_judge(void *context)
{
	struct race *race = context;
	uint8_t notes;

	for (unsigned int i = 1; i <= RACES; i++) {
		race_meet(&race->round, i);
		if (__atomic_load_n(&race->round, __ATOMIC_ACQUIRE) == RACE_OVER)
			break;
		race->judgement =
			hear(&race->world, &(struct step){.at_ms = i, .priority = 200}, &notes);
		__atomic_store_n(&race->done, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void test_race(void **state)
{
	static struct race race;
	struct vrrp_instance *instance = &race.world.instance;
	unsigned int stayed = 0, taken_back = 0, lost = 0;
	time_t end = time(NULL) + RACE_SECONDS;
	pthread_t thread;

	(void)state;
	race.world = world_of(&(struct sequence){.role = BACKUP});
	assert_int_equal(pthread_create(&thread, NULL, race_judge, &race), 0);
	for (unsigned int i = 1; i <= RACES && time(NULL) <= end; i++) {
		bool stays;

		/* Absorbed, if it comes before the promotion. */
		__atomic_store_n(&instance->deadline_ns, 1, __ATOMIC_SEQ_CST);
		__atomic_store_n(&instance->role, BACKUP, __ATOMIC_SEQ_CST);
		__atomic_store_n(&race.round, i, __ATOMIC_RELEASE);
		for (volatile unsigned int wait = 0; wait < i % 64; wait++)
			;
		__atomic_store_n(&instance->role, MASTER, __ATOMIC_SEQ_CST);
		stays = __atomic_load_n(&instance->deadline_ns, __ATOMIC_SEQ_CST) == 1;
		race_meet(&race.done, i);
		lost += stays && (race.judgement != YIELD || instance->role != BACKUP);
		stayed += stays;
		taken_back += !stays;
	}
	__atomic_store_n(&race.round, RACE_OVER, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	print_message("%u promotions met a yield, %u were taken back\n", stayed, taken_back);
	assert_int_equal(lost, 0);
	assert_true(stayed + taken_back > 0);
}

int main(void)
{
	table_rows(NULL, sequences, desc, test_sequence);
	table_rows(NULL, blinds, desc, test_blind);
	table_add(NULL, "news beyond the burst is counted as lost", test_rate_limit, NULL);
	table_add(NULL, "a yield is never rate-limited", test_yield_is_not_limited, NULL);
	table_add(NULL, "a full ring takes the news back", test_ring_full, NULL);
	table_add(NULL, "a deadline that became sooner is news", test_sooner_is_news, NULL);
	table_add(NULL, "after a transition the first advert is news", test_first_after_transition,
		  NULL);
	table_add(NULL, "a CPU that was held up moves no deadline back", test_held_up, NULL);
	table_add(NULL, "an advert that races a promotion is never lost", test_race, NULL);
	return table_run("judge");
}

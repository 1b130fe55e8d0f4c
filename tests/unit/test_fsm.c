/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine, held beside the table in docs/protocol.md, Time: one row, one cell. Links
 * core/vrrp/fsm alone; time is an argument, so a test of three seconds takes none.
 */
#include <stdint.h>
#include <string.h>

#include "core/vrrp/fsm.h"
#include "table.h"
#include "vrrp_timers.h"

#define MS    1000000LL
#define S     (1000 * MS)
#define T0    (5000 * S) /* when every test starts */
#define NEVER INT64_MAX

#define INIT   VRRP_STATE_INIT
#define BACKUP VRRP_STATE_BACKUP
#define MASTER VRRP_STATE_MASTER
#define FAULT  VRRP_STATE_FAULT

#define NO_PREEMPT 0x01
#define IPV6       0x02

/* Shorthand for lists of actions: one letter each. */
static const char letters[] = {
	[FSM_ACT_ADVERT] = 'A',  [FSM_ACT_STOP] = 'S',     [FSM_ACT_ACQUIRE] = 'Q',
	[FSM_ACT_RELEASE] = 'R', [FSM_ACT_ANNOUNCE] = 'G', [FSM_ACT_CONCEDE] = 'C',
};

enum { EQUAL, LOWER, HIGHER };

static const struct vrrp_addr own4 = {{10, 0, 127, 200}};
static const struct vrrp_addr own6 = {{0xfe, 0x80, [14] = 127, [15] = 200}};

/* Unsigned and in network order: the higher address is lower as a signed byte or in host order. */
static struct vrrp_addr source_of(unsigned int flags, int which)
{
	struct vrrp_addr addr = flags & IPV6 ? own6 : own4;
	int last = flags & IPV6 ? 15 : 3;

	if (which == LOWER) {
		addr.b[last - 1]--;
		addr.b[last] = 255;
	}
	if (which == HIGHER) {
		addr.b[last - 1]++;
		addr.b[last] = 1;
	}
	return addr;
}

/* The shared word of the machine under test, as the judge keeps it: master-down of a BACKUP. */
static struct monotime master_down;

static struct fsm_step hand(struct fsm *fsm, struct fsm_event *event, struct monotime now)
{
	struct fsm_step step;

	event->deadline = master_down;
	step = fsm_step(fsm, event, now);
	if (!monotime_is_never(step.deadline))
		master_down = step.deadline;
	return step;
}

static struct monotime deadline_of(const struct fsm *fsm)
{
	return fsm->state == BACKUP ? master_down : fsm->advert_at;
}

static struct monotime wake_of(const struct fsm *fsm)
{
	return monotime_min(deadline_of(fsm), fsm->preempt_at);
}

static void actions_text(const struct fsm_step *step, char buf[FSM_MAX_ACTIONS + 1])
{
	assert_true(step->action_count <= FSM_MAX_ACTIONS);
	for (unsigned int i = 0; i < step->action_count; i++)
		buf[i] = letters[step->actions[i]];
	buf[step->action_count] = '\0';
}

/* Own interval 1 s. A machine in a state, put there by events alone. */
static struct fsm machine(uint8_t version, uint8_t priority, unsigned int flags, int64_t delay_ns,
			  enum vrrp_state state)
{
	struct fsm_config config = {.version = version,
				    .priority = priority,
				    .preempt = !(flags & NO_PREEMPT),
				    .interval_cs = 100,
				    .preempt_delay_ns = delay_ns};
	struct fsm_event event = {.kind = FSM_EV_START};
	struct monotime t0 = {T0};
	struct fsm fsm;

	fsm_init(&fsm, &config);
	if (state == INIT)
		return fsm;
	if (state == FAULT) {
		event.kind = FSM_EV_FAIL;
		hand(&fsm, &event, t0);
	} else if (state == BACKUP && priority == 255) {
		/* The owner is a backup only behind another owner with a higher address. */
		hand(&fsm, &event, t0);
		event = (struct fsm_event){.kind = FSM_EV_ADVERT,
					   .source = source_of(flags, HIGHER),
					   .own_source = source_of(flags, EQUAL),
					   .interval_cs = 100,
					   .priority = 255,
					   .stamp = t0};
		hand(&fsm, &event, t0);
	} else if (state == MASTER && priority != 255) {
		/* Started so long before that master-down is now. */
		int64_t down = (int64_t)vrrp_master_down_ns(version, priority, 100);

		hand(&fsm, &event, (struct monotime){T0 - down});
		event.kind = FSM_EV_TIMER;
		hand(&fsm, &event, t0);
	} else {
		hand(&fsm, &event, t0);
	}
	assert_int_equal(fsm.state, state);
	return fsm;
}

/* ---- one cell of the table ---- */

struct cell {
	const char *what;
	uint8_t version;  /* 2, 3 or BOTH */
	uint8_t priority; /* ours */
	unsigned int flags;
	enum vrrp_state state;
	enum fsm_event_kind event;
	uint8_t advert_priority;
	uint16_t advert_cs;
	int source;
	int64_t at_ns; /* after T0 */
	/* wanted */
	enum vrrp_state to;
	enum vrrp_cause cause;
	uint16_t master_cs;
	const char *actions;
	int64_t deadline_ns; /* after T0 */
};

/* Skew at priority 100: v2 156/256 s, v3 at 1 s the same; at 2 s twice that. */
#define SKEW100 609375000LL
#define DOWN100 (3 * S + SKEW100)

#define DOWN255 (3 * S + 3906250)

#define EV(e)          FSM_EV_##e, 0, 100, EQUAL
#define HEAR(p, src)   FSM_EV_ADVERT, (p), 100, (src)
#define HEAR_M(p, cs)  FSM_EV_ADVERT, (p), (cs), LOWER
#define TO(s, c)       (s), VRRP_CAUSE_##c, 100
#define STAY(s)        (s), VRRP_CAUSE_NONE, 100
#define LEARN(s, c, m) (s), VRRP_CAUSE_##c, (m)

#define BOTH 0 /* v2 and v3 do the same */

/* Aligned by hand, so that it can be held beside the table in docs/protocol.md. */
/* clang-format off */
static const struct cell cells[] = {
	/* INIT */
	{"INIT, start, priority 255: advert, then acquire",
	 BOTH, 255, 0, INIT, EV(START), 0, TO(MASTER, OWNER), "AQ", 1 * S},
	{"INIT, start, priority 255 without preempt",
	 BOTH, 255, NO_PREEMPT, INIT, EV(START), 0, TO(MASTER, OWNER), "AQ", 1 * S},
	{"INIT, start", BOTH, 100, 0, INIT, EV(START), 0, TO(BACKUP, STARTED), "", DOWN100},
	{"INIT, start, priority 254",
	 BOTH, 254, 0, INIT, EV(START), 0, TO(BACKUP, STARTED), "", 3 * S + 7812500},
	{"INIT, start, priority 1",
	 BOTH, 1, 0, INIT, EV(START), 0, TO(BACKUP, STARTED), "", 3 * S + 996093750},
	{"INIT, timer: nothing", BOTH, 100, 0, INIT, EV(TIMER), 0, STAY(INIT), "", NEVER},
	{"INIT, advert: nothing", BOTH, 100, 0, INIT, HEAR(200, LOWER), 0, STAY(INIT), "", NEVER},
	{"INIT, fail", BOTH, 100, 0, INIT, EV(FAIL), 0, TO(FAULT, FAILED), "R", NEVER},
	{"INIT, recover: nothing", BOTH, 100, 0, INIT, EV(RECOVER), 0, STAY(INIT), "", NEVER},
	{"INIT, stop: nothing", BOTH, 100, 0, INIT, EV(STOP), 0, STAY(INIT), "", NEVER},
	{"INIT, lapse: nothing", BOTH, 100, 0, INIT, EV(LAPSE), 0, STAY(INIT), "", NEVER},
	{"INIT, leave: nothing", BOTH, 100, 0, INIT, EV(LEAVE), 0, STAY(INIT), "", NEVER},
	{"INIT, resume: nothing", BOTH, 100, 0, INIT, EV(RESUME), 0, STAY(INIT), "", NEVER},
	{"INIT, adopt: master, and the next advert an interval after the last",
	 BOTH, 100, 0, INIT, EV(ADOPT), 2 * S, TO(MASTER, ADOPTED), "", 3 * S},

	/* BACKUP: its master-down is T0 + DOWN100 */
	{"BACKUP, start: nothing",
	 BOTH, 100, 0, BACKUP, EV(START), 1 * S, STAY(BACKUP), "", DOWN100},
	{"BACKUP, master-down: advert, then acquire",
	 BOTH, 100, 0, BACKUP, EV(TIMER), DOWN100, TO(MASTER, MASTER_DOWN), "AQ", DOWN100 + 1 * S},
	{"BACKUP, master-down, woken late",
	 BOTH, 100, 0, BACKUP, EV(TIMER), 9 * S, TO(MASTER, MASTER_DOWN), "AQ", 10 * S},
	{"BACKUP, timer 1 ns before the deadline: nothing",
	 BOTH, 100, 0, BACKUP, EV(TIMER), DOWN100 - 1, STAY(BACKUP), "", DOWN100},
	{"BACKUP, priority 0: skew",
	 BOTH, 100, 0, BACKUP, HEAR(0, LOWER), 1 * S, STAY(BACKUP), "", 1 * S + SKEW100},
	{"BACKUP, priority 0 without preempt: skew",
	 BOTH, 100, NO_PREEMPT, BACKUP, HEAR(0, HIGHER), 1 * S, STAY(BACKUP), "", 1 * S + SKEW100},
	{"BACKUP, higher priority: reset",
	 BOTH, 100, 0, BACKUP, HEAR(101, LOWER), 1 * S, STAY(BACKUP), "", 1 * S + DOWN100},
	{"BACKUP, equal priority, lower address: reset all the same",
	 BOTH, 100, 0, BACKUP, HEAR(100, LOWER), 1 * S, STAY(BACKUP), "", 1 * S + DOWN100},
	{"BACKUP, equal priority, higher address: reset",
	 BOTH, 100, 0, BACKUP, HEAR(100, HIGHER), 1 * S, STAY(BACKUP), "", 1 * S + DOWN100},
	{"BACKUP, lower priority, preempt: the timer runs on",
	 BOTH, 100, 0, BACKUP, HEAR(99, HIGHER), 1 * S, STAY(BACKUP), "", DOWN100},
	{"BACKUP, lower priority, no preempt: reset",
	 BOTH, 100, NO_PREEMPT, BACKUP, HEAR(99, LOWER), 1 * S, STAY(BACKUP), "", 1 * S + DOWN100},
	{"BACKUP of priority 255, lower priority: always preempts",
	 BOTH, 255, NO_PREEMPT, BACKUP, HEAR(254, HIGHER), 1 * S, STAY(BACKUP), "", DOWN255},
	{"BACKUP of priority 255, priority 255: reset",
	 BOTH, 255, 0, BACKUP, HEAR(255, HIGHER), 1 * S, STAY(BACKUP), "", 1 * S + DOWN255},
	{"BACKUP, fail", BOTH, 100, 0, BACKUP, EV(FAIL), 0, TO(FAULT, FAILED), "R", NEVER},
	{"BACKUP, recover: nothing",
	 BOTH, 100, 0, BACKUP, EV(RECOVER), 1 * S, STAY(BACKUP), "", DOWN100},
	{"BACKUP, stop", BOTH, 100, 0, BACKUP, EV(STOP), 0, TO(INIT, STOPPED), "", NEVER},
	{"BACKUP, lapse: nothing",
	 BOTH, 100, 0, BACKUP, EV(LAPSE), 1 * S, STAY(BACKUP), "", DOWN100},
	{"BACKUP, leave: nothing",
	 BOTH, 100, 0, BACKUP, EV(LEAVE), 1 * S, STAY(BACKUP), "", DOWN100},
	{"BACKUP, resume: nothing",
	 BOTH, 100, 0, BACKUP, EV(RESUME), 1 * S, STAY(BACKUP), "", DOWN100},
	{"BACKUP, adopt: nothing",
	 BOTH, 100, 0, BACKUP, EV(ADOPT), 1 * S, STAY(BACKUP), "", DOWN100},
	{"BACKUP learns a longer interval",
	 3, 100, 0, BACKUP, HEAR_M(200, 200), 1 * S, LEARN(BACKUP, NONE, 200), "", 7 * S + 2 * SKEW100},
	{"BACKUP learns 10 ms: 36.09 ms",
	 3, 100, 0, BACKUP, HEAR_M(200, 1), 0, LEARN(BACKUP, NONE, 1), "", 36093750},
	{"BACKUP learns 40.95 s",
	 3, 100, 0, BACKUP, HEAR_M(200, 4095), 0, LEARN(BACKUP, NONE, 4095), "", 147803906250},
	{"BACKUP learns nothing from what it discards",
	 3, 100, 0, BACKUP, HEAR_M(99, 1), 0, STAY(BACKUP), "", DOWN100},
	{"BACKUP learns nothing from priority 0",
	 3, 100, 0, BACKUP, HEAR_M(0, 1), 0, STAY(BACKUP), "", SKEW100},

	/* MASTER: its advert timer is T0 + 1 s */
	{"MASTER, start: nothing", BOTH, 100, 0, MASTER, EV(START), 0, STAY(MASTER), "", 1 * S},
	{"MASTER, advert timer", BOTH, 100, 0, MASTER, EV(TIMER), 1 * S, STAY(MASTER), "A", 2 * S},
	{"MASTER, timer 1 ns before the deadline: nothing",
	 BOTH, 100, 0, MASTER, EV(TIMER), 1 * S - 1, STAY(MASTER), "", 1 * S},
	{"MASTER, advert timer 0.4 s late: no drift",
	 BOTH, 100, 0, MASTER, EV(TIMER), 1400 * MS, STAY(MASTER), "A", 2 * S},
	{"MASTER, advert timer 1 ns less than an interval late",
	 BOTH, 100, 0, MASTER, EV(TIMER), 2 * S - 1, STAY(MASTER), "A", 2 * S},
	{"MASTER, advert timer an interval late: one skipped",
	 BOTH, 100, 0, MASTER, EV(TIMER), 2 * S, STAY(MASTER), "A", 3 * S},
	{"MASTER, advert timer 7.3 s late: seven skipped, in step",
	 BOTH, 100, 0, MASTER, EV(TIMER), 8300 * MS, STAY(MASTER), "A", 9 * S},
	{"MASTER, priority 0: advert, re-armed from now",
	 BOTH, 100, 0, MASTER, HEAR(0, HIGHER), 300 * MS, STAY(MASTER), "A", 1300 * MS},
	{"MASTER, higher priority, lower address",
	 BOTH, 100, 0, MASTER, HEAR(101, LOWER), 300 * MS, TO(BACKUP, HIGHER_PRIORITY), "CR",
	 300 * MS + DOWN100},
	{"MASTER, higher priority, no preempt of our own: yields",
	 BOTH, 100, NO_PREEMPT, MASTER, HEAR(255, LOWER), 300 * MS, TO(BACKUP, HIGHER_PRIORITY), "CR",
	 300 * MS + DOWN100},
	{"MASTER, equal priority, higher address",
	 BOTH, 100, 0, MASTER, HEAR(100, HIGHER), 300 * MS, TO(BACKUP, HIGHER_ADDRESS), "CR",
	 300 * MS + DOWN100},
	{"MASTER, equal priority, higher IPv6 address",
	 BOTH, 100, IPV6, MASTER, HEAR(100, HIGHER), 300 * MS, TO(BACKUP, HIGHER_ADDRESS), "CR",
	 300 * MS + DOWN100},
	{"MASTER of priority 255, 255 of a higher address",
	 BOTH, 255, 0, MASTER, HEAR(255, HIGHER), 300 * MS, TO(BACKUP, HIGHER_ADDRESS), "CR",
	 300 * MS + DOWN255},
	{"MASTER that yields learns the winner's interval",
	 3, 100, 0, MASTER, HEAR_M(200, 10), 0, LEARN(BACKUP, HIGHER_PRIORITY, 10), "CR", 360937500},
	{"MASTER, lower priority: v2 is silent, announces",
	 2, 100, 0, MASTER, HEAR(99, HIGHER), 300 * MS, STAY(MASTER), "G", 1 * S},
	{"MASTER, lower priority: v3 answers at once, announces",
	 3, 100, 0, MASTER, HEAR(99, HIGHER), 300 * MS, STAY(MASTER), "AG", 1 * S},
	{"MASTER, equal priority, lower address",
	 2, 100, 0, MASTER, HEAR(100, LOWER), 0, STAY(MASTER), "G", 1 * S},
	{"MASTER, equal priority, lower address",
	 3, 100, 0, MASTER, HEAR(100, LOWER), 0, STAY(MASTER), "AG", 1 * S},
	{"MASTER, equal priority, lower IPv6 address",
	 3, 100, IPV6, MASTER, HEAR(100, LOWER), 0, STAY(MASTER), "AG", 1 * S},
	{"MASTER, equal priority, equal address: no tie to break",
	 3, 100, 0, MASTER, HEAR(100, EQUAL), 0, STAY(MASTER), "AG", 1 * S},
	{"MASTER of priority 255, 254 of a higher address",
	 2, 255, 0, MASTER, HEAR(254, HIGHER), 0, STAY(MASTER), "G", 1 * S},
	{"MASTER of priority 255, 254 of a higher address",
	 3, 255, 0, MASTER, HEAR(254, HIGHER), 0, STAY(MASTER), "AG", 1 * S},
	{"MASTER learns nothing from what it discards",
	 3, 100, 0, MASTER, HEAR_M(99, 200), 0, STAY(MASTER), "AG", 1 * S},
	{"MASTER, fail: another heartbeat may carry the stop",
	 BOTH, 100, 0, MASTER, EV(FAIL), 0, TO(FAULT, FAILED), "SR", NEVER},
	{"MASTER, lapse: releases without a word, and contends",
	 BOTH, 100, 0, MASTER, EV(LAPSE), 4 * S, TO(BACKUP, LAPSED), "R", 4 * S + DOWN100},
	{"MASTER, leave: goodbye, then listen",
	 BOTH, 100, 0, MASTER, EV(LEAVE), 4 * S, TO(BACKUP, GROUP), "SR", 4 * S + DOWN100},
	{"MASTER, resume: an advert at once, and the next an interval after it",
	 BOTH, 100, 0, MASTER, EV(RESUME), 3300 * MS, STAY(MASTER), "A", 4300 * MS},
	{"MASTER, adopt: nothing", BOTH, 100, 0, MASTER, EV(ADOPT), 0, STAY(MASTER), "", 1 * S},
	{"MASTER, recover: nothing", BOTH, 100, 0, MASTER, EV(RECOVER), 0, STAY(MASTER), "", 1 * S},
	{"MASTER, stop", BOTH, 100, 0, MASTER, EV(STOP), 0, TO(INIT, STOPPED), "SR", NEVER},

	/* FAULT */
	{"FAULT, start: nothing", BOTH, 100, 0, FAULT, EV(START), 0, STAY(FAULT), "", NEVER},
	{"FAULT, timer: nothing", BOTH, 100, 0, FAULT, EV(TIMER), 60 * S, STAY(FAULT), "", NEVER},
	{"FAULT, advert: nothing", BOTH, 100, 0, FAULT, HEAR(50, LOWER), 0, STAY(FAULT), "", NEVER},
	{"FAULT, fail again: nothing", BOTH, 100, 0, FAULT, EV(FAIL), 0, STAY(FAULT), "", NEVER},
	{"FAULT, lapse: nothing", BOTH, 100, 0, FAULT, EV(LAPSE), 0, STAY(FAULT), "", NEVER},
	{"FAULT, leave: nothing", BOTH, 100, 0, FAULT, EV(LEAVE), 0, STAY(FAULT), "", NEVER},
	{"FAULT, resume: nothing", BOTH, 100, 0, FAULT, EV(RESUME), 0, STAY(FAULT), "", NEVER},
	{"FAULT, adopt: nothing", BOTH, 100, 0, FAULT, EV(ADOPT), 0, STAY(FAULT), "", NEVER},
	{"FAULT, recover: as at start",
	 BOTH, 100, 0, FAULT, EV(RECOVER), 7 * S, TO(BACKUP, RECOVERED), "", 7 * S + DOWN100},
	{"FAULT, recover, priority 255: as at start",
	 BOTH, 255, 0, FAULT, EV(RECOVER), 7 * S, TO(MASTER, RECOVERED), "AQ", 8 * S},
	{"FAULT, stop", BOTH, 100, 0, FAULT, EV(STOP), 0, TO(INIT, STOPPED), "", NEVER},
};
/* clang-format on */

static void check_deadline(const struct fsm *fsm, int64_t after_ns)
{
	if (after_ns == NEVER)
		assert_true(monotime_is_never(deadline_of(fsm)));
	else
		assert_int_equal(deadline_of(fsm).ns - T0, after_ns);
}

static void run_cell(const struct cell *c, uint8_t version)
{
	struct fsm fsm = machine(version, c->priority, c->flags, 0, c->state);
	struct monotime now = {T0 + c->at_ns};
	struct fsm_event event = {.kind = c->event,
				  .priority = c->advert_priority,
				  .interval_cs = c->advert_cs,
				  .source = source_of(c->flags, c->source),
				  .own_source = source_of(c->flags, EQUAL),
				  .stamp = now};
	struct fsm_step step = hand(&fsm, &event, now);
	char actions[FSM_MAX_ACTIONS + 1];

	actions_text(&step, actions);
	assert_string_equal(actions, c->actions);
	assert_int_equal(step.from, c->state);
	assert_int_equal(step.to, c->to);
	assert_int_equal(step.cause, c->cause);
	assert_int_equal(fsm.state, c->to);
	assert_int_equal(fsm.master_cs, c->master_cs);
	if (c->to == INIT || c->to == FAULT)
		assert_false(fsm.master_left);
	check_deadline(&fsm, c->deadline_ns);
}

static void test_cell_v2(void **state)
{
	run_cell(*state, 2);
}

static void test_cell_v3(void **state)
{
	run_cell(*state, 3);
}

/* ---- the arithmetic at its edges, through the machine ---- */

struct edge {
	const char *what;
	uint8_t version, priority;
	uint16_t interval_cs;
	int64_t down_ns, skew_ns;
};

/* clang-format off */
static const struct edge edges[] = {
	{"10 ms, priority 1", 3, 1, 1, 39960937, 9960937},
	{"10 ms, priority 100", 3, 100, 1, 36093750, 6093750},
	{"10 ms, priority 254", 3, 254, 1, 30078125, 78125},
	{"1 s, priority 1", 3, 1, 100, 3996093750, 996093750},
	{"1 s, priority 254", 3, 254, 100, 3007812500, 7812500},
	{"40.95 s, priority 1", 3, 1, 4095, 163640039062, 40790039062},
	{"40.95 s, priority 254", 3, 254, 4095, 123169921875, 319921875},
	{"1 s, priority 1", 2, 1, 100, 3996093750, 996093750},
	{"1 s, priority 254", 2, 254, 100, 3007812500, 7812500},
	{"255 s, priority 1: skew stays below a second", 2, 1, 25500, 765996093750, 996093750},
	{"255 s, priority 254", 2, 254, 25500, 765007812500, 7812500},
};
/* clang-format on */

static void test_edge(void **state)
{
	const struct edge *e = *state;
	struct fsm_config config = {.version = e->version,
				    .priority = e->priority,
				    .preempt = true,
				    .interval_cs = e->interval_cs};
	struct fsm_event start = {.kind = FSM_EV_START}, timer = {.kind = FSM_EV_TIMER};
	struct fsm_event stop = {.kind = FSM_EV_ADVERT, .priority = 0, .stamp = {T0 + 5}};
	struct fsm_step step;
	struct fsm fsm;

	fsm_init(&fsm, &config);
	hand(&fsm, &start, (struct monotime){T0});
	assert_int_equal(wake_of(&fsm).ns, T0 + e->down_ns);

	hand(&fsm, &stop, (struct monotime){T0 + 9});
	assert_int_equal(wake_of(&fsm).ns, T0 + 5 + e->skew_ns);
	step = hand(&fsm, &timer, (struct monotime){T0 + 5 + e->skew_ns - 1});
	assert_int_equal(step.to, BACKUP);
	assert_int_equal(step.action_count, 0);
	step = hand(&fsm, &timer, (struct monotime){T0 + 5 + e->skew_ns});
	assert_int_equal(step.to, MASTER);
	assert_int_equal(step.cause, VRRP_CAUSE_MASTER_LEFT);
	assert_int_equal(wake_of(&fsm).ns, T0 + 5 + e->skew_ns + e->interval_cs * 10 * MS);
}

/* ---- stories: a preempt delay and what else takes more than one event ---- */

struct beat {
	int64_t at_ns; /* after T0 */
	enum fsm_event_kind event;
	uint8_t priority; /* of the advert */
	enum vrrp_state to;
	enum vrrp_cause cause;
	const char *actions; /* NULL ends the list */
	int64_t wake_ns;     /* wake_of() after it, after T0 */
	bool delay_over;     /* from this event on the machine may preempt */
};

struct story {
	const char *what;
	uint8_t version, priority;
	unsigned int flags;
	int64_t delay_ns;
	enum vrrp_state state;
	struct beat beats[8];
};

#define HEARD(at, p, wake)                                                           \
	{                                                                            \
		(at), FSM_EV_ADVERT, (p), BACKUP, VRRP_CAUSE_NONE, "", (wake), false \
	}
#define TIMER(at, to, cause, actions, wake)                                               \
	{                                                                                 \
		(at), FSM_EV_TIMER, 0, (to), VRRP_CAUSE_##cause, (actions), (wake), false \
	}
#define DELAY_OVER(at, wake)                                                     \
	{                                                                        \
		(at), FSM_EV_TIMER, 0, BACKUP, VRRP_CAUSE_NONE, "", (wake), true \
	}
#define DO(at, ev, to, cause, actions, wake)                                               \
	{                                                                                  \
		(at), FSM_EV_##ev, 200, (to), VRRP_CAUSE_##cause, (actions), (wake), false \
	}

/* clang-format off */
static const struct story stories[] = {
	{"delay: a worse master is obeyed until it is over, then preempted",
	 3, 100, 0, 5 * S, BACKUP,
	 {HEARD(1 * S, 50, 1 * S + DOWN100),
	  HEARD(2 * S, 50, 2 * S + DOWN100),
	  HEARD(3 * S, 50, 6 * S),
	  TIMER(6 * S - 1, BACKUP, NONE, "", 6 * S),
	  DELAY_OVER(6 * S, 3 * S + DOWN100),
	  HEARD(6500 * MS, 50, 3 * S + DOWN100),
	  TIMER(3 * S + DOWN100, MASTER, MASTER_DOWN, "AQ", 4 * S + DOWN100)}},
	{"delay: a master that dies is replaced without waiting for it",
	 3, 100, 0, 60 * S, BACKUP,
	 {HEARD(1 * S, 50, 1 * S + DOWN100),
	  TIMER(1 * S + DOWN100, MASTER, MASTER_DOWN, "AQ", 2 * S + DOWN100)}},
	{"delay: a master that leaves is replaced without waiting for it",
	 3, 100, 0, 60 * S, BACKUP,
	 {HEARD(1 * S, 50, 1 * S + DOWN100),
	  HEARD(2 * S, 0, 2 * S + SKEW100),
	  TIMER(2 * S + SKEW100, MASTER, MASTER_LEFT, "AQ", 3 * S + SKEW100)}},
	{"delay: a better master cancels it, a worse one starts it anew",
	 3, 100, 0, 4 * S, BACKUP,
	 {HEARD(1 * S, 50, 1 * S + DOWN100),
	  HEARD(2 * S, 50, 5 * S),
	  HEARD(3 * S, 200, 3 * S + DOWN100),
	  HEARD(4 * S, 50, 4 * S + DOWN100),
	  HEARD(6 * S, 50, 8 * S),
	  DELAY_OVER(8 * S, 6 * S + DOWN100)}},
	{"delay: once over, a better master makes it start over",
	 3, 100, 0, 2 * S, BACKUP,
	 {HEARD(1 * S, 50, 3 * S),
	  DELAY_OVER(3 * S, 1 * S + DOWN100),
	  HEARD(4 * S, 100, 4 * S + DOWN100),
	  HEARD(5 * S, 50, 7 * S),
	  HEARD(6 * S, 50, 7 * S)}},
	{"delay: a better master alone starts none",
	 2, 100, 0, 1 * S, BACKUP,
	 {HEARD(1 * S, 200, 1 * S + DOWN100),
	  HEARD(2 * S, 100, 2 * S + DOWN100)}},
	{"delay: priority 0 starts none",
	 3, 100, 0, 100 * MS, BACKUP,
	 {HEARD(1 * S, 0, 1 * S + SKEW100)}},
	{"delay: priority 255 waits for none",
	 3, 255, 0, 60 * S, BACKUP,
	 {HEARD(1 * S, 50, DOWN255),
	  TIMER(DOWN255, MASTER, MASTER_DOWN, "AQ", 1 * S + DOWN255)}},
	{"delay: without preempt there is none",
	 3, 100, NO_PREEMPT, 1 * S, BACKUP,
	 {HEARD(1 * S, 50, 1 * S + DOWN100),
	  HEARD(3 * S, 50, 3 * S + DOWN100)}},
	{"delay: both due at once: promotion",
	 3, 100, 0, DOWN100, BACKUP,
	 {HEARD(1 * S, 50, 1 * S + DOWN100),
	  TIMER(1 * S + DOWN100, MASTER, MASTER_DOWN, "AQ", 2 * S + DOWN100)}},
	{"delay: stepping down makes it start over",
	 3, 100, 0, 3 * S, MASTER,
	 {DO(500 * MS, ADVERT, BACKUP, HIGHER_PRIORITY, "CR", 500 * MS + DOWN100),
	  HEARD(1 * S, 50, 4 * S)}},
	{"delay: FAULT forgets it",
	 3, 100, 0, 2 * S, BACKUP,
	 {HEARD(1 * S, 50, 3 * S),
	  DO(2 * S, FAIL, FAULT, FAILED, "R", NEVER),
	  DO(5 * S, RECOVER, BACKUP, RECOVERED, "", 5 * S + DOWN100),
	  HEARD(6 * S, 50, 8 * S)}},
	{"a leaving master that thinks again: the cause is forgotten",
	 3, 100, 0, 0, BACKUP,
	 {HEARD(1 * S, 0, 1 * S + SKEW100),
	  HEARD(1500 * MS, 100, 1500 * MS + DOWN100),
	  TIMER(1500 * MS + DOWN100, MASTER, MASTER_DOWN, "AQ", 2500 * MS + DOWN100)}},
	{"a leaving master and a worse one: still left",
	 3, 100, 0, 0, BACKUP,
	 {HEARD(1 * S, 0, 1 * S + SKEW100),
	  HEARD(1500 * MS, 50, 1 * S + SKEW100),
	  TIMER(1 * S + SKEW100, MASTER, MASTER_LEFT, "AQ", 2 * S + SKEW100)}},
	{"the rhythm of a master does not drift",
	 2, 100, 0, 0, MASTER,
	 {TIMER(1100 * MS, MASTER, NONE, "A", 2 * S),
	  TIMER(2300 * MS, MASTER, NONE, "A", 3 * S),
	  TIMER(2400 * MS, MASTER, NONE, "", 3 * S),
	  TIMER(3 * S, MASTER, NONE, "A", 4 * S)}},
	{"stopped, started, failed, stopped",
	 3, 100, 0, 0, MASTER,
	 {DO(1 * S, STOP, INIT, STOPPED, "SR", NEVER),
	  DO(2 * S, START, BACKUP, STARTED, "", 2 * S + DOWN100),
	  DO(3 * S, FAIL, FAULT, FAILED, "R", NEVER),
	  DO(4 * S, STOP, INIT, STOPPED, "", NEVER)}},
};
/* clang-format on */

static void test_story(void **state)
{
	const struct story *s = *state;
	struct fsm fsm = machine(s->version, s->priority, s->flags, s->delay_ns, s->state);

	for (const struct beat *b = s->beats; b < s->beats + COUNT(s->beats) && b->actions; b++) {
		struct monotime now = {T0 + b->at_ns};
		struct fsm_event event = {.kind = b->event,
					  .priority = b->priority,
					  .interval_cs = 100,
					  .source = source_of(s->flags, LOWER),
					  .own_source = source_of(s->flags, EQUAL),
					  .stamp = now};
		char actions[FSM_MAX_ACTIONS + 1];
		bool might_preempt = fsm.may_preempt;
		struct fsm_step step = hand(&fsm, &event, now);
		bool delay_over = fsm.may_preempt && !might_preempt;
		int64_t wake = wake_of(&fsm).ns;

		actions_text(&step, actions);
		if (strcmp(actions, b->actions) || step.to != b->to || step.cause != b->cause ||
		    wake != (b->wake_ns == NEVER ? NEVER : T0 + b->wake_ns) ||
		    delay_over != b->delay_over)
			fail_msg("beat %td: \"%s\", state %d, cause %d, wakes at %lld%s",
				 b - s->beats, actions, step.to, step.cause, (long long)(wake - T0),
				 delay_over ? ", its delay over" : "");
	}
}

/* The deadline is counted from the stamp of the wire, not from when the machine got to it. */
static void test_stamp(void **state)
{
	struct fsm fsm = machine(3, 100, 0, 0, BACKUP);
	struct fsm_event event = {.kind = FSM_EV_ADVERT,
				  .priority = 200,
				  .interval_cs = 100,
				  .stamp = {T0 + 1 * S}};
	struct fsm_step step;

	(void)state;
	hand(&fsm, &event, (struct monotime){T0 + 3 * S});
	assert_int_equal(deadline_of(&fsm).ns, T0 + 1 * S + DOWN100);

	fsm = machine(3, 100, 0, 0, MASTER);
	step = hand(&fsm, &event, (struct monotime){T0 + 3 * S});
	assert_int_equal(fsm.state, BACKUP);
	assert_int_equal(deadline_of(&fsm).ns, T0 + 1 * S + DOWN100);
	/* An interval late or more, it has no last word. */
	assert_int_equal(step.action_count, 1);
	assert_int_equal(step.actions[0], FSM_ACT_RELEASE);
}

/* ---- another effective priority -------------------------------------------------------------- */

struct change {
	const char *what;
	uint8_t from, to, is;
	enum vrrp_state state;
	uint8_t hears; /* then an advert of this priority, at 1 s; 0: none */
	enum vrrp_state ends;
	int64_t deadline_ns; /* after T0 */
};

/* clang-format off */
static const struct change changes[] = {
	{"lowered as BACKUP: the running deadline stays", 100, 50, 50, BACKUP, 0, BACKUP, DOWN100},
	{"lowered as BACKUP: a master of 60 is better now", 100, 50, 50, BACKUP, 60, BACKUP,
	 1 * S + 3 * S + (256 - 50) * S / 256},
	{"raised as BACKUP: a master of 100 is to be preempted", 90, 150, 150, BACKUP, 100, BACKUP,
	 3 * S + (256 - 90) * S / 256},
	{"lowered as MASTER: yields to what was worse", 150, 90, 90, MASTER, 100, BACKUP,
	 1 * S + 3 * S + (256 - 90) * S / 256},
	{"raised as MASTER: does not yield to what was better", 90, 150, 150, MASTER, 100, MASTER,
	 1 * S},
	{"lowered as MASTER: the advert timer runs on", 150, 90, 90, MASTER, 0, MASTER, 1 * S},
	{"in FAULT", 100, 50, 50, FAULT, 0, FAULT, NEVER},
	{"the owner that leaves yields to anybody", 255, 1, 1, MASTER, 100, BACKUP,
	 1 * S + 3 * S + 255 * S / 256},
	{"0 is no priority", 100, 0, 100, BACKUP, 0, BACKUP, DOWN100},
};
/* clang-format on */

static void test_change(void **state)
{
	const struct change *c = *state;
	struct fsm fsm = machine(3, c->from, 0, 0, c->state);
	struct monotime now = {T0 + 1 * S};
	struct fsm_event event = {.kind = FSM_EV_ADVERT,
				  .priority = c->hears,
				  .interval_cs = 100,
				  .source = source_of(0, LOWER),
				  .own_source = source_of(0, EQUAL),
				  .stamp = now};

	fsm_set_priority(&fsm, c->to);
	assert_int_equal(fsm.config.priority, c->is);
	assert_int_equal(fsm.state, c->state);
	if (c->hears)
		hand(&fsm, &event, now);
	assert_int_equal(fsm.state, c->ends);
	check_deadline(&fsm, c->deadline_ns);
}

int main(void)
{
	for (size_t i = 0; i < COUNT(cells); i++) {
		if (cells[i].version != 3)
			table_add("cell v2", cells[i].what, test_cell_v2, &cells[i]);
		if (cells[i].version != 2)
			table_add("cell v3", cells[i].what, test_cell_v3, &cells[i]);
	}
	for (size_t i = 0; i < COUNT(edges); i++)
		table_add(edges[i].version == 2 ? "edge v2" : "edge v3", edges[i].what, test_edge,
			  &edges[i]);
	for (size_t i = 0; i < COUNT(stories); i++)
		table_add(stories[i].version == 2 ? "story v2" : "story v3", stories[i].what,
			  test_story, &stories[i]);
	table_rows("priority v3", changes, what, test_change);
	table_add("story v3", "deadlines are counted from the stamp", test_stamp, NULL);
	return table_run("fsm");
}

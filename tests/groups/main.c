// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows, and how they are played.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "groups.h"
#include "provers.h"

#define RUNS 1500 /* from seeds */

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

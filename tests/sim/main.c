// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deterministic simulation of fail-over.
 *
 *   sim                                     every row, on every processor; TAP, then a total
 *   sim --short                             the same with a fiftieth of the runs
 *   sim --row N [--seed S] [--runs K] [--trace]   runs of one row, from the seed of the first one
 *   sim --list
 *
 * A run is named by its row and its seed; the next run of a row has the next seed.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim.h"

#define MAX_ROWS        64
#define FIRST_SEED      1
#define FAILOVERS_ASKED 1000000
#define SHORT           50

struct outcome {
	struct sim_count count;
	uint64_t runs, bad_seed; /* of the first violation */
	char violation[SIM_MESSAGE];
};

/* Each process writes its own outcomes; they are read when all processes have ended. */
struct board {
	struct outcome of[MAX_WORKERS][MAX_ROWS];
};

/* Plays every stride-th run of a row. A row that must fail ends with its first violation. */
static void play_row(struct sim *sim, const struct sim_row *row, uint64_t first, uint64_t end,
		     uint64_t stride, FILE *trace, struct outcome *outcome)
{
	for (uint64_t seed = first; seed < end; seed += stride) {
		outcome->runs++;
		if (sim_play(sim, row, seed, trace, &outcome->count))
			continue;
		if (!outcome->violation[0]) {
			outcome->bad_seed = seed;
			memcpy(outcome->violation, sim->violation, sizeof(outcome->violation));
		}
		if (row->must_fail)
			return;
	}
}

struct plays {
	struct board *board;
	unsigned int workers;
	unsigned int share; /* one of so many runs is played; but all of a row that must fail */
};

static int play_part(void *context, unsigned int worker)
{
	const struct plays *plays = context;
	struct sim *sim = calloc(1, sizeof(*sim));

	for (unsigned int r = 0; sim && r < sim_row_count; r++) {
		const struct sim_row *row = &sim_rows[r];
		uint64_t runs = row->must_fail ? row->runs : row->runs / plays->share;

		play_row(sim, row, FIRST_SEED + worker, FIRST_SEED + runs, plays->workers, NULL,
			 &plays->board->of[worker][r]);
	}
	free(sim);
	return sim ? 0 : -ENOMEM;
}

static struct outcome sum(const struct board *board, unsigned int workers, unsigned int row)
{
	struct outcome all = {0};

	for (unsigned int w = 0; w < workers; w++) {
		const struct outcome *one = &board->of[w][row];

		all.runs += one->runs;
		all.count.failovers += one->count.failovers;
		all.count.resumed += one->count.resumed;
		all.count.stood_in += one->count.stood_in;
		all.count.events += one->count.events;
		all.count.violations += one->count.violations;
		for (unsigned int i = 0; i < SIM_EXCUSES; i++)
			all.count.overlaps[i] += one->count.overlaps[i];
		if (one->count.longest_overlap_ns > all.count.longest_overlap_ns)
			all.count.longest_overlap_ns = one->count.longest_overlap_ns;
		if (one->violation[0] && (!all.violation[0] || one->bad_seed < all.bad_seed)) {
			all.bad_seed = one->bad_seed;
			memcpy(all.violation, one->violation, sizeof(all.violation));
		}
	}
	return all;
}

static void print_outcome(const struct outcome *outcome, unsigned int row)
{
	const struct sim_count *count = &outcome->count;

	printf("#   %" PRIu64 " runs, %" PRIu64 " failovers, %" PRIu64 " leases resumed, %" PRIu64
	       " adverts stood in, %" PRIu64 " events; two owners: %" PRIu64 " preempted, %" PRIu64
	       " at once, %" PRIu64 " first adverts unheard, %" PRIu64 " lost; longest %.3f ms\n",
	       outcome->runs, count->failovers, count->resumed, count->stood_in, count->events,
	       count->overlaps[SIM_PREEMPTED], count->overlaps[SIM_AT_ONCE],
	       count->overlaps[SIM_FRESH], count->overlaps[SIM_LOST],
	       (double)count->longest_overlap_ns / 1e6);
	if (outcome->violation[0])
		printf("#   %u violations; first: %s\n#   replay: sim --row %u --seed %" PRIu64
		       " --trace\n",
		       count->violations, outcome->violation, row, outcome->bad_seed);
}

static int test_all(unsigned int share)
{
	unsigned int workers = workers_count();
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int passed = 0, failed = 0;
	uint64_t failovers = 0;
	bool ok;
	int err;

	if (board == MAP_FAILED || sim_row_count > MAX_ROWS) {
		fprintf(stderr, "sim: no memory for the results\n");
		return 1;
	}
	printf("1..%u\n", sim_row_count + 2);
	fflush(stdout);
	err = workers_run(workers, play_part,
			  &(struct plays){.board = board, .workers = workers, .share = share});
	for (unsigned int r = 0; r < sim_row_count; r++) {
		struct outcome outcome = sum(board, workers, r);

		ok = sim_rows[r].must_fail == (outcome.violation[0] != 0) && outcome.runs;
		if (!sim_rows[r].must_fail)
			failovers += outcome.count.failovers;
		printf("%sok %u - %s\n", ok ? "" : "not ", r + 1, sim_rows[r].name);
		print_outcome(&outcome, r);
		*(ok ? &passed : &failed) += 1;
	}
	ok = !err;
	*(ok ? &passed : &failed) += 1;
	printf("%sok %u - no process of the simulation died\n", ok ? "" : "not ",
	       sim_row_count + 1);
	ok = failovers >= FAILOVERS_ASKED / share;
	*(ok ? &passed : &failed) += 1;
	printf("%sok %u - at least %d failovers with the rules as they are (%" PRIu64 ")\n",
	       ok ? "" : "not ", sim_row_count + 2, FAILOVERS_ASKED / share, failovers);
	printf("%u passed, %u failed\n", passed, failed);
	munmap(board, sizeof(*board));
	return failed ? 1 : 0;
}

static int play_one(unsigned int row, uint64_t seed, uint64_t runs, bool trace)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct outcome outcome = {0};

	if (!sim) {
		fprintf(stderr, "sim: no memory\n");
		return 1;
	}
	play_row(sim, &sim_rows[row], seed, seed + runs, 1, trace ? stdout : NULL, &outcome);
	print_outcome(&outcome, row);
	free(sim);
	return outcome.violation[0] ? 1 : 0;
}

static int usage(FILE *to)
{
	fprintf(to, "usage: sim [--short | --row N [--seed S] [--runs K] [--trace] | --list]\n");
	return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"row", required_argument, NULL, 'r'},  {"seed", required_argument, NULL, 's'},
		{"runs", required_argument, NULL, 'k'}, {"trace", no_argument, NULL, 't'},
		{"short", no_argument, NULL, 'q'},      {"list", no_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},       {0},
	};
	uint64_t seed = FIRST_SEED, runs = 1;
	unsigned int share = 1;
	unsigned long row = 0;
	bool one = false, trace = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			row = strtoul(optarg, NULL, 10);
			one = true;
			break;
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'k':
			runs = strtoull(optarg, NULL, 10);
			break;
		case 't':
			trace = true;
			break;
		case 'q':
			share = SHORT;
			break;
		case 'l':
			for (unsigned int r = 0; r < sim_row_count; r++)
				printf("%2u  %s\n", r, sim_rows[r].name);
			return 0;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (optind < argc || row >= sim_row_count)
		return usage(stderr);
	return one ? play_one((unsigned int)row, seed, runs, trace) : test_all(share);
}

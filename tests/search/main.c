// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exhaustive search of fail-over: docs/search.md says what is searched, and what is not.
 *
 *   search              every row, on every processor; TAP, then a total
 *   search --short      of each row, the first states
 *   search --row N      one row, with the trace of what breaks a rule
 *   search --list
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "search.h"

#define MAX_ROWS    64
#define MOST_BYTES  (UINT64_C(1200) << 20) /* of all workers: the tables of states */
#define STATE_BYTES 48                     /* of the tables, at most, for one state */

/* Written by one process each, read by all behind their end. */
struct board {
	unsigned int next;
	struct {
		bool done;
		struct search_result result;
	} of[MAX_ROWS];
};

/* States of a row of a short search, which need not be all. */
#define SHORT 100000

struct searches {
	struct board *board;
	uint64_t most; /* states of one worker */
};

/* Each takes the next row that nobody has taken. */
static int work(void *context, unsigned int worker)
{
	const struct searches *searches = context;
	struct board *board = searches->board;

	(void)worker;
	for (;;) {
		unsigned int r = __atomic_fetch_add(&board->next, 1, __ATOMIC_SEQ_CST);

		if (r >= search_row_count)
			return 0;
		explore(&search_rows[r], searches->most, false, &board->of[r].result);
		board->of[r].done = true;
	}
}

static void print_result(const struct search_result *result, unsigned int r)
{
	printf("#   %" PRIu64 " states (%" PRIu64 " by fewer faults), %" PRIu64
	       " moves, %u faults, %.1f s, %" PRIu64 " MB%s\n",
	       result->states, result->before, result->moves, result->faults, result->seconds,
	       result->bytes >> 20, result->cut ? "; NOT ALL: there was no more room" : "");
	if (result->violation[0])
		printf("#   %s; behind %u moves and %u faults: search --row %u\n",
		       result->violation, result->steps, result->faults, r);
}

static int test_all(bool is_short)
{
	unsigned int workers = workers_count();
	uint64_t most = is_short ? SHORT : MOST_BYTES / STATE_BYTES / workers;
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int passed = 0, failed = 0;
	uint64_t states = 0, moves = 0;
	bool ok;

	if (board == MAP_FAILED || search_row_count > MAX_ROWS) {
		fprintf(stderr, "search: no memory for the results\n");
		return 1;
	}
	printf("1..%u\n", search_row_count + 1);
	fflush(stdout);
	ok = workers_run(workers, work, &(struct searches){.board = board, .most = most}) == 0;
	for (unsigned int r = 0; r < search_row_count; r++) {
		const struct search_result *result = &board->of[r].result;
		bool found = result->violation[0] != 0;
		bool whole = !result->cut || is_short;
		bool right = found == search_rows[r].must_fail || (!found && result->cut);
		bool good = board->of[r].done && right && whole && !result->confused;

		states += result->states;
		moves += result->moves;
		printf("%sok %u - %s\n", good ? "" : "not ", r + 1, search_rows[r].name);
		print_result(result, r);
		*(good ? &passed : &failed) += 1;
	}
	*(ok ? &passed : &failed) += 1;
	printf("%sok %u - no process of the search died\n", ok ? "" : "not ", search_row_count + 1);
	printf("# %" PRIu64 " states, %" PRIu64 " moves\n%u passed, %u failed\n", states, moves,
	       passed, failed);
	munmap(board, sizeof(*board));
	return failed ? 1 : 0;
}

static int search_one(unsigned int r)
{
	struct search_result result;

	explore(&search_rows[r], MOST_BYTES / STATE_BYTES, true, &result);
	print_result(&result, r);
	return result.violation[0] ? 1 : 0;
}

static int usage(FILE *to)
{
	fprintf(to, "usage: search [--short | --row N | --list]\n");
	return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"row", required_argument, NULL, 'r'},
		{"list", no_argument, NULL, 'l'},
		{"short", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	unsigned long r = 0;
	bool one = false, is_short = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			r = strtoul(optarg, NULL, 10);
			one = true;
			break;
		case 'q':
			is_short = true;
			break;
		case 'l':
			for (unsigned int i = 0; i < search_row_count; i++)
				printf("%2u  %s\n", i, search_rows[i].name);
			return 0;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (optind < argc || r >= search_row_count)
		return usage(stderr);
	return one ? search_one((unsigned int)r) : test_all(is_short);
}

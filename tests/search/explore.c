// SPDX-License-Identifier: GPL-2.0-only
/*
 * All states, each once: first all that are reached without a fault, then those behind one, and so
 * on, each time breadth first. So a state is reached by the fewest faults, and is never walked
 * again with fewer of them left; and the first trace that breaks a rule has the fewest faults, and
 * of these the fewest moves.
 *
 * A state that waits to be walked is kept as what differs from the first one. Of one that was
 * walked, its key is kept, and by which move it was reached from which other one.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "search.h"

#define CHUNK_BYTES (1U << 20)
#define TRY_OUT     509 /* every so many-th state is played on from its normal form */

struct entry {
	struct search_key key;
	uint32_t parent;
	struct search_move move;
	uint8_t faults;
};

struct chunk {
	struct chunk *next;
	size_t used, read;
	unsigned char bytes[CHUNK_BYTES];
};

struct queue {
	struct chunk *first, *last;
};

static struct entry *entries;
static uint32_t *slots;
static uint64_t entry_count, entry_most, slot_mask;
static uint64_t queue_bytes, queue_bytes_most;
static struct search_world first, walked;
static struct queue waiting[2]; /* [0]: of as many faults, [1]: of one more */

/* ---- the table ---- */

/* An anonymous mapping: pages that are not touched cost nothing. */
static void *reserve(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED) {
		fprintf(stderr, "search: no memory\n");
		exit(1);
	}
	return memory;
}

static size_t slots_for(uint64_t most)
{
	size_t count = 1024;

	while (count < 2 * most)
		count *= 2;
	return count;
}

/* False: it is known. */
static bool insert(struct search_key key, uint32_t parent, struct search_move move, uint8_t faults)
{
	uint64_t at = key.low & slot_mask;

	for (; slots[at]; at = (at + 1) & slot_mask) {
		const struct entry *entry = &entries[slots[at] - 1];

		if (entry->key.low == key.low && entry->key.high == key.high)
			return false;
	}
	entries[entry_count] = (struct entry){key, parent, move, faults};
	slots[at] = (uint32_t)++entry_count;
	return true;
}

/* ---- the states that wait ---- */

static unsigned char *room(struct queue *queue, size_t bytes)
{
	struct chunk *chunk = queue->last;

	if (!chunk || chunk->used + bytes > CHUNK_BYTES) {
		chunk = malloc(sizeof(*chunk));
		if (!chunk) {
			fprintf(stderr, "search: no memory\n");
			exit(1);
		}
		chunk->next = NULL;
		chunk->used = chunk->read = 0;
		if (queue->last)
			queue->last->next = chunk;
		else
			queue->first = chunk;
		queue->last = chunk;
		queue_bytes += sizeof(*chunk);
		if (queue_bytes > queue_bytes_most)
			queue_bytes_most = queue_bytes;
	}
	return chunk->bytes + chunk->used;
}

static size_t mask_words(size_t words)
{
	return (words + 63) / 64;
}

/* index, a bit for each word that differs, those words. */
static void put(struct queue *queue, uint32_t index)
{
	const uint64_t *words = (const uint64_t *)&world, *before = (const uint64_t *)&first;
	size_t count = world_size() / 8, masks = mask_words(count), used = 1 + masks;
	uint64_t *to = (uint64_t *)room(queue, 8 * (1 + masks + count));

	to[0] = index;
	memset(to + 1, 0, 8 * masks);
	for (size_t i = 0; i < count; i++) {
		if (words[i] == before[i])
			continue;
		to[1 + i / 64] |= UINT64_C(1) << (i % 64);
		to[used++] = words[i];
	}
	queue->last->used += 8 * used;
}

/* Into `walked`. False: none waits. */
static bool get(struct queue *queue, uint32_t *ret_index)
{
	size_t count = world_size() / 8, masks = mask_words(count), used = 1 + masks;
	struct chunk *chunk = queue->first;
	const uint64_t *from;
	uint64_t *words = (uint64_t *)&walked;

	if (chunk && chunk->read == chunk->used) {
		queue->first = chunk->next;
		if (!chunk->next)
			queue->last = NULL;
		free(chunk);
		queue_bytes -= sizeof(*chunk);
		chunk = queue->first;
	}
	if (!chunk)
		return false;
	from = (const uint64_t *)(chunk->bytes + chunk->read);
	*ret_index = (uint32_t)from[0];
	memcpy(&walked, &first, world_size());
	for (size_t i = 0; i < masks; i++) {
		for (uint64_t bits = from[1 + i]; bits; bits &= bits - 1)
			words[64 * i + (size_t)__builtin_ctzll(bits)] = from[used++];
	}
	chunk->read += 8 * used;
	return true;
}

static void drop(struct queue *queue)
{
	while (queue->first) {
		struct chunk *chunk = queue->first;

		queue->first = chunk->next;
		free(chunk);
	}
	queue->last = NULL;
}

/* ---- is the normal form as good as the state? ---- */

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct search_key));
}

static unsigned int successors(const struct search_world *of, unsigned int faults_left,
			       struct search_key keys[SEARCH_MOVES])
{
	struct search_move moves[SEARCH_MOVES];
	unsigned int count;

	memcpy(&world, of, world_size());
	count = world_moves(faults_left, moves);
	for (unsigned int i = 0; i < count; i++) {
		memcpy(&world, of, world_size());
		violation[0] = 0;
		world_apply(moves[i], faults_left - move_is_fault(moves[i]));
		keys[i] = violation[0] ? (struct search_key){1, 1} : key_of_world();
	}
	violation[0] = 0;
	qsort(keys, count, sizeof(keys[0]), compare_keys);
	return count;
}

static void try_out(unsigned int faults_left)
{
	static struct search_world normal;
	struct search_key of_state[SEARCH_MOVES], of_normal[SEARCH_MOVES];
	unsigned int count;

	memcpy(&world, &walked, world_size());
	key_normalise(&normal);
	count = successors(&walked, faults_left, of_state);
	if (successors(&normal, faults_left, of_normal) != count ||
	    memcmp(of_state, of_normal, count * sizeof(of_state[0])) != 0)
		violated(SEARCH_CONFUSED "two states with one key go on differently");
}

/* ---- the walk ---- */

static unsigned int left_of(const struct entry *entry)
{
	return row->faults - (unsigned int)entry->faults;
}

static void walk(uint32_t index, struct search_result *result)
{
	struct search_move moves[SEARCH_MOVES];
	uint8_t faults = entries[index].faults;
	unsigned int faults_left = left_of(&entries[index]), count;

	if (index % TRY_OUT == 0)
		try_out(faults_left);
	memcpy(&world, &walked, world_size());
	count = world_moves(faults_left, moves);
	if (!count)
		violated("nothing can happen any more");
	for (unsigned int i = 0; i < count && !violation[0] && !result->cut; i++) {
		bool fault = move_is_fault(moves[i]);

		memcpy(&world, &walked, world_size());
		result->moves += world_apply(moves[i], faults_left - fault);
		if (!insert(key_of_world(), index, moves[i], (uint8_t)(faults + fault)) &&
		    !violation[0])
			continue;
		put(&waiting[fault], (uint32_t)entry_count - 1);
		result->cut = entry_count == entry_most;
	}
}

/* The moves that lead to the state that was reached last, once more, with all that is said. */
static void print_trace(uint32_t index, struct search_result *result, bool print)
{
	uint32_t *chain = calloc(entry_count, sizeof(*chain));
	unsigned int length = 0;

	if (!chain)
		return;
	for (; index; index = entries[index].parent)
		chain[length++] = index;
	result->faults = length ? entries[chain[0]].faults : 0;
	memcpy(&world, &first, world_size());
	violation[0] = 0;
	trace = print ? stdout : NULL;
	while (length) {
		const struct entry *entry = &entries[chain[--length]];

		result->steps += world_apply(entry->move, left_of(entry));
	}
	trace = NULL;
	free(chain);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void explore(const struct search_row *one, uint64_t most, bool print, struct search_result *result)
{
	size_t slot_count = slots_for(most);
	double began = seconds();
	uint32_t index = 0;

	row = one;
	*result = (struct search_result){0};
	entry_most = most;
	entry_count = queue_bytes = queue_bytes_most = 0;
	slot_mask = slot_count - 1;
	entries = reserve(most * sizeof(*entries));
	slots = reserve(slot_count * sizeof(*slots));
	world_begin();
	memcpy(&first, &world, world_size());
	insert(key_of_world(), 0, (struct search_move){0}, 0);
	put(&waiting[0], 0);
	while (result->faults <= one->faults && !violation[0] && !result->cut) {
		while (!violation[0] && !result->cut && get(&waiting[0], &index))
			walk(index, result);
		if (violation[0] || result->cut || result->faults == one->faults)
			break;
		waiting[0] = waiting[1];
		waiting[1] = (struct queue){0};
		result->faults++;
		result->before = entry_count;
	}
	result->states = entry_count;
	result->bytes =
		entry_count * sizeof(*entries) + slot_count * sizeof(*slots) + queue_bytes_most;
	if (violation[0]) {
		memcpy(result->violation, violation, sizeof(violation));
		result->confused =
			!strncmp(violation, SEARCH_CONFUSED, sizeof(SEARCH_CONFUSED) - 1);
		print_trace((uint32_t)entry_count - 1, result, print);
	}
	result->seconds = seconds() - began;
	drop(&waiting[0]);
	drop(&waiting[1]);
	munmap(entries, most * sizeof(*entries));
	munmap(slots, slot_count * sizeof(*slots));
}

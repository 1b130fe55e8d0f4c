// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one frame costs in the heartbeat program, by BPF_PROG_TEST_RUN, against a program that only
 * passes. Interleaved in rounds, since a machine's speed drifts. Attaches and pins nothing; needs
 * root. Depends on the skeleton and on the tests' frame builder.
 *
 *   cost [ROUNDS [REPEAT]]    one line each: name, and the mean ns of each round, by tabs
 */
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "frames.h"
#include "heartbeat.skel.h"
#include "hmac_sha256.h"
#include "programs.h"
#include "signed.h"
#include "vrrp_timers.h"

#define LO         1  /* a new network namespace has only this interface */
#define SECRET     56 /* the VRID whose adverts are signed */
#define ROUNDS_MAX 101
#define WINDOW_S   3600 /* of signatures: longer than this runs */

enum { EMPTY, TCP, FOREIGN, JUNK, ABSORBED, SIGNED, COUNT };

static struct row {
	const char *name;
	bool empty_program;
	int expect; /* XDP_* */
	struct frame_spec spec;
	enum vrrp_verdict verdict; /* counted for each frame; NOT_VRRP: none */
	bool absorbed, is_signed;
	uint8_t frame[FRAME_MAX];
	size_t length;
	uint32_t ns[ROUNDS_MAX];
} rows[COUNT] = {
	[EMPTY] = {.name = "TCP, empty program", .empty_program = true, .expect = XDP_PASS},
	[TCP] = {.name = "TCP", .expect = XDP_PASS},
	[FOREIGN] = {.name = "advert of another VRID",
		     .expect = XDP_PASS,
		     .spec = {.vrid = 77, .source = "10.99.0.9"}},
	[JUNK] = {.name = "advert with a bad checksum",
		  .expect = XDP_DROP,
		  .spec = {.checksum_error = 0x5555},
		  .verdict = VRRP_VERDICT_CHECKSUM},
	[ABSORBED] = {.name = "absorbed advert",
		      .expect = XDP_PASS,
		      .verdict = VRRP_VERDICT_VALID,
		      .absorbed = true},
	/* Each one but the first is a replay, which is told last of all: by then the digest was
	 * right. */
	[SIGNED] = {.name = "signed advert, a replay",
		    .expect = XDP_DROP,
		    .spec = {.vrid = SECRET},
		    .is_signed = true,
		    .verdict = VRRP_VERDICT_HMAC_REPLAY},
};

static void put(struct bpf_map *map, const void *key, const void *value)
{
	if (bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY))
		err(1, "%s", bpf_map__name(map));
}

/* A virtual router, BACKUP, on the loopback. */
static void configure(struct heartbeat_bpf *skel, uint16_t slot, uint8_t vrid, uint8_t hmac_mode)
{
	struct vrrp_instance instance = {.role = VRRP_ROLE_BACKUP};
	struct vrrp_listener_key key = {.ifindex = LO, .family = 4, .vrid = vrid};
	struct vrrp_listener listener = {.slot = slot};
	struct vrrp_path path = {.ifindex = LO, .own_source = frame_addr(4, "10.99.0.2")};
	uint32_t at = slot, path_at = VRRP_PATH_INDEX(at, 0);

	instance.rules = (struct vrrp_rules){.family = 4,
					     .version = VRRP_V3,
					     .vrid = vrid,
					     .priority = 90,
					     .flags = VRRP_RULE_PREEMPT,
					     .interval_cs = 100,
					     .address_count = 1,
					     .hmac_mode = hmac_mode,
					     .hmac_window_s = WINDOW_S};
	instance.rules.address_digest = vrrp_address_mix(0xc000020a, 0, 0, 0);
	put(skel->maps.instances, &at, &instance);
	put(skel->maps.paths, &path_at, &path);
	put(skel->maps.listeners, &key, &listener);
}

static int64_t ns_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void put_key(struct heartbeat_bpf *skel, uint16_t slot)
{
	struct vrrp_hmac_clock clock = {.read_ns = (uint64_t)ns_of(CLOCK_MONOTONIC)};
	struct vrrp_hmac_key_id id = {.slot = slot, .id = 1};
	uint8_t bytes[SIGNED_KEY_LEN];
	struct vrrp_hmac_key key;
	uint32_t zero = 0;

	signed_key(0, bytes);
	hmac_sha256_key(bytes, sizeof(bytes), &key);
	put(skel->maps.hmac_keys, &id, &key);
	clock.offset_ns = ns_of(CLOCK_REALTIME) - (int64_t)clock.read_ns;
	put(skel->maps.hmac_clock, &zero, &clock);
}

static struct vrrp_counters counters(struct heartbeat_bpf *skel, uint32_t slot)
{
	int cpus = libbpf_num_possible_cpus();
	struct vrrp_counters *each = calloc((size_t)cpus, sizeof(*each)), sum = {0};

	if (!each || bpf_map_lookup_elem(bpf_map__fd(skel->maps.verdicts), &slot, each))
		err(1, "verdicts");
	for (int cpu = 0; cpu < cpus; cpu++) {
		for (int i = 0; i < VRRP_VERDICT_COUNT; i++)
			sum.verdict[i] += each[cpu].verdict[i];
		for (int i = 0; i < VRRP_NOTE_COUNT; i++)
			sum.note[i] += each[cpu].note[i];
	}
	free(each);
	return sum;
}

static uint32_t hear_any(int prog_fd, struct row *row, int repeat, int *ret_action)
{
	struct xdp_md ctx = {.data_end = (uint32_t)row->length, .ingress_ifindex = LO};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = row->frame,
		    .data_size_in = (uint32_t)row->length, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = repeat);

	if (bpf_prog_test_run_opts(prog_fd, &opts))
		err(1, "%s: BPF_PROG_TEST_RUN", row->name);
	*ret_action = (int)opts.retval;
	return opts.duration;
}

static uint32_t hear(int prog_fd, struct row *row, int repeat)
{
	int action;
	uint32_t ns = hear_any(prog_fd, row, repeat, &action);

	if (action != row->expect)
		errx(1, "%s: the program returned %d", row->name, action);
	return ns;
}

/* The row measures what its name says, or nothing: counters tell. */
static void prove(struct heartbeat_bpf *skel, int prog_fd, struct row *row)
{
	struct vrrp_counters before, after;
	int action;

	hear_any(prog_fd, row, 1, &action); /* the first advert of a speaker is news */
	before = counters(skel, row->is_signed);
	hear(prog_fd, row, 10);
	after = counters(skel, row->is_signed);
	for (int i = 0; i < VRRP_VERDICT_COUNT; i++) {
		uint64_t wanted = row->verdict != VRRP_VERDICT_NOT_VRRP && i == (int)row->verdict;

		if (after.verdict[i] - before.verdict[i] != 10 * wanted)
			errx(1, "%s: another verdict than expected", row->name);
	}
	if (after.note[VRRP_NOTE_ABSORBED] - before.note[VRRP_NOTE_ABSORBED] !=
	    10 * (uint64_t)row->absorbed)
		errx(1, "%s: not what the judge absorbs", row->name);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 7, repeat = argc > 2 ? atoi(argv[2]) : 200000;
	const struct signature_spec usual = {0};
	struct frame_spec tcp = {.protocol = 6};
	struct heartbeat_bpf *skel;
	int empty_fd, prog_fd;

	if (rounds < 1 || rounds > ROUNDS_MAX || repeat < 1)
		errx(2, "usage: cost [ROUNDS [REPEAT]]");
	if (unshare(CLONE_NEWNET))
		err(1, "network namespace");
	skel = heartbeat_bpf__open_and_load();
	if (!skel)
		err(1, "the program does not load");
	prog_fd = bpf_program__fd(skel->progs.vrrp_heartbeat);
	empty_fd = bench_empty_program();
	configure(skel, 0, 55, VRRP_HMAC_OFF);
	configure(skel, 1, SECRET, VRRP_HMAC_ENFORCE);
	put_key(skel, 1);
	rows[EMPTY].spec = rows[TCP].spec = tcp;
	for (int i = 0; i < COUNT; i++) {
		if (rows[i].is_signed)
			rows[i].length =
				signed_build(&rows[i].spec, &usual, time(NULL), rows[i].frame);
		else
			rows[i].length = frame_build(&rows[i].spec, rows[i].frame);
		if (rows[i].length < 60) { /* as Ethernet pads it */
			memset(rows[i].frame + rows[i].length, 0, 60 - rows[i].length);
			rows[i].length = 60;
		}
		if (!rows[i].empty_program)
			prove(skel, prog_fd, &rows[i]);
	}
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < COUNT; i++) {
			int fd = rows[i].empty_program ? empty_fd : prog_fd;

			/* It takes ten times as long. */
			int times = rows[i].is_signed ? (repeat + 9) / 10 : repeat;

			rows[i].ns[round] = hear(fd, &rows[i], times);
		}
	}
	for (int i = 0; i < COUNT; i++) {
		printf("%s", rows[i].name);
		for (int round = 0; round < rounds; round++)
			printf("\t%u", rows[i].ns[round]);
		putchar('\n');
	}
	heartbeat_bpf__destroy(skel);
	close(empty_fd);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fence's programs, frame by frame (BPF_PROG_TEST_RUN): verdict and counters of every frame on
 * both sides, for every state of the lease; then the guards by the API that the agent uses. Needs
 * root; pins in a bpffs of its own, attaches nothing, on the loopback of a new network namespace.
 */
#include "table.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "fence.skel.h"
#include "fence_rows.h"
#include "guards.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/fence.h"
#include "vrrp_guard.h"

static char dir[] = "/tmp/test-fence-XXXXXX";
static const struct adopted nobody; /* none of an older agent's slots goes on */
static struct fence *fence;
static struct fence_bpf *skel; /* a second copy of the programs, on the same maps */

/* ---- running -----------------------------------------------------------------------------------
 */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void set_lease(uint32_t slot, uint64_t until_ns)
{
	struct vrrp_lease lease = {.until_ns = until_ns};

	assert_int_equal(bpf_map_update_elem(bpf_map__fd(skel->maps.leases), &slot, &lease,
					     BPF_ANY),
			 0);
}

static struct vrrp_fenced counters(unsigned int slot)
{
	struct vrrp_fenced fenced;

	assert_int_equal(fence_counters(dir, slot, 1, &fenced), 0);
	return fenced;
}

static uint64_t total(unsigned int slot)
{
	struct vrrp_fenced fenced = counters(slot);
	uint64_t sum = 0;

	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		for (int kind = 0; kind < VRRP_FENCED_COUNT; kind++)
			sum += fenced.frames[side][kind];
	}
	return sum;
}

static void zero_counters(void)
{
	static const uint32_t slots[] = {A, B, VRRP_GUARD_NOBODY};
	const struct vrrp_fenced zero = {0};

	for (size_t i = 0; i < COUNT(slots); i++)
		assert_int_equal(bpf_map_update_elem(bpf_map__fd(skel->maps.fenced), &slots[i],
						     &zero, BPF_ANY),
				 0);
}

/* The frame goes out of, or comes in by, another interface than a public NIC. */
static uint32_t pass_other(struct bpf_program *prog, const struct spec *spec, uint32_t came_by)
{
	struct __sk_buff context = {.ingress_ifindex = came_by};
	uint8_t frame[FRAME], out[FRAME + 64];
	size_t length = build(spec, frame);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = length,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &context,
		    .ctx_size_in = sizeof(context));

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	return opts.retval;
}

static int program(int side)
{
	return bpf_program__fd(side == OUT ? skel->progs.vrrp_fence_out
					   : skel->progs.vrrp_fence_in);
}

/* The frame must be as it was, whatever becomes of it. */
static uint32_t pass(int fd, const uint8_t *frame, size_t length)
{
	uint8_t out[FRAME + 64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = length,
		    .data_out = out, .data_size_out = sizeof(out), .repeat = 1);

	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	assert_int_equal(opts.data_size_out, length);
	assert_memory_equal(out, frame, length);
	return opts.retval;
}

static uint32_t pass_spec(int side, const struct spec *spec)
{
	uint8_t frame[FRAME];
	size_t length = build(spec, frame);

	return pass(program(side), frame, length);
}

static struct vrrp_guarded_key key_of(const char *text)
{
	uint8_t family = strchr(text, ':') ? 6 : 4;
	struct vrrp_addr addr = {0};

	inet_pton(family == 6 ? AF_INET6 : AF_INET, text, addr.b);
	return fence_key_address(LO, family, &addr);
}

static int guard(const char *text, uint16_t slot)
{
	struct vrrp_guarded_key key = key_of(text);

	return fence_guard(fence, &key, slot, 0, 0);
}

static void forget_all(void)
{
	assert_int_equal(fence_orphan(fence, &nobody), 0);
	assert_true(fence_forget_orphans(fence, NULL, NULL) >= 0);
	set_lease(A, 0);
	set_lease(B, 0);
	zero_counters();
}

static void guard_all(void)
{
	static const char *const of_a[] = {A4, A6, L6}, *const of_b[] = {B4, B6};
	struct vrrp_guarded_key mac = fence_key_mac(LO, mac_a);

	forget_all();
	for (size_t i = 0; i < COUNT(of_a); i++)
		assert_int_equal(guard(of_a[i], A), 0);
	for (size_t i = 0; i < COUNT(of_b); i++)
		assert_int_equal(guard(of_b[i], B), 0);
	assert_int_equal(fence_guard(fence, &mac, A, 0, 0), 0);
}

/* ---- every frame in every state of the lease ---- */

enum lease_state { NO_LEASE, EXPIRED, VALID, OF_THE_OTHER, LEASES };

static const char *const lease_names[LEASES] = {"no lease", "lease expired", "lease valid",
						"only the other router has a lease"};

struct frame_case {
	const struct frame_row *row;
	enum lease_state lease;
};

static void test_frame(void **state)
{
	const struct frame_case *one = *state;
	uint64_t far = now_ns() + 3600000000000ULL;

	for (int side = 0; side < 2; side++) {
		int kind = one->row->sides[side].kind, slot = one->row->sides[side].slot;
		bool shut = kind != FREE && one->lease != VALID;
		uint64_t until = one->lease == VALID ? far : one->lease == EXPIRED ? now_ns() : 0;

		zero_counters();
		for (uint32_t s = A; s <= B; s++)
			set_lease(s, (int)s == slot || kind == FREE ? until
				     : one->lease == OF_THE_OTHER   ? far
								    : 0);
		assert_int_equal(pass_spec(side, &one->row->frame), shut ? SHOT : PASS);
		assert_int_equal(total(A) + total(B), shut);
		if (shut)
			assert_int_equal(counters(slot).frames[side][kind - 1], 1);
	}
}

/* ---- a master that accepts nothing ---- */

static void test_refusal(void **state)
{
	static const char *const of_a[] = {A4, A6, L6};
	const struct refuse_row *row = *state;
	struct vrrp_guarded_key key;

	for (size_t i = 0; i < COUNT(of_a); i++) {
		key = key_of(of_a[i]);
		assert_int_equal(fence_guard(fence, &key, A, 0, VRRP_GUARD_REFUSE), 0);
	}
	zero_counters();
	set_lease(A, UINT64_MAX);
	set_lease(B, UINT64_MAX);
	assert_int_equal(pass_spec(OUT, &row->frame), PASS);
	assert_int_equal(counters(A).refused, 0);
	assert_int_equal(pass_spec(IN, &row->frame), row->refused ? SHOT : PASS);
	assert_int_equal(counters(A).refused, row->refused);
	assert_int_equal(total(A) + total(B) + counters(B).refused, 0);

	/* Without a lease it is fenced off as ever, and not refused. */
	if (row->refused) {
		set_lease(A, 0);
		assert_int_equal(pass_spec(IN, &row->frame), SHOT);
		assert_int_equal(total(A), 1);
		assert_int_equal(counters(A).refused, 1);
		set_lease(A, UINT64_MAX);
	}
	/* And accepted again, without a moment in which it is not guarded. */
	for (size_t i = 0; i < COUNT(of_a); i++)
		assert_int_equal(guard(of_a[i], A), 0);
	assert_int_equal(pass_spec(IN, &row->frame), PASS);
	guard_all();
}

/* What comes from a rival is counted as such, though it is refused. */
static void test_refused_rival(void **state)
{
	const struct spec both = {.type = IP4, .from = A4, .to = A4};
	struct vrrp_guarded_key key = key_of(A4);

	(void)state;
	assert_int_equal(fence_guard(fence, &key, A, 0, VRRP_GUARD_REFUSE), 0);
	set_lease(A, UINT64_MAX);
	assert_int_equal(pass_spec(IN, &both), SHOT);
	assert_int_equal(counters(A).rivals, 1);
	assert_int_equal(counters(A).refused, 1);
	guard_all();
}

/* ---- other interfaces ---- */

static void guard_any(uint16_t flags)
{
	static const char *const of_a[] = {A4, A6};
	struct vrrp_guarded_key key;

	forget_all();
	for (size_t i = 0; i < COUNT(of_a); i++) {
		key = key_of(of_a[i]);
		key.ifindex = 0;
		assert_int_equal(fence_guard(fence, &key, A, 0, flags), 0);
	}
	zero_counters();
}

static void test_other(void **state)
{
	const struct other_row *row = *state;

	guard_any(0);
	for (int lease = 0; lease <= 1; lease++) {
		bool held = row->other == NEVER || (row->other == WITH_LEASE && !lease);
		bool held_leased = row->other != NO_CLAIM && !lease;
		uint64_t before = total(A);

		set_lease(A, lease ? UINT64_MAX : 0);
		assert_int_equal(pass_other(skel->progs.vrrp_other_out, &row->frame, 0),
				 held ? SHOT : PASS);
		assert_int_equal(pass_other(skel->progs.vrrp_leased_out, &row->frame, 0),
				 held_leased ? SHOT : PASS);
		assert_int_equal(total(A), before + held + held_leased);
		if (held)
			assert_true(counters(A).frames[OUT][row->kind - 1] > 0);
		/* What this host only forwards or bridges is not its claim. */
		assert_int_equal(pass_other(skel->progs.vrrp_other_out, &row->frame, LO), PASS);
		assert_int_equal(pass_other(skel->progs.vrrp_leased_out, &row->frame, LO), PASS);
		assert_int_equal(pass_other(skel->progs.vrrp_other_in, &row->frame, 0), PASS);
	}
	/* Nobody's: the same as without a lease. */
	assert_int_equal(fence_orphan(fence, &nobody), 0);
	assert_int_equal(pass_other(skel->progs.vrrp_other_out, &row->frame, 0),
			 row->other == NO_CLAIM ? PASS : SHOT);
	/* What is guarded on one interface alone says nothing about others. */
	guard_all();
	assert_int_equal(pass_other(skel->progs.vrrp_other_out, &row->frame, 0), PASS);
}

static bool is_another(void *context, int ifindex, const uint8_t mac[6])
{
	return ifindex == LO && !memcmp(context, mac, 6);
}

/* Below a public interface that has another MAC: what comes from the interface's own MAC is claimed
 * as on any other interface; what comes from above, as on one that the configuration names. */
static void test_other_below(void **state)
{
	static const uint8_t another[6] = {0x02, 0, 0, 0, 0, 0x77};
	const struct other_row *row = *state;
	uint8_t frame[FRAME];

	guard_any(0);
	build(&row->frame, frame);
	for (int lease = 0; lease <= 1; lease++) {
		uint32_t own, above;

		set_lease(A, lease ? UINT64_MAX : 0);
		assert_int_equal(fence_put_own(fence, LO, another), 0);
		above = pass_other(skel->progs.vrrp_leased_out, &row->frame, 0);
		assert_int_equal(above, row->other != NO_CLAIM && !lease ? SHOT : PASS);
		assert_int_equal(fence_put_own(fence, LO, frame + 6), 0);
		own = pass_other(skel->progs.vrrp_leased_out, &row->frame, 0);
		assert_int_equal(own, pass_other(skel->progs.vrrp_other_out, &row->frame, 0));
		assert_int_equal(fence_drop_own(fence, LO, frame + 6), 0);
		assert_int_equal(pass_other(skel->progs.vrrp_leased_out, &row->frame, 0), above);
		assert_int_equal(fence_drop_own(fence, LO, frame + 6), -ENOENT);
	}
	/* It is no guard: nobody's, when all of them are gone, and nothing to keep a fence for. */
	assert_true(fence_forget_all(dir, NULL, NULL) > 0);
	assert_false(fence_is_needed(dir, 0));
	assert_int_equal(fence_drop_own(fence, LO, another), 0);
	assert_int_equal(fence_put_own(fence, LO, another), 0);
	assert_int_equal(fence_put_own(fence, LO, frame + 6), 0);
	assert_int_equal(fence_forget_own(fence, is_another, (void *)another), 0);
	assert_int_equal(fence_drop_own(fence, LO, another), 0);
	assert_int_equal(fence_drop_own(fence, LO, frame + 6), -ENOENT);
	guard_all();
}

static void test_other_refusal(void **state)
{
	const struct refuse_row *row = *state;

	guard_any(VRRP_GUARD_REFUSE);
	set_lease(A, UINT64_MAX);
	assert_int_equal(pass_other(skel->progs.vrrp_other_in, &row->frame, 0),
			 row->refused ? SHOT : PASS);
	assert_int_equal(counters(A).refused, row->refused);
	/* Without a lease it is another host's, to which we may be the way. */
	set_lease(A, 0);
	assert_int_equal(pass_other(skel->progs.vrrp_other_in, &row->frame, 0), PASS);
	assert_int_equal(total(A), 0);
	guard_any(0);
	set_lease(A, UINT64_MAX);
	assert_int_equal(pass_other(skel->progs.vrrp_other_in, &row->frame, 0), PASS);
	guard_all();
}

/* The public NIC of another router, guarded before or after: it claims A's address with A's lease
 * alone, and lets in what may be to be forwarded. */
static void test_other_public(void **state)
{
	const struct spec from = {.type = IP4, .from = A4}, to = {.type = IP4, .to = A4},
			  tells = {.type = ARP, .from = A4, .protocol = 2},
			  asks = {.type = ARP, .to = A4};
	struct vrrp_guarded_key any = key_of(A4);

	(void)state;
	any.ifindex = 0;
	for (int later = 0; later <= 1; later++) {
		forget_all();
		if (later)
			assert_int_equal(guard(B4, B), 0);
		assert_int_equal(fence_guard(fence, &any, A, 0, VRRP_GUARD_REFUSE), 0);
		if (!later)
			assert_int_equal(guard(B4, B), 0);
		set_lease(A, 0);
		assert_int_equal(pass_spec(OUT, &from), SHOT);
		assert_int_equal(pass_spec(OUT, &tells), SHOT);
		assert_int_equal(pass_spec(OUT, &to), PASS);
		assert_int_equal(pass_spec(IN, &to), PASS);
		assert_int_equal(pass_spec(IN, &asks), PASS);
		set_lease(A, UINT64_MAX);
		assert_int_equal(pass_spec(OUT, &from), PASS);
		assert_int_equal(pass_spec(OUT, &tells), PASS);
		assert_int_equal(pass_spec(IN, &asks), PASS);
		assert_int_equal(pass_spec(IN, &to), SHOT); /* refused */
		/* As after a crash. */
		assert_int_equal(fence_orphan(fence, &nobody), 0);
		assert_int_equal(pass_spec(OUT, &from), SHOT);
		assert_int_equal(pass_spec(IN, &to), PASS);
	}
	guard_all();
}

/* ---- rivals ---- */

static void test_rival(void **state)
{
	const struct rival_row *row = *state;

	zero_counters();
	set_lease(A, UINT64_MAX);
	assert_int_equal(pass_spec(IN, &row->frame), PASS);
	assert_int_equal(counters(A).rivals, row->counted);
	assert_int_equal(pass_spec(OUT, &row->frame), PASS);
	assert_int_equal(counters(A).rivals, row->counted);
	assert_int_equal(total(A) + total(B) + counters(B).rivals, 0);

	/* Without a lease there is nobody to be the rival of. */
	set_lease(A, 0);
	pass_spec(IN, &row->frame);
	assert_int_equal(counters(A).rivals, row->counted);
	guard_all();
}

/* ---- what a row cannot say ---- */

static void test_two_routers(void **state)
{
	const struct spec a_to_b = {.type = IP4, .from = A4, .to = B4};

	(void)state;
	zero_counters();
	set_lease(A, UINT64_MAX);
	set_lease(B, UINT64_MAX);
	assert_int_equal(pass_spec(OUT, &a_to_b), PASS);
	set_lease(B, 0);
	assert_int_equal(pass_spec(OUT, &a_to_b), PASS);
	assert_int_equal(pass_spec(IN, &a_to_b), SHOT);
	assert_int_equal(counters(B).frames[IN][VRRP_FENCED_IP], 1);
	set_lease(A, 0);
	set_lease(B, UINT64_MAX);
	assert_int_equal(pass_spec(OUT, &a_to_b), SHOT);
	assert_int_equal(pass_spec(IN, &a_to_b), PASS);
	assert_int_equal(counters(A).frames[OUT][VRRP_FENCED_IP], 1);
}

static void test_expires(void **state)
{
	const struct spec spec = {.type = IP4, .to = A4};
	uint64_t until = now_ns() + 50000000, before;
	uint32_t verdict = PASS;

	(void)state;
	set_lease(A, until);
	do {
		before = now_ns();
		verdict = pass_spec(IN, &spec);
		if (verdict == SHOT)
			assert_true(now_ns() >= until);
		else
			assert_true(before < until);
	} while (verdict == PASS);
	set_lease(A, now_ns() + 3600000000000ULL);
	assert_int_equal(pass_spec(IN, &spec), PASS);
}

/* Both of two leases must run; the counters stay those of the slot. */
static void test_gate(void **state)
{
	static const struct {
		bool lease, gate;
		uint32_t verdict;
	} rows[] = {{true, true, PASS}, {true, false, SHOT}, {false, true, SHOT}};
	struct vrrp_guarded_key key = key_of(A4);
	uint64_t ahead = now_ns() + 3600000000000ULL;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		forget_all();
		assert_int_equal(fence_guard(fence, &key, A, VRRP_GATE(B), 0), 0);
		set_lease(A, rows[i].lease ? ahead : 0);
		set_lease(B, rows[i].gate ? ahead : now_ns());
		assert_int_equal(pass_spec(IN, &(struct spec){.type = IP4, .to = A4}),
				 rows[i].verdict);
		assert_int_equal(pass_spec(OUT, &(struct spec){.type = IP4, .from = A4}),
				 rows[i].verdict);
		assert_int_equal(total(A), rows[i].verdict == SHOT ? 2 : 0);
		assert_int_equal(total(B), 0);
	}
	/* The router leaves its group, over a reload: without a gate its own lease is enough. */
	set_lease(A, ahead);
	set_lease(B, 0);
	assert_int_equal(pass_spec(IN, &(struct spec){.type = IP4, .to = A4}), SHOT);
	assert_int_equal(fence_guard(fence, &key, A, 0, 0), 0);
	assert_int_equal(pass_spec(IN, &(struct spec){.type = IP4, .to = A4}), PASS);
	guard_all();
}

static void test_other_port(void **state)
{
	struct vrrp_guarded_key key = key_of(A4);

	(void)state;
	forget_all();
	key.ifindex = LO + 1;
	assert_int_equal(fence_guard(fence, &key, A, 0, 0), 0);
	assert_int_equal(pass_spec(IN, &(struct spec){.type = IP4, .to = A4}), PASS);
	/* Something else on this one: still not this address. */
	assert_int_equal(guard(B4, B), 0);
	assert_int_equal(pass_spec(IN, &(struct spec){.type = IP4, .to = A4}), PASS);
	assert_int_equal(pass_spec(IN, &(struct spec){.type = IP4, .to = B4}), SHOT);
	guard_all();
}

/* 256 addresses fill the sieve: what is not guarded still passes. */
static void test_full_sieve(void **state)
{
	struct vrrp_guarded_key port = {.ifindex = LO};
	struct vrrp_guarded all;
	char text[32];

	(void)state;
	forget_all();
	for (int i = 0; i < 256; i++) {
		snprintf(text, sizeof(text), "198.51.100.%d", i);
		assert_int_equal(guard(text, A), 0);
	}
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(skel->maps.guarded), &port, &all), 0);
	assert_int_equal(all.count, 256);
	assert_true(__builtin_popcountll(all.sieve) > 48); /* it spreads */
	for (int i = 0; i < 256; i++) {
		snprintf(text, sizeof(text), "198.51.100.%d", i);
		assert_int_equal(pass_spec(IN, &(struct spec){.type = IP4, .to = text}), SHOT);
		snprintf(text, sizeof(text), "198.51.101.%d", i);
		assert_int_equal(pass_spec(IN, &(struct spec){.type = IP4, .to = text}), PASS);
	}
	assert_int_equal(total(A), 256);
	guard_all();
}

static void test_guard(void **state)
{
	struct vrrp_guarded_key a = key_of(A4), b = key_of(B4), port = {.ifindex = LO};
	const struct spec to_a = {.type = IP4, .to = A4}, to_b = {.type = IP4, .to = B4};
	struct vrrp_guarded all;
	int map = bpf_map__fd(skel->maps.guarded);

	(void)state;
	forget_all();
	assert_int_equal(bpf_map_lookup_elem(map, &port, &all), -ENOENT);
	assert_int_equal(guards_of(dir, A), 0);
	assert_int_equal(fence_unguard(fence, &a, A), -ENOENT);
	assert_int_equal(fence_guard(fence, &a, A, 0, 0), 0);
	assert_int_equal(fence_guard(fence, &a, A, 0, 0), 0);
	assert_int_equal(fence_guard(fence, &a, B, 0, 0), -EEXIST);
	assert_int_equal(fence_guard(fence, &b, A, 0, 0), 0);
	assert_int_equal(guards_of(dir, A), 2);
	assert_int_equal(guards_of(dir, B), 0);
	assert_int_equal(fence_unguard(fence, &a, B), -ENOENT);
	assert_int_equal(guards_of(dir, A), 2);
	assert_int_equal(bpf_map_lookup_elem(map, &port, &all), 0);
	assert_int_equal(all.count, 2);
	assert_int_equal(fence_unguard(fence, &a, A), 0);
	assert_int_equal(pass_spec(IN, &to_a), PASS);
	assert_int_equal(pass_spec(IN, &to_b), SHOT);
	assert_int_equal(fence_unguard(fence, &b, A), 0);
	assert_int_equal(pass_spec(IN, &to_b), PASS);
	assert_int_equal(bpf_map_lookup_elem(map, &port, &all), -ENOENT);
	guard_all();
}

/* A dead agent's guards stay shut whatever its slots' leases say, until they are taken over. */
static void test_orphans(void **state)
{
	struct vrrp_guarded_key port = {.ifindex = LO}, a = key_of(A4);
	const struct spec to_a = {.type = IP4, .to = A4}, to_b = {.type = IP4, .to = B4};
	struct vrrp_guarded all;
	int map = bpf_map__fd(skel->maps.guarded);

	(void)state;
	forget_all();
	assert_int_equal(guard(A4, A), 0);
	assert_int_equal(guard(B4, B), 0);
	assert_int_equal(pass_spec(IN, &to_a), SHOT);
	/* As a crash between two updates leaves it. */
	assert_int_equal(bpf_map_delete_elem(map, &port), 0);
	assert_int_equal(pass_spec(IN, &to_a), PASS);

	assert_int_equal(fence_orphan(fence, &nobody), 0);
	assert_int_equal(total(A), 0);
	assert_int_equal(bpf_map_lookup_elem(map, &port, &all), 0);
	assert_int_equal(all.count, 2);
	set_lease(A, UINT64_MAX);
	set_lease(B, UINT64_MAX);
	assert_int_equal(pass_spec(IN, &to_a), SHOT);
	assert_int_equal(pass_spec(IN, &to_b), SHOT);
	assert_int_equal(total(VRRP_GUARD_NOBODY), 2);

	/* The new agent gave other slots. */
	assert_int_equal(fence_guard(fence, &a, B, 0, 0), 0);
	assert_int_equal(pass_spec(IN, &to_a), PASS);
	assert_int_equal(pass_spec(IN, &to_b), SHOT);
	assert_int_equal(fence_forget_orphans(fence, NULL, NULL), 1);
	assert_int_equal(pass_spec(IN, &to_b), PASS);
	assert_int_equal(bpf_map_lookup_elem(map, &port, &all), 0);
	assert_int_equal(all.count, 1);
	assert_int_equal(fence_forget_orphans(fence, NULL, NULL), 0);
	guard_all();
}

static void test_fails_open(void **state)
{
	struct vrrp_guarded value = {.slot = VRRP_GUARD_NOBODY + 1};
	struct vrrp_guarded_key key = key_of(A4);

	(void)state;
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(skel->maps.guarded), &key, &value,
					     BPF_ANY),
			 0);
	assert_int_equal(pass_spec(IN, &(struct spec){.type = IP4, .to = A4}), PASS);
	guard_all();
}

static void test_looking(void **state)
{
	struct vrrp_fenced fenced[2] = {{.frames = {{7}}}};

	(void)state;
	assert_int_equal(fence_counters("/nowhere", A, 2, fenced), -ENOENT);
	assert_int_equal(fenced[0].frames[0][0], 7);
	assert_int_equal(fence_counters(dir, VRRP_GUARD_NOBODY, 2, fenced), -ENOENT);
	assert_int_equal(fenced[0].frames[0][0], 7);
	zero_counters();
	pass_spec(OUT, &(struct spec){.type = IP4, .from = B4});
	assert_int_equal(fence_counters(dir, A, 2, fenced), 0);
	assert_int_equal(fenced[0].frames[0][0], 0);
	assert_int_equal(fenced[1].frames[OUT][VRRP_FENCED_IP], 1);
}

/* ---- the group --------------------------------------------------------------------------------
 */

static int set_up(void **state)
{
	struct bpf_map *map;
	char path[64];

	(void)state;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, NULL)) {
		print_error("needs root: %s\n", strerror(errno));
		return -1;
	}
	if (!mkdtemp(dir) || mount("bpf", dir, "bpf", 0, NULL))
		return -1;
	if (bpffs_prepare(dir) || fence_open(dir, &fence))
		return -1;
	skel = fence_bpf__open();
	if (!skel)
		return -1;
	bpf_object__for_each_map(map, skel->obj)
	{
		snprintf(path, sizeof(path), "%s/%s", dir, bpf_map__name(map));
		if (!bpf_map__is_internal(map) && bpf_map__set_pin_path(map, path))
			return -1;
	}
	if (fence_bpf__load(skel))
		return -1;
	guard_all();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fence_bpf__destroy(skel);
	fence_close(fence);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
	return 0;
}

int main(void)
{
	static struct frame_case cases[COUNT(frames)][LEASES];

	for (size_t i = 0; i < COUNT(frames); i++) {
		for (int lease = 0; lease < LEASES; lease++) {
			cases[i][lease] = (struct frame_case){&frames[i], lease};
			table_add(frames[i].desc, lease_names[lease], test_frame, &cases[i][lease]);
		}
	}
	table_rows("accept = no", refusals, desc, test_refusal);
	table_rows("rival", rivals, desc, test_rival);
	for (size_t i = 0; i < COUNT(others); i++) {
		table_add("another interface", others[i].desc, test_other, &others[i]);
		table_add("below a public one", others[i].desc, test_other_below, &others[i]);
	}
	table_rows("accept = no, another interface", other_refusals, desc, test_other_refusal);
	table_add(NULL, "two routers on one NIC, each backup of the other", test_two_routers, NULL);
	table_add(NULL, "a lease ends by itself, by the clock", test_expires, NULL);
	table_add(NULL, "guards of another interface do not count", test_other_port, NULL);
	table_add(NULL, "a gate beside the lease", test_gate, NULL);
	table_add(NULL, "a full sieve lets others pass", test_full_sieve, NULL);
	table_add(NULL, "another router's public NIC", test_other_public, NULL);
	table_add(NULL, "a rival is counted also where nothing is accepted", test_refused_rival,
		  NULL);
	table_add(NULL, "guard and unguard", test_guard, NULL);
	table_add(NULL, "orphans stay shut until taken over or forgotten", test_orphans, NULL);
	table_add(NULL, "no lease to look up: open", test_fails_open, NULL);
	table_add(NULL, "counters and guards by their pins", test_looking, NULL);
	return table_run_in("fence", set_up, tear_down);
}

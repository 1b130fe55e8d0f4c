/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP programs that the benchmark's own tools load: some instructions each. Depends on libbpf.
 */
#ifndef BENCH_PROGRAMS_H
#define BENCH_PROGRAMS_H

#include <err.h>
#include <linux/bpf.h>

#include <bpf/bpf.h>

#define BENCH_MOV(reg, value)                                                         \
	{                                                                             \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (reg), .imm = (value) \
	}
#define BENCH_CALL(function)                                  \
	{                                                     \
		.code = BPF_JMP | BPF_CALL, .imm = (function) \
	}
#define BENCH_EXIT                         \
	{                                  \
		.code = BPF_JMP | BPF_EXIT \
	}

static inline int bench_load(const char *name, const struct bpf_insn *insns, size_t count)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, name, "GPL", insns, count, NULL);

	if (fd < 0)
		err(1, "the program `%s` does not load", name);
	return fd;
}

/* Passes every frame, and does nothing else. */
static inline int bench_empty_program(void)
{
	const struct bpf_insn insns[] = {BENCH_MOV(BPF_REG_0, XDP_PASS), BENCH_EXIT};

	return bench_load("empty", insns, 2);
}

/* Sends every frame out of an interface. */
static inline int bench_redirect_program(unsigned int ifindex)
{
	const struct bpf_insn insns[] = {BENCH_MOV(BPF_REG_1, (int)ifindex),
					 BENCH_MOV(BPF_REG_2, 0), BENCH_CALL(BPF_FUNC_redirect),
					 BENCH_EXIT};

	return bench_load("redirect", insns, 4);
}

#endif

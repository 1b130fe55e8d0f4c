// SPDX-License-Identifier: GPL-2.0-only
/*
 * One frame again and again, faster than sockets can: XDP frames, redirected out of an interface by
 * BPF_PROG_TEST_RUN. What is behind the interface gets them as from a NIC that has native XDP: a
 * veth needs an XDP program at its other end. Prints how many were sent; ends by itself. Depends
 * on libbpf and the kernel (5.18 or later).
 *
 *   storm IFNAME SECONDS FRAME    FRAME: a file as flood's; the first frame of it
 */
#include <err.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "programs.h"

#define FRAME_MAX 1514
#define CHUNK     16384 /* frames between two looks at the clock */
#define BATCH     64

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static uint32_t read_frame(const char *path, uint8_t frame[FRAME_MAX])
{
	FILE *file = fopen(path, "r");
	uint8_t head[2];
	size_t length;

	if (!file || fread(head, sizeof(head), 1, file) != 1)
		err(1, "%s", path);
	length = (size_t)(head[0] << 8 | head[1]);
	if (length > FRAME_MAX || fread(frame, 1, length, file) != length)
		errx(1, "%s: no frame", path);
	fclose(file);
	return (uint32_t)length;
}

int main(int argc, char **argv)
{
	unsigned long long sent = 0;
	uint8_t frame[FRAME_MAX];
	unsigned int ifindex;
	struct xdp_md ctx = {0};
	int64_t end;
	int fd;

	if (argc != 4)
		errx(2, "usage: storm IFNAME SECONDS FRAME");
	ifindex = if_nametoindex(argv[1]);
	if (!ifindex)
		err(1, "%s", argv[1]);
	ctx.data_end = read_frame(argv[3], frame);
	ctx.ingress_ifindex = ifindex;
	fd = bench_redirect_program(ifindex);
	for (end = now_ns() + (int64_t)(atof(argv[2]) * 1e9); now_ns() < end; sent += CHUNK) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = ctx.data_end,
			    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = CHUNK,
			    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);

		if (bpf_prog_test_run_opts(fd, &opts))
			err(1, "%s: BPF_PROG_TEST_RUN with live frames", argv[1]);
	}
	printf("%llu\n", sent);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the empty XDP program on an interface until standard input is closed. Says `ready` when it
 * is there. Depends on libbpf.
 *
 *   empty IFNAME native|generic
 */
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "programs.h"

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	unsigned int ifindex;
	char byte;

	if (argc != 3 || (strcmp(argv[2], "native") != 0 && strcmp(argv[2], "generic") != 0))
		errx(2, "usage: empty IFNAME native|generic");
	if (!strcmp(argv[2], "generic"))
		opts.flags = XDP_FLAGS_SKB_MODE;
	ifindex = if_nametoindex(argv[1]);
	if (!ifindex)
		err(1, "%s", argv[1]);
	/* The link, and with it the program, goes when this process does. */
	if (bpf_link_create(bench_empty_program(), (int)ifindex, BPF_XDP, &opts) < 0)
		err(1, "%s: %s XDP", argv[1], argv[2]);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

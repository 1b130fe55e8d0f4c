// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flood of junk for the benchmark: adverts whose checksum is wrong, as fast as one CPU sends
 * them, for so many seconds. Prints how many were sent. Depends on the kernel alone; sends on the
 * interface that it is given, in the network namespace that it is started in, and ends by itself.
 *
 *   flood IFNAME DESTINATION_MAC SECONDS
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64

/* VRRP v3, VRID 55, priority 200, 100 ms, 42.51.67.93, from 10.51.67.77; the sum is off by one. */
static uint8_t frame[60] = {
	[12] = 0x08, 0x00, 0x45, 0xc0, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00, 0xff, 0x70,
	0x00,        0x00, 10,   51,   67,   77,   224,  0,    0,    18,   0x31, 55,
	200,         1,    0x00, 10,   0x00, 0x00, 42,   51,   67,   93,
};

static uint16_t sum16(const uint8_t *p, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET};
	struct iovec iov = {frame, sizeof(frame)};
	struct mmsghdr batch[BATCH];
	unsigned long long sent = 0;
	double end;
	int fd, one = 1;

	if (argc != 4)
		errx(2, "usage: flood IFNAME DESTINATION_MAC SECONDS");
	for (int i = 0; i < 6; i++)
		frame[i] = (uint8_t)strtoul(argv[2] + 3 * i, NULL, 16);
	frame[6] = 0x02;
	frame[11] = 0x63;
	put16(frame + 24, sum16(frame + 14, 20));
	put16(frame + 40, (uint16_t)(sum16(frame + 34, 12) + 1));

	at.sll_ifindex = (int)if_nametoindex(argv[1]);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (!at.sll_ifindex || fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		err(1, "%s", argv[1]);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	for (int i = 0; i < BATCH; i++)
		batch[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};
	for (end = seconds() + atof(argv[3]); seconds() < end;) {
		int n = sendmmsg(fd, batch, BATCH, 0);

		if (n > 0)
			sent += (unsigned int)n;
	}
	printf("%llu\n", sent);
	return 0;
}

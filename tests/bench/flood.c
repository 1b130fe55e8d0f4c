// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends given frames for the benchmark: as a flood, as fast as one CPU can, or as a master would,
 * all of them once in each interval. Prints how many were sent. Depends on the kernel alone; sends
 * on the interface that it is given, in the network namespace that it is started in, and ends by
 * itself.
 *
 *   flood IFNAME SECONDS EVERY_US FRAMES
 *
 * EVERY_US 0: a flood. FRAMES: a file of frames, each behind its length in two bytes, the high one
 * first.
 */
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define FRAMES_MAX 4096
#define FRAME_MAX  1514
#define BATCH      64

static uint8_t frames[FRAMES_MAX][FRAME_MAX];
static struct iovec places[FRAMES_MAX];
static struct mmsghdr messages[FRAMES_MAX];

static unsigned int read_frames(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned int count = 0;
	uint8_t head[2];

	if (!file)
		err(1, "%s", path);
	while (fread(head, sizeof(head), 1, file) == 1) {
		size_t length = (size_t)(head[0] << 8 | head[1]);

		if (count == FRAMES_MAX || length > FRAME_MAX ||
		    fread(frames[count], 1, length, file) != length)
			errx(1, "%s: no list of at most %d frames", path, FRAMES_MAX);
		places[count] = (struct iovec){frames[count], length};
		messages[count].msg_hdr =
			(struct msghdr){.msg_iov = &places[count], .msg_iovlen = 1};
		count++;
	}
	fclose(file);
	if (!count)
		errx(1, "%s: no frames", path);
	return count;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* How many of frames [from, to) were sent: all, or up to the first that found no room. */
static unsigned int send_some(int fd, unsigned int from, unsigned int to)
{
	unsigned int left = to - from;
	int n = sendmmsg(fd, messages + from, left < BATCH ? left : BATCH, 0);

	return n > 0 ? (unsigned int)n : 0;
}

static void sleep_until(int64_t at)
{
	struct timespec ts = {at / 1000000000, at % 1000000000};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

int main(int argc, char **argv)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET};
	unsigned long long sent = 0;
	int64_t end, every, next;
	unsigned int count;
	int fd, one = 1;

	if (argc != 5)
		errx(2, "usage: flood IFNAME SECONDS EVERY_US FRAMES");
	count = read_frames(argv[4]);
	every = atoll(argv[3]) * 1000;
	at.sll_ifindex = (int)if_nametoindex(argv[1]);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (!at.sll_ifindex || fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		err(1, "%s", argv[1]);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	next = now_ns();
	for (end = next + (int64_t)(atof(argv[2]) * 1e9); now_ns() < end;) {
		for (unsigned int i = 0; i < count && now_ns() < end;) {
			unsigned int n = send_some(fd, i, count);

			sent += n;
			i += n;
		}
		next += every;
		if (every)
			sleep_until(next);
	}
	printf("%llu\n", sent);
	return 0;
}

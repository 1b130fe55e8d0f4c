// SPDX-License-Identifier: GPL-2.0-only
/*
 * A service and its client, for what a failover costs them: UDP datagrams that come back. Depends
 * on the kernel alone; both end by themselves.
 *
 *   echo serve PORT SECONDS                 answers on every address that this host has
 *   echo ask ADDRESS PORT SECONDS GAP_US PERIOD_US    asks once in each period; a line for each
 * pause of more than GAP_US between two answers, for each that another server gives than the last
 * one, and where questions were lost or answered again: when the one arrived and the other, in ns
 * of realtime, by the kernel's stamps; how many questions were lost between them; the process that
 * answers; 1 if the question was answered before
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int udp_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)))
		err(1, "socket");
	return fd;
}

struct message {
	uint32_t number; /* of the question */
	int32_t server;  /* of the answer: whose it is */
};

/* From the address that was asked, which is how a client wants it, also where there are several. */
static void answer(int fd)
{
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct message message;
	struct sockaddr_in from;
	struct iovec iov = {&message, sizeof(message)};
	struct msghdr msg = {.msg_name = &from,
			     .msg_namelen = sizeof(from),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &msg, 0);
	struct in_pktinfo *at;

	if (n != sizeof(message) || !CMSG_FIRSTHDR(&msg))
		return;
	message.server = getpid();
	at = (struct in_pktinfo *)CMSG_DATA(CMSG_FIRSTHDR(&msg));
	at->ipi_spec_dst = at->ipi_addr;
	at->ipi_ifindex = 0;
	sendmsg(fd, &msg, 0); /* nobody's address any more, or no route: as a service would fail */
}

static int serve(uint16_t port, int64_t end)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct pollfd wait = {.fd = socket(AF_INET, SOCK_DGRAM, 0), .events = POLLIN};
	int one = 1;

	if (wait.fd < 0 || setsockopt(wait.fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)) ||
	    bind(wait.fd, (struct sockaddr *)&any, sizeof(any)))
		err(1, "port %d", port);
	while (now_ns(CLOCK_MONOTONIC) < end) {
		if (poll(&wait, 1, 100) > 0)
			answer(wait.fd);
	}
	return 0;
}

/* When the next answer arrived; 0: none is there. */
static int64_t arrived(int fd, struct message *ret)
{
	char control[128];
	struct iovec iov = {ret, sizeof(*ret)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct timespec ts;

	if (recvmsg(fd, &msg, MSG_DONTWAIT) != sizeof(*ret) || !CMSG_FIRSTHDR(&msg))
		return 0;
	memcpy(&ts, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(ts));
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int ask(const char *address, uint16_t port, int64_t end, int64_t gap, long period)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct itimerspec every = {{0, period}, {0, period}};
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), fd = udp_socket();
	struct pollfd wait[] = {{.fd = fd, .events = POLLIN}, {.fd = timer, .events = POLLIN}};
	struct message asked = {0}, got;
	uint32_t next = 0; /* the number of the next answer, if none is lost */
	int32_t server = 0;
	int64_t last = 0, at;

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		errx(2, "%s is no address", address);
	if (timer < 0 || timerfd_settime(timer, 0, &every, NULL))
		err(1, "timer");
	while (now_ns(CLOCK_MONOTONIC) < end) {
		uint64_t ticks;

		poll(wait, 2, 100);
		if (read(timer, &ticks, sizeof(ticks)) > 0) {
			sendto(fd, &asked, sizeof(asked), 0, (struct sockaddr *)&to, sizeof(to));
			asked.number++;
		}
		while ((at = arrived(fd, &got))) {
			bool again = got.number < next;
			uint32_t lost = again ? 0 : got.number - next;

			if (last && (at - last > gap || lost || again || got.server != server)) {
				printf("%lld %lld %u %d %d\n", (long long)last, (long long)at, lost,
				       got.server, again);
				fflush(stdout);
			}
			last = at;
			server = got.server;
			if (!again)
				next = got.number + 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sched_param fifo = {.sched_priority = 40};

	/* Clients and services are many and elsewhere: that these two wait for a CPU is not the
	 * question. */
	if (sched_setscheduler(0, SCHED_FIFO, &fifo))
		warn("not real-time");
	if (argc == 4 && !strcmp(argv[1], "serve"))
		return serve((uint16_t)atoi(argv[2]),
			     now_ns(CLOCK_MONOTONIC) + (int64_t)(atof(argv[3]) * 1e9));
	if (argc == 7 && !strcmp(argv[1], "ask"))
		return ask(argv[2], (uint16_t)atoi(argv[3]),
			   now_ns(CLOCK_MONOTONIC) + (int64_t)(atof(argv[4]) * 1e9),
			   atoll(argv[5]) * 1000, atol(argv[6]) * 1000);
	errx(2, "usage: echo serve PORT SECONDS | echo ask ADDRESS PORT SECONDS GAP_US "
		"PERIOD_US");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions of core/vrrp/witness.h on packet sockets, answers by sys/net/answers.h.
 */
#include "cli/tools/reach.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/address.h"
#include "core/vrrp/witness.h"
#include "sys/net/answers.h"

#define ROUNDS 3

/* The octets of an address or mask; NULL: of another family. */
static const uint8_t *octets(const struct sockaddr *address, uint8_t family)
{
	if (!address || address->sa_family != (family == 6 ? AF_INET6 : AF_INET))
		return NULL;
	return family == 6 ? (const uint8_t *)&((const struct sockaddr_in6 *)address)->sin6_addr
			   : (const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr;
}

static bool covers(const struct ifaddrs *own, const struct reach *reach)
{
	const uint8_t *address = octets(own->ifa_addr, reach->family);
	const uint8_t *mask = octets(own->ifa_netmask, reach->family);

	if (!address || !mask || if_nametoindex(own->ifa_name) != (unsigned int)reach->ifindex)
		return false;
	for (int i = 0; i < (reach->family == 6 ? 16 : 4); i++) {
		if ((address[i] ^ reach->target.b[i]) & mask[i])
			return false;
	}
	return true;
}

/* Is the target a neighbour, or behind a router? */
static bool on_link(const struct ifaddrs *all, const struct reach *reach)
{
	if (reach->family == 6 && address_is_link_local6(&reach->target))
		return true;
	for (const struct ifaddrs *own = all; own; own = own->ifa_next) {
		if (covers(own, reach))
			return true;
	}
	return false;
}

static void ask(int fd, struct reach *reach)
{
	struct witness_question question = {.family = reach->family,
					    .target = reach->target,
					    .source = reach->source};
	struct sockaddr_ll where = {.sll_family = AF_PACKET, .sll_ifindex = reach->ifindex};
	uint8_t frame[WITNESS_FRAME];
	int length;

	memcpy(question.mac, reach->mac, sizeof(question.mac));
	length = witness_encode(&question, frame, sizeof(frame));
	if (length > 0 && sendto(fd, frame, (size_t)length, 0, (const struct sockaddr *)&where,
				 sizeof(where)) == length)
		reach->asked = true;
}

static void hear(int fd, struct reach *reach)
{
	uint8_t frame[ANSWERS_FRAME];
	ssize_t length;

	while ((length = answers_read(fd, frame, sizeof(frame))) > 0) {
		if (witness_is_answer(reach->family, &reach->target, frame, (size_t)length))
			reach->answered = true;
	}
}

/* Until all have answered, or the time of this round is up. */
static void wait_for_all(int *ears, struct reach *list, unsigned int count, int timeout_ms)
{
	for (int waited = 0; waited < timeout_ms; waited += 10) {
		bool all = true;

		poll(NULL, 0, 10);
		for (unsigned int i = 0; i < count; i++) {
			if (ears[i] >= 0)
				hear(ears[i], &list[i]);
			all &= list[i].answered || !list[i].asked;
		}
		if (all)
			return;
	}
}

void reach_ask(struct reach *list, unsigned int count, int timeout_ms)
{
	int *ears = calloc(count ? count : 1, sizeof(*ears));
	int mouth = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct ifaddrs *all = NULL;

	if (ears && mouth >= 0 && !getifaddrs(&all)) {
		for (unsigned int i = 0; i < count; i++) {
			ears[i] = -1;
			if (on_link(all, &list[i]))
				answers_open(list[i].ifindex, list[i].family, &list[i].target,
					     &ears[i]);
		}
		for (int round = 0; round < ROUNDS; round++) {
			for (unsigned int i = 0; i < count; i++) {
				if (ears[i] >= 0 && !list[i].answered)
					ask(mouth, &list[i]);
			}
			wait_for_all(ears, list, count, timeout_ms / ROUNDS);
		}
		for (unsigned int i = 0; i < count; i++) {
			if (ears[i] >= 0)
				close(ears[i]);
		}
		freeifaddrs(all);
	}
	if (mouth >= 0)
		close(mouth);
	free(ears);
}

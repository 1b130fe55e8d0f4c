/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks, and hears answers, for one router. core/vrrp/witness.h says what to ask and what the
 * answers mean, sys/net/answers.h hears, the batch sends. NULL is a witness that has no objections.
 * Never waits. A question teaches switches and neighbours: nobody asks from a shared address, and
 * only a MASTER from a shared MAC; the caller lets it ask only while it has the lease.
 */
#include "agent/witness.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/address.h"
#include "core/vrrp/source.h"
#include "core/vrrp/witness.h"
#include "sys/host/log.h"
#include "sys/net/answers.h"

#define READS    16         /* in one look: a flood of answers says no more than one */
#define POSTPONE 10000000LL /* ns, while the NIC is being changed */

struct witness {
	const struct config *config;
	const struct config_router *router;
	struct ports *ports;
	struct batch *batch;
	struct port *port; /* the public one; below a macvlan, where the host asks as itself */
	uint8_t family;
	struct vrrp_addr target;

	enum vrrp_state state; /* as told last */
	struct witness_view view;
	struct monotime next;
	int fd, ifindex; /* fd is open on the NIC ifindex */
	bool gave_up;
	bool said_deaf, said_mute;
};

/* ---- hearing ---- */

static bool is_asking(const struct witness *witness)
{
	return witness->state == VRRP_STATE_BACKUP ||
	       (witness->state == VRRP_STATE_MASTER &&
		witness->router->witness == CONFIG_WITNESS_GATEWAY);
}

static void close_socket(struct witness *witness)
{
	if (witness->fd >= 0)
		close(witness->fd);
	witness->fd = -1;
}

/* The NIC may be another one by now, so open the socket anew if it is. */
static void open_socket(struct witness *witness)
{
	int err;

	if (witness->fd >= 0 && witness->ifindex == witness->port->ifindex)
		return;
	close_socket(witness);
	if (!witness->port->ifindex)
		return;
	err = answers_open(witness->port->ifindex, witness->family, &witness->target, &witness->fd);
	if (err && !witness->said_deaf)
		log_err("%s: cannot receive the answers of the witness on %s: %s",
			witness->router->name, witness->port->name, strerror(-err));
	witness->said_deaf = err != 0;
	witness->ifindex = witness->port->ifindex;
}

static bool take_answers(struct witness *witness)
{
	uint8_t frame[ANSWERS_FRAME];
	bool heard = false;

	for (int i = 0; witness->fd >= 0 && i < READS; i++) {
		ssize_t length = answers_read(witness->fd, frame, sizeof(frame));

		if (length == -EAGAIN)
			break;
		heard |= length > 0 && witness_is_answer(witness->family, &witness->target, frame,
							 (size_t)length);
	}
	return heard;
}

/* ---- asking ---- */

/* Is `own` a good source for a question? IPv6 asks from a link-local address, or else like IPv4
 * from an address whose prefix contains the target. Many hosts ignore or mistrust other sources. */
static bool fits(const struct witness *witness, const struct vrrp_addr *own, uint8_t plen)
{
	if (witness->family == 6 && address_is_link_local6(own))
		return true;
	return address_in_prefix(&witness->target, own, plen);
}

/* Returns zero if there is no good source. */
static struct vrrp_addr own_source(const struct witness *witness)
{
	const struct plan_actual *actual = &witness->ports->interfaces->actual;

	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *address = &actual->addresses[i];

		if (address->ifindex == witness->port->ifindex &&
		    address->family == witness->family &&
		    !(address->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) &&
		    !config_is_shared(witness->config, address->family, &address->addr) &&
		    fits(witness, &address->addr, address->plen))
			return address->addr;
	}
	return (struct vrrp_addr){{0}};
}

/* May the router not ask from this MAC? It may not if the MAC is unknown, or if it is the shared
 * MAC although the router is not MASTER. */
static bool wrong_mac(const struct witness *witness, const uint8_t mac[6])
{
	static const uint8_t none[6];

	return !memcmp(mac, none, 6) || (witness->state != VRRP_STATE_MASTER &&
					 witness->router->mac.kind != CONFIG_MAC_KEEP &&
					 !memcmp(mac, witness->router->mac.mac, 6));
}

static void ask(struct witness *witness, const uint8_t mac[6])
{
	struct witness_question question = {.family = witness->family, .target = witness->target};
	uint8_t *room;
	int length;

	if (witness->fd < 0 || !witness->port->up || wrong_mac(witness, mac))
		return;
	question.source = own_source(witness);
	memcpy(question.mac, mac, sizeof(question.mac));
	room = batch_room(witness->batch, WITNESS_FRAME);
	length = witness_encode(&question, room, WITNESS_FRAME);
	if (length > 0)
		batch_add(witness->batch, witness->port->ifindex, (size_t)length, NULL, NULL, 0);
	else if (!witness->said_mute)
		log_warn("%s: %s has no address from which it can ask the witness",
			 witness->router->name, witness->port->name);
	witness->said_mute = length <= 0;
}

/* ---- the functions of agent/witness.h ---- */

int witness_open(const struct config *config, const struct config_router *router,
		 struct ports *ports, struct batch *batch, struct witness **ret_witness)
{
	struct witness *witness;

	if (router->witness == CONFIG_WITNESS_NONE) {
		*ret_witness = NULL;
		return 0;
	}
	witness = calloc(1, sizeof(*witness));
	if (!witness)
		return -ENOMEM;
	witness->config = config;
	witness->router = router;
	witness->ports = ports;
	witness->batch = batch;
	witness->port = ports_find(ports, router->nic);
	witness->state = VRRP_STATE_INIT;
	witness->next = MONOTIME_NEVER;
	witness->fd = -1;
	if (!witness->port ||
	    witness_target(router, router->witness, &witness->family, &witness->target)) {
		free(witness);
		return -EINVAL;
	}
	*ret_witness = witness;
	return 0;
}

struct monotime witness_deadline(const struct witness *witness, enum vrrp_state state)
{
	if (!witness)
		return MONOTIME_NEVER;
	return witness->state == state ? witness->next : (struct monotime){0};
}

void witness_tick(struct witness *witness, enum vrrp_state state, const uint8_t mac[6],
		  struct monotime now)
{
	bool heard;

	if (!witness || monotime_before(now, witness_deadline(witness, state)))
		return;
	open_socket(witness);
	heard = take_answers(witness);
	if (witness->state != state) {
		/* What was heard in another state does not count in this one. */
		witness->state = state;
		witness_view_reset(&witness->view);
		witness->next = MONOTIME_NEVER;
	} else if (heard) {
		witness_view_heard(&witness->view);
	}
	if (!is_asking(witness))
		return;
	if (!mac) {
		witness->next = monotime_add(now, POSTPONE);
		return;
	}
	ask(witness, mac);
	witness->next = witness_view_ask(&witness->view,
					 witness_period_ns(witness->router->interval_cs), now);
}

bool witness_allows(struct witness *witness)
{
	if (!witness)
		return true;
	if (take_answers(witness))
		witness_view_heard(&witness->view);
	return witness_view_allows(&witness->view, witness->router->witness);
}

bool witness_gives_up(struct witness *witness, struct monotime now)
{
	if (!witness || witness->router->witness != CONFIG_WITNESS_GATEWAY)
		return false;
	witness->gave_up =
		witness->gave_up
			? !witness_view_allows(&witness->view, CONFIG_WITNESS_GATEWAY)
			: witness_view_gives_up(&witness->view,
						witness_patience_ns(witness->router->interval_cs),
						now);
	return witness->gave_up;
}

void witness_close(struct witness *witness)
{
	if (!witness)
		return;
	close_socket(witness);
	free(witness);
}

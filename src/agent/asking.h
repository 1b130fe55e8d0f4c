/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A router that has just started asks whether somebody has the shared address. It asks by the
 * kernel's neighbour table, because that needs no socket for each router, and nobody can take such
 * a question for a claim. The fence lets the question out, and the answer in.
 */
#ifndef AGENT_ASKING_H
#define AGENT_ASKING_H

#include <stdbool.h>

#include "agent/paths.h"
#include "core/monotime.h"
#include "core/vrrp/witness.h"

struct asking {
	const struct paths *paths; /* of the router, with its configuration */
	const struct port *port;   /* the public one, or what is below its macvlan; NULL: there is
				    * nobody to ask */
	struct witness_view view;
	struct monotime next; /* when to ask again, or never: not asking */
	int ifindex;          /* where the question is; 0: nowhere */
};

/* Prepare *asking; no question is sent yet. The objects that the arguments point to must outlive
 * *asking. If nic is NULL, no question is ever sent. */
void asking_open(struct asking *asking, const struct paths *paths, const struct port *nic);

/* When asking_tick() is due, or never. `wanted` is what router_asks() says. */
struct monotime asking_deadline(const struct asking *asking, bool wanted);

/* Take the answer, and ask again; or stop. Call it when it is due. */
void asking_tick(struct asking *asking, bool wanted, struct monotime now);

/* Has somebody answered, and missed no more than one question since? */
bool asking_answers(const struct asking *asking);

void asking_close(struct asking *asking);

#endif

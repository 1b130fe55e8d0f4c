/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The authentication trailer of all routers: the keys, in the kernel and for signing, and the wall
 * clock. The kernel is told the wall clock at the start, whenever it is set, and now and then.
 */
#ifndef AGENT_AUTH_H
#define AGENT_AUTH_H

#include "agent/loop.h"
#include "core/config/config.h"
#include "core/ending.h"
#include "core/walltime.h"
#include "sys/bpf/datapath.h"
#include "sys/host/keyring.h"

struct auth;

/* Call it after the slots are chosen. Slots that are adopted keep their keys; all other keys are
 * removed. keyring is that of config. Returns 0 or a negative errno; errors are logged. */
int auth_open(const struct config *config, const struct keyring *keyring, struct datapath *datapath,
	      const struct adopted *adopted, struct loop *loop, struct auth **ret_auth);

/* NULL is allowed. */
void auth_close(struct auth *auth);

/* The router runs in this slot from now on: give the slot the router's keys, and no others. Call it
 * before the router's rules are published, because they ask for the keys. Returns 0 or a negative
 * errno; errors are logged. */
int auth_enter(struct auth *auth, const struct config_router *router, unsigned int slot);

/* No router runs in this slot any more. */
void auth_leave(struct auth *auth, unsigned int slot);

/* Returns the key that a router signs with, or NULL if it does not sign. */
const struct vrrp_hmac_key *auth_signs(const struct auth *auth, const struct config_router *router);

/* The signed time at `now`, which was read by loop_now(), for the router of this instance
 * (bpf/hmac_check.h): the later of the wall clock and what it signed or heard before. Notes in the
 * instance by which clock it signs, so that an agent that adopts it goes on from there. */
struct walltime auth_signed_time(const struct auth *auth, struct vrrp_instance *instance,
				 struct monotime now);

#endif

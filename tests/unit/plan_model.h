/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the tests of the plan: routers and NICs written as a few lines of text, and a model of what
 * the kernel does with an op, cruelties included (a primary IPv4 address takes its secondaries
 * along, the last one every IPv4 route). Fails the test on input that the kernel would refuse.
 */
#ifndef TESTS_PLAN_MODEL_H
#define TESTS_PLAN_MODEL_H

#include "core/nic/plan.h"

/* One statement a line:
 *   public IF, priority N, mac MAC, standby-mac MAC,
 *   address A/N [dev IF] [deprecated | preferred] [label L] [metric N] [peer A] [scope N]
 *     [noprefixroute], standby-address the same,
 *   gateway A, standby-gateway A,
 *   route A/N [via A] [dev IF] [src A] [metric N] [table N] [mtu N] [blackhole] [hops A,IF,N ...],
 *   rule A/N [iif IF] [table N | blackhole] [priority N] */
struct config_router *model_router(const char *text);
void model_router_free(struct config_router *router);

/*   link IF MAC [perm MAC] [down] [table N]
 *   addr IF A/N [dadfailed] [secondary] [deprecated] [metric N] [label L] [peer A] [scope N]
 *   route IF|- A/N|default [via A] [src A] [metric N] [proto N] [table N] [onlink] [mtu N]
 *     [blackhole] [hops A,IF,N ...]
 *   rule A/N [iif IF] [table N | blackhole] [priority N] [proto N] [other] */
void model_parse(const char *text, struct plan_actual *ret_actual);

/* The same text, sorted, without the defaults: two NICs are alike if their texts are. free() it. */
char *model_text(const struct plan_actual *actual);

void model_apply(struct plan_actual *actual, const struct plan_op *op, bool promote_secondaries);

#endif

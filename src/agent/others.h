/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence on the interfaces of the host that carry no shared address, also on those that come up
 * later (core/nic/cover.h says which, and why). Their programs stay when the agent dies. An
 * interface that is created while no agent runs is covered by the next start.
 *
 * One interface is done at a time, by a thread (agent/attacher.h): a host may have hundreds of
 * them.
 */
#ifndef AGENT_OTHERS_H
#define AGENT_OTHERS_H

#include <stdbool.h>

#include "agent/interfaces.h"
#include "agent/ports.h"
#include "core/config/config.h"
#include "core/monotime.h"
#include "sys/bpf/fence.h"
#include "sys/bpf/pins.h"

struct others;

struct others_deps {
	const struct config *config;
	const char *bpffs;
	struct fence *fence;
	struct ports *ports;
	const struct interfaces *interfaces;
};

/* Nothing is attached yet. deps is copied; what it points to must outlive the others. Returns 0 or
 * a negative errno, which is logged. */
int others_open(const struct others_deps *deps, struct others **ret_others);

/* The dump of the interfaces is new: what is to be done follows from it. others may be NULL, as in
 * all calls below: then there is no fence, and nothing is done. */
void others_update(struct others *others);

/* An interface is gone. Another one may get its number. */
void others_gone(struct others *others, int ifindex);

/* When the next two are due, or never. */
struct monotime others_due(const struct others *others);

/* See what came of the interface that was begun with. Errors are logged once for each interface.
 * Returns true if it was the last one for now. */
bool others_take(struct others *others, struct monotime now);

/* Begin with the next interface, if none is under way. Set `later` if it is not the time for that;
 * this is heeded for half a second. */
void others_begin(struct others *others, bool later);

/* Is something under way that a restart would have to wait for? */
bool others_busy(const struct others *others);

/* Is this interface covered? */
bool others_has(const struct others *others, int ifindex);

/* The fence does not stand on this interface: attach it again, in its turn. */
void others_repair(struct others *others, int ifindex);

/* Pins were removed. A fence whose pins went before anybody held them has gone with them, and
 * nobody watches it: attach it again, in its turn. */
void others_repair_unpinned(struct others *others, const struct pins *pins);

/* Take the fence off all interfaces that neither these others nor a port use any more, and where
 * nothing is guarded. Returns whether something is guarded on any other of them. If there are no
 * others, guards of all interfaces keep it on each. */
bool others_forget_rest(const struct others *others, struct ports *ports, const char *bpffs);

/* The programs stay on the interfaces. */
void others_close(struct others *others);

#endif

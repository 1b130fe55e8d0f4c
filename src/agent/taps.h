/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every heartbeat interface proves that the XDP program hears it: a tap beside the program has what
 * came by, and core/tap.h compares. Nobody waits for a tap, and it wakes nobody. It is read
 * whenever the agent is awake, and so before each promotion.
 */
#ifndef AGENT_TAPS_H
#define AGENT_TAPS_H

#include <stdbool.h>

#include "agent/ports.h"
#include "core/ending.h"
#include "core/monotime.h"
#include "sys/bpf/datapath.h"

struct taps;

/* Both must outlive the taps. Returns NULL if there is no memory. */
struct taps *taps_open(struct datapath *datapath, struct ports *ports);

/* With ENDING_RESTART the next process takes the sockets, because closing them takes time. NULL is
 * allowed. */
void taps_close(struct taps *taps, enum ending ending);

/* Read the taps of all interfaces that are heard by XDP. Marks the ports for which XDP does not do
 * (port.unfit). Returns whether there is one that is heard by XDP still: see
 * ports_leave_xdp(). */
bool taps_look(struct taps *taps, struct monotime now);

#endif

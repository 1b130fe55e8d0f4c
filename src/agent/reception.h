/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does reception move? The XDP program and the packet sockets hear an advert when the NIC's queue
 * is served. A thread of the kernel does that where the NIC has threaded NAPI ("napi/eth1-8193"),
 * and ksoftirqd where its CPU is busy with soft interrupts. Both have an ordinary priority: a
 * real-time program on their CPU keeps them from running, and the master's adverts wait in the
 * queue while master-down passes.
 *
 * And where the CPU is a virtual one that the hypervisor has halted, no soft interrupt is raised.
 *
 * What is seen: such a thread that is runnable and does not run, and a CPU that does not answer.
 * What is not seen: threads of the kernel in a container that does not see them; ksoftirqd and
 * halted CPUs where packet sockets hear, as these do not say on which CPU that was.
 */
#ifndef AGENT_RECEPTION_H
#define AGENT_RECEPTION_H

#include <stdbool.h>

#include "agent/ports.h"
#include "core/monotime.h"

struct reception;

/* ports must outlive it. Returns NULL if there is no memory. */
struct reception *reception_open(const struct ports *ports);

/* NULL is allowed. */
void reception_close(struct reception *reception);

/* Look for threads, a number of them for each call: those that were started since the last call, or
 * were left. Returns whether some may be left. Call it until it is false at the start, then now and
 * then. */
bool reception_find(struct reception *reception);

/* An XDP program heard an advert on this CPU. */
void reception_hears_on(struct reception *reception, int cpu);

/* Shortly before a promotion may be due: look at all threads, and ask the CPUs. It does so once a
 * millisecond at most. */
void reception_note(struct reception *reception, struct monotime now);

/* A promotion is due: may adverts wait unheard on this port, or on this CPU (-1: unknown)? Looks
 * again only at threads that were runnable when they were noted: usually at none. If the CPU was
 * asked only a moment ago, this waits for its answer, for 2 ms at most. */
bool reception_stalls(struct reception *reception, const struct port *port, int cpu,
		      struct monotime now);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a CPU run? A thread of the highest real-time priority waits on that CPU for a question. If
 * it answers, the CPU has run since: had it been a virtual one that the hypervisor has halted, the
 * answer would wait for as long as the halt.
 */
#ifndef SYS_HOST_RESPONDER_H
#define SYS_HOST_RESPONDER_H

#include <stdbool.h>

struct responder;

/* Start a thread on this CPU, with a first question to it. Returns 0 or a negative errno: -EPERM if
 * this process may not have a thread of real-time priority, since an answer of another one would
 * wait behind all work, -EINVAL if it may not run on that CPU. */
int responder_open(int cpu, struct responder **ret_responder);

/* Ends the thread. It waits until the CPU runs. NULL is allowed. */
void responder_close(struct responder *responder);

/* Ask, unless a question is open. Takes some 5 us. */
void responder_ask(struct responder *responder);

/* Was the last question answered? */
bool responder_answered(const struct responder *responder);

#endif

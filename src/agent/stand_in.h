/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that sends the adverts that are due while the kernel holds the loop up.
 *
 * Whoever changes a NIC, or asks for its state, waits for the kernel's lock of all NICs of all
 * network namespaces. Containers that come and go, or a driver that resets its device, keep it for
 * longer than a lease lasts. So the loop says when it may have to wait. Only then, while the loop
 * stands still, the thread sends in its place. The two never run at the same time.
 *
 * There is one for the process.
 */
#ifndef AGENT_STAND_IN_H
#define AGENT_STAND_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"

/* Sends what is due, and adds to *sent how many routers sent an advert. Returns when the next one
 * is due, or never. It runs in the thread, or in stand_in_now(), must not touch what the loop waits
 * for (rtnetlink), and must not wait itself. */
typedef struct monotime (*stand_in_fn)(void *context, struct monotime now, unsigned int *sent);

/* Nothing is done before patience_ns have passed, because most waits are much shorter, and two
 * calls of fn are so far apart at least. Call it when the process has the priority that it runs at.
 * Returns 0 or a negative errno. Until then, and after stand_in_close(), stand_in_begin() and
 * stand_in_end() do nothing. */
int stand_in_open(stand_in_fn fn, void *context, int64_t patience_ns);

void stand_in_close(void);

/* The loop has looked at everything that came in. If it does not for ten seconds, nothing is sent
 * any more, however many waits they were. */
void stand_in_looked(void);

/* The loop is in the midst of work of its own that takes long: send what is due, if the last call
 * that did so is patience_ns ago. What is in the batch must not be for the queues. */
void stand_in_now(void);

/* What the loop calls between these two may wait for the kernel. It must change nothing that `fn`
 * reads. They may be nested. */
void stand_in_begin(void);
void stand_in_end(void);

#endif

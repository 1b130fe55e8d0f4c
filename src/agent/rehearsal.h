/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A takeover costs some 100 us of kernel time. It costs twice that if the code and data that it
 * needs have left the caches while the backup slept. The agent waits awake in the last moments
 * before a deadline anyway. In these moments the same requests and the same kind of frame go to the
 * loopback of an empty network namespace of our own. Nobody sees them, and the caches are warm when
 * it counts.
 */
#ifndef AGENT_REHEARSAL_H
#define AGENT_REHEARSAL_H

#include <stdbool.h>

#include "core/ending.h"

struct rehearsal;

/* Rehearsals begin this long before `early`, ns. */
#define REHEARSAL_NS 300000

/* No rehearsal begins when less than this is left, ns. One with warm caches takes half of it. */
#define REHEARSAL_REST_NS 100000

/* Returns NULL if it is not permitted (neither CAP_SYS_ADMIN nor user namespaces). A takeover works
 * without a rehearsal. */
struct rehearsal *rehearsal_open(void);

/* Rehearse once, which takes some 50 to 150 us. If `nic` is true, send the requests, too, and not
 * only the frame. The requests take the kernel's one lock for all NICs, so leave them out if the
 * takeover needs none. */
void rehearsal_run(struct rehearsal *rehearsal, bool nic);

/* If `ending` is a restart, the next process goes on with the rehearsal. */
void rehearsal_close(struct rehearsal *rehearsal, enum ending ending);

#endif

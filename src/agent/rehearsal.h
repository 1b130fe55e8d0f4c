/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A takeover costs some 100 us of kernel time, and twice that when the code and data it needs have
 * left the caches while the backup slept. So in the last moments before a deadline, which are spent
 * waiting anyway, the same requests and the same kind of frame go to the loopback of an empty
 * network namespace of our own: nothing that anybody sees, on warm caches when it counts.
 */
#ifndef AGENT_REHEARSAL_H
#define AGENT_REHEARSAL_H

#include <stdbool.h>

#include "core/ending.h"

struct rehearsal;

/* So long before `early` a rehearsal is worth beginning, ns. */
#define REHEARSAL_NS 300000

/* None is begun in the last moments: a warm one takes half of this. */
#define REHEARSAL_REST_NS 100000

/* NULL where it is not permitted (neither CAP_SYS_ADMIN nor user namespaces): a takeover works
 * without. */
struct rehearsal *rehearsal_open(void);

/* Once through, some 50 to 150 us. nic: the requests, too, not only the frame; they take the
 * kernel's one lock for all NICs, so not where they are not needed. */
void rehearsal_run(struct rehearsal *rehearsal, bool nic);

/* A restart goes on with it. */
void rehearsal_close(struct rehearsal *rehearsal, enum ending ending);

#endif

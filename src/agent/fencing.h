/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the fence on its NICs: puts it right where somebody removed it or put programs before it,
 * and takes it off a NIC that left its port only when that NIC carries nothing any more that is
 * guarded there. Decides nothing else; agent/guards.h says what is guarded.
 */
#ifndef AGENT_FENCING_H
#define AGENT_FENCING_H

#include <stdbool.h>

#include "agent/ports.h"
#include "core/monotime.h"
#include "sys/bpf/fence.h"
#include "sys/bpf/fence_watch.h"
#include "sys/host/vitals.h"

/* A NIC whose fence was found elsewhere than first of all. */
struct fence_flaw {
	int ifindex;
	enum fence_standing standing; /* as it is now, after the last repair */
	struct monotime told_at;
	unsigned int since; /* how often it was put right since then */
};

struct fencing {
	struct fence *fence; /* NULL: there is none, and nothing is to be kept */
	const char *bpffs;
	struct ports *ports;
	struct vitals *vitals;
	struct fence_watch *watch; /* NULL: nobody watches */
	struct fence_flaw flaws[FENCE_MAX_INTERFACES];
	unsigned int flaw_count;
};

/* Begin to watch. fence may be NULL. All pointers must outlive the fencing. If the fences cannot be
 * watched, that is logged, and is no error. */
void fencing_open(struct fencing *fencing, struct fence *fence, const char *bpffs,
		  struct ports *ports, struct vitals *vitals);

/* Stop to watch. The fences stay. */
void fencing_close(struct fencing *fencing);

/* Readable when fencing_read() and then fencing_look() are to be called; -1: never. */
int fencing_fd(const struct fencing *fencing);
void fencing_read(struct fencing *fencing);

/* Look at every fence, and put right what does not stand. repaired(context, ifindex) is called for
 * each fence that was attached anew. Each occurrence is logged once. Returns whether
 * fencing_stands() has another answer for any NIC. */
typedef void (*fencing_repaired_fn)(void *context, int ifindex);
bool fencing_look(struct fencing *fencing, fencing_repaired_fn repaired, void *context,
		  struct monotime now);

/* Does everything pass the fence of this NIC, as far as is known? */
bool fencing_stands(const struct fencing *fencing, int ifindex);

/* Forget what is guarded on NICs that are no port's any more, and take the fence off them: those
 * that are gone, or carry none of the guarded addresses and MACs by the dump of the interfaces that
 * the ports share. The others stay shut, and are looked at again the next time. */
void fencing_sweep(struct fencing *fencing);

/* The routers have taken over what they guard: forget the guards that are left on their NICs, and
 * sweep the others. */
void fencing_forget_orphans(struct fencing *fencing);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the fence on its NICs: puts it right where somebody removed it or put programs before it,
 * and makes a NIC that left its port one of the others only when it carries nothing any more that
 * is guarded there. Decides nothing else; agent/guards.h says what is guarded, and agent/remains.h
 * until when.
 */
#ifndef AGENT_FENCING_H
#define AGENT_FENCING_H

#include <stdbool.h>

#include "agent/others.h"
#include "agent/ports.h"
#include "core/config/config.h"
#include "core/monotime.h"
#include "sys/bpf/fence.h"
#include "sys/bpf/fence_watch.h"
#include "sys/host/vitals.h"

struct fencing_deps {
	struct fence *fence; /* NULL: there is none, and nothing is to be kept */
	const char *bpffs;
	const struct config *config;
	struct ports *ports;
	struct others *others; /* NULL: only the NICs of routers are fenced */
	struct vitals *vitals;
};

/* A NIC whose fence was found elsewhere than first of all. */
struct fence_flaw {
	int ifindex;
	enum fence_standing standing; /* as it is now, after the last repair */
	struct monotime told_at, tried_at;
	bool hopeless;      /* on an interface beside the public ones: this was said */
	unsigned int since; /* how often it was put right since then */
};

struct fencing {
	struct fencing_deps deps;
	struct fence_watch *watch; /* NULL: nobody watches */
	int told[FENCE_MAX_INTERFACES], told_count;
	struct fence_flaw flaws[FENCE_MAX_INTERFACES];
	unsigned int flaw_count;
};

/* Begin to watch. deps is copied; what it points to must outlive the fencing. If the fences cannot
 * be watched, that is logged, and is no error. */
void fencing_open(struct fencing *fencing, const struct fencing_deps *deps);

/* Stop watching. The fences stay. */
void fencing_close(struct fencing *fencing);

/* This descriptor is readable when fencing_read() and then fencing_look() are to be called. Returns
 * -1 if they never are. */
int fencing_fd(const struct fencing *fencing);
void fencing_read(struct fencing *fencing);
bool fencing_is_told(const struct fencing *fencing);

/* Look at the fences that were read, and put right what does not stand; on interfaces beside the
 * public ones, have the others do it. Each occurrence is logged once. Returns whether
 * fencing_stands() has another answer for any NIC. */
bool fencing_look(struct fencing *fencing, struct monotime now);

/* Does everything pass the fence of this NIC, as far as is known? */
bool fencing_stands(const struct fencing *fencing, int ifindex);

/* The dump of the interfaces that the ports share is new: forget what is guarded on NICs that are
 * no port's any more, and that are gone or carry none of it. They are others from then on. Those
 * that carry any of it stay shut, and are looked at again the next time. */
void fencing_sweep(struct fencing *fencing);

#endif

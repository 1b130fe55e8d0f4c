/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the takeover share. For agent/takeover*.c only.
 */
#ifndef AGENT_TAKEOVER_INTERNAL_H
#define AGENT_TAKEOVER_INTERNAL_H

#include "agent/record_file.h"
#include "agent/takeover.h"
#include "core/nic/repairs.h"

#define TAKEOVER_DEVICES    4 /* most have one */
#define TAKEOVER_COMPLAINTS 16
#define TAKEOVER_TROUBLE    512
#define TAKEOVER_LINES      16

struct takeover {
	const struct config_router *router;
	struct interfaces *interfaces;
	const char *run_dir;
	struct record record;
	unsigned int place; /* in the list of all */
	uint8_t nic;        /* enum router_nic: what was asked for last, by takeover_set_nic() */
	bool ending;        /* the host gets back all that it had */
	bool found;         /* a record, when it was opened; until the first role is entered */
	bool entered;       /* it was asked for, it is not only the first value */
	bool missing;       /* an interface of the router is, by the last look */
	bool lacking;       /* prepared, but not all of it could be done */
	bool unverified;    /* changed while the dump was held */
	bool bare;          /* as MASTER: no shared address is there, for it was refused */
	bool unwritten;     /* the record is, as it is now: tried again, said once */
	bool flapped;       /* the last change of the NIC took its link down and up for a MAC */
	bool refused; /* the NIC refused refused_mac, even with the link down: not tried again */
	uint8_t refused_mac[6];
	uint8_t device_count;     /* in `devices`; more: every interface concerns us */
	uint16_t complaint_count; /* in `complaints`; the newest replace the oldest */

	/* As of the last look at the NIC: */
	int devices[TAKEOVER_DEVICES];
	int ifindex;          /* 0: the public interface was missing */
	uint32_t missed_hash; /* of the names of those that were missing: each is told once */

	struct monotime now; /* of the last takeover_reconcile(), later times are not known */
	struct monotime repaired_at; /* last repair of takeover_reconcile(), or never */
	struct monotime due_at;
	int64_t retry_ns; /* the pause before changes that failed are tried again; 0: the first */
	struct repairs repairs;
	/* A host may have thousands of takeovers, and hardly one of them in trouble. So these two
	 * are NULL while there is nothing to be kept in them. */
	char *trouble;        /* TAKEOVER_TROUBLE octets, see takeover_trouble() */
	uint32_t *complaints; /* TAKEOVER_COMPLAINTS hashes of the failures that were logged */

	struct takeover *next;
};

struct settled {
	unsigned int changes; /* how many changes were made */
	unsigned int failed;  /* how many failed in the last pass */
	unsigned int waiting; /* how many do not last, and are made again later, */
	struct monotime at;   /* the first of them then; else never */
};

/* How a NIC is changed. The functions may be NULL, and share their context. */
struct settling {
	takeover_announce_fn announce;
	takeover_in_time_fn in_time; /* see takeover_prepare() */
	void *context;
	bool must_announce; /* even if nothing had to be changed */
};

/* Change the NIC until it is what t->role wants. Returns 0 and *ret_settled, -ENODEV if the public
 * interface is missing, or another negative errno; both are logged. */
int takeover_settle(struct takeover *t, const struct settling *how, struct settled *ret_settled);

/* ---- takeover_trouble.c: the log of changes, and the text of takeover_trouble() ---- */

#define TAKEOVER_OP_TEXT 320

/* Was a failure with this hash logged before? The same failure is logged once while it lasts;
 * without memory, each time. */
bool takeover_said_before(struct takeover *t, uint32_t hash);
/* Failures that were logged before are logged again. */
void takeover_forget_complaints(struct takeover *t);

/* Begin takeover_trouble() anew, with the interfaces that are missing. */
void takeover_note_missing(struct takeover *t, const struct plan_actual *actual);
/* Add a line to it, if there is room for all of it. */
void takeover_add_trouble(struct takeover *t, const char *what, const char *text, const char *why);

/* Describe an operation in `text`. Returns its number for repairs.h, which is the same for equal
 * operations. */
uint32_t takeover_op_id(const struct plan_op *op, const struct plan_actual *actual,
			char text[TAKEOVER_OP_TEXT]);

/* How many operations of each kind were made in one go, and how many failed, by the errors of all.
 */
struct takeover_made {
	unsigned int count[PLAN_KINDS], failed[PLAN_KINDS];
};
struct takeover_made takeover_count_made(const struct plan *plan, const int *errors);

/* Say that an operation was made, or that it failed with `error`, a negative errno. If more than
 * TAKEOVER_LINES of its kind were made, only takeover_report_many() says so, once for all of
 * them: a log with a thousand lines is read by nobody, and takes longer than the changes. Of as
 * many that failed, the first one is said. */
void takeover_report(struct takeover *t, const struct plan_actual *actual, const struct plan_op *op,
		     int error, const struct takeover_made *made);
void takeover_report_many(const struct takeover *t, const struct takeover_made *made);

/* ---- takeover_host.c: what all takeovers of the process share ---- */

/* Call interfaces_look() for t, and note in t which interfaces it has. *ret_actual is valid until
 * anybody looks again. */
int takeover_look(struct takeover *t, bool again, const struct plan_actual **ret_actual);

/* The inputs of a plan. They are valid until a takeover is opened or closed. Returns 0 or
 * -ENOMEM. */
int takeover_scene(struct takeover *t, const struct plan_actual *actual,
		   struct plan_scene *ret_scene);

/* Set what was asked of the NIC. The other takeovers see it, too. */
void takeover_set_nic(struct takeover *t, enum router_nic nic);

/* Returns what the NIC is to carry, whether that may be used already or not. */
enum plan_role takeover_role(const struct takeover *t);

struct takeover *takeover_list(void);
void takeover_list_add(struct takeover *t);
void takeover_list_remove(struct takeover *t);

/* Make the record of what the NIC carries now, before anything on it is changed. The public
 * interface must be there. It is not written yet. Returns 0, or -ENOMEM. */
int takeover_record_now(struct takeover *t, const struct plan_scene *scene);

/* The next interface of the router that is missing, each once. Start with *at 0. Returns its name,
 * or NULL after the last one. */
const char *takeover_next_missing(const struct takeover *t, const struct plan_actual *actual,
				  unsigned int *at);

/* Log which interfaces are missing, once while they are. */
void takeover_log_missing(struct takeover *t, const struct plan_actual *actual);

#endif

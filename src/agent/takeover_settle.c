// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries a plan out: records what it displaces, applies it, looks again and plans again, until
 * nothing is left to change. The kernel does more than it was asked for (a link that goes down
 * takes its routes along), so only a new look shows the result. Depends on core/nic/plan,
 * sys/net/rtnl, sys/host/log and the record's file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/stand_in.h"
#include "agent/takeover_internal.h"
#include "core/fnv.h"
#include "sys/host/log.h"

/* The worst case that is known takes three passes: the link flap, what the link lost, and what
 * depended on that. */
#define MAX_PASSES 6

/* Changes of a preparation, some 400 us, between two looks at the clock. */
#define IN_ONE_GO 16

/* A MASTER whose addresses are missing, since they do not last, cannot serve them once they are put
 * back so seldom. */
#define HOPELESS_NS NS_PER_S

struct run {
	struct takeover *t;
	const struct settling *how;
	bool must_announce;
	bool lacking; /* an address, or the link of one: refused, or put back too seldom */
	struct settled settled;
};

/* ---- one plan ---- */

/* The driver wants the link down for a new MAC. The kernel then drops the NIC's routes and IPv6
 * addresses. They are recorded before that, and the passes that follow bring them back. */
static int set_mac_down(struct run *run, const struct plan_actual *actual, const struct plan_op *op)
{
	struct takeover *t = run->t;
	const struct plan_link *link = plan_link_by_index(actual, op->ifindex);
	struct plan_op flap[3] = {{.kind = PLAN_LINK_DOWN, .ifindex = op->ifindex},
				  *op,
				  {.kind = PLAN_LINK_UP, .ifindex = op->ifindex}};
	struct plan_op undo[2] = {flap[1], flap[2]};
	int errors[3] = {0}, failed;

	interfaces_mac(t->interfaces, op->ifindex, undo[0].mac);
	t->flapped = true;
	failed = interfaces_apply(t->interfaces, flap, 3, errors);
	if (failed < 0)
		return failed;
	if (!failed) {
		log_info("%s: the link of %s had to be set down to change the MAC", t->router->name,
			 link ? link->name : "the NIC");
		return 0;
	}
	t->refused = true;
	memcpy(t->refused_mac, op->mac, 6);
	if (errors[2] && link) {
		/* A NIC that is up with the old MAC is better than a NIC that is down with the new
		 * one. */
		int ignored[2];

		interfaces_apply(t->interfaces, undo, 2, ignored);
	}
	return errors[1] ? errors[1] : errors[2] ? errors[2] : errors[0];
}

static bool is_refused(const struct takeover *t, const struct plan_op *op)
{
	return t->refused && memcmp(t->refused_mac, op->mac, 6) == 0;
}

static void mark_passing(struct run *run, const struct plan_scene *scene, bool link_down)
{
	struct record *record = &run->t->record;

	record->link_down |= link_down;
	if (record->passing)
		return;
	if (plan_collect(scene, &record->before) == 0)
		record->passing = true;
}

/* Peers learn MAC and addresses from announcements: these changes need one. */
static bool is_identity(const struct plan_op *op)
{
	return op->kind == PLAN_SET_MAC || op->kind == PLAN_ADDRESS_ADD || op->kind == PLAN_LINK_UP;
}

/* Without these changes an address cannot be served. */
static bool serves(const struct plan_op *op)
{
	return op->kind == PLAN_ADDRESS_ADD || op->kind == PLAN_LINK_UP;
}

/* Applies a part of the plan that contains no announcement. Returns 1 if the link was taken down,
 * so that a new plan is needed. */
static int apply(struct run *run, const struct plan_scene *scene, const struct plan_op *ops,
		 unsigned int count, int *errors)
{
	struct takeover *t = run->t;
	bool flapped = false;
	int err;

	if (!count)
		return 0;
	err = interfaces_apply(t->interfaces, ops, count, errors);
	if (err < 0)
		return err;
	for (unsigned int i = 0; i < count; i++) {
		run->must_announce |= !errors[i] && is_identity(&ops[i]);
		if (ops[i].kind != PLAN_SET_MAC)
			continue;
		if (errors[i] == -EBUSY && t->nic == ROUTER_NIC_PREPARED) {
			errors[i] = -ECANCELED; /* left for the promotion */
			t->lacking = true;
		} else if (errors[i] == -EBUSY && !is_refused(t, &ops[i])) {
			mark_passing(run, scene, true);
			takeover_write_record(t);
			errors[i] = set_mac_down(run, scene->actual, &ops[i]);
			flapped = true;
		}
		if (errors[i])
			continue;
		run->must_announce = true;
	}
	return flapped;
}

/* Are both changes of the same address? One without the other could leave it removed. */
static bool belong_together(const struct plan_op *a, const struct plan_op *b)
{
	bool addresses = (a->kind == PLAN_ADDRESS_ADD || a->kind == PLAN_ADDRESS_DEL) &&
			 (b->kind == PLAN_ADDRESS_ADD || b->kind == PLAN_ADDRESS_DEL);

	return addresses && a->ifindex == b->ifindex && a->address.family == b->address.family &&
	       !memcmp(&a->address.addr, &b->address.addr, sizeof(a->address.addr));
}

/* The same, as long as there is time. An address that is exchanged is not left half way. */
static int apply_in_time(struct run *run, const struct plan_scene *scene, const struct plan_op *ops,
			 unsigned int count, int *errors)
{
	unsigned int most = run->how->in_time ? IN_ONE_GO : count;
	int err = 0;

	for (unsigned int at = 0, end; at < count && !err; at = end) {
		end = count - at < most ? count : at + most;
		while (end < count && belong_together(&ops[end - 1], &ops[end]))
			end++;
		if (at)
			stand_in_now(); /* no single call lasts until the thread's patience ends */
		if (at && !run->how->in_time(run->how->context)) {
			run->t->lacking = true;
			break;
		}
		err = apply(run, scene, ops + at, end - at, errors + at);
	}
	return err;
}

/* Announce only if at least one shared address is on the NIC. done: how many ops were tried. If all
 * of them succeeded there is no check, because everybody waits for the announcement. */
static bool may_announce(const struct plan_scene *scene, const struct plan *plan, const int *errors,
			 unsigned int done)
{
	for (unsigned int i = 0; i < done; i++)
		if (errors[i] && plan->ops[i].kind != PLAN_ANNOUNCE)
			return plan_carries(scene, plan, errors);
	return true;
}

/* Applies the whole plan, with the announcement in its place. Returns 0 or 1 as apply() does, or a
 * negative errno. */
static int carry_out(struct run *run, const struct plan_scene *scene, const struct plan *plan,
		     int *errors)
{
	unsigned int start = 0;

	for (unsigned int i = 0; i <= plan->count; i++) {
		int err;

		if (i < plan->count && plan->ops[i].kind != PLAN_ANNOUNCE)
			continue;
		err = apply_in_time(run, scene, plan->ops + start, i - start, errors + start);
		if (err)
			return err;
		start = i + 1;
		if (run->t->nic == ROUTER_NIC_PREPARED)
			return 0;
		if (i < plan->count && run->must_announce &&
		    may_announce(scene, plan, errors, start)) {
			run->must_announce = false;
			if (run->how->announce)
				run->how->announce(run->how->context);
		}
	}
	return 0;
}

static int append(struct plan *plan, const struct plan *more)
{
	struct plan_op *ops;

	if (!more->count)
		return 0;
	ops = realloc(plan->ops, (plan->count + more->count) * sizeof(*ops));
	if (!ops)
		return -ENOMEM;
	memcpy(ops + plan->count, more->ops, more->count * sizeof(*ops));
	plan->ops = ops;
	plan->count += more->count;
	return 0;
}

/* Appends what the record contains and the kernel may have dropped. */
static int append_lost(struct run *run, const struct plan_scene *scene, struct plan *plan)
{
	struct plan lost;
	int err = plan_restore(scene, takeover_role(run->t), &run->t->record.before, &lost);

	if (err)
		return err;
	err = append(plan, &lost);
	plan_free(&lost);
	return err;
}

/* Plans what the role wants (the first *ret_own ops), then what our own changes, or those of a
 * crashed run, took from others. */
static int make_plan(struct run *run, const struct plan_scene *scene, struct plan *ret_plan,
		     unsigned int *ret_own)
{
	struct record *record = &run->t->record;
	const struct plan_link *public = plan_link_by_name(scene->actual, run->t->router->public);
	struct plan plan;
	int err = takeover_plan(scene, takeover_role(run->t), &plan);

	if (err)
		return err;
	if (record->passing && record->link_down && public && !public->up) {
		struct plan_op up = {.kind = PLAN_LINK_UP, .ifindex = public->ifindex};

		err = append(&plan, &(struct plan){.ops = &up, .count = 1});
	}
	*ret_own = plan.count;
	if (!err && record->passing)
		err = append_lost(run, scene, &plan);
	if (err) {
		plan_free(&plan);
		return err;
	}
	*ret_plan = plan;
	return 0;
}

/* Of a change and those that belong to it, the one that has to wait longest. */
static uint32_t slowest(const struct takeover *t, const struct plan_op *ops, const uint32_t *ids,
			unsigned int count, unsigned int at)
{
	uint32_t found = ids[at];

	for (unsigned int i = 0; i < count; i++)
		if (belong_together(&ops[i], &ops[at]) &&
		    monotime_before(repairs_at(&t->repairs, found),
				    repairs_at(&t->repairs, ids[i])))
			found = ids[i];
	return found;
}

/* Takes those changes out of the plan that do not last, and whose pause is not over. Of the first
 * *own ops, which are those of the role, it counts how many. Returns 0 or -ENOMEM. */
static int hold_back(struct run *run, const struct plan_actual *actual, struct plan *plan,
		     unsigned int *own)
{
	struct takeover *t = run->t;
	unsigned int kept = 0, wanted = *own;
	char text[TAKEOVER_OP_TEXT];
	uint32_t *ids, *slow;
	bool any = false;

	run->settled.waiting = 0;
	run->settled.at = MONOTIME_NEVER;
	run->lacking = false;
	if (!t->repairs.count || !plan->count)
		return 0;
	ids = calloc(plan->count, 2 * sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	slow = ids + plan->count;
	for (unsigned int i = 0; i < plan->count; i++) {
		ids[i] = takeover_op_id(&plan->ops[i], actual, text);
		any |= monotime_before(t->now, repairs_at(&t->repairs, ids[i]));
	}
	if (!any) {
		free(ids);
		return 0;
	}
	for (unsigned int i = 0; i < plan->count; i++)
		slow[i] = slowest(t, plan->ops, ids, plan->count, i);
	for (unsigned int i = 0; i < plan->count; i++) {
		struct monotime at = repairs_at(&t->repairs, slow[i]);

		if (!monotime_before(t->now, at)) {
			plan->ops[kept++] = plan->ops[i];
			continue;
		}
		plan_format(&plan->ops[i], actual, text, sizeof(text));
		takeover_add_trouble(t, "does not last", text, "");
		run->settled.at = monotime_min(run->settled.at, at);
		run->lacking |= serves(&plan->ops[i]) &&
				repairs_pause_ns(&t->repairs, slow[i]) >= HOPELESS_NS;
		if (i >= wanted)
			continue;
		run->settled.waiting++;
		(*own)--;
	}
	plan->count = kept;
	free(ids);
	return 0;
}

/* Everything that the plan will remove is written to disk before it disappears. A record that
 * cannot be written is logged, and the takeover goes on: a service that is down is worse than a
 * route that a person has to put back. */
static int remember(struct run *run, const struct plan_scene *scene, const struct plan *plan)
{
	struct takeover *t = run->t;
	bool was_passing = t->record.passing;
	int added;

	if (takeover_role(t) == PLAN_MASTER) {
		int more = plan_record_more(scene, plan, &t->record.original);

		/* Of an interface that was missing until now. */
		added = plan_record_placed(scene, &t->record.original);
		added = more < 0 ? more : added < 0 ? added : added + more;
	} else {
		added = plan_record_owned(scene, plan, &t->record.original);
	}
	if (added < 0)
		return added;
	if (!was_passing && plan_disturbs(scene, plan))
		mark_passing(run, scene, false);
	if (added || was_passing != t->record.passing)
		takeover_write_record(t);
	return 0;
}

/* The NIC that the takeover has changed, if it is still there and has another name now; else NULL.
 * Its own name may be another NIC's. */
static const struct plan_link *left_nic(const struct takeover *t, const struct plan_actual *actual)
{
	const struct plan_link *link = plan_link_by_index(actual, t->record.ifindex);

	return link && strcmp(link->name, t->router->public) != 0 ? link : NULL;
}

/* One pass over a NIC that is left. Returns how many changes were made, or a negative errno if none
 * could be made. */
static int leave_pass(struct run *run, const struct plan_scene *scene, const struct plan *plan)
{
	const struct plan_actual *actual = scene->actual;
	int *errors = calloc(plan->count, sizeof(*errors)), done = 0, failed, err = 0;
	struct takeover_made made = {0};

	if (!errors)
		return -ENOMEM;
	failed = interfaces_apply(run->t->interfaces, plan->ops, plan->count, errors);
	if (failed >= 0)
		made = takeover_count_made(plan, errors);
	for (unsigned int i = 0; failed >= 0 && i < plan->count; i++) {
		if (plan->ops[i].kind == PLAN_SET_MAC && errors[i] == -EBUSY &&
		    !is_refused(run->t, &plan->ops[i]))
			errors[i] = set_mac_down(run, actual, &plan->ops[i]);
		takeover_report(run->t, actual, &plan->ops[i], errors[i], &made);
		if (!errors[i])
			done++;
		else
			err = errors[i];
	}
	takeover_report_many(run->t, &made);
	free(errors);
	return failed < 0 ? failed : done ? done : err;
}

/* Takes off a NIC what this takeover has put there, before it changes the NIC that has the name
 * now. What cannot be taken off stays behind the fence (agent/fencing.h), and the record goes on to
 * name that NIC: the next try, or the next start, finds it. */
static int leave(struct run *run, const struct plan_actual *actual)
{
	struct takeover *t = run->t;
	const struct plan_link *link;

	for (unsigned int i = 0; (link = left_nic(t, actual)); i++) {
		struct plan_scene scene;
		struct plan plan;
		unsigned int own;
		int err = takeover_scene(t, actual, &scene);

		if (!err)
			err = plan_leave(&scene, link->name, &plan);
		if (err)
			return err;
		own = plan.count;
		err = hold_back(run, actual, &plan, &own);
		if (err || !plan.count) {
			plan_free(&plan);
			return err || !run->settled.waiting ? err : -EBUSY;
		}
		if (!i &&
		    !takeover_said_before(t, fnv32(FNV32_BASIS, link->name, strlen(link->name))))
			log_warn("%s: %s was renamed to %s; the shared addresses are removed from "
				 "it",
				 t->router->name, t->router->public, link->name);
		err = i < MAX_PASSES ? leave_pass(run, &scene, &plan) : -EBUSY;
		plan_free(&plan);
		if (err >= 0)
			err = takeover_look(t, true, &actual);
		if (err < 0)
			return err;
	}
	return 0;
}

/* The NIC may have been missing until now. Or it is a new one with the same name, plugged in or
 * created anew, which has a MAC of its own. Returns 0 or -ENOMEM. */
static int meet_new_nic(struct takeover *t, const struct plan_scene *scene)
{
	const struct plan_link *public = plan_link_by_name(scene->actual, t->router->public);
	struct plan_original *original = &t->record.original;
	int err = 0;

	if (!public || public->ifindex == t->record.ifindex)
		return 0;
	if (!original->valid) {
		err = takeover_record_now(t, scene);
		if (!err)
			takeover_write_record(t);
		return err;
	}
	t->record.ifindex = public->ifindex;
	t->refused = false;
	if (memcmp(public->mac, original->placed_mac, 6) != 0)
		memcpy(original->mac, public->mac, 6);
	log_info("%s: %s is another interface than before", t->router->name, public->name);
	takeover_write_record(t);
	return 0;
}

/* Giving back is a favour. What cannot be given back (its gateway went with the shared address) is
 * logged, but it is no failure of the role. */
static unsigned int count_failures(struct run *run, const struct plan_scene *scene,
				   const struct plan *plan, unsigned int own, const int *errors,
				   unsigned int *ret_done)
{
	const struct takeover_made made = takeover_count_made(plan, errors);
	unsigned int failed = 0, done = 0;

	for (unsigned int i = 0; i < plan->count; i++) {
		if (plan->ops[i].kind == PLAN_ANNOUNCE || errors[i] == -ECANCELED)
			continue;
		takeover_report(run->t, scene->actual, &plan->ops[i], errors[i], &made);
		if (!errors[i]) {
			done++;
		} else if (i < own) {
			failed++;
			run->lacking |= serves(&plan->ops[i]);
		}
	}
	takeover_report_many(run->t, &made);
	*ret_done = done;
	return failed;
}

/* Is something left undone, and is none of the shared addresses there? */
static bool is_bare(const struct run *run, const struct plan_scene *scene, const struct plan *plan,
		    const int *errors)
{
	return (run->lacking || run->t->missing) && !plan_carries(scene, plan, errors);
}

/* One pass: plan, record, apply. Returns 1: go on; 0: nothing (more) can be done; or a negative
 * errno. */
static int pass(struct run *run, const struct plan_scene *scene)
{
	struct plan plan;
	unsigned int own, done;
	int *errors, err;

	err = make_plan(run, scene, &plan, &own);
	if (err)
		return err;
	run->settled.failed = 0;
	err = hold_back(run, scene->actual, &plan, &own);
	if (err) {
		plan_free(&plan);
		return err;
	}
	if (plan.count == 0 ||
	    (plan.count == 1 && plan.ops[0].kind == PLAN_ANNOUNCE && !run->must_announce)) {
		run->t->bare = is_bare(run, scene, &plan, &(int){0});
		plan_free(&plan);
		return 0;
	}
	err = -ENOMEM;
	errors = calloc(plan.count, sizeof(*errors));
	if (!errors)
		goto out;
	/* If the plan is given up half way, the ops that were not reached were neither done nor
	 * failed. */
	for (unsigned int i = 0; i < plan.count; i++)
		errors[i] = -ECANCELED;
	err = remember(run, scene, &plan);
	if (err)
		goto out;
	err = carry_out(run, scene, &plan, errors);
	run->settled.failed = count_failures(run, scene, &plan, own, errors, &done);
	stand_in_now();
	run->settled.changes += done;
	run->t->bare = is_bare(run, scene, &plan, errors);
	if (err >= 0)
		err = err || done;
out:
	free(errors);
	plan_free(&plan);
	return err;
}

static int passes(struct run *run)
{
	struct takeover *t = run->t;

	for (unsigned int i = 0; i < MAX_PASSES; i++) {
		const struct plan_actual *actual;
		struct plan_scene scene;
		int err;

		err = takeover_look(t, i > 0, &actual);
		if (err)
			return err;
		takeover_note_missing(t, actual);
		err = leave(run, actual);
		if (err) {
			t->bare = true;
			return err;
		}
		takeover_log_missing(t, actual);
		err = takeover_scene(t, actual, &scene);
		if (!err)
			err = meet_new_nic(t, &scene);
		if (err)
			return err;
		if (plan_record_forget(&scene, &t->record.original))
			takeover_write_record(t);
		err = pass(run, &scene);
		t->unverified = err > 0 && t->interfaces->held;
		if (err < 0) {
			t->bare |= err == -ENODEV;
			return err;
		}
		if (!err || t->unverified)
			return t->ifindex ? 0 : -ENODEV;
	}
	run->settled.failed++; /* it does not come to rest */
	return 0;
}

int takeover_settle(struct takeover *t, const struct settling *how, struct settled *ret_settled)
{
	struct run run = {.t = t,
			  .how = how,
			  .must_announce = how->must_announce,
			  .settled = {.at = MONOTIME_NEVER}};
	unsigned int left;
	int err;

	t->flapped = false;
	if (t->unwritten)
		takeover_write_record(t);
	err = passes(&run);
	if (err) {
		if (err != -ENODEV && !takeover_said_before(t, FNV32_BASIS ^ (uint32_t)err))
			log_err("%s: cannot change %s: %s", t->router->name, t->router->public,
				strerror(-err));
		return err;
	}
	left = run.settled.failed + run.settled.waiting;
	if (t->record.passing && !left && !t->unverified && t->nic != ROUTER_NIC_PREPARED) {
		t->record.passing = t->record.link_down = false;
		plan_actual_free(&t->record.before);
		takeover_write_record(t);
	}
	if (!left)
		takeover_forget_complaints(t);
	*ret_settled = run.settled;
	return 0;
}

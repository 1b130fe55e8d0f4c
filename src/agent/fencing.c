/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins sys/bpf/fence and sys/bpf/fence_watch to the ports and the other interfaces.
 */
#include "agent/fencing.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "agent/remains.h"
#include "agent/stand_in.h"
#include "sys/host/log.h"

/* Whoever takes the first place again and again is told of so often at most. */
#define TELL_NS (60 * NS_PER_S)

void fencing_open(struct fencing *fencing, const struct fencing_deps *deps)
{
	int err;

	*fencing = (struct fencing){.deps = *deps};
	if (!deps->fence)
		return;
	err = fence_watch_open(deps->fence, &fencing->watch);
	if (err)
		log_warn("cannot start the thread that watches the fence: %s", strerror(-err));
}

void fencing_close(struct fencing *fencing)
{
	fence_watch_close(fencing->watch);
	fencing->watch = NULL;
}

int fencing_fd(const struct fencing *fencing)
{
	return fencing->watch ? fence_watch_fd(fencing->watch) : -1;
}

void fencing_read(struct fencing *fencing)
{
	fencing->told_count = fence_watch_read(fencing->watch, fencing->told);
}

bool fencing_is_told(const struct fencing *fencing)
{
	return fencing->told_count > 0;
}

/* ---- what does not stand ---- */

static struct fence_flaw *find_flaw(struct fencing *fencing, int ifindex)
{
	for (unsigned int i = 0; i < fencing->flaw_count; i++) {
		if (fencing->flaws[i].ifindex == ifindex)
			return &fencing->flaws[i];
	}
	return NULL;
}

static void tell_flaws(struct fencing *fencing)
{
	unsigned int open = 0;

	for (unsigned int i = 0; i < fencing->flaw_count; i++)
		open += fencing->flaws[i].standing != FENCE_FIRST;
	fencing->deps.vitals->fence_flaws = open;
}

bool fencing_stands(const struct fencing *fencing, int ifindex)
{
	for (unsigned int i = 0; i < fencing->flaw_count; i++) {
		if (fencing->flaws[i].ifindex == ifindex)
			return fencing->flaws[i].standing == FENCE_FIRST;
	}
	return true;
}

/* A NIC that is gone, or not fenced any more. */
static void drop_flaw(struct fencing *fencing, int ifindex)
{
	struct fence_flaw *flaw = find_flaw(fencing, ifindex);

	if (!flaw)
		return;
	*flaw = fencing->flaws[--fencing->flaw_count];
	tell_flaws(fencing);
}

/* The one of this NIC, or a new one. */
static struct fence_flaw *flaw_of(struct fencing *fencing, int ifindex)
{
	struct fence_flaw *flaw = find_flaw(fencing, ifindex);

	if (flaw)
		return flaw;
	if (fencing->flaw_count == FENCE_MAX_INTERFACES)
		flaw = &fencing->flaws[0];
	else
		flaw = &fencing->flaws[fencing->flaw_count++];
	*flaw = (struct fence_flaw){.ifindex = ifindex,
				    .standing = FENCE_FIRST,
				    .told_at = MONOTIME_NEVER};
	return flaw;
}

static const char *name_of(int ifindex, char name[IF_NAMESIZE])
{
	return if_indextoname((unsigned int)ifindex, name) ? name : "(gone)";
}

static const char *what_happened(enum fence_standing found)
{
	return found == FENCE_GONE ? "somebody removed the fence"
				   : "somebody attached a program before the fence";
}

static void tell_repaired(struct fence_flaw *flaw, const char *name, enum fence_standing found,
			  struct monotime now)
{
	if (!monotime_is_never(flaw->told_at) &&
	    monotime_before(now, monotime_add(flaw->told_at, TELL_NS))) {
		flaw->since++;
		log_debug("%s: %s; this was repaired", name, what_happened(found));
		return;
	}
	if (flaw->since)
		log_warn("%s: %s; this was repaired, also %u times since the last message", name,
			 what_happened(found), flaw->since);
	else
		log_warn("%s: %s; this was repaired", name, what_happened(found));
	flaw->told_at = now;
	flaw->since = 0;
}

/* On a NIC of a router. Returns whether fencing_stands() has another answer for it. */
static bool put_right(struct fencing *fencing, int ifindex, enum fence_standing found,
		      struct monotime now)
{
	struct fence_flaw *flaw = flaw_of(fencing, ifindex);
	enum fence_standing before = flaw->standing, after = found;
	char why[FENCE_WHY], name[IF_NAMESIZE];
	int err;

	stand_in_begin();
	err = fence_repair(fencing->deps.fence, ifindex, &after, why);
	if (err && err != -ENODEV)
		fence_look(fencing->deps.fence, ifindex, &after);
	stand_in_end();
	if (err == -ENODEV)
		return false;
	name_of(ifindex, name);
	flaw->standing = after;
	if (after == FENCE_FIRST) {
		fencing->deps.vitals->fence_repairs++;
		tell_repaired(flaw, name, found, now);
	} else if (after != before) {
		log_err("%s: %s, and this cannot be repaired: %s; the address of a frozen or "
			"killed agent would stay on the wire",
			name, what_happened(after),
			why[0] ? why : "the other program still runs first");
	}
	return (before == FENCE_FIRST) != (after == FENCE_FIRST);
}

/* On another NIC: a thread does it, and what came of it is seen the next time. What stays as it is,
 * is tried again once a minute. */
static void have_put_right(struct fencing *fencing, int ifindex, enum fence_standing found,
			   struct monotime now)
{
	struct fence_flaw *flaw = flaw_of(fencing, ifindex);
	char name[IF_NAMESIZE];

	if (found == flaw->standing && monotime_before(now, monotime_add(flaw->tried_at, TELL_NS)))
		return;
	if (found == flaw->standing && !flaw->hopeless)
		log_warn("%s: %s, and this cannot be repaired; this host may answer there for a "
			 "shared address even if its agent is dead or frozen",
			 name_of(ifindex, name), what_happened(found));
	flaw->hopeless = found == flaw->standing;
	flaw->standing = found;
	flaw->tried_at = now;
	others_repair(fencing->deps.others, ifindex);
}

/* What was not first before. */
static void stands_again(struct fencing *fencing, struct fence_flaw *flaw, bool other,
			 struct monotime now)
{
	char name[IF_NAMESIZE];

	name_of(flaw->ifindex, name);
	if (other && !flaw->hopeless) {
		fencing->deps.vitals->fence_repairs++;
		tell_repaired(flaw, name, flaw->standing, now);
	} else {
		log_info("%s: the fence runs first again", name);
	}
	flaw->standing = FENCE_FIRST;
	flaw->hopeless = false;
}

bool fencing_look(struct fencing *fencing, struct monotime now)
{
	const struct fencing_deps *deps = &fencing->deps;
	bool changed = false;

	for (int i = 0; i < fencing->told_count; i++) {
		int ifindex = fencing->told[i];
		struct fence_flaw *flaw = find_flaw(fencing, ifindex);
		bool other = others_has(deps->others, ifindex);
		enum fence_standing found;
		int err;

		/* That of an earlier run, which the others have not come to yet. */
		if (!other && !fence_guards(deps->bpffs, ifindex))
			continue;
		stand_in_begin();
		err = fence_look(deps->fence, ifindex, &found);
		stand_in_end();
		if (err)
			continue;
		if (found != FENCE_FIRST && other) {
			have_put_right(fencing, ifindex, found, now);
		} else if (found != FENCE_FIRST) {
			changed |= put_right(fencing, ifindex, found, now);
		} else if (flaw && flaw->standing != FENCE_FIRST) {
			stands_again(fencing, flaw, other, now);
			changed = true;
		}
	}
	fencing->told_count = 0;
	tell_flaws(fencing);
	return changed;
}

/* ---- NICs that have left their port ---- */

void fencing_sweep(struct fencing *fencing)
{
	const struct fencing_deps *deps = &fencing->deps;
	struct ports *ports = deps->ports;

	if (!deps->fence)
		return;
	for (unsigned int i = fencing->flaw_count; i-- > 0;) {
		if (!plan_link_by_index(&ports->interfaces->actual, fencing->flaws[i].ifindex))
			drop_flaw(fencing, fencing->flaws[i].ifindex);
	}
	if (ports->left)
		remains_forget_orphans(deps->fence, deps->config, ports->interfaces, false);
	others_update(deps->others);
	if (ports->left)
		ports->left = others_forget_rest(deps->others, ports, deps->bpffs);
}

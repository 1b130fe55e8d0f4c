/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins sys/bpf/fence and sys/bpf/fence_watch to the ports and the interfaces.
 */
#include "agent/fencing.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/host/log.h"

/* Whoever takes the first place again and again is told of so often at most. */
#define TELL_NS (60 * NS_PER_S)

void fencing_open(struct fencing *fencing, struct fence *fence, const char *bpffs,
		  struct ports *ports, struct vitals *vitals)
{
	int err;

	*fencing =
		(struct fencing){.fence = fence, .bpffs = bpffs, .ports = ports, .vitals = vitals};
	if (!fence)
		return;
	err = fence_watch_open(fence, bpffs, &fencing->watch);
	if (err)
		log_warn("nobody watches whether the fence stands: %s", strerror(-err));
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
	fence_watch_read(fencing->watch);
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
	fencing->vitals->fence_flaws = open;
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
	return found == FENCE_GONE ? "somebody took the fence off"
				   : "somebody attached a program before the fence";
}

static void tell_repaired(struct fence_flaw *flaw, const char *name, enum fence_standing found,
			  struct monotime now)
{
	if (!monotime_is_never(flaw->told_at) &&
	    monotime_before(now, monotime_add(flaw->told_at, TELL_NS))) {
		flaw->since++;
		log_debug("%s: %s: put right", name, what_happened(found));
		return;
	}
	if (flaw->since)
		log_warn("%s: %s: put right; so it was %u times more since the last message", name,
			 what_happened(found), flaw->since);
	else
		log_warn("%s: %s: put right", name, what_happened(found));
	flaw->told_at = now;
	flaw->since = 0;
}

/* Returns whether fencing_stands() has another answer for it. */
static bool put_right(struct fencing *fencing, int ifindex, enum fence_standing found,
		      fencing_repaired_fn repaired, void *context, struct monotime now)
{
	struct fence_flaw *flaw = flaw_of(fencing, ifindex);
	enum fence_standing before = flaw->standing, after = found;
	char why[FENCE_WHY], name[IF_NAMESIZE];
	int err = fence_repair(fencing->fence, ifindex, &after, why);

	if (err == -ENODEV)
		return false;
	/* Where only a part of it could be put right, links were made anew, too. */
	repaired(context, ifindex);
	if (err)
		fence_look(fencing->fence, ifindex, &after);
	name_of(ifindex, name);
	flaw->standing = after;
	if (after == FENCE_FIRST) {
		fencing->vitals->fence_repairs++;
		tell_repaired(flaw, name, found, now);
	} else if (after != before) {
		log_err("%s: %s, and it cannot be put right: %s: a frozen or killed agent's "
			"address would stay on the wire",
			name, what_happened(after), why[0] ? why : "it stays behind");
	}
	return (before == FENCE_FIRST) != (after == FENCE_FIRST);
}

bool fencing_look(struct fencing *fencing, fencing_repaired_fn repaired, void *context,
		  struct monotime now)
{
	int ifindexes[FENCE_MAX_INTERFACES], count;
	bool changed = false;

	count = fence_interfaces(fencing->bpffs, ifindexes);
	for (int i = 0; i < count; i++) {
		struct fence_flaw *flaw = find_flaw(fencing, ifindexes[i]);
		enum fence_standing found;
		char name[IF_NAMESIZE];

		if (fence_look(fencing->fence, ifindexes[i], &found))
			continue;
		if (found != FENCE_FIRST) {
			changed |= put_right(fencing, ifindexes[i], found, repaired, context, now);
		} else if (flaw && flaw->standing != FENCE_FIRST) {
			log_info("%s: the fence is first of all again",
				 name_of(ifindexes[i], name));
			flaw->standing = FENCE_FIRST;
			changed = true;
		}
	}
	tell_flaws(fencing);
	return changed;
}

/* ---- NICs that have left their port ---- */

/* Is it the NIC of a port that is fenced, or is to be? */
static bool is_ports(const struct ports *ports, int ifindex)
{
	for (unsigned int i = 0; i < ports->count; i++) {
		const struct port *port = &ports->port[i];

		if (port->ifindex == ifindex &&
		    (port->fence_ifindex == ifindex || port->fence_failed))
			return true;
	}
	return false;
}

static bool carries(const struct plan_actual *actual, const struct vrrp_guarded_key *key)
{
	const struct plan_link *link = plan_link_by_index(actual, (int)key->ifindex);
	uint8_t family = key->kind == VRRP_GUARD_IP6 ? 6 : 4;

	if (key->kind == VRRP_GUARD_MAC)
		return link && !memcmp(link->mac, key->addr.b, 6);
	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *address = &actual->addresses[i];

		if (address->ifindex == (int)key->ifindex && address->family == family &&
		    !memcmp(address->addr.b, key->addr.b, family == 6 ? 16 : 4))
			return true;
	}
	return false;
}

/* Does the NIC carry anything that is guarded on it? True also where that is not known. */
static bool is_needed(const struct fencing *fencing, int ifindex)
{
	struct vrrp_guarded_key *keys;
	unsigned int count;
	bool needed = false;

	if (fence_guards_on(fencing->fence, ifindex, &keys, &count))
		return true;
	for (unsigned int i = 0; i < count && !needed; i++)
		needed = carries(&fencing->ports->interfaces->actual, &keys[i]);
	free(keys);
	return needed;
}

void fencing_sweep(struct fencing *fencing)
{
	int ifindexes[FENCE_MAX_INTERFACES], count;
	struct ports *ports = fencing->ports;
	bool left = false;

	if (!fencing->fence)
		return;
	for (unsigned int i = fencing->flaw_count; i-- > 0;) {
		if (!plan_link_by_index(&ports->interfaces->actual, fencing->flaws[i].ifindex))
			drop_flaw(fencing, fencing->flaws[i].ifindex);
	}
	if (!ports->left)
		return;
	count = fence_guarded_interfaces(fencing->fence, ifindexes);
	for (int i = 0; i < count; i++) {
		char name[IF_NAMESIZE];

		if (!ifindexes[i] || is_ports(ports, ifindexes[i]))
			continue;
		if (is_needed(fencing, ifindexes[i])) {
			left = true;
			continue;
		}
		fence_forget_interface(fencing->fence, ifindexes[i]);
		fence_detach(fencing->bpffs, ifindexes[i]);
		drop_flaw(fencing, ifindexes[i]);
		for (unsigned int p = 0; p < ports->count; p++) {
			if (ports->port[p].fence_ifindex == ifindexes[i])
				ports->port[p].fence_ifindex = 0;
		}
		log_info("%s: not fenced any more: nothing that is guarded is left on it",
			 name_of(ifindexes[i], name));
	}
	ports->left = left || count < 0;
}

void fencing_forget_orphans(struct fencing *fencing)
{
	struct ports *ports = fencing->ports;

	if (!fencing->fence)
		return;
	for (unsigned int i = 0; i < ports->count; i++) {
		if (ports->port[i].owned && ports->port[i].ifindex)
			fence_forget_orphans_on(fencing->fence, ports->port[i].ifindex);
	}
	ports->left = true;
	fencing_sweep(fencing);
}

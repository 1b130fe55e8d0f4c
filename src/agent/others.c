/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of interfaces: how each is to be covered, and how it is.
 */
#include "agent/others.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/attacher.h"
#include "agent/stand_in.h"
#include "core/nic/cover.h"
#include "sys/host/log.h"

#define PAUSE_NS      10000000LL /* between two looks at the attacher */
#define LEAVE_AT_ONCE 8          /* each takes a fraction of a millisecond */
#define PUT_OFF       50 /* so many times at most: adverts of 10 ms would put it off for ever */

struct other {
	int ifindex;
	char name[CONFIG_IFNAME];
	enum cover want, have;
	enum cover failed; /* this was tried in vain, and said; COVER_NONE: nothing was */
	bool gone;         /* what has this number now is another interface, or none */
	bool repair;       /* somebody took it off, or passed it */
	uint8_t own[6]; /* the fence knows it as below a public one, with this MAC; or all zero */
};

struct others {
	struct others_deps deps;
	struct other other[FENCE_MAX_INTERFACES];
	unsigned int count;
	struct attacher *attacher;
	bool pending, said_full, said_done;
	bool updated; /* once, at least */
	unsigned int put_off;
	struct monotime at; /* not before */
};

int others_open(const struct others_deps *deps, struct others **ret_others)
{
	struct others *others = calloc(1, sizeof(*others));
	int err = others ? attacher_open(deps->fence, &others->attacher) : -ENOMEM;

	if (err) {
		log_warn("other interfaces are not fenced: %s", strerror(-err));
		free(others);
		return err;
	}
	others->deps = *deps;
	*ret_others = others;
	return 0;
}

static bool has_own(const struct other *other)
{
	static const uint8_t none[6];

	return memcmp(other->own, none, sizeof(none)) != 0;
}

static void drop_own(const struct others *others, struct other *other)
{
	if (has_own(other))
		fence_drop_own(others->deps.fence, other->ifindex, other->own);
	memset(other->own, 0, sizeof(other->own));
}

/* mac: what it has itself below a public interface, see COVER_BELOW; NULL: it is not below one. */
static void put_own(const struct others *others, struct other *other, const uint8_t *mac)
{
	int err;

	if (mac ? !memcmp(other->own, mac, sizeof(other->own)) : !has_own(other))
		return;
	drop_own(others, other);
	err = mac ? fence_put_own(others->deps.fence, other->ifindex, mac) : 0;
	if (err)
		log_warn("%s: this interface may claim a shared address of a device above it: %s",
			 other->name, strerror(-err));
	else if (mac)
		memcpy(other->own, mac, sizeof(other->own));
}

static struct other *find(const struct others *others, int ifindex)
{
	for (unsigned int i = 0; i < others->count; i++) {
		if (others->other[i].ifindex == ifindex)
			return (struct other *)&others->other[i];
	}
	return NULL;
}

/* The bound is for all fences: each one holds two descriptors, and counts for `detach`. */
static unsigned int room(const struct others *others)
{
	return FENCE_MAX_INTERFACES - others->deps.ports->count;
}

/* Its router's, also if somebody has renamed it: while it carries what is guarded there. */
static bool is_routers(const struct others *others, int ifindex)
{
	const struct ports *ports = others->deps.ports;

	return ports_fenced(others->deps.ports, ifindex) ||
	       (ports->left && fence_guards(others->deps.bpffs, ifindex));
}

static void want(struct others *others, const struct plan_link *link, enum cover cover,
		 unsigned int *ret_left_out)
{
	struct other *other = find(others, link->ifindex);

	if (!other && others->count >= room(others)) {
		(*ret_left_out)++;
		return;
	}
	if (!other) {
		other = &others->other[others->count++];
		*other = (struct other){.ifindex = link->ifindex};
	}
	snprintf(other->name, sizeof(other->name), "%s", link->name);
	other->want = cover == COVER_BELOW ? COVER_LEASED : cover;
	put_own(others, other, cover == COVER_BELOW ? link->mac : NULL);
}

static bool is_done(const struct other *other)
{
	if (other->gone || other->repair)
		return false;
	return other->want == other->have ||
	       (other->want != COVER_NONE && other->want == other->failed);
}

static void look_for_work(struct others *others)
{
	unsigned int covered = 0;

	others->pending = false;
	for (unsigned int i = 0; i < others->count; i++) {
		others->pending |= !is_done(&others->other[i]);
		covered += others->other[i].have != COVER_NONE;
	}
	if (!others->pending && !others->said_done && covered) {
		others->said_done = true;
		log_info("other interfaces are fenced as well: %u", covered);
	}
}

/* Those that are neither covered nor to be covered leave the list. */
static void forget_unwanted(struct others *others)
{
	for (unsigned int i = others->count; i-- > 0;) {
		struct other *other = &others->other[i];

		if (other->want != COVER_NONE || other->have != COVER_NONE || other->gone)
			continue;
		drop_own(others, other);
		others->other[i] = others->other[--others->count];
	}
}

static bool keeps_own(void *context, int ifindex, const uint8_t mac[6])
{
	const struct other *other = find(context, ifindex);

	return other && !memcmp(other->own, mac, sizeof(other->own));
}

void others_update(struct others *others)
{
	const struct plan_actual *actual = others ? &others->deps.interfaces->actual : NULL;
	unsigned int left_out = 0;
	enum cover *covers;

	if (!others || cover_links(others->deps.config, actual, &covers))
		return;
	for (unsigned int i = 0; i < others->count; i++)
		others->other[i].want = COVER_NONE;
	for (unsigned int i = 0; i < actual->link_count; i++) {
		struct other *other = find(others, actual->links[i].ifindex);

		if (is_routers(others, actual->links[i].ifindex))
			covers[i] = COVER_NONE;
		if (other && covers[i] != COVER_NONE)
			want(others, &actual->links[i], covers[i], &left_out);
	}
	forget_unwanted(others);
	for (unsigned int i = 0; i < actual->link_count; i++) {
		if (covers[i] != COVER_NONE)
			want(others, &actual->links[i], covers[i], &left_out);
	}
	free(covers);
	/* The agent before us, or we before a restart, may have left more. */
	if (!others->updated)
		fence_forget_own(others->deps.fence, keeps_own, others);
	others->updated = true;
	if (left_out && !others->said_full)
		log_warn("the fence covers %u interfaces beside the public ones, but not %u more; "
			 "on those, this host may answer for a shared address even if its agent is "
			 "dead or frozen (net.ipv4.conf.all.arp_ignore = 1 prevents that)",
			 room(others), left_out);
	others->said_full = left_out != 0;
	look_for_work(others);
}

void others_gone(struct others *others, int ifindex)
{
	struct other *other = others ? find(others, ifindex) : NULL;

	if (!other)
		return;
	drop_own(others, other);
	other->gone = others->pending = true;
	other->want = COVER_NONE; /* until the next dump */
}

struct monotime others_due(const struct others *others)
{
	return others && (others->pending || attacher_busy(others->attacher)) ? others->at
									      : MONOTIME_NEVER;
}

bool others_busy(const struct others *others)
{
	return others && attacher_busy(others->attacher);
}

static int detach(const struct others *others, int ifindex)
{
	int err;

	stand_in_begin();
	err = fence_detach_later(others->deps.bpffs, ifindex);
	stand_in_end();
	return err;
}

static void leave(struct others *others, struct other *other)
{
	bool taken = is_routers(others, other->ifindex);
	int err = taken ? 0 : detach(others, other->ifindex);

	other->have = other->failed = COVER_NONE;
	other->gone = other->repair = false;
	if (err && err != -ENOENT)
		log_err("%s: cannot remove the fence: %s", other->name, strerror(-err));
}

static void take(struct others *others, const struct attachment *done)
{
	struct other *other = find(others, done->ifindex);
	struct port *port = ports_fenced(others->deps.ports, done->ifindex);
	enum cover cover = done->leased ? COVER_LEASED : COVER_OTHER;
	enum fence_standing standing;
	char why[FENCE_WHY];

	/* Meanwhile it got the name of a public interface. Its router must fence it again. */
	if (port) {
		port->fence_ifindex = 0;
		others->deps.ports->dirty = true;
		return;
	}
	/* Meanwhile it had that name, has lost it again, and still carries what is guarded there.
	 */
	if (is_routers(others, done->ifindex)) {
		stand_in_begin();
		fence_repair(others->deps.fence, done->ifindex, &standing, why);
		stand_in_end();
		return;
	}
	if (!other) { /* it is not wanted any more */
		detach(others, done->ifindex);
		return;
	}
	if (!done->err) {
		other->have = cover;
		log_debug("%s: claims no shared address%s, by %s", other->name,
			  done->leased ? " without the lease" : "", fence_hook_name(done->hook));
		return;
	}
	other->failed = cover;
	if (done->err != -ENODEV) /* else it is gone, and the next dump says so */
		log_warn("%s: the fence does not cover this interface; this host may answer there "
			 "for a shared address even if its agent is dead or frozen "
			 "(net.ipv4.conf.%s.arp_ignore = 1 prevents that)",
			 other->name, other->name);
}

static void ask(struct others *others, struct other *other)
{
	struct attachment next = {.ifindex = other->ifindex, .leased = other->want == COVER_LEASED};

	snprintf(next.name, sizeof(next.name), "%s", other->name);
	other->repair = false;
	attacher_ask(others->attacher, &next);
}

void others_begin(struct others *others, bool later)
{
	if (attacher_busy(others->attacher) || (later && ++others->put_off <= PUT_OFF))
		return;
	others->put_off = 0;
	for (unsigned int i = 0, left = 0; i < others->count && left < LEAVE_AT_ONCE; i++) {
		struct other *other = &others->other[i];

		if (is_done(other))
			continue;
		if (!other->gone && other->want != COVER_NONE) {
			ask(others, other);
			break;
		}
		leave(others, other);
		left++;
	}
	forget_unwanted(others);
	look_for_work(others);
}

bool others_take(struct others *others, struct monotime now)
{
	struct attachment done;
	bool taken = attacher_take(others->attacher, &done);

	if (taken)
		take(others, &done);
	others->at = monotime_add(now, PAUSE_NS);
	look_for_work(others);
	return taken && !others->pending;
}

bool others_has(const struct others *others, int ifindex)
{
	const struct other *other = others ? find(others, ifindex) : NULL;

	return other && other->have != COVER_NONE && !other->gone;
}

void others_repair(struct others *others, int ifindex)
{
	struct other *other = others ? find(others, ifindex) : NULL;

	if (!other || other->want == COVER_NONE)
		return;
	other->repair = others->pending = true;
}

void others_repair_unpinned(struct others *others, const struct pins *pins)
{
	for (unsigned int i = 0; others && i < others->count; i++) {
		struct other *other = &others->other[i];

		/* Also one that is under way: its pins may have come and gone before its end is
		 * seen.
		 */
		if ((other->have != COVER_NONE || other->failed == COVER_NONE) &&
		    !fence_is_pinned(others->deps.bpffs, other->ifindex) &&
		    !pins_miss_fence(pins, other->ifindex))
			others_repair(others, other->ifindex);
	}
}

bool others_forget_rest(const struct others *others, struct ports *ports, const char *bpffs)
{
	int fences[FENCE_MAX_INTERFACES], count = fence_interfaces(bpffs, fences);
	bool left = false;

	for (int i = 0; i < count; i++) {
		bool guarded =
			others ? fence_guards(bpffs, fences[i]) : fence_is_needed(bpffs, fences[i]);

		if (ports_fenced(ports, fences[i]) || (others && find(others, fences[i])))
			continue;
		left |= guarded;
		if (!guarded)
			fence_detach_later(bpffs, fences[i]);
	}
	return left;
}

void others_close(struct others *others)
{
	if (!others)
		return;
	attacher_close(others->attacher);
	free(others);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the fence hangs: tcx links, or filters of a clsact qdisc. Knows no map and no guard.
 *
 * Names in bpffs, with the interface's number:
 *   fence_N_in, fence_N_out  tcx links; the pin is what holds them
 *   fence_N_filter           filters of ours are in its clsact qdisc (they hold themselves; this
 *                            tells who removes the directory where): the egress program
 *   fence_N_qdisc            that qdisc was made for them
 */
#include "sys/bpf/fence_internal.h"
#include "sys/bpf/loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/host/log.h"

#define TCX_BEFORE (1U << 3) /* BPF_F_BEFORE without a relative: first of all */

/* Our filter is at the first priority of these where bpf filters may be: an earlier filter that
 * accepts a frame would keep it from us. */
#define FILTER_PRIORITY     1
#define FILTER_PRIORITY_MAX 8

enum pin { PIN_IN, PIN_OUT, PIN_FILTER, PIN_QDISC, PIN_COUNT };

static int pin_path(const char *bpffs, int ifindex, enum pin pin, char path[PATH_MAX])
{
	static const char *const names[PIN_COUNT] = {"in", "out", "filter", "qdisc"};
	char name[48];

	snprintf(name, sizeof(name), "fence_%d_%s", ifindex, names[pin]);
	return bpffs_path(bpffs, name, path);
}

static bool is_pinned(const char *bpffs, int ifindex, enum pin pin)
{
	char path[PATH_MAX];

	return !pin_path(bpffs, ifindex, pin, path) && !access(path, F_OK);
}

static int open_pin(const char *bpffs, int ifindex, enum pin pin)
{
	char path[PATH_MAX];
	int fd, err = pin_path(bpffs, ifindex, pin, path);

	if (err)
		return err;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

/* In place of whatever has the name. */
static int pin_as(int fd, const char *bpffs, int ifindex, enum pin pin)
{
	char path[PATH_MAX];
	int err = pin_path(bpffs, ifindex, pin, path);

	if (err)
		return err;
	unlink(path);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

static int unpin(const char *bpffs, int ifindex, enum pin pin)
{
	char path[PATH_MAX];
	int err = pin_path(bpffs, ifindex, pin, path);

	if (err)
		return err;
	return unlink(path) ? -errno : 0;
}

/* ---- tcx ---------------------------------------------------------------------------------------
 */

static enum pin link_pin(enum vrrp_fence_side side)
{
	return side == VRRP_FENCE_IN ? PIN_IN : PIN_OUT;
}

static int open_link(const char *bpffs, int ifindex, enum vrrp_fence_side side)
{
	return open_pin(bpffs, ifindex, link_pin(side));
}

/* -ENOENT: none, or of a NIC that is gone. *ret_program: the id of its program. */
static int check_link(const char *bpffs, int ifindex, enum vrrp_fence_side side,
		      uint32_t *ret_program)
{
	struct bpf_link_info info = {0};
	uint32_t length = sizeof(info);
	int fd = open_link(bpffs, ifindex, side), err = 0;

	if (fd < 0)
		return fd;
	/* A tcx link tells its ifindex where an XDP link does, first in the union; 0: it is gone.
	 */
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		err = -errno;
	else if (info.xdp.ifindex != (uint32_t)ifindex)
		err = -ENOENT;
	else
		*ret_program = info.prog_id;
	close(fd);
	return err;
}

/* A program that lets nothing pass. */
static int load_shut(void)
{
	const struct bpf_insn instructions[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_SHOT}, /* r0 = TC_ACT_SHOT */
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, FENCE_PROGRAM_SHUT, "GPL", instructions,
			       sizeof(instructions) / sizeof(instructions[0]), NULL);

	return fd < 0 ? -errno : fd;
}

static int make_link(const struct fence_programs *programs, int ifindex, enum vrrp_fence_side side)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = TCX_BEFORE);
	int type = side == VRRP_FENCE_IN ? FENCE_TCX_INGRESS : FENCE_TCX_EGRESS;
	int fd = bpf_link_create(programs->fd[side], ifindex, (enum bpf_attach_type)type, &options);
	int err;

	if (fd < 0)
		return -errno;
	err = pin_as(fd, programs->bpffs, ifindex, link_pin(side));
	close(fd); /* the pin holds it; without one, it is detached here */
	return err;
}

/* A link cannot be moved, and a hook takes no program twice. So the old link lets nothing pass
 * until the new one, which is first of all, has the program. If that fails, all is as before. */
static int tcx_move_first(const struct fence_programs *programs, int ifindex,
			  enum vrrp_fence_side side, int old)
{
	int shut = load_shut(), err;

	if (shut < 0)
		return shut;
	err = bpf_link_update(old, shut, NULL) ? -errno : 0;
	close(shut);
	if (err)
		return err;
	err = make_link(programs, ifindex, side);
	if (err)
		bpf_link_update(old, programs->fd[side], NULL);
	else
		bpf_link_detach(old); /* at once, whoever else holds it */
	return err;
}

static int tcx_attach_side(const struct fence_programs *programs, int ifindex,
			   enum vrrp_fence_side side)
{
	int old = open_link(programs->bpffs, ifindex, side), err;
	enum fence_standing standing = FENCE_FIRST;

	if (old == -ENOENT)
		return make_link(programs, ifindex, side);
	if (old < 0)
		return old;
	err = bpf_link_update(old, programs->fd[side], NULL) ? -errno : 0;
	if (err ==
	    -ENOLINK) { /* somebody detached it, or its NIC is gone and the number came back */
		err = make_link(programs, ifindex, side);
	} else if (!err) {
		fence_look_tcx(ifindex, side, programs->id[side], &standing);
		if (standing == FENCE_BEHIND) /* that is better than not at all */
			tcx_move_first(programs, ifindex, side, old);
	}
	close(old);
	return err;
}

static int tcx_detach(const char *bpffs, int ifindex)
{
	int found = -ENOENT;

	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		int fd = open_link(bpffs, ifindex, side), err;

		if (fd >= 0) {
			bpf_link_detach(fd); /* at once, whoever else holds it */
			close(fd);
		}
		err = unpin(bpffs, ifindex, link_pin(side));
		if (!err)
			found = 0;
		else if (err != -ENOENT)
			return err;
	}
	return found;
}

static int tcx_attach(const struct fence_programs *programs, int ifindex)
{
	int err = tcx_attach_side(programs, ifindex, VRRP_FENCE_IN);

	return err ? err : tcx_attach_side(programs, ifindex, VRRP_FENCE_OUT);
}

/* ---- clsact ------------------------------------------------------------------------------------
 */

static struct bpf_tc_hook tc_hook(int ifindex, enum vrrp_fence_side side)
{
	return (struct bpf_tc_hook){.sz = sizeof(struct bpf_tc_hook),
				    .ifindex = ifindex,
				    .attach_point =
					    side == VRRP_FENCE_IN ? BPF_TC_INGRESS : BPF_TC_EGRESS};
}

static int remove_filter(int ifindex, enum vrrp_fence_side side, const struct fence_filter *filter)
{
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = filter->handle, .priority = filter->priority);
	struct bpf_tc_hook hook = tc_hook(ifindex, side);
	int err = bpf_tc_detach(&hook, &options);

	return err == -ENOENT || err == -ENODEV ? 0 : err;
}

static int add_filter(const struct fence_programs *programs, int ifindex, enum vrrp_fence_side side,
		      const struct fence_filter *filter, bool replace)
{
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = filter->handle, .priority = filter->priority,
		    .prog_fd = programs->fd[side], .flags = replace ? BPF_TC_F_REPLACE : 0);
	struct bpf_tc_hook hook = tc_hook(ifindex, side);

	return bpf_tc_attach(&hook, &options);
}

static bool has_filter(const struct fence_filters *filters, const struct fence_filter *filter)
{
	for (unsigned int i = 0; i < filters->count; i++) {
		if (filters->ours[i].priority == filter->priority &&
		    filters->ours[i].handle == filter->handle)
			return true;
	}
	return false;
}

/* A filter at the first priority, up to `last`, that takes one. 0, or negative errno. -EBUSY: none
 * of them does. */
static int add_first(const struct fence_programs *programs, int ifindex, enum vrrp_fence_side side,
		     const struct fence_filters *filters, uint32_t last)
{
	for (uint32_t priority = FILTER_PRIORITY; priority <= last; priority++) {
		struct fence_filter filter = {.priority = priority, .handle = FENCE_FILTER_HANDLE};
		int err;

		if (has_filter(filters, &filter))
			filter.handle ^= 1;
		if (has_filter(filters, &filter))
			continue;
		err = add_filter(programs, ifindex, side, &filter, false);
		/* Taken by a filter of another kind or protocol: -EINVAL, -EEXIST. */
		if (err != -EINVAL && err != -EEXIST)
			return err;
	}
	return -EBUSY;
}

/* A filter cannot be moved, either: the new one is there before the old one goes. */
static int clsact_attach_side(const struct fence_programs *programs, int ifindex,
			      enum vrrp_fence_side side, char why[FENCE_WHY])
{
	struct fence_filters filters;
	unsigned int old = 0;
	int err = fence_look_filters(ifindex, side, &filters);

	if (err)
		return err;
	err = -EBUSY;
	if (!filters.count)
		err = add_first(programs, ifindex, side, &filters, FILTER_PRIORITY_MAX);
	else if (filters.before)
		err = add_first(programs, ifindex, side, &filters, filters.before);
	if (filters.count && err == -EBUSY) {
		err = add_filter(programs, ifindex, side, &filters.ours[0], true);
		old = 1;
	}
	if (err == -EBUSY)
		snprintf(why, FENCE_WHY,
			 "filters of others have pref %d to %d, and it needs one of these",
			 FILTER_PRIORITY, FILTER_PRIORITY_MAX);
	for (; !err && old < filters.count; old++)
		err = remove_filter(ifindex, side, &filters.ours[old]);
	if (!err)
		err = fence_look_filters(ifindex, side, &filters);
	if (!err && filters.count && filters.before)
		snprintf(why, FENCE_WHY,
			 "%s filters of others run before it, and what they accept, it does not "
			 "see (give them a pref above %d)",
			 side == VRRP_FENCE_IN ? "ingress" : "egress", FILTER_PRIORITY_MAX);
	return err;
}

/* Filters of anybody in both directions, or negative errno. */
static int count_filters(int ifindex)
{
	struct fence_filters in, out;
	int err = fence_look_filters(ifindex, VRRP_FENCE_IN, &in);

	if (!err)
		err = fence_look_filters(ifindex, VRRP_FENCE_OUT, &out);
	return err ? err : (int)(in.all + out.all);
}

static int clsact_qdisc(const struct fence_programs *programs, int ifindex, char why[FENCE_WHY])
{
	struct bpf_tc_hook hook = tc_hook(ifindex, VRRP_FENCE_IN);
	char kind[FENCE_QDISC_KIND];
	int err = fence_look_qdisc(ifindex, kind);

	if (err)
		return err;
	/* An `ingress` qdisc has one side only, and would take the egress filter for it. */
	if (kind[0] && strcmp(kind, "clsact") != 0) {
		snprintf(why, FENCE_WHY, "it has an %s qdisc: replace that by clsact", kind);
		return -EBUSY;
	}
	if (kind[0])
		return 0;
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	err = bpf_tc_hook_create(&hook);
	if (err)
		return err == -EEXIST ? 0 : err;
	err = pin_as(programs->fd[VRRP_FENCE_IN], programs->bpffs, ifindex, PIN_QDISC);
	if (err)
		bpf_tc_hook_destroy(&hook); /* nobody would know whose it is */
	return err;
}

static int remove_filters(int ifindex, enum vrrp_fence_side side)
{
	struct fence_filters filters;
	int err = fence_look_filters(ifindex, side, &filters);

	for (unsigned int i = 0; !err && i < filters.count; i++)
		err = remove_filter(ifindex, side, &filters.ours[i]);
	return err ? err : filters.count ? 0 : -ENOENT;
}

static int clsact_detach(const char *bpffs, int ifindex)
{
	struct bpf_tc_hook hook = tc_hook(ifindex, VRRP_FENCE_IN);
	bool was_quiet = loader_quiet(true); /* refusals are answers here */
	int found = -ENOENT;

	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		int err = remove_filters(ifindex, side);

		if (err && err != -ENOENT) {
			found = err;
			goto out;
		}
		if (!err)
			found = 0;
	}
	if (is_pinned(bpffs, ifindex, PIN_QDISC)) {
		hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
		if (count_filters(ifindex) == 0)
			bpf_tc_hook_destroy(&hook);
		unpin(bpffs, ifindex, PIN_QDISC);
		found = 0;
	}
	if (!unpin(bpffs, ifindex, PIN_FILTER))
		found = 0;
out:
	loader_quiet(was_quiet);
	return found;
}

static int clsact_attach(const struct fence_programs *programs, int ifindex, char why[FENCE_WHY])
{
	bool was_quiet = loader_quiet(true);
	int err = clsact_qdisc(programs, ifindex, why);

	/* The name before the filters: who dies in between leaves a name too many. */
	if (!err)
		err = pin_as(programs->fd[VRRP_FENCE_OUT], programs->bpffs, ifindex, PIN_FILTER);
	for (int side = 0; !err && side < VRRP_FENCE_SIDES; side++)
		err = clsact_attach_side(programs, ifindex, side, why);
	loader_quiet(was_quiet);
	return err;
}

/* ---- both --------------------------------------------------------------------------------------
 */

void fence_hook_programs(const char *bpffs, int ifindex, uint32_t ret_programs[VRRP_FENCE_SIDES])
{
	static const enum pin pins[] = {PIN_IN, PIN_OUT, PIN_FILTER};

	memset(ret_programs, 0, VRRP_FENCE_SIDES * sizeof(*ret_programs));
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		bool filter = pins[i] == PIN_FILTER;
		uint32_t *named = &ret_programs[pins[i] == PIN_IN ? VRRP_FENCE_IN : VRRP_FENCE_OUT];
		struct bpf_link_info link = {0};
		struct bpf_prog_info program = {0};
		uint32_t length = filter ? sizeof(program) : sizeof(link);
		int fd = open_pin(bpffs, ifindex, pins[i]);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, filter ? (void *)&program : (void *)&link, &length))
			*named = filter ? program.id : link.prog_id;
		close(fd);
	}
}

int fence_query_standing(const char *bpffs, int ifindex, enum fence_hook *ret_hook,
			 enum fence_standing *ret_standing)
{
	uint32_t programs[VRRP_FENCE_SIDES] = {0};
	int err = 0;

	for (int side = 0; !err && side < VRRP_FENCE_SIDES; side++)
		err = check_link(bpffs, ifindex, side, &programs[side]);
	*ret_hook = err ? FENCE_NONE : FENCE_TCX;
	if (err == -EPERM || err == -EACCES)
		return -EPERM;
	err = fence_look_hooks(ifindex, programs, ret_hook, ret_standing);
	if (err == -EPERM)
		return err;
	if (err) {
		*ret_hook = FENCE_NONE;
		*ret_standing = FENCE_GONE;
	}
	return 0;
}

int fence_query(const char *bpffs, int ifindex, enum fence_hook *ret_hook)
{
	enum fence_standing standing;

	int err = fence_query_standing(bpffs, ifindex, ret_hook, &standing);

	return *ret_hook == FENCE_NONE ? err : 0;
}

/* What is attached before is removed after its successor is there: no frame passes between. */
int fence_hook_attach(const struct fence_programs *programs, int ifindex, enum fence_hook want,
		      bool keep, enum fence_hook *ret_hook, char why[FENCE_WHY])
{
	enum fence_hook before = FENCE_NONE;
	int err = fence_query(programs->bpffs, ifindex, &before);

	why[0] = '\0';
	if (!err && want != FENCE_CLSACT) {
		err = tcx_attach(programs, ifindex);
		if (!err) {
			clsact_detach(programs->bpffs, ifindex);
			*ret_hook = FENCE_TCX;
			return 0;
		}
		if (before != FENCE_TCX && !keep)
			tcx_detach(programs->bpffs, ifindex);
		/* Whatever a kernel without tcx calls it; of these it would be no other there. */
		if (want == FENCE_NONE && err != -EPERM && err != -ENODEV && err != -ENOMEM) {
			log_debug("interface %d: no tcx: %s", ifindex, strerror(-err));
			want = FENCE_CLSACT;
			err = 0;
		}
	}
	if (!err && want == FENCE_CLSACT) {
		err = clsact_attach(programs, ifindex, why);
		if (!err) {
			tcx_detach(programs->bpffs, ifindex);
			*ret_hook = FENCE_CLSACT;
			return 0;
		}
		if (before != FENCE_CLSACT && !keep)
			clsact_detach(programs->bpffs, ifindex);
	}
	if (!why[0])
		snprintf(why, FENCE_WHY, "%s", strerror(-err));
	return err;
}

int fence_detach(const char *bpffs, int ifindex)
{
	int tcx = tcx_detach(bpffs, ifindex), clsact = clsact_detach(bpffs, ifindex);

	if (tcx && tcx != -ENOENT)
		return tcx;
	return clsact == -ENOENT ? tcx : clsact;
}

bool fence_is_pinned(const char *bpffs, int ifindex)
{
	return (is_pinned(bpffs, ifindex, PIN_IN) && is_pinned(bpffs, ifindex, PIN_OUT)) ||
	       is_pinned(bpffs, ifindex, PIN_FILTER);
}

int fence_interfaces(const char *bpffs, int ret_ifindexes[FENCE_MAX_INTERFACES])
{
	return bpffs_interfaces(bpffs, "fence", ret_ifindexes, FENCE_MAX_INTERFACES);
}

void fence_clear(const char *bpffs)
{
	int ifindexes[FENCE_MAX_INTERFACES], count = fence_interfaces(bpffs, ifindexes);

	for (int i = 0; i < count; i++) {
		int err = fence_detach(bpffs, ifindexes[i]);

		if (err && err != -ENOENT)
			log_err("interface %d: cannot remove the fence: %s", ifindexes[i],
				strerror(-err));
	}
}

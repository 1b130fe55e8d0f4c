/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the fence hangs: tcx links, or filters of a clsact qdisc. Knows no map and no guard.
 *
 * Names in bpffs, with the interface's number:
 *   fence_N_in, fence_N_out  tcx links; the pin is what holds them
 *   fence_N_filter           filters of ours are in its clsact qdisc (they hold themselves; this
 *                            tells who removes the directory where)
 *   fence_N_qdisc            that qdisc was made for them
 */
#include "sys/bpf/fence_internal.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/host/log.h"

#define TCX_BEFORE (1U << 3) /* BPF_F_BEFORE without a relative: first of all */

/* Ours is the filter with this handle ("vrrp"), at the first priority of these where bpf filters
 * may be: an earlier filter that accepts a frame would keep it from us. */
#define FILTER_HANDLE       0x76727270
#define FILTER_PRIORITY     1
#define FILTER_PRIORITY_MAX 8

#define DUMP_SIZE 32768 /* as the kernel cuts dumps */

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
	char path[PATH_MAX];
	int fd, err = pin_path(bpffs, ifindex, link_pin(side), path);

	if (err)
		return err;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

/* -ENOENT: none, or of a NIC that is gone. */
static int check_link(const char *bpffs, int ifindex, enum vrrp_fence_side side)
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
	close(fd);
	return err;
}

static int tcx_attach_side(const struct fence_programs *programs, int ifindex,
			   enum vrrp_fence_side side)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = TCX_BEFORE);
	int type = side == VRRP_FENCE_IN ? FENCE_TCX_INGRESS : FENCE_TCX_EGRESS;
	int fd = open_link(programs->bpffs, ifindex, side), err;

	if (fd >= 0) {
		err = bpf_link_update(fd, programs->fd[side], NULL) ? -errno : 0;
		close(fd);
		if (err != -ENOLINK) /* of a NIC that is gone and whose number came back */
			return err;
	} else if (fd != -ENOENT) {
		return fd;
	}
	fd = bpf_link_create(programs->fd[side], ifindex, (enum bpf_attach_type)type, &options);
	if (fd < 0)
		return -errno;
	err = pin_as(fd, programs->bpffs, ifindex, link_pin(side));
	close(fd); /* the pin holds it; without one, it is detached here */
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

/* What libbpf says of netlink's refusals is noise here: they are answers. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static struct bpf_tc_hook tc_hook(int ifindex, enum vrrp_fence_side side)
{
	return (struct bpf_tc_hook){.sz = sizeof(struct bpf_tc_hook),
				    .ifindex = ifindex,
				    .attach_point =
					    side == VRRP_FENCE_IN ? BPF_TC_INGRESS : BPF_TC_EGRESS};
}

/* The priority that our filter has, or -ENOENT. */
static int find_filter(int ifindex, enum vrrp_fence_side side)
{
	struct bpf_tc_hook hook = tc_hook(ifindex, side);

	for (uint32_t priority = FILTER_PRIORITY; priority <= FILTER_PRIORITY_MAX; priority++) {
		LIBBPF_OPTS(bpf_tc_opts, options, .handle = FILTER_HANDLE, .priority = priority);
		int err = bpf_tc_query(&hook, &options);

		if (!err)
			return (int)priority;
		if (err == -EPERM || err == -ENODEV)
			return err;
	}
	return -ENOENT;
}

static int clsact_attach_side(const struct fence_programs *programs, int ifindex,
			      const char *ifname, enum vrrp_fence_side side)
{
	struct bpf_tc_hook hook = tc_hook(ifindex, side);
	int at = find_filter(ifindex, side), err = -EBUSY;

	if (at > 0) {
		LIBBPF_OPTS(bpf_tc_opts, options, .handle = FILTER_HANDLE, .priority = (uint32_t)at,
			    .prog_fd = programs->fd[side], .flags = BPF_TC_F_REPLACE);

		return bpf_tc_attach(&hook, &options);
	}
	for (uint32_t priority = FILTER_PRIORITY; priority <= FILTER_PRIORITY_MAX; priority++) {
		LIBBPF_OPTS(bpf_tc_opts, options, .handle = FILTER_HANDLE, .priority = priority,
			    .prog_fd = programs->fd[side]);

		err = bpf_tc_attach(&hook, &options);
		if (!err && priority != FILTER_PRIORITY)
			log_warn("%s: %s filters of others run before the fence: what they accept, "
				 "it does not see (give them a pref above %d)",
				 ifname, side == VRRP_FENCE_IN ? "ingress" : "egress",
				 FILTER_PRIORITY_MAX);
		/* Taken by a filter of another kind or protocol: -EINVAL, -EEXIST. */
		if (err != -EINVAL && err != -EEXIST)
			return err;
	}
	log_err("%s: cannot be fenced: filters of others have pref %d to %d, and it needs one of "
		"these",
		ifname, FILTER_PRIORITY, FILTER_PRIORITY_MAX);
	return -EBUSY;
}

struct tc_found {
	int ifindex;
	unsigned int count;
	char kind[16]; /* of the qdisc in clsact's place */
};

static int on_tc(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct tc_found *found = data;
	const struct nlattr *attr;

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*tcm)) || tcm->tcm_ifindex != found->ifindex)
		return MNL_CB_OK;
	if (nlh->nlmsg_type == RTM_NEWTFILTER) {
		found->count++;
	} else if (nlh->nlmsg_type == RTM_NEWQDISC && tcm->tcm_parent == TC_H_CLSACT) {
		mnl_attr_for_each (attr, nlh, sizeof(*tcm)) {
			if (mnl_attr_get_type(attr) == TCA_KIND)
				snprintf(found->kind, sizeof(found->kind), "%.*s",
					 (int)mnl_attr_get_payload_len(attr),
					 mnl_attr_get_str(attr));
		}
	}
	return MNL_CB_OK;
}

static int tc_dump(uint16_t type, int ifindex, uint32_t parent, struct tc_found *found)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char *buf = malloc(DUMP_SIZE);
	struct nlmsghdr *nlh;
	struct tcmsg *tcm;
	ssize_t length;
	int err = -ENOMEM, more = MNL_CB_OK;

	if (!nl || !buf)
		goto out;
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = parent;
	err = 0;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		err = -errno;
	while (!err && more == MNL_CB_OK) {
		length = mnl_socket_recvfrom(nl, buf, DUMP_SIZE);
		if (length >= 0)
			more = mnl_cb_run(buf, (size_t)length, 0, 0, on_tc, found);
		if (length < 0 || more < 0)
			err = -errno;
	}
out:
	free(buf);
	if (nl)
		mnl_socket_close(nl);
	return err;
}

/* Filters of anybody in both directions, or negative errno. */
static int count_filters(int ifindex)
{
	struct tc_found found = {.ifindex = ifindex};
	int err =
		tc_dump(RTM_GETTFILTER, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), &found);

	if (!err)
		err = tc_dump(RTM_GETTFILTER, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
			      &found);
	return err ? err : (int)found.count;
}

static int clsact_qdisc(const struct fence_programs *programs, int ifindex, const char *ifname)
{
	struct bpf_tc_hook hook = tc_hook(ifindex, VRRP_FENCE_IN);
	struct tc_found found = {.ifindex = ifindex};
	int err = tc_dump(RTM_GETQDISC, ifindex, 0, &found);

	if (err)
		return err;
	/* An `ingress` qdisc has one side only, and would take the egress filter for it. */
	if (found.kind[0] && strcmp(found.kind, "clsact") != 0) {
		log_err("%s: cannot be fenced: it has an %s qdisc: replace that by clsact", ifname,
			found.kind);
		return -EBUSY;
	}
	if (found.kind[0])
		return 0;
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	err = bpf_tc_hook_create(&hook);
	if (err)
		return err == -EEXIST ? 0 : err;
	return pin_as(programs->fd[VRRP_FENCE_IN], programs->bpffs, ifindex, PIN_QDISC);
}

static int clsact_detach(const char *bpffs, int ifindex)
{
	struct bpf_tc_hook hook = tc_hook(ifindex, VRRP_FENCE_IN);
	libbpf_print_fn_t print = libbpf_set_print(say_nothing);
	int found = -ENOENT, err;

	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		struct bpf_tc_hook at = tc_hook(ifindex, side);
		int priority;

		while ((priority = find_filter(ifindex, side)) > 0) {
			LIBBPF_OPTS(bpf_tc_opts, options, .handle = FILTER_HANDLE,
				    .priority = (uint32_t)priority);

			err = bpf_tc_detach(&at, &options);
			if (err && err != -ENOENT && err != -ENODEV) {
				found = err;
				goto out;
			}
			found = 0;
		}
		if (priority == -EPERM) {
			found = priority;
			goto out;
		}
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
	libbpf_set_print(print);
	return found;
}

static int clsact_attach(const struct fence_programs *programs, int ifindex, const char *ifname)
{
	libbpf_print_fn_t print = libbpf_set_print(say_nothing);
	int err = clsact_qdisc(programs, ifindex, ifname);

	/* The name before the filters: who dies in between leaves a name too many. */
	if (!err)
		err = pin_as(programs->fd[VRRP_FENCE_IN], programs->bpffs, ifindex, PIN_FILTER);
	if (!err)
		err = clsact_attach_side(programs, ifindex, ifname, VRRP_FENCE_IN);
	if (!err)
		err = clsact_attach_side(programs, ifindex, ifname, VRRP_FENCE_OUT);
	libbpf_set_print(print);
	return err;
}

/* ---- both --------------------------------------------------------------------------------------
 */

int fence_query(const char *bpffs, int ifindex, enum fence_hook *ret_hook)
{
	libbpf_print_fn_t print;
	int err = check_link(bpffs, ifindex, VRRP_FENCE_IN), in, out;

	if (!err)
		err = check_link(bpffs, ifindex, VRRP_FENCE_OUT);
	if (!err) {
		*ret_hook = FENCE_TCX;
		return 0;
	}
	if (err == -EPERM || err == -EACCES)
		return -EPERM;
	print = libbpf_set_print(say_nothing);
	in = find_filter(ifindex, VRRP_FENCE_IN);
	out = find_filter(ifindex, VRRP_FENCE_OUT);
	libbpf_set_print(print);
	if (in == -EPERM || out == -EPERM)
		return -EPERM;
	*ret_hook = in > 0 && out > 0 ? FENCE_CLSACT : FENCE_NONE;
	return 0;
}

/* What is attached before is removed after its successor is there: no frame passes between. */
int fence_hook_attach(const struct fence_programs *programs, int ifindex, const char *ifname,
		      enum fence_hook want, enum fence_hook *ret_hook)
{
	enum fence_hook before = FENCE_NONE;
	int err = fence_query(programs->bpffs, ifindex, &before);

	if (!err && want != FENCE_CLSACT) {
		err = tcx_attach(programs, ifindex);
		if (!err) {
			clsact_detach(programs->bpffs, ifindex);
			*ret_hook = FENCE_TCX;
			return 0;
		}
		if (before != FENCE_TCX)
			tcx_detach(programs->bpffs, ifindex);
		/* Whatever a kernel without tcx calls it; of these it would be no other there. */
		if (want == FENCE_NONE && err != -EPERM && err != -ENODEV && err != -ENOMEM) {
			log_debug("%s: no tcx: %s", ifname, strerror(-err));
			want = FENCE_CLSACT;
			err = 0;
		}
	}
	if (!err && want == FENCE_CLSACT) {
		err = clsact_attach(programs, ifindex, ifname);
		if (!err) {
			tcx_detach(programs->bpffs, ifindex);
			*ret_hook = FENCE_CLSACT;
			return 0;
		}
		if (before != FENCE_CLSACT)
			clsact_detach(programs->bpffs, ifindex);
	}
	if (want != FENCE_CLSACT || err != -EBUSY) /* that was said in detail */
		log_err("%s: cannot be fenced: %s", ifname, strerror(-err));
	return err;
}

int fence_detach(const char *bpffs, int ifindex)
{
	int tcx = tcx_detach(bpffs, ifindex), clsact = clsact_detach(bpffs, ifindex);

	if (tcx && tcx != -ENOENT)
		return tcx;
	return clsact == -ENOENT ? tcx : clsact;
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
			log_err("interface %d: its fence cannot be removed: %s", ifindexes[i],
				strerror(-err));
	}
}

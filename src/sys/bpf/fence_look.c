/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the kernel how the fence stands on a NIC: which programs are there, in which order. Changes
 * nothing, logs nothing, and prints nothing through libbpf, so that any thread may ask at any time.
 * Depends on libbpf's system calls and on libmnl.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/bpf/fence_internal.h"

#define TCX_MAX   64    /* programs on one hook: BPF_MPROG_MAX of the kernel */
#define DUMP_SIZE 32768 /* as the kernel cuts dumps */

/* ---- tcx ---------------------------------------------------------------------------------------
 */

/* A fence of another agent ends no chain, so it may run before ours. Only CAP_SYS_ADMIN can find
 * that out; without it, every program counts as a stranger's. */
static bool is_fence(uint32_t program)
{
	static const char *const prefixes[] = {"vrrp_fence_", "vrrp_other_", "vrrp_leased_"};
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program);
	bool fence = false;

	if (fd < 0)
		return false;
	if (!bpf_obj_get_info_by_fd(fd, &info, &length)) {
		for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
			fence |= !strncmp(info.name, prefixes[i], strlen(prefixes[i]));
	}
	close(fd);
	return fence;
}

int fence_look_tcx(int ifindex, enum vrrp_fence_side side, uint32_t program,
		   enum fence_standing *ret_standing)
{
	int type = side == VRRP_FENCE_IN ? FENCE_TCX_INGRESS : FENCE_TCX_EGRESS;
	uint32_t ids[TCX_MAX], count = TCX_MAX;

	*ret_standing = FENCE_GONE;
	if (bpf_prog_query(ifindex, (enum bpf_attach_type)type, 0, NULL, ids, &count)) {
		if (errno == EPERM || errno == EACCES)
			return -EPERM;
		/* Nothing is attached, or the kernel has no tcx. */
		return errno == ENODEV ? -ENODEV : 0;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (ids[i] == program) {
			*ret_standing = FENCE_FIRST;
			for (uint32_t before = 0; before < i; before++) {
				if (!is_fence(ids[before]))
					*ret_standing = FENCE_BEHIND;
			}
			return 0;
		}
	}
	return 0;
}

/* ---- clsact ------------------------------------------------------------------------------------
 */

struct tc_dump {
	int ifindex;
	char *kind; /* of the qdisc in clsact's place; NULL: filters are asked for */
	struct fence_filters *filters; /* NULL: the qdisc is asked for */
};

struct filter {
	uint32_t chain, program;
	bool bpf;
};

static void read_filter(const struct nlmsghdr *nlh, struct filter *ret_filter)
{
	const struct nlattr *attr, *nested;

	mnl_attr_for_each (attr, nlh, sizeof(struct tcmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case TCA_CHAIN:
			if (!mnl_attr_validate(attr, MNL_TYPE_U32))
				ret_filter->chain = mnl_attr_get_u32(attr);
			break;
		case TCA_KIND:
			ret_filter->bpf = !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) &&
					  !strcmp(mnl_attr_get_str(attr), "bpf");
			break;
		case TCA_OPTIONS:
			if (!ret_filter->bpf)
				break;
			mnl_attr_for_each_nested (nested, attr) {
				if (mnl_attr_get_type(nested) == TCA_BPF_ID &&
				    !mnl_attr_validate(nested, MNL_TYPE_U32))
					ret_filter->program = mnl_attr_get_u32(nested);
			}
			break;
		}
	}
}

/* The kernel tells of filters in the order in which they see a frame. */
static void add_filter(struct fence_filters *filters, const struct nlmsghdr *nlh,
		       const struct tcmsg *tcm)
{
	struct filter filter = {0};
	uint32_t priority = TC_H_MAJ(tcm->tcm_info) >> 16;

	filters->all++;
	/* Each priority is told once without a filter. Other chains see what a filter sends there.
	 */
	if (!tcm->tcm_handle)
		return;
	read_filter(nlh, &filter);
	if (filter.chain)
		return;
	if (!filter.bpf || (tcm->tcm_handle | 1) != (FENCE_FILTER_HANDLE | 1)) {
		if (!filters->count && !filters->before)
			filters->before = priority;
	} else if (filters->count < FENCE_FILTERS) {
		filters->ours[filters->count++] = (struct fence_filter){
			.priority = priority,
			.handle = tcm->tcm_handle,
			.program = filter.program,
		};
	}
}

static int on_tc(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	struct tc_dump *dump = data;
	const struct nlattr *attr;

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*tcm)) || tcm->tcm_ifindex != dump->ifindex)
		return MNL_CB_OK;
	if (dump->filters && nlh->nlmsg_type == RTM_NEWTFILTER) {
		add_filter(dump->filters, nlh, tcm);
	} else if (dump->kind && nlh->nlmsg_type == RTM_NEWQDISC &&
		   tcm->tcm_parent == TC_H_CLSACT) {
		mnl_attr_for_each (attr, nlh, sizeof(*tcm)) {
			if (mnl_attr_get_type(attr) == TCA_KIND)
				snprintf(dump->kind, FENCE_QDISC_KIND, "%.*s",
					 (int)mnl_attr_get_payload_len(attr),
					 mnl_attr_get_str(attr));
		}
	}
	return MNL_CB_OK;
}

static int tc_dump(uint16_t type, uint32_t parent, struct tc_dump *dump)
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
	tcm->tcm_ifindex = dump->ifindex;
	tcm->tcm_parent = parent;
	err = 0;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		err = -errno;
	while (!err && more == MNL_CB_OK) {
		length = mnl_socket_recvfrom(nl, buf, DUMP_SIZE);
		if (length >= 0)
			more = mnl_cb_run(buf, (size_t)length, 0, 0, on_tc, dump);
		if (length < 0 || more < 0)
			err = -errno;
	}
out:
	free(buf);
	if (nl)
		mnl_socket_close(nl);
	return err;
}

int fence_look_qdisc(int ifindex, char ret_kind[FENCE_QDISC_KIND])
{
	struct tc_dump dump = {.ifindex = ifindex, .kind = ret_kind};

	ret_kind[0] = '\0';
	return tc_dump(RTM_GETQDISC, 0, &dump);
}

int fence_look_filters(int ifindex, enum vrrp_fence_side side, struct fence_filters *ret_filters)
{
	uint32_t minor = side == VRRP_FENCE_IN ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
	struct tc_dump dump = {.ifindex = ifindex, .filters = ret_filters};

	*ret_filters = (struct fence_filters){0};
	return tc_dump(RTM_GETTFILTER, TC_H_MAKE(TC_H_CLSACT, minor), &dump);
}

/* ---- both --------------------------------------------------------------------------------------
 */

static int look_clsact(int ifindex, enum vrrp_fence_side side, uint32_t program,
		       enum fence_standing *ret_standing)
{
	struct fence_filters filters;
	int err = fence_look_filters(ifindex, side, &filters);

	if (err)
		return err;
	*ret_standing = FENCE_GONE;
	if (filters.count && (!program || filters.ours[0].program == program))
		*ret_standing = filters.before ? FENCE_BEHIND : FENCE_FIRST;
	return 0;
}

int fence_look_hooks(int ifindex, const uint32_t programs[VRRP_FENCE_SIDES],
		     enum fence_hook *ret_hook, enum fence_standing *ret_standing)
{
	enum fence_hook hook[VRRP_FENCE_SIDES] = {FENCE_NONE, FENCE_NONE};
	enum fence_standing worst = FENCE_FIRST;
	char name[IF_NAMESIZE];

	if (!if_indextoname((unsigned int)ifindex, name))
		return -ENODEV;
	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		enum fence_standing standing = FENCE_GONE;
		int err = 0;

		if (programs[side])
			err = fence_look_tcx(ifindex, side, programs[side], &standing);
		if (!err && standing != FENCE_GONE) {
			hook[side] = FENCE_TCX;
		} else if (!err) {
			err = look_clsact(ifindex, side, programs[side], &standing);
			hook[side] = standing == FENCE_GONE ? FENCE_NONE : FENCE_CLSACT;
		}
		if (err)
			return err;
		if (standing > worst)
			worst = standing;
	}
	*ret_hook = hook[VRRP_FENCE_IN] == hook[VRRP_FENCE_OUT] ? hook[VRRP_FENCE_IN] : FENCE_NONE;
	*ret_standing = worst;
	return 0;
}

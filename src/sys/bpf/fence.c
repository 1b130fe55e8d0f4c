/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence's programs: which of them belong on which interface. Where they come from is in
 * sys/bpf/loader, where they hang in fence_hook.c, what they guard in fence_guards.c.
 */
#include "sys/bpf/fence.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fence.skel.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/fence_internal.h"
#include "sys/bpf/loader.h"
#include "sys/host/log.h"
#include "sys/net/ask_nic.h"

#define LOOKS    50 /* at a hook that has our program still */
#define PAUSE_NS 10000000L

static const struct loader_map maps[FENCE_MAPS] = {
	[FENCE_GUARDED] = {"guarded", sizeof(struct vrrp_guarded), .unused = false},
	[FENCE_FENCED] = {"fenced", sizeof(struct vrrp_fenced), .unused = false, .counts = true},
	[FENCE_LEASES] = {"leases", sizeof(struct vrrp_lease), .unused = false},
};

enum program { PUBLIC_IN, PUBLIC_OUT, OTHER_IN, OTHER_OUT, LEASED_OUT };

static const struct loader_program programs[FENCE_PROGRAMS] = {
	[PUBLIC_IN] = {"vrrp_fence_in", "fencing_in_"},
	[PUBLIC_OUT] = {"vrrp_fence_out", "fencing_out_"},
	[OTHER_IN] = {"vrrp_other_in", "other_in_"},
	[OTHER_OUT] = {"vrrp_other_out", "other_out_"},
	[LEASED_OUT] = {"vrrp_leased_out", "leased_out_"},
};

static const enum program at_place[FENCE_PLACES][VRRP_FENCE_SIDES] = {
	[FENCE_PUBLIC] = {[VRRP_FENCE_IN] = PUBLIC_IN, [VRRP_FENCE_OUT] = PUBLIC_OUT},
	[FENCE_OTHER] = {[VRRP_FENCE_IN] = OTHER_IN, [VRRP_FENCE_OUT] = OTHER_OUT},
	[FENCE_LEASED] = {[VRRP_FENCE_IN] = OTHER_IN, [VRRP_FENCE_OUT] = LEASED_OUT},
};

static const struct loader_object object = {
	.what = "the fence",
	.bytes = fence_bpf__elf_bytes,
	.digest = fence_bpf_digest,
	.maps = maps,
	.map_count = FENCE_MAPS,
	.programs = programs,
	.program_count = FENCE_PROGRAMS,
};

const void *fence_object(size_t *ret_size)
{
	return fence_bpf__elf_bytes(ret_size);
}

const char *fence_hook_name(enum fence_hook hook)
{
	switch (hook) {
	case FENCE_NONE:
		return "none";
	case FENCE_TCX:
		return "tcx";
	case FENCE_CLSACT:
		return "clsact";
	}
	return "none";
}

const char *fence_standing_name(enum fence_standing standing)
{
	switch (standing) {
	case FENCE_FIRST:
		return "first";
	case FENCE_BEHIND:
		return "behind";
	case FENCE_GONE:
		return "gone";
	}
	return "gone";
}

/* The numbers of the loaded programs, by which they are found among those of others. */
static int learn_ids(struct fence_programs *loaded)
{
	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		struct bpf_prog_info info = {0};
		uint32_t length = sizeof(info);

		if (bpf_obj_get_info_by_fd(loaded->fd[side], &info, &length))
			return -errno;
		loaded->id[side] = info.id;
	}
	return 0;
}

int fence_open(const char *bpffs, struct fence **ret_fence)
{
	struct fence *fence = calloc(1, sizeof(*fence));
	int err;

	if (!fence)
		return -ENOMEM;
	err = loader_open_maps(&object, bpffs, false, fence->maps);
	if (err) {
		free(fence);
		return err;
	}
	err = loader_open_programs(&object, bpffs, fence->maps, fence->fds);
	if (err) {
		fence_close(fence);
		return err;
	}
	for (int place = 0; place < FENCE_PLACES && !err; place++) {
		struct fence_programs *there = &fence->places[place];

		snprintf(there->bpffs, sizeof(there->bpffs), "%s", bpffs);
		for (int side = 0; side < VRRP_FENCE_SIDES; side++)
			there->fd[side] = fence->fds[at_place[place][side]];
		err = learn_ids(there);
	}
	if (err) {
		log_err("the fence: %s", strerror(-err));
		fence_close(fence);
		return err;
	}
	*ret_fence = fence;
	return 0;
}

void fence_rehearse(const struct fence *fence, int ifindex, const uint8_t *frame, size_t length)
{
	struct __sk_buff skb = {.ifindex = (uint32_t)ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = (uint32_t)length,
		    .ctx_in = &skb, .ctx_size_in = sizeof(skb), .repeat = 1);

	(void)bpf_prog_test_run_opts(fence->places[FENCE_PUBLIC].fd[VRRP_FENCE_OUT], &run);
}

void fence_close(struct fence *fence)
{
	if (!fence)
		return;
	loader_close(fence->maps, FENCE_MAPS);
	loader_close(fence->fds, FENCE_PROGRAMS);
	free(fence);
}

static void tell(const char *ifname, int err, const char *why)
{
	if (err)
		log_err("%s: cannot be fenced: %s", ifname, why);
	else if (why[0])
		log_warn("%s: the fence: %s", ifname, why);
}

int fence_attach(struct fence *fence, int ifindex, const char *ifname, enum fence_hook want,
		 enum fence_hook *ret_hook)
{
	int err = link_type_check(ifname);
	char why[FENCE_WHY];

	if (err) {
		log_err("%s: cannot be fenced: %s", ifname,
			err == -EPROTONOSUPPORT ? "it is no Ethernet interface" : strerror(-err));
		return err;
	}
	err = fence_hook_attach(&fence->places[FENCE_PUBLIC], ifindex, want, false, ret_hook, why);
	tell(ifname, err, why);
	return err;
}

int fence_attach_early(struct fence *fence, int ifindex, const char *ifname)
{
	int err = link_type_check(ifname);
	enum fence_hook hook;
	char why[FENCE_WHY];

	return err ? err
		   : fence_hook_attach(&fence->places[FENCE_PUBLIC], ifindex, FENCE_TCX, false,
				       &hook, why);
}

int fence_attach_other(struct fence *fence, int ifindex, const char *ifname, bool leased,
		       enum fence_hook want, enum fence_hook *ret_hook)
{
	const struct fence_programs *place = &fence->places[leased ? FENCE_LEASED : FENCE_OTHER];
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	char why[FENCE_WHY];
	int err = -EEXIST;

	/* A link whose pin somebody removed leaves its hook a while later, and until then the hook
	 * does not take our program again. */
	for (int i = 0; want != FENCE_CLSACT && err == -EEXIST && i < LOOKS; i++) {
		if (i)
			nanosleep(&pause, NULL);
		err = fence_hook_attach(place, ifindex, FENCE_TCX, false, ret_hook, why);
	}
	if (err && want != FENCE_TCX)
		err = fence_hook_attach(place, ifindex, want, false, ret_hook, why);
	tell(ifname, err, why);
	return err;
}

int fence_detach_later(const char *bpffs, int ifindex)
{
	enum fence_hook hook;
	char prefix[32];

	if (fence_query(bpffs, ifindex, &hook) || hook != FENCE_TCX)
		return fence_detach(bpffs, ifindex);
	snprintf(prefix, sizeof(prefix), "fence_%d_", ifindex);
	bpffs_remove(bpffs, prefix); /* their pins hold the links */
	return 0;
}

void fence_ids(const struct fence *fence, struct fence_ids *ret_ids)
{
	snprintf(ret_ids->bpffs, sizeof(ret_ids->bpffs), "%s", fence->places[0].bpffs);
	for (int place = 0; place < FENCE_PLACES; place++)
		memcpy(ret_ids->at[place], fence->places[place].id, sizeof(ret_ids->at[place]));
}

/* What the pins of an interface name tells which programs belong there. Somebody may have put
 * another one into a link: then the other link tells, or it counts as a public interface. */
static enum fence_place place_of(const struct fence_ids *ids, int ifindex)
{
	uint32_t named[VRRP_FENCE_SIDES];

	fence_hook_programs(ids->bpffs, ifindex, named);
	for (int place = 0; place < FENCE_PLACES; place++) {
		if (ids->at[place][VRRP_FENCE_OUT] == named[VRRP_FENCE_OUT])
			return place;
	}
	return ids->at[FENCE_OTHER][VRRP_FENCE_IN] == named[VRRP_FENCE_IN] ? FENCE_OTHER
									   : FENCE_PUBLIC;
}

int fence_look_by(const struct fence_ids *ids, int ifindex, enum fence_standing *ret_standing)
{
	enum fence_hook hook;

	return fence_look_hooks(ifindex, ids->at[place_of(ids, ifindex)], &hook, ret_standing);
}

int fence_look(const struct fence *fence, int ifindex, enum fence_standing *ret_standing)
{
	struct fence_ids ids;

	fence_ids(fence, &ids);
	return fence_look_by(&ids, ifindex, ret_standing);
}

int fence_repair(struct fence *fence, int ifindex, enum fence_standing *ret_standing,
		 char why[FENCE_WHY])
{
	enum fence_hook hook;
	int err = fence_hook_attach(&fence->places[FENCE_PUBLIC], ifindex, FENCE_NONE, true, &hook,
				    why);

	return err ? err : fence_look(fence, ifindex, ret_standing);
}

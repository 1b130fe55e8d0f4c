/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence on public NICs: tc programs, both directions, that let nothing of a guarded address or
 * MAC pass without a valid lease. They stay when the process ends, whatever ended it.
 *
 * Order for the agent:
 *   start    datapath_open(), datapath_reset() (leases to 0), fence_open(), fence_orphan();
 *            fence_attach() for each interface, fence_guard() for each address and MAC; repair the
 *            NICs of a crashed run; fence_forget_orphans() last. So what a dead agent left on a NIC
 *            is never open, not for a moment.
 *   a NIC came back with another ifindex: fence_detach() the old one, attach and guard the new
 *   stop     NICs first, then fence_unguard(), fence_detach(), fence_close()
 * Whoever removes the bpffs directory (bpffs_clear()) calls fence_clear() before: filters do not go
 * with their pins.
 *
 * What listens for answers of a guarded address while fenced (a witness) needs a packet socket of
 * ETH_P_ALL: that one sits before the fence; and one for a single protocol sits behind.
 */
#ifndef SYS_BPF_FENCE_H
#define SYS_BPF_FENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ending.h"
#include "vrrp_abi.h"

#define FENCE_MAX_INTERFACES 256 /* with programs on them, at one time */

/* The kernel's hooks; linux/bpf.h has them since 6.6, and this is built with older ones, too. */
#define FENCE_TCX_INGRESS 46
#define FENCE_TCX_EGRESS  47

struct fence;

/* How it hangs on a NIC. */
enum fence_hook {
	FENCE_NONE,   /* not at all; as a wish: whatever the kernel has */
	FENCE_TCX,    /* links of its own, first in order, pinned as fence_IFINDEX_in and _out */
	FENCE_CLSACT, /* filters of a clsact qdisc, by a handle of ours; other filters stay */
};

/* "none", "tcx", "clsact". */
const char *fence_hook_name(enum fence_hook hook);

/* Does everything pass the fence of a NIC? In order: the worst one last. */
enum fence_standing {
	FENCE_FIRST,  /* both programs are there, and nothing of others runs before them */
	FENCE_BEHIND, /* programs or filters of others run before one of them, and may end the
		       * chain: that one does not see what they let pass */
	FENCE_GONE,   /* in at least one direction there is none */
};

/* "first", "behind", "gone". */
const char *fence_standing_name(enum fence_standing standing);

/* Load the programs; adopt the pinned maps `guarded`, `fenced` and `leases`, or pin new ones.
 * Errors are logged. Negative errno; -EEXIST: maps of another version are pinned. */
int fence_open(const char *bpffs, struct fence **ret_fence);

/* Free what this process holds: programs that are attached and pinned maps stay, and fence. */
void fence_close(struct fence *fence);

/* Both directions on a NIC. Again on the same NIC: the programs of before are replaced in place, no
 * frame passes between. `want` FENCE_NONE: tcx, or clsact where the kernel (before 6.6) has no
 * tcx; another one: that or an error. 0 and *ret_hook. Errors are logged; what was attached before
 * stays then, and nothing new. -EPROTONOSUPPORT: no Ethernet. -EBUSY: clsact, and its place is
 * taken by an `ingress` qdisc or other filters. */
int fence_attach(struct fence *fence, int ifindex, const char *ifname, enum fence_hook want,
		 enum fence_hook *ret_hook);

/* How the fence stands on a NIC. 0; -ENODEV: there is no such NIC; other negative errno. */
int fence_look(const struct fence *fence, int ifindex, enum fence_standing *ret_standing);

#define FENCE_WHY 160

/* Attach it again where it is gone, and put it first where it is behind, by the hook that it can
 * have. What is there stays until its successor is there: no frame passes between. Links are made
 * and pinned anew where that is needed. Where not all of it can be put right, what can stays. 0 and
 * *ret_standing; negative errno. Logs nothing: why[] says in words what cannot be put right, or is
 * empty. */
int fence_repair(struct fence *fence, int ifindex, enum fence_standing *ret_standing,
		 char why[FENCE_WHY]);

/* Take the programs off a NIC (it may be gone), and a qdisc that was made for them where nobody
 * else uses it. Guards stay. Needs no loaded program. -ENOENT: not attached. */
int fence_detach(const char *bpffs, int ifindex);

/* The NICs that the pins name: how many, at most FENCE_MAX_INTERFACES. */
int fence_interfaces(const char *bpffs, int ret_ifindexes[FENCE_MAX_INTERFACES]);

/* fence_detach() for every one of them. Needs no loaded program. */
void fence_clear(const char *bpffs);

/* Was a fence here before, so that there may be guards? */
bool fence_was_here(const char *bpffs);

/* *ret_hook: what is on the NIC; FENCE_NONE also where one of the two directions is missing. Loads
 * nothing. 0, or -EPERM. */
int fence_query(const char *bpffs, int ifindex, enum fence_hook *ret_hook);

/* The same, and how it stands there. -EPERM: one may not ask for that (CAP_NET_ADMIN); *ret_hook is
 * good then if the links could be seen, else FENCE_NONE. */
int fence_query_standing(const char *bpffs, int ifindex, enum fence_hook *ret_hook,
			 enum fence_standing *ret_standing);

/* ---- guards ---- */

struct vrrp_guarded_key fence_key_address(int ifindex, uint8_t family,
					  const struct vrrp_addr *addr);
struct vrrp_guarded_key fence_key_mac(int ifindex, const uint8_t mac[6]);

/* Shut but for the lease of slot. flags: VRRP_GUARD_*; they may change. The same again: no change.
 * An orphan is taken over. -EEXIST: it is guarded for another slot. -E2BIG: VRRP_MAX_GUARDED are.
 * The NIC need not be attached yet. */
int fence_guard(struct fence *fence, const struct vrrp_guarded_key *key, uint16_t slot,
		uint16_t flags);

/* -ENOENT: it was not guarded. */
int fence_unguard(struct fence *fence, const struct vrrp_guarded_key *key);

/* Guards of an agent that is gone: they stay, shut, until fence_guard() takes them over or
 * fence_forget_orphans() removes them. Their slots' counters start at 0 again. Those of adopted
 * slots go on as they are: their lease runs. */
int fence_orphan(struct fence *fence, const struct adopted *adopted);

/* Of the guards of a slot that goes on, those beside these keys are orphans from now on. Negative
 * errno. */
int fence_keep(struct fence *fence, uint16_t slot, const struct vrrp_guarded_key *keys,
	       unsigned int count);

/* How many were removed, or negative errno. */
int fence_forget_orphans(struct fence *fence);

/* The same for all guards of a slot that goes on without a fence. */
int fence_forget_slot(struct fence *fence, uint16_t slot);

/* The same for a NIC that is gone, as its number may come back as another's, or that carries
 * nothing of ours any more. */
int fence_forget_interface(struct fence *fence, int ifindex);

/* The same for the orphans on one NIC. */
int fence_forget_orphans_on(struct fence *fence, int ifindex);

/* The guards on a NIC. 0, *ret_keys, to be freed, and *ret_count; negative errno. */
int fence_guards_on(const struct fence *fence, int ifindex, struct vrrp_guarded_key **ret_keys,
		    unsigned int *ret_count);

/* The NICs on which anything is guarded: how many, at most FENCE_MAX_INTERFACES, or negative
 * errno. */
int fence_guarded_interfaces(const struct fence *fence, int ret_ifindexes[FENCE_MAX_INTERFACES]);

/* Are there guards on this NIC? Needs no loaded program. */
bool fence_is_guarded(const char *bpffs, int ifindex);

/* Frames of others that came in with an address or MAC of this slot as source while its lease ran;
 * only grows. Negative errno. */
int64_t fence_rivals(const struct fence *fence, uint16_t slot);

/* ---- for who only looks; nothing is loaded ---- */

/* The object that this build carries, for who tries whether it loads (cli/tools/probe.h). */
const void *fence_object(size_t *ret_size);

/* Frames dropped, summed over all CPUs, of slots [first, first + count), into ret_fenced[count].
 * -ENOENT: no fence was ever opened. */
int fence_counters(const char *bpffs, unsigned int first, unsigned int count,
		   struct vrrp_fenced *ret_fenced);

#endif

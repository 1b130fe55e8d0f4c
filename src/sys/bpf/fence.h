/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence: tc programs, both directions, that stop what claims a guarded address or MAC without a
 * valid lease, and on public NICs what would be delivered to it (bpf/fence.bpf.c has the rules).
 * They stay when the process ends, whatever ended it.
 *
 * Order for the agent:
 *   start    datapath_open(), datapath_reset() (leases to 0), fence_open(), fence_orphan();
 *            fence_attach() for each public interface, fence_guard() for each address and MAC;
 *            repair the NICs of a crashed run; fence_forget_orphans() last; fence_attach_other()
 *            for all other interfaces, one after the other while the agent runs. So what a dead
 *            agent left on a NIC is never open, not for a moment.
 *   a start that fails, or a stop that cannot put a NIC back: fence_forget_all(), which leaves the
 *            guards that are still needed. While there are any (fence_is_needed()), the programs
 *            and the maps have to stay, too.
 *   a public interface is another NIC by now: fence_keep() for the guards on the new one, which
 *            leaves those on the old one shut; fence_forget_orphans() when it carries nothing of it
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

/* The same for an interface that carries no shared address. Only guards with ifindex 0 count there.
 * leased: with the lease it may claim what is guarded; else it sends from it at most. */
int fence_attach_other(struct fence *fence, int ifindex, const char *ifname, bool leased,
		       enum fence_hook want, enum fence_hook *ret_hook);

/* How the fence stands on a NIC, by the programs that fence_attach() or fence_attach_other() left
 * there. 0; -ENODEV: there is no such NIC; other negative errno. */
int fence_look(const struct fence *fence, int ifindex, enum fence_standing *ret_standing);

#define FENCE_WHY 160

/* For a public NIC: attach it again where it is gone, and put it first where it is behind, by the
 * hook that it can have. What is there stays until its successor is there: no frame passes between.
 * Links are made and pinned anew where that is needed. Where not all of it can be put right, what
 * can stays. 0 and *ret_standing; negative errno. Logs nothing: why[] says in words what cannot be
 * put right, or is empty. */
int fence_repair(struct fence *fence, int ifindex, enum fence_standing *ret_standing,
		 char why[FENCE_WHY]);

/* Take the programs off a NIC (it may be gone), and a qdisc that was made for them where nobody
 * else uses it. Guards stay. Needs no loaded program. -ENOENT: not attached. */
int fence_detach(const char *bpffs, int ifindex);

/* The same without waiting for the kernel: it removes tcx links of its own accord, moments later.
 */
int fence_detach_later(const char *bpffs, int ifindex);

/* The NICs that the pins name: how many, at most FENCE_MAX_INTERFACES. */
int fence_interfaces(const char *bpffs, int ret_ifindexes[FENCE_MAX_INTERFACES]);

/* fence_detach() for every one of them. Needs no loaded program. */
void fence_clear(const char *bpffs);

/* Was a fence here before, so that there may be guards? */
bool fence_was_here(const char *bpffs);

/* Is something guarded on this very interface? Else, if it has a fence, it is one for an interface
 * that carries no shared address. */
bool fence_guards(const char *bpffs, int ifindex);

/* *ret_hook: what is on the NIC; FENCE_NONE also where one of the two directions is missing. Loads
 * nothing. 0, or -EPERM. */
int fence_query(const char *bpffs, int ifindex, enum fence_hook *ret_hook);

/* The same, and how it stands there. -EPERM: one may not ask for that (CAP_NET_ADMIN); *ret_hook is
 * good then if the links could be seen, else FENCE_NONE. */
int fence_query_standing(const char *bpffs, int ifindex, enum fence_hook *ret_hook,
			 enum fence_standing *ret_standing);

/* ---- guards ---- */

/* ifindex 0: guarded on every interface that has programs, but where it has a key of its own. */
struct vrrp_guarded_key fence_key_address(int ifindex, uint8_t family,
					  const struct vrrp_addr *addr);
struct vrrp_guarded_key fence_key_mac(int ifindex, const uint8_t mac[6]);

/* Shut but for the lease of slot. flags: VRRP_GUARD_*; they may change. The same again: no change.
 * An orphan is taken over. -EEXIST: it is guarded for another slot. -E2BIG: VRRP_MAX_GUARDED are.
 * The NIC need not be attached yet. */
int fence_guard(struct fence *fence, const struct vrrp_guarded_key *key, uint16_t slot,
		uint16_t flags);

/* -ENOENT: it was not guarded for this slot. */
int fence_unguard(struct fence *fence, const struct vrrp_guarded_key *key, uint16_t slot);

/* Guards of an agent that is gone: they stay, shut, until fence_guard() takes them over or
 * fence_forget_orphans() removes them. Their slots' counters start at 0 again. Those of adopted
 * slots go on as they are: their lease runs. */
int fence_orphan(struct fence *fence, const struct adopted *adopted);

/* Of the guards of a slot that goes on, those beside these keys are orphans from now on. Negative
 * errno. */
int fence_keep(struct fence *fence, uint16_t slot, const struct vrrp_guarded_key *keys,
	       unsigned int count);

/* Is this guard still needed, because an interface carries what it guards? */
typedef bool (*fence_needed_fn)(void *context, const struct vrrp_guarded_key *key);

/* Remove the orphans that are not needed any more. If one orphan of an interface is needed, all
 * orphans of that interface stay. needed may be NULL: none is. Returns how many were removed, or a
 * negative errno. */
int fence_forget_orphans(struct fence *fence, fence_needed_fn needed, void *context);

/* The same for all guards, for somebody who knows that no agent runs. Needs no loaded program.
 * -ENOENT: no fence was ever opened. -EPROTO: the guards are those of another version, and stay. */
int fence_forget_all(const char *bpffs, fence_needed_fn needed, void *context);

/* Is anything guarded on this interface (0: on any interface)? Then its programs and the maps must
 * not be removed. Also true if programs are attached whose guards cannot be read. Needs no loaded
 * program. */
bool fence_is_needed(const char *bpffs, int ifindex);

/* The same for all guards of a slot that goes on without a fence. */
int fence_forget_slot(struct fence *fence, uint16_t slot);

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

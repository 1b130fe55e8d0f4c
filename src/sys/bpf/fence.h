/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fence: tc programs for both directions. They stop frames that claim a guarded address or MAC
 * without a valid lease. On public NICs they also stop frames that would be delivered to such
 * an address or MAC (bpf/fence.bpf.c has the rules). The programs stay when the process ends,
 * whatever ended it.
 *
 * The agent calls in this order:
 *   start    datapath_open(), datapath_reset() (leases to 0), fence_open(), fence_orphan();
 *            fence_attach() for each public interface, fence_guard() for each address and MAC;
 *            repair the NICs of a crashed run; fence_forget_orphans() last; fence_attach_other()
 *            for all other interfaces, one after the other while the agent runs. So what a dead
 *            agent left on a NIC is never open, not for a moment.
 *   a start that fails, or a stop that cannot put a NIC back: fence_forget_all(), which leaves the
 *            guards that are still needed. While there are any (fence_is_needed()), the programs
 *            and the maps have to stay, too.
 *   a public interface has become another NIC: fence_keep() for the guards on the new NIC, which
 *            leaves those on the old one shut; fence_forget_orphans() when the old NIC carries
 *            nothing of it any more
 *   stop     NICs first, then fence_unguard(), fence_detach(), fence_close()
 * A caller that removes the bpffs directory (bpffs_clear()) must call fence_clear() before: filters
 * do not go with their pins.
 *
 * A witness that listens for answers of a guarded address while it is fenced needs a packet socket
 * of ETH_P_ALL. Such a socket sits before the fence; one for a single protocol sits behind it.
 */
#ifndef SYS_BPF_FENCE_H
#define SYS_BPF_FENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ending.h"
#include "vrrp_abi.h"

#define FENCE_MAX_INTERFACES 256 /* with programs on them, at one time */

/* The kernel's hooks. linux/bpf.h has them since 6.6, but this is built with older ones, too. */
#define FENCE_TCX_INGRESS 46
#define FENCE_TCX_EGRESS  47

struct fence;

/* How the fence is attached to a NIC. */
enum fence_hook {
	FENCE_NONE,   /* not at all; as a wish: whatever the kernel has */
	FENCE_TCX,    /* links of its own, first in order, pinned as fence_IFINDEX_in and _out */
	FENCE_CLSACT, /* filters of a clsact qdisc, by a handle of ours; other filters stay */
};

/* Returns "none", "tcx" or "clsact". */
const char *fence_hook_name(enum fence_hook hook);

/* Does every frame of a NIC pass through the fence? The values are in order, the worst one last. */
enum fence_standing {
	FENCE_FIRST,  /* both programs are there, and nothing of others runs before them */
	FENCE_BEHIND, /* programs or filters of others run before one of them, and may end the
		       * chain: that one does not see what they let pass */
	FENCE_GONE,   /* in at least one direction there is none */
};

/* Returns "first", "behind" or "gone". */
const char *fence_standing_name(enum fence_standing standing);

/* Load the programs, and adopt the pinned maps `guarded`, `fenced` and `leases`, or pin new ones.
 * The directory must be prepared (bpffs_prepare()). Returns -ESTALE if maps of another version are
 * pinned, or another negative errno. Errors are logged. */
int fence_open(const char *bpffs, struct fence **ret_fence);

/* Free what this process holds. Attached programs and pinned maps stay, and the fence with them. */
void fence_close(struct fence *fence);

/* Attach both directions to a NIC. If they are attached already, the old programs are replaced in
 * place, and no frame passes in between. If `want` is FENCE_NONE, the hook is tcx, or clsact if the
 * kernel has no tcx (before 6.6). If `want` names a hook, that one is used, or the call fails.
 * Returns 0 and *ret_hook, -EPROTONOSUPPORT if the NIC is no Ethernet, -EBUSY if clsact is used and
 * its place is taken by an `ingress` qdisc or other filters, or another negative errno. Errors are
 * logged; then what was attached before stays, and nothing new. */
int fence_attach(struct fence *fence, int ifindex, const char *ifname, enum fence_hook want,
		 enum fence_hook *ret_hook);

/* The same by tcx, and silently, whatever comes of it: fence_attach() is to follow after a failure.
 */
int fence_attach_early(struct fence *fence, int ifindex, const char *ifname);

/* The same for an interface that carries no shared address. Only guards with ifindex 0 count there.
 * While the lease runs, the interface may claim what is guarded if `leased` is true; else it may at
 * most send from it. Waits, for half a second at most, until a link that has just lost its pin has
 * left the hook. */
int fence_attach_other(struct fence *fence, int ifindex, const char *ifname, bool leased,
		       enum fence_hook want, enum fence_hook *ret_hook);

/* Says how the fence stands on a NIC, by the programs that fence_attach() or fence_attach_other()
 * left there. Returns 0, -ENODEV if there is no such NIC, or another negative errno. */
int fence_look(const struct fence *fence, int ifindex, enum fence_standing *ret_standing);

#define FENCE_WHY 160

/* Repair the fence of a public NIC by the hook that it can have: attach it again if it is gone, and
 * put it first if it is behind. What is there stays until its successor is there, so no frame
 * passes in between. Links are made and pinned anew if that is needed. If not all of it can be put
 * right, what can stay stays. Returns 0 and *ret_standing, or a negative errno. Logs nothing: why[]
 * says in words what cannot be put right, or is empty. */
int fence_repair(struct fence *fence, int ifindex, enum fence_standing *ret_standing,
		 char why[FENCE_WHY]);

/* Take the programs off a NIC, which may be gone. A qdisc that was made for them is removed, too,
 * if nobody else uses it. Guards stay. Needs no loaded program. Returns 0, -ENOENT if nothing was
 * attached, or another negative errno. */
int fence_detach(const char *bpffs, int ifindex);

/* The same without waiting for the kernel, which removes tcx links of its own accord, moments
 * later. */
int fence_detach_later(const char *bpffs, int ifindex);

/* Are the pins of a fence there, of both its sides? */
bool fence_is_pinned(const char *bpffs, int ifindex);

/* Write the NICs that the pins name to ret_ifindexes. Returns how many there are, at most
 * FENCE_MAX_INTERFACES. */
int fence_interfaces(const char *bpffs, int ret_ifindexes[FENCE_MAX_INTERFACES]);

/* Call fence_detach() for every one of these NICs. Needs no loaded program. */
void fence_clear(const char *bpffs);

/* Was there a fence before, so that there may be guards? */
bool fence_was_here(const char *bpffs);

/* Is something guarded on this very interface? If not, a fence that it has is one for an interface
 * that carries no shared address. */
bool fence_guards(const char *bpffs, int ifindex);

/* Says in *ret_hook how the fence is attached to the NIC: FENCE_NONE also if one of the two
 * directions is missing. Loads nothing. Returns 0 or -EPERM. */
int fence_query(const char *bpffs, int ifindex, enum fence_hook *ret_hook);

/* The same, and says how the fence stands there. Returns 0, or -EPERM if the caller may not ask for
 * that (CAP_NET_ADMIN). *ret_hook is right even then if the links could be seen, else it is
 * FENCE_NONE. */
int fence_query_standing(const char *bpffs, int ifindex, enum fence_hook *ret_hook,
			 enum fence_standing *ret_standing);

/* ---- guards ---- */

/* With ifindex 0 the address or MAC is guarded on every interface that has programs, except where
 * the interface has a key of its own. */
struct vrrp_guarded_key fence_key_address(int ifindex, uint8_t family,
					  const struct vrrp_addr *addr);
struct vrrp_guarded_key fence_key_mac(int ifindex, const uint8_t mac[6]);

/* Guard this key: the fence is shut for it, except by the lease of `slot`. `gate`, if it is not 0,
 * is the VRRP_GATE() of another lease that has to run as well. flags are VRRP_GUARD_*. A further
 * call may change both; the same call again changes nothing. An orphan is taken over.
 * Returns -EEXIST if the key is guarded for another slot, or -E2BIG if VRRP_MAX_GUARDED keys are
 * guarded already. The NIC need not be attached yet. */
int fence_guard(struct fence *fence, const struct vrrp_guarded_key *key, uint16_t slot,
		uint16_t gate, uint16_t flags);

/* Guard this key no longer. Returns -ENOENT if it was not guarded for this slot. */
int fence_unguard(struct fence *fence, const struct vrrp_guarded_key *key, uint16_t slot);

/* Make orphans of the guards of an agent that is gone: they stay, shut, until fence_guard() takes
 * them over or fence_forget_orphans() removes them. The counters of their slots start at 0 again.
 * The guards of adopted slots go on as they are, because their lease runs. */
int fence_orphan(struct fence *fence, const struct adopted *adopted);

/* A slot goes on, but keeps only its guards with these keys, which are sorted for that: its other
 * guards are orphans from now on. Returns 0 or a negative errno. */
int fence_keep(struct fence *fence, uint16_t slot, struct vrrp_guarded_key *keys,
	       unsigned int count);

/* Is this guard still needed, because an interface carries what it guards? */
typedef bool (*fence_needed_fn)(void *context, const struct vrrp_guarded_key *key);

/* Remove the orphans that are not needed any more. If one orphan of an interface is needed, all
 * orphans of that interface stay. If needed is NULL, none is needed. Returns how many were removed,
 * or a negative errno. */
int fence_forget_orphans(struct fence *fence, fence_needed_fn needed, void *context);

/* The same for all guards, for a caller that knows that no agent runs. Needs no loaded program.
 * Returns -ENOENT if no fence was ever opened, or -EPROTO if the guards are those of another
 * version; these stay. */
int fence_forget_all(const char *bpffs, fence_needed_fn needed, void *context);

/* Is anything guarded on this interface, or, with ifindex 0, on any interface? Then its programs
 * and the maps must not be removed. Also true if programs are attached whose guards cannot be read.
 * Needs no loaded program. */
bool fence_is_needed(const char *bpffs, int ifindex);

/* Remove all guards of a slot that goes on without a fence. Returns how many were removed, or a
 * negative errno. */
int fence_forget_slot(struct fence *fence, uint16_t slot);

/* An interface that frames of a public one pass has this MAC itself, and the public one has another
 * (macvlan): what claims a guarded address from this MAC by ARP or neighbour discovery is stopped
 * there with and without a lease. It takes the programs of fence_attach_other() with `leased`.
 * Returns 0 or a negative errno. */
int fence_put_own(struct fence *fence, int ifindex, const uint8_t mac[6]);

/* It is so no longer. Returns 0, -ENOENT if it was not so, or another negative errno. */
int fence_drop_own(struct fence *fence, int ifindex, const uint8_t mac[6]);

/* It is so no longer, except for those that the caller says: of what a former agent left. Returns 0
 * or a negative errno. */
typedef bool (*fence_kept_fn)(void *context, int ifindex, const uint8_t mac[6]);
int fence_forget_own(struct fence *fence, fence_kept_fn kept, void *context);

/* Returns how many frames of other hosts came in with an address or MAC of this slot as their
 * source while its lease ran, or a negative errno. The number only grows. */
int64_t fence_rivals(const struct fence *fence, uint16_t slot);

/* Let the egress program of a public NIC judge this frame, so that its code and data are in the
 * caches. Nothing is sent, but the frame is counted if it claims what is guarded. */
void fence_rehearse(const struct fence *fence, int ifindex, const uint8_t *frame, size_t length);

/* ---- for callers that only look; nothing is loaded ---- */

/* The object that this build carries, for cli/tools/probe.h, which tries whether it loads. */
const void *fence_object(size_t *ret_size);

/* Write the counters of the dropped frames of slots [first, first + count), summed over all CPUs,
 * to ret_fenced[count]. Returns 0, -ENOENT if no fence was ever opened, or another negative
 * errno. */
int fence_counters(const char *bpffs, unsigned int first, unsigned int count,
		   struct vrrp_fenced *ret_fenced);

#endif

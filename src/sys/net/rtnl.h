/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rtnetlink on libmnl: dumps, requests with ACK, and the monitor. There is one socket for requests
 * and one for notifications; both are opened once. Errors are negative errno. If the kernel gave an
 * extended ACK text, rtnl_error() has it.
 */
#ifndef SYS_NET_RTNL_H
#define SYS_NET_RTNL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/nic/plan.h"

struct rtnl;

int rtnl_open(struct rtnl **ret_rtnl);
void rtnl_close(struct rtnl *rtnl);

/* Take or pass on, by sys/host/pass.h, the socket for requests alone, without a monitor.
 * rtnl_take() returns -ENOENT if there is none. rtnl_pass_on() closes rtnl. */
int rtnl_take(const char *name, struct rtnl **ret_rtnl);
void rtnl_pass_on(struct rtnl *rtnl, const char *name);

/* From now on, dump the routes of this table, too, or the rules. Their changes are told by the
 * monitor then. Returns 0, 1 if that is new, or -ENOMEM. */
int rtnl_watch_table(struct rtnl *rtnl, uint32_t table);
int rtnl_watch_rules(struct rtnl *rtnl);

/* Dump all links, their addresses (both families) and the routes, those that refuse too, of the
 * main table, of the tables of all VRFs, and of those that are watched. A dump that the kernel
 * interrupted (NLM_F_DUMP_INTR) is repeated. If the host changes without pause, the last dump is
 * given, because callers look again after they changed something. The caller must
 * plan_actual_free() it. */
int rtnl_dump(struct rtnl *rtnl, struct plan_actual *ret_actual);

/* Apply ops[0..count), in order, in as few sendmsg(2) calls as possible. PLAN_ANNOUNCE is the
 * caller's and must not be among them. A driver that refuses a MAC while the link is up answers
 * -EBUSY: the caller decides whether PLAN_LINK_DOWN and _UP around it are worth it. Adding what is
 * there and deleting what is not there is success. errors[i] is 0 or the negative errno of op i.
 * Returns the number of failed ops, or a negative errno if the socket itself failed. */
int rtnl_apply(struct rtnl *rtnl, const struct plan_op *ops, unsigned int count, int *errors);

/* Returns the text of the last extended ACK of the last request or batch, or "". */
const char *rtnl_error(const struct rtnl *rtnl);

/* Read the MAC of a resolved neighbour. *ret_stale (may be NULL) says whether the kernel has not
 * verified this MAC for a while. Returns 0, or -ENOENT if there is no such neighbour, or if it is
 * not resolved. */
int rtnl_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family, const struct vrrp_addr *addr,
		  uint8_t ret_mac[6], bool *ret_stale);

/* Make the kernel ask this neighbour now, whatever it knows of it. The kernel does that by itself
 * only for entries that its own traffic uses, and frames that are sent past the kernel use none.
 * The MAC stays in the table while the kernel asks, and becomes unresolved if nobody answers. A
 * neighbour without an entry gets one. The question teaches the neighbour our own MAC. An entry
 * that somebody has made permanent stays as it is. Returns 0 or a negative errno. */
int rtnl_probe_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family,
			const struct vrrp_addr *addr);

/* The first one makes the kernel ask who has this address, with a new entry in the neighbour table;
 * the second one takes that entry away again. Returns 0 or a negative errno; an entry that is not
 * there is no error. */
int rtnl_ask_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family, const struct vrrp_addr *addr);
int rtnl_forget_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family,
			 const struct vrrp_addr *addr);

/* The entries of one interface's neighbour table that somebody has made permanent (`ip neighbour
 * add
 * ... nud permanent`). The kernel throws them away when the interface gets another MAC, or goes
 * down, and nobody else puts them back. */
struct rtnl_neighbors {
	int ifindex;
	unsigned int count;
	struct rtnl_neighbor {
		struct vrrp_addr addr;
		uint8_t family, flags, protocol; /* flags: NTF_* */
		uint8_t mac[6];
	} * entries; /* owned: the caller frees them */
};

/* Read the permanent entries of ret_neighbors->ifindex, which the caller sets, with all other
 * members zero. Returns 0 or a negative errno; there may be entries in either case. */
int rtnl_permanent_neighbors(struct rtnl *rtnl, struct rtnl_neighbors *ret_neighbors);

/* Put them (back) into the neighbour table. rtnl_error() stays as it is. Returns how many were
 * refused. */
unsigned int rtnl_put_neighbors(struct rtnl *rtnl, const struct rtnl_neighbors *neighbors);

/* The monitor tells of link, address and route changes, and of rules as if they were routes; its
 * groups are joined at open. */
enum rtnl_change { RTNL_LINK, RTNL_LINK_GONE, RTNL_ADDRESS, RTNL_ROUTE, RTNL_OVERRUN };

/* ifindex is 0 if it is not known: for a route without a device, and for an overrun, after which
 * everything may have changed. */
typedef void (*rtnl_change_fn)(void *context, enum rtnl_change change, int ifindex);

int rtnl_monitor_fd(const struct rtnl *rtnl);

/* Read all notifications that wait, without blocking, and call fn for each change. Returns 0 or a
 * negative errno. */
int rtnl_monitor_read(struct rtnl *rtnl, rtnl_change_fn fn, void *context);

/* Is a dump still good? Take the mark before the dump. rtnl_unchanged() says whether the monitor
 * has read nothing since then that concerns ifindex or, with ifindex 0, nothing at all. Routes
 * concern every interface. rtnl_is_read() says whether nothing waits to be read. The dump is good
 * if both are true. Either may be false although nothing has changed, but never true although
 * something has. */
#define RTNL_MARK_SLOTS 64

struct rtnl_mark {
	uint32_t changes[RTNL_MARK_SLOTS];
};

void rtnl_mark(const struct rtnl *rtnl, struct rtnl_mark *ret_mark);
bool rtnl_unchanged(const struct rtnl *rtnl, const struct rtnl_mark *mark, int ifindex);
bool rtnl_is_read(const struct rtnl *rtnl); /* one poll(2) */

/* How often the monitor had read news of this interface, or perhaps of another one, at the mark. */
static inline uint32_t rtnl_changes(const struct rtnl_mark *mark, int ifindex)
{
	return mark->changes[(unsigned int)ifindex % RTNL_MARK_SLOTS];
}

#endif

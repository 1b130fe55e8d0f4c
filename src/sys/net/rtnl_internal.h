/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of rtnl share: the handle, and how messages are read from its buffer. Reading
 * needs no socket, and takes whatever is in the buffer: tests/fuzz does so. For sys/net/rtnl*.c
 * only.
 */
#ifndef SYS_NET_RTNL_INTERNAL_H
#define SYS_NET_RTNL_INTERNAL_H

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "sys/net/rtnl.h"

#define RTNL_ERROR_TEXT 256
#define RTNL_BUFFER     65536 /* dumps come in pieces of up to 32 KiB */

struct rtnl {
	struct mnl_socket *request;
	struct mnl_socket *monitor;
	uint32_t seq;
	char error[RTNL_ERROR_TEXT];
	uint32_t changes[RTNL_MARK_SLOTS];
	char *buffer; /* RTNL_BUFFER bytes, for both sockets: none is read within the other */
};

static inline int rtnl_family(uint8_t family)
{
	return family == 6 ? AF_INET6 : AF_INET;
}

static inline size_t rtnl_addr_len(uint8_t family)
{
	return family == 6 ? 16 : 4;
}

/* mnl_nlmsg_ok() compares as signed numbers, and so takes a length beyond 2^31 for a good one. */
static inline bool rtnl_message_ok(const struct nlmsghdr *nlh, int left)
{
	return mnl_nlmsg_ok(nlh, left) && nlh->nlmsg_len <= (uint32_t)left;
}

/* An error message's own part, or NULL where it is cut short. */
const struct nlmsgerr *rtnl_error_of(const struct nlmsghdr *nlh);

/* The reason that the kernel gave in an extended ACK, if it gave one, for rtnl_error(). */
void rtnl_keep_error(struct rtnl *rtnl, const struct nlmsghdr *nlh);

/* A unicast route of the main table, of IPv4 or IPv6? Then true and *ret_route. */
bool rtnl_read_route(const struct nlmsghdr *nlh, struct plan_route *ret_route);

/* Reads one answer of the kernel into *context. 0, or negative errno. */
typedef int (*rtnl_read_fn)(const struct nlmsghdr *nlh, void *context);

/* Answers to the last request, `length` bytes in rtnl->buffer: fn for each. 0: that was all; a
 * negative errno, also the kernel's own; RTNL_MORE: more are to come. *interrupted is set where a
 * dump was, else left as it is. */
#define RTNL_MORE 1
int rtnl_take_answers(struct rtnl *rtnl, size_t length, uint16_t flags, rtnl_read_fn fn,
		      void *context, bool *interrupted);

/* Send one request with the header `body`, and with one attribute unless `attribute` is NULL; fn
 * for each message that it brings. 0; 1: the dump was interrupted; negative errno, also of the
 * kernel, then with rtnl_error(). */
int rtnl_ask(struct rtnl *rtnl, uint16_t type, uint16_t flags, const void *body, size_t length,
	     const void *attribute, size_t attribute_len, uint16_t attribute_type, rtnl_read_fn fn,
	     void *context);

/* A dump as it grows. */
struct rtnl_dump {
	struct plan_actual actual;
	unsigned int links, addresses, routes; /* room */
};

/* For rtnl_take_answers(): into a struct rtnl_dump, a MAC of six bytes. */
int rtnl_keep(const struct nlmsghdr *nlh, void *context);
int rtnl_one_neighbor(const struct nlmsghdr *nlh, void *context);

/* For rtnl_take_answers(): a link and a queueing discipline, into a struct queues. */
int queue_read_link(const struct nlmsghdr *nlh, void *context);
int queue_read_discipline(const struct nlmsghdr *nlh, void *context);

/* The request of an op, behind a header that mnl_nlmsg_put_header() made: at most RTNL_OP_ROOM
 * bytes with it. */
#define RTNL_OP_ROOM 4096
void rtnl_put_op(struct nlmsghdr *nlh, const struct plan_op *op);

/* ACKs of requests first..first+count, `length` bytes in rtnl->buffer. How many there were;
 * errors[] as of rtnl_apply(). */
unsigned int rtnl_take_acks(struct rtnl *rtnl, size_t length, const struct plan_op *ops,
			    uint32_t first, unsigned int count, int *errors);

/* Notifications, `length` bytes in rtnl->buffer: counts each, and calls fn. */
void rtnl_take_changes(struct rtnl *rtnl, size_t length, rtnl_change_fn fn, void *context);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of rtnl share: the handle, and how messages are read from its buffer. Reading
 * needs no socket, and accepts whatever is in the buffer: tests/fuzz does so. For sys/net/rtnl*.c
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
	/* The tables of the last dump but for main: a bit for each, that of its number modulo 64.
	 */
	uint64_t table_bits;
	uint32_t *tables; /* owned; those that are watched */
	unsigned int table_count;
	bool rules;   /* they are watched */
	char *buffer; /* RTNL_BUFFER bytes, for both sockets: neither is read within the other */
};

static inline int rtnl_family(uint8_t family)
{
	return family == 6 ? AF_INET6 : AF_INET;
}

static inline size_t rtnl_addr_len(uint8_t family)
{
	return family == 6 ? 16 : 4;
}

/* Is it a family (AF_INET, AF_INET6) and a length of a prefix of it? */
static inline bool rtnl_is_prefix(uint8_t family, uint8_t length)
{
	return (family == AF_INET && length <= 32) || (family == AF_INET6 && length <= 128);
}

/* mnl_nlmsg_ok() compares as signed numbers, and so takes a length beyond 2^31 for a good one. */
static inline bool rtnl_message_ok(const struct nlmsghdr *nlh, int left)
{
	return mnl_nlmsg_ok(nlh, left) && nlh->nlmsg_len <= (uint32_t)left;
}

/* The rtm_table of a table of struct plan_route. If the table is not 0, its whole number goes into
 * RTA_TABLE, because rtm_table has eight bits. */
static inline uint8_t rtnl_table(uint32_t table)
{
	return table ? RT_TABLE_UNSPEC : RT_TABLE_MAIN;
}

/* Sort the attributes behind a header of `header` bytes by their types. If one is absent,
 * table[type] is NULL. */
#define RTNL_ATTRIBUTES 128
void rtnl_attributes(const struct nlmsghdr *nlh, size_t header,
		     const struct nlattr *table[RTNL_ATTRIBUTES]);
/* The number in an attribute, or `otherwise` if it is NULL or too short. */
uint32_t rtnl_u32(const struct nlattr *attr, uint32_t otherwise);
/* Copy the text of an attribute, or as much of it as fits. *ret_text stays as it is if the
 * attribute is NULL. */
void rtnl_text(const struct nlattr *attr, char *ret_text, size_t size);

/* Reads an address of this family. Returns false if the attribute is none. */
bool rtnl_get_addr(const struct nlattr *attr, uint8_t family, struct vrrp_addr *ret_addr);

/* Returns an error message's own part, or NULL if it is cut short. */
const struct nlmsgerr *rtnl_error_of(const struct nlmsghdr *nlh);

/* If the kernel gave a reason in an extended ACK, keep it for rtnl_error(). */
void rtnl_keep_error(struct rtnl *rtnl, const struct nlmsghdr *nlh);

/* Is this a route of IPv4 or IPv6, unicast or one that refuses, in whatever table? Returns true and
 * *ret_route if so. */
bool rtnl_read_route(const struct nlmsghdr *nlh, struct plan_route *ret_route);

/* rtnl_rule.c: reads a rule of IPv4 or IPv6, or writes the request of an op about one. */
bool rtnl_read_rule(const struct nlmsghdr *nlh, struct plan_rule *ret_rule);
void rtnl_put_rule(struct nlmsghdr *nlh, const struct plan_op *op);

/* Reads one answer of the kernel into *context. Returns 0 or a negative errno. */
typedef int (*rtnl_read_fn)(const struct nlmsghdr *nlh, void *context);

/* Read the answers to the last request, `length` bytes in rtnl->buffer, and call fn for each.
 * Returns 0 if that was all, RTNL_MORE if more are to come, or a negative errno, which may be the
 * kernel's own. *interrupted is set if a dump was interrupted, else left as it is. */
#define RTNL_MORE 1
int rtnl_take_answers(struct rtnl *rtnl, size_t length, uint16_t flags, rtnl_read_fn fn,
		      void *context, bool *interrupted);

/* Send one request, whose nlmsg_seq is filled in, and call fn for each message that it brings.
 * Returns 0, 1 if the dump was interrupted, or a negative errno. If that is the kernel's,
 * rtnl_error() may say more. */
int rtnl_exchange(struct rtnl *rtnl, struct nlmsghdr *request, rtnl_read_fn fn, void *context);

/* The same with a request that is made of the header `body`, and of one attribute unless
 * `attribute` is NULL. */
int rtnl_ask(struct rtnl *rtnl, uint16_t type, uint16_t flags, const void *body, size_t length,
	     const void *attribute, size_t attribute_len, uint16_t attribute_type, rtnl_read_fn fn,
	     void *context);

/* A dump as it grows. */
struct rtnl_dump {
	struct plan_actual actual;
	unsigned int links, addresses, routes, rules; /* room */
	uint32_t table; /* rtnl_keep() keeps the routes of this one; 0: the main table */
};

/* An entry of the neighbour table with a MAC. */
struct rtnl_entry {
	uint16_t state; /* NUD_* */
	uint8_t mac[6];
};

/* For rtnl_take_answers(). The context of rtnl_keep() is a struct rtnl_dump, that of
 * rtnl_one_neighbor() a struct rtnl_entry, or NULL, that of rtnl_keep_neighbor() a struct
 * rtnl_neighbors. */
int rtnl_keep(const struct nlmsghdr *nlh, void *context);
int rtnl_one_neighbor(const struct nlmsghdr *nlh, void *context);
int rtnl_keep_neighbor(const struct nlmsghdr *nlh, void *context);

/* For rtnl_take_answers(). They read a link and a queueing discipline into a struct queues, which
 * is the context. */
int queue_read_link(const struct nlmsghdr *nlh, void *context);
int queue_read_discipline(const struct nlmsghdr *nlh, void *context);

/* Write the request of an op behind a header that mnl_nlmsg_put_header() made. Both together have
 * at most RTNL_OP_ROOM bytes. */
#define RTNL_OP_ROOM 4096
void rtnl_put_op(struct nlmsghdr *nlh, const struct plan_op *op);

/* Read the ACKs of the requests [first, first + count), `length` bytes in rtnl->buffer. Returns how
 * many there were; errors[] is as in rtnl_apply(). */
unsigned int rtnl_take_acks(struct rtnl *rtnl, size_t length, const struct plan_op *ops,
			    uint32_t first, unsigned int count, int *errors);

/* Read notifications, `length` bytes in rtnl->buffer: count each, and call fn. */
void rtnl_take_changes(struct rtnl *rtnl, size_t length, rtnl_change_fn fn, void *context);

#endif

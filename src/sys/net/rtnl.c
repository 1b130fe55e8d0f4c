// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtnetlink: the sockets, and one request with its answers. Depends on libmnl. Never logs, keeps
 * nothing but its sockets.
 */
#include "sys/net/rtnl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "sys/host/pass.h"
#include "sys/net/rtnl_internal.h"

#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

#define ANSWER_SECONDS 5 /* the kernel answers before send(2) returns; a limit all the same */

/* Room for a host that adds thousands of routes while the loop is busy; beyond it: RTNL_OVERRUN. */
#define MONITOR_RCVBUF (1024 * 1024)

static struct rtnl *rtnl_new(void)
{
	struct rtnl *rtnl = calloc(1, sizeof(*rtnl));

	if (rtnl)
		rtnl->buffer = malloc(RTNL_BUFFER);
	if (rtnl && rtnl->buffer)
		return rtnl;
	free(rtnl);
	return NULL;
}

static int open_monitor(struct rtnl *rtnl)
{
	unsigned int groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			      RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE |
			      1U << (RTNLGRP_IPV6_RULE - 1);
	int size = MONITOR_RCVBUF, fd;

	rtnl->monitor = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!rtnl->monitor)
		return -errno;
	fd = mnl_socket_get_fd(rtnl->monitor);
	/* Best effort: without the privilege the default has to do. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (mnl_socket_bind(rtnl->monitor, groups, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	return 0;
}

int rtnl_open(struct rtnl **ret_rtnl)
{
	struct timeval limit = {.tv_sec = ANSWER_SECONDS};
	struct rtnl *rtnl = rtnl_new();
	int one = 1, fd, err;

	if (!rtnl)
		return -ENOMEM;
	rtnl->request = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!rtnl->request || mnl_socket_bind(rtnl->request, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		goto fail;
	}
	fd = mnl_socket_get_fd(rtnl->request);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	/* Each one is a help that older kernels lack: shorter ACKs, their reason as text, and dump
	 * filters that are obeyed (what came unasked is filtered here, too). */
	mnl_socket_setsockopt(rtnl->request, NETLINK_CAP_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(rtnl->request, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(rtnl->request, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	err = open_monitor(rtnl);
	if (err)
		goto fail;
	*ret_rtnl = rtnl;
	return 0;
fail:
	rtnl_close(rtnl);
	return err;
}

void rtnl_close(struct rtnl *rtnl)
{
	if (!rtnl)
		return;
	if (rtnl->monitor)
		mnl_socket_close(rtnl->monitor);
	if (rtnl->request)
		mnl_socket_close(rtnl->request);
	free(rtnl->buffer);
	free(rtnl->tables);
	free(rtnl);
}

int rtnl_take(const char *name, struct rtnl **ret_rtnl)
{
	int fd = pass_take(name, AF_NETLINK);
	struct rtnl *rtnl;

	if (fd < 0)
		return fd;
	rtnl = rtnl_new();
	if (rtnl)
		rtnl->request = mnl_socket_fdopen(fd);
	if (!rtnl || !rtnl->request) {
		rtnl_close(rtnl);
		close(fd);
		return -ENOMEM;
	}
	*ret_rtnl = rtnl;
	return 0;
}

void rtnl_pass_on(struct rtnl *rtnl, const char *name)
{
	int fd = rtnl ? dup(mnl_socket_get_fd(rtnl->request)) : -1;

	if (fd >= 0)
		pass_on(name, fd);
	rtnl_close(rtnl);
}

const char *rtnl_error(const struct rtnl *rtnl)
{
	return rtnl->error;
}

/* ---- reading messages ---- */

void rtnl_attributes(const struct nlmsghdr *nlh, size_t header,
		     const struct nlattr *table[RTNL_ATTRIBUTES])
{
	const struct nlattr *attr;

	memset(table, 0, RTNL_ATTRIBUTES * sizeof(*table));
	mnl_attr_for_each (attr, nlh, header) {
		if (mnl_attr_get_type(attr) < RTNL_ATTRIBUTES)
			table[mnl_attr_get_type(attr)] = attr;
	}
}

uint32_t rtnl_u32(const struct nlattr *attr, uint32_t otherwise)
{
	return attr && mnl_attr_get_payload_len(attr) >= sizeof(uint32_t) ? mnl_attr_get_u32(attr)
									  : otherwise;
}

bool rtnl_get_addr(const struct nlattr *attr, uint8_t family, struct vrrp_addr *ret_addr)
{
	if (!attr || mnl_attr_get_payload_len(attr) != rtnl_addr_len(family))
		return false;
	memset(ret_addr, 0, sizeof(*ret_addr));
	memcpy(ret_addr->b, mnl_attr_get_payload(attr), rtnl_addr_len(family));
	return true;
}

void rtnl_text(const struct nlattr *attr, char *ret_name, size_t size)
{
	size_t length;

	if (!attr)
		return;
	length = mnl_attr_get_payload_len(attr);
	if (length >= size)
		length = size - 1;
	memcpy(ret_name, mnl_attr_get_payload(attr), length);
	ret_name[length] = '\0';
}

const struct nlmsgerr *rtnl_error_of(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_len < mnl_nlmsg_size(sizeof(struct nlmsgerr))
		       ? NULL
		       : mnl_nlmsg_get_payload(nlh);
}

void rtnl_keep_error(struct rtnl *rtnl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = rtnl_error_of(nlh);
	size_t header = sizeof(*error);
	const struct nlattr *attr;

	if (!error || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len >= sizeof(error->msg))
		header += error->msg.nlmsg_len - sizeof(error->msg);
	if (nlh->nlmsg_len < mnl_nlmsg_size(MNL_ALIGN(header)))
		return;
	mnl_attr_for_each (attr, nlh, header) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			rtnl_text(attr, rtnl->error, sizeof(rtnl->error));
	}
}

/* ---- requests ---- */

int rtnl_take_answers(struct rtnl *rtnl, size_t length, uint16_t flags, rtnl_read_fn fn,
		      void *context, bool *interrupted)
{
	const struct nlmsghdr *answer = (const struct nlmsghdr *)rtnl->buffer;
	int left = (int)length;

	for (; rtnl_message_ok(answer, left); answer = mnl_nlmsg_next(answer, &left)) {
		int err;

		/* Left over from a request that was given up. */
		if (answer->nlmsg_seq != rtnl->seq)
			continue;
		*interrupted |= answer->nlmsg_flags & NLM_F_DUMP_INTR;
		if (answer->nlmsg_type == NLMSG_DONE) {
			const int *error = mnl_nlmsg_get_payload(answer);

			if (answer->nlmsg_len >= mnl_nlmsg_size(sizeof(*error)) && *error < 0)
				return *error;
			return 0;
		}
		if (answer->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *error = rtnl_error_of(answer);

			if (!error)
				return -EPROTO;
			rtnl_keep_error(rtnl, answer);
			return error->error < 0 ? error->error : 0;
		}
		err = fn(answer, context);
		if (err)
			return err;
		if (!(flags & NLM_F_DUMP))
			return 0;
	}
	return RTNL_MORE;
}

int rtnl_exchange(struct rtnl *rtnl, struct nlmsghdr *request, rtnl_read_fn fn, void *context)
{
	uint16_t flags = request->nlmsg_flags;
	bool interrupted = false;

	request->nlmsg_seq = ++rtnl->seq;
	rtnl->error[0] = '\0';
	if (mnl_socket_sendto(rtnl->request, request, request->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(rtnl->request, rtnl->buffer, RTNL_BUFFER);
		int err;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		err = rtnl_take_answers(rtnl, (size_t)got, flags, fn, context, &interrupted);
		if (err != RTNL_MORE)
			return err ? err : interrupted;
	}
}

int rtnl_ask(struct rtnl *rtnl, uint16_t type, uint16_t flags, const void *body, size_t length,
	     const void *attribute, size_t attribute_len, uint16_t attribute_type, rtnl_read_fn fn,
	     void *context)
{
	char request[512] = {0};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(mnl_nlmsg_put_extra_header(nlh, length), body, length);
	if (attribute)
		mnl_attr_put(nlh, attribute_type, attribute_len, attribute);
	return rtnl_exchange(rtnl, nlh, fn, context);
}

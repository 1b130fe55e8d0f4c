/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rehearsal: sys/rtnl and sys/send on sockets that were opened in a namespace of their own. The
 * namespace lives as long as they do.
 */
#include "agent/rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/advert.h"
#include "sys/log.h"
#include "sys/rtnl.h"
#include "sys/send.h"

#define LOOPBACK 1 /* its ifindex, in every namespace */

struct rehearsal {
	struct rtnl *rtnl;
	struct sender *sender;
	uint8_t turn;
};

static const struct vrrp_addr address = {.b = {192, 0, 2, 1}}; /* RFC 5737 */

static int open_here(struct rehearsal *rehearsal)
{
	struct plan_op up = {.kind = PLAN_LINK_UP, .ifindex = LOOPBACK};
	int err = rtnl_open(&rehearsal->rtnl), op_err;

	if (!err)
		err = send_open(&rehearsal->sender);
	if (!err && rtnl_apply(rehearsal->rtnl, &up, 1, &op_err))
		err = -EIO;
	return err;
}

struct rehearsal *rehearsal_open(void)
{
	struct rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err;

	if (!rehearsal || home < 0 || unshare(CLONE_NEWNET)) {
		log_debug("takeovers are not rehearsed: %s", strerror(errno));
		goto fail;
	}
	err = open_here(rehearsal);
	if (setns(home, CLONE_NEWNET)) {
		/* Nothing that we do from here on would reach a wire. */
		log_err("cannot return to our network namespace: %s", strerror(errno));
		abort();
	}
	if (err) {
		log_debug("takeovers are not rehearsed: %s", strerror(-err));
		goto fail;
	}
	close(home);
	return rehearsal;
fail:
	if (home >= 0)
		close(home);
	rehearsal_close(rehearsal);
	return NULL;
}

void rehearsal_run(struct rehearsal *rehearsal, bool nic)
{
	struct plan_op ops[] = {
		{.kind = PLAN_SET_MAC, .ifindex = LOOPBACK},
		{.kind = PLAN_ADDRESS_ADD, .ifindex = LOOPBACK},
		{.kind = PLAN_ADDRESS_DEL, .ifindex = LOOPBACK},
	};
	int errors[3];
	uint8_t frame[64];
	struct send_frame send = {.ifindex = LOOPBACK, .data = frame};

	/* Another one each time, or the kernel has nothing to do. */
	ops[0].mac[0] = 0x02;
	ops[0].mac[5] = ++rehearsal->turn;
	ops[1].address = ops[2].address = (struct plan_address){.addr = address,
								.family = 4,
								.plen = 32,
								.ifindex = LOOPBACK};
	if (nic)
		rtnl_apply(rehearsal->rtnl, ops, 3, errors);
	send.length =
		(uint16_t)advert_encode_garp(&address, ops[0].mac, false, frame, sizeof(frame));
	send_frames(rehearsal->sender, &send, 1);
}

void rehearsal_close(struct rehearsal *rehearsal)
{
	if (!rehearsal)
		return;
	if (rehearsal->sender)
		send_close(rehearsal->sender);
	if (rehearsal->rtnl)
		rtnl_close(rehearsal->rtnl);
	free(rehearsal);
}

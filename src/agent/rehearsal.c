/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rehearsal: sys/net/rtnl and sys/net/send on sockets that were opened in a namespace of their
 * own. The namespace lives as long as they do.
 */
#include "agent/rehearsal.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/vrrp/advert.h"
#include "sys/host/log.h"
#include "sys/net/rtnl.h"
#include "sys/net/send.h"

#define LOOPBACK    1 /* its ifindex, in every namespace */
#define STACK_BYTES 65536
#define PASSED      "rehearsal"

struct rehearsal {
	struct rtnl *rtnl;
	struct sender *sender;
	uint8_t turn;
	int err; /* of the child that opened the two */
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

/* Once through. The number of requests that failed, or negative errno. */
static int rehearse(struct rehearsal *rehearsal, bool nic)
{
	struct plan_op ops[] = {
		{.kind = PLAN_SET_MAC, .ifindex = LOOPBACK},
		{.kind = PLAN_ADDRESS_ADD, .ifindex = LOOPBACK},
		{.kind = PLAN_ADDRESS_DEL, .ifindex = LOOPBACK},
	};
	int errors[3], failed = 0;
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
		failed = rtnl_apply(rehearsal->rtnl, ops, 3, errors);
	send.length =
		(uint16_t)advert_encode_garp(&address, ops[0].mac, false, frame, sizeof(frame));
	send_frames(rehearsal->sender, &send, 1);
	send_frames_queued(rehearsal->sender, &send, 1);
	return failed;
}

static int open_inside(void *context)
{
	struct rehearsal *rehearsal = context;

	/* It holds all that its parent holds, locks too. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rehearsal->err = open_here(rehearsal);
	return 0;
}

/* By a child in namespaces of its own that shares our memory and descriptors, and that we wait for:
 * this process never leaves its network, and what the child opened is ours. */
static int open_in_child(struct rehearsal *rehearsal, int namespaces)
{
	char *stack = malloc(STACK_BYTES);
	pid_t child = -1;

	if (!stack)
		return -ENOMEM;
	rehearsal->err = -EIO; /* should it die */
	child = clone(open_inside, stack + STACK_BYTES,
		      CLONE_VM | CLONE_FILES | CLONE_VFORK | SIGCHLD | namespaces, rehearsal);
	if (child < 0)
		rehearsal->err = -errno;
	else
		waitpid(child, NULL, 0);
	free(stack);
	return rehearsal->err;
}

/* Of the agent before a restart. */
static int take(struct rehearsal *rehearsal)
{
	int err = rtnl_take(PASSED, &rehearsal->rtnl);

	if (!err)
		err = send_take(PASSED, &rehearsal->sender);
	if (err && rehearsal->rtnl)
		rtnl_close(rehearsal->rtnl);
	if (err)
		rehearsal->rtnl = NULL;
	return err;
}

struct rehearsal *rehearsal_open(void)
{
	struct rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));
	int err;

	if (!rehearsal)
		return NULL;
	if (!take(rehearsal))
		return rehearsal;
	err = open_in_child(rehearsal, CLONE_NEWNET);
	/* Without CAP_SYS_ADMIN: who made the user namespace may make networks in it, and whoever
	 * may change our network may change that one. */
	if (err == -EPERM && !rehearsal->rtnl)
		err = open_in_child(rehearsal, CLONE_NEWUSER | CLONE_NEWNET);
	/* What the child may, we may not for that. */
	if (!err && rehearse(rehearsal, true))
		err = -EIO;
	if (!err)
		return rehearsal;
	log_debug("takeovers are not rehearsed: %s", strerror(-err));
	rehearsal_close(rehearsal, false);
	return NULL;
}

void rehearsal_run(struct rehearsal *rehearsal, bool nic)
{
	rehearse(rehearsal, nic);
}

void rehearsal_close(struct rehearsal *rehearsal, enum ending ending)
{
	if (!rehearsal)
		return;
	if (ending == ENDING_RESTART) {
		rtnl_pass_on(rehearsal->rtnl, PASSED);
		send_pass_on(rehearsal->sender, PASSED);
	} else {
		rtnl_close(rehearsal->rtnl);
		send_close(rehearsal->sender);
	}
	free(rehearsal);
}

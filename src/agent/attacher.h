/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that attaches the fence to other interfaces, one at a time. The kernel waits for a grace
 * period of RCU in each attachment: 10 to 50 ms in which the loop must go on sending adverts. The
 * thread runs at normal priority, and ends with the process.
 */
#ifndef AGENT_ATTACHER_H
#define AGENT_ATTACHER_H

#include <stdbool.h>

#include "core/config/config.h"
#include "sys/bpf/fence.h"

struct attacher;

struct attachment {
	int ifindex;
	char name[CONFIG_IFNAME];
	bool leased; /* as of fence_attach_other() */
	/* What came of it. */
	enum fence_hook hook;
	int err;
};

/* fence must outlive the attacher. Open it before the agent runs at real-time priority, which the
 * thread would inherit. Returns 0 or a negative errno. */
int attacher_open(struct fence *fence, struct attacher **ret_attacher);

/* Begin with this attachment, which is copied. Call it only if attacher_busy() is false. */
void attacher_ask(struct attacher *attacher, const struct attachment *attachment);

/* Is an attachment under way, or done and not yet taken? */
bool attacher_busy(const struct attacher *attacher);

/* Returns true if an attachment is done; then *ret_attachment says what came of it. Never waits. */
bool attacher_take(struct attacher *attacher, struct attachment *ret_attachment);

/* Waits for the attachment that is under way. */
void attacher_close(struct attacher *attacher);

#endif

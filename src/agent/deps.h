/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a virtual router on this host works with. All routers of the agent share it.
 */
#ifndef AGENT_DEPS_H
#define AGENT_DEPS_H

#include "agent/batch.h"
#include "agent/loop.h"
#include "agent/ports.h"
#include "core/config/config.h"
#include "sys/bpf/datapath.h"
#include "sys/bpf/fence.h"
#include "sys/net/receiver.h"
#include "sys/net/rtnl.h"

struct auth;
struct fencing;
struct reception;

struct router_deps {
	const struct config *config;
	const char *run_dir;
	const char *bpffs;
	struct fence *fence;           /* NULL: there is no fence, or none is wanted */
	const struct fencing *fencing; /* how the fence stands on each NIC */
	struct auth *auth;
	struct reception *reception;
	struct loop *loop;
	struct datapath *datapath;
	struct receiver *receiver;
	struct rtnl *rtnl;
	struct sender *sender;
	struct ports *ports;
	struct batch *batch;
	struct monotime prepare_until; /* the next promotion of any router needs the agent then */
};

#endif

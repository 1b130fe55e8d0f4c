/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread touches what *early names, and nothing else of the agent.
 */
#include "agent/early_fence.h"

#include <net/if.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sys/host/log.h"
#include "sys/host/thread.h"
#include "sys/net/nic_lock.h"

#define STACK_BYTES 262144

struct nic {
	const char *name;
	int ifindex; /* 0: not fenced */
};

struct early_fence {
	pthread_t thread;
	const char *bpffs;
	struct fence *fence;
	int err;
	unsigned int count;
	struct nic nics[PORTS_MAX];
};

static void want(struct early_fence *early, const char *name)
{
	for (unsigned int i = 0; i < early->count; i++) {
		if (!strcmp(early->nics[i].name, name))
			return;
	}
	if (early->count < PORTS_MAX)
		early->nics[early->count++].name = name;
}

/* The interfaces on which agent/guards will guard something. */
static void want_all(struct early_fence *early, const struct config *config)
{
	for (unsigned int r = 0; r < config->router_count; r++) {
		const struct config_router *router = &config->routers[r];

		if (router->fence == CONFIG_FENCE_NO)
			continue;
		if (router->mac.kind != CONFIG_MAC_KEEP)
			want(early, router->public);
		for (unsigned int i = 0; i < router->address_count; i++) {
			const char *dev = router->addresses[i].dev;

			want(early, dev[0] ? dev : router->public);
		}
	}
}

/* An interface of another agent is not ours to touch: the start will fail. One that an earlier run
 * has fenced stays as it is: by the programs for other interfaces it may be shut for addresses that
 * are not guarded on it yet. */
static void attach(struct early_fence *early, struct nic *nic)
{
	int ifindex = (int)if_nametoindex(nic->name);
	enum fence_hook hook;
	pid_t holder;

	if (!ifindex || nic_locked(ifindex, &holder) || fence_query(early->bpffs, ifindex, &hook) ||
	    hook != FENCE_NONE)
		return;
	if (!fence_attach_early(early->fence, ifindex, nic->name))
		nic->ifindex = ifindex;
}

static void *run(void *context)
{
	struct early_fence *early = context;

	early->err = fence_open(early->bpffs, &early->fence);
	for (unsigned int i = 0; !early->err && i < early->count; i++)
		attach(early, &early->nics[i]);
	return NULL;
}

struct early_fence *early_fence_begin(const struct config *config, const char *bpffs)
{
	struct early_fence *early = calloc(1, sizeof(*early));

	if (!early)
		return NULL;
	early->bpffs = bpffs;
	want_all(early, config);
	if (!early->count || thread_start(&early->thread, STACK_BYTES, run, early)) {
		free(early);
		return NULL;
	}
	return early;
}

/* If another interface has the name by now, or if the start has failed, others_forget_rest() takes
 * the programs away. */
static void note(const struct nic *nic, struct ports *ports)
{
	struct port *port = ports_find(ports, nic->name);

	if (!port || !nic->ifindex || port->ifindex != nic->ifindex)
		return;
	port->fence_ifindex = nic->ifindex;
	log_info("%s: fenced by %s", port->name, fence_hook_name(FENCE_TCX));
}

int early_fence_end(struct early_fence *early, struct ports *ports, struct fence **ret_fence)
{
	int err;

	pthread_join(early->thread, NULL);
	for (unsigned int i = 0; i < early->count; i++)
		note(&early->nics[i], ports);
	err = early->err;
	if (!err)
		*ret_fence = early->fence;
	free(early);
	return err;
}

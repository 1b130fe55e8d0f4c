// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks into queueing disciplines, and empties them. Depends on sys/net/rtnl. Reads no clock: it
 * counts its looks.
 */
#include "sys/net/queue.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sys/net/rtnl_internal.h"

#define LOOKS  10
#define NAP_NS 500000L /* between two looks */
#define LAYERS 4       /* a VLAN of a bridge of a bond, and the members of that */

static struct queue *find(struct queues *queues, int ifindex)
{
	for (unsigned int i = 0; i < queues->count; i++) {
		if (queues->queue[i].ifindex == ifindex)
			return &queues->queue[i];
	}
	return NULL;
}

void queues_add(struct queues *queues, int ifindex)
{
	if (ifindex > 0 && queues->count < QUEUES_MAX && !find(queues, ifindex))
		queues->queue[queues->count++] = (struct queue){.ifindex = ifindex};
}

/* ---- what an interface sends through ---- */

int queue_read_link(const struct nlmsghdr *nlh, void *context)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct queues *queues = context;
	const struct nlattr *table[RTNL_ATTRIBUTES];
	struct queue *queue;
	uint32_t above;

	if (nlh->nlmsg_type != RTM_NEWLINK || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ifi)))
		return -EPROTO;
	rtnl_attributes(nlh, sizeof(*ifi), table);
	above = rtnl_u32(table[IFLA_MASTER], 0);
	if (above && find(queues, (int)above))
		queues_add(queues, ifi->ifi_index);
	queue = find(queues, ifi->ifi_index);
	if (!queue)
		return 0;
	queue->length = rtnl_u32(table[IFLA_TXQLEN], 0);
	/* A number of another network namespace names nothing here. */
	if (!table[IFLA_LINK_NETNSID])
		queues_add(queues, (int)rtnl_u32(table[IFLA_LINK], 0));
	return 0;
}

/* Each dump finds one more layer at least, whatever the order of the interfaces is. */
static int add_lower(struct rtnl *rtnl, struct queues *queues)
{
	const struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC};
	const uint32_t lean = RTEXT_FILTER_SKIP_STATS;

	for (int i = 0; i < LAYERS; i++) {
		unsigned int before = queues->count;
		int err = rtnl_ask(rtnl, RTM_GETLINK, NLM_F_DUMP, &ifi, sizeof(ifi), &lean,
				   sizeof(lean), IFLA_EXT_MASK, queue_read_link, queues);

		if (err < 0)
			return err;
		if (queues->count == before)
			break;
	}
	return 0;
}

/* ---- how much waits ---- */

static uint32_t waiting(const struct nlattr *stats)
{
	struct gnet_stats_queue queue = {0};
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, stats) {
		size_t length = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) == TCA_STATS_QUEUE)
			memcpy(&queue, mnl_attr_get_payload(attr),
			       length < sizeof(queue) ? length : sizeof(queue));
	}
	return queue.qlen;
}

/* A discipline that has others within it counts what waits in those, too. So the most that one of
 * an interface has is what waits there. */
int queue_read_discipline(const struct nlmsghdr *nlh, void *context)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct queue *queue;

	if (nlh->nlmsg_type != RTM_NEWQDISC || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*tcm)))
		return -EPROTO;
	queue = find(context, tcm->tcm_ifindex);
	if (!queue)
		return 0;
	mnl_attr_for_each (attr, nlh, sizeof(*tcm)) {
		uint32_t frames = mnl_attr_get_type(attr) == TCA_STATS2 ? waiting(attr) : 0;

		if (frames > queue->frames)
			queue->frames = frames;
	}
	return 0;
}

/* How many frames wait in all queues, or negative errno. */
static int64_t look(struct rtnl *rtnl, struct queues *queues)
{
	const struct tcmsg tcm = {.tcm_family = AF_UNSPEC};
	int64_t sum = 0;
	int err;

	for (unsigned int i = 0; i < queues->count; i++)
		queues->queue[i].frames = 0;
	err = rtnl_ask(rtnl, RTM_GETQDISC, NLM_F_DUMP, &tcm, sizeof(tcm), NULL, 0, 0,
		       queue_read_discipline, queues);
	for (unsigned int i = 0; i < queues->count; i++)
		sum += queues->queue[i].frames;
	return err < 0 ? err : sum;
}

/* ---- emptying ---- */

static int no_answer(const struct nlmsghdr *nlh, void *context)
{
	(void)nlh;
	(void)context;
	return -EPROTO;
}

static int set_length(struct rtnl *rtnl, int ifindex, uint32_t length)
{
	const struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};

	return rtnl_ask(rtnl, RTM_NEWLINK, NLM_F_ACK, &ifi, sizeof(ifi), &length, sizeof(length),
			IFLA_TXQLEN, no_answer, NULL);
}

/* Linux resets all queueing disciplines of an interface whose queue gets another length
 * (dev_qdisc_change_tx_queue_len()). Nothing else drops what waits and keeps the interface up and
 * its disciplines in place. The length is put back at once, also if the first request failed half
 * way. */
static int drop(struct rtnl *rtnl, const struct queue *queue)
{
	int err = set_length(rtnl, queue->ifindex, queue->length + 1);
	int back = set_length(rtnl, queue->ifindex, queue->length);

	return err ? err : back;
}

int64_t queues_clear(struct rtnl *rtnl, struct queues *queues)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	int64_t frames = add_lower(rtnl, queues), dropped = 0;
	int err = 0;

	if (!frames)
		frames = look(rtnl, queues);
	for (int i = 0; i < LOOKS && frames > 0; i++) {
		nanosleep(&nap, NULL);
		frames = look(rtnl, queues);
	}
	if (frames <= 0)
		return frames;
	for (unsigned int i = 0; i < queues->count; i++) {
		const struct queue *queue = &queues->queue[i];
		int failed = queue->frames ? drop(rtnl, queue) : 0;

		if (failed)
			err = failed;
		else
			dropped += queue->frames;
	}
	return err ? err : dropped;
}

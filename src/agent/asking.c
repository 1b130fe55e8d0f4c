/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks by the neighbour table, one question at a time. An entry that is resolved when the next
 * question is due was resolved by the last one, because each question begins with a new entry.
 */
#include "agent/asking.h"

#include "agent/stand_in.h"

static int target_of(const struct asking *asking, uint8_t *ret_family, struct vrrp_addr *ret_target)
{
	return witness_target(asking->paths->config, CONFIG_WITNESS_OWNER, ret_family, ret_target);
}

void asking_open(struct asking *asking, const struct paths *paths, const struct port *nic)
{
	struct vrrp_addr target;
	uint8_t family;

	*asking = (struct asking){.paths = paths, .port = nic, .next = MONOTIME_NEVER};
	if (target_of(asking, &family, &target))
		asking->port = NULL;
}

struct monotime asking_deadline(const struct asking *asking, bool wanted)
{
	if (!asking->port || wanted == !monotime_is_never(asking->next))
		return asking->next;
	return (struct monotime){0};
}

static void take_back(struct asking *asking)
{
	struct vrrp_addr target;
	uint8_t family;

	if (asking->ifindex && !target_of(asking, &family, &target))
		rtnl_forget_neighbor(asking->paths->deps->rtnl, asking->ifindex, family, &target);
	asking->ifindex = 0;
}

void asking_tick(struct asking *asking, bool wanted, struct monotime now)
{
	struct vrrp_addr target;
	uint8_t family, mac[6];

	/* Without a target there is no port, and nothing is ever due. */
	if (monotime_before(now, asking_deadline(asking, wanted)) ||
	    target_of(asking, &family, &target))
		return;
	stand_in_begin();
	if (asking->ifindex &&
	    !rtnl_neighbor(asking->paths->deps->rtnl, asking->ifindex, family, &target, mac, NULL))
		witness_view_heard(&asking->view);
	take_back(asking);
	stand_in_end();
	if (!wanted) {
		witness_view_reset(&asking->view);
		asking->next = MONOTIME_NEVER;
		return;
	}
	/* Where the kernel refuses, there is no answer either. */
	stand_in_begin();
	if (asking->port->ifindex &&
	    !rtnl_ask_neighbor(asking->paths->deps->rtnl, asking->port->ifindex, family, &target))
		asking->ifindex = asking->port->ifindex;
	stand_in_end();
	asking->next = witness_view_ask(&asking->view,
					witness_period_ns(asking->paths->config->interval_cs), now);
}

bool asking_answers(const struct asking *asking)
{
	return asking->view.heard && asking->view.misses < WITNESS_SILENT;
}

void asking_close(struct asking *asking)
{
	take_back(asking);
}

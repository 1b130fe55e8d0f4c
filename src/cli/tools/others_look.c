/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks rtnetlink for the interfaces, the pins for their fences, and /proc/sys what they answer.
 */
#include "cli/tools/others_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nic/cover.h"
#include "sys/bpf/fence.h"
#include "sys/host/slurp.h"
#include "sys/net/rtnl.h"

/* 0 also where it cannot be read. */
static int arp_ignore(const char *ifname)
{
	char text[16];

	slurp_text(text, sizeof(text), "/proc/sys/net/ipv4/conf/%s/arp_ignore", ifname);
	return atoi(text);
}

/* The kernel goes by the greater one of the two. */
static bool answers(const char *ifname)
{
	return !arp_ignore("all") && !arp_ignore(ifname);
}

static void look_at_others(const char *bpffs, const struct plan_actual *actual,
			   const enum cover *covers, struct doctor_facts *facts)
{
	facts->others_known = DOCTOR_YES;
	for (unsigned int i = 0; i < actual->link_count; i++) {
		const struct plan_link *link = &actual->links[i];
		enum fence_hook hook;

		if (covers[i] == COVER_NONE)
			continue;
		if (fence_query(bpffs, link->ifindex, &hook)) {
			facts->others_known = DOCTOR_UNKNOWN;
			return;
		}
		if (hook != FENCE_NONE) {
			facts->others_covered++;
			continue;
		}
		if (facts->other_count < DOCTOR_MAX_OTHERS) {
			struct doctor_other *other = &facts->others[facts->other_count];

			snprintf(other->name, sizeof(other->name), "%s", link->name);
			other->answers = answers(link->name);
		}
		facts->other_count++;
	}
}

static void look_at_ports(const struct plan_actual *actual, struct doctor_facts *facts)
{
	for (unsigned int i = 0; i < facts->nic_count; i++) {
		struct doctor_nic *nic = &facts->nics[i];
		const struct plan_link *link = plan_link_by_name(actual, nic->name);
		const struct plan_link *master =
			link && link->port ? plan_link_by_index(actual, link->master) : NULL;

		if (master)
			memcpy(nic->port_of, master->name, sizeof(nic->port_of));
	}
}

void links_look(const char *bpffs, bool others, struct doctor_facts *facts)
{
	struct plan_actual actual;
	enum cover *covers;
	struct rtnl *rtnl;

	if (rtnl_open(&rtnl))
		return;
	if (!rtnl_dump(rtnl, &actual)) {
		look_at_ports(&actual, facts);
		if (others && facts->settings && (facts->agent.pid || fence_was_here(bpffs)) &&
		    !cover_links(facts->settings, &actual, &covers)) {
			look_at_others(bpffs, &actual, covers, facts);
			free(covers);
		}
		plan_actual_free(&actual);
	}
	rtnl_close(rtnl);
}

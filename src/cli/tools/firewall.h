/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which chains of the firewall drop what they do not know, and whether their rules let VRRP, ARP
 * and neighbour discovery in: as nft and iptables tell it.
 */
#ifndef CLI_TOOLS_FIREWALL_H
#define CLI_TOOLS_FIREWALL_H

#include "cli/tools/doctor.h"

/* Ask nft, and iptables where it has tables of its own. Fills in facts->firewall and the chains. */
void firewall_look(struct doctor_facts *facts);

/* The two languages, for tests. A rule counts for every chain of its table, for chains jump to each
 * other; one whose conditions cannot be judged counts as letting in. Chains beyond the room are
 * left out. -EINVAL: that is no ruleset. */
int firewall_parse_nft(const char *json, struct doctor_facts *facts);
void firewall_parse_iptables(const char *family, char *text, struct doctor_facts *facts);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who configures a NIC, by what NetworkManager, systemd-networkd, ifupdown and the ifcfg files
 * leave below /run and /etc. Reads files alone.
 */
#ifndef CLI_TOOLS_NIC_OWNER_H
#define CLI_TOOLS_NIC_OWNER_H

#include "cli/tools/doctor.h"

/* root: "" for this host; another directory that has a run and an etc in it (an image, a test). */
void nic_owner_look(const char *root, const char *name, unsigned int ifindex,
		    struct doctor_owner *ret_owner);

#endif

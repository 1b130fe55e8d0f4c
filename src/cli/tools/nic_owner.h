/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds out which software configures a NIC, by the files of NetworkManager, systemd-networkd,
 * ifupdown and ifcfg below /run and /etc. It only reads files.
 */
#ifndef CLI_TOOLS_NIC_OWNER_H
#define CLI_TOOLS_NIC_OWNER_H

#include "cli/tools/doctor.h"

/* root is "" for this host, or else a directory that contains a run and an etc (an image, a
 * test). */
void nic_owner_look(const char *root, const char *name, unsigned int ifindex,
		    struct doctor_owner *ret_owner);

#endif

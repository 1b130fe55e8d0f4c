/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be read of a NIC without changing anything: flags, MTU, MAC, driver, offloads (ethtool),
 * what its driver can do for XDP (the netdev family of generic netlink), its multicast filter, and
 * what sysfs tells of who is behind it.
 */
#ifndef CLI_TOOLS_NIC_H
#define CLI_TOOLS_NIC_H

#include "cli/tools/doctor.h"

/* Fills in these fields of the NIC that nic->name names; one that is not there: exists stays false.
 * What cannot be told stays unknown. */
void nic_look(struct doctor_nic *nic);

#endif

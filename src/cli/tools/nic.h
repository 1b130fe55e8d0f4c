/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what a NIC tells without changing anything: flags, MTU, MAC, driver, offloads (ethtool),
 * what its driver can do for XDP (the netdev family of generic netlink), its multicast filter, and
 * what sysfs tells of the devices behind it.
 */
#ifndef CLI_TOOLS_NIC_H
#define CLI_TOOLS_NIC_H

#include "cli/tools/doctor.h"

/* Fills in these fields of *nic for the NIC that nic->name names. If there is no such NIC, `exists`
 * stays false. What cannot be told stays unknown. */
void nic_look(struct doctor_nic *nic);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mapped leases: until when this host may speak for a router's shared address. Granted with the
 * first advert of a MASTER, renewed with each that was actually sent, cleared first on stepping
 * down; the XDP program clears one itself on a superior advert.
 */
#ifndef SYS_BPF_LEASE_H
#define SYS_BPF_LEASE_H

#include <stdbool.h>

#include "core/monotime.h"
#include "core/vrrp/agent_rules.h"
#include "vrrp_abi.h"

/* What the agent itself wrote last: renewing is a compare-and-swap from it. */
struct lease {
	struct vrrp_lease *shared;
	uint64_t written_ns; /* 0: none */
	enum agent_lease state;
};

/* A new lease that ends at `now`, whatever was there: not open yet, but not 0, so that the XDP
 * program can end it before the first advert has opened it. */
void lease_grant(struct lease *lease, struct monotime now);

/* From our own last value to `until`. false: the XDP program cleared it in between; read the ring.
 */
bool lease_renew(struct lease *lease, struct monotime until);

/* From our own last value, which has passed, to `now`: shut, yet ours. false: as above. */
bool lease_resume(struct lease *lease, struct monotime now);
bool lease_listen(struct lease *lease, struct monotime now);

void lease_clear(struct lease *lease);

#endif

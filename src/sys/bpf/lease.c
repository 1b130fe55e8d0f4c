/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leases: three atomic writes to mapped memory.
 */
#include "sys/bpf/lease.h"

void lease_grant(struct lease *lease, struct monotime now)
{
	lease->state = AGENT_LEASE_CLAIMED;
	lease->written_ns = (uint64_t)now.ns;
	__atomic_store_n(&lease->shared->until_ns, lease->written_ns, __ATOMIC_SEQ_CST);
}

static bool swap(struct lease *lease, struct monotime to, enum agent_lease state)
{
	__u64 expected = lease->written_ns;

	if (!__atomic_compare_exchange_n(&lease->shared->until_ns, &expected, (__u64)to.ns, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	lease->written_ns = (uint64_t)to.ns;
	lease->state = state;
	return true;
}

bool lease_renew(struct lease *lease, struct monotime until)
{
	return swap(lease, until, AGENT_LEASE_OPEN);
}

bool lease_resume(struct lease *lease, struct monotime now)
{
	return swap(lease, now, AGENT_LEASE_RESUMED);
}

bool lease_listen(struct lease *lease, struct monotime now)
{
	return swap(lease, now, AGENT_LEASE_LISTENS);
}

void lease_clear(struct lease *lease)
{
	lease->written_ns = 0;
	lease->state = AGENT_LEASE_CLAIMED;
	__atomic_store_n(&lease->shared->until_ns, 0, __ATOMIC_SEQ_CST);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leases: three atomic writes to mapped memory.
 */
#include "sys/lease.h"

void lease_grant(struct lease *lease, struct monotime now)
{
	lease->opened = false;
	lease->written_ns = (uint64_t)now.ns;
	__atomic_store_n(&lease->shared->until_ns, lease->written_ns, __ATOMIC_SEQ_CST);
}

bool lease_renew(struct lease *lease, struct monotime until)
{
	__u64 expected = lease->written_ns;

	if (!__atomic_compare_exchange_n(&lease->shared->until_ns, &expected, (__u64)until.ns,
					 false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	lease->written_ns = (uint64_t)until.ns;
	lease->opened = true;
	return true;
}

void lease_clear(struct lease *lease)
{
	lease->written_ns = 0;
	lease->opened = false;
	__atomic_store_n(&lease->shared->until_ns, 0, __ATOMIC_SEQ_CST);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys/bpf/hmac_store.h"

#include "vrrp_abi.h"
#include "vrrp_timers.h"

unsigned int hmac_store_remove(struct table *keys, hmac_store_fn unwanted, void *context)
{
	struct vrrp_hmac_key_id key, next;
	bool more = !table_next(keys, NULL, &next);
	unsigned int left = 0;

	while (more) {
		key = next;
		more = !table_next(keys, &key, &next);
		if (unwanted(context, key.slot, key.id))
			table_delete(keys, &key);
		else
			left++;
	}
	return left;
}

unsigned int hmac_store_sweep(struct table *marks, uint64_t before_ns)
{
	struct vrrp_hmac_source source, next;
	struct vrrp_hmac_mark mark;
	unsigned int left = 0;
	bool more = !table_next(marks, NULL, &next);

	while (more) {
		source = next;
		more = !table_next(marks, &source, &next);
		if (table_get(marks, &source, &mark))
			continue;
		if (vrrp_before(mark.stamp_ns, before_ns))
			table_delete(marks, &source);
		else
			left++;
	}
	return left;
}

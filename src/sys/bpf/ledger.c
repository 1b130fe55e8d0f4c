/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys/bpf/ledger.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "sys/host/runfile.h"

#define NAME "ledger"

int ledger_open(const char *run_dir, struct ledger **ret_ledger)
{
	struct ledger *ledger;
	void *memory;
	int err = runfile_map(run_dir, NAME, sizeof(*ledger), true, &memory, NULL);

	if (err)
		return err;
	ledger = memory;
	if (ledger->abi != VRRP_ABI_VERSION) {
		memset(ledger, 0, sizeof(*ledger));
		ledger->abi = VRRP_ABI_VERSION;
	}
	*ret_ledger = ledger;
	return 0;
}

struct ledger *ledger_private(void)
{
	struct ledger *ledger = runfile_private(sizeof(*ledger));

	if (ledger)
		ledger->abi = VRRP_ABI_VERSION;
	return ledger;
}

int ledger_view(const char *run_dir, const struct ledger **ret_ledger, ino_t *ret_inode)
{
	const struct ledger *ledger;
	void *memory;
	ino_t inode;
	int err = runfile_map(run_dir, NAME, sizeof(*ledger), false, &memory, &inode);

	if (err)
		return err;
	ledger = memory;
	if (ledger->abi != VRRP_ABI_VERSION) {
		err = ledger->abi ? -EPROTO : -ENOENT; /* it is just being made */
		ledger_close(ledger);
		return err;
	}
	*ret_ledger = ledger;
	if (ret_inode)
		*ret_inode = inode;
	return 0;
}

void ledger_close(const struct ledger *ledger)
{
	if (ledger)
		munmap((void *)(uintptr_t)ledger, sizeof(*ledger));
}

int ledger_renew(struct ledger *ledger, const char *run_dir)
{
	return runfile_renew(run_dir, NAME, ledger, sizeof(*ledger));
}

ino_t ledger_inode(const char *run_dir)
{
	return runfile_inode(run_dir, NAME);
}

void ledger_remove(const char *run_dir)
{
	runfile_remove(run_dir, NAME);
}

/* ---- what was heard ---- */

void ledger_tell(struct ledger *ledger, const struct vrrp_event *event)
{
	__u64 seq = ledger->seq + 1;
	struct ledger_heard *entry = &ledger->heard[seq % LEDGER_HEARD];

	__atomic_store_n(&entry->seq, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	entry->event = *event;
	__atomic_store_n(&entry->seq, seq, __ATOMIC_RELEASE);
	__atomic_store_n(&ledger->seq, seq, __ATOMIC_RELEASE);
}

bool ledger_told(const struct ledger *ledger, uint64_t *seq, struct vrrp_event *ret_event)
{
	__u64 newest = __atomic_load_n(&ledger->seq, __ATOMIC_ACQUIRE);

	if (newest > *seq + LEDGER_HEARD)
		*seq = newest - LEDGER_HEARD;
	while (*seq < newest) {
		const struct ledger_heard *entry = &ledger->heard[++*seq % LEDGER_HEARD];

		if (__atomic_load_n(&entry->seq, __ATOMIC_ACQUIRE) != *seq)
			continue; /* overwritten: newer ones follow */
		*ret_event = entry->event;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&entry->seq, __ATOMIC_RELAXED) == *seq)
			return true;
	}
	return false;
}

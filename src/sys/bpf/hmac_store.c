/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps by libbpf's low-level calls, or arrays. Decides nothing.
 */
#include "sys/bpf/hmac_store.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "vrrp_timers.h"

#define SECRETS_BYTES (HMAC_FILE_KEYS * sizeof(struct vrrp_hmac_key))

struct hmac_store {
	struct hmac_store_deps deps;
	/* Where there are no maps. */
	struct vrrp_hmac_key *secrets;  /* of deps.file->keys, and never in that file */
	unsigned int key_end, mark_end; /* nothing is used from there on */
};

/* ---- arrays ---- */

static bool same_source(const struct vrrp_hmac_source *a, const struct vrrp_hmac_source *b)
{
	return a->slot == b->slot && vrrp_addr_equal(&a->source, &b->source);
}

/* The entry of that key, else NULL. */
static struct hmac_file_key *find_key(const struct hmac_store *store, unsigned int slot, uint8_t id)
{
	for (unsigned int i = 0; i < store->key_end; i++) {
		struct hmac_file_key *key = &store->deps.file->keys[i];

		if (key->used && key->id.slot == slot && key->id.id == id)
			return key;
	}
	return NULL;
}

static struct hmac_file_mark *find_mark(const struct hmac_store *store,
					const struct vrrp_hmac_source *source)
{
	for (unsigned int i = 0; i < store->mark_end; i++) {
		struct hmac_file_mark *mark = &store->deps.file->marks[i];

		if (mark->mark.stamp_ns && same_source(&mark->source, source))
			return mark;
	}
	return NULL;
}

static int add_here(struct hmac_store *store, const struct vrrp_hmac_key_id *id,
		    const struct vrrp_hmac_key *key)
{
	struct hmac_file_key *entry = find_key(store, id->slot, id->id), *keys;

	keys = store->deps.file->keys;
	for (unsigned int i = 0; !entry && i < HMAC_FILE_KEYS; i++) {
		if (!keys[i].used)
			entry = &keys[i];
	}
	if (!entry)
		return -E2BIG;
	store->secrets[entry - keys] = *key;
	entry->id = *id;
	entry->used = 1;
	if (entry - keys >= store->key_end)
		store->key_end = (unsigned int)(entry - keys) + 1;
	return 0;
}

static void remove_here(struct hmac_store *store, hmac_store_fn unwanted, void *context)
{
	for (unsigned int i = 0; i < store->key_end; i++) {
		struct hmac_file_key *key = &store->deps.file->keys[i];

		if (!key->used || !unwanted(context, key->id.slot, key->id.id))
			continue;
		memset(key, 0, sizeof(*key));
		explicit_bzero(&store->secrets[i], sizeof(store->secrets[i]));
	}
}

static unsigned int sweep_here(struct hmac_store *store, uint64_t before_ns)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < store->mark_end; i++) {
		struct hmac_file_mark *mark = &store->deps.file->marks[i];

		if (mark->mark.stamp_ns && vrrp_before(mark->mark.stamp_ns, before_ns))
			memset(mark, 0, sizeof(*mark));
		left += mark->mark.stamp_ns != 0;
	}
	return left;
}

static int remember_here(struct hmac_store *store, const struct vrrp_hmac_source *source,
			 const struct vrrp_hmac_mark *mark)
{
	struct hmac_file_mark *entry = find_mark(store, source), *marks = store->deps.file->marks;

	for (unsigned int i = 0; !entry && i < HMAC_FILE_MARKS; i++) {
		if (!marks[i].mark.stamp_ns)
			entry = &marks[i];
	}
	if (!entry)
		return -E2BIG;
	entry->source = *source;
	entry->mark = *mark;
	if (entry - marks >= store->mark_end)
		store->mark_end = (unsigned int)(entry - marks) + 1;
	return 0;
}

/* ---- life ---- */

int hmac_store_open(const struct hmac_store_deps *deps, struct hmac_store **ret_store)
{
	struct hmac_store *store = calloc(1, sizeof(*store));
	void *secrets;

	if (!store)
		return -ENOMEM;
	store->deps = *deps;
	if (deps->keys < 0) {
		secrets = mmap(NULL, SECRETS_BYTES, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (secrets == MAP_FAILED) {
			free(store);
			return -ENOMEM;
		}
		(void)madvise(secrets, SECRETS_BYTES, MADV_DONTDUMP);
		(void)madvise(secrets, SECRETS_BYTES, MADV_DONTFORK);
		store->secrets = secrets;
		/* Keys of a process before this one are not known here; its marks count. */
		memset(deps->file->keys, 0, sizeof(deps->file->keys));
		store->mark_end = HMAC_FILE_MARKS;
	}
	*ret_store = store;
	return 0;
}

void hmac_store_close(struct hmac_store *store)
{
	if (!store)
		return;
	if (store->secrets) {
		explicit_bzero(store->secrets, SECRETS_BYTES);
		munmap(store->secrets, SECRETS_BYTES);
	}
	free(store);
}

/* ---- keys ---- */

int hmac_store_add(struct hmac_store *store, unsigned int slot, uint8_t id,
		   const struct vrrp_hmac_key *key)
{
	struct vrrp_hmac_key_id key_id = {.slot = slot, .id = id};

	if (store->secrets)
		return add_here(store, &key_id, key);
	return bpf_map_update_elem(store->deps.keys, &key_id, key, BPF_ANY) ? -errno : 0;
}

void hmac_store_remove(struct hmac_store *store, hmac_store_fn unwanted, void *context)
{
	struct vrrp_hmac_key_id key, next;
	int more;

	if (store->secrets) {
		remove_here(store, unwanted, context);
		return;
	}
	/* The next one is asked for before this one goes. */
	more = !bpf_map_get_next_key(store->deps.keys, NULL, &next);
	while (more) {
		key = next;
		more = !bpf_map_get_next_key(store->deps.keys, &key, &next);
		if (unwanted(context, key.slot, key.id))
			bpf_map_delete_elem(store->deps.keys, &key);
	}
}

bool hmac_store_key(const struct hmac_store *store, unsigned int slot, uint8_t id,
		    struct vrrp_hmac_key *ret_key)
{
	struct vrrp_hmac_key_id key_id = {.slot = slot, .id = id};
	const struct hmac_file_key *entry;

	if (!store->secrets)
		return !bpf_map_lookup_elem(store->deps.keys, &key_id, ret_key);
	entry = find_key(store, slot, id);
	if (entry)
		*ret_key = store->secrets[entry - store->deps.file->keys];
	return entry != NULL;
}

/* ---- the clock ---- */

void hmac_store_set_clock(struct hmac_store *store, int64_t offset_ns, uint64_t read_ns)
{
	__atomic_store_n(&store->deps.clock->offset_ns, offset_ns, __ATOMIC_RELEASE);
	__atomic_store_n(&store->deps.clock->read_ns, read_ns, __ATOMIC_RELEASE);
}

const struct vrrp_hmac_clock *hmac_store_clock(const struct hmac_store *store)
{
	return store->deps.clock;
}

/* ---- marks ---- */

unsigned int hmac_store_sweep(struct hmac_store *store, uint64_t before_ns)
{
	struct vrrp_hmac_source source, next;
	struct vrrp_hmac_mark mark;
	unsigned int left = 0;
	int more;

	if (store->secrets)
		return sweep_here(store, before_ns);
	more = !bpf_map_get_next_key(store->deps.marks, NULL, &next);
	while (more) {
		source = next;
		more = !bpf_map_get_next_key(store->deps.marks, &source, &next);
		if (bpf_map_lookup_elem(store->deps.marks, &source, &mark))
			continue;
		if (vrrp_before(mark.stamp_ns, before_ns))
			bpf_map_delete_elem(store->deps.marks, &source);
		else
			left++;
	}
	return left;
}

bool hmac_store_mark(const struct hmac_store *store, const struct vrrp_hmac_source *source,
		     struct vrrp_hmac_mark *ret_mark)
{
	const struct hmac_file_mark *entry;

	if (!store->secrets)
		return !bpf_map_lookup_elem(store->deps.marks, source, ret_mark);
	entry = find_mark(store, source);
	if (entry)
		*ret_mark = entry->mark;
	return entry != NULL;
}

int hmac_store_remember(struct hmac_store *store, const struct vrrp_hmac_source *source,
			const struct vrrp_hmac_mark *mark)
{
	if (store->secrets)
		return remember_here(store, source, mark);
	return bpf_map_update_elem(store->deps.marks, source, mark, BPF_ANY) ? -errno : 0;
}

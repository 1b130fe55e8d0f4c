/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys and the clock. Signs nothing itself, and judges nothing: what it looks at now and then is
 * only to be said in the log.
 */
#include "agent/auth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "hmac_check.h"
#include "sys/bpf/hmac_store.h"
#include "sys/host/log.h"
#include "vrrp_timers.h"

#define CLOCK_PERIOD_NS 10000000000LL /* slewed at 500 ppm, it is off by 5 ms then */
#define STEP_NS         100000000LL   /* what is worth a line */
#define SAY_AGAIN_NS    60000000000LL
#define FORGET_NS       600000000000LL /* a source's mark, beyond twice the widest window */
#define NOBODY          UINT16_MAX

struct auth {
	const struct config *config;
	const struct keyring *keyring;
	struct datapath *datapath;
	struct table *keys, *marks;
	struct vrrp_hmac_clock *clock;
	bool clocked; /* some router has keys */
	bool keyed;   /* there are keys in the table */
	int64_t offset_ns;
	int64_t forget_ns;
	uint16_t *slots; /* by router; NOBODY: it does not run */
	struct monotime *said;
	bool *leads; /* by router: say_lead() said so */
};

static unsigned int index_of(const struct auth *auth, const struct config_router *router)
{
	return (unsigned int)(router - auth->config->routers);
}

/* A source whose clock, or ours, is off is refused, and both sides may become master: that is worth
 * more than a counter. */
static void say_stale(struct auth *auth, unsigned int router, struct monotime now)
{
	const struct vrrp_instance *instance;
	uint64_t at_ns;

	if (auth->slots[router] == NOBODY)
		return;
	instance = datapath_instance(auth->datapath, auth->slots[router]);
	at_ns = __atomic_load_n(&instance->hmac_stale_at_ns, __ATOMIC_RELAXED);
	if (!at_ns || !vrrp_before((uint64_t)auth->said[router].ns, at_ns) ||
	    (auth->said[router].ns && monotime_diff(now, auth->said[router]) < SAY_AGAIN_NS))
		return;
	auth->said[router] = now;
	log_warn("%s: adverts are refused as stale; the time stamp of the last one is %+.3f s from "
		 "our clock. Check the clocks of all hosts; if they agree, somebody may be "
		 "replaying adverts",
		 auth->config->routers[router].name,
		 (double)__atomic_load_n(&instance->hmac_stale_ns, __ATOMIC_RELAXED) / 1e9);
}

/* Signed time is before our wall clock by more than the window: without it this host and its peers
 * would refuse each other. Said when it begins and when it ends. */
static void say_lead(struct auth *auth, unsigned int r)
{
	const struct config_router *router = &auth->config->routers[r];
	int64_t lead_ns;
	bool leads;

	if (auth->slots[r] == NOBODY)
		return;
	lead_ns =
		vrrp_hmac_signs_by(datapath_instance(auth->datapath, auth->slots[r]), auth->clock) -
		auth->offset_ns;
	leads = lead_ns > (int64_t)(router->hmac_window_s * VRRP_NS_PER_S);
	if (leads == auth->leads[r])
		return;
	auth->leads[r] = leads;
	if (leads)
		log_warn("%s: adverts are signed and judged by a time %+.3f s from our wall clock, "
			 "which a peer signs by, or we did before: is our clock behind?",
			 router->name, (double)lead_ns / 1e9);
	else
		log_info("%s: adverts are signed and judged by our wall clock again", router->name);
}

static void read_clock(struct auth *auth)
{
	auth->offset_ns = loop_wall_offset_ns();
	__atomic_store_n(&auth->clock->offset_ns, auth->offset_ns, __ATOMIC_RELEASE);
	__atomic_store_n(&auth->clock->read_ns, (uint64_t)loop_now().ns, __ATOMIC_RELEASE);
}

static void on_clock(void *context)
{
	struct auth *auth = context;
	int64_t before_ns = auth->offset_ns, step_ns;
	struct monotime now = loop_now();

	read_clock(auth);
	step_ns = auth->offset_ns - before_ns;
	if (step_ns > STEP_NS || step_ns < -STEP_NS)
		log_warn("the wall clock was changed by %+.3f s; adverts are signed with the new "
			 "time",
			 (double)step_ns / 1e9);
	hmac_store_sweep(auth->marks, (uint64_t)(now.ns - auth->forget_ns));
	for (unsigned int r = 0; r < auth->config->router_count; r++) {
		if (!auth->config->routers[r].hmac_mode)
			continue;
		say_stale(auth, r, now);
		say_lead(auth, r);
	}
}

/* ---- keys ---- */

static bool is_not_adopted(void *context, unsigned int slot, uint8_t id)
{
	const struct adopted *adopted = context;

	(void)id;
	return slot >= VRRP_MAX_SLOTS || !adopted->slot[slot];
}

struct wanted {
	const struct config_router *router; /* NULL: nobody's key */
	unsigned int slot;
};

static bool is_not_wanted(void *context, unsigned int slot, uint8_t id)
{
	const struct wanted *wanted = context;

	if (slot != wanted->slot)
		return false;
	for (unsigned int i = 0; wanted->router && i < wanted->router->hmac_key_count; i++) {
		if (wanted->router->hmac_keys[i].id == id)
			return false;
	}
	return true;
}

int auth_enter(struct auth *auth, const struct config_router *router, unsigned int slot)
{
	struct wanted wanted = {.router = router, .slot = slot};
	unsigned int r = index_of(auth, router);
	bool was_keyed = auth->keyed;

	/* The new ones first: an adopted router is being judged by them already. */
	for (unsigned int i = 0; i < router->hmac_key_count; i++) {
		uint8_t id = router->hmac_keys[i].id;
		struct vrrp_hmac_key_id key_id = {.slot = slot, .id = id};
		int err = table_put(auth->keys, &key_id, keyring_find(auth->keyring, r, id));

		if (err) {
			log_err("%s: no room for key %u: %s", router->name, id, strerror(-err));
			return err;
		}
		auth->keyed = true;
	}
	/* To walk through a table of that size takes a tenth of a millisecond, keys or not. */
	if (was_keyed)
		hmac_store_remove(auth->keys, is_not_wanted, &wanted);
	auth->slots[r] = (uint16_t)slot;
	return 0;
}

void auth_leave(struct auth *auth, unsigned int slot)
{
	struct wanted wanted = {.router = NULL, .slot = slot};

	if (auth->keyed)
		hmac_store_remove(auth->keys, is_not_wanted, &wanted);
	for (unsigned int r = 0; r < auth->config->router_count; r++) {
		if (auth->slots[r] == slot)
			auth->slots[r] = NOBODY;
	}
}

const struct vrrp_hmac_key *auth_signs(const struct auth *auth, const struct config_router *router)
{
	if (router->hmac_mode < VRRP_HMAC_PERMISSIVE)
		return NULL;
	return keyring_find(auth->keyring, index_of(auth, router), router->hmac_active);
}

struct walltime auth_signed_time(const struct auth *auth, struct vrrp_instance *instance,
				 struct monotime now)
{
	int64_t offset_ns = vrrp_hmac_signs_by(instance, auth->clock);

	__atomic_store_n(&instance->hmac_own_ns, offset_ns, __ATOMIC_RELAXED);
	return walltime_at(now, offset_ns);
}

/* ---- life ---- */

int auth_open(const struct config *config, const struct keyring *keyring, struct datapath *datapath,
	      const struct adopted *adopted, struct loop *loop, struct auth **ret_auth)
{
	struct auth *auth = calloc(1, sizeof(*auth));
	uint16_t window_s = 0;
	int err;

	if (!auth)
		return -ENOMEM;
	auth->config = config;
	auth->keyring = keyring;
	auth->datapath = datapath;
	auth->keys = store_table(datapath_store(datapath), STORE_HMAC_KEYS);
	auth->marks = store_table(datapath_store(datapath), STORE_HMAC_MARKS);
	auth->clock = store_array(datapath_store(datapath), STORE_HMAC_CLOCK);
	auth->slots = calloc(config->router_count, sizeof(*auth->slots));
	auth->said = calloc(config->router_count, sizeof(*auth->said));
	auth->leads = calloc(config->router_count, sizeof(*auth->leads));
	if (!auth->slots || !auth->said || !auth->leads) {
		auth_close(auth);
		return -ENOMEM;
	}
	auth->keyed = hmac_store_remove(auth->keys, is_not_adopted, (void *)(uintptr_t)adopted) > 0;
	for (unsigned int r = 0; r < config->router_count; r++) {
		auth->slots[r] = NOBODY;
		auth->clocked |= config->routers[r].hmac_mode != VRRP_HMAC_OFF;
		if (config->routers[r].hmac_window_s > window_s)
			window_s = config->routers[r].hmac_window_s;
	}
	auth->forget_ns = 2 * (int64_t)(window_s * VRRP_NS_PER_S) + FORGET_NS;
	if (auth->clocked) {
		err = loop_watch_clock(loop, CLOCK_PERIOD_NS, on_clock, auth);
		if (err) {
			log_err("cannot watch the wall clock: %s", strerror(-err));
			auth_close(auth);
			return err;
		}
		read_clock(auth);
	}
	*ret_auth = auth;
	return 0;
}

void auth_close(struct auth *auth)
{
	if (!auth)
		return;
	free(auth->slots);
	free(auth->said);
	free(auth->leads);
	free(auth);
}

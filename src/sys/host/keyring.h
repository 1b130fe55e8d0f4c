/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The key files of a configuration. Keeps of each key what signing and verifying need, two SHA-256
 * states; the key itself is wiped before anything else happens. Both are secrets: they are kept out
 * of core dumps, swap and children.
 */
#ifndef SYS_HOST_KEYRING_H
#define SYS_HOST_KEYRING_H

#include "core/config/config.h"

struct keyring;

/*
 * Read every key file of a configuration that was parsed from `file`. A name without a directory is
 * a systemd credential. Where there is a key, the process is never dumped again.
 * 0 and *ret_keyring; -EINVAL and *errors, "FILE:LINE: hmac-key: ..." each, never with a part of a
 * key: no such file, not a regular one, somebody else's, accessible to group or others, in a place
 * where another user could put another file (own_path_open()), or no key in it; -ENOMEM.
 */
int keyring_open(const struct config *config, const char *file, struct keyring **ret_keyring,
		 struct config_errors *errors);

/* The key of that ID of the configuration's n-th router; it has one. */
const struct vrrp_hmac_key *keyring_find(const struct keyring *keyring, unsigned int router,
					 uint8_t id);

/* Wipes it. NULL is allowed. */
void keyring_close(struct keyring *keyring);

#endif

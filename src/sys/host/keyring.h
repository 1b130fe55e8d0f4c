/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The key files of a configuration. Of each key the keyring keeps what signing and verifying need:
 * two SHA-256 states. The key itself is wiped before anything else happens. Keys and states are
 * secrets: they are kept out of core dumps, swap and children.
 */
#ifndef SYS_HOST_KEYRING_H
#define SYS_HOST_KEYRING_H

#include "core/config/config.h"

struct keyring;

/*
 * Read every key file of a configuration that was parsed from `file`. A name without a directory is
 * a systemd credential. If there is a key, the process is never dumped again.
 *
 * Returns 0 and *ret_keyring, -ENOMEM, or -EINVAL and *errors. Each error is a line "FILE:LINE:
 * hmac-key: ...", and never has a part of a key. It is an error if a key file does not exist, is
 * not a regular file, belongs to somebody else, is accessible to group or others, is in a place
 * where another user could put another file (own_path_open()), or has no key in it.
 */
int keyring_open(const struct config *config, const char *file, struct keyring **ret_keyring,
		 struct config_errors *errors);

/* Returns the key with this ID of the configuration's n-th router, which must have one. */
const struct vrrp_hmac_key *keyring_find(const struct keyring *keyring, unsigned int router,
					 uint8_t id);

/* Wipes the keyring. NULL is allowed. */
void keyring_close(struct keyring *keyring);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns the contents of a key file into the bytes of a key. Pure. The caller wipes both from
 * memory.
 */
#ifndef CORE_CONFIG_HMAC_KEY_H
#define CORE_CONFIG_HMAC_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "vrrp_wire.h"

#define HMAC_KEY_FILE_MAX 256 /* bytes; every key file has less */

/*
 * A key file has "hex:" and 64 to 128 hexadecimal digits, or 32 to 64 bytes as they are. A newline
 * after the digits, or after bytes that are all printable, comes from an editor and is no part of
 * the key. Returns NULL if the file is good. If it is not, returns the reason as the end of a
 * sentence that starts with the name of the file, and leaves the outputs untouched. The reason
 * never contains a byte of the key.
 */
const char *hmac_key_parse(const uint8_t *data, size_t length, uint8_t ret_key[VRRP_HMAC_KEY_MAX],
			   size_t *ret_length);

#endif

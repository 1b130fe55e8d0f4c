/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in a key file -> the bytes of a key. Pure. The caller wipes both.
 */
#ifndef CORE_CONFIG_HMAC_KEY_H
#define CORE_CONFIG_HMAC_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "vrrp_wire.h"

#define HMAC_KEY_FILE_MAX 256 /* bytes: more than any key file has */

/*
 * "hex:" and 64 to 128 hexadecimal digits, or 32 to 64 bytes as they are. The newline behind the
 * digits, or behind bytes that are all printable, is an editor's and not a part of the key.
 * NULL: good. Else why not, as the end of a sentence that starts with the file's name; the outputs
 * are untouched. Never a byte of the key.
 */
const char *hmac_key_parse(const uint8_t *data, size_t length, uint8_t ret_key[VRRP_HMAC_KEY_MAX],
			   size_t *ret_length);

#endif

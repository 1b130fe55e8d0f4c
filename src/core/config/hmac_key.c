/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key files. Depends on its own header alone.
 */
#include "core/config/hmac_key.h"

#include <stdbool.h>
#include <string.h>

#include "core/hex.h"

#define HEX     "hex:"
#define HEX_LEN (sizeof(HEX) - 1)

static bool is_printable(const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (data[i] < ' ' || data[i] > '~')
			return false;
	}
	return true;
}

static size_t without_newline(const uint8_t *data, size_t length)
{
	if (length && data[length - 1] == '\n')
		length--;
	if (length && data[length - 1] == '\r')
		length--;
	return length;
}

static const char *parse_hex(const uint8_t *data, size_t length, uint8_t ret_key[VRRP_HMAC_KEY_MAX],
			     size_t *ret_length)
{
	length = without_newline(data, length);
	for (size_t i = 0; i < length; i++) {
		if (hex_digit(data[i]) < 0)
			return "has something behind hex: that is no hexadecimal digit";
	}
	if (length % 2 || length < 2 * VRRP_HMAC_KEY_MIN || length > 2 * VRRP_HMAC_KEY_MAX)
		return "does not have 64 to 128 hexadecimal digits, two for each byte";
	for (size_t i = 0; i < length / 2; i++)
		ret_key[i] = (uint8_t)(hex_digit(data[2 * i]) << 4 | hex_digit(data[2 * i + 1]));
	*ret_length = length / 2;
	return NULL;
}

const char *hmac_key_parse(const uint8_t *data, size_t length, uint8_t ret_key[VRRP_HMAC_KEY_MAX],
			   size_t *ret_length)
{
	size_t text;

	if (length >= HEX_LEN && !memcmp(data, HEX, HEX_LEN))
		return parse_hex(data + HEX_LEN, length - HEX_LEN, ret_key, ret_length);
	text = without_newline(data, length);
	if (is_printable(data, text))
		length = text;
	if (length < VRRP_HMAC_KEY_MIN || length > VRRP_HMAC_KEY_MAX)
		return "holds no key of 32 to 64 bytes";
	memcpy(ret_key, data, length);
	*ret_length = length;
	return NULL;
}

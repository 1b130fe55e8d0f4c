// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in a key file, of any bytes: no key, or the bytes that the digits name, or that are
 * there.
 */
#include "fuzz.h"

#include "core/config/hmac_key.h"

/* The digits of a key, as a file would have them. */
static void check_hex(const uint8_t *text, size_t length, const uint8_t *key, size_t key_length)
{
	char digits[2 * VRRP_HMAC_KEY_MAX + 1];

	for (size_t i = 0; i < key_length; i++)
		snprintf(digits + 2 * i, 3, "%02x", key[i]);
	REQUIRE(length >= 2 * key_length);
	for (size_t i = 0; i < 2 * key_length; i++)
		REQUIRE((text[i] | (text[i] > '9' ? 0x20 : 0)) == digits[i]);
	/* Behind them is the end of a line, at most. */
	REQUIRE(length - 2 * key_length <= 2);
	for (size_t i = 2 * key_length; i < length; i++)
		REQUIRE(text[i] == '\r' || text[i] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t key[VRRP_HMAC_KEY_MAX], untouched[VRRP_HMAC_KEY_MAX],
		*exact = fuzz_exact(data, size);
	size_t length = 42;
	const char *why;

	memset(key, 0xa5, sizeof(key));
	memset(untouched, 0xa5, sizeof(untouched));
	why = hmac_key_parse(exact, size, key, &length);
	fuzz_exact_free(exact, size);
	if (why) {
		REQUIRE(*why && length == 42 && memcmp(key, untouched, sizeof(key)) == 0);
		return 0;
	}
	REQUIRE(length >= VRRP_HMAC_KEY_MIN && length <= VRRP_HMAC_KEY_MAX);
	REQUIRE(memcmp(key + length, untouched, sizeof(key) - length) == 0);
	if (size >= 4 && memcmp(data, "hex:", 4) == 0) {
		check_hex(data + 4, size - 4, key, length);
	} else {
		REQUIRE(size >= length && size - length <= 2 && memcmp(key, data, length) == 0);
		for (size_t i = length; i < size; i++)
			REQUIRE(data[i] == '\r' || data[i] == '\n');
	}
	return 0;
}

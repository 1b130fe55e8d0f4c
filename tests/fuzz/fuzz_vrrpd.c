// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrrpd's command line, of any words: a NUL ends each.
 */
#include "fuzz_config.h"

#define MAX_WORDS 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "run";
	char *words[MAX_WORDS + 1] = {name};
	const uint8_t *at = data, *end = data + size;
	struct config_errors errors = {name, 42};
	struct config *config = NULL;
	int count = 1;

	for (; at < end && count < MAX_WORDS; at++) {
		size_t length = strnlen((const char *)at, end - at);

		words[count] = strndup((const char *)at, length);
		REQUIRE(words[count]);
		count++;
		at += length;
	}
	fuzz_parsed(config_vrrpd(count, words, &config, &errors), config, &errors, "vrrp-xdp: ");
	for (int i = 1; i < count; i++)
		free(words[i]);
	return 0;
}

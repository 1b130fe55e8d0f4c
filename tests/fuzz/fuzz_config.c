// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration's parser on any text: refused with places, or accepted as something whose
 * canonical text means the same.
 */
#include "fuzz_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *exact = fuzz_exact(data, size);
	struct config *config = NULL;
	struct config_errors errors = {(char *)exact, 42};

	fuzz_parsed(config_parse("fuzz", exact, size, &config, &errors), config, &errors, "fuzz:");
	fuzz_exact_free(exact, size);
	return 0;
}

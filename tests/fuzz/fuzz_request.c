// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request to the control socket, of any bytes: refused, or the one line that says the same.
 */
#include "fuzz.h"

#include <errno.h>

#include "core/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct request before = {.kind = REQUEST_RESUME, .router = "as before"};
	struct request request = before;
	char *exact = fuzz_exact(data, size), line[64];
	int length, err = request_parse(exact, size, &request);

	fuzz_exact_free(exact, size);
	if (err) {
		REQUIRE(err == -EINVAL && memcmp(&request, &before, sizeof(before)) == 0);
		return 0;
	}
	REQUIRE(memchr(request.router, '\0', sizeof(request.router)));
	for (const char *c = request.router; *c; c++)
		REQUIRE(*c > ' ' && *c <= '~' && *c != '/' && *c != '"');
	length = snprintf(line, sizeof(line), "%s %s\n",
			  request.kind == REQUEST_RESIGN       ? "resign"
			  : request.kind == REQUEST_RESIGN_NOW ? "resign-now"
							       : "resume",
			  request.router);
	REQUIRE((size_t)length == size || (size_t)length == size + 1);
	REQUIRE(memcmp(line, data, size) == 0);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request's line -> struct request. Depends on core/config/config_text.h for names. Strict: what
 * is not understood to the last byte is refused, so that no answer or log repeats a stranger's
 * bytes.
 */
#include "core/request.h"

#include <errno.h>
#include <string.h>

#include "core/config/config_text.h"

static const struct {
	const char *text;
	enum request_kind kind;
} verbs[] = {
	{"resign ", REQUEST_RESIGN},
	{"resign-now ", REQUEST_RESIGN_NOW},
	{"resume ", REQUEST_RESUME},
};

int request_parse(const char *text, size_t length, struct request *ret_request)
{
	if (length && text[length - 1] == '\n')
		length--;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		size_t verb = strlen(verbs[i].text);

		if (length < verb || memcmp(text, verbs[i].text, verb) != 0)
			continue;
		if (!text_is_name(text + verb, length - verb))
			return -EINVAL;
		*ret_request = (struct request){.kind = verbs[i].kind};
		memcpy(ret_request->router, text + verb, length - verb);
		return 0;
	}
	return -EINVAL;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is asked of a running agent: one line of text. Pure.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include <stddef.h>

#include "vrrp_abi.h"

enum request_kind {
	REQUEST_RESIGN, /* "resign NAME" */
	REQUEST_RESUME, /* "resume NAME" */
};

struct request {
	enum request_kind kind;
	char router[VRRP_NAME_LEN]; /* a name as a configuration can hold it, nothing else */
};

/* `length` bytes of anybody's, which need not end with a NUL; one newline at their end is allowed.
 * 0 and *ret_request, or -EINVAL. */
int request_parse(const char *text, size_t length, struct request *ret_request);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request to a running agent, which is one line of text. Pure.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include <stddef.h>

#include "vrrp_abi.h"

enum request_kind {
	REQUEST_RESIGN,     /* "resign NAME" */
	REQUEST_RESIGN_NOW, /* "resign-now NAME" */
	REQUEST_RESUME,     /* "resume NAME" */
};

struct request {
	enum request_kind kind;
	char router[VRRP_NAME_LEN]; /* always a name that a configuration can hold */
};

/* Parse `length` bytes, which may come from anybody and need not end with a NUL. One newline at
 * their end is allowed. Returns 0 and fills in *ret_request, or -EINVAL if it is no request. */
int request_parse(const char *text, size_t length, struct request *ret_request);

#endif

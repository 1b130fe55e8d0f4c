/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The errors of a parse, in the order of their lines. Depends on no other file of core/config: what
 * is said about a key is in its row, which the caller has.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/config/config_internal.h"

void config_error(struct config_parse *p, unsigned int line, const char *format, ...)
{
	unsigned int at = p->error_count;
	char *text = NULL;
	va_list args;
	int length;

	if (p->error_count++ >= CONFIG_MAX_ERRORS) {
		if (p->error_count == CONFIG_MAX_ERRORS + 1)
			p->more_line = line;
		return;
	}
	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		p->status = -ENOMEM;
		text = NULL;
	}
	/* A hostile file must not write escape sequences to a terminal. */
	for (char *c = text; c && *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	for (; at > 0 && p->errors[at - 1].line > line; at--)
		p->errors[at] = p->errors[at - 1];
	p->errors[at] = (struct config_error){.line = line, .text = text};
}

void config_error_key(struct config_parse *p, unsigned int line, const struct config_row *row,
		      const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	config_error(p, line, "%s: %s", p->file || !row->flag ? row->name : row->flag, message);
}

const char *config_accepts(const struct config_parse *p, const struct config_row *row,
			   char buf[CONFIG_ACCEPTS])
{
	if (!p->file && row->flag_accepts)
		return row->flag_accepts;
	if (row->accepts)
		return row->accepts;
	if (row->type->accepts)
		return row->type->accepts;
	row->type->describe(row, buf);
	return buf;
}

void config_error_value(struct config_parse *p, const char *word, const char *reason)
{
	char buf[CONFIG_ACCEPTS];
	const char *accepts = config_accepts(p, p->row, buf);

	config_given_of(p)->bad[p->row->key] = true;
	if (word)
		config_error_key(p, p->line, p->row, "\"%.60s\" %s (accepted: %s)", word, reason,
				 accepts);
	else
		config_error_key(p, p->line, p->row, "%s (accepted: %s)", reason, accepts);
}

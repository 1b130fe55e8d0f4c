/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hexadecimal digits. Pure.
 */
#ifndef CORE_HEX_H
#define CORE_HEX_H

/* Returns the value of a digit in either case, 0..15, or -1 if it is no hexadecimal digit. */
static inline int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#endif

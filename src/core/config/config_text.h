/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns one word of a configuration into one value. Pure; knows types, but no keys.
 *
 * Every parser returns NULL if the word is good. If it is not, the parser returns the reason as the
 * end of a sentence that starts with the word in quotes ("is out of range"), and leaves the outputs
 * untouched.
 */
#ifndef CORE_CONFIG_CONFIG_TEXT_H
#define CORE_CONFIG_CONFIG_TEXT_H

#include "core/config/config.h"

#define TEXT_LINE 1000 /* characters of a line with a key, without the blanks around it */

#define TEXT_WORD     (TEXT_LINE + 1)
#define TEXT_DURATION 32
#define TEXT_NUMBER   16

#define TEXT_NS_PER_US 1000ULL
#define TEXT_NS_PER_MS 1000000ULL
#define TEXT_NS_PER_S  1000000000ULL

static inline bool text_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Get the next blank-separated word at *cursor, and move *cursor behind it. A word that is longer
 * than the buffer, which no line of a file has, is cut. Returns false if there is no word left. */
bool text_word(const char **cursor, char ret_word[TEXT_WORD]);

/* Is [text, text + length) a name for a virtual router? It has 1 to 31 of A-Z a-z 0-9 . _ - */
bool text_is_name(const char *text, size_t length);

/* Decimal digits alone, without a sign or a blank. */
const char *text_uint(const char *text, uint32_t min, uint32_t max, uint32_t *ret_value);

/* Is the text a number: decimal digits, perhaps with a sign? */
bool text_is_number(const char *text);

/* A duration such as "10ms", "0.5s", "200us" or "0". It must be a multiple of step_ns; the
 * arithmetic is decimal and exact. */
const char *text_duration(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t step_ns,
			  uint64_t *ret_ns);

/* Write a duration in the shortest exact form that text_duration() reads: a whole number of s, ms
 * or us. Returns buf. */
const char *text_duration_format(uint64_t ns, char buf[TEXT_DURATION]);

/* An interface name that the kernel accepts, if it is printable and has no ';' or '#'. */
const char *text_ifname(const char *text, char ret_name[CONFIG_IFNAME]);

/* The label of an IPv4 address, such as "eth0:web". It may have a colon, as an interface cannot. */
const char *text_ifname_label(const char *text, char ret_label[CONFIG_IFNAME]);

/* The scope of an IPv4 address or route: global, site, link, host, or 0 to 254. text_scope_format()
 * returns the name of a scope, or its number in buf. */
const char *text_scope(const char *text, uint8_t *ret_scope);
const char *text_scope_format(uint8_t scope, char buf[TEXT_NUMBER]);

/* A table of routes: main, default, local, or its number, which is not 0. text_table_format() is as
 * text_scope_format(). */
const char *text_table(const char *text, uint32_t *ret_table);
const char *text_table_format(uint32_t table, char buf[TEXT_NUMBER]);

/* A number of up to 32 bits, decimal, or hexadecimal behind 0x. */
const char *text_bits(const char *text, uint32_t max, uint32_t *ret_value);

/* An address that a host can have. It is not zero, multicast, loopback or broadcast. */
const char *text_address(const char *text, struct vrrp_addr *ret_addr, uint8_t *ret_family);

/* "ADDR/LEN" with a LEN of at least 1. default_length: "/LEN" may be missing; then it is 32 for
 * IPv4 and 128 for IPv6. dev stays empty. */
const char *text_prefix(const char *text, bool default_length, struct config_prefix *ret_prefix);

/* The destination of a route: "default", "ADDR/LEN" without host bits, or the address of a host.
 * "default" leaves the family 0, because the rest of the route decides it. */
const char *text_destination(const char *text, struct config_route *ret_route);

/* A MAC that a NIC can have. It is neither multicast nor zero. */
const char *text_mac(const char *text, uint8_t ret_mac[6]);

/* A password of 1 to 8 printable characters without blanks. It is padded with zeros. */
const char *text_password(const char *text, uint8_t ret_data[VRRP_AUTH_LEN]);

#endif

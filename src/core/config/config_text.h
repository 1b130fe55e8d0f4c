/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One word of a configuration -> one value. Pure; knows types, not keys.
 *
 * Every parser returns NULL when the word was good, else the reason as the end of a sentence that
 * starts with the word in quotes ("is out of range"). Outputs are untouched on failure.
 */
#ifndef CORE_CONFIG_CONFIG_TEXT_H
#define CORE_CONFIG_CONFIG_TEXT_H

#include "core/config/config.h"

#define TEXT_WORD     256
#define TEXT_DURATION 32

#define TEXT_NS_PER_US 1000ULL
#define TEXT_NS_PER_MS 1000000ULL
#define TEXT_NS_PER_S  1000000000ULL

/* The next blank-separated word of *cursor, which moves behind it. A word longer than the buffer is
 * cut: no value that comes in lists is half as long, so the cut one is refused as well. false: none
 * left. */
bool text_word(const char **cursor, char ret_word[TEXT_WORD]);

/* Is [text, text + length) the name of a virtual router? 1 to 31 of A-Z a-z 0-9 . _ - */
bool text_is_name(const char *text, size_t length);

/* Decimal digits alone: no sign, no blank. */
const char *text_uint(const char *text, uint32_t min, uint32_t max, uint32_t *ret_value);

/* Decimal digits, perhaps with a sign. */
bool text_is_number(const char *text);

/* "10ms", "0.5s", "200us", "0": exact decimal arithmetic, in multiples of step_ns. */
const char *text_duration(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t step_ns,
			  uint64_t *ret_ns);

/* The shortest exact form that text_duration() reads; returns buf. */
const char *text_duration_format(uint64_t ns, char buf[TEXT_DURATION]);

/* What the kernel takes as a name, as far as it is printable. */
const char *text_ifname(const char *text, char ret_name[CONFIG_IFNAME]);

/* An address that a host can carry or be reached at: not zero, multicast, loopback, broadcast. */
const char *text_address(const char *text, struct vrrp_addr *ret_addr, uint8_t *ret_family);

/* "ADDR/LEN", LEN from 1. default_length: without "/LEN" it is the host's own (32, 128). dev stays
 * empty. */
const char *text_prefix(const char *text, bool default_length, struct config_prefix *ret_prefix);

/* The destination of a route: "default", "ADDR/LEN" without host bits, or a host. `default` leaves
 * family 0: the rest of the route decides it. */
const char *text_destination(const char *text, struct config_route *ret_route);

/* A MAC that a NIC can have: not multicast, not zero. */
const char *text_mac(const char *text, uint8_t ret_mac[6]);

/* 1 to 8 printable characters, zero padded. */
const char *text_password(const char *text, uint8_t ret_data[VRRP_AUTH_LEN]);

#endif

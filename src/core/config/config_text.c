/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One word of a configuration -> one value. Depends on core/address for addresses and MACs. Never
 * reads a locale: what counts as a digit or a blank must not depend on the environment.
 */
#include "core/config/config_text.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "core/address.h"
#include "core/hex.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_word(const char **cursor, char ret_word[TEXT_WORD])
{
	const char *p = *cursor;
	size_t length = 0;

	while (text_is_blank(*p))
		p++;
	for (; *p && !text_is_blank(*p); p++) {
		if (length < TEXT_WORD - 1)
			ret_word[length++] = *p;
	}
	*cursor = p;
	if (length == 0)
		return false;
	ret_word[length] = '\0';
	return true;
}

bool text_is_name(const char *text, size_t length)
{
	if (length == 0 || length >= VRRP_NAME_LEN)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !is_digit(c) &&
		    c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

const char *text_uint(const char *text, uint32_t min, uint32_t max, uint32_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return "is not a number";
	for (const char *p = text; *p; p++) {
		if (!is_digit(*p))
			return "is not a whole number";
		/* Saturate: any number of digits is a number, and too large. */
		if (value <= UINT32_MAX)
			value = value * 10 + (uint64_t)(*p - '0');
	}
	if (value < min || value > max)
		return "is out of range";
	*ret_value = (uint32_t)value;
	return NULL;
}

bool text_is_number(const char *text)
{
	if (*text == '+' || *text == '-')
		text++;
	return *text && text[strspn(text, "0123456789")] == '\0';
}

const char *text_duration(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t step_ns,
			  uint64_t *ret_ns)
{
	const uint64_t limit = 1000000ULL * TEXT_NS_PER_S; /* far above every maximum */
	uint64_t whole = 0, fraction = 0, scale = 1, unit, ns;
	bool digits = false, inexact = false, large = false;
	const char *p = text;

	for (; is_digit(*p); p++, digits = true) {
		if (whole <= limit)
			whole = whole * 10 + (uint64_t)(*p - '0');
	}
	if (*p == '.') {
		p++;
		digits = digits && is_digit(*p);
		for (; is_digit(*p); p++) {
			if (scale < TEXT_NS_PER_S) {
				fraction = fraction * 10 + (uint64_t)(*p - '0');
				scale *= 10;
			} else if (*p != '0') {
				inexact = true;
			}
		}
	}
	if (!digits)
		return "is not a duration";
	if (strcmp(p, "s") == 0)
		unit = TEXT_NS_PER_S;
	else if (strcmp(p, "ms") == 0)
		unit = TEXT_NS_PER_MS;
	else if (strcmp(p, "us") == 0)
		unit = TEXT_NS_PER_US;
	else if (!*p && whole == 0 && fraction == 0 && !inexact)
		unit = 1;
	else
		return *p ? "has an unknown unit, not s, ms or us"
			  : "has no unit, such as s, ms or us";

	large = whole > limit / unit;
	/* fraction < scale <= 1e9 and unit <= 1e9: the product fits. */
	inexact = inexact || fraction * unit % scale != 0;
	ns = large ? limit : whole * unit + fraction * unit / scale;
	if (large || ns < min_ns || ns > max_ns)
		return "is out of range";
	if (inexact || ns % step_ns != 0)
		return "is not a whole number of steps";
	*ret_ns = ns;
	return NULL;
}

const char *text_duration_format(uint64_t ns, char buf[TEXT_DURATION])
{
	if (ns % TEXT_NS_PER_S == 0)
		snprintf(buf, TEXT_DURATION, "%llus", (unsigned long long)(ns / TEXT_NS_PER_S));
	else if (ns % TEXT_NS_PER_MS == 0)
		snprintf(buf, TEXT_DURATION, "%llums", (unsigned long long)(ns / TEXT_NS_PER_MS));
	else
		snprintf(buf, TEXT_DURATION, "%lluus", (unsigned long long)(ns / TEXT_NS_PER_US));
	return buf;
}

const char *text_ifname(const char *text, char ret_name[CONFIG_IFNAME])
{
	size_t length = strlen(text);

	if (length == 0)
		return "is not an interface name";
	if (length >= CONFIG_IFNAME)
		return "is longer than an interface name can be";
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return "is not an interface name";
	for (const char *p = text; *p; p++) {
		/* The kernel would take ';' and '#', a configuration cannot hold them. */
		if (*p <= ' ' || *p > '~' || strchr("/:;#", *p))
			return "has a character that no interface name has";
	}
	memset(ret_name, 0, CONFIG_IFNAME);
	memcpy(ret_name, text, length);
	return NULL;
}

const char *text_ifname_label(const char *text, char ret_label[CONFIG_IFNAME])
{
	if (strlen(text) >= CONFIG_IFNAME)
		return "is longer than a label can be";
	for (const char *p = text; *p; p++) {
		if (*p <= ' ' || *p > '~' || strchr("/;#", *p))
			return "has a character that no label has";
	}
	memset(ret_label, 0, CONFIG_IFNAME);
	memcpy(ret_label, text, strlen(text));
	return NULL;
}

/* What iproute2 calls a number. */
struct text_name {
	const char *name;
	uint32_t number;
};

static const struct text_name scopes[] = {{"global", RT_SCOPE_UNIVERSE},
					  {"site", RT_SCOPE_SITE},
					  {"link", RT_SCOPE_LINK},
					  {"host", RT_SCOPE_HOST},
					  {NULL, 0}};
static const struct text_name tables[] = {{"main", RT_TABLE_MAIN},
					  {"default", RT_TABLE_DEFAULT},
					  {"local", RT_TABLE_LOCAL},
					  {NULL, 0}};

static const char *text_named(const struct text_name *names, const char *text, uint32_t min,
			      uint32_t max, uint32_t *ret_number)
{
	for (; names->name; names++) {
		if (strcmp(names->name, text) == 0) {
			*ret_number = names->number;
			return NULL;
		}
	}
	return text_uint(text, min, max, ret_number);
}

static const char *text_name_format(const struct text_name *names, uint32_t number,
				    char buf[TEXT_NUMBER])
{
	for (; names->name; names++) {
		if (names->number == number)
			return names->name;
	}
	snprintf(buf, TEXT_NUMBER, "%u", number);
	return buf;
}

const char *text_scope(const char *text, uint8_t *ret_scope)
{
	uint32_t scope;
	const char *why = text_named(scopes, text, 0, RT_SCOPE_HOST, &scope);

	if (!why)
		*ret_scope = (uint8_t)scope;
	return why;
}

const char *text_scope_format(uint8_t scope, char buf[TEXT_NUMBER])
{
	return text_name_format(scopes, scope, buf);
}

const char *text_table(const char *text, uint32_t *ret_table)
{
	return text_named(tables, text, 1, UINT32_MAX, ret_table);
}

const char *text_table_format(uint32_t table, char buf[TEXT_NUMBER])
{
	return text_name_format(tables, table, buf);
}

const char *text_bits(const char *text, uint32_t max, uint32_t *ret_value)
{
	uint64_t value = 0;

	if (strncmp(text, "0x", 2) != 0)
		return text_uint(text, 0, max, ret_value);
	if (!text[2])
		return "is not a number";
	for (const char *p = text + 2; *p; p++) {
		int digit = hex_digit((unsigned char)*p);

		if (digit < 0)
			return "is not a number";
		if (value <= UINT32_MAX)
			value = value << 4 | (unsigned int)digit;
	}
	if (value > max)
		return "is out of range";
	*ret_value = (uint32_t)value;
	return NULL;
}

const char *text_address(const char *text, struct vrrp_addr *ret_addr, uint8_t *ret_family)
{
	static const struct vrrp_addr zero, loopback6 = {{[15] = 1}};
	static const uint8_t broadcast4[4] = {255, 255, 255, 255};
	struct vrrp_addr addr;
	uint8_t family;

	if (strchr(text, '/'))
		return "is a prefix, not an address";
	if (!address_parse(text, &addr, &family))
		return "is not an IPv4 or IPv6 address";
	if (memcmp(&addr, &zero, sizeof(addr)) == 0)
		return "is the unspecified address";
	if (address_is_multicast(family, &addr))
		return "is a multicast address";
	if (family == 4 && memcmp(addr.b, broadcast4, 4) == 0)
		return "is the broadcast address";
	if (family == 4 ? addr.b[0] == 127 : memcmp(&addr, &loopback6, sizeof(addr)) == 0)
		return "is a loopback address";
	*ret_addr = addr;
	*ret_family = family;
	return NULL;
}

/* Split "ADDR/LEN" at its slash. host is filled in always; *ret_length is NULL without a slash. */
static const char *split(const char *text, char host[TEXT_WORD], const char **ret_length)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);

	if (length >= TEXT_WORD)
		return "is not an IPv4 or IPv6 address";
	memcpy(host, text, length);
	host[length] = '\0';
	*ret_length = slash ? slash + 1 : NULL;
	return NULL;
}

const char *text_prefix(const char *text, bool default_length, struct config_prefix *ret_prefix)
{
	struct config_prefix prefix;
	char host[TEXT_WORD];
	const char *length, *why;
	uint32_t plen;

	memset(&prefix, 0, sizeof(prefix));
	why = split(text, host, &length);
	if (!why)
		why = text_address(host, &prefix.addr, &prefix.family);
	if (why)
		return why;
	plen = prefix.family == 4 ? 32 : 128;
	if (length) {
		if (text_uint(length, 1, plen, &plen))
			return prefix.family == 4 ? "has a prefix length that is not 1 to 32"
						  : "has a prefix length that is not 1 to 128";
	} else if (!default_length) {
		return "has no prefix length";
	}
	prefix.plen = (uint8_t)plen;
	*ret_prefix = prefix;
	return NULL;
}

static bool has_host_bits(const struct vrrp_addr *addr, unsigned int plen)
{
	for (unsigned int bit = plen; bit < 128; bit++) {
		if (addr->b[bit / 8] & (0x80 >> bit % 8))
			return true;
	}
	return false;
}

const char *text_destination(const char *text, struct config_route *ret_route)
{
	struct config_route route;
	char host[TEXT_WORD];
	const char *length, *why;
	uint32_t plen;

	memset(&route, 0, sizeof(route));
	if (strcmp(text, "default") == 0) {
		*ret_route = route;
		return NULL;
	}
	why = split(text, host, &length);
	if (why)
		return why;
	/* Not text_address(): 0.0.0.0/0 and multicast are destinations like any other. */
	if (!address_parse(host, &route.addr, &route.family))
		return "is neither default nor a prefix";
	plen = route.family == 4 ? 32 : 128;
	if (length && text_uint(length, 0, plen, &plen))
		return route.family == 4 ? "has a prefix length that is not 0 to 32"
					 : "has a prefix length that is not 0 to 128";
	if (has_host_bits(&route.addr, plen))
		return "has bits set after its prefix length";
	route.plen = (uint8_t)plen;
	*ret_route = route;
	return NULL;
}

const char *text_mac(const char *text, uint8_t ret_mac[6])
{
	static const uint8_t zero[6];
	uint8_t mac[6];

	if (!mac_parse(text, mac))
		return "is not a MAC";
	if (memcmp(mac, zero, 6) == 0)
		return "is all zero";
	if (mac[0] & 1)
		return "is a multicast MAC";
	memcpy(ret_mac, mac, 6);
	return NULL;
}

const char *text_password(const char *text, uint8_t ret_data[VRRP_AUTH_LEN])
{
	size_t length = strlen(text);

	if (length == 0)
		return "has no password";
	if (length > VRRP_AUTH_LEN)
		return "has more than 8 characters";
	for (const char *p = text; *p; p++) {
		if (*p <= ' ' || *p > '~')
			return "has a blank or a character that is not ASCII";
	}
	memset(ret_data, 0, VRRP_AUTH_LEN);
	memcpy(ret_data, text, length);
	return NULL;
}

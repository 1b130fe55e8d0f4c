// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of a takeover, of any text: refused with its place, or accepted as something that a
 * plan can be made of. The router's name is the first line of the input. (Inputs that begin with
 * "vrrp-xdp takeover 1" are of the format that goes in the next release.)
 */
#include "fuzz.h"

#include <errno.h>

#include "core/nic/record_internal.h"

static void check_address(const struct plan_address *a)
{
	REQUIRE((a->family == 4 && a->plen <= 32) || (a->family == 6 && a->plen <= 128));
	REQUIRE(memchr(a->dev, '\0', sizeof(a->dev)) && memchr(a->label, '\0', sizeof(a->label)));
}

static void check_route(const struct plan_route *r)
{
	REQUIRE((r->family == 4 && r->plen <= 32) || (r->family == 6 && r->plen <= 128));
	REQUIRE(memchr(r->dev, '\0', sizeof(r->dev)) && r->extra_len <= sizeof(r->extra));
}

static void check_record(const struct record *record)
{
	const struct plan_original *original = &record->original;

	REQUIRE(original->valid && memchr(record->ifname, '\0', sizeof(record->ifname)));
	REQUIRE(record->ifindex >= 0);
	for (unsigned int i = 0; i < original->address_count; i++)
		check_address(&original->addresses[i]);
	for (unsigned int i = 0; i < original->placed_address_count; i++)
		check_address(&original->placed_addresses[i]);
	for (unsigned int i = 0; i < record->before.address_count; i++)
		check_address(&record->before.addresses[i]);
	for (unsigned int i = 0; i < original->route_count; i++)
		check_route(&original->routes[i]);
	for (unsigned int i = 0; i < original->placed_route_count; i++)
		check_route(&original->placed_routes[i]);
	for (unsigned int i = 0; i < record->before.route_count; i++)
		check_route(&record->before.routes[i]);
}

/* Takes a text that it may write over. */
static int parse(const char *name, const char *text, size_t length, struct record *ret_record)
{
	char *copy = malloc(length + 1), why[RECORD_ERROR] = "";
	int err;

	REQUIRE(copy);
	memcpy(copy, text, length);
	copy[length] = '\0';
	err = record_parse(name, copy, length, ret_record, why);
	REQUIRE(!err == !why[0] && memchr(why, '\0', sizeof(why)));
	REQUIRE(!err || err == -EBADMSG);
	free(copy);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = memchr(data, '\n', size);
	struct record record = {0}, again = {0};
	char name[VRRP_NAME_LEN] = "", *first, *second;
	size_t length, more;

	if (!text || text - data >= VRRP_NAME_LEN)
		return 0;
	memcpy(name, data, text - data);
	text++;
	length = data + size - text;
	if (strlen(name) != (size_t)(text - 1 - data) ||
	    parse(name, (const char *)text, length, &record))
		return 0;
	check_record(&record);
	/* Written, it is read as the same. */
	first = record_format(name, &record, &length);
	REQUIRE(first && parse(name, first, length, &again) == 0);
	second = record_format(name, &again, &more);
	REQUIRE(second && length == more && memcmp(first, second, length) == 0);
	free(first);
	free(second);
	record_free(&record);
	record_free(&again);
	return 0;
}

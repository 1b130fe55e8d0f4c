/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The captures of tests/vectors as rows: what index.json says of each, the rules that an instance
 * would have that listens to it, and the verdict that follows. Uses frames.h and json-c.
 */
#ifndef TESTS_CAPTURES_H
#define TESTS_CAPTURES_H

#include <json-c/json.h>

#include "frame_rows.h"

#define CAPTURES_DIR "tests/vectors/"
#define CAPTURES_MAX 96

struct capture_key {
	uint8_t id;
	uint8_t bytes[64];
	size_t length;
};

struct capture {
	char desc[96];
	char path[96];
	int padded_to; /* bytes; 0: as captured */
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	enum vrrp_verdict expect; /* NOT_VRRP, VALID, or the reject */
	enum vrrp_checksum form;
	int first_priority, last_priority;
	struct capture_key keys[2]; /* of the trailer */
	size_t key_count;
};

static inline const char *capture_text(struct json_object *entry, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(entry, key));

	return text ? text : "";
}

static inline int capture_int(struct json_object *entry, const char *key)
{
	return json_object_get_int(json_object_object_get(entry, key));
}

static inline size_t capture_hex(const char *hex, uint8_t *ret_bytes, size_t max)
{
	unsigned int byte;
	size_t n = 0;

	for (; n < max && sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
		ret_bytes[n] = byte;
	return n;
}

static inline struct capture capture_from(struct json_object *entry)
{
	struct json_object *addresses = json_object_object_get(entry, "addresses");
	struct json_object *priorities = json_object_object_get(entry, "priorities");
	const char *file = capture_text(entry, "file"), *auth = capture_text(entry, "auth");
	const char *expect = capture_text(entry, "expect"), *key = capture_text(entry, "key_hex");
	const char *sum = capture_text(entry, "checksum");
	bool unicast = strcmp(capture_text(entry, "transport"), "unicast") == 0;
	int family = capture_int(entry, "family");
	struct json_object *keys = NULL;
	struct capture c = {};

	snprintf(c.desc, sizeof(c.desc), "capture %s", file);
	snprintf(c.path, sizeof(c.path), CAPTURES_DIR "%s", file);
	c.rules.family = family;
	c.rules.version = capture_int(entry, "vrrp_version");
	c.rules.vrid = capture_int(entry, "vrid");
	c.rules.priority = 100;
	/* FRR puts no link-local address first. */
	c.rules.flags = (unicast ? VRRP_RULE_UNICAST : 0) | VRRP_RULE_LENIENT;
	c.rules.min_ttl = capture_int(entry, "ttl");
	c.rules.interval_cs = capture_int(entry, "interval_ms") / 10;
	if (unicast) {
		c.rules.peer_count = 1;
		c.peers.addr[0] = frame_addr(family, capture_text(entry, "src"));
		c.own = frame_addr(family, capture_text(entry, "dst"));
	} else {
		c.own = frame_addr(family, family == 4 ? "10.99.0.2" : "fe80::2");
	}
	if (strcmp(auth, "pass") == 0) {
		c.rules.auth_type = VRRP_AUTH_PASS;
		capture_hex(key, c.rules.auth_data, VRRP_AUTH_LEN);
	}
	if (json_object_object_get_ex(entry, "keys", &keys) && keys) {
		json_object_object_foreach (keys, id, hex) {
			struct capture_key *one = &c.keys[c.key_count++];

			one->id = atoi(id);
			one->length = capture_hex(json_object_get_string(hex), one->bytes,
						  sizeof(one->bytes));
		}
	}
	c.rules.address_count = json_object_array_length(addresses);
	for (size_t i = 0; i < json_object_array_length(addresses); i++) {
		struct vrrp_addr a =
			frame_addr(family,
				   json_object_get_string(json_object_array_get_idx(addresses, i)));

		c.rules.address_digest += row_mix(&a);
	}

	c.expect = strcmp(auth, "ah") == 0          ? VRRP_VERDICT_AH
		   : strcmp(expect, "valid") == 0   ? VRRP_VERDICT_VALID
		   : strcmp(expect, "compat") == 0  ? VRRP_VERDICT_CHECKSUM
		   : strcmp(expect, "foreign") == 0 ? VRRP_VERDICT_CARP
						    : VRRP_VERDICT_COUNT;
	if (c.rules.version == 3 && family == 4 && c.expect == VRRP_VERDICT_VALID)
		c.form = strcmp(sum, "rfc5798-pseudo") == 0 ? VRRP_CHECKSUM_RFC5798
							    : VRRP_CHECKSUM_RFC9568;
	c.first_priority = json_object_get_int(json_object_array_get_idx(priorities, 0));
	c.last_priority = json_object_get_int(
		json_object_array_get_idx(priorities, json_object_array_length(priorities) - 1));
	return c;
}

/* Every capture of the index, each as captured and padded to 60. Those with a trailer are valid to
 * a receiver that has no key, too. Returns how many, or 0 where the index cannot be read. */
static inline size_t captures_read(struct capture captures[CAPTURES_MAX])
{
	struct json_object *index = json_object_from_file(CAPTURES_DIR "index.json");
	size_t n = 0;

	for (size_t i = 0; index && i < json_object_array_length(index); i++) {
		struct json_object *entry = json_object_array_get_idx(index, i);
		struct capture c;

		if (n + 2 > CAPTURES_MAX)
			return 0;
		c = capture_from(entry);
		captures[n++] = c;
		strcat(c.desc, ", padded to 60");
		c.padded_to = 60;
		captures[n++] = c;
	}
	json_object_put(index);
	return n;
}

/* The third-party captures name no rules: those of an instance that would listen to this very
 * advert. false: the frame is too short to tell. */
static inline bool capture_rules(const uint8_t *frame, size_t length, struct vrrp_rules *ret_rules,
				 struct vrrp_peers *ret_peers, struct vrrp_addr *ret_own)
{
	bool ip6 = length > 14 && frame[14] >> 4 == 6;
	size_t at = FRAME_ETH + (ip6 ? 40 : length > 14 ? (frame[14] & 0xfu) * 4 : 20);
	struct vrrp_rules rules = {.family = ip6 ? 6 : 4, .flags = 0, .priority = 100};
	const uint8_t *message = frame + at;

	if (length < at + 8)
		return false;
	rules.version = message[0] >> 4;
	rules.vrid = message[1];
	rules.interval_cs =
		rules.version == 2 ? message[5] * 100 : frame_get16(message + 4) & 0x0fff;
	if (rules.version == 2 && message[4] == 1) {
		rules.auth_type = VRRP_AUTH_PASS;
		memcpy(rules.auth_data, "abcdefgh", 8);
	}
	*ret_rules = rules;
	memset(ret_peers, 0, sizeof(*ret_peers));
	*ret_own = frame_addr(rules.family, ip6 ? "fe80::2" : "10.99.0.2");
	return true;
}

#define THIRD_PARTY       CAPTURES_DIR "third-party/"
#define THIRD_PARTY_VALID THIRD_PARTY "vrrp.pcap"

static const char *const third_party_hostile[] = {
	THIRD_PARTY "vrrp-vrrp_print-oobr.pcap",
	THIRD_PARTY "vrrp-vrrp_print-oobr-2.pcap",
};

#endif

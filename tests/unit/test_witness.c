/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What answers mean, and the frames of questions and answers against bytes by hand. Links
 * core/vrrp/witness alone.
 *
 * A story is a string over time: q: a question goes out when it is due; a: an answer arrives.
 * After each character the view is judged: gateway allows G, owner allows O, both B, none '-'.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/vrrp/wire.h"
#include "core/vrrp/witness.h"
#include "table.h"

#define MS 1000000LL
#define T0 (1000000 * MS)

/* ---- stories ---- */

struct story {
	const char *what;
	const char *events;
	const char *allowed;
	int64_t took_ms; /* from the first question until the last one was asked; period 100 ms */
};

/* clang-format off */
static const struct story stories[] = {
	{"nothing asked yet: no evidence of anything", "", "", 0},
	{"one question out: not yet", "q", "-", 0},
	{"the gateway answers", "qa", "-G", 0},
	{"an answer counts until the next question is missed", "qaq", "-GG", 100},
	{"each answered", "qaqaqa", "-GGGGG", 200},
	{"one missed: neither", "qaqq", "-GG-", 200},
	{"two missed: silent", "qaqqq", "-GG-O", 225},
	{"silent from the start", "qqq", "--O", 125},
	{"one missed, asked again sooner, answered", "qaqqa", "-GG-G", 200},
	{"silent, and one answer: the address is back", "qqqqa", "--OOG", 225},
	{"silent: asked at the usual pace again", "qqqqq", "--OOO", 325},
	{"an answer that nobody asked for", "a", "G", 0},
	{"two answers for one question", "qaaqa", "-GGGG", 100},
	{"a late answer counts, too", "qqa", "--G", 100},
};
/* clang-format on */

static char allowed(const struct witness_view *view)
{
	bool gateway = witness_view_allows(view, CONFIG_WITNESS_GATEWAY);
	bool owner = witness_view_allows(view, CONFIG_WITNESS_OWNER);

	assert_true(witness_view_allows(view, CONFIG_WITNESS_NONE));
	return gateway && owner ? 'B' : gateway ? 'G' : owner ? 'O' : '-';
}

static void test_story(void **state)
{
	const struct story *s = *state;
	struct monotime at = {T0}, asked = {T0};
	struct witness_view view;
	char judged[32] = "";

	witness_view_reset(&view);
	assert_int_equal(allowed(&view), '-');
	for (size_t i = 0; s->events[i]; i++) {
		if (s->events[i] == 'q') {
			asked = at;
			at = witness_view_ask(&view, 100 * MS, at);
		} else {
			witness_view_heard(&view);
		}
		judged[i] = allowed(&view);
	}
	assert_string_equal(judged, s->allowed);
	assert_int_equal((asked.ns - T0) / MS, s->took_ms);
}

/* Silent since the first question that was missed, and no sooner. */
static void test_patience(void **state)
{
	struct witness_view view;
	struct monotime at = {T0}, since;

	(void)state;
	witness_view_reset(&view);
	at = witness_view_ask(&view, 100 * MS, at);
	witness_view_heard(&view);
	since = at;
	while (at.ns - since.ns < 3000 * MS) {
		struct monotime now = at;

		at = witness_view_ask(&view, 100 * MS, now);
		assert_false(witness_view_gives_up(&view, 3000 * MS, now));
	}
	witness_view_ask(&view, 100 * MS, at);
	for (int64_t patience_ms = 1000; patience_ms <= 6000; patience_ms += 1000)
		assert_int_equal(witness_view_gives_up(&view, patience_ms * MS, at),
				 patience_ms <= 3000);
	witness_view_heard(&view);
	assert_false(witness_view_gives_up(&view, 3000 * MS, at));
}

struct pace {
	const char *what;
	uint16_t interval_cs;
	int64_t period_ms, patience_ms;
};

static const struct pace paces[] = {
	{"10 ms", 1, 100, 3000},  {"100 ms", 10, 100, 3000},   {"110 ms", 11, 110, 3000},
	{"1 s", 100, 1000, 3000}, {"1.01 s", 101, 1010, 3030}, {"40.95 s", 4095, 40950, 122850},
};

static void test_pace(void **state)
{
	const struct pace *p = *state;

	assert_int_equal(witness_period_ns(p->interval_cs), p->period_ms * MS);
	assert_int_equal(witness_patience_ns(p->interval_cs), p->patience_ms * MS);
}

/* A message may have any length. */
static void test_sum(void **state)
{
	static const uint8_t data[] = {1, 2, 3, 4, 5};
	static const uint32_t sums[] = {0, 0x100, 0x102, 0x402, 0x406, 0x906};

	(void)state;
	for (size_t length = 0; length <= sizeof(data); length++)
		assert_int_equal(wire_sum16(data, length, 7), sums[length] + 7);
}

/* ---- questions ---- */

static const uint8_t mac[6] = {0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29};
static const struct vrrp_addr target4 = {{42, 51, 67, 1}}, source4 = {{42, 51, 67, 9}};
static const struct vrrp_addr target6 = {{0x20, 0x01, 0x0d, 0xb8, [13] = 0x12, 0x34, 0x56}};
static const struct vrrp_addr source6 = {{0xfe, 0x80, [15] = 0x09}};

/* clang-format off */
static const uint8_t arp_from[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29, 0x08, 0x06,
	0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01,			/* request */
	0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29, 42,	  51,	67,   9,	/* sender */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 42,	  51,	67,   1,	/* target */
};

static const uint8_t arp_probe[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29, 0x08, 0x06,
	0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01,			/* request */
	0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29, 0,	  0,	0,    0,	/* nobody */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 42,	  51,	67,   1,	/* target */
};

static const uint8_t solicit[] = {
	0x33, 0x33, 0xff, 0x12, 0x34, 0x56, 0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29, 0x86, 0xdd,
	0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 0x3a, 0xff,			/* ICMPv6, 255 */
	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x09,
	0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, 0x12, 0x34, 0x56,
	0x87, 0x00, 0xae, 0xa8, 0x00, 0x00, 0x00, 0x00,			/* solicitation */
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56,
	0x01, 0x01, 0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29,
};
/* clang-format on */

struct question {
	const char *what;
	uint8_t family;
	const struct vrrp_addr *source, *target;
	const uint8_t *bytes;
	size_t length;
};

static const struct vrrp_addr nobody;

static const struct question questions[] = {
	{"ARP request from an address of the target's network", 4, &source4, &target4, arp_from,
	 sizeof(arp_from)},
	{"ARP probe where there is none", 4, &nobody, &target4, arp_probe, sizeof(arp_probe)},
	{"neighbour solicitation", 6, &source6, &target6, solicit, sizeof(solicit)},
};

static void test_question(void **state)
{
	const struct question *q = *state;
	struct witness_question question = {.family = q->family,
					    .target = *q->target,
					    .source = *q->source};
	uint8_t *frame = malloc(q->length); /* exact: the sanitizer sees a byte more */

	assert_non_null(frame);
	memcpy(question.mac, mac, sizeof(mac));
	assert_int_equal(witness_encode(&question, frame, q->length - 1), -ENOSPC);
	assert_int_equal(witness_encode(&question, frame, q->length), (int)q->length);
	assert_memory_equal(frame, q->bytes, q->length);
	free(frame);
}

/* Without a source it would be a probe for duplicates, which harms a target that is new itself. */
static void test_no_source6(void **state)
{
	struct witness_question question = {.family = 6, .target = target6};
	uint8_t frame[WITNESS_FRAME];

	(void)state;
	assert_int_equal(witness_encode(&question, frame, sizeof(frame)), -EINVAL);
}

/* ---- answers ---- */

/* clang-format off */
static const uint8_t arp_reply[] = {
	0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29, 0x02, 0x00, 0x00, 0x00, 0x00, 0x07, 0x08, 0x06,
	0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x02,
	0x02, 0x00, 0x00, 0x00, 0x00, 0x07, 42, 51, 67, 1,
	0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29, 42, 51, 67, 9,
};
static const uint8_t advert[] = {
	0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29, 0x02, 0x00, 0x00, 0x00, 0x00, 0x07, 0x86, 0xdd,
	0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 0x3a, 0xff,
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56,
	0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x09,
	0x88, 0x00, 0xd0, 0xcf, 0xe0, 0x00, 0x00, 0x00,
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56,
	0x02, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x07,
};
/* clang-format on */

struct answer {
	const char *what;
	uint8_t family;
	int cut; /* bytes off the end; negative: padding */
	int at;  /* a byte to change, or -1 */
	uint8_t to;
	bool is;
};

/* clang-format off */
static const struct answer answers[] = {
	{"ARP reply", 4, 0, -1, 0, true},
	{"ARP reply, padded to 60", 4, -18, -1, 0, true},
	{"ARP reply, a byte short", 4, 1, -1, 0, false},
	{"not ARP", 4, 0, 13, 0x00, false},
	{"ARP, not Ethernet", 4, 0, 15, 6, false},
	{"ARP, not for IPv4", 4, 0, 17, 1, false},
	{"ARP, long hardware addresses", 4, 0, 18, 8, false},
	{"ARP request of the target", 4, 0, 21, 1, false},
	{"RARP", 4, 0, 21, 4, false},
	{"a multicast MAC answers for nobody", 4, 0, 22, 0x03, false},
	{"ARP reply of another address", 4, 0, 31, 2, false},
	{"neighbour advertisement", 6, 0, -1, 0, true},
	{"neighbour advertisement, padded", 6, -4, -1, 0, true},
	{"neighbour advertisement, its option cut off the frame", 6, 1, -1, 0, false},
	{"not IPv6", 6, 0, 12, 0x08, false},
	{"not version 6", 6, 0, 14, 0x50, false},
	{"UDP", 6, 0, 20, 17, false},
	{"hop limit 254: from beyond the link", 6, 0, 21, 254, false},
	{"shorter than a neighbour advertisement", 6, 0, 19, 23, false},
	{"payload longer than the frame", 6, 0, 19, 0x21, false},
	{"neighbour solicitation", 6, 0, 54, 135, false},
	{"a code that does not exist", 6, 0, 55, 1, false},
	{"bad checksum", 6, 0, 56, 0x01, false},
	{"for another target", 6, 0, 77, 0x57, false},
	{"cut before its target", 6, 30, -1, 0, false},
};
/* clang-format on */

static void test_answer(void **state)
{
	const struct answer *a = *state;
	const uint8_t *from = a->family == 6 ? advert : arp_reply;
	size_t whole = a->family == 6 ? sizeof(advert) : sizeof(arp_reply);
	size_t length = (size_t)((long)whole - a->cut);
	uint8_t *frame = calloc(1, length);

	assert_non_null(frame);
	memcpy(frame, from, length < whole ? length : whole);
	if (a->at >= 0)
		frame[a->at] = a->to;
	assert_int_equal(witness_is_answer(a->family, a->family == 6 ? &target6 : &target4, frame,
					   length),
			 a->is);
	free(frame);
}

/* The shortest one has no option, and ends where its target ends. */
static void test_shortest_advert(void **state)
{
	uint8_t frame[sizeof(advert) - 8];

	(void)state;
	memcpy(frame, advert, sizeof(frame));
	frame[19] = 24;
	frame[56] = 0xd4; /* the checksum, without the option and its length */
	frame[57] = 0xdf;
	assert_true(witness_is_answer(6, &target6, frame, sizeof(frame)));
}

/* ---- who is asked ---- */

struct target {
	const char *what;
	enum config_witness witness;
	uint8_t family;   /* of the router */
	const char *list; /* 4 and 6: an address or default route; lower case d: on another dev;
			   * n: a route that is no default */
	int found;        /* its place in the list; -1: -ENOENT */
};

static const struct target targets[] = {
	{"none asks nobody", CONFIG_WITNESS_NONE, 4, "4", -1},
	{"the gateway", CONFIG_WITNESS_GATEWAY, 4, "4", 0},
	{"the gateway of the router's family", CONFIG_WITNESS_GATEWAY, 6, "46", 1},
	{"a gateway of the other family, for want of a better", CONFIG_WITNESS_GATEWAY, 6, "4", 0},
	{"the first of several", CONFIG_WITNESS_GATEWAY, 6, "4466", 2},
	{"not a route to somewhere", CONFIG_WITNESS_GATEWAY, 4, "n4", 1},
	{"not a gateway of another interface", CONFIG_WITNESS_GATEWAY, 4, "d4", 1},
	{"no gateway of the public interface", CONFIG_WITNESS_GATEWAY, 4, "dn", -1},
	{"no gateway at all", CONFIG_WITNESS_GATEWAY, 4, "", -1},
	{"the shared address", CONFIG_WITNESS_OWNER, 4, "44", 0},
	{"the shared address of the router's family", CONFIG_WITNESS_OWNER, 4, "664", 2},
	{"not one of another interface", CONFIG_WITNESS_OWNER, 4, "d4", 1},
	{"none on the public interface", CONFIG_WITNESS_OWNER, 4, "d", -1},
};

static void test_target(void **state)
{
	const struct target *t = *state;
	struct config_prefix addresses[4] = {0};
	struct config_route routes[4] = {0};
	struct config_router router = {.witness = t->witness,
				       .family = t->family,
				       .addresses = addresses,
				       .routes = routes};
	struct vrrp_addr found = {{0xee}};
	uint8_t family = 9;
	unsigned int i;

	for (i = 0; t->list[i]; i++) {
		uint8_t its = t->list[i] == '6' ? 6 : 4;

		addresses[i] = (struct config_prefix){.family = its, .addr = {{(uint8_t)i}}};
		routes[i] = (struct config_route){.family = its,
						  .plen = t->list[i] == 'n' ? 8 : 0,
						  .has_via = true,
						  .via = {{(uint8_t)i}}};
		if (t->list[i] == 'd') {
			strcpy(addresses[i].dev, "eth9");
			strcpy(routes[i].dev, "eth9");
		}
	}
	router.address_count = router.route_count = i;
	assert_int_equal(witness_target(&router, router.witness, &family, &found),
			 t->found < 0 ? -ENOENT : 0);
	assert_int_equal(found.b[0], t->found < 0 ? 0xee : t->found);
	assert_int_equal(family, t->found < 0 ? 9 : t->list[t->found] == '6' ? 6 : 4);
}

int main(void)
{
	table_rows("story", stories, what, test_story);
	table_add("story", "a silent gateway is given up after its time", test_patience, NULL);
	table_rows("pace", paces, what, test_pace);
	table_rows("question", questions, what, test_question);
	table_add("question", "no solicitation without a source", test_no_source6, NULL);
	table_add("answer", "a sum over any length", test_sum, NULL);
	table_rows("answer", answers, what, test_answer);
	table_add("answer", "the shortest advertisement", test_shortest_advert, NULL);
	table_rows("target", targets, what, test_target);

	return table_run("witness");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for tests: built from a specification that says only what is unusual, or read from a
 * capture. Written against the RFCs and sharing no line with the code under test; uses libc only.
 *
 * In a specification a field of 0 means "as usual"; FRAME_ZERO means the value zero.
 */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vrrp_abi.h"

#define FRAME_ZERO (-1)
#define FRAME_MAX  4608
#define FRAME_ETH  14

struct frame_spec {
	int family;         /* 4 */
	int version;        /* 3 */
	int type;           /* 1 */
	int vrid;           /* 55 */
	int priority;       /* 100 */
	int count;          /* 1: addresses 192.0.2.10, .11 ...; fe80::10, then 2001:db8::11 ... */
	int count_field;    /* what the header says: as count */
	bool global_first;  /* IPv6: the first one is no link-local address, but 2001:db8::10 */
	int interval_cs;    /* 100; v2: rounded down to seconds */
	int reserved;       /* the four bits before v3's interval */
	int auth_type;      /* 0 */
	const char *auth;   /* v2: at most 8 characters, zero padded */
	int checksum;       /* enum vrrp_checksum, IPv4 v3: RFC5798 */
	int checksum_error; /* xor */
	int ttl;            /* 255 */
	const char *source; /* 10.99.0.1, fe80::1 */
	const char *destination;        /* the group */
	const char *pseudo_destination; /* in the pseudo-header: the real one */
	int ip_options;                 /* bytes, a multiple of 4 */
	int fragment; /* IPv4: the 16-bit field; IPv6: that of the fragment header in `chain` */
	const char *chain;   /* IPv6 extension headers: H D R F, X (none that is known); a digit: so
			      * many times 8 more bytes in the one before */
	int trailer;         /* bytes behind the message, within the IP length */
	bool trailer_summed; /* IPv6: the checksum covers it */
	int ip_length_error; /* added to the IP length */
	int ihl;             /* IPv4 header length field: as it is */
	int ip_version;      /* as family */
	int protocol;        /* 112 */
	int ip_sum_error;    /* xor, IPv4 */
	bool ah;             /* IPv4: inside of AH, with 12 bytes of authentication data */
	int ethertype;       /* as family */
	int tags;            /* VLAN tags in the frame, of priority 6 */
	int tag_type;        /* 0x8100 */
	int vid;             /* in the last tag; in the others it is 0 */
	int pad_to;          /* Ethernet padding, of 0x5a, up to so many bytes */
	int cut_to;          /* the frame ends after so many bytes of IP payload */
};

static inline int frame_value(int field, int usual)
{
	return field == FRAME_ZERO ? 0 : field ? field : usual;
}

static inline void frame_put16(uint8_t *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline unsigned int frame_get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* RFC 1071, big-endian words, an odd byte padded with zero. */
static inline uint32_t frame_sum(uint32_t sum, const uint8_t *p, size_t length)
{
	for (size_t i = 0; i < length; i += 2)
		sum += p[i] << 8 | (i + 1 < length ? p[i + 1] : 0);
	return sum;
}

static inline uint16_t frame_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static inline struct vrrp_addr frame_addr(int family, const char *text)
{
	struct vrrp_addr addr = {};

	if (inet_pton(family == 6 ? AF_INET6 : AF_INET, text, addr.b) != 1) {
		fprintf(stderr, "frames.h: bad address %s\n", text);
		abort();
	}
	return addr;
}

/* The n-th advertised address. */
static inline struct vrrp_addr frame_listed(int family, int n)
{
	struct vrrp_addr addr = frame_addr(family, family == 4 ? "192.0.2.10"
						   : n == 0    ? "fe80::10"
							       : "2001:db8::10");

	if (family == 4)
		addr.b[3] += n;
	else
		frame_put16(addr.b + 14, 0x10 + n);
	return addr;
}

/* The n-th address that a specification's sender advertises. */
static inline struct vrrp_addr frame_sent(const struct frame_spec *spec, int n)
{
	return spec->global_first && n == 0 ? frame_addr(6, "2001:db8::10")
					    : frame_listed(frame_value(spec->family, 4), n);
}

/* IPv6 extension headers to p; *next starts as the protocol, ends as the first header's number. */
static inline size_t frame_chain(uint8_t *p, const struct frame_spec *spec, int protocol,
				 uint8_t *first)
{
	const char *chain = spec->chain ? spec->chain : "";
	uint8_t *link = first, *start = p;

	while (*chain) {
		char kind = *chain++;

		*link = kind == 'H'   ? 0
			: kind == 'R' ? 43
			: kind == 'F' ? 44
			: kind == 'X' ? 253
				      : 60;
		memset(p, 0, 8);
		link = p;
		if (kind == 'F')
			frame_put16(p + 2, spec->fragment);
		else if (*chain >= '0' && *chain <= '9')
			p[1] = *chain++ - '0';
		memset(p + 8, 0, p[1] * 8);
		p += 8 + p[1] * 8;
	}
	*link = protocol;
	return p - start;
}

/* The message: header, addresses, authentication data. Checksum field zero. */
static inline size_t frame_message(const struct frame_spec *spec, uint8_t *p)
{
	int family = frame_value(spec->family, 4), version = frame_value(spec->version, 3);
	int count = frame_value(spec->count, 1), interval = frame_value(spec->interval_cs, 100);
	int size = family == 4 ? 4 : 16;
	size_t length = 8;

	memset(p, 0, 8);
	p[0] = version << 4 | frame_value(spec->type, 1);
	p[1] = frame_value(spec->vrid, 55);
	p[2] = frame_value(spec->priority, 100);
	p[3] = frame_value(spec->count_field, count);
	if (version == 2) {
		p[4] = frame_value(spec->auth_type, 0);
		p[5] = interval / 100;
	} else {
		frame_put16(p + 4, spec->reserved << 12 | interval);
	}
	for (int i = 0; i < count; i++) {
		struct vrrp_addr addr = frame_sent(spec, i);

		memcpy(p + length, addr.b, size);
		length += size;
	}
	if (version == 2) {
		memset(p + length, 0, 8);
		if (spec->auth)
			memcpy(p + length, spec->auth, strnlen(spec->auth, 8));
		length += 8;
	}
	return length;
}

static inline uint16_t frame_checksum(const struct frame_spec *spec, const uint8_t *message,
				      size_t length, const struct vrrp_addr *source,
				      const struct vrrp_addr *destination)
{
	int family = frame_value(spec->family, 4), size = family == 4 ? 4 : 16;
	uint32_t sum = 0;

	if (family == 6 ||
	    (frame_value(spec->version, 3) != 2 && spec->checksum != VRRP_CHECKSUM_RFC9568)) {
		sum = frame_sum(sum, source->b, size);
		sum = frame_sum(sum, destination->b, size);
		sum += 112 + length;
	}
	return frame_fold(frame_sum(sum, message, length)) ^ spec->checksum_error;
}

/* The frame, to buf (FRAME_MAX bytes). Returns its length. */
static inline size_t frame_build(const struct frame_spec *spec, uint8_t *buf)
{
	static const uint8_t from[6] = {0x02, 0, 0, 0, 0, 0x01};
	static const uint8_t to[2][6] = {{0x01, 0x00, 0x5e, 0, 0, 0x12},
					 {0x33, 0x33, 0, 0, 0, 0x12}};
	int family = frame_value(spec->family, 4);
	int protocol = frame_value(spec->protocol, spec->ah ? 51 : 112);
	struct vrrp_addr source, destination, pseudo;
	size_t length, total, header, chain = 0, eth = FRAME_ETH;
	uint8_t *ip, *message;

	source = frame_addr(family,
			    spec->source ? spec->source : (family == 4 ? "10.99.0.1" : "fe80::1"));
	destination =
		frame_addr(family, spec->destination ? spec->destination
						     : (family == 4 ? "224.0.0.18" : "ff02::12"));
	pseudo = spec->pseudo_destination ? frame_addr(family, spec->pseudo_destination)
					  : destination;
	memcpy(buf, to[family == 6], 6);
	memcpy(buf + 6, from, 6);
	for (int i = 1; i <= spec->tags; i++, eth += 4) {
		frame_put16(buf + eth - 2, frame_value(spec->tag_type, 0x8100));
		frame_put16(buf + eth, 0xc000 | (i == spec->tags ? spec->vid : 0));
	}
	frame_put16(buf + eth - 2, frame_value(spec->ethertype, family == 4 ? 0x0800 : 0x86dd));

	ip = buf + eth;
	if (family == 4) {
		header = 20 + spec->ip_options;
		memset(ip, 0, 20);
		memset(ip + 20, 1, spec->ip_options); /* no operation */
	} else {
		header = 40;
		memset(ip, 0, 40);
		chain = frame_chain(ip + 40, spec, protocol, &ip[6]);
	}
	if (spec->ah) {
		chain = 24;
		memset(ip + header, 0xa5, chain);
		ip[header] = 112; /* next header */
		ip[header + 1] = chain / 4 - 2;
		frame_put16(ip + header + 2, 0);
	}
	message = ip + header + chain;
	length = frame_message(spec, message);
	memset(message + length, 0x5a, spec->trailer);
	frame_put16(message + 6, frame_checksum(spec, message,
						length + (spec->trailer_summed ? spec->trailer : 0),
						&source, &pseudo));

	total = header + chain + length + spec->trailer;
	if (family == 4) {
		ip[0] = frame_value(spec->ip_version, 4) << 4 |
			frame_value(spec->ihl, (int)header / 4);
		ip[1] = 0xc0;
		frame_put16(ip + 2, total + spec->ip_length_error);
		frame_put16(ip + 6, spec->fragment);
		ip[8] = frame_value(spec->ttl, 255);
		ip[9] = protocol;
		memcpy(ip + 12, source.b, 4);
		memcpy(ip + 16, destination.b, 4);
		frame_put16(ip + 10, frame_fold(frame_sum(0, ip, header)) ^ spec->ip_sum_error);
	} else {
		ip[0] = frame_value(spec->ip_version, 6) << 4;
		frame_put16(ip + 4, total - header + spec->ip_length_error);
		ip[7] = frame_value(spec->ttl, 255);
		memcpy(ip + 8, source.b, 16);
		memcpy(ip + 24, destination.b, 16);
	}
	total += eth;
	if (spec->cut_to)
		total = eth + header + chain + frame_value(spec->cut_to, 0);
	while (total < (size_t)spec->pad_to)
		buf[total++] = 0x5a;
	return total;
}

/* One frame of a capture. Not Ethernet (the frame relay captures): the header before the IPv4
 * header is replaced by an Ethernet one. */
struct frame_record {
	int64_t time_us; /* since 1970 */
	size_t length;
	uint8_t data[FRAME_MAX];
};

#define FRAMES_LINK_ETHERNET 1
#define FRAMES_LINK_FRELAY   107
#define FRAMES_FRELAY_HEADER 5

/* Read a little-endian microsecond pcap. Returns the records (free() them), *ret_count of them, or
 * NULL. A record that claims more than the file holds ends it, as it would end a capture's reader.
 */
static inline struct frame_record *frames_read(const char *path, size_t *ret_count)
{
	struct frame_record *records = NULL;
	FILE *file = fopen(path, "rb");
	size_t count = 0;
	uint32_t head[6], record[4];

	if (!file)
		return NULL;
	if (fread(head, sizeof(head), 1, file) != 1 || head[0] != 0xa1b2c3d4) {
		fclose(file);
		return NULL;
	}
	while (fread(record, sizeof(record), 1, file) == 1) {
		size_t length = record[2], strip = 0, put = 0;
		uint8_t raw[FRAME_MAX];
		struct frame_record *grown;

		if (length > sizeof(raw) - FRAME_ETH || fread(raw, 1, length, file) != length)
			break;
		grown = realloc(records, (count + 1) * sizeof(*records));
		if (!grown)
			break;
		records = grown;
		memset(&records[count], 0, sizeof(*records));
		if (head[5] == FRAMES_LINK_FRELAY && length > FRAMES_FRELAY_HEADER) {
			strip = FRAMES_FRELAY_HEADER;
			put = FRAME_ETH;
			frame_put16(records[count].data + 12, 0x0800);
		}
		memcpy(records[count].data + put, raw + strip, length - strip);
		records[count].length = put + length - strip;
		records[count].time_us = record[0] * 1000000LL + record[1];
		count++;
	}
	fclose(file);
	*ret_count = count;
	return records;
}

#endif

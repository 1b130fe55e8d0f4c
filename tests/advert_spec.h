/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A captured frame -> what core/vrrp/advert.h would have to be told to send it again. For the tests
 * of the encoder and of its signatures.
 */
#ifndef TESTS_ADVERT_SPEC_H
#define TESTS_ADVERT_SPEC_H

#include "core/vrrp/advert.h"
#include "frames.h"

struct frame_parts {
	size_t ip, message, length; /* offsets in the frame; the message's own length */
	struct vrrp_addr addresses[255];
};

static inline struct advert_spec advert_spec_of(const struct frame_record *frame, uint8_t checksum,
						struct frame_parts *ret_parts)
{
	const uint8_t *ip = frame->data + FRAME_ETH;
	bool ip6 = frame_get16(frame->data + 12) == 0x86dd;
	size_t address_len = ip6 ? 16 : 4, ip_len = ip6 ? 40 : (size_t)(ip[0] & 15) * 4;
	const uint8_t *message = ip + ip_len;
	struct advert_spec spec = {.family = ip6 ? 6 : 4,
				   .version = message[0] >> 4,
				   .vrid = message[1],
				   .priority = message[2],
				   .address_count = message[3],
				   .addresses = ret_parts->addresses,
				   .checksum = checksum};
	size_t length = 8 + spec.address_count * address_len + (spec.version == 2 ? 8 : 0);

	spec.interval_cs =
		spec.version == 2 ? message[5] * 100 : (uint16_t)(frame_get16(message + 4) & 0xfff);
	if (spec.version == 2) {
		spec.auth_type = message[4];
		memcpy(spec.auth_data, message + length - 8, 8);
	}
	memcpy(spec.source.b, ip + (ip6 ? 8 : 12), address_len);
	memcpy(spec.destination.b, ip + (ip6 ? 24 : 16), address_len);
	/* The group's own address and MAC are what the encoder fills in. */
	if (spec.destination.b[0] == 224 || spec.destination.b[0] == 0xff)
		memset(&spec.destination, 0, sizeof(spec.destination));
	else
		memcpy(spec.destination_mac, frame->data, 6);
	memcpy(spec.source_mac, frame->data + 6, 6);
	memset(ret_parts->addresses, 0, sizeof(ret_parts->addresses));
	for (unsigned int i = 0; i < spec.address_count; i++)
		memcpy(ret_parts->addresses[i].b, message + 8 + i * address_len, address_len);
	ret_parts->ip = FRAME_ETH;
	ret_parts->message = FRAME_ETH + ip_len;
	ret_parts->length = length;
	return spec;
}

#endif

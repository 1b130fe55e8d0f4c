// SPDX-License-Identifier: GPL-2.0-only
/*
 * What passes the packet socket's filter, of any bytes: an answer for the address, or not. Input:
 * the family, then the frame.
 */
#include "fuzz.h"

#include "core/vrrp/witness.h"
#include "frames.h"

static bool is_answer(uint8_t family, const struct vrrp_addr *target, const uint8_t *frame,
		      size_t length)
{
	void *exact = fuzz_exact(frame, length);
	bool answer = witness_is_answer(family, target, exact, length);

	fuzz_exact_free(exact, length);
	return answer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vrrp_addr target4 = {{192, 0, 2, 1}}, target6 = {{0xfe, 0x80, [15] = 1}}, other;
	uint8_t family = size && data[0] & 1 ? 6 : 4, padded[256];
	const struct vrrp_addr *target = family == 6 ? &target6 : &target4;
	size_t length = size - 1;
	const uint8_t *frame = data + 1;

	if (size < 1 || length >= sizeof(padded))
		return 0;
	if (!is_answer(family, target, frame, length))
		return 0;
	/* The other family's it is not, nor another address's. */
	REQUIRE(!is_answer(10 - family, 10 - family == 6 ? &target6 : &target4, frame, length));
	other = *target;
	other.b[family == 6 ? 15 : 3] ^= 2;
	REQUIRE(!is_answer(family, &other, frame, length));
	REQUIRE(memcmp(frame + (family == 6 ? 62 : 28), target->b, family == 6 ? 16 : 4) == 0);
	if (family == 6) {
		size_t payload = frame_get16(frame + 18);
		uint32_t sum = frame_sum(58 + payload, frame + 22, 32);

		REQUIRE(54 + payload <= length && frame[20] == 58 && frame[21] == 255);
		REQUIRE(frame[54] == 136 && frame_fold(frame_sum(sum, frame + 54, payload)) == 0);
	}
	/* Padding behind is allowed. */
	memcpy(padded, frame, length);
	padded[length] = 0xa5;
	REQUIRE(is_answer(family, target, padded, length + 1));
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts on tracked things, and their weights. Depends on include/ only. It does not know what is
 * tracked, nor when.
 */
#include "core/vrrp/track.h"

#include <string.h>

#include "vrrp_wire.h"

#define NUMBER_MOST 10000

bool track_result(struct track_check *check, bool well)
{
	enum track_verdict says = well ? TRACK_WELL : TRACK_FAILED;
	uint8_t needed = check->verdict == TRACK_UNKNOWN ? 1 : well ? check->rise : check->fall;

	if (says == check->verdict) {
		check->against = 0;
		return false;
	}
	if (++check->against < needed)
		return false;
	check->verdict = says;
	check->against = 0;
	return true;
}

bool track_number(const char *text, int *ret_number)
{
	static const char blanks[] = " \t\r\n";
	bool negative;
	int number = 0;

	text += strspn(text, blanks);
	negative = *text == '-';
	if (*text == '-' || *text == '+') {
		if (text[1] < '0' || text[1] > '9')
			return false;
		text++;
	}
	for (; *text >= '0' && *text <= '9'; text++)
		number = number < NUMBER_MOST / 10 ? 10 * number + (*text - '0') : NUMBER_MOST;
	if (text[strspn(text, blanks)])
		return false;
	*ret_number = negative ? -number : number;
	return true;
}

int track_weight(enum track_verdict verdict, int weight)
{
	switch (verdict) {
	case TRACK_UNKNOWN:
		break;
	case TRACK_WELL:
		return weight > 0 ? weight : 0;
	case TRACK_FAILED:
		return weight < 0 ? weight : 0;
	}
	return 0;
}

uint8_t track_priority(uint8_t base, int sum)
{
	int priority = base + sum;

	if (base == VRRP_PRIO_OWNER)
		return base;
	if (priority < 1)
		return 1;
	return priority < VRRP_PRIO_OWNER ? (uint8_t)priority : VRRP_PRIO_OWNER - 1;
}

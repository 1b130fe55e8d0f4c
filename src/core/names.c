/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables made from the lists of vrrp_abi.h.
 */
#include "core/names.h"

#include <string.h>

#include "tally.h"
#include "vrrp_abi.h"

#define X(sym, text) text,

static const char *const states[] = {"init", "backup", "master", "fault"};
static const char *const upper_states[] = {"INIT", "BACKUP", "MASTER", "FAULT"};
static const char *const causes[] = {VRRP_CAUSES(X)};
static const char *const verdicts[] = {VRRP_VERDICTS(X)};
static const char *const notes[] = {VRRP_NOTES(X)};
static const char *const holds[] = {VRRP_HOLDS(X)};
static const char *const modes[] = {VRRP_MODES(X)};
static const char *const hmac_modes[] = {"off", "receive-only", "permissive", "enforce"};
static const char *const judgements[] = {"none", "absorbed", "ignored", "news", "yield"};

#undef X

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *name_of(const char *const *names, size_t count, unsigned int index)
{
	return index < count ? names[index] : "?";
}

static bool find(const char *const *names, size_t count, const char *name, uint8_t *ret_index)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(names[i], name)) {
			*ret_index = (uint8_t)i;
			return true;
		}
	}
	return false;
}

const char *name_state(unsigned int state)
{
	return name_of(states, COUNT(states), state);
}

const char *name_state_upper(unsigned int state)
{
	return name_of(upper_states, COUNT(upper_states), state);
}

const char *name_cause(unsigned int cause)
{
	return name_of(causes, COUNT(causes), cause);
}

const char *name_protocol(unsigned int verdict)
{
	return vrrp_tally_is_other((uint8_t)verdict) ? name_verdict(verdict) : "vrrp";
}

const char *name_verdict(unsigned int verdict)
{
	return name_of(verdicts, COUNT(verdicts), verdict);
}

const char *name_note(unsigned int note)
{
	return name_of(notes, COUNT(notes), note);
}

const char *name_hold(unsigned int hold)
{
	return name_of(holds, COUNT(holds), hold);
}

const char *name_mode(unsigned int mode)
{
	return name_of(modes, COUNT(modes), mode);
}

const char *name_judgement(unsigned int judgement)
{
	return name_of(judgements, COUNT(judgements), judgement);
}

const char *name_hmac_mode(unsigned int mode)
{
	return name_of(hmac_modes, COUNT(hmac_modes), mode);
}

bool name_find_state(const char *name, uint8_t *ret_state)
{
	return find(states, COUNT(states), name, ret_state);
}

bool name_find_cause(const char *name, uint8_t *ret_cause)
{
	return find(causes, COUNT(causes), name, ret_cause);
}

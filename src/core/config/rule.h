/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules compared, those of a configuration and those of the kernel; and what routes and rules that
 * refuse are called. Pure.
 */
#ifndef CORE_CONFIG_RULE_H
#define CORE_CONFIG_RULE_H

#include "core/config/config.h"

/* The name that ip-route(8) and ip-rule(8) have for a refusal; "" for CONFIG_REFUSAL_NONE. And the
 * refusal of that name; CONFIG_REFUSAL_NONE if the word is none. */
const char *refusal_name(uint8_t refusal);
enum config_refusal refusal_named(const char *word);

/* Are they the same rule, with the same priority? */
bool rule_same(const struct config_rule *a, const struct config_rule *b);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two rules compared: those of a configuration, and one of them with one that the kernel has. Pure.
 */
#ifndef CORE_CONFIG_RULE_H
#define CORE_CONFIG_RULE_H

#include "core/config/config.h"

/* Are they the same rule, with the same priority? */
bool rule_same(const struct config_rule *a, const struct config_rule *b);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a subcommand comes to a configuration. Errors are printed with what to do; returns are exit
 * codes.
 */
#ifndef CLI_CONFIG_LOAD_H
#define CLI_CONFIG_LOAD_H

#include "core/config/config.h"

struct keyring;

/* A file with its keys: a key file that is not fit is an error of the line that names it. */
int config_load_file(const char *path, struct config **ret_config, struct keyring **ret_keyring);

/* What config_parse() and its kin returned: to standard error, as it is, and freed. */
int config_load_errors(int err, struct config_errors *errors);

/* vrrpd's users name scripts as they like; an agent has no working directory to speak of. Negative
 * errno. */
int config_load_absolute_hooks(struct config *config);

#endif

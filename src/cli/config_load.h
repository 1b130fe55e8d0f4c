/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a subcommand loads a configuration. Errors are printed, with what to do about them. The
 * functions return exit codes.
 */
#ifndef CLI_CONFIG_LOAD_H
#define CLI_CONFIG_LOAD_H

#include "core/config/config.h"

struct keyring;

/* Load a file and its keys. A key file that is not fit is an error of the line that names it. */
int config_load_file(const char *path, struct config **ret_config, struct keyring **ret_keyring);

/* Print to standard error, as it is, what config_parse() or a similar function returned, and free
 * it. Returns the exit code. */
int config_load_errors(int err, struct config_errors *errors);

/* Make the paths of all hook scripts absolute: vrrpd's users may name them relative to the working
 * directory, and an agent has none that matters. Returns 0 or a negative errno. */
int config_load_absolute_hooks(struct config *config);

#endif

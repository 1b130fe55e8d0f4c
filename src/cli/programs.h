/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs that a configuration names: whether they are there, who could change them, and
 * whether their user is there. Logs what is wrong. Decides nothing.
 */
#ifndef CLI_PROGRAMS_H
#define CLI_PROGRAMS_H

#include <stdbool.h>

#include "core/config/config.h"

/* Is there a hook that cannot be started, or a script-user who does not exist? */
bool programs_unfit(const struct config *config);

/* May this process not become the script-user of a router? */
bool programs_forbidden(const struct config *config);

/* Warn of tracked scripts that cannot be started; a hook is an error of programs_unfit(). Also of
 * what a command starts by env(1) or a shell and is not there, and of what the script-user of its
 * router may not execute. */
void programs_warn_missing(const struct config *config);

/* Warn of every program that runs as root, also by env(1) or a shell, and that another user could
 * change. */
void programs_warn_open(const struct config *config);

#endif

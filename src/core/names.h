/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of the numbers of vrrp_abi.h in the log, hooks, status, monitor, metrics and history.
 * The name of a number that is out of range is "?". Pure.
 */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

const char *name_state(unsigned int state);       /* "init", "backup", … */
const char *name_state_upper(unsigned int state); /* "INIT", "BACKUP", … as the RFC writes them */
const char *name_cause(unsigned int cause);       /* "master down", … */
const char *name_protocol(unsigned int verdict);  /* "vrrp", or by these verdicts "ah", "carp" */
const char *name_verdict(unsigned int verdict);   /* "valid", "checksum", … */
const char *name_note(unsigned int note);         /* "absorbed", … */
const char *name_hold(unsigned int hold);         /* "the gateway does not answer", … */
const char *name_mode(unsigned int mode);         /* "native", "socket", … */
const char *name_judgement(unsigned int judgement); /* "none", "absorbed", … */
const char *name_hmac_mode(unsigned int mode);      /* "off", "receive-only", … */

/* Find the number of a name. Returns false if there is no such name. */
bool name_find_state(const char *name, uint8_t *ret_state);
bool name_find_cause(const char *name, uint8_t *ret_cause);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run directory and the one agent that owns it.
 */
#ifndef SYS_HOST_RUNDIR_H
#define SYS_HOST_RUNDIR_H

#include <stdbool.h>
#include <sys/types.h>

#define RUNDIR_DEFAULT       "/run/vrrp-xdp"
#define RUNDIR_RECORD_PREFIX "takeover-" /* of a file; a router's name follows */
#define RUNDIR_RECORD_NAME   256

/* Make it and its missing parents, mode 0700, and check it. Errors are logged. Negative errno. */
int rundir_prepare(const char *dir);

/* Is it ours alone (own_dir_check()), and can it be written to? Logged. Negative errno. */
int rundir_check(const char *dir);

/* Become its agent: a lock that ends with the process, and our pid and version in the lock file.
 * The descriptor; -EWOULDBLOCK and *ret_holder: another agent has it. */
int rundir_lock(const char *dir, pid_t *ret_holder);

/* Is this lock's file still the one in dir? */
bool rundir_holds(const char *dir, int lock);

/* A record (agent/record_file.h) of what a NIC carried, that no name of `names` (count of them)
 * explains: its router is not configured any more, or was never reached. Its name to ret_name. */
bool rundir_stray_record(const char *dir, const char *const *names, unsigned int count,
			 char ret_name[RUNDIR_RECORD_NAME]);

/* The pid of the running agent, or 0. version: room for 32 bytes, or NULL. */
pid_t rundir_agent(const char *dir, char *ret_version);

#endif

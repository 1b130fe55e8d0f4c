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

/* Make the directory and its missing parents, mode 0700, and check it. Returns 0, or a negative
 * errno, which is logged. */
int rundir_prepare(const char *dir);

/* Is the directory ours alone (own_dir_check()), and can it be written to? Returns 0, or a negative
 * errno, which is logged. */
int rundir_check(const char *dir);

/* Become the agent of the directory: take a lock that ends with the process, and write our pid and
 * version to the lock file. Returns the descriptor of the lock, -EWOULDBLOCK and *ret_holder if
 * another agent has it, or another negative errno. */
int rundir_lock(const char *dir, pid_t *ret_holder);

/* Go on with a lock of this process that an execve(2) passed on: write our version. Returns whether
 * it is the directory's lock still; if not, it is closed. */
bool rundir_keep_lock(const char *dir, int lock);

/* Is this lock's file still the one in dir? */
bool rundir_holds(const char *dir, int lock);

/* Find a record (agent/record_file.h) of what a NIC carried that belongs to none of the `count`
 * names: its router is not configured any more, or was never reached. Returns whether there is one;
 * its name goes to ret_name. */
bool rundir_stray_record(const char *dir, const char *const *names, unsigned int count,
			 char ret_name[RUNDIR_RECORD_NAME]);

/* Returns the pid of the running agent, or 0 if there is none. ret_version has room for 32 bytes,
 * or is NULL. */
pid_t rundir_agent(const char *dir, char *ret_version);

#endif

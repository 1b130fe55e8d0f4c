/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A user of this host, as whom a program is to run. Depends on libc's databases (nsswitch), which
 * may take their time: look a user up before the loop begins.
 */
#ifndef SYS_HOST_USER_H
#define SYS_HOST_USER_H

#include <sys/types.h>

#define USER_GROUPS 64

struct config_router;

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[USER_GROUPS]; /* supplementary; with gid */
	int group_count;
};

/* Look up a user by name, with all groups that he is in. group: in place of his own primary group;
 * empty: that one. Returns 0 and *ret_user, -ENOENT if there is no such user, -ESRCH if there is no
 * such group, -E2BIG if he is in more than USER_GROUPS groups, or another negative errno. */
int user_find(const char *name, const char *group, struct user *ret_user);

/* Likewise the script-user of a router. Returns 1 and *ret_user, 0 if its programs run as the
 * agent, or a negative errno, which is logged. */
int user_of_router(const struct config_router *router, struct user *ret_user);

/* In a process that is about to execute a program: become this user for good, without capabilities
 * and without a way to any new privilege. Only system calls, so that it may come after fork(2).
 * Returns 0 or a negative errno; after an error the process must not go on. */
int user_become(const struct user *user);

#endif

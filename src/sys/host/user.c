/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * getpwnam, getgrouplist; setgroups, setresuid and capset. libc's own setuid(2) concerns all
 * threads of a process by signals, which a child of fork(2) must not do.
 */
#include "sys/host/user.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/config/config.h"
#include "sys/host/log.h"

int user_find(const char *name, const char *group, struct user *ret_user)
{
	struct user user = {.group_count = USER_GROUPS};
	const struct passwd *passwd;
	const struct group *entry;

	errno = 0;
	passwd = getpwnam(name);
	if (!passwd)
		return errno && errno != ESRCH ? -errno : -ENOENT;
	user.uid = passwd->pw_uid;
	user.gid = passwd->pw_gid;
	if (*group) {
		errno = 0;
		entry = getgrnam(group);
		if (!entry)
			return errno && errno != ENOENT ? -errno : -ESRCH;
		user.gid = entry->gr_gid;
	}
	if (getgrouplist(name, user.gid, user.groups, &user.group_count) < 0)
		return -E2BIG;
	*ret_user = user;
	return 0;
}

static const char *error_text(int err)
{
	return err == -ENOENT  ? "there is no such user"
	       : err == -ESRCH ? "there is no such group"
	       : err == -E2BIG ? "is in too many groups"
			       : strerror(-err);
}

int user_of_router(const struct config_router *router, struct user *ret_user)
{
	const struct config_user *wanted = router->script_user;
	int err;

	if (!wanted)
		return 0;
	err = user_find(wanted->name, wanted->group, ret_user);
	if (!err)
		return 1;
	log_err("%s: script-user: %s%s%s: %s", router->name, wanted->name,
		wanted->group[0] ? ":" : "", wanted->group, error_text(err));
	return err;
}

int user_become(const struct user *user)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_setgroups, (size_t)user->group_count, user->groups) ||
	    syscall(SYS_setresgid, user->gid, user->gid, user->gid) ||
	    syscall(SYS_setresuid, user->uid, user->uid, user->uid))
		return -errno;
	/* A change from one ordinary user to another one keeps capabilities. */
	if (syscall(SYS_capset, &header, none) || prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L))
		return -errno;
	return 0;
}

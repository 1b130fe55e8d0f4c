/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys/host/permission.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/host/slurp.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- looking ---- */

/* In "none [integrity] confidentiality" the word in brackets counts. */
static void look_lockdown(char lockdown[32])
{
	char text[128], *word;

	slurp_text(text, sizeof(text), "/sys/kernel/security/lockdown");
	word = strchr(text, '[');
	if (word && sscanf(word, "[%31[a-z]", lockdown) != 1)
		lockdown[0] = '\0';
}

/* Those modules of the list that have policies of an administrator. */
static void look_modules(char modules[64])
{
	static const char *const names[] = {"selinux", "smack", "tomoyo", "apparmor", "bpf"};
	char text[256];
	size_t at = 0;

	slurp_text(text, sizeof(text), "/sys/kernel/security/lsm");
	for (size_t i = 0; i < COUNT(names); i++) {
		if (strstr(text, names[i]))
			at += (size_t)snprintf(modules + at, 64 - at, "%s%s", at ? "," : "",
					       names[i]);
	}
}

bool permission_caps(pid_t pid, uint64_t *ret_caps)
{
	char path[32], line[256];
	bool found = false;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	in = fopen(path, "re");
	while (in && !found && fgets(line, sizeof(line), in))
		found = sscanf(line, "CapEff: %" SCNx64, ret_caps) == 1;
	if (in)
		fclose(in);
	return found;
}

void permission_look(struct permission_facts *ret_facts)
{
	unsigned int inside, outside, count;
	char text[128];

	memset(ret_facts, 0, sizeof(*ret_facts));
	ret_facts->caps = UINT64_MAX;
	permission_caps(getpid(), &ret_facts->caps);
	slurp_text(text, sizeof(text), "/proc/self/uid_map");
	ret_facts->user_namespace = sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 &&
				    (inside != 0 || outside != 0 || count != UINT32_MAX);
	look_lockdown(ret_facts->lockdown);
	look_modules(ret_facts->modules);
}

/* ---- explaining ---- */

uint64_t permission_missing(uint64_t caps, uint64_t needed)
{
	if (caps & PERMISSION_SYS_ADMIN)
		caps |= PERMISSION_BPF | PERMISSION_PERFMON;
	return needed & ~caps;
}

const char *permission_name(uint64_t caps, const char *separator, char text[PERMISSION_TEXT])
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {{PERMISSION_KILL, "CAP_KILL"},       {PERMISSION_SETGID, "CAP_SETGID"},
		     {PERMISSION_SETUID, "CAP_SETUID"},   {PERMISSION_NET_ADMIN, "CAP_NET_ADMIN"},
		     {PERMISSION_NET_RAW, "CAP_NET_RAW"}, {PERMISSION_SYS_ADMIN, "CAP_SYS_ADMIN"},
		     {PERMISSION_BPF, "CAP_BPF"},         {PERMISSION_PERFMON, "CAP_PERFMON"}};
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < COUNT(names); i++) {
		if (caps & names[i].bit)
			at += (size_t)snprintf(text + at, PERMISSION_TEXT - at, "%s%s",
					       at ? separator : "", names[i].name);
	}
	return text;
}

const char *permission_explain(const struct permission_facts *facts, uint64_t needed,
			       char text[PERMISSION_TEXT])
{
	uint64_t missing = permission_missing(facts->caps, needed);
	char names[PERMISSION_TEXT];

	if (missing) {
		snprintf(text, PERMISSION_TEXT,
			 "this process is without %.100s (root has it; a unit or a container "
			 "must be given it)",
			 permission_name(missing, ", ", names));
	} else if (facts->user_namespace) {
		snprintf(text, PERMISSION_TEXT,
			 "this process runs in a user namespace, whose capabilities do not count "
			 "for BPF (a rootless container)");
	} else if (facts->lockdown[0] && strcmp(facts->lockdown, "none") != 0) {
		snprintf(text, PERMISSION_TEXT,
			 "the kernel is locked down (%s, /sys/kernel/security/lockdown)",
			 facts->lockdown);
	} else if (facts->modules[0]) {
		snprintf(text, PERMISSION_TEXT,
			 "a security module forbids it (%s): its audit log names the rule",
			 facts->modules);
	} else {
		snprintf(text, PERMISSION_TEXT,
			 "a filter of system calls may forbid it (seccomp of a container)");
	}
	return text;
}

const char *permission_why(uint64_t needed, char text[PERMISSION_TEXT])
{
	struct permission_facts facts;

	permission_look(&facts);
	return permission_explain(&facts, needed, text);
}

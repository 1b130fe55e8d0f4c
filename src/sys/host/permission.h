/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the kernel said EPERM: a capability that this process does not have, a user namespace, a
 * kernel that is locked down, or a security module. "Run as root" helps in the least cases: most
 * who meet it are root, in a container or below a unit's sandbox.
 */
#ifndef SYS_HOST_PERMISSION_H
#define SYS_HOST_PERMISSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PERMISSION_TEXT 192

/* Bits of /proc/PID/status, CapEff. */
#define PERMISSION_KILL      (1ULL << 5)
#define PERMISSION_SETGID    (1ULL << 6)
#define PERMISSION_SETUID    (1ULL << 7)
#define PERMISSION_NET_ADMIN (1ULL << 12)
#define PERMISSION_NET_RAW   (1ULL << 13)
#define PERMISSION_SYS_ADMIN (1ULL << 21) /* stands for the next two, as before Linux 5.8 */
#define PERMISSION_SYS_NICE  (1ULL << 23)
#define PERMISSION_PERFMON   (1ULL << 38)
#define PERMISSION_BPF       (1ULL << 39)

struct permission_facts {
	uint64_t caps;       /* effective */
	bool user_namespace; /* not the initial one */
	char lockdown[32];   /* "none", "integrity", "confidentiality"; empty: not known */
	char modules[64];    /* security modules that may refuse: "apparmor,bpf"; or empty */
};

/* Look at this process and this kernel. What cannot be read counts as harmless. */
void permission_look(struct permission_facts *ret_facts);

/* Read the effective capabilities of a process. Returns false if they cannot be read. */
bool permission_caps(pid_t pid, uint64_t *ret_caps);

/* Returns those of the needed capabilities that are not among caps. Pure. */
uint64_t permission_missing(uint64_t caps, uint64_t needed);
/* Write their names to text, with the separator between them. Pure. Returns text. */
const char *permission_name(uint64_t caps, const char *separator, char text[PERMISSION_TEXT]);

/* Write to text why an operation that needs these capabilities is refused. Pure. Returns text. */
const char *permission_explain(const struct permission_facts *facts, uint64_t needed,
			       char text[PERMISSION_TEXT]);

/* Both: for an error's text, behind a colon. */
const char *permission_why(uint64_t needed, char text[PERMISSION_TEXT]);

#endif

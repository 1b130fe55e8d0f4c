/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The times as a variable of the environment: "NAME=NS " of each interface, and AGENT for the
 * start. They are of CLOCK_MONOTONIC, which an execve(2) does not change.
 */
#include "agent/since.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/host/log.h"

#define VARIABLE "VRRP_XDP_SINCE"
#define AGENT    "/" /* no interface has such a name */
#define ENTRY    40  /* a name, a number, "=" and a blank */

void since_take(struct ports *ports, bool reloads, struct monotime now)
{
	const char *at = reloads ? getenv(VARIABLE) : NULL;
	char name[CONFIG_IFNAME];
	int64_t ns;
	int length;

	ports->started = now;
	if (reloads)
		ports->started.ns = 0;
	for (; at && sscanf(at, "%15[^= ]=%" SCNd64 "%n", name, &ns, &length) == 2;
	     at += length, at += *at == ' ') {
		struct port *port = ports_find(ports, name);

		if (!strcmp(name, AGENT))
			ports->started = monotime_from_ns((uint64_t)ns);
		else if (port)
			port->link_up = monotime_from_ns((uint64_t)ns);
	}
	unsetenv(VARIABLE);
}

void since_pass_on(const struct ports *ports)
{
	char text[(PORTS_MAX + 1) * ENTRY];
	int used = snprintf(text, sizeof(text), AGENT "=%" PRId64, ports->started.ns);

	for (unsigned int i = 0; i < ports->count; i++) {
		const struct port *port = &ports->port[i];

		if (port->link_up.ns)
			used += snprintf(text + used, sizeof(text) - (size_t)used, " %s=%" PRId64,
					 port->name, port->link_up.ns);
	}
	if (setenv(VARIABLE, text, 1))
		log_warn("out of memory: start-delay and link-delay end with the reload");
}

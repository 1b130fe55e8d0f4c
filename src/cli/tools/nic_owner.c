/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State files and configuration files of others, line by line. A file that cannot be read says
 * nothing.
 */
#include "cli/tools/nic_owner.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

typedef void (*line_fn)(void *context, char *line);

/* Each line, without blanks before it and its end behind it, and without comments. */
static bool each_line(const char *path, line_fn fn, void *context)
{
	FILE *in = fopen(path, "re");
	char buf[1024];

	if (!in)
		return false;
	while (fgets(buf, sizeof(buf), in)) {
		char *line = buf + strspn(buf, BLANKS);

		line[strcspn(line, "\r\n")] = '\0';
		if (*line && *line != '#')
			fn(context, line);
	}
	fclose(in);
	return true;
}

/* The value of KEY=VALUE, without quotes; NULL: another key. */
static char *value_of(char *line, const char *key)
{
	size_t length = strlen(key);
	char *value = line + length;

	if (strncasecmp(line, key, length))
		return NULL;
	value += strspn(value, BLANKS);
	if (*value != '=')
		return NULL;
	value++;
	value += strspn(value, BLANKS "\"'");
	value[strcspn(value, "\"'")] = '\0';
	return value;
}

static bool is_yes(const char *value)
{
	return !strcasecmp(value, "yes") || !strcasecmp(value, "true") ||
	       !strcasecmp(value, "on") || !strcmp(value, "1");
}

/* ---- NetworkManager ---- */

static void network_manager_line(void *context, char *line)
{
	struct doctor_owner *owner = context;
	char *value = value_of(line, "managed");

	if (value)
		owner->network_manager = is_yes(value);
}

/* ---- systemd-networkd ---- */

static void networkd_line(void *context, char *line)
{
	struct doctor_owner *owner = context;
	char *value = value_of(line, "ADMIN_STATE");

	if (value)
		owner->networkd = strcmp(value, "unmanaged") != 0;
	value = value_of(line, "NETWORK_FILE");
	if (value)
		snprintf(owner->network_file, sizeof(owner->network_file), "%s", value);
}

/* "static" covers addresses that were not leased. */
static void network_line(void *context, char *line)
{
	struct doctor_owner *owner = context;
	char *value = value_of(line, "KeepConfiguration");

	if (value)
		owner->keeps = is_yes(value) || !strcmp(value, "static");
}

/* ---- ifupdown ---- */

struct interfaces {
	const char *name;
	struct doctor_owner *owner;
};

/* "iface NAME inet METHOD" */
static void interfaces_line(void *context, char *line)
{
	struct interfaces *interfaces = context;
	char name[64], family[16], method[32];

	if (sscanf(line, "iface %63s %15s %31s", name, family, method) != 3 ||
	    strcmp(name, interfaces->name) != 0)
		return;
	interfaces->owner->ifupdown = true;
	interfaces->owner->ifupdown_dhcp |= !strcmp(method, "dhcp");
}

static void look_interfaces(const char *root, struct interfaces *interfaces)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/etc/network/interfaces", root);
	each_line(path, interfaces_line, interfaces);
	snprintf(path, sizeof(path), "%s/etc/network/interfaces.d", root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/etc/network/interfaces.d/%s", root, entry->d_name);
		each_line(path, interfaces_line, interfaces);
	}
	if (dir)
		closedir(dir);
}

/* ---- ifcfg files ---- */

static void ifcfg_line(void *context, char *line)
{
	struct doctor_owner *owner = context;
	char *value = value_of(line, "BOOTPROTO");

	if (value)
		owner->ifcfg_dhcp = !strcasecmp(value, "dhcp");
	value = value_of(line, "HWADDR");
	if (value)
		snprintf(owner->ifcfg_hwaddr, sizeof(owner->ifcfg_hwaddr), "%s", value);
}

void nic_owner_look(const char *root, const char *name, unsigned int ifindex,
		    struct doctor_owner *ret_owner)
{
	struct doctor_owner owner = {0};
	struct interfaces interfaces = {name, &owner};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/run/NetworkManager/devices/%u", root, ifindex);
	each_line(path, network_manager_line, &owner);
	snprintf(path, sizeof(path), "%s/run/systemd/netif/links/%u", root, ifindex);
	each_line(path, networkd_line, &owner);
	if (owner.networkd && owner.network_file[0]) {
		snprintf(path, sizeof(path), "%s%s", root, owner.network_file);
		each_line(path, network_line, &owner);
	}
	look_interfaces(root, &interfaces);
	snprintf(path, sizeof(path), "%s/etc/sysconfig/network-scripts/ifcfg-%s", root, name);
	owner.ifcfg = each_line(path, ifcfg_line, &owner);
	*ret_owner = owner;
}
